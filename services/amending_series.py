"""Verbs of a whole series or a part of it: submit, accept, cancel, change (domain.md §0.1).

Each occurrence stands or falls by itself and is answered by itself. The series is locked before anything else, so that
two of these verbs never meet half-way; each occurrence is then locked as the verb of a single request locks it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from models.dispatch_request import (
    Acceptance,
    DispatchRequest,
    DispatchRequestPatch,
    Reason,
    RequestStatus,
    Submission,
)
from models.dispatch_series import DispatchSeries, DispatchSeriesPatch, SeriesChange, SeriesStatus
from services import amending, deciding, recurrence, requesting, states
from services.acting_for import arrival_of_organization
from services.errors import WrongState, invalid
from services.notifying import tell_office, tell_requester
from services.office_days import at_local
from services.outcome import Outcome, Outcomes, attempt
from services.previewing import show_touched
from services.queries import find, visible_series
from services.repeating import facts_of, occurrences_of, tell_submitted
from services.request_rules import LIVE, UNDECIDED
from services.unit import Unit


class Scope(StrEnum):
    """How much of a series is meant."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True)
class Aim:
    """Which occurrences are meant: one, one and all later ones, or all; `day` is the one's by the rule."""

    scope: Scope = Scope.ALL
    day: date | None = None


def submit(unit: Unit, series_id: UUID, draft: Submission) -> Outcomes:
    """Hand in every occurrence that is a draft or was returned; the office is told once.

    Raises `NotFound`, `WrongState`, `Forbidden` to act for others.
    """
    series = _take(unit, series_id, "submit")
    arrival_of_organization(unit, series.organization_id, draft.on_behalf)
    waiting = _that_may(unit, series, "submit")

    def hand_in(request: DispatchRequest) -> None:
        requesting.hand_in(unit, unit.lock(DispatchRequest, request.id), draft.on_behalf, alone=False)

    outcomes, done = _each(unit, series, waiting, hand_in)
    if done:
        _record(unit, series, "submit", on_behalf=draft.on_behalf)
        tell_submitted(unit, series, done)
    return outcomes


def accept(unit: Unit, series_id: UUID, draft: Acceptance) -> Outcomes:
    """Accept every submitted occurrence with the same overrides; the requester is told once.

    Raises `NotFound`, `WrongState`; what `deciding.accept` raises belongs to the occurrence.
    """
    series = _take(unit, series_id, "accept")
    outcomes, done = _each(
        unit, series, _that_may(unit, series, "accept"), lambda request: deciding.take_on(unit, request.id, draft)
    )
    if done:
        _record(unit, series, "accept")
        tell_requester(unit, series.organization_id, "series_accepted", series, facts_of(series, done))
    return outcomes


def cancel(unit: Unit, series_id: UUID, draft: Reason, aim: Aim) -> Outcomes:
    """Cancel the occurrences aimed at; what has begun stays. Office and requester are told once.

    Raises `NotFound`, `WrongState`, `InvalidFields` for an aim that names no occurrence, `Forbidden` to act for others.
    """
    series = _take(unit, series_id, "cancel")
    arrival_of_organization(unit, series.organization_id, draft.on_behalf)
    aimed = _aimed_at(unit, series, aim)
    if aim.scope is Scope.ONE:
        outcomes, done = _each(unit, series, aimed, lambda request: deciding.cancel(unit, request.id, draft))
    else:
        outcomes, done = _each(unit, series, aimed, lambda request: deciding.call_off(unit, request.id, draft))
        _tell_cancelled(unit, series, done)
    if done:
        if not any(_is_to_come(unit, request) for request in occurrences_of(unit, series)):
            series.status = SeriesStatus(states.SERIES.next(series.status, "cancel"))
        _record(unit, series, "cancel", on_behalf=draft.on_behalf)
    return outcomes


def _tell_cancelled(unit: Unit, series: DispatchSeries, done: Sequence[DispatchRequest]) -> None:
    if done:
        tell_requester(unit, series.organization_id, "series_cancelled", series, facts_of(series, done))
    if accepted := [request for request in done if request.matched_at is not None]:
        tell_office(unit, "office_series_cancelled", series, facts_of(series, accepted))


def change(
    unit: Unit,
    series_id: UUID,
    draft: DispatchSeriesPatch,
    aim: Aim,
    *,
    preview: bool = False,
    force: bool = False,
) -> Outcomes:
    """Change the occurrences aimed at; from one on, the later part becomes a series of its own.

    Accepted ones take their shifts and everybody on them along; institution and office are told once. Forced, an
    occurrence may come to be the same as another request. A preview does the same and takes it back. Raises `NotFound`,
    `Stale`, `WrongState` for a cancelled series, `InvalidFields` for an aim that names no occurrence or times that cross.
    """
    series = _lock(unit, series_id)
    if series.status is not SeriesStatus.ACTIVE:
        raise WrongState(code="SER_STATE", state=series.status)
    if aim.scope is not Scope.ONE and (draft.ends or series.ends) <= (draft.starts or series.starts):
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    change_one = partial(_change_one, unit, draft, force=force)
    if not preview:
        return _change(unit, series, draft, aim, change_one)
    rehearsal = unit.session.begin_nested()
    try:
        return _without_home(_change(unit, series, draft, aim, change_one))
    finally:
        rehearsal.rollback()


def _without_home(outcomes: Outcomes) -> Outcomes:
    """Leave out the series, which may be one that the rehearsal only seemed to open, and a version that has never been."""
    return Outcomes([replace(part, members={**part.members, "series_id": None}) for part in outcomes.parts])


def _change(
    unit: Unit,
    series: DispatchSeries,
    draft: DispatchSeriesPatch,
    aim: Aim,
    change_one: Callable[[DispatchRequest], Outcome],
) -> Outcomes:
    aimed = _aimed_at(unit, series, aim)
    parts = [attempt(unit, _names(request), partial(change_one, request)) for request in aimed]
    done = [request for request, part in zip(aimed, parts, strict=True) if part.failure is None]
    home = series
    if done:
        _tell_changed(unit, series, [request for request in done if request.status in amending.ACCEPTED])
        home = _split(unit, series, aim.day) if aim.scope is Scope.FOLLOWING and aim.day else series
        if aim.scope is not Scope.ONE:
            _change_template(home, draft)
        _record(unit, home, "change", fields=sorted(draft.model_fields_set), facts={"scope": aim.scope})
    return Outcomes([replace(part, members={**part.members, "series_id": home.id}) for part in parts], of=series)


def _tell_changed(unit: Unit, series: DispatchSeries, accepted: Sequence[DispatchRequest]) -> None:
    """Tell whoever did not change what was accepted."""
    if not accepted:
        return
    if unit.actor.is_staff:
        tell_requester(unit, series.organization_id, "series_changed", series, facts_of(series, accepted))
    else:
        tell_office(unit, "office_series_changed", series, facts_of(series, accepted))


def _change_one(unit: Unit, draft: DispatchSeriesPatch, request: DispatchRequest, *, force: bool) -> Outcome:
    patch = _of_one(unit, request, draft)
    if request.status in UNDECIDED:
        patch.overrides = []  # nothing is wanted before the office accepts
    asked_for = patch.model_fields_set - {"overrides"}
    names = asked_for | ({"gender_reason"} if "gender_requirement" in asked_for else set())
    before = {name: _shown(unit, request, name) for name in sorted(names)}
    touched = show_touched(unit, [amending.change(unit, request.id, patch, force=force)])
    after = {name: _shown(unit, request, name) for name in before}
    changes = [
        SeriesChange(field=name, before=was, after=after[name]) for name, was in before.items() if was != after[name]
    ]
    return Outcome(
        {
            "request_status": request.status,
            "changes": [each.model_dump() for each in changes],
            **touched.model_dump(include={"people", "offers"}),
        }
    )


def _of_one(unit: Unit, request: DispatchRequest, draft: DispatchSeriesPatch) -> DispatchRequestPatch:
    """Return the change of one request: the hour on the day on which it is, which may not be its rule's any more."""
    changes = draft.changes()
    for name, at in (("starts", request.starts_at), ("ends", request.ends_at)):
        if name in changes:
            changes[f"{name}_at"] = at_local(unit, unit.local_day(at), changes.pop(name))
    return DispatchRequestPatch(**changes)


def _shown(unit: Unit, request: DispatchRequest, name: str) -> Any:
    value = getattr(request, name)
    return value.astimezone(unit.zone) if isinstance(value, datetime) else value


def _change_template(series: DispatchSeries, draft: DispatchSeriesPatch) -> None:
    times = draft.model_fields_set & {"starts", "ends"}
    for name in times:
        setattr(series, name, getattr(draft, name))
    series.template = {**series.template, **draft.model_dump(mode="json", include=draft.model_fields_set - times)}


def _split(unit: Unit, series: DispatchSeries, day: date) -> DispatchSeries:
    """Return the series of the occurrences from a day on: a new one, or the whole where the day is its first."""
    occurrences = occurrences_of(unit, series)
    moved = [request for request in occurrences if request.occurrence_on >= day]  # type: ignore[operator]
    if len(moved) == len(occurrences):
        return series
    rule = recurrence.parse(series.rule)
    last = rule.days(series.starts_on)[-1]
    later = unit.add(
        DispatchSeries(
            **unit.stamp(),
            **series.model_dump(include={"organization_id", "service_type", "status", "starts", "ends", "template"}),
            rule=str(rule.until(last)),
            starts_on=day,
            excluded=[each for each in series.excluded if each >= day.isoformat()],
            split_from=series.id,
        )
    )
    series.rule = str(rule.until(day - timedelta(days=1)))
    series.excluded = [each for each in series.excluded if each < day.isoformat()]
    for request in moved:
        unit.lock(DispatchRequest, request.id)
        request.series_id = later.id
        request.touch(unit.now)
    _record(unit, series, "split")
    return later


def _lock(unit: Unit, series_id: UUID) -> DispatchSeries:
    series = find(unit, visible_series(unit.actor), DispatchSeries, series_id, lock=True)
    unit.expect(series)
    return series


def _take(unit: Unit, series_id: UUID, verb: str) -> DispatchSeries:
    series = _lock(unit, series_id)
    states.SERIES.next(series.status, verb)
    return series


def _that_may(unit: Unit, series: DispatchSeries, verb: str) -> list[DispatchRequest]:
    return [request for request in occurrences_of(unit, series) if states.REQUEST.leads(request.status, verb)]


def _aimed_at(unit: Unit, series: DispatchSeries, aim: Aim) -> list[DispatchRequest]:
    """Return the occurrences meant; the one that is named, and of the others those still to come."""
    occurrences = occurrences_of(unit, series)
    if (aim.day is None) is not (aim.scope is Scope.ALL):
        raise invalid("from", "FIELD_MISSING" if aim.day is None else "FIELD_CONFLICT", other="scope")
    if aim.day is None:
        return [request for request in occurrences if _is_to_come(unit, request)]
    if all(request.occurrence_on != aim.day for request in occurrences):
        raise invalid("from")
    if aim.scope is Scope.ONE:
        return [request for request in occurrences if request.occurrence_on == aim.day]
    later = (request for request in occurrences if request.occurrence_on >= aim.day)  # type: ignore[operator]
    return [request for request in later if _is_to_come(unit, request)]


def _is_to_come(unit: Unit, request: DispatchRequest) -> bool:
    return request.starts_at > unit.now and request.status in LIVE


def _each(
    unit: Unit, series: DispatchSeries, requests: Sequence[DispatchRequest], do: Callable[[DispatchRequest], Any]
) -> tuple[Outcomes, list[DispatchRequest]]:
    """Do a verb with each; return what each came to, and those with which it was done."""

    def one(request: DispatchRequest) -> Outcome:
        do(request)
        return Outcome({"request_status": request.status})

    parts = [attempt(unit, _names(request), partial(one, request)) for request in requests]
    done = [request for request, part in zip(requests, parts, strict=True) if part.failure is None]
    return Outcomes(parts, of=series), done


def _names(request: DispatchRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "request_no": request.request_no,
        "request_status": RequestStatus(request.status),
        "occurrence_on": request.occurrence_on,
        "series_id": request.series_id,
    }


def _record(unit: Unit, series: DispatchSeries, verb: str, **more: Any) -> None:
    series.touch(unit.now)
    unit.audit(f"dispatch_series.{verb}", series, **more)
