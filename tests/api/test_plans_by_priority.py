"""Where people are too few, a plan fills first what it would hurt most to leave open, and says so."""

from typing import Any

import pytest

from api.db import Wiring
from services.wording import LANGUAGES
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.plans import MONTH, PLANS, planned, proposals, read


@pytest.fixture
def two(make: Make) -> dict[str, str]:
    """A check-up and a home visit at one time, and one person who could do either."""
    checkup = make.shift_with_demand()
    visit = make.shift_with_demand(service="newborn_home_visit", demand={"certifications": ["home_visit"]})
    make.volunteer(certs=("checkup", "home_visit"), cleared=True)
    return {"checkup": str(checkup.shift.id), "visit": str(visit.shift.id)}


@pytest.mark.parametrize(
    ("weights", "filled", "worth"),
    [
        ({}, "visit", 4),
        ({"priority_standby": 9}, "checkup", 9),
        ({"priority_home_visit": 0, "priority_standby": 2}, "checkup", 2),
    ],
)
def test_the_weightier_place_is_filled(
    office: Client, wiring: Wiring, two: dict[str, str], weights: dict[str, int], filled: str, worth: int
) -> None:
    plan = planned(office, wiring, weights=weights)

    (line,) = proposals(office, plan)
    (left,) = read(office, plan, "/unfilled")["items"]
    assert line["shift_id"] == two[filled]
    assert (plan["objective"]["fill"], plan["fill"]["filled"]) == (worth, 1)
    assert 0 < left["priority"] < worth
    assert left["shift_id"] != two[filled]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_line_says_what_its_place_weighs_and_scores_nothing_for_it(
    office: Client, wiring: Wiring, language: str
) -> None:
    plan = planned(office, wiring)

    answer = office.get(f"{PLANS}/{plan['id']}/proposals", headers={"Accept-Language": language}).json()

    (line,) = answer["items"]
    first: dict[str, Any] = line["reasons"][0]
    assert (first["criterion"], first["points"]) == ("priority", 0)
    assert "4" in first["detail"]
    assert "priority_" not in first["detail"]
    assert line["score"] == plan["objective"]["soft"]


def test_a_step_out_of_range_is_refused(office: Client) -> None:
    answer = office.post(PLANS, json={**MONTH, "weights": {"priority_urgent": 101}})

    assert faults(answer) == [("/weights/priority_urgent", "FIELD_RANGE")]
