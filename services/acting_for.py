"""Acting for somebody else: staff enter what came by telephone, fax, paper or at the desk (domain.md §0.1)."""

from datetime import datetime
from uuid import UUID

from models.fields import OnBehalf
from services.errors import Forbidden, invalid
from services.unit import Unit


def arrival(unit: Unit, on_behalf: OnBehalf | None) -> datetime:
    """Return when a wish reached the office, from which deadlines count: now, or when staff say that it did.

    Raises `Forbidden` to act for others unless staff, `InvalidFields` for a time still to come.
    """
    if on_behalf is None:
        return unit.now
    if not unit.actor.is_staff:
        raise Forbidden
    if on_behalf.at > unit.now:
        raise invalid("/on_behalf/at", "FIELD_RANGE", max=unit.now)
    return on_behalf.at


def hers_or_entered(unit: Unit, volunteer_id: UUID, on_behalf: OnBehalf | None) -> datetime:
    """Return when a volunteer's word arrived: her own now, or entered by staff, who must say how it reached them.

    Raises `Forbidden`, `InvalidFields`.
    """
    if (on_behalf is None) is not (volunteer_id == unit.actor.volunteer_id):
        raise Forbidden
    return arrival(unit, on_behalf)
