"""Rows for tests: typed functions with the fewest defaults that make an able volunteer and an ordinary visit.

Nothing is random; what must be unique is numbered per database. Rows are written directly, past the services, so that
any state can be set up. `Make` offers the functions of `tests/makers` bound to a wiring, each call a transaction of its
own; inside a unit, call them as they are: `people.volunteer(unit, …)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from api.db import Wiring
from services.unit import Unit
from tests.makers import advice, classes, consulting, council, gatherings, hosting, money, people, training, work

P = ParamSpec("P")
R = TypeVar("R")


def _bound(factory: Callable[Concatenate[Unit, P], R]) -> Callable[Concatenate["Make", P], R]:
    def method(self: "Make", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.wiring.unit() as unit:
            return factory(unit, *args, **kwargs)

    return method


@dataclass(frozen=True)
class Make:
    """The factories, bound: each call writes and commits; the rows it returns keep their values."""

    wiring: Wiring

    account = _bound(people.account)
    account_of = _bound(people.account_of)
    agreement = _bound(council.agreement)
    appointment = _bound(council.appointment)
    assignment = _bound(work.assignment)
    legal_hold = _bound(people.legal_hold)
    earlier_steps = _bound(people.earlier_steps)
    assessment = _bound(classes.assessment)
    availability_call = _bound(people.availability_call)
    away = _bound(people.away)
    candidate = _bound(people.candidate)
    cascade = _bound(work.cascade)
    certification = _bound(people.certification)
    booked = _bound(training.booked)
    checkup_session = _bound(work.checkup_session)
    class_session = _bound(classes.class_session)
    classroom = _bound(classes.classroom)
    consent = _bound(classes.consent)
    consultation = _bound(consulting.consultation)
    consulted_person = _bound(consulting.consulted_person)
    contact_attempt = _bound(people.contact_attempt)
    course = _bound(training.course)
    enrollment = _bound(classes.enrollment)
    school_referral = _bound(advice.school_referral)
    seat = _bound(training.enrollment)
    event = _bound(gatherings.event)
    expert = _bound(advice.expert)
    exam_period = _bound(people.exam_period)
    expense_claim = _bound(money.expense_claim)
    facility = _bound(people.facility)
    fallback = _bound(work.fallback)
    family = _bound(work.family)
    finding = _bound(advice.finding)
    head = _bound(hosting.head)
    host = _bound(hosting.host)
    stay = _bound(hosting.stay)
    helper = _bound(gatherings.helper)
    honorarium_rate = _bound(money.honorarium_rate)
    incident = _bound(money.incident)
    insurance = _bound(people.insurance)
    key_person = _bound(council.key_person)
    language = _bound(people.language)
    learner = _bound(classes.learner)
    lecture = _bound(gatherings.lecture)
    lecturer = _bound(gatherings.lecturer)
    loan = _bound(council.loan)
    membership = _bound(council.membership)
    offer = _bound(work.offer)
    organization = _bound(people.organization)
    pairing = _bound(classes.pairing)
    permission_check = _bound(money.permission_check)
    person = _bound(people.person)
    plan = _bound(work.plan)
    pledge = _bound(people.pledge)
    recruitment_round = _bound(people.recruitment_round)
    referral = _bound(consulting.referral)
    report = _bound(work.report)
    request = _bound(work.request)
    review = _bound(council.review)
    rule = _bound(people.rule)
    series = _bound(work.series)
    service_type = _bound(work.service_type)
    shift_with_demand = _bound(work.shift_with_demand)
    skill = _bound(people.skill)
    target = _bound(advice.target)
    taken_on = _bound(gatherings.taken_on)
    training = _bound(training.training)
    tutor = _bound(classes.tutor)
    volunteer = _bound(people.volunteer)
    visit = _bound(advice.visit)
