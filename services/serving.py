"""How the families of a request were served: on site, by fallback, or not at all (domain.md §0.1).

The one home of that question; reports count what is told here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import Fallback, FallbackOutcome, Serving
from models.shift import Modality
from services.passing import LAPSED
from services.unit import Unit

INTERPRETED: Final = frozenset({RequestStatus.COMPLETED, RequestStatus.CLOSED})
UNSERVED: Final = frozenset({RequestStatus.UNFILLED, RequestStatus.CLIENT_NO_SHOW, RequestStatus.INTERPRETER_NO_SHOW})
HELPED: Final = frozenset({FallbackOutcome.SERVED, FallbackOutcome.PARTLY})


def serving() -> Any:
    """Return the SQL expression over `dispatch_request` that is a `Serving`, or null where nothing is to be told.

    Null: not decided yet (before the reports), never to be served (rejected, or cancelled in time), or never handed in.
    Interpreted as it was asked for counts as on site, be it that a call was asked for from the first; interpreted
    remotely after the office reopened it so counts as a fallback. What was cancelled late, or lapsed unanswered,
    counts like what nobody came to.
    """
    status = col(DispatchRequest.status)
    interpreted = status.in_(sorted(INTERPRETED))
    remotely = sa.and_(col(DispatchRequest.modality) != Modality.ON_SITE, _has(col(Fallback.reopened)))
    unserved = sa.or_(status.in_(sorted(UNSERVED)), _called_off_too_late())
    helped = _has(col(Fallback.outcome).in_(sorted(HELPED)))
    return sa.case(
        (sa.and_(interpreted, remotely), Serving.FALLBACK.value),
        (interpreted, Serving.ON_SITE.value),
        (sa.and_(unserved, helped), Serving.FALLBACK.value),
        (unserved, Serving.NOT_AT_ALL.value),
    )


def _called_off_too_late() -> Any:
    lapsed = sa.and_(
        col(DispatchRequest.status_reason) == LAPSED,
        col(DispatchRequest.received_at).is_not(None),
    )
    return sa.and_(
        col(DispatchRequest.status) == RequestStatus.CANCELLED, sa.or_(col(DispatchRequest.late_cancel), lapsed)
    )


def _has(condition: Any) -> Any:
    return sa.exists().where(col(Fallback.request_id) == col(DispatchRequest.id), condition)


def servings(unit: Unit, request_ids: Iterable[UUID]) -> Mapping[UUID, Serving | None]:
    """Return how each of these requests was served, in one query."""
    rows = unit.session.execute(
        select(DispatchRequest.id, serving()).where(col(DispatchRequest.id).in_(list(request_ids)))
    )
    return {request_id: Serving(told) if told else None for request_id, told in rows}
