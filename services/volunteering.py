"""Registered people: who may see them, finding them, reading one, keeping an entry up to date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.account import Role
from models.competence import Certification, VolunteerLanguage
from models.person import Person
from models.volunteer import (
    ActivityKind,
    ContactView,
    LanguageLevelView,
    Volunteer,
    VolunteerActivity,
    VolunteerPatch,
    VolunteerSummary,
    VolunteerView,
)
from scheduling.people import Level, Proficiency
from services import states
from services.actor import Actor
from services.errors import Forbidden
from services.policies import permissions_held
from services.queries import find
from services.unit import Unit


def visible_volunteers(actor: Actor) -> Select[Any]:
    """Staff see everybody, a volunteer herself, a university's liaison its students (domain.md §5)."""
    if actor.is_staff:
        return select(Volunteer)
    scopes: list[Any] = []
    if actor.volunteer_id is not None:
        scopes.append(Volunteer.id == actor.volunteer_id)
    if Role.UNIVERSITY_LIAISON in actor.roles and actor.organization_id is not None:
        scopes.append(sa.and_(col(Volunteer.is_student), col(Volunteer.affiliation_id) == actor.organization_id))
    return select(Volunteer).where(sa.or_(sa.false(), *scopes))


def take(unit: Unit, volunteer_id: UUID, *, lock: bool = False) -> Volunteer:
    """Return a volunteer of the caller's scope. Raises `NotFound`."""
    return find(unit, visible_volunteers(unit.actor), Volunteer, volunteer_id, lock=lock)


def take_near(unit: Unit, volunteer_id: UUID, *, lock: bool = False) -> Volunteer:
    """Return a volunteer for what only staff and she herself see. Raises `NotFound`, `Forbidden`."""
    volunteer = take(unit, volunteer_id, lock=lock)
    if not is_near(unit.actor, volunteer.id):
        raise Forbidden
    return volunteer


def is_near(actor: Actor, volunteer_id: UUID) -> bool:
    """Return whether the caller is staff or the volunteer herself."""
    return actor.is_staff or actor.volunteer_id == volunteer_id


def read_volunteer(unit: Unit, volunteer_id: UUID) -> VolunteerView:
    """Return a volunteer of the caller's scope. Raises `NotFound`."""
    volunteer = take(unit, volunteer_id)
    return show_volunteer(unit, volunteer, unit.get(Person, volunteer.person_id))


def change_volunteer(unit: Unit, volunteer_id: UUID, patch: VolunteerPatch) -> VolunteerView:
    """Change an entry: staff, and a volunteer her own but what is for staff only.

    Raises `NotFound`, `Stale`, `Forbidden`.
    """
    volunteer = take_near(unit, volunteer_id, lock=True)
    unit.expect(volunteer)
    changes = patch.changes()
    if changes.keys() & _FOR_STAFF and not unit.actor.is_staff:
        raise Forbidden
    person = unit.lock(Person, volunteer.person_id)
    _apply(unit, volunteer, person, changes)
    unit.audit("volunteer.change", volunteer, fields=list(changes), subject=volunteer.id)
    return show_volunteer(unit, volunteer, person)


def _apply(unit: Unit, volunteer: Volunteer, person: Person, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(person if name in _OF_THE_PERSON else volunteer, name, value)
    if "phone" in changes:
        person.phone_wrong_at = None
    if changes.keys() & _OF_THE_PERSON:
        person.touch(unit.now)
    volunteer.touch(unit.now)


_OF_THE_PERSON = frozenset({"preferred_name", "phone", "email", "nationality"})
_FOR_STAFF = frozenset({"notes_staff", "nationality", "engagement"})


def show_volunteer(unit: Unit, volunteer: Volunteer, person: Person) -> VolunteerView:
    """Return a volunteer whole, as far as the caller may see her."""
    near = is_near(unit.actor, volunteer.id)
    return VolunteerView(
        **_shared(_Brought(unit, [volunteer.id]), volunteer, person),
        **volunteer.model_dump(include=_OWN_COLUMNS),
        birth_date=person.birth_date if near else None,
        contact=ContactView.model_validate(person.model_dump()),
        notes_staff=volunteer.notes_staff if unit.actor.is_staff else None,
        nationality=person.nationality if unit.actor.is_staff else None,
        actions=states.VOLUNTEER.open_to(volunteer.status, permissions_held(unit.actor)),
    )


def show_summaries(unit: Unit, found: Sequence[tuple[Volunteer, Person]]) -> list[VolunteerSummary]:
    """Return volunteers for a list, with what they bring read at once."""
    brought = _Brought(unit, [volunteer.id for volunteer, _ in found])
    return [VolunteerSummary(**_shared(brought, volunteer, person)) for volunteer, person in found]


_OWN_COLUMNS = (
    (VolunteerView.model_fields.keys() & Volunteer.model_fields.keys())
    - VolunteerSummary.model_fields.keys()
    - {"notes_staff"}
)


class _Brought:
    """What volunteers bring, three statements for any number of them."""

    def __init__(self, unit: Unit, ids: Sequence[UUID]) -> None:
        self._unit = unit
        self._ids = ids
        self.activities = self._of(select(VolunteerActivity), VolunteerActivity)
        self.languages = self._of(select(VolunteerLanguage), VolunteerLanguage)
        self.certifications = self._of(select(Certification).where(in_force(unit)), Certification)

    def _of(self, statement: Select[Any], table: Any) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        chosen = statement.where(table.volunteer_id.in_(self._ids)).order_by(table.id)
        for row in self._unit.session.execute(chosen).scalars():
            found[row.volunteer_id].append(row)
        return found


def in_force(unit: Unit) -> Any:
    """The condition that a certificate holds today; on the day it is revoked it does not any more."""
    return sa.and_(
        col(Certification.granted_on) <= unit.today,
        sa.or_(col(Certification.expires_on).is_(None), col(Certification.expires_on) >= unit.today),
        sa.or_(col(Certification.revoked_on).is_(None), col(Certification.revoked_on) > unit.today),
    )


def _shared(brought: _Brought, volunteer: Volunteer, person: Person) -> dict[str, Any]:
    """Return what the list and the single object have in common."""
    return {
        "id": volunteer.id,
        "version": volunteer.version,
        "volunteer_no": volunteer.volunteer_no,
        "status": volunteer.status,
        "engagement": volunteer.engagement,
        "display_name": person.display_name,
        "kana": person.kana,
        "badge_name": person.badge_name,
        "district": person.district_code,
        "activity_kinds": _kinds(brought.activities[volunteer.id]),
        "languages": [show_level(row) for row in brought.languages[volunteer.id]],
        "certifications": sorted({row.cert_code for row in brought.certifications[volunteer.id]}),
        "valid_until": volunteer.valid_until,
    }


def _kinds(rows: Iterable[VolunteerActivity]) -> list[ActivityKind]:
    return [row.kind for row in rows]


def show_level(row: VolunteerLanguage) -> LanguageLevelView:
    """Return a language of a volunteer with its level in short."""
    known = Proficiency(Level.parse(row.speaking), Level.parse(row.listening))
    return LanguageLevelView(tag=row.tag, level=known.level.code)
