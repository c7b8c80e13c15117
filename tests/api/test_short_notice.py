"""Whoever is asked at short notice whether she keeps a moved place has a whole day to answer, or until it begins."""

from datetime import datetime, timedelta

import pytest

from api.db import Wiring
from models.assignment import Assignment
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import Met, add_term, change_term, met_of
from tests.makers.doors import by_phone, done, on_shift, settle
from worker.passing import move_shifts
from worker.reminding import settle_conditions

Class = tuple[dict[str, object], Met, list[Volunteer], list[Assignment]]


def due(by: Client, stands: Assignment) -> list[str]:
    return [one["due_on"] for one in done(by.get(f"/v1/assignments/{stands.id}"))["conditions"]]


@pytest.fixture
def saturday(make: Make, manager: Client, owner: Organization, wiring: Wiring) -> Class:
    """A class of Saturday morning with two tutors."""
    term = done(add_term(manager, make.classroom(owner=owner), rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    tutors = [make.tutor() for _ in range(2)]
    return term, met, tutors, [make.assignment(met, one) for one in tutors]


@pytest.mark.parametrize(
    ("moved_at", "due_on"),
    [
        ("2025-11-10T12:00:00+09:00", "2025-11-13"),
        ("2025-11-12T20:00:00+09:00", "2025-11-13"),
        ("2025-11-13T20:00:00+09:00", "2025-11-14"),
        ("2025-11-14T20:00:00+09:00", "2025-11-15"),
        ("2025-11-15T07:00:00+09:00", "2025-11-15"),
    ],
)
def test_nobody_has_less_than_a_whole_day_unless_it_begins_sooner(
    manager: Client, saturday: Class, clock: SetClock, wiring: Wiring, moved_at: str, due_on: str
) -> None:
    term, met, _, stood = saturday
    clock.now = datetime.fromisoformat(moved_at)
    done(change_term(manager, term, starts="10:30", ends="12:00"))

    assert [due(manager, one) for one in stood] == [[due_on], [due_on]]
    clock.now = datetime.fromisoformat(f"{due_on}T23:00:00+09:00")
    if clock.now < met.session.starts_at:
        settle_conditions(wiring)
        assert [status for _, status, _ in on_shift(wiring, met)] == ["tentative", "tentative"]
        clock.forward(hours=1, minutes=6)
        settle_conditions(wiring)
        still = "tentative" if due_on == "2025-11-15" else "cancelled"
        assert [status for _, status, _ in on_shift(wiring, met)] == [still, still]


def test_the_start_settles_whoever_is_asked_until_the_day_itself(
    manager: Client, saturday: Class, clock: SetClock, wiring: Wiring
) -> None:
    term, met, tutors, stood = saturday
    clock.now = met.session.starts_at - timedelta(hours=12)
    done(change_term(manager, term, starts="10:30", ends="12:00"))
    clock.forward(hours=11)
    settle_conditions(wiring)
    done(settle(manager, stood[0], "keep", on_behalf=by_phone(tutors[0], clock.now.isoformat())))

    clock.forward(hours=2)
    move_shifts(wiring)

    assert [status for _, status, _ in on_shift(wiring, met)] == ["confirmed", "cancelled"]
