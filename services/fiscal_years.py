"""Fiscal years: from 1 April to 31 March, named by the year they begin in."""

from datetime import date

APRIL = 4
OCTOBER = 10


def fiscal_year(day: date) -> int:
    """Return the fiscal year a day lies in."""
    return day.year - (day.month < APRIL)


def first_day(year: int) -> date:
    """Return the 1 April a fiscal year begins with."""
    return date(year, APRIL, 1)


def last_day(year: int) -> date:
    """Return the 31 March a fiscal year ends with."""
    return date(year + 1, 3, 31)


Half = tuple[int, int]
"""A half of a fiscal year: the year, and 1 (from April) or 2 (from October)."""


def half_year(day: date) -> Half:
    """Return the half of the fiscal year that a day lies in."""
    return fiscal_year(day), 1 if APRIL <= day.month < OCTOBER else 2


def first_of_half(half: Half) -> date:
    """Return the 1 April or 1 October that a half begins with."""
    year, n = half
    return first_day(year) if n == 1 else date(year, OCTOBER, 1)


def end_of_half(half: Half) -> date:
    """Return the 30 September or 31 March that a half ends with."""
    year, n = half
    return date(year, 9, 30) if n == 1 else last_day(year)


def halves(first: date, last: date) -> list[Half]:
    """Return the halves that the days from `first` to `last` touch, in their order."""
    years = range(fiscal_year(first), fiscal_year(last) + 1)
    return [(year, n) for year in years for n in (1, 2) if half_year(first) <= (year, n) <= half_year(last)]
