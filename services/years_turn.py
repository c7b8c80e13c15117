"""The year's turn: reminders to renew, registrations that expire after a grace, a yearly look at one's hours.

Sweeps read the rows that are due by comparing days, so that a late one says and does the same once (domain.md §4.1).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.pairing import Pairing
from models.volunteer import Volunteer, VolunteerStatus
from services import states
from services.fiscal_years import fiscal_year, last_day
from services.notifying import Told, tell_volunteer, tell_volunteers
from services.registering import moved
from services.registration_ends import date_leaving, free_all, purge_day
from services.resting_pairings import rest_pairings
from services.unit import Unit

_REGISTERED = (VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE)


def due_reminders(unit: Unit) -> SelectOfScalar[UUID]:
    """Return whose registration ends this fiscal year, who has not answered, and has to be reminded of it."""
    ends_on = last_day(fiscal_year(unit.today))
    due_since = _reminded_from(unit, ends_on)
    if due_since is None:
        return select(Volunteer.id).where(sa.false())
    opens_on = unit.rules.renewal_opens(ends_on)
    return select(Volunteer.id).where(
        col(Volunteer.status).in_(_REGISTERED),
        Volunteer.valid_until == ends_on,
        sa.or_(col(Volunteer.renewal_answered_on).is_(None), col(Volunteer.renewal_answered_on) < opens_on),
        sa.or_(col(Volunteer.renewal_reminded_on).is_(None), col(Volunteer.renewal_reminded_on) < due_since),
    )


def _reminded_from(unit: Unit, ends_on: date) -> date | None:
    """Return the day from which the nearest reminder that has come is due, or nothing before the first."""
    days = [ends_on - timedelta(days=before) for before in unit.rules.renewal_reminder_days]
    return max((day for day in days if day <= unit.today), default=None)


def remind(unit: Unit, volunteers: Sequence[Volunteer]) -> None:
    """Ask locked volunteers whether they stay, once for each reminder; a late sweep asks once for all of them."""
    due = [volunteer for volunteer in volunteers if _wants_reminder(unit, volunteer)]
    for volunteer in due:
        volunteer.renewal_reminded_on = unit.today
    told = [Told(one.id, one, {"until_on": one.valid_until}) for one in due]
    tell_volunteers(unit, "renewal_reminder", told)


def _wants_reminder(unit: Unit, volunteer: Volunteer) -> bool:
    ends_on, reminded_on = volunteer.valid_until, volunteer.renewal_reminded_on
    due_since = _reminded_from(unit, ends_on) if ends_on else None
    if volunteer.status not in _REGISTERED or due_since is None:
        return False
    return reminded_on is None or reminded_on < due_since


def due_expiries(unit: Unit) -> SelectOfScalar[UUID]:
    """Return whose registration ended and whose grace is over."""
    return select(Volunteer.id).where(
        col(Volunteer.status).in_(_REGISTERED), col(Volunteer.valid_until) <= _latest_expired(unit)
    )


def _latest_expired(unit: Unit) -> date:
    """Return the latest 31 March whose grace is over."""
    ended = last_day(unit.today.year - 1)
    return ended if unit.today > unit.rules.grace_ends(ended) else last_day(unit.today.year - 2)


def expire(unit: Unit, volunteer: Volunteer) -> None:
    """End the registration of a locked volunteer whose grace is over; what she still held goes to others.

    She may renew late, so her classrooms stay hers and what she has with learners rests.
    """
    ends_on = volunteer.valid_until
    if ends_on is None or ends_on > _latest_expired(unit) or not states.VOLUNTEER.leads(volunteer.status, "expire"):
        return
    moved(unit, volunteer, "expire")
    free_all(unit, volunteer, "cancel", "expired")
    date_leaving(unit, volunteer, None, purge_day(unit))
    rest_pairings(unit, Pairing.volunteer_id, volunteer.id)
    tell_volunteer(unit, volunteer.id, "registration_expired", volunteer, {"until_on": ends_on})


def due_prompts(unit: Unit) -> SelectOfScalar[UUID]:
    """Return who has not been asked this year whether her hours still hold."""
    asked_from = unit.today.replace(month=unit.rules.availability_prompt[0], day=unit.rules.availability_prompt[1])
    if not asked_from <= unit.today < asked_from + timedelta(days=unit.rules.availability_prompt_days):
        return select(Volunteer.id).where(sa.false())
    return select(Volunteer.id).where(
        Volunteer.status == VolunteerStatus.ACTIVE,
        sa.or_(col(Volunteer.hours_asked_on).is_(None), col(Volunteer.hours_asked_on) < asked_from),
    )


def prompt(unit: Unit, volunteers: Sequence[Volunteer]) -> None:
    """Ask locked volunteers once a year whether their weekly hours still hold."""
    due = [volunteer for volunteer in volunteers if _wants_prompt(unit, volunteer)]
    for volunteer in due:
        volunteer.hours_asked_on = unit.today
    link = f"{unit.rules.public_url}/v1/volunteers/{{}}/availability"
    tell_volunteers(unit, "availability_prompt", [Told(one.id, one, {"link": link.format(one.id)}) for one in due])


def _wants_prompt(unit: Unit, volunteer: Volunteer) -> bool:
    asked_on = volunteer.hours_asked_on
    return volunteer.status is VolunteerStatus.ACTIVE and (asked_on is None or asked_on.year != unit.today.year)
