"""The phone list: whom to call now, what to say in the caller's language, and how to enter the answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.availability_call import CallStatus
from models.contact_attempt import ContactResult
from models.dispatch_request import RequestStatus
from models.record import NoticeChannel, NoticeStatus
from services.clock import SetClock
from services.notifying import tell_volunteer
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import people, work
from tests.makers.doors import answer, ask, audited, by_phone, done, faults, hand, settle
from tests.makers.listed import PHONE_LIST, called, codes, follow, to_say, without_mail
from tests.makers.moments import at
from tests.makers.work import VISIT
from tests.outbox import notices
from tests.queries import Statements
from worker.waves import send_waves

Units = Callable[..., AbstractContextManager[Unit]]
CONTACT = {"name": "受付", "phone": "076-000-0001"}


def calls(office: Client, language: str = "ja", **query: Any) -> list[dict[str, Any]]:
    answered = done(office.get(PHONE_LIST, params=query, headers={"Accept-Language": language}))
    items: list[dict[str, Any]] = answered["items"]
    return items


def verbs(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(verb["method"], verb["name"]) for verb in said["verbs"]]


def test_an_offer_is_told_and_answered_on_the_telephone(make: Make, office: Client) -> None:
    mai = without_mail(make, contact_languages=["vi", "ja"])
    opened = make.shift_with_demand()
    (offer,) = done(ask(office, opened, mai), 201)["items"]

    (call,) = calls(office, "en")

    assert call["party"] == {"type": "volunteer", "id": str(mai.id), "no": mai.volunteer_no}
    assert call["numbers"] == [{"name": call["name"], "phone": "076-000-1234"}]
    assert (call["kana"], call["language"], call["languages"]) == ("カクウ ハナコ", "vi", ["vi", "ja"])
    assert (call["call_by"], call["urgent"], call["promised"]) == ("2025-11-11T20:00:00+09:00", False, None)
    (said,) = call["to_say"]
    assert said["about"] == {"type": "offer", "id": offer["id"], "no": None}
    assert said["subject"] == "Can you help on 20 Nov 2025 10:00?"
    assert "Please answer by 11 Nov 2025 20:00" in said["body"]
    assert verbs(said) == [("POST", "accept"), ("POST", "decline")]
    done(follow(office, said["verbs"][0], {"on_behalf": by_phone(mai)}))
    assert to_say(office) == [(str(mai.id), ["assignment_confirmed"])]
    (said,) = calls(office)[0]["to_say"]
    assert verbs(said) == [("POST", "want-standin"), ("POST", "withdraw")]


def test_whose_number_was_read_is_in_the_log(make: Make, office: Client, wiring: Wiring, unit: Units) -> None:
    mai, numberless = without_mail(make), without_mail(make, phone=None)
    with unit() as it:
        for volunteer in (mai, numberless):
            tell_volunteer(it, volunteer.id, "assignment_cancelled", volunteer, {"starts_at": VISIT})
    urgent = make.request(status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), ages=(3,), onsite_contact=CONTACT)

    assert len(calls(office)) == 3

    (event,) = audited(wiring, mai.id)
    assert (event.action, event.fields, event.subject_volunteer_id) == ("phone_list.read", ["phone"], mai.id)
    assert event.actor_id == office.account.id
    assert audited(wiring, numberless.id) == []
    assert [(one.action, one.fields) for one in audited(wiring, urgent.id)] == [("phone_list.read", ["onsite_contact"])]


def test_an_institution_whose_request_is_late_is_phoned_first(make: Make, office: Client) -> None:
    owner = make.organization(name="架空福祉センター", kana="カクウ")
    wanted: Any = {"owner": owner, "status": RequestStatus.SUBMITTED, "ages": (3,)}
    urgent = make.request(**wanted, starts_at=at("13T10:00"), onsite_contact=CONTACT)
    make.request(**wanted, starts_at=at("13T14:00"), onsite_contact=None)
    make.request(**wanted)

    (call,) = calls(office)

    assert call["party"] == {"type": "organization", "id": str(owner.id), "no": None}
    assert (call["name"], call["kana"], call["numbers"]) == ("架空福祉センター", "カクウ", [CONTACT])
    assert (call["call_by"], call["urgent"], call["language"]) == ("2025-11-10T11:00:00+09:00", True, "ja")
    first, second = call["to_say"]
    assert first["about"] == {"type": "dispatch_request", "id": str(urgent.id), "no": urgent.request_no}
    assert (first["notice_id"], first["kind"]) == (None, "office_request_urgent")
    assert urgent.request_no in first["body"]
    assert verbs(second) == [("POST", "accept"), ("POST", "return"), ("POST", "reject")]
    done(follow(office, first["verbs"][1], {"reason": "日程"}))
    done(follow(office, second["verbs"][2], {"reason": "日程"}))
    assert calls(office) == []


def test_a_promised_call_is_on_the_list_when_its_time_has_come(
    make: Make, office: Client, clock: SetClock, wiring: Wiring
) -> None:
    mai = without_mail(make)
    filed = make.request(onsite_contact=CONTACT)
    centre = {"organization_id": str(filed.organization_id), "result": "call_back"}
    later = {"call_back_at": "2025-11-10T15:00:00+09:00"}
    about = {"about": {"type": "dispatch_request", "id": str(filed.id)}}
    done(office.post("/v1/contact-attempts", json={**centre, **later, **about, "note_code": "in_a_meeting"}), 201)
    done(called(office, mai, "call_back", call_back_at="2025-11-10T16:00:00+09:00"), 201)
    assert calls(office) == []
    clock.now = at("10T16:00")

    first, second = calls(office)

    assert first["promised"] == {
        "at": "2025-11-10T15:00:00+09:00",
        "note_code": "in_a_meeting",
        "about": {"type": "dispatch_request", "id": str(filed.id), "no": None},
    }
    assert (first["numbers"], first["to_say"], first["urgent"]) == ([CONTACT], [], True)
    assert [event.action for event in audited(wiring, filed.id)] == ["phone_list.read"]
    assert (second["party"]["id"], second["promised"]["about"]) == (str(mai.id), None)
    done(called(office, mai, "no_answer"), 201)
    assert len(calls(office)) == 1


def test_a_call_about_something_else_tells_no_number_of_an_institution(
    make: Make, office: Client, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    body = {
        "organization_id": str(opened.request.organization_id),
        "result": "call_back",
        "call_back_at": "2025-11-10T10:00:00+09:00",
        "about": {"type": "shift", "id": str(opened.shift.id)},
    }
    done(office.post("/v1/contact-attempts", json=body), 201)
    clock.forward(hours=1)

    (call,) = calls(office)

    assert (call["numbers"], call["number_wrong"]) == ([], False)


def test_what_is_over_or_answered_is_told_to_nobody(
    make: Make, as_: As, office: Client, clock: SetClock, unit: Units
) -> None:
    mai, lan = without_mail(make), make.volunteer()
    opened = make.shift_with_demand()
    done(ask(office, opened, mai, lan), 201)
    assert to_say(office) == [(str(mai.id), ["offer_sent"])]
    hers = done(office.get("/v1/offers", params={"volunteer_id": str(lan.id)}))["items"][0]
    done(answer(as_(lan), hers["id"], "accept"))
    assert calls(office) == []  # she never heard of the offer, and need not hear that it is filled
    with unit() as it:
        tell_volunteer(it, mai.id, "assignment_cancelled", mai, {"starts_at": at("10T12:00")})
    assert to_say(office) == [(str(mai.id), ["assignment_cancelled"])]
    clock.now = at("10T12:00")
    assert calls(office) == []


def test_offers_told_together_are_read_together_and_end_with_the_last(
    make: Make, office: Client, clock: SetClock
) -> None:
    mai = without_mail(make)
    openings = [make.shift_with_demand(starts_at=VISIT + timedelta(days=days)) for days in (0, 1)]
    items = [{"shift_id": str(opened.shift.id), "volunteer_ids": [str(mai.id)]} for opened in openings]
    done(office.post("/v1/offers/batch", json={"items": items}), 207)

    (call,) = calls(office)

    (said,) = call["to_say"]
    assert (said["kind"], verbs(said)) == ("offers_sent_many", [("GET", "offers")])
    first, second = done(follow(office, said["verbs"][0]))["items"]
    done(answer(office, first["id"], "decline", on_behalf=by_phone(mai)))
    assert to_say(office) == [(str(mai.id), ["offers_sent_many"])]
    clock.now = VISIT
    assert to_say(office) == [(str(mai.id), ["offers_sent_many"])]
    clock.now = VISIT + timedelta(days=1)
    assert calls(office) == []
    clock.now = at("10T10:00")
    done(answer(office, second["id"], "decline", on_behalf=by_phone(mai)))
    assert calls(office) == []


def test_a_month_of_days_is_answered_for_her(make: Make, office: Client) -> None:
    mai, lan = without_mail(make), without_mail(make)
    body = {"from": "2025-12-01", "to": "2025-12-31", "answer_by": "2025-11-20T17:00:00+09:00"}
    call = done(office.post("/v1/availability-calls", json=body), 201)

    told = calls(office)

    assert [entry["call_by"] for entry in told] == ["2025-11-20T17:00:00+09:00"] * 2
    hers = {entry["party"]["id"]: entry["to_say"][0] for entry in told}
    assert verbs(hers[str(mai.id)]) == [("PUT", "answer")]
    for volunteer in (mai, lan):
        entered = {"none_this_month": True, "on_behalf": by_phone(volunteer)}
        done(follow(office, hers[str(volunteer.id)]["verbs"][0], entered))
    assert done(office.post(f"/v1/availability-calls/{call['id']}/close"))["status"] == CallStatus.CLOSED
    assert [verbs(entry["to_say"][0]) for entry in calls(office)] == [[], []]


def test_a_change_is_confirmed_for_her(make: Make, office: Client, unit: Units) -> None:
    mai = without_mail(make)
    conditions = [{"code": "ASG_RECONFIRM", "due_on": "2025-11-18"}]
    held = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.TENTATIVE, conditions=conditions)
    with unit() as it:
        facts = {"starts_at": VISIT, "due_on": at("18T00:00").date()}
        tell_volunteer(it, mai.id, "assignment_reconfirm", held, facts)

    (call,) = calls(office)

    assert call["call_by"] == "2025-11-19T00:00:00+09:00"
    assert verbs(call["to_say"][0]) == [("POST", "keep"), ("POST", "withdraw")]


def test_without_a_date_it_is_told_by_the_next_business_day(make: Make, office: Client, unit: Units) -> None:
    mai = without_mail(make, native_language="vi", contact_languages=[])
    with unit() as it:
        tell_volunteer(it, mai.id, "assignment_cancelled", mai, {})

    (call,) = calls(office)

    assert (call["call_by"], call["language"]) == ("2025-11-11T17:00:00+09:00", "vi")


def test_what_nobody_told_for_long_is_told_no_longer(make: Make, office: Client, clock: SetClock, unit: Units) -> None:
    mai = without_mail(make)
    with unit() as it:
        tell_volunteer(it, mai.id, "assignment_cancelled", mai, {})
    clock.forward(days=59)
    assert len(calls(office)) == 1
    clock.forward(days=1)
    assert calls(office) == []


def test_who_has_mail_is_not_phoned(make: Make, office: Client, wiring: Wiring) -> None:
    done(hand(office, make.shift_with_demand(), make.volunteer()), 201)

    assert calls(office) == []
    assert codes(office, kind="to_phone") == []
    assert NoticeChannel.TO_PHONE not in {notice.channel for notice in notices(wiring)}


def test_the_nearest_comes_first_and_pages_put_together_are_the_list(make: Make, office: Client, unit: Units) -> None:
    mai, lan, hoa = without_mail(make), without_mail(make), without_mail(make)
    with unit() as it:
        for volunteer, days in ((mai, 2), (lan, 1), (hoa, 0)):
            facts = {"starts_at": at("12T10:00") + timedelta(days=days)}
            tell_volunteer(it, volunteer.id, "assignment_cancelled", volunteer, facts)

    first = office.get(PHONE_LIST, params={"limit": 2})

    assert [(call["party"]["id"], call["urgent"]) for call in first.json()["items"]] == [
        (str(hoa.id), True),
        (str(lan.id), False),
    ]
    rest = done(office.get(PHONE_LIST, params={"limit": 2, "cursor": first.json()["next_cursor"]}))
    assert ([call["party"]["id"] for call in rest["items"]], rest["next_cursor"]) == ([str(mai.id)], None)
    assert faults(office.get("/v1/worklist", params={"cursor": first.json()["next_cursor"]})) == [("cursor", "CURSOR")]


@pytest.mark.parametrize("rows", [1, 50])
def test_a_hundred_calls_need_as_many_queries_as_one_of_each(
    rows: int, office: Client, unit: Units, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    with unit() as it:
        place = people.facility(it)
        for n in range(rows):
            mai = people.volunteer(it, person=people.person(it, email=None, phone="076-000-1234"), rules=())
            opened = work.shift_with_demand(it, place=place, starts_at=VISIT + timedelta(hours=n))
            tell_volunteer(it, mai.id, "offer_sent", work.offer(it, opened, mai), {"starts_at": VISIT})
            held = work.assignment(it, opened, mai)
            tell_volunteer(it, mai.id, "assignment_confirmed", held, {"starts_at": VISIT})
            people.contact_attempt(it, mai, ContactResult.CALL_BACK, call_back_at=it.now)
            work.request(
                it, place=place, status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), onsite_contact=CONTACT
            )

    with queries() as seen:
        assert len(calls(office, limit=200)) == 2 * rows

    assert len(seen) == 19


def test_what_was_told_stays_told(make: Make, office: Client, wiring: Wiring) -> None:
    mai = without_mail(make)
    done(hand(office, make.shift_with_demand(), mai), 201)
    (call,) = calls(office)
    ids = [one["notice_id"] for one in call["to_say"]]
    done(called(office, mai, "reached", notice_ids=ids), 201)

    assert calls(office) == []
    told = [notice.status for notice in notices(wiring) if notice.volunteer_id == mai.id]
    assert told == [NoticeStatus.SENT]
    assignment = done(office.get("/v1/assignments", params={"volunteer_id": str(mai.id)}))["items"][0]
    done(settle(office, assignment["id"], "withdraw", on_behalf=by_phone(mai)))
    assert to_say(office) == [(str(mai.id), ["assignment_withdrawn_thanks"])]


def test_nobody_is_called_about_a_last_call_once_the_place_is_filled(
    make: Make, as_: As, office: Client, clock: SetClock, wiring: Wiring
) -> None:
    opened = make.shift_with_demand()
    people = [make.volunteer(person=make.person(phone=f"076-000-000{n}")) for n in range(3)]
    silent = without_mail(make)
    clock.now = VISIT - timedelta(hours=5)
    (first,) = done(ask(office, opened, people[0], cascade={"batch": 1}), 201)["items"]
    done(answer(as_(people[0]), first["id"], "decline"))
    send_waves(wiring)
    assert {party for party, _ in to_say(office)} == {str(one.id) for one in (people[1], people[2], silent)}
    offered = {offer["volunteer_id"]: offer["id"] for offer in done(office.get("/v1/offers"))["items"]}

    done(answer(as_(people[1]), offered[str(people[1].id)], "accept"))

    assert to_say(office) == []
