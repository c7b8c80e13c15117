"""Walks through the states of a consultation, against the table of domain.md §4.6 written out by hand."""

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from models.account import Role
from models.organization import Organization
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.consulting import CONSULTATIONS, bring, go
from tests.makers.doors import done

LEADS: Final = {
    "received": {"triage": "triaged"},
    "triaged": {"triage": "triaged", "start": "in_progress"},
    "in_progress": {"triage": "in_progress", "start": "in_progress", "refer": "referred", "resolve": "resolved"},
    "referred": {"resolve": "resolved", "close": "closed", "reopen": "in_progress"},
    "resolved": {"close": "closed", "reopen": "in_progress"},
    "closed": {"reopen": "in_progress"},
}


def test_every_walk_keeps_to_the_table(make: Make, as_: As) -> None:
    officer: Client = as_(Role.CONSULTATION_OFFICER)
    board: Organization = make.organization()
    said = {
        "triage": {"heard_from": "friend", "minutes": 1},
        "refer": {"organization_id": str(board.id), "consented_on": "2025-11-10", "shared": ["topics"], "minutes": 1},
        "resolve": {"resolution": "answered", "minutes": 1},
    }

    class Walk(RuleBasedStateMachine):
        @initialize()
        def receive(self) -> None:
            self.one = done(bring(officer), 201)["id"]
            self.state, self.minutes, self.sent = "received", 0, 0

        @rule(verb=st.sampled_from(["triage", "start", "refer", "resolve", "close", "reopen"]))
        def move(self, verb: str) -> None:
            answer = go(officer, self.one, verb, **said.get(verb, {}))
            if verb not in LEADS[self.state]:
                assert (answer.status_code, answer.json()["allowed"]) == (409, [*LEADS[self.state]])
                return
            self.state = LEADS[self.state][verb]
            self.minutes += "minutes" in said.get(verb, {})
            self.sent += verb == "refer"
            self.holds(done(answer))

        @precondition(lambda self: self.state == "closed")
        @rule()
        def look(self) -> None:
            self.holds(done(officer.get(f"{CONSULTATIONS}/{self.one}")))

        def holds(self, shown: dict[str, object]) -> None:
            assert (shown["status"], shown["actions"]) == (self.state, [*LEADS[self.state]])
            assert (shown["minutes"], len(shown["referrals"])) == (self.minutes, self.sent)  # type: ignore[arg-type]
            assert (shown["settled_at"] is not None) is (self.state in {"resolved", "closed"})
            assert (shown["officer_id"] is None) is (self.state in {"received", "triaged"})

    run_state_machine_as_test(Walk, settings=settings(max_examples=6, stateful_step_count=12))
