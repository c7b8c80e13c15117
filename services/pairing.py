"""Pairings of learners and tutors: proposed, active, paused, ended (domain.md §4.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from models.learner import Learner
from models.pairing import Pairing, PairingCreate, PairingEnding, PairingReason, PairingStatus, PairingView
from models.volunteer import Volunteer
from services import classroom_states
from services.errors import Refused, invalid
from services.moving_shifts import badges_of
from services.paging import Ask, Order, Page, page, scope_of
from services.pair_places import learns, meet
from services.pair_rules import refuse_barred, refuse_unconsented
from services.policies import permissions_of
from services.queries import find, find_learner, visible_pairings
from services.unit import Unit
from services.wording import say


@dataclass(frozen=True)
class PairingFilters:
    """What a list of pairings is narrowed to."""

    learner_id: UUID | None = None
    status: PairingStatus | None = None


def list_pairings(unit: Unit, ask: Ask, filters: PairingFilters) -> Page[PairingView]:
    """Return pairings of the caller's scope, oldest first."""
    statement = visible_pairings(unit.actor)
    if filters.learner_id:
        statement = statement.where(col(Pairing.learner_id) == filters.learner_id)
    if filters.status:
        statement = statement.where(col(Pairing.status) == filters.status)
    return page(
        unit, ask, statement, Order((Pairing.created_at, Pairing.id)), show_pairings, scope_of("pairings", filters)
    )


def read_pairing(unit: Unit, pairing_id: UUID) -> PairingView:
    """Return a pairing of the caller's scope. Raises `NotFound`."""
    return _show(unit, find(unit, visible_pairings(unit.actor), Pairing, pairing_id))


def propose(unit: Unit, draft: PairingCreate) -> PairingView:
    """Propose a tutor for a learner.

    Raises `NotFound`, `InvalidFields` for a learner who learns nowhere now, as on a break, and somebody who does not
    teach where she learns, `RulesBroken` for one who may not be with her.
    """
    if unit.session.get(Volunteer, draft.volunteer_id) is None:
        raise invalid("/volunteer_id")
    learner = _lock_both(unit, draft.learner_id, draft.volunteer_id)
    if not meet(unit, learner.id, draft.volunteer_id):
        raise invalid("/volunteer_id" if learns(unit, learner.id) else "/learner_id")
    refuse_barred(unit, learner, draft.volunteer_id)
    pairing = unit.add(Pairing(**draft.model_dump(), status=PairingStatus.PROPOSED, **unit.stamp()))
    unit.audit("pairing.propose", pairing, subject=pairing.volunteer_id)
    return _show(unit, pairing)


def _lock_both(unit: Unit, learner_id: UUID, volunteer_id: UUID) -> Learner:
    """Return a learner, locked with a tutor: either could leave, or be suspended, while it is judged. Raises `NotFound`."""
    unit.lock(Volunteer, volunteer_id)
    return find_learner(unit, learner_id)


def activate(unit: Unit, pairing_id: UUID) -> PairingView:
    """Begin a pairing.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` without a guardian's yes (`CLS_CONSENT`) and where the two meet in
    no classroom any more (`PAIR_APART`), `RulesBroken` for a tutor who may not be with the learner.
    """
    pairing = _let_meet(unit, pairing_id, "activate")
    pairing.started_on = unit.today
    return _show(unit, pairing)


def pause(unit: Unit, pairing_id: UUID) -> PairingView:
    """Pause a pairing. Raises `NotFound`, `Stale`, `WrongState`."""
    return _show(unit, _move(unit, pairing_id, "pause"))


def resume(unit: Unit, pairing_id: UUID) -> PairingView:
    """Go on with a paused pairing. Raises as `activate`: much may have happened since."""
    return _show(unit, _let_meet(unit, pairing_id, "resume"))


def _let_meet(unit: Unit, pairing_id: UUID, verb: str) -> Pairing:
    seen = find(unit, visible_pairings(unit.actor), Pairing, pairing_id)
    learner = _lock_both(unit, seen.learner_id, seen.volunteer_id)
    pairing = _move(unit, pairing_id, verb)
    refuse_unconsented(unit, learner)
    if not meet(unit, learner.id, pairing.volunteer_id):
        raise Refused("PAIR_APART")
    refuse_barred(unit, learner, pairing.volunteer_id)
    return pairing


def end(unit: Unit, pairing_id: UUID, draft: PairingEnding) -> PairingView:
    """End a pairing, or drop a proposal. Raises as `pause`."""
    pairing = _move(unit, pairing_id, "end")
    pairing.ended_on, pairing.end_reason = unit.today, draft.reason
    return _show(unit, pairing)


def _move(unit: Unit, pairing_id: UUID, verb: str) -> Pairing:
    pairing = find(unit, visible_pairings(unit.actor), Pairing, pairing_id, lock=True)
    unit.expect(pairing)
    pairing.status = PairingStatus(classroom_states.PAIRING.next(pairing.status, verb))
    pairing.touch(unit.now)
    unit.audit(f"pairing.{verb}", pairing, subject=pairing.volunteer_id)
    return pairing


def _show(unit: Unit, pairing: Pairing) -> PairingView:
    return show_pairings(unit, [pairing])[0]


def show_pairings(unit: Unit, pairings: Sequence[Pairing]) -> list[PairingView]:
    """Return pairings by first name and badge name, with a constant number of queries."""
    names = first_names_of(unit, [one.learner_id for one in pairings])
    badges = badges_of(unit, [one.volunteer_id for one in pairings])
    permissions = permissions_of(unit.actor.roles)
    return [
        PairingView(
            **pairing.model_dump(include=_COLUMNS),
            first_name=names[pairing.learner_id],
            badge_name=badges[pairing.volunteer_id],
            reasons=[_reason(unit, **reason) for reason in pairing.reasons],
            actions=classroom_states.PAIRING.open_to(pairing.status, permissions),
        )
        for pairing in pairings
    ]


_COLUMNS = (PairingView.model_fields.keys() & Pairing.model_fields.keys()) - {"reasons"}


def _reason(unit: Unit, criterion: str, points: int, facts: Mapping[str, object]) -> PairingReason:
    detail = say("pairings", criterion, unit.language, facts)
    return PairingReason(criterion=criterion, points=points, detail=detail)


def first_names_of(unit: Unit, learner_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return learners' first names."""
    named = select(Learner.id, Learner.first_name).where(col(Learner.id).in_(learner_ids))
    return dict(unit.session.exec(named).all())
