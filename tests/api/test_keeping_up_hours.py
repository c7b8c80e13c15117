"""Hours that people keep up: warnings before a change is saved, nothing this month, exam weeks of a whole university."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.availability import AvailabilityException, AwayReason
from models.organization import Organization, OrganizationKind
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, on_shift, problem, warned
from tests.queries import Statements

PREVIEW = {"preview": True}
AROUND = {"starts_at": "2025-11-20T00:00:00+09:00", "ends_at": "2025-11-21T00:00:00+09:00"}
"""The day of the visit."""


@pytest.fixture
def mai(make: Make) -> Volunteer:
    """Somebody who comes on Thursdays, and stands on a visit of one."""
    volunteer = make.volunteer(rules=[(3, time(8), time(18))])
    make.assignment(make.shift_with_demand(), volunteer)
    return volunteer


@pytest.fixture
def herself(as_: As, mai: Volunteer) -> Client:
    return as_(mai)


def hours_of(volunteer: Volunteer) -> str:
    return f"/v1/volunteers/{volunteer.id}/availability"


def absences(wiring: Wiring) -> list[AvailabilityException]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(AvailabilityException).order_by(col(AvailabilityException.id))))


def rule_of(herself: Client, mai: Volunteer) -> str:
    (rule,) = done(herself.get(hours_of(mai)))["rules"]
    return f"{hours_of(mai)}/rules/{rule['id']}"


def test_a_time_away_warns_of_what_she_holds_before_and_when_it_is_saved(
    herself: Client, mai: Volunteer, wiring: Wiring
) -> None:
    path = f"{hours_of(mai)}/exceptions"

    foreseen = done(herself.post(path, json=AROUND, params=PREVIEW))
    assert warned(foreseen) == ["VOL_TOUCHES"]
    assert "2025年11月20日 10:00" in foreseen["warnings"][0]["detail"]
    assert absences(wiring) == []
    assert warned(done(herself.post(path, json=AROUND), 201)) == ["VOL_TOUCHES"]
    assert warned(done(herself.post(path, json=AROUND), 201)) == []  # known by now: nothing new is touched
    elsewhere = {"starts_at": "2025-12-01T00:00:00+09:00", "ends_at": "2025-12-02T00:00:00+09:00"}
    assert warned(done(herself.post(path, json=elsewhere, params=PREVIEW))) == []
    assert len(absences(wiring)) == 2


def test_a_changed_or_ended_window_warns_too(herself: Client, mai: Volunteer, make: Make) -> None:
    path = rule_of(herself, mai)
    later = {"weekday": 3, "starts": "13:00", "ends": "18:00", "valid_from": "2025-04-01"}
    match = {"If-Match": "*"}

    assert warned(done(herself.put(path, json=later, params=PREVIEW, headers=match))) == ["VOL_TOUCHES"]
    # Without any window nothing is known of her hours, and nothing clashes; with another day's she is away.
    assert warned(done(herself.delete(path, params=PREVIEW))) == []
    make.rule(mai, 0, time(9), time(12))
    assert warned(done(herself.delete(path, params=PREVIEW))) == ["VOL_TOUCHES"]
    assert warned(done(herself.put(path, json=later, headers=match))) == ["VOL_TOUCHES"]
    assert herself.delete(path).status_code == 204


def test_a_first_window_that_leaves_out_what_she_holds_warns(make: Make, as_: As) -> None:
    unknown = make.volunteer(rules=())
    make.assignment(make.shift_with_demand(), unknown)
    monday = {"weekday": 0, "starts": "09:00", "ends": "12:00", "valid_from": "2025-11-10"}
    path = f"{hours_of(unknown)}/rules"
    assert warned(done(as_(unknown).post(path, json=monday, params=PREVIEW))) == ["VOL_TOUCHES"]
    assert warned(done(as_(unknown).post(path, json=monday), 201)) == ["VOL_TOUCHES"]


def test_nothing_this_month_is_one_call(herself: Client, mai: Volunteer, wiring: Wiring, as_: As) -> None:
    path = f"{hours_of(mai)}/months-off"
    assert warned(done(herself.post(path, json={"month": "2025-11"}, params=PREVIEW))) == ["VOL_TOUCHES"]

    now = done(herself.post(path, json={"month": "2025-11"}), 201)
    then = done(as_(Role.COORDINATOR).post(path, json={"month": "2025-12", "on_behalf": by_phone(mai)}), 201)

    assert (now["starts_at"], now["ends_at"]) == ("2025-11-10T09:00:00+09:00", "2025-12-01T00:00:00+09:00")
    assert (then["starts_at"], then["ends_at"]) == ("2025-12-01T00:00:00+09:00", "2026-01-01T00:00:00+09:00")
    assert [absence.reason for absence in absences(wiring)] == [AwayReason.OTHER] * 2
    assert faults(herself.post(path, json={"month": "2025-10"})) == [("/month", "FIELD_RANGE")]
    assert faults(herself.post(path, json={"month": "2025-13"})) == [("/month", "FIELD_FORMAT")]


# exam weeks ---------------------------------------------------------------------------------------------------------

EXAMS = {"name": "期末試験", "first_on": "2025-11-17", "last_on": "2025-11-28"}


def periods_of(university: Organization) -> str:
    return f"/v1/organizations/{university.id}/exam-periods"


def test_a_liaison_sends_all_students_into_their_exams(
    liaison: Client, university: Organization, make: Make, wiring: Wiring
) -> None:
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    trainee = make.volunteer(is_student=True, affiliation_id=university.id, status=VolunteerStatus.IN_TRAINING)
    make.volunteer(is_student=True, affiliation_id=university.id, status=VolunteerStatus.WITHDRAWN)
    make.volunteer(is_student=False, affiliation_id=university.id)
    make.volunteer(is_student=True)
    opened = make.shift_with_demand()
    make.assignment(opened, student)

    assert warned(done(liaison.post(periods_of(university), json=EXAMS, params=PREVIEW))) == ["VOL_TOUCHES"]
    assert absences(wiring) == []
    made = done(liaison.post(periods_of(university), json=EXAMS), 201)

    assert (made["students"], warned(made)) == (2, ["VOL_TOUCHES"])
    away = absences(wiring)
    assert {one.volunteer_id for one in away} == {student.id, trainee.id}
    assert {(one.reason, one.starts_at, one.ends_at) for one in away} == {
        (AwayReason.EXAM, local("2025-11-17"), local("2025-11-29"))
    }
    assert on_shift(wiring, opened) == [(student.id, "confirmed", True)]  # it is hers to keep or to pass on
    assert sorted(notices_of(wiring)) == sorted([("exam_period_noted", student.id), ("exam_period_noted", trainee.id)])
    (listed,) = done(liaison.get(periods_of(university)))["items"]
    assert (listed["name"], listed["students"]) == ("期末試験", 2)


def local(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+09:00")


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"last_on": "2025-11-16"}, ("/last_on", "FIELD_CONFLICT")),
        ({"first_on": "2025-10-01", "last_on": "2025-11-09"}, ("/last_on", "FIELD_RANGE")),
        ({"last_on": "2026-01-26"}, ("/last_on", "FIELD_RANGE")),
    ],
)
def test_exam_weeks_are_days_to_come_in_order(
    liaison: Client, university: Organization, over: dict[str, str], expected: tuple[str, str]
) -> None:
    assert faults(liaison.post(periods_of(university), json=EXAMS | over)) == [expected]


@pytest.mark.parametrize("rows", [1, 100])
def test_the_list_takes_the_same_queries_whatever_its_length(
    liaison: Client,
    university: Organization,
    make: Make,
    queries: Callable[[], AbstractContextManager[Statements]],
    rows: int,
) -> None:
    for n in range(rows):
        day = date(2026, 1, 1) + timedelta(days=n)
        make.exam_period(university, day, day)
    with queries() as seen:
        assert len(done(liaison.get(periods_of(university)))["items"]) == rows
    assert len(seen) == 4


def test_the_same_exam_weeks_are_told_once(liaison: Client, university: Organization) -> None:
    done(liaison.post(periods_of(university), json=EXAMS), 201)
    assert faults(liaison.post(periods_of(university), json=EXAMS)) == [("/first_on", "FIELD_DUPLICATE")]


def test_exam_weeks_are_taken_back_before_they_begin(
    liaison: Client, university: Organization, make: Make, wiring: Wiring, clock: SetClock
) -> None:
    make.volunteer(is_student=True, affiliation_id=university.id)
    made = done(liaison.post(periods_of(university), json=EXAMS), 201)
    later = make.exam_period(university)
    path = periods_of(university)
    assert liaison.delete(f"{path}/{made['id']}", headers={"If-Match": '"old"'}).status_code == 412

    assert liaison.delete(f"{path}/{made['id']}").status_code == 204
    assert absences(wiring) == []
    assert audited(wiring, made["id"])[-1].action == "exam_period.remove"
    clock.now = NOW + timedelta(days=100)
    assert problem(liaison.delete(f"{path}/{later.id}")) == (409, "VOL_STATE")
    assert done(liaison.get(path))["items"] == []


def test_a_liaison_speaks_for_her_own_university_and_the_office_for_all(
    liaison: Client, university: Organization, make: Make, as_: As, mai: Volunteer
) -> None:
    other = make.organization(kind=OrganizationKind.UNIVERSITY)
    theirs = make.exam_period(other)
    office = as_(Role.COORDINATOR)

    assert liaison.post(periods_of(other), json=EXAMS).status_code == 404
    assert liaison.delete(f"{periods_of(university)}/{theirs.id}").status_code == 404
    assert done(office.post(periods_of(other), json=EXAMS), 201)["students"] == 0
    assert as_(mai).post(periods_of(university), json=EXAMS).status_code == 403
    assert [one["first_on"] for one in done(office.get(periods_of(other)))["items"]] == [
        "2025-11-17",
        str(date(2026, 1, 26)),
    ]
