"""What people do in the demo, each scene one verb of the services by whoever would do it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from models.assignment import Assignment, AssignmentCreate, ClaimCreate, Withdrawal, WithdrawReason
from models.client import Client, IdentityDraft, RequestClient
from models.dispatch_request import Acceptance, DispatchRequestCreate, Reason, Submission
from models.fallback import FallbackCreate
from models.fields import Override
from models.offer import DeclineReason, Offer, OfferAcceptance, OfferDecline, OffersCreate
from services import answering, claiming, deciding, fallbacks, families, offering, requesting, standing
from services.demo.requests import CHECKUP, NEWBORN, Asked
from services.demo.stage import Stage
from services.unit import Unit

OFFER_STANDS = timedelta(days=3)
"""An offer of today can be answered for so long, whatever the hour the demo is loaded."""
_CONTACT = {"name": "受付担当（架空）", "phone": "076-000-9000"}
_ESCORT = {"name": "担当助産師（架空）", "role": "midwife", "phone": "076-000-9001"}
_HOME = {"name": "ご家族（架空）", "phone": "076-000-9100", "address": "金沢市（デモのため番地なし）"}


def file(stage: Stage, asked: Asked, at: datetime) -> None:
    """The centre writes the request down, for a home visit with the family's address."""
    unit = stage.clerk(asked, at)
    draft = DispatchRequestCreate(**_when_and_where(stage, asked), **_for_whom(stage, asked, unit))
    request = requesting.create(unit, draft)
    stage.requests[asked.name] = request.id
    if asked.service == NEWBORN:
        families.write_identity(unit, request.id, 1, IdentityDraft(**_HOME))


def _when_and_where(stage: Stage, asked: Asked) -> dict[str, Any]:
    starts_at = stage.days.at(asked.day, asked.starts)
    session = stage.sessions[asked.centre, asked.day] if asked.service == CHECKUP else None
    return {
        "service_type": asked.service,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=asked.minutes),
        "facility_id": None if asked.home_district else stage.directory.facilities[asked.centre],
        "home_district": asked.home_district,
        "checkup_session_id": session.id if session else None,
        "meeting_point": "1階受付前",
        "onsite_contact": _CONTACT,
        "escort": _ESCORT if asked.service == NEWBORN else None,
    }


def _for_whom(stage: Stage, asked: Asked, unit: Unit) -> dict[str, Any]:
    earlier = stage.requests[asked.continues] if asked.continues else None
    client = {
        "client_ref": _family_of(unit, earlier) if earlier else None,
        "age_months": asked.age_months,
        "consent_on": unit.today,
        "time_band": asked.starts,
    }
    return {
        "languages": [asked.language],
        "clients": [client] if asked.age_months is not None else [],
        "topics": ["feeding" if asked.service == NEWBORN else "growth"],
        "gender_requirement": {"value": asked.gender, "reason": "授乳の相談のため"} if asked.gender else None,
        "continuity_of": earlier,
    }


def _family_of(unit: Unit, request_id: UUID) -> str:
    link = unit.session.exec(select(RequestClient).where(RequestClient.request_id == request_id)).one()
    return unit.get(Client, link.client_id).ref


def submit(stage: Stage, asked: Asked, at: datetime) -> None:
    """The centre hands it in."""
    requesting.submit(stage.clerk(asked, at), stage.requests[asked.name], Submission())


def accept(stage: Stage, asked: Asked, at: datetime) -> None:
    """The office accepts it, a late one with its reason."""
    late = Override(code="REQ_LEAD", reason="健診の日程が変わり、急ぎの依頼になったため")
    acceptance = Acceptance(overrides=[late] if asked.late else [])
    request = deciding.accept(stage.office(at), stage.requests[asked.name], acceptance)
    assert request.shift_id is not None  # noqa: S101 - accepting opens the shift
    stage.shifts[asked.name] = request.shift_id


def cancel(stage: Stage, asked: Asked, at: datetime) -> None:
    """The centre cancels."""
    deciding.cancel(stage.clerk(asked, at), stage.requests[asked.name], Reason(reason=asked.reason))


def give_up(stage: Stage, asked: Asked, at: datetime) -> None:
    """The office notes that nobody can come, and what is done instead."""
    request_id = stage.requests[asked.name]
    deciding.mark_unfilled(stage.office(at), request_id, Reason(reason=asked.reason))
    fallbacks.arrange(stage.office(at), request_id, FallbackCreate(channel=asked.instead))


def claim(stage: Stage, asked: Asked, at: datetime, key: str) -> None:
    """An interpreter takes the place herself."""
    claiming.claim(stage.interpreter(key, at), stage.shifts[asked.name], ClaimCreate())


def assign(stage: Stage, asked: Asked, at: datetime, key: str) -> None:
    """The office puts an interpreter on it by hand."""
    draft = AssignmentCreate(volunteer_id=stage.interpreters[key])
    claiming.assign(stage.office(at), stage.shifts[asked.name], draft)


def offer(stage: Stage, asked: Asked, at: datetime, keys: Sequence[str]) -> None:
    """The office asks one wave of interpreters."""
    ids = [stage.interpreters[key] for key in keys]
    offering.send(stage.office(at), stage.shifts[asked.name], OffersCreate(volunteer_ids=ids))


def offer_for_days(stage: Stage, asked: Asked, at: datetime, keys: Sequence[str]) -> None:
    """The office asks, and leaves time for the answer."""
    ids = [stage.interpreters[key] for key in keys]
    draft = OffersCreate(volunteer_ids=ids, respond_by=at + OFFER_STANDS)
    offering.send(stage.office(at), stage.shifts[asked.name], draft)


def say_yes(stage: Stage, asked: Asked, at: datetime, key: str) -> None:
    """An interpreter accepts her offer."""
    unit = stage.interpreter(key, at)
    answering.accept(unit, _offer_to(stage, unit, asked, key), OfferAcceptance())


def say_no(stage: Stage, asked: Asked, at: datetime, key: str) -> None:
    """An interpreter declines her offer."""
    unit = stage.interpreter(key, at)
    answering.decline(unit, _offer_to(stage, unit, asked, key), OfferDecline(reason=DeclineReason.BUSY))


def _offer_to(stage: Stage, unit: Unit, asked: Asked, key: str) -> UUID:
    statement = select(Offer.id).where(
        Offer.shift_id == stage.shifts[asked.name], Offer.volunteer_id == stage.interpreters[key]
    )
    return unit.session.exec(statement).one()


def leave(stage: Stage, asked: Asked, at: datetime, key: str) -> None:
    """An interpreter falls ill and gives the place back."""
    unit = stage.interpreter(key, at)
    statement = select(Assignment.id).where(
        Assignment.shift_id == stage.shifts[asked.name], Assignment.volunteer_id == stage.interpreters[key]
    )
    standing.withdraw(unit, unit.session.exec(statement).one(), Withdrawal(reason=WithdrawReason.ILLNESS))
