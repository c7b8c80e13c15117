"""A letter that has not left yet goes where its reader is reached today, and not at all to who does not want it or is erased."""

import smtplib
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any, Final

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.broadcast import Broadcast
from models.learner import Learner
from models.organization import Organization
from models.record import Notice
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.listed import without_mail
from tests.makers.school_days import DEADLINES, EXAM, PHONE, aim, live_until, pupil
from worker import deliver
from worker.again import try_again
from worker.deliver import deliver_due
from worker.following_up import erase_what_is_over
from worker.tidy import tidy

STORM: Final = {"vi": {"title": "Bão", "text": "Hãy ở trong nhà."}}
TOLD_ON: Final = date(2025, 11, 20)
OLD, NEW = "hanako@example.jp", "new@example.jp"
Sent = list[str]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """To which addresses mail left."""
    addresses: Sent = []
    monkeypatch.setattr(deliver, "sender", lambda *_: lambda message: addresses.append(message["To"]))
    return addresses


def refuse(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Let no mail leave; before the server refuses one, something else happens."""

    def send(_: EmailMessage) -> None:
        meanwhile()
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(deliver, "sender", lambda *_: send)


@pytest.fixture
def office(as_: As) -> Client:
    return as_(Role.COORDINATOR)


@pytest.fixture
def key_person(make: Make, office: Client) -> str:
    """Somebody who agreed to be written to about disasters, to whom a warning waits to be mailed."""
    volunteer = make.volunteer()
    make.account_of(volunteer)
    person = str(make.key_person(volunteer).id)
    storm = done(office.post("/v1/broadcasts", json={"purpose": "disaster", "texts": STORM}), 201)
    done(office.post(f"/v1/broadcasts/{storm['id']}/send"))
    return person


def withdraw(office: Client, person: str) -> None:
    body = {"contact_scope": [], "consented_on": "2025-11-10"}
    done(office.put(f"/v1/key-persons/{person}/consent", json=body, headers={"If-Match": "*"}))


def test_trying_again_sends_nothing_to_who_withdrew_her_consent(
    office: Client, key_person: str, wiring: Wiring, sent: Sent
) -> None:
    withdraw(office, key_person)
    assert (try_again(wiring), deliver_due(wiring), sent) == (0, 0, [])


def test_nor_when_the_mail_was_given_up_before(
    office: Client, key_person: str, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        refuse(patched)
        for _ in range(deliver.TRIES):
            deliver_due(wiring)
            clock.forward(hours=6)
    assert of(wiring, "broadcast") == [("mail", "failed", True)]
    withdraw(office, key_person)
    assert try_again(wiring) == 0


def test_who_withdraws_while_the_server_refuses_her_mail_is_not_written_to_again(
    office: Client, key_person: str, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, lambda: withdraw(office, key_person))
    deliver_due(wiring)
    assert of(wiring, "broadcast") == [("mail", "failed", False)]
    clock.forward(hours=6)
    assert deliver_due(wiring) == 0
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(Broadcast.status)).all() == ["sent"]


def of(wiring: Wiring, kind: str) -> list[tuple[str, str, bool]]:
    """How letters of a kind travel, how they stand, and whether they have an address."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice).where(Notice.kind == kind).order_by(col(Notice.id)))
        return [(str(row.channel), str(row.status), row.address is not None) for row in rows]


@pytest.fixture
def foundation(make: Make) -> Organization:
    return make.organization()


@pytest.fixture
def manager(as_: As, foundation: Organization) -> Client:
    return as_(Role.CLASSROOM_MANAGER, organization=foundation)


@pytest.fixture
def linh(
    make: Make, office: Client, manager: Client, foundation: Organization, wiring: Wiring, clock: SetClock
) -> Learner:
    """A pupil about whose examination a mail waits for her guardian."""
    learner = pupil(make, foundation, guardian_email=OLD)
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, learner), 201)
    live_until(wiring, clock, TOLD_ON)
    assert of(wiring, "deadline_near") == [("mail", "pending", True)]
    return learner


def correct(as_: As, foundation: Organization, learner: Learner, email: str | None, **over: Any) -> None:
    guardian = {"name": "架空 花子", "phone": "076-000-0007", "language": "vi", "email": email}
    caller = as_(Role.CLASSROOM_MANAGER, organization=foundation)
    body = {"guardian": guardian, **over}
    done(caller.patch(f"/v1/learners/{learner.id}", json=body, headers={"If-Match": "*"}))


def hers(sent: Sent) -> Sent:
    return [address for address in sent if address in {OLD, NEW}]


def test_a_letter_goes_to_the_address_of_today(
    as_: As, foundation: Organization, linh: Learner, wiring: Wiring, sent: Sent
) -> None:
    correct(as_, foundation, linh, NEW)
    deliver_due(wiring)
    assert hers(sent) == [NEW]


def test_another_number_leaves_letters_alone(
    as_: As, foundation: Organization, linh: Learner, wiring: Wiring, sent: Sent
) -> None:
    correct(as_, foundation, linh, OLD)
    deliver_due(wiring)
    assert hers(sent) == [OLD]
    correct(as_, foundation, linh, NEW)
    deliver_due(wiring)
    assert hers(sent) == [OLD]  # what was sent is not sent again


def test_who_has_no_address_any_more_is_telephoned(
    as_: As, foundation: Organization, linh: Learner, wiring: Wiring, sent: Sent
) -> None:
    correct(as_, foundation, linh, None)
    deliver_due(wiring)
    assert hers(sent) == []
    (call,) = done(as_(Role.COORDINATOR).get(PHONE))["items"]
    assert (call["party"]["id"], call["numbers"][0]["phone"]) == (str(linh.id), "076-000-0007")


def test_what_was_on_its_way_to_the_old_address_goes_to_the_new_one_too(
    as_: As, foundation: Organization, linh: Learner, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: Sent = []

    def send(message: EmailMessage) -> None:
        addresses.append(message["To"])
        if hers(addresses) == [OLD]:
            correct(as_, foundation, linh, NEW)

    monkeypatch.setattr(deliver, "sender", lambda *_: send)
    deliver_due(wiring)
    deliver_due(wiring)
    assert hers(addresses) == [OLD, NEW]
    assert of(wiring, "deadline_near") == [("mail", "sent", True)]


def test_what_was_refused_at_the_old_address_is_due_at_the_new_one_at_once(
    as_: As, foundation: Organization, linh: Learner, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        refuse(patched, lambda: correct(as_, foundation, linh, NEW))
        deliver_due(wiring)
    addresses: Sent = []
    monkeypatch.setattr(deliver, "sender", lambda *_: lambda message: addresses.append(message["To"]))
    deliver_due(wiring)
    assert hers(addresses) == [NEW]


def test_a_learner_erased_while_her_letter_is_given_up_is_on_no_list(
    as_: As, linh: Learner, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wiring.unit() as unit:
        unit.lock(Learner, linh.id).purge_on = TOLD_ON
        for row in unit.session.exec(select(Notice).where(Notice.learner_id == linh.id)):
            row.attempts = deliver.TRIES - 1
    refuse(monkeypatch, lambda: erase_what_is_over(wiring))
    deliver_due(wiring)
    assert of(wiring, "deadline_near") == [("mail", "failed", False)]
    office = as_(Role.COORDINATOR)
    assert done(office.get(PHONE))["items"] == []


def test_what_waits_for_the_telephone_is_shown_of_nobody_erased(as_: As, linh: Learner, wiring: Wiring) -> None:
    """A list that was broken before it was mended."""
    with wiring.unit() as unit:
        unit.lock(Learner, linh.id).purge_on = TOLD_ON
    erase_what_is_over(wiring)
    with wiring.unit() as unit:
        for row in unit.session.exec(select(Notice).where(Notice.learner_id == linh.id)):
            row.sqlmodel_update({"channel": "to_phone", "status": "pending", "kind": "session_moved"})
    office = as_(Role.COORDINATOR)
    assert done(office.get(PHONE))["items"] == []
    assert "to_phone" not in [entry["because"]["code"] for entry in done(office.get("/v1/worklist"))["items"]]


def test_what_nobody_told_by_telephone_is_emptied_as_letters_are(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    volunteer = without_mail(make)
    make.assignment(opened := make.shift_with_demand(), volunteer)
    done(office.post(f"/v1/dispatch-requests/{opened.request.id}/cancel", json={"reason": "都合により"}))

    def said() -> list[bool]:
        with wiring.unit(write=False) as unit:
            rows = unit.session.exec(select(Notice).where(Notice.volunteer_id == volunteer.id))
            return [bool(row.facts) for row in rows if row.channel == "to_phone" and row.status == "pending"]

    before = said()
    assert before
    assert all(before)
    clock.forward(days=89)
    tidy(wiring)
    assert all(said())
    clock.now += timedelta(days=1)
    tidy(wiring)
    assert said() == [False] * len(before)
