"""Events: who may help, who is told, and what happens to those who are coming when an event moves or is called off."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Final

from api.db import Wiring
from models.account import Role
from models.event import EventStatus
from services.clock import SetClock
from services.events import follow_clock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem, refused
from tests.makers.gatherings import EVENTS, SUNDAY, change, festival, verb, wanted
from tests.makers.plans import pairs, planned, proposals
from tests.queries import Statements
from worker.events import hold_events
from worker.passing import move_shifts
from worker.waves import send_waves

TABLES: Final = ("en", "cmn", "ko", "vi", "id", "pt-BR")
Counted = Callable[[], AbstractContextManager[Statements]]


def opened(office: Client, *demands: dict[str, Any], **over: Any) -> dict[str, Any]:
    """An event that is planned and opened."""
    made = done(office.post(EVENTS, json=festival(*demands, **over)), 201)
    event: dict[str, Any] = done(verb(office, EVENTS, made, "open"))
    return event


def claim(caller: Client, event: dict[str, Any], turn: int = 0) -> Any:
    return caller.post(f"/v1/shifts/{event['shifts'][turn]['id']}/claims", json={})


def test_a_festival_is_planned_opened_and_seen_by_who_may_help(make: Make, as_: As, office: Client) -> None:
    mai = make.helper()
    hers = as_(mai)
    made = done(office.post(EVENTS, json=festival(wanted(places=30), wanted("guide", 2, language="en"))), 201)
    assert (made["status"], made["places"], made["taken"]) == ("planned", 32, 0)
    assert made["actions"] == ["open", "change", "cancel"]
    assert done(hers.get("/v1/shifts"))["items"] == []

    event = done(verb(office, EVENTS, made, "open"))
    (shift,) = done(hers.get("/v1/shifts", params={"activity": "event", "claimable": True}))["items"]
    assert (shift["kind"], shift["title"], shift["district"]) == ("event", "国際交流まつり", "central")
    assert (shift["event_id"], shift["actions"]) == (None, ["claim"])
    done(claim(hers, event), 201)
    (entry,) = done(hers.get("/v1/me/schedule"))["items"]
    assert (entry["shift"]["title"], entry["briefing"]["meeting_point"]) == ("国際交流まつり", "受付テント")
    assert entry["briefing"]["note"] == "動きやすい服装で"
    shown = done(office.get(f"/v1/shifts/{shift['id']}"))
    verbs = ["offers", "assignments", "cancel", "places", "trainee-places"]
    assert (shown["event_id"], shown["actions"]) == (event["id"], verbs)
    assert done(office.get(f"{EVENTS}/{event['id']}"))["taken"] == 1
    assert problem(verb(office, EVENTS, event, "open")) == (409, "EVT_STATE")


def asked_at_two_tables(make: Make, office: Client) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """She speaks both languages of an event, and was asked for the second; the shift and the offer."""
    she = make.volunteer(languages={"en": "C1", "cmn": "C1"}, certs=())
    tables = [wanted("interpreter", 1, language=tag) for tag in ("en", "cmn")]
    (shift,) = opened(office, *tables)["shifts"]
    body = {"volunteer_ids": [str(she.id)], "demand_id": shift["demands"][1]["id"]}
    (offer,) = done(office.post(f"/v1/shifts/{shift['id']}/offers", json=body), 201)["items"]
    return she, shift, offer


def test_a_claim_takes_the_place_that_she_was_asked_for(make: Make, as_: As, office: Client) -> None:
    she, shift, offer = asked_at_two_tables(make, office)

    taken = done(as_(she).post(f"/v1/shifts/{shift['id']}/claims", json={}), 201)

    assert taken["demand_id"] == offer["demand_id"]
    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "accepted"


def test_who_takes_another_place_of_the_shift_needs_not_answer_for_the_first(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    she, shift, offer = asked_at_two_tables(make, office)
    before = notices_of(wiring)

    body = {"demand_id": shift["demands"][0]["id"]}
    done(as_(she).post(f"/v1/shifts/{shift['id']}/claims", json=body), 201)

    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "withdrawn"
    assert problem(as_(she).post(f"/v1/offers/{offer['id']}/accept", json={})) == (409, "OFF_STATE")
    assert {kind for kind, whom in notices_of(wiring)[len(before) :] if whom == she.id} == {"assignment_confirmed"}


def test_a_claim_takes_another_place_where_the_one_she_was_asked_for_is_gone(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    she, shift, offer = asked_at_two_tables(make, office)
    quicker, claims = make.volunteer(languages={"cmn": "C1"}, certs=()), f"/v1/shifts/{shift['id']}/claims"
    done(as_(quicker).post(claims, json={}), 201)
    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "withdrawn"
    assert ("offer_filled", she.id) in notices_of(wiring)

    (shown,) = done(as_(she).get("/v1/shifts", params={"claimable": True}))["items"]
    assert "claim" in shown["actions"]
    taken = done(as_(she).post(claims, json={}), 201)

    assert taken["demand_id"] == shift["demands"][0]["id"] != offer["demand_id"]


def test_no_wave_waits_for_who_came_to_another_place(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    she = make.volunteer(languages={"en": "C1", "cmn": "C1"}, certs=())
    (shift,) = opened(office, *(wanted("interpreter", 1, language=tag) for tag in ("en", "cmn")))["shifts"]
    english, chinese = (demand["id"] for demand in shift["demands"])
    body = {"volunteer_ids": [str(she.id)], "demand_id": chinese, "cascade": {"batch": 1}}
    done(office.post(f"/v1/shifts/{shift['id']}/offers", json=body), 201)
    late = make.volunteer(languages={"cmn": "C1"}, certs=())
    send_waves(wiring)
    assert done(as_(late).get("/v1/offers"))["items"] == []

    done(as_(she).post(f"/v1/shifts/{shift['id']}/claims", json={"demand_id": english}), 201)
    clock.forward(minutes=1)
    send_waves(wiring)

    (offer,) = done(as_(late).get("/v1/offers"))["items"]
    assert offer["demand_id"] == chinese


def test_six_languages_of_one_guidance_event_are_planned_together(make: Make, office: Client, wiring: Wiring) -> None:
    """Each interpreter but the first speaks two of the languages: only one way fills every table."""
    event = opened(
        office,
        *(wanted("interpreter", 1, language=tag) for tag in TABLES),
        kind="guidance_event",
        title="進学ガイダンス",
    )
    people = [
        make.volunteer(languages=dict.fromkeys(TABLES[max(0, n - 1) : n + 1], "B2"), certs=())
        for n in range(len(TABLES))
    ]
    plan = planned(office, wiring, activities=["event"])

    assert plan["fill"] == {"open_places": 6, "filled": 6}
    (shift,) = event["shifts"]
    lines = proposals(office, plan)
    assert pairs(lines) == {(str(one.id), shift["id"]) for one in people}
    tables = {demand["id"]: demand["language"] for demand in shift["demands"]}
    by_person = {line["volunteer_id"]: tables[line["demand_id"]] for line in lines}
    assert by_person == {str(one.id): tag for one, tag in zip(people, TABLES, strict=True)}


def test_only_who_is_ready_for_disasters_hears_of_a_drill_and_may_come(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    ready, other = make.helper(disaster_ready=True), make.helper()
    interpreter = make.volunteer(disaster_ready=True, certs=())
    found = done(office.get("/v1/volunteers", params={"disaster_ready": True, "district": "east", "language": "en"}))
    assert {one["id"] for one in found["items"]} == {str(ready.id), str(interpreter.id)}

    drill = opened(office, kind="disaster_drill", title="防災訓練")

    assert notices_of(wiring) == [("drill_announced", ready.id), ("drill_announced", interpreter.id)]
    assert refused(claim(as_(other), drill)) == [("ASG_SKILL", "never")]
    candidates = done(office.get(f"/v1/shifts/{drill['shifts'][0]['id']}/candidates"))["items"]
    assert {one["volunteer_id"] for one in candidates} == {str(ready.id), str(interpreter.id)}
    done(claim(as_(ready), drill), 201)
    done(as_(other).patch(f"/v1/volunteers/{other.id}", json={"disaster_ready": True}, headers={"If-Match": "*"}))
    done(claim(as_(other), drill), 201)


def test_a_bundle_of_courses_is_asked_of_everybody(make: Make, as_: As, office: Client) -> None:
    make.course(code="first_aid", grants="first_aid")
    make.course(code="camp_language", grants="camp_language")
    camp = opened(
        office,
        kind="camp",
        required_courses=["first_aid", "camp_language"],
        required_certifications=["checkup"],
        demands=[wanted(certifications=["first_aid"])],
    )
    (demand,) = camp["shifts"][0]["demands"]
    assert demand["certifications"] == ["camp_language", "checkup", "first_aid"]
    half, whole = (
        make.helper(certs=("first_aid", "checkup")),
        make.helper(certs=("first_aid", "camp_language", "checkup")),
    )
    assert refused(claim(as_(half), camp)) == [("ASG_NO_CERT", "never")]
    done(claim(as_(whole), camp), 201)


def test_sixteen_year_olds_help_where_the_event_takes_them(make: Make, as_: As, office: Client) -> None:
    young = make.helper(person=make.person(birth_date=date(2009, 5, 1)))
    assert refused(claim(as_(young), opened(office))) == [("ASG_AGE", "never")]
    done(claim(as_(young), opened(office, wanted(min_age=16))), 201)
    assert faults(office.post(EVENTS, json=festival(wanted(min_age=15)))) == [("/demands/0/min_age", "FIELD_RANGE")]


def test_children_are_met_by_who_is_cleared_alone(make: Make, as_: As, office: Client) -> None:
    exchange = opened(office, kind="children_exchange", for_children=True)
    cleared = make.helper(child_contact_ok=True, cleared=True)
    assert refused(claim(as_(make.helper()), exchange)) == [("CLS_SAFETY", "never")]
    done(claim(as_(cleared), exchange), 201)


def test_nobody_helps_at_two_events_at_once(make: Make, as_: As, office: Client) -> None:
    mai = make.helper()
    first, second = opened(office), opened(office, title="別の催し")
    done(claim(as_(mai), first), 201)
    assert refused(claim(as_(mai), second)) == [("ASG_OVERLAP", "never")]


def test_an_event_that_moves_asks_its_people_again(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    event = opened(office)
    stays, away = make.helper(), make.helper()
    for one in (stays, away):
        done(claim(as_(one), event), 201)
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
    event = opened(office, wanted(places=1))
    mai, rin = make.helper(), make.helper()
    done(claim(as_(mai), event), 201)
    later: dict[str, Any] = {"starts_at": "2025-11-30T13:00:00+09:00", "ends_at": "2025-11-30T16:00:00+09:00"}
    done(claim(as_(mai), opened(office, title="別の催し", **later)), 201)
    (shift,) = done(change(office, EVENTS, event, **later))["shifts"]
    assert [(one["effect"], one["because"]) for one in shift["people"]] == [("release", ["ASG_OVERLAP"])]
    assert notices_of(wiring)[-1] == ("assignment_changed_released", mai.id)
    done(claim(as_(rin), event), 201)


def test_who_was_asked_is_asked_anew(make: Make, office: Client, wiring: Wiring) -> None:
    event, mai = opened(office), make.helper()
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
    done(claim(as_(mai), event), 201)
    clock.now = SUNDAY + timedelta(hours=1)
    move_shifts(wiring)
    off = done(verb(office, EVENTS, event, "cancel", reason="大雨のため"))
    assert [one["effect"] for one in off["shifts"][0]["people"]] == ["release"]
    assert notices_of(wiring)[-1] == ("assignment_cancelled", mai.id)


def test_rules_of_change_may_name_events(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    rules = done(office.get("/v1/change-rules"))["items"]
    own = {"field": "place", "kind": "event", "effect": "notify"}
    done(as_(Role.ADMIN).put("/v1/change-rules", json={"items": [*rules, own]}, headers={"If-Match": "*"}))
    event, mai = opened(office), make.helper()
    done(claim(as_(mai), event), 201)
    (shift,) = done(change(office, EVENTS, event, district="east"))["shifts"]
    assert [one["effect"] for one in shift["people"]] == ["notify"]
    assert notices_of(wiring)[-1] == ("assignment_changed", mai.id)


def test_a_new_meeting_point_is_told_and_a_new_title_is_not(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    event, mai = opened(office), make.helper()
    done(claim(as_(mai), event), 201)
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
    event = opened(office)
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
    event, mai = opened(office), make.helper()
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
    event, mai = opened(office), make.helper()
    done(claim(as_(mai), event), 201)
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
    event = opened(office)
    done(claim(as_(make.helper()), event), 201)
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


def test_an_event_that_cannot_be_is_refused(make: Make, office: Client) -> None:
    def asked(*demands: dict[str, Any], **over: Any) -> list[tuple[str, str]]:
        return faults(office.post(EVENTS, json=festival(*demands, **over)))

    hall = make.facility()
    assert asked(starts_at="2025-11-09T13:00:00+09:00") == [("/starts_at", "REQ_PAST")]
    assert asked(ends_at="2025-11-23T13:00:00+09:00") == [("/ends_at", "FIELD_CONFLICT")]
    assert asked(district="nowhere") == [("/district", "FIELD_REFERENCE")]
    assert asked(facility_id="01935b5c-7d00-7000-8000-000000000000") == [("/facility_id", "FIELD_REFERENCE")]
    assert asked(facility_id=str(hall.id)) == [("/district", "FIELD_CONFLICT")]
    assert asked(note="電話 076-000-1234") == [("/note", "REQ_FREE_TEXT_PII")]
    assert asked(required_certifications=["nothing"]) == [("/required_certifications", "FIELD_REFERENCE")]
    assert asked(required_courses=[make.course().code]) == [("/required_courses", "FIELD_REFERENCE")]
    assert asked(wanted(language="tlh")) == [("/demands/0/language", "LANG_TAG")]
    assert asked(wanted(min_level="B1")) == [("/demands/0/min_level", "FIELD_CONFLICT")]
    assert asked(wanted(), wanted(skills=["flying"])) == [("/demands/1/skills", "FIELD_REFERENCE")]
    assert asked(wanted(certifications=["flying"])) == [("/demands/0/certifications", "FIELD_REFERENCE")]
    assert asked(wanted(role="boss")) == [("/demands/0/role", "FIELD_FORMAT")]


def test_the_list_is_narrowed_and_costs_the_same_for_many(make: Make, office: Client, queries: Counted) -> None:
    first = make.event(EventStatus.OPEN)

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(EVENTS, params={"limit": 200, **asked}))["items"]]

    with queries() as one:
        assert ids() == [str(first.id)]
    for day in range(1, 20):
        make.event(EventStatus.PLANNED, starts_at=SUNDAY + timedelta(days=day))
    with queries() as many:
        assert len(ids()) == 20
    assert len(many) == len(one)
    assert ids(status="open") == [str(first.id)]
    assert ids(kind="camp") == []
    assert ids(**{"from": SUNDAY.isoformat(), "to": (SUNDAY + timedelta(hours=1)).isoformat()}) == [str(first.id)]
