"""Races with real threads over real sockets: whatever runs at once, a place is given once and nobody is booked twice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.offer import OfferStatus
from models.organization import Organization
from models.record import AuditEvent
from models.shift import Demand, Shift, ShiftStatus
from tests.db.racing import Call, accept, at_once, callers, claim, clerk, held, shifts, tally
from tests.makers import work

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]


def test_two_hundred_claims_on_one_place(server: str, wiring: Wiring, check_data: Check) -> None:
    (opened,) = shifts(wiring, 1)
    answers = at_once(server, [claim(caller, opened) for caller in callers(wiring, 200)])
    assert tally(answers) == {(201, None): 1, (409, "ASG_FULL"): 199}
    assert held(wiring) == (1, 1)
    check_data()


def test_fifty_overlapping_acceptances_of_one_volunteer(server: str, wiring: Wiring, check_data: Check) -> None:
    (caller,) = callers(wiring, 1)
    asked = shifts(wiring, 50, apart=timedelta(minutes=2))  # two hours each: the last still meets the first
    with wiring.unit() as unit:
        offers = [work.offer(unit, opened, caller.person) for opened in asked]
    answers = at_once(server, [accept(caller, offer.id) for offer in offers])
    assert tally(answers) == {(200, None): 1, (409, "ASG_OVERLAP"): 49}
    assert held(wiring) == (1, 1)
    check_data()


def test_twenty_volunteers_and_seven_places(server: str, wiring: Wiring, check_data: Check) -> None:
    (opened,) = shifts(wiring, 1, places=7)
    answers = at_once(server, [claim(caller, opened) for caller in callers(wiring, 20)])
    assert tally(answers) == {(201, None): 7, (409, "ASG_FULL"): 13}
    with wiring.unit(write=False) as unit:
        assert unit.get(Demand, opened.demand.id).taken == 7
        assert unit.get(Shift, opened.shift.id).status is ShiftStatus.FILLED
    check_data()


def test_twenty_volunteers_and_seven_shifts_at_one_time(server: str, wiring: Wiring, check_data: Check) -> None:
    """Everybody claims everything: each shift goes to somebody, and nobody gets two."""
    wanted = shifts(wiring, 7)
    answers = at_once(server, [claim(caller, opened) for caller in callers(wiring, 20) for opened in wanted])
    assert {status for status, _ in tally(answers)} == {201, 409}
    given = [answer.body for answer in answers if answer.status == 201]
    assert len({one["shift_id"] for one in given}) == len({one["volunteer_id"] for one in given}) == len(given) == 7
    assert held(wiring) == (7, 7)
    check_data()


def test_a_request_is_cancelled_while_it_is_claimed(server: str, wiring: Wiring, check_data: Check) -> None:
    opened = shifts(wiring, 20, apart=timedelta(hours=3))
    with wiring.unit() as unit:
        owner = unit.get(Organization, opened[0].request.organization_id)
    centre = clerk(wiring, owner)
    claims = [claim(caller, one) for caller, one in zip(callers(wiring, 20), opened, strict=True)]
    cancels = [Call(centre, f"/v1/dispatch-requests/{one.request.id}/cancel", {"reason": "中止"}) for one in opened]
    answers = at_once(server, [call for pair in zip(claims, cancels, strict=True) for call in pair])
    assert tally(answers[1::2]) == {(200, None): 20}
    assert tally(answers[::2]).keys() <= {(201, None), (404, "NOT_FOUND"), (409, "SHF_STATE")}
    with wiring.unit(write=False) as unit:
        ended = unit.session.exec(select(Assignment.status)).all()
        assert ended == [AssignmentStatus.CANCELLED] * tally(answers[::2])[201, None]
        assert set(unit.session.exec(select(DispatchRequest.status))) == {RequestStatus.CANCELLED}
        assert set(unit.session.exec(select(Shift.status))) == {ShiftStatus.CANCELLED}
    check_data()


def test_one_claim_sent_twenty_times_under_one_key(server: str, wiring: Wiring, check_data: Check) -> None:
    (opened,), (caller,) = shifts(wiring, 1, places=20), callers(wiring, 1)
    answers = at_once(server, [claim(caller, opened, key="once")] * 20)
    assert {answer.status for answer in answers} == {201}
    assert len({(answer.content, answer.headers["etag"], answer.headers["location"]) for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    with wiring.unit(write=False) as unit:
        written = unit.session.exec(select(AuditEvent.action).where(AuditEvent.action == "assignment.claim")).all()
    assert (held(wiring), len(written)) == ((1, 1), 1)
    check_data()


def test_two_places_of_one_wave_of_ten(server: str, wiring: Wiring, check_data: Check) -> None:
    (opened,) = shifts(wiring, 1, places=2)
    asked = callers(wiring, 10)
    with wiring.unit() as unit:
        offers = [work.offer(unit, opened, caller.person) for caller in asked]
    answers = at_once(server, [accept(caller, offer.id) for caller, offer in zip(asked, offers, strict=True)])
    assert tally(answers) == {(200, None): 2, (409, "OFF_FILLED"): 8}
    with wiring.unit(write=False) as unit:
        left = Counter(unit.get(type(offer), offer.id).status for offer in offers)
    assert left == {OfferStatus.ACCEPTED: 2, OfferStatus.WITHDRAWN: 8}
    check_data()
