"""Shifts that the office opens by itself: other activities, and further turns of events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2

from api.db import Wiring
from models.event import EventStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem
from tests.makers.gatherings import EVENTS, SUNDAY, wanted

SHIFTS = "/v1/shifts"
STALL = {
    "title": "市民会館の案内所",
    "starts_at": "2025-11-22T10:00:00+09:00",
    "ends_at": "2025-11-22T12:00:00+09:00",
    "district": "central",
}


def post(caller: Client, *demands: dict[str, Any], **over: Any) -> httpx2.Response:
    return caller.post(SHIFTS, json={"demands": list(demands) or [wanted()], **over})


def verb(caller: Client, shift: Any, name: str, **body: Any) -> httpx2.Response:
    return caller.post(f"{SHIFTS}/{shift['id'] if isinstance(shift, dict) else shift}/{name}", json=body or None)


def test_an_activity_is_written_opened_and_called_off(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    mai = make.helper()
    made = done(post(office, wanted("guide", 1, language="en", min_level="B1"), **STALL), 201)
    assert (made["kind"], made["title"], made["status"], made["actions"]) == (
        "activity",
        STALL["title"],
        "planned",
        ["open", "cancel", "places"],
    )
    assert done(as_(mai).get(SHIFTS))["items"] == []
    assert done(verb(office, made, "open"))["actions"] == [
        "offers",
        "assignments",
        "cancel",
        "places",
        "trainee-places",
    ]
    assert problem(verb(office, made, "open")) == (409, "SHF_STATE")
    done(verb(as_(mai), made, "claims"), 201)
    (entry,) = done(as_(mai).get("/v1/me/schedule"))["items"]
    assert (entry["shift"]["title"], entry["briefing"]) == (STALL["title"], None)
    assert done(verb(office, made, "cancel", reason="雨天のため"))["status"] == "cancelled"
    assert notices_of(wiring)[-1] == ("assignment_cancelled", mai.id)
    assert problem(verb(office, made, "cancel", reason="雨天のため")) == (409, "SHF_STATE")


def test_a_turn_belongs_to_its_event(make: Make, office: Client, clock: SetClock) -> None:
    planned, opened = make.event(), make.event(EventStatus.OPEN)
    first = done(post(office, event_id=str(planned.id)), 201)
    assert (first["status"], first["title"], first["actions"]) == ("planned", "架空まつり", ["cancel", "places"])
    assert problem(verb(office, first, "open")) == (409, "SHF_SOURCE")
    done(office.post(f"{EVENTS}/{planned.id}/open"))
    assert done(office.get(f"{SHIFTS}/{first['id']}"))["status"] == "open"
    late = {"starts_at": "2025-11-23T14:00:00+09:00", "district": "west", "title": "午後の受付"}
    second = done(post(office, event_id=str(opened.id), **late), 201)
    assert (second["status"], second["district"], second["ends_at"]) == ("open", "west", "2025-11-23T16:00:00+09:00")
    done(verb(office, second, "cancel", reason="人手が足りています"))
    assert done(office.get(f"{EVENTS}/{opened.id}"))["places"] == 2
    for time in ("starts_at", "ends_at"):
        beyond = {"starts_at": "2025-11-23T12:00:00+09:00", "ends_at": "2025-11-23T17:00:00+09:00"}
        said = post(office, event_id=str(opened.id), **{time: beyond[time]})
        assert faults(said) == [(f"/{time}", "FIELD_RANGE")]
    clock.now = SUNDAY + timedelta(hours=4)
    assert problem(post(office, event_id=str(make.event(EventStatus.HELD, helpers=0).id))) == (409, "EVT_STATE")


def places(caller: Client, shift: dict[str, Any], n: int, **headers: str) -> httpx2.Response:
    body = {"demand_id": shift["demands"][0]["id"], "places": n}
    return caller.post(f"{SHIFTS}/{shift['id']}/places", json=body, headers=headers)


def test_places_of_a_turn_are_raised_and_lowered_to_what_is_held(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    event = make.event(EventStatus.OPEN)
    (turn,) = done(office.get(f"{EVENTS}/{event.id}"))["shifts"]
    before = office.get(f"{EVENTS}/{event.id}").headers["ETag"]
    asked = make.helper()
    done(verb(as_(make.helper()), turn, "claims"), 201)
    done(verb(office, turn, "offers", volunteer_ids=[str(asked.id)]), 201)

    lowered = done(places(office, turn, 1))

    assert (lowered["status"], lowered["demands"][0]["places"], lowered["demands"][0]["taken"]) == ("filled", 1, 1)
    assert [one["status"] for one in done(office.get("/v1/offers"))["items"]] == ["withdrawn"]
    assert office.get(f"{EVENTS}/{event.id}").headers["ETag"] != before
    assert problem(verb(as_(asked), turn, "claims")) == (409, "ASG_FULL")
    assert done(places(office, turn, 3))["status"] == "open"
    done(verb(as_(asked), turn, "claims"), 201)
    assert faults(places(office, turn, 1)) == [("/places", "FIELD_RANGE")]
    assert done(office.get(f"{EVENTS}/{event.id}"))["places"] == 3
    facts = [one.facts["places"] for one in audited(wiring, turn["id"]) if one.action == "shift.places"]
    assert facts == [1, 3]
    check_data()


def test_who_was_asked_for_a_place_that_is_gone_need_not_answer_while_others_are_open(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    made = done(post(office, wanted("guide"), wanted("reader"), **STALL), 201)
    shift = done(verb(office, made, "open"))
    guides, readers = shift["demands"]
    done(verb(as_(make.helper()), shift, "claims", demand_id=guides["id"]), 201)
    asked = {}
    for demand in (guides, readers):
        she = make.helper()
        done(verb(office, shift, "offers", volunteer_ids=[str(she.id)], demand_id=demand["id"]), 201)
        asked[demand["role"]] = she.id

    assert done(places(office, shift, 1))["status"] == "open"

    offers = done(office.get("/v1/offers"))["items"]
    assert {one["volunteer_id"]: one["status"] for one in offers} == {
        str(asked["guide"]): "withdrawn",
        str(asked["reader"]): "sent",
    }
    assert notices_of(wiring)[-1] == ("offer_filled", asked["guide"])
    check_data()


def test_places_are_changed_before_the_start_by_the_office_alone(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    made, other = (done(post(office, **STALL), 201) for _ in range(2))
    assert done(places(office, made, 5))["status"] == "planned"
    for n in (0, 201):
        assert faults(places(office, made, n)) == [("/places", "FIELD_RANGE")]
    assert faults(places(office, made | {"demands": other["demands"]}, 2)) == [("/demand_id", "FIELD_REFERENCE")]
    assert problem(places(office, made, 2, **{"If-Match": f'"{made["id"]}.77"'})) == (412, "VERSION")
    assert problem(places(as_(make.helper()), made, 2)) == (403, "NOT_PERMITTED")
    dispatch = make.shift_with_demand()
    body = {"demand_id": str(dispatch.demand.id), "places": 2}
    assert problem(verb(office, dispatch.shift.id, "places", **body)) == (409, "SHF_SOURCE")
    clock.now = SUNDAY
    assert problem(places(office, made, 2)) == (409, "SHF_STATE")


def test_a_turn_among_children_wants_who_was_cleared(make: Make, office: Client, as_: As) -> None:
    opened = make.event(EventStatus.OPEN)
    turn = done(post(office, event_id=str(opened.id), for_children=True), 201)
    assert problem(verb(as_(make.helper()), turn, "claims")) == (409, "CLS_SAFETY")
    done(verb(as_(make.helper(child_contact_ok=True, cleared=True)), turn, "claims"), 201)


def test_what_cannot_be_is_refused(make: Make, office: Client, clock: SetClock) -> None:
    for name in ("title", "starts_at", "ends_at"):
        given = {key: value for key, value in STALL.items() if key != name}
        assert faults(post(office, **given)) == [(f"/{name}", "FIELD_MISSING")]
    nobody = "01935b5c-7d00-7000-8000-000000000000"
    assert faults(post(office, event_id=nobody)) == [("/event_id", "FIELD_REFERENCE")]
    assert faults(office.post(SHIFTS, json={**STALL, "demands": []})) == [("/demands", "FIELD_RANGE")]
    assert faults(post(office, **{**STALL, "title": "電話 076-000-1234"})) == [("/title", "REQ_FREE_TEXT_PII")]
    dispatch = make.shift_with_demand()
    for name, body in (("open", {}), ("cancel", {"reason": "中止"})):
        assert problem(verb(office, dispatch.shift.id, name, **body)) == (409, "SHF_SOURCE")
    made = done(post(office, **STALL), 201)
    clock.now = SUNDAY
    for name, body in (("open", {}), ("cancel", {"reason": "中止"})):
        assert problem(verb(office, made, name, **body)) == (409, "SHF_STATE")
