"""What makes a request acceptable: which rules refuse it, and which `accept` may pass with a reason (domain.md §4.3, §0.1).

`refusals` bind whoever writes; `needs_override` lists what is recorded but wants a coordinator's reason.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.client import RequestClient
from models.dispatch_request import DispatchRequest, RequestStatus, Topic
from models.office import CheckupSession
from models.service_type import ServiceType
from services.errors import Broken, WrongState, broken
from services.free_text import mentions_health, names_interpreter, personal_details
from services.office_days import office_calendar, within_office_hours
from services.unit import Unit

LIVE = frozenset(RequestStatus) - {RequestStatus.CANCELLED, RequestStatus.REJECTED}
UNDECIDED = frozenset({RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.RETURNED})
"""What the office has not accepted yet: it may still be changed, and `accept` will ask for overrides."""
EXCLUDED_TOPICS = frozenset(
    {
        Topic.EMERGENCY,
        Topic.SURGERY,
        Topic.BIRTH_ATTENDANCE,
        Topic.GRAVE_NEWS,
        Topic.DISPUTE,
        Topic.INFORMED_CONSENT,
        Topic.WRITTEN_TRANSLATION,
        Topic.RELIGION,
        Topic.POLITICS,
        Topic.PROFIT,
    }
)
"""Outside the scope of volunteer interpreting ([F:T1], [F:HR], [F:OK], [F:AY])."""


@dataclass(frozen=True)
class Case:
    """A request with what its rules read; `moved_at` is when an accepted one got another time, for which nothing was
    overridden yet and the lead time counts anew."""

    request: DispatchRequest
    service: ServiceType
    clients: Sequence[RequestClient]
    checkup_kind: str | None = None
    moved_at: datetime | None = None

    @property
    def minutes(self) -> int:
        """The length in minutes."""
        return int((self.request.ends_at - self.request.starts_at).total_seconds() // 60)

    def age_window(self) -> list[int] | None:
        """The first and last month of age the service is for, if it has such a window."""
        windows = self.service.age_windows
        return windows.get(self.checkup_kind or "default")


def case_of(unit: Unit, request: DispatchRequest) -> Case:
    """Return a stored request with what its rules read."""
    clients = unit.session.exec(
        select(RequestClient).where(RequestClient.request_id == request.id).order_by(RequestClient.n)  # type: ignore[arg-type]
    ).all()
    checkup = unit.get(CheckupSession, request.checkup_session_id) if request.checkup_session_id else None
    return Case(request, unit.get(ServiceType, request.service_type_id), clients, checkup.kind if checkup else None)


def cases_of(unit: Unit, requests: Sequence[DispatchRequest]) -> list[Case]:
    """Return stored requests with what their rules read, with a constant number of queries."""
    services = _by_id(unit, ServiceType, {request.service_type_id for request in requests})
    checkups = _by_id(unit, CheckupSession, {request.checkup_session_id for request in requests} - {None})
    clients = _clients_of(unit, [request.id for request in requests])
    cases = []
    for request in requests:
        checkup = checkups.get(request.checkup_session_id)
        kind = checkup.kind if checkup else None
        cases.append(Case(request, services[request.service_type_id], clients[request.id], kind))
    return cases


def _by_id(unit: Unit, table: Any, ids: set[Any]) -> dict[Any, Any]:
    return {row.id: row for row in unit.session.exec(select(table).where(col(table.id).in_(ids)))}


def _clients_of(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[RequestClient]]:
    found: dict[UUID, list[RequestClient]] = defaultdict(list)
    for client in unit.session.exec(select(RequestClient).where(col(RequestClient.request_id).in_(ids))):
        found[client.request_id].append(client)
    return found


def refusals(unit: Unit, case: Case, *, submitting: bool, past: bool = False) -> list[Broken]:
    """Return every rule that refuses the request as it stands; a draft may still lack consent and escort.

    `past` lets a finished dispatch lie in the past: the office records it late, with a reason.
    """
    found = [*_time_refusals(unit, case, past=past), *_content_refusals(case)]
    if submitting:
        found += _submission_refusals(unit, case)
    return found


def _time_refusals(unit: Unit, case: Case, *, past: bool) -> list[Broken]:
    request, service = case.request, case.service
    day = unit.local_day(request.starts_at)
    found = []
    if request.starts_at <= unit.now and not past:
        found.append(_never("REQ_PAST"))
    if not service.enabled or day < service.valid_from or (service.valid_to is not None and day > service.valid_to):
        found.append(_never("REQ_SERVICE_OFF"))
    if case.minutes > service.hard_max_minutes:
        found.append(_never("REQ_DURATION", max=service.hard_max_minutes))
    return found


def _content_refusals(case: Case) -> list[Broken]:
    request = case.request
    texts = " \n ".join(text for text in (request.note, request.meeting_point, request.gender_reason) if text)
    found = []
    if EXCLUDED_TOPICS & set(request.topics):
        found.append(_never("REQ_EXCLUDED"))
    if details := personal_details(texts):
        found.append(_never("REQ_FREE_TEXT_PII", found=details))
    if names_interpreter(request.note):
        found.append(_never("REQ_NOMINATION"))
    return found


def _submission_refusals(unit: Unit, case: Case) -> list[Broken]:
    found = []
    if case.service.staff_must_accompany and not case.request.escort:
        found.append(_never("REQ_ESCORT"))
    standby = case.service.standby and case.request.checkup_session_id is not None
    if not all(_consented(unit, client) for client in case.clients) or not (case.clients or standby):
        found.append(_never("REQ_CONSENT"))
    return found


def _consented(unit: Unit, client: RequestClient) -> bool:
    return client.consent_on is not None and client.consent_on <= unit.today


def _never(code: str, **facts: Any) -> Broken:
    return Broken(code, "never", facts)


def warn_of(unit: Unit, case: Case) -> None:
    """Remark what does not refuse: words about health, a check-up outside its age window."""
    if mentions_health(case.request.note):
        unit.warn("REQ_FREE_TEXT_PII", found=["health"])
    _warn_of_ages(unit, case, case.clients)


def _warn_of_ages(unit: Unit, case: Case, clients: Sequence[RequestClient]) -> None:
    window = case.age_window()
    if window and not case.service.age_window_binds and _outside(window, clients):
        unit.warn("REQ_AGE_WINDOW", first=window[0], last=window[1])


def judge_joining(unit: Unit, case: Case, joining: RequestClient) -> None:
    """Judge the age of a family that joins later: before acceptance it is recorded, afterwards nobody could decide.

    Raises `RulesBroken` (`REQ_AGE_WINDOW`) for an accepted request whose window binds; one that does not is remarked.
    An override that was given on accepting was given for the families of then.
    """
    if case.request.status not in UNDECIDED and (found := _age_override(case, [joining])):
        raise broken(found)
    _warn_of_ages(unit, case, [joining])


def _outside(window: Sequence[int], clients: Sequence[RequestClient]) -> bool:
    return any(not window[0] <= client.age_months <= window[1] for client in clients)


def refuse_once_started(unit: Unit, request: DispatchRequest) -> None:
    """Raise `WrongState` from the start on, when time moves a request and nobody else does."""
    if request.starts_at <= unit.now:
        raise WrongState(code="REQ_STATE", state=request.status, allowed=[])


def is_below(unit: Unit, case: Case, business_days: int) -> bool:
    """Return whether fewer business days d than these lie in submitted_on < d ≤ service date (domain.md §0.1).

    The lead time counts from today until the request is submitted.
    """
    asked = unit.local_day(case.moved_at or case.request.received_at or unit.now)
    return office_calendar(unit).step(asked, business_days) > unit.local_day(case.request.starts_at)


def is_urgent(unit: Unit, case: Case) -> bool:
    """Return whether the request came below the lead time of its service."""
    return case.service.office_hours_only and is_below(unit, case, case.service.lead_business_days)


def needs_override(unit: Unit, case: Case) -> list[Broken]:
    """Return the rules that `accept` wants an override with a reason for, in their order."""
    service, request = case.service, case.request
    found = [*_office_overrides(unit, case)] if service.office_hours_only else []
    if service.max_minutes < case.minutes <= service.hard_max_minutes:
        found.append(_with_reason("REQ_DURATION", max=service.max_minutes))
    found += _age_override(case, case.clients)
    settled = {override["code"] for override in request.overrides} - (_TIMED if case.moved_at else set())
    return [rule for rule in found if rule.code not in settled]


_TIMED = {"REQ_LEAD", "REQ_CLOSED_DAY", "REQ_HOURS", "REQ_DURATION"}
"""What was overridden for one time only."""


def _age_override(case: Case, clients: Sequence[RequestClient]) -> list[Broken]:
    window = case.age_window()
    if not window or not case.service.age_window_binds or not _outside(window, clients):
        return []
    return [_with_reason("REQ_AGE_WINDOW", first=window[0], last=window[1])]


def _office_overrides(unit: Unit, case: Case) -> list[Broken]:
    request = case.request
    day = unit.local_day(request.starts_at)
    found = []
    if is_urgent(unit, case):
        found.append(_with_reason("REQ_LEAD", n=case.service.lead_business_days))
    if not office_calendar(unit).is_open(day):
        found.append(_with_reason("REQ_CLOSED_DAY", day=day))
    if not within_office_hours(unit, request.starts_at, request.ends_at):
        opens, closes = (f"{hour:%H:%M}" for hour in (unit.rules.office_opens, unit.rules.office_closes))
        found.append(_with_reason("REQ_HOURS", opens=opens, closes=closes))
    return found


def _with_reason(code: str, **facts: Any) -> Broken:
    return Broken(code, "with_reason", facts)


def cancellation_deadline(unit: Unit, starts_at: datetime) -> datetime:
    """Return until when cancelling is free: noon of the previous business day [I, after F:NM]."""
    day = unit.local_day(starts_at)
    before = office_calendar(unit).step(day, -1)
    return datetime.combine(before, datetime.min.time().replace(hour=12), tzinfo=unit.zone)
