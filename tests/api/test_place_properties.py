"""Several people, several overlapping shifts, any order of claims, offers, answers, withdrawals, approvals.

A small model knows who stands where. After every step the service agrees with it: a place is given exactly to who is
free while one is left, nobody stands in two places at one time, and the tables keep their invariants.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from models.account import Role
from models.shift import ClaimPolicy
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, claim, hand, reason, settle
from tests.makers.work import VISIT, Opened
from tests.walks import WALKS

Check = Callable[[], None]
CONSENTS = ("ASG_TRAVEL",)
AGREED = "2025-11-10T08:30:00+09:00"
PEOPLE = st.integers(0, 2)
SHIFTS = st.integers(0, 3)
ANY = st.integers(0, 9)
PLAN = (  # minutes after the first start, minutes long, places, policy
    (0, 120, 1, ClaimPolicy.OPEN),
    (60, 120, 2, ClaimPolicy.APPROVAL),
    (120, 60, 1, ClaimPolicy.OPEN),
    (30, 60, 1, ClaimPolicy.OFFER_ONLY),
)


class Places(RuleBasedStateMachine):
    """The steps; `held` maps (person, shift) to the assignment that holds the place, `offers` lists (id, person, shift)."""

    make: Make
    as_: As
    clock: SetClock
    check_data: Check

    def __init__(self) -> None:
        super().__init__()
        self.clock.now = NOW
        self.office = self.as_(Role.COORDINATOR)
        self.people = [self.make.volunteer(max_per_month=31) for _ in range(3)]
        self.clients: list[Client] = [self.as_(one) for one in self.people]
        self.shifts = [self._opened(*parts) for parts in PLAN]
        self.held: dict[tuple[int, int], Any] = {}
        self.offers: list[tuple[str, int, int]] = []

    def _opened(self, after: int, minutes: int, places: int, policy: ClaimPolicy) -> Opened:
        starts_at = VISIT + timedelta(minutes=after)
        return self.make.shift_with_demand(starts_at=starts_at, minutes=minutes, places=places, claim_policy=policy)

    def may_stand(self, person: int, shift: int) -> bool:
        """What the model says: a place is left, and nothing of hers shares time with it."""
        wanted = self.shifts[shift].shift
        mine = [self.shifts[at].shift for one, at in self.held if one == person]
        free = all(one.ends_at <= wanted.starts_at or wanted.ends_at <= one.starts_at for one in mine)
        return free and self.has_place(shift)

    def has_place(self, shift: int) -> bool:
        return sum(at == shift for _, at in self.held) < PLAN[shift][2]

    def placed(self, said: httpx2.Response, person: int, shift: int) -> None:
        """Learn from the answer of a door whether she came in, which must be just when she may."""
        assert said.is_success is self.may_stand(person, shift), said.text
        if said.is_success:
            body = said.json()
            self.held[person, shift] = body.get("assignment", body)
        else:
            code = said.json()["code"]
            assert code in {"ASG_OVERLAP", "ASG_HELD", "ASG_FULL", "OFF_FILLED"}, said.text
            assert (code == "ASG_HELD") is ((person, shift) in self.held), said.text

    @rule(person=PEOPLE, shift=SHIFTS)
    def claims(self, person: int, shift: int) -> None:
        said = claim(self.clients[person], self.shifts[shift], *CONSENTS)
        if PLAN[shift][3] is ClaimPolicy.OFFER_ONLY:
            assert said.status_code == 409
            assert not self.may_stand(person, shift) or said.json()["code"] == "ASG_POLICY"
        else:
            self.placed(said, person, shift)

    @rule(person=PEOPLE, shift=SHIFTS)
    def assigns(self, person: int, shift: int) -> None:
        override = reason("ASG_TRAVEL", AGREED)
        self.placed(hand(self.office, self.shifts[shift], self.people[person], override), person, shift)

    @rule(person=PEOPLE, shift=SHIFTS)
    def asks(self, person: int, shift: int) -> None:
        said = ask(self.office, self.shifts[shift], self.people[person], overrides=[reason("ASG_ASKS")])
        if said.status_code == 201:
            assert self.may_stand(person, shift)
            self.offers.append((said.json()["items"][0]["id"], person, shift))
        elif self.may_stand(person, shift):
            assert said.json()["errors"][0]["code"] == "FIELD_DUPLICATE"  # her answer is still open

    @rule(at=ANY)
    def accepts(self, at: int) -> None:
        if not self.offers:
            return
        offer_id, person, shift = self.offers[at % len(self.offers)]
        before = self.office.get(f"/v1/offers/{offer_id}").json()
        said = answer(self.clients[person], offer_id, "accept", consents=CONSENTS)
        if before["status"] != "sent":
            assert said.status_code == 409
        elif datetime.fromisoformat(before["respond_by"]) < self.clock.now:
            assert said.is_success is self.has_place(shift)
        else:
            self.placed(said, person, shift)

    @rule(at=ANY, verb=st.sampled_from(["decline", "take-back"]))
    def answers_no(self, at: int, verb: str) -> None:
        if self.offers:
            offer_id, person, _ = self.offers[at % len(self.offers)]
            assert answer(self.clients[person], offer_id, verb).status_code in {200, 409}

    @rule(at=ANY)
    def lets_a_late_yes_count(self, at: int) -> None:
        if not self.offers:
            return
        offer_id, person, shift = self.offers[at % len(self.offers)]
        late = self.office.get(f"/v1/offers/{offer_id}").json()["status"] == "accepted_late"
        said = answer(self.office, offer_id, "approve")
        if late:
            self.placed(said, person, shift)
        else:
            assert said.status_code == 409

    @rule(at=ANY)
    def takes_an_offer_back(self, at: int) -> None:
        if self.offers:
            offer_id, _, _ = self.offers[at % len(self.offers)]
            assert answer(self.office, offer_id, "withdraw").status_code in {200, 409}

    @rule(at=ANY, verb=st.sampled_from(["withdraw", "cancel"]))
    def leaves(self, at: int, verb: str) -> None:
        if not self.held:
            return
        person, shift = list(self.held)[at % len(self.held)]
        caller, body = (self.clients[person], {}) if verb == "withdraw" else (self.office, {"reason": "別の方"})
        said = settle(caller, self.held.pop((person, shift))["id"], verb, **body)
        assert said.status_code == 200, said.text

    @rule(at=ANY)
    def is_approved(self, at: int) -> None:
        if not self.held:
            return
        where = list(self.held)[at % len(self.held)]
        said = settle(self.office, self.held[where]["id"], "approve")
        assert said.is_success is (self.held[where]["status"] == "tentative"), said.text
        if said.is_success:
            self.held[where] = said.json()

    @rule()
    def half_a_day_passes(self) -> None:
        self.clock.now = min(self.clock.now + timedelta(hours=12), VISIT - timedelta(minutes=1))

    @invariant()
    def the_tables_keep_their_promises(self) -> None:
        self.check_data()

    @invariant()
    def each_calendar_holds_what_the_model_holds(self) -> None:
        for person, client in enumerate(self.clients):
            entries = client.get("/v1/me/schedule").json()["items"]
            mine = sorted(
                (self.shifts[at].shift.starts_at, one["id"], one["status"])
                for (who, at), one in self.held.items()
                if who == person
            )
            assert [(one["assignment_id"], one["status"]) for one in entries] == [one[1:] for one in mine]

    @invariant()
    def a_shift_is_filled_when_all_its_places_are_confirmed(self) -> None:
        for at, opened in enumerate(self.shifts):
            standing = [one["status"] for (_, shift), one in self.held.items() if shift == at]
            filled = len(standing) == PLAN[at][2] and "tentative" not in standing
            view = self.office.get(f"/v1/shifts/{opened.shift.id}").json()
            assert (view["status"], view["demands"][0]["taken"]) == ("filled" if filled else "open", len(standing))


def test_places_are_given_once_whatever_comes_in_which_order(
    make: Make, as_: As, clock: SetClock, check_data: Check
) -> None:
    world = {"make": make, "as_": staticmethod(as_), "clock": clock, "check_data": staticmethod(check_data)}
    machine = type("Places", (Places,), world)
    run_state_machine_as_test(
        machine,
        settings=settings(WALKS, max_examples=12, stateful_step_count=15),
    )
