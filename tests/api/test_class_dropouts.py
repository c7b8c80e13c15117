"""What happens on a class: those who run it and the office are told at once, and substitutes are called, reserves first."""

from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import httpx2
import pytest

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSession, ClassSessionStatus
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.organization import Organization
from models.person import Person
from models.shift import Demand, Shift
from models.volunteer import Volunteer
from services import standing
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met
from tests.makers.doors import ask, by_phone, claim, done, faults, notices_of, on_shift, problem, settle
from tests.makers.messages import read, write
from tests.makers.moments import at
from tests.makers.waves import asked_in, kinds, phone_list, sweep, texts
from tests.outbox import notices
from worker import due
from worker.reminding import recheck, settle_conditions, warn_of_risks

pytestmark = pytest.mark.usefixtures("sound")

NO_SHOW = at("15T10:20")


class Class(NamedTuple):
    """A session of two tutors on Saturday; who runs it reads English."""

    room: Classroom
    owner: Organization
    met: Met
    manager: Client
    office: Client
    mai: Volunteer

    def both(self) -> dict[UUID | None, str]:
        """Who is told what happens on it, and in which language."""
        return {self.office.account.id: "ja", self.manager.account.id: "en"}


@pytest.fixture
def held(make: Make, as_: As) -> Class:
    owner = make.organization()
    room = make.classroom(owner=owner, name="架空ひろば", tutor_places=2)
    manager = as_(make.account(Role.CLASSROOM_MANAGER, organization=owner, language="en"))
    return Class(room, owner, make.class_session(room), manager, as_(Role.COORDINATOR), make.tutor())


@pytest.fixture
def stands(make: Make, held: Class) -> Assignment:
    make.assignment(held.met, make.tutor())
    return make.assignment(held.met, held.mai)


def languages(wiring: Wiring, kind: str) -> dict[UUID | None, str]:
    """Who was told, and in which language; nobody twice."""
    told = [(one.account_id, one.language) for one in notices(wiring) if one.kind == kind]
    assert len(told) == len(dict(told))
    return dict(told)


def reserve(make: Make, room: Classroom) -> Volunteer:
    made = make.tutor()
    with make.wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=made.id, role=TutorRole.RESERVE))
    return made


def test_a_tutor_who_drops_out_on_the_morning_alarms_manager_and_office_and_everybody_is_asked(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    stranger = as_(Role.CLASSROOM_MANAGER, organization=make.organization())
    others = {make.tutor(person=make.person(phone="076-000-0000")).id for _ in range(5)}
    clock.now = at("15T08:10")
    done(settle(as_(held.mai), stands, "withdraw", reason="illness"))
    assert languages(wiring, "activity_place_freed_urgent") == held.both()
    (said, _) = texts(wiring, "activity_place_freed_urgent")
    assert "class “架空ひろば”" in said
    assert "asked by itself" in said
    assert "Part: tutor" in said
    assert "教室「架空ひろば」" in texts(wiring, "activity_place_freed_urgent", "ja")[0]

    sweep(wiring, clock, "15T08:11")
    assert (asked_in(wiring, held.met), phone_list(wiring)) == ({1: others}, others)
    assert languages(wiring, "activity_phone_round") == held.both()
    assert kinds(wiring, stranger) == []


def test_with_days_left_the_reserves_are_asked_first(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    someone = {make.tutor().id for _ in range(4)}
    reserves = [reserve(make, held.room) for _ in range(2)]
    done(settle(as_(held.mai), stands, "withdraw"))
    sweep(wiring, clock, "10T09:00")
    (wave,) = asked_in(wiring, held.met).values()
    assert (len(wave), {one.id for one in reserves} <= wave, len(wave & someone)) == (3, True, 1)

    (offer,) = done(as_(reserves[0]).get("/v1/offers"))["items"]
    done(as_(reserves[0]).post(f"/v1/offers/{offer['id']}/accept", json={}))
    assert kinds(wiring, held.manager) == ["activity_place_freed", "activity_filled"]
    assert "ハナ" in texts(wiring, "activity_filled")[0]


def test_nobody_left_to_ask_is_told_to_the_manager_too(
    as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    done(settle(as_(held.mai), stands, "want-standin"))
    sweep(wiring, clock, "10T09:00")
    for caller in (held.office, held.manager):
        assert kinds(wiring, caller) == ["activity_standin_wanted", "activity_waves_exhausted"]


@pytest.mark.parametrize(("moment", "urgent"), [("10T09:00", False), ("14T09:00", True)])
def test_the_worklist_shows_a_class_as_it_shows_a_dispatch(
    as_: As, clock: SetClock, stands: Assignment, held: Class, moment: str, *, urgent: bool
) -> None:
    clock.now = at(moment)
    done(settle(as_(held.mai), stands, "want-standin"))
    (entry,) = done(as_(Role.COORDINATOR).get("/v1/worklist", params={"kind": "standin_sought"}))["items"]
    assert (entry["object"]["id"], entry["urgent"]) == (str(stands.id), urgent)
    assert "教室" in entry["because"]["detail"]


def test_who_has_both_roles_or_volunteers_as_well_is_told_once(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    both = as_(Role.COORDINATOR, Role.CLASSROOM_MANAGER, organization=held.owner)
    helping = make.tutor()
    with wiring.unit(write=False) as unit:
        person = unit.get(Person, helping.person_id)
    runs_it = as_(make.account(Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=held.owner, person=person))
    clock.now = at("14T09:00")
    done(settle(as_(held.mai), stands, "want-standin"))
    assert [kinds(wiring, one) for one in (both, runs_it)] == [["activity_standin_urgent"]] * 2


def test_a_suspended_tutor_leaves_no_gap_that_nobody_knows_of(
    as_: As, wiring: Wiring, stands: Assignment, held: Class
) -> None:
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{held.mai.id}/suspend", json={"reason": "調査中"}))
    assert (held.mai.id, "cancelled", False) in on_shift(wiring, held.met)
    assert stands.status is AssignmentStatus.CONFIRMED  # as it was made
    assert kinds(wiring, held.manager) == ["activity_place_freed"]


def test_what_is_told_is_written_with_what_happened_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, as_: As, wiring: Wiring, stands: Assignment, held: Class
) -> None:
    def die(*_: object, **__: object) -> None:
        raise RuntimeError  # the held.office and the held.manager are told by then

    with monkeypatch.context() as dying, suppress(RuntimeError):
        dying.setattr(standing, "tell_volunteer", die)
        settle(as_(held.mai), stands, "withdraw")
    assert (notices_of(wiring), kinds(wiring, held.manager)) == ([], [])
    assert (held.mai.id, "confirmed", True) in on_shift(wiring, held.met)


def missing(caller: Client, stands: Assignment, party: str = "volunteer") -> httpx2.Response:
    return settle(caller, stands, "no-show", party=party)


def test_a_tutor_who_does_not_come_is_noted_by_the_manager(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    clock.now = NO_SHOW
    assert problem(missing(as_(Role.CLASSROOM_MANAGER, organization=make.organization()), stands)) == (
        404,
        "NOT_FOUND",
    )
    assert problem(missing(as_(held.mai), stands)) == (403, "NOT_PERMITTED")
    assert problem(missing(as_(Role.VIEWER), stands)) == (403, "NOT_PERMITTED")
    done(missing(held.manager, stands))
    assert problem(missing(held.manager, stands)) == (409, "ASG_STATE")
    assert languages(wiring, "activity_no_show") == held.both()
    assert "Who did not come: volunteer" in texts(wiring, "activity_no_show")[0]
    assert [kind for kind, whom in notices_of(wiring) if whom == held.mai.id] == ["no_show_volunteer"]

    assert problem(settle(held.manager, stands, "correct-no-show", party=None, reason="行き違い")) == (
        403,
        "NOT_PERMITTED",
    )
    done(settle(held.office, stands, "correct-no-show", party=None, reason="行き違い"))
    assert kinds(wiring, held.manager)[-1] == "activity_no_show_corrected"
    assert kinds(wiring, held.office) == ["activity_no_show"]


def test_what_the_office_closed_its_manager_does_not_rewrite(
    wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    clock.now = NO_SHOW
    path = f"/v1/assignments/{stands.id}"
    assert "no-show" in done(held.manager.get(path))["actions"]
    with wiring.unit() as unit:
        unit.get(ClassSession, held.met.session.id).status = ClassSessionStatus.CLOSED
    assert problem(missing(held.manager, stands)) == (409, "CLS_STATE")
    assert "no-show" not in done(held.manager.get(path))["actions"]
    assert "no-show" in done(held.office.get(path))["actions"]
    done(missing(held.office, stands))


def test_nobody_of_the_class_came(as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class) -> None:
    clock.now = NO_SHOW
    done(missing(as_(held.mai), stands, "client"))
    for caller in (held.office, held.manager):
        assert kinds(wiring, caller) == ["activity_no_show"]


def test_a_tutor_writes_to_the_manager_who_answers(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    clock.now = at("15T09:40")
    her = as_(held.mai)
    done(write(her, stands, "late_20"), 201)
    clock.forward(minutes=1)
    done(write(held.manager, stands, "other", text="裏口が開いています"), 201)
    whole = [("volunteer", "requester", "late_20"), ("requester", "volunteer", "other")]
    assert [read(one, stands) for one in (her, held.manager, held.office)] == [whole] * 3
    assert notices_of(wiring) == [("activity_message", held.manager.account.id), ("message_to_volunteer", held.mai.id)]
    (said,) = texts(wiring, "activity_message")
    assert "class “架空ひろば”" in said
    assert "ハナ" in said

    heard = by_phone(held.mai, "2025-11-15T09:39:00+09:00")
    done(write(held.office, stands, "lost", to="requester", on_behalf=heard), 201)
    assert kinds(wiring, held.manager) == ["activity_message"] * 2
    assert faults(write(her, stands, "lost", to="staff")) == [("/to", "FIELD_REFERENCE")]
    stranger = as_(Role.CLASSROOM_MANAGER, organization=make.organization())
    assert problem(write(stranger, stands, "arrived")) == (404, "NOT_FOUND")
    clock.now = at("10T09:00")
    assert problem(write(held.manager, stands, "arrived")) == (409, "ASG_MESSAGE_WINDOW")


def test_a_class_that_nobody_runs_is_answered_for_by_the_office(
    as_: As, wiring: Wiring, clock: SetClock, stands: Assignment, held: Class
) -> None:
    with wiring.unit() as unit:
        unit.get(Account, held.manager.account.id).status = AccountStatus.DISABLED
    clock.now = at("15T09:40")
    assert done(write(as_(held.mai), stands, "late_20"), 201)["receiver"] == "staff"
    assert notices_of(wiring) == [("activity_message", held.office.account.id)]


def test_conditions_flags_and_gaps_are_told_once(make: Make, wiring: Wiring, clock: SetClock, held: Class) -> None:
    unsigned = make.tutor(pledge=False)
    make.pledge(unsigned, "2023-04")
    conditions = [{"code": "ASG_NO_PLEDGE", "due_on": "2025-11-13"}]
    make.assignment(held.met, unsigned, AssignmentStatus.TENTATIVE, conditions=conditions)
    make.assignment(held.met, make.tutor(cleared=False))
    for _ in range(2):
        settle_conditions(wiring)
        recheck(wiring)
    told = ["activity_condition_due", "activity_assignment_flagged"]
    assert [kinds(wiring, one) for one in (held.office, held.manager)] == [told] * 2

    clock.now = at("14T09:00")
    settle_conditions(wiring)  # released: her day is over
    for _ in range(2):
        warn_of_risks(wiring)
    told += ["activity_place_freed_urgent", "activity_place_at_risk"]
    assert [kinds(wiring, one) for one in (held.office, held.manager)] == [told] * 2
    assert "Open places: 1" in texts(wiring, "activity_place_at_risk")[0]
    listed = done(held.office.get("/v1/worklist"))["items"]
    assert [(one["because"]["code"], one["urgent"]) for one in listed if one["object"]["type"] == "shift"] == [
        ("place_at_risk", True)
    ]


def test_a_class_with_the_tutors_it_needs_is_no_gap(
    make: Make, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch, held: Class
) -> None:
    """Two open it, a third would be welcome. However many gaps are told of already, the last one is told of too."""
    monkeypatch.setattr(due, "BATCH", 1)
    full = make.classroom(owner=held.owner, name="架空ルーム", tutor_places=3)
    met = make.class_session(full)
    gaps = [make.class_session(make.classroom(owner=held.owner, tutor_places=3)) for _ in range(2)]
    for one, status in ((met, AssignmentStatus.CONFIRMED), (gaps[0], AssignmentStatus.TENTATIVE)):
        for _ in range(2):  # who is not certain opens no class
            make.assignment(one, make.tutor(), status)
    clock.now = at("14T09:00")
    for _ in range(2):
        warn_of_risks(wiring)
    told = {one.object_id for one in notices(wiring) if one.kind == "activity_place_at_risk"}
    assert told == {held.met.shift.id, *(one.shift.id for one in gaps)}
    listed = done(held.office.get("/v1/worklist"))["items"]
    assert {one["object"]["id"] for one in listed if one["object"]["type"] == "shift"} == {str(one) for one in told}


def test_a_late_yes_waits_for_the_office(make: Make, as_: As, wiring: Wiring, clock: SetClock, held: Class) -> None:
    rin = make.tutor()
    offer = done(ask(held.manager, held.met, rin), 201)["items"][0]
    clock.now = at("13T09:00")
    done(as_(rin).post(f"/v1/offers/{offer['id']}/accept", json={}))
    assert kinds(wiring, held.office) == kinds(wiring, held.manager) == ["activity_late_yes"]


def test_one_who_learns_is_no_gap(make: Make, as_: As, wiring: Wiring, held: Class) -> None:
    learning = make.tutor()
    with wiring.unit() as unit:
        unit.get(Demand, held.met.demand.id).role = "trainee"
    stands = make.assignment(held.met, learning)
    done(settle(as_(learning), stands, "withdraw"))
    assert kinds(wiring, held.manager) == []


def test_a_claim_to_be_approved_is_told(make: Make, as_: As, wiring: Wiring, held: Class) -> None:
    with wiring.unit() as unit:
        unit.get(Shift, held.met.shift.id).claim_policy = "approval"  # type: ignore[assignment]
    done(claim(as_(make.tutor()), held.met), 201)
    assert kinds(wiring, held.office) == kinds(wiring, held.manager) == ["activity_approval_wanted"]
