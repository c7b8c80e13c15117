"""Finding volunteers: by state, language pair, skill, certificate, place, name, and by when they could come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col

from models.availability import AvailabilityException
from models.competence import Certification, Level, VolunteerLanguage, VolunteerSkill
from models.person import Person
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus, VolunteerSummary
from scheduling import people
from scheduling.interval import Interval
from scheduling.people import JAPANESE, AvailabilityState
from services.errors import invalid
from services.paging import Ask, Order, Page, decode, encode, page, scope_of
from services.roster import muster
from services.searching import mentions
from services.unit import Unit
from services.volunteering import in_force, show_summaries, visible_volunteers

EXAMINED = 200
"""How many people one page looks at, at most, when it has to judge their calendars."""
MOST_DAYS = 31

_ORDER = Order((Volunteer.volunteer_no, Volunteer.id))


@dataclass(frozen=True)
class VolunteerFilters:
    """What a list of volunteers is narrowed to.

    `min_level` is the level of the pair of `language` with Japanese (domain.md §0.1); `certification` one in force
    today; `[available_from, available_to)` a time her own calendar leaves free or says nothing about; `q` words of
    names, readings or the number.
    """

    status: VolunteerStatus | None = None
    activity: ActivityKind | None = None
    language: str | None = None
    min_level: Level | None = None
    skill: str | None = None
    certification: str | None = None
    district: str | None = None
    organization_id: UUID | None = None
    disaster_ready: bool | None = None
    available_from: datetime | None = None
    available_to: datetime | None = None
    q: str | None = None


def list_volunteers(unit: Unit, ask: Ask, filters: VolunteerFilters) -> Page[VolunteerSummary]:
    """Return volunteers of the caller's scope by number.

    A page asked for a time may be short: it ends with the last person examined, and the next begins behind her.
    Raises `InvalidFields` for filters that do not go together.
    """
    wanted = _wanted_time(filters)
    if filters.min_level and not filters.language:
        raise invalid("min_level", "FIELD_CONFLICT", other="language")
    statement = (
        visible_volunteers(unit.actor)
        .add_columns(Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(*_of_the_row(filters), *_of_the_records(unit, filters))
    )
    scope = scope_of("volunteers", filters)
    if wanted is None:
        return page(unit, ask, statement, _ORDER, show_summaries, scope)
    return _page_at(unit, ask, statement.where(_not_away(wanted)), wanted, scope)


def _wanted_time(filters: VolunteerFilters) -> Interval | None:
    starts_at, ends_at = filters.available_from, filters.available_to
    if starts_at is None and ends_at is None:
        return None
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        raise invalid("available_to", "FIELD_CONFLICT", other="available_from")
    if (ends_at - starts_at).days >= MOST_DAYS:
        raise invalid("available_to", "FIELD_RANGE", max=f"{MOST_DAYS} days")
    return Interval(starts_at, ends_at)


def _of_the_row(filters: VolunteerFilters) -> list[Any]:
    conditions: list[Any] = []
    for column, value in (
        (Volunteer.status, filters.status),
        (Volunteer.affiliation_id, filters.organization_id),
        (Person.district_code, filters.district),
        (Volunteer.disaster_ready, filters.disaster_ready),
    ):
        if value is not None:
            conditions.append(column == value)
    if filters.q:
        conditions.append(mentions(filters.q, _NAMES, _READINGS))
    return conditions


_NAMES = (
    col(Volunteer.volunteer_no),
    col(Person.family_name),
    col(Person.given_name),
    sa.func.coalesce(Person.family_name, "") + sa.func.coalesce(Person.given_name, ""),
    col(Person.full_name),
    col(Person.latin_name),
    col(Person.common_name),
    col(Person.preferred_name),
)
_READINGS = (
    col(Person.family_kana),
    col(Person.given_kana),
    sa.func.coalesce(Person.family_kana, "") + sa.func.coalesce(Person.given_kana, ""),
)


def _of_the_records(unit: Unit, filters: VolunteerFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.activity:
        conditions.append(_has(VolunteerActivity, VolunteerActivity.kind == filters.activity))
    if filters.language:
        conditions += _speaks(filters.language, filters.min_level)
    if filters.skill:
        conditions.append(_has(VolunteerSkill, VolunteerSkill.skill_code == filters.skill))
    if filters.certification:
        conditions.append(_has(Certification, Certification.cert_code == filters.certification, in_force(unit)))
    return conditions


def _speaks(tag: str, minimum: Level | None) -> list[Any]:
    """A pair is as good as the weaker of its two languages, so Japanese is held to the same level."""
    if minimum is None:
        return [_has(VolunteerLanguage, VolunteerLanguage.tag == tag)]
    least = people.Level.parse(minimum)
    enough = [level for level in Level if people.Level.parse(level) >= least]
    return [
        _has(
            VolunteerLanguage,
            VolunteerLanguage.tag == either,
            col(VolunteerLanguage.speaking).in_(enough),
            col(VolunteerLanguage.listening).in_(enough),
        )
        for either in sorted({tag, JAPANESE})
    ]


def _has(table: Any, *conditions: Any) -> Any:
    return sa.exists().where(table.volunteer_id == Volunteer.id, *conditions)


def _not_away(wanted: Interval) -> Any:
    """Who is surely away need not be examined."""
    return ~_has(
        AvailabilityException,
        col(AvailabilityException.starts_at) < wanted.end,
        col(AvailabilityException.ends_at) > wanted.start,
    )


def _page_at(unit: Unit, ask: Ask, statement: Select[Any], wanted: Interval, scope: str) -> Page[VolunteerSummary]:
    after = decode(unit, ask.cursor, scope) if ask.cursor is not None else None
    rows = unit.session.execute(_ORDER.apply(statement, after).limit(EXAMINED + 1)).all()
    chunk = [(volunteer, person) for volunteer, person in rows[:EXAMINED]]
    free = _free(unit, [volunteer for volunteer, _ in chunk], wanted)
    kept = [found for found in chunk if found[0].id in free][: ask.limit]
    last = kept[-1:] if len(kept) == ask.limit else chunk[-1:]
    more = [volunteer for volunteer, _ in last if volunteer.id != rows[-1][0].id]
    cursor = encode(unit, (more[0].volunteer_no, more[0].id), scope) if more else None
    return Page(items=show_summaries(unit, kept), next_cursor=cursor)


def _free(unit: Unit, volunteers: Sequence[Volunteer], wanted: Interval) -> set[UUID]:
    """Return who could come: her calendar leaves the time free, or says nothing about it (domain.md §0.1)."""
    roster = muster(unit, (volunteer.id for volunteer in volunteers), history=False)
    return {
        volunteer_id
        for volunteer_id, volunteer in roster.volunteers.items()
        if volunteer.availability.state(wanted, unit.zone) is not AvailabilityState.away
    }
