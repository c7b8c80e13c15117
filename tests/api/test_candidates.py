"""Who can come and why, what bars each of the others, and why a place is open."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.availability import AvailabilityKind
from models.base import new_id
from models.client import Client as FamilyRow
from models.client import ExclusionKind
from models.offer import OfferStatus
from models.volunteer import ActivityKind, VolunteerStatus
from services.wording import ABSENT
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import work
from tests.makers.bars import CONSENT, HOURS, NEVER, ONE_STEP, SILENT, Bar, barred, busy, exclude
from tests.makers.doors import done, faults, problem
from tests.makers.work import VISIT, Opened
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]


def ranked(office: Client, opened: Opened, **wanted: Any) -> Any:
    return done(office.get(f"/v1/shifts/{opened.shift.id}/candidates", params=wanted))


def points(one: Any) -> dict[str, int]:
    return {reason["criterion"]: reason["points"] for reason in one["reasons"]}


@pytest.mark.parametrize("bar", [*NEVER.values(), *SILENT.values(), ONE_STEP])
def test_what_bars_somebody_is_told_with_its_class(make: Make, office: Client, bar: Bar) -> None:
    volunteer, opened = barred(make, bar)

    assert ranked(office, opened)["items"] == []
    (one,) = ranked(office, opened, include_ineligible=True)["items"]

    assert (one["volunteer_id"], one["eligible"], one["score"], one["reasons"]) == (
        str(volunteer.id),
        False,
        None,
        [],
    )
    assert [(violation["code"], violation["class"]) for violation in one["violations"]] == [(bar.code, bar.rule_class)]
    assert one["violations"][0]["detail"]
    single = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates/{volunteer.id}"))
    assert single == one


@pytest.mark.parametrize("bar", [*CONSENT.values(), HOURS])
def test_who_must_consent_stands_behind_who_need_not(make: Make, office: Client, bar: Bar) -> None:
    volunteer, opened = barred(make, bar)
    free = make.volunteer(district="port", languages={"en": "B1"})

    first, second = ranked(office, opened)["items"]

    assert (first["volunteer_id"], first["consent_needed"]) == (str(free.id), [])
    assert (second["volunteer_id"], second["consent_needed"]) == (str(volunteer.id), [bar.code])
    assert (second["eligible"], second["violations"]) == (True, [])


def test_what_is_still_to_be_mended_is_told(make: Make, office: Client) -> None:
    make.volunteer(valid_until=date(2027, 3, 31))
    opened = make.shift_with_demand(starts_at=VISIT + timedelta(days=140))

    (one,) = ranked(office, opened)["items"]

    assert [(condition["code"], condition["class"]) for condition in one["conditions"]] == [
        ("ASG_NO_INSURANCE", "never")
    ]
    assert one["eligible"] is True


def test_each_criterion_gives_its_points(make: Make, office: Client) -> None:
    earlier = make.shift_with_demand(starts_at=VISIT - timedelta(days=30), ages=(3,))
    known, plain = make.volunteer(), make.volunteer(district="west", languages={"en": "B1"}, rules=())
    make.assignment(earlier, known, AssignmentStatus.COMPLETED)
    for status in (OfferStatus.ACCEPTED, OfferStatus.SENT):
        make.offer(earlier, plain, status, sent_at=VISIT - timedelta(days=40), respond_by=VISIT - timedelta(days=39))
    for weekday in range(7):
        make.rule(
            known, weekday, VISIT.time().replace(hour=8), VISIT.time().replace(hour=18), kind=AvailabilityKind.PREFERRED
        )
    opened = make.shift_with_demand(continuity_of=earlier.request.id)

    first, second = ranked(office, opened)["items"]

    assert first["volunteer_id"] == str(known.id)
    assert points(first) == {
        "continuity": 250,
        "level": 133,
        "fairness": 183,
        "distance": 150,
        "preference": 100,
        "response": 25,
        "experience": 10,
    }
    assert first["score"] == sum(points(first).values())
    assert all(reason["detail"] for reason in first["reasons"])
    assert points(second).keys() == {"fairness", "distance", "preference", "response"}
    assert (points(second)["fairness"], points(second)["preference"]) == (200, 20)  # her hours are unknown


def test_a_family_she_has_served_counts_as_continuity(make: Make, office: Client) -> None:
    earlier = make.shift_with_demand(starts_at=VISIT - timedelta(days=30))
    family = make.family(earlier.request)
    known = make.volunteer()
    make.assignment(earlier, known, AssignmentStatus.COMPLETED)
    opened = make.shift_with_demand(ages=(5,))
    with make.wiring.unit() as unit:
        work.family(unit, opened.request, client=unit.get(FamilyRow, family.client_id))

    (one,) = ranked(office, opened)["items"]

    assert points(one)["continuity"] == 125  # one of two families


def test_the_list_is_cut_and_the_ineligible_come_last(make: Make, office: Client) -> None:
    able = [make.volunteer() for _ in range(2)]
    two_bars = make.volunteer(pledge=False, insured=False)
    one_bar = make.volunteer(pledge=False)
    make.volunteer(status=VolunteerStatus.WITHDRAWN)
    make.volunteer(languages={"vi": "C1"}, activities=[ActivityKind.EVENT])
    foreign = make.volunteer(languages={"vi": "C1"})

    opened = make.shift_with_demand()

    everybody = [one["volunteer_id"] for one in ranked(office, opened, include_ineligible=True)["items"]]
    assert everybody[2:] == [str(one.id) for one in (one_bar, two_bars, foreign)]
    assert set(everybody[:2]) == {str(one.id) for one in able}
    assert [one["volunteer_id"] for one in ranked(office, opened, limit=1)["items"]] == everybody[:1]
    assert ranked(office, opened)["why_unfilled"] is None


def test_only_the_office_sees_candidates_of_what_is_there(make: Make, as_: As, office: Client) -> None:
    volunteer = make.volunteer()
    opened, other = make.shift_with_demand(), make.shift_with_demand()
    path = f"/v1/shifts/{opened.shift.id}/candidates"

    for caller in (as_(volunteer), as_(Role.REQUESTER, organization=None), as_(Role.VIEWER)):
        assert problem(caller.get(path)) == (403, "NOT_PERMITTED")
        assert problem(caller.get(f"{path}/{volunteer.id}")) == (403, "NOT_PERMITTED")
    for wrong in (path, f"{path}/{volunteer.id}"):
        assert faults(office.get(wrong, params={"demand_id": str(other.demand.id)})) == [
            ("demand_id", "FIELD_REFERENCE")
        ]
    own = done(office.get(path, params={"demand_id": str(opened.demand.id)}))
    assert own["demand_id"] == str(opened.demand.id)
    assert faults(office.get(path, params={"limit": 0})) == [("limit", "FIELD_RANGE")]
    for absent in (
        f"{path}/{new_id()}",
        f"/v1/shifts/{new_id()}/candidates",
        f"/v1/shifts/{new_id()}/candidates/{volunteer.id}",
    ):
        assert problem(office.get(absent)) == (404, "NOT_FOUND")


def test_nobody_speaks_the_language(make: Make, office: Client) -> None:
    make.volunteer()

    why = ranked(office, make.shift_with_demand(languages=["bn"]))["why_unfilled"]

    assert (why["kind"], why["speakers"], why["eligible"]) == ("nobody_speaks", 0, 0)
    assert (why["sole_blockers"], why["taken_by"], why["relaxation"]) == ([], [], None)
    assert why["detail"]


def test_everybody_is_barred_and_what_would_help_most(make: Make, office: Client) -> None:
    opened = make.shift_with_demand(ages=(3,))
    uninsured = [make.volunteer(insured=False) for _ in range(2)]
    far = make.volunteer(max_travel_km=0, district="port")
    make.volunteer(insured=False, pledge=False)
    excluded = [make.volunteer() for _ in range(3)]
    for one in excluded:
        exclude(make, opened, one, ExclusionKind.FAMILY_WISH)

    why = ranked(office, opened)["why_unfilled"]

    assert (why["kind"], why["speakers"], why["eligible"]) == ("all_barred", 7, 0)
    assert [(one["code"], one["count"], one["volunteer_nos"]) for one in why["sole_blockers"]] == [
        ("ASG_EXCLUDED", 3, [one.volunteer_no for one in excluded]),
        ("ASG_NO_INSURANCE", 2, [one.volunteer_no for one in uninsured]),
        ("ASG_RADIUS", 1, [far.volunteer_no]),
    ]
    assert uninsured[0].volunteer_no in why["sole_blockers"][1]["detail"]
    assert why["relaxation"] == "ASG_NO_INSURANCE"  # an exclusion is never proposed to be set aside


def test_everybody_who_would_do_is_taken(make: Make, office: Client) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    other = busy(make, volunteer, opened.shift.starts_at)

    why = ranked(office, opened)["why_unfilled"]

    assert (why["kind"], why["relaxation"]) == ("all_taken", "ASG_OVERLAP")
    assert why["taken_by"] == [{"volunteer_no": volunteer.volunteer_no, "shift_id": str(other.shift.id)}]


def test_a_full_shift_explains_nothing(make: Make, office: Client) -> None:
    opened = make.shift_with_demand()
    make.assignment(opened, make.volunteer())

    assert ranked(office, opened)["why_unfilled"] is None


def test_a_demand_without_a_language_is_for_everybody(make: Make, office: Client) -> None:
    opened = make.shift_with_demand(languages=[""], demand={"language": None, "min_level": None})
    volunteer = make.volunteer(languages={"vi": "A1"})

    assert [one["volunteer_id"] for one in ranked(office, opened)["items"]] == [str(volunteer.id)]


@pytest.mark.parametrize("count", [1, 100])
def test_the_ranking_needs_constant_queries(make: Make, office: Client, queries: Queries, count: int) -> None:
    opened = make.shift_with_demand(ages=(3,))
    for _ in range(count):
        make.volunteer()

    with queries() as seen:
        page = ranked(office, opened, limit=500, include_ineligible=True)

    assert (len(page["items"]), len(seen)) == (count, 20)


def test_a_way_is_told_by_the_district_or_in_kilometres_and_never_by_a_dash(make: Make, office: Client) -> None:
    opened = make.shift_with_demand()
    for district in ("east", "mountain", None):
        make.volunteer(district=district)

    items = ranked(office, opened)["items"]

    told = {reason["detail"] for item in items for reason in item["reasons"] if reason["criterion"] == "distance"}
    assert len(told) == 3
    assert not any(ABSENT in detail for detail in told)
