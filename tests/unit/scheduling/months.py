"""Small problems of several shifts for tests of plans, and the best plan there is, found by trying all."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from scheduling.interval import DateRange
from scheduling.people import Availability, History
from scheduling.problem import Commitment, Problem, Proposal, RuledOut, Shift, Steps
from scheduling.solution import Plan, Score, check, score, settle
from tests.unit.scheduling.instances import (
    DAY,
    ELSEWHERE,
    EVE,
    NEXT_DOOR,
    ON_THE_PHONE,
    UNTIL_EVE,
    answered,
    hours,
    named,
    need,
    shift,
    span,
    speaks,
    volunteer,
)
from tests.unit.scheduling.instances import problem as problem_of

DAYS = (DAY, EVE)
ANSWERS = (
    (answered(*named(DAY, EVE)),),
    (answered(*named(DAY, starts=900, ends=1130)), answered(period=DateRange(DAY, DAY), hours=None, at_most=1)),
    (answered(hours=None, at_most=0),),
    (answered(period=UNTIL_EVE, hours=(), at_most=1),),
)
WAYS: tuple[dict[str, dict[str, int]], ...] = (
    {},
    {"centre": {"hall": 90, "school": 0}, "hall": {"centre": 0, "school": 150}},
)
"""Travel times: none told, or some that differ by direction and obey no triangle inequality."""
STEPS_ASKED = st.sampled_from([{}, {}, {}, {"shadowings": 1}, {"pairings": 1}, {"shadowings": 2, "pairings": 1}])
STEPS = (Steps("infant_checkup", "vi", shadowed=1), Steps("infant_checkup", "en", shadowed=1, paired=1))
PLACES = (None, ELSEWHERE, NEXT_DOOR, ON_THE_PHONE)


def put(volunteer_id: str, shift_id: str, **over: Any) -> Proposal:
    return Proposal(volunteer_id, shift_id, "n1", **over)


def pairs(plan: Plan) -> set[tuple[str, str]]:
    """Who stands on what."""
    return {(proposal.volunteer_id, proposal.shift_id) for proposal in plan.proposals}


@st.composite
def months(draw: st.DrawFn, *, bounded: bool = True) -> Problem:
    """Up to three shifts on two days and three people; with pins, locks and a published plan where `bounded`."""
    shifts = tuple(_shift(draw, f"s{n}") for n in range(draw(st.integers(1, 3))))
    people = tuple(_volunteer(draw, f"v{n}") for n in range(draw(st.integers(1, 3))))
    calendars = {one.id: draw(st.sampled_from([(), (), (Commitment(span(1100, 1200), ELSEWHERE),)])) for one in people}
    made = problem_of(
        *people,
        shifts=shifts,
        calendars=calendars,
        travel_minutes=draw(st.sampled_from(WAYS)),
        ask_unknown=draw(st.booleans()),
    )
    if not bounded:
        return made
    proposals = st.lists(st.builds(put, _id("v", 3), _id("s", 3)), max_size=2).map(tuple)
    return Problem(
        made.shifts,
        made.volunteers,
        made.calendars,
        made.rules,
        pins=draw(proposals),
        locked=draw(st.one_of(st.just(()), proposals)),
        ruled_out=tuple(draw(st.lists(st.builds(RuledOut, _id("v", 3), _id("s", 3)), max_size=1))),
        published=draw(proposals),
    )


def _id(letter: str, count: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{letter}{number}" for number in range(count)])


def _shift(draw: st.DrawFn, shift_id: str) -> Shift:
    start = draw(st.sampled_from([900, 1000, 1030, 1200]))
    place = draw(st.sampled_from(PLACES))
    return shift(
        id=shift_id,
        interval=span(start, start + 100, day=draw(st.sampled_from(DAYS))),
        needs=(
            need(
                languages=draw(st.sampled_from([("vi",), ("en",), ("vi", "en")])),
                places=draw(st.integers(1, 2)),
                **draw(STEPS_ASKED),
            ),
        ),
        clients=draw(st.sampled_from([frozenset[str](), frozenset({"c1"}), frozenset({"c1", "c2"})])),
        priority=draw(st.integers(1, 3)),
        series=draw(st.sampled_from([None, "weekly"])),
        **({} if place is None else {"place": place}),
    )


def _volunteer(draw: st.DrawFn, volunteer_id: str) -> Any:
    spoken = draw(st.sampled_from([{"vi": "C1"}, {"en": "B1"}, {"vi": "B1", "en": "C1"}, {"en": "A2"}]))
    return volunteer(
        id=volunteer_id,
        languages=speaks(**spoken, ja="native"),
        home=None,
        max_per_day=draw(st.sampled_from([None, None, None, 0, 1])),
        max_per_week=draw(st.sampled_from([None, None, None, 1, 2])),
        max_per_month=draw(st.integers(0, 3)),
        availability=Availability(
            draw(st.sampled_from([hours(), hours(), hours(preferred=True), hours(800, 1130), ()])),
            answers=draw(st.sampled_from([(), (), *ANSWERS])),
        ),
        steps=draw(st.sampled_from([(), STEPS])),
        history=History(
            assignments_90d=draw(st.sampled_from([0, 5, 10, 12])),
            clients=draw(st.sampled_from([frozenset[str](), frozenset({"c1"})])),
        ),
    )


def every_plan(problem: Problem) -> Iterator[Plan]:
    """Give all plans that hold."""
    settled = settle(problem).proposals
    standing = {proposal.pair for proposal in settled}
    free = [
        proposal
        for shift in problem.shifts
        for volunteer in problem.volunteers
        if (proposal := put(volunteer.id, shift.id)).pair not in standing
    ]
    yield from _grown(problem, settled, free)


def _grown(problem: Problem, chosen: tuple[Proposal, ...], free: list[Proposal]) -> Iterator[Plan]:
    if check(problem, Plan(chosen)):
        return
    yield Plan(chosen)
    for at, proposal in enumerate(free):
        yield from _grown(problem, (*chosen, proposal), free[at + 1 :])


def best(problem: Problem) -> Score:
    """The best there is at both levels."""
    return max((score(problem, plan) for plan in every_plan(problem)), key=lambda one: (one.weighted_fill, one.soft))
