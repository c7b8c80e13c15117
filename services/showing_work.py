"""Assignments and offers as each caller may see them, for one or for many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.activity_report import ActivityReport
from models.assignment import (
    HOLDING,
    RECONFIRM,
    Assignment,
    AssignmentDetail,
    AssignmentStatus,
    AssignmentView,
    Briefing,
    ClientGlimpse,
    ConditionView,
)
from models.class_session import ClassSession, ClassSessionStatus
from models.client import Client, RequestClient
from models.dispatch_request import SETTLED, DispatchRequest, Escort, OnsiteContact, RequestStatus
from models.offer import Offer, OfferStatus, OfferView
from models.person import Person
from models.shift import Shift, ShiftView
from models.volunteer import Volunteer
from services import states
from services.policies import Audience, Permission, permissions_as
from services.queries import REQUEST_SOURCE, SESSION_SOURCE
from services.shift_facts import told_of
from services.showing_shifts import at_rest, judge_for, show_shifts, unjudged
from services.sights import Sight, audiences_of, sights_of
from services.states import FROM_THE_START, Phase, phase_of
from services.unit import Unit
from services.wording import say

_UNANSWERED = frozenset({OfferStatus.SENT, OfferStatus.EXPIRED})
# Built once: building a statement costs as much as running it.
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_PEOPLE = (
    select(Volunteer.id, Person).join(Person, col(Person.id) == Volunteer.person_id).where(col(Volunteer.id).in_(_IDS))
)
_TIMES = (
    select(Shift.id, Shift.starts_at, Shift.ends_at, DispatchRequest.status, ClassSession.status)  # type: ignore[call-overload]
    .join(
        DispatchRequest,
        sa.and_(col(Shift.source_type) == REQUEST_SOURCE, col(DispatchRequest.id) == col(Shift.source_id)),
        isouter=True,
    )
    .join(
        ClassSession,
        sa.and_(col(Shift.source_type) == SESSION_SOURCE, col(ClassSession.id) == col(Shift.source_id)),
        isouter=True,
    )
    .where(col(Shift.id).in_(_IDS))
)


def show_assignment(unit: Unit, assignment: Assignment) -> AssignmentView:
    """Return an assignment in short."""
    return show_assignments(unit, [assignment])[0]


def show_assignments(unit: Unit, assignments: Sequence[Assignment]) -> list[AssignmentView]:
    """Return assignments in short, with a constant number of queries."""
    context = _context(unit, assignments)
    return [AssignmentView(**_assignment(unit, assignment, context)) for assignment in assignments]


@dataclass(frozen=True)
class _Context:
    """What a page of assignments needs to be shown, read once."""

    badges: Mapping[UUID, str]
    standings: Mapping[UUID, "_Standing"]
    reported: Collection[UUID]
    audiences: Mapping[UUID, Audience]


def _context(unit: Unit, assignments: Sequence[Assignment]) -> _Context:
    shift_ids = [assignment.shift_id for assignment in assignments]
    return _Context(
        badges=_badges(unit, [assignment.volunteer_id for assignment in assignments]),
        standings=_standings(unit, shift_ids),
        reported=_reported(unit, assignments),
        audiences=audiences_of(unit, shift_ids),
    )


def _audiences(unit: Unit, volunteer_id: UUID, of_shift: Audience) -> frozenset[Audience]:
    """Return in what capacities the caller sees somebody on a shift; her own standing she sees as a volunteer too."""
    own = {Audience.VOLUNTEER} if volunteer_id == unit.actor.volunteer_id else set()
    return frozenset({of_shift, *own})


def _actions(unit: Unit, assignment: Assignment, context: _Context, audiences: frozenset[Audience]) -> list[str]:
    standing = context.standings[assignment.shift_id]
    if assignment.status is AssignmentStatus.TENTATIVE and standing.phase in FROM_THE_START:
        return []  # time has let go of whoever was not confirmed
    verbs = states.ASSIGNMENT.open_to(assignment.status, permissions_as(unit.actor, audiences), standing.phase)
    closed = {"report"} if assignment.id in context.reported else {"correct-report"}
    if standing.put_away:
        closed.add("correct-report")
    if standing.settled:
        closed.add("no-show")
    if assignment.status is AssignmentStatus.TENTATIVE and not is_asked(assignment):
        closed.add("keep")
    return [verb for verb in verbs if verb not in closed]


def _reported(unit: Unit, assignments: Sequence[Assignment]) -> Collection[UUID]:
    """Return those of the assignments that are reported about; only what is done can be."""
    ids = [assignment.id for assignment in assignments if assignment.status is AssignmentStatus.COMPLETED]
    if not ids:
        return ()
    return unit.session.exec(select(ActivityReport.subject_id).where(col(ActivityReport.subject_id).in_(ids))).all()


def _assignment(unit: Unit, assignment: Assignment, context: _Context) -> dict[str, Any]:
    audiences = _audiences(unit, assignment.volunteer_id, context.audiences[assignment.shift_id])
    asked_only, by_office = audiences == {Audience.REQUESTER}, unit.actor.is_staff
    return {
        "id": assignment.id,
        "version": assignment.version,
        "shift_id": assignment.shift_id,
        "demand_id": assignment.demand_id,
        "volunteer_id": None if asked_only else assignment.volunteer_id,
        "badge_name": context.badges[assignment.volunteer_id],
        "status": assignment.status,
        "via": assignment.via,
        "conditions": [] if asked_only else _conditions(unit, assignment),
        "substituted_for": None if asked_only else assignment.substituted_for,
        "confirmed_at": assignment.confirmed_at,
        "ended_at": assignment.ended_at,
        "checked_in_at": assignment.checked_in_at,
        "completed_at": assignment.completed_at,
        "no_show_party": assignment.end_reason if assignment.status is AssignmentStatus.NO_SHOW else None,
        "end_reason": None if asked_only else assignment.end_reason,
        "end_note": assignment.end_note if by_office else None,
        "overrides": assignment.overrides if by_office else None,
        "flags": (assignment.flags or []) if by_office else None,
        "actions": _actions(unit, assignment, context, audiences),
    }


def is_asked(assignment: Assignment) -> bool:
    """Return whether she has still to say that she keeps a place that has changed."""
    return any(condition["code"] == RECONFIRM for condition in assignment.conditions)


def _conditions(unit: Unit, assignment: Assignment) -> list[ConditionView]:
    return [
        ConditionView(
            code=condition["code"],
            due_on=date.fromisoformat(condition["due_on"]),
            detail=say("problems", condition["code"], unit.language, {"on": date.fromisoformat(condition["due_on"])}),
        )
        for condition in assignment.conditions
    ]


def show_detail(unit: Unit, assignment: Assignment) -> AssignmentDetail:
    """Return an assignment with its shift, and with the briefing for those who need it."""
    shift = unit.get(Shift, assignment.shift_id)
    context = _context(unit, [assignment])
    return AssignmentDetail(
        **_assignment(unit, assignment, context),
        shift=_beside(assignment, show_shifts(unit, [shift], {})[0], context.audiences[shift.id]),
        briefing=briefings(unit, [shift]).get(shift.id),
    )


def _beside(assignment: Assignment, view: ShiftView, audience: Audience) -> ShiftView:
    """Return the shift as it is shown with an assignment; a volunteer's that has ended tells nothing that moves."""
    over = assignment.status not in HOLDING and audience is Audience.VOLUNTEER
    return at_rest(view) if over else view


def briefings(unit: Unit, shifts: Sequence[Shift]) -> dict[UUID, Briefing]:
    """Return what comes with the confirmation, field by field as the stage allows."""
    sights = sights_of(unit, shifts)
    near = [shift for shift in shifts if sights[shift.id].sees("note")]
    told = [shift for shift in near if shift.source_type == REQUEST_SOURCE]
    requests = _rows(unit, DispatchRequest, [shift.source_id for shift in told])
    clients = _glimpses(unit, list(requests))
    invited = {
        shift_id: Briefing(meeting_point=row.meeting_point, note=row.note, topics=[], clients=[], request_id=None)
        for shift_id, row in told_of(unit, near).items()
    }
    return invited | {
        shift.id: _briefing(requests[shift.source_id], clients.get(shift.source_id, []), sights[shift.id])
        for shift in told
    }


def _briefing(request: DispatchRequest, clients: Sequence[ClientGlimpse], sight: Sight) -> Briefing:
    contact = request.onsite_contact if sight.sees("onsite_contact") else None
    escort = request.escort if sight.sees("escort") else None
    return Briefing(
        meeting_point=request.meeting_point,
        onsite_contact=OnsiteContact(**contact) if contact else None,
        escort=Escort(**escort) if escort else None,
        note=request.note,
        topics=request.topics,
        clients=list(clients),
        request_id=request.id,
    )


def _glimpses(unit: Unit, request_ids: Sequence[UUID]) -> dict[UUID, list[ClientGlimpse]]:
    rows = unit.session.exec(
        select(RequestClient, Client.ref)
        .join(Client, col(Client.id) == RequestClient.client_id)
        .where(col(RequestClient.request_id).in_(request_ids))
        .order_by(RequestClient.n)  # type: ignore[arg-type]
    )
    found: dict[UUID, list[ClientGlimpse]] = {}
    for client, ref in rows:
        glimpse = ClientGlimpse(client_ref=ref, age_months=client.age_months, time_band=client.time_band)
        found.setdefault(client.request_id, []).append(glimpse)
    return found


def show_offer(unit: Unit, offer: Offer) -> OfferView:
    """Return an offer with its shift, and with the assignment it led to."""
    return show_offers(unit, [offer])[0]


def show_offers(unit: Unit, offers: Sequence[Offer]) -> list[OfferView]:
    """Return offers, with a constant number of queries."""
    badges = _badges(unit, [offer.volunteer_id for offer in offers])
    shifts = _shifts(unit, [offer.shift_id for offer in offers])
    asked = {offer.shift_id for offer in offers if offer.status in _UNANSWERED}
    judgements = judge_for(unit, [shift for shift in shifts.values() if shift.id in asked])
    views = {view.id: view for view in show_shifts(unit, list(shifts.values()), judgements)}
    made = _rows(unit, Assignment, [offer.assignment_id for offer in offers if offer.assignment_id])
    assignments: dict[Any, AssignmentView] = {view.id: view for view in show_assignments(unit, list(made.values()))}
    audiences = audiences_of(unit, list(shifts))
    beside = {row.id: _beside(row, unjudged(views[row.shift_id]), audiences[row.shift_id]) for row in made.values()}
    return [
        _offer(
            unit,
            offer,
            badges[offer.volunteer_id],
            _told(offer, views, beside),
            assignments.get(offer.assignment_id),
            permissions_as(unit.actor, _audiences(unit, offer.volunteer_id, audiences[offer.shift_id])),
        )
        for offer in offers
    ]


def _told(offer: Offer, views: Mapping[UUID, ShiftView], beside: Mapping[Any, ShiftView]) -> ShiftView:
    """Return the shift as it is shown with an offer: judged while she may say yes, else as with her assignment."""
    view = views[offer.shift_id]
    return view if offer.status in _UNANSWERED else beside.get(offer.assignment_id, unjudged(view))


def _offer(
    unit: Unit,
    offer: Offer,
    badge_name: str,
    shift: ShiftView,
    assignment: AssignmentView | None,
    permissions: frozenset[Permission],
) -> OfferView:
    upcoming = shift.starts_at > unit.now
    return OfferView(
        id=offer.id,
        version=offer.version,
        shift_id=offer.shift_id,
        demand_id=offer.demand_id,
        volunteer_id=offer.volunteer_id,
        badge_name=badge_name,
        wave=offer.wave,
        rank=offer.rank if unit.actor.is_staff else None,
        status=offer.status,
        sent_at=offer.sent_at,
        respond_by=offer.respond_by,
        answered_at=offer.answered_at,
        decline_reason=offer.decline_reason,
        shift=shift,
        assignment=assignment,
        actions=states.OFFER.open_to(offer.status, permissions) if upcoming else [],
    )


def _badges(unit: Unit, volunteer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    rows = unit.session.exec(_PEOPLE, params={"ids": volunteer_ids})
    return {volunteer_id: person.badge_name for volunteer_id, person in rows}


@dataclass(frozen=True)
class _Standing:
    """Where the clock stands against a shift, and whether its request is settled, after which nobody is missed, or put away.

    A class that the office has closed is settled for those who run it.
    """

    phase: Phase
    settled: bool
    put_away: bool


def _standings(unit: Unit, shift_ids: Sequence[UUID]) -> Mapping[UUID, _Standing]:
    rows = unit.rows(_TIMES, ids=shift_ids)
    return {
        shift_id: _Standing(
            phase_of(starts_at, ends_at, unit.now),
            status in SETTLED or (held == ClassSessionStatus.CLOSED and not unit.actor.is_staff),
            status == RequestStatus.CLOSED,
        )
        for shift_id, starts_at, ends_at, status, held in rows
    }


def _shifts(unit: Unit, shift_ids: Sequence[UUID]) -> dict[UUID, Shift]:
    return _rows(unit, Shift, shift_ids)


def _rows(unit: Unit, table: Any, ids: Sequence[Any]) -> dict[UUID, Any]:
    return {row.id: row for row in unit.session.exec(select(table).where(col(table.id).in_(ids)))}
