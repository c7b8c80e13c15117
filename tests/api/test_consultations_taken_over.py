"""A consultation has one officer, and another one may take it over; consent to hand it on is as old as itself."""

from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.consulting import CONSULTATIONS, bring, go
from tests.makers.doors import audited, done, faults, problem


def mine(officer: Client) -> list[str]:
    return [one["id"] for one in done(officer.get(f"{CONSULTATIONS}?mine=true"))["items"]]


def test_whose_officer_is_gone_another_one_takes_over(as_: As, wiring: Wiring) -> None:
    first, second = as_(Role.CONSULTATION_OFFICER), as_(Role.CONSULTATION_OFFICER)
    one = done(bring(first, heard_from="friend"), 201)["id"]
    done(go(first, one, "triage"))
    done(go(first, one, "start"))
    assert (mine(first), mine(second)) == ([one], [])
    done(as_(Role.ADMIN).post(f"/v1/accounts/{first.account.id}/disable", json={}))

    taken = done(go(second, one, "start"))
    assert (taken["status"], taken["officer_id"]) == ("in_progress", str(second.account.id))
    assert mine(second) == [one]
    starts = [(event.actor_id, event.fields) for event in audited(wiring, one) if event.action == "consultation.start"]
    assert starts == [(first.account.id, ["officer_id"]), (second.account.id, ["officer_id"])]


def test_what_somebody_is_at_is_taken_over_by_whoever_has_seen_it(as_: As) -> None:
    first, second = as_(Role.CONSULTATION_OFFICER), as_(Role.CONSULTATION_OFFICER)
    one = done(bring(first, heard_from="friend"), 201)["id"]
    path = f"{CONSULTATIONS}/{one}"
    done(go(first, one, "triage"))
    unread = second.get(path).headers["ETag"]
    done(go(first, one, "start"))
    assert problem(go(second, one, "start")) == (409, "CON_STATE")
    assert problem(second.post(f"{path}/start", json={}, headers={"If-Match": unread})) == (412, "VERSION")
    done(go(first, one, "start"))  # hers already
    assert mine(first) == [one]
    seen = second.get(path).headers["ETag"]
    done(second.post(f"{path}/start", json={}, headers={"If-Match": seen}))
    assert mine(second) == [one]


@pytest.mark.parametrize("day", ["1990-01-01", "2025-11-07", "2025-11-11"])
def test_nobody_agrees_to_hand_on_what_she_has_not_told(as_: As, make: Make, clock: SetClock, day: str) -> None:
    officer, board = as_(Role.CONSULTATION_OFFICER), make.organization()
    asked = make.consultation(status="in_progress", received_at=clock.now - timedelta(days=2))
    body = {"organization_id": str(board.id), "shared": ["topics"]}
    assert faults(go(officer, asked, "refer", consented_on=day, **body)) == [("/consented_on", "FIELD_RANGE")]
    done(go(officer, asked, "refer", consented_on="2025-11-08", **body))
