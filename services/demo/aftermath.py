"""What the demo's past activities came to, each verb by whoever would do it: interpreted and reported, or in vain."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.activity_report import Difficulty, FamilyServed, RequesterReport, VolunteerReport
from models.assignment import HOLDING, Assignment, AssignmentVerb, NoShow, Party
from models.client import RequestClient
from models.dispatch_request import RequestStatus
from models.fallback import Serving
from models.record import Notice, NoticeStatus
from models.shift import Shift
from services import no_shows, on_the_day, passing, reporting
from services.actor import SYSTEM
from services.demo.requests import REQUESTS, Asked
from services.demo.stage import Stage
from services.unit import Unit

EARLY = timedelta(minutes=10)
"""How long before the start people arrive."""
WAIT = timedelta(minutes=20)
"""How long an interpreter waits for a family that does not come."""
HOUR = timedelta(hours=1)


def conclude(stage: Stage) -> None:
    """End what lies in the past: interpreted and reported, or the family did not come."""
    for asked in REQUESTS:
        if asked.status is RequestStatus.COMPLETED:
            _interpret(stage, asked)
        elif asked.status is RequestStatus.CLIENT_NO_SHOW:
            _wait_in_vain(stage, asked)


def _interpret(stage: Stage, asked: Asked) -> None:
    """She arrives, interprets for the time that was planned, and both sides report."""
    assert asked.by is not None  # noqa: S101 - what was interpreted had its interpreter
    shift, stands = stage.unit.get(Shift, stage.shifts[asked.name]), _holder(stage, asked)
    times: dict[str, Any] = {"actual_start": shift.starts_at, "actual_end": shift.ends_at}
    on_the_day.check_in(stage.interpreter(asked.by, shift.starts_at - EARLY), stands, AssignmentVerb())
    hers = VolunteerReport(**times, difficulties=[Difficulty.WAITING])
    reporting.report_assignment(stage.interpreter(asked.by, shift.ends_at + HOUR), stands, hers)
    clerk = stage.clerk(asked, shift.ends_at + 2 * HOUR)
    request_id = stage.requests[asked.name]
    theirs = RequesterReport(**times, families=_families(clerk, request_id))
    reporting.report_request(clerk, request_id, theirs)


def _families(unit: Unit, request_id: UUID) -> list[FamilyServed]:
    numbers = unit.session.exec(select(RequestClient.n).where(RequestClient.request_id == request_id))
    return [FamilyServed(n=n, served=Serving.ON_SITE) for n in numbers]


def _wait_in_vain(stage: Stage, asked: Asked) -> None:
    """She comes and waits, and nobody else does."""
    assert asked.by is not None  # noqa: S101 - somebody waited
    shift, stands = stage.unit.get(Shift, stage.shifts[asked.name]), _holder(stage, asked)
    on_the_day.check_in(stage.interpreter(asked.by, shift.starts_at - EARLY), stands, AssignmentVerb())
    no_shows.report(stage.interpreter(asked.by, shift.starts_at + WAIT), stands, NoShow(party=Party.CLIENT))
    later = stage.acting(SYSTEM, shift.ends_at)
    passing.catch_up(later, later.lock(Shift, shift.id))


def _holder(stage: Stage, asked: Asked) -> UUID:
    statement = select(Assignment.id).where(
        Assignment.shift_id == stage.shifts[asked.name], col(Assignment.status).in_(sorted(HOLDING))
    )
    return stage.unit.session.exec(statement).one()


def send_nothing(unit: Unit) -> None:
    """Mark every notice as sent when it was written: nobody is mailed about what was played."""
    for notice in unit.session.exec(select(Notice).where(Notice.status == NoticeStatus.PENDING)):
        notice.status = NoticeStatus.SENT
        notice.sent_at = notice.created_at
