"""Ladders of courses, and how far somebody has come on them."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.course_path import CoursePaths
from models.volunteer import ActivityKind
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults

PATH = "/v1/course-paths"
LADDER: dict[str, Any] = {
    "activity": "interpretation",
    "steps": [
        {"courses": ["basic", "maternal_child"], "opens": ["infant_checkup"]},
        {"courses": ["home_visit"], "opens": ["newborn_home_visit"]},
    ],
}


@pytest.fixture(autouse=True)
def _courses(make: Make) -> None:
    for code, grants in (("basic", "basic"), ("maternal_child", "checkup"), ("home_visit", "home_visit")):
        make.course(code=code, title=f"研修 {code}", grants=grants)


def put(client: Client, *items: dict[str, Any], etag: str = "*") -> Any:
    return client.put(PATH, json={"items": list(items)}, headers={"If-Match": etag})


def test_ladders_are_set_as_a_whole(office: Client, as_: As) -> None:
    before = office.get(PATH)
    assert (done(before)["items"], done(before)["actions"]) == ([], ["set"])
    tag = before.headers["ETag"]
    assert done(put(office, LADDER, etag=tag))["items"] == [LADDER]
    assert put(office, etag=tag).status_code == 412
    assert done(as_(Role.VOLUNTEER).get(PATH))["actions"] == []


def test_ladders_with_faults_are_refused(office: Client) -> None:
    assert faults(put(office, LADDER, LADDER)) == [("/items/1/activity", "FIELD_DUPLICATE")]
    step = {"activity": "event", "steps": [{"courses": ["unheard_of"]}]}
    assert faults(put(office, step)) == [("/items/0/steps/0/courses", "FIELD_REFERENCE")]
    step = {"activity": "event", "steps": [{"courses": ["basic"], "opens": ["unheard_of"]}]}
    assert faults(put(office, step)) == [("/items/0/steps/0/opens", "FIELD_REFERENCE")]


def test_how_far_she_has_come(office: Client, as_: As, make: Make) -> None:
    done(put(office, LADDER, {"activity": "event", "steps": [{"courses": ["basic"]}]}))
    she = make.volunteer(certs=("basic",), activities=(ActivityKind.INTERPRETATION,))
    path = f"/v1/volunteers/{she.id}/course-paths"
    (ladder,) = done(as_(she).get(path))["items"]
    assert [step["done"] for step in ladder["steps"]] == [False, False]
    assert ladder["steps"][0]["courses"][0] == {"code": "basic", "title": "研修 basic", "done": True}
    assert ladder["next_courses"] == ["maternal_child"]
    make.certification(she, "checkup")
    make.certification(she, "home_visit", expires_on=date(2025, 11, 9))  # lapsed yesterday
    assert done(office.get(path))["items"][0]["next_courses"] == ["home_visit"]
    make.certification(she, "home_visit")
    assert done(office.get(path))["items"][0]["next_courses"] == []
    assert as_(make.volunteer()).get(path).status_code == 404


def test_before_the_reference_data_there_are_no_ladders(office: Client, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        unit.session.delete(unit.session.exec(select(CoursePaths)).one())
    assert office.get(PATH).status_code == 404
