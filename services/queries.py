"""What each caller may see at all: the scope of every list and single object. Outside it, an object does not exist."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.assignment import ANNOUNCED, HOLDING, Assignment
from models.client import ClientExclusion, RequestClient
from models.dispatch_request import DispatchRequest
from models.offer import Offer
from models.person import Gender, Person
from models.shift import Demand, GenderWanted, Shift, ShiftStatus
from models.volunteer import Volunteer
from services.actor import Actor
from services.errors import NotFound
from services.unit import Found, Unit

REQUEST_SOURCE = "dispatch_request"


def visible_requests(actor: Actor) -> Select[Any]:
    """Staff see all requests, an institution its own, nobody else any."""
    if actor.is_staff:
        return select(DispatchRequest)
    return select(DispatchRequest).where(DispatchRequest.organization_id == actor.organization_id)


def visible_shifts(actor: Actor) -> Select[Any]:
    """Staff see all shifts, an institution those it asked for, a volunteer those she may take or stands on."""
    if actor.is_staff:
        return select(Shift)
    if actor.volunteer_id is not None:
        return select(Shift).where(_shown_to(actor.volunteer_id))
    return select(Shift).where(_asked_for_by(actor.organization_id))


def visible_assignments(actor: Actor) -> Select[Any]:
    """Staff see all assignments, a volunteer her own, an institution those on its shifts from the confirmation on.

    Who is merely tentative, or gave the place back, is nothing that an institution needs to know.
    """
    if actor.is_staff:
        return select(Assignment)
    if actor.volunteer_id is not None:
        return select(Assignment).where(Assignment.volunteer_id == actor.volunteer_id)
    return (
        select(Assignment)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(_asked_for_by(actor.organization_id), col(Assignment.status).in_(sorted(ANNOUNCED)))
    )


def visible_offers(actor: Actor) -> Select[Any]:
    """Staff see all offers, a volunteer her own but those for shifts hidden from her."""
    if actor.is_staff:
        return select(Offer)
    return (
        select(Offer)
        .join(Shift, col(Shift.id) == Offer.shift_id)
        .where(
            Offer.volunteer_id == actor.volunteer_id,
            sa.or_(~hidden_from(actor.volunteer_id), col(Offer.assignment_id).is_not(None)),
        )
    )


def find(unit: Unit, visible: Select[Any], table: type[Found], row_id: UUID, *, lock: bool = False) -> Found:
    """Return an object of the caller's scope, locked where it is about to change. Raises `NotFound`."""
    seen = unit.session.execute(visible.with_only_columns(col(table.id)).where(col(table.id) == row_id)).first()
    if seen is None:
        raise NotFound
    return unit.lock(table, row_id) if lock else unit.get(table, row_id)


def _asked_for_by(organization_id: UUID | None) -> Any:
    return sa.and_(
        col(Shift.source_type) == REQUEST_SOURCE,
        sa.exists().where(
            col(DispatchRequest.id) == Shift.source_id, col(DispatchRequest.organization_id) == organization_id
        ),
    )


def _shown_to(volunteer_id: UUID) -> Any:
    stands_on_it = sa.exists().where(
        Assignment.shift_id == Shift.id,  # type: ignore[arg-type]
        Assignment.volunteer_id == volunteer_id,  # type: ignore[arg-type]
        col(Assignment.status).in_(sorted(HOLDING)),
    )
    may_be_taken = sa.and_(col(Shift.status).in_([ShiftStatus.OPEN, ShiftStatus.FILLED]), ~hidden_from(volunteer_id))
    return sa.or_(stands_on_it, may_be_taken)


def hidden_from(volunteer_id: UUID | None) -> Any:
    """A shift that must not exist for this volunteer: excluded, acquainted, or another gender asked for (§0.1)."""
    barred = sa.exists().where(
        RequestClient.request_id == Shift.source_id,  # type: ignore[arg-type]
        ClientExclusion.client_id == RequestClient.client_id,  # type: ignore[arg-type]
        ClientExclusion.volunteer_id == volunteer_id,  # type: ignore[arg-type]
        col(ClientExclusion.lifted_at).is_(None),
    )
    fits = sa.exists().where(
        Demand.shift_id == Shift.id,  # type: ignore[arg-type]
        sa.or_(col(Demand.gender_requirement).is_(None), Demand.gender_requirement == _gender_of(volunteer_id)),
    )
    return sa.or_(barred, ~fits)


def _gender_of(volunteer_id: UUID | None) -> Any:
    wanted = {Gender.FEMALE: GenderWanted.FEMALE.value, Gender.MALE: GenderWanted.MALE.value}
    return (
        sa.select(sa.case(wanted, value=col(Person.gender)))
        .join(Volunteer, col(Volunteer.person_id) == Person.id)
        .where(Volunteer.id == volunteer_id)  # type: ignore[arg-type]
        .scalar_subquery()
    )
