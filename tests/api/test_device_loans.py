"""Translation devices: one place at a time, and a word to whoever forgot to bring one back."""

from datetime import date
from typing import Any, Final

import httpx2

from api.db import Wiring
from models.account import Role
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from services.lending import remind
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem
from worker.following_up import remind_of_loans

LOANS: Final = "/v1/device-loans"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"


def lend(caller: Client, borrower: Volunteer | Organization | None, **over: Any) -> httpx2.Response:
    body: dict[str, Any] = {"item": "翻訳機 1号", "lent_on": "2025-11-10", "due_on": "2025-11-17", **over}
    if borrower is not None:
        body["volunteer_id" if isinstance(borrower, Volunteer) else "organization_id"] = str(borrower.id)
    return caller.post(LOANS, json=body)


def ask(caller: Client, loan: dict[str, Any], verb: str, **body: str) -> httpx2.Response:
    return caller.post(f"{LOANS}/{loan['id']}/{verb}", json=body)


def test_a_device_is_in_one_place_at_a_time(make: Make, office: Client, mai: Volunteer, wiring: Wiring) -> None:
    centre = make.organization()
    loan = done(lend(office, mai), 201)
    assert (loan["status"], loan["overdue"], loan["actions"]) == ("lent", False, ["extend", "return"])
    assert faults(lend(office, centre)) == [("/item", "FIELD_DUPLICATE")]
    done(lend(office, centre, item="翻訳機 2号"), 201)
    back = done(ask(office, loan, "return", returned_on="2025-11-10"))
    assert (back["status"], back["returned_on"], back["actions"]) == ("returned", "2025-11-10", [])
    for verb, day in (("return", {"returned_on": "2025-11-10"}), ("extend", {"due_on": "2025-12-01"})):
        assert problem(ask(office, loan, verb, **day)) == (409, "LOAN_STATE")
    done(lend(office, centre), 201)
    assert [event.action for event in audited(wiring, loan["id"])] == ["device_loan.lend", "device_loan.return"]


def test_a_loan_that_cannot_be_is_refused(make: Make, office: Client, mai: Volunteer) -> None:
    assert faults(lend(office, None)) == [("/volunteer_id", "FIELD_MISSING")]
    both = lend(office, mai, organization_id=str(make.organization().id))
    assert faults(both) == [("/volunteer_id", "FIELD_CONFLICT")]
    assert faults(lend(office, None, volunteer_id=NOBODY)) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert faults(lend(office, None, organization_id=NOBODY)) == [("/organization_id", "FIELD_REFERENCE")]
    assert faults(lend(office, mai, lent_on="2025-11-11")) == [("/lent_on", "FIELD_RANGE")]
    assert faults(lend(office, mai, due_on="2025-11-09")) == [("/due_on", "FIELD_CONFLICT")]
    loan = done(lend(office, mai), 201)
    assert faults(ask(office, loan, "extend", due_on="2025-11-09")) == [("/due_on", "FIELD_RANGE")]
    for day in ("2025-11-09", "2025-11-11"):
        assert faults(ask(office, loan, "return", returned_on=day)) == [("/returned_on", "FIELD_RANGE")]


def test_the_borrower_is_asked_once_for_each_day_it_was_due(
    make: Make, as_: As, office: Client, mai: Volunteer, wiring: Wiring, clock: SetClock
) -> None:
    centre = make.organization()
    clerk = as_(Role.REQUESTER, organization=centre)
    make.loan(volunteer_id=mai.id)
    make.loan(organization_id=centre.id)
    make.loan(volunteer_id=mai.id, returned_on=date(2025, 11, 9))
    make.loan(volunteer_id=make.volunteer().id, due_on=date(2025, 12, 1))
    assert remind_of_loans(wiring) == 0
    clock.forward(days=1)
    remind_of_loans(wiring)
    remind_of_loans(wiring)
    assert sorted(map(str, notices_of(wiring))) == sorted(
        map(str, [("loan_overdue", mai.id), ("loan_overdue", clerk.account.id)])
    )
    hers = next(one for one in done(office.get(LOANS, params={"overdue": True}))["items"] if one["volunteer_id"])
    done(ask(office, hers, "extend", due_on="2025-11-12"))
    clock.forward(days=1)
    remind_of_loans(wiring)
    assert len(notices_of(wiring)) == 2
    clock.forward(days=1)
    remind_of_loans(wiring)
    assert len(notices_of(wiring)) == 3


def test_a_sweep_that_comes_late_says_nothing(make: Make, mai: Volunteer, wiring: Wiring) -> None:
    """Between the look and the lock it was brought back, or is not due any more."""
    loans = [make.loan(volunteer_id=mai.id), make.loan(volunteer_id=mai.id, returned_on=date(2025, 11, 9))]
    with wiring.unit() as unit:
        for loan in loans:
            remind(unit, loan)
    assert notices_of(wiring) == []


def test_the_list_is_narrowed_and_paged(make: Make, office: Client, mai: Volunteer) -> None:
    late = make.loan(volunteer_id=mai.id, due_on=date(2025, 11, 9))
    back = make.loan(volunteer_id=mai.id, returned_on=date(2025, 11, 9))
    out = make.loan(volunteer_id=mai.id, due_on=date(2025, 11, 20))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(LOANS, params=asked))["items"]]

    assert ids() == [str(late.id), str(back.id), str(out.id)]
    assert ids(lent=True) == [str(late.id), str(out.id)]
    assert ids(lent=False) == [str(back.id)]
    assert ids(overdue=True) == [str(late.id)]
    cursor = done(office.get(LOANS, params={"limit": 2}))["next_cursor"]
    assert ids(limit=2, cursor=cursor) == [str(out.id)]
    assert done(office.get(f"{LOANS}/{late.id}"))["overdue"] is True
