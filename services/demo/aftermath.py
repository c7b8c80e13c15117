"""What the demo's past activities came to. No service reaches these states yet, so the rows are written as they will be."""

from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, AssignmentStatus, Booking
from models.dispatch_request import DispatchRequest, RequestStatus
from models.record import Notice, NoticeStatus
from models.shift import Shift, ShiftStatus
from services.demo.requests import REQUESTS, Asked
from services.demo.stage import Stage
from services.filling import free_place
from services.unit import Unit

OVER = {
    RequestStatus.COMPLETED: (AssignmentStatus.COMPLETED, "complete"),
    RequestStatus.CLIENT_NO_SHOW: (AssignmentStatus.NO_SHOW, "no-show"),
}


def conclude(stage: Stage) -> None:
    """End what lies in the past: interpreted and reported, or the family did not come."""
    for asked in REQUESTS:
        if asked.status in OVER:
            _end(stage, asked)


def _end(stage: Stage, asked: Asked) -> None:
    shift = stage.unit.get(Shift, stage.shifts[asked.name])
    unit = stage.office(shift.ends_at)
    assignment = unit.session.exec(
        select(Assignment).where(Assignment.shift_id == shift.id, col(Assignment.status).in_(sorted(HOLDING)))
    ).one()
    assignment.status, verb = OVER[asked.status]
    assignment.ended_at = shift.ends_at
    if assignment.status is AssignmentStatus.NO_SHOW:
        _release(unit, assignment)
    shift.status = ShiftStatus.ENDED
    request = unit.get(DispatchRequest, stage.requests[asked.name])
    request.status = asked.status
    for row in (assignment, shift, request):
        row.touch(unit.now)
    unit.audit(f"assignment.{verb}", assignment, subject=assignment.volunteer_id)
    unit.audit(f"dispatch_request.{verb}", request)


def _release(unit: Unit, assignment: Assignment) -> None:
    """A no-show holds neither time nor place; `client` is the party that did not come."""
    assignment.end_reason = "client"
    booking = unit.session.exec(select(Booking).where(Booking.source_id == assignment.id)).one()
    booking.active = False
    free_place(unit, assignment.demand_id)


def send_nothing(unit: Unit) -> None:
    """Mark every notice as sent when it was written: nobody is mailed about what was played."""
    for notice in unit.session.exec(select(Notice).where(Notice.status == NoticeStatus.PENDING)):
        notice.status = NoticeStatus.SENT
        notice.sent_at = notice.created_at
