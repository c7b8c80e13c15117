"""A field that cannot stand is told where it is, what is wrong, and how it is to be written."""

from typing import Any

import pytest

from api.problems import FORMS as WANTED
from models.account import Role
from services.wording import say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import centre_visit
from tests.makers.doors import done
from tests.makers.problems import BODY, ORGANIZATIONS, REQUEST, REQUESTS, fault, is_problem


def test_an_unknown_field(office: Client, language: str) -> None:
    answer = office.post(ORGANIZATIONS, json=BODY | {"nmae": "x"}, headers={"Accept-Language": language})
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
def test_a_field_that_cannot_stand(office: Client, body: object, expected: tuple[str, str]) -> None:
    answer = office.post(ORGANIZATIONS, json=body)
    is_problem(answer, 422, expected[1])
    assert fault(answer) == expected


def test_a_lone_surrogate_is_refused(office: Client) -> None:
    answer = office.post(
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


def test_a_day_before_anybody_lived(office: Client) -> None:
    answer = office.get("/v1/reports/dispatches", params={"from": "1899-12-31"})
    is_problem(answer, 422, "DATE_UNREAL")
