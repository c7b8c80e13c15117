"""A plan that finds a stand-in says who takes whose place, and the place changes hands in one transaction."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, notices_of, settle
from tests.makers.plans import PLANS, applied, assignments_of, month, planned, proposals, read
from tests.makers.work import Opened

Check = Callable[[], None]
S = AssignmentStatus


@pytest.fixture
def opened(make: Make) -> Opened:
    return month(make, 1)[0]


@pytest.fixture
def hers(make: Make, as_: As, opened: Opened, mai: Volunteer) -> Assignment:
    """She stands on the shift and wants a stand-in."""
    made = make.assignment(opened, mai)
    done(settle(as_(mai), made, "want-standin"))
    return made


def by_change(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["change"]: line for line in lines}


def standing(wiring: Wiring) -> list[tuple[Any, S]]:
    return [(one.volunteer_id, one.status) for one in assignments_of(wiring)]


def test_who_takes_whose_place_is_said_of_both(
    make: Make, office: Client, wiring: Wiring, mai: Volunteer, hers: Assignment, check_data: Check
) -> None:
    rin = make.volunteer()

    plan = planned(office, wiring)

    lines = by_change(proposals(office, plan))
    assert lines.keys() == {"replace", "gain"}
    assert (lines["replace"]["volunteer_id"], lines["replace"]["assignment_id"]) == (str(mai.id), str(hers.id))
    assert (lines["replace"]["replaces"], lines["gain"]["replaced_by"]) == (None, None)
    assert lines["replace"]["replaced_by"]["volunteer_no"] == rin.volunteer_no
    assert lines["gain"]["replaces"]["volunteer_no"] == mai.volunteer_no
    assert len(proposals(office, plan, change="replace")) == 1
    assert plan["fill"] == {"open_places": 1, "filled": 1}
    hours = {one["volunteer_no"]: (one["minutes_before"], one["minutes_after"]) for one in plan["hours_per_head"]}
    assert hours == {mai.volunteer_no: (120, 0), rin.volunteer_no: (0, 120)}

    answer = applied(office, plan, "assign")

    assert answer["counts"] == {"assigned": 1, "released": 1}
    assert standing(wiring) == [(mai.id, S.WITHDRAWN), (rin.id, S.CONFIRMED)]
    assert assignments_of(wiring)[1].substituted_for == hers.id
    assert ("standin_found", mai.id) in notices_of(wiring)
    assert applied(office, plan, "assign")["items"] == answer["items"]
    compared = office.get(f"{PLANS}/{plan['id']}/comparison", params={"with": plan["id"]}).json()
    assert compared["in_both"] == 1
    check_data()


def test_asked_in_her_stead_somebody_may_say_no_and_she_covers_on(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, as_: As, office: Client, wiring: Wiring, mai: Volunteer, hers: Assignment, check_data: Check
) -> None:
    rin = make.volunteer()
    plan = planned(office, wiring)

    answer = applied(office, plan, "offer")

    assert answer["counts"] == {"offered": 2}
    assert standing(wiring) == [(mai.id, S.STANDIN_WANTED)]
    offered = by_change(answer["items"])["gain"]["offer_id"]
    done(as_(rin).post(f"/v1/offers/{offered}/accept", json={}))
    assert standing(wiring) == [(mai.id, S.WITHDRAWN), (rin.id, S.CONFIRMED)]
    assert hers.id == assignments_of(wiring)[0].id
    check_data()


def test_who_keeps_her_place_after_all_is_not_replaced(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, as_: As, office: Client, wiring: Wiring, mai: Volunteer, hers: Assignment, check_data: Check
) -> None:
    make.volunteer()
    plan = planned(office, wiring)
    done(settle(as_(mai), hers, "keep"))

    answer = applied(office, plan, "assign")

    assert answer["counts"] == {"refused": 2}
    assert {item["code"] for item in answer["items"]} == {"PLN_MOVED"}
    assert standing(wiring) == [(mai.id, S.CONFIRMED)]
    check_data()


@pytest.mark.usefixtures("hers")
def test_without_anybody_in_her_stead_she_keeps_the_place(office: Client, wiring: Wiring) -> None:
    plan = planned(office, wiring)

    (line,) = proposals(office, plan)
    assert (line["change"], line["replaced_by"]) == ("keep", None)
    assert read(office, plan, "/unfilled")["items"][0]["places"] == 1


def test_a_free_place_goes_first_and_then_that_of_the_longest_waiting(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened = make.shift_with_demand(places=3)
    late, early = make.volunteer(), make.volunteer()
    later, earlier = make.assignment(opened, late), make.assignment(opened, early)
    for who, place in ((early, earlier), (late, later)):
        done(settle(as_(who), place, "want-standin"))
        clock.forward(minutes=1)
    newcomers = [make.volunteer() for _ in range(2)]

    plan = planned(office, wiring)

    lines = proposals(office, plan)
    assert {line["volunteer_id"] for line in lines if line["change"] == "replace"} == {str(early.id)}
    assert [line["replaces"] is None for line in lines if line["change"] == "gain"] == [True, False]
    # Her stand-in may not come any more; whoever comes takes the free place, and nobody is replaced.
    gains = [line for line in lines if line["change"] == "gain"]
    gone = next(one for one in newcomers if str(one.id) == gains[1]["volunteer_id"])
    with wiring.unit() as unit:
        unit.lock(Volunteer, gone.id).touch(unit.now)
    answer = applied(office, plan, "assign")
    assert answer["counts"] == {"assigned": 1, "refused": 2}
    assert {item["code"] for item in answer["items"]} == {None, "PLN_MOVED"}
    check_data()


def test_who_takes_the_place_of_one_who_waited_longer_replaces_her(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened = make.shift_with_demand(places=2)
    waiting = [make.volunteer() for _ in range(2)]
    for who in waiting:
        done(settle(as_(who), make.assignment(opened, who), "want-standin"))
        clock.forward(minutes=1)
    for _ in range(2):
        make.volunteer()
    plan = planned(office, wiring)
    lines = proposals(office, plan)
    assert [line["change"] for line in lines].count("replace") == 2
    first = next(line for line in lines if line["replaces"] and line["replaces"]["volunteer_id"] == str(waiting[0].id))
    with wiring.unit() as unit:
        who = unit.lock(Volunteer, UUID(first["volunteer_id"]))
        who.touch(unit.now)

    answer = applied(office, plan, "assign")

    became = {item["volunteer_id"]: (item["outcome"], item["code"]) for item in answer["items"]}
    assert became[str(waiting[0].id)] == ("released", None)
    assert became[str(waiting[1].id)] == ("refused", "PLN_MOVED")
    check_data()
