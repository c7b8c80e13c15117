"""Learners on their way to a school: stages with history, what they aim at, and days that nobody misses."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from api.db import Wiring
from models.learner import Learner, SchoolStage
from models.organization import Organization
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, problem
from tests.makers.school_days import DEADLINES, EXAM, NO_GUARDIAN, aim, move, of, own_days, pupil
from tests.queries import Statements


def test_a_stage_moves_on_and_its_history_stays(manager: Client, wiring: Wiring) -> None:
    draft = {"first_name": "リン", "school_stage": "elementary", "native_language": "vi", "pickup_rule": "guardian"}
    guardian = {"name": "架空 花子", "phone": "076-000-0001", "language": "vi", "email": "hanako@example.jp"}
    linh = done(manager.post("/v1/learners", json={**draft, "guardian": guardian}), 201)
    assert linh["guardian"]["email"] == "hanako@example.jp"
    path = f"/v1/learners/{linh['id']}/school-stages"
    moved = done(manager.post(path, json={"stage": "junior_high", "since": "2025-11-10"}), 201)["items"]
    assert [(one["stage"], one["since"]) for one in moved] == [
        ("junior_high", "2025-11-10"),
        ("elementary", "2025-11-10"),
    ]
    assert done(manager.get(f"/v1/learners/{linh['id']}"))["school_stage"] == "junior_high"
    for day in ("2025-11-09", "2025-11-11"):
        refused = manager.post(path, json={"stage": "adult", "since": day})
        assert faults(refused) == [("/since", "FIELD_RANGE")]
    again = manager.post(path, json={"stage": "junior_high", "since": "2025-11-10"})
    assert faults(again) == [("/stage", "FIELD_DUPLICATE")]
    assert len(done(manager.get(path))["items"]) == 2
    assert [event.action for event in audited(wiring, linh["id"])] == [
        "learner.create",
        "learner.move_on",
        "learner.read",
    ]


def test_a_child_needs_a_guardian(make: Make, manager: Client, owner: Organization) -> None:
    adult = make.learner(owner, stage=SchoolStage.ADULT, **NO_GUARDIAN)
    refused = manager.post(of(adult, "school-stages"), json={"stage": "junior_high", "since": "2025-11-10"})
    assert faults(refused) == [("/stage", "FIELD_CONFLICT")]


def test_a_learner_s_own_days_come_before_the_year_s(office: Client, manager: Client, linh: Learner) -> None:
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    done(office.post(DEADLINES, json={**EXAM, "code": "results_day", "due_on": "2026-03-12"}), 201)
    assert faults(office.post(DEADLINES, json=EXAM)) == [("/code", "FIELD_DUPLICATE")]
    target = done(aim(manager, linh), 201)
    assert [(day["code"], day["due_on"], day["own"]) for day in target["deadlines"]] == [
        ("entrance_exam", "2025-12-20", False),
        ("results_day", "2026-03-12", False),
    ]
    assert faults(aim(manager, linh)) == [("/goal", "FIELD_DUPLICATE")]
    mine = done(
        own_days(manager, linh, target, entrance_exam="2026-01-24", results_day=None, documents_ready="2026-01-09")
    )
    assert [(day["code"], day["due_on"], day["own"]) for day in mine["deadlines"]] == [
        ("documents_ready", "2026-01-09", True),
        ("entrance_exam", "2026-01-24", True),
    ]
    twice = {"items": [{"code": "entrance_exam", "due_on": None}] * 2}
    path = of(linh, "targets", target["id"], "deadlines")
    assert faults(manager.put(path, json=twice, headers={"If-Match": "*"})) == [("/items", "FIELD_DUPLICATE")]
    assert manager.put(path, json=twice).status_code == 428
    assert move(office, exam, "2025-12-22")["due_on"] == "2025-12-22"
    assert office.delete(f"{DEADLINES}/{exam['id']}").status_code == 204
    listed = done(manager.get(DEADLINES, params={"fiscal_year": 2025}))["items"]
    assert [(one["code"], one["actions"]) for one in listed] == [("results_day", [])]


@pytest.mark.parametrize("day", ["2024-12-20", "2025-03-31", "2026-05-01", "2027-03-01"])
def test_a_day_of_another_year_is_refused(office: Client, manager: Client, linh: Learner, day: str) -> None:
    """A year mistyped would tell the family too late or never; formalities fall in the April after the year."""
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    target = done(aim(manager, linh), 201)
    other = {**EXAM, "code": "enrolment_formalities"}
    refused = office.post(DEADLINES, json={**other, "due_on": day})
    moved = office.patch(f"{DEADLINES}/{exam['id']}", json={"due_on": day}, headers={"If-Match": "*"})
    assert faults(refused) == faults(moved) == [("/due_on", "FIELD_RANGE")]
    assert "2025年4月1日" in (said := refused.json()["errors"][0]["detail"])
    assert "2026年4月30日" in said
    own = own_days(manager, linh, target, documents_ready=None, entrance_exam=day)
    assert faults(own) == [("/items/1/due_on", "FIELD_RANGE")]
    assert faults(office.post(DEADLINES, json={**other, "fiscal_year": 2000})) == [("/due_on", "FIELD_RANGE")]
    assert done(office.post(DEADLINES, json={**other, "due_on": "2026-04-30"}), 201)["warnings"] == []


def test_a_day_that_is_over_is_warned_of(office: Client, manager: Client, linh: Learner) -> None:
    made = done(office.post(DEADLINES, json={**EXAM, "due_on": "2025-04-10"}), 201)
    assert [one["code"] for one in made["warnings"]] == ["TGT_DAY_OVER"]
    assert "2025年4月10日" in made["warnings"][0]["detail"]
    assert [one["code"] for one in move(office, made, "2025-11-09")["warnings"]] == ["TGT_DAY_OVER"]
    assert move(office, made, "2025-11-10")["warnings"] == []
    target = done(aim(manager, linh), 201)
    mine = done(own_days(manager, linh, target, entrance_exam="2025-11-09", results_day="2025-11-12"))
    assert [one["code"] for one in mine["warnings"]] == ["TGT_DAY_OVER"]


def test_a_target_ends_and_may_be_aimed_at_again(
    make: Make, manager: Client, linh: Learner, owner: Organization
) -> None:
    target = done(aim(manager, linh), 201)
    path = of(linh, "targets", target["id"])
    given_up = done(manager.post(f"{path}/give-up"))
    assert (given_up["status"], given_up["actions"]) == ("given_up", [])
    assert problem(manager.post(f"{path}/meet")) == (409, "TGT_STATE")
    assert problem(own_days(manager, linh, target, entrance_exam="2026-01-24")) == (409, "TGT_STATE")
    again = done(aim(manager, linh), 201)
    assert done(manager.post(of(linh, "targets", again["id"], "meet")))["status"] == "met"
    assert [one["status"] for one in done(manager.get(of(linh, "targets")))["items"]] == ["met", "given_up"]
    brother = pupil(make, owner)
    assert problem(manager.post(of(brother, "targets", again["id"], "meet"))) == (404, "NOT_FOUND")


def test_targets_need_as_many_queries_for_many_as_for_one(
    make: Make, manager: Client, linh: Learner, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    seen = []
    for year in range(2000, 2012):
        make.target(linh, fiscal_year=year)
        if year in {2000, 2011}:
            with queries() as listing:
                done(manager.get(of(linh, "targets")))
            seen.append(len(listing))
    assert seen[0] == seen[1]
