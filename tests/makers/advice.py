"""Visits of experts to classrooms and what they found, referrals between schools and classrooms."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.account import Account
from models.advisory_visit import AdvisoryFinding, AdvisoryVisit, FindingStatus, VisitStatus, VisitTopic
from models.classroom import Classroom
from models.learner import GuardianConsent
from models.organization import Facility
from models.school_referral import ReferralDirection, SchoolReferral
from services.unit import Unit


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
