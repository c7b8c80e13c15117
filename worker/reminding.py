"""Sweeps that look ahead: reminders, conditions that fall due, papers that lapse, places nobody may come to, answers."""

from api.db import Wiring
from models.availability_call import AvailabilityCall
from models.shift import Shift
from services import availability_calls, rejudging, reminding
from worker.due import each_due, each_standing, in_chunks


def remind(wiring: Wiring) -> int:
    """Remind those who are coming, 7 days, 1 day and 2 hours before."""
    return each_standing(wiring, reminding.due_reminders, reminding.remind)


def settle_conditions(wiring: Wiring) -> int:
    """Confirm whose conditions are met, release whose day is over."""
    return each_standing(
        wiring, lambda unit: unit.session.exec(rejudging.due_conditions(unit)), rejudging.settle_conditions
    )


def recheck(wiring: Wiring) -> int:
    """Flag who may no longer do what she stands for."""
    return each_standing(wiring, rejudging.due_flags, rejudging.flag)


def warn_of_risks(wiring: Wiring) -> int:
    """Warn of places nobody holds two business days ahead."""
    return in_chunks(wiring, Shift, reminding.due_risks, reminding.warn_of_risks)


def remind_silent(wiring: Wiring) -> int:
    """Remind those who have not answered an availability call, before its deadline."""
    return each_due(wiring, AvailabilityCall, availability_calls.due_reminders, availability_calls.remind)
