"""Entries of the worklist about lectures: one to be decided on, one whose lecturers are certain and whose institution waits."""

from collections.abc import Iterator

from sqlmodel import col, select

from models.lecture import LectureEngagement, LectureStatus
from models.organization import Organization
from models.shift import Shift, ShiftStatus
from models.worklist import Subject, WorkCode
from services.entering import Entry, answer_due, is_near, post
from services.queries import LECTURE_SOURCE
from services.unit import Unit

_NEXT = {
    LectureStatus.REQUESTED: (WorkCode.LECTURE_UNDECIDED, "accept"),
    LectureStatus.OPEN: (WorkCode.LECTURE_TO_CONFIRM, "confirm"),
}


def waiting(unit: Unit) -> Iterator[Entry]:
    """Lectures to come that nobody has taken on, and those that can be confirmed."""
    row = LectureEngagement
    certain = select(Shift.source_id).where(Shift.source_type == LECTURE_SOURCE, Shift.status == ShiftStatus.FILLED)
    is_due = (col(row.status) == LectureStatus.REQUESTED) | (
        (col(row.status) == LectureStatus.OPEN) & col(row.id).in_(certain)
    )
    statement = (
        select(row, Organization.name)
        .join(Organization, col(Organization.id) == row.organization_id)
        .where(is_due, col(row.starts_at) > unit.now)
    )
    for lecture, organization in unit.session.exec(statement):
        code, verb = _NEXT[lecture.status]
        yield Entry(
            code,
            Subject(type="lecture_engagement", id=lecture.id, no=None),
            answer_due(unit, lecture.updated_at, lecture.starts_at),
            post(f"/v1/lecture-engagements/{lecture.id}/{verb}"),
            is_near(unit, lecture.starts_at),
            {"organization": organization, "theme": lecture.theme, "starts_at": lecture.starts_at},
        )
