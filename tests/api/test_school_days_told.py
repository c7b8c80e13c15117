"""A family that was told of a day hears when it moves or goes; each hears once, of the right child, on a way that reaches her."""

import smtplib
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.learner import Learner
from models.organization import Organization
from models.record import Notice
from services import school_deadlines
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, notices_of
from tests.makers.listed import codes
from tests.makers.school_days import DEADLINES, EXAM, PHONE, aim, live_until, move, of, own_days, pupil
from tests.outbox import mails
from worker import deliver
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines

TOLD = (date(2025, 11, 20), "deadline_near", "12-20")


@pytest.fixture
def foundation(make: Make) -> Organization:
    return make.organization()


@pytest.fixture
def manager(as_: As, foundation: Organization) -> Client:
    return as_(Role.CLASSROOM_MANAGER, organization=foundation)


@pytest.fixture
def linh(make: Make, foundation: Organization) -> Learner:
    return pupil(make, foundation, guardian_email="hanako@example.jp", guardian_language="en")


@pytest.fixture
def exam(office: Client) -> dict[str, Any]:
    made: dict[str, Any] = done(office.post(DEADLINES, json=EXAM), 201)
    return made


@pytest.fixture
def target(manager: Client, linh: Learner, wiring: Wiring, clock: SetClock, *, exam: dict[str, Any]) -> dict[str, Any]:
    """Linh aims at high school, and her family was told yesterday when the examination is."""
    assert exam["due_on"] == "2025-12-20"
    aimed: dict[str, Any] = done(aim(manager, linh), 201)
    live_until(wiring, clock, TOLD[0])
    assert heard(wiring) == [TOLD]
    return aimed


def heard(wiring: Wiring) -> list[tuple[date, str, str]]:
    """On which day guardians were told what of which day, in order."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice).where(col(Notice.learner_id).is_not(None)).order_by(col(Notice.id)))
        return [(unit.local_day(row.created_at), row.kind, row.facts["on"]["day"][5:]) for row in rows]


def take_away(office: Client, deadline: dict[str, Any]) -> None:
    assert office.delete(f"{DEADLINES}/{deadline['id']}").status_code == 204


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let no mail go to the guardian any more."""

    def send(message: EmailMessage) -> None:
        if message["To"] == "hanako@example.jp":
            raise error

    monkeypatch.setattr(deliver, "sender", lambda *_: send)


def letters(wiring: Wiring) -> list[tuple[str, str]]:
    """What the guardian was written, as subject and body."""
    deliver_due(wiring)
    sent = [mail for mail in mails(wiring) if mail["To"] == "hanako@example.jp"]
    return [(mail["Subject"], mail.get_content()) for mail in sent]


@pytest.mark.usefixtures("target")
def test_a_family_hears_of_a_day_that_is_postponed_far_at_once_and_again_when_it_is_near(
    office: Client, manager: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2026, 2, 25))
    assert heard(wiring) == [
        TOLD,
        (date(2025, 11, 21), "deadline_moved", "02-20"),
        (date(2026, 1, 21), "deadline_near", "02-20"),
        (date(2026, 2, 13), "deadline_near", "02-20"),
    ]
    hers = [kind for kind, whom in notices_of(wiring) if whom == manager.account.id]
    assert hers == [f"{kind}_manager" for _, kind, _ in heard(wiring)]


@pytest.mark.parametrize("how", ["deleted", "nothing_for_her"])
def test_a_family_hears_once_that_a_day_does_not_apply_any_more(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    manager: Client,
    linh: Learner,
    exam: dict[str, Any],
    target: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    how: str,
) -> None:
    if how == "deleted":
        take_away(office, exam)
    else:
        done(own_days(manager, linh, target, entrance_exam=None))
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_gone", "12-20")]
    assert [kind for kind, whom in notices_of(wiring) if whom == manager.account.id][-1] == "deadline_gone_manager"


@pytest.mark.usefixtures("target")
def test_a_day_that_comes_back_is_told_as_a_new_one(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 11, 22))
    done(office.post(DEADLINES, json={**EXAM, "due_on": "2026-01-10"}), 201)
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring)[1:] == [
        (date(2025, 11, 21), "deadline_gone", "12-20"),
        (date(2025, 12, 11), "deadline_near", "01-10"),
    ]


@pytest.mark.usefixtures("target")
def test_what_is_put_right_before_the_sweep_is_told_to_nobody(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2026-02-20")
    move(office, exam, "2025-12-20")
    take_away(office, exam)
    done(office.post(DEADLINES, json=EXAM), 201)
    live_until(wiring, clock, date(2025, 12, 12))
    assert heard(wiring) == [TOLD]


@pytest.mark.usefixtures("target")
def test_a_day_that_turns_out_to_be_over_is_told_while_the_family_waits_for_it(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2025-11-18")
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_moved", "11-18")]


@pytest.mark.usefixtures("target")
def test_nobody_hears_that_a_day_has_moved_or_gone_that_is_over(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    """A day later than that one is a new one."""
    live_until(wiring, clock, date(2025, 12, 21))
    before = heard(wiring)
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2026, 1, 20))
    assert heard(wiring) == before
    live_until(wiring, clock, date(2026, 1, 21))
    assert heard(wiring) == [*before, (date(2026, 1, 21), "deadline_near", "02-20")]
    clock.forward(days=40)
    take_away(office, exam)
    assert tell_of_deadlines(wiring) == 0


@pytest.mark.parametrize("became", ["given_up", "revoked"])
def test_whom_it_does_not_concern_any_more_hears_nothing(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    manager: Client,
    linh: Learner,
    exam: dict[str, Any],
    target: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    became: str,
) -> None:
    if became == "given_up":
        done(manager.post(of(linh, "targets", target["id"], "give-up")))
    else:
        (consent,) = done(manager.get(of(linh, "consents")))["items"]
        done(manager.post(of(linh, "consents", consent["id"], "revoke")))
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD]


@pytest.mark.usefixtures("target")
def test_a_sweep_that_dies_between_noting_and_telling_has_done_neither(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    move(office, exam, "2026-02-20")
    with monkeypatch.context() as patched:
        patched.setattr(school_deadlines, "tell_guardian", die)
        with pytest.raises(KeyboardInterrupt):
            tell_of_deadlines(wiring)
    assert heard(wiring) == [TOLD]
    live_until(wiring, clock, date(2025, 11, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_moved", "02-20")]


@pytest.mark.usefixtures("target")
def test_letters_say_from_when_to_when_and_that_a_day_is_gone(
    office: Client, exam: dict[str, Any], wiring: Wiring
) -> None:
    assert len(letters(wiring)) == 1
    move(office, exam, "2026-02-20")
    tell_of_deadlines(wiring)
    *_, (subject, body) = letters(wiring)
    assert subject == "A day has moved: entrance examination is on 20 Feb 2026"
    assert "moved from 20 Dec 2025 to 20 Feb 2026" in body
    take_away(office, exam)
    tell_of_deadlines(wiring)
    *_, (subject, body) = letters(wiring)
    assert subject == "Called off: entrance examination on 20 Feb 2026"
    assert "does not apply any more" in body


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-02-27", [("deadline_moved", "2025-12-20", "2026-02-27")]),
        ("2025-12-20", []),
        (None, [("deadline_gone", None, "2025-12-20")]),
    ],
)
@pytest.mark.usefixtures("target")
def test_what_moves_again_before_it_was_said_is_said_from_what_the_family_believes(
    office: Client, exam: dict[str, Any], wiring: Wiring, then: str | None, said: list[Any]
) -> None:
    """She has read that it is on 20 December, and nothing since."""
    assert len(letters(wiring)) == 1
    move(office, exam, "2026-02-20")
    tell_of_deadlines(wiring)
    if then:
        move(office, exam, then)
    else:
        take_away(office, exam)
    tell_of_deadlines(wiring)
    assert tell_of_deadlines(wiring) == 0
    with wiring.unit(write=False) as unit:
        hers = select(Notice).where(col(Notice.learner_id).is_not(None), Notice.status == "pending")
        waiting = [
            (one.kind, one.facts.get("was", {"day": None})["day"], one.facts["on"]["day"])
            for one in unit.session.exec(hers)
        ]
    assert waiting == said
    assert len(letters(wiring)) == 1 + len(said)


@pytest.mark.parametrize("became", ["back", "passed", "as_it_was"])
@pytest.mark.usefixtures("target")
def test_what_waits_is_not_said_once_it_is_not_so(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock, became: str
) -> None:
    assert len(letters(wiring)) == 1
    take_away(office, exam)
    tell_of_deadlines(wiring)
    if became == "back":
        done(office.post(DEADLINES, json=EXAM), 201)
    elif became == "passed":
        clock.now = clock.now.replace(month=12, day=21)
    assert len(letters(wiring)) == 1 + (became == "as_it_was")


def test_the_telephone_says_what_is_so_now(  # noqa: PLR0913, PLR0917 - the cast of the scene
    make: Make,
    office: Client,
    manager: Client,
    foundation: Organization,
    exam: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
) -> None:
    done(aim(manager, pupil(make, foundation)), 201)
    live_until(wiring, clock, date(2025, 11, 20))
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2025, 11, 22))
    (call,) = done(office.get(PHONE))["items"]
    assert [say["kind"] for say in call["to_say"]] == ["deadline_moved"]
    assert "2025年12月20日から2026年2月20日に変わりました" in call["to_say"][0]["body"]
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 11, 23))
    (call,) = done(office.get(PHONE))["items"]
    assert [say["kind"] for say in call["to_say"]] == ["deadline_gone"]


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPRecipientsRefused({"hanako@example.jp": (550, b"no such user")}), ConnectionRefusedError()],
    ids=["address", "server"],
)
@pytest.mark.usefixtures("target")
def test_a_guardian_whose_mail_is_given_up_is_telephoned(
    as_: As, linh: Learner, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch, *, error: Exception
) -> None:
    """She is told though her address is wrong, or the server was away for as long as a mail is tried."""
    refuse(monkeypatch, error)
    for _ in range(deliver.TRIES):
        assert done(as_(Role.COORDINATOR).get(PHONE))["items"] == []
        deliver_due(wiring)
        clock.forward(hours=6)
    office = as_(Role.COORDINATOR)
    assert codes(office) == ["to_phone"]
    (call,) = done(office.get(PHONE))["items"]
    assert (call["party"]["id"], call["numbers"][0]["phone"]) == (str(linh.id), linh.guardian_phone)
    (say,) = call["to_say"]
    assert say["kind"] == "deadline_near"
    for role in (Role.VIEWER, Role.VOLUNTEER, Role.REQUESTER):
        assert as_(role).get(PHONE).status_code == 403
    deliver_due(wiring)
    told = {"learner_id": str(linh.id), "notice_ids": [say["notice_id"]], "result": "reached"}
    done(office.post("/v1/contact-attempts", json=told), 201)
    assert done(office.get(PHONE))["items"] == []
    with wiring.unit(write=False) as unit:
        hers = unit.session.exec(select(Notice).where(col(Notice.learner_id).is_not(None))).one()
        assert (hers.channel, hers.status, hers.address, hers.attempts) == ("to_phone", "sent", None, 1)


@pytest.mark.usefixtures("target")
def test_what_waited_too_long_to_be_mailed_is_told_by_telephone(
    as_: As, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    """No worker ran for a week. Who has an account is not written to any more."""
    clock.forward(days=7)
    assert deliver_due(wiring) == 0
    (call,) = done(as_(Role.COORDINATOR).get(PHONE))["items"]
    assert [say["kind"] for say in call["to_say"]] == ["deadline_near"]
    with wiring.unit(write=False) as unit:
        mine = unit.session.exec(select(Notice.status).where(Notice.account_id == manager.account.id)).all()
    assert mine == ["failed"]


@pytest.mark.usefixtures("target")
def test_a_day_that_moved_while_its_mail_was_refused_is_not_told_by_telephone(
    as_: As, exam: dict[str, Any], wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, smtplib.SMTPRecipientsRefused({}))
    for _ in range(deliver.TRIES):
        deliver_due(wiring)
        clock.forward(hours=6)
    office = as_(Role.COORDINATOR)
    move(office, exam, "2026-02-20")
    assert done(office.get(PHONE))["items"] == []
