"""Whatever changes, in whatever order, while people come and go: the tables keep their invariants, and looks tell true."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from models.account import Role
from models.change_rule import Effect
from services.clock import SetClock
from tests.conftest import NOW, As
from tests.factories import Make
from tests.makers.asking import REQUESTS
from tests.makers.changes import CHECKUPS, at, rules_with
from tests.makers.doors import answer, ask, claim, reason, settle
from tests.makers.work import VISIT
from tests.walks import WALKS
from worker.passing import move_shifts
from worker.reminding import settle_conditions

ANY = st.integers(0, 9)
SOFT = [str(effect) for effect in Effect]
WAIVED = ["ASG_TRAVEL", "ASG_MONTHLY", "ASG_UNAVAILABLE"]
OVERRIDES = [reason(code) for code in ("REQ_LEAD", "REQ_CLOSED_DAY", "REQ_HOURS", "REQ_DURATION")]
ENDED = frozenset({"withdrawn", "cancelled"})


class Changes(RuleBasedStateMachine):
    """Two requests of one check-up and one beside it, three people, an office that changes its mind."""

    make: Make
    as_: As
    clock: SetClock
    check_data: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.clock.now = NOW
        self.admin = self.as_(Role.ADMIN)
        centre = self.make.organization()
        self.places = [self.make.facility(owner=centre) for _ in range(2)]
        self.session = self.make.checkup_session(place=self.places[0])
        shared: dict[str, Any] = {"owner": centre, "place": self.places[0], "ages": (3,)}
        self.opened = [
            self.make.shift_with_demand(**shared, checkup_session_id=self.session.id),
            self.make.shift_with_demand(
                **shared, checkup_session_id=self.session.id, places=2, starts_at=VISIT + timedelta(hours=2)
            ),
            self.make.shift_with_demand(**shared, starts_at=VISIT + timedelta(days=1)),
        ]
        self.people = [self.make.volunteer(max_per_month=31, languages={"en": "C1", "vi": "C1"}) for _ in range(3)]

    def tell(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Look first, then do it: both refuse, or what was seen comes true."""
        headers = {"If-Match": "*"}
        seen = self.admin.request(method, path, json=body, params={"preview": True}, headers=headers)
        done = self.admin.request(method, path, json=body, headers=headers)
        assert seen.status_code == done.status_code, (seen.text, done.text)
        assert done.status_code in {200, 409, 422}, done.text
        if done.status_code != 200:
            assert seen.json()["code"] == done.json()["code"]
            return
        for person in seen.json()["people"]:
            now = self.admin.get(f"/v1/assignments/{person['assignment_id']}").json()
            assert (now["status"] in ENDED) is (person["effect"] == "release")
            assert now["status"] == "tentative" or person["effect"] != "reconfirm"
        for offer in seen.json()["offers"]:
            assert self.admin.get(f"/v1/offers/{offer['offer_id']}").json()["status"] == "withdrawn"

    @rule(at_=ANY, days=st.integers(-1, 2), hours=st.integers(-1, 3), minutes=st.sampled_from([60, 120]))
    def another_time(self, at_: int, days: int, hours: int, minutes: int) -> None:
        when = at(VISIT + timedelta(days=days, hours=hours), minutes)
        self.patch(at_, {**when, "overrides": OVERRIDES})

    @rule(
        at_=ANY,
        fields=st.sampled_from(
            [
                {"languages": ["en", "vi"]},
                {"languages": ["vi"]},
                {"places": 1},
                {"places": 3},
                {"gender_requirement": {"value": "female", "reason": "授乳"}},
                {"gender_requirement": None},
                {"note": "段差あり"},
            ]
        ),
    )
    def another_wish(self, at_: int, fields: dict[str, Any]) -> None:
        self.patch(at_, fields)

    @rule(at_=ANY, place=st.integers(0, 1))
    def another_place(self, at_: int, place: int) -> None:
        self.patch(at_, {"facility_id": str(self.places[place].id)})

    def patch(self, at_: int, body: dict[str, Any]) -> None:
        self.tell("PATCH", f"{REQUESTS}/{self.opened[at_ % 3].request.id}", body)

    @rule(day=st.integers(19, 23), place=st.integers(0, 1), starts=st.sampled_from(["12:00", "12:45", "13:30"]))
    def the_checkup_moves(self, day: int, place: int, starts: str) -> None:
        body = {"held_on": f"2025-11-{day}", "facility_id": str(self.places[place].id), "reception_starts": starts}
        self.tell("POST", f"{CHECKUPS}/{self.session.id}/move", {**body, "reason": "都合", "overrides": OVERRIDES})

    @rule(field=st.sampled_from(["date", "time", "language", "place"]), effect=st.sampled_from(SOFT))
    def the_rules_change(self, field: str, effect: str) -> None:
        rules_with(self.admin, **{field: effect})

    @rule(person=st.integers(0, 2), at_=ANY)
    def somebody_claims(self, person: int, at_: int) -> None:
        said = claim(self.as_(self.people[person]), self.opened[at_ % 3], *WAIVED)
        assert said.status_code in {201, 404, 409}, said.text

    @rule(person=st.integers(0, 2), at_=ANY, yes=st.booleans())
    def somebody_is_asked(self, person: int, at_: int, yes: bool) -> None:  # noqa: FBT001 - drawn
        said = ask(self.admin, self.opened[at_ % 3], self.people[person], overrides=[reason("ASG_ASKS")])
        if said.status_code == 201 and yes:
            answer(self.as_(self.people[person]), said.json()["items"][0]["id"], "accept", consents=WAIVED)

    @rule(at_=ANY, verb=st.sampled_from(["keep", "want-standin", "withdraw"]))
    def somebody_answers(self, at_: int, verb: str) -> None:
        standing = [
            (person, one)
            for person in self.people
            for one in self.admin.get(f"/v1/volunteers/{person.id}/assignments").json()["items"]
            if one["status"] not in ENDED
        ]
        if standing:
            her, one = standing[at_ % len(standing)]
            body = {"consents": WAIVED} if verb == "keep" else {}
            said = settle(self.as_(her), one["id"], verb, **body)
            assert said.status_code in {200, 404, 409}, said.text

    @rule()
    def half_a_day_passes(self) -> None:
        self.clock.forward(hours=12)
        move_shifts(self.make.wiring)
        settle_conditions(self.make.wiring)

    @invariant()
    def the_tables_keep_their_promises(self) -> None:
        self.check_data()


def test_changes_never_break_the_tables(make: Make, as_: As, clock: SetClock, check_data: Callable[[], None]) -> None:
    world = {"make": make, "as_": staticmethod(as_), "clock": clock, "check_data": staticmethod(check_data)}
    run_state_machine_as_test(
        type("Changes", (Changes,), world),
        settings=settings(WALKS, max_examples=12, stateful_step_count=15),
    )
