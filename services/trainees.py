"""Places to learn on a shift, and how somebody grows by them: shadow, paired, alone (domain.md §0)."""

from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus
from models.growing import GrowingStep, StepsOfKind, StepsView
from models.service_type import ServiceType
from models.shift import TRAINEE, Demand, DemandLanguage, Shift, ShiftStatus, ShiftView, TraineePlaces
from services import states
from services.errors import WrongState, invalid
from services.queries import find, visible_shifts
from services.showing_shifts import show_shift
from services.unit import Unit
from services.volunteering import take_near

_BEFORE = frozenset({ShiftStatus.OPEN, ShiftStatus.FILLED})


def offer_places(unit: Unit, shift_id: UUID, draft: TraineePlaces) -> ShiftView:
    """Set how many may learn beside those who hold places of a demand; the office fills them by hand.

    They ask for the language, the age, the safety check and the gender of the demand, for no level and no certificate.
    Raises `NotFound`, `Stale`, `WrongState` once the shift has begun, `InvalidFields` for a demand of another shift or
    one of trainees itself, and for fewer places than are held.
    """
    find(unit, visible_shifts(unit.actor), Shift, shift_id)
    shift = unit.lock(Shift, shift_id)
    unit.expect(shift)
    if shift.status not in _BEFORE or shift.starts_at <= unit.now:
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


_BESIDE, _OTHER = aliased(Assignment), aliased(Demand)
_ANOTHER = (
    sa.select(sa.func.count())
    .select_from(_BESIDE)
    .join(_OTHER, col(_OTHER.id) == _BESIDE.demand_id)
    .where(
        col(_BESIDE.shift_id) == Assignment.shift_id,
        col(_BESIDE.id) != Assignment.id,
        col(_BESIDE.status) == AssignmentStatus.COMPLETED,
        col(_OTHER.role) != TRAINEE,
    )
    .correlate(Assignment)
    .scalar_subquery()
)
_DONE: Any = (
    select(Demand.language, sa.func.coalesce(ServiceType.code, Shift.kind), Demand.role, _ANOTHER)
    .select_from(Assignment)
    .join(Demand, col(Demand.id) == Assignment.demand_id)
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .where(
        col(Assignment.volunteer_id) == sa.bindparam("volunteer_id"),
        Assignment.status == AssignmentStatus.COMPLETED,
    )
)


def read_steps(unit: Unit, volunteer_id: UUID) -> StepsView:
    """Return the steps of somebody by language and kind, to staff and herself. Raises `NotFound`, `Forbidden`."""
    volunteer = take_near(unit, volunteer_id)
    counted: Counter[tuple[str | None, str, GrowingStep]] = Counter()
    for language, kind, role, others in unit.rows(_DONE, volunteer_id=volunteer.id):
        counted[language, kind, _as(role, others)] += 1
    keys = sorted({(language or "", kind) for language, kind, _ in counted})
    return StepsView(volunteer_id=volunteer.id, items=[_of(counted, language or None, kind) for language, kind in keys])


def _as(role: str, others: int) -> GrowingStep:
    if role == TRAINEE:
        return GrowingStep.SHADOW
    return GrowingStep.PAIRED if others else GrowingStep.ALONE


def _of(counted: Counter[tuple[str | None, str, GrowingStep]], language: str | None, kind: str) -> StepsOfKind:
    shadowed, paired, alone = (counted[language, kind, step] for step in GrowingStep)
    step = GrowingStep.PAIRED if shadowed else GrowingStep.SHADOW
    if paired or alone:
        step = GrowingStep.ALONE
    return StepsOfKind(language=language, kind=kind, shadowed=shadowed, paired=paired, alone=alone, step=step)
