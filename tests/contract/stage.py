"""Two institutions, two volunteers, and an object of each kind in the state that each verb wants, for both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import col, select

from models.account import Account, AccountStatus, Role
from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSessionStatus
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.client import Client, ClientExclusion, ClientIdentity, ExclusionKind
from models.consultation import ConsultationStatus
from models.dispatch_request import RequestStatus
from models.enrollment import ClassEnrollmentStatus
from models.expense import ExpenseStatus, HonorariumRate
from models.learner import Learner
from models.offer import OfferStatus
from models.organization import Organization, OrganizationKind
from models.pairing import PairingStatus
from models.plan import PlanStatus
from models.shift import ClaimPolicy, ShiftStatus
from models.training import EnrollmentStatus as SeatStatus
from models.training import TrainingSession, TrainingStatus
from models.volunteer import Volunteer, VolunteerStatus
from services.unit import Unit
from tests.contract.stage_advice import advised
from tests.contract.stage_gatherings import gathered
from tests.contract.stage_hosting import hosted
from tests.makers import classes, consulting, council, money, people, training, work
from tests.makers.work import Opened

NEAR: Final = datetime(2025, 11, 12, 1, tzinfo=UTC)
LATER: Final = datetime(2025, 11, 18, 1, tzinfo=UTC)
"""10:00 in Kanazawa: two days after the clock of the tests, within the days of the briefing, and eight days after."""

Things = Mapping[str, str]
"""Ids (and what else stands in paths) by name."""


@dataclass(frozen=True)
class Side:
    """One side: whose it is, and its objects."""

    owner: Organization
    university: Organization
    volunteer: Volunteer
    trainer: Account
    things: dict[str, str]


def side(unit: Unit, gender: str | None = None) -> Side:
    """Make one side; a gender that is asked for hides its open shift from the women of the other."""
    owner, university = people.organization(unit), people.organization(unit, kind=OrganizationKind.UNIVERSITY)
    volunteer = people.volunteer(
        unit,
        languages={"en": "C1"},
        max_per_month=31,
        is_student=True,
        affiliation_id=university.id,
        child_contact_ok=True,
        cleared=True,
    )
    things: dict[str, str] = {"organization_id": str(owner.id), "volunteer_id": str(volunteer.id)}
    things |= _brought(unit, volunteer)
    things |= _directory(unit, owner)
    things |= _reviewed(unit, university)
    things |= _told(unit, volunteer)
    things |= _asked(unit, owner)
    things |= _offered(unit, owner, volunteer, gender)
    things |= _stood_on(unit, owner, volunteer)
    things |= _of_the_day(unit, owner, volunteer)
    things |= _paid_for(unit, owner, volunteer)
    things |= _taught_japanese(unit, owner, volunteer)
    things |= advised(unit, owner)
    things |= {"university_id": str(university.id), "period_id": str(people.exam_period(unit, university).id)}
    things |= _accounts(unit)
    things |= hosted(unit, volunteer)
    things |= _consulted(unit)
    things |= gathered(unit, owner)
    things |= _consulted(unit)
    trainer = people.account(unit, Role.TRAINER)
    things |= _taught(unit, trainer, volunteer)
    things |= _on_their_way(unit)
    things |= {"plan_id": str(work.plan(unit).id), "ready_plan": str(work.plan(unit, PlanStatus.READY).id)}
    return Side(owner, university, volunteer, trainer, things)


def _brought(unit: Unit, volunteer: Volunteer) -> Things:
    rows = {
        "language_id": people.language(unit, volunteer, "fr"),
        "skill_id": people.skill(unit, volunteer, "early_childhood"),
        "certification_id": people.certification(unit, volunteer, "home_visit"),
        "rule_id": people.rule(unit, volunteer, 0, time(6), time(7)),
        "call_id": people.availability_call(unit, volunteer),
        "attempt_id": people.contact_attempt(unit, volunteer),
        "exception_id": people.away(unit, volunteer, LATER + timedelta(days=300), LATER + timedelta(days=301)),
    }
    return {name: str(row.id) for name, row in rows.items()}


def _on_their_way(unit: Unit) -> Things:
    """Candidates at each stage, and who pauses or is suspended."""
    held = {"on_leave": VolunteerStatus.ON_LEAVE, "suspended": VolunteerStatus.SUSPENDED}
    found = {name: people.volunteer(unit, status=status) for name, status in held.items()}
    found["applied"] = people.candidate(unit)
    found["interviewed"] = people.candidate(unit, VolunteerStatus.SCREENING, ticked=True)
    found["trained"] = people.candidate(unit, VolunteerStatus.IN_TRAINING, ticked=True)
    return {"round_id": str(people.recruitment_round(unit).id)} | {name: str(row.id) for name, row in found.items()}


def _directory(unit: Unit, owner: Organization) -> Things:
    place = people.facility(unit, owner=owner)
    session = work.checkup_session(unit, place=place)
    return {
        "facility_id": str(place.id),
        "session_id": str(session.id),
        "service_type_id": str(work.service_type(unit).id),
        "rate_id": str(unit.session.exec(select(HonorariumRate.id).order_by(col(HonorariumRate.id))).first()),
    }


def _told(unit: Unit, volunteer: Volunteer) -> Things:
    """A key person, a message to be sent to her, and one that was."""
    person = council.key_person(unit, volunteer)
    _, delivery = council.delivery(unit, volunteer)
    return {
        "key_person_id": str(person.id),
        "broadcast_id": str(council.broadcast(unit).id),
        "delivery_id": str(delivery.id),
        "loan_id": str(council.loan(unit, volunteer_id=volunteer.id).id),
        "hold_id": str(people.legal_hold(unit, volunteer).id),
    }


def _reviewed(unit: Unit, university: Organization) -> Things:
    """What is measured and reviewed, and who belongs to the council."""
    review, action = council.review(unit)
    return {
        "university_id": str(university.id),
        "membership_id": str(council.membership(unit, people.organization(unit)).id),
        "agreement_id": str(council.agreement(unit, university).id),
        "indicator_code": "exchange_with_japanese",
        "review_id": str(review.id),
        "action_id": str(action.id),
        "owner_id": str(action.owner_id),
    }


def _asked(unit: Unit, owner: Organization) -> Things:
    """Requests that nobody has accepted yet, one that nobody could serve, and one that waits for somebody."""
    draft = work.request(unit, owner=owner, starts_at=LATER + timedelta(days=10), ages=(3,))
    submitted = work.request(
        unit, owner=owner, starts_at=LATER + timedelta(days=10, hours=3), status=RequestStatus.SUBMITTED, ages=(3,)
    )
    at = LATER + timedelta(days=9)
    lonely = work.shift_with_demand(unit, owner=owner, matched_at=unit.now, starts_at=at)
    hopeless = work.request(unit, owner=owner, matched_at=unit.now, starts_at=at, status=RequestStatus.UNFILLED)
    work.shift_with_demand(unit, request=hopeless, status=ShiftStatus.PLANNED)
    arranged = work.fallback(unit, hopeless, arranged_for=unit.now)
    series, _ = work.series(unit, owner=owner, starts_on=(LATER + timedelta(days=11)).date())
    requests = {"draft": draft, "submitted": submitted, "matching": lonely.request, "unfilled": hopeless}
    beside = {"fallback_id": str(arranged.id), "series_id": str(series.id)}
    return beside | {name: str(row.id) for name, row in requests.items()}


def _offered(unit: Unit, owner: Organization, volunteer: Volunteer, gender: str | None) -> Things:
    def opened(days: int) -> Opened:
        start = LATER + timedelta(days=days)
        return work.shift_with_demand(
            unit, owner=owner, matched_at=unit.now, starts_at=start, demand={"gender_requirement": gender}
        )

    asked = opened(0)
    work.cascade(unit, asked)
    offers = {
        "offer_id": work.offer(unit, asked, volunteer),
        "declined": work.offer(unit, opened(1), volunteer, OfferStatus.DECLINED),
        "late": work.offer(unit, opened(2), volunteer, OfferStatus.ACCEPTED_LATE),
    }
    return {"shift_id": str(asked.shift.id), "demand_id": str(asked.demand.id)} | {
        name: str(row.id) for name, row in offers.items()
    }


def _stood_on(unit: Unit, owner: Organization, volunteer: Volunteer) -> Things:
    near = work.shift_with_demand(unit, owner=owner, matched_at=unit.now, starts_at=NEAR)
    link = work.family(unit, near.request)
    work.family(unit, near.request)  # one may go only while another stays
    sealed = unit.vault.seal({"name": "架空 太郎", "phone": None, "address": None})
    unit.add(ClientIdentity(request_client_id=link.id, sealed=sealed, written_at=unit.now))
    excluded = people.volunteer(unit)
    exclusion = unit.add(
        ClientExclusion(
            client_id=link.client_id, volunteer_id=excluded.id, kind=ExclusionKind.FAMILY_WISH, created_at=unit.now
        )
    )
    waits = work.shift_with_demand(
        unit, owner=owner, matched_at=unit.now, starts_at=LATER + timedelta(days=3), claim_policy=ClaimPolicy.APPROVAL
    )
    leaving = work.shift_with_demand(unit, owner=owner, matched_at=unit.now, starts_at=LATER + timedelta(days=4))
    return {
        "request_id": str(near.request.id),
        "n": str(link.n),
        "ref": unit.get(Client, link.client_id).ref,
        "exclusion_id": str(exclusion.id),
        "assignment_id": str(work.assignment(unit, near, volunteer).id),
        "tentative": str(work.assignment(unit, waits, volunteer, AssignmentStatus.TENTATIVE).id),
        "standin_wanted": str(work.assignment(unit, leaving, volunteer, AssignmentStatus.STANDIN_WANTED).id),
    }


def _of_the_day(unit: Unit, owner: Organization, volunteer: Volunteer) -> Things:
    """What is about to begin, runs, is over, and came to nothing."""

    def stood_on(
        minutes: int, status: AssignmentStatus = AssignmentStatus.CONFIRMED, **over: str
    ) -> tuple[Opened, Assignment]:
        opened = work.shift_with_demand(
            unit, owner=owner, matched_at=unit.now, starts_at=unit.now + timedelta(minutes=minutes), minutes=60
        )
        return opened, work.assignment(unit, opened, volunteer, status, **over)

    past, over = stood_on(-24 * 60)
    finished, reported = stood_on(-22 * 60, AssignmentStatus.COMPLETED)
    finished.shift.status, finished.request.status = ShiftStatus.ENDED, RequestStatus.COMPLETED
    work.report(unit, finished, reported)
    work.report(unit, finished)
    return {
        "arriving": str(stood_on(30)[1].id),
        "running": str(stood_on(-40)[1].id),
        "over": str(over.id),
        "past": str(past.request.id),
        "reported": str(reported.id),
        "finished": str(finished.request.id),
        "missed": str(stood_on(-30 * 60, AssignmentStatus.NO_SHOW, end_reason="client")[1].id),
    }


def _paid_for(unit: Unit, owner: Organization, volunteer: Volunteer) -> Things:
    """What was done and may be claimed, a claim in each state that a verb wants, and what went wrong."""

    def done(days: int) -> Assignment:
        starts_at = unit.now - timedelta(days=days)
        opened = work.shift_with_demand(unit, owner=owner, matched_at=unit.now, starts_at=starts_at, minutes=60)
        return work.assignment(unit, opened, volunteer, AssignmentStatus.COMPLETED)

    claimed = (ExpenseStatus.DRAFT, ExpenseStatus.SUBMITTED, ExpenseStatus.PROPOSED, ExpenseStatus.APPROVED)
    claims = {
        f"{status}_claim": str(money.expense_claim(unit, done(days), status).id)
        for days, status in enumerate(claimed, start=5)
    }
    return claims | {"done": str(done(9).id), "incident_id": str(money.incident(unit).id)}


def _taught(unit: Unit, trainer: Account, volunteer: Volunteer) -> Things:
    """A course with a session in each state that a verb wants, and her part in some of them."""
    course = training.course(unit)

    def session(days: int, **over: Any) -> TrainingSession:
        over = {"trainer_id": trainer.id, **over}
        return training.training(unit, of=course, starts_at=LATER + timedelta(days=days), **over)

    past = session(-30)
    offered = training.enrollment(unit, session(41), volunteer, SeatStatus.OFFERED)
    mine = training.enrollment(unit, session(42), volunteer)
    attended = training.enrollment(unit, past, volunteer, SeatStatus.ATTENDING, minutes=120)
    return {
        "course_id": str(course.id),
        "document_id": str(people.document(unit, volunteer).id),
        "training_session": str(session(40).id),
        "planned_session": str(session(43, status=TrainingStatus.PLANNED).id),
        "past_session": str(past.id),
        "seat_id": str(mine.id),
        "seat_offered": str(offered.id),
        "attended": str(attended.id),
    }


def _learns(unit: Unit, owner: Organization, room: Classroom) -> Learner:
    learner = classes.learner(unit, owner)
    classes.enrollment(unit, learner, room)
    return learner


def _taught_japanese(unit: Unit, owner: Organization, volunteer: Volunteer) -> Things:
    """A classroom whose next session she teaches, one in each state that a verb wants, and who learns there."""
    room, quiet = (classes.classroom(unit, owner=owner) for _ in range(2))
    soon = classes.class_session(unit, room, on=date(2025, 11, 12), starts=time(18), ends=time(19))
    work.assignment(unit, soon, volunteer)
    taught = classes.class_session(unit, room, on=date(2025, 11, 9), starts=time(18), ends=time(19))
    work.assignment(unit, taught, volunteer)
    running = classes.class_session(
        unit, room, on=date(2025, 11, 10), starts=time(8), ends=time(20), status=ClassSessionStatus.OPEN
    )
    done = {
        f"{status}_class": str(classes.class_session(unit, quiet, on=date(2025, 11, day), status=status).session.id)
        for day, status in ((8, ClassSessionStatus.HELD), (7, ClassSessionStatus.RECORDED))
    }
    learner = classes.learner(unit, owner, consents=())
    enrollments = {
        name: classes.enrollment(unit, classes.learner(unit, owner), quiet, ClassEnrollmentStatus(name))
        for name in ("inquiry", "on_break")
    }
    unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=volunteer.id, role=TutorRole.REGULAR))
    pairings = {
        name: classes.pairing(unit, _learns(unit, owner, room), volunteer, status)
        for name, status in (
            ("pairing_id", PairingStatus.PROPOSED),
            ("active_pairing", PairingStatus.ACTIVE),
            ("paused_pairing", PairingStatus.PAUSED),
        )
    }
    return done | {
        "assessment_id": str(classes.assessment(unit, learner).id),
        **{name: str(row.id) for name, row in pairings.items()},
        "classroom_id": str(room.id),
        "term_id": str(soon.session.term_id),
        "class_session_id": str(soon.session.id),
        "running_class": str(running.session.id),
        "taught_class": str(taught.session.id),
        "learner_id": str(learner.id),
        "consent_id": str(classes.consent(unit, learner).id),
        "newcomer": str(classes.learner(unit, owner).id),
        "enrolled": str(classes.enrollment(unit, learner, room).id),
        "enrollment_id": str(
            classes.enrollment(unit, classes.learner(unit, owner), room, ClassEnrollmentStatus.INTERVIEW).id
        ),
        **{name: str(row.id) for name, row in enrollments.items()},
    }


def _consulted(unit: Unit) -> Things:
    """A consultation in each state that a verb wants, who came to one, and a referral."""
    found = {f"{status}_consultation": consulting.consultation(unit, status) for status in ConsultationStatus}
    consulting.consulted_person(unit, found["received_consultation"])
    referral = consulting.referral(unit, found["referred_consultation"])
    return {"referral_id": str(referral.id), "board_id": str(referral.organization_id)} | {
        name: str(row.id) for name, row in found.items()
    }


def _accounts(unit: Unit) -> Things:
    return {
        "account_id": str(people.account(unit, Role.VIEWER).id),
        "disabled": str(people.account(unit, Role.VIEWER, status=AccountStatus.DISABLED, password_hash="x").id),  # noqa: S106 - never compared
        "invited": str(people.account(unit, Role.VIEWER, status=AccountStatus.INVITED).id),
    }
