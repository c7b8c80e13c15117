"""Figures of classrooms: what each counts, by half-year, classroom and language, and what viewers see of it."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from models.account import Role
from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSession, ClassSessionStatus
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import Learner
from models.level_assessment import Instrument
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done

PATH: Final = "/v1/reports/classrooms"
HELD: Final = ClassSessionStatus.HELD
Units = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def rooms(make: Make) -> tuple[Classroom, Classroom]:
    return make.classroom(name="あ教室"), make.classroom(name="い教室")


def mark(unit: Units, session: ClassSession, learner: Learner, status: AttendanceStatus) -> None:
    with unit() as it:
        it.add(
            Attendance(
                session_id=session.id, learner_id=learner.id, status=status, status_since=it.now, noted_at=it.now
            )
        )


def report(caller: Client, **asked: str) -> dict[str, Any]:
    answer: dict[str, Any] = done(caller.get(PATH, params=asked))
    return answer


def of(figures: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(figures[name] for name in names)


@pytest.fixture
def year(make: Make, unit: Units, rooms: tuple[Classroom, Classroom], clock: SetClock) -> dict[str, Any]:
    """Two sessions in summer, two in autumn; one learner left in summer, one waits, one rose twice."""
    first, second = rooms
    now, clock.now = clock.now, datetime(2025, 5, 1, tzinfo=UTC)
    stayed, left = make.learner(), make.learner(native_language="zh")
    make.enrollment(stayed, first)
    make.enrollment(left, first, ClassEnrollmentStatus.LEFT)
    clock.now = now - timedelta(days=7)
    came, waits = make.learner(native_language="zh"), make.learner()
    make.enrollment(came, second)
    make.enrollment(waits, second, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)
    clock.now = now
    june = make.class_session(first, on=date(2025, 6, 7), status=HELD)
    make.class_session(first, on=date(2025, 6, 14), status=ClassSessionStatus.CANCELLED)
    november = make.class_session(second, on=date(2025, 11, 8), status=HELD)
    make.class_session(second, on=date(2025, 11, 15), status=ClassSessionStatus.POSTPONED)
    make.class_session(second, on=date(2025, 11, 22))
    for met, tutors in ((june, 2), (november, 1)):
        for _ in range(tutors):
            make.assignment(met, make.tutor())
    mark(unit, june.session, stayed, AttendanceStatus.PRESENT)
    mark(unit, june.session, left, AttendanceStatus.LEFT_EARLY)
    mark(unit, november.session, stayed, AttendanceStatus.ABSENT)
    mark(unit, november.session, came, AttendanceStatus.LATE)
    mark(unit, november.session, waits, AttendanceStatus.KEPT_SAFE)
    at_class: dict[str, Any] = {"channel": "class_session", "class_session_id": november.session.id, "language": "fa"}
    make.consultation(**at_class, minutes=15)
    return {"stayed": stayed, "came": came, "november": november.session}


@pytest.mark.usefixtures("year")
def test_figures_by_half_year(admin: Client) -> None:
    shown = report(admin)
    summer, winter = shown["groups"]
    assert [(group["key"], group["name"]) for group in (summer, winter)] == [
        ("2025-1", "2025年度上半期"), ("2025-2", "2025年度下半期"),
    ]  # fmt: skip
    sessions = ("class_sessions", "class_sessions_held", "class_sessions_cancelled", "tutors_present")
    assert of(summer, *sessions) == (2, 1, 1, 2)
    assert of(winter, *sessions) == (2, 1, 0, 1)
    learned = ("learners", "attendances", "absences", "attendance_share", "learners_per_tutor", "waiting_learners")
    assert of(summer, *learned) == (2, 2, 0, 1.0, 1.0, 0)
    assert of(winter, *learned) == (3, 1, 1, 0.5, 1.0, 1)
    assert of(shown["total"], *learned) == (4, 3, 1, 0.75, 1.0, 1)
    assert of(winter, "consultations", "consultation_minutes") == (1, 15)
    assert shown["definitions"].keys() == shown["total"].keys() - {"suppressed"}
    assert report(admin, **{"from": "2025-10-01", "to": "2026-03-31"})["groups"] == [winter]


def test_who_left_was_registered_for_as_long_as_she_held_a_place(
    make: Make, unit: Units, rooms: tuple[Classroom, Classroom], admin: Client, clock: SetClock
) -> None:
    """One left in summer, one in winter after a break, one asked in summer and came in winter."""
    now, clock.now = clock.now, datetime(2025, 5, 1, tzinfo=UTC)
    summer, both = (make.enrollment(make.learner(), rooms[0]) for _ in range(2))
    winter = make.enrollment(make.learner(), rooms[0], ClassEnrollmentStatus.INQUIRY)
    for month, enrollment, status in (
        (7, summer, ClassEnrollmentStatus.ENROLLED),  # looked at, and as it was
        (8, summer, ClassEnrollmentStatus.LEFT),
        (9, both, ClassEnrollmentStatus.ON_BREAK),
        (10, winter, ClassEnrollmentStatus.ENROLLED),
        (11, both, ClassEnrollmentStatus.COMPLETED),
    ):
        clock.now = datetime(2025, month, 5, tzinfo=UTC)
        with unit() as it:
            row = it.get(Enrollment, enrollment.id)
            row.status = status
            row.touch(it.now)
    clock.now = now
    shown = report(admin)
    assert {group["key"]: group["learners"] for group in shown["groups"]} == {"2025-1": 2, "2025-2": 2}
    assert shown["total"]["learners"] == 3
    for first, last, learners in (("08-06", "09-30", 1), ("11-06", "11-30", 1), ("04-01", "04-30", 0)):
        asked = {"from": f"2025-{first}", "to": f"2025-{last}"}
        assert report(admin, **asked)["total"]["learners"] == learners


@pytest.mark.usefixtures("year")
def test_figures_by_classroom_and_by_language(admin: Client) -> None:
    first, second = report(admin, group_by="classroom")["groups"]
    assert of(first, "name", "class_sessions", "learners", "consultations") == ("あ教室", 2, 2, 0)
    assert of(second, "name", "class_sessions", "learners", "consultations") == ("い教室", 2, 3, 1)
    groups = {group["key"]: group for group in report(admin, group_by="language")["groups"]}
    assert {key: of(group, "learners", "attendances", "class_sessions") for key, group in groups.items()} == {
        "vi": (2, 1, None), "zh": (2, 2, None), "fa": (0, 0, None),
    }  # fmt: skip
    assert (groups["fa"]["consultations"], groups["vi"]["waiting_learners"]) == (1, 1)
    assert of(groups["fa"], "attendance_share", "learners_per_tutor") == (None, None)


def test_a_move_is_a_level_above_the_one_before_by_the_same_measure(
    make: Make, admin: Client, year: dict[str, Any]
) -> None:
    """Moves of somebody who learned nowhere in the period are counted nowhere, or total and groups would tell of her."""
    stayed, stranger = year["stayed"], make.learner()
    for result, day, instrument in (
        ("A1", date(2025, 2, 1), Instrument.INTERVIEW),
        ("A2", date(2025, 3, 1), Instrument.INTERVIEW),
        ("B1", date(2025, 6, 1), Instrument.CAN_DO),
        ("A2", date(2025, 11, 1), Instrument.CAN_DO),
        ("N4", date(2025, 6, 1), Instrument.JLPT),
        ("N3", date(2025, 11, 2), Instrument.JLPT),
        ("2", date(2025, 11, 3), Instrument.DLA),
    ):
        make.assessment(stayed, result, assessed_on=day, instrument=instrument)
    make.assessment(stranger, "1", assessed_on=date(2025, 6, 1), instrument=Instrument.DLA)
    make.assessment(stranger, "2", assessed_on=date(2025, 7, 1), instrument=Instrument.DLA)
    shown = report(admin)
    assert [group["level_moves"] for group in shown["groups"]] == [1, 1]
    assert shown["total"]["level_moves"] == 2
    rooms = {group["name"]: group["level_moves"] for group in report(admin, group_by="classroom")["groups"]}
    assert rooms == {"あ教室": 2, "い教室": 2}


def test_nothing_is_counted_of_what_is_to_come_or_long_past(make: Make, admin: Client, year: dict[str, Any]) -> None:
    assert year
    later = report(admin, **{"from": "2026-04-01", "to": "2027-03-31"})
    assert (later["groups"], later["total"]["learners"]) == ([], 0)
    make.enrollment(make.learner(), make.classroom())
    before = report(admin, **{"from": "2024-04-01", "to": "2025-03-31"})
    assert (before["groups"], before["total"]["learners"]) == ([], 0)


@pytest.mark.usefixtures("year")
def test_viewers_see_no_small_numbers(make: Make, as_: As, rooms: tuple[Classroom, Classroom]) -> None:
    for _ in range(9):
        make.enrollment(make.learner(), rooms[0])
    viewed = report(as_(Role.VIEWER), group_by="classroom")
    assert [group["learners"] for group in viewed["groups"]] == [None, None]
    assert (viewed["total"]["learners"], viewed["total"]["waiting_learners"]) == (13, None)
    assert report(as_(Role.COORDINATOR))["groups"][1]["learners"] == 12


def test_consultations_at_classes_are_told_to_who_may_read_them(make: Make, as_: As, year: dict[str, Any]) -> None:
    """They are some of those that the report on consultations counts by where they were: one less the other is a few."""
    for _ in range(5):
        make.consultation(channel="class_session", class_session_id=year["november"].id)
    admin = report(as_(Role.ADMIN), group_by="language")
    assert of(admin["total"], "consultations", "consultation_minutes") == (6, 115)
    assert {group["key"]: group["consultations"] for group in admin["groups"]} == {"vi": 5, "zh": 0, "fa": 1}
    for role in (Role.VIEWER, Role.COORDINATOR):
        shown = report(as_(role), group_by="language")
        assert [group["key"] for group in shown["groups"]] == ["vi", "zh"]
        for figures in (*shown["groups"], shown["total"]):
            assert of(figures, "consultations", "consultation_minutes") == (None, None)
            assert figures["suppressed"][-2:] == ["consultations", "consultation_minutes"]
        answer = as_(role).get(PATH, params={"group_by": "language", "format": "csv"})
        head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert {row[head.index("相談件数")] for row in rows} == {"非公表（少人数）"}


def test_who_waits_at_two_classrooms_is_one_in_the_total(
    make: Make, admin: Client, rooms: tuple[Classroom, Classroom]
) -> None:
    waits = make.learner()
    for room in rooms:
        make.enrollment(waits, room, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)
    shown = report(admin, group_by="classroom")
    assert [group["waiting_learners"] for group in shown["groups"]] == [1, 1]
    assert shown["total"]["waiting_learners"] == 1


@pytest.mark.usefixtures("year")
def test_the_same_as_a_sheet_at_a_constant_cost(
    make: Make, unit: Units, admin: Client, rooms: tuple[Classroom, Classroom], queries: Any
) -> None:
    answer = admin.get(PATH, params={"format": "csv"})
    assert "classrooms_half_year_2025-04-01_2026-03-31.csv" in answer.headers["content-disposition"]
    picture = admin.get(PATH, params={"format": "svg", "group_by": "language"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "登録学習者" in picture.text
    with queries() as few:
        admin.get(PATH, params={"group_by": "classroom"})
    for _ in range(6):
        met = make.class_session(rooms[0], on=date(2025, 10, 4), status=HELD)
        mark(unit, met.session, make.learner(), AttendanceStatus.PRESENT)
    with queries() as many:
        admin.get(PATH, params={"group_by": "classroom"})
    assert len(few) == len(many)
