"""Until when an offer is to be answered: a day or a quarter of the time left, asleep from 21:00 to 8:00."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deadlines import DAY, is_last_call, last_call, reply_by, sent_from
from services.rules import HouseRules

RULES = HouseRules(zone=ZoneInfo("Asia/Tokyo"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-{text}:00+09:00")


CASES = [
    # 24 waking hours, 13 a day: 11 today, 13 tomorrow
    ("11-10T10:00", "11-20T10:00", False, "11-11T21:00"),
    ("11-10T09:00", "11-20T10:00", False, "11-11T20:00"),
    # a quarter of 48 hours is 12
    ("11-10T08:00", "11-12T08:00", False, "11-10T20:00"),
    ("11-10T10:00", "11-12T10:00", False, "11-11T09:00"),
    # asked in the evening, before dawn and at night
    ("11-10T20:00", "11-12T20:00", False, "11-11T19:00"),
    ("11-10T06:00", "11-12T06:00", False, "11-10T20:00"),
    ("11-10T22:00", "11-12T22:00", False, "11-11T20:00"),
    ("11-10T21:00", "11-12T21:00", False, "11-11T20:00"),
    # exactly a day left still sleeps; a minute less does not
    ("11-10T18:00", "11-11T18:00", False, "11-11T11:00"),
    ("11-10T18:00", "11-11T17:56", False, "11-10T23:59"),
    # urgent: 2 hours, or a quarter where that is less
    ("11-10T10:00", "11-20T10:00", True, "11-10T12:00"),
    ("11-10T20:00", "11-20T10:00", True, "11-11T09:00"),
    ("11-10T20:00", "11-11T10:00", True, "11-10T22:00"),
    ("11-10T10:00", "11-10T14:00", True, "11-10T11:00"),
]


@pytest.mark.parametrize(("now", "starts_at", "urgent", "expected"), CASES)
def test_deadlines(now: str, starts_at: str, urgent: bool, expected: str) -> None:  # noqa: FBT001 - a column of the table
    assert reply_by(at(now), at(starts_at), RULES, urgent=urgent) == at(expected)


@given(
    now=st.datetimes(datetime(2025, 4, 1), datetime(2027, 3, 31)),  # noqa: DTZ001 - the zone is added below
    left=st.timedeltas(timedelta(minutes=1), timedelta(days=120)),
    urgent=st.booleans(),
)
def test_a_deadline_lies_between_now_and_the_start_and_in_waking_hours(
    now: datetime,
    left: timedelta,
    urgent: bool,  # noqa: FBT001 - given by name
) -> None:
    now = now.replace(tzinfo=RULES.zone)

    deadline = reply_by(now, now + left, RULES, urgent=urgent)

    assert now < deadline <= now + left
    if left >= timedelta(hours=24):
        assert RULES.quiet_until <= deadline.astimezone(RULES.zone).time() <= RULES.quiet_from


MOMENTS = st.datetimes(datetime(2025, 4, 1), datetime(2027, 3, 31))  # noqa: DTZ001 - the zone is added below
LEFT = st.timedeltas(timedelta(minutes=1), timedelta(days=120))


@given(now=MOMENTS, left=LEFT, within=st.timedeltas(timedelta(minutes=15), timedelta(days=14)), urgent=st.booleans())
def test_time_that_the_office_grants_is_never_more_than_a_quarter_of_what_is_left(
    now: datetime,
    left: timedelta,
    within: timedelta,
    urgent: bool,  # noqa: FBT001 - given by name
) -> None:
    now = now.replace(tzinfo=RULES.zone)

    deadline = reply_by(now, now + left, RULES, urgent=urgent, within=within)

    assert now < deadline <= now + left
    assert deadline == reply_by(now, now + left, RULES, urgent=not urgent, within=within)
    if left < DAY:
        assert deadline - now == min(within, left / 4)


def test_time_that_the_office_grants_stands_for_the_hours_of_the_house() -> None:
    deadline = reply_by(at("11-10T10:00"), at("11-20T10:00"), RULES, urgent=True, within=timedelta(hours=4))
    assert deadline == at("11-10T14:00")


@pytest.mark.parametrize(
    ("due", "starts_at", "sent"),
    [
        ("11-10T10:00", "11-20T10:00", "11-10T10:00"),
        ("11-10T20:59", "11-20T10:00", "11-10T20:59"),
        ("11-10T21:00", "11-20T10:00", "11-11T08:00"),
        ("11-11T02:00", "11-20T10:00", "11-11T08:00"),
        ("11-10T23:00", "11-11T22:00", "11-10T23:00"),  # less than a day before
    ],
)
def test_waves_sleep_at_night_but_on_the_last_day(due: str, starts_at: str, sent: str) -> None:
    assert sent_from(at(due), at(starts_at), RULES) == at(sent)


def test_a_night_ends_where_less_than_a_day_is_left() -> None:
    sent = sent_from(at("11-10T22:00"), at("11-12T02:00"), RULES)
    assert sent == at("11-11T02:00") + timedelta(seconds=1)


@given(due=MOMENTS, left=LEFT)
def test_a_wave_goes_out_by_day_or_on_the_last_day_and_before_the_start(due: datetime, left: timedelta) -> None:
    due = due.replace(tzinfo=RULES.zone)
    starts_at = due + left

    sent = sent_from(due, starts_at, RULES)

    assert due <= sent < starts_at
    assert sent_from(sent, starts_at, RULES) == sent
    awake = RULES.quiet_until <= sent.astimezone(RULES.zone).time() < RULES.quiet_from
    assert awake or starts_at - sent < DAY


@given(now=MOMENTS, left=LEFT)
def test_the_last_call_is_when_less_than_six_hours_remain(now: datetime, left: timedelta) -> None:
    now = now.replace(tzinfo=RULES.zone, microsecond=0)
    left = timedelta(seconds=left // timedelta(seconds=1))

    assert is_last_call(now, now + left, RULES) is (left < timedelta(hours=6))
    assert is_last_call(last_call(now, RULES), now, RULES)
