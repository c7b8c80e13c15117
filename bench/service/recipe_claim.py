"""The rows of a claim as the usual recipe writes them: entities changed and added, relationships followed."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.assignment import HOLDING, Assignment, AssignmentStatus, Booking, BookingSource, Via
from models.dispatch_request import RequestStatus
from models.offer import Offer, OfferStatus
from models.record import AuditEvent, Notice, NoticeChannel, NoticeStatus
from models.shift import ClaimPolicy, Demand, ShiftStatus
from services.notifying import pack


def write(
    session: Session, wiring: Wiring, account: Account, volunteer: Any, shift: Any, demand_id: UUID
) -> Assignment:
    """Take the place and put her on it."""
    now = wiring.clock()
    session.get_one(Demand, demand_id).taken += 1
    waits = shift.claim_policy is ClaimPolicy.APPROVAL
    assignment = Assignment(
        created_at=now,
        updated_at=now,
        created_by=account.id,
        shift_id=shift.id,
        demand_id=demand_id,
        volunteer_id=volunteer.id,
        via=Via.CLAIM,
        status=AssignmentStatus.TENTATIVE if waits else AssignmentStatus.CONFIRMED,
        confirmed_at=None if waits else now,
    )
    booking = Booking(
        volunteer_id=volunteer.id,
        source_type=BookingSource.ASSIGNMENT,
        source_id=assignment.id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
    )
    session.add_all([assignment, booking])
    session.flush()
    return assignment


def settle(session: Session, wiring: Wiring, account: Account, shift: Any, assignment: Any) -> None:
    """Let shift and request follow, and write who did it and who is told."""
    now = wiring.clock()
    session.expire(shift, ["assignments", "demands"])
    tentative = any(one.status is AssignmentStatus.TENTATIVE for one in shift.assignments)
    filled = all(demand.taken == demand.places for demand in shift.demands) and not tentative
    shift.version += 1
    shift.updated_at = now
    session.add(_audit(wiring, account, assignment))
    session.add(_confirmation(wiring, account, shift, assignment))
    if not filled:
        return
    shift.status = ShiftStatus.FILLED
    shift.request.status = RequestStatus.FILLED
    shift.request.version += 1
    shift.request.updated_at = now
    _tell_requester(session, wiring, shift)
    for offer in session.exec(select(Offer).where(Offer.shift_id == shift.id, Offer.status == OfferStatus.SENT)):
        offer.status = OfferStatus.WITHDRAWN


def _audit(wiring: Wiring, account: Account, assignment: Any) -> AuditEvent:
    return AuditEvent(
        at=wiring.clock(),
        actor_id=account.id,
        roles=sorted(account.roles),
        action="assignment.claim",
        object_type="assignment",
        object_id=assignment.id,
        facts={"overrides": []},
        subject_volunteer_id=assignment.volunteer_id,
    )


def _confirmation(wiring: Wiring, account: Account, shift: Any, assignment: Any) -> Notice:
    facts = {
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "place": shift.facility.name,
        "meeting_point": shift.request.meeting_point,
        "language": shift.request.languages[0],
        "kind": shift.service_type.code,
        "link": f"{wiring.rules.public_url}/v1/shifts/{shift.id}",
        "conditions": [],
    }
    kind = "assignment_confirmed" if assignment.status is AssignmentStatus.CONFIRMED else "assignment_tentative"
    return _notice(wiring, account, kind, assignment, facts, volunteer_id=assignment.volunteer_id)


def _tell_requester(session: Session, wiring: Wiring, shift: Any) -> None:
    names = [one.volunteer.person.badge_name for one in shift.assignments if one.status in HOLDING]
    facts = {"no": shift.request.request_no, "starts_at": shift.starts_at, "badge_names": names}
    asking = select(Account).where(
        Account.organization_id == shift.request.organization_id, col(Account.status) == AccountStatus.ACTIVE
    )
    for account in session.exec(asking):
        if Role.REQUESTER in account.roles:
            session.add(_notice(wiring, account, "request_filled", shift.request, facts, account_id=account.id))


def _notice(wiring: Wiring, account: Account, kind: str, about: Any, facts: dict[str, Any], **whom: Any) -> Notice:
    return Notice(
        kind=kind,
        language=account.language,
        address=account.email,
        channel=NoticeChannel.MAIL,
        status=NoticeStatus.PENDING,
        facts=pack(facts),
        object_type=str(about.__tablename__),
        object_id=about.id,
        created_at=wiring.clock(),
        due_at=wiring.clock(),
        **whom,
    )
