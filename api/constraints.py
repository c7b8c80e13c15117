"""What the database's own refusals mean: which problem a broken constraint stands for, and which failure is a lost race."""

import re
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from models.tables import METADATA
from services.errors import Broken, DomainError, Refused, broken, invalid

_BY_CONSTRAINT: Mapping[str, DomainError] = {
    "no_overlap_booking": broken([Broken("ASG_OVERLAP", "never")]),
    "ck_demand_taken": broken([Broken("ASG_FULL", "never")]),
    "uq_account_email": Refused("ACC_EMAIL_TAKEN"),
    "uq_account_person_id": invalid("/person_id", "FIELD_DUPLICATE"),
    "uq_organization_name": invalid("/name", "FIELD_DUPLICATE"),
    "uq_facility_name": invalid("/name", "FIELD_DUPLICATE"),
    "uq_checkup_session_facility_id_kind_held_on": invalid("/held_on", "FIELD_DUPLICATE"),
    "uq_volunteer_language_volunteer_id_tag": invalid("/tag", "FIELD_DUPLICATE"),
    "uq_volunteer_skill_volunteer_id_skill_code": invalid("/skill_code", "FIELD_DUPLICATE"),
    "uq_client_exclusion_client_id_volunteer_id": invalid("/volunteer_id", "FIELD_DUPLICATE"),
    "uq_exam_period_organization_id_first_on_last_on": invalid("/first_on", "FIELD_DUPLICATE"),
    "uq_expense_claim_assignment_id": invalid("/assignment_id", "FIELD_DUPLICATE"),
    "uq_honorarium_rate_service_type_valid_from": invalid("/valid_from", "FIELD_DUPLICATE"),
    "uq_classroom_code": invalid("/code", "FIELD_DUPLICATE"),
    "uq_enrollment_classroom_id_learner_id": invalid("/learner_id", "FIELD_DUPLICATE"),
    "uq_pairing_learner_id_volunteer_id": invalid("/volunteer_id", "FIELD_DUPLICATE"),
    "uq_school_referral_learner_id_school_id_direction": invalid("/school_id", "FIELD_DUPLICATE"),
    "uq_school_deadline_fiscal_year_goal_code": invalid("/code", "FIELD_DUPLICATE"),
    "uq_learner_target_learner_id_goal_fiscal_year": invalid("/goal", "FIELD_DUPLICATE"),
    "uq_appointment_volunteer_id_kind": invalid("/volunteer_id", "FIELD_DUPLICATE"),
    "uq_host_volunteer_id": invalid("/volunteer_id", "FIELD_DUPLICATE"),
    "uq_device_loan_item": invalid("/item", "FIELD_DUPLICATE"),
    "uq_key_person_volunteer_id": invalid("/volunteer_id", "FIELD_DUPLICATE"),
    "uq_review_cycle_fiscal_year_quarter": invalid("/quarter", "FIELD_DUPLICATE"),
    "uq_training_course_code": invalid("/code", "FIELD_DUPLICATE"),
    "uq_offer_open": invalid("/volunteer_ids", "FIELD_DUPLICATE"),
}


def broken_constraint(error: IntegrityError) -> DomainError | None:
    """Return the domain error that a broken constraint stands for, or nothing for one that no caller can cause."""
    return _BY_CONSTRAINT.get(constraint_name(error) or "")


def constraint_name(error: IntegrityError) -> str | None:
    """Return the name of the broken constraint; SQLite tells columns instead of names for unique keys."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or None
    message = str(error.orig)
    unique = re.search(r"UNIQUE constraint failed: (.+)$", message)
    if unique:
        return _unique_name(unique[1])
    named = re.search(r"(?:CHECK constraint failed: )?([a-z_0-9]+)$", message)
    return named[1] if named else None


def _unique_name(columns: str) -> str | None:
    pairs = [column.partition(".") for column in columns.split(", ")]
    table, names = pairs[0][0], [name for _, _, name in pairs]
    if (table, names) == ("offer", ["demand_id", "volunteer_id"]):
        return "uq_offer_open"
    return f"uq_{METADATA.tables[table].name}_{'_'.join(names)}"


_RETRYABLE = frozenset({"40001", "40P01", "55P03"})
_TWINS = ("uq_idempotent_answer", "uq_volunteer_application_submission_key", "pk_counter", "uq_counter")
"""Keys at which two of the same kind meet: the one that comes second finds the other's row when it runs again."""


def is_lost_race(error: Exception) -> bool:
    """Return whether the same work, run again, may well succeed: a deadlock, a serialisation failure, a busy file.

    So is a row that another transaction deleted between the reading and the write: run again, the work does not see it.
    """
    if isinstance(error, StaleDataError):
        return True
    if isinstance(error, IntegrityError):
        name = constraint_name(error) or ""
        return name.startswith(_TWINS)
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRYABLE or "database is locked" in str(error.orig)
