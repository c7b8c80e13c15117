"""Households that invite guests: staff see all, a volunteer her own."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanAnswerAsHosts, CanReadHosts, CanWriteHosts, GuardedWorkDep, PlainWorkDep, WorkDep, may_be_absent
from api.paging import AskDep
from api.problems import answers
from models.fields import Code, Id
from models.host import HostActivation, HostCreate, HostKind, HostPatch, HostStatus, HostVerb, HostView, OpenDatesList
from services import host_leaving, hosts
from services.hosts import HostFilters
from services.paging import Page

router = APIRouter(prefix="/v1/hosts", tags=["hosts"])
Body = Annotated[HostVerb, may_be_absent(HostVerb)]


@router.get("", response_model=Page[HostView], responses=answers(403))
def list_hosts(  # noqa: PLR0913, PLR0917 - the parameters of the query
    caller: CanReadHosts,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[HostStatus | None, Query()] = None,
    district: Annotated[Code | None, Query()] = None,
    kind: Annotated[HostKind | None, Query()] = None,
    available: Annotated[bool, Query(description="Only whom guests may come to: active, as its head is")] = False,  # noqa: FBT002 - of the query
) -> Response:
    """List households in the order in which they were registered; no addresses."""
    return work.read(caller, hosts.list_hosts, ask, HostFilters(status, district, kind, available))


@router.post("", status_code=201, response_model=HostView, responses=answers(403))
def register_host(draft: HostCreate, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Register a household whose head offers to host."""
    return work.create(caller, hosts.register, draft)


@router.get("/{host_id}", response_model=HostView, responses=answers(403, 404))
def read_host(host_id: Id, caller: CanReadHosts, work: PlainWorkDep) -> Response:
    """Read a household."""
    return work.read(caller, hosts.read_host, host_id)


@router.patch("/{host_id}", response_model=HostView, responses=answers(403, 404, 409, 412, 428))
def change_host(host_id: Id, patch: HostPatch, caller: CanWriteHosts, work: GuardedWorkDep) -> Response:
    """Correct a household; stays that were agreed on are not judged again."""
    return work.write(caller, hosts.change, host_id, patch)


@router.put("/{host_id}/dates", response_model=HostView, responses=answers(403, 404, 409, 412, 428))
def tell_host_dates(host_id: Id, draft: OpenDatesList, caller: CanAnswerAsHosts, work: GuardedWorkDep) -> Response:
    """Say on which days guests may come; an empty list says that nothing is known."""
    return work.write(caller, hosts.tell_dates, host_id, draft)


@router.post("/{host_id}/activate", response_model=HostView, responses=answers(403, 404, 409, 412))
def activate_host(host_id: Id, draft: HostActivation, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Let guests come: the office has seen the home."""
    return work.write(caller, hosts.activate, host_id, draft)


@router.post("/{host_id}/pause", response_model=HostView, responses=answers(403, 404, 409, 412))
def pause_host(host_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Take no new guests for a while."""
    return work.write(caller, hosts.pause, host_id, draft)


@router.post("/{host_id}/resume", response_model=HostView, responses=answers(403, 404, 409, 412))
def resume_host(host_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Take guests again."""
    return work.write(caller, hosts.resume, host_id, draft)


@router.post("/{host_id}/end", response_model=HostView, responses=answers(403, 404, 409, 412))
def end_host(host_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Stop hosting; guests who were agreed on go to other households."""
    return work.write(caller, host_leaving.end, host_id, draft)
