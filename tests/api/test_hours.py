"""What somebody has done, counted by fiscal year and kind, and thanks at milestones."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.recognition import Milestones
from models.volunteer import Volunteer, VolunteerStatus
from services import hours, reference
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, notices_of
from worker.trainings import thank

OCTOBER = datetime.fromisoformat("2025-10-01T10:00:00+09:00")


def do(make: Make, she: Volunteer, days: int, minutes: int | None, **over: Any) -> None:
    """Something done so many days before October, of two hours, reported with so many minutes or not at all."""
    opened = make.shift_with_demand(starts_at=OCTOBER - timedelta(days=days), minutes=120, **over)
    row = make.assignment(opened, she, AssignmentStatus.COMPLETED)
    if minutes is not None:
        make.report(opened, row, minutes=minutes)


def test_hours_by_year_and_kind(office: Client, as_: As, make: Make) -> None:
    she = make.volunteer(certs=("checkup", "home_visit"))
    do(make, she, 0, 90)
    do(make, she, 1, None)
    do(make, she, 2, 45, service="newborn_home_visit", home_district="east")
    do(make, she, 200, 60)
    make.assignment(make.shift_with_demand(), she)  # still to come
    told = done(office.get(f"/v1/volunteers/{she.id}/hours"))
    assert [(one["fiscal_year"], one["kind"], one["activities"], one["minutes"]) for one in told["items"]] == [
        (2025, "infant_checkup", 2, 210),
        (2025, "newborn_home_visit", 1, 45),
        (2024, "infant_checkup", 1, 60),
    ]
    assert (told["activities"], told["minutes"], told["next_milestone"]) == (4, 315, 10)
    assert done(as_(she).get(f"/v1/volunteers/{she.id}/hours")) == told
    assert as_(make.volunteer()).get(f"/v1/volunteers/{she.id}/hours").status_code == 404


def test_milestones_are_set_as_a_whole(admin: Client, office: Client) -> None:
    before = office.get("/v1/milestones")
    assert (done(before)["hours"], done(before)["actions"]) == ([10, 50, 100], [])
    path, fresh = "/v1/milestones", {"If-Match": before.headers["ETag"]}
    assert done(admin.put(path, json={"hours": [200, 20, 20]}, headers=fresh))["hours"] == [20, 200]
    assert admin.put(path, json={"hours": [1]}, headers=fresh).status_code == 412
    assert faults(admin.put(path, json={"hours": [0]}, headers={"If-Match": "*"})) == [("/hours/0", "FIELD_RANGE")]
    assert done(admin.get(path))["actions"] == ["set"]


def test_she_is_thanked_once_for_the_highest_milestone(make: Make, wiring: Wiring, admin: Client) -> None:
    she, away, gone = make.volunteer(), make.volunteer(status=VolunteerStatus.WITHDRAWN), make.volunteer()
    for days in range(5):
        do(make, she, days, None)
        do(make, away, days + 10, None)
    do(make, gone, 30, 599)
    assert thank(wiring) == 1
    assert thank(wiring) == 0
    assert notices_of(wiring) == [("milestone_reached", she.id)]
    done(admin.put("/v1/milestones", json={"hours": [2, 5, 10]}, headers={"If-Match": "*"}))
    assert thank(wiring) == 1
    assert notices_of(wiring)[1:] == [("milestone_reached", gone.id)]
    assert done(admin.get(f"/v1/volunteers/{she.id}/hours"))["next_milestone"] is None


def test_who_has_reached_nothing_is_not_thanked(make: Make, wiring: Wiring) -> None:
    she = make.volunteer()
    with wiring.unit() as unit:
        hours.thank(unit, she)
    assert notices_of(wiring) == []


def test_before_the_reference_data_there_are_no_milestones(admin: Client, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        for row in unit.session.exec(select(Milestones)).all():
            unit.session.delete(row)
    assert admin.get("/v1/milestones").status_code == 404
    with wiring.unit() as unit:
        reference.load(unit)
    assert done(admin.get("/v1/milestones"))["hours"] == [10, 50, 100]
