"""Classes in a race: two sessions put on the same hour, tutors who drop out at the same instant."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSession, ClassSessionStatus
from models.classroom import ClassroomTutor, TutorRole
from models.enrollment import ClassEnrollmentStatus
from models.learner import Learner, SchoolStage
from models.organization import Organization
from models.pairing import Pairing, PairingStatus
from models.volunteer import Volunteer
from tests.db.racing import Call, at_once, signed_in, staff, tally
from tests.factories import Make
from tests.makers.classes import SATURDAY
from tests.makers.doors import notices_of
from tests.makers.waves import cascades_of

pytestmark = pytest.mark.fresh_database


def test_two_sessions_put_on_one_hour_do_not_both_get_it(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    office, room = staff(wiring, Role.COORDINATOR), make.classroom()
    sessions = [make.class_session(room=room, on=SATURDAY + timedelta(weeks=week)).session for week in range(4)]
    to = {"held_on": "2026-02-11", "starts": "13:00", "ends": "14:30", "reason": "大雪"}

    answers = at_once(server, [Call(office, f"/v1/class-sessions/{one.id}/postpone", to) for one in sessions])

    assert tally(answers) == {(200, None): 1, (409, "CLS_CLASH"): 3}
    check_data()


def test_no_child_comes_while_its_classroom_becomes_one_for_adults(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    office, home = staff(wiring, Role.COORDINATOR), make.organization()
    room = make.classroom(owner=home)
    asking = [make.enrollment(make.learner(home), room, ClassEnrollmentStatus.INTERVIEW) for _ in range(2)]
    grown = make.learner(home, stage=SchoolStage.ADULT)
    make.enrollment(grown, room)
    calls = [Call(office, f"/v1/enrollments/{one.id}/enroll", {}) for one in asking]
    calls.append(Call(office, f"/v1/learners/{grown.id}/school-stages", {"stage": "elementary", "since": "2025-11-10"}))
    calls.append(Call(office, f"/v1/classrooms/{room.id}", {"for_children": False}, method="PATCH"))

    answers = at_once(server, calls)

    assert {answer.said for answer in answers if answer.status >= HTTPStatus.BAD_REQUEST} <= {(409, "CLS_ADULTS")}
    check_data()


def test_nobody_meets_a_tutor_who_is_suspended_at_the_same_instant(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    admin, home, tutor = staff(wiring, Role.ADMIN), make.organization(), make.tutor()
    pupils = _pupils_of(make, home, tutor)
    began = [make.pairing(one, tutor, PairingStatus.PAUSED) for one in pupils[:4]]
    proposed = [make.pairing(one, tutor, PairingStatus.PROPOSED) for one in pupils[4:]]
    calls = [
        *(Call(admin, f"/v1/pairings/{one.id}/resume") for one in began[:2]),
        *(Call(admin, f"/v1/pairings/{one.id}/activate") for one in proposed),
        Call(admin, f"/v1/volunteers/{tutor.id}/suspend", {"reason": "確認中"}),
        *(Call(admin, f"/v1/pairings/{one.id}/resume") for one in began[2:]),
    ]

    answers = at_once(server, calls)

    assert {answer.said for answer in answers} <= {(200, None), (409, "ASG_STATUS")}
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(Pairing).where(Pairing.status == PairingStatus.ACTIVE)).all() == []
    check_data()


def test_nobody_meets_a_tutor_who_is_taken_off_the_classroom_at_the_same_instant(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    admin, home, tutor = staff(wiring, Role.ADMIN), make.organization(), make.tutor()
    pupils = _pupils_of(make, home, tutor)
    with wiring.unit(write=False) as unit:
        room_id = unit.session.exec(select(ClassroomTutor.classroom_id)).one()
    resting = [make.pairing(one, tutor, PairingStatus.PAUSED) for one in pupils]
    calls = [Call(admin, f"/v1/pairings/{one.id}/resume") for one in resting]
    calls.insert(3, Call(admin, f"/v1/classrooms/{room_id}/tutors", {"items": []}, method="PUT"))

    answers = at_once(server, calls)

    assert {answer.said for answer in answers} <= {(200, None), (409, "PAIR_APART")}
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(Pairing).where(Pairing.status == PairingStatus.ACTIVE)).all() == []
    check_data()


def _pupils_of(make: Make, home: Organization, tutor: Volunteer) -> list[Learner]:
    """Six children of a classroom where a tutor teaches."""
    room, pupils = make.classroom(owner=home), [make.learner(home) for _ in range(6)]
    for one in pupils:
        make.enrollment(one, room)
    with make.wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=tutor.id, role=TutorRole.REGULAR))
    return pupils


def test_tutors_who_drop_out_at_once_are_each_told_once_and_substituted_by_the_same_waves(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    staff(wiring, Role.COORDINATOR)
    room = make.classroom(tutor_places=4)
    make.account(Role.CLASSROOM_MANAGER, organization=make.organization())  # of another institution
    met, tutors = make.class_session(room), [make.tutor() for _ in range(4)]
    calls = [
        Call(caller, f"/v1/assignments/{stands.id}/withdraw", {"reason": "illness"})
        for caller, stands in [(signed_in(wiring, one), make.assignment(met, one)) for one in tutors]
        for _ in range(2)  # each taps twice
    ]

    answers = at_once(server, calls)

    assert tally(answers) == {(200, None): 4, (409, "ASG_STATE"): 4}
    told = Counter(kind for kind, _ in notices_of(wiring))
    assert told == {"activity_place_freed": 4, "assignment_withdrawn_thanks": 4}
    assert len(cascades_of(wiring, met)) == 1
    check_data()


def test_a_class_is_not_left_open_with_a_host_that_is_called_off_at_that_instant(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    office, owner = staff(wiring, Role.COORDINATOR), make.organization()
    hosts, guests = ([make.class_session(make.classroom(owner=owner)) for _ in range(6)] for _ in range(2))
    for host in hosts:
        with wiring.unit() as unit:
            unit.get(ClassSession, host.session.id).status = ClassSessionStatus.OPEN
        for _ in range(2):
            make.assignment(host, make.tutor())
    calls = []
    for host, guest in zip(hosts, guests, strict=True):
        merged = {"mode": "merged_with", "session_id": str(host.session.id)}
        calls.append(Call(office, f"/v1/class-sessions/{guest.session.id}/open", merged))
        calls.append(Call(office, f"/v1/class-sessions/{host.session.id}/cancel", {"reason": "大雪"}))

    answers = at_once(server, calls)

    assert {answer.status for answer in answers} <= {200, 409, 422}
    with wiring.unit(write=False) as unit:
        for host, guest in zip(hosts, guests, strict=True):
            assert unit.get(ClassSession, host.session.id).status == ClassSessionStatus.CANCELLED
            assert unit.get(ClassSession, guest.session.id).status == ClassSessionStatus.PLANNED
    check_data()
