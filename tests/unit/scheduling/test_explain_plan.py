"""A whole plan explained: reasons, open places with their price, and what would help most."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from scheduling.explain_plan import Advice, OpenPlace, Price, explain_plan
from scheduling.people import Availability
from scheduling.problem import Problem, RuledOut
from scheduling.solution import Plan, score
from scheduling.solve import solve
from scheduling.stopping import Status
from tests.unit.scheduling.instances import DAY, REPEATABLE, held, hours, need, problem, shift, span, speaks, volunteer
from tests.unit.scheduling.months import months, put

MORNING = shift(id="s1", interval=span(900, 1000))
NOON = shift(id="s2", interval=span(1100, 1200), priority=2)
SAME = shift(id="s3", interval=span(900, 1000), priority=3)


def opened(month: Problem, plan: Plan) -> dict[str, OpenPlace]:
    return {place.shift_id: place for place in explain_plan(month, plan).open}


def prices(month: Problem, *proposals: Any) -> dict[str, Price | None]:
    return {shift_id: place.price for shift_id, place in opened(month, Plan(proposals)).items()}


@settings(REPEATABLE, max_examples=30)
@given(months())
def test_reasons_add_up_to_the_score_and_an_optimal_plan_has_no_bargain(month: Problem) -> None:
    result = solve(month)
    explained = explain_plan(month, result.plan)

    assert sum(one.points for each in explained.assigned for one in each.reasons) == score(month, result.plan).soft
    assert [one.proposal for one in explained.assigned] == list(result.plan.proposals)
    if result.status is Status.optimal:
        assert all(one.price is None or one.price.weight >= 0 for one in explained.open)
    assert sum(one.places for one in explained.open) == sum(one.places for one in explained.advice)


def test_a_place_whose_candidates_are_taken_names_the_assignments_and_the_price() -> None:
    month = problem(volunteer(number="V-1"), shifts=(MORNING, SAME))

    place = opened(month, Plan((put("v1", "s3"),)))["s1"]

    assert (place.places, place.why.kind, place.why.taken_by) == (1, "all_taken", (("V-1", "s3"),))
    assert place.price == Price("v1", (put("v1", "s3"),), 2)


def test_what_the_month_allows_has_its_price_too_the_least_weighty_assignment() -> None:
    afternoon = shift(id="s4", interval=span(1500, 1600))
    month = problem(volunteer(max_per_month=2), shifts=(MORNING, NOON, afternoon))

    assert prices(month, put("v1", "s1"), put("v1", "s2")) == {"s4": Price("v1", (put("v1", "s1"),), 0)}


def test_several_assignments_may_have_to_go() -> None:
    long = shift(id="s4", interval=span(930, 1130))
    month = problem(volunteer(), shifts=(MORNING, NOON, long))

    assert prices(month, put("v1", "s1"), put("v1", "s2")) == {"s4": Price("v1", (put("v1", "s1"), put("v1", "s2")), 2)}


def test_the_cheapest_person_is_named() -> None:
    month = problem(volunteer(), volunteer(id="v2"), shifts=(MORNING, SAME, replace(SAME, id="s4", priority=2)))

    assert prices(month, put("v1", "s3"), put("v2", "s4")) == {"s1": Price("v2", (put("v2", "s4"),), 1)}


def test_what_no_change_of_the_plan_could_fill_has_no_price() -> None:
    wanted = (MORNING, SAME)
    barred = problem(volunteer(status="on_leave"), shifts=(MORNING,))
    ruled_out = replace(problem(volunteer(), shifts=(MORNING,)), ruled_out=(RuledOut("v1", "s1"),))
    locked = replace(problem(volunteer(), shifts=wanted), locked=(put("v1", "s3"),))
    booked = problem(volunteer(), shifts=(MORNING,), calendars={"v1": [held(900, 1000)]})
    unknown = problem(volunteer(availability=Availability()), shifts=(MORNING,))

    for month in (barred, ruled_out, booked, unknown):
        assert prices(month) == {"s1": None}
    assert prices(locked, put("v1", "s3")) == {"s1": None}


def test_the_weightiest_open_places_come_first_and_the_limit_keeps_them() -> None:
    nobody = problem(shifts=(MORNING, NOON, SAME))

    assert [one.shift_id for one in explain_plan(nobody, Plan()).open] == ["s3", "s2", "s1"]
    assert [one.shift_id for one in explain_plan(nobody, Plan(), limit=1).open] == ["s3"]


def test_advice_is_to_train_who_lacks_only_the_certificate_and_else_to_recruit() -> None:
    certified = shift(id="s1", needs=(need(certifications=frozenset({"checkup"})),), priority=3)
    rare = shift(id="s2", needs=(need(languages=("mn",), places=2),), place=MORNING.place)
    month = problem(
        volunteer(id="v1", certificates=()),
        volunteer(id="v2", certificates=(), skills=frozenset()),
        shifts=(certified, rare),
    )

    assert explain_plan(month, Plan()).advice == (
        Advice("train", "vi", "checkup", "east", DAY.weekday(), places=1, weight=3, people=2),
        Advice("recruit", "mn", None, "east", DAY.weekday(), places=2, weight=2, people=0),
    )


def test_a_need_for_any_language_asks_everybody() -> None:
    any_language = shift(id="s1", needs=(need(languages=(), min_level=None),))
    away = volunteer(languages=speaks(ja="native"), availability=Availability(hours(1800, 2000)))

    place = opened(problem(away, shifts=(any_language,)), Plan())["s1"]

    assert [(one.code, one.count) for one in place.why.sole_blockers] == [("ASG_UNAVAILABLE", 1)]
