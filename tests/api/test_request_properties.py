"""Whatever verbs come in whatever order: a request moves as its table says, and no other way."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.account import Role
from models.dispatch_request import RequestStatus
from models.organization import Organization
from models.volunteer import Volunteer
from services import states
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import home_visit, moved, path_of, written

AFTERWARDS = states.REQUEST.phases.keys()
"""Verbs for which the day must be over: `test_dispatch_life.py` walks on with them."""
VERBS = sorted({verb for (_, verb), move in states.REQUEST.moves.items() if move.by is not None} - AFTERWARDS)
REACHABLE = {RequestStatus.DRAFT} | {move.to for move in states.REQUEST.moves.values()}
ENDS = frozenset({"cancel", "reject"})
WITHOUT_REASON = frozenset({"submit", "accept", "reopen"})
RUNS = settings(
    max_examples=20, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True)
class Scene:
    """Who takes part in every run; each run has a request of its own."""

    clerk: Client
    office: Client
    her: Volunteer
    seen: set[RequestStatus] = field(default_factory=set)


class RequestMachine(RuleBasedStateMachine):
    """One request, moved by verbs at random and by somebody who comes and goes."""

    scene: Scene

    @initialize()
    def write(self) -> None:
        self.request = written(self.scene.clerk, home_visit(), force=True)
        self.held: str | None = None
        self.accepted = False

    @property
    def status(self) -> RequestStatus:
        return RequestStatus(self.request["status"])

    @rule(verb=st.sampled_from(VERBS))
    def try_out(self, verb: str) -> None:
        self.move(verb)

    def move(self, verb: str) -> None:
        body = {} if verb in WITHOUT_REASON else {"reason": "都合により"}
        answer = self.scene.office.post(f"{path_of(self.request)}/{verb}", json=body)
        if verb in self.request["actions"]:
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == states.REQUEST.next(self.status, verb)
            self.held = None if verb == "cancel" else self.held
            self.accepted = self.accepted or verb == "accept"
        else:
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (409, "REQ_STATE")
            assert (problem["state"], problem["allowed"]) == (self.status, states.REQUEST.verbs(self.status))
        self.look()

    @precondition(lambda self: not ENDS.issuperset(self.request["actions"]))
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Take an open verb that does not end the run, so that runs reach deep."""
        verbs = [verb for verb in self.request["actions"] if verb not in ENDS]
        self.move(data.draw(st.sampled_from(verbs)))

    @precondition(lambda self: self.status is RequestStatus.MATCHING)
    @rule()
    def fill(self) -> None:
        body = {"volunteer_id": str(self.scene.her.id)}
        taken = self.scene.office.post(f"/v1/shifts/{self.request['shift_id']}/assignments", json=body)
        assert taken.status_code == 201, taken.text
        self.held = taken.json()["id"]
        self.look()
        assert self.status is RequestStatus.FILLED

    @precondition(lambda self: self.held is not None)
    @rule()
    def drop(self) -> None:
        freed = self.scene.office.post(f"/v1/assignments/{self.held}/cancel", json={"reason": "都合により"})
        assert freed.status_code == 200, freed.text
        self.held = None
        self.look()
        assert self.status is RequestStatus.MATCHING

    def look(self) -> None:
        self.request = self.scene.office.get(path_of(self.request)).json()

    @invariant()
    def it_stands_where_its_table_leads(self) -> None:
        assert self.status in REACHABLE
        assert (self.request["shift_id"] is not None) == self.accepted
        assert len(self.request["assigned"]) == (self.held is not None)
        self.scene.seen.add(self.status)

    def teardown(self) -> None:
        """Give her time back for the next run."""
        if "cancel" in self.request["actions"]:
            moved(self.scene.office, self.request, "cancel", reason="終わり")


def test_a_request_moves_only_as_its_table_says(make: Make, as_: As, check_data: Callable[[], None]) -> None:
    centre: Organization = make.organization()
    her = make.volunteer(languages={"vi": "C1"}, certs=("home_visit",))

    class Machine(RequestMachine):
        scene = Scene(as_(Role.REQUESTER, organization=centre), as_(Role.COORDINATOR), her)

    run_state_machine_as_test(Machine, settings=RUNS)

    assert Machine.scene.seen <= REACHABLE
    check_data()
