"""Whether an honorarium may go to somebody under her status of residence: the system flags, staff decide (domain.md §7)."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
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
    latest = unit.session.exec(
        select(ResidencePermissionCheck)
        .where(
            ResidencePermissionCheck.volunteer_id == volunteer_id,
            sa.or_(col(ResidencePermissionCheck.expires_on).is_(None), col(ResidencePermissionCheck.expires_on) >= day),
        )
        .order_by(col(ResidencePermissionCheck.checked_on).desc(), col(ResidencePermissionCheck.id).desc())
    ).first()
    if latest is not None:
        return latest.result is PermissionResult.NEEDS_PERMISSION
    person = unit.get(Person, unit.get(Volunteer, volunteer_id).person_id)
    return person.nationality not in {None, HOME_COUNTRY}
