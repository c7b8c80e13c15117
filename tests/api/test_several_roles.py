"""Accounts of several roles: what is seen is the union of what each sees, and no permission reaches beyond its own role."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.class_session import ClassSessionStatus
from models.organization import Organization
from models.person import Person
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, by_phone, claim, done, problem, settle
from tests.makers.work import VISIT, Opened
from tests.queries import Statements

IDENTITY = {"name": "架空 花子", "phone": "076-000-0001", "address": "金沢市架空町"}
BESIDES = (Role.CLASSROOM_MANAGER, Role.REQUESTER, Role.UNIVERSITY_LIAISON)


class Both(NamedTuple):
    """Somebody who volunteers and has another role, at the institution of the test."""

    caller: Client
    volunteer: Volunteer


@pytest.fixture
def both_of(make: Make, as_: As, owner: Organization, wiring: Wiring) -> Callable[..., Both]:
    def made(*roles: Role) -> Both:
        volunteer = make.volunteer(child_contact_ok=True, cleared=True)
        with wiring.unit(write=False) as unit:
            person = unit.get(Person, volunteer.person_id)
        account = make.account(*roles, Role.VOLUNTEER, organization=owner, person=person)
        return Both(as_(account), volunteer)

    return made


def dispatch(make: Make, *, after: int = 0, owner: Organization | None = None) -> Opened:
    told: dict[str, Any] = {"note": "裏口から", "onsite_contact": {"name": "架空", "phone": "076-000-0009"}}
    if owner is not None:
        told["owner"] = owner
    return make.shift_with_demand(ages=(3,), starts_at=VISIT + timedelta(days=after), **told)


def disclosed(caller: Client, opened: Opened) -> int:
    body = {"n": 1, "purpose": "prepare_visit"}
    return caller.post(f"/v1/dispatch-requests/{opened.request.id}/client-disclosures", json=body).status_code


def write_down(office: Client, opened: Opened) -> None:
    path = f"/v1/dispatch-requests/{opened.request.id}/clients/1/identity"
    assert office.put(path, json=IDENTITY, headers={"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize("role", [Role.CLASSROOM_MANAGER, Role.UNIVERSITY_LIAISON])
def test_a_volunteer_of_an_institution_knows_its_families_only_where_she_comes(
    role: Role, make: Make, both_of: Callable[..., Both], office: Client, owner: Organization, clock: SetClock
) -> None:
    both, opened = both_of(role), dispatch(make, owner=owner)
    write_down(office, opened)
    assert disclosed(both.caller, opened) == 404
    make.assignment(opened, both.volunteer)
    assert disclosed(both.caller, opened) == 404
    clock.now = opened.shift.starts_at - timedelta(hours=2)
    assert disclosed(both.caller, opened) == 200


def test_who_asks_for_dispatches_and_volunteers_knows_her_own_families_and_those_she_comes_to(
    make: Make, both_of: Callable[..., Both], office: Client, owner: Organization, clock: SetClock
) -> None:
    both, ours, other = both_of(Role.REQUESTER), dispatch(make, owner=owner), dispatch(make, after=1)
    write_down(office, ours)
    write_down(office, other)
    make.assignment(other, both.volunteer)
    assert (disclosed(both.caller, ours), disclosed(both.caller, other)) == (200, 404)
    clock.now = other.shift.starts_at - timedelta(hours=2)
    assert disclosed(both.caller, other) == 200


@pytest.mark.parametrize("role", BESIDES)
def test_a_volunteer_with_another_role_sees_and_takes_what_any_volunteer_may(
    role: Role, make: Make, both_of: Callable[..., Both]
) -> None:
    both, asked, open_one = both_of(role), dispatch(make), dispatch(make, after=1)
    offer = make.offer(asked, both.volunteer)
    assert [one["id"] for one in done(both.caller.get("/v1/me/offers"))["items"]] == [str(offer.id)]
    shown = done(both.caller.get(f"/v1/offers/{offer.id}"))
    assert shown["actions"] == ["accept", "decline"]
    assert shown["shift"]["facility"] is None
    assert {one["id"] for one in done(both.caller.get("/v1/shifts"))["items"]} >= {str(asked.shift.id)}
    assert done(both.caller.get(f"/v1/shifts/{open_one.shift.id}"))["actions"] == ["claim"]
    done(answer(both.caller, offer, "accept"))
    done(claim(both.caller, open_one), 201)
    assert len(done(both.caller.get("/v1/assignments"))["items"]) == len((asked, open_one))


def test_who_asks_and_runs_classes_sees_the_dispatches_and_the_classes_of_her_institution(
    make: Make, as_: As, owner: Organization, clock: SetClock
) -> None:
    caller = as_(make.account(Role.REQUESTER, Role.CLASSROOM_MANAGER, organization=owner))
    visit, met = dispatch(make, owner=owner), make.class_session(make.classroom(owner=owner))
    coming, tutor = make.assignment(visit, make.volunteer()), make.assignment(met, make.tutor())
    hidden = make.assignment(dispatch(make, after=1, owner=owner), make.volunteer(), AssignmentStatus.TENTATIVE)
    shown = {one["id"]: one for one in done(caller.get("/v1/assignments"))["items"]}
    assert shown.keys() == {str(coming.id), str(tutor.id)}
    assert shown[str(coming.id)]["volunteer_id"] is None  # as to any institution
    assert shown[str(tutor.id)]["volunteer_id"] == str(tutor.volunteer_id)  # as to any manager
    assert problem(caller.get(f"/v1/assignments/{hidden.id}"))[0] == 404
    assert done(caller.get(f"/v1/shifts/{visit.shift.id}"))["request_id"] == str(visit.request.id)
    assert done(caller.get(f"/v1/shifts/{met.shift.id}"))["request_id"] is None
    clock.now = visit.shift.starts_at + timedelta(minutes=30)
    done(caller.post(f"/v1/assignments/{coming.id}/messages", json={"code": "late_10"}), 201)


def test_a_manager_sees_of_a_dispatch_what_the_volunteer_sees_that_she_is(
    make: Make, both_of: Callable[..., Both], as_: As, clock: SetClock
) -> None:
    both, single = both_of(Role.CLASSROOM_MANAGER), make.volunteer()
    callers = [(both.caller, both.volunteer), (as_(single), single)]
    statuses = (AssignmentStatus.TENTATIVE, AssignmentStatus.WITHDRAWN, AssignmentStatus.CONFIRMED)
    for n, status in enumerate(statuses):
        told = []
        for m, (caller, volunteer) in enumerate(callers):
            opened = dispatch(make, after=2 * n + m)
            held = make.assignment(opened, volunteer, status)
            clock.now = opened.shift.starts_at - timedelta(days=7)
            shown = done(caller.get(f"/v1/assignments/{held.id}"))
            told.append((shown["briefing"] is not None, shown["shift"]["status"] is None, shown["actions"]))
        assert told[0] == told[1], status
    opened = dispatch(make, after=20)
    held = make.assignment(opened, both.volunteer)
    clock.now = opened.shift.starts_at - timedelta(hours=1)
    assert done(both.caller.get(f"/v1/assignments/{held.id}"))["briefing"]["onsite_contact"] is not None


def test_a_manager_staffs_her_classes_alone_and_enters_nothing_for_her_tutors_but_their_answers(
    make: Make, both_of: Callable[..., Both], owner: Organization, clock: SetClock
) -> None:
    both, opened = both_of(Role.CLASSROOM_MANAGER), dispatch(make)
    met, tutor = make.class_session(make.classroom(owner=owner)), make.tutor()
    other = make.volunteer()
    assert problem(ask(both.caller, opened, other))[0] == 404
    assert problem(both.caller.get(f"/v1/shifts/{opened.shift.id}/candidates"))[0] == 404
    assert problem(both.caller.get(f"/v1/shifts/{opened.shift.id}/candidates/{other.id}"))[0] == 404
    assert problem(both.caller.delete(f"/v1/shifts/{opened.shift.id}/cascade"))[0] == 404
    batch = {"items": [{"shift_id": str(opened.shift.id), "volunteer_ids": [str(other.id)]}]}
    (part,) = both.caller.post("/v1/offers/batch", json=batch).json()["items"]
    assert part["status"] == 404
    hers = make.offer(opened, both.volunteer)
    assert problem(answer(both.caller, hers, "withdraw"))[0] == 404
    done(answer(both.caller, make.offer(met, tutor), "accept", on_behalf=by_phone(tutor)))
    standing = make.assignment(met, make.tutor())
    clock.now = met.shift.starts_at
    said = settle(both.caller, standing, "check-in", on_behalf=by_phone(tutor))
    assert said.status_code == 403
    assert "check-in" not in done(both.caller.get(f"/v1/assignments/{standing.id}"))["actions"]


def test_a_report_is_told_in_full_to_the_side_that_wrote_it(
    make: Make, both_of: Callable[..., Both], owner: Organization
) -> None:
    both, ours, other = both_of(Role.REQUESTER), dispatch(make, owner=owner), dispatch(make, after=1)
    theirs = make.assignment(ours, make.volunteer(), AssignmentStatus.COMPLETED)
    hers = make.assignment(other, both.volunteer, AssignmentStatus.COMPLETED)
    for about in ((ours, theirs), (other, hers), (ours,)):
        make.report(*about, difficulties=["pace"])
    path = "/v1/assignments/{}/report"
    assert "difficulties" not in told(both.caller, path.format(theirs.id))
    assert "difficulties" in told(both.caller, path.format(hers.id))
    reports = done(both.caller.get(f"/v1/dispatch-requests/{ours.request.id}/reports"))["items"]
    assert {one["kind"]: one["difficulties"] is not None for one in reports} == {"volunteer": False, "requester": True}


def told(caller: Client, path: str) -> set[str]:
    return {name for name, value in done(caller.get(path)).items() if value is not None}


def test_the_list_of_somebody_with_two_roles_asks_no_more_for_many_than_for_few(
    make: Make,
    both_of: Callable[..., Both],
    owner: Organization,
    queries: Callable[[], AbstractContextManager[Statements]],
) -> None:
    both, room = both_of(Role.CLASSROOM_MANAGER), make.classroom(owner=owner)

    def asked() -> int:
        counts: list[Any] = []
        for path in ("/v1/shifts", "/v1/assignments", "/v1/offers"):
            with queries() as made:
                done(both.caller.get(path))
            counts.append(len(made))
        return sum(counts)

    def some(n: int) -> None:
        make.assignment(make.class_session(room, on=VISIT.date() + timedelta(days=n)), make.tutor())
        make.assignment(dispatch(make, after=2 * n), both.volunteer)
        make.offer(dispatch(make, after=2 * n + 1), both.volunteer)

    some(0)
    few = asked()
    for n in (1, 2, 3):
        some(n)
    assert asked() == few


def test_whoever_learns_or_stands_by_with_two_roles_reads_the_roll_of_each(
    make: Make, both_of: Callable[..., Both], owner: Organization, clock: SetClock
) -> None:
    both = both_of(Role.CLASSROOM_MANAGER)
    ours = make.class_session(make.classroom(owner=owner), status=ClassSessionStatus.OPEN)
    other = make.class_session(make.classroom(), status=ClassSessionStatus.OPEN)
    elsewhere = make.class_session(make.classroom(), status=ClassSessionStatus.OPEN)
    make.assignment(other, both.volunteer)
    clock.now = ours.session.starts_at
    rolls = [both.caller.get(f"/v1/class-sessions/{one.session.id}/attendance") for one in (ours, other, elsewhere)]
    assert [said.status_code for said in rolls] == [200, 200, 404]
