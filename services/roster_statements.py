"""What is read of people to judge and rank them: statements over columns, built once (see `services/roster.py`)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.advisory_visit import AdvisoryVisit
from models.assignment import HOLDING, Assignment, Booking
from models.availability import AvailabilityException, AvailabilityRule
from models.availability_call import AvailabilityCall, AvailabilityCallAnswer
from models.classroom import Classroom
from models.client import RequestClient
from models.competence import (
    Certification,
    ChildSafetyCheck,
    ConfidentialityPledge,
    InsuranceCoverage,
    VolunteerLanguage,
    VolunteerSkill,
)
from models.host import Host
from models.host_stay import HostStay
from models.offer import Offer, OfferStatus
from models.organization import District, Facility
from models.person import Person
from models.service_type import ServiceType
from models.shift import Modality, Shift
from models.training import TrainingEnrollment, TrainingSession
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)


def _of(table: Any, *columns: Any) -> Select[Any]:
    """Select columns of the rows that belong to the given volunteers, in the order they were made."""
    statement: Select[Any] = select(table.volunteer_id, *columns)
    return statement.where(col(table.volunteer_id).in_(_IDS)).order_by(table.id)


PEOPLE = (
    select(  # type: ignore[call-overload]
        Volunteer.id,
        Volunteer.volunteer_no,
        Volunteer.engagement,
        Volunteer.status,
        Volunteer.valid_until,
        Volunteer.renewing,
        Volunteer.child_contact_ok,
        Volunteer.disaster_ready,
        Volunteer.max_travel_km,
        Volunteer.max_per_month,
        Person.birth_date,
        Person.gender,
        Person.district_code,
        District.latitude,
        District.longitude,
    )
    .join(Person, col(Person.id) == Volunteer.person_id)
    .join(District, col(District.code) == Person.district_code, isouter=True)
    .where(col(Volunteer.id).in_(_IDS))
)


def _paper(table: Any, *columns: Any) -> Select[Any]:
    """Select what a table of papers says: up to three texts and three days, the same columns for each table."""
    texts: list[Any] = [sa.type_coerce(column, sa.String) for column in columns if not isinstance(column.type, sa.Date)]
    days = [column for column in columns if isinstance(column.type, sa.Date)]
    texts += [sa.cast(sa.null(), sa.String)] * (3 - len(texts))
    days += [sa.cast(sa.null(), sa.Date)] * (3 - len(days))
    return sa.select(sa.literal(table.__tablename__), table.volunteer_id, *texts, *days, table.id.label("id")).where(
        table.volunteer_id.in_(_IDS)
    )


BROUGHT = frozenset({ActivityKind.LECTURE, ActivityKind.READING_ALOUD})
# One statement for seven tables: to send one costs more than to read a volunteer's few rows.
PAPERS = sa.union_all(
    _paper(VolunteerLanguage, VolunteerLanguage.tag, VolunteerLanguage.speaking, VolunteerLanguage.listening),
    _paper(VolunteerSkill, VolunteerSkill.skill_code),
    _paper(VolunteerActivity, VolunteerActivity.kind).where(col(VolunteerActivity.kind).in_(sorted(BROUGHT))),
    _paper(
        Certification,
        Certification.cert_code,
        Certification.granted_on,
        Certification.expires_on,
        Certification.revoked_on,
    ),
    _paper(
        ConfidentialityPledge,
        ConfidentialityPledge.version_code,
        ConfidentialityPledge.kind,
        ConfidentialityPledge.signed_on,
    ),
    _paper(InsuranceCoverage, InsuranceCoverage.starts_on, InsuranceCoverage.ends_on),
    _paper(ChildSafetyCheck, ChildSafetyCheck.status, ChildSafetyCheck.checked_on, ChildSafetyCheck.valid_until),
).order_by("id")
RULES = _of(
    AvailabilityRule,
    AvailabilityRule.weekday,
    AvailabilityRule.starts,
    AvailabilityRule.ends,
    AvailabilityRule.valid_from,
    AvailabilityRule.valid_to,
    AvailabilityRule.kind,
)
ABSENCES = _of(AvailabilityException, AvailabilityException.starts_at, AvailabilityException.ends_at)
ANSWERS = (
    select(  # type: ignore[call-overload]
        AvailabilityCallAnswer.volunteer_id,
        AvailabilityCall.first_on,
        AvailabilityCall.last_on,
        AvailabilityCallAnswer.none_this_month,
        AvailabilityCallAnswer.at_most,
        AvailabilityCallAnswer.days,
    )
    .join(AvailabilityCall, col(AvailabilityCall.id) == AvailabilityCallAnswer.call_id)
    .where(
        col(AvailabilityCallAnswer.volunteer_id).in_(_IDS),
        col(AvailabilityCallAnswer.answered_at).is_not(None),
        col(AvailabilityCall.last_on) >= sa.bindparam("today"),  # what is over bears on nothing that is to come
    )
    .order_by(AvailabilityCallAnswer.answered_at, AvailabilityCallAnswer.id)
)
_PLACE = sa.func.coalesce(col(TrainingSession.facility_id), col(Classroom.facility_id))
# A training and a visit to a classroom are on site where they have a place; guests are received at home.
_MODALITY = sa.type_coerce(
    sa.case(
        (sa.or_(_PLACE.is_not(None), col(HostStay.id).is_not(None)), Modality.ON_SITE.value),
        else_=Shift.modality,
    ),
    Shift.__table__.c.modality.type,  # type: ignore[attr-defined]
)
BOOKINGS = (
    select(  # type: ignore[call-overload]
        Booking.volunteer_id,
        Booking.starts_at,
        Booking.ends_at,
        sa.func.coalesce(col(Shift.id), col(TrainingEnrollment.session_id), col(AdvisoryVisit.id), col(HostStay.id)),
        col(Facility.id),
        sa.func.coalesce(col(Shift.district_code), col(Facility.district_code), col(Host.district_code)),
        _MODALITY,
        Facility.latitude,
        Facility.longitude,
    )
    .join(Assignment, col(Assignment.id) == Booking.source_id, isouter=True)
    .join(Shift, col(Shift.id) == Assignment.shift_id, isouter=True)
    .join(TrainingEnrollment, col(TrainingEnrollment.id) == Booking.source_id, isouter=True)
    .join(TrainingSession, col(TrainingSession.id) == TrainingEnrollment.session_id, isouter=True)
    .join(AdvisoryVisit, col(AdvisoryVisit.id) == Booking.source_id, isouter=True)
    .join(Classroom, col(Classroom.id) == AdvisoryVisit.classroom_id, isouter=True)
    .join(Facility, col(Facility.id) == sa.func.coalesce(col(Shift.facility_id), _PLACE), isouter=True)
    .join(HostStay, col(HostStay.id) == Booking.source_id, isouter=True)
    .join(Host, col(Host.id) == HostStay.host_id, isouter=True)
    .where(col(Booking.volunteer_id).in_(_IDS), col(Booking.active))
    .order_by(Booking.starts_at, Booking.id)
)
WORK = (
    select(Assignment.volunteer_id, Shift.starts_at, Shift.source_id, ServiceType.code)
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .where(col(Assignment.volunteer_id).in_(_IDS), col(Assignment.status).in_(sorted(HOLDING)))
)
CLIENTS = (
    select(Assignment.volunteer_id, RequestClient.client_id)
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(RequestClient, col(RequestClient.request_id) == Shift.source_id)
    .where(
        col(Assignment.volunteer_id).in_(_IDS),
        col(Assignment.status).in_(sorted(HOLDING)),
        col(Shift.starts_at) < sa.bindparam("now"),
    )
)
_ASK = sa.func.coalesce(col(Offer.batch_id), col(Offer.id))
"""What counts as one ask: all that was sent in one call."""


def _asks_where(condition: Any) -> Any:
    return sa.func.count(sa.distinct(sa.case((condition, _ASK))))


_THIS_WEEK = col(Offer.sent_at) > sa.bindparam("week")
_OPEN = sa.and_(col(Offer.status) == OfferStatus.SENT, col(Offer.respond_by) > sa.bindparam("now"))
# Counted where they lie: what somebody was asked over the years only grows. The last two say when a count falls.
ASKS = (
    select(  # type: ignore[call-overload]
        Offer.volunteer_id,
        sa.func.count(),
        sa.func.count(col(Offer.answered_at)),
        sa.func.count(sa.case((col(Offer.status).in_([OfferStatus.ACCEPTED, OfferStatus.ACCEPTED_LATE]), 1))),
        sa.func.max(Offer.sent_at),
        _asks_where(_THIS_WEEK),
        _asks_where(_OPEN),
        sa.func.min(sa.case((_THIS_WEEK, Offer.sent_at))),
        sa.func.min(sa.case((_OPEN, Offer.respond_by))),
    )
    .where(
        col(Offer.volunteer_id).in_(_IDS),
        sa.or_(col(Offer.batch_id).is_(None), col(Offer.batch_id) != sa.bindparam("batch_id")),
    )
    .group_by(col(Offer.volunteer_id))
)
