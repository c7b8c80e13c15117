"""Listing requests: scope, filters, pages, and a constant number of queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models.account import Role
from models.dispatch_request import DispatchRequest, RequestStatus
from models.organization import Organization
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import people, work
from tests.makers.asking import REQUESTS, home_visit, submitted, written
from tests.makers.doors import faults
from tests.makers.work import VISIT
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]


def listed(by: Client, **query: Any) -> list[str]:
    answer = by.get(REQUESTS, params=query)
    assert answer.status_code == 200, answer.text
    return [request["id"] for request in answer.json()["items"]]


def test_an_institution_lists_its_own_and_staff_all(
    clerk: Client, office: Client, make: Make, centre: Organization, as_: As
) -> None:
    later = make.request(owner=centre, starts_at=VISIT + timedelta(days=1))
    own, foreign = make.request(owner=centre), make.request(starts_at=VISIT + timedelta(days=2))

    assert listed(clerk) == [str(own.id), str(later.id)]
    assert listed(office) == [str(own.id), str(later.id), str(foreign.id)]
    assert listed(clerk, organization_id=foreign.organization_id) == []
    assert as_(Role.VOLUNTEER).get(REQUESTS).status_code == 403


def test_a_summary_says_what_the_request_itself_says(clerk: Client, make: Make, centre: Organization) -> None:
    late = submitted(
        clerk,
        home_visit(
            starts_at="2025-11-14T16:00:00+09:00",
            ends_at="2025-11-14T18:30:00+09:00",
            clients=[{"age_months": 9, "consent_on": "2025-11-06"}],
        ),
    )
    place = make.facility(owner=centre)
    session = make.checkup_session(place=place)
    make.request(owner=centre, place=place, checkup_session_id=session.id, ages=(9,))
    opened = make.shift_with_demand(owner=centre, starts_at=VISIT + timedelta(days=1))

    items = clerk.get(REQUESTS).json()["items"]

    for item in items:
        whole = clerk.get(f"{REQUESTS}/{item['id']}").json()
        assert item == {name: whole[name] for name in item}
    assert items[0]["id"] == late["id"]
    assert (items[0]["urgent"], items[0]["needs_override"]) == (
        True,
        ["REQ_LEAD", "REQ_HOURS", "REQ_DURATION", "REQ_AGE_WINDOW"],
    )
    assert items[1]["needs_override"] == []
    assert (items[2]["shift_id"], items[2]["status"]) == (str(opened.shift.id), "matching")


def test_filters_narrow(office: Client, clerk: Client, make: Make, centre: Organization) -> None:
    visit = written(clerk, home_visit(languages=["vi", "en"]))["id"]
    english = str(make.request(starts_at=VISIT + timedelta(hours=1), status=RequestStatus.SUBMITTED).id)
    brazilian = str(make.request(owner=centre, starts_at=VISIT + timedelta(days=1), languages=["pt-BR"]).id)

    for query, expected in (
        ({"status": "submitted"}, [english]),
        ({"status": "draft"}, [visit, brazilian]),
        ({"organization_id": str(centre.id)}, [visit, brazilian]),
        ({"service_type": "newborn_home_visit"}, [visit]),
        ({"service_type": "nothing_like_it"}, []),
        ({"language": "en"}, [visit, english]),
        ({"language": "pt-BR"}, [brazilian]),
        ({"language": "pt"}, []),
        ({"from": "2025-11-20T11:00:00+09:00"}, [english, brazilian]),
        ({"to": "2025-11-20T11:00:00+09:00"}, [visit]),
        ({"from": "2025-11-20T10:00:00+09:00", "to": "2025-11-21T10:00:00+09:00"}, [visit, english]),
        ({"status": "draft", "language": "pt-BR", "from": "2025-11-22T00:00:00+09:00"}, []),
    ):
        assert listed(office, **query) == expected, query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "lost"}, ("status", "FIELD_FORMAT")),
        ({"organization_id": "x"}, ("organization_id", "FIELD_TYPE")),
        ({"service_type": "\x00"}, ("service_type", "FIELD_FORMAT")),
        ({"language": "%"}, ("language", "FIELD_RANGE")),
        ({"language": '"%"'}, ("language", "FIELD_FORMAT")),
        ({"language": "english"}, ("language", "LANG_TAG")),
        ({"from": "2025-11-20T10:00:00"}, ("from", "FIELD_NAIVE_TIME")),
        ({"to": "2025-11-31T10:00:00+09:00"}, ("to", "DATE_UNREAL")),
        ({"to": "2025-11-31"}, ("to", "DATE_UNREAL")),
        ({"from": "2025-11"}, ("from", "FIELD_FORMAT")),
        ({"from": ""}, ("from", "FIELD_FORMAT")),
        ({"limit": 0}, ("limit", "FIELD_RANGE")),
        ({"limit": 201}, ("limit", "FIELD_RANGE")),
        ({"cursor": "made-up"}, ("cursor", "CURSOR")),
    ],
)
def test_a_wrong_filter_is_named(query: dict[str, str], expected: tuple[str, str], office: Client) -> None:
    assert faults(office.get(REQUESTS, params=query)) == [expected]


def test_pages_are_stable_while_rows_come_and_go(office: Client, make: Make) -> None:
    rows = [str(make.request().id) for _ in range(5)]  # all at one time: the identifier decides
    first = office.get(REQUESTS, params={"limit": 2})
    assert first.headers["link"].endswith('rel="next"')
    make.request(starts_at=VISIT - timedelta(days=1))

    second = office.get(REQUESTS, params={"limit": 2, "cursor": first.json()["next_cursor"]}).json()
    third = office.get(REQUESTS, params={"limit": 2, "cursor": second["next_cursor"]}).json()

    seen = [request["id"] for page in (first.json(), second, third) for request in page["items"]]
    assert (seen, third["next_cursor"]) == (sorted(rows), None)


def test_a_cursor_of_another_list_is_refused(office: Client, make: Make) -> None:
    for _ in range(2):
        make.shift_with_demand()
    cursor = office.get(REQUESTS, params={"limit": 1}).json()["next_cursor"]
    foreign = office.get("/v1/shifts", params={"limit": 1}).json()["next_cursor"]

    assert faults(office.get(REQUESTS, params={"cursor": foreign})) == [("cursor", "CURSOR")]
    assert faults(office.get(REQUESTS, params={"cursor": cursor, "status": "matching"})) == [("cursor", "CURSOR")]


@pytest.mark.parametrize("rows", [1, 100])
def test_a_list_needs_as_many_queries_for_a_hundred_rows(
    rows: int, office: Client, make: Make, queries: Queries
) -> None:
    with make.wiring.unit() as unit:
        owner = people.organization(unit)
        place = people.facility(unit, owner=owner)
        for n in range(rows):
            session = work.checkup_session(unit, place=place, held_on=VISIT.date() + timedelta(days=n))
            request: DispatchRequest = work.request(
                unit,
                owner=owner,
                place=place,
                checkup_session_id=session.id,
                ages=(3, 4),
                status=RequestStatus.SUBMITTED,
            )
            work.shift_with_demand(unit, request=request)

    with queries() as seen:
        assert len(listed(office, limit=200)) == rows

    assert len(seen) == 7
