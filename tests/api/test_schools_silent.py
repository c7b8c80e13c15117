"""Whoever sent a learner to a school, or took one from it, is reminded while there is no answer."""

from typing import Any, Final

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.learner import ConsentScope, Learner
from models.organization import Facility, FacilityKind, Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.listed import brief, listed
from worker.following_up import erase_what_is_over

SILENT: Final = {"kind": "school_referral_silent"}


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def school(make: Make) -> Facility:
    return make.facility(kind=FacilityKind.SCHOOL)


@pytest.fixture
def linh(make: Make, owner: Organization) -> Learner:
    return make.learner(owner, consents=(ConsentScope.PARTICIPATION, ConsentScope.SHARE_WITH_SCHOOL))


def refer(caller: Client, learner: Learner, school: Facility, room: Classroom) -> dict[str, Any]:
    body = {"direction": "to_school", "school_id": str(school.id), "classroom_id": str(room.id)}
    sent: dict[str, Any] = done(caller.post(f"/v1/learners/{learner.id}/school-referrals", json=body), 201)
    return sent


def test_a_referral_without_an_answer_is_on_the_list_of_whoever_runs_the_classroom(
    as_: As, manager: Client, linh: Learner, school: Facility, room: Classroom, clock: SetClock
) -> None:
    sent = refer(manager, linh, school, room)
    clock.forward(days=13)
    assert listed(as_(manager.account), **SILENT) == []
    clock.forward(days=1)
    caller = as_(manager.account)
    (entry,) = listed(caller, **SILENT)
    assert brief(entry) == ("school_referral_silent", "2025-11-25T17:00", "POST", "answer", False)
    assert entry["object"] == {"type": "school_referral", "id": sent["id"], "no": None}
    assert school.name in entry["because"]["detail"]
    assert room.name in entry["because"]["detail"]
    assert linh.first_name not in entry["because"]["detail"]
    assert listed(as_(Role.COORDINATOR), **SILENT) == []

    done(caller.post(entry["verb"]["path"], json={"outcome": "taken_in", "outcome_on": "2025-11-20"}))
    assert listed(caller, **SILENT) == []


def test_the_office_asks_for_a_classroom_that_nobody_runs(
    as_: As, make: Make, linh: Learner, school: Facility, room: Classroom, clock: SetClock
) -> None:
    refer(as_(Role.COORDINATOR), linh, school, room)
    clock.forward(days=14)
    office = as_(Role.COORDINATOR)
    assert [entry["because"]["code"] for entry in listed(office, **SILENT)] == ["school_referral_silent"]
    elsewhere = as_(Role.CLASSROOM_MANAGER, organization=make.organization())
    assert listed(elsewhere, **SILENT) == []


def test_nobody_asks_about_a_learner_who_is_erased(
    as_: As, linh: Learner, school: Facility, room: Classroom, clock: SetClock, *, wiring: Wiring
) -> None:
    refer(as_(Role.COORDINATOR), linh, school, room)
    clock.forward(days=14)
    with wiring.unit() as unit:
        unit.lock(Learner, linh.id).purge_on = unit.today
    assert erase_what_is_over(wiring) == 1
    assert listed(as_(Role.COORDINATOR), **SILENT) == []
