"""What a place weighs follows from what the domain knows of the activity."""

from datetime import date
from types import SimpleNamespace

import pytest

from services.priorities import STEPS, Scale

CALM = date(2025, 11, 14)
LATER, SOON = date(2025, 11, 20), date(2025, 11, 13)


@pytest.mark.parametrize(
    ("service", "families", "day", "value", "because"),
    [
        ({"standby": True}, 0, LATER, 1, ["standby"]),
        ({"standby": True}, 1, LATER, 2, ["usual"]),
        ({"standby": True}, 0, SOON, 3, ["standby", "urgent"]),
        ({}, 1, LATER, 2, ["usual"]),
        ({}, 1, CALM, 2, ["usual"]),
        ({"sensitive": True}, 1, LATER, 4, ["sensitive"]),
        ({"at_home": True}, 1, LATER, 4, ["home_visit"]),
        ({"at_home": True, "sensitive": True}, 1, SOON, 6, ["home_visit", "urgent"]),
        ({"standby": None, "sensitive": None, "at_home": None}, 0, LATER, 2, ["usual"]),
    ],
)
def test_the_highest_step_counts_and_little_time_adds(
    service: dict[str, bool | None], families: int, day: date, value: int, because: list[str]
) -> None:
    row = SimpleNamespace(**{"standby": False, "sensitive": False, "at_home": False, **service})

    found = Scale(STEPS, CALM).of(row, day, families=families)

    assert (found.value, list(found.because)) == (value, [f"priority_{name}" for name in because])


def test_a_step_of_nothing_still_weighs_one() -> None:
    row = SimpleNamespace(standby=False, sensitive=False, at_home=True)

    assert Scale(dict.fromkeys(STEPS, 0), CALM).of(row, LATER, families=1).value == 1
