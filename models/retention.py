"""What becomes of those who left: holds that keep their data for a matter that is not settled, and what is due to go."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, reference
from models.fields import Day, Draft, Instant, Line, ObjectView, View
from models.volunteer import VolunteerStatus


class HoldStatus(StrEnum):
    """Whether it still keeps anything."""

    STANDING = "standing"
    LIFTED = "lifted"


class LegalHold(Aggregate, table=True):
    """Nothing of a volunteer, a learner or a consultation is erased while one stands. It may be set before its time is over."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        sa.CheckConstraint(
            "CASE WHEN volunteer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN learner_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN consultation_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one",
        ),
    )

    volunteer_id: UUID | None = reference("volunteer.id", nullable=True)
    learner_id: UUID | None = reference("learner.id", nullable=True)
    consultation_id: UUID | None = reference("consultation.id", nullable=True)
    reason: str = Field(max_length=120)
    lifted_at: datetime | None = instant(nullable=True)
    lifted_reason: str | None = Field(default=None, max_length=120)

    @property
    def status(self) -> HoldStatus:
        """Whether it still keeps anything."""
        return HoldStatus.STANDING if self.lifted_at is None else HoldStatus.LIFTED


class HoldDraft(Draft):
    """Why somebody's data are kept, or need not be kept any more: the matter, in words that say nothing about her."""

    reason: Line


class HoldView(ObjectView):
    """A hold on the data of a volunteer, a learner or a consultation."""

    volunteer_id: UUID | None
    learner_id: UUID | None
    consultation_id: UUID | None
    status: HoldStatus
    reason: str
    created_at: Instant
    lifted_at: Instant | None
    lifted_reason: str | None


class KeptBy(StrEnum):
    """What keeps somebody's data beyond their day."""

    LEGAL_HOLD = "legal_hold"
    OPEN_INCIDENT = "open_incident"


class DueToGo(View):
    """Somebody whose data are erased on a day, and what of her: her number and what she did stay."""

    volunteer_id: UUID
    volunteer_no: str
    status: VolunteerStatus
    purge_on: Day
    kept_by: list[KeptBy] = Described(description="Nothing is erased while this is not empty")
    fields: list[str] = Described(description="Columns about her that hold something")
    account: bool = Described(description="Whether an account is closed and made anonymous")
    records: dict[str, int] = Described(description="Rows in which her words and addresses are emptied, by kind")


class LearnerDueToGo(View):
    """A learner who is erased on a day, and what of her: her language, her school stage and when she came stay."""

    learner_id: UUID
    purge_on: Day
    kept_by: list[KeptBy] = Described(description="Nothing is erased while this is not empty")
    fields: list[str] = Described(description="Columns about her and her guardian that hold something")
    records: dict[str, int] = Described(description="Rows about her that are emptied or deleted, by kind")


class ConsultationDueToGo(View):
    """A consultation of which on a day only that stays which is counted."""

    consultation_id: UUID
    no: str
    purge_on: Day
    kept_by: list[KeptBy] = Described(description="Nothing is erased while this is not empty")
    fields: list[str] = Described(description="Columns that hold something which goes")
    records: dict[str, int] = Described(description="Rows about it that are emptied or deleted, by kind")
