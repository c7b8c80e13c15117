"""Households that invite guests, and the guests who would like to come."""

from datetime import date, datetime, timedelta
from typing import Any

from models.assignment import Booking, BookingSource
from models.host import Host, HostKind, HostStatus
from models.host_stay import TAKES_TIME, WITH_HOST, GuestIdentity, HostProposal, HostStay, StayStatus
from models.volunteer import ActivityKind, Volunteer
from services.unit import Unit
from tests.makers import people

VISIT = datetime.fromisoformat("2025-11-22T13:00:00+09:00")
"""A Saturday, twelve days after the clock of the tests."""


def head(unit: Unit, /, **over: Any) -> Volunteer:
    """Somebody who offers to host."""
    return people.volunteer(unit, activities=(ActivityKind.HOME_VISIT_HOST,), **over)


def host(unit: Unit, /, head: Volunteer | None = None, **over: Any) -> Host:
    """An active household of three in the eastern district, where Vietnamese is spoken too."""
    columns = {
        "kinds": [*HostKind],
        "household_size": 3,
        "has_children": True,
        "languages": ["ja", "vi"],
        "capacity": 2,
        "district_code": "east",
        "status": HostStatus.ACTIVE,
        "home_seen_on": date(2025, 10, 1),
        **over,
    }
    return unit.add(Host(volunteer_id=(head or _head(unit)).id, **columns, **unit.stamp()))


_head = head  # the parameter of that name hides it above


def stay(
    unit: Unit,
    /,
    of: Host | None = None,
    status: StayStatus = StayStatus.REQUESTED,
    *,
    named: bool = False,
    **over: Any,
) -> HostStay:
    """A visit of one guest for three hours who consented, with the calendar row that goes with the state."""
    columns = {
        "kind": HostKind.HOME_VISIT,
        "starts_at": VISIT,
        "guests": 1,
        "languages": ["vi"],
        "consented_on": date(2025, 11, 1),
        **over,
    }
    columns.setdefault("ends_at", columns["starts_at"] + timedelta(hours=3))
    if status in WITH_HOST | {StayStatus.HELD}:
        of = of or host(unit)
        columns["host_id"] = of.id
    row = unit.add(HostStay(status=status, **columns, **unit.stamp()))
    if of is not None:
        unit.add(HostProposal(stay_id=row.id, host_id=of.id, proposed_at=unit.now))
    if of is not None and status in TAKES_TIME:
        unit.add(
            Booking(
                volunteer_id=of.volunteer_id,
                source_type=BookingSource.HOST_STAY,
                source_id=row.id,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        )
    if named:
        sealed = unit.vault.seal({"name": "グエン・ティ・ラン", "phone": "076-000-7788"})
        unit.add(GuestIdentity(stay_id=row.id, sealed=sealed, written_at=unit.now))
    return row
