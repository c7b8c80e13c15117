"""Lectures: only who offers to lecture, paid only with a permission that is clear, confirmed to whoever asked."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.lecture import LectureEngagement, LectureStatus
from models.organization import Organization, OrganizationKind
from models.residence_permission import PermissionResult
from models.volunteer import ActivityKind
from services.clock import SetClock
from services.lectures import follow_clock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, notices_of, problem, refused, settle
from tests.makers.gatherings import LECTURES, SUNDAY, asked_for, change, verb
from tests.makers.listed import brief, follow, listed, only
from tests.queries import Statements
from worker.events import hold_lectures
from worker.passing import move_shifts

Counted = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def school(make: Make) -> Organization:
    return make.organization(kind=OrganizationKind.SCHOOL)


@pytest.fixture
def desk(as_: As, school: Organization) -> Client:
    return as_(Role.REQUESTER, organization=school)


def accepted(office: Client, asking: Client, honorarium: int = 0, **over: Any) -> dict[str, Any]:
    made = done(asking.post(LECTURES, json=asked_for(**over)), 201)
    lecture: dict[str, Any] = done(verb(office, LECTURES, made, "accept", honorarium_jpy=honorarium))
    return lecture


def claim(caller: Client, lecture: dict[str, Any]) -> Any:
    return caller.post(f"/v1/shifts/{lecture['shift_id']}/claims", json={})


def stand(office: Client, caller: Client, lecture: dict[str, Any]) -> str:
    """Come forward and be approved."""
    assignment: str = done(claim(caller, lecture), 201)["id"]
    done(settle(office, assignment, "approve"))
    return assignment


def read(caller: Client, lecture: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = done(caller.get(f"{LECTURES}/{lecture['id']}"))
    return found


def test_a_school_asks_and_hears_who_comes(
    make: Make, as_: As, office: Client, desk: Client, wiring: Wiring, clock: SetClock
) -> None:
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    assert (asked["status"], asked["actions"], asked["honorarium_jpy"]) == ("requested", ["change", "cancel"], None)
    lecture = done(verb(office, LECTURES, asked, "accept"))
    assert (lecture["status"], lecture["actions"]) == ("open", ["confirm", "change", "cancel"])
    interpreter, mai = make.volunteer(), make.lecturer()
    assert refused(claim(as_(interpreter), lecture)) == [("ASG_SKILL", "never")]
    candidates = done(office.get(f"/v1/shifts/{lecture['shift_id']}/candidates"))["items"]
    assert [one["volunteer_id"] for one in candidates] == [str(mai.id)]
    (shift,) = done(as_(mai).get("/v1/shifts", params={"activity": "lecture"}))["items"]
    assert (shift["title"], shift["engagement_id"]) == ("ベトナムのくらし", None)
    assert problem(verb(office, LECTURES, lecture, "confirm")) == (409, "LEC_UNFILLED")
    stand(office, as_(mai), lecture)
    (entry,) = done(as_(mai).get("/v1/me/schedule"))["items"]
    assert (entry["briefing"]["meeting_point"], entry["briefing"]["note"]) == ("職員玄関", "5年生30人")
    assert done(verb(office, LECTURES, lecture, "confirm"))["status"] == "confirmed"
    told = read(desk, lecture)["lecturing"]
    assert [(one["volunteer_id"], one["confirmed"], one["permit_unclear"]) for one in told] == [(None, True, None)]

    clock.now = SUNDAY + timedelta(hours=2)
    move_shifts(wiring)
    hold_lectures(wiring)
    assert read(desk, lecture)["actions"] == ["report"]
    reported = done(verb(desk, LECTURES, lecture, "report", participants=31, note="質問が多く出ました"))
    assert (reported["status"], reported["participants"]) == ("reported", 31)
    kinds = [kind for kind, _ in notices_of(wiring)]
    assert [kind for kind in kinds if "lecture" in kind] == [
        "office_lecture_requested",
        "lecture_accepted",
        "lecture_confirmed",
    ]


def test_the_worklist_says_what_is_to_be_decided_and_confirmed(
    make: Make, as_: As, office: Client, desk: Client
) -> None:
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    entry = only(office)
    assert brief(entry) == ("lecture_undecided", "2025-11-11T17:00", "POST", "accept", False)
    lecture = done(follow(office, entry["verb"], {}))
    assert listed(office) == []
    stand(office, as_(make.lecturer()), lecture)
    assert brief(only(office))[0::3] == ("lecture_to_confirm", "confirm")
    assert asked["id"] == done(follow(office, only(office)["verb"], {}))["id"]
    assert listed(office) == []


def test_no_honorarium_without_a_clear_work_permission(make: Make, as_: As, office: Client, desk: Client) -> None:
    rin = make.lecturer(person=make.person(nationality="VN"))
    paid = accepted(office, desk, honorarium=8000)
    stand(office, as_(rin), paid)
    assert [one["permit_unclear"] for one in read(office, paid)["lecturing"]] == [True]
    assert problem(verb(office, LECTURES, paid, "confirm")) == (409, "EXP_PERMIT")
    make.permission_check(rin, PermissionResult.OK, expires_on=date(2025, 11, 22))
    assert problem(verb(office, LECTURES, paid, "confirm")) == (409, "EXP_PERMIT")
    make.permission_check(rin, PermissionResult.OK, expires_on=date(2025, 11, 23))
    assert done(verb(office, LECTURES, paid, "confirm"))["lecturing"][0]["permit_unclear"] is False
    free = accepted(office, desk, starts_at="2025-11-24T13:00:00+09:00", ends_at="2025-11-24T14:00:00+09:00")
    stand(office, as_(make.lecturer(person=make.person(nationality="CN"))), free)
    assert done(verb(office, LECTURES, free, "confirm"))["status"] == "confirmed"


def test_what_was_agreed_on_is_paid(make: Make, as_: As, office: Client, desk: Client, clock: SetClock) -> None:
    mai = make.lecturer()
    lecture = accepted(office, desk, honorarium=8000)
    assignment = stand(office, as_(mai), lecture)
    clock.now = SUNDAY + timedelta(hours=2)
    done(settle(as_(mai), assignment, "complete"))
    claimed = done(as_(mai).post("/v1/expense-claims", json={"assignment_id": assignment}), 201)
    assert claimed["honorarium_jpy"] == 8000


def test_readers_read_in_their_language(make: Make, as_: As, office: Client, desk: Client) -> None:
    books: dict[str, Any] = {
        "kind": "picture_books",
        "activity": "reading_aloud",
        "language": "vi",
        "min_level": "B2",
        "for_children": True,
    }
    lecture = accepted(office, desk, **books)
    ready: dict[str, Any] = {"activities": (ActivityKind.READING_ALOUD,), "child_contact_ok": True, "cleared": True}
    reader, other = make.lecturer(languages={"vi": "native"}, **ready), make.lecturer(languages={"en": "C1"}, **ready)
    assert refused(claim(as_(other), lecture)) == [("ASG_LANGUAGE", "never")]
    assert refused(claim(as_(make.lecturer(languages={"vi": "C1"})), lecture)) == [
        ("ASG_SKILL", "never"),
        ("CLS_SAFETY", "never"),
    ]
    done(claim(as_(reader), lecture), 201)


def test_a_lecturer_who_leaves_or_is_asked_again_unconfirms_it(
    make: Make, as_: As, office: Client, desk: Client, wiring: Wiring
) -> None:
    mai = make.lecturer()
    lecture = accepted(office, desk)
    stand(office, as_(mai), lecture)
    done(verb(office, LECTURES, lecture, "confirm"))
    times: dict[str, Any] = {"starts_at": "2025-11-24T10:00:00+09:00", "ends_at": "2025-11-24T11:30:00+09:00"}
    seen = done(change(office, LECTURES, lecture, preview=True, **times))
    assert [one["effect"] for one in seen["shifts"][0]["people"]] == ["reconfirm"]
    assert read(office, lecture)["status"] == "confirmed"
    moved = done(change(desk, LECTURES, lecture, **times))
    assert (moved["lecture"]["status"], moved["shifts"]) == ("open", [])
    assert [kind for kind, _ in notices_of(wiring)][-3:] == [
        "assignment_reconfirm",
        "lecture_unconfirmed",
        "office_lecture_changed",
    ]
    (entry,) = done(as_(mai).get("/v1/me/schedule"))["items"]
    done(settle(as_(mai), entry["assignment_id"], "keep"))
    done(verb(office, LECTURES, lecture, "confirm"))
    done(settle(as_(mai), entry["assignment_id"], "withdraw", reason="illness"))
    assert read(desk, lecture)["status"] == "open"
    other = as_(make.lecturer())
    standing = stand(office, other, lecture)
    done(settle(other, standing, "withdraw", reason="illness"))
    assert read(office, lecture)["status"] == "open"


def test_a_change_answers_the_version_that_the_next_one_names(desk: Client) -> None:
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    assert "ETag" not in change(desk, LECTURES, asked, preview=True, district="west").headers
    moved = change(desk, LECTURES, asked, district="west")
    tag = {"If-Match": moved.headers["ETag"]}
    assert tag["If-Match"] == desk.get(f"{LECTURES}/{asked['id']}").headers["ETag"]
    off = desk.post(f"{LECTURES}/{asked['id']}/cancel", json={"reason": "大雪のため"}, headers=tag)
    assert off.headers["ETag"] == desk.get(f"{LECTURES}/{asked['id']}").headers["ETag"] != tag["If-Match"]
    assert problem(desk.post(f"{LECTURES}/{asked['id']}/cancel", json={"reason": "雪"}, headers=tag)) == (
        412,
        "VERSION",
    )


def test_whoever_did_not_call_it_off_is_told(make: Make, as_: As, office: Client, desk: Client, wiring: Wiring) -> None:
    mai = make.lecturer()
    first, second = accepted(office, desk), done(desk.post(LECTURES, json=asked_for()), 201)
    stand(office, as_(mai), first)
    before = len(notices_of(wiring))
    off = done(verb(desk, LECTURES, first, "cancel", reason="学級閉鎖のため"))
    assert (off["lecture"]["status"], off["shifts"]) == ("cancelled", [])
    done(verb(office, LECTURES, second, "cancel", reason="大雪のため"))
    done(change(office, LECTURES, done(desk.post(LECTURES, json=asked_for()), 201), district="west"))
    assert [kind for kind, _ in notices_of(wiring)[before:]] == [
        "assignment_cancelled",
        "office_lecture_cancelled",
        "lecture_cancelled",
        "office_lecture_requested",
        "lecture_changed",
    ]


def test_the_office_may_say_no(office: Client, desk: Client, wiring: Wiring) -> None:
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    assert done(verb(office, LECTURES, asked, "decline", reason="日程が合いません"))["status"] == "declined"
    assert notices_of(wiring)[-1] == ("lecture_declined", desk.account.id)
    assert problem(verb(office, LECTURES, asked, "accept")) == (409, "LEC_STATE")


def test_what_nobody_takes_on_or_gives_lapses(
    make: Make, office: Client, desk: Client, wiring: Wiring, clock: SetClock
) -> None:
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    lonely = accepted(office, desk)
    clock.now = SUNDAY
    hold_lectures(wiring)
    assert (read(desk, asked)["status"], read(desk, lonely)["status"]) == ("cancelled", "open")
    clock.now = SUNDAY + timedelta(hours=2)
    move_shifts(wiring)
    hold_lectures(wiring)
    assert read(desk, lonely)["status_reason"] == "lapsed"
    assert ("lecture_lapsed", desk.account.id) in notices_of(wiring)
    with wiring.unit() as unit:  # a sweep that comes late finds nothing to do
        row = unit.lock(LectureEngagement, make.lecture(LectureStatus.REPORTED, starts_at=SUNDAY - timedelta(9)).id)
        follow_clock(unit, row)


def test_a_confirmed_lecture_that_nobody_came_to_give_lapses(
    make: Make, as_: As, office: Client, desk: Client, wiring: Wiring, clock: SetClock
) -> None:
    mai, lecture = as_(make.lecturer()), accepted(office, desk)
    standing = stand(office, mai, lecture)
    done(verb(office, LECTURES, lecture, "confirm"))
    clock.now = SUNDAY + timedelta(minutes=20)
    move_shifts(wiring)
    done(settle(office, standing, "no-show", party="volunteer"))
    clock.now = SUNDAY + timedelta(hours=2)
    move_shifts(wiring)
    hold_lectures(wiring)
    assert (read(desk, lecture)["status"], read(desk, lecture)["status_reason"]) == ("cancelled", "lapsed")


def test_a_lecture_that_cannot_be_is_refused(make: Make, office: Client, desk: Client) -> None:
    other = make.organization()
    nobody = "01935b5c-7d00-7000-8000-000000000000"
    assert faults(office.post(LECTURES, json=asked_for())) == [("/organization_id", "FIELD_MISSING")]
    for caller, named in ((desk, str(other.id)), (office, nobody)):
        said = caller.post(LECTURES, json=asked_for(organization_id=named))
        assert faults(said) == [("/organization_id", "FIELD_REFERENCE")]
    assert faults(desk.post(LECTURES, json=asked_for(language="tlh"))) == [("/language", "LANG_TAG")]
    assert faults(desk.post(LECTURES, json=asked_for(note="a@example.jp"))) == [("/note", "REQ_FREE_TEXT_PII")]
    done(office.post(LECTURES, json=asked_for(organization_id=str(other.id))), 201)
    asked = done(desk.post(LECTURES, json=asked_for()), 201)
    assert done(change(desk, LECTURES, asked, theme="絵本", facility_id=None))["lecture"]["theme"] == "絵本"
    assert faults(change(desk, LECTURES, asked, ends_at="2025-11-23T13:00:00+09:00")) == [
        ("/ends_at", "FIELD_CONFLICT")
    ]


def test_the_list_is_narrowed_and_costs_the_same_for_many(
    make: Make, as_: As, office: Client, desk: Client, school: Organization, queries: Counted
) -> None:
    lecture = accepted(office, desk, honorarium=8000)
    stand(office, as_(make.lecturer()), lecture)

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(LECTURES, params={"limit": 200, **asked}))["items"]]

    with queries() as one:
        assert ids() == [lecture["id"]]
    for day in range(1, 4):
        more = accepted(
            office,
            desk,
            honorarium=8000,
            starts_at=f"2025-12-0{day}T13:00:00+09:00",
            ends_at=f"2025-12-0{day}T14:00:00+09:00",
        )
        stand(office, as_(make.lecturer()), more)
    with queries() as many:
        assert len(ids()) == 4
    assert len(many) == len(one)
    theirs = make.lecture(starts_at=SUNDAY + timedelta(days=40))
    assert ids(organization_id=str(school.id), status="open", to="2025-11-30T00:00:00+09:00") == [lecture["id"]]
    assert ids(**{"kind": "international_understanding", "from": "2025-12-20T00:00:00+09:00"}) == [str(theirs.id)]
    assert len(done(desk.get(LECTURES))["items"]) == 4
