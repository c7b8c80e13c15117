"""What the service publishes is what it does: schemathesis with every check, as each kind of caller.

The configuration is `schemathesis.toml`. The same by hand, against a running service::

    make serve
    TOKEN=$(curl -s http://127.0.0.1:8000/v1/auth/token -d username=coordinator@example.jp \
        -d password=kakehashi-demo | .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
    .venv/bin/schemathesis run http://127.0.0.1:8000/openapi.json -H "Authorization: Bearer $TOKEN"
"""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from models.account import Role
from models.organization import Organization
from tests.conftest import As, Client
from tests.contract.roles import ROWS
from tests.factories import Make
from tests.processes import unmeasured

ROOT = Path(__file__).parents[2]
QUICK = ("--phases", "examples,fuzzing")
BOUNDARIES = ("--phases", "examples,coverage")
"""Every boundary of every field is tried once: those do not change with who asks."""
ROLES = {"coordinator": Role.COORDINATOR, "volunteer": Role.VOLUNTEER, "requester": Role.REQUESTER}


@pytest.fixture
def callers(make: Make, as_: As) -> dict[str, Client]:
    """One of each kind, and something of theirs to be found: a request, its shift, an offer, an assignment."""
    volunteer = make.volunteer(max_per_month=31)
    asked = make.shift_with_demand(ages=(3,))
    make.offer(asked, volunteer)
    make.assignment(make.shift_with_demand(), make.volunteer())
    with make.wiring.unit(write=False) as unit:
        owner = unit.get(Organization, asked.request.organization_id)
    return {
        "coordinator": as_(Role.COORDINATOR),
        "volunteer": as_(volunteer),
        "requester": as_(Role.REQUESTER, organization=owner),
    }


@pytest.mark.long
@pytest.mark.fresh_database
@pytest.mark.parametrize(
    ("who", "options"), [("coordinator", BOUNDARIES), ("volunteer", QUICK), ("requester", QUICK), ("anonymous", QUICK)]
)
def test_every_answer_is_one_that_is_published(
    server: str, app: FastAPI, callers: dict[str, Client], who: str, options: tuple[str, ...]
) -> None:
    # The document is made at the first request, which on a busy machine takes longer than schemathesis waits.
    httpx2.get(f"{server}/openapi.json", timeout=300).raise_for_status()
    token = ["-H", f"Authorization: {callers[who].headers['authorization']}"] if who in callers else []
    # One worker: threads that parse at the same time now and then trip over each other in Python 3.11
    # ("AST constructor recursion depth mismatch").
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{server}/openapi.json",
            "--no-color",
            *token,
            *options,
            *_open_to(app, who),
        ],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout


def _open_to(app: FastAPI, who: str) -> list[str]:
    """Name the operations that a caller may use: of the others she meets 401 or 403 alone (test_roles.py)."""
    role = ROLES.get(who)
    names = [
        operation["operationId"]
        for path, verbs in app.openapi()["paths"].items()
        for method, operation in verbs.items()
        if (roles := ROWS[f"{method.upper()} {path}"].roles) is None or role in roles
    ]
    assert len(names) > 5
    return [argument for name in names for argument in ("--include-operation-id", name)]
