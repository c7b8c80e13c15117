"""The 215 people of the demo (domain.md §6, set 1): 161 registered, 54 outside the count, in the given proportions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.organization import District
from models.person import ContactChannel, Gender, Person
from models.volunteer import ActivityKind, Engagement, Volunteer, VolunteerActivity, VolunteerStatus
from services.demo.days import DemoDays
from services.demo.directory import Directory
from services.demo.interpreters import Profile, profiles
from services.demo.names import KEY_PERSONS, MARK, SPEAKERS, Foreign, japanese
from services.numbering import volunteer_no
from services.reference import apportion
from services.unit import Unit

REGISTERED = 161
AGES: tuple[tuple[int, int, int], ...] = ((23, 39, 28), (40, 59, 46), (60, 69, 32), (70, 79, 19))
"""First and last year of age, and how many; the 36 youngest are 18 to 22."""
YOUNG = (18, 22)
YOUNG_BESIDE_STUDENTS = 6
STUDENTS: Mapping[str, int] = {"hokuriku": 14, "kanazawa": 10, "seiryo": 6}
TUTORS, EVENT_HANDS = 61, 8
TUTORS_ON_LEAVE, STUDENTS_ON_LEAVE = 6, 4
OUTSIDE: tuple[tuple[VolunteerStatus, int, ActivityKind], ...] = (
    (VolunteerStatus.APPLIED, 7, ActivityKind.INTERPRETATION),
    (VolunteerStatus.SCREENING, 4, ActivityKind.INTERPRETATION),
    (VolunteerStatus.IN_TRAINING, 9, ActivityKind.INTERPRETATION),
    (VolunteerStatus.SUSPENDED, 2, ActivityKind.JAPANESE_TUTORING),
    (VolunteerStatus.EXPIRED, 11, ActivityKind.JAPANESE_TUTORING),
    (VolunteerStatus.WITHDRAWN, 18, ActivityKind.JAPANESE_TUTORING),
    (VolunteerStatus.ANONYMIZED, 3, ActivityKind.JAPANESE_TUTORING),
)
NEVER_REGISTERED = frozenset({VolunteerStatus.APPLIED, VolunteerStatus.SCREENING, VolunteerStatus.IN_TRAINING})


@dataclass(frozen=True)
class Sketch:
    """Somebody before being written down; `key` and `profile` are an interpreter's."""

    kind: ActivityKind
    status: VolunteerStatus = VolunteerStatus.ACTIVE
    university: str | None = None
    key: str | None = None
    profile: Profile | None = None
    foreign: Foreign | None = None
    native_language: str = "ja"
    woman: bool = True
    age: int = 0
    district: str = ""


@dataclass(frozen=True)
class Registered:
    """A volunteer as written, with what was known beforehand."""

    sketch: Sketch
    person: Person
    volunteer: Volunteer


def register(unit: Unit, days: DemoDays, directory: Directory, chance: Random) -> list[Registered]:
    """Write everybody, in the order of their numbers."""
    sketches = [*_settled(unit, chance), *_outside(chance)]
    chance.shuffle(sketches)
    people = [_write(unit, days, directory, chance, sketch, n) for n, sketch in enumerate(sketches, start=1)]
    unit.session.add_all(row for one in people for row in (one.person, one.volunteer))
    unit.session.add_all(VolunteerActivity(volunteer_id=one.volunteer.id, kind=one.sketch.kind) for one in people)
    unit.session.flush()  # accounts and papers point at these
    return people


def _settled(unit: Unit, chance: Random) -> Iterator[Sketch]:
    """Return the registered ones with age and district: students are young, districts follow the foreign residents."""
    kinds = [*_interpreters(), *_tutors(chance), *_students(chance), *_key_persons(chance), *_event_hands(chance)]
    grown = _ages(chance)
    homes = _districts(unit, chance)
    for sketch, district in zip(kinds, homes, strict=True):
        age = chance.randint(*YOUNG) if sketch.university else next(grown)
        yield replace(sketch, age=age, district=district)


def _interpreters() -> Iterator[Sketch]:
    natives = {language: iter(names) for language, names in SPEAKERS.items()}
    for key, profile in profiles():
        first = profile.languages[0]
        yield Sketch(
            ActivityKind.INTERPRETATION,
            VolunteerStatus.ON_LEAVE if profile.on_leave else VolunteerStatus.ACTIVE,
            key=key,
            profile=profile,
            foreign=next(natives[first]) if profile.native else None,
            native_language=first if profile.native else "ja",
            woman=profile.woman,
        )


def _tutors(chance: Random) -> Iterator[Sketch]:
    for n in range(TUTORS):
        yield Sketch(ActivityKind.JAPANESE_TUTORING, _leave(n < TUTORS_ON_LEAVE), woman=_woman(chance))


def _students(chance: Random) -> Iterator[Sketch]:
    universities = [name for name, number in STUDENTS.items() for _ in range(number)]
    for n, university in enumerate(universities):
        status = _leave(n < STUDENTS_ON_LEAVE)
        yield Sketch(ActivityKind.STUDY_SUPPORT, status, university=university, woman=_woman(chance))


def _key_persons(chance: Random) -> Iterator[Sketch]:
    for language, name in KEY_PERSONS:
        yield Sketch(ActivityKind.KEY_PERSON, foreign=name, native_language=language, woman=_woman(chance))


def _event_hands(chance: Random) -> Iterator[Sketch]:
    for _ in range(EVENT_HANDS):
        yield Sketch(ActivityKind.EVENT, woman=_woman(chance))


def _outside(chance: Random) -> Iterator[Sketch]:
    for status, number, kind in OUTSIDE:
        for _ in range(number):
            yield Sketch(kind, status, woman=_woman(chance), age=chance.randint(20, 75), district="central")


def _leave(on_leave: bool) -> VolunteerStatus:  # noqa: FBT001 - read as a question at both calls
    return VolunteerStatus.ON_LEAVE if on_leave else VolunteerStatus.ACTIVE


def _woman(chance: Random) -> bool:
    return chance.random() < 0.7  # noqa: PLR2004 - most volunteers are women


def _ages(chance: Random) -> Iterator[int]:
    ages = [chance.randint(*YOUNG) for _ in range(YOUNG_BESIDE_STUDENTS)]
    ages += [chance.randint(first, last) for first, last, number in AGES for _ in range(number)]
    chance.shuffle(ages)
    return iter(ages)


def _districts(unit: Unit, chance: Random) -> list[str]:
    rows = unit.session.exec(select(District).order_by(col(District.position))).all()
    numbers = apportion(REGISTERED, [row.foreign_population for row in rows])
    homes = [row.code for row, number in zip(rows, numbers, strict=True) for _ in range(number)]
    chance.shuffle(homes)
    return homes


def _write(unit: Unit, days: DemoDays, directory: Directory, chance: Random, sketch: Sketch, n: int) -> Registered:
    person = _person(unit, days, chance, sketch, n)
    return Registered(sketch, person, _volunteer(unit, days, directory, chance, sketch, person))


def _person(unit: Unit, days: DemoDays, chance: Random, sketch: Sketch, n: int) -> Person:
    if sketch.status is VolunteerStatus.ANONYMIZED:
        return Person(**unit.stamp(), contact_channel=ContactChannel.POSTAL)
    name = sketch.foreign.columns() if sketch.foreign else japanese(chance, woman=sketch.woman)
    return Person(
        **unit.stamp(),
        **name,
        birth_date=_born(days.today, sketch.age, chance),
        gender=Gender.FEMALE if sketch.woman else Gender.MALE,
        native_language=sketch.native_language,
        contact_languages=sorted({"ja", sketch.native_language}),
        phone=f"076-000-{n:04d}",
        contact_channel=ContactChannel.EMAIL if sketch.status is VolunteerStatus.ACTIVE else ContactChannel.PHONE,
        district_code=sketch.district,
    )


def _born(today: date, age: int, chance: Random) -> date:
    return today - relativedelta(years=age) - timedelta(days=chance.randint(1, 360))


def _volunteer(
    unit: Unit, days: DemoDays, directory: Directory, chance: Random, sketch: Sketch, person: Person
) -> Volunteer:
    university = sketch.university
    return Volunteer(
        **unit.stamp(),
        **_registration(days, sketch, chance),
        **_limits(sketch, chance),
        person_id=person.id,
        volunteer_no=volunteer_no(unit),
        status=sketch.status,
        engagement=Engagement.VOLUNTEER,
        affiliation_id=directory.organizations[university] if university else None,
        is_student=university is not None,
        occupation="学生" if university else None,
        disaster_ready=sketch.kind is ActivityKind.KEY_PERSON,
        notes_staff=MARK,
    )


def _registration(days: DemoDays, sketch: Sketch, chance: Random) -> dict[str, Any]:
    """Return from when to when the registration runs: two fiscal years, until a 31 March (domain.md §4.1)."""
    if sketch.status in NEVER_REGISTERED:
        return {"registered_on": None, "valid_until": None}
    ended = sketch.status not in {VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE, VolunteerStatus.SUSPENDED}
    years_on = -2 if ended else chance.choice((0, 1))
    valid_until = days.registration_end(years_on)
    since = min(valid_until, days.today) - timedelta(days=chance.randint(90, 600))
    return {"registered_on": since, "valid_until": valid_until, **_left(days, sketch)}


def _left(days: DemoDays, sketch: Sketch) -> dict[str, Any]:
    """Return when somebody left and how long she is kept: until after the demo's dates."""
    if sketch.status not in {VolunteerStatus.EXPIRED, VolunteerStatus.WITHDRAWN}:
        return {}
    return {"left_on": days.today - timedelta(days=60), "purge_on": days.registration_end(1) + timedelta(days=1)}


def _limits(sketch: Sketch, chance: Random) -> dict[str, Any]:
    profile = sketch.profile
    certified = profile is not None and profile.steps > 0
    return {
        "max_per_month": profile.per_month if profile else 4,
        "max_travel_km": 20 if certified else chance.choice((5, 8, 12, None)),
        "home_visit_ok": profile is not None and profile.steps > 1,
        "child_contact_ok": sketch.university is not None or (profile is not None and profile.school),
    }
