"""Reading the audit log."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models.account import Role
from models.organization import Organization
from services.actor import Actor
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
OpenUnit = Callable[..., AbstractContextManager[Unit]]


def actions(caller: Client, **filters: Any) -> list[str]:
    answer = caller.get("/v1/audit-events", params=filters)
    assert answer.status_code == 200, answer.text
    return [entry["action"] for entry in answer.json()["items"]]


def test_an_administrator_reads_who_did_what_newest_first(
    admin: Client, as_: As, make: Make, centre: Organization
) -> None:
    actor = make.account(Role.COORDINATOR, display_name="架空職員")
    staff = as_(actor)
    staff.patch(f"/v1/organizations/{centre.id}", json={"name": "別名"}, headers={"If-Match": "*"})
    staff.patch(f"/v1/organizations/{centre.id}", json={"kana": "ベツメイ"}, headers={"If-Match": "*"})

    found = admin.get("/v1/audit-events", params={"object_id": str(centre.id)}).json()["items"]

    assert [entry["fields"] for entry in found] == [["kana"], ["name"]]
    assert found[0] | {"id": ""} == {
        "id": "",
        "at": "2025-11-10T09:00:00+09:00",
        "actor_id": str(actor.id),
        "actor_name": "架空職員",
        "roles": ["coordinator"],
        "action": "organization.change",
        "object_type": "organization",
        "object_id": str(centre.id),
        "fields": ["kana"],
        "purpose": None,
        "on_behalf": None,
    }


def test_the_log_is_narrowed(admin: Client, unit: OpenUnit, make: Make, centre: Organization, clock: SetClock) -> None:
    account = make.account(Role.COORDINATOR)
    place = make.facility()
    with unit() as it:
        it.audit("first.act", centre)
    clock.forward(hours=1)
    with unit(Actor(account.id, frozenset({Role.COORDINATOR}))) as it:
        it.audit("second.act", place)
    ten = "2025-11-10T10:00:00+09:00"

    assert actions(admin, object_type="facility") == ["second.act"]
    assert actions(admin, object_id=str(centre.id)) == ["first.act"]
    assert actions(admin, actor_id=str(account.id)) == ["second.act"]
    assert actions(admin, **{"from": ten}) == ["second.act"]
    assert actions(admin, **{"from": "2025-11-10T09:00:00+09:00", "to": ten}) == ["first.act"]


def test_the_log_is_paged(admin: Client, unit: OpenUnit, centre: Organization) -> None:
    with unit() as it:
        for number in range(3):
            it.audit(f"act.{number}", centre)
    asked: dict[str, Any] = {"object_type": "organization", "limit": 2}

    first = admin.get("/v1/audit-events", params=asked).json()
    rest = actions(admin, **asked, cursor=first["next_cursor"])

    assert [entry["action"] for entry in first["items"]] + rest == ["act.2", "act.1", "act.0"]


def test_a_volunteer_reads_what_concerns_herself(make: Make, as_: As, unit: OpenUnit, centre: Organization) -> None:
    volunteer, other = make.volunteer(), make.volunteer()
    with unit() as it:
        it.audit("about.her", volunteer, subject=volunteer.id)
        it.audit("about.another", other, subject=other.id)
        it.audit("about.nobody", centre)

    assert actions(as_(volunteer)) == ["about.her"]


def test_an_account_without_registration_reads_nothing(
    make: Make, as_: As, unit: OpenUnit, centre: Organization
) -> None:
    with unit() as it:
        it.audit("about.nobody", centre)

    assert actions(as_(make.account(Role.VOLUNTEER, person=make.person()))) == []


def test_others_do_not_read_the_log(as_: As, client: Client) -> None:
    for role in set(Role) - {Role.ADMIN, Role.VOLUNTEER}:
        assert as_(role).get("/v1/audit-events").status_code == 403
    assert client.get("/v1/audit-events").status_code == 401


@pytest.mark.parametrize("count", [1, 100])
def test_the_log_needs_as_many_queries_for_a_hundred_rows_as_for_one(
    admin: Client, unit: OpenUnit, centre: Organization, queries: Queries, count: int
) -> None:
    with unit() as it:
        for _ in range(count):
            it.audit("some.act", centre)

    with queries() as seen:
        assert len(actions(admin, object_type="organization", limit=200)) == count

    assert len(seen) == 2
