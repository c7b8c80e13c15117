"""Who ordered a plan is told once how it ended, in her language, and the office finds it in its worklist."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import AccountStatus, Role
from models.record import Notice
from services.notifying import unpack
from services.wording import say
from tests.conftest import As
from tests.factories import Make
from tests.makers.plans import PLANS, Dying, Here, applied, month, ordered, planned, read
from tests.makers.work import VISIT
from worker.planning import solve_plans


def told(wiring: Wiring) -> list[Notice]:
    with wiring.unit(write=False) as unit:
        return list(
            unit.session.exec(select(Notice).where(col(Notice.kind).startswith("plan_")).order_by(col(Notice.id)))
        )


def test_who_ordered_a_plan_is_told_in_her_language_that_it_is_ready(make: Make, as_: As, wiring: Wiring) -> None:
    month(make, 2)
    make.volunteer(max_per_month=1)
    boss = make.account(Role.COORDINATOR, language="en")
    make.account(Role.COORDINATOR)

    plan = planned(as_(boss), wiring)

    (notice,) = told(wiring)
    assert (notice.kind, notice.account_id, notice.language, notice.address) == (
        "plan_ready",
        boss.id,
        "en",
        boss.email,
    )
    body = say("notices", "plan_ready_body", "en", unpack(notice.facts))
    assert "for 15 Nov 2025 to 31 Dec 2025 is ready. It fills 1 of 2 open places." in body
    (entry,) = as_(boss).get("/v1/worklist", params={"kind": "plan_ready"}).json()["items"]
    assert entry["verb"]["path"] == f"{PLANS}/{plan['id']}/apply"
    assert (
        "2025年12月31日"
        in as_(boss).get("/v1/worklist", headers={"Accept-Language": "ja"}).json()["items"][0]["because"]["detail"]
    )
    applied(as_(boss), plan, "offer")
    assert as_(boss).get("/v1/worklist", params={"kind": "plan_ready"}).json()["items"] == []
    assert len(told(wiring)) == 1


def test_a_plan_that_ran_out_of_time_is_told_of_as_the_best_so_far(make: Make, as_: As, wiring: Wiring) -> None:
    for hours in (0, 4):
        make.shift_with_demand(starts_at=VISIT + timedelta(hours=hours))
    make.volunteer()

    plan = planned(as_(Role.COORDINATOR), wiring, time_limit_s=0)

    assert plan["ended_as"] == "timed_out"
    assert [notice.kind for notice in told(wiring)] == ["plan_best_so_far"]


def test_a_plan_that_failed_is_told_of_once_and_its_tries_are_not(make: Make, as_: As, wiring: Wiring) -> None:
    month(make, 1)
    make.volunteer()
    ordered(as_(Role.COORDINATOR))
    for _ in range(3):
        assert [notice.kind for notice in told(wiring)] == []
        assert solve_plans(wiring, start=Dying) == 1
    solve_plans(wiring, start=Dying)

    assert [notice.kind for notice in told(wiring)] == ["plan_failed"]


@pytest.mark.parametrize("change", [{"status": AccountStatus.DISABLED}, {"roles": ["viewer"]}])
def test_who_may_read_no_plans_any_more_is_told_nothing(
    make: Make, as_: As, wiring: Wiring, change: dict[str, Any]
) -> None:
    boss = make.account(Role.COORDINATOR)
    plan = ordered(as_(boss))
    with wiring.unit() as unit:
        unit.lock(type(boss), boss.id).sqlmodel_update(change)

    assert solve_plans(wiring, start=Here) == 1

    assert told(wiring) == []
    assert read(as_(Role.COORDINATOR), plan)["status"] == "ready"
