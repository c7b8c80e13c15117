"""Pairs of a classroom: who stays, who is proposed and why, who stays without; against every possible answer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from scheduling.pairing import WEIGHTS, Pupil, Room, Teacher, appraise
from scheduling.pairs import Kept, Pairs, Without, pair
from scheduling.people import Gender, Level, Pledge, Proficiency
from tests.unit.scheduling.instances import REPEATABLE, need, rules, shift, volunteer

NATIVE: Final = Proficiency(Level.NATIVE, Level.NATIVE)
SPEAKS_VI: Final = {"ja": NATIVE, "vi": Proficiency(Level.B2, Level.C1)}
ROOM: Final = Room(shift(), need(child_safety=True, min_age=18), rules(), most=2, sessions=4)


def teacher(name: str, sessions: int = 0, **over: Any) -> Teacher:
    plain = {"languages": {"ja": NATIVE}, "birth_date": date(1970, 1, 1), "gender": None, "skills": frozenset()}
    return Teacher(volunteer(id=name, **plain | over), sessions)


def pupil(name: str, **over: Any) -> Pupil:
    return Pupil(name, "vi", **over)


def proposed(found: Pairs) -> dict[str, str]:
    return {one.pupil_id: one.tutor_id for one in found.proposed}


def test_each_criterion_prefers_whom_it_should_and_names_its_fact() -> None:
    plain = teacher("a")
    better = {
        "continuity": (pupil("p", before=frozenset({"b"})), teacher("b"), {}),
        "language": (pupil("p"), teacher("b", languages=SPEAKS_VI), {"language": "vi", "level": "B2"}),
        "gender": (pupil("p", wish=Gender.female), teacher("b", gender=Gender.female), {}),
        "level": (pupil("p"), teacher("b", skills=frozenset({"jltct"})), {"skills": ["jltct"]}),
        "age": (pupil("p", age=17), teacher("b", birth_date=date(2003, 1, 1)), {}),
        "presence": (pupil("p"), teacher("b", sessions=3), {"sessions": 3, "of": 4}),
    }
    for criterion, (learner, fits, facts) in better.items():
        (found,) = pair([learner], [plain, fits], ROOM).proposed
        assert found.tutor_id == "b"
        (reason,) = [one for one in found.reasons if one.criterion == criterion]
        assert reason.facts == facts
        assert 0 < reason.points <= WEIGHTS[criterion]


def test_a_language_weighs_half_for_who_gets_along_and_school_counts_for_her_if_she_is_a_child() -> None:
    speaks = teacher("a", languages=SPEAKS_VI, skills=frozenset({"school_system", "jltct"}))

    def points(**over: Any) -> dict[str, int]:
        return {one.criterion: one.points for one in appraise(pupil("p", **over), speaks, 0, ROOM)}

    assert points() == points(level=Level.A2)
    assert points(level=Level.B1)["language"] == points()["language"] // 2
    assert "level" not in points(level=Level.B1)
    assert points(level=Level.B1, age=9)["level"] == WEIGHTS["level"]


def test_learners_are_spread_and_nobody_gets_more_than_her_load() -> None:
    learners = [pupil(f"p{number}") for number in range(5)]
    found = pair(learners, [teacher("a"), teacher("b")], ROOM)
    assert Counter(proposed(found).values()) == {"a": 2, "b": 2}
    assert found.without == (Without("p4", {"full": 2}),)
    spread = pair(learners[:2], [teacher("a"), teacher("b")], ROOM)
    assert Counter(proposed(spread).values()) == {"a": 1, "b": 1}


def test_pairings_stay_and_take_room_until_they_are_broken() -> None:
    stays, left = pupil("p1", present=frozenset({"a"})), pupil("p2", present=frozenset({"gone"}))
    uncleared = teacher("c", child_contact_ok=False)
    lost = pupil("p3", present=frozenset({"c"}))
    found = pair([lost, stays, left], [uncleared, teacher("a")], replace(ROOM, most=3))
    assert found.kept == (Kept("p1", "a"), Kept("p2", "gone", "not_here"), Kept("p3", "c", "CLS_SAFETY"))
    assert proposed(found) == {"p2": "a", "p3": "a"}
    full = pair([stays, left, lost], [uncleared, teacher("a")], replace(ROOM, most=1))
    assert full.without == (
        Without("p2", {"CLS_SAFETY": 1, "full": 1}),
        Without("p3", {"CLS_SAFETY": 1, "full": 1}),
    )


def test_who_stays_without_is_told_why() -> None:
    learner = pupil("p", excluded=frozenset({"x"}))
    away = teacher("y", status="suspended")
    assert pair([learner], [teacher("x"), away], ROOM).without == (Without("p", {"ASG_STATUS": 1, "excluded": 1}),)
    assert pair([learner], [], ROOM).without == (Without("p", {"no_tutor": 1}),)
    assert pair([], [teacher("x")], ROOM) == Pairs((), (), ())


def test_a_reserve_keeps_whom_she_has_and_is_proposed_to_nobody() -> None:
    reserve = replace(teacher("r"), reserve=True)
    found = pair([pupil("p1", present=frozenset({"r"})), pupil("p2")], [reserve], ROOM)
    assert (found.kept, found.proposed) == ((Kept("p1", "r"),), ())
    assert found.without == (Without("p2", {"reserve": 1}),)


def test_a_pledge_that_can_still_be_signed_anew_bars_nobody() -> None:
    old = teacher("x", pledges=(Pledge("2019", date(2019, 4, 1)),))
    assert proposed(pair([pupil("p")], [old], ROOM)) == {"p": "x"}
    assert pair([pupil("p")], [teacher("x", pledges=())], ROOM).without == (Without("p", {"ASG_NO_PLEDGE": 1}),)


TUTORS = ("t0", "t1", "t2")
SOME = st.frozensets(st.sampled_from(TUTORS), max_size=2)
LEVELS = st.sampled_from([None, Level.A1, Level.B1])


@st.composite
def classes(draw: st.DrawFn) -> tuple[list[Pupil], list[Teacher], Room]:
    teachers = [
        teacher(
            name,
            draw(st.integers(0, 4)),
            languages=draw(st.sampled_from([{"ja": NATIVE}, SPEAKS_VI])),
            gender=draw(st.sampled_from(list(Gender))),
            birth_date=date(draw(st.integers(1950, 2012)), 1, 1),
            skills=frozenset(draw(st.sampled_from([(), ("jltct",), ("school_system",)]))),
        )
        for name in TUTORS[: draw(st.integers(0, 3))]
    ]
    pupils = [
        Pupil(
            f"p{number}",
            draw(st.sampled_from(["vi", "en"])),
            level=draw(LEVELS),
            age=draw(st.sampled_from([None, 9, 17])),
            wish=draw(st.sampled_from([None, *Gender])),
            present=draw(st.frozensets(st.sampled_from(TUTORS), max_size=1)),
            before=draw(SOME),
            excluded=draw(SOME),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return pupils, teachers, replace(ROOM, most=draw(st.integers(1, 3)))


def answers(
    looking: Sequence[Pupil], free: dict[str, int], taken: tuple[str | None, ...] = ()
) -> Iterator[tuple[str | None, ...]]:
    """Every way to give the learners tutors or none within what is free."""
    if len(taken) == len(looking):
        yield taken
        return
    one = looking[len(taken)]
    for choice in (None, *(name for name, left in free.items() if left and name not in one.excluded)):
        left = {name: count - (name == choice) for name, count in free.items()}
        yield from answers(looking, left, (*taken, choice))


def worth(
    looking: Sequence[Pupil], answer: Sequence[str | None], teachers: dict[str, Teacher], load: Counter[str], room: Room
) -> tuple[int, int]:
    """How many are paired, and the points: the same criteria, added up the plain way."""
    load, total, paired = load.copy(), 0, 0
    for one, name in zip(looking, answer, strict=True):
        if name is not None:
            total += sum(reason.points for reason in appraise(one, teachers[name], load[name], room))
            load[name] += 1
            paired += 1
    return paired, total


@REPEATABLE
@given(classes())
def test_the_answer_is_the_best_of_all_answers_and_breaks_no_bound(
    scene: tuple[list[Pupil], list[Teacher], Room],
) -> None:
    pupils, teachers, room = scene
    found = pair(pupils, teachers, room)
    standing = Counter(one.tutor_id for one in found.kept if one.broken is None)
    served = {one.pupil_id for one in found.kept if one.broken is None}
    looking = [one for one in pupils if one.id not in served]
    by_name = {one.volunteer.id: one for one in teachers}
    grown = [name for name, one in by_name.items() if (one.volunteer.birth_date or date.max).year < 2008]
    free = {name: max(0, room.most - standing[name]) for name in grown}
    chosen = [proposed(found).get(one.id) for one in looking]

    assert {one.pupil_id for one in found.without} == {one.id for one in looking} - proposed(found).keys()
    assert all(name not in one.excluded for one, name in zip(looking, chosen, strict=True))
    assert all(count <= free[name] for name, count in Counter(name for name in chosen if name).items())
    best = max(worth(looking, each, by_name, standing, room) for each in answers(looking, free))
    assert worth(looking, chosen, by_name, standing, room) == best
    assert sum(reason.points for one in found.proposed for reason in one.reasons) == best[1]


@REPEATABLE
@given(classes(), st.randoms(use_true_random=False))
def test_the_same_class_gets_the_same_pairs_in_whatever_order_it_comes(
    scene: tuple[list[Pupil], list[Teacher], Room], random: Any
) -> None:
    pupils, teachers, room = scene
    shuffled = random.sample(pupils, len(pupils)), random.sample(teachers, len(teachers))
    assert pair(*shuffled, room) == pair(pupils, teachers, room)


def test_the_largest_class_is_paired_while_one_waits() -> None:
    from time import process_time  # noqa: PLC0415

    learners = [pupil(f"p{number:03d}", age=9) for number in range(100)]
    teachers = [teacher(f"t{number:03d}", sessions=number % 4) for number in range(50)]
    began = process_time()
    found = pair(learners, teachers, replace(ROOM, most=4))
    assert process_time() - began < 5
    assert len(found.proposed) == 100
