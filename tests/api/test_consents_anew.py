"""A guardian signs anew each year: the newer form takes the place of the one that runs, and nothing stops in between."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import ConsentScope, Learner
from models.organization import FacilityKind, Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import noted, roll
from tests.makers.doors import audited, done, faults, notices_of

TODAY = "2025-11-10"


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def child(make: Make, owner: Organization, room: Classroom) -> Learner:
    """A child whose guardian signed on 1 October."""
    made = make.learner(owner)
    make.enrollment(made, room)
    return made


def sign(manager: Client, child: Learner, *scopes: str, on: str = TODAY) -> Any:
    body = {"scopes": list(scopes), "signed_on": on, "language": "en"}
    return manager.post(f"/v1/learners/{child.id}/consents", json=body)


def forms(manager: Client, child: Learner) -> set[tuple[str, str, str | None, bool]]:
    found = done(manager.get(f"/v1/learners/{child.id}/consents"))["items"]
    return {(one["scope"], one["signed_on"], one["revoked_on"], one["in_force"]) for one in found}


def test_a_newer_form_takes_the_place_of_the_older_for_the_scopes_it_names(
    manager: Client, make: Make, child: Learner
) -> None:
    make.consent(child, ConsentScope.PHOTO)
    done(sign(manager, child, "participation", "emergency_contact", on="2025-11-08"), 201)
    assert forms(manager, child) == {
        ("participation", "2025-10-01", "2025-11-08", False),
        ("participation", "2025-11-08", None, True),
        ("emergency_contact", "2025-11-08", None, True),
        ("photo", "2025-10-01", None, True),
    }
    shown = done(manager.get(f"/v1/learners/{child.id}"))
    assert shown["consents_in_force"] == ["emergency_contact", "participation", "photo"]


def test_a_renewal_alarms_nobody_and_lets_pairings_go_on(
    manager: Client, make: Make, child: Learner, wiring: Wiring
) -> None:
    pairing = make.pairing(child, make.tutor())
    older = done(manager.get(f"/v1/learners/{child.id}/consents"))["items"][0]
    done(sign(manager, child, "participation"), 201)
    assert notices_of(wiring) == []
    assert done(manager.get(f"/v1/pairings/{pairing.id}"))["status"] == "active"
    assert [event.action for event in audited(wiring, older["id"])] == ["guardian_consent.replace"]


@pytest.mark.parametrize("on", ["2025-09-30", "2025-10-01"])
def test_a_form_that_is_not_newer_replaces_nothing(manager: Client, child: Learner, on: str) -> None:
    assert faults(sign(manager, child, "photo", "participation", on=on)) == [("/scopes", "FIELD_DUPLICATE")]
    assert forms(manager, child) == {("participation", "2025-10-01", None, True)}


def test_consent_is_missing_on_no_day_between_the_two(
    manager: Client, make: Make, room: Classroom, child: Learner, clock: SetClock, check_data: Any
) -> None:
    first = date(2025, 11, 11)
    met = [
        make.class_session(room, on=first + timedelta(days=n), status=ClassSessionStatus.OPEN).session for n in range(3)
    ]
    clock.now = met[-1].ends_at
    done(sign(manager, child, "participation", on="2025-11-12"), 201)
    for one in met:
        done(roll(manager, one.id, noted(child)))
        (line,) = done(manager.get(f"/v1/class-sessions/{one.id}/attendance"))["items"]
        assert (line["status"], line["consent"]) == ("present", True)
    check_data()


def test_what_was_shared_under_the_older_form_is_written_down_under_the_newer(
    manager: Client, make: Make, owner: Organization, room: Classroom, child: Learner
) -> None:
    make.consent(child, ConsentScope.SHARE_WITH_SCHOOL)
    done(sign(manager, child, "share_with_school", on="2025-11-09"), 201)
    school = make.facility(owner=owner, kind=FacilityKind.SCHOOL)
    body = {
        "direction": "to_school",
        "school_id": str(school.id),
        "classroom_id": str(room.id),
        "sent_at": "2025-11-07T10:00:00+09:00",
    }
    done(manager.post(f"/v1/learners/{child.id}/school-referrals", json=body), 201)
