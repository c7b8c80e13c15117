"""Every count of domain.md §6, sets 1 to 5, holds on any day."""

from collections import Counter
from datetime import timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.competence import Certification, ConfidentialityPledge, InsuranceCoverage, VolunteerLanguage
from models.dispatch_request import DispatchRequest
from models.office import CheckupSession, CheckupStatus
from models.organization import Facility
from models.person import Person
from models.service_type import ServiceType
from models.training import TrainingCourse, TrainingEnrollment, TrainingSession
from models.volunteer import Volunteer, VolunteerActivity, VolunteerStatus
from services.unit import Unit

BANDS = ((18, 22, 36), (23, 39, 28), (40, 59, 46), (60, 69, 32), (70, 120, 19))
REGISTERED = (VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE)


def _registered(unit: Unit) -> dict[Any, Volunteer]:
    rows = unit.session.exec(select(Volunteer).where(col(Volunteer.status).in_(REGISTERED)))
    return {row.id: row for row in rows}


def _interpreters(unit: Unit) -> set[Any]:
    return set(unit.session.exec(select(VolunteerLanguage.volunteer_id)))


def test_volunteers_stand_as_counted(seen: Unit) -> None:
    statuses = Counter(seen.session.exec(select(Volunteer.status)))

    assert statuses == {
        "active": 149, "on_leave": 12, "applied": 7, "screening": 4, "in_training": 9, "suspended": 2,
        "expired": 11, "withdrawn": 18, "anonymized": 3,
    }  # fmt: skip


def test_registered_volunteers_do_what_is_counted(seen: Unit) -> None:
    registered = _registered(seen)
    kinds = Counter(row.kind for row in seen.session.exec(select(VolunteerActivity)) if row.volunteer_id in registered)

    assert kinds == {
        "interpretation": 52, "japanese_tutoring": 61, "study_support": 30, "key_person": 10, "event": 8,
        "home_visit_host": 5,  # tutors, who do this beside it
        "lecture": 2, "reading_aloud": 1,
    }  # fmt: skip
    universities = Counter(row.affiliation_id for row in registered.values() if row.is_student)
    assert sorted(universities.values()) == [6, 10, 14]


def test_registered_volunteers_live_and_are_aged_as_counted(seen: Unit) -> None:
    people = {row.person_id for row in _registered(seen).values()}
    persons = [row for row in seen.session.exec(select(Person)) if row.id in people]
    ages = [relativedelta(seen.today, row.birth_date).years for row in persons if row.birth_date]

    assert Counter(row.district_code for row in persons) == {
        "east": 38, "west": 26, "south_suburb": 22, "south": 20, "port": 16, "station_west": 12, "central": 9,
        "mountain": 8, "north_suburb": 7, "north": 3,
    }  # fmt: skip
    assert len(ages) == 161
    assert [sum(first <= age <= last for age in ages) for first, last, _ in BANDS] == [number for *_, number in BANDS]


def test_interpreters_speak_what_is_counted(seen: Unit) -> None:
    tags = Counter(seen.session.exec(select(VolunteerLanguage.tag)))

    assert tags.pop("ja") == 52
    assert tags.total() == 62
    assert tags == {
        "en": 24, "cmn": 14, "vi": 4, "ko": 4, "id": 3, "ne": 2, "pt-BR": 2, "ru": 2, "fr": 2, "fil": 2,
        "my": 1, "th": 1, "es": 1,
    }  # fmt: skip


def test_certificates_are_as_counted(seen: Unit) -> None:
    certificates = seen.session.exec(select(Certification)).all()
    ends = [row.expires_on for row in certificates if row.cert_code == "home_visit" and row.expires_on]
    soon = seen.today + timedelta(days=60)

    assert Counter(row.cert_code for row in certificates if row.enrollment_id is None) == {
        "checkup": 38, "home_visit": 17, "advanced": 9, "basic": 38, "school": 6,
    }  # fmt: skip
    assert Counter(row.cert_code for row in certificates if row.enrollment_id) == {
        "basic": 9, "checkup": 4, "child_safeguarding": 12,
    }  # fmt: skip
    assert sum(day < seen.today for day in ends) == 3
    assert sum(seen.today <= day <= soon for day in ends) == 2
    assert all(row.expires_on and row.expires_on > soon for row in certificates if row.cert_code != "home_visit")


def test_trainings_are_as_counted(seen: Unit) -> None:
    sessions = seen.session.exec(select(TrainingSession).order_by(col(TrainingSession.starts_at))).all()
    codes = {row.id: row.code for row in seen.session.exec(select(TrainingCourse))}
    assert [(codes[row.course_id], row.status, row.taken) for row in sessions] == [
        ("basic", "held", 9), ("maternal_child", "held", 9), ("child_safeguarding", "held", 12), ("home_visit", "full", 20),
    ]  # fmt: skip
    assert sessions[-1].starts_at > seen.now
    assert Counter(seen.session.exec(select(TrainingEnrollment.status))) == {
        "completed": 25, "incomplete": 5, "accepted": 20, "waitlisted": 3,
    }  # fmt: skip


def test_papers_are_missing_as_counted(seen: Unit) -> None:
    insured = seen.session.exec(
        select(InsuranceCoverage.volunteer_id).where(
            InsuranceCoverage.starts_on <= seen.today, InsuranceCoverage.ends_on >= seen.today
        )
    )
    current = seen.session.exec(
        select(ConfidentialityPledge.volunteer_id).where(
            ConfidentialityPledge.version_code == seen.rules.pledge_version
        )
    )
    registered = _registered(seen).keys()
    without_insurance, without_pledge = registered - set(insured), registered - set(current)

    assert (len(without_insurance), len(without_pledge)) == (4, 3)
    assert without_insurance | without_pledge <= _interpreters(seen)


def test_places_are_as_counted(seen: Unit) -> None:
    assert Counter(seen.session.exec(select(Facility.kind))) == {
        "health_center": 3, "office": 1, "community_hall": 3, "childrens_hall": 1, "assembly_hall": 1, "school": 3,
    }  # fmt: skip


def test_checkups_are_as_counted(seen: Unit) -> None:
    sessions = seen.session.exec(select(CheckupSession)).all()
    per_centre = Counter((row.facility_id, row.kind) for row in sessions)

    assert Counter(row.status for row in sessions) == {"held": 5, "planned": 13}
    assert (len(per_centre), set(per_centre.values())) == (9, {2})
    assert all((row.held_on < seen.today) == (row.status is CheckupStatus.HELD) for row in sessions)
    assert all(
        (f"{row.reception_starts:%H:%M}", f"{row.reception_ends:%H:%M}") == ("13:00", "14:00") for row in sessions
    )


def test_requests_are_as_counted(seen: Unit) -> None:
    requests = seen.session.exec(select(DispatchRequest)).all()
    codes = dict(seen.session.exec(select(ServiceType.id, ServiceType.code)).all())

    assert Counter(codes[row.service_type_id] for row in requests) == {
        "infant_checkup": 18, "newborn_home_visit": 8, "follow_up_exam": 3, "individual_consultation": 3,
    }  # fmt: skip
    assert Counter(row.languages[0] for row in requests) == {
        "cmn": 9, "en": 8, "vi": 5, "ne": 3, "id": 3, "my": 1, "ko": 1, "pt-BR": 1, "bn": 1,
    }  # fmt: skip
    assert Counter(row.status for row in requests) == {
        "draft": 2, "submitted": 3, "matching": 5, "filled": 11, "completed": 6, "cancelled": 2,
        "client_no_show": 1, "unfilled": 2,
    }  # fmt: skip
    assert all((row.starts_at < seen.now) == (row.status in {"completed", "client_no_show"}) for row in requests)
