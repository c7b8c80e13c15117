"""What the plan is held against: reviews, members of the council, agreements with partners."""

from datetime import date
from typing import Any

from models.account import Role
from models.membership import OrganizationMembership, PartnerAgreement
from models.organization import Organization
from models.review_cycle import ReviewAction, ReviewCycle, ReviewStatus
from services.figuring_indicators import quarter_end
from services.unit import Unit
from tests.makers import people


def membership(
    unit: Unit, /, group: Organization, joined_on: date = date(2020, 4, 1), left_on: date | None = None
) -> OrganizationMembership:
    """A group in the liaison council."""
    days: dict[str, Any] = {"joined_on": joined_on, "left_on": left_on}
    return unit.add(OrganizationMembership(organization_id=group.id, **days, **unit.stamp()))


def agreement(unit: Unit, /, partner: Organization, **over: Any) -> PartnerAgreement:
    """An agreement that holds since April."""
    columns = {"title": "学生講師の派遣", "starts_on": date(2025, 4, 1), "volunteers": 4, **over}
    return unit.add(PartnerAgreement(organization_id=partner.id, **columns, **unit.stamp()))


def review(unit: Unit, /) -> tuple[ReviewCycle, ReviewAction]:
    """An open review of a quarter long past, another one each time, with something that somebody shall do."""
    year = 1990 + people.nth(unit)
    row = unit.add(
        ReviewCycle(fiscal_year=year, quarter=1, as_of=quarter_end(year, 1), status=ReviewStatus.OPEN, **unit.stamp())
    )
    owner = people.account(unit, Role.COORDINATOR)
    action = ReviewAction(
        review_cycle_id=row.id,
        text="募集を広げる",
        owner_id=owner.id,
        due_on=date(2025, 12, 26),
        status=ReviewStatus.OPEN,
        made_at=unit.now,
    )
    return row, unit.add(action)
