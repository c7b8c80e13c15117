"""Acting for somebody else: staff enter what came by telephone, fax, paper or at the desk (domain.md §0.1)."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from models.account import Account
from models.fields import OnBehalf
from models.organization import Organization
from models.volunteer import Volunteer
from services.errors import Forbidden, invalid
from services.unit import Unit

OLDEST = timedelta(days=30)
"""How long ago something may have arrived that is entered only now."""
AHEAD = timedelta(minutes=1)
"""How far the clock of whoever enters it may be ahead of ours."""


def arrival(unit: Unit, on_behalf: OnBehalf | None, since: datetime | None = None) -> datetime:
    """Return when a wish reached the office, from which deadlines count: now, or when staff say that it did.

    `since` is when there was something to speak about. Raises `Forbidden` to act for others unless staff,
    `InvalidFields` for a time still to come, long past or before that, and for somebody who does not exist.
    """
    at = _entered_at(unit, on_behalf, since, may=unit.actor.is_staff)
    if on_behalf is not None and not any(
        unit.session.get(table, on_behalf.of) for table in (Account, Volunteer, Organization)
    ):
        raise invalid("/on_behalf/of")
    return at


def arrival_of_volunteer(
    unit: Unit,
    volunteer_id: UUID,
    on_behalf: OnBehalf | None,
    since: datetime | None = None,
    *,
    by_managers: bool = False,
) -> datetime:
    """Return when a volunteer's wish arrived that staff enter: `of` names her or her account; see `arrival`.

    `by_managers` is of answers: what those say who are asked for her sessions, or keep or give back a place on them, a
    classroom manager enters as well (domain.md §0.1, §5), and nothing else, whatever she may for herself as a volunteer.
    """
    accounts = (
        select(Account.id)
        .join(Volunteer, col(Volunteer.person_id) == Account.person_id)
        .where(Volunteer.id == volunteer_id)
    )
    may = unit.actor.is_staff or (by_managers and unit.actor.runs_classes)
    return _arrival_of(unit, on_behalf, since, lambda: {volunteer_id, *unit.session.exec(accounts)}, may=may)


def arrival_of_organization(
    unit: Unit, organization_id: UUID, on_behalf: OnBehalf | None, since: datetime | None = None
) -> datetime:
    """Return when an institution's wish arrived that staff enter: `of` names it or an account of it; see `arrival`."""
    accounts = select(Account.id).where(Account.organization_id == organization_id)
    may = unit.actor.is_staff
    return _arrival_of(unit, on_behalf, since, lambda: {organization_id, *unit.session.exec(accounts)}, may=may)


def hers_or_entered(
    unit: Unit,
    volunteer_id: UUID,
    on_behalf: OnBehalf | None,
    since: datetime | None = None,
    *,
    by_managers: bool = False,
) -> datetime:
    """Return when a volunteer's word arrived: her own now, or entered by staff, who must say how it reached them.

    Raises `Forbidden`, `InvalidFields`.
    """
    if (on_behalf is None) is not (volunteer_id == unit.actor.volunteer_id):
        raise Forbidden
    return arrival_of_volunteer(unit, volunteer_id, on_behalf, since, by_managers=by_managers)


def _arrival_of(
    unit: Unit,
    on_behalf: OnBehalf | None,
    since: datetime | None,
    known_as: Callable[[], Collection[UUID]],
    *,
    may: bool,
) -> datetime:
    at = _entered_at(unit, on_behalf, since, may=may)
    if on_behalf is not None and on_behalf.of not in known_as():
        raise invalid("/on_behalf/of")
    return at


def _entered_at(unit: Unit, on_behalf: OnBehalf | None, since: datetime | None, *, may: bool) -> datetime:
    if on_behalf is None:
        return unit.now
    if not may:
        raise Forbidden
    return told_at(unit, on_behalf.at, "/on_behalf/at", since)


def told_at(unit: Unit, at: datetime, pointer: str, since: datetime | None = None) -> datetime:
    """Return when something happened by the clock of whoever enters it, which may be a little ahead: never after now.

    Raises `InvalidFields` for a time still to come, long past or before `since`.
    """
    earliest = unit.now - OLDEST
    if since is not None:
        earliest = max(earliest, since.replace(second=0, microsecond=0))  # forms ask for minutes
    if not earliest <= at <= unit.now + AHEAD:
        raise invalid(pointer, "FIELD_RANGE", min=earliest, max=unit.now)
    return min(at, unit.now)
