"""Who is told: key persons who agreed to the purpose, there, in a language of theirs; each once, each counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.key_person import ContactPurpose
from models.record import Notice, NoticeStatus
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from services.notifying import unpack
from services.wording import LANGUAGES, say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem
from tests.outbox import notices
from tests.queries import Statements
from worker.deliver import deliver_due

KEY_PERSONS: Final = "/v1/key-persons"
BROADCASTS: Final = "/v1/broadcasts"
STORM: Final = {
    "vi": {"title": "Bão", "text": "Hãy ở trong nhà."},
    "ne": {"title": "आँधी", "text": "घरभित्रै बस्नुहोस्।"},
    "ja-simple": {"title": "台風が 来ます", "text": "家に いて ください。119に 電話できます。"},
}


def draft(caller: Client, **over: Any) -> httpx2.Response:
    return caller.post(BROADCASTS, json={"purpose": "disaster", "texts": STORM, **over})


def send(caller: Client, broadcast: dict[str, Any]) -> httpx2.Response:
    return caller.post(f"{BROADCASTS}/{broadcast['id']}/send")


def agree(caller: Client, person: Any, scope: list[str], tag: str = "*", on: str = "2025-11-10") -> httpx2.Response:
    body = {"contact_scope": scope, "consented_on": on}
    return caller.put(f"{KEY_PERSONS}/{person}/consent", json=body, headers={"If-Match": tag})


def counts(caller: Client, broadcast: dict[str, Any]) -> dict[str, dict[str, int]]:
    shown = done(caller.get(f"{BROADCASTS}/{broadcast['id']}"))["counts"]
    return {one["language"]: {name: n for name, n in one.items() if n and name != "language"} for one in shown}


def deliveries(caller: Client, broadcast: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(caller.get(f"{BROADCASTS}/{broadcast['id']}/deliveries"))["items"]
    return items


def acknowledge(caller: Client, delivery: dict[str, Any], **over: Any) -> httpx2.Response:
    return caller.post(f"/v1/broadcast-deliveries/{delivery['id']}/acknowledge", json=over)


def told(wiring: Wiring) -> set[Any]:
    return {whom for kind, whom in notices_of(wiring) if kind == "broadcast"}


def test_only_those_who_agreed_to_the_purpose_are_told(make: Make, office: Client, wiring: Wiring) -> None:
    hanh, asked_for_events, silent, suspended, bikash, elsewhere = [make.volunteer() for _ in range(6)]
    on_leave = make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.key_person(hanh)
    make.key_person(asked_for_events, scope=(ContactPurpose.EVENTS,))
    make.key_person(silent, scope=())
    make.key_person(suspended)
    make.key_person(bikash, languages=("hi", "ne", "vi"), districts=("east", "north"))
    make.key_person(elsewhere, districts=("west",))
    make.key_person(on_leave, languages=("ne",))
    make.key_person(make.volunteer(), languages=("ko",))
    with wiring.unit() as unit:
        unit.lock(Volunteer, suspended.id).status = VolunteerStatus.SUSPENDED

    storm = done(draft(office, districts=["east"]), 201)
    assert (storm["status"], storm["actions"], storm["languages"]) == ("draft", ["send"], ["ja-simple", "ne", "vi"])
    assert counts(office, storm) == {"ja-simple": {}, "ne": {"recipients": 2}, "vi": {"recipients": 1}}
    assert told(wiring) == set()

    sent = done(send(office, storm))
    assert (sent["status"], sent["sent_at"], sent["actions"]) == ("sent", "2025-11-10T09:00:00+09:00", [])
    assert told(wiring) == {hanh.id, bikash.id, on_leave.id}
    assert len(notices_of(wiring)) == 3
    assert {one["volunteer_id"]: one["language"] for one in deliveries(office, storm)} == {
        str(hanh.id): "vi",
        str(bikash.id): "ne",
        str(on_leave.id): "ne",
    }
    assert [event.action for event in audited(wiring, storm["id"])] == ["broadcast.create", "broadcast.send"]


def test_whom_a_message_passes_by_for_want_of_her_language_is_told(make: Make, office: Client) -> None:
    make.key_person(make.volunteer())
    for languages in (("ko", "my"), ("my",)):
        make.key_person(make.volunteer(), languages=languages)
    make.key_person(make.volunteer(), languages=("ko",), scope=(ContactPurpose.EVENTS,))

    storm = done(draft(office), 201)
    [warning] = storm["warnings"]
    assert warning["code"] == "BRC_LEFT_OUT"
    assert "2 人" in warning["detail"]
    assert {"韓国語", "ミャンマー語"} <= {
        *warning["detail"].replace("、", " ").replace("（", " ").replace("）", " ").split()
    }

    path = f"{BROADCASTS}/{storm['id']}"
    korean = STORM | {"ko": {"title": "태풍", "text": "외출하지 마세요."}}
    patched = done(office.patch(path, json={"texts": korean}, headers={"If-Match": "*"}))
    assert "1 人" in patched["warnings"][0]["detail"]
    assert [one["code"] for one in done(send(office, storm))["warnings"]] == ["BRC_LEFT_OUT"]


def test_a_message_that_reaches_everybody_warns_of_nobody(make: Make, office: Client) -> None:
    make.key_person(make.volunteer())

    assert done(draft(office), 201)["warnings"] == []


def test_a_consent_given_or_taken_back_changes_who_is_told(make: Make, office: Client, wiring: Wiring) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    listed = done(office.post(KEY_PERSONS, json={"volunteer_id": str(mai.id), "languages": ["vi"]}), 201)
    make.key_person(rin)
    assert (listed["contact_scope"], listed["consented_on"]) == ([], None)

    done(send(office, done(draft(office), 201)))
    assert told(wiring) == {rin.id}
    agreed = done(agree(office, listed["id"], ["disaster", "events", "disaster"]))
    assert (agreed["contact_scope"], agreed["consented_on"]) == (["disaster", "events"], "2025-11-10")
    done(send(office, done(draft(office), 201)))
    assert told(wiring) == {rin.id, mai.id}

    done(agree(office, listed["id"], []))
    again = done(draft(office, texts={"vi": STORM["vi"]}), 201)
    assert counts(office, again) == {"vi": {"recipients": 1}}
    done(send(office, again))
    assert [whom for kind, whom in notices_of(wiring)].count(mai.id) == 1
    actions = [event.action for event in audited(wiring, listed["id"])]
    assert actions == ["key_person.create", "key_person.consent", "key_person.withdraw_consent"]


def test_nobody_is_telephoned_about_what_she_no_longer_agrees_to(make: Make, office: Client) -> None:
    mai = make.volunteer(person=make.person(email=None, phone="076-000-1234"))
    listed = done(office.post(KEY_PERSONS, json={"volunteer_id": str(mai.id), "languages": ["vi"]}), 201)
    done(agree(office, listed["id"], ["disaster", "events"]))
    done(send(office, done(draft(office), 201)))
    assert len(done(office.get("/v1/phone-list"))["items"]) == 1
    done(agree(office, listed["id"], ["events"]))
    assert done(office.get("/v1/phone-list"))["items"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reads_the_text_of_her_language_and_nobody_else_s_name(
    language: str, make: Make, office: Client, wiring: Wiring
) -> None:
    make.key_person(make.volunteer(), languages=("ja-simple", "vi"))
    other = make.volunteer()
    make.key_person(other)
    done(send(office, done(draft(office), 201)))
    first = notices(wiring)[0]
    words = "".join(
        say("notices", f"{first.kind}_{part}", language, {**unpack(first.facts), "foundation": "財団"})
        for part in ("subject", "body")
    )
    assert "台風が 来ます" in words
    assert "119に 電話できます" in words
    assert "Bão" not in words
    assert other.volunteer_no not in words


def test_deliveries_and_acknowledgements_are_counted(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Callable[[], None]
) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    by_hand = make.volunteer(person=make.person(email=None))
    for volunteer in (mai, rin, by_hand):
        make.key_person(volunteer)
    hers, others = as_(mai), as_(rin)
    storm = done(draft(office), 201)
    done(send(office, storm))
    with wiring.unit() as unit:
        by_volunteer = {notice.volunteer_id: notice.id for notice in notices(wiring)}
        unit.lock(Notice, by_volunteer[rin.id]).status = NoticeStatus.FAILED
    deliver_due(wiring)
    assert counts(office, storm)["vi"] == {"recipients": 3, "sent": 1, "failed": 1, "to_phone": 1}

    clock.forward(hours=1)
    (message,) = done(hers.get("/v1/me/broadcasts"))["items"]
    assert (message["title"], message["text"], message["acknowledged_at"]) == ("Bão", "Hãy ở trong nhà.", None)
    assert "volunteer_id" not in message
    assert done(acknowledge(hers, message))["acknowledged_at"] == "2025-11-10T10:00:00+09:00"
    clock.forward(hours=1)
    assert done(acknowledge(hers, message))["acknowledged_at"] == "2025-11-10T10:00:00+09:00"
    assert problem(acknowledge(others, message)) == (404, "NOT_FOUND")

    (called,) = (one for one in deliveries(office, storm) if one["channel"] == "to_phone")
    assert (called["volunteer_id"], called["acknowledged_at"]) == (str(by_hand.id), None)
    assert problem(acknowledge(office, called)) == (403, "NOT_PERMITTED")
    done(acknowledge(office, called, on_behalf=by_phone(by_hand)))
    assert counts(office, storm)["vi"]["acknowledged"] == 2
    assert [event.action for event in audited(wiring, storm["id"])][2:] == ["broadcast.acknowledge"] * 2
    check_data()


def test_a_message_goes_out_once_and_stays_as_it_was(make: Make, office: Client, wiring: Wiring) -> None:
    make.key_person(make.volunteer())
    storm = done(draft(office), 201)
    path, anything = f"{BROADCASTS}/{storm['id']}", {"If-Match": "*"}
    texts = {"vi": {"title": "Bão số 9", "text": "Hãy ở nhà."}}
    changed = done(office.patch(path, json={"texts": texts, "districts": ["east"]}, headers=anything))
    assert (changed["texts"], changed["districts"], changed["version"]) == (texts, ["east"], 2)
    stale = office.patch(path, json={"districts": []}, headers={"If-Match": f'"{storm["id"]}.1"'})
    assert problem(stale) == (412, "VERSION")
    assert faults(office.patch(path, json={"texts": None}, headers=anything)) == [("/texts", "FIELD_NULL")]

    done(send(office, storm))
    assert problem(send(office, storm)) == (409, "BRC_STATE")
    assert problem(office.patch(path, json={"districts": []}, headers=anything)) == (409, "BRC_STATE")
    assert len(notices_of(wiring)) == 1


def test_with_nobody_to_tell_nothing_is_sent(make: Make, office: Client) -> None:
    make.key_person(make.volunteer(), scope=(ContactPurpose.EVENTS,))
    storm = done(draft(office), 201)
    assert problem(send(office, storm)) == (409, "BRC_NOBODY")
    assert done(office.get(f"{BROADCASTS}/{storm['id']}"))["status"] == "draft"


def test_a_message_that_cannot_be_is_refused(office: Client) -> None:
    assert faults(draft(office, texts={})) == [("/texts", "FIELD_RANGE")]
    assert faults(draft(office, districts=["moon"])) == [("/districts/0", "FIELD_REFERENCE")]
    assert faults(draft(office, purpose="advertising"))[0][0] == "/purpose"
    assert draft(office, texts={"vi": {"title": "Bão"}}).status_code == 422


def test_key_persons_are_registered_people_listed_once(make: Make, office: Client) -> None:
    mai = make.volunteer()
    body = {"volunteer_id": str(mai.id), "languages": ["vi"], "countries": ["VN"], "districts": ["east"]}
    made = done(office.post(KEY_PERSONS, json=body), 201)
    assert (made["countries"], "phone" in made, "email" in made) == (["VN"], False, False)
    assert faults(office.post(KEY_PERSONS, json=body)) == [("/volunteer_id", "FIELD_DUPLICATE")]
    nobody = {**body, "volunteer_id": "01935b5c-7d00-7000-8000-000000000000"}
    assert faults(office.post(KEY_PERSONS, json=nobody)) == [("/volunteer_id", "FIELD_REFERENCE")]
    other = {**body, "volunteer_id": str(make.volunteer().id)}
    assert faults(office.post(KEY_PERSONS, json={**other, "districts": ["moon"]})) == [
        ("/districts/0", "FIELD_REFERENCE")
    ]
    assert faults(office.post(KEY_PERSONS, json={**other, "languages": []})) == [("/languages", "FIELD_RANGE")]
    path = f"{KEY_PERSONS}/{made['id']}"
    changed = done(office.patch(path, json={"trained_on": "2025-06-01"}, headers={"If-Match": "*"}))
    assert (changed["trained_on"], changed["languages"]) == ("2025-06-01", ["vi"])
    wrong = office.patch(path, json={"districts": ["moon"]}, headers={"If-Match": "*"})
    assert faults(wrong) == [("/districts/0", "FIELD_REFERENCE")]
    assert problem(agree(office, made["id"], ["events"], f'"{made["id"]}.1"')) == (412, "VERSION")
    assert faults(agree(office, made["id"], ["events"], on="2025-11-11")) == [("/consented_on", "FIELD_RANGE")]


def test_the_register_is_narrowed_and_read_by_consultation_officers(make: Make, as_: As) -> None:
    officer = as_(Role.CONSULTATION_OFFICER)
    east = make.key_person(make.volunteer(), districts=("east",))
    nepali = make.key_person(make.volunteer(), languages=("ne",), scope=())

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(officer.get(KEY_PERSONS, params=asked))["items"]]

    assert ids() == [str(east.id), str(nepali.id)]
    assert ids(language="ne") == [str(nepali.id)]
    assert done(officer.get(f"{KEY_PERSONS}/{nepali.id}"))["languages"] == ["ne"]
    assert ids(district="west") == [str(nepali.id)]
    assert ids(purpose="disaster") == [str(east.id)]
    cursor = done(officer.get(KEY_PERSONS, params={"limit": 1}))["next_cursor"]
    assert ids(limit=1, cursor=cursor) == [str(nepali.id)]
    assert problem(send(officer, {"id": str(east.id)})) == (403, "NOT_PERMITTED")


def test_more_recipients_take_no_more_queries_to_look_at(
    make: Make, office: Client, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def statements(broadcast: dict[str, Any]) -> int:
        with queries() as seen:
            counts(office, broadcast)
            deliveries(office, broadcast)
            done(office.get(KEY_PERSONS))
            done(office.get(BROADCASTS))
        return len(seen)

    make.key_person(make.volunteer())
    first = done(draft(office), 201)
    done(send(office, first))
    before = statements(first)
    for _ in range(99):
        make.key_person(make.volunteer())
    second = done(draft(office), 201)
    done(send(office, second))
    assert statements(second) == before
