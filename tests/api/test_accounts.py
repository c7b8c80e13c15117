"""Accounts as administrators keep them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import AccountStatus, LinkPurpose, OneTimeLink, Role
from models.base import new_id
from models.record import AuditEvent
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.accounts import etag
from tests.makers.doors import faults, problem
from tests.outbox import notices
from tests.queries import Statements

TRAINER = {"email": "trainer.new@example.jp", "display_name": "研修 講師", "roles": ["trainer"]}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_see_or_change_accounts(as_: As, role: Role) -> None:
    caller = as_(role)
    own = f"/v1/accounts/{caller.account.id}"

    answers = [
        caller.get("/v1/accounts"),
        caller.post("/v1/accounts", json=TRAINER),
        caller.get(own),
        caller.patch(own, json={"roles": ["admin"]}, headers={"If-Match": "*"}),
        *(caller.post(f"{own}/{verb}") for verb in ("disable", "enable", "invite")),
    ]
    assert [problem(answer) for answer in answers] == [(403, "NOT_PERMITTED")] * 7


def test_nobody_signed_in_is_asked_to(client: Client) -> None:
    assert problem(client.get("/v1/accounts")) == (401, "UNAUTHENTICATED")


def test_inviting_makes_an_account_and_mails_a_link(admin: Client, wiring: Wiring) -> None:
    answer = admin.post("/v1/accounts", json={**TRAINER, "roles": ["trainer", "viewer", "trainer"], "language": "en"})

    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/accounts/{made['id']}"
    assert answer.headers["ETag"] == f'"{made["id"]}.1"'
    assert (made["status"], made["roles"]) == ("invited", ["trainer", "viewer"])
    assert made["actions"] == ["invite", "disable"]
    (notice,) = notices(wiring)
    assert (notice.kind, notice.address, notice.language) == ("account_invitation", TRAINER["email"], "en")
    with wiring.unit(write=False) as it:
        link = it.get(OneTimeLink, notice.object_id)
        assert it.session.exec(select(AuditEvent.action).where(AuditEvent.object_id == UUID(made["id"]))).all() == [
            "account.invite"
        ]
    assert (link.purpose, link.expires_at) == (LinkPurpose.INVITATION, NOW + timedelta(days=14))


def test_an_address_is_one_account(admin: Client) -> None:
    assert admin.post("/v1/accounts", json=TRAINER).status_code == 201
    again = admin.post("/v1/accounts", json={**TRAINER, "email": "Trainer.New@example.jp"})
    assert problem(again) == (409, "ACC_EMAIL_TAKEN")


def test_a_person_has_one_account(admin: Client, make: Make) -> None:
    account = make.account_of(make.volunteer())
    again = admin.post("/v1/accounts", json={**TRAINER, "person_id": str(account.person_id)})
    assert faults(again) == [("/person_id", "FIELD_DUPLICATE")]


def test_a_requester_acts_for_an_organisation(admin: Client, make: Make) -> None:
    draft = {**TRAINER, "roles": ["requester"]}

    assert faults(admin.post("/v1/accounts", json=draft)) == [("/organization_id", "FIELD_CONFLICT")]
    unknown = admin.post("/v1/accounts", json={**draft, "organization_id": str(new_id())})
    assert faults(unknown) == [("/organization_id", "FIELD_REFERENCE")]
    known = admin.post("/v1/accounts", json={**draft, "organization_id": str(make.organization().id)})
    assert known.status_code == 201


def test_a_volunteer_is_a_registered_person(admin: Client, make: Make) -> None:
    draft = {**TRAINER, "roles": ["volunteer"]}

    assert faults(admin.post("/v1/accounts", json=draft)) == [("/person_id", "FIELD_CONFLICT")]
    for stranger in (new_id(), make.person().id):
        answer = admin.post("/v1/accounts", json={**draft, "person_id": str(stranger)})
        assert faults(answer) == [("/person_id", "FIELD_REFERENCE")]
    registered = admin.post("/v1/accounts", json={**draft, "person_id": str(make.volunteer().person_id)})
    assert registered.status_code == 201


def test_staff_may_be_persons_without_registration(admin: Client, make: Make) -> None:
    answer = admin.post("/v1/accounts", json={**TRAINER, "person_id": str(make.person().id)})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (
            {"roles": ["requester", "volunteer"]},
            [("/organization_id", "FIELD_CONFLICT"), ("/person_id", "FIELD_CONFLICT")],
        ),
        ({"roles": []}, [("/roles", "FIELD_RANGE")]),
        ({"roles": ["root"]}, [("/roles/0", "FIELD_FORMAT")]),
        ({"email": "nobody"}, [("/email", "FIELD_FORMAT")]),
        ({"display_name": ""}, [("/display_name", "FIELD_RANGE")]),
        ({"language": "xx-klingon-x"}, [("/language", "LANG_TAG")]),
        ({"password": "given by others"}, [("/password", "FIELD_UNKNOWN")]),
    ],
)
def test_what_cannot_stand_is_told_where(admin: Client, over: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(admin.post("/v1/accounts", json={**TRAINER, **over})) == expected


def test_an_invitation_sent_twice_under_one_key_is_one(admin: Client, wiring: Wiring) -> None:
    key = {"Idempotency-Key": "one"}
    first = admin.post("/v1/accounts", json=TRAINER, headers=key)
    again = admin.post("/v1/accounts", json=TRAINER, headers=key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(notices(wiring)) == 1
    other = admin.post("/v1/accounts", json={**TRAINER, "display_name": "別人"}, headers=key)
    assert problem(other) == (422, "IDEMPOTENCY_REUSE")


def emails(answer: Any) -> list[str]:
    return [item["email"] for item in answer.json()["items"]]


def test_the_list_is_narrowed_and_in_order(admin: Client, make: Make) -> None:
    make.account(Role.TRAINER, email="b@narrow.example.jp", display_name="100% 太郎")
    make.account(Role.CLASSROOM_MANAGER, Role.VIEWER, email="a@narrow.example.jp", status=AccountStatus.DISABLED)
    make.account(Role.VIEWER, email="c@narrow.example.jp", display_name="100人 花子")

    assert emails(admin.get("/v1/accounts", params={"q": "NARROW.example"})) == [
        "a@narrow.example.jp",
        "b@narrow.example.jp",
        "c@narrow.example.jp",
    ]
    assert emails(admin.get("/v1/accounts", params={"q": "100%"})) == ["b@narrow.example.jp"]
    assert emails(admin.get("/v1/accounts", params={"role": "classroom_manager"})) == ["a@narrow.example.jp"]
    assert emails(admin.get("/v1/accounts", params={"role": "viewer", "status": "active"})) == ["c@narrow.example.jp"]
    assert faults(admin.get("/v1/accounts", params={"role": "root"}))[0][0] == "role"
    assert faults(admin.get("/v1/accounts", params={"q": "a\x00b"})) == [("q", "FIELD_FORMAT")]


def test_the_list_comes_in_pages_that_belong_to_its_filters(admin: Client, make: Make) -> None:
    for number in range(3):
        make.account(Role.TRAINER, email=f"t{number}@paged.example.jp")
    ask = {"limit": "2", "q": "paged"}
    first = admin.get("/v1/accounts", params=ask)
    cursor = first.json()["next_cursor"]
    second = admin.get("/v1/accounts", params={**ask, "cursor": cursor})

    assert emails(first) + emails(second) == [f"t{number}@paged.example.jp" for number in range(3)]
    assert second.json()["next_cursor"] is None
    elsewhere = admin.get("/v1/accounts", params={"limit": "2", "cursor": cursor})
    assert problem(elsewhere) == (422, "CURSOR")


@pytest.mark.parametrize("rows", [1, 100])
def test_the_list_takes_two_queries_whatever_its_length(
    admin: Client, make: Make, queries: Callable[[], AbstractContextManager[Statements]], rows: int
) -> None:
    for _ in range(rows - 1):
        make.account(Role.TRAINER)
    with queries() as seen:
        answer = admin.get("/v1/accounts", params={"limit": "200"})

    assert len(answer.json()["items"]) == rows
    assert len(seen) == 2


def test_what_is_not_there_is_not_found(admin: Client) -> None:
    absent = f"/v1/accounts/{new_id()}"
    answers = [
        admin.get(absent),
        admin.patch(absent, json={"language": "en"}, headers={"If-Match": "*"}),
        *(admin.post(f"{absent}/{verb}") for verb in ("disable", "enable", "invite")),
    ]
    assert [problem(answer) for answer in answers] == [(404, "NOT_FOUND")] * 5
    assert admin.get("/v1/accounts/1").status_code == 422


def test_a_change_needs_the_version_it_was_read_at(admin: Client, make: Make) -> None:
    path = f"/v1/accounts/{make.account(Role.TRAINER).id}"
    seen = {"If-Match": admin.get(path).headers["ETag"]}

    assert problem(admin.patch(path, json={"display_name": "新"})) == (428, "PRECONDITION_REQUIRED")
    changed = admin.patch(path, json={"display_name": "新", "language": "en"}, headers=seen)
    assert (changed.status_code, changed.json()["display_name"], changed.json()["language"]) == (200, "新", "en")
    assert changed.json()["version"] == 2
    assert problem(admin.patch(path, json={"display_name": "旧"}, headers=seen)) == (412, "VERSION")
    assert problem(admin.post(f"{path}/disable", headers=seen)) == (412, "VERSION")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"organization_id": None}, [("/organization_id", "FIELD_CONFLICT")]),
        ({"roles": ["requester", "volunteer"]}, [("/person_id", "FIELD_CONFLICT")]),
        ({"display_name": None}, [("/display_name", "FIELD_NULL")]),
        ({"email": "new@example.jp"}, [("/email", "FIELD_UNKNOWN")]),
        ({"status": "active"}, [("/status", "FIELD_UNKNOWN")]),
    ],
)
def test_a_change_that_cannot_stand_is_told_where(
    admin: Client, make: Make, patch: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    account = make.account(Role.REQUESTER)
    path = f"/v1/accounts/{account.id}"
    assert faults(admin.patch(path, json=patch, headers=etag(admin, account.id))) == expected


def test_an_organisation_is_left_when_the_role_is(admin: Client, make: Make) -> None:
    account = make.account(Role.REQUESTER)
    patch = {"roles": ["viewer"], "organization_id": None}
    changed = admin.patch(f"/v1/accounts/{account.id}", json=patch, headers=etag(admin, account.id)).json()
    assert (changed["roles"], changed["organization_id"]) == (["viewer"], None)
