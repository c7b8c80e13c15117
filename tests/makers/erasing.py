"""Learners and consultations that are to be erased one day: how they come, when their day is, and what reports say."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from api.db import Wiring
from models.classroom import Classroom
from models.consultation import Consultation
from tests.conftest import Client
from tests.factories import Make
from tests.makers.consulting import go
from tests.makers.doors import done

YEAR: Final = {"from": "2025-04-01", "to": "2026-03-31"}
LEAVES, GONE = date(2025, 11, 10), date(2026, 11, 10)
DRAFT: Final = {"school_stage": "junior_high", "native_language": "vi", "pickup_rule": "goes_alone", "goals": ["exam"]}
GUARDIAN: Final = {"name": "架空 花子", "phone": "076-000-0001", "language": "vi", "email": "hanako@example.jp"}
REASON: Final = {"reason": "裁判所の照会"}


def ask_for_place(manager: Client, room: Classroom, learner_id: str) -> str:
    """She asks; the enrollment."""
    draft = {"classroom_id": str(room.id), "learner_id": learner_id}
    enrollment: str = done(manager.post("/v1/enrollments", json=draft), 201)["id"]
    return enrollment


def take_in(manager: Client, room: Classroom, learner_id: str) -> str:
    """She has a place; the enrollment."""
    enrollment = ask_for_place(manager, room, learner_id)
    for verb in ("interview", "enroll"):
        done(manager.post(f"/v1/enrollments/{enrollment}/{verb}"))
    return enrollment


def write_down(manager: Client) -> str:
    """A learner of whom everything is known, with her guardian's consents."""
    draft = {**DRAFT, "first_name": "リン", "guardian": GUARDIAN}
    learner: str = done(manager.post("/v1/learners", json=draft), 201)["id"]
    body = {"scopes": ["participation", "share_with_school"], "signed_on": "2025-11-10", "language": "vi"}
    done(manager.post(f"/v1/learners/{learner}/consents", json=body), 201)
    return learner


def purge_day(wiring: Wiring, table: Any, row_id: Any) -> date | None:
    """The day on which it is to go."""
    with wiring.unit(write=False) as unit:
        day: date | None = unit.get(table, UUID(str(row_id))).purge_on
        return day


def due(admin: Client, what: str, on: str) -> list[dict[str, Any]]:
    """What would be erased by a day, as an administrator sees it beforehand."""
    items: list[dict[str, Any]] = done(admin.get(f"/v1/retention/{what}", params={"on": on}))["items"]
    return items


def figures(admin: Client) -> list[Any]:
    """Every report on classrooms and consultations of the year, but for the instant at which it was made."""
    shown = []
    for what, by in (
        ("classrooms", ("half_year", "classroom", "language")),
        ("consultations", ("month", "half_year", "language", "topic", "channel", "heard_from")),
    ):
        for group_by in by:
            report = done(admin.get(f"/v1/reports/{what}", params={"group_by": group_by, **YEAR}))
            shown.append({name: part for name, part in report.items() if name != "as_of"})
    return shown


def settled_today(make: Make, officer: Client) -> Consultation:
    """A consultation about two things that was handed on, heard of, and settled today."""
    made = make.consultation(
        "in_progress",
        topics=["housing", "work"],
        urgent_codes=["violence"],
        urgency="urgent",
        officer_id=officer.account.id,
    )
    make.consulted_person(made)
    make.referral(made, outcome="helped", outcome_at=made.received_at)
    done(go(officer, made, "resolve", resolution="handed_on"))
    assert purge_day(make.wiring, Consultation, made.id) == date(2028, 11, 10)
    return made
