"""What stands on the worklist: an entry with its deadline, and the rules that deadlines follow (domain.md §0.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from models.worklist import NextStep, Subject, WorkCode
from services.office_days import at_local, office_calendar
from services.reminding import end_of_warning
from services.unit import Unit


@dataclass(frozen=True)
class Entry:
    """Something that needs the office: which object, why, until when, what settles it; `facts` word it."""

    code: WorkCode
    object: Subject
    deadline: datetime
    verb: NextStep
    urgent: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[bool, datetime, UUID, str]:
        """The place on the list: what is urgent first, then by deadline, object and code."""
        return not self.urgent, self.deadline, self.object.id, str(self.code)


def post(path: str) -> NextStep:
    """Return the verb that a path ends with."""
    return NextStep(name=path.rsplit("/", 1)[-1], method="POST", path=path)


def answer_due(unit: Unit, since: datetime, starts_at: datetime | None = None, *, urgent: bool = False) -> datetime:
    """Return until when the office answers what reached it: the close of the next business day, within hours where it
    is urgent, and never later than the start it is about."""
    if urgent:
        due = since + timedelta(hours=unit.rules.urgent_reply_hours)
    else:
        day = office_calendar(unit).step(unit.local_day(since), unit.rules.answer_business_days)
        due = at_local(unit, day, unit.rules.office_closes)
    return due if starts_at is None else min(due, starts_at)


def release_due(unit: Unit, starts_at: datetime) -> datetime:
    """Return until when somebody may stay on a shift with something unsettled, so that others can still be asked."""
    day = office_calendar(unit).step(unit.local_day(starts_at), -unit.rules.condition_release_business_days)
    return at_local(unit, day + timedelta(days=1), time.min)


def is_near(unit: Unit, starts_at: datetime) -> bool:
    """Return whether something begins within the days in which a place is at risk."""
    return starts_at < end_of_warning(unit)
