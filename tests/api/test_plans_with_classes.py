"""Tutors who interpret as well: no plan has anybody in a class and at a dispatch at one time."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.db import Wiring
from models.volunteer import ActivityKind, Volunteer
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import SATURDAY
from tests.makers.plans import applied, planned, proposals

Check = Callable[[], None]
BOTH = (ActivityKind.INTERPRETATION, ActivityKind.JAPANESE_TUTORING)


def both(make: Make, **over: Any) -> Volunteer:
    """Somebody who teaches and interprets, at any hour."""
    columns = {"child_contact_ok": True, "cleared": True, "max_per_month": 31, **over}
    return make.volunteer(activities=BOTH, **columns)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"{SATURDAY + timedelta(days=day)}T{hour:02}:{minute:02}:00+09:00")


def test_in_a_month_of_classes_and_dispatches_nobody_is_in_two_places(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    ends: dict[str, datetime] = {}
    kinds: dict[str, str] = {}
    for week in range(0, 28, 7):
        met = make.class_session(on=SATURDAY + timedelta(days=week))
        inside, before, after = (
            make.shift_with_demand(starts_at=at(week, hour, minute)) for hour, minute in ((10, 30), (8, 45), (11, 15))
        )
        for shift in (met.shift, inside.shift, before.shift, after.shift):
            ends[str(shift.id)] = shift.ends_at
            kinds[str(shift.id)] = shift.kind
    for _ in range(5):
        both(make)

    plan = planned(office, wiring)

    lines = proposals(office, plan)
    assert plan["ended_as"] == "optimal"
    assert {kinds[line["shift_id"]] for line in lines} == {"class_session", "dispatch"}
    by_person: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        by_person[line["volunteer_id"]].append(line)
    for hers in by_person.values():
        for one, other in pairwise(sorted(hers, key=lambda line: line["starts_at"])):
            assert ends[one["shift_id"]] <= datetime.fromisoformat(other["starts_at"])
    done = applied(office, plan, "assign")
    assert done["counts"] == {"assigned": len(lines)}
    assert Counter(kinds[item["shift_id"]] for item in done["items"])["dispatch"] >= 4
    check_data()


@pytest.mark.parametrize("stands", ["tutor", "interpreter"])
def test_who_stands_in_the_one_is_not_proposed_for_the_other(
    make: Make, office: Client, wiring: Wiring, stands: str
) -> None:
    met = make.class_session(starts=time(10), ends=time(11, 30))
    dispatch = make.shift_with_demand(starts_at=at(0, 10, 30))
    mai = both(make)
    make.assignment(met if stands == "tutor" else dispatch, mai)

    plan = planned(office, wiring)

    lines = [(line["change"], line["volunteer_id"]) for line in proposals(office, plan)]
    assert lines == [("keep", str(mai.id))]
