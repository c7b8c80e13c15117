"""What is to be told on the telephone, in the language of whoever calls, with the verbs that enter the answer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.availability_call import AvailabilityCall, CallStatus
from models.offer import Offer
from models.phone_list import ToSay
from models.record import Notice
from models.worklist import NextStep, Subject
from services import states
from services.calling import Waiting
from services.entering import post
from services.notifying import facts_of_the_house
from services.policies import permissions_of
from services.request_rules import Case, needs_override
from services.showing_work import show_assignments
from services.unit import Unit
from services.wording import say
from services.worklist_requests import decided_by

_OF_AN_OFFER = ("accept", "decline")
_OF_AN_ASSIGNMENT = ("keep", "want-standin", "withdraw")
_OF_A_REQUEST = ("accept", "return", "reject")


def of_notices(unit: Unit, waiting: Sequence[Waiting]) -> dict[UUID, ToSay]:
    """Return what each notice says, by its id; a constant number of queries."""
    answers = _answers(unit, [one.notice for one in waiting])
    return {one.notice.id: _of_notice(unit, one, answers.get(one.notice.id, [])) for one in waiting}


def _of_notice(unit: Unit, one: Waiting, verbs: list[NextStep]) -> ToSay:
    notice = one.notice
    return ToSay(
        notice_id=notice.id,
        kind=notice.kind,
        about=Subject(type=notice.object_type, id=notice.object_id, no=None),
        say_by=one.say_by,
        verbs=verbs,
        **_texts(unit, notice.kind, one.facts),
    )


def _texts(unit: Unit, kind: str, facts: Mapping[str, Any]) -> dict[str, str]:
    facts = {**facts_of_the_house(unit), **facts}
    return {part: say("notices", f"{kind}_{part}", unit.language, facts, unit.zone) for part in ("subject", "body")}


def of_request(unit: Unit, case: Case) -> ToSay:
    """Return what is settled with an institution on the telephone first: a request below its lead time."""
    request, kind = case.request, "office_request_urgent"
    facts = {
        "no": request.request_no,
        "starts_at": request.starts_at,
        "language": request.languages[0],
        "kind": case.service.code,
        "needs_override": [rule.code for rule in needs_override(unit, case)],
    }
    return ToSay(
        notice_id=None,
        kind=kind,
        about=Subject(type="dispatch_request", id=request.id, no=request.request_no),
        say_by=decided_by(unit, case),
        verbs=[post(f"/v1/dispatch-requests/{request.id}/{verb}") for verb in _OF_A_REQUEST],
        **_texts(unit, kind, facts),
    )


def _answers(unit: Unit, notices: Sequence[Notice]) -> dict[UUID, list[NextStep]]:
    """Return the verbs by which her answer is entered, by the notice that asks for it."""
    by_object = {
        **_to_offers(unit, _about(notices, Offer)),
        **_to_assignments(unit, _about(notices, Assignment)),
    }
    found = {notice.id: by_object[notice.object_id] for notice in notices if notice.object_id in by_object}
    many = {notice.id: [_open_offers(notice)] for notice in notices if notice.kind == "offers_sent_many"}
    return {**found, **many, **_to_calls(unit, notices)}


def _open_offers(notice: Notice) -> NextStep:
    """Return where the offers are read that one message told of; each has its own answer."""
    return NextStep(name="offers", method="GET", path=f"/v1/offers?volunteer_id={notice.volunteer_id}&status=sent")


def _about(notices: Sequence[Notice], table: Any) -> list[UUID]:
    return [notice.object_id for notice in notices if notice.object_type == table.__tablename__]


def _to_offers(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[NextStep]]:
    permissions = permissions_of(unit.actor.roles)
    return {
        offer.id: [
            post(f"/v1/offers/{offer.id}/{verb}")
            for verb in states.OFFER.open_to(offer.status, permissions)
            if verb in _OF_AN_OFFER
        ]
        for offer in unit.session.exec(select(Offer).where(col(Offer.id).in_(ids)))
    }


def _to_assignments(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[NextStep]]:
    rows = unit.session.exec(select(Assignment).where(col(Assignment.id).in_(ids))).all()
    return {
        view.id: [post(f"/v1/assignments/{view.id}/{verb}") for verb in view.actions if verb in _OF_AN_ASSIGNMENT]
        for view in show_assignments(unit, rows)
    }


def _to_calls(unit: Unit, notices: Sequence[Notice]) -> dict[UUID, list[NextStep]]:
    asked = [notice for notice in notices if notice.object_type == AvailabilityCall.__tablename__]
    open_calls = select(AvailabilityCall.id).where(
        col(AvailabilityCall.id).in_([notice.object_id for notice in asked]), AvailabilityCall.status == CallStatus.OPEN
    )
    open_now = set(unit.session.exec(open_calls))
    return {notice.id: [_answer(notice)] for notice in asked if notice.object_id in open_now}


def _answer(notice: Notice) -> NextStep:
    path = f"/v1/availability-calls/{notice.object_id}/answers/{notice.volunteer_id}"
    return NextStep(name="answer", method="PUT", path=path)
