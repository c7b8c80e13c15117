"""Whatever edits come in whatever order: no occurrence is lost, doubled or a ghost of a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from models.account import Role
from models.organization import Facility, FacilityKind
from services.recurrence import parse
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.terms import SERIES, changed, mornings, opened, verb

RULES = st.sampled_from(
    [
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=5",
        "FREQ=DAILY;INTERVAL=3;UNTIL=20251225",
        "FREQ=MONTHLY;BYDAY=2TU,-1TH;COUNT=5",
        "FREQ=MONTHLY;BYMONTHDAY=5,20;UNTIL=20260315",
    ]
)
RUNS = settings(
    max_examples=12, stateful_step_count=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True)
class Scene:
    """Who takes part in every run; each run has a series of its own."""

    clerk: Client
    office: Client
    school: Facility


class SeriesMachine(RuleBasedStateMachine):
    """One series, cut and changed at random."""

    scene: Scene

    @initialize(rule=RULES, left_out=st.booleans())
    def write(self, rule: str, left_out: bool) -> None:  # noqa: FBT001 - drawn
        body = mornings(self.scene.school, rule=rule, starts_on="2025-12-01", submit=True)
        whole = opened(self.scene.clerk, body, force=True)
        self.known = {each["id"]: each["occurrence_on"] for each in whole["occurrences"]}
        self.hours = dict.fromkeys(self.known, "09:30")
        self.alive = set(self.known)
        self.accepted: set[str] = set()
        self.parts = {whole["id"]}
        if left_out:
            self.cancel_one(1)

    def look(self) -> list[dict[str, Any]]:
        return [done(self.scene.office.get(f"{SERIES}/{each}")) for each in sorted(self.parts)]

    def part(self, number: int) -> dict[str, Any]:
        parts = self.look()
        return parts[number % len(parts)]

    def aim(self, part: dict[str, Any], scope: str, number: int) -> tuple[dict[str, str], set[str]]:
        """The query of an aim, and the occurrences still to come that it means."""
        if scope == "all":
            return {"scope": "all"}, {each["id"] for each in part["occurrences"]} & self.alive
        named = part["occurrences"][number % len(part["occurrences"])]["occurrence_on"]
        meant = {
            each["id"]
            for each in part["occurrences"]
            if each["occurrence_on"] == named or (scope == "following" and each["occurrence_on"] > named)
        }
        return {"scope": scope, "from": named}, meant & (self.alive if scope == "following" else meant)

    @rule(
        which=st.integers(0, 9),
        scope=st.sampled_from(["one", "following", "all"]),
        number=st.integers(0, 9),
        hour=st.sampled_from(["08:30", "09:00", "10:00"]),
        preview=st.booleans(),
    )
    def change(self, which: int, scope: str, number: int, hour: str, preview: bool) -> None:  # noqa: FBT001 - drawn
        part = self.part(which)
        if part["status"] == "cancelled":
            return
        query, meant = self.aim(part, scope, number)
        items = changed(self.scene.clerk, part, {"starts": hour}, preview=preview, **query)
        assert {item["id"] for item in items} == meant
        taken = {item["id"] for item in items if item["status"] == 200}
        assert taken == (meant & self.alive) - self.accepted
        if not preview:
            self.hours |= dict.fromkeys(taken, hour)
            self.parts |= {item["series_id"] for item in items}

    @rule(which=st.integers(0, 9), scope=st.sampled_from(["one", "following"]), number=st.integers(0, 9))
    def cancel(self, which: int, scope: str, number: int) -> None:
        part = self.part(which)
        if part["status"] == "cancelled":
            return
        query, meant = self.aim(part, scope, number)
        items = verb(self.scene.clerk, part, "cancel", {"reason": "休み"}, **query)
        assert {item["id"] for item in items if item["status"] == 200} == meant & self.alive
        self.alive -= meant

    def cancel_one(self, number: int) -> None:
        part = self.part(0)
        query, meant = self.aim(part, "one", number)
        verb(self.scene.clerk, part, "cancel", {"reason": "休み"}, **query)
        self.alive -= meant

    @rule(number=st.integers(0, 9))
    def accept_one(self, number: int) -> None:
        waiting = sorted(self.alive - self.accepted)
        if waiting:
            chosen = waiting[number % len(waiting)]
            overrides = [{"code": code, "reason": "承認"} for code in ("REQ_HOURS", "REQ_CLOSED_DAY", "REQ_DURATION")]
            done(self.scene.office.post(f"/v1/dispatch-requests/{chosen}/accept", json={"overrides": overrides}))
            self.accepted.add(chosen)

    @invariant()
    def every_occurrence_is_in_one_series_on_its_day(self) -> None:
        found = [(each["id"], each["occurrence_on"]) for part in self.look() for each in part["occurrences"]]
        assert len(found) == len(self.known)
        assert dict(found) == self.known

    @invariant()
    def no_rule_names_a_day_without_an_occurrence(self) -> None:
        for part in self.look():
            named = parse(part["rule"]).days(date.fromisoformat(part["starts_on"]))
            kept = [day.isoformat() for day in named if day.isoformat() not in part["excluded"]]
            assert kept == [each["occurrence_on"] for each in part["occurrences"]]
            assert {each["series_id"] for each in part["occurrences"]} == {part["id"]}

    @invariant()
    def each_stands_at_the_hour_it_was_given(self) -> None:
        stands = {each["id"]: each["starts_at"][11:16] for part in self.look() for each in part["occurrences"]}
        assert stands == self.hours

    @invariant()
    def a_series_is_cancelled_when_nothing_of_it_is_to_come(self) -> None:
        for part in self.look():
            alive = {each["id"] for each in part["occurrences"]} & self.alive
            assert (part["status"] == "active") == bool(alive)


def test_edits_of_a_series_lose_nothing(make: Make, as_: As, check_data: Callable[[], None]) -> None:
    board = make.organization()
    school = make.facility(owner=board, kind=FacilityKind.SCHOOL)

    class Machine(SeriesMachine):
        scene = Scene(as_(Role.REQUESTER, organization=board), as_(Role.COORDINATOR), school)

    run_state_machine_as_test(Machine, settings=RUNS)

    check_data()
