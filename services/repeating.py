"""Series of requests: open one with all its occurrences, list, read (domain.md §0.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.client import Client, RequestClient, RequestClientDraft
from models.dispatch_request import DispatchRequest, DispatchRequestCreate, RequestContent, RequestStatus
from models.dispatch_series import (
    DispatchSeries,
    DispatchSeriesCreate,
    DispatchSeriesSummary,
    DispatchSeriesView,
    SeriesStatus,
)
from services import recurrence, states
from services.errors import invalid
from services.notifying import tell_office
from services.office_days import at_local, office_calendar
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import find, visible_series
from services.requesting import hand_in, organization_of, write
from services.showing import show_summaries
from services.unit import Unit

_OF_THE_CALL = frozenset({"service_type", "organization_id", "continuity_of", "on_behalf"})


@dataclass(frozen=True)
class SeriesFilters:
    """What a list of series is narrowed to."""

    status: SeriesStatus | None = None
    organization_id: UUID | None = None


def list_series(unit: Unit, ask: Ask, filters: SeriesFilters) -> Page[DispatchSeriesSummary]:
    """Return series of the caller's scope by their first day."""
    statement = visible_series(unit.actor)
    if filters.status:
        statement = statement.where(col(DispatchSeries.status) == filters.status)
    if filters.organization_id:
        statement = statement.where(col(DispatchSeries.organization_id) == filters.organization_id)
    order = Order((DispatchSeries.starts_on, DispatchSeries.id))
    return page(unit, ask, statement, order, _show_all, scope_of("dispatch_series", filters))


def read_series(unit: Unit, series_id: UUID) -> DispatchSeriesView:
    """Return a series of the caller's scope with its occurrences. Raises `NotFound`."""
    return show_series(unit, find(unit, visible_series(unit.actor), DispatchSeries, series_id))


def create(unit: Unit, draft: DispatchSeriesCreate, *, force: bool = False) -> DispatchSeriesView:
    """Write a series with all its requests, as drafts or handed in; one that fails undoes them all.

    Raises `InvalidFields` for the rule and its days, and whatever a request raises when it is written or handed in.
    """
    days = _days(unit, draft)
    series = unit.add(
        DispatchSeries(
            **unit.stamp(),
            organization_id=organization_of(unit, draft).id,
            service_type=draft.service_type,
            status=SeriesStatus.ACTIVE,
            rule=str(recurrence.parse(draft.rule)),
            starts_on=draft.starts_on,
            starts=draft.starts,
            ends=draft.ends,
            excluded=[day.isoformat() for day, kept in days.items() if not kept],
        )
    )
    requests = _write_all(unit, series, draft, [day for day, kept in days.items() if kept], force=force)
    unit.audit("dispatch_series.create", series, on_behalf=draft.on_behalf)
    if draft.submit:
        tell_submitted(unit, series, requests)
    return show_series(unit, series)


def _days(unit: Unit, draft: DispatchSeriesCreate) -> dict[date, bool]:
    """Return each day of the rule, and whether it is kept."""
    if draft.ends <= draft.starts:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    days = recurrence.parse(draft.rule).days(draft.starts_on)
    for position, day in enumerate(draft.excluded):
        if day not in days:
            raise invalid(f"/excluded/{position}", "FIELD_CONFLICT", other="rule")
    office = office_calendar(unit)
    kept = {day: day not in draft.excluded and not (draft.skip_closed_days and office.is_listed(day)) for day in days}
    if not any(kept.values()):
        raise invalid("/rule", "SER_EMPTY")
    if sum(kept.values()) > recurrence.MOST:
        raise recurrence.too_long()
    return kept


def _write_all(
    unit: Unit, series: DispatchSeries, draft: DispatchSeriesCreate, days: Sequence[date], *, force: bool
) -> list[DispatchRequest]:
    requests: list[DispatchRequest] = []
    families = draft.clients
    for day in days:
        first = requests[0].id if requests else draft.continuity_of
        request = write(unit, _occurrence(unit, draft, day, first), force=force, families=families)
        request.series_id, request.occurrence_on = series.id, day
        if not requests:
            families = _known(unit, request, families)
        if draft.submit:
            hand_in(unit, request, draft.on_behalf, alone=False)
        requests.append(request)
    series.template = _template(draft.model_copy(update={"clients": families}))
    unit.session.flush()
    return requests


def _occurrence(unit: Unit, draft: DispatchSeriesCreate, day: date, first: UUID | None) -> DispatchRequestCreate:
    content = {name: getattr(draft, name) for name in RequestContent.model_fields}
    times = {"starts_at": at_local(unit, day, draft.starts), "ends_at": at_local(unit, day, draft.ends)}
    return DispatchRequestCreate(**content | times | {"continuity_of": first})


def _known(unit: Unit, request: DispatchRequest, families: Sequence[RequestClientDraft]) -> list[RequestClientDraft]:
    """Return the families with the references that the first occurrence gave them: later ones are for the same."""
    refs = unit.session.exec(
        select(Client.ref)
        .join(RequestClient, col(RequestClient.client_id) == Client.id)
        .where(RequestClient.request_id == request.id)
        .order_by(RequestClient.n)  # type: ignore[arg-type]
    )
    return [family.model_copy(update={"client_ref": ref}) for family, ref in zip(families, refs, strict=True)]


def _template(draft: DispatchSeriesCreate) -> dict[str, Any]:
    return draft.model_dump(mode="json", include=set(RequestContent.model_fields) - _OF_THE_CALL)


def occurrences_of(unit: Unit, series: DispatchSeries) -> list[DispatchRequest]:
    """Return the requests of a series in the order of its rule."""
    return list(
        unit.session.exec(
            select(DispatchRequest)
            .where(DispatchRequest.series_id == series.id)
            .order_by(DispatchRequest.occurrence_on)  # type: ignore[arg-type]
        )
    )


def tell_submitted(unit: Unit, series: DispatchSeries, requests: Sequence[DispatchRequest]) -> None:
    """Tell the office once that these occurrences were handed in."""
    wanted = {code for shown in show_summaries(unit, list(requests)) for code in shown.needs_override}
    facts = {**facts_of(series, requests), "kind": series.service_type, "needs_override": sorted(wanted)}
    tell_office(unit, "office_series_submitted", series, facts)


def facts_of(series: DispatchSeries, requests: Sequence[DispatchRequest]) -> dict[str, Any]:
    """Return what a message says about these occurrences of a series."""
    return {
        "n": len(requests),
        "first": requests[0].starts_at,
        "last": requests[-1].starts_at,
        "language": series.template["languages"][0],
    }


def show_series(unit: Unit, series: DispatchSeries) -> DispatchSeriesView:
    """Return a series with its occurrences and the verbs open to the caller."""
    requests = occurrences_of(unit, series)
    (summary,) = _show_all(unit, [series])
    return DispatchSeriesView(
        **summary.model_dump(),
        excluded=[date.fromisoformat(day) for day in series.excluded],
        template=series.template,
        split_from=series.split_from,
        occurrences=show_summaries(unit, requests),
        actions=_actions(unit, series, requests),
    )


def _actions(unit: Unit, series: DispatchSeries, requests: Sequence[DispatchRequest]) -> list[str]:
    to_come = {request.status for request in requests if request.starts_at > unit.now}
    verbs = states.SERIES.open_to(series.status, permissions_of(unit.actor.roles))
    return [verb for verb in verbs if any(states.REQUEST.leads(status, verb) for status in to_come)]


def _show_all(unit: Unit, found: Sequence[DispatchSeries]) -> list[DispatchSeriesSummary]:
    counted = _counted(unit, [series.id for series in found])
    return [
        DispatchSeriesSummary(
            **{name: getattr(series, name) for name in _COLUMNS},
            first_on=min(first for _, _, first, _ in counted[series.id]),
            last_on=max(last for _, _, _, last in counted[series.id]),
            by_status={status: count for status, count, _, _ in counted[series.id]},
        )
        for series in found
    ]


_COLUMNS = DispatchSeriesSummary.model_fields.keys() & DispatchSeries.model_fields.keys()


def _counted(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, list[tuple[RequestStatus, int, date, date]]]:
    """Return for each series how many occurrences stand in each state, from which day to which."""
    day = col(DispatchRequest.occurrence_on)
    rows = unit.session.execute(
        select(  # type: ignore[call-overload]
            DispatchRequest.series_id, DispatchRequest.status, sa.func.count(), sa.func.min(day), sa.func.max(day)
        )
        .where(col(DispatchRequest.series_id).in_(ids))
        .group_by(DispatchRequest.series_id, DispatchRequest.status)
        .order_by(DispatchRequest.status)
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for series_id, *counts in rows:
        found[series_id].append(counts)
    return found
