"""The report on dispatches: what it says of itself, its period, its groups, and who reads how much of it."""

from datetime import datetime
from typing import Final

import pytest

from models.account import Role
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
from services.figures import FIGURES
from services.wording import LANGUAGES, catalogue
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.reporting import BEFORE, NOTHING, REPORT, R, by_key, handed_in, report, total

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
