"""Sessions that are cancelled, postponed or moved: one, one and all later ones, or all; previewed by doing it and undoing it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from uuid import UUID

from models.change_rule import ChangedField
from models.class_session import (
    TO_COME,
    Calloff,
    ClassSession,
    ClassSessionPostponement,
    ClassSessionStatus,
    SessionChange,
    SessionChanges,
    TermPatch,
    TouchedTutor,
)
from models.classroom import Classroom, Term
from models.shift import Shift
from services.amending_series import Aim, Scope
from services.asking_again import staying, tell_put_off
from services.changing import TouchedHolder
from services.errors import invalid
from services.filling import demands_of, holders_of
from services.free_text import refuse_personal_details
from services.known_hours import remember
from services.moving_shifts import badges_of, call_off, let_follow, rehearsed, settle_places, take_shifts
from services.notifying import tell_managers
from services.noting_ahead import forget_excuses, leave_noted
from services.office_days import at_local
from services.opening_anew import let_guests_go, plan_again
from services.queries import SESSION_SOURCE
from services.releasing import ask_anew, open_offers
from services.running_classes import count_learners, move, shift_of, take_session
from services.telling_moves import as_they_stand, tell_moved
from services.terms import find_term, meet, refuse_clashes, sessions_of
from services.unit import Unit

CLASS_KIND = "class_session"
"""What stands in a rule of change where requests have the code of their service type."""


def cancel(unit: Unit, session_id: UUID, draft: Calloff, *, preview: bool = False) -> SessionChanges:
    """Cancel a session; tutors and managers are told, guardians go on the call list.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    session, shift = take_session(unit, session_id)
    return rehearse_sessions(
        unit, lambda: [call_off_session(unit, session, shift, "cancel", draft.reason)], preview=preview
    )


def postpone(unit: Unit, session_id: UUID, draft: ClassSessionPostponement, *, preview: bool = False) -> SessionChanges:
    """Put another session in the place of this one; its tutors are asked anew, told why and when. Raises as `cancel`, and as a new term."""
    refuse_personal_details(draft.reason, "/reason")
    session, shift = take_session(unit, session_id)
    return rehearse_sessions(unit, lambda: _postpone(unit, session, shift, draft), preview=preview)


def _postpone(unit: Unit, session: ClassSession, shift: Shift, draft: ClassSessionPostponement) -> list[SessionChange]:
    term, classroom = unit.get(Term, session.term_id), unit.get(Classroom, session.classroom_id)
    starts, ends = hours_of(unit, session)
    times = (
        at_local(unit, draft.held_on, draft.starts or starts),
        at_local(unit, draft.held_on, draft.ends or ends),
    )
    _check_times(unit, *times)
    held = holders_of(unit, shift)
    asked = staying(held)
    off = call_off_session(unit, session, shift, "postpone", draft.reason)
    (again,) = meet(unit, classroom, term, [(None, *times)], consult_desk=session.consult_desk, replaces_id=session.id)
    refuse_clashes(unit, classroom.id, [again])
    unit.audit("class_session.create", again)
    tell_put_off(unit, held, asked, session, again, shift_of(unit, again.id))
    return [off, show_change(unit, again)]


def hours_of(unit: Unit, session: ClassSession) -> tuple[time, time]:
    """Return from when to when a session meets by the clock on the wall; its term may say otherwise by now."""
    return session.starts_at.astimezone(unit.zone).time(), session.ends_at.astimezone(unit.zone).time()


def _check_times(unit: Unit, starts_at: datetime, ends_at: datetime, pointer: str = "/held_on") -> None:
    if ends_at <= starts_at:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    if starts_at <= unit.now:
        raise invalid(pointer, "REQ_PAST")


def call_off_session(unit: Unit, session: ClassSession, shift: Shift, verb: str, reason: str) -> SessionChange:
    """End a locked session and its shift; what was held with it is to be opened anew.

    Everybody is told, but for the tutors of one that is put off: they hear of its new day with it.
    """
    was_open = session.status is ClassSessionStatus.OPEN
    move(unit, session, verb)
    session.status_reason = reason
    off = call_off(unit, shift, told=verb != "postpone")
    classroom = unit.get(Classroom, session.classroom_id)
    facts = {"classroom": classroom.name, "starts_at": session.starts_at, "reason": reason}
    tell_managers(unit, classroom.organization_id, f"class_session_{session.status}", session, facts)
    guests = let_guests_go(unit, session) if was_open else []
    return show_change(unit, session, off.people, off.offers_withdrawn, guests)


def change_term(
    unit: Unit, classroom_id: UUID, term_id: UUID, patch: TermPatch, aim: Aim, *, preview: bool = False
) -> SessionChanges:
    """Change the hour of the sessions aimed at, or how many tutors they ask for, and let their tutors follow.

    All of them or none, but those on whose roll somebody is noted already: they stay where they are. Raises `NotFound`,
    `Stale`, `InvalidFields` for an aim that names no session, times that cross or fewer places than are held, `Refused`
    (`CLS_CLASH`; `CLS_NOTED` where none can move).
    """
    term = find_term(unit, classroom_id, term_id, lock=True)
    unit.expect(term)
    starts, ends = patch.starts or term.starts, patch.ends or term.ends
    if aim.scope is Scope.ALL and ends <= starts:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    return rehearsed(unit, lambda: _change_term(unit, term, patch, aim), preview=preview)


def _change_term(unit: Unit, term: Term, patch: TermPatch, aim: Aim) -> SessionChanges:
    aimed = aimed_at(unit, term, aim)
    shifts = lock_sessions(unit, aimed)
    aimed = [one for one in aimed if one.status in TO_COME]  # one may have been called off while we waited
    aimed, kept = leave_noted(unit, aimed) if patch.starts or patch.ends else (aimed, [])
    if patch.tutor_places is not None:
        for session in kept:
            _ask_for(unit, session, shifts[session.id], patch.tutor_places)
            settle_places(unit, shifts[session.id])
    before = as_they_stand(aimed)
    changes = [_change(unit, session, shifts[session.id], patch) for session in aimed]
    refuse_clashes(unit, term.classroom_id, aimed)  # together: on the way they may have stood on each other's time
    tell_moved(unit, term.classroom_id, before, changes)
    if aim.scope is Scope.ALL:
        term.starts, term.ends = patch.starts or term.starts, patch.ends or term.ends
    term.touch(unit.now)
    unit.audit("term.change", term, fields=sorted(patch.model_fields_set), facts={"scope": aim.scope})
    return SessionChanges(items=changes, kept=[one.id for one in kept])


def cancel_term(
    unit: Unit, classroom_id: UUID, term_id: UUID, draft: Calloff, aim: Aim, *, preview: bool = False
) -> SessionChanges:
    """Cancel the sessions aimed at. Raises as `change_term` and `cancel`."""
    refuse_personal_details(draft.reason, "/reason")
    term = find_term(unit, classroom_id, term_id, lock=True)
    unit.expect(term)
    return rehearse_sessions(unit, lambda: _cancel_term(unit, term, draft, aim), preview=preview)


def _cancel_term(unit: Unit, term: Term, draft: Calloff, aim: Aim) -> list[SessionChange]:
    aimed = aimed_at(unit, term, aim)
    shifts = lock_sessions(unit, aimed)
    aimed = [one for one in aimed if one.status in TO_COME]  # one may have been called off while we waited
    changes = [call_off_session(unit, session, shifts[session.id], "cancel", draft.reason) for session in aimed]
    term.touch(unit.now)
    unit.audit("term.cancel", term, facts={"scope": aim.scope})
    return changes


def aimed_at(unit: Unit, term: Term, aim: Aim) -> list[ClassSession]:
    """Return the sessions meant that are still to come, by their days of the rule; those that replace others go with all."""
    if (aim.day is None) is not (aim.scope is Scope.ALL):
        raise invalid("from", "FIELD_MISSING" if aim.day is None else "FIELD_CONFLICT", other="scope")
    to_come = [one for one in sessions_of(unit, term) if one.status in TO_COME and one.starts_at > unit.now]
    if aim.day is None:
        return to_come
    named = [one for one in to_come if one.occurrence_on == aim.day]
    if not named:
        raise invalid("from")
    if aim.scope is Scope.ONE:
        return named
    return [one for one in to_come if one.starts_at >= named[0].starts_at]


def lock_sessions(unit: Unit, sessions: Sequence[ClassSession]) -> Mapping[UUID, Shift]:
    """Return the shifts of sessions by session, with everybody on them locked in the house's order: people, shifts, sessions."""
    ids = [session.id for session in sessions]
    shifts = {shift.source_id: shift for shift in take_shifts(unit, SESSION_SOURCE, ids)}
    for session_id in sorted(ids):
        unit.lock(ClassSession, session_id)
    return shifts


def rehearse_sessions(unit: Unit, do: Callable[[], list[SessionChange]], *, preview: bool) -> SessionChanges:
    """Do it and answer what became of each session; in a preview take it back."""
    return SessionChanges(items=rehearsed(unit, do, preview=preview))


def _change(unit: Unit, session: ClassSession, shift: Shift, patch: TermPatch) -> SessionChange:
    if patch.tutor_places is not None:
        _ask_for(unit, session, shift, patch.tutor_places)
    return move_to(unit, session, shift, _times(unit, session, patch))


def move_to(unit: Unit, session: ClassSession, shift: Shift, times: tuple[datetime, datetime]) -> SessionChange:
    """Move a locked session and its shift, and let its tutors follow as the rules of change say. Raises `InvalidFields`.

    Whoever was to be there has not said yes to the new time: what was open is to be opened anew.
    """
    was = (session.starts_at, session.ends_at)
    _check_times(unit, *times, pointer="/starts")
    session.starts_at, session.ends_at = times
    session.touch(unit.now)
    if times == was:
        settle_places(unit, shift)
        return show_change(unit, session)
    remember(unit, session, *was)
    asked = open_offers(unit, shift)
    ask_anew(unit, shift)
    shift.starts_at, shift.ends_at = times
    unit.session.flush()  # people are judged at the new time
    same_day = unit.local_day(was[0]) == unit.local_day(times[0])
    changed = {ChangedField.TIME if same_day else ChangedField.DATE}
    touched = let_follow(unit, shift, changed, CLASS_KIND, was[0])
    unit.audit("class_session.move", session)
    guests = plan_again(unit, session) if session.status is ClassSessionStatus.OPEN else []
    dropped = 0 if same_day else forget_excuses(unit, session)
    return show_change(unit, session, touched, len(asked), guests, dropped)


def _times(unit: Unit, session: ClassSession, patch: TermPatch) -> tuple[datetime, datetime]:
    day = unit.local_day(session.starts_at)
    return (
        at_local(unit, day, patch.starts) if patch.starts else session.starts_at,
        at_local(unit, day, patch.ends) if patch.ends else session.ends_at,
    )


def _ask_for(unit: Unit, session: ClassSession, shift: Shift, places: int) -> None:
    """Ask for so many tutors: not fewer than come, nor than the class needs to open."""
    (demand,) = demands_of(unit, shift)
    least = max(demand.taken, unit.get(Classroom, session.classroom_id).min_tutors)
    if places < least:
        raise invalid("/tutor_places", "FIELD_RANGE", min=least, max=30)
    demand.places = places


def show_change(
    unit: Unit,
    session: ClassSession,
    touched: Sequence[TouchedHolder] = (),
    offers_withdrawn: int = 0,
    guests: Sequence[UUID] = (),
    excuses_dropped: int = 0,
) -> SessionChange:
    """Return what became of a session, of its tutors, of the sessions that were held with it, and of excuses."""
    badges = badges_of(unit, [one.assignment.volunteer_id for one in touched])
    return SessionChange(
        session_id=session.id,
        occurrence_on=session.occurrence_on,
        status=session.status,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        tutors=[
            TouchedTutor(
                assignment_id=one.assignment.id,
                volunteer_id=one.assignment.volunteer_id,
                badge_name=badges[one.assignment.volunteer_id],
                effect=one.effect,
                because=list(one.because),
            )
            for one in touched
        ],
        offers_withdrawn=offers_withdrawn,
        learners=count_learners(unit, session.classroom_id),
        guests=list(guests),
        excuses_dropped=excuses_dropped,
    )
