"""Terms of a classroom: a rule becomes its sessions, each with the shift its tutors stand on (domain.md §4.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.class_session import ClassSession, ClassSessionStatus, TermView
from models.classroom import Classroom, ClassroomKind, Term, TermCreate
from models.fields import Items
from models.organization import Facility
from models.shift import ClaimPolicy, Demand, Modality, Shift, ShiftKind, ShiftStatus
from services import recurrence
from services.classrooms import take_classroom
from services.errors import NotFound, Refused, invalid
from services.office_days import at_local, office_calendar
from services.queries import SESSION_SOURCE, find, visible_classrooms
from services.showing_classes import show_sessions
from services.unit import Unit

TUTOR = "tutor"
GONE = frozenset({ClassSessionStatus.CANCELLED, ClassSessionStatus.POSTPONED})


def create(unit: Unit, classroom_id: UUID, draft: TermCreate) -> TermView:
    """Write a term with all its sessions, each open to its tutors; all of them or none.

    Raises `NotFound`, `Stale`, `InvalidFields` for the rule and its days, `Refused` (`CLS_CLASH`) where the classroom
    meets already.
    """
    classroom = take_classroom(unit, classroom_id)
    kept, left_out = _days(unit, draft)
    columns = draft.model_dump(include={"name", "starts_on", "starts", "ends"})
    rule = str(recurrence.parse(draft.rule))
    term = unit.add(
        Term(
            **unit.stamp(),
            classroom_id=classroom.id,
            rule=rule,
            left_out=[day.isoformat() for day in left_out],
            **columns,
        )
    )
    for day in kept:
        times = (at_local(unit, day, draft.starts), at_local(unit, day, draft.ends))
        refuse_clash(unit, classroom.id, *times)
        meet(unit, classroom, term, times, occurrence_on=day, consult_desk=draft.consult_desk)
    unit.audit("term.create", term, facts={"sessions": len(kept)})
    return show_term(unit, term)


def _days(unit: Unit, draft: TermCreate) -> tuple[list[date], list[date]]:
    """Return the days of the rule that are kept, and those left out."""
    if draft.ends <= draft.starts:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    days = recurrence.parse(draft.rule).days(draft.starts_on)
    for position, day in enumerate(draft.no_class_dates):
        if day not in days:
            raise invalid(f"/no_class_dates/{position}", "FIELD_CONFLICT", other="rule")
    office = office_calendar(unit)
    out = {day for day in days if day in draft.no_class_dates or (draft.skip_holidays and office.is_listed(day))}
    kept = [day for day in days if day not in out]
    if not kept:
        raise invalid("/rule", "SER_EMPTY")
    if len(kept) > recurrence.MOST:
        raise recurrence.too_long()
    if at_local(unit, kept[0], draft.starts) <= unit.now:
        raise invalid("/starts_on", "REQ_PAST")
    return kept, sorted(out)


def refuse_clash(
    unit: Unit, classroom_id: UUID, starts_at: datetime, ends_at: datetime, but: UUID | None = None
) -> None:
    """Refuse a time at which the classroom meets already. Raises `Refused` (`CLS_CLASH`)."""
    clash = select(ClassSession.id).where(
        ClassSession.classroom_id == classroom_id,
        col(ClassSession.status).not_in(sorted(GONE)),
        col(ClassSession.starts_at) < ends_at,
        col(ClassSession.ends_at) > starts_at,
        ClassSession.id != but,
    )
    if unit.session.exec(clash).first() is not None:
        raise Refused("CLS_CLASH", facts={"starts_at": starts_at})


def meet(unit: Unit, classroom: Classroom, term: Term, times: tuple[datetime, datetime], **origin: Any) -> ClassSession:
    """Write one session of a term, and the open shift of its tutors; `origin` says which day of the rule it is, or what it replaces."""
    session = unit.add(
        ClassSession(
            **unit.stamp(),
            classroom_id=classroom.id,
            term_id=term.id,
            starts_at=times[0],
            ends_at=times[1],
            status=ClassSessionStatus.PLANNED,
            **origin,
        )
    )
    place = unit.get(Facility, classroom.facility_id) if classroom.facility_id else None
    shift = unit.add(
        Shift(
            **unit.stamp(),
            kind=ShiftKind.CLASS_SESSION,
            source_type=SESSION_SOURCE,
            source_id=session.id,
            starts_at=times[0],
            ends_at=times[1],
            facility_id=classroom.facility_id,
            district_code=place.district_code if place else None,
            modality=Modality.VIDEO if classroom.kind is ClassroomKind.ONLINE else Modality.ON_SITE,
            claim_policy=ClaimPolicy.OPEN,
            status=ShiftStatus.OPEN,
        )
    )
    unit.add(
        Demand(
            shift_id=shift.id,
            role=TUTOR,
            places=classroom.tutor_places,
            min_age=classroom.tutor_min_age,
            child_safety=classroom.for_children,
        )
    )
    return session


def list_terms(unit: Unit, classroom_id: UUID) -> Items[TermView]:
    """Return the terms of a classroom with their sessions, soonest first. Raises `NotFound`."""
    find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    terms = unit.session.exec(
        select(Term).where(Term.classroom_id == classroom_id).order_by(col(Term.starts_on), col(Term.id))
    )
    return Items(items=[show_term(unit, term) for term in terms.all()])


def find_term(unit: Unit, classroom_id: UUID, term_id: UUID, *, lock: bool = False) -> Term:
    """Return a term of a classroom of the caller's scope. Raises `NotFound`."""
    find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    term = unit.lock(Term, term_id) if lock else unit.get(Term, term_id)
    if term.classroom_id != classroom_id:
        raise NotFound
    return term


def read_term(unit: Unit, classroom_id: UUID, term_id: UUID) -> TermView:
    """Return a term with its sessions. Raises `NotFound`."""
    return show_term(unit, find_term(unit, classroom_id, term_id))


def sessions_of(unit: Unit, term: Term) -> Sequence[ClassSession]:
    """Return the sessions of a term, soonest first."""
    statement = select(ClassSession).where(ClassSession.term_id == term.id)
    return unit.session.exec(statement.order_by(col(ClassSession.starts_at), col(ClassSession.id))).all()


def show_term(unit: Unit, term: Term) -> TermView:
    """Return a term with its sessions."""
    return TermView(
        **term.model_dump(exclude={"left_out", "created_at", "updated_at", "created_by"}),
        left_out=[date.fromisoformat(day) for day in term.left_out],
        sessions=show_sessions(unit, sessions_of(unit, term)),
        actions=["change", "cancel"],
    )
