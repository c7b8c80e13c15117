"""Hours of activity by kind and fiscal year, counted from what was done and reported; thanks at milestones."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.activity_report import ActivityReport
from models.assignment import Assignment, AssignmentStatus
from models.document import ActivityYear
from models.recognition import HoursView, Milestones, MilestonesDraft, MilestonesView
from models.service_type import ServiceType
from models.shift import Shift
from models.volunteer import Volunteer, VolunteerStatus
from services.errors import NotFound
from services.fiscal_years import fiscal_year
from services.notifying import already_told, tell_volunteer, told_as
from services.policies import Permission, may
from services.unit import Unit
from services.volunteering import take_near

# One row for each activity that somebody did; whoever need not report is counted with the time that was planned.
_DONE = (
    select(  # type: ignore[call-overload]
        Assignment.volunteer_id,
        Shift.starts_at,
        Shift.ends_at,
        sa.func.coalesce(ServiceType.code, Shift.kind).label("kind"),
        ActivityReport.minutes,
    )
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .join(ActivityReport, col(ActivityReport.assignment_id) == Assignment.id, isouter=True)
    .where(Assignment.status == AssignmentStatus.COMPLETED)
)
_HERS = _DONE.where(col(Assignment.volunteer_id) == sa.bindparam("volunteer_id"))
NAME = "hours"
DEFAULTS = (10, 50, 100)
"""Hours at which people are thanked until the foundation decides otherwise [I]."""
_THANKED = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE})


class _Done(NamedTuple):
    volunteer_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: str
    reported: int | None

    @property
    def minutes(self) -> int:
        planned = int((self.ends_at - self.starts_at).total_seconds() // 60)
        return planned if self.reported is None else self.reported


def _done(unit: Unit, statement: Any, **parameters: Any) -> Iterator[_Done]:
    return (_Done(*row) for row in unit.rows(statement, **parameters))


def activity_of(unit: Unit, volunteer_id: UUID, year: int | None = None) -> list[ActivityYear]:
    """Return what somebody did by fiscal year and kind, newest year first; in one year only where one is named."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for one in _done(unit, _HERS, volunteer_id=volunteer_id):
        of = fiscal_year(unit.local_day(one.starts_at))
        if year in {None, of}:
            found[of, one.kind].append(one.minutes)
    return [
        ActivityYear(fiscal_year=of, kind=kind, activities=len(minutes), minutes=sum(minutes))
        for (of, kind), minutes in sorted(found.items(), key=lambda entry: (-entry[0][0], entry[0][1]))
    ]


def read_hours(unit: Unit, volunteer_id: UUID) -> HoursView:
    """Return what somebody has done, to staff and herself. Raises `NotFound`, `Forbidden`."""
    volunteer = take_near(unit, volunteer_id)
    years = activity_of(unit, volunteer.id)
    minutes = sum(one.minutes for one in years)
    ahead = [hours for hours in _row(unit).hours if hours * 60 > minutes]
    return HoursView(
        volunteer_id=volunteer.id,
        items=years,
        activities=sum(one.activities for one in years),
        minutes=minutes,
        next_milestone=ahead[0] if ahead else None,
    )


def _row(unit: Unit) -> Milestones:
    row = unit.session.exec(select(Milestones).where(Milestones.name == NAME)).one_or_none()
    if row is None:
        raise NotFound
    return row


def read_milestones(unit: Unit) -> MilestonesView:
    """Return the hours at which people are thanked. Raises `NotFound` before the reference data were loaded."""
    return _show(unit, _row(unit))


def set_milestones(unit: Unit, draft: MilestonesDraft) -> MilestonesView:
    """Set the hours at which people are thanked, all of them. Raises `NotFound`, `Stale`."""
    row = unit.lock(Milestones, _row(unit).id)
    unit.expect(row)
    row.hours = sorted(set(draft.hours))
    row.touch(unit.now)
    unit.audit("milestones.set", row)
    return _show(unit, row)


def _show(unit: Unit, row: Milestones) -> MilestonesView:
    verbs = ["set"] if may(unit.actor, Permission.RULES_WRITE) else []
    return MilestonesView(id=row.id, version=row.version, hours=row.hours, actions=verbs)


def due_thanks(unit: Unit) -> SelectOfScalar[UUID]:
    """Return who has reached a milestone and has not been thanked for it."""
    reached = _reached(unit)
    told = already_told(unit, [told_as(_once(hours), one) for one, hours in reached.items()])
    due = [one for one, hours in reached.items() if told_as(_once(hours), one) not in told]
    return select(Volunteer.id).where(col(Volunteer.id).in_(due), col(Volunteer.status).in_(sorted(_THANKED)))


def _reached(unit: Unit, only: Collection[UUID] = ()) -> dict[UUID, int]:
    """Return the highest milestone that each has reached."""
    statement = _DONE.where(col(Assignment.volunteer_id).in_(only)) if only else _DONE
    minutes: dict[UUID, int] = defaultdict(int)
    for one in _done(unit, statement):
        minutes[one.volunteer_id] += one.minutes
    milestones = _row(unit).hours
    reached = {one: [hours for hours in milestones if hours * 60 <= total] for one, total in minutes.items()}
    return {one: max(hours) for one, hours in reached.items() if hours}


def _once(hours: int) -> str:
    return f"milestone:{hours}"


def thank(unit: Unit, volunteer: Volunteer) -> None:
    """Thank somebody once for the highest milestone that she has reached."""
    hours = _reached(unit, [volunteer.id]).get(volunteer.id)
    if hours is not None:
        tell_volunteer(unit, volunteer.id, "milestone_reached", volunteer, {"hours": hours}, once=_once(hours))
