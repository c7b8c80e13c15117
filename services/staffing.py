"""Shifts that no request opens: their time and place, and the places that they offer (domain.md §0, "One unit of matching")."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.competence import Certification
from models.organization import District, Facility
from models.service_type import Language, ServiceType, Skill
from models.shift import Demand, DemandDraft, DemandLanguage, Shift, ShiftStatus
from models.training import TrainingCourse
from services import states
from services.errors import invalid
from services.roster import BROUGHT, READY
from services.unit import Unit


def check_time(unit: Unit, starts_at: datetime, ends_at: datetime) -> None:
    """Refuse a time that is past, or ends before it begins. Raises `InvalidFields`."""
    if starts_at <= unit.now:
        raise invalid("/starts_at", "REQ_PAST")
    if ends_at <= starts_at:
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")


def place_columns(unit: Unit, facility_id: UUID | None, district: str | None) -> dict[str, Any]:
    """Return where something takes place: in the district of its facility, or in one named alone.

    Raises `InvalidFields` for a facility or district there is not, and for both.
    """
    if facility_id is None:
        if district is not None and unit.session.get(District, district) is None:
            raise invalid("/district")
        return {"facility_id": None, "district_code": district}
    facility = unit.session.get(Facility, facility_id)
    if facility is None:
        raise invalid("/facility_id")
    if district not in {None, facility.district_code}:
        raise invalid("/district", "FIELD_CONFLICT", other="facility_id")
    return {"facility_id": facility.id, "district_code": facility.district_code}


def moved_place(unit: Unit, row: Any, columns: dict[str, Any]) -> dict[str, Any]:
    """Take a new place out of a change of a row, and return its columns; what is not named stays. Raises as `place_columns`."""
    if not {"facility_id", "district"} & columns.keys():
        return {}
    facility_id = columns.pop("facility_id", row.facility_id)
    district = columns.pop("district", row.district_code if facility_id is None else None)
    return place_columns(unit, facility_id, district)


def check_demands(unit: Unit, drafts: Sequence[DemandDraft], where: str = "/demands/{n}") -> None:
    """Refuse languages, skills and certificates that nobody can have. Raises `InvalidFields`; `where` is a demand's place."""
    tags = _known(unit, Language.tag, (one.language for one in drafts))
    skills = _known(unit, Skill.code, (code for one in drafts for code in one.skills)) | {READY, *BROUGHT}
    certificates = known_certificates(unit, {code for one in drafts for code in one.certifications})
    for n, one in enumerate(drafts):
        at = where.format(n=n)
        if one.language not in {None, *tags}:
            raise invalid(f"{at}/language", "LANG_TAG")
        if one.min_level is not None and one.language is None:
            raise invalid(f"{at}/min_level", "FIELD_CONFLICT", other="language")
        if set(one.skills) - skills:
            raise invalid(f"{at}/skills")
        if set(one.certifications) - certificates:
            raise invalid(f"{at}/certifications")


def _known(unit: Unit, column: Any, values: Iterable[str | None]) -> set[str]:
    return set(unit.session.exec(select(column).where(col(column).in_({one for one in values if one}))))


def known_certificates(unit: Unit, codes: Collection[str]) -> set[str]:
    """Return those of the codes that a course gives, a service asks for, or somebody has."""
    if not codes:
        return set()
    given = unit.session.exec(select(TrainingCourse.grants).where(col(TrainingCourse.grants).in_(codes)))
    held = unit.session.exec(select(Certification.cert_code).where(col(Certification.cert_code).in_(codes)))
    asked = {code for certs in unit.session.exec(select(ServiceType.required_certs)) for code in certs}
    return {*given, *held, *(asked & set(codes))}


def open_places(
    unit: Unit,
    shift: Shift,
    drafts: Sequence[DemandDraft],
    *,
    certifications: Collection[str] = (),
    skills: Collection[str] = (),
    for_children: bool = False,
) -> Shift:
    """Write a shift with its demands; what is asked of everybody comes on top of what each demand asks."""
    unit.add(shift)
    for draft in drafts:
        demand = unit.add(
            Demand(
                shift_id=shift.id,
                role=draft.role,
                places=draft.places,
                language=draft.language,
                min_level=draft.min_level,
                certifications=sorted({*draft.certifications, *certifications}),
                skills=sorted({*draft.skills, *skills}),
                min_age=draft.min_age,
                child_safety=for_children,
            )
        )
        if draft.language is not None:
            unit.session.add(DemandLanguage(demand_id=demand.id, tag=draft.language))
    unit.session.flush()
    unit.audit("shift.create", shift)
    return shift


def open_shift(unit: Unit, shift: Shift) -> None:
    """Open a locked shift to those who may come. Raises `WrongState` (`SHF_STATE`)."""
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "open"))
    shift.touch(unit.now)
    unit.audit("shift.open", shift)
