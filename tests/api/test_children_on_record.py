"""Who was a child when she came: a correction of her school stage does not put a roll of before in the wrong."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from models.account import Role
from models.class_session import ClassSessionStatus
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import noted, roll, verb
from tests.makers.doors import done, refused


def test_who_attended_as_an_adult_and_is_found_to_be_a_child_attended_rightly(
    manager: Client, as_: As, make: Make, owner: Organization, clock: SetClock, check_data: Callable[[], None]
) -> None:
    body = {"first_name": "リン", "school_stage": "adult", "native_language": "vi"}
    guardian = {"name": "架空 ラン", "phone": "076-000-0001", "language": "vi"}
    made = done(manager.post("/v1/learners", json={**body, "guardian": guardian}), 201)
    room = make.classroom(owner=owner)
    asked = done(manager.post("/v1/enrollments", json={"classroom_id": str(room.id), "learner_id": made["id"]}), 201)
    for name in ("interview", "enroll"):
        done(verb(manager, "enrollments", asked["id"], name))
    with make.wiring.unit(write=False) as unit:
        learner = unit.get(Learner, UUID(made["id"]))
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = met.session.starts_at + timedelta(minutes=1)
    done(roll(manager, met.session.id, noted(learner)))
    clock.forward(minutes=10)
    stage = {"stage": "high_school_age", "since": "2025-11-15"}
    done(as_(Role.COORDINATOR).post(f"/v1/learners/{learner.id}/school-stages", json=stage), 201)
    check_data()
    assert refused(roll(manager, met.session.id, noted(learner))) == [("CLS_CONSENT", "never")]
