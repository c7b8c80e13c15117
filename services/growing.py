"""How somebody grows: shadow, paired, alone, counted per language and kind (domain.md §0); what eligibility reads of it.

A step is a completed assignment: on a place to learn it is a shadowing, beside another who served in the language it is
paired, else it is alone. What somebody did before the records begin is the office's word, and counted in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus
from models.growing import (
    EarlierSteps,
    EarlierStepsDraft,
    EarlierStepsView,
    GrowingStep,
    StepsOfKind,
    StepsView,
)
from models.service_type import Language, ServiceType
from models.shift import TRAINEE, Demand, Shift
from scheduling.people import Steps
from services.errors import invalid
from services.unit import Unit
from services.volunteering import take, take_near

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_BESIDE, _OTHER = aliased(Assignment), aliased(Demand)
_PAIRED = (
    sa.select(1)
    .select_from(_BESIDE)
    .join(_OTHER, col(_OTHER.id) == _BESIDE.demand_id)
    .where(
        col(_BESIDE.shift_id) == Assignment.shift_id,
        col(_BESIDE.id) != Assignment.id,
        col(_BESIDE.status) == AssignmentStatus.COMPLETED,
        col(_OTHER.role) != TRAINEE,
        col(_OTHER.language).is_not_distinct_from(Demand.language),
    )
    .correlate(Assignment, Demand)
    .exists()
)
_STEP = sa.case(
    (col(Demand.role) == TRAINEE, GrowingStep.SHADOW.value),
    (_PAIRED, GrowingStep.PAIRED.value),
    else_=GrowingStep.ALONE.value,
)
_KIND = sa.func.coalesce(ServiceType.code, Shift.kind)
_ASKING = select(ServiceType.code).where(sa.or_(col(ServiceType.shadowings) > 0, col(ServiceType.pairings) > 0))


def _statement(*, where_asked: bool) -> Any:
    """Count by person, kind, language and step; one statement, since to send one costs more than to read a few rows."""
    done = (
        sa.select(Assignment.volunteer_id, _KIND, Demand.language, _STEP, sa.literal(1))  # type: ignore[call-overload]
        .select_from(Assignment)
        .join(Demand, col(Demand.id) == Assignment.demand_id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
        .where(col(Assignment.volunteer_id).in_(_IDS), col(Assignment.status) == AssignmentStatus.COMPLETED)
    )
    times = {"shadow": EarlierSteps.shadowed, "paired": EarlierSteps.paired, "alone": EarlierSteps.alone}
    earlier = [
        sa.select(  # type: ignore[call-overload]
            EarlierSteps.volunteer_id,
            EarlierSteps.kind,
            sa.func.nullif(EarlierSteps.language, ""),
            sa.literal(step),
            often,
        ).where(col(EarlierSteps.volunteer_id).in_(_IDS))
        for step, often in times.items()
    ]
    if where_asked:
        asking = _ASKING.scalar_subquery()
        done = done.where(_KIND.in_(asking))
        earlier = [one.where(col(EarlierSteps.kind).in_(asking)) for one in earlier]
    return sa.union_all(done, *earlier)


_WHERE_ASKED, _ALL = _statement(where_asked=True), _statement(where_asked=False)
Counts = Counter[tuple[str, str | None, str]]
"""How often by kind, language and step."""


def steps_where_asked(unit: Unit, volunteer_ids: Iterable[UUID]) -> Mapping[UUID, tuple[Steps, ...]]:
    """Return for some people what they did in the kinds of service that ask for steps; one statement for any number."""
    counted = _counted(unit, volunteer_ids, _WHERE_ASKED)
    return defaultdict(tuple, {one: tuple(_steps(counts)) for one, counts in counted.items()})


def read_steps(unit: Unit, volunteer_id: UUID) -> StepsView:
    """Return the steps of somebody by language and kind, to staff and herself. Raises `NotFound`, `Forbidden`."""
    volunteer = take_near(unit, volunteer_id)
    found = _steps(_counted(unit, [volunteer.id], _ALL)[volunteer.id])
    ordered = sorted(found, key=lambda one: (one.language or "", one.service))
    return StepsView(volunteer_id=volunteer.id, items=[_show(one) for one in ordered])


def record_earlier(unit: Unit, volunteer_id: UUID, draft: EarlierStepsDraft) -> EarlierStepsView:
    """Say what somebody did before the records begin, in place of what was said before of the kind and language.

    Raises `NotFound`, `Stale`, `InvalidFields` for a kind or a language that is not in the lists.
    """
    volunteer = take(unit, volunteer_id, lock=True)
    unit.expect(volunteer)
    _refuse_unknown(unit, draft)
    columns = draft.model_dump() | {"language": draft.language or ""}
    row = _said_before(unit, volunteer.id, draft.kind, columns["language"])
    if row is None:
        row = unit.add(EarlierSteps(volunteer_id=volunteer.id, **columns, **unit.stamp()))
    else:
        row.sqlmodel_update(columns)
        row.touch(unit.now)
    volunteer.touch(unit.now)
    counts = draft.model_dump(include={"kind", "language", "shadowed", "paired", "alone"})
    unit.audit("steps.record", row, subject=volunteer.id, facts=counts)
    return EarlierStepsView.model_validate(row.model_dump() | {"language": draft.language})


def _refuse_unknown(unit: Unit, draft: EarlierStepsDraft) -> None:
    if unit.session.exec(select(ServiceType.id).where(ServiceType.code == draft.kind)).first() is None:
        raise invalid("/kind")
    if draft.language is not None and unit.session.get(Language, draft.language) is None:
        raise invalid("/language", "LANG_TAG")


def _said_before(unit: Unit, volunteer_id: UUID, kind: str, language: str) -> EarlierSteps | None:
    hers = select(EarlierSteps).where(
        EarlierSteps.volunteer_id == volunteer_id, EarlierSteps.kind == kind, EarlierSteps.language == language
    )
    return unit.session.exec(hers).one_or_none()


def _counted(unit: Unit, volunteer_ids: Iterable[UUID], statement: Any) -> Mapping[UUID, Counts]:
    counted: dict[UUID, Counts] = defaultdict(Counter)
    for volunteer_id, kind, language, step, often in unit.rows(statement, ids=sorted(set(volunteer_ids))):
        counted[volunteer_id][kind, language, step] += often
    return counted


def _steps(counts: Counts) -> list[Steps]:
    pairs = {(kind, language) for kind, language, _ in counts}
    return [Steps(kind, language, *(counts[kind, language, step] for step in GrowingStep)) for kind, language in pairs]


def _show(done: Steps) -> StepsOfKind:
    step = GrowingStep.PAIRED if done.shadowed else GrowingStep.SHADOW
    return StepsOfKind(
        language=done.language,
        kind=done.service,
        shadowed=done.shadowed,
        paired=done.paired,
        alone=done.alone,
        step=GrowingStep.ALONE if done.served else step,
    )
