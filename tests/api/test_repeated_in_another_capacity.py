"""A key repeats the same request of the same person in the same capacity, and keeps nobody's contacts."""

from datetime import date
from uuid import UUID

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.learner import Learner
from models.organization import Organization
from models.record import IdempotentAnswer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import on_session
from tests.makers.doors import audited, done, problem

KEY = {"Idempotency-Key": "k1"}
GUARDIAN = {"name": "架空 花子", "phone": "076-000-0001", "language": "vi", "email": "hanako@example.jp"}
LEARNER = {
    "first_name": "リン",
    "school_stage": "junior_high",
    "native_language": "vi",
    "pickup_rule": "goes_alone",
    "goals": [],
    "guardian": GUARDIAN,
}


def kept(wiring: Wiring) -> list[str]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(IdempotentAnswer.body)))


def test_a_learner_is_made_once_and_read_anew_by_a_repeat(manager: Client, wiring: Wiring) -> None:
    first = manager.post("/v1/learners", json=LEARNER, headers=KEY)
    learner_id = done(first, 201)["id"]
    assert kept(wiring) == [""]
    with wiring.unit() as unit:
        unit.lock(Learner, UUID(learner_id)).guardian_phone = "076-000-0002"
    second = manager.post("/v1/learners", json=LEARNER, headers=KEY)
    assert done(second, 201)["id"] == learner_id
    assert second.json()["guardian"]["phone"] == "076-000-0002"
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("change", ["organization", "roles"])
def test_whoever_serves_elsewhere_or_has_other_roles_is_not_answered_what_she_read_before(
    change: str, manager: Client, as_: As, make: Make
) -> None:
    first = done(manager.post("/v1/learners", json=LEARNER, headers=KEY), 201)
    other: Organization = make.organization()
    told = {
        "organization": {"organization_id": str(other.id)},
        "roles": {"roles": ["classroom_manager", "requester"]},
    }
    path = f"/v1/accounts/{manager.account.id}"
    done(as_(Role.ADMIN).patch(path, json=told[change], headers={"If-Match": "*"}))
    second = manager.post("/v1/learners", json=LEARNER, headers=KEY)
    assert problem(second) == (422, "IDEMPOTENCY_REUSE")
    assert first["guardian"]["phone"] not in second.text


def test_a_call_is_noted_once_and_each_reading_of_the_list_is_logged(
    make: Make, owner: Organization, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    room = make.classroom(owner=owner)
    called, other = make.learner(owner), make.learner(owner)
    for one in (called, other):
        make.enrollment(one, room)
    done(on_session(manager, make.class_session(room).session.id, "cancel", reason="大雪"))
    clock.forward(minutes=5)
    path = f"/v1/classrooms/{room.id}/guardian-calls/{called.id}"
    first = manager.post(path, json={"result": "no_answer"}, headers=KEY)
    assert kept(wiring)[-1] == ""
    before = len(audited(wiring, other.id))
    second = manager.post(path, json={"result": "no_answer"}, headers=KEY)
    assert done(second) == done(first)
    assert {one["learner_id"]: one["attempts"] for one in second.json()["items"]} == {
        str(called.id): 1,
        str(other.id): 0,
    }
    assert second.headers["idempotent-replayed"] == "true"
    assert len(audited(wiring, other.id)) == before + 1


def test_another_query_under_the_same_key_is_another_request(make: Make, office: Client) -> None:
    series, _ = make.series(count=3)

    def cancelled(day: date) -> tuple[int, str]:
        path = f"/v1/dispatch-series/{series.id}/cancel?scope=one&from={day}"
        said = office.post(path, json={"reason": "x"}, headers=KEY)
        return said.status_code, said.headers.get("idempotent-replayed", said.json().get("code", ""))

    assert cancelled(date(2025, 11, 20)) == (207, "")
    assert cancelled(date(2025, 11, 20)) == (207, "true")
    assert cancelled(date(2025, 11, 21)) == (422, "IDEMPOTENCY_REUSE")
