"""Sweeps over what is over: reports that are overdue, identities that nobody may keep any longer."""

import structlog

from api.db import Wiring
from models.client import ClientIdentity
from models.consultation import ConsultationIdentity
from models.device_loan import DeviceLoan
from models.dispatch_request import DispatchRequest
from services import lending, purging, report_reminding
from worker.due import each_due

log = structlog.get_logger()


def remind_of_reports(wiring: Wiring) -> int:
    """Remind of reports on day 3 and 7; tell the office on day 14."""
    return each_due(wiring, DispatchRequest, report_reminding.due_reports, report_reminding.remind_of_reports)


def remind_of_loans(wiring: Wiring) -> int:
    """Ask for devices that should be back, once for each day they were due."""
    return each_due(wiring, DeviceLoan, lending.due_loans, lending.remind)


def purge_identities(wiring: Wiring) -> int:
    """Delete the identities of families, and of who came to a consultation, whose day has come."""
    count = each_due(wiring, ClientIdentity, purging.due_identities, purging.purge)
    count += each_due(wiring, ConsultationIdentity, purging.due_persons, purging.forget)
    if count:
        log.info("identities_purged", count=count)
    return count
