"""The rules of change as one object: read by staff, set anew as a whole by administrators."""

from typing import Any

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.change_rule import ChangeRules
from models.record import AuditEvent
from tests.conftest import As, Client
from tests.makers.changes import RULES
from tests.makers.doors import done, faults, problem

BASE = [
    {"field": "date", "effect": "reconfirm"},
    {"field": "time", "effect": "notify"},
    {"field": "language", "effect": "release"},
    {"field": "place", "effect": "keep"},
    {"field": "cancelled", "effect": "release"},
]


def put(by: Client, *items: dict[str, Any], etag: str = "*") -> Any:
    return by.put(RULES, json={"items": list(items)}, headers={"If-Match": etag})


def test_a_new_installation_has_rules(as_: As, admin: Client) -> None:
    rules = done(as_(Role.COORDINATOR).get(RULES))

    assert [(one["field"], one["kind"], one["effect"]) for one in rules["items"]] == [
        ("date", None, "reconfirm"),
        ("time", None, "reconfirm"),
        ("language", None, "release"),
        ("place", None, "reconfirm"),
        ("cancelled", None, "release"),
    ]
    assert rules["actions"] == []
    assert done(admin.get(RULES))["actions"] == ["replace"]


def test_all_are_set_anew_at_once(admin: Client, wiring: Wiring) -> None:
    first = admin.get(RULES)
    own = {"field": "time", "kind": "newborn_home_visit", "effect": "release"}

    said = put(admin, *BASE, own, etag=first.headers["etag"])

    assert done(said)["items"] == [{"kind": None, **one} for one in BASE] + [own]
    assert done(said)["version"] == done(first)["version"] + 1
    assert done(admin.get(RULES)) == done(said)
    assert problem(put(admin, *BASE, etag=first.headers["etag"])) == (412, "VERSION")
    with wiring.unit(write=False) as unit:
        (event,) = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "change_rules.replace"))
        assert event.actor_id == admin.account.id


def test_rules_that_cannot_hold_are_refused(admin: Client) -> None:
    before = done(admin.get(RULES))

    assert faults(put(admin, *BASE[1:])) == [("/items", "FIELD_MISSING")]
    only = {"field": "date", "kind": "infant_checkup", "effect": "keep"}
    assert faults(put(admin, only, *BASE[1:])) == [("/items", "FIELD_MISSING")]
    assert faults(put(admin, *BASE, BASE[0])) == [("/items/5", "FIELD_DUPLICATE")]
    assert faults(put(admin, *BASE, only, only)) == [("/items/6", "FIELD_DUPLICATE")]
    assert faults(put(admin, *BASE[:4], {"field": "cancelled", "effect": "keep"})) == [
        ("/items/4/effect", "FIELD_CONFLICT")
    ]
    unknown = {"field": "date", "kind": "no_such_service", "effect": "keep"}
    assert faults(put(admin, *BASE, unknown)) == [("/items/5/kind", "FIELD_REFERENCE")]
    assert put(admin, *BASE, {"field": "weather", "effect": "keep"}).status_code == 422
    assert done(admin.get(RULES)) == before


def test_who_sets_them_says_what_she_has_read(admin: Client) -> None:
    assert problem(admin.put(RULES, json={"items": BASE})) == (428, "PRECONDITION_REQUIRED")


def test_nobody_else_sets_them(as_: As) -> None:
    assert problem(put(as_(Role.COORDINATOR), *BASE)) == (403, "NOT_PERMITTED")
    for role in (Role.REQUESTER, Role.VOLUNTEER):
        assert problem(as_(role).get(RULES)) == (403, "NOT_PERMITTED")
        assert problem(put(as_(role), *BASE)) == (403, "NOT_PERMITTED")


def test_there_are_none_before_the_reference_data_are_loaded(admin: Client, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        unit.session.delete(unit.session.exec(select(ChangeRules)).one())

    assert problem(admin.get(RULES)) == (404, "NOT_FOUND")
