"""The worklist of whoever runs a classroom: all that a Saturday needs of her, and which places are hers to fill."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from models.account import AccountStatus, Role
from models.assignment import AssignmentStatus
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import ConsentScope
from models.offer import OfferStatus
from models.organization import FacilityKind, Organization
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import advice, classes, people, work
from tests.makers.class_days import HALF_PAST_NINE, HELD_ON, NEXT, exhaust, kept_safe, staffed
from tests.makers.classes import SATURDAY, Met
from tests.makers.doors import answer, ask, by_phone, done
from tests.makers.listed import WORKLIST, brief, codes, follow, listed, only
from tests.queries import Statements

pytestmark = pytest.mark.usefixtures("saturday")

Units = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def stranger(as_: As, make: Make) -> Client:
    return as_(Role.CLASSROOM_MANAGER, organization=make.organization())


def test_saturday_half_past_nine(
    make: Make, manager: Client, stranger: Client, owner: Organization, unit: Units, clock: SetClock
) -> None:
    other = make.classroom(owner=owner, name="架空ルーム")
    clock.forward(days=-8)
    make.enrollment(make.learner(owner), other)
    clock.now = HALF_PAST_NINE
    room = make.classroom(owner=owner, name="架空ひろば")
    staffed(make, today := make.class_session(room), 1)
    early = staffed(make, make.class_session(other, starts=HALF_PAST_NINE.time(), status=ClassSessionStatus.OPEN))
    kept_safe(make, manager, other, early)
    held = make.class_session(other, on=HELD_ON, status=ClassSessionStatus.HELD)
    week = make.class_session(room, on=NEXT)
    make.assignment(week, make.tutor(), AssignmentStatus.STANDIN_WANTED)
    make.offer(week, make.tutor(), OfferStatus.ACCEPTED_LATE)
    with unit() as it:
        exhaust(it, week)

    found = listed(manager)

    assert sorted(map(brief, found[:4]), key=lambda one: one[1:]) == sorted(
        [
            ("roll_missing", "2025-11-11T11:30", "PUT", "attendance", True),
            ("place_at_risk", "2025-11-15T10:00", "GET", "candidates", True),
            ("session_to_open", "2025-11-15T10:00", "POST", "open", True),
            ("guardian_to_reach", "2025-11-15T11:30", "GET", "guardian-calls", True),
        ],
        key=lambda one: one[1:],
    )
    assert [one["because"]["code"] for one in (found[0], found[3])] == ["roll_missing", "guardian_to_reach"]
    assert sorted(map(brief, found[4:])) == [
        ("late_yes", "2025-11-17T17:00", "POST", "approve", False),
        ("standin_sought", "2025-11-22T10:00", "GET", "candidates", False),
        ("waves_exhausted", "2025-11-21T00:00", "GET", "candidates", False),
    ]
    assert [one["deadline"] for one in found[4:]] == sorted(one["deadline"] for one in found[4:])
    assert all("架空" in one["because"]["detail"] for one in found)  # each says of which of her classrooms
    objects = {one["because"]["code"]: one["object"] for one in found}
    assert objects["session_to_open"] == {"type": "class_session", "id": str(today.session.id), "no": None}
    assert objects["roll_missing"]["id"] == str(held.session.id)
    assert objects["guardian_to_reach"] == {"type": "classroom", "id": str(other.id), "no": other.code}
    assert listed(stranger) == []


@pytest.fixture
def running(make: Make, room: Classroom) -> Met:
    return make.class_session(room, starts=HALF_PAST_NINE.time(), status=ClassSessionStatus.OPEN)


# Places.
def test_a_place_at_risk_is_filled_by_her(make: Make, manager: Client, room: Classroom) -> None:
    met = staffed(make, make.class_session(room, on=SATURDAY + timedelta(days=1)), 1)
    reserve = make.tutor()
    entry = only(manager)
    assert brief(entry) == ("place_at_risk", "2025-11-16T10:00", "GET", "candidates", True)
    assert str(reserve.id) in {one["volunteer_id"] for one in done(follow(manager, entry["verb"]))["items"]}
    (offer,) = done(ask(manager, met, reserve), 201)["items"]
    said = by_phone(reserve, HALF_PAST_NINE.isoformat())
    done(answer(manager, offer["id"], "accept", on_behalf=said))
    assert listed(manager) == []


def test_a_stand_in_is_found_by_her(make: Make, as_: As, manager: Client, owner: Organization) -> None:
    room = make.classroom(owner=owner, tutor_places=3)
    met = staffed(make, make.class_session(room, on=NEXT))
    held = make.assignment(met, make.tutor(), AssignmentStatus.STANDIN_WANTED)
    other = make.tutor()
    entry = only(manager)
    assert (brief(entry)[0], entry["object"]["id"]) == ("standin_sought", str(held.id))
    assert str(other.id) in {one["volunteer_id"] for one in done(follow(manager, entry["verb"]))["items"]}
    (offer,) = done(ask(manager, met, other), 201)["items"]
    done(answer(as_(other), offer["id"], "accept"))
    assert listed(manager) == []


def test_waves_that_found_nobody_are_stopped_by_her(make: Make, manager: Client, room: Classroom, unit: Units) -> None:
    met = make.class_session(room, on=NEXT)
    with unit() as it:
        exhaust(it, met)
    entry = only(manager)
    assert brief(entry)[0] == "waves_exhausted"
    assert "items" in done(follow(manager, entry["verb"]))
    assert manager.delete(f"/v1/shifts/{met.shift.id}/cascade").status_code == 204
    assert listed(manager) == []


def test_a_late_yes_is_taken_by_her(make: Make, manager: Client, room: Classroom) -> None:
    met = make.class_session(room, on=NEXT)
    make.offer(met, make.tutor(), OfferStatus.ACCEPTED_LATE)
    entry = only(manager)
    assert brief(entry)[0] == "late_yes"
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


def test_what_the_office_alone_may_settle_is_the_office_s_alone(
    make: Make, as_: As, manager: Client, owner: Organization
) -> None:
    room = make.classroom(owner=owner, min_tutors=1)
    approved = make.class_session(room, on=NEXT, starts=HALF_PAST_NINE.time())
    make.assignment(approved, make.tutor(), AssignmentStatus.TENTATIVE)
    flagged = make.class_session(room, on=NEXT + timedelta(weeks=1))
    make.assignment(flagged, make.tutor(insured=False), flags=["ASG_NO_INSURANCE"])

    assert listed(manager) == []
    assert sorted(codes(as_(Role.COORDINATOR))) == ["approval_wanted", "assignment_flagged"]


def test_she_knows_her_tutors_by_their_badges(make: Make, as_: As, manager: Client, room: Classroom) -> None:
    known = make.person(full_name="架空 花子", family_name="架空", preferred_name="ハナ")
    tutor = make.tutor(person=known)
    make.assignment(make.class_session(room, on=NEXT), tutor, AssignmentStatus.STANDIN_WANTED)
    said = only(manager)["because"]["detail"]
    assert "ハナさん" in said
    assert f"教室「{room.name}」" in said
    assert "花子" not in manager.get(WORKLIST).text
    assert known.display_name in only(as_(Role.COORDINATOR))["because"]["detail"]


# Whose it is.
def test_what_she_merely_stands_on_herself_is_not_hers_to_fill(make: Make, as_: As, owner: Organization) -> None:
    both = make.tutor(person=(who := make.person()))
    account = make.account(Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=owner, person=who)
    dispatch = make.shift_with_demand(starts_at=HALF_PAST_NINE + timedelta(hours=5), demand={"places": 2})
    theirs = make.class_session()
    for opened in (dispatch, theirs):
        make.assignment(opened, both)
    assert listed(as_(account)) == []


def test_the_office_answers_for_classes_which_nobody_runs(
    make: Make, as_: As, room: Classroom, owner: Organization
) -> None:
    office = as_(Role.COORDINATOR)
    staffed(make, make.class_session(room))
    held = make.class_session(room, on=HELD_ON, status=ClassSessionStatus.HELD)
    make.account(Role.CLASSROOM_MANAGER, organization=owner, status=AccountStatus.DISABLED)
    make.account(Role.REQUESTER, organization=owner)
    make.account(Role.CLASSROOM_MANAGER, organization=make.organization())
    assert codes(office) == ["roll_missing", "session_to_open"]
    for entry in listed(office):
        done(follow(office, entry["verb"], {}))
    assert listed(office) == []
    again = make.class_session(room, on=HELD_ON - timedelta(weeks=1), status=ClassSessionStatus.HELD)
    assert only(office)["object"]["id"] == str(again.session.id) != str(held.session.id)
    make.account(Role.CLASSROOM_MANAGER, organization=owner)
    assert listed(office) == []


def test_a_coordinator_who_runs_classes_as_well_finds_hers_too(
    make: Make, as_: As, room: Classroom, owner: Organization, running: Met
) -> None:
    both = as_(make.account(Role.COORDINATOR, Role.CLASSROOM_MANAGER, organization=owner))
    make.account(Role.CLASSROOM_MANAGER, organization=owner)
    kept_safe(make, both, room, running)
    staffed(make, make.class_session(room))
    assert codes(both) == ["session_to_open", "guardian_to_reach"]
    assert listed(as_(Role.COORDINATOR)) == []


# All of it.
def _saturday(it: Unit, owner: Organization) -> set[str]:
    """One of each kind that a manager may find."""
    room = classes.classroom(it, owner=owner)
    classes.class_session(it, room)
    classes.class_session(it, room, on=HELD_ON, status=ClassSessionStatus.HELD)
    week = classes.class_session(it, room, on=NEXT)
    work.assignment(it, week, classes.tutor(it), AssignmentStatus.STANDIN_WANTED)
    work.offer(it, week, classes.tutor(it), OfferStatus.ACCEPTED_LATE)
    exhaust(it, week)
    learner = classes.learner(it, owner)
    classes.enrollment(it, learner, room)
    classes.class_session(it, room, on=NEXT + timedelta(days=1), status=ClassSessionStatus.CANCELLED)
    shared = classes.consent(it, learner, ConsentScope.SHARE_WITH_SCHOOL)
    school = people.facility(it, kind=FacilityKind.SCHOOL)
    advice.school_referral(it, shared, room, school, sent_at=it.now - timedelta(days=14))
    return {
        "late_yes",
        "standin_sought",
        "waves_exhausted",
        "place_at_risk",
        "session_to_open",
        "roll_missing",
        "guardian_to_reach",
        "school_referral_silent",
    }


@pytest.mark.parametrize("rows", [1, 20])
def test_a_hundred_entries_need_as_many_queries_as_one_of_each(
    rows: int,
    manager: Client,
    owner: Organization,
    unit: Units,
    queries: Callable[[], AbstractContextManager[Statements]],
) -> None:
    with unit() as it:
        kinds = set[str]().union(*(_saturday(it, it.get(Organization, owner.id)) for _ in range(rows)))

    with queries() as seen:
        found = codes(manager, limit=200)

    assert (len(found), set(found)) == (8 * rows, kinds)
    assert len(seen) == 25


def test_the_list_comes_in_pages(manager: Client, owner: Organization, unit: Units) -> None:
    with unit() as it:
        for _ in range(3):
            _saturday(it, it.get(Organization, owner.id))
    whole, paged, cursor = listed(manager, limit=200), [], None
    for _ in range(6):
        page = done(manager.get(WORKLIST, params={"limit": 4, **({"cursor": cursor} if cursor else {})}))
        paged += page["items"]
        cursor = page["next_cursor"]
    assert (paged, cursor) == (whole, None)
