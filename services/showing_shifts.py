"""Shifts as each caller may see them: need-to-know by audience and stage (`policies.SHIFT_FIELDS`), for one or for many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.cascade import CascadeView
from models.organization import Facility
from models.service_type import ServiceType
from models.shift import (
    HAS_COMPANY,
    ClaimPolicy,
    Demand,
    DemandView,
    FacilityName,
    Shift,
    ShiftStatus,
    ShiftView,
    WhyNot,
)
from scheduling.constraints import judge
from scheduling.problem import Door
from services import states
from services.cascades import latest
from services.claim_rules import choose_need, wants_consent
from services.matching import show_violation
from services.own_doors import question
from services.policies import Audience, Permission, may, permissions_as
from services.queries import EVENT_SOURCE, LECTURE_SOURCE, OFFICE_SOURCE, REQUEST_SOURCE
from services.rarity import is_withheld
from services.releasing import asked_for
from services.shift_facts import CONSULTATION
from services.sights import Sight, sights_of
from services.unit import Unit
from services.wording import say

# Built once: building a statement costs as much as running it.
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_DEMANDS = (
    select(*(getattr(Demand, name) for name in ("shift_id", *DemandView.model_fields)))
    .where(col(Demand.shift_id).in_(_IDS))
    .order_by(col(Demand.id))
)
_FACILITIES = select(Facility.id, Facility.name).where(col(Facility.id).in_(_IDS))
_SERVICES = select(ServiceType.id, ServiceType.code, ServiceType.sensitive).where(col(ServiceType.id).in_(_IDS))


@dataclass(frozen=True)
class Judgement:
    """What keeps a volunteer from claiming a shift, and which rules she may waive."""

    why_not: Sequence[WhyNot] = ()
    consent_needed: Sequence[str] = ()


@dataclass(frozen=True)
class _Context:
    """What a page of shifts needs to be shown, read once."""

    demands: Mapping[UUID, Sequence[Any]]
    facilities: Mapping[UUID, str]
    services: Mapping[UUID, Any]
    sights: Mapping[UUID, Sight]
    judgements: Mapping[UUID, Judgement]
    cascades: Mapping[UUID, Sequence[CascadeView]]


def show_shift(unit: Unit, shift: Shift) -> ShiftView:
    """Return a shift as the caller may see it."""
    return show_shifts(unit, [shift])[0]


def show_shifts(
    unit: Unit, shifts: Sequence[Shift], judgements: Mapping[UUID, Judgement] | None = None
) -> list[ShiftView]:
    """Return shifts as the caller may see them, with a constant number of queries."""
    sights = sights_of(unit, shifts)
    context = _Context(
        demands=_demands(unit, [shift.id for shift in shifts]),
        facilities=_facilities(unit, [shift for shift in shifts if sights[shift.id].sees("facility")]),
        services=_services(unit, shifts),
        sights=sights,
        judgements=judge_for(unit, shifts) if judgements is None else judgements,
        cascades=_cascades(unit, [shift.id for shift in shifts]),
    )
    return [_show(unit, shift, context) for shift in shifts]


def unjudged(view: ShiftView) -> ShiftView:
    """Return a shift without a word on whether its reader could claim it."""
    verbs = [verb for verb in view.actions if verb != "claim"]
    return view.model_copy(update={"why_not": [], "consent_needed": [], "actions": verbs})


def at_rest(view: ShiftView) -> ShiftView:
    """Return a shift as it stays with a volunteer who stands on it no more: what it was, not what became of it.

    Whether it is open, and whether it still changes, is told by the shift itself. Beside its 404 it would tell her that
    it was hidden from her (domain.md §0.1, "Said carefully").
    """
    demands = [demand.model_copy(update={"taken": None}) for demand in view.demands]
    return unjudged(view).model_copy(update={"version": 0, "status": None, "demands": demands})


def _show(unit: Unit, shift: Shift, context: _Context) -> ShiftView:
    sight = context.sights[shift.id]
    service = context.services.get(shift.service_type_id) if shift.service_type_id else None
    judgement = context.judgements.get(shift.id, Judgement())
    demands = context.demands[shift.id]
    return ShiftView(
        id=shift.id,
        version=shift.version,
        kind=shift.kind,
        title=shift.title,
        service_type=_service_name(shift, service, sight),
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        district=_district(unit, shift, demands, sight),
        facility=_facility(shift, context, sight),
        modality=shift.modality,
        claim_policy=shift.claim_policy,
        status=shift.status,
        demands=[DemandView.model_validate(demand) for demand in demands],
        request_id=shift.source_id if shift.source_type == REQUEST_SOURCE and sight.sees("request_id") else None,
        event_id=_source(shift, EVENT_SOURCE, sight),
        engagement_id=_source(shift, LECTURE_SOURCE, sight),
        cascades=list(context.cascades.get(shift.id, ())),
        why_not=list(judgement.why_not),
        consent_needed=list(judgement.consent_needed),
        actions=[*_actions(unit, shift, context), *_verbs_of_the_office(unit, shift)],
    )


def _source(shift: Shift, source: str, sight: Sight) -> UUID | None:
    return shift.source_id if shift.source_type == source and sight.audience is Audience.STAFF else None


def _facility(shift: Shift, context: _Context, sight: Sight) -> FacilityName | None:
    if shift.facility_id is None or not sight.sees("facility"):
        return None
    return FacilityName(id=shift.facility_id, name=context.facilities[shift.facility_id])


def _service_name(shift: Shift, service: Any, sight: Sight) -> str:
    if service is None:
        return str(shift.kind)
    hidden = service.sensitive and not sight.sees("service_type")
    return CONSULTATION if hidden else str(service.code)


def _district(unit: Unit, shift: Shift, demands: Sequence[Demand], sight: Sight) -> str | None:
    if shift.district_code is None or sight.audience is not Audience.VOLUNTEER or sight.sees("facility"):
        return shift.district_code
    return None if is_withheld(unit, demands, shift.district_code) else shift.district_code


def _actions(unit: Unit, shift: Shift, context: _Context) -> list[str]:
    if shift.starts_at <= unit.now or shift.status is not ShiftStatus.OPEN:
        return []
    judgement = context.judgements.get(shift.id)
    claimable = judgement is not None and not judgement.why_not
    verbs = ["claim"] if may(unit.actor, Permission.SHIFT_CLAIM) and claimable else []
    office = {"offers": Permission.OFFER_SEND, "assignments": Permission.ASSIGNMENT_DECIDE}
    hers = permissions_as(unit.actor, frozenset({context.sights[shift.id].audience}))
    return [*verbs, *(verb for verb, needed in office.items() if needed in hers)]


_OFFICE_VERBS: Mapping[str, Mapping[str, str]] = {
    EVENT_SOURCE: {"cancel": "cancel", "places": "cancel"},
    OFFICE_SOURCE: {"open": "open", "cancel": "cancel", "places": "cancel"},
}
"""What the office does to a shift itself, and the move that must be open to it: who may call it off may set its places.

One that something else opened is opened, called off and given its places there.
"""


def _verbs_of_the_office(unit: Unit, shift: Shift) -> list[str]:
    if shift.starts_at <= unit.now:
        return []
    own = _OFFICE_VERBS.get(shift.source_type, {}) if may(unit.actor, Permission.SHIFT_WRITE) else {}
    verbs = [verb for verb, move in own.items() if states.SHIFT.leads(shift.status, move)]
    to_learn = shift.status in HAS_COMPANY and may(unit.actor, Permission.ASSIGNMENT_DECIDE)
    return [*verbs, "trainee-places"] if to_learn else verbs


def _cascades(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[CascadeView]]:
    found: dict[UUID, list[CascadeView]] = defaultdict(list)
    if unit.actor.is_staff:
        for cascade in latest(unit, ids):
            found[cascade.shift_id].append(CascadeView.model_validate(cascade))
    return found


def _demands(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for demand in unit.rows(_DEMANDS, ids=ids):
        found[demand.shift_id].append(demand)
    return found


def _facilities(unit: Unit, shifts: Sequence[Shift]) -> Mapping[UUID, str]:
    ids = sorted({shift.facility_id for shift in shifts if shift.facility_id})
    if not ids:
        return {}
    return {row.id: row.name for row in unit.rows(_FACILITIES, ids=ids)}


def _services(unit: Unit, shifts: Sequence[Shift]) -> Mapping[UUID, Any]:
    ids = sorted({shift.service_type_id for shift in shifts if shift.service_type_id})
    return {row.id: row for row in unit.rows(_SERVICES, ids=ids)}


def judge_for(unit: Unit, shifts: Sequence[Shift]) -> dict[UUID, Judgement]:
    """Judge each shift for the volunteer who looks at it, as a claim would; nothing for anybody else."""
    volunteer_id = unit.actor.volunteer_id
    if volunteer_id is None or not shifts:
        return {}
    problem, values = question(unit, volunteer_id, [shift.id for shift in shifts], own_door=True)
    asked = asked_for(unit, volunteer_id, list(values))
    return {shift.id: _judgement(unit, shift, problem, values[shift.id], asked.get(shift.id)) for shift in shifts}


def _judgement(unit: Unit, shift: Shift, problem: Any, value: Any, asked: UUID | None) -> Judgement:
    volunteer = problem.volunteers[0]
    need = choose_need(volunteer, value, asked)
    verdict = judge(problem, volunteer, value, need, Door.claim)
    # Silent rules hide the shift before this is asked; what stands there in spite of one says nothing of it.
    told = [violation for violation in verdict.violations if unit.actor.is_staff or not violation.silent]
    bars = [show_violation(unit, violation) for violation in told]
    if shift.claim_policy is ClaimPolicy.OFFER_ONLY:
        bars.append(_bar(unit, "ASG_POLICY"))
    if not need.open_places:
        bars.append(_bar(unit, "ASG_FULL"))
    return Judgement(bars, [violation.code for violation in verdict.consent_needed if wants_consent(violation)])


def _bar(unit: Unit, code: str) -> WhyNot:
    return WhyNot(code=code, rule_class="never", detail=say("problems", code, unit.language))
