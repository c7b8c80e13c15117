"""What the figures of dispatch requests are counted from: one case per request handed in (domain.md §8).

A request belongs to the local day its activity begins on. The number of queries is the same for any number of requests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Role
from models.activity_report import ActivityReport, ReportKind
from models.assignment import Assignment, AssignmentStatus, Party
from models.base import UtcDateTime
from models.client import RequestClient
from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import Serving
from models.organization import Facility
from models.record import AuditEvent
from models.service_type import ServiceType
from models.shift import Shift
from services.figuring_continuity import Continuity, read_continuity
from services.office_days import at_local
from services.opening import accepted_tags
from services.queries import REQUEST_SOURCE
from services.serving import serving
from services.unit import Unit


class Side(StrEnum):
    """By whom a request was cancelled; `lapsed` by nobody: its time came before it was accepted."""

    REQUESTER = "requester"
    OFFICE = "office"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Case:
    """A request with what the figures read of it.

    `minutes` were interpreted, as the volunteers reported; `hours` passed from its receipt to the confirmation that first filled its places, if one did. `missed` are the
    sides that did not come. `returning`: interpreted for a family that had been interpreted for before; `continued`:
    by somebody who had been there. `tags` are the languages that meet the one asked for; `certificates` what its
    service asks of who comes.
    """

    day: date
    language: str
    tags: tuple[str, ...]
    certificates: tuple[str, ...]
    district: str | None
    service: str
    organization_id: UUID
    served: Serving | None
    families: int
    unmet: bool
    overrides: tuple[str, ...]
    minutes: int
    hours: float | None
    cancelled: Side | None
    late_cancel: bool
    missed: frozenset[Party]
    returning: bool
    continued: bool


_SINCE: sa.BindParameter[Any] = sa.bindparam("since", type_=UtcDateTime())
_UNTIL: sa.BindParameter[Any] = sa.bindparam("until", type_=UtcDateTime())
HANDED_IN = (
    col(DispatchRequest.received_at).is_not(None),
    col(DispatchRequest.starts_at) >= _SINCE,
    col(DispatchRequest.starts_at) < _UNTIL,
)


def _families() -> Any:
    families = select(sa.func.count()).where(RequestClient.request_id == DispatchRequest.id)
    return families.correlate(DispatchRequest).scalar_subquery()


# Built once: building a statement costs as much as running it.
_REQUESTS = (
    select(  # type: ignore[call-overload]
        DispatchRequest.id,
        DispatchRequest.starts_at,
        DispatchRequest.languages,
        DispatchRequest.organization_id,
        DispatchRequest.status,
        DispatchRequest.places,
        DispatchRequest.received_at,
        DispatchRequest.overrides,
        DispatchRequest.late_cancel,
        col(ServiceType.code).label("service"),
        ServiceType.required_certs,
        ServiceType.equivalents,
        sa.func.coalesce(Facility.district_code, DispatchRequest.home_district).label("district"),
        serving().label("served"),
        _families().label("families"),
    )
    .join(ServiceType, col(ServiceType.id) == DispatchRequest.service_type_id)
    .join(Facility, col(Facility.id) == DispatchRequest.facility_id, isouter=True)
    .where(*HANDED_IN)
)
_ASSIGNMENTS = (
    select(  # type: ignore[call-overload]
        Shift.source_id, Assignment.status, Assignment.end_reason, Assignment.confirmed_at, Assignment.ended_at
    )
    .join(Assignment, col(Assignment.shift_id) == Shift.id)
    .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id)
    .where(col(Shift.source_type) == REQUEST_SOURCE, *HANDED_IN)
)
_CANCELS = (
    select(AuditEvent.object_id, AuditEvent.roles, AuditEvent.on_behalf)
    .join(DispatchRequest, col(DispatchRequest.id) == AuditEvent.object_id)
    .where(
        col(AuditEvent.object_type) == DispatchRequest.__tablename__,
        col(AuditEvent.action) == "dispatch_request.cancel",
        *HANDED_IN,
    )
)
_MINUTES = (
    select(Shift.source_id, sa.func.sum(ActivityReport.minutes).label("minutes"))
    .join(Assignment, col(Assignment.id) == ActivityReport.assignment_id)
    .join(Shift, col(Shift.id) == Assignment.shift_id)
    .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id)
    .where(col(ActivityReport.kind) == ReportKind.VOLUNTEER, col(Shift.source_type) == REQUEST_SOURCE, *HANDED_IN)
    .group_by(col(Shift.source_id))
)
_LANGUAGES = select(DispatchRequest.starts_at, DispatchRequest.languages).where(*HANDED_IN)


def bounds(unit: Unit, first: date, last: date) -> dict[str, datetime]:
    """Return the instants between which the activities of these local days begin, for `HANDED_IN`."""
    return {"since": at_local(unit, first, time()), "until": at_local(unit, last + timedelta(days=1), time())}


def read_cases(unit: Unit, first: date, last: date) -> list[Case]:
    """Return a case for each request handed in whose activity begins on one of these local days."""
    period = bounds(unit, first, last)
    beside = _read_beside(unit, period)
    return [_case(unit, row, beside) for row in unit.rows(_REQUESTS, **period)]


@dataclass(frozen=True)
class _Beside:
    """What stands in other tables about the requests of a period, by request."""

    stood: Mapping[UUID, list[Any]]
    sides: Mapping[UUID, Side]
    minutes: Mapping[UUID, int]
    continuity: Continuity


def _read_beside(unit: Unit, period: dict[str, datetime]) -> _Beside:
    stood: dict[UUID, list[Any]] = defaultdict(list)
    for row in unit.rows(_ASSIGNMENTS, **period):
        stood[row.source_id].append(row)
    sides = {row.object_id: _side(row) for row in unit.rows(_CANCELS, **period)}
    minutes = {row.source_id: int(row.minutes) for row in unit.rows(_MINUTES, **period)}
    return _Beside(stood, sides, minutes, read_continuity(unit, period))


def read_languages(unit: Unit, first: date, last: date) -> list[tuple[date, str]]:
    """Return the local day and the language of each request handed in whose activity begins on one of these days."""
    rows = unit.rows(_LANGUAGES, **bounds(unit, first, last))
    return [(unit.local_day(row.starts_at), row.languages[0]) for row in rows]


def _side(row: Any) -> Side:
    """Return whose wish a cancellation was: what staff entered for the institution was the institution's."""
    by_staff = bool({Role.ADMIN, Role.COORDINATOR} & set(row.roles)) and row.on_behalf is None
    return Side.OFFICE if by_staff else Side.REQUESTER


def _case(unit: Unit, row: Any, beside: _Beside) -> Case:
    stood = beside.stood.get(row.id, [])
    cancelled = beside.sides.get(row.id, Side.LAPSED) if row.status is RequestStatus.CANCELLED else None
    return Case(
        day=unit.local_day(row.starts_at),
        language=row.languages[0],
        tags=tuple(accepted_tags(row.languages, row.equivalents)),
        certificates=tuple(sorted(row.required_certs)),
        district=row.district,
        service=row.service,
        organization_id=row.organization_id,
        served=Serving(row.served) if row.served else None,
        families=row.families,
        unmet=row.status in _NOBODY_CAME or cancelled is Side.LAPSED,
        overrides=tuple(override["code"] for override in row.overrides),
        minutes=beside.minutes.get(row.id, 0),
        hours=_hours(row, _filled_at(row.places, stood)),
        cancelled=cancelled,
        late_cancel=row.late_cancel,
        missed=frozenset(Party(one.end_reason) for one in stood if one.status is AssignmentStatus.NO_SHOW),
        returning=row.id in beside.continuity.returning,
        continued=row.id in beside.continuity.continued,
    )


_NOBODY_CAME = frozenset({RequestStatus.UNFILLED, RequestStatus.INTERPRETER_NO_SHOW})


def _filled_at(places: int, stood: Iterable[Any]) -> datetime | None:
    """Return when all places were first held by somebody confirmed; who leaves and who follows in one instant are one."""
    changes: list[tuple[datetime, int]] = [(one.confirmed_at, 1) for one in stood if one.confirmed_at]
    changes += [(one.ended_at, -1) for one in stood if one.confirmed_at and one.ended_at]
    held = 0
    for at, change in sorted(changes):
        held += change
        if held == places:
            return at
    return None


def _hours(row: Any, filled_at: datetime | None) -> float | None:
    return (filled_at - row.received_at) / timedelta(hours=1) if filled_at else None
