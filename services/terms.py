"""Terms of a classroom: a rule becomes its sessions, each with the shift its tutors stand on (domain.md §4.5)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.class_session import ClassSession, ClassSessionStatus, ClassSessionView, TermView
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
    meetings = [(day, at_local(unit, day, draft.starts), at_local(unit, day, draft.ends)) for day in kept]
    refuse_clashes(unit, classroom.id, meet(unit, classroom, term, meetings, consult_desk=draft.consult_desk))
    unit.audit("term.create", term, facts={"sessions": len(kept)})
    return show_term(unit, term)


def _days(unit: Unit, draft: TermCreate) -> tuple[list[date], list[date]]:
    """Return the days of the rule that are kept, and those left out."""
    if draft.ends <= draft.starts:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    days = recurrence.parse(draft.rule).days(draft.starts_on)
    kept, out = leave_out(unit, days, draft.no_class_dates, skip_holidays=draft.skip_holidays)
    if at_local(unit, kept[0], draft.starts) <= unit.now:
        raise invalid("/starts_on", "REQ_PAST")
    return kept, out


def leave_out(
    unit: Unit, days: Sequence[date], named: Sequence[date], *, skip_holidays: bool
) -> tuple[list[date], list[date]]:
    """Return which days of a rule are kept, and which are left out: those named, and holidays.

    Raises `InvalidFields` for a named day that the rule does not have, and where no day or too many are left.
    """
    for position, day in enumerate(named):
        if day not in days:
            raise invalid(f"/no_class_dates/{position}", "FIELD_CONFLICT", other="rule")
    office = office_calendar(unit)
    out = {day for day in days if day in named or (skip_holidays and office.is_listed(day))}
    kept = [day for day in days if day not in out]
    if not kept:
        raise invalid("/rule", "SER_EMPTY")
    if len(kept) > recurrence.MOST:
        raise recurrence.too_long()
    return kept, sorted(out)


def refuse_clashes(unit: Unit, classroom_id: UUID, sessions: Sequence[ClassSession]) -> None:
    """Refuse sessions at whose time the classroom meets otherwise, among themselves too. Raises `Refused` (`CLS_CLASH`)."""
    unit.session.flush()
    unit.lock(Classroom, classroom_id)  # two edits at one instant would not see each other's sessions
    meeting = select(ClassSession.starts_at, ClassSession.ends_at).where(
        ClassSession.classroom_id == classroom_id,
        col(ClassSession.status).not_in(sorted(GONE)),
        col(ClassSession.starts_at) < max((one.ends_at for one in sessions), default=unit.now),
        col(ClassSession.ends_at) > min((one.starts_at for one in sessions), default=unit.now),
    )
    times = sorted(unit.session.exec(meeting).all())
    for (_, ends_at), (starts_at, _) in pairwise(times):
        if starts_at < ends_at:
            raise Refused("CLS_CLASH", facts={"starts_at": starts_at})


Meeting = tuple[date | None, datetime, datetime]
"""The day of a term's rule, and from when to when the class meets."""


def meet(
    unit: Unit, classroom: Classroom, term: Term, meetings: Sequence[Meeting], **origin: Any
) -> list[ClassSession]:
    """Write sessions of a term, each with the open shift of its tutors, in as many statements for many as for one.

    `origin` says whether parents may bring their worries, and what a session replaces.
    """
    place = unit.get(Facility, classroom.facility_id) if classroom.facility_id else None
    sessions = [_session(unit, term, meeting, origin) for meeting in meetings]
    shifts = [_shift(unit, classroom, place, session) for session in sessions]
    demands = [_demand(classroom, shift) for shift in shifts]
    for rows in (sessions, shifts, demands):
        unit.session.add_all(rows)
        unit.session.flush()
    return sessions


def _session(unit: Unit, term: Term, meeting: Meeting, origin: Mapping[str, Any]) -> ClassSession:
    occurrence_on, starts_at, ends_at = meeting
    return ClassSession(
        **unit.stamp(),
        classroom_id=term.classroom_id,
        term_id=term.id,
        occurrence_on=occurrence_on,
        starts_at=starts_at,
        ends_at=ends_at,
        status=ClassSessionStatus.PLANNED,
        **origin,
    )


def _shift(unit: Unit, classroom: Classroom, place: Facility | None, session: ClassSession) -> Shift:
    return Shift(
        **unit.stamp(),
        kind=ShiftKind.CLASS_SESSION,
        source_type=SESSION_SOURCE,
        source_id=session.id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        facility_id=classroom.facility_id,
        district_code=place.district_code if place else None,
        modality=Modality.VIDEO if classroom.kind is ClassroomKind.ONLINE else Modality.ON_SITE,
        claim_policy=ClaimPolicy.OPEN,
        status=ShiftStatus.OPEN,
    )


def _demand(classroom: Classroom, shift: Shift) -> Demand:
    return Demand(
        shift_id=shift.id,
        role=TUTOR,
        places=classroom.tutor_places,
        min_age=classroom.tutor_min_age,
        child_safety=classroom.for_children,
    )


def list_terms(unit: Unit, classroom_id: UUID) -> Items[TermView]:
    """Return the terms of a classroom with their sessions, soonest first. Raises `NotFound`."""
    find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    terms = unit.session.exec(
        select(Term).where(Term.classroom_id == classroom_id).order_by(col(Term.starts_on), col(Term.id))
    )
    return Items(items=_show(unit, terms.all()))


def find_term(unit: Unit, classroom_id: UUID, term_id: UUID, *, lock: bool = False) -> Term:
    """Return a term of a classroom of the caller's scope. Raises `NotFound`."""
    find(unit, visible_classrooms(unit.actor), Classroom, classroom_id, lock=lock)  # nobody adds a session meanwhile
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
    return _show(unit, [term])[0]


def _show(unit: Unit, terms: Sequence[Term]) -> list[TermView]:
    """Return terms with their sessions, with a constant number of queries."""
    statement = select(ClassSession).where(col(ClassSession.term_id).in_([term.id for term in terms]))
    ordered = unit.session.exec(statement.order_by(col(ClassSession.starts_at), col(ClassSession.id))).all()
    sessions: dict[UUID, list[ClassSessionView]] = {term.id: [] for term in terms}
    for view in show_sessions(unit, ordered):
        sessions[view.term_id].append(view)
    return [
        TermView(
            **term.model_dump(exclude={"left_out", "created_at", "updated_at", "created_by"}),
            left_out=[date.fromisoformat(day) for day in term.left_out],
            sessions=sessions[term.id],
            actions=["change", "cancel"],
        )
        for term in terms
    ]
