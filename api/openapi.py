"""The OpenAPI document: what the framework derives from the code, made true where it guesses wrong."""

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from models.fields import ChangedView, PartsView

PROBLEM_TYPE = "application/problem+json"


def operation_id(route: APIRoute) -> str:
    """Return the stable name of an operation: the endpoint's own."""
    return route.name


DESCRIPTION: Mapping[str, Any] = {
    "version": "0.1.0",
    "summary": "Community interpreters and other volunteers, brought to the people who need them",
    "description": """
An institution files a **dispatch request**, a coordinator accepts it and a **shift** opens; the **candidates** are
ranked with reasons; whoever accepts an **offer** first, or **claims** the place, is confirmed. Nobody is booked twice.

* **Signing in**: `POST /v1/auth/token` (OAuth 2 password grant), then `Authorization: Bearer …` for some minutes;
  `POST /v1/auth/refresh` prolongs it.
* **Time** travels as RFC 3339 with an offset; a time without one is refused. Intervals are half-open,
  `[starts_at, ends_at)`. Answers are in the foundation's zone. The bounds of a list may be days of that zone, both included.
* **Failures** are problems (RFC 9457). `code` is stable and has a page at `/problems/{code}`; `detail` follows
  `Accept-Language` (`ja`, `en`, `ja-simple`). What lies outside your scope answers 404.
* **Changes** honour `If-Match` with the `ETag` last seen; PATCH and PUT require it (412 stale, 428 absent).
* **Retries** are safe: send an `Idempotency-Key` with a POST and repeat it for 24 hours. A 207 is kept only when every
  part succeeded; a repeat does what failed anew, and what succeeded answers as done before or refuses as a duplicate.
* **Lists** are `{items, next_cursor}`: pass the cursor back, unchanged, to the same list.
* Each object names in `actions` the verbs open to you now; a success may carry `warnings`.
* Unknown fields in a request are refused; in an answer, expect new ones.
""".strip(),
    "license_info": {"name": "MIT", "identifier": "MIT"},
    "openapi_tags": [
        {"name": "auth", "description": "Signing in, invitations, forgotten passwords"},
        {"name": "me", "description": "The caller: profile, schedule, offers"},
        {"name": "accounts", "description": "Who may sign in; administrators only"},
        {"name": "volunteers", "description": "Registered people and what they bring"},
        {
            "name": "recruitment",
            "description": "Rounds of intake, applications, candidates on their way to a registration",
        },
        {"name": "availability-calls", "description": "Asking volunteers for the days of a month, and who answered"},
        {
            "name": "directory",
            "description": "Institutions and their ties, places, districts, languages, services, holidays",
        },
        {"name": "checkup-sessions", "description": "The centres' calendar of infant check-ups"},
        {"name": "change-rules", "description": "What becomes of those who are coming when something accepted changes"},
        {"name": "dispatch-requests", "description": "Institutions ask for an interpreter"},
        {"name": "dispatch-series", "description": "The same request on many days by a rule, such as school mornings"},
        {
            "name": "shifts",
            "description": "Times and places that people are matched to; who can come, ranked, and what bars the others",
        },
        {"name": "offers", "description": "Asking people for a place, and what they answer"},
        {
            "name": "plans",
            "description": "Filling the open places of a month together, with a proven bound and reasons",
        },
        {"name": "assignments", "description": "Who stands on a shift"},
        {"name": "classrooms", "description": "Where Japanese is learned, who teaches there, and the terms"},
        {"name": "class-sessions", "description": "One meeting of a classroom: opened, held, recorded; and its roll"},
        {
            "name": "learners",
            "description": "Who learns, with the least that is needed, and what guardians consented to",
        },
        {
            "name": "advice",
            "description": "Visits of outside experts to classrooms, what they found, and who sees to it",
        },
        {"name": "enrollments", "description": "A learner's way through a classroom, and the waiting list"},
        {
            "name": "consultations",
            "description": "What people bring to the desk or to a class; handled by officers alone",
        },
        {"name": "events", "description": "Festivals, drills, meetings and guidance: who helps, and who was there"},
        {
            "name": "lecture-engagements",
            "description": "Lectures that institutions ask for, from the wish to the report",
        },
        {
            "name": "broadcasts",
            "description": "Key persons of foreign communities, envoys who went home, and messages to them",
        },
        {"name": "device-loans", "description": "Translation devices: lent to whom, until when"},
        {
            "name": "retention",
            "description": "Data whose time is over: who is due to go, and holds that keep somebody's",
        },
        {"name": "hosts", "description": "Households that invite guests, and the visits and stays of these"},
        {"name": "worklist", "description": "What needs the office now, whom to call, and the calls that were made"},
        {"name": "trainings", "description": "Courses, their sessions, who takes part, and what that certifies"},
        {"name": "documents", "description": "Certificates and attestations as PDF, and how anybody checks one"},
        {"name": "reports", "description": "Figures over a period, each with its definition"},
        {"name": "reviews", "description": "The plan's indicators, and the quarterly reviews of them"},
        {"name": "expenses", "description": "What an activity costs: claimed, proposed, approved, paid"},
        {"name": "incidents", "description": "What went wrong; told by those concerned, read by staff"},
        {"name": "audit", "description": "Who did what, never with values"},
        {"name": "problems", "description": "A page for each error code"},
        {"name": "health", "description": "For whoever watches over the service"},
    ],
    "redoc_url": None,
    "generate_unique_id_function": operation_id,
}

_TEXT = {"type": "string"}
PROBLEM: Mapping[str, Any] = {
    "title": "Problem",
    "description": "Why a request failed (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": _TEXT | {"format": "uri-reference", "description": "The page of the code"},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT | {"description": "In the caller's language"},
        "instance": _TEXT | {"format": "uri-reference", "description": "The path that was asked"},
        "code": _TEXT | {"description": "Stable; programs decide by it"},
        "errors": {
            "type": "array",
            "description": "For input that cannot stand: each fault",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": _TEXT | {"description": "JSON pointer into the body, or the name of a parameter"},
                    "code": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
        "violations": {
            "type": "array",
            "description": "For broken rules: each rule, in their order",
            "items": {
                "type": "object",
                "required": ["code", "class", "detail"],
                "properties": {
                    "code": _TEXT,
                    "class": {"enum": ["never", "with_consent", "with_reason"]},
                    "detail": _TEXT,
                    "with": {
                        "type": "object",
                        "description": "The time it clashes with",
                        "properties": {
                            "starts_at": _TEXT | {"format": "date-time"},
                            "ends_at": _TEXT | {"format": "date-time"},
                        },
                    },
                },
            },
        },
        "state": _TEXT | {"description": "For a verb that does not fit: the state the object is in"},
        "allowed": {"type": "array", "items": _TEXT, "description": "The verbs that fit the state"},
    },
}
_PROBLEM_ANSWER: Mapping[str, Any] = {
    "description": "Problem",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_GUARDED = frozenset({"patch", "put"})
_HEADERS: Mapping[str, Any] = {
    "ETag": {"description": 'The version, `"<id>.<version>"`; pass it to `If-Match`', "schema": _TEXT},
    "Location": {"description": "Where the new object lives", "schema": _TEXT | {"format": "uri-reference"}},
    "Link": {"description": 'The next page, `rel="next"`', "schema": _TEXT},
}


def install(app: FastAPI) -> None:
    """Let the application publish the document as this module completes it."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(derive())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return method, path and operation of each operation of a document, in its order."""
    for path, verbs in document["paths"].items():
        for method, operation in verbs.items():
            yield method, path, operation


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = dict(PROBLEM)
    components["headers"] = {name: dict(header) for name, header in _HEADERS.items()}
    examples = _examples()
    for method, path, operation in operations(document):
        _require_if_match(method, operation)
        _answer_problems(method, operation)
        _name_headers(operation, schemas)
        _illustrate(operation, examples.get(f"{method.upper()} {path}", {}))
    return document


def _require_if_match(method: str, operation: dict[str, Any]) -> None:
    """Tell clients what the service insists on, though it checks it by hand to answer 428 rather than 422."""
    for parameter in operation.get("parameters", []):
        if method in _GUARDED and parameter["name"] == "if-match":
            parameter["required"] = True


def _answer_problems(method: str, operation: dict[str, Any]) -> None:
    """Replace the framework's own error schema by ours, and add what every operation of its kind can answer."""
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        del responses["422"]
        responses["422"] = _PROBLEM_ANSWER
    for status in _common_failures(method, operation):
        responses.setdefault(status, _PROBLEM_ANSWER)
    operation["responses"] = dict(sorted(responses.items()))


def _common_failures(method: str, operation: Mapping[str, Any]) -> list[str]:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    failures = ["400", "413", "415"] if "requestBody" in operation else []
    if "if-match" in names:
        failures += ["412", "428"] if method in _GUARDED else ["412"]
    return [*failures, "503"] if method != "get" else failures


def _name_headers(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        names = _headers_of(status, _shape(response, schemas))
        if names:
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers_of(status: str, shape: Mapping[str, Any]) -> list[str]:
    fields = shape.get("properties", {})
    if shape.get("title") in {kind.__name__ for kind in (*ChangedView.__subclasses__(), *PartsView.__subclasses__())}:
        return ["ETag"]
    if {"id", "version", "actions"} <= fields.keys():
        return ["ETag", "Location"] if status in {"201", "202"} else ["ETag"]
    return ["Link"] if "type" in str(fields.get("next_cursor", {}).get("anyOf", "")) else []


def _shape(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    found: Mapping[str, Any] = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
    return found


def _examples() -> dict[str, dict[str, Any]]:
    """Return what the tour recorded: by `METHOD /path`, the request's and the answer's body."""
    text = resources.files("api").joinpath("examples.json").read_text("utf-8")
    recorded: dict[str, dict[str, Any]] = json.loads(text)
    return recorded


def _illustrate(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    if "request" in example:
        content = operation.get("requestBody", {}).get("content", {})
        for body in content.values():
            body["example"] = example["request"]
    if "response" in example:
        answer = operation["responses"].get(str(example["status"]), {})
        for body in answer.get("content", {}).values():
            body["example"] = example["response"]
