"""Which requests were interpreted for a family known before, and by somebody who had been there (domain.md §8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.base import UtcDateTime
from models.client import RequestClient
from models.dispatch_request import DispatchRequest
from models.shift import Shift
from services.queries import REQUEST_SOURCE
from services.serving import INTERPRETED
from services.unit import Unit

_SINCE: sa.BindParameter[Any] = sa.bindparam("since", type_=UtcDateTime())
_UNTIL: sa.BindParameter[Any] = sa.bindparam("until", type_=UtcDateTime())
_FAMILIES = (
    select(RequestClient.client_id)
    .join(DispatchRequest, col(DispatchRequest.id) == RequestClient.request_id)
    .where(col(DispatchRequest.starts_at) >= _SINCE, col(DispatchRequest.starts_at) < _UNTIL)
)
_VISITS = (
    select(RequestClient.request_id, RequestClient.client_id, DispatchRequest.starts_at, Assignment.volunteer_id)
    .join(DispatchRequest, col(DispatchRequest.id) == RequestClient.request_id)
    .join(Shift, sa.and_(col(Shift.source_type) == REQUEST_SOURCE, col(Shift.source_id) == DispatchRequest.id))
    .join(Assignment, sa.and_(col(Assignment.shift_id) == Shift.id, col(Assignment.status).in_(sorted(HOLDING))))
    .where(
        col(DispatchRequest.status).in_(sorted(INTERPRETED)),
        col(DispatchRequest.starts_at) < _UNTIL,
        col(RequestClient.client_id).in_(_FAMILIES),
    )
    .order_by(col(DispatchRequest.starts_at))
)


@dataclass(frozen=True)
class Continuity:
    """Requests interpreted for a family that had been interpreted for before, and those by somebody she knew."""

    returning: set[UUID] = field(default_factory=set)
    continued: set[UUID] = field(default_factory=set)


def read_continuity(unit: Unit, period: dict[str, datetime]) -> Continuity:
    """Return what is true of the requests of a period, whenever it was that their families were visited before."""
    found = Continuity()
    known: dict[UUID, set[UUID]] = {}
    for _, visits in groupby(unit.rows(_VISITS, **period), key=attrgetter("starts_at")):
        _learn(found, known, list(visits))
    return found


def _learn(found: Continuity, known: dict[UUID, set[UUID]], visits: Iterable[Any]) -> None:
    """Judge visits of one time by what was known before, and only then remember them."""
    for visit in visits:
        if visit.client_id in known:
            found.returning.add(visit.request_id)
            if visit.volunteer_id in known[visit.client_id]:
                found.continued.add(visit.request_id)
    for visit in visits:
        known.setdefault(visit.client_id, set()).add(visit.volunteer_id)
