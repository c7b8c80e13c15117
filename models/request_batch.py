"""Many requests filed at once."""

from typing import Any
from uuid import UUID

from pydantic import Field as Described

from models.dispatch_request import DispatchRequestCreate, Languages, RequestStatus
from models.fields import Draft, Id, OnBehalf, View, Warned


class BatchItem(DispatchRequestCreate):
    """One request of a batch."""


class BatchCreate(Draft):
    """File many at once: all check-ups of a month, each with its languages, or any requests (at most 100)."""

    checkup_session_ids: list[Id] = Described(default_factory=list, max_length=100)
    languages: Languages | None = Described(
        default=None, description="For `checkup_session_ids`: one standby request per session and language"
    )
    items: list[BatchItem] = Described(default_factory=list, max_length=100)
    submit: bool = False
    on_behalf: OnBehalf | None = None


class RequestResult(View):
    """What one request of many came to: a status of success, or a problem's status and code."""

    status: int
    id: UUID | None = None
    request_no: str | None = None
    request_status: RequestStatus | None = None
    code: str | None = None
    detail: str | None = None
    violations: list[dict[str, Any]] = Described(default_factory=list)
    warnings: list[Warned] = Described(default_factory=list)


class BatchResult(RequestResult):
    """The result of one item of a batch: 201 filed, 200 filed before, or a problem's status and code."""

    index: int
    checkup_session_id: UUID | None = None
    language: str | None = None


class BatchView(View):
    """Results in the order of the items."""

    items: list[BatchResult]
