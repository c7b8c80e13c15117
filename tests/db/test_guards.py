"""What the database itself forbids, whoever writes: overlapping bookings, and changing the audit log."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.constraints import broken_constraint, constraint_name
from api.db import Wiring
from models.assignment import Booking, BookingSource
from models.base import new_id
from models.organization import Organization
from models.record import AuditEvent
from services.unit import Unit
from tests.factories import Make
from tests.makers.work import VISIT

Units = Callable[..., AbstractContextManager[Unit]]


def booking(volunteer_id: UUID, first: float, last: float, *, active: bool = True) -> Booking:
    """Hours after the visit's start."""
    return Booking(
        volunteer_id=volunteer_id,
        source_type=BookingSource.ASSIGNMENT,
        source_id=new_id(),
        starts_at=VISIT + timedelta(hours=first),
        ends_at=VISIT + timedelta(hours=last),
        active=active,
    )


@pytest.fixture
def ann(make: Make) -> UUID:
    """A volunteer."""
    return make.volunteer().id


@pytest.fixture
def ben(make: Make) -> UUID:
    """Another."""
    return make.volunteer().id


@pytest.fixture
def booked(ann: UUID, unit: Units) -> UUID:
    """A booking of Ann's from hour 0 to 2."""
    with unit() as it:
        return it.add(booking(ann, 0, 2)).id


def refused(unit: Units, change: Callable[[Unit], object]) -> str | None:
    """Return the name of the constraint that the change breaks."""
    with pytest.raises(IntegrityError) as caught, unit() as it:
        change(it)
    return constraint_name(caught.value)


def change(**columns: object) -> Callable[[Booking], None]:
    def apply(row: Booking) -> None:
        for name, value in columns.items():
            setattr(row, name, value)

    return apply


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize(("first", "last"), [(2, 3), (-1, 0)])
def test_touching_is_not_overlapping(ann: UUID, unit: Units, first: int, last: int) -> None:
    with unit() as it:
        it.add(booking(ann, first, last))


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize(("first", "last"), [(1, 3), (-1, 0.5), (0.5, 1), (-1, 3), (0, 2)])
def test_overlapping_is_refused(ann: UUID, unit: Units, first: float, last: float) -> None:
    assert refused(unit, lambda it: it.add(booking(ann, first, last))) == "no_overlap_booking"


@pytest.mark.usefixtures("booked")
def test_somebody_else_may_overlap(ben: UUID, unit: Units) -> None:
    with unit() as it:
        it.add(booking(ben, 0, 2))


@pytest.mark.usefixtures("booked")
def test_an_inactive_booking_may_overlap(ann: UUID, unit: Units) -> None:
    with unit() as it:
        it.add(booking(ann, 0, 2, active=False))


@pytest.mark.usefixtures("booked")
def test_becoming_active_again_is_refused(ann: UUID, unit: Units) -> None:
    with unit() as it:
        row_id = it.add(booking(ann, 1, 3, active=False)).id
    assert refused(unit, lambda it: change(active=True)(it.get(Booking, row_id))) == "no_overlap_booking"


@pytest.mark.usefixtures("booked")
def test_moving_to_somebody_who_is_booked_is_refused(ann: UUID, ben: UUID, unit: Units) -> None:
    with unit() as it:
        row_id = it.add(booking(ben, 1, 3)).id
    assert refused(unit, lambda it: change(volunteer_id=ann)(it.get(Booking, row_id))) == "no_overlap_booking"


def test_a_booking_may_grow_over_its_own_time(booked: UUID, unit: Units) -> None:
    with unit() as it:
        change(ends_at=VISIT + timedelta(hours=3))(it.get(Booking, booked))


def test_a_booking_may_not_grow_into_the_next(booked: UUID, ann: UUID, unit: Units) -> None:
    with unit() as it:
        it.add(booking(ann, 2, 4))
    longer = change(ends_at=VISIT + timedelta(hours=3))
    assert refused(unit, lambda it: longer(it.get(Booking, booked))) == "no_overlap_booking"


@pytest.mark.parametrize("last", [0, -1])
def test_a_booking_ends_after_it_starts(ann: UUID, unit: Units, last: int) -> None:
    assert refused(unit, lambda it: it.add(booking(ann, 0, last))) == "ck_booking_order"


@pytest.mark.usefixtures("booked")
def test_an_overlap_reaches_the_caller_by_its_code(ann: UUID, unit: Units) -> None:
    with pytest.raises(IntegrityError) as caught, unit() as it:
        it.add(booking(ann, 1, 3))
    error = broken_constraint(caught.value)
    assert error is not None
    assert error.code == "ASG_OVERLAP"


def test_an_unknown_district_is_refused_by_its_foreign_key(make: Make) -> None:
    with pytest.raises(IntegrityError):
        make.facility(district="nowhere")


def test_a_place_is_never_taken_twice(make: Make) -> None:
    opened = make.shift_with_demand()
    make.assignment(opened, make.volunteer())
    with pytest.raises(IntegrityError) as caught:
        make.assignment(opened, make.volunteer())
    assert constraint_name(caught.value) == "ck_demand_taken"


def test_names_of_unique_keys_are_known_on_both_databases(make: Make) -> None:
    make.organization(name="泉の架空センター")
    with pytest.raises(IntegrityError) as caught:
        make.organization(name="泉の架空センター")
    assert constraint_name(caught.value) == "uq_organization_name"


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'nothing'", "DELETE FROM audit_event"])
def test_the_audit_log_can_only_grow(wiring: Wiring, unit: Units, make: Make, statement: str) -> None:
    organization: Organization = make.organization()
    with unit() as it:
        it.audit("organization.create", organization)
    with pytest.raises(DBAPIError, match="append_only_audit_event"), wiring.database.writing.begin() as connection:
        connection.exec_driver_sql(statement)
    with unit() as it:
        kept = it.session.execute(sa.select(AuditEvent.action).where(AuditEvent.object_id == organization.id)).all()  # type: ignore[call-overload]
    assert kept == [("organization.create",)]
