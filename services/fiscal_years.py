"""Fiscal years: from 1 April to 31 March, named by the year they begin in."""

from datetime import date

APRIL = 4


def fiscal_year(day: date) -> int:
    """Return the fiscal year a day lies in."""
    return day.year - (day.month < APRIL)


def first_day(year: int) -> date:
    """Return the 1 April a fiscal year begins with."""
    return date(year, APRIL, 1)


def last_day(year: int) -> date:
    """Return the 31 March a fiscal year ends with."""
    return date(year + 1, 3, 31)
