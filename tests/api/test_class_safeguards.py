"""What keeps a class safe: who counts as a tutor, and what is asked anew when a class moves or its host is gone."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, add_term, change_rule, change_term, met_of, noted, on_session, roll
from tests.makers.doors import audited, done, faults, hand, notices_of, problem
from tests.makers.waves import texts
from worker.classes import hold_classes
from worker.passing import move_shifts
from worker.reminding import warn_of_risks

Learn = Callable[[Met, Volunteer], None]


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def learns_at(as_: As) -> Learn:
    """Put somebody on a place for trainees, which is made for her."""
    office = as_(Role.COORDINATOR)

    def put(met: Met, volunteer: Volunteer) -> None:
        body = {"demand_id": str(met.demand.id), "places": 1}
        shown = done(office.post(f"/v1/shifts/{met.shift.id}/trainee-places", json=body))
        (place,) = [one["id"] for one in shown["demands"] if one["role"] == "trainee"]
        done(hand(office, met, volunteer, demand_id=place), 201)

    return put


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def test_a_trainee_is_no_tutor_but_of_age_an_adult(
    make: Make, room: Classroom, manager: Client, learns_at: Learn
) -> None:
    met = make.class_session(room)
    make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    said = on_session(manager, met.session.id, "open")
    assert problem(said) == (409, "CLS_STAFF")
    assert "大人2人" in said.json()["detail"]
    opened = done(on_session(manager, met.session.id, "open", mode="reduced"))
    assert (opened["status"], opened["tutors"]) == ("open", 1)


def test_trainees_alone_open_no_class(make: Make, room: Classroom, manager: Client, learns_at: Learn) -> None:
    met = make.class_session(room)
    learns_at(met, make.tutor())
    said = on_session(manager, met.session.id, "open", mode="reduced", venue_adults=["館長"])
    assert problem(said) == (409, "CLS_STAFF")


def test_places_for_trainees_are_not_shown_as_places_for_tutors(
    make: Make, room: Classroom, manager: Client, learns_at: Learn
) -> None:
    met = make.class_session(room)
    learns_at(met, make.tutor())
    (shown,) = done(manager.get("/v1/class-sessions"))["items"]
    assert (shown["tutor_places"], shown["tutors"]) == (4, 0)
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}")) == shown


def test_a_class_is_at_risk_though_somebody_learns_to_teach_there(
    make: Make, room: Classroom, manager: Client, learns_at: Learn, clock: SetClock, wiring: Wiring
) -> None:
    met = make.class_session(room)
    make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    clock.now = met.session.starts_at - timedelta(days=1)
    warn_of_risks(wiring)
    assert ("activity_place_at_risk", manager.account.id) in notices_of(wiring)


def test_trainees_are_not_counted_as_tutors_present(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, room: Classroom, manager: Client, learns_at: Learn, clock: SetClock, wiring: Wiring, as_: As
) -> None:
    met = make.class_session(room)
    for _ in range(2):
        make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    done(on_session(manager, met.session.id, "open"))
    clock.now = met.session.ends_at
    hold_classes(wiring)
    report = done(as_(Role.ADMIN).get("/v1/reports/classrooms"))
    assert report["total"]["tutors_present"] == 2


def test_learners_of_classes_held_together_are_counted_together(
    make: Make, owner: Organization, room: Classroom, manager: Client
) -> None:
    """Four here and three there for two tutors: each class alone would have enough."""
    host_room = make.classroom(owner=owner)
    for where, count in ((room, 4), (host_room, 3)):
        for _ in range(count):
            make.enrollment(make.learner(owner), where)
    guest, host = make.class_session(room), make.class_session(host_room)
    for _ in range(2):
        make.assignment(host, make.tutor())
    assert done(on_session(manager, host.session.id, "open"))["warnings"] == []
    opened = done(on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id)))
    (warning,) = opened["warnings"]
    assert warning["code"] == "CLS_RATIO"
    assert "学習者7人、支援者2人" in warning["detail"]


def test_children_are_not_merged_with_adults_whose_tutors_nobody_checks(
    make: Make, owner: Organization, room: Classroom, manager: Client
) -> None:
    guest, host = make.class_session(room), make.class_session(make.classroom(owner=owner, for_children=False))
    for _ in range(2):
        make.assignment(host, make.tutor())
    done(on_session(manager, host.session.id, "open"))
    said = on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id))
    assert problem(said) == (409, "CLS_ADULTS")


def opened(make: Make, manager: Client, met: Met, **body: Any) -> dict[str, Any]:
    """A session opened with two tutors of its own, or as the body says."""
    if not body:
        for _ in range(2):
            make.assignment(met, make.tutor())
    answer: dict[str, Any] = done(on_session(manager, met.session.id, "open", **body))
    return answer


def together(make: Make, manager: Client, guest: Met, host: Met) -> None:
    """Hold the one class with the other, which alone has tutors."""
    opened(make, manager, host)
    opened(make, manager, guest, mode="merged_with", session_id=str(host.session.id))


def state(caller: Client, met: Met) -> tuple[str, str | None, str | None]:
    shown = done(caller.get(f"/v1/class-sessions/{met.session.id}"))
    assert shown["status"] == "open" or shown["venue_adults"] == []
    return shown["status"], shown["mode"], shown["merged_with_id"]


PLANNED = ("planned", None, None)


@pytest.mark.parametrize("edit", ["rule", "hour"])
def test_an_open_class_that_moves_is_to_be_opened_anew(
    make: Make, room: Classroom, manager: Client, wiring: Wiring, clock: SetClock, edit: str
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    for _ in range(2):
        make.assignment(met, make.tutor())
    opened(make, manager, met, mode="reduced", venue_adults=["館長"])

    def move(query: str = "") -> Any:
        if edit == "rule":
            return change_rule(manager, term, "FREQ=WEEKLY;BYDAY=SU;UNTIL=20251116", query)
        return change_term(manager, term, query, starts="13:00", ends="14:30")

    shown = done(move("preview=true"))
    assert shown["items"][0]["status"] == "planned"
    assert state(manager, met) == ("open", "reduced", None)
    assert done(move()) == shown
    assert state(manager, met) == PLANNED
    told = [event.action for event in audited(wiring, met.session.id)]
    assert told[-2:] == ["class_session.move", "class_session.plan-again"]
    clock.now = met_of(wiring, str(met.session.id)).session.ends_at
    move_shifts(wiring)
    hold_classes(wiring)
    assert state(manager, met)[0] == "cancelled"  # nobody who was asked anew has said yes


def test_an_open_class_that_stays_where_it_is_stays_open(
    make: Make, room: Classroom, manager: Client, wiring: Wiring
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=2"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    opened(make, manager, met)
    done(change_term(manager, term, tutor_places=6))
    done(change_term(manager, term, starts="10:00"))
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20251122"))
    assert state(manager, met) == ("open", "full", None)


@pytest.mark.parametrize("how", ["cancel", "postpone", "cancel_term", "move", "preview"])
def test_a_class_held_with_one_that_is_gone_is_to_be_opened_anew(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring, how: str
) -> None:
    host_room = make.classroom(owner=owner, name="架空の主教室")
    term = done(add_term(manager, host_room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    host, guest = met_of(wiring, term["sessions"][0]["id"]), make.class_session(room)
    together(make, manager, guest, host)

    path = f"/v1/classrooms/{host_room.id}/terms/{term['id']}/cancel"
    said = {
        "cancel": lambda: on_session(manager, host.session.id, "cancel", reason="大雪"),
        "postpone": lambda: on_session(manager, host.session.id, "postpone", held_on="2025-11-22", reason="大雪"),
        "cancel_term": lambda: manager.post(path, json={"reason": "大雪"}),
        "move": lambda: change_term(manager, term, starts="10:30"),
        "preview": lambda: change_term(manager, term, "preview=true", starts="10:30"),
    }[how]()
    assert done(said)["items"][0]["guests"] == [str(guest.session.id)]
    told = [one for one in notices_of(wiring) if one[0] == "class_host_gone"]
    if how == "preview":
        assert (state(manager, guest), told) == (("open", "merged_with", str(host.session.id)), [])
        return
    assert (state(manager, guest), told) == (PLANNED, [("class_host_gone", manager.account.id)])
    assert "架空の主教室" in texts(wiring, "class_host_gone", "ja")[0]
    assert [event.action for event in audited(wiring, guest.session.id)][-1] == "class_session.plan-again"


def test_guests_of_guests_are_to_be_opened_anew_and_what_is_over_was_held(
    make: Make, owner: Organization, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    host, early, late, behind = (
        make.class_session(make.classroom(owner=owner), starts=time(*starts), ends=time(*ends))
        for starts, ends in (((10,), (11, 30)), ((10,), (10, 30)), ((10, 30), (11, 30)), ((11,), (11, 30)))
    )
    together(make, manager, early, host)
    opened(make, manager, late, mode="merged_with", session_id=str(host.session.id))
    make.assignment(late, make.tutor())
    make.assignment(behind, make.tutor())
    opened(make, manager, behind, mode="merged_with", session_id=str(late.session.id))
    clock.now = early.session.ends_at
    move_shifts(wiring)
    done(on_session(manager, host.session.id, "cancel", reason="停電"))
    assert [state(manager, one)[0] for one in (early, late, behind)] == ["open", "planned", "planned"]
    hold_classes(wiring)
    assert state(manager, early)[0] == "held"


def marks(caller: Client, met: Met) -> list[str | None]:
    """What stands on the roll of a session."""
    return [line["status"] for line in done(caller.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]]


def test_who_is_excused_for_a_day_is_asked_anew_for_another(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring
) -> None:
    excused = make.learner(owner)
    make.enrollment(excused, room)
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    done(roll(manager, met.session.id, noted(excused, "absent_notified")))

    (moved,) = done(change_term(manager, term, starts="09:00"))["items"]
    assert (moved["excuses_dropped"], marks(manager, met)) == (0, ["absent_notified"])  # the day is the same
    sundays = "FREQ=WEEKLY;BYDAY=SU;UNTIL=20251116"
    shown = done(change_rule(manager, term, sundays, "preview=true"))
    assert (shown["items"][0]["excuses_dropped"], marks(manager, met)) == (1, ["absent_notified"])
    assert done(change_rule(manager, term, sundays)) == shown
    assert marks(manager, met) == [None]


@pytest.mark.parametrize("mark", ["present", "kept_safe"])
def test_a_class_on_whose_roll_somebody_is_noted_stays_where_it_is(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring, clock: SetClock, mark: str
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=2"), 201)
    begun, later = (met_of(wiring, one["id"]) for one in term["sessions"])
    opened(make, manager, begun)
    clock.now = begun.session.starts_at - timedelta(minutes=20)
    done(roll(manager, begun.session.id, noted(child, mark)))

    alone = change_term(manager, term, "scope=one&from=2025-11-15", starts="14:00", ends="15:30")
    assert problem(alone) == (409, "CLS_NOTED")
    changed = done(change_term(manager, term, starts="14:00", ends="15:30"))
    assert [one["session_id"] for one in changed["items"]] == [str(later.session.id)]
    assert changed["kept"] == [str(begun.session.id)]
    changed = done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=FR;UNTIL=20251121", starts="18:00", ends="19:00"))
    assert [one["starts_at"][:16] for one in changed["items"]] == ["2025-11-21T18:00"]
    assert changed["kept"] == [str(begun.session.id)]
    assert done(manager.get(f"/v1/class-sessions/{begun.session.id}"))["starts_at"][:16] == "2025-11-15T10:00"
    assert (state(manager, begun)[0], marks(manager, begun)) == ("open", [mark])


def test_where_every_class_is_noted_none_moves_but_more_tutors_may_be_asked_for(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    opened(make, manager, met)
    clock.now = met.session.starts_at - timedelta(minutes=20)
    done(roll(manager, met.session.id, noted(child)))
    for said in (
        change_term(manager, term, starts="10:30"),
        change_term(manager, term, "scope=one&from=2025-11-15", ends="12:00"),
        change_rule(manager, term, "FREQ=WEEKLY;BYDAY=SU;UNTIL=20251116"),
    ):
        assert problem(said) == (409, "CLS_NOTED")
    changed = done(change_term(manager, term, tutor_places=6))
    assert (len(changed["items"]), changed["kept"]) == (1, [])


def test_managers_are_told_once_of_an_edit_that_moves_classes(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring
) -> None:
    excused = make.learner(owner)
    make.enrollment(excused, room)
    term = done(add_term(manager, room), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    opened(make, manager, met)
    done(roll(manager, met.session.id, noted(excused, "absent_notified")))
    move = {"starts": "13:00", "ends": "14:30"}

    def told() -> list[tuple[str, object]]:
        return [one for one in notices_of(wiring) if one[0] == "class_sessions_moved"]

    done(change_term(manager, term, "preview=true", **move))
    done(change_term(manager, term, tutor_places=6))
    assert told() == []
    done(change_term(manager, term, **move))
    assert told() == [("class_sessions_moved", manager.account.id)]
    (text,) = texts(wiring, "class_sessions_moved", "ja")
    for line in (
        "3回の日時",
        "変更前：2025年11月15日 10:00～2025年11月15日 11:30",
        "変更後：2025年11月15日 13:00～2025年11月15日 14:30",
        "改めて開講する回：1回",
        "欠席の連絡：0件",
    ):
        assert line in text
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=SU;UNTIL=20251130"))
    _, text = texts(wiring, "class_sessions_moved", "ja")
    for line in ("2回の日時", "変更後：2025年11月16日 13:00", "改めて開講する回：0回", "欠席の連絡：1件"):
        assert line in text


def test_a_class_is_not_moved_into_the_past(room: Classroom, manager: Client, wiring: Wiring, clock: SetClock) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    clock.now = met_of(wiring, term["sessions"][0]["id"]).session.starts_at - timedelta(minutes=30)
    assert faults(change_term(manager, term, starts="09:00")) == [("/starts", "REQ_PAST")]


def test_a_class_that_stays_asks_for_as_many_tutors_as_the_others(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=2"), 201)
    begun = met_of(wiring, term["sessions"][0]["id"])
    opened(make, manager, begun)
    clock.now = begun.session.starts_at - timedelta(minutes=20)
    done(roll(manager, begun.session.id, noted(child)))
    changed = done(change_term(manager, term, starts="14:00", ends="15:30", tutor_places=7))
    assert changed["kept"] == [str(begun.session.id)]
    places = [done(manager.get(f"/v1/class-sessions/{one['id']}"))["tutor_places"] for one in term["sessions"]]
    assert places == [7, 7]


# Children and adults


def test_adults_whose_tutors_nobody_checks_do_not_come_to_children(
    make: Make, owner: Organization, room: Classroom, manager: Client
) -> None:
    host, guest = make.class_session(room), make.class_session(make.classroom(owner=owner, for_children=False))
    opened(make, manager, host)
    said = on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id))
    assert problem(said) == (409, "CLS_ADULTS")


@pytest.mark.parametrize("for_children", [True, False])
def test_a_classroom_that_turns_is_opened_anew_and_held_together_with_its_like(
    make: Make, owner: Organization, manager: Client, *, for_children: bool
) -> None:
    rooms = [make.classroom(owner=owner, for_children=not for_children) for _ in range(2)]
    host, guest = (make.class_session(one) for one in rooms)
    opened(make, manager, host)
    opened(make, manager, guest, mode="merged_with", session_id=str(host.session.id))
    done(manager.patch(f"/v1/classrooms/{rooms[0].id}", json={"for_children": for_children}, headers={"If-Match": "*"}))
    assert state(manager, host) == state(manager, guest) == ("planned", None, None)


def test_an_open_class_whose_tutors_are_released_is_open_no_more(
    make: Make, owner: Organization, manager: Client
) -> None:
    adults = make.classroom(owner=owner, for_children=False)
    met = make.class_session(adults)
    for _ in range(2):
        make.assignment(met, make.tutor(cleared=False, child_contact_ok=False))
    done(on_session(manager, met.session.id, "open"))
    done(manager.patch(f"/v1/classrooms/{adults.id}", json={"for_children": True}, headers={"If-Match": "*"}))
    shown = done(manager.get(f"/v1/class-sessions/{met.session.id}"))
    assert (shown["status"], shown["tutors"]) == ("planned", 0)


def test_the_adults_of_the_venue_of_the_host_count_for_its_guests(
    make: Make, owner: Organization, room: Classroom, manager: Client
) -> None:
    host, guest = make.class_session(make.classroom(owner=owner)), make.class_session(room)
    make.assignment(host, make.tutor())
    done(on_session(manager, host.session.id, "open", mode="reduced", venue_adults=["館長"]))
    done(on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id)))


def test_a_class_whose_host_breaks_off_while_children_are_there_keeps_its_roll(
    make: Make, owner: Organization, room: Classroom, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    host, guest = make.class_session(make.classroom(owner=owner)), make.class_session(room)
    opened(make, manager, host)
    opened(make, manager, guest, mode="merged_with", session_id=str(host.session.id))
    clock.now = host.session.starts_at + timedelta(minutes=60)
    done(roll(manager, guest.session.id, noted(child)))
    done(on_session(manager, host.session.id, "cancel", reason="停電"))
    assert state(manager, guest)[0] == "planned"
    done(roll(manager, guest.session.id, noted(child, "left_early", left="11:00")))
    clock.now = guest.session.ends_at
    hold_classes(wiring)
    assert (state(manager, guest)[0], marks(manager, guest)) == ("held", ["left_early"])
    done(on_session(manager, guest.session.id, "record"))


def test_a_manager_may_do_nothing_with_a_class_where_she_merely_teaches(make: Make, room: Classroom, as_: As) -> None:
    who = make.person()
    both = make.tutor(person=who)
    account = make.account(Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=make.organization(), person=who)
    met = make.class_session(room)
    make.assignment(met, both)
    assert done(as_(account).get(f"/v1/class-sessions/{met.session.id}"))["actions"] == []
