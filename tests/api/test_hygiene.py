"""Whatever is sent, the answer is a precise problem in the caller's language: never a 500, nothing half-written."""

from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from services.wording import say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.problems import BODY, ORGANIZATIONS, fault, is_problem


def test_malformed_json(office: Client, language: str) -> None:
    answer = office.post(
        ORGANIZATIONS, content=b'{"name": ', headers={"Content-Type": "application/json", "Accept-Language": language}
    )
    is_problem(answer, 400, "BAD_REQUEST", language)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type(office: Client, language: str, content_type: str) -> None:
    answer = office.post(
        ORGANIZATIONS, content=b'{"name": "x"}', headers={"Content-Type": content_type, "Accept-Language": language}
    )
    is_problem(answer, 415, "MEDIA_TYPE", language)


def test_a_body_of_another_type_where_a_form_is_read(client: Client, language: str) -> None:
    answer = client.post(
        "/v1/auth/token", json={"username": "a", "password": "b"}, headers={"Accept-Language": language}
    )
    is_problem(answer, 415, "MEDIA_TYPE", language)


def test_a_body_too_large_by_its_declared_length(office: Client, language: str) -> None:
    answer = office.post(ORGANIZATIONS, json=BODY | {"kana": "ア" * 10_000_000}, headers={"Accept-Language": language})
    is_problem(answer, 413, "TOO_LARGE", language)


def test_a_body_too_large_without_a_declared_length(office: Client, language: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    headers = {"Content-Type": "application/json", "Accept-Language": language}
    answer = office.post(ORGANIZATIONS, content=chunks(), headers=headers)
    is_problem(answer, 413, "TOO_LARGE", language)


def test_a_body_too_large_on_a_real_socket(server: str, office: Client) -> None:
    headers = {"Authorization": office.headers["Authorization"], "Content-Type": "application/json"}
    with httpx2.Client(base_url=server, headers=headers) as real:
        is_problem(real.post(ORGANIZATIONS, content=b" " * 1_000_001), 413, "TOO_LARGE")
        is_problem(real.post(ORGANIZATIONS, content=(b" " * 100_000 for _ in range(20))), 413, "TOO_LARGE")
        assert real.get("/healthz").status_code == 200


def test_a_body_of_exactly_the_limit_is_read(office: Client) -> None:
    answer = office.post(
        ORGANIZATIONS,
        content=b'{"name": "x", "kind": "npo"}'.ljust(1_000_000),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 201


def test_an_unknown_path(client: Client, language: str) -> None:
    is_problem(client.get("/v1/nothing", headers={"Accept-Language": language}), 404, "NOT_FOUND", language)


def test_an_unknown_method(client: Client, language: str) -> None:
    answer = client.put(ORGANIZATIONS, json={}, headers={"Accept-Language": language})
    is_problem(answer, 405, "METHOD", language)
    assert answer.headers["allow"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e3", ""])
def test_a_page_of_an_impossible_size(office: Client, limit: str) -> None:
    answer = office.get(ORGANIZATIONS, params={"limit": limit})
    assert answer.status_code == 422
    assert fault(answer)[0] == "limit"


@pytest.mark.parametrize("cursor", ["x", "eyJ4IjoxfQ", "=", "漢字", "A" * 1000])
def test_a_cursor_that_was_made_up(office: Client, cursor: str) -> None:
    answer = office.get(ORGANIZATIONS, params={"cursor": cursor})
    is_problem(answer, 422, "CURSOR")


def test_a_cursor_from_another_list(office: Client, make: Make) -> None:
    for _ in range(3):
        make.facility()
    cursor = office.get(ORGANIZATIONS, params={"limit": 1}).json()["next_cursor"]
    is_problem(office.get("/v1/facilities", params={"cursor": cursor}), 422, "CURSOR")
    is_problem(office.get(ORGANIZATIONS, params={"cursor": cursor, "kind": "npo"}), 422, "CURSOR")
    assert office.get(ORGANIZATIONS, params={"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("identifier", ["1", "not-a-uuid", "%00", "..%2F..%2Fetc"])
def test_an_identifier_that_is_none(office: Client, identifier: str) -> None:
    answer = office.get(f"{ORGANIZATIONS}/{identifier}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_object_that_is_not_there(office: Client, language: str) -> None:
    answer = office.get(f"{ORGANIZATIONS}/{uuid4()}", headers={"Accept-Language": language})
    is_problem(answer, 404, "NOT_FOUND", language)


def test_a_stale_etag_changes_nothing(office: Client, make: Make, language: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization(name='元の名').id}"
    stale = office.get(path).headers["etag"]
    assert office.patch(path, json={"name": "次の名"}, headers={"If-Match": stale}).status_code == 200
    answer = office.patch(path, json={"name": "遅い名"}, headers={"If-Match": stale, "Accept-Language": language})
    is_problem(answer, 412, "VERSION", language)
    assert office.get(path).json()["name"] == "次の名"


@pytest.mark.parametrize("etag", ["", "*x", 'W/"1"', '"nothing"', "1"])
def test_an_etag_that_is_not_ours(office: Client, make: Make, etag: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    is_problem(office.patch(path, json={"name": "x"}, headers={"If-Match": etag}), 412, "VERSION")


def test_a_change_that_is_no_object(office: Client, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    answer = office.patch(path, json=["name"], headers={"If-Match": office.get(path).headers["etag"]})
    is_problem(answer, 422, "FIELD_TYPE")


def test_a_change_without_an_etag(office: Client, make: Make, language: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    answer = office.patch(path, json={"name": "x"}, headers={"Accept-Language": language})
    is_problem(answer, 428, "PRECONDITION_REQUIRED", language)


def test_a_role_without_the_permission(as_: As, language: str) -> None:
    answer = as_(Role.VIEWER).post(ORGANIZATIONS, json=BODY, headers={"Accept-Language": language})
    is_problem(answer, 403, "NOT_PERMITTED", language)


def test_a_fault_of_ours_tells_nothing(office: Client, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    from services import directory  # noqa: PLC0415

    def broken(*_: object) -> None:
        message = "a secret of the house"
        raise RuntimeError(message)

    monkeypatch.setattr(directory, "list_districts", broken)
    answer = office.get("/v1/districts", headers={"Accept-Language": language})
    is_problem(answer, 500, "INTERNAL", language)
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ja"),
        ("fr, de", "ja"),
        ("en-GB, ja;q=0.5", "en"),
        ("vi, ja-simple;q=0.9, en;q=0.8", "ja-simple"),
        ("ja;q=0, en;q=0.1", "en"),
        (";;;,q=,=", "ja"),
        ("x" * 10_000, "ja"),
    ],
)
def test_the_language_is_negotiated(client: Client, header: str | None, language: str) -> None:
    answer = client.get("/v1/me", headers={"Accept-Language": header} if header else {})
    is_problem(answer, 401, "UNAUTHENTICATED", language)


def test_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.fresh_database
def test_readiness_wants_every_migration(client: Client, wiring: Wiring) -> None:
    with wiring.database.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/readyz")
    is_problem(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert client.get("/healthz").status_code == 200


def test_readiness_wants_a_database_that_answers(
    client: Client, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    def dead(*_: object) -> None:
        raise OperationalError("connect", {}, Exception("no route"))

    monkeypatch.setattr(wiring.database.reading, "connect", dead)
    is_problem(client.get("/readyz"), 503, "UNAVAILABLE")


def test_a_page_for_each_code(client: Client, language: str) -> None:
    headers = {"Accept-Language": language}
    codes = [item["code"] for item in client.get("/problems", headers=headers).json()["items"]]
    assert len(codes) > 50
    for code in codes:
        page = client.get(f"/problems/{code}", headers=headers)
        assert page.status_code == 200
        assert page.json()["title"] == say("titles", code, language)


def test_a_browser_gets_html(client: Client) -> None:
    page = client.get("/problems/ASG_OVERLAP", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"})
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="en">' in page.text
    assert say("titles", "ASG_OVERLAP", "en") in page.text


def test_no_page_for_an_unknown_code(client: Client) -> None:
    is_problem(client.get("/problems/NO_SUCH"), 404, "NOT_FOUND")
