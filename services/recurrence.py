"""Recurrence rules: the part of RFC 5545 that a term of visits needs, read strictly, and the days it names.

A rule counts in local days; the wall-clock time belongs to the series. What a calendar could mean but a term cannot
(by the hour, without an end, longer than a term) is refused with a code of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

from services.errors import InvalidFields, invalid

TERM_MONTHS = 6
MOST = 60

_FINER = re.compile(r"FREQ=(?:HOURLY|MINUTELY|SECONDLY)|BY(?:HOUR|MINUTE|SECOND)=.*")
_WEEKDAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_FORMS: Mapping[str, str] = {
    "FREQ": "DAILY|WEEKLY|MONTHLY",
    "INTERVAL": r"[1-9]\d?",
    "COUNT": r"[1-9]\d{0,2}",
    "UNTIL": r"\d{8}",
    "WKST": _WEEKDAY,
    "BYDAY": rf"(?:[+-]?[1-5])?{_WEEKDAY}(?:,(?:[+-]?[1-5])?{_WEEKDAY})*",
    "BYMONTHDAY": r"-?(?:0?[1-9]|[12]\d|3[01])(?:,-?(?:0?[1-9]|[12]\d|3[01]))*",
    "BYSETPOS": r"-?[1-9]\d?(?:,-?[1-9]\d?)*",
}
_ENDS = ("COUNT", "UNTIL")
_CYCLE_YEARS = 400
_CYCLE = timedelta(days=146_097)
"""After 400 years the Gregorian calendar begins anew, on the same day of the week."""


@dataclass(frozen=True)
class Rule:
    """A rule that was read: its parts by name, in the order written. It ends by exactly one of COUNT and UNTIL."""

    parts: Mapping[str, str]

    def __str__(self) -> str:
        return ";".join(f"{name}={value}" for name, value in self.parts.items())

    def until(self, last: date) -> "Rule":
        """Return the same rule with its end at a day, included."""
        return Rule({**self._endless(), "UNTIL": f"{last:%Y%m%d}"})

    def _endless(self) -> dict[str, str]:
        return {name: value for name, value in self.parts.items() if name not in _ENDS}

    def days(self, first: date) -> list[date]:
        """Return the days from `first` on, at least one. Raises `InvalidFields` when there is none, or beyond a term."""
        limit = first + relativedelta(months=TERM_MONTHS) - timedelta(days=1)
        last = _day(self.parts["UNTIL"]) if "UNTIL" in self.parts else limit
        if last > limit:
            raise too_long()
        days = [] if self._names_none(first, last) else self._expanded(first, last)
        if not days:
            raise invalid("/rule", "SER_EMPTY")
        if "COUNT" not in self.parts:
            return days
        count = int(self.parts["COUNT"])
        if count > len(days):
            raise too_long()
        return days[:count]

    def _names_none(self, first: date, last: date) -> bool:
        """Return whether it ends before it begins, or wants a second one of days that stand alone."""
        positions = self.parts.get("BYSETPOS", "1").split(",")
        return last < first or (self.parts["FREQ"] == "DAILY" and {"1", "-1"}.isdisjoint(positions))

    def _expanded(self, first: date, last: date) -> list[date]:
        """Return the days of the rule by dateutil, as late as its calendar reaches.

        It looks for the next day until the year 9999, whatever the end: a rule that never meets a day would keep it busy
        for seconds. Where the calendar is the same and nearly over it finds out at once.
        """
        ahead = _CYCLE * ((MAXYEAR - 1 - first.year) // _CYCLE_YEARS)
        rule = rrulestr(str(self.until(last + ahead)), dtstart=datetime.combine(first + ahead, datetime.min.time()))
        return [moment.date() - ahead for moment in rule]


def too_long() -> InvalidFields:
    """Return the refusal of a rule beyond a term."""
    return invalid("/rule", "SER_LONG", months=TERM_MONTHS, max=MOST)


def parse(text: str) -> Rule:
    """Read a rule. Raises `InvalidFields` naming what is wrong with it: `SER_RULE`, `SER_OFTEN`, `SER_ENDLESS`."""
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, _, value = part.partition("=")
        if _FINER.fullmatch(part):
            raise invalid("/rule", "SER_OFTEN")
        if name in parts or name not in _FORMS or not re.fullmatch(_FORMS[name], value, re.ASCII):
            raise _unreadable(part)
        parts[name] = value
    _check_together(parts)
    return Rule(parts)


def _check_together(parts: Mapping[str, str]) -> None:
    """Refuse parts that RFC 5545 §3.3.10 does not let stand beside each other."""
    monthly = parts.get("FREQ") == "MONTHLY"
    misplaced = {
        "FREQ": "FREQ" not in parts,
        "BYDAY": not monthly and re.search(r"\d", parts.get("BYDAY", "")),
        "BYMONTHDAY": parts.get("FREQ") == "WEEKLY" and "BYMONTHDAY" in parts,
        "BYSETPOS": "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys(),
        "UNTIL": parts.keys() >= set(_ENDS),
    }
    for name, wrong in misplaced.items():
        if wrong:
            raise _unreadable(name)
    if parts.keys().isdisjoint(_ENDS):
        raise invalid("/rule", "SER_ENDLESS")
    if "UNTIL" in parts:
        _day(parts["UNTIL"])


def _day(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _unreadable(f"UNTIL={digits}") from None


def _unreadable(part: str) -> InvalidFields:
    return invalid("/rule", "SER_RULE", part=part)
