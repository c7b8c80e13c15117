"""What must hold for any people, shifts and calendars."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scheduling.constraints import DOORS, HARD_RULES, judge
from scheduling.explain import explain_unfilled
from scheduling.problem import (
    Availability,
    Calendar,
    Certificate,
    Commitment,
    Door,
    Gender,
    History,
    Place,
    Problem,
    RuleClass,
    Shift,
    Volunteer,
)
from scheduling.ranking import rank
from scheduling.solution import Plan, Proposal, check, score
from tests.unit.scheduling.instances import (
    DAY,
    REPEATABLE,
    TODAY,
    UNTIL_EVE,
    YEAR,
    answered,
    at,
    demanding_need,
    hours,
    named,
    rules,
    shift,
    span,
    speaks,
    volunteer,
)

CODES = ("ASG_CAP", "ASG_LEVEL", "ASG_RADIUS", "ASG_STATUS", "ASG_TRAVEL", "ASG_UNAVAILABLE", "ASG_ASKS")
ASKED_AT = (None, at(9, day=TODAY))

levels = st.sampled_from(["A1", "A2", "B1", "B2", "native"])
languages = st.builds(
    lambda vi, ja, knows: {tag: one for tag, one in speaks(vi=vi, ja=ja).items() if tag in knows},
    levels,
    levels,
    st.sampled_from([("vi", "ja"), ("vi", "ja"), ("vi", "ja"), ("vi",), ("ja",)]),
)
histories = st.builds(
    History,
    assignments_90d=st.integers(0, 2),
    last_assigned_at=st.sampled_from(ASKED_AT),
    last_asked_at=st.sampled_from(ASKED_AT),
    by_service=st.sampled_from([{}, {"infant_checkup": 3}]),
    asks_this_week=st.sampled_from([0, 0, 3]),
    clients=st.sampled_from([frozenset[str](), frozenset({"c1"})]),
)
availabilities = st.sampled_from(
    [
        Availability(hours()),
        Availability(hours(preferred=True)),
        Availability(),
        Availability(hours(900, 1200)),
        Availability(hours(), (span(1100, 1130),)),
        Availability((), (), (answered(*named(DAY, starts=900, ends=1200)),)),
        Availability(hours(preferred=True), (), (answered(hours=None, at_most=1),)),
    ]
)
traits = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["active", "active", "active", "on_leave"]),
        "registered_until": st.sampled_from([YEAR.ends_on, YEAR.ends_on, TODAY]),
        "gender": st.sampled_from([Gender.female, Gender.female, Gender.male]),
        "languages": languages,
        "certificates": st.sampled_from([(Certificate("checkup", YEAR),)] * 3 + [(Certificate("checkup", UNTIL_EVE),)]),
        "insurance": st.sampled_from([(YEAR,), (YEAR,), (UNTIL_EVE,), ()]),
        "home": st.sampled_from([(36.56, 136.66), (36.7, 136.66), None]),
        "max_per_month": st.integers(0, 3),
        "availability": availabilities,
        "history": histories,
    }
)
places = st.sampled_from([Place("centre", "east"), Place("hall", "south", (36.5, 136.6)), Place(remote=True), Place()])
intervals = st.builds(
    lambda start, length: span(start * 100, (start + length) * 100), st.integers(8, 15), st.integers(1, 3)
)
commitments = st.builds(Commitment, intervals, places, counts=st.booleans())
doors = st.sampled_from(Door)
codes = st.frozensets(st.sampled_from(CODES))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to three shifts of one day and five people with what they hold."""
    people = [volunteer(id=f"v{n}", **drawn) for n, drawn in enumerate(draw(st.lists(traits, min_size=1, max_size=5)))]
    return Problem(
        tuple(_shift(f"s{n}", draw(intervals), draw(places)) for n in range(draw(st.integers(1, 3)))),
        tuple(people),
        {one.id: Calendar(tuple(draw(st.lists(commitments, max_size=2)))) for one in people},
        rules(),
    )


def _shift(shift_id: str, interval: Any, place: Place) -> Shift:
    wants = demanding_need(places=2)
    return shift(id=shift_id, interval=interval, place=place, needs=(wants,), clients=frozenset({"c1"}))


def first(problem: Problem) -> tuple[Volunteer, Shift]:
    return problem.volunteers[0], problem.shifts[0]


@REPEATABLE
@given(problems(), st.randoms(use_true_random=False), st.booleans(), doors)
def test_the_ranking_does_not_depend_on_the_order_of_volunteers(
    problem: Problem,
    dice: Any,
    include_ineligible: bool,  # noqa: FBT001
    door: Door,
) -> None:
    here = problem.shifts[0]
    shuffled = list(problem.volunteers)
    dice.shuffle(shuffled)
    other = Problem(problem.shifts, tuple(shuffled), problem.calendars, problem.rules)

    ranked = [
        rank(one, here, here.needs[0], include_ineligible=include_ineligible, door=door) for one in (problem, other)
    ]

    assert ranked[0] == ranked[1]
    assert explain_unfilled(problem, here, here.needs[0]) == explain_unfilled(other, here, here.needs[0])


@REPEATABLE
@given(problems(), commitments, doors)
def test_a_further_booking_never_makes_anyone_more_eligible(problem: Problem, more: Commitment, door: Door) -> None:
    she, here = first(problem)
    fuller = {she.id: Calendar((*problem.calendar(she.id).commitments, more))}
    busier = Problem(problem.shifts, problem.volunteers, fuller, problem.rules)

    before, after = (judge(one, she, here, here.needs[0], door) for one in (problem, busier))

    assert before.eligible or not after.eligible
    assert {v.code for v in before.violations} <= {v.code for v in after.violations}
    assert {v.code for v in before.consent_needed} <= {v.code for v in after.consent_needed}


@REPEATABLE
@given(problems(), doors, st.integers(0, 2))
def test_an_answer_that_names_no_day_never_makes_anyone_more_eligible(problem: Problem, door: Door, most: int) -> None:
    she, here = first(problem)
    unasked, asked = (
        replace(she, availability=replace(she.availability, answers=answers))
        for answers in ((), (answered(at_most=most),))
    )

    before, after = (judge(problem, one, here, here.needs[0], door) for one in (unasked, asked))

    assert before.violations == after.violations
    assert {v.code for v in before.consent_needed} | {"ASG_UNAVAILABLE"} <= {v.code for v in after.consent_needed}


@REPEATABLE
@given(problems(), doors)
def test_who_named_the_day_is_free_unless_she_is_away(problem: Problem, door: Door) -> None:
    she, here = first(problem)
    asked = replace(she.availability, answers=(*she.availability.answers, answered(*named(DAY))))

    verdict = judge(problem, replace(she, availability=asked), here, here.needs[0], door)

    away = she.availability.excepted(problem.rules.presence(here))
    assert ("ASG_UNAVAILABLE" in {v.code for v in verdict.consent_needed}) == away


@REPEATABLE
@given(problems(), doors, codes, codes)
def test_eligible_means_every_hard_rule_is_silent_mendable_or_set_aside(
    problem: Problem, door: Door, consents: frozenset[str], reasons: frozenset[str]
) -> None:
    she, here = first(problem)
    wants = here.needs[0]
    found = [
        rule(she, here, wants, problem.calendar(she.id), problem.rules)
        for rule in HARD_RULES
        if door in DOORS.get(rule, frozenset(Door))
    ]

    verdict = judge(problem, she, here, wants, door, consents=consents, reasons=reasons)

    assert verdict.eligible == all(
        broke is None
        or broke.mendable
        or broke.rule_class is RuleClass.with_consent
        or (broke.rule_class is RuleClass.with_reason and broke.code in reasons)
        for broke in found
    )
    assert {v.code for v in verdict.consent_needed} == {
        broke.code for broke in found if broke and broke.rule_class is RuleClass.with_consent
    } - consents


@REPEATABLE
@given(problems())
def test_a_score_is_the_sum_of_its_reasons_and_every_reason_gives_something(problem: Problem) -> None:
    here = problem.shifts[0]

    for candidate in rank(problem, here, here.needs[0]):
        assert candidate.score == sum(reason.points for reason in candidate.reasons)
        assert all(0 < reason.points <= problem.rules.weights[reason.criterion] for reason in candidate.reasons)


@REPEATABLE
@given(problems(), doors)
def test_check_of_one_proposal_finds_what_judge_finds(problem: Problem, door: Door) -> None:
    she, here = first(problem)
    verdict = judge(problem, she, here, here.needs[0], door)

    breaches = check(problem, Plan((Proposal(she.id, here.id, "n1"),)), door)

    assert tuple(breach.violation for breach in breaches) == (*verdict.violations, *verdict.consent_needed)


@REPEATABLE
@given(problems())
def test_check_accepts_a_plan_built_from_what_judge_accepts(problem: Problem) -> None:
    """Booking each accepted proposal before judging the next leaves a plan with no hard clash at all.

    The cap and the way to a later booking look back at earlier ones, so what was accepted early is judged again.
    """
    plan, current = Plan(), problem
    for here in problem.shifts:
        for she in problem.volunteers:
            tried = Plan((*plan.proposals, Proposal(she.id, here.id, "n1")))
            verdict = judge(current, she, here, here.needs[0], Door.plan)
            accepted = verdict.eligible and not verdict.consent_needed
            assert accepted or check(problem, tried)
            if accepted and not check(problem, tried):
                plan = tried
                booked = Commitment(here.interval, here.place, here.id)
                calendar = Calendar((*current.calendar(she.id).commitments, booked))
                current = Problem(
                    problem.shifts, problem.volunteers, {**current.calendars, she.id: calendar}, problem.rules
                )

    assert check(problem, plan) == ()
    assert score(problem, plan).filled == len(plan.proposals)
