from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.interval import DateRange, Interval, by_day, local_day, local_instant, merge, whole_day
from tests.unit.scheduling.instances import REPEATABLE, TOKYO, at, span

NEW_YORK = ZoneInfo("America/New_York")
ORIGIN = at(9)
GRID = 40


def minutes(first: int, last: int) -> Interval:
    return Interval(ORIGIN + timedelta(minutes=first), ORIGIN + timedelta(minutes=last))


def cells(interval: Interval) -> set[int]:
    """The minutes of the grid that an interval holds: the model its algebra is compared with."""
    return {minute for minute in range(GRID) if interval.start <= ORIGIN + timedelta(minutes=minute) < interval.end}


on_grid = (
    st.tuples(st.integers(0, GRID - 1), st.integers(1, 12))
    .map(lambda drawn: (drawn[0], min(GRID, drawn[0] + drawn[1])))
    .map(lambda ends: minutes(*ends))
)


def test_an_interval_keeps_its_ends_in_utc() -> None:
    interval = span(1000, 1130)

    assert interval.start.isoformat() == "2025-11-20T01:00:00+00:00"
    assert interval.end.isoformat() == "2025-11-20T02:30:00+00:00"


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-1)])
def test_an_interval_that_does_not_end_after_its_start_is_refused(length: timedelta) -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Interval(ORIGIN, ORIGIN + length)


def test_an_interval_without_offset_is_refused_at_either_end() -> None:
    naive = datetime(2025, 11, 20, 12)  # noqa: DTZ001 (the value that must be refused)

    with pytest.raises(ValueError, match="offset"):
        Interval(naive, at(13))
    with pytest.raises(ValueError, match="offset"):
        Interval(at(11), naive)


def test_minutes_count_real_time_across_a_change_of_the_clocks() -> None:
    night = Interval(datetime(2025, 11, 2, 0, tzinfo=NEW_YORK), datetime(2025, 11, 2, 3, tzinfo=NEW_YORK))

    assert night.minutes == 4 * 60


def test_intervals_are_ordered_by_start_then_end() -> None:
    assert sorted([span(1000, 1200), span(900, 1300), span(1000, 1100)]) == [
        span(900, 1300),
        span(1000, 1100),
        span(1000, 1200),
    ]


@REPEATABLE
@given(on_grid, on_grid)
def test_relations_of_two_intervals_agree_with_the_grid(one: Interval, other: Interval) -> None:
    assert one.overlaps(other) == bool(cells(one) & cells(other))
    assert one.contains(other) == (cells(one) >= cells(other))
    assert one.minutes == len(cells(one))


@REPEATABLE
@given(on_grid, on_grid)
def test_the_gap_is_the_free_minutes_between(one: Interval, other: Interval) -> None:
    mine, theirs = cells(one), cells(other)
    between = set(range(min(mine | theirs), max(mine | theirs) + 1)) - mine - theirs

    assert one.gap_minutes(other) == (None if mine & theirs else len(between))


@REPEATABLE
@given(st.lists(on_grid, max_size=8))
def test_merge_gives_the_union_as_few_separate_intervals_in_order(intervals: list[Interval]) -> None:
    merged = merge(intervals)

    assert set().union(*map(cells, merged)) == set().union(*map(cells, intervals))
    assert all(earlier.end < later.start for earlier, later in pairwise(merged))


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2025, 3, 31), False),
        (date(2025, 4, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ],
)
def test_a_range_of_days_covers_both_its_ends(day: date, covered: bool) -> None:  # noqa: FBT001
    assert DateRange(date(2025, 4, 1), date(2026, 3, 31)).covers(day) is covered


def test_a_range_of_days_without_end_covers_all_that_follows() -> None:
    endless = DateRange(date(2025, 4, 1))

    assert endless.covers(date(2100, 12, 31))
    assert not endless.covers(date(2025, 3, 31))


def test_a_range_of_days_may_be_one_day_but_not_less() -> None:
    day = date(2025, 4, 1)

    assert DateRange(day, day).covers(day)
    with pytest.raises(ValueError, match="must not end before"):
        DateRange(day, day - timedelta(days=1))


def test_the_local_day_is_that_of_the_zone() -> None:
    instant = datetime.fromisoformat("2025-11-19T15:00:00+00:00")

    assert local_day(instant, TOKYO) == date(2025, 11, 20)
    assert local_day(instant, NEW_YORK) == date(2025, 11, 19)


@REPEATABLE
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(ZoneInfo("UTC"))),  # noqa: DTZ001
    st.integers(1, 4000),
    st.sampled_from([TOKYO, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago")]),
)
def test_the_parts_by_day_tile_the_interval_and_hold_one_day_each(start: datetime, length: int, zone: ZoneInfo) -> None:
    interval = Interval(start, start + timedelta(minutes=length))

    parts = list(by_day(interval, zone))

    assert merge(part for _, part in parts) == (interval,)
    assert sum((part.end - part.start for _, part in parts), timedelta(0)) == interval.end - interval.start
    last_moment = timedelta(microseconds=1)
    for day, part in parts:
        assert local_day(part.start, zone) == local_day(part.end - last_moment, zone) == day


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 11, 20), 24), (date(2025, 3, 9), 23), (date(2025, 11, 2), 25)])
def test_a_whole_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    whole = whole_day(day, NEW_YORK)

    assert (local_day(whole.start, NEW_YORK), whole.minutes) == (day, hours * 60)
    assert [part for _, part in by_day(whole, NEW_YORK)] == [whole]


def test_a_wall_clock_time_that_comes_twice_means_the_first() -> None:
    instant = local_instant(date(2025, 11, 2), time(1, 30), NEW_YORK)

    assert instant.isoformat() == "2025-11-02T05:30:00+00:00"
