"""What families are told of a day is what is so when it is said, seen from what they believe, on a way that reaches them."""

import smtplib
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.learner import Learner
from models.organization import Organization
from models.record import Notice
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.listed import codes
from tests.makers.school_days import (
    DEADLINES,
    EXAM,
    PHONE,
    TOLD,
    aim,
    heard,
    letters,
    live_until,
    move,
    of_guardian,
    pupil,
    refuse,
    take_away,
    telephone,
    to_say,
)
from worker import deliver
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines


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
        hers = (
            select(Notice)
            .where(col(Notice.learner_id).is_not(None), Notice.status == "pending")
            .order_by(col(Notice.id))
        )
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


def test_the_telephone_says_what_is_so_now(
    office: Client, called: Learner, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    live_until(wiring, clock, date(2025, 11, 20))
    telephone(office, called)
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2025, 11, 22))
    (say,) = to_say(office)
    assert say["kind"] == "deadline_moved"
    assert "2025年12月20日から2026年2月20日に変わりました" in say["body"]
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 11, 23))
    (say,) = to_say(office)
    assert say["kind"] == "deadline_gone"
    assert "2025年12月20日" in say["subject"]


@pytest.mark.usefixtures("called")
def test_who_never_heard_of_a_day_hears_of_the_one_that_counts_and_not_that_it_moved_or_went(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    live_until(wiring, clock, date(2025, 11, 20))
    for day, near in (("2025-12-19", True), ("2026-02-20", False), ("2025-12-18", True)):
        move(office, exam, day)
        tell_of_deadlines(wiring)
        said = [(say["kind"], f"{day[:4]}年{int(day[5:7])}月{int(day[8:])}日" in say["body"]) for say in to_say(office)]
        assert said == [("deadline_near", True)] * near
    take_away(office, exam)
    tell_of_deadlines(wiring)
    assert to_say(office) == []
    assert tell_of_deadlines(wiring) == 0
    assert of_guardian(wiring) == [
        "guardian_told",
        "guardian_told",
        *["guardian_not_now", "guardian_told"],
        "guardian_not_now",
    ]


@pytest.mark.usefixtures("called")
def test_who_never_heard_of_a_day_that_moved_far_hears_of_it_when_it_is_near(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    live_until(wiring, clock, date(2025, 11, 20))
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2026, 1, 25))
    assert heard(wiring) == [TOLD, (date(2026, 1, 21), "deadline_near", "02-20")]


@pytest.mark.parametrize("reached", [True, False])
def test_a_day_that_moves_and_comes_back_before_the_call_is_told_to_who_has_not_heard_that_it_is_so_near(
    office: Client, called: Learner, exam: dict[str, Any], wiring: Wiring, clock: SetClock, *, reached: bool
) -> None:
    """Thirty days ahead she was reached or was not; seven days ahead nobody has called yet."""
    live_until(wiring, clock, date(2025, 11, 20))
    if reached:
        telephone(office, called)
    live_until(wiring, clock, date(2025, 12, 14))
    move(office, exam, "2025-12-21")
    tell_of_deadlines(wiring)
    assert [say["kind"] for say in to_say(office)] == ["deadline_moved" if reached else "deadline_near"]
    move(office, exam, "2025-12-20")
    tell_of_deadlines(wiring)
    (say,) = to_say(office)
    assert (say["kind"], "2025年12月20日" in say["subject"]) == ("deadline_near", True)
    assert of_guardian(wiring)[-1] == "guardian_told"


def test_the_classroom_reads_that_there_is_nothing_to_tell_a_guardian_who_knows(
    office: Client, called: Learner, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    live_until(wiring, clock, date(2025, 12, 14))
    telephone(office, called)
    for day in ("2025-12-21", "2025-12-20"):
        move(office, exam, day)
        tell_of_deadlines(wiring)
    assert to_say(office) == []
    assert of_guardian(wiring)[-2:] == ["guardian_told", "guardian_not_now"]


@pytest.mark.parametrize(
    ("then", "subjects"),
    [
        ("2025-12-20", ["A day has moved: entrance examination is on 20 Dec 2025"]),
        (None, [f"Called off: entrance examination on {day}" for day in ("20 Dec 2025", "20 Feb 2026")]),
    ],
)
@pytest.mark.usefixtures("target")
def test_a_mail_that_left_without_being_noted_may_have_been_read(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    exam: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    then: str | None,
    subjects: list[str],
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    move(office, exam, "2026-02-20")
    tell_of_deadlines(wiring)
    with monkeypatch.context() as patched:
        patched.setattr(deliver, "_mark_sent", die)
        for _ in range(2):  # the classroom's, and hers
            with pytest.raises(KeyboardInterrupt):
                deliver_due(wiring, 1)
    if then:
        move(office, exam, then)
    else:
        take_away(office, exam)
    tell_of_deadlines(wiring)
    clock.forward(minutes=30)
    said = [subject for subject, _ in letters(wiring)][1:]
    assert said[0] == "A day has moved: entrance examination is on 20 Feb 2026"
    assert said[1:] == subjects


@pytest.mark.usefixtures("aimed")
def test_a_mail_that_was_refused_once_is_written_again_when_its_day_comes_back(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        refuse(patched, ConnectionRefusedError())
        deliver_due(wiring)
    for day in ("2025-12-21", "2025-12-20"):
        move(office, exam, day)
        tell_of_deadlines(wiring)
    clock.forward(minutes=30)
    ((subject, _),) = letters(wiring)
    assert subject == "A day not to be missed: entrance examination on 20 Dec 2025"


@pytest.mark.parametrize("way", ["mail", "telephone"])
def test_a_notice_from_before_it_named_the_child_is_told_with_her_name(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring, *, way: str
) -> None:
    mail = {"guardian_email": "hanako@example.jp"} if way == "mail" else {}
    learner = pupil(make, owner, first_name="Linh", guardian_language="en", **mail)
    done(office.post(DEADLINES, json={**EXAM, "due_on": "2025-11-20"}), 201)
    done(aim(manager, learner), 201)
    tell_of_deadlines(wiring)
    with wiring.unit() as unit:
        notice = unit.session.exec(select(Notice).where(Notice.learner_id == learner.id)).one()
        notice.facts = {name: fact for name, fact in notice.facts.items() if name != "first_name"}
    body = letters(wiring)[0][1] if way == "mail" else to_say(office)[0]["body"]
    assert "Linh" in body


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPRecipientsRefused({"hanako@example.jp": (550, b"no such user")}), ConnectionRefusedError()],
    ids=["address", "server"],
)
@pytest.mark.usefixtures("aimed")
def test_a_guardian_whose_mail_is_given_up_is_telephoned(
    as_: As, lan: Learner, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch, *, error: Exception
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
    assert (call["party"]["id"], call["numbers"][0]["phone"]) == (str(lan.id), lan.guardian_phone)
    (say,) = call["to_say"]
    assert say["kind"] == "deadline_near"
    for role in (Role.VIEWER, Role.VOLUNTEER, Role.REQUESTER):
        assert as_(role).get(PHONE).status_code == 403
    deliver_due(wiring)
    told = {"learner_id": str(lan.id), "notice_ids": [say["notice_id"]], "result": "reached"}
    done(office.post("/v1/contact-attempts", json=told), 201)
    assert done(office.get(PHONE))["items"] == []
    with wiring.unit(write=False) as unit:
        hers = unit.session.exec(select(Notice).where(col(Notice.learner_id).is_not(None))).one()
        assert (hers.channel, hers.status, hers.address, hers.attempts) == ("to_phone", "sent", None, 1)


@pytest.mark.usefixtures("aimed")
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


@pytest.mark.usefixtures("aimed")
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
