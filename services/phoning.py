"""The phone list: whom to call now and what to say, in the caller's language; whose number was read is in the log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.base import Row
from models.dispatch_request import DispatchRequest
from models.learner import Learner
from models.organization import Organization
from models.person import Person
from models.phone_list import CallEntry, PhoneNumber, Promise
from models.volunteer import Volunteer
from models.worklist import Subject
from services.calling import CALL, Promised, Waiting, promises, waiting
from services.paging import Ask, Page, page_of, scope_of
from services.request_rules import Case, is_urgent
from services.telling import of_notices, of_request
from services.unit import Unit
from services.wording import DEFAULT_LANGUAGE
from services.worklist_requests import decided_by, undecided_cases


@dataclass
class _Call:
    """A party to call, with all that is to be told; `requests` are those of an institution that name somebody to ask."""

    party: Subject
    waiting: list[Waiting] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    promised: Promised | None = None

    def call_by(self, unit: Unit) -> datetime:
        deadlines = [one.say_by for one in self.waiting] + [decided_by(unit, case) for case in self.cases]
        return min([*deadlines, self.promised.call_back_at] if self.promised else deadlines)


def phone_list(unit: Unit, ask: Ask) -> Page[CallEntry]:
    """Return whom to call now, the nearest deadline first; reading a number is logged with whose it is."""
    calls = list(_gathered(unit).values())

    def key(call: _Call) -> tuple[datetime, UUID]:
        return call.call_by(unit), call.party.id

    return page_of(unit, ask, calls, key, _show, scope_of("phone_list"))


def _gathered(unit: Unit) -> dict[UUID, _Call]:
    calls: dict[UUID, _Call] = {}

    def to(party: Subject) -> _Call:
        return calls.setdefault(party.id, _Call(party))

    for one in waiting(unit):
        to(one.party).waiting.append(one)
    for case in undecided_cases(unit):
        if is_urgent(unit, case):
            to(Subject(type="organization", id=case.request.organization_id, no=None)).cases.append(case)
    for promised in promises(unit):
        if promised.call_back_at <= unit.now:
            to(promised.party).promised = promised
    return calls


def _show(unit: Unit, calls: Sequence[_Call]) -> list[CallEntry]:
    book = _Book(unit, calls)
    told = of_notices(unit, [one for call in calls for one in call.waiting])
    entries = []
    for call in calls:
        entry = CallEntry(
            party=call.party,
            **book.whom(call),
            call_by=call.call_by(unit),
            urgent=bool(call.cases or call.promised or any(one.near for one in call.waiting)),
            promised=_promise(call.promised) if call.promised else None,
            to_say=[
                *(of_request(unit, case) for case in call.cases),
                *(told[one.notice.id] for one in sorted(call.waiting, key=lambda one: one.say_by)),
            ],
            verb=CALL,
        )
        book.log(call, entry)
        entries.append(entry)
    return entries


class _Book:
    """Names and numbers of those on a page; a constant number of queries."""

    def __init__(self, unit: Unit, calls: Sequence[_Call]) -> None:
        self._unit = unit
        ids = [call.party.id for call in calls]
        people = select(Volunteer, Person).join(Person, col(Person.id) == Volunteer.person_id)
        self._people = {
            row.id: (row, person) for row, person in unit.session.exec(people.where(col(Volunteer.id).in_(ids)))
        }
        self._learners = _by_id(unit, Learner, ids)
        self._organizations = _by_id(unit, Organization, ids)
        self._requests = _by_id(unit, DispatchRequest, [one for call in calls for one in _topics(call)])

    def whom(self, call: _Call) -> dict[str, Any]:
        """Return name, numbers and languages of a party."""
        if call.party.id in self._people:
            return _person(self._people[call.party.id][1])
        if call.party.id in self._learners:
            return _guardian(self._learners[call.party.id])
        organization: Organization = self._organizations[call.party.id]
        contacts = [request.onsite_contact for request in self._asked(call) if request.onsite_contact]
        numbers = {contact["phone"]: contact["name"] for contact in contacts}
        return {
            "name": organization.name,
            "kana": organization.kana,
            "numbers": [PhoneNumber(name=name, phone=phone) for phone, name in numbers.items()],
            "number_wrong": False,
            "language": DEFAULT_LANGUAGE,
            "languages": [DEFAULT_LANGUAGE],
        }

    def _asked(self, call: _Call) -> list[DispatchRequest]:
        return [self._requests[one] for one in _topics(call) if one in self._requests]

    def log(self, call: _Call, entry: CallEntry) -> None:
        """Write down whose number was read."""
        if not entry.numbers:
            return
        if call.party.id in self._people:
            self._unit.audit("phone_list.read", self._people[call.party.id][0], fields=["phone"], subject=call.party.id)
        if call.party.id in self._learners:
            self._unit.audit("phone_list.read", self._learners[call.party.id], fields=["guardian_phone"])
        for request in [] if call.party.id in self._people else self._asked(call):
            self._unit.audit("phone_list.read", request, fields=["onsite_contact"])


def _topics(call: _Call) -> list[UUID]:
    """Return the requests that an institution is called about."""
    ids = [case.request.id for case in call.cases]
    about = call.promised.attempt.about_id if call.promised else None
    return ids if about is None or about in ids else [*ids, about]


def _by_id(unit: Unit, table: type[Row], ids: Sequence[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in unit.session.exec(select(table).where(col(table.id).in_(ids)))}


def _person(person: Person) -> dict[str, Any]:
    languages = person.contact_languages or [person.native_language or DEFAULT_LANGUAGE]
    return {
        "name": person.display_name,
        "kana": person.kana,
        "numbers": [PhoneNumber(name=person.display_name, phone=person.phone)] if person.phone else [],
        "number_wrong": person.phone_wrong_at is not None,
        "language": languages[0],
        "languages": languages,
    }


def _guardian(learner: Learner) -> dict[str, Any]:
    language = learner.guardian_language or DEFAULT_LANGUAGE
    return {
        "name": learner.guardian_name,
        "kana": "",
        "numbers": [PhoneNumber(name=learner.guardian_name, phone=learner.guardian_phone)],
        "number_wrong": False,
        "language": language,
        "languages": [language],
    }


def _promise(promised: Promised) -> Promise:
    attempt = promised.attempt
    about = (
        Subject(type=attempt.about_type, id=attempt.about_id, no=None)
        if attempt.about_type and attempt.about_id
        else None
    )
    return Promise(at=promised.call_back_at, note_code=attempt.note_code, about=about)
