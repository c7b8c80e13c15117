"""Adults are told themselves of what changes in their classes; whoever was their guardian is asked no more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner, SchoolStage
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, add_term, change_term, noted, on_session, roll
from tests.makers.doors import audited, done

NOBODY = dict.fromkeys(("guardian_name", "guardian_phone", "guardian_language"))
Calls = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def calls(manager: Client, room: Classroom) -> Calls:
    def listed() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
        return items

    return listed


@pytest.fixture
def grown(make: Make, owner: Organization, room: Classroom) -> Learner:
    """Somebody who came as a child and is an adult now; her guardian is still written down."""
    made = make.learner(owner, stage=SchoolStage.HIGH_SCHOOL_AGE, consents=())
    make.enrollment(made, room)
    return made


def grow_up(manager: Client, learner: Learner, since: str) -> None:
    body = {"stage": "adult", "since": since}
    assert manager.post(f"/v1/learners/{learner.id}/school-stages", json=body).is_success


def test_adults_are_named_when_their_class_is_called_off_until_they_know(
    make: Make, owner: Organization, manager: Client, room: Classroom, calls: Calls, wiring: Wiring
) -> None:
    adult = make.learner(owner, stage=SchoolStage.ADULT, consents=(), **NOBODY)
    make.enrollment(adult, room)
    make.enrollment(child := make.learner(owner), room)
    met = make.class_session(room)
    done(on_session(manager, met.session.id, "cancel", reason="停電"))

    first, second = calls()

    assert (first["learner_id"], first["because"]) == (str(adult.id), ["session_called_off"])
    assert NOBODY.items() <= first.items()
    assert second["guardian_phone"] == child.guardian_phone
    assert [one.action for one in audited(wiring, adult.id)] == []  # there was no guardian to be read
    (entry,) = done(manager.get("/v1/worklist?kind=guardian_to_reach"))["items"]
    assert "成人の本人：1件" in entry["because"]["detail"]
    path = f"/v1/classrooms/{room.id}/guardian-calls/{adult.id}"
    assert [one["learner_id"] for one in done(manager.post(path, json={"result": "reached"}))["items"]] == [
        str(child.id)
    ]


def test_nobody_asks_the_former_guardian_of_a_grown_up(
    make: Make, manager: Client, room: Classroom, grown: Learner, calls: Calls, clock: SetClock
) -> None:
    grow_up(manager, grown, "2025-11-10")
    for week in range(2):
        held = make.class_session(room, on=SATURDAY + timedelta(weeks=week), status=ClassSessionStatus.OPEN)
        clock.now = held.session.starts_at
        done(roll(manager, held.session.id, noted(grown, "absent")))
    assert calls() == []
    term = done(add_term(manager, room, starts_on="2025-12-06", rule="FREQ=WEEKLY;COUNT=1"), 201)
    done(change_term(manager, term, starts="09:00"))
    (line,) = calls()
    assert (line["because"], NOBODY.items() <= line.items()) == (["session_moved"], True)


def test_a_grown_up_is_no_child_kept_safe(
    make: Make, manager: Client, room: Classroom, grown: Learner, calls: Calls, clock: SetClock
) -> None:
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = met.session.starts_at
    done(roll(manager, met.session.id, noted(grown, "kept_safe")))
    assert [one["because"] for one in calls()] == [["consent_missing"]]
    grow_up(manager, grown, "2025-11-15")
    assert calls() == []
    clock.now = met.session.ends_at
    assert done(on_session(manager, met.session.id, "record")).get("warnings", []) == []
