"""Referrals: to whom a consultation was handed on, on what basis, what was told, and what came of it (domain.md §4.6, §9)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, Instant, Minutes, View


class LifeReason(StrEnum):
    """Why nobody could wait for consent: life or body is in danger, or a child, and the person cannot be asked."""

    LIFE_IN_DANGER = "life_in_danger"
    CHILD_IN_DANGER = "child_in_danger"
    CANNOT_BE_ASKED = "cannot_be_asked"


class SharedItem(StrEnum):
    """What is told to whom it is referred to."""

    TOPICS = "topics"
    LANGUAGE = "language"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"


OF_THE_PERSON = frozenset({SharedItem.NAME, SharedItem.PHONE, SharedItem.ADDRESS})


class ReferralOutcome(StrEnum):
    """What came of it."""

    HELPED = "helped"
    ENTERED_SCHOOL = "entered_school"
    DECLINED = "declined"
    NOT_REACHED = "not_reached"
    UNKNOWN = "unknown"


class Referral(Row, table=True):
    """One handing on. Its basis is the day of consent, or the reason why nobody could wait for it; one of the two."""

    __table_args__ = (
        sa.CheckConstraint("(consented_on IS NULL) <> (without_consent IS NULL)", name="basis"),
        sa.CheckConstraint("(outcome IS NULL) = (outcome_at IS NULL)", name="outcome"),
    )

    consultation_id: UUID = reference("consultation.id")
    organization_id: UUID = reference("organization.id")
    sent_at: datetime = instant()
    consented_on: date | None = Field(default=None)
    without_consent: LifeReason | None = one_of(LifeReason, nullable=True)
    shared: list[str] = json_column()
    outcome: ReferralOutcome | None = one_of(ReferralOutcome, nullable=True)
    outcome_at: datetime | None = instant(nullable=True)


class ReferralCreate(Draft):
    """Hand a consultation on: the day of consent, or why nobody can wait for it; `minutes` are added."""

    organization_id: Id
    consented_on: Day | None = None
    without_consent: Annotated[LifeReason, LOOSE] | None = Described(
        default=None, description="Only for a consultation with an urgent code, to protect life"
    )
    shared: list[Annotated[SharedItem, LOOSE]] = Described(min_length=1, max_length=5)
    minutes: Minutes = 0


class ReferralOutcomeDraft(Draft):
    """What came of a referral; telling it again corrects it."""

    outcome: Annotated[ReferralOutcome, LOOSE]


class ReferralView(View):
    """A referral with the name of whom it went to."""

    id: UUID
    organization_id: UUID
    organization: str
    sent_at: Instant
    consented_on: Day | None
    without_consent: LifeReason | None
    shared: list[SharedItem]
    outcome: ReferralOutcome | None
    outcome_at: Instant | None
