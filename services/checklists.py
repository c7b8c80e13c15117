"""The checklist on the way to a registration: what staff tick off, and what follows from the records (domain.md §4.1)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.competence import (
    Certification,
    ConfidentialityPledge,
    InsuranceCoverage,
    PledgeKind,
    VolunteerLanguage,
)
from models.person import Person
from models.recruitment import CheckDraft, CheckItem, ChecklistView, CheckView, HandItem, VolunteerCheck
from models.volunteer import ActivityKind, Engagement, Volunteer, VolunteerActivity
from services.applications import application_of
from services.errors import Refused, invalid
from services.unit import Unit
from services.volunteering import in_force, take

WANTED: Final[Mapping[str, tuple[CheckItem, ...]]] = {
    "start-training": (CheckItem.CONDITIONS_EXPLAINED, CheckItem.INTERVIEW),
    "activate": (
        CheckItem.IDENTITY_SEEN,
        CheckItem.CONTACT_TESTED,
        CheckItem.PHOTO,
        CheckItem.GUARDIAN_CONSENT,
        CheckItem.PLEDGE,
        CheckItem.LANGUAGE_EVIDENCE,
        CheckItem.COURSE,
        CheckItem.INSURANCE,
    ),
}
"""Which verb wants which items; those that do not concern somebody count as done."""


def read_checklist(unit: Unit, volunteer_id: UUID) -> ChecklistView:
    """Return what is done and what is missing. Raises `NotFound`."""
    return _show(unit, take(unit, volunteer_id))


def tick(unit: Unit, volunteer_id: UUID, draft: CheckDraft) -> ChecklistView:
    """Tick an item off, or take that back. Raises `NotFound`, `Stale`, `InvalidFields` for a day still to come."""
    volunteer = take(unit, volunteer_id, lock=True)
    unit.expect(volunteer)
    if draft.done_on is not None and draft.done_on > unit.today:
        raise invalid("/done_on", "FIELD_RANGE", max=unit.today)
    row = _ticked(unit, volunteer).get(draft.item)
    row = row or VolunteerCheck(volunteer_id=volunteer.id, item=draft.item, **unit.stamp())
    row.done_on, row.note = draft.done_on, draft.note
    row.touch(unit.now)
    unit.add(row)
    volunteer.touch(unit.now)
    unit.audit("volunteer.check", volunteer, fields=[str(draft.item)], subject=volunteer.id)
    return _show(unit, volunteer)


def refuse_gaps(unit: Unit, volunteer: Volunteer, verb: str) -> None:
    """Refuse a verb while something is missing. Raises `Refused` (`VOL_CHECKLIST`) naming every item."""
    missing = [str(check.item) for check in _checks(unit, volunteer) if check.wanted_by == verb and not check.done]
    if missing:
        raise Refused("VOL_CHECKLIST", {"items": missing})


def _ticked(unit: Unit, volunteer: Volunteer) -> dict[HandItem, VolunteerCheck]:
    rows = unit.session.exec(select(VolunteerCheck).where(VolunteerCheck.volunteer_id == volunteer.id))
    return {row.item: row for row in rows}


def _show(unit: Unit, volunteer: Volunteer) -> ChecklistView:
    return ChecklistView(id=volunteer.id, version=volunteer.version, items=_checks(unit, volunteer))


def _checks(unit: Unit, volunteer: Volunteer) -> list[CheckView]:
    ticked = _ticked(unit, volunteer)
    return [_check(unit, volunteer, verb, item, ticked) for verb, items in WANTED.items() for item in items]


def _check(
    unit: Unit, volunteer: Volunteer, verb: str, item: CheckItem, ticked: Mapping[HandItem, VolunteerCheck]
) -> CheckView:
    follows = _FROM_RECORDS.get(item)
    if follows is not None:
        return CheckView(item=item, wanted_by=verb, done=follows(unit, volunteer), by_hand=False)
    row = ticked.get(HandItem(item))
    done_on: date | None = row.done_on if row else None
    return CheckView(
        item=item,
        wanted_by=verb,
        done=done_on is not None,
        by_hand=True,
        done_on=done_on,
        note=row.note if row else None,
    )


def _has_consent(unit: Unit, volunteer: Volunteer) -> bool:
    """Of age today, or a guardian consented."""
    born = unit.get(Person, volunteer.person_id).birth_date
    if born is not None and relativedelta(unit.today, born).years >= unit.rules.volunteer_min_age:
        return True
    application = application_of(unit, volunteer)
    return application is not None and application.guardian_consent_on is not None


def _has_pledged(unit: Unit, volunteer: Volunteer) -> bool:
    return volunteer.engagement is Engagement.STAFF or _any(
        unit,
        ConfidentialityPledge,
        volunteer,
        ConfidentialityPledge.kind == PledgeKind.CONFIDENTIALITY,
        ConfidentialityPledge.version_code == unit.rules.pledge_version,
    )


def _has_evidence(unit: Unit, volunteer: Volunteer) -> bool:
    """Each foreign language of an interpreter was verified; others need none."""
    if ActivityKind.INTERPRETATION not in kinds_of(unit, volunteer):
        return True
    rows = unit.session.exec(select(VolunteerLanguage).where(VolunteerLanguage.volunteer_id == volunteer.id)).all()
    foreign = [row for row in rows if row.tag != "ja"]
    return bool(foreign) and all(row.verified_on is not None for row in foreign)


def _has_course(unit: Unit, volunteer: Volunteer) -> bool:
    kinds = {str(kind) for kind in kinds_of(unit, volunteer)}
    wanted = {code for kind, code in unit.rules.activation_courses if kind in kinds}
    held = select(Certification.cert_code).where(Certification.volunteer_id == volunteer.id, in_force(unit))
    return wanted <= set(unit.session.exec(held))


def _is_insured(unit: Unit, volunteer: Volunteer) -> bool:
    """Insured today, or from a day of this fiscal year that is still to come: cover begins the day after."""
    return volunteer.engagement is Engagement.STAFF or _any(
        unit, InsuranceCoverage, volunteer, col(InsuranceCoverage.ends_on) >= unit.today
    )


def _any(unit: Unit, table: Any, volunteer: Volunteer, *conditions: Any) -> bool:
    found = sa.select(table.id).where(table.volunteer_id == volunteer.id, *conditions).limit(1)
    return unit.session.execute(found).first() is not None


def kinds_of(unit: Unit, volunteer: Volunteer) -> set[ActivityKind]:
    """Return the kinds of activity a volunteer offers."""
    rows = unit.session.exec(select(VolunteerActivity).where(VolunteerActivity.volunteer_id == volunteer.id))
    return {row.kind for row in rows}


_FROM_RECORDS: Final[Mapping[CheckItem, Callable[[Unit, Volunteer], bool]]] = {
    CheckItem.GUARDIAN_CONSENT: _has_consent,
    CheckItem.PLEDGE: _has_pledged,
    CheckItem.LANGUAGE_EVIDENCE: _has_evidence,
    CheckItem.COURSE: _has_course,
    CheckItem.INSURANCE: _is_insured,
}
