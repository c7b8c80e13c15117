"""A family's wish not to meet somebody leaves no trace that she could find (domain.md §0.1, "Said carefully")."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.client import Client as Family
from models.competence import InsuranceCoverage
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done
from worker.reminding import recheck


def seen(caller: Client, assignment_id: object) -> tuple[str, list[str]]:
    said = caller.get(f"/v1/assignments/{assignment_id}")
    done(said)
    log = done(caller.get("/v1/audit-events"))["items"]
    return said.headers["etag"], [event["action"] for event in log]


@pytest.mark.parametrize("kind", ["family_wish", "acquainted"])
def test_who_is_excluded_finds_neither_an_event_nor_another_version(
    kind: str, make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    opened, mai = make.shift_with_demand(ages=(3,)), make.volunteer()
    held, hers = make.assignment(opened, mai), as_(mai)
    with wiring.unit(write=False) as unit:
        ref = unit.session.exec(select(Family.ref)).one()
    before = seen(hers, held.id)
    path = f"/v1/clients/{ref}/exclusions"
    row = done(office.post(path, json={"volunteer_id": str(mai.id), "kind": kind}), 201)
    assert recheck(wiring) == 1
    assert len(done(office.get(f"/v1/assignments/{held.id}"))["flags"]) == 1
    assert [event.action for event in audited(wiring, held.id)][-1] == "assignment.flag"
    assert seen(hers, held.id) == before
    assert office.delete(f"{path}/{row['id']}").status_code == 204
    assert recheck(wiring) == 1
    assert done(office.get(f"/v1/assignments/{held.id}"))["flags"] == []
    assert seen(hers, held.id) == before


def test_what_she_may_know_is_in_her_log_even_beside_what_she_may_not(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    opened, mai = make.shift_with_demand(ages=(3,)), make.volunteer()
    held, hers = make.assignment(opened, mai), as_(mai)
    with wiring.unit(write=False) as unit:
        ref = unit.session.exec(select(Family.ref)).one()
    done(office.post(f"/v1/clients/{ref}/exclusions", json={"volunteer_id": str(mai.id), "kind": "family_wish"}), 201)
    insure(wiring, mai.id, date(2025, 11, 15))
    etag, _ = seen(hers, held.id)
    assert recheck(wiring) == 1
    after, log = seen(hers, held.id)
    assert after != etag
    assert log[0] == "assignment.flag"
    assert set(done(office.get(f"/v1/assignments/{held.id}"))["flags"]) == {"ASG_EXCLUDED", "ASG_NO_INSURANCE"}


def insure(wiring: Wiring, volunteer_id: Any, until: date) -> None:
    with wiring.unit() as unit:
        cover = unit.session.exec(select(InsuranceCoverage).where(InsuranceCoverage.volunteer_id == volunteer_id)).one()
        cover.ends_on = until
