"""A month of offers at once: each wave stands or falls by itself, and everybody asked gets one message (domain.md §0.1)."""

from datetime import datetime
from uuid import UUID

from models.base import new_id
from models.offer import Offer, OffersBatch, WaveOfShift
from models.shift import Shift
from services.asking import ask, tell
from services.errors import NotFound
from services.outcome import Outcome, Outcomes, attempt
from services.policies import Permission
from services.queries import caller_parameters, visible_shifts
from services.showing_work import show_offers
from services.unit import Unit


def send_many(unit: Unit, draft: OffersBatch) -> Outcomes:
    """Send waves for several shifts; what goes to one person is one message and one ask."""
    shifts = _locked(unit, {item.shift_id for item in draft.items})
    batch_id = new_id()
    sent: list[Offer] = []
    parts = [_wave(unit, shifts.get(item.shift_id), item, draft.respond_by, batch_id, sent) for item in draft.items]
    tell(unit, sent)
    return Outcomes(parts)


def _locked(unit: Unit, shift_ids: set[UUID]) -> dict[UUID, Shift]:
    """Return those shifts of the caller's scope, locked in the order of their ids, so that two batches never cross."""
    asked = visible_shifts(unit.actor, Permission.OFFER_SEND).where(Shift.id.in_(shift_ids))  # type: ignore[attr-defined]
    known = unit.session.execute(asked, caller_parameters(unit.actor))
    return {shift_id: unit.lock(Shift, shift_id) for shift_id in sorted(row.id for row in known.scalars())}


def _wave(
    unit: Unit,
    shift: Shift | None,
    item: WaveOfShift,
    respond_by: datetime | None,
    batch_id: UUID,
    sent: list[Offer],
) -> Outcome:
    def do() -> Outcome:
        if shift is None:
            raise NotFound
        offers = ask(unit, shift, item, respond_by, batch_id=batch_id)
        shift.touch(unit.now)
        unit.session.flush()
        sent.extend(offers)
        return Outcome({"offers": show_offers(unit, offers)}, created=True)

    return attempt(unit, {"shift_id": item.shift_id}, do)
