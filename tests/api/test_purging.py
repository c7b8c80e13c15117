"""Identities of families go 30 days after their request has ended; the log keeps that they were there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.client import ClientIdentity
from models.dispatch_request import RequestStatus
from models.organization import Organization
from services import purging
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import home_visit, moved, submitted
from tests.makers.doors import audited, done, settle
from tests.makers.work import VISIT, Opened
from worker.following_up import purge_identities
from worker.passing import lapse_requests, move_shifts

Units = Callable[..., AbstractContextManager[Unit]]
END = VISIT + timedelta(hours=2)
REASON = {"reason": "都合により"}


@pytest.fixture
def opened(make: Make, unit: Units, centre: Organization) -> Opened:
    made = make.shift_with_demand(owner=centre, ages=())
    identified(make, unit, made.request)
    return made


def identified(make: Make, unit: Units, request: Any) -> None:
    link = make.family(request)
    with unit() as it:
        sealed = it.vault.seal({"name": "架空 太郎", "phone": None, "address": None})
        it.add(ClientIdentity(request_client_id=link.id, sealed=sealed, written_at=it.now))


def kept(wiring: Wiring) -> list[date | None]:
    """Until when each identity on file is kept."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(ClientIdentity).order_by(col(ClientIdentity.id)))
        return [identity.purge_on for identity in rows]


def ask(caller: Client, opened: Opened, verb: str, **body: Any) -> Any:
    return done(caller.post(f"/v1/dispatch-requests/{opened.request.id}/{verb}", json=body))


def test_an_identity_is_deleted_30_days_after_and_logged(
    make: Make, as_: As, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    make.assignment(opened, make.volunteer())
    office = as_(Role.COORDINATOR)
    clock.now = END
    assert kept(wiring) == [None]
    for party in ("volunteer", "requester"):
        ask(office, opened, "waive-report", party=party, reason="口頭で確認")
    assert kept(wiring) == [date(2025, 12, 20)]
    ask(office, opened, "close")
    assert kept(wiring) == [date(2025, 12, 20)]

    clock.now = END + timedelta(days=29)
    assert purge_identities(wiring) == 0
    clock.now = END + timedelta(days=30)
    assert purge_identities(wiring) == 1

    assert kept(wiring) == []
    event = audited(wiring, opened.request.id)[-1]
    assert (event.action, event.actor_id, event.facts) == ("client_identity.purge", None, {"n": 1})
    shown = done(office.get(f"/v1/dispatch-requests/{opened.request.id}"))
    assert [family["identity_on_file"] for family in shown["clients"]] == [False]
    assert purge_identities(wiring) == 0


def test_a_no_show_dates_it_and_a_correction_keeps_it(
    make: Make, as_: As, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    stands, office = make.assignment(opened, make.volunteer()), as_(Role.COORDINATOR)
    clock.now = END
    done(settle(office, stands, "no-show", party="client"))
    assert kept(wiring) == [date(2025, 12, 20)]
    done(settle(office, stands, "correct-no-show", party=None, reason="行き違い"))
    assert kept(wiring) == [None]


def test_giving_up_counts_from_the_day_and_reopening_keeps_it(as_: As, opened: Opened, wiring: Wiring) -> None:
    office = as_(Role.COORDINATOR)
    ask(office, opened, "mark-unfilled", **REASON)
    assert kept(wiring) == [date(2025, 12, 20)]
    ask(office, opened, "reopen")
    assert kept(wiring) == [None]
    ask(office, opened, "cancel", **REASON)
    assert kept(wiring) == [date(2025, 12, 10)]  # 30 days after today


@pytest.mark.usefixtures("opened")
def test_nobody_at_the_start_dates_it(wiring: Wiring, clock: SetClock) -> None:
    clock.now = VISIT
    move_shifts(wiring)
    assert kept(wiring) == [date(2025, 12, 20)]


def test_the_last_who_fell_ill_dates_it(make: Make, as_: As, opened: Opened, wiring: Wiring, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(opened, mai, AssignmentStatus.CONFIRMED)
    clock.now = VISIT
    done(settle(as_(mai), stands, "withdraw", reason="illness"))
    assert kept(wiring) == [date(2025, 12, 20)]


def test_what_lapses_or_is_declined_is_dated_too(
    make: Make, as_: As, unit: Units, centre: Organization, wiring: Wiring, clock: SetClock
) -> None:
    clerk, office = as_(Role.REQUESTER, organization=centre), as_(Role.COORDINATOR)
    request = submitted(clerk, home_visit())
    path = f"/v1/dispatch-requests/{request['id']}/clients/1/identity"
    assert clerk.put(path, json={"name": "架空 次郎"}, headers={"If-Match": "*"}).status_code == 204
    moved(office, request, "reject", **REASON)
    identified(make, unit, make.request(status=RequestStatus.SUBMITTED, owner=centre))
    clock.now = VISIT
    lapse_requests(wiring)
    assert sorted(day for day in kept(wiring) if day) == [date(2025, 12, 10), date(2025, 12, 20)]


@pytest.mark.usefixtures("opened")
def test_one_whose_day_was_taken_back_meanwhile_stays(wiring: Wiring, unit: Units) -> None:
    with unit() as it:
        purging.purge(it, it.session.exec(select(ClientIdentity)).one())
    assert kept(wiring) == [None]
