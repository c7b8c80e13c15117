"""A plan while others are at work, and while those who make it are killed: nobody twice, nothing lost, never stuck."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from api.settings import Settings
from models.account import Role
from models.assignment import HOLDING, Assignment, AssignmentStatus, Via
from models.offer import Offer, OfferStatus
from models.volunteer import Volunteer
from services import demo
from services.clock import SetClock
from tests.conftest import As, Client
from tests.db.killable_planner import planning as planner
from tests.db.racing import Answer, Call, Caller, at_once, callers, claim, connect, shifts, signed_in, staff
from tests.makers import people
from tests.makers.plans import PLANS, Here, ordered, pairs, planned, proposals, read, verb
from tests.makers.work import Opened
from worker.planning import Child, solve_plans
from worker.tasks import Message, Task

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]
Pairs = set[tuple[str, str]]
EVERYTHING = {"from": "2025-11-10", "to": "2026-02-15", "time_limit_s": 20}


def month(wiring: Wiring, count: int) -> list[Opened]:
    """Shifts at one centre, three on each day."""
    days = [shifts(wiring, min(3, count - n), apart=timedelta(hours=3), first=n // 3) for n in range(0, count, 3)]
    return [opened for day in days for opened in day]


def people_of(wiring: Wiring, count: int) -> list[Caller]:
    """Volunteers who come at any hour of the day, each a few times a month."""
    with wiring.unit() as unit:
        rows = [people.volunteer(unit, max_per_month=2 + n % 4) for n in range(count)]
    return [signed_in(wiring, row) for row in rows]


def test_a_month_is_planned_and_applied_while_volunteers_claim(
    server: str, wiring: Wiring, as_: As, check_data: Check
) -> None:
    opened = month(wiring, 24)
    planned_people, claimers = people_of(wiring, 10), callers(wiring, 12)
    office, boss = as_(Role.COORDINATOR), staff(wiring, Role.COORDINATOR)
    plan = planned(office, wiring, **EVERYTHING)
    assert plan["fill"] == {"open_places": 24, "filled": 24}
    claims = [claim(one, opened[n * 2 % 24]) for n, one in enumerate([*claimers, *planned_people[:4]])]
    apply = Call(boss, f"{PLANS}/{plan['id']}/apply", {"mode": "assign"})

    said, *others = at_once(server, [apply, *claims])

    assert said.status == 200, said.body
    items = said.body["items"]
    assert len(items) == 24
    assert {(item["outcome"], item["code"]) for item in items} <= {
        ("assigned", None),
        ("refused", "PLN_MOVED"),
        ("refused", "ASG_OVERLAP"),
        ("refused", "ASG_TRAVEL"),
        ("refused", "ASG_CAP"),
        ("refused", "ASG_FULL"),
    }
    won = sum(answer.status == 201 for answer in others)
    assigned = [item for item in items if item["outcome"] == "assigned"]
    with wiring.unit(write=False) as unit:
        held = unit.session.exec(select(Assignment)).all()
        assert Counter(one.via for one in held) == Counter({Via.PLAN: len(assigned), Via.CLAIM: won})
        assert max(Counter(one.shift_id for one in held).values()) == 1
    check_data()
    # What was refused is open still, or somebody claimed it; another plan takes up the rest.
    again = planned(office, wiring, **EVERYTHING, repairs=plan["id"])
    assert again["fill"]["open_places"] == 24 - len(held)
    assert verb(office, again, "apply", mode="assign").status_code == 200
    check_data()


def test_the_demo_s_month_is_applied_while_volunteers_claim_and_mended_when_a_third_drop_out(
    server: str, wiring: Wiring, as_: As, check_data: Check
) -> None:
    with wiring.unit() as unit:
        demo.load(unit)
    office, boss = as_(Role.COORDINATOR), staff(wiring, Role.COORDINATOR)
    plan = planned(office, wiring, **EVERYTHING)
    assert plan["ended_as"] == "optimal"
    left = read(office, plan, "/unfilled")["items"]
    assert sum(one["places"] for one in left) == plan["fill"]["open_places"] - plan["fill"]["filled"]
    lines = proposals(office, plan, change="gain")
    stood = pairs(proposals(office, plan, change="keep"))
    claims = list(_rivals(wiring, office, lines))
    assert len(claims) > 3

    said, *others = at_once(server, [Call(boss, f"{PLANS}/{plan['id']}/apply", {"mode": "assign"}), *claims])

    assert said.status == 200, said.body
    check_data()
    items = said.body["items"]
    _everything_is_named(lines, items, others)
    claimed = pairs([answer.body for answer in others if answer.status == 201])
    assert claimed | pairs([item for item in items if item["outcome"] == "assigned"]) <= _holding(wiring)
    came, gone = _a_third_drop_out(wiring, as_, items)
    stayed = stood | claimed | came

    mended = planned(office, wiring, **EVERYTHING, repairs=plan["id"])

    kept = pairs(proposals(office, mended, change="keep"))
    assert len(stayed - kept) <= len(stayed) / 100
    assert gone.isdisjoint(pairs(proposals(office, mended)))
    again = verb(office, mended, "apply", mode="assign").json()
    assert again["counts"].get("refused", 0) == 0
    assert len(stayed - _holding(wiring)) <= len(stayed) / 100
    check_data()


def _rivals(wiring: Wiring, office: Client, lines: list[dict[str, Any]]) -> Iterator[Call]:
    """A claim of somebody else's for each place that a plan fills and that may be claimed."""
    proposed = {line["volunteer_id"] for line in lines}
    for line in lines[:12]:
        ranked = office.get(f"/v1/shifts/{line['shift_id']}/candidates", params={"limit": 50}).json()["items"]
        free = [one["volunteer_id"] for one in ranked if one["eligible"] and one["volunteer_id"] not in proposed]
        if free:
            proposed.add(free[0])
            with wiring.unit(write=False) as unit:
                rival = unit.get(Volunteer, UUID(free[0]))
            yield Call(signed_in(wiring, rival), f"/v1/shifts/{line['shift_id']}/claims")


def _holding(wiring: Wiring) -> Pairs:
    with wiring.unit(write=False) as unit:
        held = unit.session.exec(select(Assignment).where(col(Assignment.status).in_(HOLDING)))
        return {(str(one.volunteer_id), str(one.shift_id)) for one in held}


def _everything_is_named(lines: list[dict[str, Any]], items: list[dict[str, Any]], others: list[Answer]) -> None:
    assert pairs(items) == pairs(lines)
    assert {item["outcome"] for item in items} <= {"assigned", "offered", "refused"}
    assert all(item["code"] and item["detail"] for item in items if item["outcome"] == "refused")
    assert all(answer.body["code"] for answer in others if answer.status != 201)


def _a_third_drop_out(wiring: Wiring, as_: As, items: list[dict[str, Any]]) -> tuple[Pairs, Pairs]:
    """Every third of those that the plan reached says no or withdraws, all others come: who comes, and who does not."""
    with wiring.unit(write=False) as unit:
        asked = {str(one.id) for one in unit.session.exec(select(Offer).where(Offer.status == OfferStatus.SENT))}
        people = {item["volunteer_id"]: unit.get(Volunteer, UUID(item["volunteer_id"])) for item in items}
    reached = [one for one in items if one["outcome"] == "assigned" or one["offer_id"] in asked]
    came, gone = set[tuple[str, str]](), set[tuple[str, str]]()
    for n, item in enumerate(reached):
        who, pair = as_(people[item["volunteer_id"]]), (item["volunteer_id"], item["shift_id"])
        if item["outcome"] == "assigned" and n % 3 == 0:
            _withdraw(who, item)
        if n % 3 == 0:
            gone.add(pair)
        # A claim may have been quicker than her yes; then the place is held all the same.
        if item["outcome"] == "assigned" or _answer(who, item, "accept" if n % 3 else "decline") == 200:
            came.add(pair)
    return came - gone, gone


def test_two_who_apply_one_plan_at_once_apply_it_once(server: str, wiring: Wiring, as_: As, check_data: Check) -> None:
    month(wiring, 8)
    people_of(wiring, 3)
    plan = planned(as_(Role.COORDINATOR), wiring, **EVERYTHING)
    both = [staff(wiring, Role.COORDINATOR) for _ in range(2)]

    told = at_once(server, [Call(one, f"{PLANS}/{plan['id']}/apply", {"mode": "offer"}) for one in both])

    assert [answer.status for answer in told] == [200, 200]
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(Offer)).all()) == 8
    check_data()


@pytest.mark.parametrize("mode", ["offer", "assign"])
def test_after_a_third_have_declined_nearly_everybody_stays(
    wiring: Wiring, as_: As, check_data: Check, mode: str
) -> None:
    month(wiring, 60)
    everybody = {str(one.person.id): as_(one.person) for one in people_of(wiring, 40)}
    office = as_(Role.COORDINATOR)
    plan = planned(office, wiring, **EVERYTHING)
    assert plan["fill"] == {"open_places": 60, "filled": 60}
    assert verb(office, plan, "apply", mode=mode).json()["counts"] == {f"{mode}ed": 60}
    lines = proposals(office, plan)
    declined = lines[::3]
    for line in lines:
        who = everybody[line["volunteer_id"]]
        if mode == "offer":
            assert _answer(who, line, "decline" if line in declined else "accept") == 200
        elif line in declined:
            _withdraw(who, line)
    check_data()

    mended = planned(office, wiring, **EVERYTHING, repairs=plan["id"])

    others = pairs(lines) - pairs(declined)
    moved = others - pairs([line for line in proposals(office, mended) if line["change"] == "keep"])
    assert len(moved) <= len(others) / 100
    assert mended["fill"]["filled"] >= len(declined) - 1
    assert pairs(declined).isdisjoint(pairs(proposals(office, mended)))
    done = verb(office, mended, "apply", mode=mode).json()
    assert done["counts"].get("refused", 0) == 0
    check_data()
    with wiring.unit(write=False) as unit:
        holding = (AssignmentStatus.CONFIRMED, AssignmentStatus.TENTATIVE)
        held = unit.session.exec(select(Assignment).where(col(Assignment.status).in_(holding))).all()
        assert {(str(one.volunteer_id), str(one.shift_id)) for one in held} >= others


def _answer(who: Client, line: dict[str, str], answer: str) -> int:
    with_offer = who.get("/v1/offers", params={"shift_id": line["shift_id"]}).json()["items"]
    told = who.post(f"/v1/offers/{with_offer[0]['id']}/{answer}", json={})
    assert (told.status_code, told.json().get("code")) in {(200, None), (409, "OFF_FILLED")}, told.text
    return told.status_code


def _withdraw(who: Client, line: dict[str, str]) -> None:
    hers = who.get("/v1/assignments", params={"shift_id": line["shift_id"]}).json()["items"]
    told = who.post(f"/v1/assignments/{hers[0]['id']}/withdraw", json={"reason": "other"})
    assert told.status_code == 200, told.text


def test_a_solver_that_is_killed_is_followed_by_another(wiring: Wiring, as_: As) -> None:
    month(wiring, 3)
    people_of(wiring, 2)
    office = as_(Role.COORDINATOR)
    plan = ordered(office, **EVERYTHING)

    def killed(task: Task) -> Child:
        child = Child(task)
        child.process.kill()
        return child

    assert solve_plans(wiring, start=killed) == 1
    assert read(office, plan)["status"] == "queued"
    assert solve_plans(wiring) == 1

    done = read(office, plan)
    assert (done["status"], done["tries"], done["fill"]["filled"]) == ("ready", 2, 3)


def test_a_solver_is_asked_to_stop_and_stops(wiring: Wiring, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.planning.SPEAK", 0.0)
    month(wiring, 3)
    people_of(wiring, 2)
    office = as_(Role.COORDINATOR)
    plan = ordered(office, **EVERYTHING)
    asked: list[bool] = []

    class Stopped(Child):
        def heard(self, seconds: float) -> Message | None:
            if not asked:
                assert verb(office, plan, "cancel").json()["status"] == "solving"
                asked.append(True)
            return super().heard(seconds)

        def ask_to_stop(self) -> None:
            asked.append(True)
            super().ask_to_stop()

    assert solve_plans(wiring, start=Stopped) == 1

    assert len(asked) > 1
    assert read(office, plan)["status"] == "ready"


def test_a_worker_that_is_killed_leaves_its_plan_to_another(
    settings: Settings, wiring: Wiring, clock: SetClock, as_: As
) -> None:
    month(wiring, 3)
    people_of(wiring, 2)
    office = as_(Role.COORDINATOR)
    plan = ordered(office, **EVERYTHING)
    with planner(settings, clock.now) as process:
        _wait(lambda: read(office, plan)["progress"]["incumbent"]["fill"] == 3)
        process.send_signal(signal.SIGKILL)
        assert process.wait(300) == -signal.SIGKILL

    assert read(office, plan)["status"] == "solving"
    assert solve_plans(wiring, start=Here) == 0
    clock.forward(minutes=2)
    assert solve_plans(wiring, start=Here) == 1

    done = read(office, plan)
    assert (done["status"], done["tries"], done["fill"]["filled"]) == ("ready", 2, 3)


def _wait(until: Callable[[], bool]) -> None:
    for _ in range(3000):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError


def test_many_follow_a_plan_and_hold_nothing(server: str, wiring: Wiring, as_: As) -> None:
    plan = ordered(as_(Role.COORDINATOR), **EVERYTHING)
    boss = staff(wiring, Role.COORDINATOR)
    path, headers = f"{PLANS}/{plan['id']}", {"Authorization": f"Bearer {boss.token}"}
    following = [connect(server) for _ in range(24)]  # far more than there are threads or connections

    streams = []
    for connection in following:
        connection.request("GET", f"{path}/events", headers=headers)
        streams.append(connection.getresponse())
    assert {stream.readline() for stream in streams} == {b"event: progress\n"}

    beside = connect(server)
    beside.request("GET", path, headers=headers)
    assert beside.getresponse().status == 200
    for left in following[12:]:
        left.close()
    assert solve_plans(wiring, start=Here) == 1
    assert {stream.read().count(b"event: end") for stream in streams[:12]} == {1}
    for connection in (*following, beside):
        connection.close()
