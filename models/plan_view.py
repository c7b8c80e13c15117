"""Plans as they are shown: how good, how even, why, and what became of each line."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field as Described

from models.fields import Instant, ObjectView, View
from models.plan import PinDraft, PlanChange, PlanExclusionDraft, PlanMode, PlanOutcome, PlanStatus


class Levels(View):
    """Both levels of a plan: places filled, weighted by the shifts' priority, and the points of the soft goals."""

    fill: int | None
    soft: int | None


class Gap(View):
    """By which share of its value a better plan could exceed this one, level by level; 0 is proven best."""

    fill: float | None
    soft: float | None


class PlanProgress(View):
    """How the solving stands; `incumbent` is the best plan so far, `bound` what no plan exceeds."""

    percent: int
    phase: str | None = Described(description="pairs, greedy, parts, check or done")
    incumbent: Levels
    bound: Levels


class PlanFill(View):
    """How many of the places that were open the plan fills."""

    open_places: int
    filled: int


class Fairness(View):
    """How evenly the activities of 90 days, and those to come, lie on the people who could be planned.

    `gini` is 0 where all have as many, and nears 1 where one has them all.
    """

    people: int
    with_none: int
    most: int
    gini: float


class PlanFairness(View):
    """The same before and after the plan."""

    before: Fairness
    after: Fairness


class PlanView(ObjectView):
    """A plan; what is not known yet is null."""

    collection: ClassVar[str] = "/v1/plans"

    status: PlanStatus
    starts_from: Instant = Described(serialization_alias="from")
    starts_to: Instant = Described(serialization_alias="to")
    activities: list[str]
    time_limit_s: int
    seed: int
    weights: dict[str, int]
    repairs: UUID | None
    progress: PlanProgress
    objective: Levels
    bound: Levels
    gap: Gap
    ended_as: str | None = Described(description="optimal, feasible, timed_out, cancelled or infeasible")
    fill: PlanFill
    fairness: PlanFairness | None
    fingerprint: str | None = Described(description="Names what it was made from: the same input has the same")
    tries: int
    mode: PlanMode | None
    created_at: Instant
    solved_at: Instant | None
    applied_at: Instant | None


class HoursOfPerson(View):
    """Minutes of one person in the time of the plan, before and after it."""

    volunteer_id: UUID
    volunteer_no: str
    badge_name: str
    minutes_before: int
    minutes_after: int


class RefusedPin(View):
    """A pin that could not be kept, and the rule it breaks. The others stand."""

    volunteer_id: UUID
    shift_id: UUID
    code: str
    detail: str


class AdviceView(View):
    """Whom to recruit or to train for the places that stay open."""

    kind: str = Described(description="`train`: people lack nothing but the certificate; `recruit`: nobody is there")
    language: str | None
    certificate: str | None
    district: str | None
    weekday: int = Described(description="0 is Monday")
    places: int
    people: int
    detail: str


class PlanDetail(PlanView):
    """A plan with what is said of the whole."""

    pins: list[PinDraft]
    exclusions: list[PlanExclusionDraft]
    refused_pins: list[RefusedPin]
    points: dict[str, int] = Described(description="The soft points by criterion")
    advice: list[AdviceView]
    hours_per_head: list[HoursOfPerson]


class ReasonOfProposal(View):
    """Points of one criterion, with the fact behind them."""

    criterion: str
    points: int
    detail: str


class PersonOfPlan(View):
    """Somebody by number and badge name."""

    volunteer_id: UUID
    volunteer_no: str
    badge_name: str


class ProposalView(View):
    """One person on one shift, what that changes, why, and what became of it."""

    id: UUID
    shift_id: UUID
    demand_id: UUID
    starts_at: Instant
    request_no: str | None = Described(description="Null where no request opened the shift, such as a class session")
    language: str | None
    volunteer_id: UUID
    volunteer_no: str
    badge_name: str
    change: PlanChange
    replaces: PersonOfPlan | None = Described(description="For who gains: whose place she takes as a stand-in")
    replaced_by: PersonOfPlan | None = Described(description="For who waits for a stand-in: who takes her place")
    to_ask: bool = Described(description="Nothing is known of her hours: she is asked, whatever the mode")
    score: int
    reasons: list[ReasonOfProposal]
    outcome: PlanOutcome | None
    code: str | None = Described(description="Why it was refused, or why she cannot stay")
    detail: str | None
    offer_id: UUID | None
    assignment_id: UUID | None


class PlanPrice(View):
    """What filling a place would take from elsewhere."""

    volunteer_id: UUID
    displaced_shift_ids: list[UUID]
    weight: int = Described(description="Places lost by priority, less those won")


class AppliedView(ObjectView):
    """A plan that was carried out, and what became of each of its lines that changes anything."""

    collection: ClassVar[str] = "/v1/plans"

    status: PlanStatus
    mode: PlanMode
    counts: dict[PlanOutcome, int]
    items: list[ProposalView]


class PlanDifference(View):
    """One person on one shift who is in one of two plans only."""

    shift_id: UUID
    volunteer_id: UUID
    volunteer_no: str
    badge_name: str
    starts_at: Instant
    only_in: UUID


class ComparedPlan(View):
    """What two plans are compared by."""

    id: UUID
    objective: Levels
    bound: Levels
    fill: PlanFill
    fairness: PlanFairness | None
    points: dict[str, int]


class PlanComparison(View):
    """Two plans beside each other; `differences` are the first 200, by shift."""

    plans: list[ComparedPlan]
    in_both: int
    only_in_first: int
    only_in_second: int
    differences: list[PlanDifference]
