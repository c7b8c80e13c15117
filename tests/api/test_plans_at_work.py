"""A plan while it is made: stopped, taken over, given up, and never left half made."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.db import Wiring
from models.base import new_id
from models.plan import Plan, PlanStatus
from services import solving
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import Client
from tests.factories import Make
from tests.makers.plans import PLANS, Dying, Here, month, ordered, pairs, proposals, read, verb
from tests.makers.work import VISIT
from tests.unit.scheduling.instances import problem as problem_value
from tests.unit.scheduling.instances import volunteer as volunteer_value
from worker.planning import _once, solve_plans
from worker.solver import run
from worker.tasks import Made, Message, Task


class Patient(Here):
    """A solver that goes on until it is asked to stop."""

    asked = False

    def heard(self, seconds: float) -> Message | None:
        return super().heard(seconds) if len(self.said) > 1 or self.asked else None

    def ask_to_stop(self) -> None:
        self.asked = True


def test_a_plan_is_cancelled_with_the_best_so_far(
    make: Make, office: Client, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.planning.SPEAK", 0.0)
    month(make, 2)
    make.volunteer()
    plan = ordered(office)
    seen: list[dict[str, Any]] = []

    class Cancelled(Patient):
        def heard(self, seconds: float) -> Message | None:
            message = super().heard(seconds)
            if message is None and not seen:
                seen.append(read(office, plan))
                assert verb(office, plan, "cancel").json()["status"] == "solving"
            return message

    assert solve_plans(wiring, start=Cancelled) == 1

    assert (seen[0]["status"], seen[0]["progress"]["incumbent"]["fill"]) == ("solving", 2)
    assert seen[0]["progress"]["percent"] < 100
    assert read(office, plan)["status"] == "ready"
    assert len(proposals(office, plan)) == 2


def test_a_plan_cancelled_while_its_worker_was_dead_is_ended_by_the_next(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    month(make, 1)
    make.volunteer()
    plan = ordered(office)
    with pytest.raises(RuntimeError):
        solve_plans(wiring, start=_breaks)
    assert verb(office, plan, "cancel").json()["status"] == "solving"
    assert solve_plans(wiring, start=Here) == 0

    clock.forward(minutes=2)
    assert solve_plans(wiring, start=Here) == 1

    ready = read(office, plan)
    assert (ready["status"], ready["tries"], ready["fill"]["filled"]) == ("ready", 2, 1)


def _breaks(_: Task) -> Here:
    raise RuntimeError


def test_a_solver_that_dies_is_followed_by_another_and_in_the_end_the_best_is_kept(
    make: Make, office: Client, wiring: Wiring
) -> None:
    opened, mai = month(make, 1)[0], make.volunteer()
    plan = ordered(office)

    for status in ("queued", "queued", "failed"):
        assert solve_plans(wiring, start=Dying) == 1
        assert read(office, plan)["status"] == status
    assert solve_plans(wiring, start=Here) == 0

    assert pairs(proposals(office, plan)) == {(str(mai.id), str(opened.shift.id))}
    failed = read(office, plan)
    assert (failed["tries"], failed["fill"]["filled"], failed["fairness"]) == (3, 1, None)
    (entry,) = office.get("/v1/worklist", params={"kind": "plan_failed"}).json()["items"]
    assert entry["verb"]["path"] == f"{PLANS}/{plan['id']}/discard"
    assert verb(office, plan, "discard").json()["status"] == "discarded"


def test_a_worker_that_never_comes_back_leaves_no_plan_solving(office: Client, wiring: Wiring, clock: SetClock) -> None:
    plan = ordered(office)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            solve_plans(wiring, start=_breaks)
        clock.forward(minutes=2)

    assert solve_plans(wiring, start=Here) == 0

    assert read(office, plan)["status"] == "failed"


def test_a_worker_that_ends_hands_its_plan_over(
    office: Client, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.planning.SPEAK", 0.0)
    plan = ordered(office)
    ending = iter([False, True])

    class Endless(Here):
        def heard(self, seconds: float) -> Message | None:  # noqa: ARG002 - the protocol's
            return None

    assert solve_plans(wiring, lambda: next(ending), Endless) == 1

    waiting = read(office, plan)
    assert (waiting["status"], waiting["tries"]) == ("queued", 0)


@pytest.mark.parametrize("moment", ["at work", "at the end", "dying", "ending"])
def test_who_lost_a_plan_changes_nothing_any_more(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr("worker.planning.SPEAK", 0.0)
    month(make, 1)
    make.volunteer()
    plan = ordered(office)

    class Overtaken(Here):
        def heard(self, seconds: float) -> Message | None:
            if read(office, plan)["tries"] == 1:
                clock.forward(minutes=2)
                assert solve_plans(wiring, start=Here) == 1
            if moment == "dying":
                raise EOFError
            while moment == "at the end" and len(self.said) > 1:
                self.said.popleft()
            return super().heard(seconds)

    assert solve_plans(wiring, lambda: moment == "ending", Overtaken) == 1

    done = read(office, plan)
    assert (done["status"], done["tries"], len(proposals(office, plan))) == ("ready", 2, 1)


def test_a_solver_that_does_not_come_to_an_end_is_given_up(
    office: Client, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.planning.OVERTIME", -1000.0)
    plan = ordered(office)

    assert solve_plans(wiring, start=Here) == 1

    assert (read(office, plan)["status"], read(office, plan)["tries"]) == ("queued", 1)


def test_a_plan_that_is_not_due_is_not_taken_up(make: Make, office: Client, wiring: Wiring) -> None:
    held = make.plan(PlanStatus.SOLVING, lease=new_id(), leased_until=VISIT)
    ready = make.plan(PlanStatus.READY)

    with wiring.unit() as unit:
        taken = [solving.take_up(unit, unit.lock(Plan, row.id)) for row in (held, ready)]

    assert taken == [None, None]
    assert {one["status"] for one in office.get(PLANS).json()["items"]} == {"solving", "ready"}


@pytest.mark.parametrize(("trouble", "times"), [("database is locked", 2), ("disk I/O error", 1)])
def test_a_word_that_loses_a_race_is_said_again(wiring: Wiring, trouble: str, times: int) -> None:
    said: list[str] = []

    def stumble(_: Unit) -> None:
        said.append("said")
        if len(said) == 1:
            raise OperationalError("", {}, Exception(trouble))

    if times == 1:
        with pytest.raises(OperationalError):
            _once(wiring, stumble)
    else:
        _once(wiring, stumble)

    assert len(said) == times


def test_the_parts_go_to_the_cluster_that_the_operator_names(office: Client, wiring: Wiring) -> None:
    ordered(office)
    named = replace(wiring, settings=wiring.settings.model_copy(update={"dask_scheduler": "scheduler:8786"}))
    seen: list[str | None] = []

    def here(task: Task) -> Here:
        seen.append(task.executor)
        return Here(replace(task, executor=None))

    assert solve_plans(named, start=here) == 1

    assert seen == ["dask://scheduler:8786"]


def test_without_the_cluster_that_is_named_a_plan_is_made_here() -> None:
    said: list[Message] = []

    run(Task(problem_value(volunteer_value()), 5.0, 0, executor="dusk"), said.append, threading.Event())

    assert isinstance(said[-1], Made)
    assert said[-1].result.fill.value == 1


def test_a_plan_is_made_on_a_cluster(make: Make, office: Client, wiring: Wiring) -> None:
    """The whole way: the worker, its child process, and a real scheduler with two workers that the child connects to."""
    from distributed import LocalCluster  # noqa: PLC0415 (slow to import)

    month(make, 3)
    make.volunteer()
    plan = ordered(office)
    cluster: Any = LocalCluster
    with cluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp") as there:
        address = there.scheduler_address.removeprefix("tcp://")
        named = replace(wiring, settings=wiring.settings.model_copy(update={"dask_scheduler": address}))
        assert solve_plans(named) == 1
        worked = there.scheduler.transition_counter

    assert worked > 0
    assert read(office, plan)["status"] == "ready"
    assert len(proposals(office, plan)) == 3
