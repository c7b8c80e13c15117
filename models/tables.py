"""Import every table, so that the metadata is whole for migrations and tests."""

from sqlmodel import SQLModel

from models import (  # noqa: F401 - importing a module registers its tables
    account,
    activity_report,
    assignment,
    availability,
    availability_call,
    cascade,
    change_rule,
    client,
    competence,
    contact_attempt,
    course_path,
    dispatch_request,
    dispatch_series,
    document,
    exam_period,
    expense,
    fallback,
    incident,
    message,
    offer,
    office,
    organization,
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
