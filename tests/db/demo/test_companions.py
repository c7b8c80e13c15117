"""Tutors who stay with a learner, and guardians to be telephoned, on any day."""

from collections import Counter

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.attendance import CallReason, GuardianCall
from models.classroom import Classroom
from models.contact_attempt import ContactAttempt
from models.pairing import Pairing
from services import guardian_calls
from services.actor import Actor
from services.unit import Unit


def test_pairs_go_on_pause_and_wait_for_a_word(seen: Unit) -> None:
    pairs = seen.session.exec(select(Pairing)).all()
    assert Counter(one.status for one in pairs) == {"active": 1, "paused": 1, "proposed": 2}
    assert all((one.started_on is None) == (one.status == "proposed") for one in pairs)
    assert len({one.learner_id for one in pairs}) == 4


def test_guardians_are_to_be_called_and_some_were(loaded: Wiring, seen: Unit) -> None:
    assert Counter(row.result for row in seen.session.exec(select(ContactAttempt)) if row.learner_id) == {
        "reached": 3,
        "no_answer": 1,
    }
    (unsigned,), support = calls(loaded, "west"), calls(loaded, "support")
    assert (unsigned.because, unsigned.attempts) == ([CallReason.CONSENT_MISSING], 1)
    assert [one.because for one in support] == [[CallReason.SESSION_CALLED_OFF]] * 5


def calls(wiring: Wiring, code: str) -> list[GuardianCall]:
    """The list as the office reads it; that it was read is not kept here."""
    with wiring.unit(Actor(account_id=None, roles=frozenset({Role.COORDINATOR}))) as unit:
        room = unit.session.exec(select(Classroom.id).where(Classroom.code == code)).one()
        found = guardian_calls.guardian_calls(unit, room).items
        unit.session.rollback()
    return found
