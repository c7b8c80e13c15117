"""What the database notes of changes to people, and which of it a reader has not seen."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from api.db import Wiring
from models.growing import EarlierSteps
from models.host_stay import StayStatus
from models.offer import OfferStatus
from models.roster_change import TELLERS, Teller
from models.tables import METADATA
from models.volunteer import Volunteer, VolunteerStatus
from services import growing, roster_changes, roster_statements
from services.roster import muster
from services.roster_changes import Mark
from services.unit import Unit
from tests.factories import Make
from tests.makers.work import VISIT
from tests.queries import counted

Units = Callable[..., AbstractContextManager[Unit]]


class Known(NamedTuple):
    """Somebody of whom every table that is read has something, and what was seen since."""

    volunteer: Volunteer
    mark: Mark


@pytest.fixture
def ann(make: Make, unit: Units) -> Known:
    """Somebody with all that people can have."""
    ann = make.volunteer(skills=("first_aid",), cleared=True)
    place = make.facility(district="east")
    opened = make.shift_with_demand(place=place, ages=(3,))
    make.assignment(opened, ann)
    make.offer(make.shift_with_demand(starts_at=VISIT + timedelta(days=3)), ann, OfferStatus.SENT)
    make.away(ann, VISIT, VISIT + timedelta(days=1))
    make.availability_call(ann)
    make.seat(make.training(facility_id=place.id), ann)
    make.visit(make.classroom(place=place), volunteer_id=ann.id, expert_name=None)
    make.stay(make.host(ann), StayStatus.CONFIRMED, starts_at=VISIT + timedelta(days=9))
    with unit() as it:
        counts: dict[str, Any] = {
            "kind": "infant_checkup",
            "language": "en",
            "shadowed": 1,
            "paired": 0,
            "alone": 0,
            "reason": "架空",
        }
        it.add(EarlierSteps(volunteer_id=ann.id, **counts, **it.stamp()))
    with unit() as it:
        return Known(ann, roster_changes.mark(it))


def changed(unit: Units, mark: Mark) -> Any:
    with unit(write=False) as it:
        return roster_changes.since(it, mark)


def read_columns() -> Iterator[tuple[str, str]]:
    """Whatever the roster's statements read, but for primary keys, which never change."""
    for statement in (*vars(roster_statements).values(), growing._WHERE_ASKED):
        if isinstance(statement, sa.sql.expression.SelectBase):
            for element in visitors.iterate(statement):
                if isinstance(element, sa.Column) and not element.primary_key:
                    table: Any = getattr(element.table, "element", element.table)  # an alias has one
                    yield table.name, element.name


def test_whatever_the_roster_reads_tells_of_its_changes() -> None:
    told = {(teller.table, column) for teller in TELLERS for column in teller.columns}
    read = set(read_columns())
    assert len(read) > 50
    assert sorted(read - told) == []


def test_the_roster_reads_no_other_table(ann: Known, unit: Units, wiring: Wiring) -> None:
    with unit(write=False) as it, counted(wiring.database) as seen:
        muster(it, [ann.volunteer.id])
    tables = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(seen.texts)))
    assert len(tables) > 20
    assert sorted(tables - {teller.table for teller in TELLERS}) == []


@pytest.mark.parametrize("teller", TELLERS, ids=lambda teller: teller.table)
def test_each_table_tells_whose_values_it_changes(ann: Known, unit: Units, teller: Teller, make: Make) -> None:
    other = make.volunteer()
    before = changed(unit, ann.mark)
    with unit() as it:
        mark = roster_changes.mark(it)
    with unit() as it:
        column = teller.columns[-1]
        it.session.execute(sa.text(f"UPDATE {teller.table} SET {column} = {column}"))  # noqa: S608 - our own names

    assert before == {other.id}
    assert ann.volunteer.id in changed(unit, mark)


HERS = [one.table for one in TELLERS if not one.pointed_at and one.table != "volunteer"]


@pytest.mark.parametrize("name", HERS)
def test_what_is_hers_tells_that_it_goes_and_comes(ann: Known, unit: Units, name: str) -> None:
    table = METADATA.tables[name]
    with unit() as it:
        row = it.session.execute(sa.select(table).order_by(table.primary_key.columns[0].desc())).first()
        assert row is not None
        counts = [it.session.scalar(_COUNT)]
        for statement in (
            sa.delete(table).where(table.primary_key.columns[0] == row[0]),
            sa.insert(table).values(row._asdict()),
        ):
            it.session.execute(statement)
            counts.append(it.session.scalar(_COUNT))
        found: Any = roster_changes.since(it, ann.mark)
    assert [after - before for before, after in pairwise(counts)] == [1, 1]
    assert found == {ann.volunteer.id}


_COUNT = sa.text("SELECT count(*) FROM roster_change")


def suspend(unit: Unit, volunteer: Volunteer) -> None:
    unit.get(Volunteer, volunteer.id).status = VolunteerStatus.SUSPENDED
    unit.session.flush()


def test_what_is_committed_late_is_seen_late_and_not_missed(make: Make, unit: Units, dialect: str) -> None:
    """Of two transactions the one that began first ends last; on SQLite writers wait for each other."""
    early, late = make.volunteer(), make.volunteer()
    with unit() as it:
        start = roster_changes.mark(it)
    with ExitStack() as stack:
        slow = stack.enter_context(unit())
        suspend(slow, early)
        if dialect == "sqlite":
            slow.session.commit()
        with unit() as quick:
            suspend(quick, late)
        with unit(write=False) as reader:
            between = roster_changes.mark(reader)
        first = changed(unit, start)

    assert first == ({late.id} if dialect == "postgresql" else {early.id, late.id})
    assert changed(unit, between) == ({early.id} if dialect == "postgresql" else set())


def test_what_is_undone_has_not_happened(make: Make, unit: Units) -> None:
    volunteer = make.volunteer()
    with unit() as it:
        mark = roster_changes.mark(it)

    with unit() as it:
        suspend(it, volunteer)
        seen: Any = roster_changes.since(it, mark)
        assert seen == {volunteer.id}  # its own changes are new to whoever read before
        it.session.rollback()

    assert changed(unit, mark) == set()


def test_another_content_concerns_everybody(make: Make, unit: Units) -> None:
    make.volunteer()
    with unit() as it:
        mark = roster_changes.mark(it)

    with unit() as it:
        roster_changes.tell_of_everybody(it)

    assert changed(unit, mark) is None
    with unit() as it:
        mark = roster_changes.mark(it)
    volunteer = make.volunteer()
    assert changed(unit, mark) == {volunteer.id}
