"""The one place that knows how a failure looks in HTTP: RFC 9457 problems, in the caller's language.

Services raise domain errors with a code; this module gives each code its status (domain.md §7), its texts come from the
catalogues. It also turns broken constraints of the database into the problem they stand for.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from api.constraints import broken_constraint
from api.problem_status import STATUS
from services.errors import (
    DomainError,
    FieldFault,
    InvalidFields,
    RulesBroken,
    TooMany,
    Unauthenticated,
    Unavailable,
    WrongState,
)
from services.outcome import Outcome
from services.wording import negotiate, say, verb_said

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_PATH_SAFE = "/:@!$&'()*+,;=~"

_HTTP_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "NOT_PERMITTED",
    404: "NOT_FOUND",
    405: "METHOD",
    413: "TOO_LARGE",
    415: "MEDIA_TYPE",
}

_FIELD_CODES: Mapping[str, str] = {
    "missing": "FIELD_MISSING",
    "extra_forbidden": "FIELD_UNKNOWN",
    "naive_time": "FIELD_NAIVE_TIME",
    "date_unreal": "DATE_UNREAL",
    "lang_tag": "LANG_TAG",
    "kana_format": "KANA_FORMAT",
    "null_not_allowed": "FIELD_NULL",
    "duration_range": "FIELD_RANGE",
}
_CHOICES = frozenset({"enum", "literal_error"})
_QUOTED = re.compile("'([^']*)'")
FORMS: Mapping[str, str] = {
    "instant_format": "instant",
    "moment_format": "moment",
    "day_format": "day",
    "time_format": "time",
    "duration_format": "duration",
    "phone_format": "phone",
    "int_type": "number",
    "int_parsing": "number",
    "int_from_float": "number",
    "float_type": "number",
    "bool_type": "truth",
    "bool_parsing": "truth",
    "string_type": "text",
    "list_type": "list",
    "uuid_type": "id",
    "uuid_parsing": "id",
}
"""How a value failed its schema → the form it should have had, section `forms` of the catalogues."""
_FORM = re.compile("application/x-www-form-urlencoded|multipart/form-data")
_RANGE = re.compile("greater_than|less_than|too_long|too_short|finite_number|multiple_of")


def language_of(request: Request) -> str:
    """Return the language of the answer."""
    return negotiate(request.headers.get("accept-language"))


def problem(
    request: Request,
    code: str,
    *,
    facts: Mapping[str, Any] | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    detail: str | None = None,
    **members: Any,
) -> Response:
    """Return the problem of a code, worded for whoever asked."""
    language = language_of(request)
    content = {
        "type": f"/problems/{code}",
        "title": say("titles", code, language),
        "status": status or STATUS[code],
        "detail": detail or say("problems", code, language, facts, zone_of(request)),
        "instance": quote(request.url.path, safe=_PATH_SAFE),  # the path as it was asked, a URI again
        "code": code,
        **members,
    }
    answer = orjson.dumps(content, default=str)
    language_headers = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    return Response(answer, content["status"], language_headers, MEDIA_TYPE)


def zone_of(request: Request) -> ZoneInfo:
    """Return the foundation's zone."""
    zone: ZoneInfo = request.app.state.wiring.rules.zone
    return zone


def _state_facts(error: WrongState) -> dict[str, Any]:
    return {"state": error.state, "allowed": [verb_said(verb) for verb in error.allowed]}


def domain_problem(request: Request, error: DomainError) -> Response:
    """Return the problem of a domain error."""
    if isinstance(error, InvalidFields):
        return _fields_problem(request, error.faults)
    members: dict[str, Any] = {}
    facts = dict(error.facts)
    headers: dict[str, str] = {}
    if isinstance(error, RulesBroken):
        members["violations"] = violations(error, language_of(request), zone_of(request))
        if error.where:
            members["errors"] = _entries(request, [FieldFault(one, error.code, error.facts) for one in error.where])
    elif isinstance(error, WrongState):
        facts |= _state_facts(error)
        members |= {"state": error.state, "allowed": list(error.allowed)}
    elif isinstance(error, TooMany):
        facts["seconds"] = error.retry_after_s
        headers = _limit_headers(error)
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    return problem(request, error.code, facts=facts, headers=headers, **members)


def violations(error: RulesBroken, language: str, zone: Any) -> list[dict[str, Any]]:
    """Return each broken rule with its class, wording and, for a clash, the time it clashes with."""
    return [
        {
            "code": violation.code,
            "class": violation.rule_class,
            "detail": say("problems", violation.code, language, violation.facts, zone),
            **_clash(violation.facts, zone),
        }
        for violation in error.violations
    ]


def _clash(facts: Mapping[str, Any], zone: Any) -> dict[str, Any]:
    if "starts_at" not in facts:
        return {}
    return {"with": {name: facts[name].astimezone(zone).isoformat() for name in ("starts_at", "ends_at")}}


def _limit_headers(error: TooMany) -> dict[str, str]:
    seconds = str(error.retry_after_s)
    return {
        "Retry-After": seconds,
        "RateLimit-Limit": str(error.limit),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": seconds,
    }


def _fields_problem(request: Request, faults: Sequence[FieldFault]) -> Response:
    entries = _entries(request, faults)
    return problem(request, faults[0].code, status=422, detail=entries[0]["detail"], errors=entries)


def _entries(request: Request, faults: Sequence[FieldFault]) -> list[dict[str, str]]:
    language, zone = language_of(request), zone_of(request)
    return [
        {"pointer": one.pointer, "code": one.code, "detail": _worded(one.code, one.facts, language, zone)}
        for one in faults
    ]


def _worded(code: str, facts: Mapping[str, Any], language: str, zone: ZoneInfo) -> str:
    """Return what is wrong with a value; where we know the form it should have, or that only one will do, that."""
    form = facts.get("form", "exact" if _is_one_value(code, facts) else None)
    if form is None:
        return say("problems", code, language, facts, zone)
    return say("forms", form, language, facts, zone)


def _is_one_value(code: str, facts: Mapping[str, Any]) -> bool:
    return code == "FIELD_RANGE" and {"min", "max"} <= facts.keys() and facts["min"] == facts["max"]


def validation_problem(request: Request, error: RequestValidationError) -> Response:
    """Return the problem of an input that does not fit its schema: one entry per fault, with its JSON pointer."""
    faults = [_fault(entry) for entry in error.errors()]
    if any(entry["type"] == "json_invalid" for entry in error.errors()):
        return problem(request, "BAD_REQUEST")
    if _is_media_type_fault(request, error):
        return problem(request, "MEDIA_TYPE")
    return _fields_problem(request, faults)


def _is_media_type_fault(request: Request, error: RequestValidationError) -> bool:
    """Tell a body of another type from a wrong one: FastAPI hands it on as bytes, or finds every form field missing."""
    unparsed = any(entry["loc"] == ("body",) and isinstance(entry.get("input"), bytes) for entry in error.errors())
    body = getattr(request.scope.get("route"), "body_field", None)
    sent = request.headers.get("content-type", "")
    return unparsed or (isinstance(getattr(body, "field_info", None), Form) and bool(sent) and not _FORM.match(sent))


def _fault(entry: Mapping[str, Any]) -> FieldFault:
    where, *path = entry["loc"]
    kind = entry["type"]
    context = entry.get("ctx") or {}
    if kind == "null_not_allowed":
        path = [*path, context["field"]]
    facts = {
        "min": context.get("ge", context.get("gt", context.get("min_length"))),
        "max": context.get("le", context.get("lt", context.get("max_length"))),
    }
    known = {name: value for name, value in facts.items() if value is not None}
    return FieldFault(_pointer(where, path), _field_code(kind), known | _form(kind, context))


def _form(kind: str, context: Mapping[str, Any]) -> dict[str, str]:
    """Return what form was asked for. The values of a choice are codes: they stand as they are sent, not as words."""
    if kind in _CHOICES:
        return {"form": "choice", "choices": ", ".join(_QUOTED.findall(str(context["expected"])))}
    return {"form": FORMS[kind]} if kind in FORMS else {}


def _pointer(where: str, path: Sequence[str | int]) -> str:
    """Return a JSON pointer into the body (RFC 6901), or the name of a parameter."""
    if where != "body":
        return "/".join(str(step) for step in path) or where
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _field_code(kind: str) -> str:
    if kind in _FIELD_CODES:
        return _FIELD_CODES[kind]
    if _RANGE.search(kind):
        return "FIELD_RANGE"
    return "FIELD_TYPE" if kind.endswith(("_type", "_parsing")) else "FIELD_FORMAT"


def http_problem(request: Request, error: HTTPException) -> Response:
    """Return the problem of what the framework refuses: no such path, no such method, a body too large."""
    code = _HTTP_CODES.get(error.status_code, "BAD_REQUEST")
    headers = {"Allow": _methods_of(request)} if code == "METHOD" else error.headers
    return problem(request, code, status=error.status_code, headers=headers)


def _methods_of(request: Request) -> str:
    """Return the methods of a path: each has a route of its own, and the framework names those of the first only."""
    fitting = [route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(request.url.path)]
    return ", ".join(
        sorted({method for route in fitting if route.path == fitting[0].path for method in route.methods or ()})
    )


def crash_problem(request: Request, error: Exception) -> Response:
    """Return a bare 500 and log what happened; nothing of it leaks."""
    log.error("request_failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(request, "INTERNAL")


def part(outcome: Outcome, language: str, zone: Any) -> dict[str, Any]:
    """Return one part of a multi-status answer: its members with 200 or 201, or the code, text and status of a failure."""
    failure = outcome.failure
    if failure is None:
        return {**outcome.members, "status": 201 if outcome.created else 200}
    if isinstance(failure, IntegrityError):
        failure = broken_constraint(failure) or DomainError("INTERNAL")
    code, facts = failure.code, failure.facts
    if isinstance(failure, InvalidFields):
        code, facts = failure.faults[0].code, {**failure.faults[0].facts, "pointer": failure.faults[0].pointer}
    elif isinstance(failure, WrongState):
        facts = _state_facts(failure)
    broken_rules = violations(failure, language, zone) if isinstance(failure, RulesBroken) else []
    return {
        **outcome.members,
        "status": STATUS[code],
        "code": code,
        "detail": _worded(code, facts, language, zone),
        "violations": broken_rules,
    }


def install(app: FastAPI) -> None:
    """Let every failure leave as a problem."""
    app.add_exception_handler(DomainError, domain_problem)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, validation_problem)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, http_problem)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, crash_problem)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation: the problems it can answer, beside those that all can."""
    return open_answers(*statuses, 401, 422)


def open_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation that wants no signing in: exactly these problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "Problem", "content": content} for status in sorted(set(statuses))}
