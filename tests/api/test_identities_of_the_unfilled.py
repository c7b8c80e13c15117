"""Who a family is, is kept as long as somebody may still come to it, and goes whatever becomes of the request."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.client import ClientIdentity
from models.organization import Organization
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done
from tests.makers.work import VISIT, Opened
from worker.following_up import purge_identities
from worker.passing import move_shifts

Units = Callable[..., AbstractContextManager[Unit]]
FAMILY: Final = {"name": "架空 花子", "phone": "076-000-0001", "address": "金沢市架空町"}
END: Final = VISIT + timedelta(hours=2)
MARK: Final = {"reason": "都合により"}


@pytest.fixture
def centre(make: Make) -> Organization:
    return make.organization()


@pytest.fixture
def opened(make: Make, centre: Organization) -> Opened:
    return make.shift_with_demand(owner=centre, ages=(3,))


@pytest.fixture
def clerk(as_: As, centre: Organization) -> Client:
    return as_(Role.REQUESTER, organization=centre)


@pytest.fixture
def office(as_: As) -> Client:
    return as_(Role.COORDINATOR)


def kept(wiring: Wiring) -> list[date | None]:
    """Until when each identity on file is kept."""
    with wiring.unit(write=False) as unit:
        return [identity.purge_on for identity in unit.session.exec(select(ClientIdentity))]


def write(caller: Client, opened: Opened, **over: Any) -> None:
    path = f"/v1/dispatch-requests/{opened.request.id}/clients/1/identity"
    assert caller.put(path, json={**FAMILY, **over}, headers={"If-Match": "*"}).status_code == 204


def ask(caller: Client, opened: Opened, verb: str, **body: Any) -> Any:
    return done(caller.post(f"/v1/dispatch-requests/{opened.request.id}/{verb}", json=body))


def move(caller: Client, opened: Opened, starts_at: datetime) -> None:
    body = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat()}
    done(caller.patch(f"/v1/dispatch-requests/{opened.request.id}", json=body, headers={"If-Match": "*"}))


def test_what_is_written_of_a_family_that_nobody_was_found_for_is_dated_at_once(
    clerk: Client, office: Client, opened: Opened, wiring: Wiring, clock: SetClock, check_data: Callable[[], None]
) -> None:
    ask(office, opened, "mark-unfilled", **MARK)
    write(clerk, opened)
    assert kept(wiring) == [date(2025, 12, 20)]
    check_data()
    write(clerk, opened, phone="076-000-0002")
    assert kept(wiring) == [date(2025, 12, 20)]
    clock.now = END + timedelta(days=30)
    assert (purge_identities(wiring), kept(wiring)) == (1, [])


def test_what_is_written_while_somebody_is_sought_has_no_day(clerk: Client, opened: Opened, wiring: Wiring) -> None:
    write(clerk, opened)
    assert kept(wiring) == [None]


def test_a_visit_that_is_put_off_keeps_the_family_until_after_its_new_day(
    clerk: Client, office: Client, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    write(clerk, opened)
    ask(office, opened, "mark-unfilled", **MARK)
    move(office, opened, datetime.fromisoformat("2026-02-05T10:00:00+09:00"))
    assert kept(wiring) == [date(2026, 3, 7)]
    clock.now = END + timedelta(days=45)
    assert purge_identities(wiring) == 0


def test_a_visit_that_is_put_forward_frees_the_family_earlier(
    clerk: Client, office: Client, opened: Opened, wiring: Wiring
) -> None:
    write(clerk, opened)
    ask(office, opened, "mark-unfilled", **MARK)
    move(office, opened, datetime.fromisoformat("2026-02-05T10:00:00+09:00"))
    move(office, opened, datetime.fromisoformat("2026-01-20T10:00:00+09:00"))
    assert kept(wiring) == [date(2026, 2, 19)]


def test_who_cancels_what_was_given_up_does_not_wait_for_its_day(
    clerk: Client, office: Client, opened: Opened, wiring: Wiring
) -> None:
    write(clerk, opened)
    ask(office, opened, "mark-unfilled", **MARK)
    ask(office, opened, "cancel", **MARK)
    assert kept(wiring) == [date(2025, 12, 10)]  # 30 days after today


def test_a_report_that_never_comes_does_not_keep_a_family_for_ever(
    make: Make, clerk: Client, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    make.assignment(opened, make.volunteer())
    write(clerk, opened)
    clock.now = END
    move_shifts(wiring)
    clock.now = END + timedelta(days=14 + 30) - timedelta(minutes=1)
    assert (purge_identities(wiring), kept(wiring)) == (0, [None])
    clock.now = END + timedelta(days=14 + 30)
    assert (purge_identities(wiring), kept(wiring)) == (1, [])
    assert audited(wiring, opened.request.id)[-1].action == "client_identity.purge"


def test_reports_that_come_late_begin_the_days(
    make: Make, as_: As, clerk: Client, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    make.assignment(opened, make.volunteer())
    write(clerk, opened)
    clock.now = END + timedelta(days=40)
    move_shifts(wiring)
    for party in ("volunteer", "requester"):
        ask(as_(Role.COORDINATOR), opened, "waive-report", party=party, reason="口頭で確認")
    assert kept(wiring) == [date(2026, 1, 29)]
    clock.now = END + timedelta(days=50)
    assert purge_identities(wiring) == 0
