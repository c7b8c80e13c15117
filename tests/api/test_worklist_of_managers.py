"""The worklist of whoever runs a classroom: what her classes need of her, gone once the verb it names was used."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import AccountStatus, Role
from models.assignment import AssignmentStatus
from models.cascade import Cascade, CascadeStatus
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner
from models.offer import OfferStatus
from models.organization import Organization
from services.clock import SetClock
from services.unit import Unit
from services.wording import LANGUAGES
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import classes, work
from tests.makers.classes import SATURDAY, Met, noted, on_session, roll
from tests.makers.doors import answer, ask, by_phone, done
from tests.makers.listed import WORKLIST, brief, codes, follow, listed, only
from tests.queries import Statements
from worker.passing import move_shifts

Units = Callable[..., AbstractContextManager[Unit]]
HELD_ON, NEXT = SATURDAY - timedelta(weeks=1), SATURDAY + timedelta(weeks=1)
HALF_PAST_NINE = datetime.fromisoformat("2025-11-15T09:30:00+09:00")


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner, name="架空ひろば", code="hiroba")


@pytest.fixture
def stranger(as_: As, make: Make) -> Client:
    return as_(Role.CLASSROOM_MANAGER, organization=make.organization())


@pytest.fixture(autouse=True)
def saturday(clock: SetClock) -> None:
    clock.now = HALF_PAST_NINE


def staffed(make: Make, met: Met, tutors: int = 2) -> Met:
    for _ in range(tutors):
        make.assignment(met, make.tutor())
    return met


def kept_safe(make: Make, manager: Client, room: Classroom, met: Met, **over: Any) -> Learner:
    """A child without consent who came to an open session."""
    with make.wiring.unit() as it:
        child = classes.learner(it, it.get(Organization, room.organization_id), consents=(), **over)
        classes.enrollment(it, child, room)
    done(roll(manager, met.session.id, noted(child, "kept_safe")))
    return child


def call(caller: Client, room: Classroom, learner: Learner, result: str, **over: Any) -> Any:
    return caller.post(f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}", json={"result": result, **over})


def exhaust(unit: Unit, met: Met) -> None:
    status = CascadeStatus.EXHAUSTED
    unit.add(Cascade(shift_id=met.shift.id, demand_id=met.demand.id, batch=3, status=status, **unit.stamp()))


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


# A session to open.


def test_a_session_is_to_be_opened_from_the_hour_before_until_its_end(
    make: Make, manager: Client, room: Classroom, clock: SetClock
) -> None:
    met = staffed(make, make.class_session(room))
    clock.now = HALF_PAST_NINE.replace(hour=8, minute=59)
    assert listed(manager) == []
    for hour, minute in ((9, 0), (11, 29)):
        clock.now = HALF_PAST_NINE.replace(hour=hour, minute=minute)
        assert brief(only(manager)) == ("session_to_open", "2025-11-15T10:00", "POST", "open", True)
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=30)
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE

    entry = only(manager)

    assert "架空ひろば" in entry["because"]["detail"]
    assert "支援者2人（2人以上必要）" in entry["because"]["detail"]
    assert done(follow(manager, entry["verb"], {}))["id"] == str(met.session.id)
    assert listed(manager) == []


def test_with_too_few_tutors_it_is_opened_reduced_or_called_off(make: Make, manager: Client, room: Classroom) -> None:
    staffed(make, make.class_session(room), 1)
    (entry,) = listed(manager, kind="session_to_open")
    assert follow(manager, entry["verb"], {}).status_code == 409
    done(follow(manager, entry["verb"], {"mode": "reduced", "venue_adults": ["架空 館長"]}))
    off = staffed(make, make.class_session(room, status=ClassSessionStatus.PLANNED))
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    assert codes(manager, kind="session_to_open") == []


# The roll.


def test_a_roll_is_written_then_recorded(
    make: Make, manager: Client, room: Classroom, owner: Organization, clock: SetClock, wiring: Wiring
) -> None:
    children = [make.learner(owner) for _ in range(3)]
    for one in children:
        make.enrollment(one, room)
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    done(roll(manager, met.session.id, noted(children[0])))
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=29)
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE.replace(hour=11, minute=30)

    entry = only(manager)  # before the sweep has moved it

    assert brief(entry) == ("roll_missing", "2025-11-18T11:30", "PUT", "attendance", False)
    assert "未記入：2人" in entry["because"]["detail"]
    move_shifts(wiring)
    assert only(manager) == entry
    done(follow(manager, entry["verb"], {"items": [noted(one) for one in children[1:]]}))
    entry = only(manager)
    assert brief(entry) == ("roll_missing", "2025-11-18T11:30", "POST", "record", False)
    clock.now = HALF_PAST_NINE.replace(day=18, hour=11, minute=29)
    assert not only(manager)["urgent"]
    clock.forward(minutes=1)
    assert only(manager)["urgent"]
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


def test_whose_consent_was_taken_back_is_missed_on_no_roll(
    make: Make, manager: Client, room: Classroom, owner: Organization
) -> None:
    child = make.learner(owner, consents=())
    make.consent(child, revoked_on=date(2025, 11, 1))
    make.enrollment(child, room)
    make.class_session(room, on=HELD_ON, status=ClassSessionStatus.HELD)

    entry = only(manager)

    assert brief(entry)[2:4] == ("POST", "record")
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


# Guardians.


@pytest.fixture
def running(make: Make, room: Classroom) -> Met:
    return make.class_session(room, starts=HALF_PAST_NINE.time(), status=ClassSessionStatus.OPEN)


def test_a_child_kept_safe_stands_there_until_its_guardian_was_reached(
    make: Make, manager: Client, room: Classroom, running: Met
) -> None:
    children = [kept_safe(make, manager, room, running) for _ in range(2)]

    entry = only(manager)

    assert brief(entry) == ("guardian_to_reach", "2025-11-15T11:30", "GET", "guardian-calls", True)
    assert entry["object"] == {"type": "classroom", "id": str(room.id), "no": "hiroba"}
    due = done(follow(manager, entry["verb"]))["items"]
    assert {one["learner_id"] for one in due} == {str(one.id) for one in children}
    done(call(manager, room, children[0], "no_answer"))
    assert "2件残っています（うち、保護した子どもの保護者：2件、成人の本人：0件）" in only(manager)["because"]["detail"]
    done(call(manager, room, children[0], "reached"))
    assert "1件残っています（うち、保護した子どもの保護者：1件、成人の本人：0件）" in only(manager)["because"]["detail"]
    done(call(manager, room, children[1], "reached"))
    assert listed(manager) == []


def test_who_is_to_be_called_back_is_there_again_at_that_hour(
    make: Make, manager: Client, room: Classroom, running: Met, clock: SetClock
) -> None:
    child = kept_safe(make, manager, room, running)
    done(call(manager, room, child, "call_back", call_back_at="2025-11-15T10:15:00+09:00"))
    assert listed(manager) == []
    clock.now = HALF_PAST_NINE.replace(hour=10, minute=15)
    assert codes(manager) == ["guardian_to_reach"]


def test_who_has_consent_by_now_needs_no_call_and_who_left_still_does(
    make: Make, manager: Client, room: Classroom, running: Met
) -> None:
    gone, signed = (kept_safe(make, manager, room, running) for _ in range(2))
    (place,) = [one for one in done(manager.get("/v1/enrollments"))["items"] if one["learner_id"] == str(gone.id)]
    done(manager.post(f"/v1/enrollments/{place['id']}/leave", json={"reason": "転居"}))
    body = {"scopes": ["participation"], "signed_on": "2025-11-15", "language": "vi"}
    done(manager.post(f"/v1/learners/{signed.id}/consents", json=body), 201)
    assert "1件" in only(manager)["because"]["detail"]  # her guardian does not know yet that she was there
    done(call(manager, room, gone, "reached"))
    assert listed(manager) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_child_or_its_guardian_is_in_the_list(
    make: Make, manager: Client, room: Classroom, running: Met, language: str
) -> None:
    child = kept_safe(make, manager, room, running, first_name="ザヒラ", guardian_name="架空 シティ")

    said = manager.get(WORKLIST, headers={"Accept-Language": language})

    assert codes(manager) == ["guardian_to_reach"]
    assert room.name in said.json()["items"][0]["because"]["detail"]
    for secret in ("ザヒラ", "シティ", "076-000-0000", "vi", str(child.id)):
        assert secret not in str(said.json()["items"])


def test_calls_about_absences_and_sessions_called_off_are_counted_in_their_time(
    make: Make, manager: Client, room: Classroom, owner: Organization, clock: SetClock
) -> None:
    clock.now = HALF_PAST_NINE - timedelta(weeks=2)
    absent = make.learner(owner)
    make.enrollment(absent, room)
    for on in (HELD_ON, SATURDAY):
        met = make.class_session(room, on=on, status=ClassSessionStatus.OPEN)
        clock.now = HALF_PAST_NINE + (on - SATURDAY) + timedelta(hours=1)
        done(roll(manager, met.session.id, noted(absent, "absent")))
    (entry,) = listed(manager, kind="guardian_to_reach")
    assert brief(entry)[1] == "2025-11-17T17:00"
    assert not entry["urgent"]
    done(call(manager, room, absent, "reached"))
    assert codes(manager, kind="guardian_to_reach") == []
    clock.forward(hours=1)
    for days, deadline, urgent in ((7, "2025-11-17T17:00", False), (1, "2025-11-16T10:00", True)):
        off = make.class_session(room, on=SATURDAY + timedelta(days=days))
        done(on_session(manager, off.session.id, "cancel", reason="大雪"))
        (entry,) = listed(manager, kind="guardian_to_reach")
        assert (entry["deadline"][:16], entry["urgent"]) == (deadline, urgent)


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
    assert "教室「架空ひろば」" in said
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
    classes.enrollment(it, classes.learner(it, owner), room)
    classes.class_session(it, room, on=NEXT + timedelta(days=1), status=ClassSessionStatus.CANCELLED)
    return {
        "late_yes",
        "standin_sought",
        "waves_exhausted",
        "place_at_risk",
        "session_to_open",
        "roll_missing",
        "guardian_to_reach",
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

    assert (len(found), set(found)) == (7 * rows, kinds)
    assert len(seen) == 24


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
