"""`Idempotency-Key`: the first success is answered again, whatever is sent beside it; a failure is not kept."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import func, select

from models.account import Account, Role
from models.organization import Organization, OrganizationCreate, OrganizationView
from models.record import IdempotentAnswer
from models.volunteer import Volunteer
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY, home_visit
from tests.makers.bars import busy
from tests.makers.work import VISIT

PATH = "/v1/organizations"
BODY = {"name": "架空の集会所", "kind": "npo"}
Units = Callable[..., AbstractContextManager[Unit]]


def post(client: Client, key: str = "k1", body: dict[str, str] = BODY) -> httpx2.Response:
    return client.post(PATH, json=body, headers={"Idempotency-Key": key})


def made(unit: Units) -> int:
    """Return how many institutions of that name there are."""
    with unit() as it:
        return it.session.exec(
            select(func.count()).select_from(Organization).where(Organization.name == BODY["name"])
        ).one()


def kept(unit: Units) -> Sequence[IdempotentAnswer]:
    with unit() as it:
        return it.session.exec(select(IdempotentAnswer)).all()


def test_the_same_request_is_answered_again(office: Client, unit: Units) -> None:
    first, second = post(office), post(office)
    assert first.status_code == second.status_code == 201
    assert second.content == first.content
    assert [second.headers[name] for name in ("etag", "location")] == [
        first.headers[name] for name in ("etag", "location")
    ]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert made(unit) == 1


def test_another_key_is_another_request(office: Client) -> None:
    assert post(office, "k1").status_code == 201
    answer = post(office, "k2")
    assert answer.status_code == 422
    assert answer.json()["errors"][0] | {"detail": ""} == {"pointer": "/name", "code": "FIELD_DUPLICATE", "detail": ""}


def test_another_body_under_the_same_key_is_refused(office: Client, unit: Units) -> None:
    assert post(office).status_code == 201
    answer = post(office, body=BODY | {"kind": "school"})
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_REUSE")
    assert made(unit) == 1


def test_a_key_belongs_to_its_account(office: Client, as_: As) -> None:
    assert post(office).status_code == 201
    answer = post(as_(Role.COORDINATOR), body=BODY | {"name": "架空の別の集会所"})
    assert answer.status_code == 201
    assert "idempotent-replayed" not in answer.headers


def test_a_key_is_free_again_after_a_day(office: Client, clock: SetClock) -> None:
    assert post(office).status_code == 201
    clock.forward(hours=23, minutes=59)
    assert post(office).headers["idempotent-replayed"] == "true"
    clock.forward(minutes=1)
    answer = post(office, body=BODY | {"name": "架空の別の集会所"})
    assert answer.status_code == 201
    assert "idempotent-replayed" not in answer.headers


def test_a_refusal_is_not_kept(office: Client, unit: Units) -> None:
    assert post(office, body=BODY | {"lg_code": "172013"}).status_code == 422
    assert kept(unit) == []
    assert post(office).status_code == 201


def test_many_at_once_are_kept_only_when_all_succeeded(as_: As, unit: Units) -> None:
    clerk = as_(Role.REQUESTER)
    unborn = home_visit(languages=["en"], clients=[FAMILY | {"consent_on": "2025-11-11"}])

    def batch(key: str, *items: dict[str, Any]) -> httpx2.Response:
        headers = {"Idempotency-Key": key}
        return clerk.post("/v1/dispatch-requests/batch", json={"items": items}, headers=headers)

    assert [item["status"] for item in batch("k1", home_visit(), unborn).json()["items"]] == [201, 422]
    assert kept(unit) == []
    again = batch("k1", home_visit(languages=["zh"]), home_visit(languages=["ne"]))
    assert "idempotent-replayed" not in again.headers
    assert [item["status"] for item in again.json()["items"]] == [201, 201]
    repeated = batch("k1", home_visit(languages=["zh"]), home_visit(languages=["ne"]))
    assert (repeated.status_code, repeated.headers["idempotent-replayed"]) == (207, "true")
    assert repeated.content == again.content


def test_an_answer_that_failed_may_be_given_again_under_its_key(make: Make, as_: As) -> None:
    volunteer = make.volunteer(max_per_month=1)
    herself = as_(volunteer)
    busy(make, volunteer, VISIT - timedelta(days=2))
    offer = make.offer(make.shift_with_demand(), volunteer)

    def answers() -> list[Any]:
        entry = {"offer_id": str(offer.id), "answer": "accept"}
        said = herself.post("/v1/me/offers/answers", json=[entry], headers={"Idempotency-Key": "k1"})
        return [(item["status"], item.get("code")) for item in said.json()["items"]]

    assert answers() == [(409, "ASG_CAP")]
    with make.wiring.unit() as it:
        it.get(Volunteer, volunteer.id).max_per_month = 2
    assert answers() == [(200, None)]
    assert answers() == [(200, None)]


def test_a_failure_of_permission_is_not_kept(as_: As, unit: Units) -> None:
    viewer = as_(Role.VIEWER)
    assert post(viewer).status_code == 403
    assert kept(unit) == []


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_kept_is_refused(office: Client, unit: Units, key: str) -> None:
    answer = post(office, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "FIELD_RANGE")
    assert made(unit) == 0


def test_a_replay_asks_who_the_caller_is_now(office: Client, unit: Units) -> None:
    assert post(office).status_code == 201
    with unit() as it:
        it.get(Account, office.account.id).roles = [Role.VIEWER]
    assert post(office).status_code == 403


@pytest.mark.fresh_database
def test_twins_that_run_at_once_do_the_work_once(office: Client, unit: Units) -> None:
    together = threading.Barrier(8)

    def run(_: int) -> httpx2.Response:
        together.wait()
        return post(office)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(run, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 7
    assert made(unit) == 1


@pytest.mark.fresh_database
def test_a_twin_waits_for_the_first_and_replays_it(
    office: Client, unit: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deterministic: the first stands between its check and its write when the second arrives."""
    from services import directory  # noqa: PLC0415

    reached, go_on = threading.Event(), threading.Event()
    first_only = threading.Lock()
    original = directory.create_organization

    def slow(unit: Unit, draft: OrganizationCreate) -> OrganizationView:
        if first_only.acquire(blocking=False):
            reached.set()
            assert go_on.wait(300)
        return original(unit, draft)

    monkeypatch.setattr(directory, "create_organization", slow)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(post, office)
        assert reached.wait(300)
        second = threads.submit(post, office)
        threading.Event().wait(0.1)
        assert not second.done()
        go_on.set()
        answers = [first.result(), second.result()]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert "idempotent-replayed" in answers[1].headers
    assert made(unit) == 1
