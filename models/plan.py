"""Plans: who could fill the open places of some weeks together, how good that is, and what became of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Code, Draft, Id, Moment, Override
from models.shift import ShiftKind

LONGEST = timedelta(days=100)
"""The longest time that one plan may span."""
MOST_SECONDS = 3600


class PlanStatus(StrEnum):
    """contract.md, row `plans`."""

    QUEUED = "queued"
    SOLVING = "solving"
    READY = "ready"
    APPLIED = "applied"
    DISCARDED = "discarded"
    FAILED = "failed"


class PlanMode(StrEnum):
    """How a plan is carried out: everybody is asked, or put on the shift at once."""

    OFFER = "offer"
    ASSIGN = "assign"


class PlanChange(StrEnum):
    """What a plan means to a person on a shift, against who stands there when it is made.

    `replace`: she waits for a stand-in, and somebody who gains takes her place; until then it stays hers.
    """

    GAIN = "gain"
    KEEP = "keep"
    LOSE = "lose"
    REPLACE = "replace"


class PlanOutcome(StrEnum):
    """What became of a line when its plan was applied; for who is to be replaced, what became of her stand-in's offer."""

    ASSIGNED = "assigned"
    OFFERED = "offered"
    RELEASED = "released"
    REFUSED = "refused"


class Plan(Aggregate, table=True):
    """A plan for the shifts that start in `[starts_from, starts_to)`.

    Whoever solves it holds `lease` until `leased_until`; `tries` counts how often that was begun. `best` is the best
    choice so far as `[volunteer, shift, demand]`, kept for the case that the solver dies. `figures` is what is said of
    the whole once it is ready; `fingerprint` names what it was made from.
    """

    __table_args__ = (
        sa.CheckConstraint("starts_from < starts_to", name="order"),
        sa.Index("ix_plan_status_leased_until", "status", "leased_until"),
    )

    starts_from: datetime = instant()
    starts_to: datetime = instant()
    activities: list[str] = json_column()
    time_limit_s: int
    seed: int
    weights: dict[str, int] = json_column(dict)
    pins: list[dict[str, Any]] = json_column()
    exclusions: list[dict[str, Any]] = json_column()
    repairs: UUID | None = reference("plan.id", nullable=True)
    status: PlanStatus = one_of(PlanStatus)
    lease: UUID | None = Field(default=None)
    leased_until: datetime | None = instant(nullable=True)
    tries: int = Field(default=0)
    cancel_asked_at: datetime | None = instant(nullable=True)
    phase: str | None = Field(default=None, max_length=16)
    percent: int = Field(default=0)
    fill: int | None = Field(default=None)
    fill_bound: int | None = Field(default=None)
    soft: int | None = Field(default=None)
    soft_bound: int | None = Field(default=None)
    best: list[list[str]] = json_column()
    ended_as: str | None = Field(default=None, max_length=16)
    solved_at: datetime | None = instant(nullable=True)
    fingerprint: str | None = Field(default=None, max_length=64)
    open_places: int = Field(default=0)
    filled: int = Field(default=0)
    figures: dict[str, Any] = json_column(dict)
    mode: PlanMode | None = one_of(PlanMode, nullable=True)
    waves: bool = Field(default=True)
    batch_id: UUID | None = Field(default=None)
    applied_at: datetime | None = instant(nullable=True)


class PlanProposal(Row, table=True):
    """One person on one shift, with the reasons as they were, and the versions of both that the plan had read.

    `to_ask`: nothing is known of her hours, so she is asked even where others are assigned. `counterpart_id` is whose
    place she takes as a stand-in, or who takes hers.
    """

    __tablename__ = "plan_proposal"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "shift_id", "demand_id", "volunteer_id"),
        sa.Index("ix_plan_proposal_plan_starts_at", "plan_id", "starts_at"),
    )

    plan_id: UUID = reference("plan.id", index=False)
    shift_id: UUID = reference("shift.id")
    demand_id: UUID = reference("demand.id", index=False)
    volunteer_id: UUID = reference("volunteer.id")
    counterpart_id: UUID | None = reference("volunteer.id", nullable=True, index=False)
    starts_at: datetime = instant()
    minutes: int
    change: PlanChange = one_of(PlanChange)
    to_ask: bool = Field(default=False)
    reasons: list[dict[str, Any]] = json_column()
    overrides: list[dict[str, Any]] = json_column()
    shift_version: int
    volunteer_version: int
    outcome: PlanOutcome | None = one_of(PlanOutcome, nullable=True)
    code: str | None = Field(default=None, max_length=40)
    facts: dict[str, Any] = json_column(dict)
    offer_id: UUID | None = reference("offer.id", nullable=True)
    assignment_id: UUID | None = reference("assignment.id", nullable=True)
    told_at: datetime | None = instant(nullable=True)


class PlanUnfilled(Row, table=True):
    """Places of a demand that a plan leaves open, and why; `price` is what filling one would displace."""

    __tablename__ = "plan_unfilled"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "demand_id"),
        sa.Index("ix_plan_unfilled_plan_starts_at", "plan_id", "starts_at"),
    )

    plan_id: UUID = reference("plan.id", index=False)
    shift_id: UUID = reference("shift.id")
    demand_id: UUID = reference("demand.id", index=False)
    starts_at: datetime = instant()
    places: int
    why: dict[str, Any] = json_column(dict)
    price: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)


class PinDraft(Draft):
    """Somebody who is to stand on a shift; rules that she may waive want her consent with its time, the others a reason."""

    volunteer_id: Id
    shift_id: Id
    demand_id: Id | None = None
    overrides: list[Override] = Described(default_factory=list, max_length=10)


class PlanExclusionDraft(Draft):
    """Somebody who is not to stand on a shift, in this plan."""

    volunteer_id: Id
    shift_id: Id


class PlanCreate(Draft):
    """Plan the shifts that start from `from` to `to`: two instants, or two days, both of them included.

    `weights` replace those of the house for this plan, criterion by criterion. With `repairs` an earlier plan is
    mended: who stands somewhere stays as long as the rules let her, and who was asked is kept where that costs no place.
    """

    starts_from: Moment = Described(alias="from")
    starts_to: Moment = Described(alias="to")
    activities: list[Annotated[ShiftKind, LOOSE]] = Described(default_factory=list, max_length=len(ShiftKind))
    time_limit_s: int = Described(default=60, ge=0, le=MOST_SECONDS)
    seed: int = Described(default=0, ge=0, le=2**31 - 1)
    weights: dict[Code, Annotated[int, Described(ge=0, le=100_000)]] = Described(
        default_factory=dict,
        max_length=20,
        description=(
            "continuity, level, fairness, distance, preference, response, experience; assent, scarcity, stability; and up to "
            "100 what a place weighs: priority_standby, priority_usual, priority_sensitive, priority_home_visit, and "
            "priority_urgent on top"
        ),
    )
    pins: list[PinDraft] = Described(default_factory=list, max_length=1000)
    exclusions: list[PlanExclusionDraft] = Described(default_factory=list, max_length=1000)
    repairs: Id | None = None


class PlanApply(Draft):
    """Carry a ready plan out. With `waves` the next people are asked where somebody who was asked says no."""

    mode: Annotated[PlanMode, LOOSE]
    waves: bool = True
