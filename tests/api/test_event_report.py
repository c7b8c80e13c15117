"""Figures of events, meetings and lectures, equal to a hand count."""

import csv
from datetime import date, timedelta
from typing import Any

from models.account import Role
from models.event import EventKind, EventStatus
from models.lecture import LectureKind, LectureStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.makers.gatherings import EVENTS, SUNDAY

REPORT = "/v1/reports/events"
HIDDEN = "withheld (few persons)"


def test_events_meetings_and_lectures_are_counted_by_kind(make: Make, as_: As, clock: SetClock) -> None:
    office, viewer = as_(Role.COORDINATOR), as_(Role.VIEWER)
    fair = make.event(EventStatus.OPEN, helpers=8)
    make.event(EventStatus.CLOSED, helpers=0, visitors=900)
    make.event(EventStatus.CANCELLED, helpers=0)
    meeting = make.event(EventStatus.OPEN, kind=EventKind.LIAISON_MEETING, title="連絡会", helpers=0)
    make.event(EventStatus.OPEN, kind=EventKind.CAMP, starts_at=SUNDAY + timedelta(days=200))
    first, _ = (make.membership(make.organization()) for _ in range(2))
    make.membership(make.organization(), left_on=date(2025, 11, 1))
    done(as_(make.helper()).post(f"/v1/shifts/{shift_of(office, fair)}/claims", json={}), 201)
    for status, came in ((LectureStatus.REPORTED, 3), (LectureStatus.DECLINED, None), (LectureStatus.OPEN, None)):
        make.lecture(status, kind=LectureKind.KIDS_SEMINAR, participants=came)
    clock.now = SUNDAY + timedelta(hours=1)
    roll = {"items": [{"organization_id": str(first.organization_id)}]}
    done(office.put(f"{EVENTS}/{meeting.id}/attendance", json=roll, headers={"If-Match": "*"}))

    report = done(office.get(REPORT))

    assert [list(one.values())[0:1] + list(one.values())[2:] for one in report["events"]] == [
        ["festival", 3, 1, 1, 8, 1, 900],
        ["liaison_meeting", 1, 0, 0, 0, 0, 0],
    ]
    assert report["meetings"] == [{"held_on": "2025-11-23", "title": "連絡会", "members": 2, "attended": 1}]
    assert lectures(report) == [("kids_seminar", 3, 1, 1, 3)]
    assert set(report["definitions"]) >= {"events", "members", "participants"}
    told = done(viewer.get(REPORT))
    assert (told["events"][0]["helpers"], told["events"][0]["visitors"]) == (None, 900)
    assert lectures(told) == [("kids_seminar", 3, 1, 1, None)]
    assert done(office.get(REPORT, params={"from": "2024-04-01"}))["meetings"] == []


def test_each_table_is_a_file_with_its_total(make: Make, as_: As) -> None:
    make.event(EventStatus.CLOSED, helpers=8, visitors=900)
    make.event(EventStatus.CLOSED, kind=EventKind.CAMP, helpers=0, visitors=3)
    make.event(EventStatus.OPEN, kind=EventKind.LIAISON_MEETING, title="連絡会", helpers=0)
    make.membership(make.organization())
    make.lecture(LectureStatus.REPORTED, kind=LectureKind.KIDS_SEMINAR, participants=30)
    office, viewer = as_(Role.COORDINATOR), as_(Role.VIEWER)

    assert rows(office, "events") == [
        ["Kind of event", "Events", "Events held", "Events called off", "Helpers wanted", "Helpers found", "Visitors"],
        ["camp", "1", "1", "0", "0", "0", "3"],
        ["festival", "1", "1", "0", "8", "0", "900"],
        ["liaison meeting", "1", "0", "0", "0", "0", "0"],
        ["Total", "3", "2", "0", "8", "0", "903"],
    ]
    assert [row[-1] for row in rows(viewer, "events")] == ["Visitors", HIDDEN, "900", "0", HIDDEN]
    assert rows(office, "meetings")[1:] == [["2025-11-23 連絡会", "1", "0"], ["Total", "1", "0"]]
    assert rows(office, "lectures")[-1] == ["Total", "1", "1", "0", "30"]
    assert faults(office.get(REPORT, params={"format": "csv", "table": "camps"})) == [("table", "FIELD_FORMAT")]
    assert problem(as_(Role.VOLUNTEER).get(REPORT, params={"format": "csv"})) == (403, "NOT_PERMITTED")


def rows(caller: Client, table: str) -> list[list[str]]:
    """The rows of a file, without the day as of which they hold."""
    said = caller.get(REPORT, params={"format": "csv", "table": table}, headers={"Accept-Language": "en"})
    assert f"events_{table}_2025-04-01_2026-03-31.csv" in said.headers["Content-Disposition"]
    return [row[:-1] for row in csv.reader(said.content.decode("utf-8-sig").splitlines())]


def shift_of(caller: Any, event: Any) -> str:
    found: str = done(caller.get(f"{EVENTS}/{event.id}"))["shifts"][0]["id"]
    return found


def lectures(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("kind", "lectures", "lectures_held", "lectures_cancelled", "participants")
    return [tuple(one[name] for name in names) for one in report["lectures"]]
