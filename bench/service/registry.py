"""A registry of many people with their papers, as years of renewals leave it: dates spread over terms and months."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from bench.service.season import LANGUAGES, NOW, Season
from models.assignment import Assignment, AssignmentStatus, Booking, BookingSource, Via
from models.availability import AvailabilityKind, AvailabilityRule
from models.base import new_id
from models.competence import (
    Certification,
    ConfidentialityPledge,
    Direction,
    Evidence,
    InsuranceCoverage,
    InsurancePlan,
    Level,
    PledgeKind,
    PledgeMethod,
    VolunteerLanguage,
)
from models.person import ContactChannel, Gender, Person
from models.shift import Demand, Shift, ShiftStatus
from models.tables import METADATA
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.clock import SetClock
from services.unit import Unit
from tests.databases import fill, settings_for, wired

CHUNK: Final = 2_000
TERM_DAYS: Final = 730
_MORNING, _EVENING = time(8), time(21)


def fill_registry(url: str, *, volunteers: int, shifts: int) -> None:
    """Fill an empty database: half of the people are registered until the next 31 March, half for a year more.

    Certificates end on every day of two years; `shifts` of the coming weeks have one of the people each.
    """
    fill(url)
    wiring = wired(settings_for(url), SetClock(NOW))
    try:
        with wiring.unit() as unit:
            season = Season(unit)
            opened = [season.opened(number) for number in range(shifts)]
            season.write()
            _write(unit, (row for number in range(volunteers) for row in _somebody(unit, number)))
            _stand(unit, opened)
    finally:
        wiring.database.close()


def _write(unit: Unit, rows: Iterator[SQLModel]) -> None:
    """Write rows in chunks, as columns: as entities they would take minutes."""
    tables = {table: depth for depth, table in enumerate(METADATA.sorted_tables)}
    while chunk := list(islice(rows, CHUNK)):
        by_table: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in chunk:
            by_table[row.__table__].append(row.model_dump())  # type: ignore[attr-defined]
        for table in sorted(by_table, key=tables.__getitem__):
            unit.session.execute(sa.insert(table), by_table[table])


def _somebody(unit: Unit, number: int) -> Iterator[SQLModel]:
    stamp = {**unit.stamp(), "version": 1}
    person = Person(
        family_name="架空",
        preferred_name=f"ハナ{number}",
        birth_date=date(1990, 4, 1),
        gender=Gender.FEMALE,
        email=f"person{number}@example.jp",
        contact_channel=ContactChannel.EMAIL,
        district_code="east",
        **stamp,
    )
    volunteer = Volunteer(
        id=new_id(),
        person_id=person.id,
        volunteer_no=f"V-{number:06d}",
        status=VolunteerStatus.ACTIVE,
        engagement=Engagement.VOLUNTEER,
        registered_on=date(2024, 4, 1),
        valid_until=date(2026 + number % 2, 3, 31),
        hours_asked_on=date(2025, 10, 1),
        **stamp,
    )
    yield person
    yield volunteer
    yield from _papers(volunteer, number, stamp)


def _papers(volunteer: Volunteer, number: int, stamp: dict[str, Any]) -> Iterator[SQLModel]:
    whose = {"volunteer_id": volunteer.id, **stamp}
    for code in ("checkup", "home_visit"):
        ends = NOW.date() + timedelta(days=60 + number % TERM_DAYS)
        yield Certification(cert_code=code, granted_on=ends - timedelta(days=TERM_DAYS), expires_on=ends, **whose)
    yield ConfidentialityPledge(
        kind=PledgeKind.CONFIDENTIALITY,
        version_code="2025-04",
        signed_on=date(2025, 4, 1),
        method=PledgeMethod.PAPER,
        **whose,
    )
    yield InsuranceCoverage(
        fiscal_year=2025,
        plan=InsurancePlan.BASIC,
        starts_on=date(2025, 4, 1),
        ends_on=date(2026, 3, 31),
        **whose,
    )
    for tag, level in (("ja", Level.NATIVE), (LANGUAGES[number % len(LANGUAGES)], Level.C1)):
        yield VolunteerLanguage(
            tag=tag, direction=Direction.BOTH, speaking=level, listening=level, evidence=Evidence.INTERVIEW, **whose
        )
    for weekday in range(5):
        yield AvailabilityRule(
            weekday=weekday,
            starts=_MORNING,
            ends=_EVENING,
            valid_from=date(2025, 4, 1),
            kind=AvailabilityKind.AVAILABLE,
            **whose,
        )


def _stand(unit: Unit, opened: list[tuple[Shift, Demand]]) -> None:
    """Put somebody who speaks the language on each shift."""
    people = unit.session.execute(
        sa.select(VolunteerLanguage.tag, VolunteerLanguage.volunteer_id).order_by(VolunteerLanguage.id)  # type: ignore[call-overload]
    )
    speakers: dict[str, list[Any]] = defaultdict(list)
    for tag, volunteer_id in people:
        speakers[tag].append(volunteer_id)
    for shift, demand in opened:
        held = Assignment(
            shift_id=shift.id,
            demand_id=demand.id,
            volunteer_id=speakers[demand.language or ""].pop(),
            via=Via.HAND,
            status=AssignmentStatus.CONFIRMED,
            confirmed_at=NOW,
            **unit.stamp(),
        )
        times = {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
        unit.session.add(held)
        unit.session.flush()
        unit.session.add(
            Booking(volunteer_id=held.volunteer_id, source_type=BookingSource.ASSIGNMENT, source_id=held.id, **times)
        )
        demand.taken, shift.status = 1, ShiftStatus.FILLED
