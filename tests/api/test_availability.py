"""When a volunteer can come: weekly windows, and times away."""

from datetime import date, time
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.availability import AvailabilityException, AvailabilityRule
from models.base import new_id
from models.organization import OrganizationKind
from models.record import AuditEvent
from models.volunteer import Volunteer
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.moments import at

TUESDAYS = {"weekday": 1, "starts": "09:00", "ends": "12:30", "valid_from": "2025-11-10"}
HOLIDAY = {"starts_at": "2025-12-01T00:00:00+09:00", "ends_at": "2025-12-08T00:00:00+09:00", "reason": "vacation"}


@pytest.fixture
def volunteer(make: Make) -> Volunteer:
    return make.volunteer(rules=())


@pytest.fixture
def herself(as_: As, volunteer: Volunteer) -> Client:
    return as_(volunteer)


@pytest.fixture
def where(volunteer: Volunteer) -> str:
    return f"/v1/volunteers/{volunteer.id}/availability"


def test_she_tells_her_hours_and_her_times_away(
    herself: Client, where: str, volunteer: Volunteer, wiring: Wiring
) -> None:
    rule = herself.post(f"{where}/rules", json=TUESDAYS, headers={"If-Match": volunteer.etag})
    absence = herself.post(f"{where}/exceptions", json=HOLIDAY)

    assert (rule.status_code, absence.status_code) == (201, 201), rule.text + absence.text
    assert rule.json().items() >= (TUESDAYS | {"valid_to": None, "kind": "available"}).items()
    assert absence.json().items() >= HOLIDAY.items()
    assert rule.headers["location"] == f"{where}/rules/{rule.json()['id']}"
    assert herself.get(where).json() == {"rules": [rule.json()], "exceptions": [absence.json()]}
    with wiring.unit(write=False) as unit:
        assert unit.get(Volunteer, volunteer.id).version == 3
        events = unit.session.exec(select(AuditEvent).where(AuditEvent.subject_volunteer_id == volunteer.id)).all()
        assert {event.action for event in events} == {"availability_rule.create", "availability_exception.create"}


def test_what_is_over_is_not_shown(make: Make, herself: Client, where: str, volunteer: Volunteer) -> None:
    late = make.rule(volunteer, 1, time(13), time(15), valid_to=date(2025, 11, 10))
    early = make.rule(volunteer, 1, time(9), time(12))
    make.rule(volunteer, 0, time(9), time(12), valid_to=date(2025, 11, 9))
    make.away(volunteer, at("09T09:00"), NOW)
    running = make.away(volunteer, at("10T08:00"), at("10T10:00"))

    shown = herself.get(where).json()

    assert [rule["id"] for rule in shown["rules"]] == [str(early.id), str(late.id)]
    assert [absence["id"] for absence in shown["exceptions"]] == [str(running.id)]


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"ends": "09:00"}, ("/ends", "FIELD_CONFLICT")),
        ({"valid_to": "2025-11-09"}, ("/valid_to", "FIELD_CONFLICT")),
        ({"weekday": 7}, ("/weekday", "FIELD_RANGE")),
    ],
)
def test_a_window_is_in_order(
    make: Make, herself: Client, where: str, volunteer: Volunteer, over: dict[str, Any], fault: tuple[str, str]
) -> None:
    rule = make.rule(volunteer, 0, time(9), time(12))

    assert faults(herself.post(f"{where}/rules", json=TUESDAYS | over)) == [fault]
    changing = herself.put(f"{where}/rules/{rule.id}", json=TUESDAYS | over, headers={"If-Match": "*"})
    assert faults(changing) == [fault]


def test_a_window_may_last_one_day(herself: Client, where: str) -> None:
    assert herself.post(f"{where}/rules", json=TUESDAYS | {"valid_to": "2025-11-10"}).status_code == 201


def test_a_window_is_replaced(make: Make, herself: Client, where: str, volunteer: Volunteer, wiring: Wiring) -> None:
    rule = make.rule(volunteer, 1, time(9), time(12))
    path = f"{where}/rules/{rule.id}"

    assert herself.put(path, json=TUESDAYS).status_code == 428
    assert herself.put(path, json=TUESDAYS, headers={"If-Match": '"old"'}).status_code == 412
    changed = herself.put(path, json=TUESDAYS | {"kind": "preferred"}, headers={"If-Match": rule.etag})

    assert changed.json().items() >= (TUESDAYS | {"kind": "preferred", "version": 2}).items()
    with wiring.unit(write=False) as unit:
        event = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "availability_rule.change")).one()
        assert event.fields == ["ends", "kind", "valid_from"]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "left"),
    [
        (date(2025, 11, 9), None, date(2025, 11, 9)),
        (date(2025, 4, 1), date(2026, 3, 31), date(2025, 11, 9)),
        (date(2025, 4, 1), date(2025, 9, 30), date(2025, 9, 30)),
    ],
)
def test_a_window_that_has_begun_ends_with_yesterday(  # noqa: PLR0913, PLR0917 - fixtures and cases
    make: Make,
    herself: Client,
    where: str,
    volunteer: Volunteer,
    wiring: Wiring,
    valid_from: date,
    valid_to: date | None,
    left: date,
) -> None:
    rule = make.rule(volunteer, 1, time(9), time(12), valid_from=valid_from, valid_to=valid_to)

    assert herself.delete(f"{where}/rules/{rule.id}", headers={"If-Match": '"old"'}).status_code == 412
    assert herself.delete(f"{where}/rules/{rule.id}", headers={"If-Match": rule.etag}).status_code == 204

    with wiring.unit(write=False) as unit:
        kept = unit.get(AvailabilityRule, rule.id)
        assert (kept.valid_to, kept.version) == (left, 2)


@pytest.mark.parametrize("valid_from", [date(2025, 11, 10), date(2025, 12, 1)])
def test_a_window_that_has_not_begun_is_removed(
    make: Make, herself: Client, where: str, volunteer: Volunteer, wiring: Wiring, valid_from: date
) -> None:
    rule = make.rule(volunteer, 1, time(9), time(12), valid_from=valid_from)

    assert herself.delete(f"{where}/rules/{rule.id}").status_code == 204
    assert herself.delete(f"{where}/rules/{rule.id}").status_code == 404
    with wiring.unit(write=False) as unit:
        assert unit.session.get(AvailabilityRule, rule.id) is None
        event = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "availability_rule.end")).one()
        assert event.object_id == rule.id


@pytest.mark.parametrize("ends_at", ["2025-12-01T00:00:00+09:00", "2025-11-30T00:00:00+09:00"])
def test_a_time_away_ends_after_it_starts(herself: Client, where: str, ends_at: str) -> None:
    refused = herself.post(f"{where}/exceptions", json=HOLIDAY | {"ends_at": ends_at})

    assert faults(refused) == [("/ends_at", "FIELD_CONFLICT")]


def test_only_a_time_away_still_to_come_is_taken_back(
    make: Make, herself: Client, where: str, volunteer: Volunteer, wiring: Wiring
) -> None:
    coming = make.away(volunteer, at("10T09:01"), at("10T10:00"))
    begun = make.away(volunteer, NOW, at("10T10:00"))

    refused = herself.delete(f"{where}/exceptions/{begun.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "VOL_STATE")
    assert herself.delete(f"{where}/exceptions/{coming.id}", headers={"If-Match": '"old"'}).status_code == 412
    assert herself.delete(f"{where}/exceptions/{coming.id}").status_code == 204
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(AvailabilityException.id)).all() == [begun.id]


def test_staff_take_it_down_for_her(
    office: Client, herself: Client, where: str, volunteer: Volunteer, wiring: Wiring
) -> None:
    said = {"of": str(volunteer.id), "channel": "phone", "at": "2025-11-10T08:30:00+09:00"}

    for path, draft in (("rules", TUESDAYS), ("exceptions", HOLIDAY)):
        assert office.post(f"{where}/{path}", json=draft | {"on_behalf": said}).status_code == 201
        assert herself.post(f"{where}/{path}", json=draft | {"on_behalf": said}).status_code == 403
        for wrong in ({"of": str(office.account.id)}, {"at": "2025-10-11T08:59:59+09:00"}):
            assert office.post(f"{where}/{path}", json=draft | {"on_behalf": said | wrong}).status_code == 422
    with wiring.unit(write=False) as unit:
        events = unit.session.exec(select(AuditEvent).where(AuditEvent.subject_volunteer_id == volunteer.id)).all()
        assert [event.on_behalf["channel"] for event in events if event.on_behalf] == ["phone", "phone"]


def test_what_belongs_to_another_is_not_hers(make: Make, herself: Client, office: Client, where: str) -> None:
    other = make.volunteer(rules=())
    rule = make.rule(other, 1, time(9), time(12))
    absence = make.away(other, at("20T09:00"), at("20T10:00"))
    there = f"/v1/volunteers/{other.id}/availability"

    for caller in (herself, office):
        assert caller.put(f"{where}/rules/{rule.id}", json=TUESDAYS, headers={"If-Match": "*"}).status_code == 404
        assert caller.delete(f"{where}/exceptions/{absence.id}").status_code == 404
    assert herself.get(there).status_code == 404
    assert herself.post(f"{there}/rules", json=TUESDAYS).status_code == 404
    assert herself.delete(f"{there}/rules/{rule.id}").status_code == 404
    assert office.get(f"/v1/volunteers/{new_id()}/availability").status_code == 404


def test_others_have_no_part_in_it(make: Make, as_: As, where: str) -> None:
    university = make.organization(kind=OrganizationKind.UNIVERSITY)
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    liaison = as_(Role.UNIVERSITY_LIAISON, organization=university)

    assert liaison.get(f"/v1/volunteers/{student.id}/availability").status_code == 403
    assert as_(Role.REQUESTER).get(where).status_code == 403
    for role in (Role.REQUESTER, Role.UNIVERSITY_LIAISON, Role.VIEWER):
        assert as_(role).post(f"{where}/rules", json=TUESDAYS).status_code == 403
