"""Shifts that are moved or called off with what opened them: classes, events, lectures. Everybody on them is treated by the
rules of change; a preview does it and takes it back, so there is no second place that knows what it would do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from models.change_rule import ChangedField, Effect
from models.event import Event, MovedShift, TouchedHelper
from models.lecture import LectureEngagement
from models.offer import OfferWithdrawal
from models.person import Person
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer
from services import states
from services.cascading import resume
from services.change_rules import effect_of
from services.changing import TouchedHolder, brief_anew, carry_out, lock_people, touched_by
from services.filling import holders_of, settle
from services.passing import TO_COME
from services.rejudging import verdicts
from services.releasing import ask_anew, clear_shift, open_offers, withdraw_offers
from services.unit import Unit

Done = TypeVar("Done")
MOVING = frozenset({ShiftStatus.OPEN, ShiftStatus.FILLED})
"""States of a shift on which people stand who have to follow it."""

NOT_OVER = TO_COME | {ShiftStatus.IN_PROGRESS}
"""States of a shift that can still be called off, though it has begun."""


@dataclass(frozen=True)
class When:
    """When and where something takes place, and what those who come are told of it."""

    starts_at: datetime
    ends_at: datetime
    place: tuple[Any, ...]
    briefing: tuple[Any, ...]


@dataclass(frozen=True)
class Moved:
    """A shift that changed, whom that touched, and how many need not answer any more."""

    shift: Shift
    people: Sequence[TouchedHolder] = ()
    offers_withdrawn: int = 0


def rehearsed(unit: Unit, do: Callable[[], Done], *, preview: bool) -> Done:
    """Do it; in a preview take it back."""
    if not preview:
        return do()
    unit.rehearsed = True
    rehearsal = unit.session.begin_nested()
    try:
        return do()
    finally:
        rehearsal.rollback()


def take_shifts(unit: Unit, source_type: str, source_ids: Collection[UUID]) -> list[Shift]:
    """Return the shifts of these sources, with everybody on them locked in the house's order: people, then shifts."""
    found = select(Shift.id).where(Shift.source_type == source_type, col(Shift.source_id).in_(source_ids))
    ids = sorted(unit.session.exec(found))
    lock_people(unit, ids)
    return [unit.lock(Shift, shift_id) for shift_id in ids]


def when_of(row: Event | LectureEngagement) -> When:
    """Return when and where an event or a lecture takes place as it stands."""
    return When(row.starts_at, row.ends_at, (row.facility_id, row.district_code), (row.meeting_point, row.note))


def changed_between(unit: Unit, before: When, after: When) -> set[ChangedField]:
    """Return what differs, as the rules of change name it."""
    clock = [(one.starts_at.astimezone(unit.zone).time(), one.ends_at - one.starts_at) for one in (before, after)]
    differs = {
        ChangedField.DATE: unit.local_day(before.starts_at) != unit.local_day(after.starts_at),
        ChangedField.TIME: clock[0] != clock[1],
        ChangedField.PLACE: before.place != after.place,
    }
    return {field for field, is_so in differs.items() if is_so}


def rewrite(
    unit: Unit, shift: Shift, columns: Mapping[str, Any], changed: set[ChangedField], kind: str, *, told: bool
) -> Moved:
    """Write columns of a locked shift anew, and let its people follow; what was asked so far is asked anew.

    `told` is whether those who were briefed hear of it, though neither time nor place changed.
    """
    was_at, asked, moving = shift.starts_at, open_offers(unit, shift), bool(changed) and shift.status in MOVING
    if moving:
        ask_anew(unit, shift)
    for name, value in columns.items():
        setattr(shift, name, value)
    shift.touch(unit.now)
    unit.session.flush()  # people are judged at the new time
    people = let_follow(unit, shift, changed, kind, was_at) if moving else _untouched(unit, shift)
    if told:
        people = [brief_anew(unit, shift, one) for one in people]
    return Moved(shift, people, len(asked) if moving else 0)


def _untouched(unit: Unit, shift: Shift) -> list[TouchedHolder]:
    return [TouchedHolder(holder, holder.status, Effect.KEEP) for holder in holders_of(unit, shift)]


def let_follow(
    unit: Unit, shift: Shift, changed: set[ChangedField], kind: str, was_at: datetime
) -> list[TouchedHolder]:
    """Let the people of a shift that was written anew follow; who may not come any more is released."""
    holding = holders_of(unit, shift)
    wanted = effect_of(unit, changed, kind)
    judged = verdicts(unit, holding)
    moved = bool(changed & {ChangedField.DATE, ChangedField.TIME})
    touched = [touched_by(one, wanted, judged[one.id], moved=moved) for one in holding]
    for one in sorted(touched, key=lambda one: one.effect is not Effect.RELEASE):  # who leaves makes room first
        carry_out(unit, shift, one, was_at)
    settle_places(unit, shift)
    for demand_id in sorted({one.assignment.demand_id for one in touched if one.effect is Effect.RELEASE}):
        resume(unit, shift, demand_id)
    return touched


def settle_places(unit: Unit, shift: Shift) -> None:
    """Let a shift follow its places, and take offers back that nobody needs any more."""
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)


def call_off(unit: Unit, shift: Shift, *, told: bool = True) -> Moved:
    """Cancel a locked shift; everybody on it is `told`, unless whoever calls tells them, and nobody need answer any more."""
    offers = open_offers(unit, shift)
    touched = [TouchedHolder(holder, holder.status, Effect.RELEASE) for holder in holders_of(unit, shift)]
    clear_shift(unit, shift, told=told)
    if states.SHIFT.leads(shift.status, "cancel"):
        shift.status = ShiftStatus(states.SHIFT.next(shift.status, "cancel"))
    shift.touch(unit.now)
    unit.audit("shift.cancel", shift)
    return Moved(shift, touched, len(offers))


def show_moved(unit: Unit, moved: Sequence[Moved]) -> list[MovedShift]:
    """Return shifts that changed with whom that touched, for those who may know."""
    badges = badges_of(unit, [person.assignment.volunteer_id for one in moved for person in one.people])
    return [
        MovedShift(
            shift_id=one.shift.id,
            starts_at=one.shift.starts_at,
            ends_at=one.shift.ends_at,
            status=one.shift.status,
            people=[
                TouchedHelper(
                    assignment_id=person.assignment.id,
                    volunteer_id=person.assignment.volunteer_id,
                    badge_name=badges[person.assignment.volunteer_id],
                    effect=person.effect,
                    because=list(person.because),
                )
                for person in one.people
            ],
            offers_withdrawn=one.offers_withdrawn,
        )
        for one in moved
    ]


def badges_of(unit: Unit, volunteer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the names on the badges of volunteers."""
    people = (
        select(Volunteer.id, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.id).in_(volunteer_ids))
    )
    return {volunteer_id: person.badge_name for volunteer_id, person in unit.session.exec(people)}
