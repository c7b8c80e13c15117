"""The one mapping from rows of people to the values that `scheduling` judges: a constant number of queries for any number.

Columns are selected by statements built once; nothing here is written, so no row object is needed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from models.availability import AvailabilityKind
from models.availability_call import named_hours
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
from models.person import Gender as PersonGender
from models.shift import Modality
from models.volunteer import VolunteerActivity
from scheduling import problem as values
from scheduling.interval import DateRange, Interval, local_instant
from services import roster_statements as statements
from services.growing import steps_where_asked
from services.places import place_of
from services.unit import Unit

_GENDERS = {PersonGender.FEMALE: values.Gender.female, PersonGender.MALE: values.Gender.male}
HISTORY_DAYS = 90
READY = "disaster_ready"
BROUGHT = statements.BROUGHT
"""What a demand asks for as it asks for a skill: that somebody is ready for disasters, or offers to lecture or read aloud
(docs/decisions/0022)."""
_NO_BATCH = UUID(int=0)


class _Asks(NamedTuple):
    """What she was asked so far, and how often of late."""

    asked: int = 0
    answered: int = 0
    accepted: int = 0
    last: datetime | None = None
    this_week: int = 0
    open: int = 0
    first_this_week: datetime | None = None
    next_overdue: datetime | None = None


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
    people = {person.id: rows.volunteer(person) for person in unit.rows(statements.PEOPLE, ids=ids)}
    return Roster(people, {str(one): values.Calendar(tuple(rows.commitments[one])) for one in ids}, history)


@dataclass(frozen=True)
class Kept:
    """Somebody as a value, with her calendar; from `until` on the clock alone may make her another."""

    volunteer: values.Volunteer
    calendar: values.Calendar
    until: datetime | None


def muster_to_keep(unit: Unit, volunteer_ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """Return these volunteers as `muster` does, each with the instant until which that holds while no row changes."""
    ids = sorted(set(volunteer_ids))
    rows = _Rows(unit, ids, history=True, batch_id=None)
    return {
        person.id: Kept(rows.volunteer(person), values.Calendar(tuple(rows.commitments[person.id])), rows.until(person))
        for person in unit.rows(statements.PEOPLE, ids=ids)
    }


class _Rows:
    """Everything that belongs to some volunteers, read table by table and kept by volunteer."""

    def __init__(self, unit: Unit, ids: Sequence[UUID], *, history: bool, batch_id: UUID | None) -> None:
        self._unit = unit
        self._ids = ids
        self._papers = self._by_table()
        self.rules = self._by_volunteer(statements.RULES)
        self.absences = self._by_volunteer(statements.ABSENCES)
        self.answers = self._by_volunteer(statements.ANSWERS, today=unit.today)
        self.commitments = {
            one: [_commitment(*row) for row in rows] for one, rows in self._by_volunteer(statements.BOOKINGS).items()
        }
        self.commitments = defaultdict(list, self.commitments)
        self.work = self._by_volunteer(statements.WORK) if history else defaultdict(list)
        self.clients = self._by_volunteer(statements.CLIENTS, now=unit.now) if history else defaultdict(list)
        self.asks = self._asks(batch_id) if history else {}
        self.steps = steps_where_asked(unit, ids)

    def _by_volunteer(self, statement: Any, **parameters: Any) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        for volunteer_id, *row in self._unit.rows(statement, ids=self._ids, **parameters):
            found[volunteer_id].append(row)
        return found

    def _by_table(self) -> dict[tuple[str, UUID], list[Any]]:
        found: dict[tuple[str, UUID], list[Any]] = defaultdict(list)
        for table, volunteer_id, *columns, _id in self._unit.rows(statements.PAPERS, ids=self._ids):
            found[table, volunteer_id].append(columns)
        return found

    def _of_table(self, table: Any, volunteer_id: UUID) -> list[Any]:
        """Return the rows of a table of papers: three texts and three days each, in the order they were made."""
        return self._papers[table.__tablename__, volunteer_id]

    def _asks(self, batch_id: UUID | None) -> dict[UUID, _Asks]:
        now = self._unit.now
        since = {"now": now, "week": now - timedelta(days=7), "batch_id": batch_id or _NO_BATCH}
        rows = self._unit.rows(statements.ASKS, ids=self._ids, **since)
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
            skills=self._skills(row),
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
            steps=self.steps[row.id],
        )

    def _skills(self, row: Any) -> frozenset[str]:
        registered = [code for code, *_ in self._of_table(VolunteerSkill, row.id)]
        offered = [kind for kind, *_ in self._of_table(VolunteerActivity, row.id)]
        return frozenset([*registered, *offered, *([READY] if row.disaster_ready else [])])

    def _still_renewing(self, row: Any) -> bool:
        """Who declared to stay is provisionally eligible until the grace is over (domain.md §0.1, default 30 April)."""
        until: date | None = row.valid_until
        if not row.renewing or until is None:
            return False
        return self._unit.today <= self._unit.rules.grace_ends(until)

    def until(self, row: Any) -> datetime | None:
        """Return when the clock will next change what she is: whatever above compares with the present is here."""
        asks, starts = self.asks.get(row.id, _Asks()), [starts_at for starts_at, _, _ in self.work[row.id]]
        days = [last_on for _, last_on, *_ in self.answers[row.id]]
        if self._still_renewing(row):
            days.append(self._unit.rules.grace_ends(row.valid_until))
        instants = [
            *starts,
            *(one + timedelta(days=HISTORY_DAYS) for one in starts),
            *([asks.first_this_week + timedelta(days=7)] if asks.first_this_week else []),
            *([asks.next_overdue] if asks.next_overdue else []),
            *(local_instant(day + timedelta(days=1), time(0), self._unit.zone) for day in days),
        ]
        return min((one for one in instants if one >= self._unit.now), default=None)

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
