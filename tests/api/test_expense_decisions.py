"""Who decides on a claim, that it is not the claimant, and what stands in the way of an honorarium."""

from datetime import date, timedelta

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.expense import ExpenseStatus
from models.person import Person
from models.residence_permission import PermissionResult
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.claims import AFTER, CLAIMS, FOLLOWING, claim, verb
from tests.makers.doors import done, problem, settle
from tests.makers.work import VISIT


def national_of(wiring: Wiring, volunteer: Volunteer, country: str) -> None:
    with wiring.unit() as unit:
        unit.get(Person, volunteer.person_id).nationality = country


@pytest.mark.parametrize("roles", [(Role.ADMIN, Role.VOLUNTEER), (Role.ADMIN,)])
@pytest.mark.parametrize("status", [ExpenseStatus.SUBMITTED, ExpenseStatus.PROPOSED, ExpenseStatus.APPROVED])
def test_who_decides_may_not_be_the_claimant(
    roles: tuple[Role, ...], status: ExpenseStatus, make: Make, finished: Assignment, mai: Volunteer, as_: As
) -> None:
    """Whichever roles her account has: it is the person that counts."""
    with make.wiring.unit(write=False) as unit:
        her = as_(make.account(*roles, person=unit.get(Person, mai.person_id)))
    made = make.expense_claim(finished, status)

    for name in FOLLOWING[status]:
        body = {"reason": "重複"} if name == "reject" else {}
        assert problem(verb(her, made, name, **body)) == (403, "EXP_SELF"), name
    assert done(her.get(f"{CLAIMS}/{made.id}"))["actions"] == []


def test_a_coordinator_who_interprets_has_her_claim_proposed_by_another(
    make: Make, finished: Assignment, mai: Volunteer, as_: As, office: Client
) -> None:
    with make.wiring.unit(write=False) as unit:
        person = unit.get(Person, mai.person_id)
    her = as_(make.account(Role.COORDINATOR, Role.VOLUNTEER, person=person))
    made = done(claim(her, finished), 201)
    assert made["actions"] == ["submit"]
    done(verb(her, made, "submit"))

    assert problem(verb(her, made, "propose")) == (403, "EXP_SELF")
    assert done(verb(office, made, "propose"))["status"] == "proposed"


def test_coordinators_propose_and_administrators_decide(
    make: Make, finished: Assignment, mai: Volunteer, office: Client, as_: As
) -> None:
    made = make.expense_claim(finished, ExpenseStatus.PROPOSED)
    for caller in (office, as_(mai)):
        for name, body in (("approve", {}), ("reject", {"reason": "重複"}), ("pay", {})):
            assert problem(verb(caller, made, name, **body)) == (403, "NOT_PERMITTED")
    assert problem(verb(as_(mai), made, "propose")) == (403, "NOT_PERMITTED")


OK, NOT_NEEDED, NEEDED = PermissionResult.OK, PermissionResult.NOT_NEEDED, PermissionResult.NEEDS_PERMISSION
DAY = VISIT.date()
EARLIER, NOW = date(2025, 10, 1), date(2025, 11, 7)


@pytest.mark.parametrize(
    ("country", "looks", "unclear"),
    [
        (None, [], False),
        ("JP", [], False),
        ("VN", [], True),
        ("VN", [(OK, NOW, None)], False),
        ("VN", [(NOT_NEEDED, NOW, None)], False),
        ("VN", [(OK, NOW, DAY)], False),
        ("VN", [(OK, NOW, DAY - timedelta(days=1))], True),
        ("VN", [(OK, EARLIER, DAY), (NEEDED, NOW, None)], True),
        ("VN", [(NEEDED, NOW, None), (OK, NOW, None)], False),
        ("VN", [(OK, NOW, None), (NEEDED, EARLIER, None)], False),
        (None, [(NEEDED, NOW, None)], True),
        ("JP", [(NEEDED, NOW, None)], True),
        (None, [(OK, EARLIER, EARLIER)], False),
    ],
)
def test_no_honorarium_while_the_work_permission_is_unclear(  # noqa: PLR0913, PLR0917 - fixtures
    country: str | None,
    looks: list[tuple[PermissionResult, date, date | None]],
    unclear: bool,  # noqa: FBT001 - a parameter
    make: Make,
    finished: Assignment,
    mai: Volunteer,
    admin: Client,
) -> None:
    if country:
        national_of(make.wiring, mai, country)
    for look in looks:
        make.permission_check(mai, *look)
    made = make.expense_claim(finished, ExpenseStatus.SUBMITTED)

    if unclear:
        assert problem(verb(admin, made, "propose")) == (409, "EXP_PERMIT")
    else:
        done(verb(admin, made, "propose"))
        done(verb(admin, made, "approve"))


def test_a_permission_that_becomes_unclear_stops_the_approval(
    make: Make, finished: Assignment, mai: Volunteer, admin: Client
) -> None:
    made = make.expense_claim(finished, ExpenseStatus.PROPOSED, minutes=120)
    make.permission_check(mai, NEEDED)
    assert problem(verb(admin, made, "approve")) == (409, "EXP_PERMIT")
    make.permission_check(mai, OK, checked_on=NOW)
    assert done(verb(admin, made, "approve"))["status"] == "approved"


def test_transport_alone_asks_for_no_permission(make: Make, mai: Volunteer, clock: SetClock, admin: Client) -> None:
    missed = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.NO_SHOW, end_reason="client")
    clock.now = AFTER
    national_of(make.wiring, mai, "VN")
    made = make.expense_claim(missed, ExpenseStatus.SUBMITTED)

    assert done(verb(admin, made, "propose"))["honorarium_jpy"] == 0
    assert done(verb(admin, made, "approve"))["status"] == "approved"


def test_what_is_approved_is_what_was_proposed(make: Make, finished: Assignment, office: Client, admin: Client) -> None:
    made = make.expense_claim(finished, ExpenseStatus.SUBMITTED)
    assert done(verb(office, made, "propose"))["minutes"] == 120
    done(settle(office, finished, "no-show", party="client"))

    assert problem(verb(admin, made, "approve")) == (409, "EXP_CHANGED")
    proposed = done(verb(office, made, "propose"))
    assert (proposed["status"], proposed["minutes"], proposed["honorarium_jpy"]) == ("proposed", 0, 0)
    assert done(verb(admin, made, "approve"))["total_jpy"] == 500


def test_what_turns_out_not_to_be_payable_is_rejected_only(
    make: Make, finished: Assignment, office: Client, admin: Client
) -> None:
    made = make.expense_claim(finished, ExpenseStatus.SUBMITTED)
    done(settle(office, finished, "no-show", party="volunteer"))

    assert problem(verb(office, made, "propose")) == (409, "ASG_STATE")
    assert done(verb(admin, made, "reject", reason="活動がありませんでした"))["status"] == "rejected"
