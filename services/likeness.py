"""Registrations that may be one person's: the same reading and birth date, or the same mail address; for staff only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.fields import Items
from models.person import Person
from models.recruitment import DuplicateView, Likeness
from models.volunteer import Volunteer
from services.unit import Unit
from services.volunteering import take


def list_duplicates(unit: Unit, volunteer_id: UUID) -> Items[DuplicateView]:
    """Return who may be the same person as a volunteer, by number. Raises `NotFound`."""
    volunteer = take(unit, volunteer_id)
    person = unit.get(Person, volunteer.person_id)
    return Items(
        items=[
            DuplicateView(
                volunteer_id=other.id,
                volunteer_no=other.volunteer_no,
                status=other.status,
                display_name=someone.display_name,
                because=_because(person, someone),
            )
            for other, someone in alike(unit, person)
        ]
    )


def alike(unit: Unit, person: Person) -> Sequence[tuple[Volunteer, Person]]:
    """Return the other registrations of somebody with this reading and birth date, or this address, by number."""
    statement = (
        select(Volunteer, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(Person.id != person.id, sa.or_(*_conditions(person)))
        .order_by(col(Volunteer.volunteer_no))
    )
    return unit.session.exec(statement).all()


def _conditions(person: Person) -> list[Any]:
    found: list[Any] = [sa.false()]
    if person.birth_date is not None and person.kana:
        read = sa.func.replace(
            sa.func.coalesce(col(Person.family_kana), "") + sa.func.coalesce(col(Person.given_kana), ""), " ", ""
        )
        found.append(sa.and_(col(Person.birth_date) == person.birth_date, read == _reading(person)))
    if person.email is not None:
        found.append(sa.func.lower(col(Person.email)) == person.email.lower())
    return found


def _reading(person: Person) -> str:
    """Return the reading as one word: where a name is divided, people and papers do not agree."""
    return person.kana.replace(" ", "")


def _because(person: Person, other: Person) -> list[Likeness]:
    same_reading = person.birth_date is not None and bool(person.kana) and _reading(person) == _reading(other)
    return [
        *([Likeness.KANA_AND_BIRTH] if same_reading and person.birth_date == other.birth_date else []),
        *([Likeness.EMAIL] if person.email and (other.email or "").lower() == person.email.lower() else []),
    ]
