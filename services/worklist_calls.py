"""Entries of the worklist about the telephone: to call, to call back, numbers to mend, people nobody reaches."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus, Party
from models.contact_attempt import FAILED, ContactAttempt, ContactResult
from models.person import Person
from models.shift import Shift
from models.volunteer import Volunteer, VolunteerStatus
from models.worklist import NextStep, WorkCode
from services.calling import CALL, Waiting, party_of, promises, waiting
from services.entering import Entry, answer_due
from services.unit import Unit


def to_phone(unit: Unit) -> Iterator[Entry]:
    """Volunteers and guardians without mail to whom something is to be told, one entry each."""
    calls: dict[UUID, list[Waiting]] = defaultdict(list)
    for one in waiting(unit):
        calls[one.party.id].append(one)
    for notices in calls.values():
        yield Entry(
            WorkCode.TO_PHONE,
            notices[0].party,
            min(one.say_by for one in notices),
            CALL,
            any(one.near for one in notices),
            {"who": notices[0].name, "n": len(notices)},
        )


def call_backs(unit: Unit) -> Iterator[Entry]:
    """Calls that were promised."""
    for promised in promises(unit):
        yield Entry(
            WorkCode.CALL_BACK,
            promised.party,
            promised.call_back_at,
            CALL,
            promised.call_back_at <= unit.now,
            {"who": promised.name, "at": promised.call_back_at},
        )


def wrong_numbers(unit: Unit) -> Iterator[Entry]:
    """Volunteers whose number somebody else answers."""
    statement = (
        select(Volunteer, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Person.phone_wrong_at).is_not(None))
    )
    for volunteer, person in unit.session.exec(statement):
        yield Entry(
            WorkCode.NUMBER_WRONG,
            party_of(volunteer),
            answer_due(unit, person.phone_wrong_at or unit.now),
            NextStep(name="change", method="PATCH", path=f"/v1/volunteers/{volunteer.id}"),
            facts={"who": person.display_name},
        )


def unreachable(unit: Unit) -> Iterator[Entry]:
    """Volunteers whom nobody reaches, for a coordinator to look at; nothing happens to them by itself (§4.1)."""
    failures = _failures(unit)
    statement: Any = (
        select(Volunteer, Person, failures.c.failed, failures.c.last)
        .join(failures, failures.c.volunteer_id == Volunteer.id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.status).in_([VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE]))
    )
    for volunteer, person, failed, last in unit.session.execute(statement):
        yield Entry(
            WorkCode.UNREACHABLE,
            party_of(volunteer),
            answer_due(unit, last),
            CALL,
            facts={"who": person.display_name, "n": failed, "days": unit.rules.unreachable_days},
        )


def _failures(unit: Unit) -> Any:
    """Return how often each volunteer was not reached lately, since somebody last spoke to her."""
    later = aliased(ContactAttempt)
    spoken_to = sa.exists().where(
        col(later.volunteer_id) == col(ContactAttempt.volunteer_id),
        col(later.result).not_in(sorted(FAILED)),
        col(later.at) >= col(ContactAttempt.at),
    )
    since = unit.now - timedelta(days=unit.rules.unreachable_days)
    return (
        sa.select(
            col(ContactAttempt.volunteer_id),
            sa.func.count().label("failed"),
            sa.func.max(col(ContactAttempt.at)).label("last"),
        )
        .where(
            col(ContactAttempt.volunteer_id).is_not(None),
            col(ContactAttempt.result).in_(sorted(FAILED)),
            col(ContactAttempt.at) > since,
            ~spoken_to,
        )
        .group_by(col(ContactAttempt.volunteer_id))
        .having(sa.func.count() >= unit.rules.unreachable_attempts)
        .subquery()
    )


def missed_often(unit: Unit) -> Iterator[Entry]:
    """Volunteers who were missed so often that the office should talk with them, until it has spoken to them since (§4.4)."""
    missed = _missed(unit)
    spoken_to = sa.exists().where(
        col(ContactAttempt.volunteer_id) == missed.c.volunteer_id,
        col(ContactAttempt.result) == ContactResult.REACHED,
        col(ContactAttempt.at) >= missed.c.last,
    )
    statement: Any = (
        select(Volunteer, Person, missed.c.times, missed.c.last)
        .join(missed, missed.c.volunteer_id == Volunteer.id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.status).in_([VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE]), ~spoken_to)
    )
    for volunteer, person, times, last in unit.session.execute(statement):
        yield Entry(
            WorkCode.NO_SHOW_REVIEW,
            party_of(volunteer),
            answer_due(unit, last),
            CALL,
            facts={"who": person.display_name, "n": times, "months": unit.rules.no_show_review_months},
        )


def _missed(unit: Unit) -> Any:
    """Return how often each volunteer was missed in the months that count, as it stands now, and when last."""
    return (
        sa.select(
            col(Assignment.volunteer_id), sa.func.count().label("times"), sa.func.max(Assignment.ended_at).label("last")
        )
        .join(Shift, col(Shift.id) == col(Assignment.shift_id))
        .where(
            col(Assignment.status) == AssignmentStatus.NO_SHOW,
            col(Assignment.end_reason) == Party.VOLUNTEER,
            col(Shift.starts_at) > unit.now - relativedelta(months=unit.rules.no_show_review_months),
        )
        .group_by(col(Assignment.volunteer_id))
        .having(sa.func.count() >= unit.rules.no_show_review_count)
        .subquery()
    )
