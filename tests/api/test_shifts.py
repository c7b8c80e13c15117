"""Shifts as each caller sees them: scope, filters, what she could claim, and how much is told at which stage."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.shift import ClaimPolicy, ShiftStatus
from models.volunteer import VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import CONSENT, HOURS, NEVER, Bar, barred, busy
from tests.makers.doors import claim, done, faults, problem
from tests.makers.work import Opened
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
TEN = datetime.fromisoformat("2025-11-20T10:00:00+09:00")


def listed(caller: Client, **filters: Any) -> list[str]:
    return [shift["id"] for shift in done(caller.get("/v1/shifts", params=filters))["items"]]


def ids(*opened: Opened) -> list[str]:
    return [str(one.shift.id) for one in opened]


def seen(caller: Client, opened: Opened) -> Any:
    return done(caller.get(f"/v1/shifts/{opened.shift.id}"))


def test_each_role_sees_its_shifts_soonest_first(make: Make, as_: As, office: Client) -> None:
    owner, volunteer = make.organization(), make.volunteer()
    later = make.shift_with_demand(starts_at=TEN + timedelta(days=1), owner=owner)
    sooner = make.shift_with_demand()
    planned = make.shift_with_demand(status=ShiftStatus.PLANNED)
    hers = make.shift_with_demand(starts_at=TEN + timedelta(days=2), status=ShiftStatus.CANCELLED)
    make.assignment(hers, volunteer, AssignmentStatus.COMPLETED)
    left = make.shift_with_demand(status=ShiftStatus.CANCELLED)
    make.assignment(left, volunteer, AssignmentStatus.WITHDRAWN)

    assert set(listed(office)) == set(ids(sooner, planned, later, hers, left))
    assert listed(office)[-2:] == ids(later, hers)
    assert listed(as_(Role.REQUESTER, organization=owner)) == ids(later)
    assert listed(as_(volunteer)) == ids(sooner, later, hers)
    assert problem(as_(Role.TRAINER).get("/v1/shifts")) == (403, "NOT_PERMITTED")
    assert problem(as_(Role.REQUESTER).get(f"/v1/shifts/{later.shift.id}")) == (404, "NOT_FOUND")
    assert problem(as_(volunteer).get(f"/v1/shifts/{planned.shift.id}")) == (404, "NOT_FOUND")
    assert problem(office.get(f"/v1/shifts/{new_id()}")) == (404, "NOT_FOUND")


def test_the_list_is_narrowed(make: Make, office: Client, clock: SetClock) -> None:
    east = make.shift_with_demand()
    port = make.shift_with_demand(starts_at=TEN + timedelta(days=1), place=make.facility(district="port"))
    vi = make.shift_with_demand(starts_at=TEN + timedelta(days=2), languages=["vi"])
    full = make.shift_with_demand(starts_at=TEN + timedelta(days=3))
    make.assignment(full, make.volunteer())

    assert listed(office, language="vi") == ids(vi)
    assert listed(office, district="port") == ids(port)
    assert listed(office, activity="dispatch") == ids(east, port, vi, full)
    assert listed(office, open=True) == ids(east, port, vi)
    assert listed(office, open=False) == ids(full)
    assert listed(office, **{"from": port.shift.starts_at.isoformat(), "to": full.shift.starts_at.isoformat()}) == ids(
        port, vi
    )
    clock.now = east.shift.starts_at
    assert listed(office, open=True) == ids(port, vi)
    assert listed(office, claimable=True) == []  # the office claims nothing
    for wrong in ({"activity": "party"}, {"from": "2025-11-20T10:00:00"}, {"language": "?"}):
        assert office.get("/v1/shifts", params=wrong).status_code == 422


def test_a_day_bounds_the_list_by_where_it_begins_and_ends_at_the_foundation(make: Make, office: Client) -> None:
    midnight = datetime.fromisoformat("2025-11-20T00:00:00+09:00")
    make.shift_with_demand(starts_at=midnight - timedelta(minutes=1))
    first = make.shift_with_demand(starts_at=midnight)
    last = make.shift_with_demand(starts_at=midnight + timedelta(hours=23, minutes=59))
    after = make.shift_with_demand(starts_at=midnight + timedelta(days=1))

    assert listed(office, **{"from": "2025-11-20", "to": "2025-11-20"}) == ids(first, last)
    assert listed(office, **{"from": "2025-11-20"}) == ids(first, last, after)
    assert listed(office, **{"from": "2025-11-20", "to": after.shift.starts_at.isoformat()}) == ids(first, last)
    assert listed(office, **{"from": "2025-11-21", "to": "2025-11-20"}) == []


def test_a_list_bounded_by_days_is_read_on(make: Make, office: Client) -> None:
    first = make.shift_with_demand()
    second = make.shift_with_demand(starts_at=TEN + timedelta(hours=2))
    asked = {"from": "2025-11-20", "to": "2025-11-20", "limit": "1"}

    page = done(office.get("/v1/shifts", params=asked))
    rest = done(office.get("/v1/shifts", params=asked | {"cursor": page["next_cursor"]}))

    assert [one["id"] for one in (*page["items"], *rest["items"])] == ids(first, second)


def test_a_language_is_found_by_its_equivalents(make: Make, as_: As, office: Client) -> None:
    opened = make.shift_with_demand(languages=["zh"])

    assert [listed(office, language=tag) for tag in ("zh", "cmn", "yue", "en")] == [*[ids(opened)] * 3, []]
    assert listed(as_(make.volunteer(languages={"yue": "C1"})), claimable=True) == ids(opened)


def test_what_she_can_claim(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    clock.now = TEN - timedelta(hours=1)
    make.shift_with_demand(starts_at=TEN - timedelta(hours=1))
    make.shift_with_demand(languages=["vi"])
    make.shift_with_demand(claim_policy=ClaimPolicy.OFFER_ONLY)
    make.shift_with_demand(status=ShiftStatus.PLANNED)
    make.shift_with_demand(demand={"certifications": ["advanced"]})
    make.shift_with_demand(demand={"min_level": "native"})
    held = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)
    make.assignment(held, make.volunteer(), AssignmentStatus.TENTATIVE)
    busy(make, volunteer, TEN + timedelta(days=1))
    make.shift_with_demand(starts_at=TEN + timedelta(days=1, minutes=59))
    fitting = make.shift_with_demand()
    waiting = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL, places=2)

    herself = as_(volunteer)

    assert set(listed(herself, claimable=True)) == set(ids(fitting, waiting))
    for item in done(herself.get("/v1/shifts", params={"claimable": True}))["items"]:
        assert (item["why_not"], item["consent_needed"], item["actions"]) == ([], [], ["claim"])
    assert listed(as_(make.volunteer(status=VolunteerStatus.ON_LEAVE)), claimable=True) == []


@pytest.mark.parametrize("bar", NEVER.values(), ids=NEVER.keys())
def test_the_list_tells_what_bars_her_before_she_tries(make: Make, as_: As, bar: Bar) -> None:
    volunteer, opened = barred(make, bar)

    view = seen(as_(volunteer), opened)

    assert [(one["code"], one["class"]) for one in view["why_not"]] == [(bar.code, "never")]
    assert view["why_not"][0]["detail"] == claim(as_(volunteer), opened).json()["detail"]
    assert view["actions"] == []
    assert str(opened.shift.id) not in listed(as_(volunteer), claimable=True)


@pytest.mark.parametrize("bar", [*CONSENT.values(), HOURS])
def test_the_list_tells_which_consents_a_claim_will_want(make: Make, as_: As, bar: Bar) -> None:
    volunteer, opened = barred(make, bar)

    (view,) = [
        one
        for one in done(as_(volunteer).get("/v1/shifts", params={"claimable": True}))["items"]
        if one["id"] == str(opened.shift.id)
    ]

    assert view["consent_needed"] == ([] if bar is HOURS else [bar.code])
    assert (view["why_not"], view["actions"]) == ([], ["claim"])


def test_policy_and_places_bar_her_too(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand(claim_policy=ClaimPolicy.OFFER_ONLY)
    make.assignment(opened, make.volunteer())

    view = seen(as_(volunteer), opened)

    assert [one["code"] for one in view["why_not"]] == ["ASG_POLICY", "ASG_FULL"]
    assert view["actions"] == []


def test_pages_of_what_she_can_claim_may_be_short_but_lose_nothing(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    days = [make.shift_with_demand(starts_at=TEN + timedelta(days=day)) for day in range(3)]
    for minutes in range(1, 3):  # examined between, and barred
        make.shift_with_demand(starts_at=TEN + timedelta(minutes=minutes), demand={"certifications": ["advanced"]})

    pages: list[list[str]] = []
    cursor = None
    while not pages or cursor:
        params = {"claimable": True, "limit": 2, **({"cursor": cursor} if cursor else {})}
        answered = as_(volunteer).get("/v1/shifts", params=params)
        pages.append([one["id"] for one in done(answered)["items"]])
        cursor = answered.json()["next_cursor"]
        assert ("link" in answered.headers) is (cursor is not None)

    assert pages == [ids(days[0]), ids(days[1]), ids(days[2])]


def test_a_cursor_belongs_to_its_filters(make: Make, office: Client) -> None:
    for _ in range(2):
        make.shift_with_demand()
    cursor = done(office.get("/v1/shifts", params={"limit": 1}))["next_cursor"]

    assert faults(office.get("/v1/shifts", params={"limit": 1, "open": True, "cursor": cursor})) == [
        ("cursor", "CURSOR")
    ]


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("claimable", [True, False])
def test_a_list_of_shifts_needs_constant_queries(
    make: Make, as_: As, queries: Queries, count: int, *, claimable: bool
) -> None:
    volunteer = make.volunteer(max_per_month=31)
    for day in range(count):
        make.shift_with_demand(starts_at=TEN + timedelta(days=day), ages=(3,))
    herself = as_(volunteer)

    with queries() as told:
        page = done(herself.get("/v1/shifts", params={"limit": 200, "claimable": claimable}))

    assert len(told) == 17
    assert len(page["items"]) == count
