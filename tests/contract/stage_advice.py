"""What `stage.py` has of experts' advice, and of learners between schools and classrooms."""

from collections.abc import Mapping
from datetime import timedelta

from models.account import Role
from models.advisory_visit import VisitStatus
from models.learner import ConsentScope, Learner
from models.organization import FacilityKind, Organization
from services.unit import Unit
from tests.makers import advice, classes, people


def advised(unit: Unit, owner: Organization) -> Mapping[str, str]:
    """A classroom with a visit in each state that a verb wants, and a pupil whose school may be told."""
    room = classes.classroom(unit, owner=owner, for_children=False)
    visit = advice.visit(unit, room)
    later = unit.now + timedelta(days=20)
    consent = classes.consent(unit, classes.learner(unit, owner), ConsentScope.SHARE_WITH_SCHOOL)
    school = people.facility(unit, owner=owner, kind=FacilityKind.SCHOOL)
    deadline = advice.school_deadline(unit)
    rows = {
        "visit_id": visit,
        "finding_id": advice.finding(unit, visit, people.account(unit, Role.COORDINATOR)),
        "planned_visit": advice.visit(unit, room, VisitStatus.PLANNED, starts_at=later),
        "begun_visit": advice.visit(unit, room, VisitStatus.PLANNED, starts_at=unit.now),
        "settled_visit": advice.visit(unit, room),
        "school_id": school,
        "deadline_id": deadline,
        "target_id": advice.target(unit, unit.get(Learner, consent.learner_id)),
        "school_referral_id": advice.school_referral(unit, consent, room, school),
    }
    return {name: str(row.id) for name, row in rows.items()} | {
        "pupil_id": str(consent.learner_id),
        "school_year": "2029",
        "deadline_day": (deadline.due_on + timedelta(days=1)).isoformat(),
    }
