"""Meetings of the liaison council: which member groups were there."""

from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from models.event import Event, EventKind, EventStatus
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.makers.gatherings import EVENTS, SUNDAY


@pytest.fixture
def meeting(make: Make) -> Event:
    return make.event(EventStatus.OPEN, kind=EventKind.LIAISON_MEETING, title="関係団体連絡会", helpers=0)


def write(caller: Client, event: Event, *present: dict[str, Any]) -> httpx2.Response:
    path = f"{EVENTS}/{event.id}/attendance"
    return caller.put(path, json={"items": list(present)}, headers={"If-Match": "*"})


def came(membership: Any, persons: int = 1) -> dict[str, Any]:
    return {"organization_id": str(membership.organization_id), "persons": persons}


def test_groups_that_were_members_on_the_day_are_counted(
    make: Make, office: Client, meeting: Event, clock: SetClock
) -> None:
    first, second, third = (make.membership(make.organization()) for _ in range(3))
    gone = make.membership(make.organization(), left_on=date(2025, 11, 23))
    assert problem(write(office, meeting, came(first))) == (409, "EVT_STATE")
    clock.now = SUNDAY + timedelta(minutes=10)
    assert done(write(office, meeting, came(first)))["attended"] == 1
    roll = done(write(office, meeting, came(first, 2), came(second)))
    assert (roll["members"], roll["attended"], roll["persons"], roll["share"]) == (3, 2, 3, 0.667)
    lines = {one["organization_id"]: (one["attended"], one["persons"]) for one in roll["items"]}
    assert lines == {
        str(first.organization_id): (True, 2),
        str(second.organization_id): (True, 1),
        str(third.organization_id): (False, 0),
    }
    assert done(office.get(f"{EVENTS}/{meeting.id}/attendance")) == roll
    assert faults(write(office, meeting, came(gone))) == [("/items/0/organization_id", "FIELD_REFERENCE")]
    assert faults(write(office, meeting, came(first), came(first))) == [("/items/1/organization_id", "FIELD_DUPLICATE")]


def test_a_meeting_without_members_has_no_share(office: Client, meeting: Event) -> None:
    assert done(office.get(f"{EVENTS}/{meeting.id}/attendance"))["share"] is None


def test_an_event_that_is_no_meeting_has_no_attendance(make: Make, office: Client) -> None:
    festival = make.event(EventStatus.OPEN)
    assert problem(office.get(f"{EVENTS}/{festival.id}/attendance")) == (404, "NOT_FOUND")
    assert problem(write(office, festival)) == (404, "NOT_FOUND")
