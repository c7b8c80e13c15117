"""Who reads how a guardian is reached is in the log, as on the phone list."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from api.db import Wiring
from models.learner import Learner, SchoolStage
from models.organization import Organization
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done
from tests.makers.school_days import NO_GUARDIAN
from tests.queries import Statements

READ: Final = ("learner.read", ["guardian_email", "guardian_name", "guardian_phone"])


def log_of(wiring: Wiring, learner: Learner) -> list[tuple[str, list[str]]]:
    return [(event.action, event.fields) for event in audited(wiring, learner.id)]


def test_each_learner_shown_with_a_guardian_is_logged(
    make: Make, manager: Client, owner: Organization, wiring: Wiring
) -> None:
    child, grown = make.learner(owner), make.learner(owner, stage=SchoolStage.ADULT, **NO_GUARDIAN)
    other = make.learner(make.organization())
    for learner in (child, grown):
        done(manager.get(f"/v1/learners/{learner.id}"))
    assert log_of(wiring, child) == [READ]
    assert len(done(manager.get("/v1/learners"))["items"]) == 2
    assert (log_of(wiring, child), log_of(wiring, grown), log_of(wiring, other)) == ([READ, READ], [], [])
    assert audited(wiring, child.id)[0].actor_id == manager.account.id


def test_a_page_is_logged_at_once(
    make: Make, manager: Client, owner: Organization, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    counted = []
    for more in (2, 5):
        for _ in range(more):
            make.learner(owner)
        with queries() as statements:
            done(manager.get("/v1/learners"))
        counted.append(len(statements))
    assert counted[0] == counted[1]
