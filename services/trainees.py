"""Places to learn on a shift: they fill nothing, and are the first step of growing (domain.md §0)."""

from uuid import UUID

from sqlmodel import select

from models.shift import HAS_COMPANY, TRAINEE, Demand, DemandLanguage, Shift, ShiftView, TraineePlaces
from services import states
from services.errors import WrongState, invalid
from services.queries import find, visible_shifts
from services.showing_shifts import show_shift
from services.unit import Unit


def offer_places(unit: Unit, shift_id: UUID, draft: TraineePlaces) -> ShiftView:
    """Set how many may learn beside those who hold places of a demand; the office fills them by hand.

    They ask for the language, the age, the safety check and the gender of the demand, for no level and no certificate.
    Raises `NotFound`, `Stale`, `WrongState` once the shift has begun, `InvalidFields` for a demand of another shift or
    one of trainees itself, and for fewer places than are held.
    """
    find(unit, visible_shifts(unit.actor), Shift, shift_id)
    shift = unit.lock(Shift, shift_id)
    unit.expect(shift)
    if shift.status not in HAS_COMPANY or shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=states.SHIFT.verbs(shift.status))
    demand = unit.session.get(Demand, draft.demand_id)
    if demand is None or demand.shift_id != shift.id or demand.role == TRAINEE:
        raise invalid("/demand_id")
    places = _places_beside(unit, demand) or _make(unit, demand)
    if draft.places < places.taken:
        raise invalid("/places", "FIELD_RANGE", min=places.taken)
    places.places = draft.places
    shift.touch(unit.now)
    unit.audit("shift.trainee_places", shift, facts={"places": draft.places})
    return show_shift(unit, shift)


def _places_beside(unit: Unit, demand: Demand) -> Demand | None:
    beside = select(Demand).where(
        Demand.shift_id == demand.shift_id, Demand.role == TRAINEE, Demand.language == demand.language
    )
    return unit.session.exec(beside).first()


def _make(unit: Unit, demand: Demand) -> Demand:
    kept = demand.model_dump(include={"shift_id", "language", "gender_requirement", "min_age", "child_safety"})
    made = unit.add(Demand(role=TRAINEE, places=1, certifications=[], skills=[], **kept))
    tags = select(DemandLanguage.tag).where(DemandLanguage.demand_id == demand.id)
    for tag in unit.session.exec(tags).all():
        unit.session.add(DemandLanguage(demand_id=made.id, tag=tag))
    return made
