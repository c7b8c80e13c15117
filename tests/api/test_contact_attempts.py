"""Calls that the office made: recorded as they were, and what follows from what came of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.base import new_id
from models.contact_attempt import ContactTopic
from models.person import Person
from models.record import Notice, NoticeStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from services.notifying import tell_volunteer
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults
from tests.makers.listed import ATTEMPTS, called, to_say, without_mail
from tests.makers.work import VISIT
from tests.outbox import notices


def to_tell(make: Make, volunteer: Volunteer) -> str:
    """A notice that waits for somebody to call."""
    with make.wiring.unit() as it:
        tell_volunteer(it, volunteer.id, "assignment_cancelled", volunteer, {"starts_at": VISIT})
    return str(notices(make.wiring)[-1].id)


def notice(wiring: Wiring, notice_id: str) -> Notice:
    (found,) = [one for one in notices(wiring) if str(one.id) == notice_id]
    return found


def person_of(wiring: Wiring, volunteer: Volunteer) -> Person:
    with wiring.unit(write=False) as it:
        return it.get(Person, volunteer.person_id)


def test_who_was_reached_has_been_told(make: Make, office: Client, wiring: Wiring) -> None:
    mai = without_mail(make)
    told, kept = to_tell(make, mai), to_tell(make, mai)
    opened = make.shift_with_demand()
    about = {"type": "shift", "id": str(opened.shift.id)}
    said = called(
        office,
        mai,
        "reached",
        notice_ids=[told, told],
        about=about,
        note_code="will_think",
        at="2025-11-10T08:30:00+09:00",
    )

    made = done(said, 201)

    assert said.headers["location"] == f"{ATTEMPTS}/{made['id']}"
    assert done(office.get(said.headers["location"])) == made
    assert (
        made.items()
        >= {
            "volunteer_id": str(mai.id),
            "organization_id": None,
            "about": about,
            "result": "reached",
            "at": "2025-11-10T08:30:00+09:00",
            "call_back_at": None,
            "note_code": "will_think",
            "notice_ids": [told],
            "entered_by": str(office.account.id),
        }.items()
    )
    row = notice(wiring, told)
    assert (row.status, row.sent_at) == (NoticeStatus.SENT, NOW - timedelta(minutes=30))
    assert notice(wiring, kept).status is NoticeStatus.PENDING
    (event,) = audited(wiring, made["id"])
    assert (event.action, event.facts, event.subject_volunteer_id) == (
        "contact_attempt.record",
        {"result": "reached"},
        mai.id,
    )


def test_without_an_answer_everything_stays_to_be_told(make: Make, office: Client, wiring: Wiring) -> None:
    mai = without_mail(make)
    told = to_tell(make, mai)

    done(called(office, mai, "no_answer", notice_ids=[told]), 201)

    assert (notice(wiring, told).status, notice(wiring, told).attempts) == (NoticeStatus.PENDING, 1)
    assert to_say(office) == [(str(mai.id), ["assignment_cancelled"])]


def test_what_is_put_off_waits_until_then(make: Make, office: Client, clock: SetClock) -> None:
    mai = without_mail(make)
    told = to_tell(make, mai)

    done(called(office, mai, "call_back", notice_ids=[told], call_back_at="2025-11-10T13:00:00+09:00"), 201)

    assert to_say(office) == []
    clock.now = datetime.fromisoformat("2025-11-10T13:00:00+09:00")
    assert to_say(office) == [(str(mai.id), ["assignment_cancelled"])]


def test_a_wrong_number_is_noted_until_another_is_written_down(make: Make, office: Client, wiring: Wiring) -> None:
    mai = without_mail(make)
    to_tell(make, mai)
    centre = make.organization()

    done(called(office, mai, "wrong_number"), 201)
    done(office.post(ATTEMPTS, json={"organization_id": str(centre.id), "result": "wrong_number"}), 201)

    assert person_of(wiring, mai).phone_wrong_at == NOW
    assert [call["number_wrong"] for call in done(office.get("/v1/phone-list"))["items"]] == [True]
    done(office.patch(f"/v1/volunteers/{mai.id}", json={"phone": "076-000-4321"}, headers={"If-Match": "*"}))
    assert person_of(wiring, mai).phone_wrong_at is None


def test_what_cannot_be_recorded_is_named(make: Make, office: Client) -> None:
    mai, lan = without_mail(make), without_mail(make)
    hers, told = to_tell(make, lan), to_tell(make, mai)
    done(called(office, mai, "reached", notice_ids=[told]), 201)
    her, nobody = {"volunteer_id": str(mai.id), "result": "reached"}, str(new_id())
    back = her | {"result": "call_back"}
    for body, fault in (
        ({"result": "reached"}, ("/volunteer_id", "FIELD_MISSING")),
        (her | {"organization_id": nobody}, ("/volunteer_id", "FIELD_CONFLICT")),
        (her | {"volunteer_id": nobody}, ("/volunteer_id", "FIELD_REFERENCE")),
        ({"organization_id": nobody, "result": "reached"}, ("/organization_id", "FIELD_REFERENCE")),
        (her | {"at": "2025-11-10T09:01:01+09:00"}, ("/at", "FIELD_RANGE")),
        (her | {"at": "2025-10-11T08:59:59+09:00"}, ("/at", "FIELD_RANGE")),
        (her | {"call_back_at": "2025-11-11T09:00:00+09:00"}, ("/call_back_at", "FIELD_CONFLICT")),
        (back, ("/call_back_at", "FIELD_MISSING")),
        (back | {"call_back_at": "2025-11-10T09:00:00+09:00"}, ("/call_back_at", "FIELD_RANGE")),
        (her | {"about": {"type": "offer", "id": nobody}}, ("/about/id", "FIELD_REFERENCE")),
        (her | {"about": {"type": "weather", "id": nobody}}, ("/about/type", "FIELD_FORMAT")),
        (her | {"notice_ids": [hers]}, ("/notice_ids/0", "FIELD_REFERENCE")),
        (her | {"notice_ids": [told]}, ("/notice_ids/0", "FIELD_REFERENCE")),
        (her | {"result": "shouted"}, ("/result", "FIELD_FORMAT")),
        (her | {"note_code": "Not A Code"}, ("/note_code", "FIELD_FORMAT")),
    ):
        assert faults(office.post(ATTEMPTS, json=body)) == [fault], body


def test_an_institution_has_no_notices_of_volunteers(make: Make, office: Client) -> None:
    told = to_tell(make, without_mail(make))
    body = {"organization_id": str(make.organization().id), "result": "reached", "notice_ids": [told]}

    assert faults(office.post(ATTEMPTS, json=body)) == [("/notice_ids/0", "FIELD_REFERENCE")]


@pytest.mark.parametrize("topic", ContactTopic)
def test_a_call_may_be_about_any_of_these(make: Make, office: Client, topic: ContactTopic) -> None:
    mai, opened = make.volunteer(), make.shift_with_demand()
    things: dict[ContactTopic, Any] = {
        ContactTopic.ASSIGNMENT: make.assignment(opened, mai),
        ContactTopic.AVAILABILITY_CALL: make.availability_call(mai),
        ContactTopic.CLASSROOM: make.classroom(),
        ContactTopic.DISPATCH_REQUEST: opened.request,
        ContactTopic.OFFER: make.offer(opened, mai),
        ContactTopic.SHIFT: opened.shift,
    }
    about = {"type": topic, "id": str(things[topic].id)}

    assert done(called(office, mai, "no_answer", about=about), 201)["about"] == about


def test_calls_are_listed_newest_first_and_narrowed(make: Make, office: Client) -> None:
    mai, centre, opened = make.volunteer(), make.organization(), make.shift_with_demand()
    old = make.contact_attempt(mai, at=NOW - timedelta(days=1))
    new = make.contact_attempt(mai, about_type=ContactTopic.SHIFT, about_id=opened.shift.id)
    theirs = make.contact_attempt(centre, at=NOW - timedelta(hours=1))

    def found(**query: str) -> list[str]:
        return [one["id"] for one in done(office.get(ATTEMPTS, params=query))["items"]]

    assert found() == [str(new.id), str(theirs.id), str(old.id)]
    assert found(volunteer_id=str(mai.id)) == [str(new.id), str(old.id)]
    assert found(organization_id=str(centre.id)) == [str(theirs.id)]
    assert found(about_id=str(opened.shift.id)) == [str(new.id)]
    assert found(about_id=str(new_id())) == []


def test_a_call_recorded_twice_with_one_key_is_one(make: Make, office: Client) -> None:
    mai, key = make.volunteer(), {"Idempotency-Key": "one-call"}
    body = {"volunteer_id": str(mai.id), "result": "no_answer"}

    first, second = (office.post(ATTEMPTS, json=body, headers=key) for _ in range(2))

    assert first.json() == second.json()
    assert len(done(office.get(ATTEMPTS))["items"]) == 1
