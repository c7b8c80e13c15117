"""Whether a learner and a tutor may meet: the guardian's consent, and the tutor by the one engine (domain.md §4.5).

The engine is asked what it is asked where it proposes pairs (`scheduling.pairing`): the rules that speak of a person
whatever the hour, on the day of the next session that both come to, else today.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.class_session import TO_COME, ClassSession
from models.classroom import Classroom, ClassroomTutor
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import ConsentScope, Learner, SchoolStage
from scheduling import pairing as engine
from scheduling import problem as values
from scheduling.interval import Interval
from scheduling.place import Place
from services.errors import Broken, Refused, broken
from services.learners import consents_on
from services.roster import muster
from services.shift_values import problem_of
from services.unit import Unit


def unconsented(unit: Unit, learners: Sequence[Learner]) -> frozenset[UUID]:
    """Return the children whose guardians have not consented to their taking part as of today."""
    children = [one.id for one in learners if one.school_stage is not SchoolStage.ADULT]
    given = consents_on(unit, children, unit.today)
    return frozenset(one for one in children if ConsentScope.PARTICIPATION not in given[one])


def refuse_unconsented(unit: Unit, learner: Learner) -> None:
    """Refuse to let a child meet a tutor without its guardian's yes. Raises `Refused` (`CLS_CONSENT`)."""
    if unconsented(unit, [learner]):
        raise Refused("CLS_CONSENT", facts={"n": 1})


def refuse_barred(unit: Unit, learner: Learner, volunteer_id: UUID) -> None:
    """Refuse a tutor who may not be with a learner; with adults she need not be cleared. Raises `RulesBroken`."""
    min_age, starts_at, ends_at = _where_they_meet(unit, learner.id, volunteer_id)
    child = learner.school_stage is not SchoolStage.ADULT
    need = values.Need(id="", role="", min_age=min_age, child_safety=child)
    shift = values.Shift("", "", Interval(starts_at, ends_at), Place(), "", (need,))
    roster = muster(unit, [volunteer_id], history=False)
    bars = engine.bars(roster.volunteers[volunteer_id], shift, need, problem_of(unit, roster, [shift]).rules)
    if bars:
        raise broken([Broken(bar.code, bar.rule_class, bar.facts) for bar in bars])


def _where_they_meet(unit: Unit, learner_id: UUID, volunteer_id: UUID) -> tuple[int, datetime, datetime]:
    """Return how old a tutor must be in the classroom where both will meet first, and when that is; today where none is.

    They learn and teach in one: whoever asks has made sure of it.
    """
    to_come = sa.and_(
        col(ClassSession.classroom_id) == Classroom.id,
        col(ClassSession.status).in_(sorted(TO_COME)),
        col(ClassSession.starts_at) > unit.now,
    )
    statement: Any = (
        select(Classroom.tutor_min_age, ClassSession.starts_at, ClassSession.ends_at)
        .join(ClassroomTutor, col(ClassroomTutor.classroom_id) == Classroom.id)
        .join(Enrollment, col(Enrollment.classroom_id) == Classroom.id)
        .outerjoin(ClassSession, to_come)
        .where(
            ClassroomTutor.volunteer_id == volunteer_id,
            Enrollment.learner_id == learner_id,
            col(Enrollment.status).in_([ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK]),
        )
        .order_by(col(ClassSession.starts_at).is_(None), col(ClassSession.starts_at), col(Classroom.id))
    )
    min_age, starts_at, ends_at = unit.session.exec(statement.limit(1)).one()
    today = (unit.now, unit.now + timedelta(minutes=1))
    return min_age, *((starts_at, ends_at) if starts_at else today)
