"""Pairings: a learner and the tutor who stays with her (domain.md §3, §4.5)."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.base import Aggregate, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, ObjectView


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
    """A learner with her tutor, from the day on which it became active; one living pairing of the two at a time."""

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


class PairingCreate(Draft):
    """A proposal: a learner and somebody who teaches in her classroom."""

    learner_id: Id
    volunteer_id: Id


class PairingEnding(Draft):
    """Why it ends, by code."""

    reason: Annotated[PairingEnd, LOOSE]


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
