"""Lists of offers: whose, which, page by page, with a constant number of queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.account import Role
from models.offer import OfferStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
TEN = datetime.fromisoformat("2025-11-20T10:00:00+09:00")


def test_offers_are_listed_by_scope_and_filter(make: Make, as_: As, office: Client) -> None:
    first, second = make.volunteer(), make.volunteer()
    opened, other = make.shift_with_demand(), make.shift_with_demand()
    mine, declined = make.offer(opened, first), make.offer(other, first, OfferStatus.DECLINED)
    foreign = make.offer(opened, second)

    def listed(caller: Client, path: str = "/v1/offers", **filters: Any) -> set[str]:
        return {one["id"] for one in done(caller.get(path, params=filters))["items"]}

    assert listed(office) == {str(one.id) for one in (mine, declined, foreign)}
    assert listed(office, shift_id=opened.shift.id) == {str(mine.id), str(foreign.id)}
    assert listed(office, volunteer_id=first.id, status="declined") == {str(declined.id)}
    assert listed(as_(first)) == listed(as_(first), "/v1/me/offers") == {str(mine.id), str(declined.id)}
    assert listed(as_(first), volunteer_id=second.id) == set()
    assert listed(as_(first), "/v1/me/offers", status="sent") == {str(mine.id)}
    assert problem(as_(first).get(f"/v1/offers/{foreign.id}")) == (404, "NOT_FOUND")
    assert done(as_(first).get(f"/v1/offers/{mine.id}"))["rank"] is None
    for path in ("/v1/offers", f"/v1/offers/{mine.id}"):
        assert problem(as_(Role.REQUESTER).get(path)) == (403, "NOT_PERMITTED")


@pytest.mark.parametrize("count", [1, 100])
def test_a_list_of_offers_needs_constant_queries(make: Make, as_: As, queries: Queries, count: int) -> None:
    volunteer = make.volunteer()
    for day in range(count):
        make.offer(make.shift_with_demand(starts_at=TEN + timedelta(days=day), ages=(3,)), volunteer)
    herself = as_(volunteer)

    with queries() as seen:
        page = done(herself.get("/v1/me/offers", params={"limit": 200}))

    assert (len(page["items"]), len(seen)) == (count, 22)


def test_pages_of_offers_follow_each_other(make: Make, office: Client) -> None:
    made = [make.offer(make.shift_with_demand(), make.volunteer()) for _ in range(3)]

    first = done(office.get("/v1/offers", params={"limit": 2}))
    rest = done(office.get("/v1/offers", params={"limit": 2, "cursor": first["next_cursor"]}))

    newest_first = [str(one.id) for one in reversed(made)]
    assert [one["id"] for one in (*first["items"], *rest["items"])] == newest_first
    assert rest["next_cursor"] is None
    elsewhere = office.get("/v1/assignments", params={"cursor": first["next_cursor"]})
    assert faults(elsewhere) == [("cursor", "CURSOR")]
