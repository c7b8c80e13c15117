"""The register of volunteers and places as clients read it."""

from typing import Any

from starlette.testclient import TestClient

from models.volunteer import Volunteer


def in_register(caller: TestClient, **filters: Any) -> set[str]:
    """The identifiers of the volunteers whom filters leave."""
    answer = caller.get("/v1/volunteers", params=filters)
    assert answer.status_code == 200, answer.text
    return {entry["id"] for entry in answer.json()["items"]}


def ids(*volunteers: Volunteer) -> set[str]:
    return {str(volunteer.id) for volunteer in volunteers}


def names(answer: Any) -> list[str]:
    """The names in a list, in its order."""
    return [entry["name"] for entry in answer.json()["items"]]
