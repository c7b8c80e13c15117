"""Pairings: a learner and the tutor who stays with her (domain.md §3, §4.5)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, ObjectView, View


class PairingStatus(StrEnum):
    """domain.md §4.5."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PairingEnd(StrEnum):
    """Why a pairing ended."""

    GOAL_REACHED = "goal_reached"
    LEARNER_LEFT = "learner_left"
    TUTOR_LEFT = "tutor_left"
    NO_FIT = "no_fit"
    OTHER = "other"


class Pairing(Aggregate, table=True):
    """A learner with her tutor, from the day on which it became active; one living pairing of the two at a time.

    `reasons` are those by which the engine proposed it, each a criterion with its points and facts; none for a proposal by hand.
    """

    __table_args__ = (
        sa.Index(
            "uq_pairing_learner_id_volunteer_id",
            "learner_id",
            "volunteer_id",
            unique=True,
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        ),
        sa.CheckConstraint("(status = 'ended') = (end_reason IS NOT NULL)", name="ended"),
    )

    learner_id: UUID = reference("learner.id", index=False)
    volunteer_id: UUID = reference("volunteer.id")
    status: PairingStatus = one_of(PairingStatus)
    started_on: date | None = Field(default=None)
    ended_on: date | None = Field(default=None)
    end_reason: PairingEnd | None = one_of(PairingEnd, nullable=True)
    reasons: list[Mapping[str, Any]] = json_column()


class PairingCreate(Draft):
    """A proposal: a learner and somebody who teaches in her classroom."""

    learner_id: Id
    volunteer_id: Id


class PairingEnding(Draft):
    """Why it ends, by code."""

    reason: Annotated[PairingEnd, LOOSE]


class PairingReason(View):
    """Points that one criterion gave, and the fact behind them."""

    criterion: str
    points: int
    detail: str


class PairingView(ObjectView):
    """A pairing by first name and badge name."""

    learner_id: UUID
    first_name: str
    volunteer_id: UUID
    badge_name: str
    status: PairingStatus
    started_on: Day | None
    ended_on: Day | None
    end_reason: PairingEnd | None
    reasons: list[PairingReason] = Described(description="Why it was proposed; empty for a proposal by hand")


class PairingProposalCreate(Draft):
    """For which term pairs are proposed; without one, for whatever sessions of the classroom are to come."""

    term_id: Id | None = None


class WhyUnpaired(View):
    """What keeps tutors from a learner, and how many of them."""

    code: str
    tutors: int
    detail: str


class UnpairedLearner(View):
    """A learner who stays without a tutor, and why."""

    learner_id: UUID
    first_name: str
    because: list[WhyUnpaired]


class BrokenPairing(View):
    """A pairing that cannot go on as it is: its tutor may not teach here any more. Whoever runs the classroom ends it."""

    pairing_id: UUID
    learner_id: UUID
    first_name: str
    volunteer_id: UUID
    badge_name: str
    because: WhyUnpaired


class PairingProposals(View):
    """What the engine proposes, to be accepted line by line; `kept` counts the pairings that stay as they are."""

    items: list[PairingView]
    kept: int
    broken: list[BrokenPairing]
    without: list[UnpairedLearner]
