"""The usual recipe's mapping: entities with their relationships in, the values that `scheduling` judges out."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from models.client import ExclusionKind
from models.competence import ChildSafetyStatus
from models.organization import District
from models.person import Gender
from models.service_type import Weight
from models.shift import Modality
from scheduling import problem as values
from scheduling.interval import DateRange, Interval
from scheduling.place import Place
from services.rules import HouseRules

_GENDERS = {Gender.FEMALE: values.Gender.female, Gender.MALE: values.Gender.male}


def problem_of(
    session: Session, rules: HouseRules, today: Any, volunteer: Any, shifts: Iterable[values.Shift]
) -> values.Problem:
    """Return one volunteer and some shifts as a problem."""
    person = volunteer_value(volunteer)
    calendar = values.Calendar(tuple(_commitment(booking) for booking in volunteer.bookings if booking.active))
    return values.Problem(tuple(shifts), (person,), {person.id: calendar}, _rules(session, rules, today))


def _rules(session: Session, rules: HouseRules, today: Any) -> values.Rules:
    return values.Rules(
        zone=rules.zone,
        today=today,
        pledge_version=rules.pledge_version,
        neighbours={one.code: frozenset(one.neighbours) for one in session.exec(select(District))},
        weights={one.criterion: one.points for one in session.exec(select(Weight))},
    )


def volunteer_value(row: Any) -> values.Volunteer:
    """Return a volunteer with all that she brings."""
    person = row.person
    return values.Volunteer(
        id=str(row.id),
        number=row.volunteer_no,
        engagement=row.engagement,
        status=row.status,
        registered_until=row.valid_until,
        renewing=row.renewing,
        birth_date=person.birth_date,
        gender=_GENDERS.get(Gender(person.gender)),
        languages={
            one.tag: values.Proficiency(values.Level.parse(one.speaking), values.Level.parse(one.listening))
            for one in row.languages
        },
        skills=frozenset(one.skill_code for one in row.skills),
        certificates=tuple(_certificate(one) for one in row.certifications),
        pledges=tuple(values.Pledge(one.version_code, one.signed_on) for one in row.pledges),
        insurance=tuple(DateRange(one.starts_on, one.ends_on) for one in row.insurance),
        child_contact_ok=row.child_contact_ok,
        child_safety=_safety(row.safety_checks),
        home_district=person.district_code,
        home=(person.district.latitude, person.district.longitude) if person.district else None,
        max_travel_km=row.max_travel_km,
        max_per_month=row.max_per_month,
        availability=_availability(row),
        history=values.History(),
    )


def _certificate(one: Any) -> values.Certificate:
    days = [one.expires_on, one.revoked_on - timedelta(days=1) if one.revoked_on else None]
    return values.Certificate(one.cert_code, DateRange(one.granted_on, min(filter(None, days), default=None)))


def _safety(checks: Any) -> DateRange | None:
    if not checks or checks[-1].status is not ChildSafetyStatus.CLEARED:
        return None
    return DateRange(checks[-1].checked_on, checks[-1].valid_until)


def _availability(row: Any) -> values.Availability:
    hours = tuple(
        values.AvailabilityRule(one.weekday, one.starts, one.ends, DateRange(one.valid_from, one.valid_to))
        for one in row.hours
    )
    return values.Availability(hours, tuple(Interval(one.starts_at, one.ends_at) for one in row.absences))


def _commitment(booking: Any) -> values.Commitment:
    shift = booking.assignment.shift
    return values.Commitment(Interval(booking.starts_at, booking.ends_at), _place(shift), str(shift.id))


def _place(shift: Any) -> Place:
    at = shift.facility if shift.facility and shift.facility.latitude is not None else shift.district
    return Place(
        str(shift.facility_id) if shift.facility_id else None,
        shift.district_code,
        (at.latitude, at.longitude) if at else None,
        remote=shift.modality is not Modality.ON_SITE,
    )


def shift_value(row: Any) -> values.Shift:
    """Return a shift with its needs, families and exclusions."""
    families = row.request.families if row.request else []
    barred = [one for family in families for one in family.exclusions if one.lifted_at is None]
    return values.Shift(
        id=str(row.id),
        label=row.request.request_no if row.request else str(row.id),
        interval=Interval(row.starts_at, row.ends_at),
        place=_place(row),
        service=row.service_type.code if row.service_type else row.kind,
        needs=tuple(_need(demand) for demand in row.demands),
        clients=frozenset(str(family.client_id) for family in families),
        excluded=frozenset(str(one.volunteer_id) for one in barred if one.kind is ExclusionKind.FAMILY_WISH),
        acquainted=frozenset(str(one.volunteer_id) for one in barred if one.kind is ExclusionKind.ACQUAINTED),
    )


def _need(demand: Any) -> values.Need:
    return values.Need(
        id=str(demand.id),
        role=demand.role,
        languages=tuple(one.tag for one in demand.tags),
        min_level=values.Level.parse(demand.min_level) if demand.min_level else None,
        certifications=frozenset(demand.certifications),
        skills=frozenset(demand.skills),
        gender=values.Gender(demand.gender_requirement) if demand.gender_requirement else None,
        min_age=demand.min_age,
        child_safety=demand.child_safety,
        places=demand.places,
        taken=demand.taken,
    )
