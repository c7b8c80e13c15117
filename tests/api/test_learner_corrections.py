"""What is known of a learner is corrected field by field, her guardian's too."""

from typing import Any

import pytest

from models.learner import Learner, SchoolStage
from models.organization import Organization
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done, faults


@pytest.fixture
def child(make: Make, owner: Organization) -> Learner:
    return make.learner(
        owner,
        tutor_gender="female",
        guardian_name="架空 ラン",
        guardian_phone="076-000-0001",
        guardian_email="ran@example.jp",
    )


def correct(manager: Client, learner: Learner, **body: Any) -> Any:
    return manager.patch(f"/v1/learners/{learner.id}", json=body, headers={"If-Match": "*"})


def test_a_wish_for_the_tutor_is_withdrawn_and_a_language_corrected(manager: Client, child: Learner) -> None:
    assert done(correct(manager, child, tutor_gender=None))["tutor_gender"] is None
    assert done(correct(manager, child, native_language="zh"))["native_language"] == "zh"
    assert faults(correct(manager, child, native_language=None)) == [("/native_language", "FIELD_NULL")]


def test_of_a_guardian_what_is_not_sent_stays(manager: Client, child: Learner) -> None:
    known = {"name": "架空 ラン", "phone": "076-000-0001", "language": "vi", "email": "ran@example.jp"}
    moved = done(correct(manager, child, guardian={"phone": "076-000-0002"}))["guardian"]
    assert moved == {**known, "phone": "076-000-0002"}
    assert done(correct(manager, child, guardian={"email": None}))["guardian"] == {**moved, "email": None}
    assert faults(correct(manager, child, guardian={"phone": None})) == [("/guardian/phone", "FIELD_NULL")]
    assert faults(correct(manager, child, guardian=None)) == [("/guardian", "FIELD_NULL")]


def test_a_first_guardian_is_named_whole(manager: Client, make: Make, owner: Organization) -> None:
    unaccompanied = {"guardian_name": None, "guardian_phone": None, "guardian_language": None}
    grown = make.learner(owner, stage=SchoolStage.ADULT, consents=(), **unaccompanied)
    said = correct(manager, grown, guardian={"name": "架空 ラン"})
    assert faults(said) == [("/guardian/phone", "FIELD_MISSING"), ("/guardian/language", "FIELD_MISSING")]
    whole = {"name": "架空 ラン", "phone": "076-000-0001", "language": "vi"}
    assert done(correct(manager, grown, guardian=whole))["guardian"] == {**whole, "email": None}
