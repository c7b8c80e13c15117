"""The directory: institutions, places, and the lists that others refer to."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.organization import OrganizationKind
from models.record import AuditEvent
from models.service_type import ServiceType
from services.directory import check_digit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.register import names
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]


def test_districts_come_in_the_plans_order_with_names_in_the_callers_language(viewer: Client) -> None:
    found = viewer.get("/v1/districts", headers={"Accept-Language": "en"}).json()["items"]

    assert len(found) == 10
    assert found[0]["code"] == "east"
    assert found[0]["name"] == "East"
    assert found[0]["names"]["ja"] == "東部"
    assert found[0]["foreign_population"] == 1498
    assert sum(district["foreign_population"] for district in found) == 6311


def test_languages_and_skills_come_in_their_order(viewer: Client) -> None:
    tags = [entry["tag"] for entry in viewer.get("/v1/languages").json()["items"]]
    codes = [entry["code"] for entry in viewer.get("/v1/skills").json()["items"]]

    assert tags[:4] == ["cmn", "yue", "zh", "en"]
    assert "maternal_child_health" in codes
    assert all(names(viewer.get("/v1/skills")))


def test_holidays_are_this_fiscal_years_unless_asked(viewer: Client) -> None:
    days = [entry["day"] for entry in viewer.get("/v1/holidays").json()["items"]]

    assert days == sorted(days)
    assert days[0] == "2025-04-29"
    assert days[-1] == "2026-03-20"
    assert {"2025-11-03", "2025-11-24", "2025-12-29", "2026-01-03"} <= set(days)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("from=2026-03-01", ["2026-03-20"]),
        ("from=2027-03-01", ["2027-03-21", "2027-03-22"]),
        ("to=2025-05-03", ["2025-04-29", "2025-05-03"]),
    ],
)
def test_holidays_asked_with_one_end_stay_in_its_fiscal_year(viewer: Client, asked: str, days: list[str]) -> None:
    assert [entry["day"] for entry in viewer.get(f"/v1/holidays?{asked}").json()["items"]] == days


def test_holidays_of_a_time_include_both_ends(viewer: Client) -> None:
    found = viewer.get("/v1/holidays?from=2025-11-03&to=2025-12-29", headers={"Accept-Language": "ja"}).json()["items"]

    assert [(entry["day"], entry["kind"]) for entry in found] == [
        ("2025-11-03", "public_holiday"),
        ("2025-11-23", "public_holiday"),
        ("2025-11-24", "public_holiday"),
        ("2025-12-29", "closed_day"),
    ]
    assert found[0]["name"] == "文化の日"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("from=2025-11-03&to=2025-11-02", "FIELD_CONFLICT"),
        ("from=2025-01-01&to=2028-01-05", "FIELD_RANGE"),
    ],
)
def test_holidays_refuse_an_impossible_time(viewer: Client, asked: str, code: str) -> None:
    assert faults(viewer.get(f"/v1/holidays?{asked}")) == [("to", code)]


def test_holidays_may_be_asked_for_three_years(viewer: Client) -> None:
    assert viewer.get("/v1/holidays?from=2025-01-01&to=2027-12-31").status_code == 200


def test_service_types_are_those_in_force_on_the_day_switched_off_ones_too(make: Make, viewer: Client) -> None:
    make.service_type("trial", valid_from=date(2025, 11, 1), valid_to=date(2025, 11, 10), enabled=False)

    def on(query: str) -> dict[str, Any]:
        return {entry["code"]: entry for entry in viewer.get(f"/v1/service-types{query}").json()["items"]}

    assert on("")["trial"]["enabled"] is False
    assert on("")["infant_checkup"]["required_certs"] == ["checkup"]
    assert "trial" in on("?on=2025-11-01")
    assert "trial" not in on("?on=2025-10-31")
    assert "trial" not in on("?on=2025-11-11")


def test_a_service_type_is_read_by_its_id(make: Make, viewer: Client) -> None:
    service: ServiceType = make.service_type("infant_checkup")

    answer = viewer.get(f"/v1/service-types/{service.id}")

    assert answer.json()["code"] == "infant_checkup"
    assert answer.json()["actions"] == []
    assert answer.headers["etag"] == service.etag
    assert viewer.get(f"/v1/service-types/{new_id()}").status_code == 404


def test_an_institution_is_listed_read_and_corrected(office: Client, viewer: Client, wiring: Wiring) -> None:
    made = office.post(
        "/v1/organizations",
        json={"name": "架空市役所", "kana": "カクウシヤクショ", "kind": "city_section", "lg_code": "172014"},
    )
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert where == f"/v1/organizations/{made.json()['id']}"
    assert viewer.get(where).json() == made.json()

    changed = office.patch(where, json={"name": "架空市", "lg_code": None}, headers={"If-Match": made.headers["etag"]})

    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["lg_code"], changed.json()["version"]) == ("架空市", None, 2)
    with wiring.unit(write=False) as unit:
        events = unit.session.exec(
            select(AuditEvent).where(AuditEvent.object_type == "organization").order_by(col(AuditEvent.id))
        )
        assert [(event.action, event.fields) for event in events] == [
            ("organization.create", []),
            ("organization.change", ["lg_code", "name"]),
        ]


def test_a_correction_wants_the_version_last_seen(make: Make, office: Client) -> None:
    centre = make.organization()
    place = make.facility(owner=centre)

    for where in (f"/v1/organizations/{centre.id}", f"/v1/facilities/{place.id}"):
        assert office.patch(where, json={"name": "別名"}).status_code == 428
        assert office.patch(where, json={"name": "別名"}, headers={"If-Match": '"old"'}).status_code == 412
        assert office.patch(where, json={"name": None}, headers={"If-Match": "*"}).status_code == 422


@pytest.mark.parametrize("resource", ["organizations", "facilities"])
def test_what_nobody_listed_is_not_found(office: Client, resource: str) -> None:
    where = f"/v1/{resource}/{new_id()}"

    assert office.get(where).status_code == 404
    assert office.patch(where, json={"name": "x"}, headers={"If-Match": "*"}).status_code == 404


def test_a_name_is_taken_once(make: Make, office: Client) -> None:
    one, other = make.organization(name="架空一"), make.organization()
    place = make.facility(owner=one, name="架空館")

    again = office.post("/v1/organizations", json={"name": "架空一", "kind": "npo"})
    renamed = office.patch(f"/v1/organizations/{other.id}", json={"name": "架空一"}, headers={"If-Match": other.etag})
    hall = {"organization_id": str(one.id), "name": place.name, "kind": "office", "district_code": "west"}

    for refused in (again, renamed, office.post("/v1/facilities", json=hall)):
        assert faults(refused) == [("/name", "FIELD_DUPLICATE")]


@pytest.mark.parametrize(("digits", "digit"), [("17201", "4"), ("01100", "2"), ("11000", "1"), ("20000", "0")])
def test_the_check_digit_is_that_of_real_codes(digits: str, digit: str) -> None:
    assert check_digit(digits) == digit


def test_a_municipality_code_that_does_not_check_is_refused(make: Make, office: Client) -> None:
    centre = make.organization()
    wrong = {"name": "架空市", "kind": "city_section", "lg_code": "172015"}

    made = office.post("/v1/organizations", json=wrong)
    changed = office.patch(
        f"/v1/organizations/{centre.id}", json={"lg_code": "172015"}, headers={"If-Match": centre.etag}
    )

    for refused in (made, changed):
        assert faults(refused) == [("/lg_code", "LGCODE_CHECK")]


def test_institutions_are_found_by_kind_and_by_words(make: Make, viewer: Client) -> None:
    make.organization(name="泉野センター", kana="イズミノセンター")
    make.organization(name="架空大学", kana="カクウダイガク", kind=OrganizationKind.UNIVERSITY)
    make.organization(name="100%の会", kind=OrganizationKind.NPO)

    assert names(viewer.get("/v1/organizations?kind=university")) == ["架空大学"]
    assert names(viewer.get("/v1/organizations", params={"q": "泉野"})) == ["泉野センター"]
    assert names(viewer.get("/v1/organizations", params={"q": "いずみの ｾﾝﾀｰ"})) == ["泉野センター"]
    assert names(viewer.get("/v1/organizations", params={"q": "0%"})) == ["100%の会"]
    assert names(viewer.get("/v1/organizations", params={"q": "_"})) == []
    assert len(names(viewer.get("/v1/organizations", params={"q": " "}))) == 3


def test_lists_are_paged_to_the_end_and_cursors_belong_to_their_list(make: Make, viewer: Client) -> None:
    for number in range(5):
        make.organization(name=f"架空{number}")

    pages = [viewer.get("/v1/organizations?limit=2").json()]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(viewer.get("/v1/organizations", params={"limit": 2, "cursor": cursor}).json())

    assert [entry["name"] for page in pages for entry in page["items"]] == [f"架空{number}" for number in range(5)]
    foreign = {"cursor": pages[0]["next_cursor"]}
    assert faults(viewer.get("/v1/facilities", params=foreign)) == [("cursor", "CURSOR")]
    assert faults(viewer.get("/v1/organizations", params=foreign | {"kind": "npo"})) == [("cursor", "CURSOR")]


@pytest.mark.parametrize("count", [1, 100])
def test_lists_need_as_many_queries_for_a_hundred_rows_as_for_one(
    make: Make, viewer: Client, queries: Queries, count: int
) -> None:
    for number in range(count):
        make.organization(name=f"架空{number}")

    with queries() as seen:
        assert len(names(viewer.get("/v1/organizations?limit=200"))) == count

    assert len(seen) == 2


def test_only_staff_write_the_directory(make: Make, as_: As, client: Client) -> None:
    centre = make.organization()

    for role in (Role.REQUESTER, Role.VOLUNTEER, Role.VIEWER, Role.TRAINER, Role.UNIVERSITY_LIAISON):
        caller = as_(role)
        assert caller.get("/v1/organizations").status_code == 200
        assert caller.post("/v1/organizations", json={"name": "x", "kind": "npo"}).status_code == 403
        assert caller.patch(f"/v1/organizations/{centre.id}", json={}, headers={"If-Match": "*"}).status_code == 403
    for path in ("organizations", "facilities", "districts", "languages", "skills", "holidays", "service-types"):
        assert client.get(f"/v1/{path}").status_code == 401
