"""Anybody, in any order: applying, leaving, seats offered and taken, the roll, results, corrections, revocations, time.

After every step each enrolment has moved only along the table of its states, no more seats are held than there are, and
no certificate is in force whose training is not complete or that was revoked.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.competence import Certification
from models.training import GONE, SEATED, EnrollmentStatus
from services import training_states
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.training import LESSON
from tests.walks import WALKS
from worker.trainings import move_trainings

Check = Callable[[], None]
E = EnrollmentStatus
PEOPLE = st.integers(0, 3)
ANY = st.integers(0, 19)
SEATS = 2
OVER = LESSON + timedelta(hours=3)


class Learning(RuleBasedStateMachine):
    """The steps; `seen` is the state in which each enrolment was last found, `revoked` the certificates that were."""

    make: Make
    as_: As
    clock: SetClock
    wiring: Wiring
    check_data: Check

    def __init__(self) -> None:
        super().__init__()
        self.clock.now = NOW
        self.office, self.admin = self.as_(Role.COORDINATOR), self.as_(Role.ADMIN)
        self.people = [self.make.volunteer(certs=()) for _ in range(4)]
        self.clients: list[Client] = [self.as_(one) for one in self.people]
        course = self.make.course(grants=f"granted_{id(self)}", valid_months=24)
        self.granted = course.grants or ""
        self.session = self.make.training(of=course, capacity=SEATS, answer_hours=12)
        self.seen: dict[str, E] = {}
        self.revoked: set[UUID] = set()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The enrolments as they stand, in the order of applications."""
        rows: list[dict[str, Any]] = self.office.get(f"/v1/training-sessions/{self.session.id}/enrollments").json()[
            "items"
        ]
        return rows

    def use(self, client: Client, row: dict[str, Any], verb: str, **body: Any) -> None:
        """Use a verb, which works just when it is among the actions of whoever uses it."""
        path = f"/v1/training-enrollments/{row['id']}"
        before = client.get(path)
        said = client.post(f"{path}/{verb}", json=body)
        if said.is_success:
            assert verb in before.json()["actions"], said.text
        else:
            assert said.status_code in {403, 404, 409, 422}, said.text

    @rule(person=PEOPLE)
    def applies(self, person: int) -> None:
        path = f"/v1/training-sessions/{self.session.id}/enrollments"
        alive = [one for one in self.rows if one["volunteer_id"] == str(self.people[person].id)]
        alive = [one for one in alive if E(one["status"]) not in GONE]
        said = self.clients[person].post(path, json={})
        assert said.is_success is (not alive and self.clock.now < LESSON), said.text

    @rule(at=ANY, verb=st.sampled_from(["accept", "decline", "complete", "mark-incomplete"]))
    def the_office_tries_anything(self, at: int, verb: str) -> None:
        if rows := self.rows:
            self.use(self.office, rows[at % len(rows)], verb)

    @precondition(lambda self: self.clock.now < LESSON)
    @rule(at=ANY)
    def the_office_gives_a_seat(self, at: int) -> None:
        if asking := [one for one in self.rows if one["status"] in {"applied", "waitlisted"}]:
            self.use(self.office, asking[at % len(asking)], "accept")

    @precondition(lambda self: self.clock.now >= OVER)
    @rule(at=ANY, verb=st.sampled_from(["complete", "complete", "mark-incomplete"]))
    def the_office_notes_a_result(self, at: int, verb: str) -> None:
        if taught := [one for one in self.rows if "mark-incomplete" in one["actions"] or "complete" in one["actions"]]:
            self.use(self.office, taught[at % len(taught)], verb)

    @precondition(lambda self: self.clock.now >= OVER)
    @rule(at=ANY)
    def a_completion_is_corrected(self, at: int) -> None:
        if done := [one for one in self.rows if one["status"] == "completed"]:
            self.use(self.admin, done[at % len(done)], "mark-incomplete")

    @rule(at=ANY, verb=st.sampled_from(["accept", "decline", "withdraw", "withdraw", "complete"]))
    def she_answers(self, at: int, verb: str) -> None:
        if rows := self.rows:
            row = rows[at % len(rows)]
            person = [str(one.id) for one in self.people].index(row["volunteer_id"])
            self.use(self.clients[person], row, verb)

    @precondition(lambda self: self.rows)
    @rule(minutes=st.sampled_from([0, 60, 96, 120]))
    def the_roll_is_taken(self, minutes: int) -> None:
        able = [one for one in self.rows if training_states.ENROLLMENT.leads(E(one["status"]), "attend")]
        if able:
            items = [{"enrollment_id": one["id"], "minutes": minutes} for one in able]
            path = f"/v1/training-sessions/{self.session.id}/attendance"
            said = self.office.put(path, json={"items": items}, headers={"If-Match": "*"})
            assert said.is_success is (self.clock.now >= LESSON), said.text

    @precondition(lambda self: self.in_force)
    @rule(at=ANY)
    def a_certificate_is_revoked(self, at: int) -> None:
        held = self.in_force
        one = held[at % len(held)]
        path = f"/v1/volunteers/{one.volunteer_id}/certifications/{one.id}/revoke"
        assert self.admin.post(path, json={"reason": "誤り"}).is_success
        self.revoked.add(one.id)

    @rule(hours=st.sampled_from([1, 13]))
    def time_passes(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    @precondition(lambda self: any(one["status"] == "accepted" for one in self.rows))
    @rule()
    def the_lesson_is_over(self) -> None:
        self.clock.now = max(self.clock.now, OVER)

    @rule()
    def the_product_catches_up(self) -> None:
        move_trainings(self.wiring)

    @property
    def certificates(self) -> list[Certification]:
        """Every certificate of this course, in the order they were granted."""
        with self.wiring.unit(write=False) as unit:
            statement = select(Certification).where(Certification.cert_code == self.granted)
            return list(unit.session.exec(statement.order_by(col(Certification.id))))

    @property
    def in_force(self) -> list[Certification]:
        """Those that are not revoked."""
        return [one for one in self.certificates if one.revoked_on is None]

    @invariant()
    def the_tables_keep_their_promises(self) -> None:
        self.check_data()

    @invariant()
    def states_move_only_along_their_table(self) -> None:
        for row in self.rows:
            state = E(row["status"])
            before = self.seen.get(row["id"])
            assert before is None or state in reachable(before), (before, state)
            self.seen[row["id"]] = state

    @invariant()
    def no_seat_is_given_twice(self) -> None:
        seated = [one["volunteer_id"] for one in self.rows if E(one["status"]) in SEATED]
        assert len(seated) == len(set(seated)) <= SEATS

    @invariant()
    def no_certificate_outlives_its_revocation(self) -> None:
        completed = {one["volunteer_id"] for one in self.rows if one["status"] == "completed"}
        assert {str(one.volunteer_id) for one in self.in_force} <= completed
        assert not {one.id for one in self.in_force} & self.revoked


class Taught(Learning):
    """The same from the end of the lesson on: one has completed it, one has yet to, one waited."""

    def __init__(self) -> None:
        super().__init__()
        beginning = ((E.COMPLETED, 120), (E.ATTENDING, 120), (E.WAITLISTED, 0))
        rows = [
            self.make.seat(self.session, person, state, minutes=minutes)
            for person, (state, minutes) in zip(self.people, beginning, strict=False)
        ]
        self.make.certification(self.people[0], self.granted, granted_on=LESSON.date(), enrollment_id=rows[0].id)
        self.clock.now = OVER


def reachable(state: E) -> set[E]:
    """States that the table leads to from this one, itself included."""
    found = {state}
    while more := {E(move.to) for (at, _), move in training_states.ENROLLMENT.moves.items() if at in found} - found:
        found |= more
    return found


def test_reachable_states_are_not_all_states() -> None:
    assert reachable(E.DECLINED) == {E.DECLINED}
    assert reachable(E.COMPLETED) == {E.COMPLETED, E.INCOMPLETE}
    assert E.APPLIED not in reachable(E.WAITLISTED)


@pytest.mark.parametrize("beginning", [Learning, Taught])
def test_whatever_comes_in_which_order(
    beginning: type[Learning], make: Make, as_: As, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    world = {
        "make": make,
        "as_": staticmethod(as_),
        "clock": clock,
        "wiring": wiring,
        "check_data": staticmethod(check_data),
    }
    machine = type(beginning.__name__, (beginning,), world)
    run_state_machine_as_test(
        machine,
        settings=settings(WALKS, max_examples=6, stateful_step_count=20),
    )
