"""Opening a class, and opening it otherwise once it is open: by one rule (domain.md §0.1, §4.5).

Two adults always, enough tutors unless it is reduced or merged, and every tutor cleared where children are. Who may not
come that day counts for nothing, whether she stands on the shift or not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.class_session import ClassSession, ClassSessionOpening, ClassSessionStatus, ClassSessionView, OpenMode
from models.classroom import Classroom
from models.person import Person
from models.shift import TRAINEE, Demand
from models.volunteer import Volunteer
from scheduling.constraints import Verdict, age_on
from services.errors import Broken, Refused, broken, invalid
from services.keeping_from_children import UNCLEARED
from services.opening_anew import open_guests
from services.rejudging import verdicts
from services.running_classes import count_learners, move, shift_of, take_session
from services.showing_classes import COMING, show_session
from services.unit import Unit

ADULTS = 2
"""A class is never alone with one adult."""
OF_AGE = 18
RUNNING = frozenset({ClassSessionStatus.OPEN})
"""States of a session with which another can be held."""
_OF_THE_DAY = frozenset({"ASG_NO_PLEDGE", "ASG_NO_INSURANCE", UNCLEARED})
"""What has to hold of a tutor on the day, beside her registration. Her age says whether she is an adult, and no more."""


def open_session(unit: Unit, session_id: UUID, draft: ClassSessionOpening) -> ClassSessionView:
    """Open a session, or open it otherwise while it lasts.

    What is held with it counts on its adults, of whom there are two however it is opened: it stays open.
    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for the session it is merged with, `Refused`
    (`CLS_SAFETY`, `CLS_ADULTS`), `RulesBroken` (`CLS_STAFF`). Too many learners for a tutor is a warning, and so are
    tutors who do not count, as a rule of class `never` bars them that day.
    """
    session, _ = take_session(unit, session_id)
    move(unit, session, "open")
    set_up(unit, session, draft, RUNNING)
    return show_session(unit, session)


def set_up(
    unit: Unit, session: ClassSession, draft: ClassSessionOpening, hosts: Collection[ClassSessionStatus]
) -> None:
    """Write down how a locked session is held, if it may be held like that. Raises as `open_session`."""
    other = _merged_with(unit, session, draft, hosts)
    session.mode, session.merged_with_id = draft.mode, other.id if other else None
    session.venue_adults = list(_by_name(draft.venue_adults).values())
    unit.session.flush()
    crew = _crew(unit, _together(unit, session))
    over = session.ends_at <= unit.now
    if not over and any(UNCLEARED in one.bars for one in crew):
        raise Refused(UNCLEARED)
    _check_staff(unit, session, crew)
    _warn(unit, session, crew)


def _by_name(names: Iterable[str]) -> dict[str, str]:
    """Return each name once, however it is typed: one person is one adult."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault("".join(normalize("NFKC", name).split()).casefold(), name)
    return found


def _merged_with(
    unit: Unit, session: ClassSession, draft: ClassSessionOpening, hosts: Collection[ClassSessionStatus]
) -> ClassSession | None:
    """Return the session it is held with: one of the same institution that runs as long as this one and longer.

    It is locked: whoever calls it off at this instant waits, and finds that this one depends on it.
    """
    if (draft.mode is OpenMode.MERGED_WITH) is not (draft.session_id is not None):
        raise invalid("/session_id", "FIELD_CONFLICT" if draft.session_id else "FIELD_MISSING", other="mode")
    if draft.session_id is None:
        return None
    other = unit.session.get(ClassSession, draft.session_id)
    home = unit.get(Classroom, session.classroom_id).organization_id
    if other is None or unit.get(Classroom, other.classroom_id).organization_id != home:
        raise invalid("/session_id")
    other = unit.lock(ClassSession, other.id)
    if session.id in {one.id for one in _upwards(unit, other)}:  # it would count on itself
        raise invalid("/session_id")
    room, their_room = (unit.get(Classroom, one.classroom_id) for one in (session, other))
    if room.for_children is not their_room.for_children:
        raise Refused("CLS_ADULTS")
    covers = other.starts_at <= session.starts_at and session.ends_at <= other.ends_at
    if other.status not in hosts or not covers:
        raise invalid("/session_id", "CLS_HOST", starts_at=session.starts_at, ends_at=session.ends_at)
    return other


def _upwards(unit: Unit, session: ClassSession) -> list[ClassSession]:
    """Return a session and those on whose adults it counts."""
    found = [session]
    while (host_id := found[-1].merged_with_id) is not None:
        found.append(unit.get(ClassSession, host_id))
    return found


def _together(unit: Unit, session: ClassSession) -> list[ClassSession]:
    """Return all that is held in one room with a session: what it counts on, and whatever counts on that."""
    found = {one.id: one for one in _upwards(unit, session)}
    waiting = list(found.values())
    while waiting:
        guests = unit.session.exec(open_guests(unit, waiting.pop())).all()
        waiting += [one for one in guests if one.id not in found]
        found |= {one.id: one for one in guests}
    return list(found.values())


@dataclass(frozen=True)
class _Coming:
    """Somebody who comes to a session, whether she teaches or learns to, and what bars her that day.

    Her birth date says whether she counts as an adult.
    """

    session_id: UUID
    teaches: bool
    birth_date: date | None
    bars: frozenset[str]


def _crew(unit: Unit, sessions: Sequence[ClassSession]) -> list[_Coming]:
    """Return who comes to sessions, each judged by the engine; of what is over by its papers alone."""
    by_shift = {shift_of(unit, one.id).id: one for one in sessions}
    rows = unit.session.exec(
        select(Assignment, Demand.role, Person)
        .join(Demand, col(Demand.id) == Assignment.demand_id)
        .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Assignment.shift_id).in_(by_shift), col(Assignment.status).in_(sorted(COMING)))
    ).all()
    judged = verdicts(unit, [assignment for assignment, *_ in rows])
    return [
        _Coming(
            by_shift[one.shift_id].id,
            role != TRAINEE,
            person.birth_date,
            _bars(judged[one.id], over=by_shift[one.shift_id].ends_at <= unit.now),
        )
        for one, role, person in rows
    ]


def _bars(verdict: Verdict, *, over: bool) -> frozenset[str]:
    """Return why she does not count; whether she is registered today says nothing of a day that is over."""
    broken_ones = {one.code for one in (*verdict.violations, *verdict.conditions)}
    return frozenset(broken_ones & (_OF_THE_DAY if over else _OF_THE_DAY | {"ASG_STATUS"}))


def _check_staff(unit: Unit, session: ClassSession, crew: Sequence[_Coming]) -> None:
    """Refuse a class without its adults, and say what bars those who would have made them up."""
    counted = _upwards(unit, session)  # other guests of its host may go before it ends
    there = [one for one in crew if one.session_id in {held.id for held in counted}]
    adults = _adults(there, unit.local_day(session.starts_at))
    adults += len(_by_name(name for one in counted for name in one.venue_adults))
    room = unit.get(Classroom, session.classroom_id)
    tutors, least = _tutors(there), room.min_tutors if session.mode is OpenMode.FULL else 1
    if adults < ADULTS or tutors < least:
        bars = sorted({bar for one in there for bar in one.bars})
        on = {"on": unit.local_day(session.starts_at)}
        wanting = Broken("CLS_STAFF", "never", {"adults": adults, "tutors": tutors, "min": least})
        raise broken([wanting, *(Broken(bar, "never", on) for bar in bars)])


def _adults(coming: Iterable[_Coming], day: date) -> int:
    grown = (one.birth_date is not None and age_on(one.birth_date, day) >= OF_AGE for one in coming if not one.bars)
    return sum(grown)


def _tutors(coming: Iterable[_Coming]) -> int:
    """A trainee is an adult in the room, and nobody who teaches yet."""
    return sum(one.teaches for one in coming if not one.bars)


def _warn(unit: Unit, session: ClassSession, crew: Sequence[_Coming]) -> None:
    """Warn of tutors who do not count, and of too many learners for those who do: all that is held together counts."""
    if barred := [one for one in crew if one.bars]:
        unit.warn("CLS_BARRED", n=len(barred), codes=sorted({bar for one in barred for bar in one.bars}))
    rooms = [unit.get(Classroom, one.classroom_id) for one in _together(unit, session)]
    learners, tutors = sum(count_learners(unit, room.id) for room in rooms), _tutors(crew)
    if learners > tutors * min(room.learner_ratio for room in rooms):
        unit.warn("CLS_RATIO", learners=learners, tutors=tutors)
