"""What activities cost, who may be paid, and what went wrong."""

from datetime import date
from typing import Any

from models.assignment import Assignment
from models.expense import ExpenseClaim, ExpenseStatus, HonorariumRate
from models.incident import Incident, IncidentKind, IncidentStatus
from models.residence_permission import PermissionResult, ResidencePermissionCheck
from models.shift import Shift
from models.volunteer import Volunteer
from services.unit import Unit


def expense_claim(
    unit: Unit, /, assignment: Assignment, status: ExpenseStatus = ExpenseStatus.DRAFT, **over: Any
) -> ExpenseClaim:
    """A claim of 500 yen for the bus and an honorarium of 2,300."""
    day = unit.local_day(unit.get(Shift, assignment.shift_id).starts_at)
    columns = {"transport_jpy": 500, "honorarium_jpy": 2300, "minutes": 60, "activity_on": day, **over}
    return unit.add(
        ExpenseClaim(
            assignment_id=assignment.id,
            volunteer_id=assignment.volunteer_id,
            status=status,
            **columns,
            **unit.stamp(),
        )
    )


def honorarium_rate(unit: Unit, /, **over: Any) -> HonorariumRate:
    """A rate for check-ups: 1,000 yen for the first hour and 300 for each half hour begun after it."""
    columns = {
        "service_type": "infant_checkup",
        "valid_from": date(2025, 4, 1),
        "base_jpy": 1000,
        "included_minutes": 60,
        "extra_jpy": 300,
        "per_minutes": 30,
        **over,
    }
    return unit.add(HonorariumRate(**columns, **unit.stamp()))


def incident(unit: Unit, /, text: str = "階段で転びました", **over: Any) -> Incident:
    """A slight accident, told and open."""
    columns = {"kind": IncidentKind.ACCIDENT, "severity": 1, "status": IncidentStatus.OPEN, **over}
    return unit.add(Incident(sealed=unit.vault.seal({"text": text}), **columns, **unit.stamp()))


def permission_check(
    unit: Unit,
    /,
    volunteer: Volunteer,
    result: PermissionResult,
    checked_on: date = date(2025, 11, 4),
    expires_on: date | None = None,
) -> ResidencePermissionCheck:
    """A look at somebody's work permission."""
    return unit.add(
        ResidencePermissionCheck(
            volunteer_id=volunteer.id,
            needed=result is not PermissionResult.NOT_NEEDED,
            checked_on=checked_on,
            expires_on=expires_on,
            result=result,
            **unit.stamp(),
        )
    )
