"""Events: planned and opened, who may help, who is told, and which place of several somebody takes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any, Final

from api.db import Wiring
from models.event import EventStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, notices_of, problem, refused
from tests.makers.gatherings import EVENTS, SUNDAY, claim_turn, festival, opened_event, verb, wanted
from tests.makers.plans import pairs, planned, proposals
from tests.queries import Statements
from worker.waves import send_waves

TABLES: Final = ("en", "cmn", "ko", "vi", "id", "pt-BR")
Counted = Callable[[], AbstractContextManager[Statements]]


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
    done(claim_turn(hers, event), 201)
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
    (shift,) = opened_event(office, *tables)["shifts"]
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
    (shift,) = opened_event(office, *(wanted("interpreter", 1, language=tag) for tag in ("en", "cmn")))["shifts"]
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
    event = opened_event(
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

    drill = opened_event(office, kind="disaster_drill", title="防災訓練")

    assert notices_of(wiring) == [("drill_announced", ready.id), ("drill_announced", interpreter.id)]
    assert refused(claim_turn(as_(other), drill)) == [("ASG_SKILL", "never")]
    candidates = done(office.get(f"/v1/shifts/{drill['shifts'][0]['id']}/candidates"))["items"]
    assert {one["volunteer_id"] for one in candidates} == {str(ready.id), str(interpreter.id)}
    done(claim_turn(as_(ready), drill), 201)
    done(as_(other).patch(f"/v1/volunteers/{other.id}", json={"disaster_ready": True}, headers={"If-Match": "*"}))
    done(claim_turn(as_(other), drill), 201)


def test_a_bundle_of_courses_is_asked_of_everybody(make: Make, as_: As, office: Client) -> None:
    make.course(code="first_aid", grants="first_aid")
    make.course(code="camp_language", grants="camp_language")
    camp = opened_event(
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
    assert refused(claim_turn(as_(half), camp)) == [("ASG_NO_CERT", "never")]
    done(claim_turn(as_(whole), camp), 201)


def test_sixteen_year_olds_help_where_the_event_takes_them(make: Make, as_: As, office: Client) -> None:
    young = make.helper(person=make.person(birth_date=date(2009, 5, 1)))
    assert refused(claim_turn(as_(young), opened_event(office))) == [("ASG_AGE", "never")]
    done(claim_turn(as_(young), opened_event(office, wanted(min_age=16))), 201)
    assert faults(office.post(EVENTS, json=festival(wanted(min_age=15)))) == [("/demands/0/min_age", "FIELD_RANGE")]


def test_children_are_met_by_who_is_cleared_alone(make: Make, as_: As, office: Client) -> None:
    exchange = opened_event(office, kind="children_exchange", for_children=True)
    cleared = make.helper(child_contact_ok=True, cleared=True)
    assert refused(claim_turn(as_(make.helper()), exchange)) == [("CLS_SAFETY", "never")]
    done(claim_turn(as_(cleared), exchange), 201)


def test_nobody_helps_at_two_events_at_once(make: Make, as_: As, office: Client) -> None:
    mai = make.helper()
    first, second = opened_event(office), opened_event(office, title="別の催し")
    done(claim_turn(as_(mai), first), 201)
    assert refused(claim_turn(as_(mai), second)) == [("ASG_OVERLAP", "never")]


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
