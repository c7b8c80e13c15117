"""The directory: institutions and places, and the lists that others refer to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.fields import Items
from models.office import HolidayView
from models.organization import (
    District,
    DistrictView,
    Facility,
    FacilityCreate,
    FacilityKind,
    FacilityPatch,
    FacilityView,
    Organization,
    OrganizationCreate,
    OrganizationKind,
    OrganizationPatch,
    OrganizationView,
)
from models.service_type import (
    Language,
    LanguageEntry,
    ServiceType,
    ServiceTypeDetail,
    ServiceTypePatch,
    ServiceTypeView,
    Skill,
    SkillEntry,
)
from services import office_days
from services.errors import invalid
from services.fiscal_years import first_day, fiscal_year, last_day
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission, may
from services.searching import mentions
from services.unit import Unit
from services.wording import name_in

MOST_DAYS_OF_HOLIDAYS = 3 * 366


def list_districts(unit: Unit) -> Items[DistrictView]:
    """Return the districts in the plan's order."""
    rows = unit.session.exec(select(District).order_by(col(District.position)))
    return Items(items=[DistrictView.model_validate(_named(unit, row, row.code)) for row in rows])


def list_languages(unit: Unit) -> Items[LanguageEntry]:
    """Return the languages that can be asked for or offered."""
    rows = unit.session.exec(select(Language).order_by(col(Language.position)))
    return Items(items=[LanguageEntry.model_validate(_named(unit, row, row.tag)) for row in rows])


def list_skills(unit: Unit) -> Items[SkillEntry]:
    """Return the code list of skills."""
    rows = unit.session.exec(select(Skill).order_by(col(Skill.position)))
    return Items(items=[SkillEntry.model_validate(_named(unit, row, row.code)) for row in rows])


def list_service_types(unit: Unit, on: date | None) -> Items[ServiceTypeView]:
    """Return the version of each kind of service in force on a day (today), those that are switched off too."""
    day = on or unit.today
    in_force = sa.and_(
        col(ServiceType.valid_from) <= day,
        sa.or_(col(ServiceType.valid_to).is_(None), col(ServiceType.valid_to) >= day),
    )
    rows = unit.session.exec(select(ServiceType).where(in_force).order_by(ServiceType.code, col(ServiceType.id)))
    return Items(items=[ServiceTypeView.model_validate(_named(unit, row, row.code)) for row in rows])


def read_service_type(unit: Unit, service_type_id: UUID) -> ServiceTypeDetail:
    """Return one version of a kind of service. Raises `NotFound`."""
    return _show_service_type(unit, unit.get(ServiceType, service_type_id))


def change_service_type(unit: Unit, service_type_id: UUID, patch: ServiceTypePatch) -> ServiceTypeDetail:
    """Set how many steps one version of a kind of service asks for (docs/decisions/0024).

    Who stands on a shift already is flagged by the next sweep where she lacks them. Raises `NotFound`, `Stale`.
    """
    row = unit.lock(ServiceType, service_type_id)
    unit.expect(row)
    _apply(unit, row, patch.changes(), "service_type.change")
    return _show_service_type(unit, row)


def _show_service_type(unit: Unit, row: ServiceType) -> ServiceTypeDetail:
    actions = ["change"] if may(unit.actor, Permission.DIRECTORY_WRITE) else []
    return ServiceTypeDetail.model_validate({**_named(unit, row, row.code), "actions": actions})


def _named(unit: Unit, row: District | Language | Skill | ServiceType, code: str) -> dict[str, Any]:
    return {**row.model_dump(), "name": name_in(row.names, unit.language, code)}


def list_holidays(unit: Unit, first: date | None, last: date | None) -> Items[HolidayView]:
    """Return public holidays and closed days from `first` to `last`, both included; by default the fiscal year around them.

    Raises `InvalidFields` for an end before the start and for more than three years.
    """
    year = fiscal_year(first or last or unit.today)
    first, last = first or first_day(year), last or last_day(year)
    if last < first:
        raise invalid("to", "FIELD_CONFLICT", other="from")
    if (last - first).days >= MOST_DAYS_OF_HOLIDAYS:
        raise invalid("to", "FIELD_RANGE", max=f"{MOST_DAYS_OF_HOLIDAYS} days")
    return Items(items=office_days.list_holidays(unit, first, last))


@dataclass(frozen=True)
class OrganizationFilters:
    """What a list of institutions is narrowed to; `q` is words of the name or its reading."""

    kind: OrganizationKind | None = None
    q: str | None = None


def list_organizations(unit: Unit, ask: Ask, filters: OrganizationFilters) -> Page[OrganizationView]:
    """Return institutions by reading and name."""
    statement = select(Organization)
    if filters.kind:
        statement = statement.where(Organization.kind == filters.kind)
    if filters.q:
        statement = statement.where(mentions(filters.q, [col(Organization.name)], [col(Organization.kana)]))
    order = Order((Organization.kana, Organization.name, Organization.id))
    return page(unit, ask, statement, order, _show_organizations, scope_of("organizations", filters))


def read_organization(unit: Unit, organization_id: UUID) -> OrganizationView:
    """Return an institution. Raises `NotFound`."""
    return show_organization(unit.get(Organization, organization_id))


def create_organization(unit: Unit, draft: OrganizationCreate) -> OrganizationView:
    """List an institution. Raises `InvalidFields` for a municipality code that does not check."""
    _check_lg_code(draft.lg_code)
    organization = unit.add(Organization(**_given(draft.model_dump()), **unit.stamp()))
    unit.audit("organization.create", organization)
    return show_organization(organization)


def change_organization(unit: Unit, organization_id: UUID, patch: OrganizationPatch) -> OrganizationView:
    """Correct an institution's entry. Raises `NotFound`, `Stale`, `InvalidFields`."""
    organization = unit.lock(Organization, organization_id)
    unit.expect(organization)
    _check_lg_code(patch.lg_code)
    _apply(unit, organization, patch.changes(), "organization.change")
    return show_organization(organization)


def show_organization(organization: Organization) -> OrganizationView:
    """Return an institution as everybody sees it."""
    return OrganizationView.model_validate(organization.model_dump())


def _show_organizations(_: Unit, organizations: Sequence[Organization]) -> list[OrganizationView]:
    return [show_organization(organization) for organization in organizations]


def check_digit(digits: str) -> str:
    """Return the check digit of a five-digit municipality code: modulus 11, weights 6 to 2 (総務省, JIS X 0402)."""
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 4, 3, 2), strict=True))
    return str((11 - weighted % 11) % 10)


def _check_lg_code(lg_code: str | None) -> None:
    if lg_code is not None and check_digit(lg_code[:5]) != lg_code[5]:
        raise invalid("/lg_code", "LGCODE_CHECK")


@dataclass(frozen=True)
class FacilityFilters:
    """What a list of places is narrowed to; `q` is words of the name or its reading."""

    organization_id: UUID | None = None
    kind: FacilityKind | None = None
    district: str | None = None
    q: str | None = None


def list_facilities(unit: Unit, ask: Ask, filters: FacilityFilters) -> Page[FacilityView]:
    """Return places by reading and name."""
    statement = select(Facility)
    if filters.organization_id:
        statement = statement.where(Facility.organization_id == filters.organization_id)
    if filters.kind:
        statement = statement.where(Facility.kind == filters.kind)
    if filters.district:
        statement = statement.where(Facility.district_code == filters.district)
    if filters.q:
        statement = statement.where(mentions(filters.q, [col(Facility.name)], [col(Facility.kana)]))
    order = Order((Facility.kana, Facility.name, Facility.id))
    return page(unit, ask, statement, order, _show_facilities, scope_of("facilities", filters))


def read_facility(unit: Unit, facility_id: UUID) -> FacilityView:
    """Return a place. Raises `NotFound`."""
    return show_facility(unit.get(Facility, facility_id))


def create_facility(unit: Unit, draft: FacilityCreate) -> FacilityView:
    """List a place. Raises `InvalidFields` for an unknown institution or district, or half a coordinate."""
    if unit.session.get(Organization, draft.organization_id) is None:
        raise invalid("/organization_id")
    if unit.session.get(District, draft.district_code) is None:
        raise invalid("/district_code")
    facility = Facility(**_given(draft.model_dump()), **unit.stamp())
    _check_point(facility)
    unit.add(facility)
    unit.audit("facility.create", facility)
    return show_facility(facility)


def change_facility(unit: Unit, facility_id: UUID, patch: FacilityPatch) -> FacilityView:
    """Correct a place's entry. Raises `NotFound`, `Stale`, `InvalidFields`."""
    facility = unit.lock(Facility, facility_id)
    unit.expect(facility)
    _apply(unit, facility, patch.changes(), "facility.change")
    _check_point(facility)
    return show_facility(facility)


def show_facility(facility: Facility) -> FacilityView:
    """Return a place as everybody sees it."""
    return FacilityView.model_validate({**facility.model_dump(), "district": facility.district_code})


def _show_facilities(_: Unit, facilities: Sequence[Facility]) -> list[FacilityView]:
    return [show_facility(facility) for facility in facilities]


def _check_point(facility: Facility) -> None:
    """Half a coordinate would read as none at all and lose its distances without a word."""
    if (facility.latitude is None) is not (facility.longitude is None):
        raise invalid("/latitude", "FIELD_CONFLICT", other="longitude")


def _given(columns: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not said, so that the table's own defaults hold."""
    return {name: value for name, value in columns.items() if value is not None}


def _apply(unit: Unit, row: Organization | Facility | ServiceType, changes: dict[str, Any], action: str) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.touch(unit.now)
    unit.session.flush()  # a name that is taken shows here, under its own field
    unit.audit(action, row, fields=list(changes))
