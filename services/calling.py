"""Whom the office has still to call: notices for the telephone that nobody has told, and calls that were promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.contact_attempt import ContactAttempt
from models.learner import Learner
from models.offer import Offer, OfferStatus
from models.organization import Organization
from models.person import Person
from models.record import Notice, NoticeChannel, NoticeStatus
from models.volunteer import Volunteer
from models.worklist import NextStep, Subject
from services import school_deadlines
from services.entering import answer_due, is_near
from services.notifying import unpack
from services.office_days import at_local
from services.unit import Unit

KEPT = timedelta(days=60)
"""How long a notice waits for somebody to tell it; what is still to come is said anew by then, by a reminder."""
CALL = NextStep(name="record", method="POST", path="/v1/contact-attempts")
_ASKING = frozenset({"offer_sent", "offers_sent_many"})
_ANSWERABLE = frozenset({OfferStatus.SENT, OfferStatus.EXPIRED})


@dataclass(frozen=True)
class Waiting:
    """A notice for the telephone, with its facts, whom it is for, and until when it is to be told."""

    notice: Notice
    party: Subject
    name: str
    facts: Mapping[str, Any]
    say_by: datetime
    near: bool


def waiting(unit: Unit) -> list[Waiting]:
    """Return what is to be told by telephone now, but for what is over and offers that were answered or taken back."""
    statement: Any = (
        select(Notice, Volunteer, Person, Learner)
        .join(Volunteer, col(Volunteer.id) == Notice.volunteer_id, isouter=True)
        .join(Person, col(Person.id) == Volunteer.person_id, isouter=True)
        .join(Learner, col(Learner.id) == Notice.learner_id, isouter=True)
        .where(
            sa.or_(col(Notice.volunteer_id).is_not(None), col(Notice.learner_id).is_not(None)),
            Notice.channel == NoticeChannel.TO_PHONE,
            Notice.status == NoticeStatus.PENDING,
            col(Notice.due_at) <= unit.now,
            col(Notice.created_at) > unit.now - KEPT,
            col(Learner.erased_on).is_(None),
        )
        .order_by(col(Notice.id))
    )
    rows = unit.session.execute(statement).all()
    notices = [notice for notice, *_ in rows]
    moot = _moot(unit, notices) | school_deadlines.moot(unit, notices)
    found = [_waiting(unit, *row) for row in rows if row[0].id not in moot]
    return [one for one in found if not _is_over(unit, one.facts)]


def _moot(unit: Unit, notices: Sequence[Notice]) -> set[UUID]:
    """Return the notices that ask for what needs no answer any more, and what became of it: nothing of that is to be told."""
    asking = [notice for notice in notices if notice.kind in _ASKING]
    asked = _asked(unit, asking)
    moot: set[UUID] = set()
    unheard: set[UUID] = set()
    for notice in asking:
        offers = [offer for offer in asked if _is_told(notice, offer)]
        if not any(offer.status in _ANSWERABLE for offer in offers):
            moot.add(notice.id)
            unheard.update(offer.id for offer in offers)
    return moot | {notice.id for notice in notices if notice.object_id in unheard}


def _asked(unit: Unit, asking: Sequence[Notice]) -> Sequence[Offer]:
    """Return the offers that were made when these notices were written."""
    statement = select(Offer).where(
        col(Offer.volunteer_id).in_({notice.volunteer_id for notice in asking}),
        col(Offer.sent_at).in_({notice.created_at for notice in asking}),
    )
    return unit.session.exec(statement).all()


def _is_told(notice: Notice, offer: Offer) -> bool:
    """Return whether a notice asks for this offer: the one it is about, or one of many that were sent together."""
    if notice.kind == "offer_sent":
        return offer.id == notice.object_id
    return (offer.volunteer_id, offer.sent_at) == (notice.volunteer_id, notice.created_at)


def _waiting(
    unit: Unit, notice: Notice, volunteer: Volunteer | None, person: Person | None, learner: Learner | None
) -> Waiting:
    facts = unpack(notice.facts)
    if learner is not None:
        facts.setdefault("first_name", learner.first_name)  # older notices do not say which child it is
    starts_at = facts.get("starts_at")
    near = starts_at is not None and is_near(unit, starts_at)
    party, name = party_of(volunteer or learner), _name(person, learner)
    return Waiting(notice, party, name, facts, _say_by(unit, notice, facts), near)


def _name(person: Person | None, learner: Learner | None) -> str:
    """Return who answers the telephone: for a learner her guardian."""
    if person is not None:
        return person.display_name
    return (learner.guardian_name or "") if learner is not None else ""


def _say_by(unit: Unit, notice: Notice, facts: Mapping[str, Any]) -> datetime:
    """Return until when it is of use: the answer it asks for, the start it is about, else as whatever reached the office."""
    named = [
        _instant(unit, facts[name]) for name in ("respond_by", "due_on", "answer_by", "starts_at") if name in facts
    ]
    return min(named) if named else answer_due(unit, notice.created_at)


def _instant(unit: Unit, value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else at_local(unit, value + timedelta(days=1), time.min)


def _is_over(unit: Unit, facts: Mapping[str, Any]) -> bool:
    if "offers" in facts:
        return all(_is_over(unit, line.facts) for line in facts["offers"].lines)
    end = facts.get("starts_at") or facts.get("answer_by")
    return end is not None and end <= unit.now


class Promised(NamedTuple):
    """A call that was promised to a volunteer, an institution or a guardian."""

    attempt: ContactAttempt
    volunteer: Volunteer | None
    person: Person | None
    organization: Organization | None
    learner: Learner | None

    @property
    def call_back_at(self) -> datetime:
        assert self.attempt.call_back_at is not None  # noqa: S101 - a check of the table holds it
        return self.attempt.call_back_at

    @property
    def name(self) -> str:
        return self.organization.name if self.organization is not None else _name(self.person, self.learner)

    @property
    def party(self) -> Subject:
        return party_of(self.volunteer or self.organization or self.learner)


def party_of(row: Volunteer | Organization | Learner | None) -> Subject:
    """Return whom a call goes to."""
    assert row is not None  # noqa: S101 - a check of the table holds it
    number = row.volunteer_no if isinstance(row, Volunteer) else None
    return Subject(type=str(row.__tablename__), id=row.id, no=number)


def promises(unit: Unit) -> Sequence[Promised]:
    """Return the calls that were promised and not made: nobody tried to reach the same party since."""
    later = aliased(ContactAttempt)
    same = sa.or_(
        col(later.volunteer_id) == col(ContactAttempt.volunteer_id),
        col(later.organization_id) == col(ContactAttempt.organization_id),
        col(later.learner_id) == col(ContactAttempt.learner_id),
    )
    since = sa.tuple_(col(later.at), col(later.id)) > sa.tuple_(col(ContactAttempt.at), col(ContactAttempt.id))
    statement: Any = (
        select(ContactAttempt, Volunteer, Person, Organization, Learner)  # type: ignore[call-overload]
        .join(Volunteer, col(Volunteer.id) == ContactAttempt.volunteer_id, isouter=True)
        .join(Person, col(Person.id) == Volunteer.person_id, isouter=True)
        .join(Organization, col(Organization.id) == ContactAttempt.organization_id, isouter=True)
        .join(Learner, col(Learner.id) == ContactAttempt.learner_id, isouter=True)
        .where(
            col(ContactAttempt.call_back_at).is_not(None),
            # What is about a classroom stands on the call list of the classroom.
            sa.or_(col(ContactAttempt.learner_id).is_(None), col(ContactAttempt.about_type).is_(None)),
            col(Learner.erased_on).is_(None),
            ~sa.exists().where(same, since),
        )
    )
    return [Promised(*row) for row in unit.session.execute(statement)]
