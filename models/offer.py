"""Offers: who was asked for a place, and what they said."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.assignment import AssignmentView
from models.base import Aggregate, instant, json_column, one_of, reference
from models.cascade import CascadeDraft
from models.fields import LOOSE, Draft, Id, Instant, ObjectView, OnBehalf, Override, View
from models.shift import ShiftView


class OfferStatus(StrEnum):
    """domain.md §0.1."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    ACCEPTED_LATE = "accepted_late"
    WITHDRAWN = "withdrawn"


class DeclineReason(StrEnum):
    """Why somebody says no; `acquaintance` is known to staff only."""

    BUSY = "busy"
    TOO_FAR = "too_far"
    NOT_CONFIDENT = "not_confident"
    ACQUAINTANCE = "acquaintance"
    OTHER = "other"


class OfferWithdrawal(StrEnum):
    """Why an offer was taken back."""

    FILLED = "filled"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class Offer(Aggregate, table=True):
    """A person asked for a place until `respond_by`; `reasons` keeps the ranking's facts as they were, `overrides` the
    rules that were passed to ask her: her yes is judged with them.

    `batch_id` is shared by what was sent in one call, which counts as one ask.
    """

    __table_args__ = (
        sa.Index(
            "uq_offer_open",
            "demand_id",
            "volunteer_id",
            unique=True,
            sqlite_where=sa.text("status = 'sent'"),
            postgresql_where=sa.text("status = 'sent'"),
        ),
        sa.Index("ix_offer_volunteer_status", "volunteer_id", "status"),
        sa.Index("ix_offer_status_respond_by", "status", "respond_by"),
    )

    shift_id: UUID = reference("shift.id")
    demand_id: UUID = reference("demand.id")
    volunteer_id: UUID = reference("volunteer.id", index=False)
    wave: int
    rank: int
    score: int | None = Field(default=None)
    reasons: list[dict[str, Any]] = json_column()
    overrides: list[dict[str, Any]] = json_column()
    status: OfferStatus = one_of(OfferStatus)
    sent_at: datetime = instant(index=True)
    respond_by: datetime = instant()
    answered_at: datetime | None = instant(nullable=True)
    decline_reason: DeclineReason | None = one_of(DeclineReason, nullable=True)
    withdrawn_reason: OfferWithdrawal | None = one_of(OfferWithdrawal, nullable=True)
    consents: list[str] = json_column()
    assignment_id: UUID | None = reference("assignment.id", nullable=True)
    batch_id: UUID | None = Field(default=None)


class Wave(Draft):
    """Whom to ask for a place: the named volunteers, or the `top` ranked ones."""

    volunteer_ids: list[Id] = Described(default_factory=list, max_length=50)
    top: int | None = Described(default=None, ge=1, le=50)
    demand_id: Id | None = None
    overrides: list[Override] = Described(
        default_factory=list,
        max_length=10,
        description="For named volunteers: rules passed with a reason (`ASG_ASKS`, `OFF_DECLINED`)",
    )


class OffersCreate(Wave):
    """One wave, and with `cascade` those after it. Without `respond_by` the deadline follows the rule of waves: within
    24 hours or a quarter of the time left, whichever is sooner; urgent ones two hours."""

    respond_by: Instant | None = None
    cascade: CascadeDraft | None = None


class WaveOfShift(Wave):
    """One wave of several that are sent at once, and its shift."""

    shift_id: Id


class OffersBatch(Draft):
    """Waves of several shifts at once: each person gets one message that lists her offers, and it counts as one ask."""

    items: list[WaveOfShift] = Described(min_length=1, max_length=100)
    respond_by: Instant | None = Described(
        default=None, description="For all of them; otherwise each by the rule of waves"
    )


class OfferAcceptance(Draft):
    """Yes. `consents` names the waivable rules she accepts."""

    consents: list[str] = Described(default_factory=list, max_length=10)
    on_behalf: OnBehalf | None = None


class OfferDecline(Draft):
    """No, with a reason by code."""

    reason: Annotated[DeclineReason, LOOSE] = DeclineReason.OTHER
    on_behalf: OnBehalf | None = None


class OfferVerb(Draft):
    """A verb on an offer that needs nothing more."""

    on_behalf: OnBehalf | None = None


class Answer(StrEnum):
    """Yes or no to an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"


class OfferAnswer(Draft):
    """One answer of several given at once."""

    offer_id: Id
    answer: Annotated[Answer, LOOSE]
    consents: list[str] = Described(default_factory=list, max_length=10)


class OfferView(ObjectView):
    """An offer. `shift` shows what need-to-know allows before confirmation."""

    shift_id: UUID
    demand_id: UUID
    volunteer_id: UUID
    badge_name: str
    wave: int
    rank: int | None = Described(default=None, description="Staff only")
    status: OfferStatus
    sent_at: Instant
    respond_by: Instant
    answered_at: Instant | None
    decline_reason: DeclineReason | None = Described(default=None, description="Staff and the volunteer herself only")
    shift: ShiftView | None = None
    assignment: AssignmentView | None = None


class AnswerResult(View):
    """The result of one answer: 200 with the offer, or a problem's status and code."""

    offer_id: UUID
    status: int
    offer: OfferView | None = None
    code: str | None = None
    detail: str | None = None


class AnswersView(View):
    """Results in the order of the answers."""

    items: list[AnswerResult]


class OffersView(View):
    """The offers of one wave."""

    items: list[OfferView]


class WaveResult(View):
    """The result of one wave of a batch: 201 with its offers, or a problem's status and code."""

    shift_id: UUID
    status: int
    offers: list[OfferView] = Described(default_factory=list)
    code: str | None = None
    detail: str | None = None


class WavesView(View):
    """Results in the order of the waves."""

    items: list[WaveResult]
