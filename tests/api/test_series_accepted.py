"""Changes of a series whose occurrences are accepted: each shift and everybody on it follow, seen before they are made."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.organization import Facility, FacilityKind, Organization
from models.shift import Shift
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS
from tests.makers.changes import every_row, rules_with
from tests.makers.doors import done, notices_of, reason
from tests.makers.terms import changed, mornings, opened, path_of, told, verb

LATER = {"starts": "10:00", "ends": "12:00"}
WINTER = ["2025-12-02", "2025-12-04", "2025-12-09", "2025-12-11", "2025-12-16", "2025-12-18"]


@pytest.fixture
def series(make: Make, secretary: Client, office: Client, board: Organization) -> dict[str, Any]:
    """A series in the state after the office has accepted it."""
    school: Facility = make.facility(owner=board, kind=FacilityKind.SCHOOL)
    made = opened(secretary, mornings(school, submit=True))
    verb(office, made, "accept")
    return made


@pytest.fixture
def mai(make: Make) -> Volunteer:
    return make.volunteer(
        languages={"vi": "C1"}, certs=("school",), max_per_month=31, cleared=True, child_contact_ok=True
    )


def put_on(office: Client, series: dict[str, Any], volunteer: Volunteer, *numbers: int) -> list[str]:
    """Put somebody on occurrences by hand; her assignments."""
    made = []
    for number in numbers:
        request = done(office.get(f"{REQUESTS}/{series['occurrences'][number]['id']}"))
        path = f"/v1/shifts/{request['shift_id']}/assignments"
        body = {"volunteer_id": str(volunteer.id), "overrides": [reason("ASG_MONTHLY", "2025-11-10T09:00:00+09:00")]}
        made.append(done(office.post(path, json=body), 201)["id"])
    return made


def test_everybody_on_all_occurrences_is_seen_first_and_then_asked(
    office: Client, series: dict[str, Any], mai: Volunteer, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    hers = put_on(office, series, mai, 0, 2)
    before = every_row(wiring)

    seen = changed(office, series, LATER, preview=True)

    assert every_row(wiring) == before
    made = changed(office, series, LATER)
    assert seen == [item | {"series_id": None} for item in made]
    assert told(made) == [(day, 200, None) for day in WINTER]
    assert [[(one["assignment_id"], one["effect"]) for one in item["people"]] for item in made] == [
        [(hers[0], "reconfirm")], [], [(hers[1], "reconfirm")], [], [], [],
    ]  # fmt: skip
    with wiring.unit(write=False) as unit:
        assert set(unit.session.exec(select(Assignment.status))) == {AssignmentStatus.TENTATIVE}
        starts = unit.session.exec(select(Shift.starts_at)).all()
        assert {f"{one.astimezone(unit.zone):%H:%M}" for one in starts} == {"10:00"}
    check_data()


def test_whom_the_institution_was_not_told_of_it_does_not_see(
    secretary: Client, office: Client, series: dict[str, Any], mai: Volunteer
) -> None:
    put_on(office, series, mai, 0)
    changed(secretary, series, LATER)  # she is asked, and no more announced until she answers

    seen = changed(secretary, series, {"languages": ["en"]}, preview=True)

    assert [item["people"] for item in seen] == [[]] * 6
    assert [item["people"][0]["effect"] for item in changed(office, series, {"languages": ["en"]})[:1]] == ["release"]


def test_what_one_occurrence_would_need_is_answered_for_it_alone(
    secretary: Client, office: Client, series: dict[str, Any], wiring: Wiring
) -> None:
    before = len(notices_of(wiring))
    early = {"starts": "08:00", "ends": "10:00"}

    refused = changed(secretary, series, early)
    assert told(refused) == [(day, 422, "REQ_HOURS") for day in WINTER]
    assert len(notices_of(wiring)) == before
    assert told(changed(office, series, early | {"overrides": [reason("REQ_HOURS")]})) == [
        (day, 200, None) for day in WINTER
    ]
    said = secretary.patch(
        path_of(series), json=early | {"overrides": [reason("REQ_HOURS")]}, headers={"If-Match": "*"}
    )
    assert {item["code"] for item in said.json()["items"]} == {"NOT_PERMITTED"}


def test_one_occurrence_takes_its_people_along(
    as_: As, secretary: Client, office: Client, series: dict[str, Any], mai: Volunteer, wiring: Wiring
) -> None:
    rules_with(as_(Role.ADMIN), time="release")
    put_on(office, series, mai, 0, 1)

    items = changed(secretary, series, LATER, scope="one", **{"from": "2025-12-02"})

    assert [one["effect"] for one in items[0]["people"]] == ["release"]
    with wiring.unit(write=False) as unit:
        assert sorted(unit.session.exec(select(Assignment.status))) == ["cancelled", "confirmed"]
    assert ("assignment_changed_released", mai.id) in notices_of(wiring)
