"""Attendance in minutes, results, and the certificates that follow, lapse or are taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Account, Role
from models.base import new_id
from models.competence import Certification
from models.training import EnrollmentStatus, TrainingCourse, TrainingEnrollment, TrainingSession
from models.volunteer import Volunteer, VolunteerStatus
from services.certifying import warn
from services.clock import SetClock
from services.recording import status_of
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, notices_of, problem
from worker.reminding import recheck
from worker.trainings import warn_of_certificates

Check = Callable[[], None]
E = EnrollmentStatus
YESTERDAY = datetime.fromisoformat("2025-11-09T10:00:00+09:00")
WEEK_AGO = datetime.fromisoformat("2025-11-03T10:00:00+09:00")


@pytest.fixture
def trainer(make: Make) -> Account:
    return make.account(Role.TRAINER)


@pytest.fixture
def teaching(as_: As, trainer: Account) -> Client:
    return as_(trainer)


@pytest.fixture
def course(make: Make) -> TrainingCourse:
    """Two hours, of which 96 minutes are enough; its certificate holds for two years."""
    return make.course(code="home_visit", title="家庭訪問", grants="home_visit", valid_months=24)


@pytest.fixture
def session(make: Make, course: TrainingCourse, trainer: Account) -> TrainingSession:
    return make.training(of=course, starts_at=YESTERDAY, trainer_id=trainer.id)


def roll(client: Client, session: TrainingSession, *items: dict[str, Any]) -> Any:
    path = f"/v1/training-sessions/{session.id}/attendance"
    return client.put(path, json={"items": list(items)}, headers={"If-Match": "*"})


def came(row: TrainingEnrollment, minutes: int, **over: Any) -> dict[str, Any]:
    return {"enrollment_id": str(row.id), "minutes": minutes, **over}


def verb(client: Client, row: TrainingEnrollment, name: str) -> Any:
    return client.post(f"/v1/training-enrollments/{row.id}/{name}", json={})


def held(client: Client, volunteer: Volunteer, code: str = "home_visit") -> list[tuple[str, str | None, str]]:
    items = done(client.get(f"/v1/volunteers/{volunteer.id}/certifications"))["items"]
    return [(one["granted_on"], one["expires_on"], one["status"]) for one in items if one["cert_code"] == code]


def test_the_whole_class_is_recorded_in_one_call_and_completes(
    teaching: Client, as_: As, make: Make, session: TrainingSession, wiring: Wiring, check_data: Check
) -> None:
    she, he, absent = make.volunteer(), make.volunteer(), make.volunteer()
    rows = [make.seat(session, one) for one in (she, he, absent)]
    told = done(roll(teaching, session, came(rows[0], 96), came(rows[1], 95), came(rows[2], 0)))["items"]
    assert [(one["status"], one["minutes"], one["least_minutes"]) for one in told] == [
        ("attending", 96, 96),
        ("attending", 95, 96),
        ("accepted", 0, 96),
    ]
    assert done(verb(teaching, rows[0], "complete"))["status"] == "completed"
    few = verb(teaching, rows[1], "complete")
    assert problem(few) == (422, "CERT_MINUTES")
    assert "95" in few.json()["detail"]
    assert problem(verb(teaching, rows[2], "complete")) == (409, "CRS_STATE")
    for row in rows[1:]:
        assert done(verb(teaching, row, "mark-incomplete"))["status"] == "incomplete"
    assert held(as_(she), she) == [("2025-11-09", "2027-11-08", "valid")]
    assert held(as_(he), he) == []
    assert [kind for kind, _ in notices_of(wiring)] == ["training_completed", *["training_incomplete"] * 2]
    check_data()


def test_the_roll_takes_nobody_who_does_not_belong_there(
    teaching: Client, make: Make, session: TrainingSession
) -> None:
    row = make.seat(session, make.volunteer())
    elsewhere = make.seat(make.training(starts_at=WEEK_AGO), make.volunteer(), E.INCOMPLETE)
    waiting = make.seat(session, make.volunteer(), E.WAITLISTED)
    wrong: dict[tuple[str, str], list[dict[str, Any]]] = {
        ("/items/1/enrollment_id", "FIELD_DUPLICATE"): [came(row, 1), came(row, 2)],
        ("/items/0/enrollment_id", "FIELD_REFERENCE"): [came(elsewhere, 1)],
        ("/items/0/minutes", "FIELD_RANGE"): [came(row, 121)],
        ("/items/0/score", "FIELD_CONFLICT"): [came(row, 60, score=80)],
    }
    for fault, items in wrong.items():
        assert faults(roll(teaching, session, *items)) == [fault]
    nobody = {"enrollment_id": str(new_id()), "minutes": 1}
    assert faults(roll(teaching, session, nobody)) == [("/items/0/enrollment_id", "FIELD_REFERENCE")]
    assert problem(roll(teaching, session, came(waiting, 1))) == (409, "CRS_STATE")


def test_nobody_is_recorded_or_completed_before_time(
    teaching: Client, make: Make, trainer: Account, clock: SetClock
) -> None:
    session = make.training(trainer_id=trainer.id)
    row = make.seat(session, make.volunteer())
    assert problem(roll(teaching, session, came(row, 1))) == (409, "CRS_STATE")
    clock.forward(days=12, hours=5)
    assert done(roll(teaching, session, came(row, 60)))["items"][0]["minutes"] == 60
    assert problem(verb(teaching, row, "complete")) == (409, "CRS_STATE")  # it is not over yet
    assert done(roll(teaching, session, came(row, 120)))["items"][0]["minutes"] == 120
    clock.forward(hours=1)
    assert done(verb(teaching, row, "complete"))["status"] == "completed"


def test_what_is_assessed_wants_its_score(teaching: Client, make: Make, trainer: Account) -> None:
    course = make.course(pass_score=60)
    session = make.training(of=course, starts_at=YESTERDAY, trainer_id=trainer.id)
    row = make.seat(session, make.volunteer())
    done(roll(teaching, session, came(row, 120)))
    unmarked = verb(teaching, row, "complete")
    assert problem(unmarked) == (422, "CERT_SCORE")
    done(roll(teaching, session, came(row, 120, score=59)))
    assert problem(verb(teaching, row, "complete")) == (422, "CERT_SCORE")
    done(roll(teaching, session, came(row, 120, score=60)))
    assert done(verb(teaching, row, "complete"))["score"] == 60


def test_a_make_up_session_adds_what_was_missed_and_no_more(
    teaching: Client, as_: As, make: Make, course: TrainingCourse, trainer: Account, check_data: Check
) -> None:
    she = make.volunteer()
    first = make.training(of=course, starts_at=WEEK_AGO, trainer_id=trainer.id)
    row = make.seat(first, she)
    done(roll(teaching, first, came(row, 60)))
    later = make.training(of=course, starts_at=YESTERDAY, trainer_id=trainer.id)
    assert faults(roll(teaching, later, came(row, 60))) == [("/items/0/enrollment_id", "FIELD_REFERENCE")]
    done(verb(teaching, row, "mark-incomplete"))
    told = done(roll(teaching, later, came(row, 120)))["items"]
    assert [(one["id"], one["status"], one["minutes"]) for one in told] == [(str(row.id), "incomplete", 120)]
    assert done(verb(teaching, row, "complete"))["status"] == "completed"
    assert held(as_(she), she) == [("2025-11-09", "2027-11-08", "valid")]
    check_data()


@pytest.mark.parametrize(
    ("expires_on", "prolonged"),
    [
        (date(2025, 12, 31), "2027-12-31"),  # within 90 days before its end: nothing is lost
        (date(2026, 2, 7), "2028-02-07"),
        (date(2026, 2, 8), "2027-11-08"),  # too early
        (date(2025, 11, 8), "2027-11-08"),  # too late
        (None, "2027-11-08"),
    ],
)
def test_a_certificate_is_prolonged_by_one_that_follows_it(
    expires_on: date | None,
    prolonged: str,
    teaching: Client,
    as_: As,
    make: Make,
    session: TrainingSession,
) -> None:
    she = make.volunteer()
    make.certification(she, "home_visit", expires_on=expires_on)
    row = make.seat(session, she, E.ATTENDING, minutes=120)
    done(verb(teaching, row, "complete"))
    assert held(as_(she), she)[1][:2] == ("2025-11-09", prolonged)


def test_courses_that_grant_nothing_or_for_good(teaching: Client, as_: As, make: Make, trainer: Account) -> None:
    she = make.volunteer(certs=())
    for n, over in enumerate(({}, {"grants": "school"})):
        session = make.training(
            of=make.course(**over), starts_at=YESTERDAY + timedelta(hours=3 * n), trainer_id=trainer.id
        )
        row = make.seat(session, she, E.ATTENDING, minutes=120)
        done(verb(teaching, row, "complete"))
    assert done(as_(she).get(f"/v1/volunteers/{she.id}/certifications"))["items"][0]["expires_on"] is None
    assert held(as_(she), she, "school") == [("2025-11-09", None, "valid")]


def test_a_completion_in_error_takes_its_certificate_with_it(
    teaching: Client, as_: As, make: Make, session: TrainingSession, wiring: Wiring, check_data: Check
) -> None:
    she = make.volunteer()
    row = make.seat(session, she, E.ATTENDING, minutes=120)
    done(verb(teaching, row, "complete"))
    assert verb(teaching, row, "mark-incomplete").status_code == 403
    assert verb(as_(Role.COORDINATOR), row, "mark-incomplete").status_code == 403
    assert done(verb(as_(Role.ADMIN), row, "mark-incomplete"))["status"] == "incomplete"
    assert held(as_(she), she) == [("2025-11-09", "2027-11-08", "revoked")]
    assert done(verb(teaching, row, "complete"))["status"] == "completed"
    assert [status for *_, status in held(as_(she), she)] == ["revoked", "valid"]
    with wiring.unit(write=False) as unit:
        reasons = unit.session.exec(select(Certification.revoked_reason).where(Certification.enrollment_id == row.id))
        assert set(reasons) == {"training_corrected", None}
    check_data()


def test_what_lapses_before_an_assignment_is_flagged_with_it_once(
    teaching: Client, as_: As, make: Make, session: TrainingSession, wiring: Wiring, check_data: Check
) -> None:
    desk = make.account(Role.COORDINATOR)
    she, other = make.volunteer(certs=("checkup",), watched=True), make.volunteer(certs=())
    make.certification(other, "checkup", expires_on=date(2025, 11, 19))
    row = make.seat(session, she, E.ATTENDING, minutes=120)
    done(verb(teaching, row, "complete"))
    visits = [make.shift_with_demand(service="newborn_home_visit", home_district="east"), make.shift_with_demand()]
    standing = [make.assignment(visits[0], she), make.assignment(visits[1], other)]
    assert recheck(wiring) == 1
    done(verb(as_(Role.ADMIN), row, "mark-incomplete"))
    assert recheck(wiring) == 1
    assert recheck(wiring) == 0
    told = [kind for kind, whom in notices_of(wiring) if whom == desk.id]
    assert told == ["office_assignment_flagged"] * 2
    flags = [done(as_(desk).get(f"/v1/assignments/{one.id}"))["flags"] for one in standing]
    assert flags == [["ASG_NO_CERT"], ["ASG_NO_CERT"]]
    check_data()


def test_she_is_told_once_before_a_certificate_lapses(make: Make, wiring: Wiring, clock: SetClock) -> None:
    she, renewed, away, revoked = (make.volunteer(certs=()) for _ in range(4))
    soon = date(2026, 1, 9)  # in 60 days
    told = make.certification(she, "checkup", expires_on=soon)
    make.certification(she, "advanced", expires_on=soon + timedelta(days=1))
    for days in (0, 200):
        make.certification(renewed, "checkup", expires_on=soon + timedelta(days=days))
    make.certification(revoked, "checkup", expires_on=soon, revoked_on=date(2025, 11, 1))
    make.certification(make.volunteer(status=VolunteerStatus.WITHDRAWN, certs=()), "checkup", expires_on=soon)
    make.certification(away, "checkup", expires_on=date(2025, 11, 9))
    assert warn_of_certificates(wiring) == 1
    assert warn_of_certificates(wiring) == 0
    assert notices_of(wiring) == [("certificate_expiring", she.id)]
    clock.forward(days=1)
    assert warn_of_certificates(wiring) == 1
    assert told.cert_code == "checkup"


def test_how_long_before_is_the_houses_to_say(make: Make, wiring: Wiring) -> None:
    she = make.volunteer(certs=())
    ends = make.certification(she, "checkup", expires_on=date(2025, 11, 24))
    late, early = (replace(wiring, rules=replace(wiring.rules, certificate_warning_days=days)) for days in (13, 14))
    found = []
    for house in (late, early):
        with house.unit(write=False) as unit:
            status = status_of(unit, unit.get(Certification, ends.id))
        found.append((status, warn_of_certificates(house)))
    assert found == [("valid", 0), ("expiring", 1)]


def test_a_certificate_revoked_meanwhile_is_not_warned_of(make: Make, wiring: Wiring) -> None:
    she = make.volunteer(certs=())
    gone = make.certification(she, "checkup", expires_on=date(2025, 12, 1), revoked_on=date(2025, 11, 10))
    with wiring.unit() as unit:
        warn(unit, [unit.get(Certification, gone.id)])
    assert notices_of(wiring) == []


def test_a_second_sweep_that_saw_the_same_says_it_once(make: Make, wiring: Wiring) -> None:
    she = make.volunteer(certs=())
    ends = make.certification(she, "checkup", expires_on=date(2025, 12, 1))
    for _ in range(2):
        with wiring.unit() as unit:
            warn(unit, unit.take_all(Certification, [ends.id]))
    assert notices_of(wiring) == [("certificate_expiring", she.id)]
