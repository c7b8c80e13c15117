"""A whole dispatch, from the draft to the file: any verb that is offered to anybody, in any order, while time passes.

What an object offers in `actions` is open, and nothing gets stuck: from every state that is not final some verb or the
clock leads on, and at the end of every walk the office alone brings the request to its end.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from api.db import Wiring
from models.account import Role
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.asking import home_visit, path_of, written
from tests.makers.work import VISIT
from tests.walks import WALKS
from worker.following_up import purge_identities, remind_of_reports
from worker.passing import lapse_requests, move_shifts
from worker.waves import expire_offers, send_waves

Check = Callable[[], None]
END: Final = VISIT + timedelta(minutes=90)
SERVES: Final[Mapping[str, Any]] = {"languages": {"vi": "C1"}, "certs": ("home_visit",), "max_per_month": 31}
HERS: Final = frozenset(
    {
        "want-standin",
        "keep",
        "withdraw",
        "check-in",
        "complete",
        "report",
        "correct-report",
        "accept",
        "decline",
        "take-back",
    }
)
"""Verbs on assignments and offers that staff enter in her name."""
FINAL: Final[Mapping[str, frozenset[str]]] = {
    "request": frozenset(
        {"rejected", "cancelled", "closed", "unfilled", "client_no_show", "interpreter_no_show"}
    ),  # unfilled: once its time has come; a correction of a no-show leads back from the last three
    "assignment": frozenset({"withdrawn", "cancelled", "completed"}),
    "offer": frozenset({"accepted", "declined", "withdrawn", "expired"}),
}
ENDS: Final = frozenset({"cancel", "reject", "withdraw", "return", "mark-unfilled"})
MOMENTS: Final = (NOW, VISIT - timedelta(minutes=30), VISIT + timedelta(minutes=20), END + timedelta(minutes=1))
"""Where walks begin: long before, as people arrive, in the middle, just afterwards."""
PASSES: Final = st.sampled_from(
    [timedelta(minutes=10), timedelta(minutes=50), timedelta(hours=5), timedelta(days=2), timedelta(days=9)]
)
ANY: Final = st.integers(0, 99)


class Life(RuleBasedStateMachine):
    """One request for two interpreters, its institution, the office, and three people who may come."""

    make: Make
    as_: As
    wiring: Wiring
    clock: SetClock
    check_data: Check
    taken: set[tuple[str, str]]
    """The verbs that succeeded in any walk, by the kind of object."""

    @initialize(places=st.integers(1, 2), moment=st.sampled_from(MOMENTS), asking=st.booleans())
    def begin(self, places: int, moment: datetime, asking: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Somebody asks; most walks begin where people are coming already, so that they reach the day and beyond."""
        self.clock.now = NOW
        centre = self.make.organization()
        self.clerk, self.office = self.as_(Role.REQUESTER, organization=centre), self.as_(Role.COORDINATOR)
        self.people = [self.make.volunteer(**SERVES) for _ in range(3)]
        self.clients = [self.as_(one) for one in self.people]
        self.owner = str(centre.id)
        self.request = path_of(written(self.clerk, home_visit(places=places)))
        if moment is not NOW or asking:
            for verb in ("submit", "accept"):
                assert self.office.post(f"{self.request}/{verb}", json={}).status_code == 200
        if asking:  # these walks begin long before, so that there is time to answer
            waves = {"top": 2, "cascade": {"batch": 1}}
            assert self.office.post(f"{self.shift}/offers", json=waves).status_code == 201
            moment = NOW
        elif moment is not NOW:
            for her in self.people[:places]:
                named = {"volunteer_id": str(her.id)}
                assert self.office.post(f"{self.shift}/assignments", json=named).status_code == 201
        self.clock.now = moment

    @property
    def shift(self) -> str:
        return f"/v1/shifts/{self.look(self.request)['shift_id']}"

    def look(self, path: str, caller: Client | None = None) -> Any:
        return (caller or self.office).get(path).json()

    def objects(self) -> Iterator[tuple[str, str, Client, dict[str, Any]]]:
        """Every object of the dispatch as everybody sees it: its kind, its path, who looks, what is shown."""
        for caller in (self.clerk, self.office):
            yield "request", self.request, caller, self.look(self.request, caller)
        shift_id = self.look(self.request)["shift_id"]
        for caller in (self.clerk, self.office, *self.clients) if shift_id else ():
            yield from self.listed("assignment", shift_id, caller)
        for caller in (self.office, *self.clients) if shift_id else ():
            yield from self.listed("offer", shift_id, caller)

    def listed(self, kind: str, shift_id: str, caller: Client) -> Iterator[tuple[str, str, Client, dict[str, Any]]]:
        for shown in self.look(f"/v1/{kind}s?shift_id={shift_id}", caller)["items"]:
            yield kind, f"/v1/{kind}s/{shown['id']}", caller, shown

    @rule(at=ANY, variant=ANY)
    def takes_up_what_is_offered(self, at: int, variant: int) -> None:
        """Whatever an object offers to somebody is open to her: it is done, or refused for a rule and not its state."""
        offered = [
            (kind, path, caller, shown, verb)
            for kind, path, caller, shown in self.objects()
            for verb in shown["actions"]
            if verb not in ENDS or not variant % 10  # else most walks would end early
        ]
        if not offered:
            return
        verbs = sorted({(kind, verb) for kind, *_, verb in offered})
        fitting = [one for one in offered if (one[0], one[4]) == verbs[at % len(verbs)]]
        kind, path, caller, shown, verb = fitting[variant % len(fitting)]
        said = caller.post(f"{path}/{verb}", json=self.body(kind, verb, caller, shown, variant))
        assert said.is_success or self.is_a_rule(said.json()["code"]), (kind, verb, shown["status"], said.text)
        if said.is_success:
            self.taken.add((kind, verb))

    def is_a_rule(self, code: str) -> bool:
        return not code.endswith("_STATE") and code.partition("_")[0] in {"ASG", "OFF", "REP"}

    def body(self, kind: str, verb: str, caller: Client, shown: dict[str, Any], variant: int) -> dict[str, Any]:
        over = min(self.clock.now, END)
        bodies: dict[str, dict[str, Any]] = {
            **{
                verb: {"actual_start": VISIT.isoformat(), "actual_end": over.isoformat()}
                for verb in ("report", "correct-report")
            },
            "waive-report": {"party": ("volunteer", "requester")[variant % 2], "reason": "口頭で確認"},
            "no-show": {"party": "client" if caller in self.clients else ("client", "volunteer")[variant % 2]},
            "correct-no-show": {"party": (None, "client", "volunteer")[variant % 3], "reason": "行き違い"},
            "withdraw": {"reason": "illness"} if kind == "assignment" else {},
            **{why: {"reason": "都合により"} for why in ("return", "reject", "mark-unfilled")},
            "cancel": {"reason": "都合により"},
        }
        body = bodies.get(verb, {})
        if kind != "request" and caller is self.office and verb in HERS:
            body |= {"on_behalf": {"of": shown["volunteer_id"], "channel": "phone", "at": self.clock.now.isoformat()}}
        return body

    @rule(who=st.integers(0, 2), how=st.sampled_from(["claim", "hand", "ask"]))
    def comes_to_a_place(self, who: int, how: str) -> None:
        if self.look(self.request)["shift_id"] is None:
            return
        named = {"volunteer_id": str(self.people[who].id)}
        match how:
            case "claim":
                said = self.clients[who].post(f"{self.shift}/claims", json={})
            case "hand":
                said = self.office.post(f"{self.shift}/assignments", json=named)
            case _:
                asked = {"volunteer_ids": [named["volunteer_id"]], "cascade": {"batch": 1}}
                said = self.office.post(f"{self.shift}/offers", json=asked)
        assert said.is_success or said.status_code in {404, 409, 422}, said.text

    @rule(by=PASSES, swept=st.booleans())
    def time_passes(self, by: timedelta, swept: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        self.clock.now = min(self.clock.now + by, END + timedelta(days=60))
        if swept:
            self.sweep()

    def sweep(self) -> None:
        for run in (move_shifts, lapse_requests, expire_offers, send_waves, remind_of_reports, purge_identities):
            run(self.wiring)

    @invariant()
    def the_tables_keep_their_promises(self) -> None:
        self.check_data()

    @invariant()
    def nothing_is_stuck(self) -> None:
        """Once the clock has nothing more to say, whatever is not final offers a verb to somebody."""
        if not hasattr(self, "request") or self.clock.now < END:
            return
        self.sweep()
        open_to: dict[tuple[str, str, str], set[str]] = {}
        for kind, path, _, shown in self.objects():
            open_to.setdefault((kind, path, shown["status"]), set()).update(shown["actions"])
        stuck = [one for one, verbs in open_to.items() if not verbs and one[2] not in FINAL[one[0]]]
        assert stuck == []
        if self.look(self.request)["shift_id"]:
            waves = {cascade["status"] for cascade in self.look(self.shift)["cascades"]}
            assert waves <= {"filled", "over", "stopped"}, waves

    def teardown(self) -> None:
        """The office alone brings it to its end, whatever came before."""
        if not hasattr(self, "request"):
            return
        self.clock.now = max(self.clock.now, END + timedelta(days=1))
        self.sweep()
        for _ in range(3):
            for verb in {"waive-report", "close"} & set(self.look(self.request)["actions"]):
                for variant in (0, 1):
                    body = self.body("request", verb, self.office, {}, variant)
                    if self.office.post(f"{self.request}/{verb}", json=body).is_success:
                        self.taken.add(("request", verb))
        assert self.look(self.request)["status"] in FINAL["request"]
        self.check_data()


def test_a_dispatch_lives_to_its_end_whatever_happens(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    world: dict[str, Any] = {
        "make": make,
        "as_": staticmethod(as_),
        "wiring": wiring,
        "clock": clock,
        "check_data": staticmethod(check_data),
        "taken": set(),
    }
    run_state_machine_as_test(
        type("Walk", (Life,), world),
        settings=settings(
            WALKS,
            max_examples=25,
            stateful_step_count=18,
            phases=(Phase.explicit, Phase.generate),  # a walk takes seconds: shrinking one would take minutes
        ),
    )
    assert {("offer", verb) for verb in ("accept", "decline", "take-back")} <= world["taken"]
    assert {("request", "waive-report"), ("assignment", "no-show"), ("assignment", "report")} <= world["taken"]
