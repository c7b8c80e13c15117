"""What is due to thousands at once is done in chunks, to the last of them, and one that fails holds up no other."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.volunteer import Volunteer
from services.clock import SetClock
from services.unit import Unit
from tests.factories import Make
from tests.makers.doors import notices_of
from worker import due
from worker.registrations import remind_of_renewal


def unthanked(_: Unit) -> SelectOfScalar[UUID]:
    return select(Volunteer.id).where(col(Volunteer.notes_staff) == "")


def test_all_who_are_due_are_reminded_in_one_run(
    make: Make, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 2)
    people = [make.volunteer() for _ in range(5)]
    clock.forward(days=(date(2026, 3, 1) - date(2025, 11, 10)).days)
    assert remind_of_renewal(wiring) == 5
    assert sorted(notices_of(wiring), key=str) == sorted((("renewal_reminder", one.id) for one in people), key=str)
    assert remind_of_renewal(wiring) == 0


def test_one_that_fails_holds_up_no_other(make: Make, wiring: Wiring) -> None:
    people = [make.volunteer() for _ in range(3)]

    def note(_: Unit, rows: Sequence[Volunteer]) -> None:
        for row in rows:
            if row.id == people[1].id:
                raise ValueError("this one")
            row.notes_staff = "済"

    assert due.in_chunks(wiring, Volunteer, unthanked, note) == 2
    with wiring.unit(write=False) as unit:
        assert [unit.get(Volunteer, one.id).notes_staff for one in people] == ["済", "", "済"]
