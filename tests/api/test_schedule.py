"""Who stands where: a volunteer's own calendar, and lists of assignments for each role."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import done, problem
from tests.makers.work import VISIT
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]


def listed(caller: Client, path: str = "/v1/assignments", **filters: Any) -> list[str]:
    return [one["id"] for one in done(caller.get(path, params=filters))["items"]]


def calendar(caller: Client, **bounds: Any) -> list[str]:
    return [one["assignment_id"] for one in done(caller.get("/v1/me/schedule", params=bounds))["items"]]


def test_her_calendar_runs_from_yesterday_and_leaves_out_what_is_not_hers(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    starts = {"past": NOW - timedelta(days=1, hours=2), "yesterday": NOW - timedelta(days=1)}
    past, yesterday = (make.assignment(make.shift_with_demand(starts_at=at), volunteer) for at in starts.values())
    later = make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(days=1)), volunteer)
    soon = make.assignment(make.shift_with_demand(), volunteer, AssignmentStatus.TENTATIVE)
    make.assignment(make.shift_with_demand(), volunteer, AssignmentStatus.WITHDRAWN)
    make.assignment(make.shift_with_demand(), make.volunteer())
    herself = as_(volunteer)

    assert calendar(herself) == [str(one.id) for one in (yesterday, soon, later)]
    assert calendar(herself, **{"from": starts["past"].isoformat(), "to": VISIT.isoformat()}) == [
        str(past.id),
        str(yesterday.id),
    ]
    assert problem(as_(Role.COORDINATOR).get("/v1/me/schedule")) == (403, "NOT_PERMITTED")
    assert problem(as_(Role.REQUESTER).get("/v1/me/offers")) == (403, "NOT_PERMITTED")


def test_an_entry_of_the_calendar_has_its_briefing_once_confirmed(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    make.assignment(make.shift_with_demand(meeting_point="玄関前", ages=(3, 5)), volunteer)
    make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(days=1)), volunteer, AssignmentStatus.TENTATIVE)

    first, second = done(as_(volunteer).get("/v1/me/schedule"))["items"]

    assert (first["status"], second["status"], second["briefing"]) == ("confirmed", "tentative", None)
    assert first["briefing"]["meeting_point"] == "玄関前"
    assert [one["age_months"] for one in first["briefing"]["clients"]] == [3, 5]
    assert first["shift"]["starts_at"] == "2025-11-20T10:00:00+09:00"


def test_each_role_lists_the_assignments_of_its_scope(make: Make, as_: As, office: Client) -> None:
    owner, one, other = make.organization(), make.volunteer(), make.volunteer()
    own = make.shift_with_demand(owner=owner)
    first = make.assignment(own, one)
    gone = make.assignment(own, other, AssignmentStatus.CANCELLED)
    elsewhere = make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(days=1)), one)
    desk = as_(Role.REQUESTER, organization=owner)
    everything = [str(row.id) for row in (elsewhere, gone, first)]

    assert listed(office) == everything
    assert listed(as_(one)) == [str(elsewhere.id), str(first.id)]
    assert listed(desk) == [str(first.id)]
    assert listed(office, shift_id=own.shift.id) == [str(gone.id), str(first.id)]
    assert listed(office, volunteer_id=other.id) == [str(gone.id)]
    assert listed(office, status="confirmed") == [str(elsewhere.id), str(first.id)]
    assert listed(office, due_before=elsewhere.created_at.isoformat()) == []
    assert listed(office, due_before=VISIT.date().isoformat()) == []
    assert listed(office, due_before=(VISIT.date() + timedelta(days=1)).isoformat()) == [str(gone.id), str(first.id)]
    assert listed(office, due_before=(VISIT + timedelta(minutes=1)).isoformat()) == [str(gone.id), str(first.id)]
    assert problem(as_(Role.TRAINER).get("/v1/assignments")) == (403, "NOT_PERMITTED")
    assert problem(as_(other).get(f"/v1/assignments/{first.id}")) == (404, "NOT_FOUND")
    assert problem(office.get(f"/v1/assignments/{new_id()}")) == (404, "NOT_FOUND")


def test_the_assignments_of_one_volunteer(make: Make, as_: As, office: Client) -> None:
    owner, one, other = make.organization(), make.volunteer(), make.volunteer()
    held = make.assignment(make.shift_with_demand(owner=owner), one)
    path = f"/v1/volunteers/{one.id}/assignments"

    assert listed(office, path) == listed(as_(one), path) == [str(held.id)]
    assert problem(as_(other).get(path)) == (404, "NOT_FOUND")
    assert problem(as_(Role.REQUESTER, organization=owner).get(path)) == (404, "NOT_FOUND")
    assert problem(office.get(f"/v1/volunteers/{new_id()}/assignments")) == (404, "NOT_FOUND")


def test_the_institution_knows_who_comes_by_badge_name_only(make: Make, as_: As) -> None:
    owner, person = make.organization(), make.person(family_name="林", given_name="小鈴", preferred_name="リン")
    volunteer = make.volunteer(person=person)
    opened = make.shift_with_demand(owner=owner)
    overrides = [{"code": "ASG_CAP", "reason": "本人了解"}]
    condition = [{"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}]
    held = make.assignment(
        opened,
        volunteer,
        AssignmentStatus.NO_SHOW,
        overrides=overrides,
        conditions=condition,
        end_reason="client",
        end_note="なし",
    )
    desk = as_(Role.REQUESTER, organization=owner)

    (seen,) = done(desk.get("/v1/assignments"))["items"]

    assert seen == {
        "id": str(held.id),
        "version": 1,
        "actions": [],
        "warnings": [],
        "shift_id": str(opened.shift.id),
        "demand_id": str(opened.demand.id),
        "volunteer_id": None,
        "badge_name": "リン",
        "status": "no_show",
        "via": "hand",
        "conditions": [],
        "substituted_for": None,
        "confirmed_at": None,
        "ended_at": "2025-11-10T09:00:00+09:00",
        "end_reason": None,
        "end_note": None,
        "overrides": None,
        "flags": None,
        "checked_in_at": None,
        "completed_at": None,
        "no_show_party": "client",
    }
    detail = done(desk.get(f"/v1/assignments/{held.id}"))
    assert {name: detail[name] for name in seen} == seen
    assert detail.keys() - seen.keys() == {"shift", "briefing"}
    for text in ("林", "小鈴", str(volunteer.id), volunteer.volunteer_no, str(person.email)):
        assert text not in desk.get(f"/v1/assignments/{held.id}").text


def test_an_ended_assignment_is_told_in_full_to_herself_and_to_staff(make: Make, as_: As, office: Client) -> None:
    volunteer = make.volunteer()
    held = make.assignment(
        make.shift_with_demand(),
        volunteer,
        AssignmentStatus.WITHDRAWN,
        end_reason="illness",
        overrides=[{"code": "ASG_CAP", "reason": "本人了解"}],
        conditions=[{"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}],
    )

    hers, staffs = (done(caller.get(f"/v1/assignments/{held.id}")) for caller in (as_(volunteer), office))

    assert (hers["end_reason"], hers["overrides"], hers["volunteer_id"]) == ("illness", None, str(volunteer.id))
    assert (staffs["end_reason"], staffs["overrides"]) == ("illness", [{"code": "ASG_CAP", "reason": "本人了解"}])
    assert [(one["code"], one["due_on"]) for one in hers["conditions"]] == [("ASG_NO_PLEDGE", "2025-11-18")]


def test_actions_follow_the_clock(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    make.assignment(make.shift_with_demand(), volunteer)
    herself = as_(volunteer)

    def actions() -> list[str]:
        return [verb for one in done(herself.get("/v1/assignments"))["items"] for verb in one["actions"]]

    assert actions() == ["want-standin", "withdraw"]
    clock.now = VISIT
    assert actions() == ["withdraw", "check-in", "no-show"]
    clock.now = VISIT + timedelta(hours=2)
    assert actions() == ["complete", "report", "no-show"]


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(("path", "needed"), [("/v1/assignments", 4), ("/v1/me/schedule", 11)])
def test_lists_need_constant_queries(make: Make, as_: As, queries: Queries, count: int, path: str, needed: int) -> None:
    volunteer = make.volunteer()
    for day in range(count):
        make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(days=day), ages=(3,)), volunteer)
    herself = as_(volunteer)

    with queries() as seen:
        page = done(herself.get(path, params={"limit": 200}))

    assert (len(page["items"]), len(seen)) == (count, needed)
