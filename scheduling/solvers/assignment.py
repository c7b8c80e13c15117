"""One seat at most for each row, so that as many rows as can be are seated and, among such answers, the values sum highest.

The Hungarian method with potentials in whole numbers: exact, and the same answer for the same matrix.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
FAR: Final = 2**60


def assign(values: Sequence[Sequence[int | None]]) -> list[int | None]:
    """Return the column of each row, None where it gets none. Values are at least 0; None stands for what may not be."""
    rows, columns = len(values), len(values[0]) if values else 0
    worth = 1 + rows * max((value or 0 for row in values for value in row), default=0)
    cost = np.zeros((rows, columns + rows), dtype=np.int64)  # behind the seats, one place to stay without for each row
    for position, row in enumerate(values):
        cost[position, :columns] = [1 if value is None else -(worth + value) for value in row]
    found = _cheapest(cost)
    return [column if column < columns else None for column in found]


def _cheapest(cost: Ints) -> list[int]:
    """Return the columns of the cheapest assignment, rows being no more than columns; numbers inside count from 1."""
    rows, columns = cost.shape
    row_price, price = np.zeros(rows + 1, dtype=np.int64), np.zeros(columns + 1, dtype=np.int64)
    owner = np.zeros(columns + 1, dtype=np.int64)
    for row in range(1, rows + 1):
        owner[0] = row
        _seat(cost, row_price, price, owner)
    seated = {int(row): column for column, row in enumerate(owner[1:]) if row}
    return [seated[row] for row in range(1, rows + 1)]


def _seat(cost: Ints, row_price: Ints, price: Ints, owner: Ints) -> None:
    """Seat the row that stands at column 0 by the cheapest chain of moves; prices stay such that none is a bargain."""
    least, came_from = np.full(len(price), FAR), np.zeros(len(price), dtype=np.int64)
    done = np.zeros(len(price), dtype=bool)
    column = 0
    while column == 0 or owner[column]:
        done[column] = True
        offered = cost[owner[column] - 1] - row_price[owner[column]] - price[1:]
        cheaper = 1 + np.flatnonzero(~done[1:] & (offered < least[1:]))
        least[cheaper], came_from[cheaper] = offered[cheaper - 1], column
        following = int(np.argmin(np.where(done, FAR, least)))
        step = least[following]
        row_price[owner[done]] += step
        price[done] -= step
        least[~done] -= step
        column = following
    while column:
        owner[column] = owner[came_from[column]]
        column = int(came_from[column])
