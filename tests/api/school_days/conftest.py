"""Pupils who aim at high school, and the examination of which their families hear."""

from typing import Any

import pytest

from api.db import Wiring
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.school_days import DEADLINES, EXAM, TOLD, aim, heard, letters, live_until, pupil


@pytest.fixture
def linh(make: Make, owner: Organization) -> Learner:
    """A pupil whose guardian is telephoned."""
    return pupil(make, owner)


@pytest.fixture
def lan(make: Make, owner: Organization) -> Learner:
    """A pupil whose guardian is written to in English."""
    return pupil(make, owner, guardian_email="hanako@example.jp", guardian_language="en")


@pytest.fixture
def exam(office: Client) -> dict[str, Any]:
    """The day of the entrance examination, for everybody."""
    made: dict[str, Any] = done(office.post(DEADLINES, json=EXAM), 201)
    return made


@pytest.fixture
def aimed(manager: Client, lan: Learner, wiring: Wiring, clock: SetClock, *, exam: dict[str, Any]) -> dict[str, Any]:
    """Lan aims at high school, and since yesterday a mail waits that says when the examination is."""
    assert exam["due_on"] == "2025-12-20"
    target: dict[str, Any] = done(aim(manager, lan), 201)
    live_until(wiring, clock, TOLD[0])
    assert heard(wiring) == [TOLD]
    return target


@pytest.fixture
def target(aimed: dict[str, Any], wiring: Wiring) -> dict[str, Any]:
    """Her family has read it."""
    assert len(letters(wiring)) == 1
    return aimed


@pytest.fixture
def called(make: Make, manager: Client, owner: Organization, exam: dict[str, Any]) -> Learner:
    """A child who aims at the examination, whose guardian has no mail."""
    assert exam["due_on"] == "2025-12-20"
    learner = pupil(make, owner)
    done(aim(manager, learner), 201)
    return learner
