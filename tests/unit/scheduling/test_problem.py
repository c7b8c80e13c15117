from datetime import date
from typing import Any

import pytest

from scheduling.people import Steps
from scheduling.place import Place
from scheduling.problem import Calendar, Commitment
from tests.unit.scheduling.instances import TOKYO, held, need, problem, rules, shift, span, volunteer

AROUND = Calendar((held(1500, 1600), held(800, 900), held(1200, 1300), held(700, 730)))


def test_a_calendar_gives_what_overlaps_earliest_first() -> None:
    assert AROUND.overlapping(span(830, 1201)) == (held(800, 900), held(1200, 1300))


def test_what_only_touches_does_not_overlap() -> None:
    assert AROUND.overlapping(span(900, 1200)) == ()


def test_a_calendar_without_a_shift_keeps_all_else() -> None:
    own = Commitment(span(900, 1000), Place(), "S1")

    assert Calendar((own, held(800, 900))).without("S1") == Calendar((held(800, 900),))


def test_a_month_counts_what_counts_and_starts_in_it() -> None:
    calendar = Calendar(
        (
            held(0, 100, day=date(2025, 11, 1)),
            held(2200, 2300, day=date(2025, 11, 30)),
            held(900, 1000, day=date(2025, 11, 5), counts=False),
            held(900, 1000, day=date(2025, 10, 31)),
            held(0, 100, day=date(2025, 12, 1)),
            held(900, 1000, day=date(2024, 11, 20)),
        )
    )

    assert calendar.count(lambda day: (day.year, day.month) == (2025, 11), TOKYO) == 2


def test_open_places_are_those_nobody_holds() -> None:
    assert need(places=3, taken=1).open_places == 2
    assert need(places=1, taken=2).open_places == 0


@pytest.mark.parametrize("field", ["places", "taken", "min_age"])
def test_a_negative_count_in_a_need_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="negative"):
        need(**{field: -1})


def test_a_shift_finds_its_needs_by_id() -> None:
    second = need(id="n2")
    two = shift(needs=(need(), second))

    assert two.need("n2") is second
    with pytest.raises(KeyError, match="n3"):
        two.need("n3")


def test_a_shift_refuses_two_needs_of_one_id() -> None:
    with pytest.raises(ValueError, match="two of one id: n1"):
        shift(needs=(need(), need()))


def test_the_lowest_priority_is_one() -> None:
    assert shift(priority=1).priority == 1
    with pytest.raises(ValueError, match="priority"):
        shift(priority=0)


@pytest.mark.parametrize(
    "over",
    [
        {"arrive_early_minutes": -1},
        {"buffer_same_facility": -1},
        {"buffer_same_district": -1},
        {"buffer_elsewhere": -1},
        {"asks_per_week": -1},
        {"open_asks": -1},
        {"weights": {"level": -1}},
        {"travel_minutes": {"hall": {"centre": -1}}},
    ],
)
def test_negative_numbers_in_the_rules_are_refused(over: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="negative"):
        rules(**over)


@pytest.mark.parametrize("counts", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_nobody_interpreted_less_than_never(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        Steps("newborn_home_visit", None, *counts)


def test_a_weight_for_no_criterion_is_refused() -> None:
    with pytest.raises(ValueError, match="luck"):
        rules(weights={"luck": 1})


def test_rules_may_have_no_weight_at_all() -> None:
    assert rules(weights={}).weights == {}


def test_the_day_of_a_shift_is_that_of_the_zone() -> None:
    assert rules().day_of(shift(interval=span(800, 900))) == date(2025, 11, 20)


def test_presence_begins_with_the_early_arrival() -> None:
    assert rules().presence(shift()) == span(945, 1130)


def test_neighbours_are_so_in_both_directions() -> None:
    assert rules().are_neighbours("east", "south")
    assert rules().are_neighbours("south", "east")
    assert not rules().are_neighbours("east", "west")


def test_a_problem_finds_its_parts_by_id() -> None:
    here, she = shift(), volunteer()
    one = problem(she, shifts=[here], calendars={"v1": [held(800, 900)]})

    assert one.shift("s1") is here
    assert one.volunteer("v1") is she
    assert one.calendar("v1").commitments == (held(800, 900),)
    assert one.calendar("v2") == Calendar()


def test_a_problem_does_not_know_what_it_was_not_given() -> None:
    with pytest.raises(KeyError):
        problem().shift("s2")
    with pytest.raises(KeyError):
        problem().volunteer("v1")


def test_a_problem_refuses_two_of_one_id() -> None:
    with pytest.raises(ValueError, match="two of one id: v1"):
        problem(volunteer(), volunteer())
    with pytest.raises(ValueError, match="two of one id: s1"):
        problem(shifts=[shift(), shift()])
