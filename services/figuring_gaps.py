"""What the report on gaps is counted from: demand as lacks of one kind each, and who could meet it (domain.md §8).

Requests tell what was; the newest plan of each activity to come tells what will stay open, and who lacks a certificate
alone. The number of queries is the same for any number of either.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.availability import AvailabilityRule
from models.base import UtcDateTime
from models.competence import Certification, VolunteerLanguage
from models.person import Person
from models.plan import Plan, PlanStatus, PlanUnfilled
from models.shift import Demand, DemandLanguage, Shift, ShiftStatus
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.courses import in_force_on
from services.figuring_cases import Case, bounds
from services.unit import Unit


@dataclass(frozen=True)
class Lack:
    """Demand of one kind. `tags` meet the language; `trainable` are numbers of people who lack the certificate alone."""

    day: date
    language: str
    tags: tuple[str, ...]
    certificates: tuple[str, ...]
    district: str | None
    requests: int = 0
    unmet: int = 0
    places: int = 0
    trainable: frozenset[str] = frozenset()

    @property
    def weekday(self) -> int:
        """The day of the week, Monday is 0."""
        return self.day.weekday()


@dataclass(frozen=True)
class Supply:
    """Active volunteers by what they could meet, each set by its key."""

    speakers: Mapping[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    certified: Mapping[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    free: Mapping[int, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    living: Mapping[str | None, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def speaking(self, lack: Lack) -> set[UUID]:
        """Return who speaks a language that meets the demand."""
        return set().union(*(self.speakers[tag] for tag in lack.tags))

    def able(self, lack: Lack) -> set[UUID]:
        """Return who speaks it and holds every certificate asked for."""
        return self.speaking(lack).intersection(*(self.certified[code] for code in lack.certificates))


def asked_for(cases: Iterable[Case]) -> Iterator[Lack]:
    """Give a lack for each request: one that nobody came to is unmet."""
    for case in cases:
        yield Lack(
            case.day, case.language, case.tags, case.certificates, case.district, requests=1, unmet=int(case.unmet)
        )


_SINCE: sa.BindParameter[Any] = sa.bindparam("since", type_=UtcDateTime())
_UNTIL: sa.BindParameter[Any] = sa.bindparam("until", type_=UtcDateTime())
_PLANS = (
    select(Plan.id, Plan.starts_from, Plan.starts_to, Plan.activities)
    .where(
        col(Plan.status).in_([PlanStatus.READY, PlanStatus.APPLIED]),
        col(Plan.starts_from) < _UNTIL,
        col(Plan.starts_to) > _SINCE,
    )
    .order_by(col(Plan.solved_at).desc(), col(Plan.id).desc())
)
_FREE = col(Demand.places) - col(Demand.taken)
_LEFT_OPEN = (
    select(  # type: ignore[call-overload]
        PlanUnfilled.plan_id,
        PlanUnfilled.demand_id,
        PlanUnfilled.why,
        Shift.starts_at,
        Shift.kind,
        Shift.district_code,
        Demand.language,
        Demand.certifications,
        sa.case((col(PlanUnfilled.places) < _FREE, PlanUnfilled.places), else_=_FREE).label("places"),
    )
    .join(Demand, col(Demand.id) == PlanUnfilled.demand_id)
    .join(Shift, col(Shift.id) == PlanUnfilled.shift_id)
    .where(
        col(Shift.status) == ShiftStatus.OPEN,
        col(Shift.starts_at) >= _SINCE,
        col(Shift.starts_at) < _UNTIL,
        col(Demand.language).is_not(None),
        col(Demand.taken) < col(Demand.places),
    )
    .order_by(col(Shift.starts_at), col(PlanUnfilled.id))
)
_TAGS = (
    select(DemandLanguage.demand_id, DemandLanguage.tag)
    .where(col(DemandLanguage.demand_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(DemandLanguage.tag))
)


def left_open(unit: Unit, first: date, last: date) -> list[Lack]:
    """Return what stays open of activities to come in the period, as the newest plan of each says it."""
    period = bounds(unit, first, last)
    period["since"] = max(period["since"], unit.now)
    plans = unit.rows(_PLANS, **period).all()
    rows = [row for row in unit.rows(_LEFT_OPEN, **period) if row.plan_id == _newest(plans, row.starts_at, row.kind)]
    tags: dict[UUID, list[str]] = defaultdict(list)
    for demand_id, tag in unit.rows(_TAGS, ids=[row.demand_id for row in rows]):
        tags[demand_id].append(tag)
    return [_lack(unit, row, tags[row.demand_id]) for row in rows]


def _newest(plans: Sequence[Any], starts_at: datetime, kind: str) -> UUID | None:
    """Return the newest plan that looked at an activity; what it does not leave open is not open for an older one's sake."""
    covering = (
        plan.id
        for plan in plans
        if plan.starts_from <= starts_at < plan.starts_to and (not plan.activities or kind in plan.activities)
    )
    return next(covering, None)


def _lack(unit: Unit, row: Any, tags: Sequence[str]) -> Lack:
    trainable = (number for code, _, numbers in row.why["sole_blockers"] if code == "ASG_NO_CERT" for number in numbers)
    return Lack(
        unit.local_day(row.starts_at),
        row.language,
        tuple(tags),
        tuple(sorted(row.certifications)),
        row.district_code,
        places=row.places,
        trainable=frozenset(trainable),
    )


_ACTIVE = (col(Volunteer.status) == VolunteerStatus.ACTIVE, col(Volunteer.engagement) == Engagement.VOLUNTEER)
_SPEAKERS = (
    select(VolunteerLanguage.tag, VolunteerLanguage.volunteer_id)
    .join(Volunteer, col(Volunteer.id) == VolunteerLanguage.volunteer_id)
    .where(*_ACTIVE)
)
_LIVING = select(Person.district_code, Volunteer.id).join(Person, col(Person.id) == Volunteer.person_id).where(*_ACTIVE)


def read_supply(unit: Unit) -> Supply:
    """Return the active volunteers as they are today; staff and partners who interpret as well are not counted."""
    certified = select(Certification.cert_code, Certification.volunteer_id).where(in_force_on(unit.today))
    free = select(AvailabilityRule.weekday, AvailabilityRule.volunteer_id).where(
        col(AvailabilityRule.valid_from) <= unit.today,
        sa.or_(col(AvailabilityRule.valid_to).is_(None), col(AvailabilityRule.valid_to) >= unit.today),
    )
    supply = Supply()
    for sets, statement in (
        (supply.speakers, _SPEAKERS),
        (supply.certified, certified),
        (supply.free, free),
        (supply.living, _LIVING),
    ):
        for key, volunteer_id in unit.rows(statement):
            sets[key].add(volunteer_id)
    return supply
