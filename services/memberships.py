"""Groups of the liaison council with the days they joined and left (indicator 3), and agreements with partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.membership import (
    AgreementCreate,
    AgreementPatch,
    AgreementView,
    MembershipCreate,
    MembershipEnd,
    MembershipPatch,
    MembershipView,
    OrganizationMembership,
    PartnerAgreement,
)
from models.organization import District, Organization, OrganizationKind
from services import council_states
from services.errors import Refused, invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit

Dated = TypeVar("Dated", OrganizationMembership, PartnerAgreement)
PARTNERS = frozenset({OrganizationKind.UNIVERSITY, OrganizationKind.NEIGHBORHOOD_ASSOCIATION})


@dataclass(frozen=True)
class DatedFilters:
    """What a list is narrowed to: those of an institution, those that hold on a day."""

    organization_id: UUID | None = None
    on: date | None = None


def list_memberships(unit: Unit, ask: Ask, filters: DatedFilters) -> Page[MembershipView]:
    """Return memberships by the day of joining."""
    row = OrganizationMembership
    statement = _narrowed(select(row), filters, row, col(row.joined_on), col(row.left_on))
    return page(
        unit, ask, statement, Order((row.joined_on, row.id)), _show_memberships, scope_of("memberships", filters)
    )


def _narrowed(statement: Any, filters: DatedFilters, table: Any, first: Any, end: Any) -> Any:
    if filters.organization_id is not None:
        statement = statement.where(table.organization_id == filters.organization_id)
    if filters.on is not None:
        statement = statement.where(first <= filters.on, sa.or_(end.is_(None), end > filters.on))
    return statement


def read_membership(unit: Unit, membership_id: UUID) -> MembershipView:
    """Return a membership. Raises `NotFound`."""
    return _membership(unit, unit.get(OrganizationMembership, membership_id))


def join(unit: Unit, draft: MembershipCreate) -> MembershipView:
    """Enter a group. Raises `InvalidFields` for an unknown group or impossible days, `Refused` (`MEM_OVERLAP`)."""
    _lock_organization(unit, draft.organization_id)
    membership = OrganizationMembership(**draft.model_dump(), **unit.stamp())
    _check_membership(unit, membership)
    unit.add(membership)
    unit.audit("membership.join", membership)
    return _membership(unit, membership)


def change_membership(unit: Unit, membership_id: UUID, patch: MembershipPatch) -> MembershipView:
    """Correct the days. Raises `NotFound`, `Stale`, `InvalidFields`, `Refused` (`MEM_OVERLAP`)."""
    return _amend(unit, membership_id, patch.changes(), "membership.change")


def leave(unit: Unit, membership_id: UUID, draft: MembershipEnd) -> MembershipView:
    """Write from when on a group is no member. Raises as `change_membership`, and `WrongState` (`MEM_STATE`)."""
    council_states.MEMBERSHIP.next(unit.get(OrganizationMembership, membership_id).status, "leave")
    return _amend(unit, membership_id, draft.model_dump(), "membership.leave")


def _amend(unit: Unit, membership_id: UUID, changes: Mapping[str, Any], action: str) -> MembershipView:
    _lock_organization(unit, unit.get(OrganizationMembership, membership_id).organization_id)
    membership = unit.lock(OrganizationMembership, membership_id)
    unit.expect(membership)
    _set(membership, changes)
    _check_membership(unit, membership)
    membership.touch(unit.now)
    unit.audit(action, membership, fields=list(changes))
    return _membership(unit, membership)


def _lock_organization(unit: Unit, organization_id: UUID) -> None:
    """Let one at a time write the memberships of a group, so that no two overlap."""
    if unit.session.get(Organization, organization_id) is None:
        raise invalid("/organization_id")
    unit.lock(Organization, organization_id)


def _set(row: OrganizationMembership | PartnerAgreement, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


def _check_membership(unit: Unit, membership: OrganizationMembership) -> None:
    if membership.left_on is not None and membership.left_on <= membership.joined_on:
        raise invalid("/left_on", "FIELD_CONFLICT", other="joined_on")
    others = select(OrganizationMembership.id).where(
        OrganizationMembership.organization_id == membership.organization_id,
        OrganizationMembership.id != membership.id,
        sa.or_(
            col(OrganizationMembership.left_on).is_(None), col(OrganizationMembership.left_on) > membership.joined_on
        ),
    )
    if membership.left_on is not None:
        others = others.where(OrganizationMembership.joined_on < membership.left_on)
    with unit.session.no_autoflush:
        if unit.session.exec(others.limit(1)).first() is not None:
            raise Refused("MEM_OVERLAP")


def list_agreements(unit: Unit, ask: Ask, filters: DatedFilters) -> Page[AgreementView]:
    """Return agreements by the day they begin."""
    row = PartnerAgreement
    statement = _narrowed(select(row), filters, row, col(row.starts_on), col(row.ends_on))
    return page(unit, ask, statement, Order((row.starts_on, row.id)), _show_agreements, scope_of("agreements", filters))


def read_agreement(unit: Unit, agreement_id: UUID) -> AgreementView:
    """Return an agreement. Raises `NotFound`."""
    return _agreement(unit, unit.get(PartnerAgreement, agreement_id))


def agree(unit: Unit, draft: AgreementCreate) -> AgreementView:
    """Write down an agreement with a university or neighbourhood association. Raises `InvalidFields`."""
    partner = unit.session.get(Organization, draft.organization_id)
    if partner is None or partner.kind not in PARTNERS:
        raise invalid("/organization_id")
    agreement = PartnerAgreement(**draft.model_dump(), **unit.stamp())
    _check_agreement(unit, agreement)
    unit.add(agreement)
    unit.audit("partner_agreement.create", agreement)
    return _agreement(unit, agreement)


def change_agreement(unit: Unit, agreement_id: UUID, patch: AgreementPatch) -> AgreementView:
    """Correct an agreement, or end it. Raises `NotFound`, `Stale`, `InvalidFields`."""
    agreement = unit.lock(PartnerAgreement, agreement_id)
    unit.expect(agreement)
    changes = patch.changes()
    _set(agreement, changes)
    _check_agreement(unit, agreement)
    agreement.touch(unit.now)
    unit.audit("partner_agreement.change", agreement, fields=list(changes))
    return _agreement(unit, agreement)


def _check_agreement(unit: Unit, agreement: PartnerAgreement) -> None:
    if agreement.ends_on is not None and agreement.ends_on <= agreement.starts_on:
        raise invalid("/ends_on", "FIELD_CONFLICT", other="starts_on")
    check_districts(unit, agreement.districts)


def check_districts(unit: Unit, codes: Sequence[str]) -> None:
    """Raise `InvalidFields` for a code that is no district's."""
    with unit.session.no_autoflush:
        known = set(unit.session.exec(select(District.code).where(col(District.code).in_(codes))))
    for at, code in enumerate(codes):
        if code not in known:
            raise invalid(f"/districts/{at}")


def _membership(unit: Unit, membership: OrganizationMembership) -> MembershipView:
    return _show_memberships(unit, [membership])[0]


def _show_memberships(unit: Unit, memberships: Sequence[OrganizationMembership]) -> list[MembershipView]:
    names = _names(unit, memberships)
    permissions = permissions_of(unit.actor.roles)
    return [
        MembershipView(
            **row.model_dump(),
            status=row.status,
            organization=names[row.organization_id],
            actions=council_states.MEMBERSHIP.open_to(row.status, permissions),
        )
        for row in memberships
    ]


def _agreement(unit: Unit, agreement: PartnerAgreement) -> AgreementView:
    return _show_agreements(unit, [agreement])[0]


def _show_agreements(unit: Unit, agreements: Sequence[PartnerAgreement]) -> list[AgreementView]:
    names = _names(unit, agreements)
    return [
        AgreementView(**row.model_dump(), organization=names[row.organization_id], in_force=_holds(row, unit.today))
        for row in agreements
    ]


def _holds(agreement: PartnerAgreement, day: date) -> bool:
    return agreement.starts_on <= day and (agreement.ends_on is None or day < agreement.ends_on)


def _names(unit: Unit, rows: Sequence[Dated]) -> dict[UUID, str]:
    ids = {row.organization_id for row in rows}
    found = unit.session.exec(select(Organization.id, Organization.name).where(col(Organization.id).in_(ids)))
    return {organization_id: name for organization_id, name in found}  # noqa: C416 - of no mapping
