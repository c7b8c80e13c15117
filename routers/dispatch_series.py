"""Dispatch series: the same request on many days by a rule."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanDecideRequests,
    CanReadRequests,
    CanWriteRequests,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers
from models.dispatch_request import Acceptance, Reason, Submission
from models.dispatch_series import (
    DispatchSeriesCreate,
    DispatchSeriesPatch,
    DispatchSeriesSummary,
    DispatchSeriesView,
    SeriesResults,
    SeriesStatus,
)
from models.fields import Day
from services import amending_series, repeating
from services.amending_series import Aim, Scope
from services.paging import Page

router = APIRouter(prefix="/v1/dispatch-series", tags=["dispatch-series"])
Meant = Annotated[Scope, Query(description="One occurrence, one and all later ones, or all that are still to come")]
From = Annotated[
    Day | None, Query(alias="from", description="For `one` and `following`: the occurrence, by its `occurrence_on`")
]


@router.get("", response_model=Page[DispatchSeriesSummary], responses=answers(403))
def list_series(
    caller: CanReadRequests,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[SeriesStatus | None, Query()] = None,
    organization_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """List series by their first day: all for staff, its own for an institution."""
    return work.read(caller, repeating.list_series, ask, repeating.SeriesFilters(status, organization_id))


@router.post("", status_code=201, response_model=DispatchSeriesView, responses=answers(403, 409))
def create_series(
    draft: DispatchSeriesCreate,
    caller: CanWriteRequests,
    work: WorkDep,
    *,
    force: Annotated[bool, Query(description="File them although the same requests exist")] = False,
) -> Response:
    """Write a request for every day of a rule, as drafts or handed in at once; all of them or none."""
    return work.create(caller, repeating.create, draft, force=force)


@router.get("/{series_id}", response_model=DispatchSeriesView, responses=answers(403, 404))
def read_series(series_id: UUID, caller: CanReadRequests, work: PlainWorkDep) -> Response:
    """Read a series with its occurrences, soonest first."""
    return work.read(caller, repeating.read_series, series_id)


@router.patch("/{series_id}", status_code=207, response_model=SeriesResults, responses=answers(403, 404, 409, 412, 428))
def change_series(  # noqa: PLR0913 - each is a parameter of the operation
    series_id: UUID,
    draft: DispatchSeriesPatch,
    caller: CanWriteRequests,
    work: GuardedWorkDep,
    *,
    scope: Meant = Scope.ALL,
    start: From = None,
    preview: Annotated[bool, Query(description="Answer what would change, and change nothing")] = False,
    force: Annotated[bool, Query(description="Change them although they become the same as other requests")] = False,
) -> Response:
    """Change occurrences, accepted ones too, each answered by itself; the later part becomes a series of its own."""
    return work.many(caller, amending_series.change, series_id, draft, Aim(scope, start), preview=preview, force=force)


@router.post(
    "/{series_id}/submit", status_code=207, response_model=SeriesResults, responses=answers(403, 404, 409, 412)
)
def submit_series(
    series_id: UUID, draft: Annotated[Submission, may_be_absent(Submission)], caller: CanWriteRequests, work: WorkDep
) -> Response:
    """Hand in every occurrence that is a draft or was returned, each answered by itself."""
    return work.many(caller, amending_series.submit, series_id, draft)


@router.post(
    "/{series_id}/accept", status_code=207, response_model=SeriesResults, responses=answers(403, 404, 409, 412)
)
def accept_series(
    series_id: UUID, draft: Annotated[Acceptance, may_be_absent(Acceptance)], caller: CanDecideRequests, work: WorkDep
) -> Response:
    """Accept every submitted occurrence with the same overrides, each answered by itself; their shifts open."""
    return work.many(caller, amending_series.accept, series_id, draft)


@router.post(
    "/{series_id}/cancel", status_code=207, response_model=SeriesResults, responses=answers(403, 404, 409, 412)
)
def cancel_series(
    series_id: UUID,
    draft: Reason,
    caller: CanWriteRequests,
    work: WorkDep,
    scope: Meant = Scope.ALL,
    start: From = None,
) -> Response:
    """Cancel one occurrence, one and all later ones, or all still to come, each answered by itself."""
    return work.many(caller, amending_series.cancel, series_id, draft, Aim(scope, start))
