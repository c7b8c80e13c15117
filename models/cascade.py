"""Cascades: waves of offers that go out by themselves until a place is taken (domain.md §0.1, "Waves")."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.fields import Draft, Duration, Instant, View


class CascadeStatus(StrEnum):
    """`exhausted`: nobody is left to ask, and it looks again from time to time; `over`: its time, or the place's, is over."""

    RUNNING = "running"
    STOPPED = "stopped"
    FILLED = "filled"
    EXHAUSTED = "exhausted"
    OVER = "over"


LIVE = frozenset({CascadeStatus.RUNNING, CascadeStatus.EXHAUSTED})
"""States in which it goes on by itself, at `next_at`."""


class Cascade(Aggregate, table=True):
    """Waves for the places of one demand; `wave` is the last one it sent (0: none yet), `next_at` when it goes on.

    Without `created_by` the product started it, for somebody who dropped out.
    """

    __table_args__ = (
        sa.Index(
            "uq_cascade_live",
            "demand_id",
            unique=True,
            sqlite_where=sa.text("status IN ('running', 'exhausted')"),
            postgresql_where=sa.text("status IN ('running', 'exhausted')"),
        ),
    )

    shift_id: UUID = reference("shift.id")
    demand_id: UUID = reference("demand.id")
    batch: int
    respond_within_minutes: int | None = Field(default=None)
    until: datetime | None = instant(nullable=True)
    status: CascadeStatus = one_of(CascadeStatus)
    wave: int = Field(default=0)
    next_at: datetime | None = instant(nullable=True, index=True)

    @property
    def respond_within(self) -> timedelta | None:
        """How long people have to answer, where the house's rule is not to hold."""
        return None if self.respond_within_minutes is None else timedelta(minutes=self.respond_within_minutes)


class CascadeDraft(Draft):
    """Waves after this one: each of `batch` people (3 unless the house says otherwise), none after `until`."""

    batch: int | None = Described(default=None, ge=1, le=50)
    respond_within: (
        Annotated[
            Duration,
            Described(
                description="Time to answer, 15 minutes to 14 days; a quarter of the time left where that is less"
            ),
        ]
        | None
    ) = None
    until: Instant | None = None


class CascadeView(View):
    """The waves of one demand, as staff see them."""

    demand_id: UUID
    status: CascadeStatus
    batch: int
    respond_within: Duration | None
    until: Instant | None
    wave: int = Described(description="The last wave that it sent; 0 before its first")
    next_at: Instant | None = Described(description="When it goes on, unless everybody has answered before")
