"""What the demo's past activities cost: one claim is paid, another waits for the coordinator's proposal."""

from datetime import time
from uuid import UUID

from sqlmodel import select

from models.assignment import Assignment, AssignmentStatus
from models.expense import ExpenseCreate, ExpenseVerb
from services import expenses
from services.demo.requests import REQUESTS
from services.demo.stage import Stage

PAID, WAITING = "izumino-4", "motomachi-3"
"""The requests whose interpreters have claimed, by name."""
NEXT_DAY = {asked.name: asked.day + 1 for asked in REQUESTS}


def claim(stage: Stage) -> None:
    """Two interpreters claim on the business day after; the office settles the first one on that day."""
    office_day = stage.days.at(NEXT_DAY[PAID], time(15))
    claim_id = _submit(stage, PAID, 640)
    expenses.propose(stage.office(office_day), claim_id)
    admin = stage.acting(stage.cast.staff["admin"], office_day)
    expenses.approve(admin, claim_id)
    expenses.pay(admin, claim_id)
    _submit(stage, WAITING, 420)


def _submit(stage: Stage, name: str, transport_jpy: int) -> UUID:
    done = stage.unit.session.exec(
        select(Assignment).where(
            Assignment.shift_id == stage.shifts[name], Assignment.status == AssignmentStatus.COMPLETED
        )
    ).one()
    at = stage.days.at(NEXT_DAY[name], time(14))
    she = stage.acting(stage.cast.volunteers[done.volunteer_id], at)
    made = expenses.create(she, ExpenseCreate(assignment_id=done.id, transport_jpy=transport_jpy))
    expenses.submit(she, made.id, ExpenseVerb())
    return made.id
