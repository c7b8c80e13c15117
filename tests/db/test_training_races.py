"""Races for the seats of a training: each is given once, and who comes too late waits in the order in which she came."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.record import Notice
from models.training import EnrollmentStatus, TrainingEnrollment, TrainingSession
from tests.db.racing import Answer, Call, Caller, at_once, callers, connect, tally, together
from tests.makers import training

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]
THREADS = 8


def enroll(caller: Caller, session: TrainingSession) -> Call:
    return Call(caller, f"/v1/training-sessions/{session.id}/enrollments")


def one_after_another(server: str) -> Callable[[Sequence[Call]], list[Answer]]:
    """Send calls over one connection."""

    def send(calls: Sequence[Call]) -> list[Answer]:
        with closing(connect(server)) as connection:
            return [call.to(connection) for call in calls]

    return send


def test_five_hundred_apply_for_twenty_seats(server: str, wiring: Wiring, check_data: Check) -> None:
    with wiring.unit() as unit:
        session = training.training(unit, capacity=20, auto_accept=True)
    calls = [enroll(caller, session) for caller in callers(wiring, 500)]
    answers = [
        one for some in together(one_after_another(server), [calls[n::THREADS] for n in range(THREADS)]) for one in some
    ]
    assert tally(answers) == {(201, None): 500}
    assert Counter(answer.body["status"] for answer in answers) == {"accepted": 20, "waitlisted": 480}
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(TrainingEnrollment).order_by(col(TrainingEnrollment.number))).all()
        assert [row.number for row in rows] == list(range(1, 501))
        assert [row.status for row in rows] == [EnrollmentStatus.ACCEPTED] * 20 + [EnrollmentStatus.WAITLISTED] * 480
        assert unit.get(TrainingSession, session.id).taken == 20
        kinds = Counter(unit.session.exec(select(Notice.kind)))
        assert kinds == {"training_accepted": 20, "training_waitlisted": 480}
    check_data()


def test_seats_are_given_back_while_people_apply(server: str, wiring: Wiring, check_data: Check) -> None:
    people = callers(wiring, 24)
    with wiring.unit() as unit:
        session = training.training(unit, capacity=8, auto_accept=True)
        seated = [training.enrollment(unit, session, caller.person) for caller in people[:8]]
    leave = [
        Call(caller, f"/v1/training-enrollments/{row.id}/withdraw")
        for caller, row in zip(people[:8], seated, strict=True)
    ]
    come = [enroll(caller, session) for caller in people[8:]]
    answers = at_once(server, [*come[:8], *leave, *come[8:]])
    assert {status for status, _ in tally(answers)} == {200, 201}
    with wiring.unit(write=False) as unit:
        states = Counter(unit.session.exec(select(TrainingEnrollment.status)))
        held = states[EnrollmentStatus.ACCEPTED] + states[EnrollmentStatus.OFFERED]
        assert (held, states[EnrollmentStatus.WAITLISTED]) == (8, 8)
    check_data()


def test_one_seat_that_is_freed_is_offered_once(server: str, wiring: Wiring, check_data: Check) -> None:
    """Both with a seat leave at once: the two who wait longest are offered one each, nobody gets two."""
    people = callers(wiring, 6)
    with wiring.unit() as unit:
        session = training.training(unit, capacity=2)
        seated = [training.enrollment(unit, session, caller.person) for caller in people[:2]]
        for caller in people[2:]:
            training.enrollment(unit, session, caller.person, EnrollmentStatus.WAITLISTED)
    calls = [
        Call(caller, f"/v1/training-enrollments/{row.id}/withdraw")
        for caller, row in zip(people[:2], seated, strict=True)
    ]
    assert tally(at_once(server, calls)) == {(200, None): 2}
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(TrainingEnrollment).order_by(col(TrainingEnrollment.number))).all()
        assert [str(row.status) for row in rows] == ["withdrawn"] * 2 + ["offered"] * 2 + ["waitlisted"] * 2
    check_data()
