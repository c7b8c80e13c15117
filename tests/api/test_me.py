"""Who one is, and what one may change of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models.account import Role
from services import profiling
from services.errors import Unauthenticated
from services.policies import ROLE_PERMISSIONS
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make


@pytest.mark.parametrize("role", list(Role))
def test_everybody_learns_who_they_are(as_: As, role: Role) -> None:
    caller = as_(role)
    answer = caller.get("/v1/me")

    assert answer.status_code == 200
    me = answer.json()
    assert (me["id"], me["email"], me["roles"]) == (str(caller.account.id), caller.account.email, [role])
    assert me["permissions"] == sorted(ROLE_PERMISSIONS[role])
    assert answer.headers["ETag"] == f'"{caller.account.id}.1"'
    assert "password_hash" not in me


def test_permissions_of_several_roles_add_up(as_: As, make: Make) -> None:
    me = as_(make.account(Role.TRAINER, Role.COORDINATOR)).get("/v1/me").json()
    assert me["permissions"] == sorted(ROLE_PERMISSIONS[Role.TRAINER] | ROLE_PERMISSIONS[Role.COORDINATOR])


def test_a_requester_sees_the_organisation(as_: As, make: Make) -> None:
    centre = make.organization(name="架空福祉健康センター")
    me = as_(make.account(Role.REQUESTER, organization=centre)).get("/v1/me").json()
    assert me["organization"] == {"id": str(centre.id), "name": "架空福祉健康センター"}
    assert me["volunteer_id"] is None


def test_a_volunteer_sees_her_registration(as_: As, make: Make) -> None:
    volunteer = make.volunteer()
    me = as_(volunteer).get("/v1/me").json()
    assert (me["volunteer_id"], me["organization"]) == (str(volunteer.id), None)


def changing(caller: Client, patch: dict[str, Any], version: int = 1) -> Any:
    return caller.patch("/v1/me", json=patch, headers={"If-Match": f'"{caller.account.id}.{version}"'})


def test_name_and_language_are_ones_own(as_: As) -> None:
    caller = as_(Role.VIEWER)
    changed = changing(caller, {"display_name": "新しい名前", "language": "en"})

    assert changed.status_code == 200
    assert (changed.json()["display_name"], changed.json()["language"]) == ("新しい名前", "en")
    assert changed.headers["ETag"] == f'"{caller.account.id}.2"'
    assert caller.get("/v1/me").json()["language"] == "en"


def test_a_change_needs_the_version_it_was_read_at(as_: As) -> None:
    caller = as_(Role.VIEWER)

    missing = caller.patch("/v1/me", json={"language": "en"})
    assert (missing.status_code, missing.json()["code"]) == (428, "PRECONDITION_REQUIRED")
    assert changing(caller, {"language": "en"}).status_code == 200
    stale = changing(caller, {"language": "ja"})
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION")
    assert changing(caller, {"language": "ja"}, version=2).status_code == 200


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ({"roles": ["admin"]}, "/roles", "FIELD_UNKNOWN"),
        ({"email": "other@example.jp"}, "/email", "FIELD_UNKNOWN"),
        ({"display_name": "two\nlines"}, "/display_name", "FIELD_FORMAT"),
        ({"language": "not a language"}, "/language", "FIELD_FORMAT"),
        ({"language": "aaaa-bbbb-cccc"}, "/language", "LANG_TAG"),
        ({"language": 1}, "/language", "FIELD_TYPE"),
    ],
)
def test_nothing_else_is(as_: As, patch: dict[str, Any], pointer: str, code: str) -> None:
    answer = changing(as_(Role.VIEWER), patch)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_nobody_is_asked_to_sign_in(client: Client, unit: Callable[..., AbstractContextManager[Unit]]) -> None:
    assert client.get("/v1/me").status_code == 401
    with unit() as it, pytest.raises(Unauthenticated):
        profiling.read_me(it)
