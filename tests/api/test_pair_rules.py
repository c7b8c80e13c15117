"""Who may be a learner's tutor: consent and papers at every verb, and what rests or ends with one of the two."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.classroom import ClassroomTutor, TutorRole
from models.competence import InsuranceCoverage
from models.enrollment import ClassEnrollmentStatus
from models.learner import ConsentScope, SchoolStage
from models.pairing import PairingStatus
from models.record import Notice
from models.volunteer import VolunteerStatus
from services.clock import SetClock
from tests.conftest import As
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import audited, done, faults, problem, refused
from tests.makers.schools import School, school_of
from worker.registrations import anonymize_the_gone, expire_registrations


@pytest.fixture
def school(make: Make, as_: As) -> School:
    return school_of(make, as_)


def test_what_rests_goes_on_with_the_guardians_consent_alone(school: School, make: Make, wiring: Wiring) -> None:
    child = school.learns(consents=())
    consent, photo = make.consent(child), make.consent(child, ConsentScope.PHOTO)
    active, proposed = (
        make.pairing(child, school.teaches()),
        make.pairing(child, school.teaches(), PairingStatus.PROPOSED),
    )
    school.takes_back(child, photo)
    assert school.shown(active)["status"] == "active"
    school.takes_back(child, consent)
    assert [school.shown(one)["status"] for one in (active, proposed)] == ["paused", "proposed"]
    assert [event.action for event in audited(wiring, active.id)] == ["pairing.pause"]
    assert problem(school.let(active, "resume")) == (409, "CLS_CONSENT")
    again = {"scopes": ["participation"], "signed_on": "2025-11-10", "language": "vi"}
    done(school.manager.post(f"/v1/learners/{child.id}/consents", json=again), 201)
    assert done(school.let(active, "resume"))["status"] == "active"


def test_what_an_adult_takes_back_leaves_her_with_her_tutor(school: School, make: Make) -> None:
    grown = school.learns(stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    consent, active = make.consent(grown), make.pairing(grown, school.teaches())
    school.takes_back(grown, consent)
    assert school.shown(active)["status"] == "active"


@pytest.mark.parametrize(
    ("lacks", "code"),
    [
        ({"cleared": False}, "CLS_SAFETY"),
        ({"child_contact_ok": False}, "CLS_SAFETY"),
        ({"pledge": False}, "ASG_NO_PLEDGE"),
        ({"status": VolunteerStatus.SUSPENDED}, "ASG_STATUS"),
        ({"status": VolunteerStatus.ON_LEAVE}, "ASG_STATUS"),
        ({"status": VolunteerStatus.WITHDRAWN}, "ASG_STATUS"),
    ],
)
def test_who_may_not_be_with_a_child_is_not_paired_with_one(
    school: School, make: Make, lacks: dict[str, Any], code: str
) -> None:
    tutor, (child, second, third) = school.teaches(**lacks), [school.learns() for _ in range(3)]
    assert refused(school.propose(child, tutor)) == [(code, "never")]
    proposed = make.pairing(second, tutor, PairingStatus.PROPOSED)
    assert refused(school.let(proposed, "activate")) == [(code, "never")]
    paused = make.pairing(third, tutor, PairingStatus.PAUSED)
    assert refused(school.let(paused, "resume")) == [(code, "never")]
    assert [school.shown(one)["status"] for one in (proposed, paused)] == ["proposed", "paused"]


def test_a_tutor_is_old_enough_for_the_classroom(school: School, make: Make) -> None:
    young = school.teaches(person=make.person(birth_date=date(2009, 1, 1)))
    assert refused(school.propose(school.learns(), young)) == [("ASG_AGE", "never")]


def test_with_an_adult_a_tutor_need_not_be_cleared(school: School, make: Make) -> None:
    room = make.classroom(owner=school.owner, for_children=False)
    grown = school.learns(room, stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    pairing = done(school.propose(grown, school.teaches(room, cleared=False, child_contact_ok=False)), 201)
    assert done(school.let(pairing, "activate"))["status"] == "active"


def test_a_tutor_is_judged_on_the_day_on_which_both_meet(school: School, make: Make, wiring: Wiring) -> None:
    """She is insured from tomorrow on; her first class is on Saturday."""
    tutor, child = school.teaches(insured=False), school.learns()
    cover = make.insurance(tutor)
    with wiring.unit() as unit:
        unit.get(InsuranceCoverage, cover.id).starts_on = date(2025, 11, 11)
    assert refused(school.propose(child, tutor)) == [("ASG_NO_INSURANCE", "never")]
    make.class_session(school.room)
    pairing = done(school.propose(child, tutor), 201)
    assert done(school.let(pairing, "activate"))["status"] == "active"


def test_nobody_is_paired_with_somebody_unknown(school: School, make: Make) -> None:
    child = school.learns()
    body = {"learner_id": str(child.id), "volunteer_id": str(make.facility().id)}
    assert faults(school.manager.post("/v1/pairings", json=body)) == [("/volunteer_id", "FIELD_REFERENCE")]


def test_a_tutor_who_leaves_leaves_her_learners_and_classrooms(
    school: School, make: Make, as_: As, wiring: Wiring
) -> None:
    tutor = school.teaches()
    stays = make.pairing(school.learns(), school.teaches())
    active = make.pairing(school.learns(), tutor)
    proposed = make.pairing(school.learns(), tutor, PairingStatus.PROPOSED)
    done(verb(as_(Role.ADMIN), "volunteers", tutor.id, "withdraw"))
    for one in (active, proposed):
        shown = school.shown(one)
        assert (shown["status"], shown["end_reason"], shown["actions"]) == ("ended", "tutor_left", [])
        assert [event.action for event in audited(wiring, one.id)] == ["pairing.end"]
    assert school.shown(stays)["status"] == "active"
    assert school.tutors() == [str(stays.volunteer_id)]
    assert faults(school.names(tutor)) == [("/items/0/volunteer_id", "FIELD_REFERENCE")]
    assert school.told(wiring) == [("pairings_ended", 2)]


def _expire(wiring: Wiring, clock: SetClock) -> None:
    clock.now = datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert expire_registrations(wiring) == 1


def test_who_renews_after_her_registration_expired_has_her_classrooms_and_learners_still(
    school: School, make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    tutor = school.teaches()
    active = make.pairing(school.learns(), tutor)
    proposed = make.pairing(school.learns(), tutor, PairingStatus.PROPOSED)
    _expire(wiring, clock)
    make.insurance(tutor)
    assert [school.shown(one)["status"] for one in (active, proposed)] == ["paused", "proposed"]
    assert [event.action for event in audited(wiring, active.id)] == ["pairing.pause"]
    assert refused(school.let(active, "resume")) == [("ASG_STATUS", "never")]
    assert school.tutors() == [str(tutor.id)]
    assert faults(school.names(tutor)) == [("/items/0/volunteer_id", "FIELD_REFERENCE")]
    make.pledge(tutor, signed_on=date(2026, 5, 1))
    done(verb(as_(Role.ADMIN), "volunteers", tutor.id, "renew"))
    assert school.tutors() == [str(tutor.id)]
    assert done(school.let(active, "resume"))["status"] == "active"
    assert school.told(wiring) == [("pairings_resting", 1), ("pairings_waiting", 1)]


def test_who_expired_and_did_not_come_back_leaves_her_classrooms_and_learners_with_her_name(
    school: School, make: Make, wiring: Wiring, clock: SetClock, check_data: Callable[[], None]
) -> None:
    tutor = school.teaches()
    active = make.pairing(school.learns(), tutor)
    _expire(wiring, clock)
    clock.now = datetime(2028, 4, 1, 1, tzinfo=UTC)
    assert anonymize_the_gone(wiring) == 1
    shown = school.shown(active)
    assert (shown["status"], shown["end_reason"]) == ("ended", "tutor_left")
    assert school.tutors() == []
    assert school.told(wiring) == [("pairings_resting", 1), ("pairings_ended", 1)]
    check_data()


def test_a_candidate_who_is_turned_down_teaches_nowhere(school: School, as_: As) -> None:
    candidate = school.teaches(status=VolunteerStatus.SCREENING)
    done(verb(as_(Role.ADMIN), "volunteers", candidate.id, "reject", reason="面談の結果"))
    assert school.tutors() == []


@pytest.mark.parametrize(
    ("rests", "comes_back", "why"),
    [("suspend", "reinstate", {"reason": "確認中"}), ("take-leave", "return", {})],
)
def test_while_a_tutor_is_away_what_she_has_with_learners_rests(
    school: School, as_: As, rests: str, comes_back: str, why: dict[str, str]
) -> None:
    office, tutor = as_(Role.ADMIN), school.teaches()
    active = school.make.pairing(school.learns(), tutor)
    done(verb(office, "volunteers", tutor.id, rests, **why))
    assert school.shown(active)["status"] == "paused"
    assert refused(school.let(active, "resume")) == [("ASG_STATUS", "never")]
    assert school.tutors() == [str(tutor.id)]
    done(verb(office, "volunteers", tutor.id, comes_back, **why))
    assert school.shown(active)["status"] == "paused"
    assert done(school.let(active, "resume"))["status"] == "active"


def test_a_classroom_that_she_merely_asked_about_says_nothing_of_her_tutor(school: School) -> None:
    elsewhere = school.make.classroom(owner=school.owner, tutor_min_age=60)
    learner, tutor = school.learns(), school.teaches()
    school.make.enrollment(learner, elsewhere, ClassEnrollmentStatus.INQUIRY)
    with school.make.wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=elsewhere.id, volunteer_id=tutor.id, role=TutorRole.REGULAR))
    school.make.class_session(elsewhere)
    done(school.propose(learner, tutor), 201)


def test_of_what_rests_ends_or_waits_each_institution_is_told_once_and_without_names(
    school: School, make: Make, as_: As, wiring: Wiring
) -> None:
    tutor, other = school.teaches(), make.organization()
    theirs, office = as_(Role.CLASSROOM_MANAGER, organization=other), as_(Role.ADMIN)
    stranger = make.learner(other)  # who meets her in no classroom
    learners = [school.learns(), school.learns(), stranger]
    for learner in learners:
        make.pairing(learner, tutor)
    make.pairing(school.learns(), school.teaches())
    for name in ("take-leave", "return", "withdraw"):
        done(verb(office, "volunteers", tutor.id, name))
    kinds = ("pairings_resting", "pairings_waiting", "pairings_ended")
    assert school.told(wiring) == [(kind, 2) for kind in kinds]
    with wiring.unit(write=False) as unit:
        letters = unit.session.exec(select(Notice).where(col(Notice.kind).in_(kinds)).order_by(col(Notice.id))).all()
    assert len(letters) == 6
    assert [
        (one.kind, one.facts["n"], one.facts["where"]) for one in letters if one.account_id == theirs.account.id
    ] == [(kind, 1, [other.name]) for kind in kinds]
    told = " ".join(str(one.facts) for one in letters)
    assert not any(learner.first_name in told for learner in learners)


def test_a_consent_taken_back_tells_what_rests_and_a_learner_who_leaves_tells_nothing(
    school: School, make: Make, wiring: Wiring
) -> None:
    child, leaver = school.learns(consents=()), make.learner(school.owner)
    place = make.enrollment(leaver, school.room)
    consent = make.consent(child)
    for _ in range(2):
        make.pairing(child, school.teaches())
    ends = make.pairing(leaver, school.teaches())
    school.takes_back(child, consent)
    done(verb(school.manager, "enrollments", place.id, "leave"))
    assert school.shown(ends)["status"] == "ended"
    assert school.told(wiring) == [("pairings_resting", 2)]


def test_who_renews_in_time_was_never_away(
    school: School, make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    tutor = school.teaches(valid_until=date(2026, 3, 31))
    make.pairing(school.learns(), tutor, PairingStatus.PAUSED)
    clock.now = datetime(2026, 3, 10, 1, tzinfo=UTC)
    make.pledge(tutor, signed_on=date(2026, 3, 10))
    done(verb(as_(Role.ADMIN), "volunteers", tutor.id, "renew"))
    assert school.told(wiring) == []
