"""What makes a good pair of a learner and a tutor, and who may teach at all: the values and the criteria (domain.md §4.5).

Who may teach is judged by the hard rules of `scheduling.constraints`; `scheduling.pairs` chooses. Integer points, each
with the fact behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scheduling import constraints
from scheduling.objective import Reason
from scheduling.people import Gender, Level, Volunteer
from scheduling.problem import Calendar, Need, Rules, Shift, Violation

WEIGHTS: Final[Mapping[str, int]] = {
    "continuity": 400,
    "language": 300,
    "gender": 200,
    "level": 150,
    "load": 150,
    "age": 100,
    "presence": 100,
}
"""The most points of each criterion."""
FAR_YEARS: Final = 40
"""Years between two people at which nearness in age gives nothing."""
TRAINED: Final = frozenset({"jp_teaching_420h", "jltct"})
KNOWS_SCHOOL: Final = frozenset({"school_system"})
_PAPERS: Final = (
    constraints.status,
    constraints.age,
    constraints.pledge,
    constraints.insurance,
    constraints.child_safety,
)
"""The rules that speak of a person whatever the hour."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """A learner who is to have a tutor. `age` is about that of her stage in school, None for adults; `wish` a wish alone.

    `present` names the tutors of her living pairings, `before` those she learned with, `excluded` those with whom it
    did not go.
    """

    id: str
    language: str
    level: Level | None = None
    age: int | None = None
    wish: Gender | None = None
    present: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Teacher:
    """A tutor of the classroom, and on how many of its sessions to come she stands.

    A reserve comes when somebody is missing: she keeps the learners she has, and is proposed to nobody.
    """

    volunteer: Volunteer
    sessions: int = 0
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """The session by which tutors are judged, the most learners one of them may have, and how many sessions are to come."""

    shift: Shift
    need: Need
    rules: Rules
    most: int
    sessions: int


def bar(volunteer: Volunteer, room: Room) -> str | None:
    """Return the code of the rule by which somebody may not teach here; what can be mended before the day is none."""
    return next((one.code for one in bars(volunteer, room.shift, room.need, room.rules)), None)


def bars(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> tuple[Violation, ...]:
    """Return the rules by which somebody may not teach at a session; what can be mended before the day is none."""
    found = (rule(volunteer, shift, need, Calendar(), rules) for rule in _PAPERS)
    return tuple(one for one in found if one is not None and not one.mendable)


def appraise(pupil: Pupil, teacher: Teacher, load: int, room: Room) -> tuple[Reason, ...]:
    """Return the reasons for a pair when the tutor has so many learners already; what gives no points is silent."""
    given = (
        _continuity(pupil, teacher),
        _language(pupil, teacher),
        _gender(pupil, teacher),
        _level(pupil, teacher),
        crowd(load, room),
        _age(pupil, teacher, room),
        _given("presence", teacher.sessions, room.sessions, {"sessions": teacher.sessions, "of": room.sessions}),
    )
    return tuple(one for one in given if one is not None)


def crowd(load: int, room: Room) -> Reason | None:
    """Return the reason for a tutor who has so many learners already: each further one gives less."""
    return _given("load", room.most - load, room.most, {"learners": load})


def _given(criterion: str, part: int, whole: int, facts: Mapping[str, object]) -> Reason | None:
    points = WEIGHTS[criterion] * part // max(1, whole)
    return Reason(criterion, points, facts) if points > 0 else None


def _continuity(pupil: Pupil, teacher: Teacher) -> Reason | None:
    """Whoever taught her before."""
    return _given("continuity", int(teacher.volunteer.id in pupil.before), 1, {})


def _language(pupil: Pupil, teacher: Teacher) -> Reason | None:
    """By the level at which the tutor speaks her language; half of it for who gets along in Japanese, from B1 on."""
    spoken = teacher.volunteer.languages.get(pupil.language)
    if spoken is None:
        return None
    whole = Level.NATIVE * (1 if _begins(pupil) else 2)
    return _given("language", spoken.level, whole, {"language": pupil.language, "level": spoken.level.code})


def _begins(pupil: Pupil) -> bool:
    return pupil.level is None or pupil.level < Level.B1


def _gender(pupil: Pupil, teacher: Teacher) -> Reason | None:
    wished = pupil.wish is not None and pupil.wish is teacher.volunteer.gender
    return _given("gender", int(wished), 1, {})


def _level(pupil: Pupil, teacher: Teacher) -> Reason | None:
    """Prefer a trained teacher for who begins, and who knows school for a child that gets along."""
    wanted = TRAINED if _begins(pupil) else KNOWS_SCHOOL if pupil.age is not None else frozenset()
    held = sorted(wanted & teacher.volunteer.skills)
    return _given("level", 1, 1, {"skills": held}) if held else None


def _age(pupil: Pupil, teacher: Teacher, room: Room) -> Reason | None:
    """Children find their way more easily with somebody near them in age; nothing is said of adults."""
    born = teacher.volunteer.birth_date
    if pupil.age is None or born is None:
        return None
    apart = abs(constraints.age_on(born, room.rules.day_of(room.shift)) - pupil.age)
    return _given("age", FAR_YEARS - apart, FAR_YEARS, {})
