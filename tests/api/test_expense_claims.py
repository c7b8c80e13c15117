"""What an activity cost: claimed once, reckoned by the rate of its day, decided by somebody else, paid at the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.expense import ExpenseClaim, ExpenseStatus
from models.person import Person
from models.residence_permission import PermissionResult
from models.shift import Shift
from models.volunteer import Volunteer
from services import demo
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem, settle
from tests.makers.work import VISIT
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
AFTER = VISIT + timedelta(days=1)
CALLED = "2025-11-21T09:00:00+09:00"
CLAIMS = "/v1/expense-claims"


@pytest.fixture
def finished(make: Make, mai: Volunteer, clock: SetClock) -> Assignment:
    """A check-up of two hours that she has done, yesterday."""
    stands = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER
    return stands


def claim(caller: Client, assignment: Assignment, transport: int = 500, **over: Any) -> httpx2.Response:
    body = {"assignment_id": str(assignment.id), "transport_jpy": transport, **over}
    return caller.post(CLAIMS, json=body)


def verb(caller: Client, made: Any, name: str, **body: Any) -> httpx2.Response:
    claim_id = made.id if isinstance(made, ExpenseClaim) else made["id"]
    return caller.post(f"{CLAIMS}/{claim_id}/{name}", json=body)


def national_of(wiring: Wiring, volunteer: Volunteer, country: str) -> None:
    with wiring.unit() as unit:
        unit.get(Person, volunteer.person_id).nationality = country


def test_from_the_draft_to_the_payment(
    finished: Assignment, mai: Volunteer, as_: As, office: Client, admin: Client, wiring: Wiring
) -> None:
    she = as_(mai)
    made = done(claim(she, finished), 201)
    assert {name: made[name] for name in ("status", "transport_jpy", "honorarium_jpy", "total_jpy", "minutes")} == {
        "status": "draft",
        "transport_jpy": 500,
        "honorarium_jpy": 2300,
        "total_jpy": 2800,
        "minutes": 120,
    }
    assert (made["activity_on"], made["actions"], made["status_reason"]) == ("2025-11-20", ["submit"], None)

    submitted = done(verb(she, made, "submit"))
    assert (submitted["status"], submitted["actions"]) == ("submitted", [])
    assert done(office.get(f"{CLAIMS}/{made['id']}"))["actions"] == ["propose"]
    assert done(verb(office, made, "propose"))["status"] == "proposed"
    assert done(admin.get(f"{CLAIMS}/{made['id']}"))["actions"] == ["propose", "approve", "reject"]
    assert done(verb(admin, made, "approve"))["actions"] == ["reject", "pay"]
    paid = done(verb(admin, made, "pay"))

    assert (paid["status"], paid["total_jpy"], paid["version"]) == ("paid", 2800, 5)
    assert done(she.get(f"{CLAIMS}/{made['id']}"))["status"] == "paid"
    assert notices_of(wiring) == [("expense_paid", mai.id)]
    assert [event.action.partition(".")[2] for event in audited(wiring, made["id"])] == [
        "create",
        "submit",
        "propose",
        "approve",
        "pay",
    ]
    assert {event.subject_volunteer_id for event in audited(wiring, made["id"])} == {mai.id}


@pytest.mark.parametrize(
    ("minutes", "honorarium"), [(30, 1000), (60, 1000), (61, 1300), (90, 1300), (91, 1600), (180, 2200)]
)
def test_the_honorarium_follows_the_minutes(
    minutes: int, honorarium: int, make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    make.honorarium_rate()
    stands = make.assignment(make.shift_with_demand(minutes=minutes), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER

    made = done(claim(as_(mai), stands), 201)

    assert (made["minutes"], made["honorarium_jpy"]) == (minutes, honorarium)


def test_the_honorarium_rests_on_her_report_where_there_is_one(
    finished: Assignment, mai: Volunteer, as_: As, office: Client, admin: Client
) -> None:
    """A report that comes after the proposal changes what is to be approved."""
    she = as_(mai)
    made = done(claim(she, finished), 201)
    done(verb(she, made, "submit"))
    assert done(verb(office, made, "propose"))["minutes"] == 120
    times = {"actual_start": "2025-11-20T10:00:00+09:00", "actual_end": "2025-11-20T12:30:00+09:00"}
    done(settle(she, finished, "report", **times))

    assert problem(verb(admin, made, "approve")) == (409, "EXP_CHANGED")
    proposed = done(verb(office, made, "propose"))
    assert (proposed["minutes"], proposed["honorarium_jpy"]) == (150, 3400)
    assert done(verb(admin, made, "approve"))["status"] == "approved"


def test_the_rate_in_force_on_the_day_counts(make: Make, finished: Assignment, mai: Volunteer, as_: As) -> None:
    make.honorarium_rate(valid_from=date(2025, 10, 1), valid_to=date(2025, 11, 19), base_jpy=1)
    make.honorarium_rate(valid_from=date(2025, 11, 2), valid_to=date(2025, 11, 20), base_jpy=5000)
    make.honorarium_rate(valid_from=date(2025, 11, 21), base_jpy=2)
    make.honorarium_rate(service_type="newborn_home_visit", valid_from=date(2025, 11, 3), base_jpy=3)

    assert done(claim(as_(mai), finished), 201)["honorarium_jpy"] == 5600


def test_what_has_no_rate_is_done_for_nothing(make: Make, mai: Volunteer, as_: As, clock: SetClock) -> None:
    stands = make.assignment(make.shift_with_demand(service="school_support"), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER

    made = done(claim(as_(mai), stands), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (120, 0, 500)


def test_only_transport_is_paid_where_the_client_did_not_come(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = VISIT + timedelta(minutes=20)
    done(settle(as_(mai), stands, "no-show", party="client"))

    made = done(claim(as_(mai), stands, 420), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (0, 0, 420)


def test_only_transport_is_paid_where_the_institution_called_off_too_late(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    centre = make.organization()
    opened = make.shift_with_demand(owner=centre)
    stands = make.assignment(opened, mai)
    clock.now = VISIT - timedelta(hours=2)
    clerk = as_(Role.REQUESTER, organization=centre)
    said = clerk.post(f"/v1/dispatch-requests/{opened.request.id}/cancel", json={"reason": "都合により"})
    assert done(said)["late_cancel"] is True

    made = done(claim(as_(mai), stands, 420), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (0, 0, 420)


def test_nothing_is_paid_for_what_was_called_off_in_time_or_never_promised(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    centre = make.organization()
    clerk = as_(Role.REQUESTER, organization=centre)
    in_time, late = make.shift_with_demand(owner=centre), make.shift_with_demand(owner=centre, starts_at=AFTER)
    stands = make.assignment(in_time, mai)
    tentative = make.assignment(late, mai, AssignmentStatus.TENTATIVE)
    done(clerk.post(f"/v1/dispatch-requests/{in_time.request.id}/cancel", json={"reason": "都合により"}))
    clock.now = AFTER - timedelta(hours=2)
    done(clerk.post(f"/v1/dispatch-requests/{late.request.id}/cancel", json={"reason": "都合により"}))

    for one in (stands, tentative):
        assert problem(claim(as_(mai), one)) == (409, "ASG_STATE")


def test_nothing_is_paid_for_what_somebody_else_than_the_institution_ended(
    make: Make, mai: Volunteer, as_: As, office: Client
) -> None:
    stands = make.assignment(make.shift_with_demand(late_cancel=True), mai)
    done(settle(office, stands, "cancel", reason="別の方に替わる"))

    assert problem(claim(as_(mai), stands)) == (409, "ASG_STATE")


def test_an_event_that_was_called_off_pays_nothing(make: Make, mai: Volunteer, as_: As, wiring: Wiring) -> None:
    opened = make.shift_with_demand()
    stands = make.assignment(opened, mai, AssignmentStatus.CANCELLED, end_reason="cancelled", confirmed_at=VISIT)
    with wiring.unit() as unit:
        unit.get(Shift, opened.shift.id).source_type = "event"

    assert problem(claim(as_(mai), stands)) == (409, "ASG_STATE")


@pytest.mark.parametrize(
    ("status", "over"),
    [
        (AssignmentStatus.TENTATIVE, {}),
        (AssignmentStatus.CONFIRMED, {}),
        (AssignmentStatus.CHECKED_IN, {}),
        (AssignmentStatus.WITHDRAWN, {"end_reason": "illness"}),
        (AssignmentStatus.NO_SHOW, {"end_reason": "volunteer"}),
    ],
)
def test_nothing_is_paid_for_what_was_not_done(
    status: AssignmentStatus, over: dict[str, Any], make: Make, mai: Volunteer, as_: As
) -> None:
    stands = make.assignment(make.shift_with_demand(), mai, status, **over)

    said = claim(as_(mai), stands)

    assert problem(said) == (409, "ASG_STATE")
    assert said.json()["state"] == status


def test_an_assignment_is_claimed_for_once(finished: Assignment, mai: Volunteer, as_: As, office: Client) -> None:
    done(claim(as_(mai), finished), 201)

    assert faults(claim(as_(mai), finished)) == [("/assignment_id", "FIELD_DUPLICATE")]
    entered = claim(office, finished, on_behalf=by_phone(mai, CALLED))
    assert faults(entered) == [("/assignment_id", "FIELD_DUPLICATE")]


def test_staff_write_and_submit_what_she_says_on_the_phone(
    finished: Assignment, mai: Volunteer, office: Client, wiring: Wiring
) -> None:
    said = by_phone(mai, CALLED)

    assert problem(claim(office, finished)) == (403, "NOT_PERMITTED")
    made = done(claim(office, finished, on_behalf=said), 201)
    assert problem(verb(office, made, "submit")) == (403, "NOT_PERMITTED")
    path, version = f"{CLAIMS}/{made['id']}", {"If-Match": "*"}
    assert problem(office.patch(path, json={"transport_jpy": 1}, headers=version)) == (403, "NOT_PERMITTED")
    later = by_phone(mai, AFTER.isoformat())
    changed = done(office.patch(path, json={"transport_jpy": 640, "on_behalf": later}, headers=version))
    assert changed["total_jpy"] == 2940
    assert done(verb(office, made, "submit", on_behalf=later))["status"] == "submitted"
    assert {event.on_behalf["channel"] for event in audited(wiring, made["id"]) if event.on_behalf} == {"phone"}


def test_what_others_claim_does_not_exist_for_her(
    finished: Assignment, mai: Volunteer, make: Make, as_: As, office: Client
) -> None:
    rin = make.volunteer()
    made, other = done(claim(as_(mai), finished), 201), as_(rin)

    assert problem(claim(other, finished)) == (404, "NOT_FOUND")
    assert problem(other.get(f"{CLAIMS}/{made['id']}")) == (404, "NOT_FOUND")
    assert problem(verb(other, made, "submit")) == (404, "NOT_FOUND")
    assert done(other.get(CLAIMS))["items"] == []
    assert [one["id"] for one in done(as_(mai).get(CLAIMS))["items"]] == [made["id"]]
    assert [one["id"] for one in done(office.get(CLAIMS))["items"]] == [made["id"]]


def test_the_transport_is_corrected_while_it_is_a_draft(finished: Assignment, mai: Volunteer, as_: As) -> None:
    she = as_(mai)
    said = claim(she, finished)
    path = f"{CLAIMS}/{done(said, 201)['id']}"

    assert problem(she.patch(path, json={"transport_jpy": 1})) == (428, "PRECONDITION_REQUIRED")
    assert problem(she.patch(path, json={"transport_jpy": 1}, headers={"If-Match": '"old"'})) == (412, "VERSION")
    for amount in (-1, 100_001, 1.5, "5", None):
        refused = she.patch(path, json={"transport_jpy": amount}, headers={"If-Match": "*"})
        assert faults(refused)[0][0] == "/transport_jpy"
    changed = she.patch(path, json={"transport_jpy": 640}, headers={"If-Match": said.headers["etag"]})
    assert (done(changed)["transport_jpy"], done(changed)["version"]) == (640, 2)

    done(she.post(f"{path}/submit", json={}))
    late = she.patch(path, json={"transport_jpy": 1}, headers={"If-Match": "*"})
    assert problem(late) == (409, "EXP_STATE")
    assert (late.json()["state"], late.json()["allowed"]) == ("submitted", ["propose", "reject"])


FOLLOWING = {
    ExpenseStatus.DRAFT: {"submit"},
    ExpenseStatus.SUBMITTED: {"propose", "reject"},
    ExpenseStatus.PROPOSED: {"propose", "approve", "reject"},
    ExpenseStatus.APPROVED: {"reject", "pay"},
    ExpenseStatus.PAID: set(),
    ExpenseStatus.REJECTED: {"submit"},
}


@pytest.mark.parametrize("status", ExpenseStatus)
def test_each_verb_has_its_states(
    status: ExpenseStatus, make: Make, finished: Assignment, mai: Volunteer, as_: As, admin: Client
) -> None:
    made = make.expense_claim(finished, status, minutes=120)
    callers = {"submit": as_(mai), "propose": admin, "approve": admin, "reject": admin, "pay": admin}

    for name in callers.keys() - FOLLOWING[status]:
        body = {"reason": "重複"} if name == "reject" else {}
        said = verb(callers[name], made, name, **body)
        assert problem(said) == (409, "EXP_STATE"), name
        assert set(said.json()["allowed"]) == FOLLOWING[status]


def test_a_claim_is_rejected_with_a_reason_that_she_reads(
    finished: Assignment, make: Make, mai: Volunteer, as_: As, admin: Client, wiring: Wiring
) -> None:
    made = make.expense_claim(finished, ExpenseStatus.SUBMITTED)

    assert faults(verb(admin, made, "reject")) == [("/reason", "FIELD_MISSING")]
    assert faults(verb(admin, made, "reject", reason="076-000-1234へ")) == [("/reason", "REQ_FREE_TEXT_PII")]
    said = done(verb(admin, made, "reject", reason="定期券の区間です"))

    assert (said["status"], said["status_reason"], said["actions"]) == ("rejected", "定期券の区間です", ["submit"])
    assert done(as_(mai).get(f"{CLAIMS}/{made.id}"))["status_reason"] == "定期券の区間です"
    assert notices_of(wiring) == [("expense_rejected", mai.id)]


def test_what_was_rejected_is_corrected_and_handed_in_again(
    finished: Assignment, make: Make, mai: Volunteer, as_: As, admin: Client
) -> None:
    made = make.expense_claim(finished, ExpenseStatus.SUBMITTED, transport_jpy=900)
    done(verb(admin, made, "reject", reason="定期券の区間です"))
    she, path = as_(mai), f"{CLAIMS}/{made.id}"

    assert done(she.get(path))["actions"] == ["submit"]
    done(she.patch(path, json={"transport_jpy": 240}, headers={"If-Match": "*"}))
    again = done(she.post(f"{path}/submit"))

    assert (again["status"], again["status_reason"], again["transport_jpy"]) == ("submitted", None, 240)


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


def test_a_list_is_narrowed_and_paged(make: Make, office: Client, mai: Volunteer) -> None:
    rin = make.volunteer()
    days = (VISIT, VISIT + timedelta(days=1), VISIT + timedelta(days=4))
    hers = [
        make.expense_claim(
            make.assignment(make.shift_with_demand(starts_at=day), mai, AssignmentStatus.COMPLETED), status
        )
        for day, status in zip(days, (ExpenseStatus.DRAFT, ExpenseStatus.PAID, ExpenseStatus.PAID), strict=True)
    ]
    other = make.expense_claim(make.assignment(make.shift_with_demand(), rin, AssignmentStatus.COMPLETED))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(CLAIMS, params=asked))["items"]]

    newest_first = [str(one.id) for one in (other, *reversed(hers))]
    assert ids() == newest_first
    assert ids(status="paid") == [str(hers[2].id), str(hers[1].id)]
    assert ids(volunteer_id=str(rin.id)) == [str(other.id)]
    assert ids(**{"from": "2025-11-21", "to": "2025-11-24"}) == [str(hers[2].id), str(hers[1].id)]
    assert ids(**{"from": "2025-11-22"}) == [str(hers[2].id)]
    assert ids(to="2025-11-20") == [str(other.id), str(hers[0].id)]

    first = office.get(CLAIMS, params={"limit": 3})
    cursor = done(first)["next_cursor"]
    assert [one["id"] for one in done(first)["items"]] == newest_first[:3]
    assert ids(limit=3, cursor=cursor) == newest_first[3:]
    assert office.get(CLAIMS, params={"status": "paid", "cursor": cursor}).status_code == 422


def test_a_list_asks_as_much_for_many_as_for_one(make: Make, office: Client, mai: Volunteer, queries: Queries) -> None:
    def seen() -> int:
        with queries() as statements:
            done(office.get(CLAIMS))
        return len(statements)

    def add(days: int) -> None:
        opened = make.shift_with_demand(starts_at=VISIT + timedelta(days=days))
        make.expense_claim(make.assignment(opened, mai, AssignmentStatus.COMPLETED), ExpenseStatus.SUBMITTED)

    add(0)
    one = seen()
    for days in (1, 2, 3):
        add(days)
    assert seen() == one


def test_a_retry_under_its_key_claims_once(finished: Assignment, mai: Volunteer, as_: As) -> None:
    she = as_(mai)
    body = {"assignment_id": str(finished.id)}
    first, again = (she.post(CLAIMS, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.headers["location"] == f"{CLAIMS}/{first.json()['id']}"
    assert first.json()["transport_jpy"] == 0


def test_an_old_version_is_refused(make: Make, finished: Assignment, admin: Client) -> None:
    made = make.expense_claim(finished, ExpenseStatus.APPROVED)
    said = admin.post(f"{CLAIMS}/{made.id}/pay", json={}, headers={"If-Match": '"old"'})
    assert problem(said) == (412, "VERSION")


def test_the_demo_has_a_claim_that_is_paid_and_one_that_waits(wiring: Wiring) -> None:
    with wiring.unit() as unit:
        demo.load(unit)
        claims = unit.session.exec(select(ExpenseClaim).order_by(col(ExpenseClaim.transport_jpy))).all()
        assert [(one.status, one.transport_jpy, one.honorarium_jpy) for one in claims] == [
            (ExpenseStatus.SUBMITTED, 420, 2300),
            (ExpenseStatus.PAID, 640, 2300),
        ]
