"""The report on broadcasts: how many persons are written to in which language, and how many of them answer (domain.md §5).

A person is written to more than once, so persons are counted and not letters: each once, in the language of her latest.
Groups then add up to the total, and what is withheld cannot be brought back from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.broadcast import Broadcast, BroadcastAudience, BroadcastDelivery
from models.broadcast_report import BroadcastFigures, BroadcastGroup, BroadcastReport
from models.service_type import Language
from services.errors import invalid
from services.fewness import FEW
from services.figures import period
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import name_in, say

FIGURES: Final = tuple(name for name in BroadcastFigures.model_fields if name != "suppressed")
OTHER: Final = "other"


@dataclass(frozen=True)
class Asked:
    """What the report is asked for: local days, both included; one audience, or both."""

    first: date | None
    last: date | None
    audience: BroadcastAudience | None = None


@dataclass
class _Told:
    """A person who was written to: in which language of late, and whether she ever answered."""

    language: str = ""
    answered: bool = False


@dataclass(frozen=True)
class _Group:
    """The persons of one language, and in which broadcasts it stood."""

    messages: frozenset[UUID]
    people: Sequence[_Told]

    def joined(self, other: "_Group") -> "_Group":
        return _Group(self.messages | other.messages, [*self.people, *other.people])

    def figures(self) -> dict[str, Any]:
        counts = {"recipients": len(self.people), "acknowledged": sum(one.answered for one in self.people)}
        return {"messages": len(self.messages), **counts, "suppressed": []}


_NOBODY: Final = _Group(frozenset(), ())


def report_broadcasts(unit: Unit, asked: Asked) -> BroadcastReport:
    """Return the figures of the broadcasts sent in the period, by default in this fiscal year.

    Whoever is not of the staff reads languages of few as one group. Raises `InvalidFields` as other reports do.
    """
    if asked.audience is not None and not unit.actor.is_staff:
        raise invalid("audience", "FIELD_CONFLICT", other="group_by")  # all less the one is the other
    first, last = period(unit, asked.first, asked.last)
    groups, total = _read(unit, first, last, asked.audience)
    if not unit.actor.is_staff:
        groups = _merged(groups)
    names = dict(unit.session.exec(select(Language.tag, Language.names)).all())
    rows = [
        {"key": key, "name": _name(unit, key, names.get(key, {})), **groups[key].figures()} for key in sorted(groups)
    ]
    whole = total.figures()
    if not unit.actor.is_staff:
        _withhold(rows, whole)
    return BroadcastReport(
        as_of=unit.now,
        first=first,
        last=last,
        audience=asked.audience,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=[BroadcastGroup(**row) for row in rows],
        total=BroadcastFigures(**whole),
    )


def _name(unit: Unit, key: str, names: Mapping[str, str]) -> str:
    return say("words", OTHER, unit.language) if key == OTHER else name_in(names, unit.language, key)


def _read(unit: Unit, first: date, last: date, audience: BroadcastAudience | None) -> tuple[dict[str, _Group], _Group]:
    begins = datetime.combine(first, time(0), tzinfo=unit.zone)
    ends = datetime.combine(last + timedelta(days=1), time(0), tzinfo=unit.zone)
    sent = select(Broadcast).where(col(Broadcast.sent_at) >= begins, col(Broadcast.sent_at) < ends)
    if audience is not None:
        sent = sent.where(Broadcast.audience == audience)
    broadcasts = unit.session.exec(sent).all()
    letters = select(BroadcastDelivery).where(col(BroadcastDelivery.broadcast_id).in_([one.id for one in broadcasts]))
    people = _people(unit.session.exec(letters.order_by(col(BroadcastDelivery.id))))
    found = {tag: _NOBODY for one in broadcasts for tag in one.texts}
    for tag in found:
        messages = frozenset(one.id for one in broadcasts if tag in one.texts)
        found[tag] = _Group(messages, [one for one in people if one.language == tag])
    return found, _Group(frozenset(one.id for one in broadcasts), people)


def _people(deliveries: Iterable[BroadcastDelivery]) -> list[_Told]:
    found: dict[UUID, _Told] = defaultdict(_Told)
    for one in deliveries:
        told = found[one.volunteer_id]
        told.language, told.answered = one.language, told.answered or one.acknowledged_at is not None
    return list(found.values())


def _merged(groups: dict[str, _Group]) -> dict[str, _Group]:
    """Put languages of few persons into one group, and the next smallest with them until they are not few together."""
    by_size = sorted(groups, key=lambda tag: (len(groups[tag].people), tag))
    few = [tag for tag in by_size if len(groups[tag].people) < FEW]
    if not few:
        return groups
    rest, other = by_size[len(few) :], _NOBODY
    for tag in few:
        other = other.joined(groups[tag])
    while rest and 0 < len(other.people) < FEW:
        other = other.joined(groups[rest.pop(0)])
    return {OTHER: other, **{tag: groups[tag] for tag in rest}}


def _withhold(rows: Sequence[dict[str, Any]], total: dict[str, Any]) -> None:
    """Empty answers where few persons gave them, or did not: of all groups, since the others would tell of the one.

    A total of few persons tells of nobody at all.
    """
    hidden = ["recipients", "acknowledged"] if 0 < total["recipients"] < FEW else ["acknowledged"]
    if any(map(_is_few, rows)) or _is_few(total):
        for row in rows:
            row.update(dict.fromkeys(hidden), suppressed=hidden)
    if _is_few(total):
        total.update(dict.fromkeys(hidden), suppressed=hidden)


def _is_few(figures: dict[str, Any]) -> bool:
    silent = figures["recipients"] - figures["acknowledged"]
    return any(0 < count < FEW for count in (figures["recipients"], figures["acknowledged"], silent))


def sheet_of_broadcasts(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per language and one for the total; see `report_broadcasts`."""
    return sheet_of(unit, report_broadcasts(unit, asked), "broadcasts", FIGURES, drawn="recipients")
