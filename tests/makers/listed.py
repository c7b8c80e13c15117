"""The worklist and the phone list as the office reads them, and the verbs they name."""

from typing import Any

import httpx2
from starlette.testclient import TestClient

from models.volunteer import Volunteer
from tests.factories import Make
from tests.makers.doors import done

WORKLIST = "/v1/worklist"
PHONE_LIST = "/v1/phone-list"
ATTEMPTS = "/v1/contact-attempts"


def listed(office: TestClient, **query: Any) -> list[dict[str, Any]]:
    """What needs the office."""
    items: list[dict[str, Any]] = done(office.get(WORKLIST, params=query))["items"]
    return items


def codes(office: TestClient, **query: Any) -> list[str]:
    return [entry["because"]["code"] for entry in listed(office, **query)]


def only(office: TestClient) -> dict[str, Any]:
    """The one thing that needs the office."""
    (entry,) = listed(office)
    return entry


def brief(entry: dict[str, Any]) -> tuple[str, str, str, str, bool]:
    """Code, deadline as day and hour, method and path of the verb, and whether it is urgent."""
    verb = entry["verb"]
    assert verb["path"].startswith("/v1/")
    return entry["because"]["code"], entry["deadline"][:16], verb["method"], verb["name"], entry["urgent"]


def follow(office: TestClient, verb: dict[str, str], body: Any = None) -> httpx2.Response:
    """Do what an entry says."""
    headers = {"If-Match": "*"} if verb["method"] in {"PATCH", "PUT"} else {}
    return office.request(verb["method"], verb["path"], json=body, headers=headers)


def without_mail(make: Make, phone: str | None = "076-000-1234", **over: Any) -> Volunteer:
    """A volunteer whom the office can only phone."""
    return make.volunteer(person=make.person(email=None, phone=phone, **over))


def called(office: TestClient, volunteer: Volunteer, result: str, **over: Any) -> httpx2.Response:
    return office.post(ATTEMPTS, json={"volunteer_id": str(volunteer.id), "result": result, **over})


def to_say(office: TestClient) -> list[tuple[str, list[str]]]:
    """Whom to call and which notices to tell, in order."""
    calls = done(office.get(PHONE_LIST))["items"]
    return [(call["party"]["id"], [one["kind"] for one in call["to_say"]]) for call in calls]
