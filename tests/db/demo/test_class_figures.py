"""The counts of domain.md §6, set 6, hold on any day."""

from collections import Counter

from sqlmodel import col, select

from models.class_session import ClassSession
from models.classroom import Classroom
from models.enrollment import Enrollment
from models.learner import GuardianConsent, Learner
from models.shift import Demand, Shift
from services.unit import Unit


def test_five_classrooms_with_46_learners(seen: Unit) -> None:
    learners = seen.session.exec(select(Learner)).all()
    enrollments = Counter(seen.session.exec(select(Enrollment.status)))
    signed = set(seen.session.exec(select(GuardianConsent.learner_id)))

    assert Counter(seen.session.exec(select(Classroom.kind))) == {"community_class": 3, "support_class": 1, "online": 1}
    assert Counter(one.school_stage for one in learners) == {
        "elementary": 24, "junior_high": 11, "high_school_age": 5, "adult": 6,
    }  # fmt: skip
    assert Counter(one.native_language for one in learners) == {
        "id": 12, "zh": 10, "vi": 8, "ne": 5, "en": 4, "fa": 3, "ru": 2, "my": 2,
    }  # fmt: skip
    assert enrollments == {"enrolled": 42, "waitlisted": 4}
    assert sum(one.school_stage != "adult" and one.id not in signed for one in learners) == 2


def test_nine_sessions_one_cancelled_and_one_with_too_few_tutors(seen: Unit) -> None:
    statement = (
        select(ClassSession.status, Demand.taken, Classroom.min_tutors)
        .join(Classroom, col(Classroom.id) == ClassSession.classroom_id)
        .join(Shift, col(Shift.source_id) == ClassSession.id)
        .join(Demand, col(Demand.shift_id) == Shift.id)
    )
    sessions = seen.session.exec(statement).all()

    assert Counter(status for status, _, _ in sessions) == {"recorded": 3, "planned": 5, "cancelled": 1}
    assert sum(status == "planned" and taken < least for status, taken, least in sessions) == 1
