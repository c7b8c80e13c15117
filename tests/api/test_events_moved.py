"""Events that move, change, are called off or are over, and what happens to those who were coming."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from api.db import Wiring
from models.account import Role
from models.event import EventStatus
from services.clock import SetClock
from services.events import follow_clock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem
from tests.makers.gatherings import EVENTS, SUNDAY, change, claim_turn, festival, opened_event, verb, wanted
from worker.events import hold_events
from worker.passing import move_shifts


def test_an_event_that_moves_asks_its_people_again(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    event = opened_event(office)
    stays, away = make.helper(), make.helper()
    for one in (stays, away):
        done(claim_turn(as_(one), event), 201)
    make.away(away, SUNDAY + timedelta(days=7), SUNDAY + timedelta(days=7, hours=5))
    before = notices_of(wiring)
    times: dict[str, Any] = {"starts_at": "2025-11-30T13:00:00+09:00", "ends_at": "2025-11-30T17:00:00+09:00"}

    seen = done(change(office, EVENTS, event, preview=True, **times))
    assert notices_of(wiring) == before
    assert done(office.get(f"{EVENTS}/{event['id']}"))["starts_at"] == event["starts_at"]
    did = done(change(office, EVENTS, event, **times))

    for changes in (seen, did):
        (shift,) = changes["shifts"]
        assert (shift["starts_at"], shift["ends_at"]) == (times["starts_at"], times["ends_at"])
        assert {one["volunteer_id"]: (one["effect"], one["because"]) for one in shift["people"]} == {
            str(stays.id): ("reconfirm", []),
            str(away.id): ("reconfirm", ["ASG_UNAVAILABLE"]),
        }
    assert notices_of(wiring)[len(before) :] == [("assignment_reconfirm", stays.id), ("assignment_reconfirm", away.id)]
    assert [one.action for one in audited(wiring, event["id"])] == ["event.create", "event.open", "event.change"]


def test_who_has_something_else_at_the_new_time_makes_room(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    """The other who waits on a place that only one could hold is asked by the waves that go on."""
    event = opened_event(office, wanted(places=1))
    mai, rin = make.helper(), make.helper()
    done(claim_turn(as_(mai), event), 201)
    later: dict[str, Any] = {"starts_at": "2025-11-30T13:00:00+09:00", "ends_at": "2025-11-30T16:00:00+09:00"}
    done(claim_turn(as_(mai), opened_event(office, title="別の催し", **later)), 201)
    (shift,) = done(change(office, EVENTS, event, **later))["shifts"]
    assert [(one["effect"], one["because"]) for one in shift["people"]] == [("release", ["ASG_OVERLAP"])]
    assert notices_of(wiring)[-1] == ("assignment_changed_released", mai.id)
    done(claim_turn(as_(rin), event), 201)


def test_who_was_asked_is_asked_anew(make: Make, office: Client, wiring: Wiring) -> None:
    event, mai = opened_event(office), make.helper()
    path = f"/v1/shifts/{event['shifts'][0]['id']}/offers"
    (offer,) = done(office.post(path, json={"volunteer_ids": [str(mai.id)]}), 201)["items"]
    assert offer["status"] == "sent"
    (shift,) = done(change(office, EVENTS, event, ends_at="2025-11-23T17:00:00+09:00"))["shifts"]
    assert (shift["people"], shift["offers_withdrawn"]) == ([], 1)
    assert notices_of(wiring)[-1] == ("offer_withdrawn", mai.id)


def test_an_event_that_needs_nobody_is_opened_and_called_off_while_it_runs(
    make: Make, as_: As, office: Client, clock: SetClock, wiring: Wiring
) -> None:
    quiet = done(office.post(EVENTS, json=festival() | {"demands": []}), 201)
    assert done(verb(office, EVENTS, quiet, "open"))["shifts"] == []
    event, mai = done(office.post(EVENTS, json=festival(title="屋台")), 201), make.helper()
    turn = done(office.post("/v1/shifts", json={"event_id": event["id"], "demands": [wanted()]}), 201)
    done(verb(office, "/v1/shifts", turn, "cancel", reason="人手が足りています"))
    event = done(verb(office, EVENTS, event, "open"))
    assert [one["status"] for one in event["shifts"]] == ["open", "cancelled"]
    done(claim_turn(as_(mai), event), 201)
    clock.now = SUNDAY + timedelta(hours=1)
    move_shifts(wiring)
    off = done(verb(office, EVENTS, event, "cancel", reason="大雨のため"))
    assert [one["effect"] for one in off["shifts"][0]["people"]] == ["release"]
    assert notices_of(wiring)[-1] == ("assignment_cancelled", mai.id)


def test_rules_of_change_may_name_events(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    rules = done(office.get("/v1/change-rules"))["items"]
    own = {"field": "place", "kind": "event", "effect": "notify"}
    done(as_(Role.ADMIN).put("/v1/change-rules", json={"items": [*rules, own]}, headers={"If-Match": "*"}))
    event, mai = opened_event(office), make.helper()
    done(claim_turn(as_(mai), event), 201)
    (shift,) = done(change(office, EVENTS, event, district="east"))["shifts"]
    assert [one["effect"] for one in shift["people"]] == ["notify"]
    assert notices_of(wiring)[-1] == ("assignment_changed", mai.id)


def test_a_new_meeting_point_is_told_and_a_new_title_is_not(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    event, mai = opened_event(office), make.helper()
    done(claim_turn(as_(mai), event), 201)
    before = len(notices_of(wiring))
    moved = done(change(office, EVENTS, event, title="国際まつり"))
    assert moved["event"]["shifts"][0]["title"] == "国際まつり"
    assert len(notices_of(wiring)) == before
    done(change(office, EVENTS, event, meeting_point="正面玄関"))
    assert notices_of(wiring)[before:] == [("assignment_changed", mai.id)]
    (entry,) = done(as_(mai).get("/v1/me/schedule"))["items"]
    assert entry["briefing"]["meeting_point"] == "正面玄関"


def test_turns_keep_their_distance_and_their_place(make: Make, office: Client) -> None:
    hall = make.facility()
    event = opened_event(office)
    turn = {"event_id": event["id"], "demands": [wanted("guide", 1)], "title": "午前の案内"}
    own = {
        "starts_at": "2025-11-23T13:00:00+09:00",
        "ends_at": "2025-11-23T14:00:00+09:00",
        "facility_id": str(hall.id),
    }
    done(office.post("/v1/shifts", json=turn | own), 201)
    times: dict[str, Any] = {"starts_at": "2025-11-24T10:00:00+09:00", "ends_at": "2025-11-24T12:00:00+09:00"}
    whole, part = done(change(office, EVENTS, event, facility_id=str(make.facility().id), **times))["shifts"]
    assert (whole["starts_at"], whole["ends_at"]) == (times["starts_at"], times["ends_at"])
    assert (part["starts_at"], part["ends_at"]) == (times["starts_at"], "2025-11-24T11:00:00+09:00")
    assert done(office.get(f"/v1/shifts/{part['shift_id']}"))["facility"]["id"] == str(hall.id)
    short = change(office, EVENTS, event, ends_at="2025-11-24T10:30:00+09:00")
    assert faults(short) == [("/ends_at", "FIELD_RANGE")]


def test_whoever_holds_two_turns_keeps_both_when_they_move_into_each_other(
    make: Make, as_: As, office: Client, check_data: Callable[[], None]
) -> None:
    event, mai = opened_event(office), make.helper()
    for starts, ends in (("13:00", "14:00"), ("15:00", "16:00")):
        times = {"starts_at": f"2025-11-23T{starts}:00+09:00", "ends_at": f"2025-11-23T{ends}:00+09:00"}
        turn = {"event_id": event["id"], "demands": [wanted("guide", 1)], "title": "案内", **times}
        made = done(office.post("/v1/shifts", json=turn), 201)
        done(as_(mai).post(f"/v1/shifts/{made['id']}/claims", json={}), 201)
    start, end = (datetime.fromisoformat(event[name]) for name in ("starts_at", "ends_at"))
    for hours in (2, -2):
        start, end = start + timedelta(hours=hours), end + timedelta(hours=hours)
        said = done(change(office, EVENTS, event, starts_at=start.isoformat(), ends_at=end.isoformat()))
        assert "release" not in {one["effect"] for shift in said["shifts"] for one in shift["people"]}
    check_data()


def test_a_change_answers_the_version_that_the_next_one_names(office: Client) -> None:
    made = done(office.post(EVENTS, json=festival()), 201)
    seen = change(office, EVENTS, made, preview=True, title="国際まつり")
    assert "ETag" not in seen.headers  # what was only looked at has no version
    moved = change(office, EVENTS, made, title="国際まつり")
    tag = {"If-Match": moved.headers["ETag"]}
    assert tag["If-Match"] == office.get(f"{EVENTS}/{made['id']}").headers["ETag"]
    off = office.post(f"{EVENTS}/{made['id']}/cancel", json={"reason": "台風のため"}, headers=tag)
    assert off.headers["ETag"] == office.get(f"{EVENTS}/{made['id']}").headers["ETag"] != tag["If-Match"]
    again = office.patch(f"{EVENTS}/{made['id']}", json={"title": "次"}, headers=tag)
    assert problem(again) == (412, "VERSION")


def test_a_planned_event_moves_without_a_word(make: Make, office: Client, wiring: Wiring) -> None:
    made = done(office.post(EVENTS, json=festival()), 201)
    moved = done(change(office, EVENTS, made, starts_at="2025-11-23T12:00:00+09:00"))
    assert moved["shifts"][0]["people"] == []
    assert done(change(office, EVENTS, made, facility_id=str(make.facility().id)))["event"]["district"] == "east"
    assert done(change(office, EVENTS, made, facility_id=None))["event"]["facility"] is None
    assert notices_of(wiring) == []


def test_an_event_that_is_called_off_frees_everybody(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    event, mai = opened_event(office), make.helper()
    done(claim_turn(as_(mai), event), 201)
    seen = done(verb(office, f"{EVENTS}", event, "cancel?preview=true", reason="台風のため"))
    assert [one["effect"] for one in seen["shifts"][0]["people"]] == ["release"]
    off = done(verb(office, EVENTS, event, "cancel", reason="台風のため"))
    assert (off["event"]["status"], off["event"]["places"], off["shifts"][0]["status"]) == ("cancelled", 0, "cancelled")
    assert notices_of(wiring)[-1] == ("assignment_cancelled", mai.id)
    assert problem(verb(office, EVENTS, event, "cancel", reason="台風のため")) == (409, "EVT_STATE")
    assert faults(verb(office, EVENTS, event, "cancel", reason="電話 076-000-1234")) == [
        ("/reason", "REQ_FREE_TEXT_PII")
    ]
    check_data()


def test_time_holds_it_and_the_office_closes_it(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    event = opened_event(office)
    done(claim_turn(as_(make.helper()), event), 201)
    forgotten = make.event(EventStatus.PLANNED, helpers=0)
    assert problem(verb(office, EVENTS, event, "close")) == (409, "EVT_STATE")
    clock.now = SUNDAY + timedelta(hours=1)
    assert hold_events(wiring) == 1
    assert done(office.get(f"{EVENTS}/{forgotten.id}"))["status"] == "cancelled"
    assert ("office_event_lapsed", office.account.id) in notices_of(wiring)
    assert problem(change(office, EVENTS, event, title="別の名前")) == (409, "EVT_STATE")
    clock.now = SUNDAY + timedelta(hours=3)
    move_shifts(wiring)
    hold_events(wiring)
    held = done(office.get(f"{EVENTS}/{event['id']}"))
    assert (held["status"], held["actions"]) == ("held", ["attendance", "close"])
    assert done(verb(office, EVENTS, event, "close", visitors=1200))["visitors"] == 1200
    with wiring.unit() as unit:  # a sweep that comes late finds nothing to do
        follow_clock(unit, unit.lock(type(forgotten), forgotten.id))
