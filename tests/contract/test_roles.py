"""Each role, each operation, objects of her own, of another and of nobody: `roles.py` against the running application.

One stage is built and closed; each test plays on a copy of its file, so that what one role does another may do too.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.settings import Settings
from models.account import Role
from models.base import new_id
from tests.conftest import As, Client
from tests.contract.conftest import Stage, call
from tests.contract.roles import ROWS, SHARED, STAFF, V
from tests.databases import settings_for


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> Settings:
    """Settings over a copy of the stage."""
    shutil.copyfile(stage.file, tmp_path / "played.db")
    return settings_for(f"sqlite:///{tmp_path / 'played.db'}", var=tmp_path)


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


_ABSENT = {"indicator_code": "nothing", "n": "9", "ref": "C-000"}


def _of_another(stage: Stage, placeholders: list[str], part: str) -> Iterator[str]:
    if len(placeholders) == 2 and part == placeholders[1] and part not in {"n", "volunteer_id"}:
        yield stage.theirs.things[part]


@pytest.mark.parametrize("operation", [operation for operation, row in ROWS.items() if row.roles is None])
def test_the_open_operations_answer_everybody_alike(operation: str, stage: Stage, client: Client, as_: As) -> None:
    row = ROWS[operation]
    things = {"token": "x" * 43, "code": "ASG_FULL"}
    told = {call(caller, operation, things).status_code for caller in (client, as_(stage.accounts[V]))}
    assert told == {row.own}
