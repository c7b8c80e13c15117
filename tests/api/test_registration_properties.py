"""Registrations in any order of verbs, days and sweeps: no state but those of domain.md §4.1 is reached, none is a trap.

The moves are written out by hand below: what the service allows must be just this.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import HOLDING, Assignment
from models.shift import Shift
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from services.states import VOLUNTEER
from tests.conftest import NOW, As
from tests.factories import Make
from tests.makers.doors import claim
from tests.makers.recruits import step
from tests.walks import WALKS
from worker.registrations import anonymize_the_gone, expire_registrations, prompt_for_hours, remind_of_renewal

Check = Callable[[], None]
MOVES: Final = {
    "screen": {"applied": "screening"},
    "start-training": {"screening": "in_training"},
    "reject": {"screening": "rejected"},
    "activate": {"in_training": "active"},
    "take-leave": {"active": "on_leave"},
    "return": {"on_leave": "active"},
    "suspend": {"active": "suspended"},
    "reinstate": {"suspended": "active"},
    "declare": {"active": "active", "on_leave": "on_leave"},
    "renew": {"active": "active", "on_leave": "on_leave", "expired": "active"},
    "withdraw": dict.fromkeys(("applied", "screening", "in_training", "active", "on_leave", "suspended"), "withdrawn"),
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "screen": {"force": True},
    "reject": {"reason": "面談の結果"},
    "suspend": {"reason": "確認のため"},
    "reinstate": {"reason": "確認済み"},
    "declare": {"stays": True},
}
REGISTERED: Final = {"active", "on_leave"}
GONE: Final = {"withdrawn", "expired", "rejected"}
PEOPLE = st.integers(0, 2)


class Registrations(RuleBasedStateMachine):
    """Three people; `states` is where the model says that they are."""

    make: Make
    as_: As
    clock: SetClock
    wiring: Wiring
    check_data: Check

    def __init__(self) -> None:
        super().__init__()
        self.clock.now = NOW
        self.admin = self.as_(Role.ADMIN)
        self.people = [
            self.make.candidate(ticked=True),
            self.make.candidate(VolunteerStatus.SCREENING, ticked=True),
            self.make.volunteer(certs=("checkup", "basic")),
        ]
        self.states = ["applied", "screening", "active"]

    def row(self, person: int) -> Volunteer:
        with self.wiring.unit(write=False) as unit:
            return unit.get(Volunteer, self.people[person].id)

    def renewable(self, person: int) -> bool:
        ends_on = self.row(person).valid_until
        return ends_on is not None and self.clock.now.date() >= ends_on - timedelta(days=60)

    @rule(person=PEOPLE, verb=st.sampled_from(sorted(MOVES)))
    def somebody_is_moved(self, person: int, verb: str) -> None:
        if verb == "renew" and self.states[person] != "anonymized":
            self.make.pledge(self.people[person], signed_on=self.clock.now.date())
        if verb == "activate":
            self.make.insurance(self.people[person])
        may = self.states[person] in MOVES[verb]
        if verb in {"declare", "renew"}:
            may = may and self.renewable(person)

        said = step(self.admin, self.people[person], verb, **BODIES.get(verb, {}))

        assert said.is_success is may, said.text
        if may:
            self.states[person] = MOVES[verb][self.states[person]]
        else:
            assert said.json()["code"] in {"VOL_STATE", "VOL_RENEWAL"}, said.text

    @rule(person=PEOPLE)
    def somebody_claims(self, person: int) -> None:
        """Who is not active comes to no place."""
        if self.states[person] in {"applied", "screening", "anonymized"}:
            return
        opened = self.make.shift_with_demand(starts_at=self.clock.now + timedelta(days=20))
        said = claim(self.as_(self.people[person]), opened)
        assert self.states[person] == "active" or not said.is_success

    @rule(days=st.sampled_from([1, 30, 100, 366]))
    def time_passes(self, days: int) -> None:
        self.clock.now += timedelta(days=days)
        self.admin = self.as_(self.admin.account)  # a sign-in does not outlive the years
        for sweep in (remind_of_renewal, expire_registrations, prompt_for_hours, anonymize_the_gone):
            sweep(self.wiring)
        self._pass(self.clock.now.date())

    def _pass(self, today: date) -> None:
        for person, state in enumerate(self.states):
            row = self.row(person)
            if state in REGISTERED and row.valid_until and today > row.valid_until.replace(month=4, day=30):
                self.states[person] = "expired"
            elif state in GONE and row.status is VolunteerStatus.ANONYMIZED:
                assert row.left_on is not None
                assert today >= row.left_on + timedelta(days=180)
                self.states[person] = "anonymized"

    @invariant()
    def the_service_agrees(self) -> None:
        shown = [self.admin.get(f"/v1/volunteers/{one.id}").json() for one in self.people]
        assert [one["status"] for one in shown] == self.states
        for one, state in zip(shown, self.states, strict=True):
            assert set(one["actions"]) == {verb for verb, moves in MOVES.items() if state in moves}

    @invariant()
    def nobody_who_may_not_holds_anything_to_come(self) -> None:
        barred = [one.id for one, state in zip(self.people, self.states, strict=True) if state not in REGISTERED]
        with self.wiring.unit(write=False) as unit:
            held = unit.session.exec(select(Assignment, Shift).where(Assignment.shift_id == Shift.id)).all()
        assert [
            one.id
            for one, shift in held
            if one.volunteer_id in barred and one.status in HOLDING and shift.starts_at > self.clock.now
        ] == []
        self.check_data()


def test_no_order_of_verbs_and_days_leads_astray(
    make: Make, as_: As, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    world = {
        "make": make,
        "as_": staticmethod(as_),
        "clock": clock,
        "wiring": wiring,
        "check_data": staticmethod(check_data),
    }
    run_state_machine_as_test(
        type("Registrations", (Registrations,), world),
        settings=settings(WALKS, max_examples=10, stateful_step_count=16),
    )


def test_the_table_allows_what_is_written_above_and_nothing_else() -> None:
    by_people = {
        verb: {str(state): str(move.to) for (state, name), move in VOLUNTEER.moves.items() if name == verb}
        for verb in {name for (_, name), move in VOLUNTEER.moves.items() if move.by is not None}
    }
    assert by_people == MOVES


def test_every_state_is_reached_and_left_and_the_end_is_the_only_one() -> None:
    leads: dict[str, set[str]] = {}
    for (state, _), move in VOLUNTEER.moves.items():
        leads.setdefault(str(state), set()).add(str(move.to))

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            state = ahead.pop()
            ahead += leads.get(state, set()) - found - {state}
            found.add(state)
        return found

    assert reached("applied") == {str(status) for status in VolunteerStatus}
    assert all("anonymized" in reached(str(status)) for status in VolunteerStatus)
    assert {str(status) for status in VolunteerStatus} - leads.keys() == {"anonymized"}


def test_whatever_is_left_alone_comes_to_its_end(make: Make, clock: SetClock, wiring: Wiring) -> None:
    """Who is registered and silent expires; who expired, left or was turned down is forgotten."""
    silent = make.volunteer()
    for year in range(2026, 2031):
        clock.now = datetime.fromisoformat(f"{year}-05-01T09:00:00+09:00")
        expire_registrations(wiring)
        anonymize_the_gone(wiring)
    with wiring.unit(write=False) as unit:
        assert unit.get(Volunteer, silent.id).status is VolunteerStatus.ANONYMIZED
