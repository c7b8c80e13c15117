"""Whatever is sent, the answer is a precise problem in the caller's language: never a 500, nothing half-written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from jose import jwt

from api.authn import AUDIENCE, issue
from api.db import Wiring
from api.problems import FORMS as WANTED
from models.account import Account, AccountStatus, Role
from services.clock import SetClock
from services.wording import say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import centre_visit
from tests.makers.doors import done

LANGUAGES = ("ja", "en", "ja-simple")
ORGANIZATIONS = "/v1/organizations"
REQUESTS = "/v1/dispatch-requests"
BODY = {"name": "架空の集会所", "kind": "npo"}
REQUEST = {
    "service_type": "infant_checkup",
    "starts_at": "2025-11-20T10:00:00+09:00",
    "ends_at": "2025-11-20T12:00:00+09:00",
    "languages": ["en"],
}


@pytest.fixture
def staff(as_: As) -> Client:
    """A coordinator."""
    return as_(Role.COORDINATOR)


@pytest.fixture
def clerk(as_: As) -> Client:
    """A clerk of a centre."""
    return as_(Role.REQUESTER)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    name: str = request.param
    return name


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


def test_malformed_json(staff: Client, language: str) -> None:
    answer = staff.post(
        ORGANIZATIONS, content=b'{"name": ', headers={"Content-Type": "application/json", "Accept-Language": language}
    )
    is_problem(answer, 400, "BAD_REQUEST", language)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type(staff: Client, language: str, content_type: str) -> None:
    answer = staff.post(
        ORGANIZATIONS, content=b'{"name": "x"}', headers={"Content-Type": content_type, "Accept-Language": language}
    )
    is_problem(answer, 415, "MEDIA_TYPE", language)


def test_a_body_of_another_type_where_a_form_is_read(client: Client, language: str) -> None:
    answer = client.post(
        "/v1/auth/token", json={"username": "a", "password": "b"}, headers={"Accept-Language": language}
    )
    is_problem(answer, 415, "MEDIA_TYPE", language)


def test_a_body_too_large_by_its_declared_length(staff: Client, language: str) -> None:
    answer = staff.post(ORGANIZATIONS, json=BODY | {"kana": "ア" * 10_000_000}, headers={"Accept-Language": language})
    is_problem(answer, 413, "TOO_LARGE", language)


def test_a_body_too_large_without_a_declared_length(staff: Client, language: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    headers = {"Content-Type": "application/json", "Accept-Language": language}
    answer = staff.post(ORGANIZATIONS, content=chunks(), headers=headers)
    is_problem(answer, 413, "TOO_LARGE", language)


def test_a_body_too_large_on_a_real_socket(server: str, staff: Client) -> None:
    headers = {"Authorization": staff.headers["Authorization"], "Content-Type": "application/json"}
    with httpx2.Client(base_url=server, headers=headers) as real:
        is_problem(real.post(ORGANIZATIONS, content=b" " * 1_000_001), 413, "TOO_LARGE")
        is_problem(real.post(ORGANIZATIONS, content=(b" " * 100_000 for _ in range(20))), 413, "TOO_LARGE")
        assert real.get("/healthz").status_code == 200


def test_a_body_of_exactly_the_limit_is_read(staff: Client) -> None:
    answer = staff.post(
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


def test_an_unknown_field(staff: Client, language: str) -> None:
    answer = staff.post(ORGANIZATIONS, json=BODY | {"nmae": "x"}, headers={"Accept-Language": language})
    is_problem(answer, 422, "FIELD_UNKNOWN", language)
    assert fault(answer) == ("/nmae", "FIELD_UNKNOWN")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "npo"}, ("/name", "FIELD_MISSING")),
        (BODY | {"name": 7}, ("/name", "FIELD_TYPE")),
        (BODY | {"name": None}, ("/name", "FIELD_TYPE")),
        (BODY | {"name": ""}, ("/name", "FIELD_RANGE")),
        (BODY | {"name": "x" * 121}, ("/name", "FIELD_RANGE")),
        (BODY | {"name": "two\nlines"}, ("/name", "FIELD_FORMAT")),
        (BODY | {"name": "nul\x00"}, ("/name", "FIELD_FORMAT")),
        (BODY | {"kind": "castle"}, ("/kind", "FIELD_FORMAT")),
        (BODY | {"kana": "hira"}, ("/kana", "KANA_FORMAT")),
        ([], ("", "FIELD_TYPE")),
    ],
)
def test_a_field_that_cannot_stand(staff: Client, body: object, expected: tuple[str, str]) -> None:
    answer = staff.post(ORGANIZATIONS, json=body)
    is_problem(answer, 422, expected[1])
    assert fault(answer) == expected


def test_a_lone_surrogate_is_refused(staff: Client) -> None:
    answer = staff.post(
        ORGANIZATIONS, content=rb'{"name": "\ud800", "kind": "npo"}', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        ("2025-11-20T10:00:00", "FIELD_NAIVE_TIME"),
        ("2025-02-30T10:00:00+09:00", "DATE_UNREAL"),
        ("9999-12-31T23:59:59-12:00", "DATE_UNREAL"),
        ("0001-01-01T00:00:00+14:00", "DATE_UNREAL"),
        ("2025-11-20T24:00:00+09:00", "DATE_UNREAL"),
        ("2025-11-20T10:00:00+99:99", "DATE_UNREAL"),
        ("2025-11-20", "FIELD_FORMAT"),
        ("tomorrow", "FIELD_FORMAT"),
        (1763600400, "FIELD_FORMAT"),
        (1e308, "FIELD_FORMAT"),
        (True, "FIELD_FORMAT"),
    ],
)
def test_an_instant_that_is_none(clerk: Client, starts_at: object, code: str) -> None:
    answer = clerk.post(REQUESTS, json=REQUEST | {"starts_at": starts_at})
    is_problem(answer, 422, code)
    assert fault(answer) == ("/starts_at", code)


def test_several_faults_are_told_at_once(clerk: Client) -> None:
    answer = clerk.post(REQUESTS, json=REQUEST | {"starts_at": "x", "languages": ["??"], "places": 9, "colour": "red"})
    faults = {entry["pointer"]: entry["code"] for entry in answer.json()["errors"]}
    assert faults == {
        "/starts_at": "FIELD_FORMAT",
        "/languages/0": "FIELD_FORMAT",
        "/places": "FIELD_RANGE",
        "/colour": "FIELD_UNKNOWN",
    }


FORMS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"starts_at": "2025-11-20 10:00"},
        "/starts_at",
        "Write date and time as 2025-11-20T10:00:00+09:00, with the offset.",
    ),
    ({"modality": "zoom"}, "/modality", "Use one of these: on_site, phone, video"),
    ({"places": "2"}, "/places", "Write a number in plain digits, without quotes."),
    ({"facility_id": "泉野"}, "/facility_id", "Use an identifier (UUID) from another answer."),
    ({"languages": "en"}, "/languages", "Write a list ([ ])."),
    ({"note": 5}, "/note", "Write a text."),
    (
        {"onsite_contact": {"name": "健診係", "phone": "内線 12"}},
        "/onsite_contact/phone",
        "Write the telephone number as 076-000-0001.",
    ),
    (
        {"clients": [{"age_months": 18, "consent_on": "2025/11/6"}]},
        "/clients/0/consent_on",
        "Write the date as 2025-11-20.",
    ),
]


@pytest.mark.parametrize(("wrong", "pointer", "text"), FORMS, ids=[pointer for _, pointer, _ in FORMS])
def test_a_value_of_the_wrong_form_is_told_the_right_one(
    clerk: Client, wrong: dict[str, Any], pointer: str, text: str
) -> None:
    answer = clerk.post(REQUESTS, json=REQUEST | wrong, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert [(entry["pointer"], entry["detail"]) for entry in answer.json()["errors"]] == [(pointer, text)]
    assert answer.json()["detail"] == text


ONE_DAY = {
    "en": "The value or its length must be 10 Nov 2025.",
    "ja": "値または長さを2025年11月10日にしてください。",
    "ja-simple": "大きさか 長さを 2025年11月10日に してください。",
}


@pytest.mark.parametrize(("spoken", "text"), ONE_DAY.items(), ids=ONE_DAY)
def test_a_range_of_one_value_is_told_as_that_value(make: Make, office: Client, spoken: str, text: str) -> None:
    path = f"/v1/learners/{make.learner().id}/school-stages"
    office.post(path, json={"stage": "junior_high", "since": "2025-11-10"})

    answer = office.post(path, json={"stage": "adult", "since": "2025-11-09"}, headers={"Accept-Language": spoken})

    assert answer.json()["errors"] == [{"pointer": "/since", "code": "FIELD_RANGE", "detail": text}]
    assert answer.json()["detail"] == text


def test_a_filter_of_the_wrong_form_is_told_both_right_ones(clerk: Client) -> None:
    answer = clerk.get(REQUESTS, params={"from": "10 Nov"}, headers={"Accept-Language": "en"})

    text = "Write date and time as 2025-11-20T10:00:00+09:00, with the offset, or only the date as 2025-11-20."
    assert answer.json()["errors"] == [{"pointer": "from", "code": "FIELD_FORMAT", "detail": text}]


@pytest.mark.parametrize("kind", sorted(WANTED))
def test_every_form_has_its_sentence(kind: str, language: str) -> None:
    assert say("forms", WANTED[kind], language)


@pytest.mark.parametrize("dash", ["\uff0d", "\u2212", "\u30fc", "-"])
def test_a_telephone_number_may_be_typed_wide(as_: As, make: Make, dash: str) -> None:
    centre = make.organization()
    typed = "076-000-0001".translate({ord("-"): dash, **{n: n + 0xFEE0 for n in range(ord("0"), ord("9") + 1)}})
    body = centre_visit(make.facility(owner=centre), onsite_contact={"name": "健診係", "phone": typed})
    made = as_(Role.REQUESTER, organization=centre).post(REQUESTS, json=body)

    assert done(made, 201)["onsite_contact"] == {"name": "健診係", "phone": "076-000-0001"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("+123", "+123"), ("+11111111111111111⑩1", None), ("+1111111111111111⑩1", "+1111111111111111101")],
    ids=["shortest", "too long when plain", "longest"],
)
def test_a_telephone_number_is_measured_as_it_is_kept(as_: As, make: Make, typed: str, kept: str | None) -> None:
    centre = make.organization()
    body = centre_visit(make.facility(owner=centre), onsite_contact={"name": "健診係", "phone": typed})
    made = as_(Role.REQUESTER, organization=centre).post(REQUESTS, json=body)

    if kept is None:
        assert fault(made) == ("/onsite_contact/phone", "FIELD_FORMAT")
    else:
        assert done(made, 201)["onsite_contact"]["phone"] == kept


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e3", ""])
def test_a_page_of_an_impossible_size(staff: Client, limit: str) -> None:
    answer = staff.get(ORGANIZATIONS, params={"limit": limit})
    assert answer.status_code == 422
    assert fault(answer)[0] == "limit"


@pytest.mark.parametrize("cursor", ["x", "eyJ4IjoxfQ", "=", "漢字", "A" * 1000])
def test_a_cursor_that_was_made_up(staff: Client, cursor: str) -> None:
    answer = staff.get(ORGANIZATIONS, params={"cursor": cursor})
    is_problem(answer, 422, "CURSOR")


def test_a_cursor_from_another_list(staff: Client, make: Make) -> None:
    for _ in range(3):
        make.facility()
    cursor = staff.get(ORGANIZATIONS, params={"limit": 1}).json()["next_cursor"]
    is_problem(staff.get("/v1/facilities", params={"cursor": cursor}), 422, "CURSOR")
    is_problem(staff.get(ORGANIZATIONS, params={"cursor": cursor, "kind": "npo"}), 422, "CURSOR")
    assert staff.get(ORGANIZATIONS, params={"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("identifier", ["1", "not-a-uuid", "%00", "..%2F..%2Fetc"])
def test_an_identifier_that_is_none(staff: Client, identifier: str) -> None:
    answer = staff.get(f"{ORGANIZATIONS}/{identifier}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_object_that_is_not_there(staff: Client, language: str) -> None:
    answer = staff.get(f"{ORGANIZATIONS}/{uuid4()}", headers={"Accept-Language": language})
    is_problem(answer, 404, "NOT_FOUND", language)


def test_a_stale_etag_changes_nothing(staff: Client, make: Make, language: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization(name='元の名').id}"
    stale = staff.get(path).headers["etag"]
    assert staff.patch(path, json={"name": "次の名"}, headers={"If-Match": stale}).status_code == 200
    answer = staff.patch(path, json={"name": "遅い名"}, headers={"If-Match": stale, "Accept-Language": language})
    is_problem(answer, 412, "VERSION", language)
    assert staff.get(path).json()["name"] == "次の名"


@pytest.mark.parametrize("etag", ["", "*x", 'W/"1"', '"nothing"', "1"])
def test_an_etag_that_is_not_ours(staff: Client, make: Make, etag: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    is_problem(staff.patch(path, json={"name": "x"}, headers={"If-Match": etag}), 412, "VERSION")


def test_a_change_that_is_no_object(staff: Client, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    answer = staff.patch(path, json=["name"], headers={"If-Match": staff.get(path).headers["etag"]})
    is_problem(answer, 422, "FIELD_TYPE")


def test_a_day_before_anybody_lived(staff: Client) -> None:
    answer = staff.get("/v1/reports/dispatches", params={"from": "1899-12-31"})
    is_problem(answer, 422, "DATE_UNREAL")


def test_a_change_without_an_etag(staff: Client, make: Make, language: str) -> None:
    path = f"{ORGANIZATIONS}/{make.organization().id}"
    answer = staff.patch(path, json={"name": "x"}, headers={"Accept-Language": language})
    is_problem(answer, 428, "PRECONDITION_REQUIRED", language)


def claims(**over: object) -> dict[str, object]:
    now = int(datetime(2025, 11, 10, tzinfo=UTC).timestamp())
    return {"sub": str(uuid4()), "aud": AUDIENCE, "iat": now, "exp": now + 900, **over}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in claims().items() if key != name}


def token_of(wiring: Wiring, content: dict[str, object], *, key: bytes | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(content, key or wiring.vault.secret_key, algorithm=algorithm)


@pytest.mark.parametrize(
    "content",
    [
        claims(sub="nobody"),
        claims(sub=7),
        claims(aud="another"),
        claims(exp="never"),
        without("exp"),
        without("aud"),
        without("sub"),
        without("iat"),
        claims(),  # signed by us, for an account that does not exist
    ],
)
def test_a_token_that_says_too_little_or_the_wrong_thing(
    client: Client, wiring: Wiring, content: dict[str, object]
) -> None:
    answer = client.get("/v1/me", headers={"Authorization": f"Bearer {token_of(wiring, content)}"})
    is_problem(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Token x", "Bearer " + "A" * 5000]
)
def test_a_broken_token(client: Client, header: str, language: str) -> None:
    answer = client.get("/v1/me", headers={"Authorization": header, "Accept-Language": language})
    is_problem(answer, 401, "UNAUTHENTICATED", language)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_another_key_or_algorithm(client: Client, wiring: Wiring, make: Make) -> None:
    content = claims(sub=str(make.account(Role.VIEWER).id))
    foreign = token_of(wiring, content, key=b"another secret of another server, long enough")
    longer = token_of(wiring, content, algorithm="HS512")
    unsigned = "eyJhbGciOiJub25lIn0." + foreign.split(".")[1] + "."
    for token in (foreign, longer, unsigned):
        is_problem(client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}), 401, "UNAUTHENTICATED")
    good = token_of(wiring, content)
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_a_token_expires(client: Client, wiring: Wiring, make: Make, clock: SetClock) -> None:
    account: Account = make.account(Role.VIEWER)
    token = issue(account.id, wiring.vault.secret_key, clock(), timedelta(minutes=15))
    headers = {"Authorization": f"Bearer {token}"}
    clock.forward(minutes=14, seconds=59)
    assert client.get("/v1/me", headers=headers).status_code == 200
    clock.forward(seconds=1)
    is_problem(client.get("/v1/me", headers=headers), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("status", [AccountStatus.DISABLED, AccountStatus.INVITED])
def test_a_token_of_an_account_that_may_not_act(as_: As, make: Make, status: AccountStatus) -> None:
    is_problem(as_(make.account(Role.ADMIN, status=status)).get("/v1/me"), 401, "UNAUTHENTICATED")


def test_a_role_without_the_permission(as_: As, language: str) -> None:
    answer = as_(Role.VIEWER).post(ORGANIZATIONS, json=BODY, headers={"Accept-Language": language})
    is_problem(answer, 403, "NOT_PERMITTED", language)


def test_a_fault_of_ours_tells_nothing(staff: Client, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    from services import directory  # noqa: PLC0415

    def broken(*_: object) -> None:
        message = "a secret of the house"
        raise RuntimeError(message)

    monkeypatch.setattr(directory, "list_districts", broken)
    answer = staff.get("/v1/districts", headers={"Accept-Language": language})
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
