"""The report on dispatches: what each figure counts, who reads how much of it, and what it looks like as a sheet."""

import csv
import io
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2
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
from services import (
    figures,
    figuring_broadcasts,
    figuring_classrooms,
    figuring_consultations,
    figuring_events,
    figuring_people,
    figuring_trainings,
    language_gap,
)
from services.figures import COUNTED, FIGURES
from services.passing import LAPSED
from services.wording import LANGUAGES, catalogue
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.asking import accepted, home_visit, moved, submitted
from tests.makers.doors import faults
from tests.makers.work import VISIT
from tests.queries import Statements

R = RequestStatus
REPORT: Final = "/v1/reports/dispatches"
FILED: Final = (
    figures,
    figuring_broadcasts,
    figuring_classrooms,
    figuring_consultations,
    figuring_people,
    figuring_trainings,
    language_gap,
)
"""The reports that can be had as a sheet."""
BEFORE: Final = datetime.fromisoformat("2025-10-06T10:00:00+09:00")
"""A Monday five weeks before the clock of the tests, in the same fiscal year."""
NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(COUNTED, 0),
    "median_hours_to_filled": None,
    "continuity_share": None,
    "suppressed": [],
}


@pytest.fixture
def centre(make: Make) -> Organization:
    return make.organization(name="架空福祉健康センター")


def report(reader: Client, **asked: str) -> dict[str, Any]:
    answer = reader.get(REPORT, params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def total(reader: Client, **asked: str) -> dict[str, Any]:
    figures: dict[str, Any] = report(reader, **asked)["total"]
    return figures


def counted(reader: Client, *names: str) -> list[Any]:
    figures = total(reader)
    return [figures[name] for name in names]


def by_key(told: dict[str, Any], figure: str = "requests") -> dict[str, Any]:
    return {group["key"]: group[figure] for group in told["groups"]}


def handed_in(make: Make, count: int = 1, *, families: int = 0, **over: Any) -> None:
    """So many requests with so many families each."""
    columns = {"status": R.MATCHING, **over}
    for _ in range(count):
        make.request(ages=[3] * families, **columns)


# What it says of itself


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_when_and_what_it_means(office: Client, language: str) -> None:
    told = office.get(REPORT, headers={"Accept-Language": language}).json()

    assert (told["as_of"], told["from"], told["to"]) == (
        "2025-11-10T09:00:00+09:00",
        "2025-04-01",
        "2026-03-31",
    )
    assert told["group_by"] == "month"
    assert told["definitions"] == {name: catalogue(language)["definitions"][name] for name in FIGURES}
    filed = {*figuring_people.NOW}.union(*(report.FIGURES for report in FILED))
    assert set(catalogue(language)["definitions"]) == filed | {*figuring_events.FIGURES}
    assert filed <= set(catalogue(language)["figures"])


@pytest.mark.parametrize("group_by", GroupBy)
def test_an_empty_period_has_no_groups_and_counts_nothing(office: Client, group_by: GroupBy) -> None:
    told = report(office, group_by=group_by)

    assert (told["groups"], told["unmet_by_language"]) == ([], [])
    assert told["total"] == NOTHING


# The period


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        ({"from": "2024-05-01"}, ("2024-05-01", "2025-03-31")),
        ({"to": "2024-05-01"}, ("2024-04-01", "2024-05-01")),
        ({"from": "2025-11-20", "to": "2025-11-20"}, ("2025-11-20", "2025-11-20")),
        ({"from": "2021-04-01", "to": "2026-03-31"}, ("2021-04-01", "2026-03-31")),
    ],
)
def test_what_is_not_said_is_the_fiscal_year(office: Client, asked: dict[str, str], period: tuple[str, str]) -> None:
    told = report(office, **asked)

    assert (told["from"], told["to"]) == period


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"from": "2025-11-02", "to": "2025-11-01"}, ("to", "FIELD_CONFLICT")),
        ({"from": "2021-03-31", "to": "2025-04-01"}, ("to", "FIELD_RANGE")),
        ({"from": "2025-02-30"}, ("from", "DATE_UNREAL")),
        ({"to": "yesterday"}, ("to", "FIELD_FORMAT")),
        ({"group_by": "interpreter"}, ("group_by", "FIELD_FORMAT")),
        ({"format": "pdf"}, ("format", "FIELD_FORMAT")),
    ],
)
def test_a_period_or_a_form_that_cannot_be(office: Client, asked: dict[str, str], fault: tuple[str, str]) -> None:
    assert faults(office.get(REPORT, params=asked)) == [fault]


def test_years_and_days_begin_at_midnight_in_kanazawa(make: Make, office: Client) -> None:
    handed_in(make, starts_at=datetime.fromisoformat("2026-03-31T23:59:59+09:00"))
    handed_in(make, 2, starts_at=datetime.fromisoformat("2026-03-31T15:00:00+00:00"))  # 1 April

    whole = {"from": "2025-04-01", "to": "2027-03-31"}
    years = report(office, group_by="fiscal_year", **whole)
    assert [(group["key"], group["name"], group["requests"]) for group in years["groups"]] == [
        ("2025", "2025年度", 1),
        ("2026", "2026年度", 2),
    ]
    assert by_key(report(office, group_by="month", **whole)) == {"2026-03": 1, "2026-04": 2}
    assert total(office)["requests"] == 1
    assert total(office, **{"from": "2026-04-01", "to": "2026-04-01"})["requests"] == 2


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


# Groups


def test_groups_are_named_in_the_caller_s_language(make: Make, office: Client, centre: Organization) -> None:
    handed_in(make, 2, owner=centre, languages=["vi", "en"], service="infant_checkup")
    handed_in(make, owner=make.organization(name="べつのセンター"), languages=["x-unheard"], service="follow_up_exam")

    def named(group_by: str) -> list[tuple[str, int]]:
        told = office.get(REPORT, params={"group_by": group_by}, headers={"Accept-Language": "en"}).json()
        return [(group["name"], group["requests"]) for group in told["groups"]]

    assert named("language") == [("Vietnamese", 2), ("x-unheard", 1)]
    assert named("centre") == [("架空福祉健康センター", 2), ("べつのセンター", 1)]
    assert named("fiscal_year") == [("Fiscal year 2025", 3)]
    assert named("month") == [("2025-11", 3)]
    assert [count for _, count in named("service")] == [2, 1]


def test_the_rare_languages_of_a_year_are_one_in_unmet_demand(make: Make, office: Client) -> None:
    next_year = datetime.fromisoformat("2026-04-01T10:00:00+09:00")
    handed_in(make, 5, languages=["en"], status=R.UNFILLED)
    handed_in(make, 4, languages=["vi"], status=R.COMPLETED)
    for tag in ("vi", "ne"):
        handed_in(make, languages=[tag], status=R.UNFILLED, starts_at=BEFORE)
    handed_in(make, 2, languages=["vi"], status=R.UNFILLED, starts_at=next_year)

    whole = report(office, **{"from": "2025-04-01", "to": "2027-03-31"})
    assert [(one["key"], one["name"], one["requests"]) for one in whole["unmet_by_language"]] == [
        ("en", "英語", 5),
        ("rare_2026", "2026年度に依頼が5件未満の言語", 2),
        ("rare_2025", "2025年度に依頼が5件未満の言語", 1),
        ("vi", "ベトナム語", 1),
    ]
    # Rare is judged over the whole year, whatever part of it is asked for.
    october = report(office, **{"from": "2025-10-01", "to": "2025-10-31"})
    assert [(one["key"], one["requests"]) for one in october["unmet_by_language"]] == [("rare_2025", 1), ("vi", 1)]


def test_only_staff_see_rare_languages_by_themselves(make: Make, office: Client, viewer: Client) -> None:
    handed_in(make, 5, languages=["en"])
    handed_in(make, 2, languages=["bn"])
    handed_in(make, languages=["my"])

    assert by_key(report(office, group_by="language")) == {"en": 5, "bn": 2, "my": 1}
    assert by_key(report(viewer, group_by="language")) == {"en": 5, "rare_2025": 3}


# Who reads how much


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.COORDINATOR, Role.VIEWER}])
def test_nobody_else_reads_it(as_: As, role: Role) -> None:
    assert as_(role).get(REPORT).status_code == 403


def test_a_viewer_who_is_staff_as_well_sees_all(make: Make, as_: As) -> None:
    handed_in(make, families=1)

    assert total(as_(Role.VIEWER, Role.COORDINATOR))["families"] == 1


def test_viewers_see_no_small_number_of_families_nor_can_subtract_one(
    make: Make, office: Client, viewer: Client
) -> None:
    centre = make.organization()
    for service, count in (("infant_checkup", 9), ("newborn_home_visit", 2), ("follow_up_exam", 6)):
        handed_in(make, count, service=service, families=1, owner=centre)
    handed_in(make, service="individual_consultation", owner=centre)

    told = report(viewer, group_by="service")

    assert by_key(report(office, group_by="service"), "families") == {
        "infant_checkup": 9,
        "newborn_home_visit": 2,
        "follow_up_exam": 6,
        "individual_consultation": 0,
    }
    assert by_key(told, "families") == {
        "infant_checkup": 9,
        "newborn_home_visit": None,
        "follow_up_exam": None,  # or the two would follow from the total
        "individual_consultation": 0,
    }
    assert told["total"]["families"] == 17
    families = [name for name in FIGURES if name.startswith("families")]
    assert by_key(told, "suppressed") == {
        "infant_checkup": [],
        "newborn_home_visit": families,
        "follow_up_exam": families,
        "individual_consultation": [],
    }
    assert by_key(told) == by_key(report(office, group_by="service"))


def test_viewers_see_no_families_of_a_small_total(make: Make, viewer: Client) -> None:
    handed_in(make, 4, families=1)

    told = report(viewer)

    assert {figures["families"] for figures in (told["total"], *told["groups"])} == {None}
    assert told["total"]["requests"] == 4


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"from": "2025-04-01", "to": "2025-10-31"}, "to"),
        ({"from": "2025-05-01"}, "from"),
        ({"from": "2025-04-01", "to": "2027-03-31"}, "to"),
    ],
)
def test_viewers_see_one_whole_fiscal_year_and_cannot_subtract_a_part_of_it(
    viewer: Client, office: Client, asked: dict[str, str], fault: str
) -> None:
    for form in ("json", "csv"):
        assert faults(viewer.get(REPORT, params={**asked, "format": form})) == [(fault, "FIELD_RANGE")]
    assert report(office, **asked)["from"] == asked["from"]
    assert report(viewer, **{"from": "2024-04-01", "to": "2025-03-31"})["to"] == "2025-03-31"


# As a sheet


def sheet(answer: httpx2.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_has_a_row_per_group_and_the_total(
    make: Make, office: Client, centre: Organization, language: str
) -> None:
    handed_in(make, 2, owner=centre, families=1)
    handed_in(make, owner=make.organization(name="べつのセンター"))

    asked = {"format": "csv", "group_by": "centre"}
    answer = office.get(REPORT, params=asked, headers={"Accept-Language": language})

    words, labels = catalogue(language)["words"], catalogue(language)["figures"]
    head, *rows = sheet(answer)
    assert head == [words["centre"], *(labels[name] for name in FIGURES), labels["as_of"]]
    assert [row[:2] for row in rows] == [["架空福祉健康センター", "2"], ["べつのセンター", "1"], [labels["total"], "3"]]
    figures = dict(zip(FIGURES, rows[-1][1:], strict=False))
    assert (figures["families"], figures["median_hours_to_filled"]) == ("2", "")
    assert {row[-1] for row in rows} == {"2025-11-10"}
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="dispatches_centre_2025-04-01_2026-03-31.csv"'
    )
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize("name", ["=1+1", "+81", "-2", "@SUM(A1)", "\tx"])
def test_no_name_is_calculated_by_a_spreadsheet(make: Make, office: Client, name: str) -> None:
    handed_in(make, owner=make.organization(name=name))

    rows = sheet(office.get(REPORT, params={"format": "csv", "group_by": "centre"}))

    assert rows[1][0] == f"'{name}"


def test_a_sheet_says_what_it_withholds(make: Make, viewer: Client) -> None:
    handed_in(make, families=1)

    rows = sheet(viewer.get(REPORT, params={"format": "csv"}))

    column = 1 + FIGURES.index("families")
    assert [row[column] for row in rows] == ["家庭数", "非公表（少人数）", "非公表（少人数）"]


def test_a_sheet_of_nothing_is_its_head_and_its_total(office: Client) -> None:
    rows = sheet(office.get(REPORT, params={"format": "csv"}))

    assert [len(row) for row in rows] == [len(FIGURES) + 2] * 2


def test_a_sheet_is_refused_like_the_report(office: Client) -> None:
    answer = office.get(REPORT, params={"format": "csv", "from": "2025-11-02", "to": "2025-11-01"})

    assert faults(answer) == [("to", "FIELD_CONFLICT")]


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
