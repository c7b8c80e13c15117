"""A school orders a term of mornings by 民間協力員 in one request; it is accepted whole, offered, and planned."""

from collections.abc import Callable
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.organization import Facility, FacilityKind, Organization, OrganizationKind
from models.volunteer import Engagement, Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS
from tests.makers.doors import done, notices_of, problem
from tests.makers.plans import assignments_of, planned, proposals
from tests.makers.plans import verb as on_plan
from tests.makers.terms import mornings, opened, read, told, verb

WINTER = ["2025-12-02", "2025-12-04", "2025-12-09", "2025-12-11", "2025-12-16", "2025-12-18"]


@pytest.fixture
def school(make: Make) -> Organization:
    return make.organization(kind=OrganizationKind.SCHOOL)


@pytest.fixture
def clerk(as_: As, school: Organization) -> Client:
    return as_(Role.REQUESTER, organization=school)


@pytest.fixture
def partner(make: Make) -> Volunteer:
    return supporter(make)


def supporter(make: Make, **over: Any) -> Volunteer:
    """A 民間協力員 who speaks Vietnamese, with all that work with children in a school wants."""
    columns = {"engagement": Engagement.PARTNER, "languages": {"vi": "C1"}, "certs": ("school",), **over}
    return make.volunteer(**{"max_per_month": 31, "cleared": True, "child_contact_ok": True, **columns})


def term(make: Make, clerk: Client, office: Client, owner: Organization) -> list[str]:
    """The shifts of a term that was ordered in one request and accepted in another."""
    place: Facility = make.facility(owner=owner, kind=FacilityKind.SCHOOL)
    series = opened(clerk, mornings(place, submit=True))
    assert told(verb(office, series, "accept")) == [(day, 200, None) for day in WINTER]
    assert read(clerk, series)["by_status"] == {"matching": 6}
    requests = [done(office.get(f"{REQUESTS}/{one['id']}")) for one in series["occurrences"]]
    return [request["shift_id"] for request in requests]


def candidates(office: Client, shift_id: str) -> dict[str, dict[str, Any]]:
    found = done(office.get(f"/v1/shifts/{shift_id}/candidates", params={"include_ineligible": True}))["items"]
    return {one["volunteer_id"]: one for one in found}


def test_who_may_support_a_school(
    make: Make, clerk: Client, office: Client, school: Organization, partner: Volunteer
) -> None:
    """Partners under the rules of volunteers; only who is staff needs no pledge and insurance (domain.md §0.1)."""
    lacking = {
        "ASG_NO_CERT": supporter(make, certs=()),
        "CLS_SAFETY": supporter(make, cleared=False),
        "ASG_NO_PLEDGE": supporter(make, pledge=False),
        "ASG_NO_INSURANCE": supporter(make, insured=False),
        "ASG_LEVEL": supporter(make, languages={"vi": "A1"}),
    }
    staff = supporter(make, engagement=Engagement.STAFF, pledge=False, insured=False)
    found = candidates(office, term(make, clerk, office, school)[0])
    assert [found[str(one.id)]["eligible"] for one in (partner, staff)] == [True, True]
    assert {code: [one["code"] for one in found[str(who.id)]["violations"]] for code, who in lacking.items()} == {
        code: [code] for code in lacking
    }


def test_a_term_is_offered_in_one_message_and_goes_on_with_who_began(
    make: Make, as_: As, clerk: Client, office: Client, school: Organization, wiring: Wiring
) -> None:
    hers, other = supporter(make), supporter(make)
    shifts = term(make, clerk, office, school)
    waves = [{"shift_id": shift, "volunteer_ids": [str(hers.id)]} for shift in shifts]
    sent = done(office.post("/v1/offers/batch", json={"items": waves}), 207)["items"]
    assert [kind for kind, whom in notices_of(wiring) if whom == hers.id] == ["offers_sent_many"]
    first, *rest = [item["offers"][0]["id"] for item in sent]
    done(as_(hers).post(f"/v1/offers/{first}/accept"))
    ranked = candidates(office, shifts[1])
    continued = {who: points(ranked[str(who)], "continuity") for who in (hers.id, other.id)}
    assert continued[hers.id] > continued[other.id] == 0
    answers = [{"offer_id": one, "answer": "accept"} for one in rest]
    assert {one["status"] for one in done(as_(hers).post("/v1/me/offers/answers", json=answers), 207)["items"]} == {200}
    assert {one.volunteer_id for one in assignments_of(wiring)} == {hers.id}


def points(candidate: dict[str, Any], criterion: str) -> int:
    return sum(one["points"] for one in candidate["reasons"] if one["criterion"] == criterion)


def test_a_plan_gives_a_term_to_one_person(
    make: Make,
    clerk: Client,
    office: Client,
    school: Organization,
    wiring: Wiring,
    check_data: Callable[[], None],
) -> None:
    two = [supporter(make), supporter(make)]
    shifts = term(make, clerk, office, school)
    plan = planned(office, wiring)
    lines = proposals(office, plan)
    assert {line["shift_id"] for line in lines} == set(shifts)
    assert len({line["volunteer_id"] for line in lines}) == 1
    done(on_plan(office, plan, "apply", mode="assign"))
    stood = assignments_of(wiring)
    assert (len(stood), len({one.volunteer_id for one in stood})) == (6, 1)
    assert {one.volunteer_id for one in stood} <= {one.id for one in two}
    check_data()


def test_the_office_says_who_is_a_partner(make: Make, as_: As, office: Client) -> None:
    mai = make.volunteer()
    path, anyhow = f"/v1/volunteers/{mai.id}", {"If-Match": "*"}
    refused = as_(mai).patch(path, json={"engagement": "staff"}, headers=anyhow)
    assert problem(refused) == (403, "NOT_PERMITTED")
    assert done(office.patch(path, json={"engagement": "partner"}, headers=anyhow))["engagement"] == "partner"
