"""Entries of the worklist about experts' visits: one that is over, of which nobody said whether it took place."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import col

from models.advisory_visit import AdvisoryVisit, VisitStatus
from models.classroom import Classroom
from models.worklist import Subject, WorkCode
from services.entering import Entry, post
from services.policies import Permission, may
from services.queries import caller_parameters, visible_advisory_visits
from services.unit import Unit


def unmarked(unit: Unit) -> Iterator[Entry]:
    """Visits in the caller's scope that are over and still planned; due when a report would be asked for.

    Until one is held nobody can write down what was found at it.
    """
    if not may(unit.actor, Permission.ADVISORY_FOLLOW):
        return
    statement = (
        visible_advisory_visits(unit.actor)
        .join(Classroom, col(Classroom.id) == AdvisoryVisit.classroom_id)
        .where(col(AdvisoryVisit.status) == VisitStatus.PLANNED, col(AdvisoryVisit.ends_at) <= unit.now)
        .add_columns(col(Classroom.name))
    )
    for visit, classroom in unit.session.execute(statement, caller_parameters(unit.actor)):
        yield Entry(
            WorkCode.VISIT_UNMARKED,
            Subject(type="advisory_visit", id=visit.id, no=None),
            visit.ends_at + timedelta(days=min(unit.rules.report_reminder_days)),
            post(f"/v1/advisory-visits/{visit.id}/hold"),
            facts={"classroom": classroom, "starts_at": visit.starts_at},
        )
