"""Visits of experts to classrooms and what they found, referrals to schools, and ways to them."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx2
from starlette.testclient import TestClient

from models.account import Account
from models.advisory_visit import AdvisoryFinding, AdvisoryVisit, FindingStatus, VisitStatus, VisitTopic
from models.classroom import Classroom
from models.learner import GuardianConsent, Learner
from models.organization import Facility
from models.school_referral import ReferralDirection, SchoolReferral
from models.schooling import DeadlineCode, LearnerTarget, SchoolDeadline, TargetGoal, TargetStatus
from models.volunteer import Volunteer
from services.unit import Unit
from tests.makers.people import nth, volunteer

VISITS: Final = "/v1/advisory-visits"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
SATURDAY: Final = {"starts_at": "2025-11-15T10:00:00+09:00", "ends_at": "2025-11-15T11:30:00+09:00"}
PAST: Final = {"starts_at": "2025-11-08T10:00:00+09:00", "ends_at": "2025-11-08T11:30:00+09:00"}


def expert(unit: Unit, /, **over: Any) -> Volunteer:
    """Somebody of the register who may be sent to a classroom of children."""
    return volunteer(unit, **{"child_contact_ok": True, "cleared": True, **over})


def visit(unit: Unit, /, room: Classroom, status: VisitStatus = VisitStatus.HELD, **over: Any) -> AdvisoryVisit:
    """A guest's visit on the Saturday before the clock of the tests, for an hour."""
    starts_at: datetime = over.pop("starts_at", unit.now - timedelta(days=2))
    columns = {
        "expert_name": "架空 教授",
        "topics": [VisitTopic.TEACHING],
        "ends_at": starts_at + timedelta(hours=1),
        "cancel_reason": "大雪" if status is VisitStatus.CANCELLED else None,
        **over,
    }
    return unit.add(AdvisoryVisit(classroom_id=room.id, starts_at=starts_at, status=status, **columns, **unit.stamp()))


def finding(unit: Unit, /, visit: AdvisoryVisit, owner: Account, **over: Any) -> AdvisoryFinding:
    """Something to be done by the end of the month."""
    columns = {"text": "教材を絵で示す", "due_on": date(2025, 11, 28), "status": FindingStatus.OPEN, **over}
    return unit.add(AdvisoryFinding(visit_id=visit.id, owner_id=owner.id, **columns, **unit.stamp()))


def school_referral(
    unit: Unit, /, consent: GuardianConsent, room: Classroom, school: Facility, **over: Any
) -> SchoolReferral:
    """A learner sent from a school to a classroom, of whom nothing is heard yet."""
    learner_id: UUID = consent.learner_id
    columns = {"direction": ReferralDirection.FROM_SCHOOL, "sent_at": unit.now - timedelta(days=3), **over}
    return unit.add(
        SchoolReferral(
            learner_id=learner_id,
            classroom_id=room.id,
            school_id=school.id,
            consent_id=consent.id,
            **columns,
            **unit.stamp(),
        )
    )


def school_deadline(unit: Unit, /, **over: Any) -> SchoolDeadline:
    """The day of an entrance examination in March, of another year each time."""
    year = over.pop("fiscal_year", 2030 + nth(unit) % 60)  # a year that clients can write
    columns = {
        "fiscal_year": year,
        "goal": TargetGoal.HIGH_SCHOOL_ENTRANCE,
        "code": DeadlineCode.ENTRANCE_EXAM,
        "due_on": date(year + 1, 3, 10),
        **over,
    }
    return unit.add(SchoolDeadline(**columns, **unit.stamp()))


def target(unit: Unit, /, learner: Learner, **over: Any) -> LearnerTarget:
    """A learner who aims at high school this year."""
    columns = {"fiscal_year": 2025, "goal": TargetGoal.HIGH_SCHOOL_ENTRANCE, "status": TargetStatus.AIMED_AT, **over}
    return unit.add(LearnerTarget(learner_id=learner.id, **columns, **unit.stamp()))


def plan_visit(caller: TestClient, room: Classroom, **over: Any) -> httpx2.Response:
    body = {"classroom_id": str(room.id), "topics": ["teaching"], **SATURDAY, **over}
    return caller.post(VISITS, json=body if "volunteer_id" in over else {"expert_name": "架空 教授", **body})


def on_visit(caller: TestClient, visit: Any, verb: str, **body: Any) -> httpx2.Response:
    return caller.post(f"{VISITS}/{visit}/{verb}", json=body)


def change_visit(caller: TestClient, path: str, **body: Any) -> httpx2.Response:
    return caller.patch(f"{VISITS}/{path}", json=body, headers={"If-Match": "*"})


def note_finding(caller: TestClient, visit: Any, owner: Account, **over: Any) -> httpx2.Response:
    body = {"text": "教材を絵で示す", "owner_id": str(owner.id), "due_on": "2025-11-28", **over}
    return caller.post(f"{VISITS}/{visit}/findings", json=body)
