"""Pairs of a classroom: which tutor stays with which learner, and why somebody stays without (domain.md §4.5).

As many learners as can be get a tutor; among such answers the one with most points is chosen, exactly, and the same input
gives the same output in whatever order it comes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scheduling.objective import Reason
from scheduling.pairing import Pupil, Room, Teacher, appraise, bar, crowd
from scheduling.solvers.assignment import assign

EXCLUDED: Final = "excluded"
FULL: Final = "full"
NOBODY: Final = "no_tutor"
NOT_HERE: Final = "not_here"
RESERVE: Final = "reserve"


@dataclass(frozen=True, slots=True)
class Pair:
    """A learner with the tutor proposed, and why: the reasons' points add up."""

    pupil_id: str
    tutor_id: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A living pairing; `broken` says by which code it cannot go on."""

    pupil_id: str
    tutor_id: str
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Without:
    """A learner who stays without a tutor: how many tutors each code keeps from her."""

    pupil_id: str
    barred: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is proposed, what stays, and who stays without; each in the order of the learners' ids."""

    proposed: tuple[Pair, ...]
    kept: tuple[Kept, ...]
    without: tuple[Without, ...]


def pair(pupils: Sequence[Pupil], teachers: Sequence[Teacher], room: Room) -> Pairs:
    """Propose a tutor for every learner who has none; pairings that can go on stay as they are."""
    pupils, teachers = sorted(pupils, key=_id), sorted(teachers, key=lambda one: one.volunteer.id)
    barred = {one.volunteer.id: bar(one.volunteer, room) for one in teachers}
    kept = tuple(_keep(pupil.id, tutor_id, barred) for pupil in pupils for tutor_id in sorted(pupil.present))
    served = {one.pupil_id for one in kept if one.broken is None}
    load = Counter(one.tutor_id for one in kept if one.broken is None)
    barred |= {one.volunteer.id: barred[one.volunteer.id] or RESERVE for one in teachers if one.reserve}
    free = [one for one in teachers if barred[one.volunteer.id] is None]
    seats = [seat for one in free for seat in _seats(one, load[one.volunteer.id], room)]
    looking = [pupil for pupil in pupils if pupil.id not in served]
    chosen = assign([list(_values(pupil, seats, room)) for pupil in looking])
    return Pairs(
        tuple(_pair(one, seats[at], room) for one, at in zip(looking, chosen, strict=True) if at is not None),
        kept,
        tuple(_without(one, barred) for one, at in zip(looking, chosen, strict=True) if at is None),
    )


@dataclass(frozen=True, slots=True)
class _Seat:
    """A place with a tutor, beside so many learners. Each gives less than the one before, so they are taken in order."""

    teacher: Teacher
    load: int
    points: int


def _seats(teacher: Teacher, load: int, room: Room) -> list[_Seat]:
    return [_Seat(teacher, nth, _sum([crowd(nth, room)])) for nth in range(load, room.most)]


def _id(pupil: Pupil) -> str:
    return pupil.id


def _keep(pupil_id: str, tutor_id: str, barred: Mapping[str, str | None]) -> Kept:
    return Kept(pupil_id, tutor_id, barred.get(tutor_id, NOT_HERE))


def _values(pupil: Pupil, seats: Sequence[_Seat], room: Room) -> Iterator[int | None]:
    """Yield what each seat is worth to a learner; only the crowd differs between the seats of one tutor."""
    fits: dict[str, int] = {}
    for seat in seats:
        name = seat.teacher.volunteer.id
        if name not in fits:
            fits[name] = _sum(appraise(pupil, seat.teacher, room.most, room))
        yield None if name in pupil.excluded else fits[name] + seat.points


def _sum(reasons: Iterable[Reason | None]) -> int:
    return sum(one.points for one in reasons if one is not None)


def _pair(pupil: Pupil, seat: _Seat, room: Room) -> Pair:
    return Pair(pupil.id, seat.teacher.volunteer.id, appraise(pupil, seat.teacher, seat.load, room))


def _without(pupil: Pupil, barred: Mapping[str, str | None]) -> Without:
    codes = [code or (EXCLUDED if tutor_id in pupil.excluded else FULL) for tutor_id, code in barred.items()]
    return Without(pupil.id, dict(sorted(Counter(codes or [NOBODY]).items())))
