"""Families on a request, their identity, and whom they must not meet (domain.md §0.1, §9)."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select

from models.client import (
    Client,
    ClientExclusion,
    ClientIdentity,
    DisclosureRequest,
    ExclusionDraft,
    ExclusionView,
    IdentityDraft,
    IdentityView,
    RequestClient,
    RequestClientDraft,
)
from models.dispatch_request import DispatchRequest, DispatchRequestView, RequestStatus
from models.fields import Items
from models.shift import Shift
from models.volunteer import Volunteer
from services import numbering, states
from services.clashing import tell_clashes
from services.errors import Broken, NotFound, Refused, WrongState, broken, invalid
from services.policies import Audience, Permission, capacities_of
from services.purging import date_purge
from services.queries import find, visible_requests
from services.releasing import bar
from services.request_rules import LIVE, case_of, judge_joining, refuse_once_started
from services.showing import shift_of, show_request
from services.sights import own_sight
from services.unit import Unit

_NOT_YET_SUBMITTED = frozenset({RequestStatus.DRAFT, RequestStatus.RETURNED})


def add(unit: Unit, request_id: UUID, draft: RequestClientDraft) -> DispatchRequestView:
    """Put a family on a request, until it starts; from submission on its consent is needed first.

    Raises `RulesBroken` (`REQ_CONSENT`; `REQ_AGE_WINDOW` once a binding request is accepted), `WrongState`,
    `InvalidFields`.
    """
    request = _take(unit, request_id)
    if draft.consent_on is None and request.status not in _NOT_YET_SUBMITTED:
        raise broken([Broken("REQ_CONSENT", "never")])
    last = max((link.n for link in _links(unit, request)), default=0)
    link = link_client(unit, request, draft, last + 1)
    unit.session.flush()
    judge_joining(unit, case_of(unit, request), link)
    unit.lock(Client, link.client_id)  # or somebody could be excluded beside us, unseen by both
    tell_clashes(unit, link.client_id, RequestClient.id == link.id)
    request.touch(unit.now)
    unit.audit("dispatch_request.add_client", request)
    return show_request(unit, request)


def link_client(unit: Unit, request: DispatchRequest, draft: RequestClientDraft, n: int, at: str = "") -> RequestClient:
    """Put a family on a request: an earlier one by its reference, or a new one.

    Raises `InvalidFields`; `at` points at the family in the input.
    """
    link = RequestClient(
        request_id=request.id,
        client_id=_family(unit, request, draft.client_ref, at).id,
        n=n,
        age_months=draft.age_months,
        consent_on=_past(unit, draft.consent_on, at),
        time_band=f"{draft.time_band:%H:%M}" if draft.time_band else None,
    )
    unit.session.add(link)
    return link


def _past(unit: Unit, consent_on: date | None, at: str) -> date | None:
    if consent_on is not None and consent_on > unit.today:
        raise invalid(f"{at}/consent_on", "FIELD_RANGE", max=unit.today)
    return consent_on


def _family(unit: Unit, request: DispatchRequest, ref: str | None, at: str) -> Client:
    if ref is None:
        return unit.add(Client(organization_id=request.organization_id, ref=numbering.client_ref(unit)))
    known = unit.session.exec(
        select(Client).where(Client.organization_id == request.organization_id, Client.ref == ref)
    ).one_or_none()
    if known is None:
        raise invalid(f"{at}/client_ref")
    linked = select(RequestClient.id).where(RequestClient.request_id == request.id, RequestClient.client_id == known.id)
    if unit.session.exec(linked).first() is not None:
        raise invalid(f"{at}/client_ref", "FIELD_DUPLICATE")
    return known


def remove(unit: Unit, request_id: UUID, n: int) -> DispatchRequestView:
    """Take a family off a request; its identity is erased with it.

    Raises `NotFound`, `WrongState`, `RulesBroken` (`REQ_CONSENT`) for the last family of a request handed in for it.
    """
    request = _take(unit, request_id)
    link = _link(unit, request, n)
    if _needs_a_family(request) and len(_links(unit, request)) == 1:
        raise broken([Broken("REQ_CONSENT", "never")])
    identity = _identity(unit, link)
    if identity is not None:
        unit.session.delete(identity)
        unit.session.flush()  # the identity points at the link
    unit.session.delete(link)
    unit.session.flush()
    request.touch(unit.now)
    unit.audit("dispatch_request.remove_client", request)
    return show_request(unit, request)


def _needs_a_family(request: DispatchRequest) -> bool:
    """Only a check-up may wait for families; any other request was handed in for one that agreed."""
    return request.status not in _NOT_YET_SUBMITTED and request.checkup_session_id is None


def write_identity(unit: Unit, request_id: UUID, n: int, draft: IdentityDraft) -> None:
    """Write a family's name, telephone and address, encrypted; it is never echoed. Raises `NotFound`, `WrongState`."""
    request = _take(unit, request_id)
    link = _link(unit, request, n)
    sealed = unit.vault.seal(draft.model_dump())
    identity = _identity(unit, link)
    if identity is None:
        unit.add(ClientIdentity(request_client_id=link.id, sealed=sealed, written_at=unit.now))
    else:
        identity.sealed = sealed
        identity.written_at = unit.now
    date_purge(unit, request)
    request.touch(unit.now)
    unit.audit("client_identity.write", request, fields=sorted(draft.model_fields_set))


def disclose(unit: Unit, request_id: UUID, draft: DisclosureRequest) -> IdentityView:
    """Answer a family's identity and log who read it and why.

    Staff, the institution, and the confirmed volunteer from 3 days before to 1 day after; for anybody else it does
    not exist. Raises `Refused` (`PRIV_PURPOSE`) without a purpose, `NotFound`.
    """
    request = _disclosable(unit, request_id)
    if draft.purpose is None:
        raise Refused("PRIV_PURPOSE")
    link = _link(unit, request, draft.n)
    identity = _identity(unit, link)
    if identity is None:
        raise NotFound
    unit.audit(
        "client_identity.read",
        request,
        fields=["name", "phone", "address"],
        purpose=draft.purpose,
        subject=unit.actor.volunteer_id,
    )
    return IdentityView(client_ref=unit.get(Client, link.client_id).ref, **unit.vault.open(identity.sealed))


def _disclosable(unit: Unit, request_id: UUID) -> DispatchRequest:
    """Return a request whose families the caller may know: as a volunteer who comes near the day, or as who asked for it."""
    allowed = Permission.CLIENT_DISCLOSE
    if Audience.VOLUNTEER in capacities_of(unit.actor, allowed):
        request = unit.get(DispatchRequest, request_id)
        if _comes_to(unit, request):
            return request
    return find(unit, visible_requests(unit.actor, allowed), DispatchRequest, request_id)


def _comes_to(unit: Unit, request: DispatchRequest) -> bool:
    shift = shift_of(unit, request)
    return shift is not None and own_sight(unit, shift).sees("client_identity")


def _take(unit: Unit, request_id: UUID) -> DispatchRequest:
    """Return the addressed request, its shift locked before it: whoever is claiming is judged with or before the change.

    Raises `NotFound`, `Stale`, `WrongState`.
    """
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    shift = shift_of(unit, request)
    if shift is not None:
        unit.lock(Shift, shift.id)
    request = unit.lock(DispatchRequest, request_id)
    unit.expect(request)
    if request.status not in LIVE:
        raise WrongState(code="REQ_STATE", state=request.status, allowed=states.REQUEST.verbs(request.status))
    refuse_once_started(unit, request)
    return request


def _links(unit: Unit, request: DispatchRequest) -> list[RequestClient]:
    return list(unit.session.exec(select(RequestClient).where(RequestClient.request_id == request.id)))


def _link(unit: Unit, request: DispatchRequest, n: int) -> RequestClient:
    link = unit.session.exec(
        select(RequestClient).where(RequestClient.request_id == request.id, RequestClient.n == n)
    ).one_or_none()
    if link is None:
        raise NotFound
    return link


def _identity(unit: Unit, link: RequestClient) -> ClientIdentity | None:
    return unit.session.exec(select(ClientIdentity).where(ClientIdentity.request_client_id == link.id)).one_or_none()


def list_exclusions(unit: Unit, ref: str) -> Items[ExclusionView]:
    """Return who must not serve a family; staff only. Raises `NotFound`."""
    client = _client(unit, ref)
    rows = unit.session.exec(
        select(ClientExclusion)
        .where(ClientExclusion.client_id == client.id, col(ClientExclusion.lifted_at).is_(None))
        .order_by(ClientExclusion.id)  # type: ignore[arg-type]
    )
    return Items(items=[_show_exclusion(client, row) for row in rows])


def exclude(unit: Unit, ref: str, draft: ExclusionDraft) -> ExclusionView:
    """Keep a person from a family from now on; the office is told at once where she is coming already.

    Raises `NotFound`, `InvalidFields`.
    """
    client = _client(unit, ref)
    if unit.session.get(Volunteer, draft.volunteer_id) is None:
        raise invalid("/volunteer_id")
    unit.lock(Volunteer, draft.volunteer_id)  # what she is claiming meanwhile is seen, or is judged by this
    row = bar(unit, client.id, draft.volunteer_id, draft.kind)
    unit.audit("client.exclude", client)
    return _show_exclusion(client, row)


def lift(unit: Unit, ref: str, exclusion_id: UUID) -> None:
    """Lift an exclusion. Raises `NotFound`."""
    client = _client(unit, ref)
    row = unit.lock(ClientExclusion, exclusion_id)
    if row.client_id != client.id or row.lifted_at is not None:
        raise NotFound
    row.lifted_at = unit.now
    unit.audit("client.lift_exclusion", client)


def _client(unit: Unit, ref: str) -> Client:
    client = unit.session.exec(select(Client).where(Client.ref == ref)).one_or_none()
    if client is None:
        raise NotFound
    return client


def _show_exclusion(client: Client, row: ClientExclusion) -> ExclusionView:
    return ExclusionView(
        id=row.id, client_ref=client.ref, volunteer_id=row.volunteer_id, kind=row.kind, created_at=row.created_at
    )
