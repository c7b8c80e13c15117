"""The trainings of the demo: three courses held, one to come that is full, with three people who wait (domain.md §6, set 8)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.competence import Certification
from models.course_path import CoursePath, CoursePathsDraft, Step
from models.fields import Channel, OnBehalf
from models.training import (
    AttendanceDraft,
    Attended,
    CourseCreate,
    EnrollmentCreate,
    EnrollmentVerb,
    SessionCreate,
    TrainingSession,
)
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from services import attending, course_paths, courses, enrolling, training_sessions, training_time
from services.actor import SYSTEM
from services.courses import in_force_on
from services.demo.stage import Stage
from services.paging import Ask

COURSES: tuple[dict[str, Any], ...] = (
    {
        "code": "basic",
        "title": "ボランティア基礎研修",
        "kind": "basic",
        "required_minutes": 360,
        "valid_months": 24,
        "grants": "basic",
    },
    {
        "code": "maternal_child",
        "title": "母子保健の通訳研修",
        "kind": "maternal_child",
        "required_minutes": 240,
        "valid_months": 24,
        "grants": "checkup",
        "prerequisites": [["basic"]],
    },
    {
        "code": "home_visit",
        "title": "家庭訪問の通訳研修",
        "kind": "home_visit",
        "required_minutes": 180,
        "valid_months": 24,
        "grants": "home_visit",
        "prerequisites": [["basic", "maternal_child"]],
    },
    {
        "code": "advanced",
        "title": "個別相談の通訳研修",
        "kind": "advanced",
        "required_minutes": 240,
        "pass_score": 60,
        "valid_months": 24,
        "grants": "advanced",
        "prerequisites": [["home_visit"]],
    },
    {
        "code": "child_safeguarding",
        "title": "子どもの安全研修",
        "kind": "child_safeguarding",
        "required_minutes": 120,
        "valid_months": 24,
        "grants": "child_safeguarding",
    },
)
LADDER: tuple[dict[str, Any], ...] = (
    {"courses": ["basic", "maternal_child"], "opens": ["infant_checkup"]},
    {"courses": ["home_visit"], "opens": ["newborn_home_visit"]},
    {"courses": ["advanced"], "opens": ["follow_up_exam", "individual_consultation"]},
)
"""How interpreters grow (domain.md §4.2)."""
HELD = (("basic", -36, 9, 9), ("maternal_child", -26, 9, 4), ("child_safeguarding", -16, 12, 12))
"""Code, business day, how many took part and how many of them completed it."""
COMING, SEATS, APPLICANTS = 9, 20, 23
EVENING, MORNING = time(18), time(10)
"""What is to come is held in the evening, when nobody of the demo interprets."""


def play(stage: Stage) -> None:
    """Enter the courses, hold three of them, and fill the one that is to come."""
    first = stage.office(stage.days.at(HELD[0][1] - 5, MORNING))
    ids = {one["code"]: courses.create_course(first, CourseCreate(**one)).id for one in COURSES}
    ladder = CoursePath(activity=ActivityKind.INTERPRETATION, steps=[Step(**one) for one in LADDER])
    course_paths.set_paths(first, CoursePathsDraft(items=[ladder]))
    lengths = {one["code"]: one["required_minutes"] for one in COURSES}
    for code, day, came, completed in HELD:
        people = _learners(stage, code)[:came]
        session_id = _announce(stage, ids[code], stage.days.at(day, MORNING), lengths[code], people)
        _hold(stage, session_id, lengths[code], completed)
    starts_at = datetime.combine(stage.days.day(COMING) + timedelta(days=1), EVENING, tzinfo=stage.unit.zone)
    people = _without_home_visit(stage, starts_at.date())
    _announce(stage, ids["home_visit"], starts_at, lengths["home_visit"], people)


def _announce(stage: Stage, course_id: UUID, starts_at: datetime, minutes: int, people: Sequence[UUID]) -> UUID:
    """Plan a session two weeks ahead, or today, open it, and write down who applies on paper."""
    opened = min(starts_at - timedelta(days=14), stage.unit.now)
    office = stage.office(opened)
    draft = SessionCreate(
        course_id=course_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        facility_id=stage.directory.facilities["office"],
        capacity=SEATS,
        auto_accept=True,
        trainer_id=stage.cast.staff["trainer"].account_id,
    )
    session = training_sessions.plan_session(office, draft)
    training_sessions.open_session(office, session.id)
    for volunteer_id in people:
        on_paper = OnBehalf(of=volunteer_id, channel=Channel.PAPER, at=opened)
        enrolling.enroll(office, session.id, EnrollmentCreate(volunteer_id=volunteer_id, on_behalf=on_paper))
    return session.id


def _hold(stage: Stage, session_id: UUID, minutes: int, completed: int) -> None:
    """Hold a session: the first so many stay to its end and complete it, the others leave at half time."""
    over = stage.unit.get(TrainingSession, session_id).ends_at + timedelta(minutes=30)
    trainer = stage.acting(stage.cast.staff["trainer"], over)
    rows = enrolling.list_of_session(trainer, Ask(limit=100), session_id).items
    whole = [n < completed for n in range(len(rows))]
    items = [
        Attended(enrollment_id=row.id, minutes=minutes if stays else minutes // 2)
        for row, stays in zip(rows, whole, strict=True)
    ]
    attending.record_attendance(trainer, session_id, AttendanceDraft(items=items))
    for row, stays in zip(rows, whole, strict=True):
        verb = attending.complete if stays else attending.mark_incomplete
        verb(trainer, row.id, EnrollmentVerb())
    product = stage.acting(SYSTEM, over)
    training_time.catch_up(product, product.lock(TrainingSession, session_id))


def _learners(stage: Stage, code: str) -> Sequence[UUID]:
    """Return newcomers, or for the safety of children those who work with them, in the order of their numbers."""
    people = select(Volunteer.id).order_by(col(Volunteer.volunteer_no))
    if code == "child_safeguarding":
        tutors = select(VolunteerActivity.volunteer_id).where(VolunteerActivity.kind == ActivityKind.STUDY_SUPPORT)
        people = people.where(col(Volunteer.id).in_(tutors), Volunteer.status == VolunteerStatus.ACTIVE)
    else:
        people = people.where(Volunteer.status == VolunteerStatus.IN_TRAINING)
    return stage.unit.session.exec(people).all()


def _without_home_visit(stage: Stage, day: date) -> Sequence[UUID]:
    """Return who has the certificates that the course presupposes and not yet, or no longer, the one it gives."""

    def holds(code: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(
            col(Certification.volunteer_id) == Volunteer.id, col(Certification.cert_code) == code, in_force_on(day)
        )

    registered = col(Volunteer.status).in_([VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE])
    people = select(Volunteer.id).where(registered, holds("basic"), holds("checkup"), ~holds("home_visit"))
    return stage.unit.session.exec(people.order_by(col(Volunteer.volunteer_no)).limit(APPLICANTS)).all()
