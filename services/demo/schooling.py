"""Schools in the demo: a term of mornings, pupils on their way to high school, referrals, and an expert at a classroom."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.advisory_visit import AdvisoryVisitCreate, FindingCreate, FindingDone, VisitTopic
from models.classroom import Classroom
from models.client import RequestClientDraft
from models.dispatch_request import Acceptance
from models.dispatch_series import DispatchSeriesCreate
from models.enrollment import Enrollment
from models.fields import Channel, OnBehalf
from models.learner import ConsentCreate, ConsentScope, GuardianConsent, Learner, SchoolStage
from models.school_referral import (
    ReferralDirection,
    SchoolReferralAnswer,
    SchoolReferralCreate,
    SchoolReferralOutcome,
)
from models.schooling import DeadlineCode, LearnerTarget, LearnerTargetCreate, SchoolDeadlineCreate, TargetGoal
from services import (
    amending_series,
    findings,
    learners,
    repeating,
    school_dates,
    school_deadlines,
    school_referrals,
    schooling,
    visiting,
)
from services.demo.stage import Stage
from services.fiscal_years import fiscal_year, last_day
from services.office_days import office_calendar
from services.unit import Unit

MORNINGS: Final = 4
PUPILS: Final = 3
DAYS_AHEAD: Final = {
    DeadlineCode.DOCUMENTS_READY: 21,
    DeadlineCode.APPLICATION_PERIOD: 40,
    DeadlineCode.ENTRANCE_EXAM: 54,
}


def run(stage: Stage) -> None:
    """Play all of it, after the classrooms are there."""
    _order_mornings(stage)
    pupils = _pupils(stage.unit)
    _aim(stage, pupils)
    _refer(stage, pupils[0], pupils[1])
    _advise(stage)


def _order_mornings(stage: Stage) -> None:
    """The board orders four mornings at a primary school by fax; the office has accepted them and looks for somebody."""
    ordered, accepted = (stage.office(stage.days.at(day, time(10))) for day in (-3, -2))
    board = stage.directory.organizations["board"]
    draft = DispatchSeriesCreate(
        service_type="school_support",
        organization_id=board,
        facility_id=stage.directory.facilities["school_izumi"],
        rule=f"FREQ=WEEKLY;COUNT={MORNINGS}",
        starts_on=_first_morning(stage),
        starts=time(9, 30),
        ends=time(11, 30),
        languages=["vi"],
        clients=[RequestClientDraft(age_months=96, consent_on=ordered.today)],
        on_behalf=OnBehalf(of=board, channel=Channel.FAX, at=ordered.now),
        submit=True,
    )
    series = repeating.create(ordered, draft)
    amending_series.accept(accepted, series.id, Acceptance())


def _first_morning(stage: Stage) -> date:
    """Return a day from which on the office is open on the same day of four weeks."""
    office = office_calendar(stage.unit)
    days = (stage.days.day(offset) for offset in range(12, 61))  # around New Year the next such day is far
    weeks = [timedelta(weeks=n) for n in range(MORNINGS)]
    return next(day for day in days if not any(office.is_listed(day + week) for week in weeks))


def _pupils(unit: Unit) -> Sequence[Learner]:
    """Return some of the junior high school who take part with consent."""
    statement = (
        select(Learner)
        .join(GuardianConsent, col(GuardianConsent.learner_id) == Learner.id)
        .where(Learner.school_stage == SchoolStage.JUNIOR_HIGH)
        .order_by(col(Learner.id))
        .limit(PUPILS)
    )
    return unit.session.exec(statement).all()


def _aim(stage: Stage, pupils: Sequence[Learner]) -> None:
    """They aim at high school; the families were told of what is near, whose year it is: what would lie after it comes sooner."""
    office, manager = stage.office(stage.unit.now), stage.manager(stage.unit.now)
    near = stage.days.today + timedelta(days=min(DAYS_AHEAD.values()))
    year, goal = fiscal_year(near), TargetGoal.HIGH_SCHOOL_ENTRANCE
    for code, ahead in DAYS_AHEAD.items():
        day = min(stage.days.today + timedelta(days=ahead), last_day(year) + timedelta(days=30))
        school_dates.add(office, SchoolDeadlineCreate(fiscal_year=year, goal=goal, code=code, due_on=day))
    for pupil in pupils:
        target = schooling.aim(manager, pupil.id, LearnerTargetCreate(goal=goal, fiscal_year=year))
        school_deadlines.notify(manager, manager.lock(LearnerTarget, target.id))


def _refer(stage: Stage, newcomer: Learner, leaver: Learner) -> None:
    """One came from a school's class of Japanese, another was sent to one and waits for the answer."""
    manager = stage.manager(stage.unit.now)
    for learner, direction in ((newcomer, ReferralDirection.FROM_SCHOOL), (leaver, ReferralDirection.TO_SCHOOL)):
        signed = ConsentCreate(scopes=[ConsentScope.SHARE_WITH_SCHOOL], signed_on=manager.today, language="ja")
        learners.consent(manager, learner.id, signed)
        draft = SchoolReferralCreate(
            direction=direction,
            school_id=stage.directory.facilities["school_izumi_junior"],
            classroom_id=_room_of(stage.unit, learner),
        )
        sent = school_referrals.refer(manager, learner.id, draft)
        if direction is ReferralDirection.FROM_SCHOOL:
            taken = SchoolReferralAnswer(outcome=SchoolReferralOutcome.TAKEN_IN, outcome_on=manager.today)
            school_referrals.answer(manager, learner.id, sent.id, taken)


def _room_of(unit: Unit, learner: Learner) -> UUID:
    return unit.session.exec(select(Enrollment.classroom_id).where(Enrollment.learner_id == learner.id)).one()


def _advise(stage: Stage) -> None:
    """An expert was at the support class; of two things that were found one is done. Another visit is planned."""
    office, manager = stage.cast.staff["coordinator"].account_id, stage.cast.staff["manager"].account_id
    assert office is not None and manager is not None  # noqa: S101, PT018 - everybody of the cast signs in
    begun = stage.days.at(-8, time(14))
    visit = visiting.plan(stage.office(stage.days.at(-12, time(10))), _visit(stage, -8))
    after = stage.office(begun + timedelta(hours=2))
    visiting.hold(after, visit.id)
    today = stage.days.today
    wanted = FindingCreate(text="絵や実物を使う活動を増やす", owner_id=manager, due_on=today + timedelta(days=5))
    findings.add(after, visit.id, wanted)
    seen_to = FindingCreate(text="レベル別の教材の一覧を作る", owner_id=office, due_on=today + timedelta(days=1))
    finding = findings.add(after, visit.id, seen_to)
    findings.settle(
        stage.office(stage.days.at(-1, time(15))), visit.id, finding.id, FindingDone(outcome="一覧を配った")
    )
    visiting.plan(stage.office(stage.days.at(-1, time(16))), _visit(stage, 15))


def _visit(stage: Stage, day: int) -> AdvisoryVisitCreate:
    starts_at = stage.days.at(day, time(14))
    room = stage.unit.session.exec(select(Classroom.id).where(Classroom.code == "support")).one()
    return AdvisoryVisitCreate(
        classroom_id=room,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1, minutes=30),
        expert_name="日本語教育の専門家（架空）",
        expert_organization="金沢大学",
        topics=[VisitTopic.TEACHING, VisitTopic.MATERIALS],
    )
