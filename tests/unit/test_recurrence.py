"""Rules of a series: which days they name, and what a term cannot mean."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidFields
from services.recurrence import Rule, parse

TUESDAY = date(2025, 12, 2)


def refused(rule: str, first: date = TUESDAY) -> tuple[str, object]:
    with pytest.raises(InvalidFields) as failure:
        parse(rule).days(first)
    (fault,) = failure.value.faults
    assert fault.pointer == "/rule"
    return fault.code, fault.facts.get("part")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5", ["12-02", "12-04", "12-09", "12-11", "12-16"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20251211", ["12-02", "12-04", "12-09", "12-11"]),
        ("freq=weekly;count=2", ["12-02", "12-09"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=3", ["12-05", "12-15", "12-19"]),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU;COUNT=3", ["12-02", "12-14", "12-16"]),
        ("FREQ=DAILY;INTERVAL=3;COUNT=3", ["12-02", "12-05", "12-08"]),
        ("FREQ=DAILY;BYDAY=SA;COUNT=2", ["12-06", "12-13"]),
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=3", ["12-09", "01-13", "02-10"]),
        ("FREQ=MONTHLY;BYDAY=-1FR,+1MO;UNTIL=20260131", ["12-26", "01-05", "01-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,15;COUNT=3", ["12-15", "12-31", "01-15"]),
        ("FREQ=MONTHLY;BYMONTHDAY=05;COUNT=2", ["12-05", "01-05"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["12-31", "01-30"]),
    ],
)
def test_a_rule_names_its_days(rule: str, days: list[str]) -> None:
    assert [f"{day:%m-%d}" for day in parse(rule).days(TUESDAY)] == days


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("every tuesday", "EVERY TUESDAY"),
        ("BYDAY=TU;COUNT=2", "FREQ"),
        ("FREQ=YEARLY;COUNT=2", "FREQ=YEARLY"),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "FREQ=DAILY"),
        ("FREQ=WEEKLY;COUNT=2;", ""),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=2TU;COUNT=2", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "BYMONTHDAY=32"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=2", "BYSETPOS"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "INTERVAL=0"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT=0"),
        ("FREQ=WEEKLY;COUNT=٣", "COUNT=٣"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20251219", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20251232", "UNTIL=20251232"),
        ("FREQ=WEEKLY;UNTIL=00000101", "UNTIL=00000101"),
        ("FREQ=WEEKLY;UNTIL=20251219T000000Z", "UNTIL=20251219T000000Z"),
        ("FREQ=WEEKLY;BYWEEKNO=3;COUNT=2", "BYWEEKNO=3"),
        ("RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=WEEKLY"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named_where_it_fails(rule: str, part: str) -> None:
    assert refused(rule) == ("SER_RULE", part)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=HOURLY;COUNT=2", "SER_OFTEN"),
        ("FREQ=MINUTELY;COUNT=2", "SER_OFTEN"),
        ("FREQ=SECONDLY;COUNT=2", "SER_OFTEN"),
        ("FREQ=DAILY;BYHOUR=9,13;COUNT=2", "SER_OFTEN"),
        ("FREQ=WEEKLY;BYDAY=TU", "SER_ENDLESS"),
        ("FREQ=WEEKLY;UNTIL=20260602", "SER_LONG"),
        ("FREQ=WEEKLY;COUNT=27", "SER_LONG"),
        ("FREQ=MONTHLY;COUNT=7", "SER_LONG"),
        ("FREQ=WEEKLY;UNTIL=20251201", "SER_EMPTY"),
        ("FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;COUNT=999", "SER_EMPTY"),
    ],
)
def test_what_a_term_cannot_mean_is_refused(rule: str, code: str) -> None:
    assert refused(rule) == (code, None)


def test_a_term_may_last_six_months_to_the_day() -> None:
    assert parse("FREQ=WEEKLY;COUNT=26").days(TUESDAY)[-1] == date(2026, 5, 26)
    assert parse("FREQ=DAILY;UNTIL=20260601").days(TUESDAY)[-1] == date(2026, 6, 1)


WEEKDAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, min_size=1).map(",".join)
PATTERNS = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 9)),
    st.builds("FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format, st.integers(1, 4), WEEKDAYS, st.sampled_from(["MO", "SU"])),
    st.builds("FREQ=WEEKLY;INTERVAL={}".format, st.integers(1, 4)),
    st.builds("FREQ=MONTHLY;INTERVAL={}".format, st.integers(1, 3)),
    st.builds("FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={}".format, st.integers(1, 3), st.integers(1, 28)),
    st.builds("FREQ=MONTHLY;BYDAY={};BYSETPOS={}".format, WEEKDAYS, st.sampled_from([1, 2, -1])),
)  # fmt: skip


@given(pattern=PATTERNS, first=st.dates(date(2025, 1, 1), date(2027, 1, 1)), data=st.data())
def test_a_rule_cut_at_one_of_its_days_names_the_same_days(pattern: str, first: date, data: st.DataObject) -> None:
    """Whatever the pattern and wherever it is cut: both parts together are the whole, and nothing is in both."""
    rule = parse(f"{pattern};UNTIL={first + timedelta(days=170):%Y%m%d}")
    try:
        days = rule.days(first)
    except InvalidFields:
        return  # no such day within the term
    cut = data.draw(st.sampled_from(days))
    later = parse(str(rule.until(days[-1]))).days(cut)
    earlier = _until(rule, cut - timedelta(days=1), first)
    assert earlier + later == days


def _until(rule: Rule, last: date, first: date) -> list[date]:
    return parse(str(rule.until(last))).days(first) if last >= first and rule.days(first)[0] <= last else []
