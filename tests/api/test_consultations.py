"""Consultations: anybody who is asked takes one down, officers alone see and handle it, and danger is told at once."""

from datetime import date, timedelta
from typing import Any, Final

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, Role
from models.class_session import ClassSessionStatus
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, on_session
from tests.makers.consulting import CONSULTATIONS, bring, go
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem
from worker.classes import hold_classes

NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
HER: Final = {"name": "グエン・架空", "phone": "076-000-0009", "address": "金沢市架空町"}


@pytest.fixture
def met(make: Make, owner: Organization) -> Met:
    """The session of last Saturday."""
    return make.class_session(make.classroom(owner=owner), on=date(2025, 11, 8))


def numbers(contacts: list[dict[str, Any]]) -> list[str]:
    return [contact["number"] for contact in contacts]


def test_from_the_desk_to_the_end(officer: Client, wiring: Wiring, clock: SetClock) -> None:
    receipt = done(bring(officer, topics=["work", "tax", "work"], minutes=15), 201)
    assert (receipt["status"], receipt["urgency"], receipt["actions"]) == ("received", "normal", ["triage"])
    assert receipt["emergency_contacts"] == []
    assert faults(go(officer, receipt["id"], "triage")) == [("/heard_from", "FIELD_MISSING")]
    judged = done(go(officer, receipt["id"], "triage", heard_from="leaflet", urgency="soon", language="en", minutes=5))
    assert (judged["topics"], judged["language"], judged["minutes"]) == (["work", "tax"], "en", 20)
    assert (judged["urgency"], judged["actions"]) == ("soon", ["triage", "start"])
    begun = done(go(officer, receipt["id"], "start"))
    assert (begun["status"], begun["officer_id"]) == ("in_progress", str(officer.account.id))
    clock.forward(days=1)
    settled = done(go(officer, receipt["id"], "resolve", resolution="answered", minutes=40))
    assert (settled["minutes"], settled["settled_at"][:10]) == (60, "2025-11-11")
    clock.forward(days=1)
    closed = done(go(officer, receipt["id"], "close"))
    assert (closed["status"], closed["settled_at"]) == ("closed", settled["settled_at"])
    again = done(go(officer, receipt["id"], "reopen"))
    assert (again["status"], again["resolution"], again["settled_at"]) == ("in_progress", None, None)
    assert [event.action.partition(".")[2] for event in audited(wiring, receipt["id"])] == [
        "receive", "triage", "start", "resolve", "close", "reopen",
    ]  # fmt: skip


def test_reading_one_is_logged_and_a_verb_that_does_not_fit_says_what_does(
    make: Make, officer: Client, wiring: Wiring
) -> None:
    received = make.consultation()
    assert done(officer.get(f"{CONSULTATIONS}/{received.id}"))["no"] == received.no
    (event,) = audited(wiring, received.id)
    assert (event.action, event.actor_id) == ("consultation.read", officer.account.id)
    refused = go(officer, received, "close")
    assert problem(refused) == (409, "CON_STATE")
    assert (refused.json()["state"], refused.json()["allowed"]) == ("received", ["triage"])
    stale = officer.post(f"{CONSULTATIONS}/{received.id}/triage", json={}, headers={"If-Match": '"old"'})
    assert problem(stale) == (412, "VERSION")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["violence"], ["110", "#8008", "#8103"]),
        (["self_harm"], ["119", "110"]),
        (["child_at_risk"], ["110", "189"]),
        (["medical_emergency"], ["119"]),
        (["child_at_risk", "medical_emergency"], ["119", "110", "189"]),
    ],
)
def test_what_cannot_wait_shows_whom_to_call(officer: Client, codes: list[str], expected: list[str]) -> None:
    receipt = done(bring(officer, urgent_codes=codes), 201)
    assert (receipt["urgency"], numbers(receipt["emergency_contacts"])) == ("urgent", expected)
    assert all(contact["name"] and contact["detail"] for contact in receipt["emergency_contacts"])


def test_danger_is_told_once_to_those_in_charge(make: Make, officer: Client, wiring: Wiring) -> None:
    """Violence as a topic is danger too; judging anew tells again only what is new, and nothing is handed on by itself."""
    for role in (Role.ADMIN, Role.COORDINATOR, Role.VIEWER, Role.TRAINER, Role.CLASSROOM_MANAGER):
        make.account(role)
    key = {"Idempotency-Key": "one"}
    body = {"channel": "phone", "language": "en", "topics": ["violence"], "heard_from": "friend"}
    receipt = done(officer.post(CONSULTATIONS, json=body, headers=key), 201)
    assert done(officer.post(CONSULTATIONS, json=body, headers=key), 201) == receipt
    told = [("consultation_urgent", account) for account in in_charge(wiring)]
    assert len(told) == 3
    assert sorted(notices_of(wiring), key=str) == sorted(told, key=str)
    judged = done(go(officer, receipt["id"], "triage", urgent_codes=["violence"]))
    assert numbers(judged["emergency_contacts"]) == ["110", "#8008", "#8103"]
    assert (judged["urgent_codes"], judged["referrals"]) == (["violence"], [])
    assert len(notices_of(wiring)) == 3
    done(go(officer, receipt["id"], "start"))
    graver = done(go(officer, receipt["id"], "triage", urgent_codes=["child_at_risk"]))
    assert (graver["status"], graver["urgent_codes"]) == ("in_progress", ["child_at_risk", "violence"])
    assert len(notices_of(wiring)) == 6
    calmer = done(go(officer, receipt["id"], "triage", topics=["other"], urgent_codes=[], urgency="normal"))
    assert (calmer["urgency"], calmer["emergency_contacts"]) == ("normal", [])
    assert len(notices_of(wiring)) == 6


def in_charge(wiring: Wiring) -> list[Any]:
    roles = {Role.ADMIN, Role.COORDINATOR, Role.CONSULTATION_OFFICER}
    with wiring.unit(write=False) as unit:
        return [
            account.id
            for account in unit.session.exec(select(Account).order_by(col(Account.id)))
            if roles & {*account.roles}
        ]


def test_a_class_volunteer_gets_a_receipt_and_reads_nothing_afterwards(
    make: Make, as_: As, met: Met, officer: Client
) -> None:
    mai = make.tutor()
    make.assignment(met, mai)
    she = as_(mai)
    at_class = {"channel": "class_session", "class_session_id": str(met.session.id)}
    receipt = done(bring(she, **at_class, person=HER, topics=["childcare"]), 201)
    assert {*receipt} == {
        "id", "version", "actions", "warnings", "no", "received_at", "status", "urgency", "emergency_contacts",
    }  # fmt: skip
    assert receipt["actions"] == []
    for path in ("", f"/{receipt['id']}"):
        assert problem(she.get(f"{CONSULTATIONS}{path}")) == (403, "NOT_PERMITTED")
    for verb in ("triage", "client-disclosures"):
        assert problem(go(she, receipt["id"], verb)) == (403, "NOT_PERMITTED")
    shown = done(officer.get(f"{CONSULTATIONS}/{receipt['id']}"))
    assert (shown["class_session_id"], shown["anonymous"], shown["identity_on_file"]) == (
        str(met.session.id), False, True,
    )  # fmt: skip


def test_volunteers_and_managers_receive_at_their_own_sessions_alone(
    make: Make, as_: As, met: Met, owner: Organization
) -> None:
    her, manager = as_(make.tutor()), as_(Role.CLASSROOM_MANAGER, organization=owner)
    at_class = {"channel": "class_session", "class_session_id": str(met.session.id)}
    for caller in (her, manager):
        assert faults(bring(caller)) == [("/channel", "FIELD_CONFLICT")]
        assert faults(bring(caller, channel="class_session")) == [("/class_session_id", "FIELD_MISSING")]
    assert problem(bring(her, **at_class)) == (404, "NOT_FOUND")
    assert problem(bring(as_(Role.CLASSROOM_MANAGER), **at_class)) == (404, "NOT_FOUND")
    forged = {
        "received_at": "2025-11-10T08:59:00+09:00",
        "on_behalf": by_phone(make.volunteer(), "2025-11-07T16:00:00+09:00"),
    }
    assert problem(bring(manager, **at_class, **forged)) == (403, "NOT_PERMITTED")
    assert done(bring(manager, **at_class), 201)["status"] == "received"
    assert manager.get(CONSULTATIONS).status_code == 403


def test_coordinators_receive_and_do_not_read(make: Make, as_: As, wiring: Wiring) -> None:
    office, mai = as_(Role.COORDINATOR), make.volunteer()
    receipt = done(bring(office, on_behalf=by_phone(mai, "2025-11-07T16:00:00+09:00")), 201)
    assert receipt["received_at"] == "2025-11-07T16:00:00+09:00"
    assert problem(office.get(f"{CONSULTATIONS}/{receipt['id']}")) == (403, "NOT_PERMITTED")
    (event,) = audited(wiring, receipt["id"])
    assert (event.on_behalf or {})["of"] == str(mai.id)


def test_what_does_not_fit_together_is_refused(officer: Client, met: Met) -> None:
    session = str(met.session.id)
    assert faults(bring(officer, class_session_id=session)) == [("/class_session_id", "FIELD_CONFLICT")]
    nowhere = bring(officer, channel="class_session", class_session_id=NOBODY)
    assert faults(nowhere) == [("/class_session_id", "FIELD_REFERENCE")]
    assert faults(bring(officer, anonymous=True, person=HER)) == [("/person", "FIELD_CONFLICT")]
    for at in ("2025-11-10T09:01:01+09:00", "2025-10-10T09:00:00+09:00"):
        assert faults(bring(officer, received_at=at)) == [("/received_at", "FIELD_RANGE")]
    ahead = done(bring(officer, received_at="2025-11-10T09:01:00+09:00"), 201)  # clocks differ
    assert ahead["received_at"] == "2025-11-10T09:00:00+09:00"
    assert faults(bring(officer, topics=[])) == [("/topics", "FIELD_RANGE")]
    assert faults(bring(officer, topics=["gossip"])) == [("/topics/0", "FIELD_FORMAT")]
    assert faults(bring(officer, note="薬の話")) == [("/note", "FIELD_UNKNOWN")]
    done(bring(officer, channel="class_session", class_session_id=session), 201)


def test_what_was_left_lying_or_heard_of_stands_on_the_worklist(
    make: Make, officer: Client, as_: As, clock: SetClock, queries: Any
) -> None:
    """Or it would never be settled, and who came kept for ever; what is urgent or awaited stands there by itself."""

    def stale(caller: Client) -> dict[str, str]:
        entries = done(caller.get("/v1/worklist", params={"kind": "consultation_stale"}))["items"]
        assert {entry["urgent"] for entry in entries} <= {False}
        return {entry["verb"]["path"].removeprefix(f"{CONSULTATIONS}/"): entry["deadline"] for entry in entries}

    triaged, begun = make.consultation("triaged"), make.consultation("in_progress")
    make.consultation()
    make.consultation("in_progress", urgency="urgent", urgent_codes=["self_harm"])
    make.consultation("closed")
    awaited, heard = (make.consultation("referred") for _ in range(2))
    for outcome in ("helped", None):
        make.referral(awaited, outcome=outcome, outcome_at=clock.now if outcome else None)
    make.referral(heard, outcome="helped", outcome_at=clock.now)
    assert stale(officer) == {f"{heard.id}/close": "2025-11-11T17:00:00+09:00"}
    clock.forward(days=13)
    done(go(as_(Role.CONSULTATION_OFFICER), begun, "triage"))
    clock.forward(days=1)
    officer = as_(Role.CONSULTATION_OFFICER)
    assert {*stale(officer)} == {f"{triaged.id}/start", f"{heard.id}/close"}
    assert stale(officer)[f"{triaged.id}/start"] == "2025-11-25T17:00:00+09:00"
    assert {*stale(as_(Role.COORDINATOR))} == set()
    done(go(officer, heard, "close"))
    assert {*stale(officer)} == {f"{triaged.id}/start"}
    with queries() as few:
        stale(officer)
    for _ in range(5):
        make.consultation("triaged")
    clock.forward(days=14)
    officer = as_(Role.CONSULTATION_OFFICER)
    with queries() as many:
        assert len(stale(officer)) == 7
    assert len(few) == len(many)


def test_whoever_gave_no_name_is_anonymous(officer: Client) -> None:
    unsaid, named = (done(bring(officer, **said), 201)["id"] for said in ({}, {"person": HER}))
    assert done(officer.get(f"{CONSULTATIONS}/{unsaid}"))["anonymous"] is True
    assert done(officer.get(f"{CONSULTATIONS}/{named}"))["anonymous"] is False
    total = done(officer.get("/v1/reports/consultations"))["total"]
    assert (total["anonymous"], total["named"]) == (1, 1)
    later = officer.put(f"{CONSULTATIONS}/{unsaid}/identity", json=HER, headers={"If-Match": "*"})
    assert later.status_code == 204
    assert done(officer.get("/v1/reports/consultations"))["total"]["named"] == 2


@pytest.mark.parametrize("status", ["planned", "postponed", "cancelled"])
def test_nobody_asks_at_a_class_that_has_not_begun_or_was_called_off_before(
    make: Make, officer: Client, as_: As, owner: Organization, clock: SetClock, status: str
) -> None:
    """On Saturday at ten; people come an hour before."""
    room = make.classroom(owner=owner)
    met = make.class_session(room, status=ClassSessionStatus(status))
    at_class = {"channel": "class_session", "class_session_id": str(met.session.id)}
    refusal = ("/class_session_id", "FIELD_CONFLICT" if status == "planned" else "CON_NOT_HELD")
    for caller in (officer, as_(Role.CLASSROOM_MANAGER, organization=owner)):
        assert faults(bring(caller, **at_class)) == [refusal]
    clock.now = met.session.starts_at - timedelta(minutes=60)
    answer = bring(as_(Role.CONSULTATION_OFFICER), **at_class)
    assert answer.status_code == (201 if status == "planned" else 422)
    early = bring(as_(Role.CONSULTATION_OFFICER), **at_class, received_at="2025-11-15T08:59:00+09:00")
    assert faults(early) == [refusal]


def test_the_refusal_says_why(make: Make, officer: Client) -> None:
    off = make.class_session(status=ClassSessionStatus.CANCELLED)
    refused = bring(officer, channel="class_session", class_session_id=str(off.session.id))
    (fault,) = refused.json()["errors"]
    assert fault["detail"].startswith("2025年11月15日 10:00の回は始まる前に中止または延期になった")


@pytest.mark.parametrize("how", ["lapsed", "broken off"])
def test_people_asked_at_a_class_that_nobody_opened_or_that_was_broken_off(
    make: Make, as_: As, owner: Organization, wiring: Wiring, clock: SetClock, how: str
) -> None:
    """It took place: its tutor and its manager, who have no other channel, take down what they heard there."""
    state = ClassSessionStatus.PLANNED if how == "lapsed" else ClassSessionStatus.OPEN
    met, mai = make.class_session(make.classroom(owner=owner), status=state), make.tutor()
    make.assignment(met, mai)
    clock.now = met.session.starts_at + timedelta(minutes=30)
    asked_at = clock.now.isoformat()
    if how == "lapsed":
        clock.now = met.session.ends_at
        assert hold_classes(wiring) == 1
    else:
        manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
        done(on_session(manager, met.session.id, "cancel", reason="暴風警報"))
    at_class = {"channel": "class_session", "class_session_id": str(met.session.id), "received_at": asked_at}
    office = [as_(Role.CONSULTATION_OFFICER), as_(Role.COORDINATOR)]
    for caller in (as_(mai), as_(Role.CLASSROOM_MANAGER, organization=owner), *office):
        assert done(bring(caller, **at_class), 201)["urgency"] == "normal"
    assert problem(bring(as_(make.tutor()), **at_class)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("what", [{"urgent_codes": ["child_at_risk"]}, {"topics": ["violence"]}], ids=["code", "topic"])
def test_what_cannot_wait_is_taken_down_whatever_became_of_the_class(
    make: Make, as_: As, owner: Organization, wiring: Wiring, clock: SetClock, what: dict[str, Any]
) -> None:
    """On Saturday at ten; the tutor is told on Monday that it does not take place."""
    room, mai = make.classroom(owner=owner), make.tutor()
    off = make.class_session(room)
    make.assignment(off, mai)
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    at_class = {"channel": "class_session", "class_session_id": str(off.session.id)}
    clock.forward(days=7)
    for caller in (as_(mai), as_(Role.CLASSROOM_MANAGER, organization=owner)):
        assert faults(bring(caller, **at_class)) == [("/class_session_id", "CON_NOT_HELD")]
        assert done(bring(caller, **at_class, **what), 201)["emergency_contacts"]
    alarmed = [account for kind, account in notices_of(wiring) if kind == "consultation_urgent"]
    assert sorted({*alarmed}, key=str) == sorted(in_charge(wiring), key=str)
    for status in (ClassSessionStatus.POSTPONED, ClassSessionStatus.PLANNED):
        other = make.class_session(room, on=date(2025, 11, 22), status=status)
        done(
            bring(as_(Role.CONSULTATION_OFFICER), **at_class | {"class_session_id": str(other.session.id)}, **what), 201
        )


def test_the_queue_is_narrowed_paged_and_of_a_constant_cost(make: Make, officer: Client, queries: Any) -> None:
    first = make.consultation()
    urgent = make.consultation(urgency="urgent", urgent_codes=["self_harm"], status="triaged")
    mine = make.consultation(status="in_progress", officer_id=officer.account.id, language="en")
    handed_on = make.consultation(status="referred")
    make.referral(handed_on)

    def ids(**asked: Any) -> set[str]:
        return {one["id"] for one in done(officer.get(CONSULTATIONS, params=asked))["items"]}

    assert ids() == {str(one.id) for one in (first, urgent, mine, handed_on)}
    assert ids(status="received") == {str(first.id)}
    assert ids(urgency="urgent") == {str(urgent.id)}
    assert ids(mine=True) == ids(language="en") == {str(mine.id)}
    assert ids(awaiting_outcome=True) == {str(handed_on.id)}
    with queries() as few:
        cursor = done(officer.get(CONSULTATIONS, params={"limit": 1}))["next_cursor"]
    with queries() as many:
        assert len(ids(cursor=cursor)) == 3
    assert len(few) == len(many)
