"""Import every table, so that the metadata is whole for migrations and tests."""

from sqlmodel import SQLModel

from models import (  # noqa: F401 - importing a module registers its tables
    account,
    activity_report,
    assignment,
    attendance,
    availability,
    availability_call,
    cascade,
    change_rule,
    class_session,
    classroom,
    client,
    competence,
    contact_attempt,
    course_path,
    dispatch_request,
    dispatch_series,
    document,
    enrollment,
    exam_period,
    expense,
    fallback,
    incident,
    learner,
    level_assessment,
    message,
    offer,
    office,
    organization,
    pairing,
    person,
    plan,
    recognition,
    record,
    recruitment,
    residence_permission,
    service_type,
    shift,
    training,
    volunteer,
)
from models.guards import Guard

GUARDS: tuple[Guard, ...] = (assignment.BOOKING_GUARD, record.AUDIT_GUARD)
METADATA = SQLModel.metadata
