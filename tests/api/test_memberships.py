"""The liaison council's groups and the foundation's partners: from when to when each holds."""

from datetime import date
from typing import Any, Final

import httpx2
import pytest

from api.db import Wiring
from models.organization import Organization, OrganizationKind
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, problem

MEMBERSHIPS: Final = "/v1/memberships"
AGREEMENTS: Final = "/v1/partner-agreements"


@pytest.fixture
def group(make: Make) -> Organization:
    return make.organization(kind=OrganizationKind.EXCHANGE_GROUP, name="架空国際交流会")


@pytest.fixture
def university(make: Make) -> Organization:
    return make.organization(kind=OrganizationKind.UNIVERSITY, name="架空大学")


def join(caller: Client, group: Organization, joined_on: str, **over: Any) -> httpx2.Response:
    return caller.post(MEMBERSHIPS, json={"organization_id": str(group.id), "joined_on": joined_on, **over})


def amend(caller: Client, path: str, row_id: Any, tag: str = "*", **over: Any) -> httpx2.Response:
    return caller.patch(f"{path}/{row_id}", json=over, headers={"If-Match": tag})


def agree(caller: Client, partner: Organization, **over: Any) -> httpx2.Response:
    body = {"organization_id": str(partner.id), "title": "学生講師の派遣", "starts_on": "2025-04-01", **over}
    return caller.post(AGREEMENTS, json=body)


def test_a_group_joins_and_leaves_and_may_come_back(office: Client, group: Organization, wiring: Wiring) -> None:
    member = done(join(office, group, "2020-04-01"), 201)
    assert done(office.get(f"{MEMBERSHIPS}/{member['id']}"))["joined_on"] == "2020-04-01"
    assert (member["organization"], member["status"], member["actions"]) == ("架空国際交流会", "member", ["leave"])
    left = done(office.post(f"{MEMBERSHIPS}/{member['id']}/leave", json={"left_on": "2024-04-01"}))
    assert (left["status"], left["left_on"], left["actions"]) == ("left", "2024-04-01", [])
    again = office.post(f"{MEMBERSHIPS}/{member['id']}/leave", json={"left_on": "2024-04-01"})
    assert problem(again) == (409, "MEM_STATE")
    done(join(office, group, "2024-04-01"), 201)
    assert [event.action for event in audited(wiring, member["id"])] == ["membership.join", "membership.leave"]


def test_two_memberships_of_a_group_never_overlap(office: Client, group: Organization) -> None:
    first = done(join(office, group, "2020-04-01", left_on="2022-04-01"), 201)
    assert problem(join(office, group, "2022-03-31")) == (409, "MEM_OVERLAP")
    assert problem(join(office, group, "2019-04-01", left_on="2020-04-02")) == (409, "MEM_OVERLAP")
    done(join(office, group, "2019-04-01", left_on="2020-04-01"), 201)
    done(join(office, group, "2023-04-01"), 201)
    assert problem(amend(office, MEMBERSHIPS, first["id"], left_on=None)) == (409, "MEM_OVERLAP")
    assert done(amend(office, MEMBERSHIPS, first["id"], left_on="2023-04-01"))["left_on"] == "2023-04-01"


def test_impossible_memberships_are_refused(office: Client, group: Organization) -> None:
    assert faults(join(office, group, "2020-04-01", left_on="2020-04-01")) == [("/left_on", "FIELD_CONFLICT")]
    unknown = {"organization_id": "01935b5c-7d00-7000-8000-000000000000", "joined_on": "2020-04-01"}
    assert faults(office.post(MEMBERSHIPS, json=unknown)) == [("/organization_id", "FIELD_REFERENCE")]
    member = done(join(office, group, "2020-04-01"), 201)
    assert faults(amend(office, MEMBERSHIPS, member["id"], joined_on=None)) == [("/joined_on", "FIELD_NULL")]
    tag = f'"{member["id"]}.9"'
    assert problem(amend(office, MEMBERSHIPS, member["id"], tag, joined_on="2021-04-01")) == (412, "VERSION")


def test_the_list_tells_who_belongs_on_a_day(make: Make, office: Client, group: Organization) -> None:
    gone = make.membership(group, left_on=date(2024, 4, 1))
    other = make.membership(make.organization(), date(2022, 4, 1))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(MEMBERSHIPS, params=asked))["items"]]

    assert ids() == [str(gone.id), str(other.id)]
    assert ids(on="2022-03-31") == [str(gone.id)]
    assert ids(on="2024-04-01") == [str(other.id)]
    assert ids(organization_id=str(group.id)) == [str(gone.id)]
    cursor = done(office.get(MEMBERSHIPS, params={"limit": 1}))["next_cursor"]
    assert ids(limit=1, cursor=cursor) == [str(other.id)]


def test_an_agreement_is_written_down_corrected_and_ended(
    office: Client, university: Organization, wiring: Wiring
) -> None:
    made = done(agree(office, university, volunteers=14, districts=["east"], note="試験期間を除く"), 201)
    assert (made["organization"], made["in_force"], made["volunteers"]) == ("架空大学", True, 14)
    ended = done(amend(office, AGREEMENTS, made["id"], ends_on="2025-11-10"))
    assert ended["in_force"] is False
    assert done(amend(office, AGREEMENTS, made["id"], ends_on=None))["in_force"] is True
    assert done(amend(office, AGREEMENTS, made["id"], starts_on="2026-04-01"))["in_force"] is False
    assert done(office.get(f"{AGREEMENTS}/{made['id']}"))["note"] == "試験期間を除く"
    actions = [event.action for event in audited(wiring, made["id"])]
    assert actions == ["partner_agreement.create", *["partner_agreement.change"] * 3]


def test_impossible_agreements_are_refused(office: Client, university: Organization, group: Organization) -> None:
    assert faults(agree(office, group)) == [("/organization_id", "FIELD_REFERENCE")]
    unknown = {"organization_id": "01935b5c-7d00-7000-8000-000000000000"}
    assert faults(agree(office, university, **unknown)) == [("/organization_id", "FIELD_REFERENCE")]
    assert faults(agree(office, university, ends_on="2025-04-01")) == [("/ends_on", "FIELD_CONFLICT")]
    assert faults(agree(office, university, districts=["east", "moon"])) == [("/districts/1", "FIELD_REFERENCE")]
    made = done(agree(office, university), 201)
    assert faults(amend(office, AGREEMENTS, made["id"], districts=["moon"])) == [("/districts/0", "FIELD_REFERENCE")]


def test_agreements_are_listed_by_day_and_partner(make: Make, office: Client, university: Organization) -> None:
    old = make.agreement(university, starts_on=date(2020, 4, 1), ends_on=date(2021, 4, 1))
    new = make.agreement(make.organization(kind=OrganizationKind.NEIGHBORHOOD_ASSOCIATION))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(AGREEMENTS, params=asked))["items"]]

    assert ids() == [str(old.id), str(new.id)]
    assert ids(on="2021-03-31") == [str(old.id)]
    assert ids(organization_id=str(university.id), on="2025-11-10") == []
