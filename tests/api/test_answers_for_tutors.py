"""Managers enter what the tutors of their own classes say: who keeps a place that was moved, who is ill."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.assignment import Assignment
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import Met, add_term, change_term, met_of, on_session
from tests.makers.doors import ask, audited, by_phone, done, faults, problem, settle

Check = Callable[[], None]
Class = tuple[dict[str, object], Met, list[Volunteer], list[Assignment]]


@pytest.fixture
def saturday(make: Make, manager: Client, owner: Organization, wiring: Wiring) -> Class:
    """A class of Saturday morning with two tutors."""
    term = done(add_term(manager, make.classroom(owner=owner), rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    tutors = [make.tutor() for _ in range(2)]
    return term, met, tutors, [make.assignment(met, one) for one in tutors]


def test_a_manager_keeps_the_places_of_her_tutors_who_called(
    manager: Client, saturday: Class, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    term, met, tutors, stood = saturday
    clock.now = met.session.starts_at - timedelta(minutes=50)
    done(change_term(manager, term, starts="10:30", ends="12:00"))
    for tutor, stands in zip(tutors, stood, strict=True):
        said = done(settle(manager, stands, "keep", on_behalf=by_phone(tutor, clock.now.isoformat())))
        assert (said["status"], said["actions"]) == ("confirmed", ["withdraw"])

    assert done(on_session(manager, met.session.id, "open"))["status"] == "open"
    entered = [event for event in audited(wiring, stood[0].id) if event.action == "assignment.keep"]
    assert [(event.on_behalf or {}).get("channel") for event in entered] == ["phone"]
    check_data()


def test_the_place_of_an_ill_tutor_is_free_at_once(
    make: Make, manager: Client, owner: Organization, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    met = make.class_session(make.classroom(owner=owner, tutor_places=2))
    ill, well, reserve = (make.tutor() for _ in range(3))
    stood = make.assignment(met, ill)
    make.assignment(met, well)
    clock.now = met.session.starts_at - timedelta(minutes=50)

    called = by_phone(ill, clock.now.isoformat())
    gone = done(settle(manager, stood, "withdraw", reason="illness", on_behalf=called))
    asked = done(ask(manager, met, reserve), 201)["items"]

    assert (gone["status"], gone["end_reason"]) == ("withdrawn", "illness")
    assert [one["volunteer_id"] for one in asked] == [str(reserve.id)]
    assert [event.action for event in audited(wiring, stood.id)][-1] == "assignment.withdraw"
    check_data()


def test_she_answers_for_nobody_else(make: Make, manager: Client, owner: Organization) -> None:
    elsewhere, interpreting, own = make.tutor(), make.volunteer(), make.tutor()
    foreign = make.assignment(make.class_session(), elsewhere)
    visit = make.assignment(make.shift_with_demand(), interpreting)
    for stands, who in ((foreign, elsewhere), (visit, interpreting)):
        for name in ("keep", "withdraw"):
            assert problem(settle(manager, stands, name, on_behalf=by_phone(who))) == (404, "NOT_FOUND")
    hers = make.assignment(make.class_session(make.classroom(owner=owner)), own)

    assert problem(settle(manager, hers, "withdraw")) == (403, "NOT_PERMITTED")
    wrong = settle(manager, hers, "withdraw", on_behalf=by_phone(elsewhere, "2025-11-10T12:00:00+09:00"))
    assert faults(wrong)[0][0].startswith("/on_behalf/")
    assert problem(settle(manager, hers, "want-standin")) == (403, "NOT_PERMITTED")
