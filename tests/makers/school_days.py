"""Pupils on their way to a school, the days not to be missed, and what families were told of them."""

from datetime import date
from email.message import EmailMessage
from typing import Any, Final

import httpx2
import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.learner import Learner, SchoolStage
from models.organization import Organization
from models.record import Notice
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done
from tests.outbox import mails
from worker import deliver
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines

DEADLINES: Final = "/v1/school-deadlines"
PHONE: Final = "/v1/phone-list"
NO_GUARDIAN: Final[dict[str, Any]] = dict.fromkeys(("guardian_name", "guardian_phone", "guardian_language"))
TOLD: Final = (date(2025, 11, 20), "deadline_near", "12-20")
"""The first that a family hears of the examination: thirty days ahead."""
EXAM: Final = {"fiscal_year": 2025, "goal": "high_school_entrance", "code": "entrance_exam", "due_on": "2025-12-20"}


def pupil(make: Make, owner: Organization, **over: Any) -> Learner:
    """Somebody of the third year of junior high school who learns in a classroom."""
    learner = make.learner(owner, stage=SchoolStage.JUNIOR_HIGH, **over)
    make.enrollment(learner, make.classroom(owner=owner))
    return learner


def of(learner: Learner, *more: str) -> str:
    return "/".join([f"/v1/learners/{learner.id}", *more])


def aim(caller: Client, learner: Learner, goal: str = "high_school_entrance", year: int = 2025) -> httpx2.Response:
    return caller.post(of(learner, "targets"), json={"goal": goal, "fiscal_year": year})


def own_days(caller: Client, learner: Learner, target: dict[str, Any], **days: str | None) -> httpx2.Response:
    items = [{"code": code, "due_on": day} for code, day in days.items()]
    path = of(learner, "targets", target["id"], "deadlines")
    return caller.put(path, json={"items": items}, headers={"If-Match": "*"})


def move(caller: Client, deadline: dict[str, Any], due_on: str) -> dict[str, Any]:
    path = f"{DEADLINES}/{deadline['id']}"
    moved: dict[str, Any] = done(caller.patch(path, json={"due_on": due_on}, headers={"If-Match": "*"}))
    return moved


def heard(wiring: Wiring) -> list[tuple[date, str, str]]:
    """On which day guardians were told what of which day, in order."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice).where(col(Notice.learner_id).is_not(None)).order_by(col(Notice.id)))
        return [(unit.local_day(row.created_at), row.kind, row.facts["on"]["day"][5:]) for row in rows]


def told(wiring: Wiring) -> list[tuple[date, str]]:
    """On which day which day was told to guardians, in order."""
    return [(on, day) for on, _, day in heard(wiring)]


def live_until(wiring: Wiring, clock: SetClock, last: date) -> None:
    """Let the days go by; each day's sweep runs twice, as after a restart."""
    while clock.now.date() <= last:
        tell_of_deadlines(wiring)
        tell_of_deadlines(wiring)
        clock.forward(days=1)


def take_away(office: Client, deadline: dict[str, Any]) -> None:
    assert office.delete(f"{DEADLINES}/{deadline['id']}").status_code == 204


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let no mail go to the guardian any more."""

    def send(message: EmailMessage) -> None:
        if message["To"] == "hanako@example.jp":
            raise error

    monkeypatch.setattr(deliver, "sender", lambda *_: send)


def to_say(office: Client) -> list[dict[str, Any]]:
    """What there is to say to guardians by telephone."""
    return [say for call in done(office.get(PHONE))["items"] for say in call["to_say"]]


def telephone(office: Client, learner: Learner) -> None:
    """Tell a guardian all that waits for her."""
    body = {"learner_id": str(learner.id), "notice_ids": [say["notice_id"] for say in to_say(office)]}
    done(office.post("/v1/contact-attempts", json={**body, "result": "reached"}), 201)


def of_guardian(wiring: Wiring) -> list[str]:
    """What the classroom reads of the guardian, letter by letter."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice).where(col(Notice.account_id).is_not(None)).order_by(col(Notice.id)))
        return [row.facts["guardian"]["said"][1] for row in rows]


def letters(wiring: Wiring) -> list[tuple[str, str]]:
    """What the guardian was written, as subject and body."""
    deliver_due(wiring)
    sent = [mail for mail in mails(wiring) if mail["To"] == "hanako@example.jp"]
    return [(mail["Subject"], mail.get_content()) for mail in sent]
