"""Events and lectures, and what clients do with them."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx2
from starlette.testclient import TestClient

from models.base import new_id
from models.event import Event, EventKind, EventStatus
from models.lecture import LectureEngagement, LectureKind, LecturerActivity, LectureStatus
from models.organization import Organization, OrganizationKind
from models.shift import ClaimPolicy, Demand, DemandDraft, Modality, Shift, ShiftKind, ShiftRole, ShiftStatus
from models.volunteer import ActivityKind, Volunteer
from services import events, lectures, staffing
from services.queries import OFFICE_SOURCE
from services.unit import Unit
from tests.makers.doors import done
from tests.makers.people import facility, organization, volunteer


class Helped(NamedTuple):
    """A shift with its one demand."""

    shift: Shift
    demand: Demand


SUNDAY = datetime.fromisoformat("2025-11-23T13:00:00+09:00")
"""A Sunday, thirteen days after the clock of the tests."""
EVENTS, LECTURES = "/v1/events", "/v1/lecture-engagements"


def event(
    unit: Unit,
    /,
    status: EventStatus = EventStatus.PLANNED,
    *,
    starts_at: datetime = SUNDAY,
    helpers: int = 2,
    **over: Any,
) -> Event:
    """An event of three hours in a hall, for which two helpers are wanted."""
    place = facility(unit)
    columns: dict[str, Any] = {
        "kind": EventKind.FESTIVAL,
        "title": "架空まつり",
        "ends_at": starts_at + timedelta(hours=3),
        "facility_id": place.id,
        "district_code": place.district_code,
        "claim_policy": ClaimPolicy.OPEN,
        **over,
    }
    row = unit.add(Event(starts_at=starts_at, status=status, **columns, **unit.stamp()))
    if helpers:
        events.write_turn(unit, row, [DemandDraft(role=ShiftRole.HELPER, places=helpers)])
    return row


def stall(unit: Unit, /, status: ShiftStatus = ShiftStatus.PLANNED) -> Shift:
    """Two hours at an information stall, which nothing but the office stands for."""
    shift_id = new_id()
    shift = Shift(
        id=shift_id,
        kind=ShiftKind.ACTIVITY,
        source_type=OFFICE_SOURCE,
        source_id=shift_id,
        title="案内所",
        starts_at=SUNDAY,
        ends_at=SUNDAY + timedelta(hours=2),
        modality=Modality.ON_SITE,
        claim_policy=ClaimPolicy.OPEN,
        status=status,
        **unit.stamp(),
    )
    return staffing.open_places(unit, shift, [DemandDraft(role=ShiftRole.GUIDE, places=1)])


def lecture(
    unit: Unit,
    /,
    status: LectureStatus = LectureStatus.REQUESTED,
    *,
    owner: Organization | None = None,
    starts_at: datetime = SUNDAY,
    **over: Any,
) -> LectureEngagement:
    """A lecture of ninety minutes for a school; its shift is written with `accept`."""
    owner = owner or organization(unit, kind=OrganizationKind.SCHOOL)
    columns: dict[str, Any] = {
        "kind": LectureKind.INTERNATIONAL_UNDERSTANDING,
        "theme": "ベトナムのくらし",
        "ends_at": starts_at + timedelta(minutes=90),
        "district_code": "east",
        "modality": Modality.ON_SITE,
        "activity": LecturerActivity.LECTURE,
        **over,
    }
    return unit.add(
        LectureEngagement(organization_id=owner.id, starts_at=starts_at, status=status, **columns, **unit.stamp())
    )


def taken_on(unit: Unit, /, **over: Any) -> LectureEngagement:
    """A lecture that the office took on, with its open shift."""
    row = lecture(unit, **over)
    lectures.open_places_of(unit, row)
    row.status = LectureStatus.OPEN
    return row


def lecturer(unit: Unit, /, **over: Any) -> Volunteer:
    """Somebody who offers to lecture and has no certificate to interpret."""
    columns = {"activities": (ActivityKind.LECTURE,), "certs": (), "max_per_month": 31, **over}
    return volunteer(unit, **columns)


def helper(unit: Unit, /, **over: Any) -> Volunteer:
    """Somebody who helps at events and has no certificate to interpret."""
    columns = {"activities": (ActivityKind.EVENT,), "certs": (), "max_per_month": 31, **over}
    return volunteer(unit, **columns)


def wanted(role: str = "helper", places: int = 2, **over: Any) -> dict[str, Any]:
    """Places as a client asks for them."""
    return {"role": role, "places": places, **over}


def festival(*demands: dict[str, Any], **over: Any) -> dict[str, Any]:
    """The body of a new event."""
    return {
        "kind": "festival",
        "title": "国際交流まつり",
        "starts_at": "2025-11-23T13:00:00+09:00",
        "ends_at": "2025-11-23T16:00:00+09:00",
        "district": "central",
        "meeting_point": "受付テント",
        "note": "動きやすい服装で",
        "demands": list(demands) or [wanted()],
        **over,
    }


def asked_for(**over: Any) -> dict[str, Any]:
    """The body of a lecture that an institution asks for."""
    return {
        "kind": "international_understanding",
        "theme": "ベトナムのくらし",
        "starts_at": "2025-11-23T13:00:00+09:00",
        "ends_at": "2025-11-23T14:30:00+09:00",
        "district": "east",
        "meeting_point": "職員玄関",
        "note": "5年生30人",
        "audience": 30,
        **over,
    }


def change(caller: TestClient, path: str, row: Any, /, *, preview: bool = False, **body: Any) -> httpx2.Response:
    query = {"preview": "true"} if preview else {}
    return caller.patch(f"{path}/{_id(row)}", json=body, headers={"If-Match": "*"}, params=query)


def verb(caller: TestClient, path: str, row: Any, name: str, /, **body: Any) -> httpx2.Response:
    return caller.post(f"{path}/{_id(row)}/{name}", json=body or None)


def _id(row: Any) -> Any:
    return row["id"] if isinstance(row, dict) else row.id


def opened_event(office: TestClient, *demands: dict[str, Any], **over: Any) -> dict[str, Any]:
    """An event that is planned and opened."""
    made = done(office.post(EVENTS, json=festival(*demands, **over)), 201)
    event: dict[str, Any] = done(verb(office, EVENTS, made, "open"))
    return event


def claim_turn(caller: TestClient, event: dict[str, Any], turn: int = 0) -> Any:
    return caller.post(f"/v1/shifts/{event['shifts'][turn]['id']}/claims", json={})
