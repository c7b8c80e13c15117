"""What each figure of the report on dispatches counts, and that groups add up to the total, whatever was asked for."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.account import Role
from models.assignment import AssignmentStatus
from models.client import Client as Family
from models.dispatch_request import RequestStatus
from models.fallback import FallbackOutcome, Serving
from models.organization import Organization
from models.report_view import GroupBy
from services.figures import COUNTED
from services.passing import LAPSED
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.asking import accepted, home_visit, moved, submitted
from tests.makers.reporting import BEFORE, NOTHING, R, counted, handed_in, report, total
from tests.makers.work import VISIT
from tests.queries import Statements

# What is counted
SERVED: Final[dict[str, tuple[dict[str, Any], FallbackOutcome | None, str]]] = {
    "interpreted": ({"status": R.COMPLETED}, None, Serving.ON_SITE),
    "helped by a device": ({"status": R.UNFILLED}, FallbackOutcome.SERVED, Serving.FALLBACK),
    "nobody": ({"status": R.UNFILLED}, None, Serving.NOT_AT_ALL),
    "lapsed": ({"status": R.CANCELLED, "status_reason": LAPSED}, None, Serving.NOT_AT_ALL),
    "called off late": ({"status": R.CANCELLED, "late_cancel": True}, None, Serving.NOT_AT_ALL),
    "sought": ({"status": R.MATCHING}, None, "other"),
    "rejected": ({"status": R.REJECTED}, None, "other"),
    "returned": ({"status": R.RETURNED}, None, "other"),
}


@pytest.mark.parametrize("case", SERVED)
def test_requests_and_their_families_by_how_they_were_served(make: Make, office: Client, case: str) -> None:
    asked, outcome, how = SERVED[case]
    request = make.request(ages=(3, 40), **asked)
    if outcome:
        make.fallback(request, outcome)

    figures = total(office)

    served = {name: figures[name] for name in figures if name.startswith(("requests", "families")) and figures[name]}
    assert served == {"requests": 1, f"requests_{how}": 1, "families": 2, f"families_{how}": 2}


def test_a_draft_is_not_handed_in(make: Make, office: Client) -> None:
    make.request(ages=(3,))

    assert total(office) == NOTHING


@pytest.mark.parametrize(
    ("status", "reason", "unmet"),
    [
        (R.UNFILLED, None, 1),
        (R.INTERPRETER_NO_SHOW, None, 1),
        (R.CANCELLED, LAPSED, 1),
        (R.CLIENT_NO_SHOW, None, 0),
        (R.COMPLETED, None, 0),
    ],
)
def test_demand_is_unmet_where_no_interpreter_came(
    make: Make, office: Client, status: RequestStatus, reason: str | None, unmet: int
) -> None:
    handed_in(make, status=status, status_reason=reason)

    told = report(office)

    assert told["total"]["unmet"] == unmet
    assert sum(language["requests"] for language in told["unmet_by_language"]) == unmet


def test_rules_that_were_passed(make: Make, office: Client) -> None:
    lead, hours = ({"code": code, "reason": "急ぎ"} for code in ("REQ_LEAD", "REQ_HOURS"))
    for overrides in ([lead, hours], [lead], [hours], []):
        handed_in(make, overrides=overrides)

    assert counted(office, "late_requests", "overrides") == [2, 4]


def test_cancellations_are_told_apart_by_whose_wish_they_were(
    make: Make, office: Client, clerk: Client, centre: Organization, as_: As
) -> None:
    ours = [submitted(clerk, home_visit(languages=[tag])) for tag in ("vi", "en", "ne", "id", "my")]
    moved(clerk, ours[0], "cancel", reason="都合により")
    moved(office, ours[1], "cancel", reason="重複のため")
    moved(as_(Role.ADMIN), ours[2], "cancel", reason="重複のため")
    by_phone = {"of": str(centre.id), "channel": "phone", "at": "2025-11-10T09:00:00+09:00"}
    moved(office, ours[3], "cancel", reason="電話で取消し", on_behalf=by_phone)
    handed_in(make, status=R.CANCELLED, status_reason=LAPSED)

    names = ("cancelled", "cancelled_by_requester", "cancelled_by_office", "lapsed", "cancelled_late")
    assert counted(office, *names) == [5, 2, 2, 1, 0]


def test_a_late_cancellation_is_counted_as_such(office: Client, clerk: Client, clock: Any) -> None:
    request = accepted(clerk, office, home_visit())
    clock.now = datetime.fromisoformat("2025-11-19T12:01:00+09:00")
    moved(clerk, request, "cancel", reason="都合により")

    assert counted(office, "cancelled", "cancelled_by_requester", "cancelled_late") == [1, 1, 1]


def test_who_did_not_come_is_counted_by_request(make: Make, office: Client) -> None:
    for party, people in (("client", 2), ("volunteer", 1)):
        opened = make.shift_with_demand(places=2)
        for _ in range(people):
            make.assignment(opened, make.volunteer(), AssignmentStatus.NO_SHOW, end_reason=party)

    assert counted(office, "no_show_client", "no_show_volunteer") == [1, 1]


def after(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


STOOD: Final[dict[str, tuple[int, list[tuple[float | None, float | None]], float | None]]] = {
    "one": (1, [(2.25, None)], 2.2),
    "nobody": (1, [], None),
    "merely tentative": (1, [(None, None)], None),
    "the second of two": (2, [(1, None), (5, None)], 5),
    "one of two": (2, [(1, None)], None),
    "filled once, and left": (1, [(3, 7)], 3),
    "left before the second came": (2, [(1, 2), (4, None), (9, None)], 9),
    "one instead of another": (2, [(1, 4), (4, None), (6, None)], 6),
    "tentative and given up": (1, [(None, 1), (8, None)], 8),
}
"""Places, who was confirmed and left after how many hours, and after how many the places were filled."""


@pytest.mark.parametrize("case", STOOD)
def test_the_hours_until_the_places_were_filled(make: Make, office: Client, case: str) -> None:
    places, people, hours = STOOD[case]
    opened = make.shift_with_demand(places=places)
    for confirmed, left in people:
        status = AssignmentStatus.TENTATIVE if left is None else AssignmentStatus.WITHDRAWN
        times = {"confirmed_at": after(confirmed) if confirmed else None, "ended_at": after(left) if left else None}
        make.assignment(opened, make.volunteer(), status, **times)

    assert counted(office, "filled", "median_hours_to_filled") == [int(hours is not None), hours]


def test_the_middle_of_hours_lies_between_two(make: Make, office: Client) -> None:
    for hours in (1, 2, 5, 100):
        make.assignment(make.shift_with_demand(), make.volunteer(), confirmed_at=after(hours))

    assert counted(office, "filled", "median_hours_to_filled") == [4, 3.5]


def test_families_meet_the_same_interpreter_again(make: Make, office: Client, centre: Organization) -> None:
    first, other = make.volunteer(), make.volunteer()
    with make.wiring.unit() as unit:
        family = unit.add(Family(organization_id=centre.id, ref="C-TEST"))

    def served(day: int, who: Any, status: RequestStatus = R.COMPLETED, client: Family | None = family) -> None:
        starts_at = BEFORE + timedelta(days=day)
        request = make.request(owner=centre, starts_at=starts_at, status=status, places=2)
        make.family(request, client=client)
        opened = make.shift_with_demand(request=request)
        held = AssignmentStatus.COMPLETED if status in {R.COMPLETED, R.CLOSED} else AssignmentStatus.WITHDRAWN
        make.assignment(opened, who, held)

    served(0, first)  # nobody knew them yet
    served(1, first, R.CLOSED)  # the same again
    served(2, other)  # somebody else
    served(3, other, R.CANCELLED)  # not interpreted
    served(4, first, client=None)  # another family
    assert counted(office, "returning", "continued", "continuity_share") == [2, 1, 0.5]


# For any requests
@pytest.mark.parametrize("group_by", GroupBy)
def test_a_report_needs_as_many_queries_for_many_requests(
    make: Make,
    office: Client,
    queries: Callable[[], AbstractContextManager[Statements]],
    group_by: GroupBy,
) -> None:
    def needed() -> int:
        with queries() as seen:
            report(office, group_by=group_by)
        return len(seen)

    none = needed()
    for number in range(12):
        opened = make.shift_with_demand(ages=(3,), starts_at=VISIT + timedelta(days=number))
        make.assignment(opened, make.volunteer())
        make.request(status=R.CANCELLED, languages=["vi"])

    assert needed() == none <= 9


HOW: Final = st.fixed_dictionaries(
    {
        "status": st.sampled_from([status for status in R if status is not R.DRAFT]),
        "starts_at": st.integers(0, 500).map(lambda days: BEFORE + timedelta(days=days)),
        "service": st.sampled_from(["infant_checkup", "newborn_home_visit", "follow_up_exam"]),
        "languages": st.sampled_from([["en"], ["vi"], ["ne", "en"], ["bn"]]),
        "ages": st.lists(st.just(3), max_size=4),
        "late_cancel": st.booleans(),
        "overrides": st.lists(st.sampled_from(["REQ_LEAD", "REQ_HOURS"]).map(lambda code: {"code": code}), max_size=2),
    }
)


def added(figures: Iterable[dict[str, Any]]) -> dict[str, Any]:
    figures = list(figures)
    return {name: sum(one[name] for one in figures) for name in COUNTED}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(HOW, min_size=1, max_size=6), confirmed=st.booleans())
def test_groups_add_up_to_the_total(
    make: Make, office: Client, asked: list[dict[str, Any]], *, confirmed: bool
) -> None:
    """Whatever was there before: each example adds to what the others left."""
    for how in asked:
        opened = make.shift_with_demand(request=make.request(**how))
        if confirmed:
            make.assignment(opened, make.volunteer(), AssignmentStatus.NO_SHOW, confirmed_at=NOW, end_reason="client")

    for group_by in GroupBy:
        told = report(office, group_by=group_by, **{"from": "2025-04-01", "to": "2028-03-31"})
        assert added(told["groups"]) == {name: told["total"][name] for name in COUNTED}, group_by
        assert told["total"]["unmet"] == sum(one["requests"] for one in told["unmet_by_language"])
        by_serving = (
            sum(told["total"][f"{what}_{how}"] for how in (*Serving, "other")) for what in ("requests", "families")
        )
        assert list(by_serving) == [told["total"]["requests"], told["total"]["families"]]
        assert told["total"]["cancelled"] == sum(
            told["total"][name] for name in ("cancelled_by_requester", "cancelled_by_office", "lapsed")
        )
