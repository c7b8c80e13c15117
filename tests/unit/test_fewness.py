"""Small numbers of families are withheld, and nothing that is shown brings one back."""

from collections.abc import Sequence
from copy import deepcopy
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fewness import FEW, PARTS, SUM, Grouping, withhold_few

Figures = dict[str, Any]
COLUMNS = (*SUM, *PARTS)


def row(*parts: int) -> Figures:
    """Families by how they were served, with their sum; ways not named helped nobody."""
    counts = [*parts, *[0] * (len(PARTS) - len(parts))]
    return {"families": sum(counts), **dict(zip(PARTS, counts, strict=True)), "suppressed": []}


def total_of(groups: Sequence[Figures]) -> Figures:
    return {**{name: sum(group[name] for group in groups) for name in COLUMNS}, "suppressed": []}


def told(*groups: Figures) -> tuple[list[Figures], Figures]:
    """Groups and total as they are shown."""
    shown, total = deepcopy(list(groups)), total_of(groups)
    withhold_few({"": Grouping(shown)}, total)
    return shown, total


def sums(*groups: Figures) -> list[int | None]:
    """The sums that are shown, the total's last."""
    shown, total = told(*groups)
    return [each["families"] for each in (*shown, total)]


def test_what_is_not_small_is_shown() -> None:
    shown, total = told(row(5), row(7, 0, 6), row())

    assert [*shown, total] == [row(5), row(7, 0, 6), row(), row(12, 0, 6)]


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    assert sums(row(50), row(3), row(8), row(20), row()) == [50, None, None, 20, 0, 81]


def test_two_small_groups_that_are_few_together_take_a_third() -> None:
    assert sums(row(1), row(2), row(9), row(40)) == [None, None, None, 40, 52]


@pytest.mark.parametrize("counts", [(1, 1, 1, 1, 1), (4, 4)])
def test_groups_that_their_sum_would_give_away_take_another(counts: tuple[int, ...]) -> None:
    small = [row(count) for count in counts]

    assert sums(*small, row(9), row(30)) == [*[None] * len(small), None, 30, sum(counts) + 39]


def test_where_no_other_group_is_left_the_total_goes_too() -> None:
    assert sums(row(1), row(1), row(1), row(1), row(1)) == [None] * 6


def test_a_small_total_shows_nothing() -> None:
    shown, total = told(row(2), row(), row(0, 1))

    for each in (*shown, total):
        assert {each[name] for name in COLUMNS} == {None}
        assert sorted(each["suppressed"]) == sorted(COLUMNS)


def test_one_group_alone_is_the_total() -> None:
    assert sums(row(3)) == [None, None]
    assert sums(row(6)) == [6, 6]


def test_a_small_part_hides_its_row_but_not_its_sum() -> None:
    shown, total = told(row(20, 2), row(30, 6), row(9, 9))

    assert [each["families"] for each in (*shown, total)] == [22, 36, 18, 76]
    assert [each["families_on_site"] for each in (*shown, total)] == [None, 30, None, 59]
    assert [each["families_fallback"] for each in (*shown, total)] == [None, 6, None, 17]
    assert [each["suppressed"] for each in (*shown, total)] == [list(PARTS), [], list(PARTS), []]


def test_a_small_part_of_the_total_hides_all_parts_but_no_sum() -> None:
    shown, total = told(row(20, 2), row(30))

    assert [each["families"] for each in (*shown, total)] == [22, 30, 52]
    assert {each[name] for each in (*shown, total) for name in PARTS} == {None}


PART = st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 60))
TABLES = st.lists(st.tuples(PART, PART, PART, PART).map(lambda parts: row(*parts)), max_size=7)


@settings(deadline=None)
@given(TABLES)
def test_no_small_number_is_shown_or_follows(groups: list[Figures]) -> None:
    """Sums of rows and columns are equations over what is withheld: none of them may settle a small number."""
    shown, total = told(*groups)
    true = [*groups, total_of(groups)]
    seen = [*shown, total]
    hidden = [(n, name) for n, each in enumerate(seen) for name in COLUMNS if each[name] is None]

    assert all(each[name] == 0 or each[name] >= FEW for each in seen for name in COLUMNS if each[name] is not None)
    assert all((each[name] is None) == (name in each["suppressed"]) for each in seen for name in COLUMNS)
    equations = _equations(len(true), hidden)
    for n, name in hidden:
        if 0 < true[n][name] < FEW:
            unknown = [int(cell == (n, name)) for cell in hidden]
            assert rank([*equations, unknown]) > rank(equations), (n, name)


@settings(deadline=None)
@given(TABLES)
def test_what_is_withheld_is_not_small_together(groups: list[Figures]) -> None:
    shown, total = told(*groups)

    for name in COLUMNS:
        withheld = [group[name] for group, each in zip(groups, shown, strict=True) if each[name] is None]
        if withheld and total[name] is not None:
            assert len(withheld) > 1
            assert sum(withheld) == 0 or sum(withheld) >= FEW


BLOCK = st.tuples(st.sampled_from(range(6)), st.sampled_from("abcd"), st.sampled_from(range(2)), PART)
"""Families of one month (three to a half), one language and one way of being served."""


def groupings_of(blocks: Sequence[tuple[int, str, int, int]]) -> tuple[dict[str, Grouping], Figures]:
    """All that can be asked for of one year: months, halves, languages and the year itself, with the total."""
    ways: dict[str, Any] = {"month": lambda m, _: m, "half": lambda m, _: m // 3, "language": lambda _, it: it}
    keys: dict[str, list[Any]] = {}
    rows: dict[str, list[Figures]] = {}
    for way, key_of in ways.items():
        keys[way] = sorted({key_of(month, language) for month, language, _, _ in blocks})
        parts = [[0, 0] for _ in keys[way]]
        for month, language, part, count in blocks:
            parts[keys[way].index(key_of(month, language))][part] += count
        rows[way] = [row(*each) for each in parts]
    lies_in = [keys["half"].index(month // 3) for month in keys["month"]]
    total = total_of(rows["half"])
    groupings: dict[str, Grouping] = {way: Grouping(each) for way, each in rows.items()}
    return {**groupings, "month": Grouping(rows["month"], "half", lies_in), "year": Grouping([deepcopy(total)])}, total


def shown_of(groupings: dict[str, Grouping], total: Figures) -> tuple[dict[str, Grouping], Figures]:
    shown = deepcopy((groupings, total))
    withhold_few(*shown)
    return shown


@settings(deadline=None)
@given(st.lists(BLOCK, max_size=20))
def test_all_groupings_of_a_year_together_settle_no_small_number(blocks: list[tuple[int, str, int, int]]) -> None:
    """What an outsider can get of one year: every grouping with its sums, and months that make up halves."""
    groupings, total = groupings_of(blocks)
    shown, shown_total = shown_of(groupings, total)
    true = {(way, n): each for way, one in groupings.items() for n, each in enumerate(one.groups)} | {("", 0): total}
    seen = {(way, n): each for way, one in shown.items() for n, each in enumerate(one.groups)} | {("", 0): shown_total}
    cells = [(*at, name) for at, each in seen.items() for name in COLUMNS if each[name] is None]
    assert not [at for at, each in seen.items() for name in COLUMNS if each[name] in range(1, FEW)]
    settled = _settled(groupings, cells)
    few = [(way, n, name) for way, n, name in cells if 0 < true[way, n][name] < FEW]
    assert not settled & {*few}
    assert shown["year"].groups == [shown_total]


def _settled(groupings: dict[str, Grouping], cells: list[Any]) -> set[Any]:
    """Return the withheld numbers that the sums settle: those that nothing can be added to without breaking one."""
    equations = [
        _equation(cells, [(way, n, name) for name in PARTS], (way, n, SUM[0]))
        for way, one in [*groupings.items(), ("", Grouping([{}]))]
        for n in range(len(one.groups))
    ]
    for way, one in groupings.items():
        for name in COLUMNS:
            equations.append(_equation(cells, [(way, n, name) for n in range(len(one.groups))], ("", 0, name)))
            for at in range(len(groupings[one.wider].groups) if one.wider else 0):
                inner = [(way, n, name) for n, lies_in in enumerate(one.lies_in) if lies_in == at]
                equations.append(_equation(cells, inner, (one.wider, at, name)))
    if not cells:
        return set()
    _, strengths, directions = np.linalg.svd(np.array(equations, dtype=float))
    free = directions[int((strengths > 1e-9).sum()) :]
    return {cell for n, cell in enumerate(cells) if np.abs(free[:, n]).max(initial=0) < 1e-9}


def _equation(cells: list[Any], summands: list[Any], together: Any) -> list[int]:
    return [(cell in summands) - (cell == together) for cell in cells]


def test_months_are_withheld_inside_their_half() -> None:
    """The half would tell of one withheld alone what it is."""
    months = [(0, "a", 0, 3), (1, "a", 0, 9), (2, "a", 0, 8), (3, "a", 0, 7), (4, "a", 0, 6)]
    shown, _ = shown_of(*groupings_of(months))

    assert [each["families"] for each in shown["month"].groups] == [None, 9, None, 7, 6]
    assert [each["families"] for each in shown["half"].groups] == [20, 13]


@pytest.mark.parametrize(("first", "months"), [([3], [None, 7, None]), ([4, 4], [None, None, 7, None])])
def test_a_half_that_its_months_would_need_is_withheld(first: list[int], months: list[int | None]) -> None:
    """A half of few persons, and one whose months can only be four each."""
    second = [(3, "a", 0, 7), (4, "a", 0, 6)]
    shown, total = shown_of(*groupings_of([*((n, "a", 0, count) for n, count in enumerate(first)), *second]))

    assert [each["families"] for each in shown["month"].groups] == months
    assert [each["families"] for each in shown["half"].groups] == [None, None]
    assert total["families"] == sum(first) + 13


def test_a_total_that_one_grouping_withholds_is_withheld_by_all() -> None:
    """Five languages that come to five are one each."""
    shown, total = shown_of(*groupings_of([(0, language, 0, 1) for language in "abcde"]))

    rows = [*(each for one in shown.values() for each in one.groups), total]
    assert {each["families"] for each in rows} == {None}


def _equations(rows: int, hidden: list[tuple[int, str]]) -> list[list[int]]:
    """A row per equation, a column per number withheld: parts make a row's sum, groups make the total."""
    by_row = [[(-1 if name in SUM else 1) * (n == at) for n, name in hidden] for at in range(rows)]
    by_column = [[(-1 if n == rows - 1 else 1) * (name == of) for n, name in hidden] for of in COLUMNS]
    return [*by_row, *by_column]


def rank(equations: list[list[int]]) -> int:
    """How many of the equations say something of their own."""
    left = [[Fraction(factor) for factor in equation] for equation in equations]
    found = 0
    for column in range(len(left[0])):
        pivot = next((equation for equation in left if equation[column]), None)
        if pivot is not None:
            left.remove(pivot)
            left = [_without(column, equation, pivot) for equation in left]
            found += 1
    return found


def _without(column: int, equation: list[Fraction], pivot: list[Fraction]) -> list[Fraction]:
    times = equation[column] / pivot[column]
    return [factor - times * other for factor, other in zip(equation, pivot, strict=True)]
