"""Each role, each operation, objects of her own, of another and of nobody: `roles.py` against the running application.

One stage is built and closed; each test plays on a copy of its file, so that what one role does another may do too.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from api.settings import Settings
from models.account import Account, Role
from models.base import new_id
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.contract.roles import ROWS, SHARED, STAFF, M, R, T, U, V
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


@pytest.fixture(scope="module")
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


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> Settings:
    """Settings over a copy of the stage."""
    shutil.copyfile(stage.file, tmp_path / "played.db")
    return settings_for(f"sqlite:///{tmp_path / 'played.db'}", var=tmp_path)


def call(
    client: Client, operation: str, things: Things, *, staff: bool = False, body_of: Things | None = None
) -> Response:
    """Call an operation on these things; what a body names may be another's."""
    row = ROWS[operation]
    method, path = operation.split(" ", 1)
    for placeholder in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{placeholder}}}", things[row.things.get(placeholder, placeholder)])
    body = row.body(body_of or things, staff) if row.body else None
    headers = {"If-Match": "*"} if method in {"PATCH", "PUT"} else {}
    query = {name: (body_of or things)[thing] for name, thing in row.query.items()}
    if row.form:
        return client.request(method, path, data=body, headers=headers)
    return client.request(method, path, json=body, headers=headers, params=query)


def documented(app: FastAPI) -> set[str]:
    return {f"{method.upper()} {path}" for path, verbs in app.openapi()["paths"].items() for method in verbs}


def test_every_operation_has_its_row(app: FastAPI) -> None:
    assert documented(app) == set(ROWS)


PROTECTED = {operation: row for operation, row in ROWS.items() if row.roles is not None}
PERMITTED = [(operation, role) for operation, row in PROTECTED.items() for role in Role if role in (row.roles or ())]
ADDRESSED = [(operation, role) for operation, role in PERMITTED if "{" in operation]


@pytest.mark.parametrize("operation", PROTECTED)
def test_nobody_comes_in_without_a_sign_in_or_without_the_permission(
    operation: str, stage: Stage, client: Client, as_: As
) -> None:
    row = PROTECTED[operation]
    told: dict[Role | None, int] = {None: call(client, operation, stage.ours.things).status_code}
    for role in set(Role) - (row.roles or set()):
        told[role] = call(as_(stage.accounts[role]), operation, stage.ours.things, staff=role in STAFF).status_code
    assert told == {role: 403 if role else 401 for role in told}


@pytest.mark.parametrize(("operation", "role"), PERMITTED)
def test_who_may_does_it_to_what_is_hers(operation: str, role: Role, stage: Stage, as_: As) -> None:
    row = ROWS[operation]
    answer = call(as_(stage.accounts[role]), operation, stage.ours.things, staff=role in STAFF)
    assert answer.status_code == row.beside.get(role, row.own), answer.text


@pytest.mark.parametrize(
    ("operation", "role"),
    [(operation, role) for operation, role in ADDRESSED if role not in STAFF and operation not in SHARED],
)
def test_what_is_another_s_does_not_exist(operation: str, role: Role, stage: Stage, as_: As) -> None:
    answer = call(as_(stage.accounts[role]), operation, stage.theirs.things, body_of=stage.ours.things)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("operation", "role"), ADDRESSED)
def test_what_is_absent_is_not_found(operation: str, role: Role, stage: Stage, as_: As) -> None:
    """Each object of the path in turn; for the parts of an object, also one that belongs to another."""
    placeholders = re.findall(r"{(\w+)}", operation)
    for missing in placeholders:
        for instead in {_ABSENT.get(missing, str(new_id())), *_of_another(stage, placeholders, missing)}:
            things = {**stage.ours.things, ROWS[operation].things.get(missing, missing): instead}
            answer = call(as_(stage.accounts[role]), operation, things, staff=role in STAFF, body_of=stage.ours.things)
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), missing


_ABSENT = {"n": "9", "ref": "C-000"}


def _of_another(stage: Stage, placeholders: list[str], part: str) -> Iterator[str]:
    if len(placeholders) == 2 and part == placeholders[1] and part not in {"n", "volunteer_id"}:
        yield stage.theirs.things[part]


@pytest.mark.parametrize("operation", [operation for operation, row in ROWS.items() if row.roles is None])
def test_the_open_operations_answer_everybody_alike(operation: str, stage: Stage, client: Client, as_: As) -> None:
    row = ROWS[operation]
    things = {"token": "x" * 43, "code": "ASG_FULL"}
    told = {call(caller, operation, things).status_code for caller in (client, as_(stage.accounts[V]))}
    assert told == {row.own}
