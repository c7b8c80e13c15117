"""Nobody is tutor and interpreter at one time: the doors beyond claim, offer, answer and hand.

Those four are in `test_class_sessions.py`, plans in `test_plans_applied.py`; nothing that is imported stands on a shift.
"""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.classroom import Classroom
from models.organization import FacilityKind, Organization
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import home_visit
from tests.makers.classes import Met, add_term, change_rule, change_term, met_of
from tests.makers.doors import claim, done, hand, on_shift, refused
from tests.makers.terms import changed, mornings, opened, verb

Check = Callable[[], None]
LAST_WEEK = {"actual_start": "2025-11-06T10:00:00+09:00", "actual_end": "2025-11-06T11:00:00+09:00"}


@pytest.fixture
def both(make: Make) -> Volunteer:
    """Somebody who teaches and interprets."""
    return make.tutor(languages={"vi": "C1", "en": "C1"}, certs=("checkup", "home_visit", "school"))


def test_who_taught_then_did_not_interpret_when_it_is_written_down_late(
    make: Make, office: Client, both: Volunteer, check_data: Check
) -> None:
    taught = make.class_session(on=date(2025, 11, 6), starts=time(10, 30), ends=time(12))
    make.assignment(taught, both, AssignmentStatus.COMPLETED)
    body = home_visit(
        organization_id=str(make.organization().id),
        starts_at=LAST_WEEK["actual_start"],
        ends_at=LAST_WEEK["actual_end"],
        reason="電話だけで手配したため",
        served_by=[{"volunteer_id": str(both.id), "report": LAST_WEEK}],
        report={**LAST_WEEK, "families": [{"n": 1, "served": "on_site"}]},
    )
    late = office.post("/v1/dispatch-requests?recorded_late=true", json=body)
    assert ("ASG_OVERLAP", "never") in refused(late)
    check_data()


@pytest.mark.parametrize("way", ["hour", "days"])
def test_a_class_that_moves_onto_her_dispatch_lets_her_go(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, as_: As, both: Volunteer, office: Client, wiring: Wiring, check_data: Check, way: str
) -> None:
    owner = make.organization()
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    room: Classroom = make.classroom(owner=owner)
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met: Met = met_of(wiring, term["sessions"][0]["id"])
    done(claim(as_(both), met), 201)
    day = "2025-11-15T13:00:00+09:00" if way == "hour" else "2025-11-14T10:00:00+09:00"
    visit = make.shift_with_demand(starts_at=datetime.fromisoformat(day))
    done(hand(office, visit, both), 201)
    if way == "hour":
        moved = change_term(manager, term, starts="13:30", ends="14:30")
    else:
        moved = change_rule(manager, term, "FREQ=WEEKLY;BYDAY=FR;COUNT=1")
    ((tutor,),) = (one["tutors"] for one in done(moved)["items"])
    assert (tutor["effect"], tutor["because"]) == ("release", ["ASG_OVERLAP"])
    assert on_shift(wiring, met) == [(both.id, "cancelled", False)]
    assert on_shift(wiring, visit) == [(both.id, "confirmed", True)]
    check_data()


def test_a_series_of_dispatches_that_moves_onto_her_class_lets_her_go(
    make: Make, as_: As, both: Volunteer, office: Client, wiring: Wiring, check_data: Check
) -> None:
    board: Organization = make.organization(name="架空小学校")
    school = make.facility(owner=board, kind=FacilityKind.SCHOOL)
    clerk = as_(Role.REQUESTER, organization=board)
    series = opened(clerk, mornings(school, rule="FREQ=WEEKLY;COUNT=1", submit=True))
    verb(office, series, "accept")
    shift_id = done(office.get(f"/v1/dispatch-requests/{series['occurrences'][0]['id']}"))["shift_id"]
    body = {"volunteer_id": str(both.id), "overrides": []}
    done(office.post(f"/v1/shifts/{shift_id}/assignments", json=body), 201)
    taught = make.class_session(on=date(2025, 12, 2), starts=time(13), ends=time(14))
    done(hand(office, taught, both), 201)
    (item,) = changed(office, series, {"starts": "13:30", "ends": "15:30"})
    assert [(one["effect"], one["because"]) for one in item["people"]] == [("release", ["ASG_OVERLAP"])]
    assert on_shift(wiring, taught) == [(both.id, "confirmed", True)]
    check_data()
