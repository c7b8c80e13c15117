"""Every column about a person is emptied when her time is over, goes with its row, or stays for a reason that stands here.

A new column of these tables, or a new table that points at a learner, a consultation, a household or an envoy, fails until it is judged.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
import sqlalchemy as sa

from models.appointment import Appointment, AppointmentContact
from models.attendance import Attendance
from models.consultation import Consultation, ConsultationIdentity
from models.contact_attempt import ContactAttempt
from models.device_loan import DeviceLoan
from models.enrollment import Enrollment
from models.enrollment_history import EnrollmentChange
from models.host import Host
from models.host_stay import GuestIdentity, HostProposal, HostStay
from models.key_person import KeyPerson
from models.learner import GuardianConsent, Learner
from models.level_assessment import LevelAssessment
from models.pairing import Pairing
from models.person import Person
from models.record import Notice
from models.referral import Referral
from models.retention import LegalHold
from models.school_referral import SchoolReferral
from models.schooling import DeadlineNotice, LearnerDeadline, LearnerTarget, SchoolStageChange
from models.tables import METADATA
from services import anonymizing
from services.erasing import CONSULTATION, LEARNER

ROW: Final = frozenset({"id", "version", "created_at", "updated_at", "created_by"})
"""Of every row: it says who wrote it down and when, and nothing about whom it is about."""
GONE: Final = frozenset(
    {
        AppointmentContact,
        ConsultationIdentity,
        DeadlineNotice,
        GuestIdentity,
        LearnerDeadline,
        LearnerTarget,
        SchoolReferral,
        SchoolStageChange,
    }
)
"""Deleted as a whole."""
WHO: Final = "points at a row that tells nobody any more"
COUNTED: Final = "a report counts it"
CODE: Final = "a code about how something went, of nobody in particular"
DAY: Final = "when it was, of nobody in particular"
LAWFUL: Final = "shows that it was right to do so"
KEPT: Final[Mapping[Any, Mapping[str, str]]] = {
    Person: {},
    Host: {
        "volunteer_id": WHO,
        "kinds capacity": "what was offered, and how many guests at a time",
        "status": CODE,
        "home_seen_on": DAY,
    },
    HostStay: {
        "kind status starts_at ends_at host_id": COUNTED,
        "guests minors languages avoids district_code": "of a guest whose name is deleted, as codes and numbers",
        "consented_on consent_revoked_on": LAWFUL,
        "end_reason": "words about the visit; personal details are refused",
    },
    HostProposal: {"stay_id host_id": WHO, "answer": CODE, "proposed_at answered_at": DAY},
    Appointment: {
        "volunteer_id": WHO,
        "kind status term_from term_to": COUNTED,
        "consented_on consent_revoked_on": LAWFUL,
    },
    KeyPerson: {"volunteer_id": WHO, "trained_on": DAY, "consented_on": LAWFUL},
    DeviceLoan: {
        "volunteer_id organization_id": WHO,
        "item": "a device of the foundation",
        "lent_on due_on returned_on reminded_for": DAY,
    },
    Learner: {
        "organization_id": "whose classrooms she came to",
        "school_stage native_language": COUNTED,
        "purge_on erased_on": DAY,
    },
    GuardianConsent: {"learner_id": WHO, "scope signed_on revoked_on": LAWFUL, "language": "in which the form was"},
    Enrollment: {"learner_id classroom_id": WHO, "status": COUNTED, "waitlist_no offer_until": CODE},
    EnrollmentChange: {"enrollment_id": WHO, "status at": COUNTED},
    Attendance: {
        "learner_id session_id": WHO,
        "status": COUNTED,
        "noted_at status_since guardian_reached_at": DAY,
    },
    Pairing: {"learner_id volunteer_id": WHO, "status end_reason": CODE, "started_on ended_on": DAY},
    LevelAssessment: {"learner_id": WHO, "assessed_on instrument result": COUNTED},
    ContactAttempt: {
        "learner_id volunteer_id organization_id": WHO,
        "about_type about_id": "the classroom that it was about",
        "result": CODE,
        "at call_back_at": DAY,
    },
    Notice: {
        "account_id volunteer_id learner_id object_type object_id": WHO,
        "kind channel status attempts dedupe_key": CODE,
        "language": "one of those that the catalogue speaks",
        "due_at leased_until sent_at": DAY,
    },
    LegalHold: {
        "volunteer_id learner_id consultation_id": WHO,
        "reason lifted_reason": "the matter; personal details are refused",
        "lifted_at": DAY,
    },
    Consultation: {
        "no": "on no list beside a name",
        "received_at settled_at language channel class_session_id topics urgency heard_from anonymous minutes status": COUNTED,
        "purge_on": DAY,
    },
    Referral: {
        "consultation_id organization_id": WHO,
        "sent_at outcome outcome_at": COUNTED,
        "consented_on without_consent": LAWFUL,
    },
}


def emptied(model: Any) -> set[str]:
    """The columns that the sweeps empty, by their own tables."""
    found: dict[Any, list[Mapping[str, Any]]] = {
        Person: [anonymizing.OF_THE_PERSON],
        Appointment: [dict.fromkeys(("country", "languages", "contact_scope"))],  # `envoys` empties these by hand
        Learner: [LEARNER.blank],
        Consultation: [CONSULTATION.blank],
    }
    beside = [(table, blank) for table, blank, _ in anonymizing.EMPTIED] + [*LEARNER.beside, *CONSULTATION.beside]
    tables = found.get(model, []) + [blank for table, blank in beside if table is model and blank is not None]
    return {name for blank in tables for name in blank}


def kept(model: Any) -> set[str]:
    return {name for names in KEPT[model] for name in names.split()}


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_each_column_about_somebody_is_emptied_or_kept_for_a_reason(model: Any) -> None:
    columns = {column.name for column in model.__table__.columns} - ROW
    assert emptied(model) & kept(model) == set()
    assert columns - emptied(model) - kept(model) == set()
    assert emptied(model) | kept(model) <= columns


def test_each_table_about_somebody_is_judged() -> None:
    owners = {
        "learner",
        "consultation",
        "host",
        "host_stay",
        "appointment",
        "key_person",
        "learner_target",
        "enrollment",
    }
    pointing = {table.name for table in METADATA.tables.values() if owners & set(_targets(table))}
    assert pointing - {model.__tablename__ for model in {*KEPT, *GONE}} == set()


def _targets(table: sa.Table) -> list[str]:
    return [key.column.table.name for key in table.foreign_keys]
