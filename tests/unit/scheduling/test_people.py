from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduling.interval import DateRange, Interval
from scheduling.people import Availability, AvailabilityRule, AvailabilityState, History, Level, Proficiency
from tests.unit.scheduling.instances import (
    DAY,
    DECEMBER,
    TOKYO,
    YEAR,
    answered,
    at,
    hours,
    named,
    span,
    speaks,
    volunteer,
)

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = date(2025, 11, 21)


@pytest.mark.parametrize(
    ("text", "level"), [("A1", 1), ("A2", 2), ("B1", 3), ("B2", 4), ("C1", 5), ("C2", 6), ("native", 7)]
)
def test_levels_are_read_and_written_alike(text: str, level: int) -> None:
    assert Level.parse(text) == level
    assert Level(level).code == text


@pytest.mark.parametrize("text", ["b1", "NATIVE", "C3", ""])
def test_what_is_no_level_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a level"):
        Level.parse(text)


def test_the_level_of_a_proficiency_is_the_lower_of_both_skills() -> None:
    assert Proficiency(Level.B2, Level.C1).level is Level.B2
    assert Proficiency(Level.C1, Level.B1).level is Level.B1


@pytest.mark.parametrize(
    ("languages", "pair"),
    [
        (speaks(vi="C1", ja="native"), ("vi", Level.C1)),
        (speaks(vi="native", ja="B1"), ("vi", Level.B1)),
        (speaks(vi="B1", th="C1", ja="C1"), ("th", Level.C1)),
        (speaks(th="B2", vi="B2", ja="native"), ("vi", Level.B2)),
        (speaks(vi="C1"), None),
        (speaks(en="C1", ja="native"), None),
    ],
    ids=[
        "foreign is lower",
        "Japanese is lower",
        "best of two",
        "first accepted of equals",
        "no Japanese",
        "other language",
    ],
)
def test_the_best_pair_is_judged_in_both_languages(
    languages: dict[str, Proficiency], pair: tuple[str, Level] | None
) -> None:
    assert volunteer(languages=languages).best_pair(("vi", "th")) == pair


def test_japanese_alone_is_a_pair_of_its_own_level() -> None:
    assert volunteer(languages=speaks(ja="C2")).best_pair(("ja",)) == ("ja", Level.C2)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"engagement": "guest"}, "engagement"),
        ({"max_per_month": -1}, "negative"),
        ({"max_per_day": -1}, "negative"),
        ({"max_per_week": -1}, "negative"),
        ({"max_travel_km": -1}, "negative"),
        ({"home": (100.0, 0.0)}, "latitude"),
    ],
)
def test_an_impossible_volunteer_is_refused(over: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        volunteer(**over)


@pytest.mark.parametrize(
    "over",
    [
        {"assignments_90d": -1},
        {"asked": 1, "answered": -1},
        {"asks_this_week": -1},
        {"open_asks": -1},
        {"by_service": {"infant_checkup": -1}},
        {"asked": 1, "answered": 2},
    ],
)
def test_an_impossible_history_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"negative|more offers"):
        History(**over)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekday_that_does_not_exist_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        AvailabilityRule(weekday, time(9), time(17), YEAR)


@pytest.mark.parametrize("ends", [time(9), time(8)])
def test_weekly_hours_that_do_not_end_after_their_start_are_refused(ends: time) -> None:
    with pytest.raises(ValueError, match="end after they start"):
        AvailabilityRule(0, time(9), ends, YEAR)


def test_hours_until_midnight_end_with_the_day() -> None:
    rule = AvailabilityRule(3, time(18), time(0), YEAR)

    assert rule.window(date(2025, 11, 20), TOKYO) == Interval(at(18), at(0, day=FRIDAY))


def test_hours_that_the_clocks_skip_are_no_hours() -> None:
    spring_forward = date(2025, 3, 9)
    rule = AvailabilityRule(6, time(2), time(3), DateRange(date(2025, 1, 1)))

    assert rule.window(spring_forward, NEW_YORK) is None


NINE_TO_FIVE = hours(900, 1700, weekdays=[3])
MORNING_AND_AFTERNOON = (*hours(900, 1200, weekdays=[3]), *hours(1200, 1700, weekdays=[3]))
UNTIL_OCTOBER = hours(valid=DateRange(date(2025, 4, 1), date(2025, 10, 31)))
OVERNIGHT = Interval(at(22), at(2, day=FRIDAY))


@pytest.mark.parametrize(
    ("availability", "interval", "state"),
    [
        pytest.param(Availability(NINE_TO_FIVE), span(900, 1700), "free", id="exactly her hours"),
        pytest.param(Availability(NINE_TO_FIVE), span(859, 1000), "away", id="a minute early"),
        pytest.param(Availability(NINE_TO_FIVE), span(1600, 1701), "away", id="a minute late"),
        pytest.param(Availability(NINE_TO_FIVE), span(1000, 1100, day=FRIDAY), "away", id="another weekday"),
        pytest.param(Availability(MORNING_AND_AFTERNOON), span(1100, 1300), "free", id="hours that touch are one"),
        pytest.param(Availability(UNTIL_OCTOBER), span(1000, 1100), "unknown", id="rules ran out"),
        pytest.param(Availability(), span(1000, 1100), "unknown", id="no rules"),
        pytest.param(Availability((), (span(1000, 1100),)), span(1059, 1200), "away", id="exception without rules"),
        pytest.param(Availability(hours(), (span(1000, 1100),)), span(1059, 1200), "away", id="exception in her hours"),
        pytest.param(Availability(hours(), (span(1000, 1100),)), span(1100, 1200), "free", id="after the exception"),
        pytest.param(Availability(hours()), OVERNIGHT, "free", id="over midnight in whole days"),
        pytest.param(Availability(hours(weekdays=[3])), OVERNIGHT, "away", id="over midnight into no hours"),
        pytest.param(
            Availability(hours(valid=DateRange(date(2025, 4, 1), date(2025, 11, 20)))),
            OVERNIGHT,
            "unknown",
            id="over midnight past the last day of the rules",
        ),
        pytest.param(
            Availability(hours(900, 1700, valid=DateRange(date(2025, 4, 1), date(2025, 11, 20)))),
            OVERNIGHT,
            "away",
            id="away in one part outweighs unknown in the other",
        ),
    ],
)
def test_availability_is_judged_for_every_part_of_the_interval(
    availability: Availability, interval: Interval, state: str
) -> None:
    assert availability.state(interval, TOKYO) == AvailabilityState(state)


NO_DAY = answered()
THAT_DAY = answered(*named(DAY))
THAT_MORNING = answered(*named(DAY, starts=900, ends=1200))
AS_EVER = answered(hours=None, at_most=1)


@pytest.mark.parametrize(
    ("availability", "interval", "state"),
    [
        pytest.param(Availability((), (), (THAT_DAY,)), span(1000, 1100), "free", id="a named day"),
        pytest.param(Availability((), (), (THAT_DAY,)), OVERNIGHT, "away", id="into a day not named"),
        pytest.param(Availability((), (), (THAT_MORNING,)), span(900, 1200), "free", id="exactly the named hours"),
        pytest.param(Availability(hours(), (), (THAT_MORNING,)), span(900, 1201), "away", id="a minute more"),
        pytest.param(
            Availability(hours(weekdays=[0]), (), (THAT_DAY,)), span(1000, 1100), "free", id="beats the weekly hours"
        ),
        pytest.param(Availability(hours(), (), (NO_DAY,)), span(1000, 1100), "away", id="none this month"),
        pytest.param(
            Availability(hours(), (), (answered(period=DECEMBER),)), span(1000, 1100), "free", id="another month"
        ),
        pytest.param(Availability(hours(), (), (AS_EVER,)), span(1000, 1100), "free", id="the weekly hours hold"),
        pytest.param(Availability((), (), (AS_EVER,)), span(1000, 1100), "unknown", id="no weekly hours to hold"),
        pytest.param(Availability((), (), (NO_DAY, THAT_DAY)), span(1000, 1100), "free", id="the later answer"),
        pytest.param(
            Availability((), (span(1030, 1100),), (THAT_DAY,)), span(1000, 1100), "away", id="an exception beats it"
        ),
    ],
)
def test_an_answer_stands_above_the_weekly_hours_of_its_period(
    availability: Availability, interval: Interval, state: str
) -> None:
    assert availability.state(interval, TOKYO) == AvailabilityState(state)


def test_a_day_that_was_not_named_is_no_exception() -> None:
    assert not Availability(hours(), (), (NO_DAY,)).excepted(span(1000, 1100))


@pytest.mark.parametrize(
    ("at_most", "day", "cap"),
    [(None, DAY, 4), (2, DAY, 2), (9, DAY, 4), (0, DAY, 0), (2, date(2025, 12, 1), 4)],
    ids=["nothing said", "fewer", "never more than ever", "none", "another month"],
)
def test_an_answer_lowers_the_cap_of_its_period(at_most: int | None, day: date, cap: int) -> None:
    caps = volunteer(availability=Availability((), (), (answered(at_most=at_most),))).caps_per_month(day)

    assert min(one.limit for one in caps) == cap


def test_days_share_a_cap_within_its_span_and_its_answer() -> None:
    late = DateRange(date(2025, 11, 15), date(2025, 12, 14))
    she = volunteer(
        max_per_day=1, max_per_week=2, availability=Availability((), (), (answered(period=late, at_most=1),))
    )
    sunday, monday = date(2025, 11, 23), date(2025, 11, 24)

    assert she.caps_per_day(sunday) != she.caps_per_day(monday)
    assert she.caps_per_week(sunday) != she.caps_per_week(monday)
    assert she.caps_per_week(monday) == she.caps_per_week(date(2025, 11, 30))
    assert she.caps_per_month(sunday) == she.caps_per_month(monday)
    assert she.caps_per_month(date(2025, 11, 1)) == she.caps_per_month(monday)[1:]
    assert not set(she.caps_per_month(date(2025, 12, 1))) & set(she.caps_per_month(monday))


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    she = volunteer(max_per_week=1)

    assert she.caps_per_week(date(2025, 12, 29)) == she.caps_per_week(date(2026, 1, 4))


def test_without_caps_of_their_own_days_and_weeks_have_none() -> None:
    assert volunteer().caps_per_day(DAY) == volunteer().caps_per_week(DAY) == ()


def test_a_cap_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        answered(at_most=-1)


def test_hours_follow_the_clocks_of_the_zone() -> None:
    nine_to_ten = Availability(hours(900, 1000, valid=DateRange(date(2025, 1, 1))))
    summer = datetime(2025, 7, 1, 9, tzinfo=NEW_YORK)
    winter = datetime(2025, 12, 1, 9, tzinfo=NEW_YORK)

    for start in (summer, winter):
        interval = Interval(start, start.replace(hour=10))
        assert nine_to_ten.state(interval, NEW_YORK) is AvailabilityState.free
        assert nine_to_ten.state(interval, TOKYO) is AvailabilityState.away


@pytest.mark.parametrize(
    ("availability", "interval", "preferred"),
    [
        pytest.param(Availability(hours(900, 1200, preferred=True)), span(900, 1200), True, id="exactly"),
        pytest.param(Availability(hours(900, 1200, preferred=True)), span(900, 1201), False, id="a minute more"),
        pytest.param(Availability(hours()), span(1000, 1100), False, id="plainly free"),
        pytest.param(Availability(hours(weekdays=[3], preferred=True)), OVERNIGHT, False, id="only the first day"),
        pytest.param(
            Availability(hours(preferred=True), (), (answered(*named(DAY)),)), span(900, 1200), True, id="a named day"
        ),
    ],
)
def test_free_hours_are_preferred_if_they_lie_wholly_in_preferred_ones(
    availability: Availability, interval: Interval, *, preferred: bool
) -> None:
    assert availability.preferred(interval, TOKYO) is preferred
