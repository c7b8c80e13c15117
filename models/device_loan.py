"""Loans of translation devices: which one, to whom, until when."""

from datetime import date
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, reference
from models.fields import Day, Draft, Id, Line, Note, ObjectView


class LoanStatus(StrEnum):
    """Whether the device is back."""

    LENT = "lent"
    RETURNED = "returned"


class DeviceLoan(Aggregate, table=True):
    """A device lent to an institution or a volunteer until the end of `due_on`; it is in one place at a time."""

    __tablename__ = "device_loan"
    __table_args__ = (
        sa.CheckConstraint("(organization_id IS NULL) <> (volunteer_id IS NULL)", name="borrower"),
        sa.CheckConstraint("lent_on <= due_on", name="due"),
        sa.CheckConstraint("returned_on IS NULL OR lent_on <= returned_on", name="returned"),
        sa.Index(
            "uq_device_loan_item",
            "item",
            unique=True,
            sqlite_where=sa.text("returned_on IS NULL"),
            postgresql_where=sa.text("returned_on IS NULL"),
        ),
    )

    item: str = Field(max_length=120)
    organization_id: UUID | None = reference("organization.id", nullable=True)
    volunteer_id: UUID | None = reference("volunteer.id", nullable=True)
    lent_on: date
    due_on: date = Field(index=True)
    returned_on: date | None = Field(default=None)
    reminded_for: date | None = Field(default=None)
    note: str = Field(default="", max_length=1000)

    @property
    def status(self) -> LoanStatus:
        """Whether it is back."""
        return LoanStatus.LENT if self.returned_on is None else LoanStatus.RETURNED


class LoanCreate(Draft):
    """A device that leaves the office today, or left it earlier; the borrower is an institution or a volunteer."""

    item: Line = Described(description="Name of the device")
    organization_id: Id | None = None
    volunteer_id: Id | None = None
    lent_on: Day
    due_on: Day
    note: Note = ""


class LoanExtension(Draft):
    """Until when the borrower may keep it."""

    due_on: Day


class LoanReturn(Draft):
    """When it came back."""

    returned_on: Day


class LoanView(ObjectView):
    """A loan."""

    item: str
    organization_id: UUID | None
    volunteer_id: UUID | None
    lent_on: Day
    due_on: Day
    returned_on: Day | None
    status: LoanStatus
    overdue: bool
    note: str
