"""Claims of what an activity cost, through HTTP."""

from datetime import timedelta
from typing import Any

import httpx2

from models.assignment import Assignment
from models.expense import ExpenseClaim, ExpenseStatus
from tests.conftest import Client
from tests.makers.work import VISIT

AFTER = VISIT + timedelta(days=1)
CLAIMS = "/v1/expense-claims"
FOLLOWING = {
    ExpenseStatus.DRAFT: {"submit"},
    ExpenseStatus.SUBMITTED: {"propose", "reject"},
    ExpenseStatus.PROPOSED: {"propose", "approve", "reject"},
    ExpenseStatus.APPROVED: {"reject", "pay"},
    ExpenseStatus.PAID: set(),
    ExpenseStatus.REJECTED: {"submit"},
}


def claim(caller: Client, assignment: Assignment, transport: int = 500, **over: Any) -> httpx2.Response:
    body = {"assignment_id": str(assignment.id), "transport_jpy": transport, **over}
    return caller.post(CLAIMS, json=body)


def verb(caller: Client, made: Any, name: str, **body: Any) -> httpx2.Response:
    claim_id = made.id if isinstance(made, ExpenseClaim) else made["id"]
    return caller.post(f"{CLAIMS}/{claim_id}/{name}", json=body)
