"""Everybody kept in memory and ranked by columns, so that a ranking reads a few people instead of thousands.

The roll proposes, a fresh read disposes. It holds people as they were at a mark in the log of changes. For a ranking it
names the best of those who are as they were; who changed since, by a row or by the clock alone, is named beside them;
all of these are then read and ranked anew in the transaction that asked. So what is kept may be old, never wrong.

A roll is never changed. When it is wanting, or many people have changed, the next one is made beside the requests,
which go on with the one at hand, or read everybody as they would without it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.offer import Offer
from models.volunteer import Volunteer, VolunteerStatus
from scheduling import problem as values
from services import roster_changes
from services.roster import Kept, muster_to_keep
from services.shift_values import rules_of
from services.unit import Unit

if TYPE_CHECKING:
    from scheduling.roll import Roll

MARGIN: Final = 5
"""People named beyond those who are wanted: somebody may change while they are being read."""
MANY: Final = 50
"""People who changed, beyond whom a new roll is worth its making: each is read with every ranking until then."""
AT_ONCE: Final = 1000
"""People read by one statement, since the parameters of one are limited."""


@dataclass(frozen=True)
class _Known:
    """Everybody as of a mark, and when the clock makes somebody another, the soonest first."""

    mark: roster_changes.Mark
    read_at: datetime
    rules: values.Rules
    people: Mapping[UUID, Kept]
    roll: "Roll"
    turns: tuple[tuple[datetime, UUID], ...]

    def turned(self, now: datetime) -> set[UUID]:
        """Return whom the clock has changed."""
        return {volunteer_id for _, volunteer_id in self.turns[: bisect_right(self.turns, now, key=_when)]}


def _when(turn: tuple[datetime, UUID]) -> datetime:
    return turn[0]


class KeptRoll:
    """The roll of one process. `opened` gives units that read, `beside` runs what requests do not wait for.

    It is made once a ranking has had to look at `least` people.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[Unit]],
        beside: Callable[[Callable[[], None]], None],
        least: int,
    ) -> None:
        self._opened, self._beside, self._least = opened, beside, least
        self._known: _Known | None = None
        self._making = Lock()

    def looked_at(self, count: int) -> None:
        """Note at how many people a ranking had to look that did without the roll."""
        if self._known is None and count >= self._least:
            self._make()

    def shortlist(
        self, unit: Unit, shift: values.Shift, need: values.Need, count: int, batch_id: UUID | None = None
    ) -> frozenset[UUID] | None:
        """Return people among whom are the best `count` for a need, as they would be asked in a batch; None: look at all.

        Where fewer can come, all of these are among them.
        """
        known = self._known
        if known is None or not need.languages:
            return None
        changed = self._changed(unit, known)
        if changed is None:
            return None
        if batch_id is not None:  # what was sent in it is the same ask: they count as asked less often than was read
            changed |= set(unit.session.exec(select(Offer.volunteer_id).where(Offer.batch_id == batch_id)))
        best = known.roll.rank(shift, need, count + MARGIN, without={str(one) for one in changed})
        return frozenset({*changed, *(UUID(one.volunteer_id) for one in best)})

    def _changed(self, unit: Unit, known: _Known) -> set[UUID] | None:
        """Return who is not as she was read; None where the roll is of no use any more. See to the next one."""
        changed = None if _is_past(unit, known) else roster_changes.since(unit, known.mark)
        found = None if changed is None else known.turned(unit.now) | changed
        if found is None or len(found) > MANY:
            self._make()
        return found

    def _make(self) -> None:
        """Make the next roll, unless that is being done."""
        if self._making.acquire(blocking=False):
            self._beside(self._made)

    def _made(self) -> None:
        try:
            with self._opened() as unit:
                self._known = _next(unit, self._known)
        finally:
            self._making.release()


def _is_past(unit: Unit, known: _Known) -> bool:
    """Tell whether people count otherwise than when they were read: another day, other weights, a clock set back."""
    return known.rules != rules_of(unit) or unit.now < known.read_at


def _next(unit: Unit, known: _Known | None) -> _Known:
    """Read who changed, or everybody, and make the roll of all."""
    mark = roster_changes.mark(unit)  # at first: whatever changes while the rest is read counts as changed after it
    changed = None if known is None or unit.now < known.read_at else roster_changes.since(unit, known.mark)
    if known is None or changed is None:
        people = _read(unit, unit.session.exec(_THERE).all())
    else:
        turned = changed | known.turned(unit.now)
        there = [row for some in _cut(turned) for row in unit.session.exec(_THERE.where(col(Volunteer.id).in_(some)))]
        people = {one: kept for one, kept in known.people.items() if one not in turned} | _read(unit, there)
    return _known_as(unit, mark, people)


# Nobody else can come to anything; who becomes active has changed.
_THERE = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE)


def _read(unit: Unit, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    return {one: kept for some in _cut(ids) for one, kept in muster_to_keep(unit, some).items()}


def _cut(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, AT_ONCE)), [])


def _known_as(unit: Unit, mark: roster_changes.Mark, people: Mapping[UUID, Kept]) -> _Known:
    from scheduling.roll import Roll  # noqa: PLC0415 - few foundations are so large, and numpy weighs more than the rest

    rules = rules_of(unit)
    calendars = {kept.volunteer.id: kept.calendar for kept in people.values()}
    problem = values.Problem((), tuple(kept.volunteer for kept in people.values()), calendars, rules)
    turns: list[Any] = sorted((kept.until, one) for one, kept in people.items() if kept.until is not None)
    return _Known(mark, unit.now, rules, people, Roll(problem), tuple(turns))
