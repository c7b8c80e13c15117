"""Whether somebody may receive an honorarium under her status of residence: when staff looked, and what they found.

Never a card's number or image (domain.md §9 rule 4).
"""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, one_of, reference
from models.fields import LOOSE, Day, Draft, ObjectView


class PermissionResult(StrEnum):
    """What staff found: seen and in order, none needed, or one is needed first."""

    OK = "ok"
    NOT_NEEDED = "not_needed"
    NEEDS_PERMISSION = "needs_permission"


class ResidencePermissionCheck(Aggregate, table=True):
    """A look at somebody's work permission; it counts for activities up to `expires_on`, always where that is empty."""

    __tablename__ = "residence_permission_check"
    __table_args__ = (sa.CheckConstraint("checked_on <= expires_on", name="order"),)

    volunteer_id: UUID = reference("volunteer.id")
    needed: bool
    checked_on: date
    expires_on: date | None = Field(default=None)
    result: PermissionResult = one_of(PermissionResult)


class PermissionCheckDraft(Draft):
    """A look at somebody's work permission; no number and no image of a card is kept."""

    needed: bool | None = Described(default=None, description="Follows from the result where it is left out")
    checked_on: Day
    expires_on: Day | None = Described(default=None, description="Last day of the permission")
    result: Annotated[PermissionResult, LOOSE]


class PermissionCheckView(ObjectView):
    """A look at somebody's work permission."""

    needed: bool
    checked_on: Day
    expires_on: Day | None
    result: PermissionResult
