"""Entries of the worklist about requests: to be decided, done another way, and calls for a month of days."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.availability_call import AvailabilityCall, AvailabilityCallAnswer, CallStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import Fallback, FallbackStatus
from models.volunteer import Volunteer, VolunteerStatus
from models.worklist import NextStep, Subject, WorkCode
from services.entering import Entry, answer_due, post
from services.request_rules import Case, cases_of, is_urgent, needs_override
from services.unit import Unit


def undecided_cases(unit: Unit) -> list[Case]:
    """Return the requests that were handed in and nobody has decided, before their start, the nearest first."""
    statement = (
        select(DispatchRequest)
        .where(DispatchRequest.status == RequestStatus.SUBMITTED, col(DispatchRequest.starts_at) > unit.now)
        .order_by(col(DispatchRequest.starts_at), col(DispatchRequest.id))
    )
    return cases_of(unit, unit.session.exec(statement).all())


def undecided(unit: Unit) -> Iterator[Entry]:
    """Requests to be accepted, returned or declined; those that break a rule want an override with a reason.

    What one call on a series settles stands there once.
    """
    of_series: dict[UUID, list[Case]] = defaultdict(list)
    for case in undecided_cases(unit):
        of_series[case.request.series_id or case.request.id].append(case)
    for cases in of_series.values():
        yield _one_to_decide(unit, cases[0]) if len(cases) == 1 else _series_to_decide(unit, cases)


def _one_to_decide(unit: Unit, case: Case) -> Entry:
    request, rules = case.request, [rule.code for rule in needs_override(unit, case)]
    return Entry(
        WorkCode.OVERRIDE_WANTED if rules else WorkCode.REQUEST_UNDECIDED,
        Subject(type="dispatch_request", id=request.id, no=request.request_no),
        decided_by(unit, case),
        post(f"/v1/dispatch-requests/{request.id}/accept"),
        is_urgent(unit, case),
        {**_asked(case), "rules": rules},
    )


def _series_to_decide(unit: Unit, cases: Sequence[Case]) -> Entry:
    first = min(cases, key=lambda case: case.request.starts_at)
    rules = {rule.code for case in cases for rule in needs_override(unit, case)}
    series_id = cast("UUID", first.request.series_id)
    return Entry(
        WorkCode.SERIES_OVERRIDE_WANTED if rules else WorkCode.SERIES_UNDECIDED,
        Subject(type="dispatch_series", id=series_id, no=None),
        min(decided_by(unit, case) for case in cases),
        post(f"/v1/dispatch-series/{series_id}/accept"),
        any(is_urgent(unit, case) for case in cases),
        {**_asked(first), "n": len(cases), "rules": rules},
    )


def _asked(case: Case) -> dict[str, Any]:
    request = case.request
    return {"starts_at": request.starts_at, "language": request.languages[0], "kind": case.service.code}


def decided_by(unit: Unit, case: Case) -> datetime:
    """Return until when a request is to be decided."""
    since = case.request.received_at or case.request.created_at
    return answer_due(unit, since, case.request.starts_at, urgent=is_urgent(unit, case))


def outcomes_due(unit: Unit) -> Iterator[Entry]:
    """Other ways whose time has come: what came of them."""
    statement = (
        select(Fallback, DispatchRequest.request_no)
        .join(DispatchRequest, col(DispatchRequest.id) == Fallback.request_id)
        .where(Fallback.status == FallbackStatus.ARRANGED, col(Fallback.arranged_for) <= unit.now)
    )
    for fallback, number in unit.session.exec(statement):
        yield Entry(
            WorkCode.OUTCOME_DUE,
            Subject(type="fallback", id=fallback.id, no=number),
            answer_due(unit, fallback.arranged_for),
            post(f"/v1/dispatch-requests/{fallback.request_id}/fallbacks/{fallback.id}/outcome"),
            facts={"channel": str(fallback.channel), "arranged_for": fallback.arranged_for},
        )


def answers_missing(unit: Unit) -> Iterator[Entry]:
    """Calls for a month whose deadline is near, and whom nobody has heard from: from the reminder on."""
    statement = (
        select(AvailabilityCall, sa.func.count())
        .join(AvailabilityCallAnswer, col(AvailabilityCallAnswer.call_id) == AvailabilityCall.id)
        .join(Volunteer, col(Volunteer.id) == AvailabilityCallAnswer.volunteer_id)
        .where(
            AvailabilityCall.status == CallStatus.OPEN,
            col(AvailabilityCall.remind_at) <= unit.now,
            col(AvailabilityCall.answer_by) > unit.now,
            col(AvailabilityCallAnswer.answered_at).is_(None),
            Volunteer.status == VolunteerStatus.ACTIVE,
        )
        .group_by(col(AvailabilityCall.id))
    )
    for call, silent in unit.session.exec(statement):
        yield Entry(
            WorkCode.ANSWERS_MISSING,
            Subject(type="availability_call", id=call.id, no=None),
            call.answer_by,
            NextStep(name="answers", method="GET", path=f"/v1/availability-calls/{call.id}/answers?answered=false"),
            facts={"first_on": call.first_on, "last_on": call.last_on, "silent": silent},
        )
