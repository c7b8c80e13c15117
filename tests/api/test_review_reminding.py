"""What a review decided and nobody did in time: the owner hears of it once, the office sees it until it is closed."""

from typing import Any

from api.db import Wiring
from models.review_cycle import ReviewAction
from services.clock import SetClock
from services.review_reminding import remind_owner
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done, notices_of
from tests.makers.listed import brief, follow, listed, only
from worker.following_up import remind_of_actions


def test_an_overdue_action_is_told_once_and_stays_on_the_list(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    _, action = make.review()
    clock.forward(days=46)  # the day it is due
    assert (remind_of_actions(wiring), listed(office)) == (0, [])
    clock.forward(days=1)
    assert [remind_of_actions(wiring) for _ in range(2)] == [1, 0]
    assert notices_of(wiring) == [("review_action_overdue", action.owner_id)]
    entry = only(office)
    assert brief(entry) == ("action_overdue", "2025-12-26T17:00", "POST", "close", False)
    assert "募集を広げる" in entry["because"]["detail"]
    done(follow(office, entry["verb"], {"outcome": "できた"}))
    assert listed(office) == []


def test_a_sweep_that_comes_late_says_nothing(make: Make, wiring: Wiring) -> None:
    """Between the look and the lock it was closed, or its day was not over."""
    _, action = make.review()
    with wiring.unit() as unit:
        remind_owner(unit, unit.lock(ReviewAction, action.id))
    assert notices_of(wiring) == []


def test_the_list_needs_as_many_queries_for_many(make: Make, office: Client, queries: Any, clock: SetClock) -> None:
    make.review()
    clock.forward(days=60)
    with queries() as few:
        listed(office)
    for _ in range(5):
        make.review()
    with queries() as many:
        assert len(listed(office)) == 6
    assert len(few) == len(many)
