"""Waves that go out by themselves until a place is taken: started by the office or by a drop-out, stopped by the office."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from models.cascade import LIVE, Cascade, CascadeDraft, CascadeStatus
from models.offer import Offer
from models.shift import TRAINEE, Demand, Shift, ShiftStatus
from scheduling import problem as values
from scheduling.explain import explain_unfilled
from scheduling.ranking import Candidate
from services import states
from services.asking import deadline, next_to_ask, tell, write
from services.cascades import due_from, hurry, latest, move
from services.concerned import role_of, tell_concerned
from services.deadlines import is_last_call
from services.errors import NotFound, WrongState, invalid
from services.explaining import problem_with, question_of, unfilled_facts
from services.policies import Permission
from services.queries import REQUEST_SOURCE, SESSION_SOURCE, find, visible_shifts
from services.unit import Unit
from services.wording import Lines, Said

_SUBSTITUTED = frozenset({REQUEST_SOURCE, SESSION_SOURCE})
"""Whose substitutes are called by ranking as soon as somebody drops out (domain.md §0, issue of classrooms)."""


def start(unit: Unit, shift: Shift, offers: Sequence[Offer], draft: CascadeDraft) -> None:
    """Let waves follow the one that has just been written.

    Raises `WrongState` (`CAS_STATE`) while waves for this demand run already, `InvalidFields` for an end that is past
    or after the start.
    """
    if draft.until is not None and not unit.now < draft.until <= shift.starts_at:
        raise invalid("/cascade/until", "FIELD_RANGE", min=unit.now, max=shift.starts_at)
    before = _of_demand(unit, shift, offers[0].demand_id)
    if before is not None and before.status is CascadeStatus.RUNNING:
        raise WrongState(code="CAS_STATE", state=before.status, allowed=states.CASCADE.verbs(before.status))
    if before is not None and before.status is CascadeStatus.EXHAUSTED:
        move(unit, before, "end")
        unit.session.flush()  # one goes on at a time
    _sent(unit, shift, _open(unit, shift, offers[0].demand_id, draft), offers)


def follow(unit: Unit, shift: Shift, offers: Sequence[Offer]) -> None:
    """Let waves follow the one that a plan has just written; those that go on already wait for its answers."""
    going_on = _of_demand(unit, shift, offers[0].demand_id)
    if going_on is not None and going_on.status is CascadeStatus.RUNNING:
        _sent(unit, shift, going_on, offers)
    else:
        start(unit, shift, offers, CascadeDraft())


def _of_demand(unit: Unit, shift: Shift, demand_id: UUID) -> Cascade | None:
    return next((one for one in latest(unit, [shift.id]) if one.demand_id == demand_id), None)


def _open(unit: Unit, shift: Shift, demand_id: UUID, draft: CascadeDraft) -> Cascade:
    minutes = draft.respond_within // timedelta(minutes=1) if draft.respond_within is not None else None
    cascade = unit.add(
        Cascade(
            **unit.stamp(),
            shift_id=shift.id,
            demand_id=demand_id,
            batch=draft.batch or unit.rules.offer_batch,
            respond_within_minutes=minutes,
            until=draft.until,
            status=CascadeStatus.RUNNING,
        )
    )
    unit.audit("cascade.start", cascade)
    return cascade


def _sent(unit: Unit, shift: Shift, cascade: Cascade, offers: Sequence[Offer]) -> None:
    cascade.wave = offers[0].wave
    cascade.next_at = due_from(unit, shift, cascade, max(offer.respond_by for offer in offers))
    cascade.touch(unit.now)


def stop(unit: Unit, shift_id: UUID, demand_id: UUID | None) -> None:
    """Stop the waves of a shift, or of one demand: no drop-out starts them again, only the office does.

    Who was asked may still answer. Raises `NotFound` where there are none, `Stale`.
    """
    find(unit, visible_shifts(unit.actor, Permission.OFFER_SEND), Shift, shift_id)
    shift = unit.lock(Shift, shift_id)
    unit.expect(shift)
    found = [one for one in latest(unit, [shift_id]) if demand_id in {None, one.demand_id}]
    if not found:
        raise NotFound
    for cascade in found:
        if cascade.status is not CascadeStatus.STOPPED:
            move(unit, cascade, "stop")
    shift.touch(unit.now)


def resume(unit: Unit, shift: Shift, demand_id: UUID) -> Said:
    """Let the next people be asked at once for a place that somebody gave back, or wants a stand-in for.

    A dispatch or class that had no waves yet gets some; what the office stopped, and what is past its end, stays so, and
    nobody is looked for in place of who learns. Returns what the office is told of it.
    """
    if unit.get(Demand, demand_id).role == TRAINEE:
        return Said("parts", "waves_none")
    cascade = _of_demand(unit, shift, demand_id)
    if shift.status is not ShiftStatus.OPEN or shift.starts_at <= unit.now:
        return Said("parts", "waves_over")
    if cascade is None:
        if shift.source_type not in _SUBSTITUTED:
            return Said("parts", "waves_none")
        cascade = _open(unit, shift, demand_id, CascadeDraft())
    if cascade.status is CascadeStatus.STOPPED:
        return Said("parts", "waves_stopped")
    if cascade.until is not None and cascade.until <= unit.now:
        return Said("parts", "waves_over")
    if cascade.status is not CascadeStatus.RUNNING:
        move(unit, cascade, "resume")
    hurry(unit, shift, cascade)
    return Said("parts", "waves_go_on")


def reopen(unit: Unit, shift: Shift) -> None:
    """Let the waves go on that ended when the office gave up looking."""
    for cascade in latest(unit, [shift.id]):
        if cascade.status is CascadeStatus.OVER:
            resume(unit, shift, cascade.demand_id)


def step(unit: Unit, shift: Shift) -> None:
    """Send the next wave of a locked shift where it is due, or say why there is none."""
    for cascade in latest(unit, [shift.id]):
        if cascade.status in LIVE and cascade.next_at is not None and cascade.next_at <= unit.now:
            _step(unit, shift, cascade)


def _step(unit: Unit, shift: Shift, cascade: Cascade) -> None:
    if shift.starts_at <= unit.now:
        move(unit, cascade, "end")  # the sweep that begins the shift comes late
        return
    if cascade.until is not None and cascade.until <= unit.now:
        _end_early(unit, shift, cascade)
        return
    value, need = question_of(unit, shift.id, cascade.demand_id)
    last_call = is_last_call(unit.now, shift.starts_at, unit.rules)
    chosen = next_to_ask(unit, value, need, None if last_call else cascade.batch)
    if chosen:
        _send(unit, shift, cascade, need, chosen, last_call=last_call)
    else:
        _exhaust(unit, shift, cascade, value, need)


def _send(
    unit: Unit, shift: Shift, cascade: Cascade, need: values.Need, chosen: Sequence[Candidate], *, last_call: bool
) -> None:
    if cascade.status is CascadeStatus.EXHAUSTED:
        move(unit, cascade, "resume")
    offers = write(unit, shift, need, chosen, deadline(unit, shift, cascade.respond_within))
    tell(unit, offers, by_phone_too=last_call)
    if last_call:
        _tell(unit, shift, cascade, "office_phone_round", count=len(offers))
    _sent(unit, shift, cascade, offers)
    shift.touch(unit.now)


def _end_early(unit: Unit, shift: Shift, cascade: Cascade) -> None:
    was_running = cascade.status is CascadeStatus.RUNNING
    move(unit, cascade, "end")
    if was_running:
        _tell(unit, shift, cascade, "office_waves_over")


def _exhaust(unit: Unit, shift: Shift, cascade: Cascade, value: values.Shift, need: values.Need) -> None:
    """Note that nobody is left to ask and tell the office why, once; then look again from time to time.

    Whatever makes somebody eligible (a place, a paper, a week without an ask) is found so.
    """
    if cascade.status is CascadeStatus.RUNNING:
        move(unit, cascade, "exhaust")
        _tell(unit, shift, cascade, "office_waves_exhausted", why=_why(problem_with(unit, value, need), value, need))
    again = unit.now + timedelta(minutes=unit.rules.cascade_recheck_minutes)
    cascade.next_at = due_from(unit, shift, cascade, again)


def _why(problem: values.Problem, shift: values.Shift, need: values.Need) -> Lines:
    unfilled = explain_unfilled(problem, shift, need)
    if unfilled.kind == "open":
        return Lines((Said("parts", "waves_all_asked"),))
    said = [Said("unfilled", unfilled.kind, unfilled_facts(need, unfilled))]
    if unfilled.relaxation is not None:
        said.append(Said("unfilled", "relaxation", {"code_text": unfilled.relaxation}))
    return Lines(tuple(said))


def _tell(unit: Unit, shift: Shift, cascade: Cascade, kind: str, **facts: object) -> None:
    tell_concerned(unit, shift, kind, {"role": role_of(unit, cascade.demand_id), **facts})
