"""The demo's five classrooms (domain.md §6, set 6): 46 learners, nine sessions around today, played through the services."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from uuid import UUID

from models.assignment import ClaimCreate
from models.attendance import AttendanceStatus, RollEntry, RollPut
from models.class_session import Calloff, ClassSessionOpening, ClassSessionView, OpenMode
from models.classroom import ClassroomCreate, ClassroomKind, TermCreate, TutorEntry, TutorList, TutorRole
from models.enrollment import ClassEnrollmentCreate
from models.learner import ConsentCreate, ConsentScope, LearnerCreate, LearnerGuardianDraft, PickupRule, SchoolStage
from models.shift import Shift
from services import (
    claiming,
    classrooms,
    enrolling_learners,
    learners,
    moving_classes,
    opening_classes,
    passing,
    rolls,
    terms,
)
from services.actor import SYSTEM
from services.demo.stage import Stage

SATURDAY, SUNDAY, WEDNESDAY = 5, 6, 2
FOUNDED = -15
"""The business day on which the classrooms began, three weeks before today."""
HALF_AN_HOUR = timedelta(minutes=30)

STAGES: Mapping[SchoolStage, int] = {
    SchoolStage.ELEMENTARY: 24,
    SchoolStage.JUNIOR_HIGH: 11,
    SchoolStage.HIGH_SCHOOL_AGE: 5,
    SchoolStage.ADULT: 6,
}
LANGUAGES: Mapping[str, int] = {"id": 12, "zh": 10, "vi": 8, "ne": 5, "en": 4, "fa": 3, "ru": 2, "my": 2}
NAMES = ("アニ", "リン", "ミン", "シタ", "ルカ", "ナビ", "ユリ", "テト", "マイ", "サラ", "ハナ", "ノア")
WITHOUT_CONSENT = frozenset({12, 28})
"""Of the children in the order in which they are written, whose guardians have not signed."""


@dataclass(frozen=True)
class Room:
    """A classroom: its place, its day of the week and hours, how many learn and wait, and its sessions.

    Each session is (weeks from the first such day after today, tutors who come, whether it is cancelled).
    """

    code: str
    name: str
    kind: ClassroomKind
    place: str | None
    weekday: int
    hours: tuple[time, time]
    learning: int
    meets: tuple[tuple[int, int, bool], ...]
    waiting: int = 0
    capacity: int = 12
    options: Mapping[str, object] = field(default_factory=dict)


_MORNING = (time(10), time(11, 30))
ROOMS = (
    Room("east", "東部日本語教室（架空）", ClassroomKind.COMMUNITY_CLASS, "hall_east", SATURDAY, _MORNING, 12,
         ((0, 1, False),), waiting=4),
    Room("south", "南部日本語教室（架空）", ClassroomKind.COMMUNITY_CLASS, "hall_south", SATURDAY, _MORNING, 8,
         ((1, 3, False),)),
    Room("west", "西部日本語教室（架空）", ClassroomKind.COMMUNITY_CLASS, "hall_west", SATURDAY, _MORNING, 8,
         ((-1, 3, False), (2, 2, False))),
    Room("support", "日本語学習サポート教室（架空）", ClassroomKind.SUPPORT_CLASS, "office", SUNDAY, _MORNING, 8,
         ((-1, 3, False), (0, 3, False), (2, 0, True))),
    Room("online", "オンライン教室（架空）", ClassroomKind.ONLINE, None, WEDNESDAY, (time(19), time(20)), 6,
         ((-1, 2, False), (1, 2, False)), options={"for_children": False, "learner_ratio": 3}),
)  # fmt: skip


def run(stage: Stage) -> None:
    """Set the classrooms up, let learners come, and play what has taken place."""
    newcomers = iter(list(_newcomers(stage)))
    tutors = cycle(stage.students)
    for room in ROOMS:
        classroom_id = _found(stage, room)
        _enroll(stage, room, classroom_id, list(islice(newcomers, room.learning + room.waiting)))
        _name_tutors(stage, classroom_id, list(islice(tutors, 5)))
        for meets in room.meets:
            _meet(stage, room, classroom_id, meets, tutors)


def _founded(stage: Stage) -> datetime:
    return stage.days.at(FOUNDED, time(10))


def _found(stage: Stage, room: Room) -> UUID:
    draft = ClassroomCreate(
        code=room.code,
        name=room.name,
        kind=room.kind,
        organization_id=stage.directory.organizations["foundation"],
        facility_id=stage.directory.facilities[room.place] if room.place else None,
        capacity=room.capacity,
        **room.options,  # type: ignore[arg-type]
    )
    return classrooms.create(stage.office(_founded(stage)), draft).id


def _newcomers(stage: Stage) -> Iterator[UUID]:
    """Write everybody who learns, children first, in languages that take turns."""
    manager = stage.manager(_founded(stage))
    stages = [one for one, number in STAGES.items() for _ in range(number)]
    languages = [tag for tag, number in LANGUAGES.items() for _ in range(number)]
    for n, (school_stage, tag) in enumerate(zip(stages, _shuffled(languages), strict=True)):
        child = school_stage is not SchoolStage.ADULT
        draft = LearnerCreate(
            first_name=f"{NAMES[n % len(NAMES)]}（架空）",
            school_stage=school_stage,
            native_language=tag,
            pickup_rule=PickupRule.GUARDIAN if child else None,
            guardian=_guardian(n, tag) if child else None,
        )
        learner_id = learners.create(manager, draft).id
        if child and n not in WITHOUT_CONSENT:
            signed = ConsentCreate(scopes=[ConsentScope.PARTICIPATION], signed_on=manager.today, language=tag)
            learners.consent(manager, learner_id, signed)
        yield learner_id


def _shuffled(languages: Sequence[str]) -> list[str]:
    """Spread the languages: 5 has no divisor in common with 46, so every place is met once."""
    return [languages[(5 * n) % len(languages)] for n in range(len(languages))]


def _guardian(n: int, tag: str) -> LearnerGuardianDraft:
    return LearnerGuardianDraft(name=f"保護者{n + 1}（架空）", phone=f"076-000-{2000 + n}", language=tag)


def _enroll(stage: Stage, room: Room, classroom_id: UUID, learner_ids: Sequence[UUID]) -> None:
    manager = stage.manager(_founded(stage))
    for n, learner_id in enumerate(learner_ids):
        asked = enrolling_learners.inquire(
            manager, ClassEnrollmentCreate(classroom_id=classroom_id, learner_id=learner_id)
        )
        for verb in ("interview", "enroll" if n < room.learning else "waitlist"):
            enrolling_learners.move(manager, asked.id, verb)


def _name_tutors(stage: Stage, classroom_id: UUID, volunteer_ids: Sequence[UUID]) -> None:
    parts = (TutorRole.LEAD, TutorRole.REGULAR, TutorRole.REGULAR, TutorRole.RESERVE, TutorRole.RESERVE)
    entries = [TutorEntry(volunteer_id=one, role=part) for one, part in zip(volunteer_ids, parts, strict=True)]
    classrooms.name_tutors(stage.manager(_founded(stage)), classroom_id, TutorList(items=entries))


def _meet(stage: Stage, room: Room, classroom_id: UUID, meets: tuple[int, int, bool], tutors: Iterator[UUID]) -> None:
    weeks, coming, is_cancelled = meets
    day = _day(stage, room.weekday, weeks)
    draft = TermCreate(
        name=f"{day.year}年{day.month}月",
        rule="FREQ=WEEKLY;COUNT=1",
        starts_on=day,
        starts=room.hours[0],
        ends=room.hours[1],
        skip_holidays=False,
    )
    (session,) = terms.create(stage.manager(_founded(stage)), classroom_id, draft).sessions
    for volunteer_id in islice(tutors, coming):
        claiming.claim(stage.tutor(volunteer_id, _founded(stage)), session.shift_id, ClaimCreate())
    if is_cancelled:
        moving_classes.cancel(stage.manager(stage.unit.now), session.id, Calloff(reason="会場の工事のため"))
    elif weeks < 0:
        _hold(stage, session)


def _day(stage: Stage, weekday: int, weeks: int) -> date:
    """Return such a day of the week, counted from the first one after today."""
    today = stage.days.today
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1 + 7 * weeks)


def _hold(stage: Stage, session: ClassSessionView) -> None:
    """Open a past session, note who came, and record it the day after."""
    opening = ClassSessionOpening(mode=OpenMode.FULL)
    opening_classes.open_session(stage.manager(session.starts_at - HALF_AN_HOUR), session.id, opening)
    for at in (session.starts_at, session.ends_at):
        clock = stage.acting(SYSTEM, at)
        passing.catch_up(clock, clock.lock(Shift, session.shift_id))
    manager = stage.manager(session.ends_at)
    lines = rolls.read_roll(manager, session.id).items
    entries = [
        RollEntry(learner_id=line.learner_id, status=_mark(n) if line.consent else AttendanceStatus.KEPT_SAFE)
        for n, line in enumerate(lines)
    ]
    rolls.write_roll(manager, session.id, RollPut(items=entries))
    rolls.record(manager, session.id)


def _mark(n: int) -> AttendanceStatus:
    """One of eight told that she would not come, one came late."""
    return {3: AttendanceStatus.ABSENT_NOTIFIED, 5: AttendanceStatus.LATE}.get(n % 8, AttendanceStatus.PRESENT)
