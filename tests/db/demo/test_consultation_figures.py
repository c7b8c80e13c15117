"""The counts of domain.md §6, set 9, and the half-year report against a count by hand, on any day."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from models.account import Role
from models.class_report import ClassesBy
from models.consultation import Consultation, ConsultationIdentity
from models.consultation_report import ConsultationsBy
from models.referral import Referral
from services import figuring_classrooms, figuring_consultations, worklist
from services.actor import Actor
from services.paging import Ask
from services.unit import Unit


def as_admin(seen: Unit) -> Unit:
    return replace(seen, actor=Actor(None, frozenset({Role.ADMIN})))


def test_27_consultations_14_of_them_anonymous_nine_handed_on(seen: Unit) -> None:
    brought = seen.session.exec(select(Consultation)).all()

    assert (len(brought), sum(one.anonymous for one in brought)) == (27, 14)
    assert Counter(one.topics[0] for one in brought) == {
        "childcare": 7, "education": 6, "residence": 5, "work": 3, "housing": 3, "medical_access": 2, "other": 1,
    }  # fmt: skip
    assert len(seen.session.exec(select(Referral)).all()) == 9
    assert len(seen.session.exec(select(ConsultationIdentity)).all()) == 13
    assert all(seen.now - timedelta(days=45) < one.received_at < seen.now for one in brought)


def test_an_officer_finds_something_to_do(seen: Unit) -> None:
    officer = replace(seen, actor=Actor(None, frozenset({Role.CONSULTATION_OFFICER})))
    entries = worklist.list_work(officer, Ask(), None, urgent=None).items
    assert {entry.because.code for entry in entries} == {"consultation_new", "referral_silent"}


def test_the_report_on_consultations_is_a_count_by_hand(seen: Unit) -> None:
    """By hand: 615 minutes of talking, and ten for each of nine referrals."""
    asked = figuring_consultations.Asked(
        seen.today - timedelta(days=60), seen.today + timedelta(days=60), ConsultationsBy.TOPIC
    )
    report = figuring_consultations.report_consultations(as_admin(seen), asked)
    total = report.total
    assert [(group.key, group.consultations) for group in report.groups[:3]] == [
        ("childcare", 7), ("education", 6), ("residence", 5),
    ]  # fmt: skip
    assert (total.consultations, total.anonymous, total.named, total.urgent) == (27, 14, 13, 1)
    assert (total.referrals, total.consultations_referred, total.referrals_heard) == (9, 9, 5)
    assert (total.consultation_minutes, total.settled, total.unsettled) == (705, 16, 11)


def counted(seen: Unit, statement: str, **parameters: Any) -> dict[str, int]:
    rows = seen.session.connection().execute(sa.text(statement), parameters)
    return {str(key): count for key, count in rows}


def test_the_half_year_report_is_a_count_by_hand(seen: Unit) -> None:
    """By hand: of 8, 8 and 6 learners at the three sessions held, one was kept safe and three sent word."""
    since, until = seen.today - timedelta(days=60), seen.today + timedelta(days=60)
    asked = figuring_classrooms.Asked(since, until, ClassesBy.HALF_YEAR)
    report = figuring_classrooms.report_classrooms(as_admin(seen), asked)
    total = report.total
    assert (total.class_sessions, total.class_sessions_held, total.class_sessions_cancelled) == (9, 3, 1)
    assert (total.learners, total.waiting_learners, total.attendances, total.absences) == (42, 4, 18, 3)
    assert (total.attendance_share, total.tutors_present, total.learners_per_tutor) == (0.857, 8, 2.25)
    assert (total.level_moves, total.consultations, total.consultation_minutes) == (0, 3, 45)

    sessions = counted(seen, "SELECT status, count(*) FROM class_session GROUP BY status")
    marks = counted(seen, "SELECT status, count(*) FROM attendance GROUP BY status")
    assert total.class_sessions == sum(sessions.values())
    assert total.class_sessions_held == sessions["recorded"]
    assert total.attendances == marks["present"] + marks["late"]
    assert (total.absences, marks["kept_safe"]) == (marks["absent_notified"], 1)
    for name in ("class_sessions", "class_sessions_held", "attendances", "absences", "tutors_present", "consultations"):
        assert sum(getattr(group, name) for group in report.groups) == getattr(total, name), name


def test_by_classroom_and_by_language_the_same_learners_stand(seen: Unit) -> None:
    since, until = seen.today - timedelta(days=60), seen.today + timedelta(days=60)

    def learners(group_by: ClassesBy) -> dict[str, int | None]:
        asked = figuring_classrooms.Asked(since, until, group_by)
        report = figuring_classrooms.report_classrooms(as_admin(seen), asked)
        return {group.name: group.learners for group in report.groups}

    assert sorted(learners(ClassesBy.CLASSROOM).values(), key=int) == [6, 8, 8, 8, 12]  # type: ignore[arg-type]
    enrolled = counted(
        seen,
        "SELECT native_language, count(*) FROM learner JOIN enrollment ON enrollment.learner_id = learner.id "
        "WHERE enrollment.status = 'enrolled' GROUP BY native_language",
    )
    assert sorted(learners(ClassesBy.LANGUAGE).values(), key=int) == sorted(enrolled.values())  # type: ignore[arg-type]
