"""What an activity cost: claimed once, corrected while it is a draft, decided step by step, paid at the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus
from models.expense import ExpenseStatus
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.claims import AFTER, CLAIMS, FOLLOWING, claim, verb
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem
from tests.makers.work import VISIT
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
CALLED = "2025-11-21T09:00:00+09:00"


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
