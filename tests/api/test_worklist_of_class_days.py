"""The day of a class on the worklist of whoever runs it: to open it, to write its roll, to reach guardians."""

from datetime import date, timedelta

import pytest

from api.db import Wiring
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from services.wording import LANGUAGES
from tests.conftest import Client
from tests.factories import Make
from tests.makers.class_days import HALF_PAST_NINE, HELD_ON, call, kept_safe, staffed
from tests.makers.classes import SATURDAY, Met, noted, on_session, roll
from tests.makers.doors import done
from tests.makers.listed import WORKLIST, brief, codes, follow, listed, only
from worker.passing import move_shifts

pytestmark = pytest.mark.usefixtures("saturday")


# A session to open.
def test_a_session_is_to_be_opened_from_the_hour_before_until_its_end(
    make: Make, manager: Client, room: Classroom, clock: SetClock
) -> None:
    met = staffed(make, make.class_session(room))
    clock.now = HALF_PAST_NINE.replace(hour=8, minute=59)
    assert listed(manager) == []
    for hour, minute in ((9, 0), (11, 29)):
        clock.now = HALF_PAST_NINE.replace(hour=hour, minute=minute)
        assert brief(only(manager)) == ("session_to_open", "2025-11-15T10:00", "POST", "open", True)
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=30)
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE

    entry = only(manager)

    assert room.name in entry["because"]["detail"]
    assert "支援者2人（2人以上必要）" in entry["because"]["detail"]
    assert done(follow(manager, entry["verb"], {}))["id"] == str(met.session.id)
    assert listed(manager) == []


def test_with_too_few_tutors_it_is_opened_reduced_or_called_off(make: Make, manager: Client, room: Classroom) -> None:
    staffed(make, make.class_session(room), 1)
    (entry,) = listed(manager, kind="session_to_open")
    assert follow(manager, entry["verb"], {}).status_code == 409
    done(follow(manager, entry["verb"], {"mode": "reduced", "venue_adults": ["架空 館長"]}))
    off = staffed(make, make.class_session(room, status=ClassSessionStatus.PLANNED))
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    assert codes(manager, kind="session_to_open") == []


# The roll.
def test_a_roll_is_written_then_recorded(
    make: Make, manager: Client, room: Classroom, owner: Organization, clock: SetClock, wiring: Wiring
) -> None:
    children = [make.learner(owner) for _ in range(3)]
    for one in children:
        make.enrollment(one, room)
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    done(roll(manager, met.session.id, noted(children[0])))
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=29)
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=30)

    entry = only(manager)  # before the sweep has moved it

    assert brief(entry) == ("roll_missing", "2025-11-18T11:30", "PUT", "attendance", False)
    assert "未記入：2人" in entry["because"]["detail"]
    move_shifts(wiring)
    assert only(manager) == entry
    done(follow(manager, entry["verb"], {"items": [noted(one) for one in children[1:]]}))
    entry = only(manager)
    assert brief(entry) == ("roll_missing", "2025-11-18T11:30", "POST", "record", False)
    clock.now = HALF_PAST_NINE.replace(day=18, hour=11, minute=29)
    assert not only(manager)["urgent"]
    clock.forward(minutes=1)
    assert only(manager)["urgent"]
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


def test_whose_consent_was_taken_back_is_missed_on_no_roll(
    make: Make, manager: Client, room: Classroom, owner: Organization
) -> None:
    child = make.learner(owner, consents=())
    make.consent(child, revoked_on=date(2025, 11, 1))
    make.enrollment(child, room)
    make.class_session(room, on=HELD_ON, status=ClassSessionStatus.HELD)

    entry = only(manager)

    assert brief(entry)[2:4] == ("POST", "record")
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


# Guardians.
@pytest.fixture
def running(make: Make, room: Classroom) -> Met:
    return make.class_session(room, starts=HALF_PAST_NINE.time(), status=ClassSessionStatus.OPEN)


def test_a_child_kept_safe_stands_there_until_its_guardian_was_reached(
    make: Make, manager: Client, room: Classroom, running: Met
) -> None:
    children = [kept_safe(make, manager, room, running) for _ in range(2)]

    entry = only(manager)

    assert brief(entry) == ("guardian_to_reach", "2025-11-15T11:30", "GET", "guardian-calls", True)
    assert entry["object"] == {"type": "classroom", "id": str(room.id), "no": room.code}
    due = done(follow(manager, entry["verb"]))["items"]
    assert {one["learner_id"] for one in due} == {str(one.id) for one in children}
    done(call(manager, room, children[0], "no_answer"))
    assert "2件残っています（うち、保護した子どもの保護者：2件、成人の本人：0件）" in only(manager)["because"]["detail"]
    done(call(manager, room, children[0], "reached"))
    assert "1件残っています（うち、保護した子どもの保護者：1件、成人の本人：0件）" in only(manager)["because"]["detail"]
    done(call(manager, room, children[1], "reached"))
    assert listed(manager) == []


def test_who_is_to_be_called_back_is_there_again_at_that_hour(
    make: Make, manager: Client, room: Classroom, running: Met, clock: SetClock
) -> None:
    child = kept_safe(make, manager, room, running)
    done(call(manager, room, child, "call_back", call_back_at="2025-11-15T10:15:00+09:00"))
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE.replace(hour=10, minute=15)
    assert codes(manager) == ["guardian_to_reach"]


def test_who_has_consent_by_now_needs_no_call_and_who_left_still_does(
    make: Make, manager: Client, room: Classroom, running: Met
) -> None:
    gone, signed = (kept_safe(make, manager, room, running) for _ in range(2))
    (place,) = [one for one in done(manager.get("/v1/enrollments"))["items"] if one["learner_id"] == str(gone.id)]
    done(manager.post(f"/v1/enrollments/{place['id']}/leave", json={"reason": "転居"}))
    body = {"scopes": ["participation"], "signed_on": "2025-11-15", "language": "vi"}
    done(manager.post(f"/v1/learners/{signed.id}/consents", json=body), 201)
    assert "1件" in only(manager)["because"]["detail"]  # her guardian does not know yet that she was there
    done(call(manager, room, gone, "reached"))
    assert listed(manager) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_child_or_its_guardian_is_in_the_list(
    make: Make, manager: Client, room: Classroom, running: Met, language: str
) -> None:
    child = kept_safe(make, manager, room, running, first_name="ザヒラ", guardian_name="架空 シティ")

    said = manager.get(WORKLIST, headers={"Accept-Language": language})

    assert codes(manager) == ["guardian_to_reach"]
    assert room.name in said.json()["items"][0]["because"]["detail"]
    for secret in ("ザヒラ", "シティ", "076-000-0000", "vi", str(child.id)):
        assert secret not in str(said.json()["items"])


def test_calls_about_absences_and_sessions_called_off_are_counted_in_their_time(
    make: Make, manager: Client, room: Classroom, owner: Organization, clock: SetClock
) -> None:
    clock.now = HALF_PAST_NINE - timedelta(weeks=2)
    absent = make.learner(owner)
    make.enrollment(absent, room)
    for on in (HELD_ON, SATURDAY):
        met = make.class_session(room, on=on, status=ClassSessionStatus.OPEN)
        clock.now = HALF_PAST_NINE + (on - SATURDAY) + timedelta(hours=1)
        done(roll(manager, met.session.id, noted(absent, "absent")))
    (entry,) = listed(manager, kind="guardian_to_reach")
    assert brief(entry)[1] == "2025-11-17T17:00"
    assert not entry["urgent"]
    done(call(manager, room, absent, "reached"))
    assert codes(manager, kind="guardian_to_reach") == []
    clock.forward(hours=1)
    for days, deadline, urgent in ((7, "2025-11-17T17:00", False), (1, "2025-11-16T10:00", True)):
        off = make.class_session(room, on=SATURDAY + timedelta(days=days))
        done(on_session(manager, off.session.id, "cancel", reason="大雪"))
        (entry,) = listed(manager, kind="guardian_to_reach")
        assert (entry["deadline"][:16], entry["urgent"]) == (deadline, urgent)
