"""What a volunteer brings, as staff record it: languages, skills, certificates, pledges, insurance, work permission."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from models.base import Aggregate
from models.competence import (
    Certification,
    CertificationDraft,
    CertificationStatus,
    CertificationView,
    ChildSafetyCheck,
    ChildSafetyDraft,
    ChildSafetyView,
    ConfidentialityPledge,
    InsuranceCoverage,
    InsuranceDraft,
    InsuranceView,
    LanguageDraft,
    LanguageLevels,
    LanguageView,
    PledgeDraft,
    PledgeKind,
    PledgeView,
    Revocation,
    SkillDraft,
    SkillLevel,
    SkillView,
    VolunteerLanguage,
    VolunteerSkill,
)
from models.fields import Items, ObjectView
from models.residence_permission import (
    PermissionCheckDraft,
    PermissionCheckView,
    PermissionResult,
    ResidencePermissionCheck,
)
from models.service_type import Language, Skill
from models.volunteer import Volunteer
from services import states
from services.errors import NotFound, invalid
from services.fiscal_years import first_day, last_day
from services.keeping_from_children import follow_check
from services.policies import permissions_of
from services.unit import Unit
from services.volunteering import take, take_near

Shown = TypeVar("Shown", bound=ObjectView)
Record = TypeVar("Record", VolunteerLanguage, VolunteerSkill, Certification)


def list_languages(unit: Unit, volunteer_id: UUID) -> Items[LanguageView]:
    """Return the languages of a volunteer of the caller's scope. Raises `NotFound`."""
    return _list(unit, VolunteerLanguage, take(unit, volunteer_id), show_language)


def list_skills(unit: Unit, volunteer_id: UUID) -> Items[SkillView]:
    """Return the skills of a volunteer of the caller's scope. Raises `NotFound`."""
    return _list(unit, VolunteerSkill, take(unit, volunteer_id), show_skill)


def list_certifications(unit: Unit, volunteer_id: UUID) -> Items[CertificationView]:
    """Return every certificate a volunteer ever had, in the order they were recorded. Raises `NotFound`."""
    return _list(unit, Certification, take(unit, volunteer_id), show_certification)


def list_pledges(unit: Unit, volunteer_id: UUID) -> Items[PledgeView]:
    """Return the signed pledges, to staff and herself. Raises `NotFound`, `Forbidden`."""
    return _list(unit, ConfidentialityPledge, take_near(unit, volunteer_id), show_pledge)


def list_insurance(unit: Unit, volunteer_id: UUID) -> Items[InsuranceView]:
    """Return the insurance cover, to staff and herself. Raises `NotFound`, `Forbidden`."""
    return _list(unit, InsuranceCoverage, take_near(unit, volunteer_id), show_insurance)


def list_child_safety(unit: Unit, volunteer_id: UUID) -> Items[ChildSafetyView]:
    """Return the statuses of her checks, to staff and herself. Raises `NotFound`, `Forbidden`."""
    return _list(unit, ChildSafetyCheck, take_near(unit, volunteer_id), show_child_safety)


def list_permission_checks(unit: Unit, volunteer_id: UUID) -> Items[PermissionCheckView]:
    """Return the looks at her work permission, to staff and herself. Raises `NotFound`, `Forbidden`."""
    return _list(unit, ResidencePermissionCheck, take_near(unit, volunteer_id), show_permission_check)


def _list(unit: Unit, table: Any, volunteer: Volunteer, show: Callable[[Unit, Any], Shown]) -> Items[Shown]:
    rows: Sequence[Any] = unit.session.exec(
        select(table).where(table.volunteer_id == volunteer.id).order_by(col(table.id))
    ).all()
    return Items(items=[show(unit, row) for row in rows])


def record_language(unit: Unit, volunteer_id: UUID, draft: LanguageDraft) -> LanguageView:
    """Add a language. Raises `NotFound`, `InvalidFields` for a tag that is not in the list or already recorded."""
    volunteer = _addressed(unit, volunteer_id)
    if unit.session.get(Language, draft.tag) is None:
        raise invalid("/tag", "LANG_TAG")
    row = VolunteerLanguage(volunteer_id=volunteer.id, **draft.model_dump(), **unit.stamp())
    return show_language(unit, _record(unit, volunteer, row, "language.record"))


def correct_language(unit: Unit, volunteer_id: UUID, language_id: UUID, levels: LanguageLevels) -> LanguageView:
    """Correct the levels of a language. Raises `NotFound`, `Stale`."""
    row = _correct(unit, VolunteerLanguage, volunteer_id, language_id, levels.model_dump(), "language.correct")
    return show_language(unit, row)


def record_skill(unit: Unit, volunteer_id: UUID, draft: SkillDraft) -> SkillView:
    """Add a skill. Raises `NotFound`, `InvalidFields` for a code that is not in the list or already recorded."""
    volunteer = _addressed(unit, volunteer_id)
    if unit.session.get(Skill, draft.skill_code) is None:
        raise invalid("/skill_code")
    row = VolunteerSkill(volunteer_id=volunteer.id, **draft.model_dump(), **unit.stamp())
    return show_skill(unit, _record(unit, volunteer, row, "skill.record"))


def correct_skill(unit: Unit, volunteer_id: UUID, skill_id: UUID, level: SkillLevel) -> SkillView:
    """Correct the level of a skill. Raises `NotFound`, `Stale`."""
    return show_skill(unit, _correct(unit, VolunteerSkill, volunteer_id, skill_id, level.model_dump(), "skill.correct"))


def grant(unit: Unit, volunteer_id: UUID, draft: CertificationDraft) -> CertificationView:
    """Grant a certificate; a renewal is one more. Raises `NotFound`, `InvalidFields` for an end before the start."""
    volunteer = _addressed(unit, volunteer_id)
    if draft.expires_on is not None and draft.expires_on < draft.granted_on:
        raise invalid("/expires_on", "FIELD_CONFLICT", other="granted_on")
    row = Certification(volunteer_id=volunteer.id, **draft.model_dump(), **unit.stamp())
    return show_certification(unit, _record(unit, volunteer, row, "certification.grant"))


def revoke(unit: Unit, volunteer_id: UUID, certification_id: UUID, draft: Revocation) -> CertificationView:
    """Revoke a certificate as of today. Raises `NotFound`, `Stale`, `WrongState` (`CERT_STATE`)."""
    volunteer = take(unit, volunteer_id, lock=True)
    row = _addressed_record(unit, Certification, volunteer, certification_id)
    states.CERTIFICATION.next(status_of(unit, row), "revoke")
    row.revoked_on, row.revoked_reason = unit.today, draft.reason
    _changed(unit, volunteer, row, "certification.revoke", ["revoked_on", "revoked_reason"])
    return show_certification(unit, row)


def record_pledge(unit: Unit, volunteer_id: UUID, draft: PledgeDraft) -> PledgeView:
    """Record a signed pledge. Raises `NotFound`, `InvalidFields` for a day that is still to come."""
    volunteer = _addressed(unit, volunteer_id)
    if draft.signed_on > unit.today:
        raise invalid("/signed_on", "FIELD_RANGE", max=unit.today)
    row = ConfidentialityPledge(volunteer_id=volunteer.id, **draft.model_dump(), **unit.stamp())
    return show_pledge(unit, _record(unit, volunteer, row, "pledge.record"))


def record_insurance(unit: Unit, volunteer_id: UUID, draft: InsuranceDraft) -> InsuranceView:
    """Record cover until the end of its fiscal year, from its beginning or the day after the procedure.

    Raises `NotFound`, `InvalidFields` for a procedure still to come, and a start before the cover can or outside of
    the year.
    """
    volunteer = _addressed(unit, volunteer_id)
    if draft.procedure_on is not None and draft.procedure_on > unit.today:
        raise invalid("/procedure_on", "FIELD_RANGE", max=unit.today)
    first, last = _covered(unit, draft)
    starts_on = draft.starts_on or first
    if not first <= starts_on <= last:
        raise invalid("/starts_on", "FIELD_RANGE", min=first, max=last)
    columns = draft.model_dump(include={"fiscal_year", "plan"})
    row = InsuranceCoverage(volunteer_id=volunteer.id, starts_on=starts_on, ends_on=last, **columns, **unit.stamp())
    return show_insurance(unit, _record(unit, volunteer, row, "insurance.record"))


def _covered(unit: Unit, draft: InsuranceDraft) -> tuple[date, date]:
    """Return the days that cover can run from and to. Who writes down a start alone has the paper before her."""
    first, last = first_day(draft.fiscal_year), last_day(draft.fiscal_year)
    if draft.starts_on is not None and draft.procedure_on is None:
        return first, last
    return max(first, (draft.procedure_on or unit.today) + timedelta(days=1)), last


def record_child_safety(unit: Unit, volunteer_id: UUID, draft: ChildSafetyDraft) -> ChildSafetyView:
    """Record the status of a check; the latest decides, and who is not cleared is with no child from now on.

    Raises `NotFound`, `InvalidFields` for a day that is still to come, and an end before it.
    """
    volunteer = _addressed(unit, volunteer_id)
    if draft.checked_on > unit.today:
        raise invalid("/checked_on", "FIELD_RANGE", max=unit.today)
    if draft.valid_until is not None and draft.valid_until < draft.checked_on:
        raise invalid("/valid_until", "FIELD_CONFLICT", other="checked_on")
    row = ChildSafetyCheck(volunteer_id=volunteer.id, **draft.model_dump(), **unit.stamp())
    _record(unit, volunteer, row, "child_safety.record")
    follow_check(unit, volunteer, row)
    return show_child_safety(unit, row)


def record_permission_check(unit: Unit, volunteer_id: UUID, draft: PermissionCheckDraft) -> PermissionCheckView:
    """Record a look at her work permission; a renewal is one more.

    Raises `NotFound`, `InvalidFields` for a day that is still to come, an end before it, and a result that
    contradicts `needed`.
    """
    volunteer = _addressed(unit, volunteer_id)
    if draft.checked_on > unit.today:
        raise invalid("/checked_on", "FIELD_RANGE", max=unit.today)
    if draft.expires_on is not None and draft.expires_on < draft.checked_on:
        raise invalid("/expires_on", "FIELD_CONFLICT", other="checked_on")
    needed = draft.result is not PermissionResult.NOT_NEEDED
    if draft.needed not in {None, needed}:
        raise invalid("/needed", "FIELD_CONFLICT", other="result")
    row = ResidencePermissionCheck(
        volunteer_id=volunteer.id, needed=needed, **draft.model_dump(exclude={"needed"}), **unit.stamp()
    )
    return show_permission_check(unit, _record(unit, volunteer, row, "work_permission.record"))


def _addressed(unit: Unit, volunteer_id: UUID) -> Volunteer:
    """Return the volunteer something is added to; `If-Match` is about her."""
    volunteer = take(unit, volunteer_id, lock=True)
    unit.expect(volunteer)
    return volunteer


Added = TypeVar("Added", bound=Aggregate)


def _record(unit: Unit, volunteer: Volunteer, row: Added, action: str) -> Added:
    unit.add(row)
    volunteer.touch(unit.now)
    unit.audit(action, row, subject=volunteer.id)
    return row


def _addressed_record(unit: Unit, table: type[Record], volunteer: Volunteer, row_id: UUID) -> Record:
    row = unit.lock(table, row_id)
    if row.volunteer_id != volunteer.id:
        raise NotFound
    unit.expect(row)
    return row


def _correct(
    unit: Unit, table: type[Record], volunteer_id: UUID, row_id: UUID, columns: dict[str, Any], action: str
) -> Record:
    volunteer = take(unit, volunteer_id, lock=True)
    row = _addressed_record(unit, table, volunteer, row_id)
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, columns[name])
    _changed(unit, volunteer, row, action, changed)
    return row


def _changed(unit: Unit, volunteer: Volunteer, row: Aggregate, action: str, fields: list[str]) -> None:
    row.touch(unit.now)
    volunteer.touch(unit.now)
    unit.audit(action, row, fields=fields, subject=volunteer.id)


def show_language(_: Unit, row: VolunteerLanguage) -> LanguageView:
    """Return a language of a volunteer."""
    return LanguageView.model_validate(row.model_dump())


def show_skill(_: Unit, row: VolunteerSkill) -> SkillView:
    """Return a skill of a volunteer."""
    return SkillView.model_validate(row.model_dump())


def show_certification(unit: Unit, row: Certification) -> CertificationView:
    """Return a certificate with the status it has today."""
    status = status_of(unit, row)
    actions = states.CERTIFICATION.open_to(status, permissions_of(unit.actor.roles))
    return CertificationView.model_validate({**row.model_dump(), "status": status, "actions": actions})


def last_warned(unit: Unit) -> date:
    """Return the last day on which a certificate may end that counts as expiring today."""
    return unit.today + timedelta(days=unit.rules.certificate_warning_days)


def status_of(unit: Unit, row: Certification) -> CertificationStatus:
    """Return the status a certificate has today."""
    if row.revoked_on is not None:
        return CertificationStatus.REVOKED
    if row.expires_on is None or row.expires_on > last_warned(unit):
        return CertificationStatus.VALID
    return CertificationStatus.EXPIRED if row.expires_on < unit.today else CertificationStatus.EXPIRING


def show_pledge(unit: Unit, row: ConfidentialityPledge) -> PledgeView:
    """Return a signed pledge, and whether it is the version in force; of other kinds no version is set."""
    current = row.kind is not PledgeKind.CONFIDENTIALITY or row.version_code == unit.rules.pledge_version
    return PledgeView.model_validate({**row.model_dump(), "current": current})


def show_insurance(_: Unit, row: InsuranceCoverage) -> InsuranceView:
    """Return the cover of a fiscal year."""
    return InsuranceView.model_validate(row.model_dump())


def show_child_safety(_: Unit, row: ChildSafetyCheck) -> ChildSafetyView:
    """Return the status of a check."""
    return ChildSafetyView.model_validate(row.model_dump())


def show_permission_check(_: Unit, row: ResidencePermissionCheck) -> PermissionCheckView:
    """Return a look at her work permission."""
    return PermissionCheckView.model_validate(row.model_dump())
