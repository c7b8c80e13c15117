"""Sweeps over what is over: reports that are overdue, guests who have left, identities that nobody may keep any longer."""

import structlog

from api.db import Wiring
from models.advisory_visit import AdvisoryFinding
from models.client import ClientIdentity
from models.consultation import Consultation, ConsultationIdentity
from models.device_loan import DeviceLoan
from models.dispatch_request import DispatchRequest
from models.host_stay import GuestIdentity, HostStay
from models.learner import Learner
from models.review_cycle import ReviewAction
from models.school_referral import SchoolReferral
from models.schooling import LearnerTarget
from services import (
    erasing,
    findings,
    guests,
    host_stays,
    lending,
    purging,
    report_reminding,
    review_reminding,
    school_deadlines,
)
from worker.due import each_due

log = structlog.get_logger()


def remind_of_reports(wiring: Wiring) -> int:
    """Remind of reports on day 3 and 7; tell the office on day 14."""
    return each_due(wiring, DispatchRequest, report_reminding.due_reports, report_reminding.remind_of_reports)


def remind_of_loans(wiring: Wiring) -> int:
    """Ask for devices that should be back, once for each day they were due."""
    return each_due(wiring, DeviceLoan, lending.due_loans, lending.remind)


def remind_of_findings(wiring: Wiring) -> int:
    """Remind of what experts found: once before it is due, once on the day."""
    return each_due(wiring, AdvisoryFinding, findings.due_findings, findings.remind)


def tell_of_deadlines(wiring: Wiring) -> int:
    """Tell families of the days on the way to a school, 30 and 7 days ahead."""
    return each_due(wiring, LearnerTarget, school_deadlines.due_targets, school_deadlines.notify)


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


def erase_what_is_over(wiring: Wiring) -> int:
    """Leave of learners who left, and of old consultations, what is counted; referrals to schools go when their time is over."""
    count = each_due(wiring, Learner, erasing.due_learners, erasing.erase_learner)
    count += each_due(wiring, Consultation, erasing.due_consultations, erasing.erase_consultation)
    count += each_due(wiring, SchoolReferral, erasing.due_referrals, erasing.erase_referral)
    if count:
        log.info("records_erased", count=count)
    return count
