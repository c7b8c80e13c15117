"""The gap between what is asked for and who could come: by language, certificate, district and weekday."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.dispatch_request import RequestStatus
from models.shift import Modality
from models.volunteer import Engagement, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.makers.plans import planned
from tests.makers.work import VISIT
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
REPORT = "/v1/reports/language-gap"
BEFORE = VISIT - timedelta(days=35)
"""A Thursday in October."""
SUPPLY = ("speakers", "certified", "available", "nearby")


def report(reader: Client, **asked: str) -> dict[str, Any]:
    told: dict[str, Any] = done(reader.get(REPORT, params=asked))
    return told


def unmet(make: Make, language: str, count: int = 1, **over: Any) -> None:
    for _ in range(count):
        make.request(**{"languages": [language], "starts_at": BEFORE, "status": RequestStatus.UNFILLED, **over})


def test_demand_stands_against_who_could_meet_it(make: Make, office: Client) -> None:
    unmet(make, "vi", home_district="east")
    make.request(languages=["vi"], starts_at=BEFORE, status=RequestStatus.CLOSED, home_district="east")
    make.volunteer(languages={"vi": "C1"})
    make.volunteer(languages={"vi": "A1"}, district="west", rules=())
    make.volunteer(languages={"vi": "C1"}, certs=())
    make.volunteer(languages={"vi": "C1"}, status=VolunteerStatus.ON_LEAVE)
    make.volunteer(languages={"vi": "C1"}, engagement=Engagement.STAFF)

    told = report(office)

    (vietnamese,) = told["groups"]
    assert (vietnamese["key"], vietnamese["requests"], vietnamese["unmet"]) == ("vi", 2, 1)
    assert [vietnamese[name] for name in SUPPLY] == [3, 2, 1, 1]
    assert (vietnamese["advice"], vietnamese["places_left_open"]) == ("recruit", 0)
    assert vietnamese["residents"] / 2 == vietnamese["residents_per_interpreter"]
    assert told["definitions"].keys() == told["total"].keys() - {"suppressed"}
    (need,) = report(office, group_by="need")["groups"]
    assert need["key"] == "vi/checkup/east/3"
    assert (need["language"], need["certificates"], need["district"], need["weekday"]) == ("vi", ["checkup"], "east", 3)
    assert need["residents"] < vietnamese["residents"]
    assert need["residents_per_interpreter"] is None


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ("language", ["vi", "en"]),
        ("certificate", ["checkup", "home_visit"]),
        ("district", ["east", "west"]),
        ("weekday", ["3", "4"]),
    ],
)
def test_the_most_urgent_group_comes_first(make: Make, office: Client, group_by: str, keys: list[str]) -> None:
    unmet(make, "vi", 2, home_district="east")
    friday = BEFORE + timedelta(days=1)
    unmet(make, "en", service="newborn_home_visit", home_district="west", starts_at=friday)

    told = report(office, group_by=group_by)

    assert [(group["key"], group["unmet"]) for group in told["groups"]] == [(keys[0], 2), (keys[1], 1)]
    assert all(group["name"] for group in told["groups"])
    assert told["total"]["unmet"] == 3


def test_who_speaks_it_and_lacks_the_certificate_is_to_be_trained(make: Make, office: Client) -> None:
    unmet(make, "ne", service="newborn_home_visit", home_district="east")
    make.request(languages=["ne"], starts_at=BEFORE, status=RequestStatus.CLOSED, home_district="east")
    make.volunteer(languages={"ne": "C1"})

    (nepali,) = report(office)["groups"]

    assert (nepali["certified"], nepali["trainable"], nepali["advice"]) == (1, 0, "train")


def test_what_no_certificate_bars_and_lies_nowhere_has_its_group(make: Make, office: Client) -> None:
    make.service_type("plain")
    unmet(make, "vi", service="plain", home_district=None, modality=Modality.PHONE)

    assert [one["key"] for one in report(office, group_by="district")["groups"]] == ["none"]
    (bare,) = report(office, group_by="certificate")["groups"]
    assert (bare["key"], bare["name"], bare["certificates"]) == ("none", "修了証は不要", [])


def test_plans_tell_what_stays_open_and_whom_to_train(make: Make, office: Client, wiring: Wiring) -> None:
    make.shift_with_demand(demand={"language": "vi"}, languages=["vi"])
    make.volunteer(languages={"vi": "C1"}, certs=())
    make.volunteer(languages={"vi": "C1"}, certs=())
    planned(office, wiring)

    (vietnamese,) = report(office)["groups"]

    assert (vietnamese["places_left_open"], vietnamese["trainable"], vietnamese["advice"]) == (1, 2, "train")
    assert (vietnamese["speakers"], vietnamese["certified"]) == (2, 0)
    assert vietnamese["residents_per_interpreter"] is None


def test_the_newest_plan_decides_and_what_is_over_or_held_counts_no_more(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    first, second = (make.shift_with_demand(starts_at=VISIT + timedelta(days=days)) for days in (0, 1))
    planned(office, wiring)
    assert report(office)["total"]["places_left_open"] == 2
    planned(office, wiring, activities=["training"])  # looked at none of them
    assert report(office)["total"]["places_left_open"] == 2

    make.volunteer(max_per_month=1)
    clock.forward(minutes=1)
    planned(office, wiring)  # she can fill one of them
    assert report(office)["total"]["places_left_open"] == 1
    for opened in (first, second):
        make.assignment(opened, make.volunteer(max_per_month=1))
    assert report(office)["total"]["places_left_open"] == 0
    assert report(office, to="2025-11-19")["total"]["requests"] == 0


def test_viewers_see_rare_languages_as_one_and_no_small_number_of_persons(as_: As, make: Make, office: Client) -> None:
    for language, count in (("vi", 5), ("my", 1), ("bn", 2)):
        unmet(make, language, count, home_district="east")
    make.volunteer(languages={"vi": "C1"})
    viewer = as_(Role.VIEWER)

    told = report(viewer)

    assert [(group["key"], group["unmet"]) for group in told["groups"]] == [("vi", 5), ("rare_2025", 3)]
    assert "5" in told["groups"][1]["name"]
    for row in (*told["groups"], told["total"]):
        assert {row[name] for name in (*SUPPLY, "trainable", "residents", "residents_per_interpreter")} == {None}
        assert {*SUPPLY} < {*row["suppressed"]}
    assert [group["advice"] for group in told["groups"]] == [None, None]
    assert problem(viewer.get(REPORT, params={"group_by": "need"})) == (403, "NOT_PERMITTED")
    assert faults(viewer.get(REPORT, params={"from": "2025-05-01"})) == [("from", "FIELD_RANGE")]
    assert {group["key"] for group in report(office)["groups"]} == {"vi", "my", "bn"}


def test_viewers_see_how_many_could_come_where_they_are_many(as_: As, make: Make) -> None:
    unmet(make, "en", 5, home_district="east")
    for _ in range(5):
        make.volunteer()

    (english,) = report(as_(Role.VIEWER))["groups"]

    assert ([english[name] for name in SUPPLY], english["suppressed"], english["advice"]) == ([5] * 4, [], "recruit")


@pytest.mark.parametrize(
    ("group_by", "heading"), [("language", "言語"), ("certificate", "修了証"), ("need", "言語・修了証・地区・曜日")]
)
def test_the_report_is_a_sheet_as_well(make: Make, office: Client, group_by: str, heading: str) -> None:
    unmet(make, "vi", home_district="east")

    answer = office.get(REPORT, params={"group_by": group_by, "format": "csv"})

    head, vietnamese, total = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (head[0], head[-1], total[0]) == (heading, "基準日", "合計")
    assert vietnamese[1:3] == total[1:3] == ["1", "1"]
    assert f"language-gap_{group_by}_2025-04-01_2026-03-31.csv" in answer.headers["Content-Disposition"]


def test_any_number_of_requests_takes_the_same_queries(
    make: Make, office: Client, wiring: Wiring, queries: Queries
) -> None:
    counts = []
    for more in (1, 12):
        unmet(make, "vi", more, home_district="east")
        for n in range(more):
            make.shift_with_demand(starts_at=VISIT + timedelta(days=n))
        planned(office, wiring)
        with queries() as seen:
            report(office, group_by="need")
        counts.append(len(seen))
    assert counts[0] == counts[1]
