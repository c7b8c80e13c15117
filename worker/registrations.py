"""Sweeps over registrations: reminders to renew, expiry after the grace, the yearly look at one's hours, retention."""

import structlog

from api.db import Wiring
from models.volunteer import Volunteer
from services import anonymizing, years_turn
from worker.due import each_due, in_chunks

log = structlog.get_logger()


def remind_of_renewal(wiring: Wiring) -> int:
    """Ask whose registration ends whether they stay, 60 and 30 days before."""
    return in_chunks(wiring, Volunteer, years_turn.due_reminders, years_turn.remind)


def expire_registrations(wiring: Wiring) -> int:
    """End the registrations whose grace is over."""
    return each_due(wiring, Volunteer, years_turn.due_expiries, years_turn.expire)


def prompt_for_hours(wiring: Wiring) -> int:
    """Ask once a year whether weekly hours still hold."""
    return in_chunks(wiring, Volunteer, years_turn.due_prompts, years_turn.prompt)


def anonymize_the_gone(wiring: Wiring) -> int:
    """Empty whatever tells who somebody was whose retention is over."""
    count = each_due(wiring, Volunteer, anonymizing.due, anonymizing.anonymize)
    if count:
        log.info("volunteers_anonymized", count=count)
    return count
