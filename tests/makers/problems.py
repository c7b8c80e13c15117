"""Precise problems: what is sent to get one, and how a whole one looks."""

from typing import Any

import httpx2

from services.wording import say

ORGANIZATIONS = "/v1/organizations"
REQUESTS = "/v1/dispatch-requests"
BODY = {"name": "架空の集会所", "kind": "npo"}
REQUEST = {
    "service_type": "infant_checkup",
    "starts_at": "2025-11-20T10:00:00+09:00",
    "ends_at": "2025-11-20T12:00:00+09:00",
    "languages": ["en"],
}


def is_problem(answer: httpx2.Response, status: int, code: str, language: str = "ja") -> dict[str, Any]:
    """Assert that this is the problem of a code, whole and in the language; return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/problems/{code}")
    assert body["title"] == say("titles", code, language)
    assert body["detail"]
    assert body["instance"] == answer.request.url.path
    return body


def fault(answer: httpx2.Response) -> tuple[str, str]:
    """Return where the one fault is, and its code."""
    [entry] = answer.json()["errors"]
    return entry["pointer"], entry["code"]
