"""What an activity is worth: whether it is paid for, the minutes it rests on, the rate in force that day (domain.md §7)."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import col, select

from models.activity_report import ActivityReport
from models.assignment import CALLED_OFF, Assignment, AssignmentStatus, Party
from models.expense import HonorariumRate
from models.lecture import LectureEngagement
from models.service_type import ServiceType
from models.shift import Shift
from services import states
from services.errors import WrongState
from services.filling import request_of
from services.queries import LECTURE_SOURCE
from services.unit import Unit


@dataclass(frozen=True)
class Worth:
    """Minutes worked and the honorarium for them in yen; both none where only transport is paid."""

    minutes: int
    honorarium_jpy: int


NO_WORK = Worth(0, 0)


def reckon(unit: Unit, assignment: Assignment, shift: Shift) -> Worth:
    """Return what an assignment is worth as things stand.

    Done, it earns the honorarium of the day. Where the client did not come or the institution called off too late,
    only transport is paid. Raises `WrongState` (`ASG_STATE`) where nothing is paid at all.
    """
    if assignment.status is AssignmentStatus.COMPLETED:
        minutes = worked(unit, assignment, shift)
        return Worth(minutes, _honorarium(unit, shift, minutes))
    if _ended_payable(unit, assignment, shift):
        return NO_WORK
    raise WrongState(code="ASG_STATE", state=assignment.status, allowed=states.ASSIGNMENT.verbs(assignment.status))


def _ended_payable(unit: Unit, assignment: Assignment, shift: Shift) -> bool:
    if assignment.status is AssignmentStatus.NO_SHOW:
        return assignment.end_reason == Party.CLIENT
    request = request_of(unit, shift)
    called_off = assignment.status is AssignmentStatus.CANCELLED and assignment.end_reason == CALLED_OFF
    promised = assignment.confirmed_at is not None
    return called_off and promised and request is not None and request.late_cancel


def worked(unit: Unit, assignment: Assignment, shift: Shift) -> int:
    """Return the minutes worked: by the volunteer's report, or the length of the shift where there is none."""
    reported = unit.session.exec(
        select(ActivityReport.minutes).where(ActivityReport.assignment_id == assignment.id)
    ).one_or_none()
    return int((shift.ends_at - shift.starts_at).total_seconds()) // 60 if reported is None else reported


def _honorarium(unit: Unit, shift: Shift, minutes: int) -> int:
    if shift.source_type == LECTURE_SOURCE:  # agreed on when it was accepted
        return unit.get(LectureEngagement, shift.source_id).honorarium_jpy
    rate = _rate(unit, shift, unit.local_day(shift.starts_at))
    return rate.amount(minutes) if rate is not None else 0


def _rate(unit: Unit, shift: Shift, day: date) -> HonorariumRate | None:
    """Return the rate of the shift's kind of service on the day; what has no rate is done for nothing."""
    service = select(ServiceType.code).where(ServiceType.id == shift.service_type_id).scalar_subquery()
    rates = select(HonorariumRate).where(
        HonorariumRate.service_type == service,
        col(HonorariumRate.valid_from) <= day,
        sa.or_(col(HonorariumRate.valid_to).is_(None), col(HonorariumRate.valid_to) >= day),
    )
    return unit.session.exec(rates.order_by(col(HonorariumRate.valid_from).desc())).first()
