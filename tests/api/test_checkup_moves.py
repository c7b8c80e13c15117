"""A check-up is moved or called off, and with it whatever hangs on it: requests in every state, families, people."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.client import RequestClient
from models.dispatch_request import DispatchRequest, RequestStatus
from models.office import CheckupSession
from models.organization import Facility, FacilityKind, Organization
from models.shift import Shift, ShiftStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import broken
from tests.makers.changes import CHECKUPS, booked, rules_with, stands
from tests.makers.doors import audited, done, faults, notices_of, problem, standing_of
from tests.makers.work import VISIT

Check = Callable[[], None]
DAY = timedelta(days=1)


@pytest.fixture
def session(make: Make, place: Facility) -> CheckupSession:
    return make.checkup_session(place=place)


@pytest.fixture
def shared(centre: Organization, place: Facility, session: CheckupSession) -> dict[str, Any]:
    """What every request of the check-up has in common."""
    return {"owner": centre, "place": place, "checkup_session_id": session.id, "ages": (3,)}


def move(by: Client, session: CheckupSession, etag: str = "*", **fields: Any) -> Any:
    body = {"reason": "会場の都合", **fields}
    return by.post(f"{CHECKUPS}/{session.id}/move", json=body, headers={"If-Match": etag})


def call_off(by: Client, session: CheckupSession, **fields: Any) -> Any:
    return by.post(f"{CHECKUPS}/{session.id}/cancel", json={"reason": "会場の都合", **fields})


def bands(wiring: Wiring, request: DispatchRequest) -> list[str | None]:
    statement = select(RequestClient).where(RequestClient.request_id == request.id).order_by(col(RequestClient.n))
    with wiring.unit(write=False) as unit:
        return [link.time_band for link in unit.session.exec(statement)]


def when(wiring: Wiring, request: DispatchRequest) -> datetime:
    with wiring.unit(write=False) as unit:
        return unit.get(DispatchRequest, request.id).starts_at


def state(wiring: Wiring, request: DispatchRequest) -> RequestStatus:
    with wiring.unit(write=False) as unit:
        return unit.get(DispatchRequest, request.id).status


def test_requests_in_every_state_move_with_it(
    make: Make, clerk: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring, check_data: Check
) -> None:
    draft = make.request(**shared)
    handed_in = make.request(**shared, status=RequestStatus.SUBMITTED, languages=["vi"])
    matching, filled = make.shift_with_demand(**shared, places=2), make.shift_with_demand(**shared)
    unfilled = make.shift_with_demand(**shared, status=ShiftStatus.PLANNED, languages=["zh"])
    with wiring.unit() as unit:
        unit.get(DispatchRequest, unfilled.request.id).status = RequestStatus.UNFILLED
    rejected = make.request(**shared, status=RequestStatus.REJECTED)
    her = make.assignment(filled, make.volunteer())

    moved = done(move(clerk, session, session.etag, held_on="2025-11-21"))

    assert (moved["held_on"], moved["version"]) == ("2025-11-21", 2)
    live = [draft, handed_in, matching.request, filled.request, unfilled.request]
    assert {when(wiring, request) for request in live} == {VISIT + DAY}
    assert when(wiring, rejected) == VISIT
    with wiring.unit(write=False) as unit:
        assert {unit.get(Shift, one.shift.id).starts_at for one in (matching, filled, unfilled)} == {VISIT + DAY}
    assert booked(wiring, her) == (VISIT + DAY, VISIT + DAY + timedelta(hours=2), True)
    assert stands(wiring, her) is AssignmentStatus.TENTATIVE
    assert audited(wiring, session.id)[-1].facts == {"reason": "会場の都合"}
    check_data()


def test_families_come_as_much_later_as_the_reception(
    make: Make, as_: As, clerk: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring
) -> None:
    rules_with(as_(Role.ADMIN), time="notify")
    opened = make.shift_with_demand(**shared | {"ages": (3, 4)})
    her = make.assignment(opened, make.volunteer())
    with wiring.unit() as unit:
        unit.session.exec(select(RequestClient).where(RequestClient.n == 1)).one().time_band = "13:10"

    done(move(clerk, session, held_on="2025-11-20", reception_starts="12:15", reception_ends="13:30"))

    assert bands(wiring, opened.request) == ["12:40", None]
    assert when(wiring, opened.request) == VISIT - timedelta(minutes=30)
    assert stands(wiring, her) is AssignmentStatus.CONFIRMED


def test_another_place_goes_to_all(
    make: Make, clerk: Client, centre: Organization, session: CheckupSession, shared: dict[str, Any], wiring: Wiring
) -> None:
    opened = make.shift_with_demand(**shared)
    her = make.assignment(opened, make.volunteer())
    annex, school = make.facility(owner=centre), make.facility(owner=centre, kind=FacilityKind.SCHOOL)

    assert faults(move(clerk, session, facility_id=str(make.facility().id))) == [("/facility_id", "FIELD_REFERENCE")]
    make.service_type("infant_checkup", allowed_venue_kinds=["health_center"])
    assert faults(move(clerk, session, facility_id=str(school.id))) == [("/facility_id", "FIELD_CONFLICT")]
    assert done(move(clerk, session, facility_id=str(annex.id)))["facility_name"] == annex.name

    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, opened.shift.id).facility_id == annex.id
        assert unit.get(DispatchRequest, opened.request.id).facility_id == annex.id
    assert stands(wiring, her) is AssignmentStatus.TENTATIVE


def test_requests_that_follow_each_other_do_not_stand_in_each_others_way(
    make: Make, clerk: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring
) -> None:
    first = make.shift_with_demand(**shared)
    second = make.shift_with_demand(**shared, starts_at=VISIT + timedelta(hours=2))

    done(move(clerk, session, reception_starts="14:45", reception_ends="16:00"))

    hours = [when(wiring, one.request) - VISIT for one in (first, second)]
    assert hours == [timedelta(hours=2), timedelta(hours=4)]


def test_a_longer_reception_moves_nobody(
    make: Make, clerk: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring
) -> None:
    opened = make.shift_with_demand(**shared)

    assert done(move(clerk, session, reception_ends="15:00"))["reception_ends"] == "15:00"

    with wiring.unit(write=False) as unit:
        assert unit.get(DispatchRequest, opened.request.id).version == opened.request.version
    assert notices_of(wiring) == []


def test_what_cannot_be_is_refused(
    make: Make, as_: As, clerk: Client, place: Facility, session: CheckupSession, shared: dict[str, Any]
) -> None:
    make.checkup_session(place=place, held_on=date(2025, 11, 25))
    make.request(**shared)

    assert faults(move(clerk, session, held_on="2025-11-07")) == [("/held_on", "REQ_PAST")]
    assert faults(move(clerk, session, held_on="2025-11-25")) == [("/held_on", "FIELD_DUPLICATE")]
    assert faults(move(clerk, session, reception_starts="14:00")) == [("/reception_ends", "FIELD_CONFLICT")]
    assert faults(move(clerk, session, reason="電話 076-000-1234")) == [("/reason", "REQ_FREE_TEXT_PII")]
    assert problem(move(clerk, session, '"old"', held_on="2025-11-21")) == (412, "VERSION")
    assert problem(move(as_(Role.REQUESTER), session, held_on="2025-11-21")) == (404, "NOT_FOUND")
    assert problem(move(as_(Role.VOLUNTEER), session, held_on="2025-11-21")) == (403, "NOT_PERMITTED")
    assert done(clerk.get(f"{CHECKUPS}/{session.id}"))["held_on"] == "2025-11-20"


def test_only_staff_pass_rules_that_the_new_time_breaks(
    make: Make, clerk: Client, office: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring
) -> None:
    opened = make.shift_with_demand(**shared)
    passes = [{"code": "REQ_CLOSED_DAY", "reason": "休日の健診"}]

    assert broken(move(clerk, session, held_on="2025-11-22")) == ["REQ_CLOSED_DAY"]
    assert problem(move(clerk, session, held_on="2025-11-22", overrides=passes)) == (403, "NOT_PERMITTED")
    assert broken(move(office, session, held_on="2025-11-22")) == ["REQ_CLOSED_DAY"]
    done(move(office, session, held_on="2025-11-22", overrides=passes))
    assert audited(wiring, opened.request.id)[-1].facts == {"overrides": ["REQ_CLOSED_DAY"]}


def test_whoever_did_not_move_it_is_told(  # noqa: PLR0913, PLR0917 - the cast of the scene
    make: Make, as_: As, clerk: Client, office: Client, place: Facility, session: CheckupSession, wiring: Wiring
) -> None:
    section = make.organization()
    guest = as_(Role.REQUESTER, organization=section)
    make.shift_with_demand(owner=section, place=place, checkup_session_id=session.id, ages=(3,))
    make.request(owner=section, place=place, checkup_session_id=session.id, languages=["vi"], ages=(3,))

    done(move(clerk, session, held_on="2025-11-21"))

    told = [("request_changed", guest.account.id)] * 2 + [("office_request_changed", office.account.id)]
    assert sorted(notices_of(wiring)) == sorted(told)
    done(move(office, session, held_on="2025-11-25"))
    assert notices_of(wiring)[3:] == [("request_changed", guest.account.id)] * 2


def test_what_has_begun_or_is_over_stays(
    make: Make, clerk: Client, session: CheckupSession, shared: dict[str, Any], clock: SetClock
) -> None:
    make.shift_with_demand(**shared)
    clock.now = VISIT

    assert problem(move(clerk, session, held_on="2025-11-25")) == (409, "REQ_STATE")
    assert problem(call_off(clerk, session)) == (409, "REQ_STATE")
    clock.forward(hours=4)
    assert problem(move(clerk, session, held_on="2025-11-25")) == (409, "CHK_STATE")


def test_calling_it_off_ends_what_hangs_on_it(  # noqa: PLR0913, PLR0917 - the cast of the scene
    make: Make, as_: As, clerk: Client, office: Client, place: Facility, session: CheckupSession,
    shared: dict[str, Any], wiring: Wiring, check_data: Check,
) -> None:  # fmt: skip
    mai = make.volunteer()
    draft, opened = make.request(**shared, languages=["vi"]), make.shift_with_demand(**shared)
    her = make.assignment(opened, mai)
    section = make.organization()
    guest = as_(Role.REQUESTER, organization=section)
    other = make.request(owner=section, place=place, checkup_session_id=session.id, status=RequestStatus.SUBMITTED)
    ended = make.request(**shared, status=RequestStatus.REJECTED)

    assert done(call_off(clerk, session))["status"] == "cancelled"

    assert {state(wiring, one) for one in (draft, opened.request, other)} == {RequestStatus.CANCELLED}
    assert state(wiring, ended) is RequestStatus.REJECTED
    assert (stands(wiring, her), standing_of(wiring, opened)) == (
        AssignmentStatus.CANCELLED,
        ("cancelled", "cancelled", 0),
    )
    told = notices_of(wiring)
    assert {("assignment_cancelled", mai.id), ("office_request_cancelled", office.account.id)} <= set(told)
    assert ("request_cancelled", guest.account.id) in told
    check_data()


def test_word_that_came_in_time_is_not_late(
    make: Make, office: Client, session: CheckupSession, shared: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand(**shared)
    clock.now = VISIT - timedelta(hours=1)
    said = {"of": str(shared["owner"].id), "channel": "phone", "at": "2025-11-19T11:00:00+09:00"}

    done(call_off(office, session, on_behalf=said))

    with wiring.unit(write=False) as unit:
        assert unit.get(DispatchRequest, opened.request.id).late_cancel is False
