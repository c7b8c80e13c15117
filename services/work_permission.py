"""Whether an honorarium may go to somebody under her status of residence: the system flags, staff decide (domain.md §7)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from models.person import Person
from models.residence_permission import PermissionResult, ResidencePermissionCheck
from models.volunteer import Volunteer
from services.unit import Unit

HOME_COUNTRY = "JP"


def is_unclear(unit: Unit, volunteer_id: UUID, day: date) -> bool:
    """Return whether her work permission is unclear for an activity of that day.

    The latest look whose permission had not run out by then decides, whenever it was taken. Without any, it is
    unclear for who is known to be a national of another country.
    """
    return bool(unclear_among(unit, [(volunteer_id, day)]))


def unclear_among(unit: Unit, asked: Collection[tuple[UUID, date]]) -> set[tuple[UUID, date]]:
    """Return for whom of these, each on a day, it is unclear; a constant number of queries for any number."""
    ids = sorted({volunteer_id for volunteer_id, _ in asked})
    checks = (
        select(ResidencePermissionCheck)
        .where(col(ResidencePermissionCheck.volunteer_id).in_(ids))
        .order_by(col(ResidencePermissionCheck.checked_on).desc(), col(ResidencePermissionCheck.id).desc())
    )
    looked: dict[UUID, list[ResidencePermissionCheck]] = defaultdict(list)
    for check in unit.session.exec(checks):
        looked[check.volunteer_id].append(check)
    foreign = (
        select(Volunteer.id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.id).in_(ids), Person.nationality != HOME_COUNTRY)
    )
    strangers = set(unit.session.exec(foreign))
    return {(one, day) for one, day in asked if _unclear(looked[one], day, is_foreign=one in strangers)}


def _unclear(checks: Sequence[ResidencePermissionCheck], day: date, *, is_foreign: bool) -> bool:
    latest = next((check for check in checks if check.expires_on is None or check.expires_on >= day), None)
    return is_foreign if latest is None else latest.result is PermissionResult.NEEDS_PERMISSION
