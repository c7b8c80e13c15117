"""Sweeps over what is over: reports that are overdue, guests who have left, identities that nobody may keep any longer."""

import structlog

from api.db import Wiring
from models.client import ClientIdentity
from models.consultation import ConsultationIdentity
from models.device_loan import DeviceLoan
from models.dispatch_request import DispatchRequest
from models.host_stay import GuestIdentity, HostStay
from models.review_cycle import ReviewAction
from services import guests, host_stays, lending, purging, report_reminding, review_reminding
from worker.due import each_due

log = structlog.get_logger()


def remind_of_reports(wiring: Wiring) -> int:
    """Remind of reports on day 3 and 7; tell the office on day 14."""
    return each_due(wiring, DispatchRequest, report_reminding.due_reports, report_reminding.remind_of_reports)


def remind_of_loans(wiring: Wiring) -> int:
    """Ask for devices that should be back, once for each day they were due."""
    return each_due(wiring, DeviceLoan, lending.due_loans, lending.remind)


def remind_of_actions(wiring: Wiring) -> int:
    """Tell whoever should have done what a review decided, once."""
    return each_due(wiring, ReviewAction, review_reminding.due_actions, review_reminding.remind_owner)


def move_stays(wiring: Wiring) -> int:
    """Move visits and stays on that are over, or began without a household."""
    return each_due(wiring, HostStay, guests.due_stays, host_stays.catch_up)


def purge_identities(wiring: Wiring) -> int:
    """Delete the identities of families and guests, and of who came to a consultation, whose day has come."""
    count = each_due(wiring, ClientIdentity, purging.due_identities, purging.purge)
    count += each_due(wiring, GuestIdentity, purging.due_guests, purging.purge_guest)
    count += each_due(wiring, ConsultationIdentity, purging.due_persons, purging.forget)
    if count:
        log.info("identities_purged", count=count)
    return count
