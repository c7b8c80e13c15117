"""The one mapping from rows of people to the values that `scheduling` judges: a constant number of queries for any number.

Columns are selected by statements built once; nothing here is written, so no row object is needed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, Booking
from models.availability import AvailabilityException, AvailabilityKind, AvailabilityRule
from models.availability_call import AvailabilityCall, AvailabilityCallAnswer, named_hours
from models.client import RequestClient
from models.competence import (
    Certification,
    ChildSafetyCheck,
    ChildSafetyStatus,
    ConfidentialityPledge,
    InsuranceCoverage,
    PledgeKind,
    VolunteerLanguage,
    VolunteerSkill,
)
from models.offer import Offer, OfferStatus
from models.organization import District, Facility
from models.person import Gender as PersonGender
from models.person import Person
from models.service_type import ServiceType
from models.shift import Modality, Shift
from models.training import TrainingEnrollment, TrainingSession
from models.volunteer import Volunteer
from scheduling import problem as values
from scheduling.interval import DateRange, Interval
from scheduling.place import Place
from services.unit import Unit

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_GENDERS = {PersonGender.FEMALE: values.Gender.female, PersonGender.MALE: values.Gender.male}
HISTORY_DAYS = 90


def _of(table: Any, *columns: Any) -> Select[Any]:
    """Select columns of the rows that belong to the given volunteers, in the order they were made."""
    statement: Select[Any] = select(table.volunteer_id, *columns)
    return statement.where(col(table.volunteer_id).in_(_IDS)).order_by(table.id)


_PEOPLE = (
    select(  # type: ignore[call-overload]
        Volunteer.id,
        Volunteer.volunteer_no,
        Volunteer.engagement,
        Volunteer.status,
        Volunteer.valid_until,
        Volunteer.renewing,
        Volunteer.child_contact_ok,
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


# One statement for six tables: to send one costs more than to read a volunteer's few rows.
_PAPERS = sa.union_all(
    _paper(VolunteerLanguage, VolunteerLanguage.tag, VolunteerLanguage.speaking, VolunteerLanguage.listening),
    _paper(VolunteerSkill, VolunteerSkill.skill_code),
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
_RULES = _of(
    AvailabilityRule,
    AvailabilityRule.weekday,
    AvailabilityRule.starts,
    AvailabilityRule.ends,
    AvailabilityRule.valid_from,
    AvailabilityRule.valid_to,
    AvailabilityRule.kind,
)
_ABSENCES = _of(AvailabilityException, AvailabilityException.starts_at, AvailabilityException.ends_at)
_ANSWERS = (
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
# A training is on site where it has a place.
_MODALITY = sa.type_coerce(
    sa.case((col(TrainingSession.facility_id).is_not(None), Modality.ON_SITE.value), else_=Shift.modality),
    Shift.__table__.c.modality.type,  # type: ignore[attr-defined]
)
_BOOKINGS = (
    select(  # type: ignore[call-overload]
        Booking.volunteer_id,
        Booking.starts_at,
        Booking.ends_at,
        sa.func.coalesce(col(Shift.id), col(TrainingEnrollment.session_id)),
        col(Facility.id),
        sa.func.coalesce(col(Shift.district_code), col(Facility.district_code)),
        _MODALITY,
        Facility.latitude,
        Facility.longitude,
    )
    .join(Assignment, col(Assignment.id) == Booking.source_id, isouter=True)
    .join(Shift, col(Shift.id) == Assignment.shift_id, isouter=True)
    .join(TrainingEnrollment, col(TrainingEnrollment.id) == Booking.source_id, isouter=True)
    .join(TrainingSession, col(TrainingSession.id) == TrainingEnrollment.session_id, isouter=True)
    .join(Facility, col(Facility.id) == sa.func.coalesce(Shift.facility_id, TrainingSession.facility_id), isouter=True)
    .where(col(Booking.volunteer_id).in_(_IDS), col(Booking.active))
    .order_by(Booking.starts_at, Booking.id)
)
_WORK = (
    select(Assignment.volunteer_id, Shift.starts_at, Shift.source_id, ServiceType.code)
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .where(col(Assignment.volunteer_id).in_(_IDS), col(Assignment.status).in_(sorted(HOLDING)))
)
_CLIENTS = (
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
_NO_BATCH = UUID(int=0)


def _asks_where(condition: Any) -> Any:
    return sa.func.count(sa.distinct(sa.case((condition, _ASK))))


# Counted where they lie: what somebody was asked over the years only grows.
_ASKS = (
    select(  # type: ignore[call-overload]
        Offer.volunteer_id,
        sa.func.count(),
        sa.func.count(col(Offer.answered_at)),
        sa.func.count(sa.case((col(Offer.status).in_([OfferStatus.ACCEPTED, OfferStatus.ACCEPTED_LATE]), 1))),
        sa.func.max(Offer.sent_at),
        _asks_where(col(Offer.sent_at) > sa.bindparam("week")),
        _asks_where(sa.and_(col(Offer.status) == OfferStatus.SENT, col(Offer.respond_by) > sa.bindparam("now"))),
    )
    .where(
        col(Offer.volunteer_id).in_(_IDS),
        sa.or_(col(Offer.batch_id).is_(None), col(Offer.batch_id) != sa.bindparam("batch_id")),
    )
    .group_by(col(Offer.volunteer_id))
)


class _Asks(NamedTuple):
    """What she was asked so far, and how often of late."""

    asked: int = 0
    answered: int = 0
    accepted: int = 0
    last: datetime | None = None
    this_week: int = 0
    open: int = 0


@dataclass(frozen=True)
class Roster:
    """People as values, with their calendars; `ranked` when what is behind them was read too."""

    volunteers: Mapping[UUID, values.Volunteer]
    calendars: Mapping[str, values.Calendar]
    ranked: bool = False


def muster(unit: Unit, volunteer_ids: Iterable[UUID], *, history: bool = True, batch_id: UUID | None = None) -> Roster:
    """Return these volunteers as `scheduling` sees them; without history for doors that do not rank.

    What was sent in the batch that is being sent is the same ask, and not counted beside it.
    """
    ids = sorted(set(volunteer_ids))
    rows = _Rows(unit, ids, history=history, batch_id=batch_id)
    people = {person.id: rows.volunteer(person) for person in unit.rows(_PEOPLE, ids=ids)}
    return Roster(people, {str(one): values.Calendar(tuple(rows.commitments[one])) for one in ids}, history)


class _Rows:
    """Everything that belongs to some volunteers, read table by table and kept by volunteer."""

    def __init__(self, unit: Unit, ids: Sequence[UUID], *, history: bool, batch_id: UUID | None) -> None:
        self._unit = unit
        self._ids = ids
        self._papers = self._by_table()
        self.rules = self._by_volunteer(_RULES)
        self.absences = self._by_volunteer(_ABSENCES)
        self.answers = self._by_volunteer(_ANSWERS, today=unit.today)
        self.commitments = {
            one: [_commitment(*row) for row in rows] for one, rows in self._by_volunteer(_BOOKINGS).items()
        }
        self.commitments = defaultdict(list, self.commitments)
        self.work = self._by_volunteer(_WORK) if history else defaultdict(list)
        self.clients = self._by_volunteer(_CLIENTS, now=unit.now) if history else defaultdict(list)
        self.asks = self._asks(batch_id) if history else {}

    def _by_volunteer(self, statement: Any, **parameters: Any) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        for volunteer_id, *row in self._unit.rows(statement, ids=self._ids, **parameters):
            found[volunteer_id].append(row)
        return found

    def _by_table(self) -> dict[tuple[str, UUID], list[Any]]:
        found: dict[tuple[str, UUID], list[Any]] = defaultdict(list)
        for table, volunteer_id, *columns, _id in self._unit.rows(_PAPERS, ids=self._ids):
            found[table, volunteer_id].append(columns)
        return found

    def _of_table(self, table: Any, volunteer_id: UUID) -> list[Any]:
        """Return the rows of a table of papers: three texts and three days each, in the order they were made."""
        return self._papers[table.__tablename__, volunteer_id]

    def _asks(self, batch_id: UUID | None) -> dict[UUID, _Asks]:
        now = self._unit.now
        since = {"now": now, "week": now - timedelta(days=7), "batch_id": batch_id or _NO_BATCH}
        rows = self._unit.rows(_ASKS, ids=self._ids, **since)
        return {volunteer_id: _Asks(*counted) for volunteer_id, *counted in rows}

    def volunteer(self, row: Any) -> values.Volunteer:
        return values.Volunteer(
            id=str(row.id),
            number=row.volunteer_no,
            engagement=row.engagement,
            status=row.status,
            registered_until=row.valid_until,
            renewing=self._still_renewing(row),
            birth_date=row.birth_date,
            gender=_GENDERS.get(PersonGender(row.gender)),
            languages={
                tag: values.Proficiency(values.Level.parse(speaking), values.Level.parse(listening))
                for tag, speaking, listening, *_ in self._of_table(VolunteerLanguage, row.id)
            },
            skills=frozenset(code for code, *_ in self._of_table(VolunteerSkill, row.id)),
            certificates=tuple(
                _certificate(code, *days)
                for code, _, _, *days in self._of_table(Certification, row.id)
                if _ever_valid(*days)
            ),
            pledges=tuple(
                values.Pledge(version, signed_on)
                for version, kind, _, signed_on, *_ in self._of_table(ConfidentialityPledge, row.id)
                if kind == PledgeKind.CONFIDENTIALITY
            ),
            insurance=tuple(
                DateRange(starts_on, ends_on)
                for _, _, _, starts_on, ends_on, _ in self._of_table(InsuranceCoverage, row.id)
            ),
            child_contact_ok=row.child_contact_ok,
            child_safety=_safety(self._of_table(ChildSafetyCheck, row.id)),
            home_district=row.district_code,
            home=(row.latitude, row.longitude) if row.latitude is not None else None,
            max_travel_km=row.max_travel_km,
            max_per_month=row.max_per_month,
            availability=values.Availability(
                tuple(_rule(*found) for found in self.rules[row.id]),
                tuple(Interval(starts_at, ends_at) for starts_at, ends_at in self.absences[row.id]),
                tuple(_answer(*found) for found in self.answers[row.id]),
            ),
            history=self._history(row.id),
        )

    def _still_renewing(self, row: Any) -> bool:
        """Who declared to stay is provisionally eligible until the grace is over (domain.md §0.1, default 30 April)."""
        until: date | None = row.valid_until
        if not row.renewing or until is None:
            return False
        return self._unit.today <= self._unit.rules.grace_ends(until)

    def _history(self, volunteer_id: UUID) -> values.History:
        asks = self.asks.get(volunteer_id, _Asks())
        work = self.work[volunteer_id]
        since = self._unit.now - timedelta(days=HISTORY_DAYS)
        starts = [starts_at for starts_at, _, _ in work]
        services = [code for starts_at, _, code in work if code and starts_at < self._unit.now]
        return values.History(
            assignments_90d=sum(since <= starts_at for starts_at in starts),
            last_assigned_at=max(starts, default=None),
            last_asked_at=asks.last,
            by_service={code: services.count(code) for code in sorted(set(services))},
            asked=asks.asked,
            answered=asks.answered,
            accepted=min(asks.accepted, asks.answered),
            asks_this_week=asks.this_week,
            open_asks=asks.open,
            clients=frozenset(str(client_id) for (client_id,) in self.clients[volunteer_id]),
        )


def _certificate(code: str, granted_on: Any, expires_on: Any, revoked_on: Any) -> values.Certificate:
    ends = [day for day in (expires_on, revoked_on and revoked_on - timedelta(days=1)) if day is not None]
    return values.Certificate(code, DateRange(granted_on, min(ends, default=None)))


def _ever_valid(granted_on: Any, expires_on: Any, revoked_on: Any) -> bool:
    return (revoked_on is None or revoked_on > granted_on) and (expires_on is None or expires_on >= granted_on)


def _safety(checks: Sequence[Any]) -> DateRange | None:
    """The latest check decides."""
    if not checks:
        return None
    status, _, _, checked_on, valid_until, _ = checks[-1]
    return DateRange(checked_on, valid_until) if status == ChildSafetyStatus.CLEARED else None


def _rule(weekday: int, starts: time, ends: time, valid_from: Any, valid_to: Any, kind: str) -> values.AvailabilityRule:
    return values.AvailabilityRule(
        weekday, starts, ends, DateRange(valid_from, valid_to), preferred=kind is AvailabilityKind.PREFERRED
    )


def _answer(
    first_on: date,
    last_on: date,
    none_this_month: bool,  # noqa: FBT001 - a row of the statement above
    at_most: int | None,
    days: Sequence[Any] | None,
) -> values.CallAnswer:
    """None in the month names no hours; without a list of days her weekly hours hold."""
    named = [] if none_this_month else days
    hours = None if named is None else tuple(_named(*named_hours(entry)) for entry in named)
    return values.CallAnswer(DateRange(first_on, last_on), hours, at_most)


def _named(day: date, starts: time | None, ends: time | None) -> values.AvailabilityRule:
    return values.AvailabilityRule(day.weekday(), starts or time(0), ends or time(0), DateRange(day, day))


def _commitment(  # noqa: PLR0913, PLR0917 - a row of the statement above
    starts_at: datetime,
    ends_at: datetime,
    shift_id: UUID,
    facility_id: UUID | None,
    district: str | None,
    modality: Modality,
    latitude: float | None,
    longitude: float | None,
) -> values.Commitment:
    place = place_of(facility_id, district, modality, latitude, longitude)
    return values.Commitment(Interval(starts_at, ends_at), place, str(shift_id))


def place_of(
    facility_id: UUID | None, district: str | None, modality: Modality, latitude: float | None, longitude: float | None
) -> Place:
    """Return a place as `scheduling` sees it."""
    point = (latitude, longitude) if latitude is not None and longitude is not None else None
    return Place(str(facility_id) if facility_id else None, district, point, remote=modality is not Modality.ON_SITE)
