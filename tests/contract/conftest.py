"""The stage, built once by each worker, and how an operation is called on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import Response

from models.account import Account, Role
from services.clock import SetClock
from tests.conftest import NOW, Client
from tests.contract.roles import ROWS, M, R, T, U, V
from tests.contract.stage import Side, Things, side
from tests.databases import SqliteHouse, settings_for, wired
from tests.makers import people


@dataclass(frozen=True)
class Stage:
    """The file, both sides, and who looks at them, one account for each role."""

    file: Path
    ours: Side
    theirs: Side
    accounts: Mapping[Role, Account]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    url = SqliteHouse(folder).fresh(folder)
    wiring = wired(settings_for(url), SetClock(NOW))
    with wiring.unit() as unit:
        ours, theirs = side(unit), side(unit, gender="male")
        ours.things["someone_free"] = str(people.volunteer(unit).id)
        accounts = {role: people.account(unit, role) for role in Role if role not in {M, R, V, U, T}}
        accounts[M] = people.account(unit, M, organization=ours.owner)
        accounts[R] = people.account(unit, R, organization=ours.owner)
        accounts[U] = people.account(unit, U, organization=ours.university)
        accounts[T] = ours.trainer
        accounts[V] = people.account_of(unit, ours.volunteer)
    wiring.database.close()
    return Stage(folder / "test.db", ours, theirs, accounts)


def call(
    client: Client, operation: str, things: Things, *, staff: bool = False, body_of: Things | None = None, **more: str
) -> Response:
    """Call an operation on these things; what a body names may be another's."""
    row = ROWS[operation]
    method, path = operation.split(" ", 1)
    for placeholder in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{placeholder}}}", things[row.things.get(placeholder, placeholder)])
    body = row.body(body_of or things, staff) if row.body else None
    headers = {"If-Match": "*"} if method in {"PATCH", "PUT"} else {}
    query = {name: (body_of or things)[thing] for name, thing in row.query.items()} | more
    if row.form:
        return client.request(method, path, data=body, headers=headers)
    return client.request(method, path, json=body, headers=headers, params=query)
