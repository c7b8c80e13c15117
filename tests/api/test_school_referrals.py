"""Learners sent from schools to classrooms and back: on the guardian's consent alone, with what came of it."""

from datetime import date
from typing import Any, Final

import httpx2
import pytest

from api.db import Wiring
from models.classroom import Classroom
from models.learner import ConsentScope, Learner
from models.organization import Facility, FacilityKind, Organization
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, problem

NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"


@pytest.fixture
def school(make: Make) -> Facility:
    return make.facility(kind=FacilityKind.SCHOOL)


@pytest.fixture
def linh(make: Make, owner: Organization) -> Learner:
    return make.learner(owner)


def path_of(learner: Learner, *more: str) -> str:
    return "/".join([f"/v1/learners/{learner.id}/school-referrals", *more])


def refer(caller: Client, learner: Learner, school: Facility, room: Classroom, **over: Any) -> httpx2.Response:
    body = {"direction": "from_school", "school_id": str(school.id), "classroom_id": str(room.id), **over}
    return caller.post(path_of(learner), json=body)


def test_nothing_is_shared_without_the_guardian_s_consent(
    make: Make, manager: Client, linh: Learner, school: Facility, room: Classroom
) -> None:
    for direction in ("from_school", "to_school"):
        refused = refer(manager, linh, school, room, direction=direction)
        assert problem(refused) == (422, "PRIV_SCHOOL_CONSENT")
        assert linh.first_name not in refused.text
    make.consent(linh, ConsentScope.SHARE_WITH_SCHOOL, signed_on=date(2025, 11, 8))
    assert problem(refer(manager, linh, school, room, sent_at="2025-11-07T10:00:00+09:00")) == (
        422,
        "PRIV_SCHOOL_CONSENT",
    )
    done(refer(manager, linh, school, room), 201)
    consents = done(manager.get(f"/v1/learners/{linh.id}/consents"))["items"]
    shared = next(one for one in consents if one["scope"] == "share_with_school")
    done(manager.post(f"/v1/learners/{linh.id}/consents/{shared['id']}/revoke"))
    assert problem(refer(manager, linh, school, room, direction="to_school")) == (422, "PRIV_SCHOOL_CONSENT")


def test_a_referral_is_sent_and_answered_and_both_are_logged(
    make: Make, manager: Client, linh: Learner, school: Facility, room: Classroom, wiring: Wiring
) -> None:
    make.consent(linh, ConsentScope.SHARE_WITH_SCHOOL)
    sent = done(refer(manager, linh, school, room, sent_at="2025-11-07T10:00:00+09:00"), 201)
    assert (sent["status"], sent["school_name"], sent["classroom_name"]) == ("referred", school.name, room.name)
    assert sent["actions"] == ["answer"]
    assert faults(refer(manager, linh, school, room)) == [("/school_id", "FIELD_DUPLICATE")]
    path = path_of(linh, sent["id"], "answer")
    for day in ("2025-11-06", "2025-11-11"):
        assert faults(manager.post(path, json={"outcome": "taken_in", "outcome_on": day})) == [
            ("/outcome_on", "FIELD_RANGE")
        ]
    answered = done(manager.post(path, json={"outcome": "taken_in", "outcome_on": "2025-11-10"}))
    assert (answered["status"], answered["outcome"], answered["outcome_on"], answered["actions"]) == (
        "answered",
        "taken_in",
        "2025-11-10",
        [],
    )
    assert problem(manager.post(path, json={"outcome": "no_place", "outcome_on": "2025-11-10"})) == (409, "SRF_STATE")
    back = done(refer(manager, linh, school, room, direction="to_school"), 201)
    done(refer(manager, linh, school, room), 201)  # the first is over: another may follow
    assert [one["id"] for one in done(manager.get(path_of(linh)))["items"]][-1] == sent["id"]
    assert [event.action for event in audited(wiring, back["id"])] == ["school_referral.send"]
    assert [event.action for event in audited(wiring, sent["id"])] == ["school_referral.send", "school_referral.answer"]
    assert [event.action for event in audited(wiring, linh.id)] == ["school_referral.read"]


def test_a_referral_that_cannot_be_is_refused(
    make: Make, manager: Client, linh: Learner, school: Facility, room: Classroom, owner: Organization
) -> None:
    make.consent(linh, ConsentScope.SHARE_WITH_SCHOOL)
    hall, elsewhere = make.facility(kind=FacilityKind.COMMUNITY_HALL), make.classroom()
    for one in (NOBODY, str(hall.id)):
        assert faults(refer(manager, linh, school, room, school_id=one)) == [("/school_id", "FIELD_REFERENCE")]
    for one in (NOBODY, str(elsewhere.id)):
        assert faults(refer(manager, linh, school, room, classroom_id=one)) == [("/classroom_id", "FIELD_REFERENCE")]
    for at in ("2025-10-01T10:00:00+09:00", "2025-11-10T09:01:01+09:00"):
        assert faults(refer(manager, linh, school, room, sent_at=at)) == [("/sent_at", "FIELD_RANGE")]
    sent = done(refer(manager, linh, school, room, sent_at="2025-11-10T09:01:00+09:00"), 201)
    assert sent["sent_at"] == "2025-11-10T09:00:00+09:00"  # clocks differ
    brother = make.learner(owner)
    answer = {"outcome": "no_place", "outcome_on": "2025-11-10"}
    assert problem(manager.post(path_of(brother, sent["id"], "answer"), json=answer)) == (404, "NOT_FOUND")
    assert done(manager.get(path_of(brother)))["items"] == []
