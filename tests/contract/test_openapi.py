"""The OpenAPI document says what clients may rely on, for every operation."""

import json
import re
from typing import Any, Final

import pytest

from api.documents import plain_settings
from api.main import create_app
from api.openapi import DESCRIPTION, operations

PUBLIC: Final = {
    "get /healthz",
    "get /problems",
    "get /problems/{code}",
    "get /readyz",
    "get /v1/certificate-checks/{code}",
    "post /v1/auth/invitations/{token}",
    "post /v1/auth/password-reset",
    "post /v1/auth/password-reset/{token}",
    "post /v1/auth/refresh",
    "post /v1/auth/revoke",
    "post /v1/auth/token",
    "post /v1/volunteer-applications",
}
KEYLESS: Final = re.compile(r"/v1/auth/|/client-disclosures$")
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
LEAST: Final = 80
"""Fewer operations than this, and the walk below is broken."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as the service publishes it."""
    return create_app(plain_settings(), with_worker=False).openapi()


@pytest.fixture(scope="module")
def every(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by method and path."""
    found = {f"{method} {path}": operation for method, path, operation in operations(document)}
    assert len(found) >= LEAST
    return found


def parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["name"].lower(): entry for entry in operation.get("parameters", [])}


def test_every_operation_wants_a_token_but_the_public_ones(every: dict[str, dict[str, Any]]) -> None:
    assert {name for name, operation in every.items() if not operation.get("security")} == PUBLIC


def test_operation_ids_are_unique_names(every: dict[str, dict[str, Any]]) -> None:
    names = [operation["operationId"] for operation in every.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


def test_every_operation_is_described_in_a_known_group(every: dict[str, dict[str, Any]]) -> None:
    groups = {tag["name"] for tag in DESCRIPTION["openapi_tags"]}
    assert [name for name, operation in every.items() if not operation.get("description", "").endswith(".")] == []
    assert {tag for operation in every.values() for tag in operation["tags"]} == groups


def test_every_failure_is_a_problem(every: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    other = [
        (name, status)
        for name, operation in every.items()
        for status, answer in operation["responses"].items()
        if status >= "4" and answer.get("content") != {"application/problem+json": {"schema": PROBLEM}}
    ]
    assert other == []
    assert "HTTPValidationError" not in json.dumps(document)


def test_every_operation_tells_its_failures(every: dict[str, dict[str, Any]]) -> None:
    for name, operation in every.items():
        answers = operation["responses"].keys()
        assert any(status.startswith("2") for status in answers), name
        if name not in PUBLIC:
            assert answers >= {"401", "422"}, name
        if "{" in name and name not in PUBLIC:
            assert "404" in answers, name
        if "requestBody" in operation:
            assert answers >= {"400", "413", "415", "422"}, name


def test_whole_changes_require_an_etag(every: dict[str, dict[str, Any]]) -> None:
    guarded = {name: operation for name, operation in every.items() if name.split()[0] in {"patch", "put"}}
    assert len(guarded) > 5
    for name, operation in guarded.items():
        assert parameters(operation)["if-match"]["required"], name
        assert operation["responses"].keys() >= {"412", "428"}, name


def test_every_post_but_signing_in_and_disclosures_takes_a_key(every: dict[str, dict[str, Any]]) -> None:
    posts = {name: operation for name, operation in every.items() if name.startswith("post ")}
    assert len(posts) > 30
    assert {name for name, operation in posts.items() if "idempotency-key" not in parameters(operation)} == {
        name for name in posts if KEYLESS.search(name)
    }


def test_every_page_is_asked_for_alike(every: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    pages = 0
    for name, operation in every.items():
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if "/Page_" in schema.get("$ref", ""):
            pages += 1
            asked = parameters(operation)
            assert (asked["limit"]["schema"]["maximum"], asked["limit"]["schema"]["default"]) == (200, 50), name
            assert "cursor" in asked, name
            assert operation["responses"]["200"]["headers"].keys() == {"Link"}, name
    assert pages > 5
    assert document["components"]["headers"].keys() == {"ETag", "Location", "Link"}


def test_every_bound_in_time_may_be_a_day(every: dict[str, dict[str, Any]]) -> None:
    bounds = {
        (name, entry["name"]): set(re.findall(r'"format": "([a-z-]+)"', json.dumps(entry["schema"])))
        for name, operation in every.items()
        for entry in operation.get("parameters", [])
        if entry["in"] == "query" and "date-time" in json.dumps(entry["schema"])
    }
    assert len(bounds) > 15
    assert {place for place, formats in bounds.items() if formats != {"date-time", "date"}} == set()


def test_objects_carry_their_etag_and_new_ones_their_location(every: dict[str, dict[str, Any]]) -> None:
    assert every["get /v1/shifts/{shift_id}"]["responses"]["200"]["headers"].keys() == {"ETag"}
    assert every["post /v1/dispatch-requests"]["responses"]["201"]["headers"].keys() == {"ETag", "Location"}
    assert every["patch /v1/events/{event_id}"]["responses"]["200"]["headers"].keys() == {"ETag"}
    assert every["patch /v1/dispatch-series/{series_id}"]["responses"]["207"]["headers"].keys() == {"ETag"}
    assert "headers" not in every["get /v1/districts"]["responses"]["200"]


def test_inputs_refuse_unknown_fields(every: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    loose = set()
    for operation in every.values():
        for body in operation.get("requestBody", {}).get("content", {}).values():
            for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(body["schema"])):
                schema = document["components"]["schemas"][name]
                if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
                    loose.add(name)
    # Forms of OAuth 2, whose clients may send fields of their own (RFC 6749 §3.2).
    assert {name for name in loose if not name.startswith("Body_")} == set()


def test_examples_of_the_tour_stand_at_their_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = {
        "POST /v1/organizations": {"status": 201, "request": {"name": "架空"}, "response": {"id": "1"}},
        "GET /v1/districts": {"status": 200, "response": {"items": []}},
    }
    monkeypatch.setattr("api.openapi._examples", lambda: recorded)
    paths = create_app(plain_settings(), with_worker=False).openapi()["paths"]
    made = paths["/v1/organizations"]["post"]
    assert made["requestBody"]["content"]["application/json"]["example"] == {"name": "架空"}
    assert made["responses"]["201"]["content"]["application/json"]["example"] == {"id": "1"}
    assert paths["/v1/districts"]["get"]["responses"]["200"]["content"]["application/json"]["example"] == {"items": []}


VERB: Final = re.compile(r"^post /v1/.+\{\w+\}/[a-z-]+$")
SAYS_SOMETHING: Final = {
    "post /v1/consultations/{consultation_id}/client-disclosures",
    "post /v1/dispatch-requests/{request_id}/client-disclosures",  # the purpose; a problem of its own names it
    "post /v1/host-stays/{stay_id}/client-disclosures",
    "post /v1/shifts/{shift_id}/offers",  # to whom: by name or by number
}


def test_a_verb_that_needs_nothing_said_needs_no_body(
    document: dict[str, Any], every: dict[str, dict[str, Any]]
) -> None:
    schemas = document["components"]["schemas"]
    demanding = set()
    for name, operation in every.items():
        body = operation.get("requestBody", {})
        reference = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        optional = reference and not schemas[reference.rsplit("/", 1)[1]].get("required")
        if VERB.fullmatch(name) and optional and body.get("required"):
            demanding.add(name)
    assert demanding == SAYS_SOMETHING
