"""Messages on the day: by code to the other side, relayed without anybody's address."""

from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.organization import Organization
from models.person import Person
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import people
from tests.makers.doors import by_phone, done, faults, notices_of, problem
from tests.makers.messages import read, write
from tests.makers.work import VISIT
from tests.outbox import notices

END = VISIT + timedelta(hours=2)


@pytest.fixture
def stands(make: Make, centre: Organization, mai: Volunteer, clock: SetClock) -> Assignment:
    made = make.assignment(make.shift_with_demand(owner=centre), mai)
    clock.now = VISIT - timedelta(minutes=20)
    return made


def test_each_side_writes_to_the_other(
    as_: As, clerk: Client, mai: Volunteer, stands: Assignment, wiring: Wiring, clock: SetClock
) -> None:
    her = as_(mai)
    said = done(write(her, stands, "late_10"), 201)
    clock.forward(minutes=1)
    done(write(clerk, stands, "other", text="一階の受付へどうぞ", to="volunteer"), 201)

    assert (said["sender"], said["receiver"], said["text"]) == ("volunteer", "requester", None)
    whole = [("volunteer", "requester", "late_10"), ("requester", "volunteer", "other")]
    for reader in (her, clerk, as_(Role.COORDINATOR)):
        assert read(reader, stands) == whole
    assert notices_of(wiring) == [("message_to_requester", clerk.account.id), ("message_to_volunteer", mai.id)]
    facts = [notice.facts for notice in notices(wiring)]
    assert (facts[0]["message"], facts[0]["badge_name"][:2]) == ("late_10", "ハナ")
    assert facts[1]["text"] == "一階の受付へどうぞ"


def test_staff_write_to_either_and_the_other_does_not_read_it(
    as_: As, clerk: Client, mai: Volunteer, stands: Assignment
) -> None:
    office = as_(Role.COORDINATOR)
    done(write(office, stands, "other", to="volunteer", text="先に財団へ"), 201)
    heard = by_phone(mai, "2025-11-20T09:39:00+09:00")
    done(write(office, stands, "late_20", to="requester", on_behalf=heard), 201)

    assert read(as_(mai), stands) == [("staff", "volunteer", "other")]
    assert read(clerk, stands) == [("staff", "requester", "late_20")]
    assert len(read(office, stands)) == 2


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"code": "other"}, ("/text", "FIELD_MISSING")),
        ({"code": "other", "text": "080-0000-0000へ"}, ("/text", "REQ_FREE_TEXT_PII")),
        ({"code": "lost", "to": "volunteer"}, ("/to", "FIELD_REFERENCE")),
        ({"code": "lost", "to": "staff"}, ("/to", "FIELD_REFERENCE")),
    ],
)
def test_what_cannot_be_sent(
    as_: As, mai: Volunteer, stands: Assignment, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(write(as_(mai), stands, **body)) == [fault]


@pytest.mark.parametrize(("to", "code"), [(None, "FIELD_MISSING"), ("staff", "FIELD_REFERENCE")])
def test_staff_say_to_whom(as_: As, stands: Assignment, to: str | None, code: str) -> None:
    assert faults(write(as_(Role.COORDINATOR), stands, "lost", to=to)) == [("/to", code)]


def test_from_a_day_before_the_start_to_a_day_after_the_end(
    as_: As, mai: Volunteer, stands: Assignment, clock: SetClock
) -> None:
    her = as_(mai)
    for moment in (VISIT - timedelta(days=1, seconds=1), END + timedelta(days=1, seconds=1)):
        clock.now = moment
        assert problem(write(her, stands, "lost")) == (409, "ASG_MESSAGE_WINDOW")
    for moment in (VISIT - timedelta(days=1), END + timedelta(days=1)):
        clock.now = moment
        done(write(her, stands, "lost"), 201)


def test_who_is_not_coming_has_nobody_to_write_to(make: Make, as_: As, mai: Volunteer, clock: SetClock) -> None:
    gone = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.WITHDRAWN)
    clock.now = VISIT
    assert problem(write(as_(mai), gone, "lost")) == (409, "ASG_STATE")


def test_strangers_neither_write_nor_read(make: Make, as_: As, stands: Assignment) -> None:
    for stranger in (as_(make.volunteer()), as_(Role.REQUESTER)):
        assert problem(write(stranger, stands, "lost")) == (404, "NOT_FOUND")
        assert problem(stranger.get(f"/v1/assignments/{stands.id}/messages")) == (404, "NOT_FOUND")
    assert problem(write(as_(Role.VIEWER), stands, "lost")) == (403, "NOT_PERMITTED")


def test_a_manager_who_helps_as_well_writes_as_who_she_is_there(
    make: Make, as_: As, stands: Assignment, mai: Volunteer, centre: Organization
) -> None:
    with make.wiring.unit() as unit:
        person = unit.get(Person, mai.person_id)
        both = people.account(unit, Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=centre, person=person)
    caller = as_(both)
    assert done(write(caller, stands, "late_10"), 201)["sender"] == "volunteer"
    assert len(done(caller.get(f"/v1/assignments/{stands.id}/messages"))["items"]) == 1
