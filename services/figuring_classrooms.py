"""The report on classrooms: figures per half-year, classroom or language and in total, as an answer or a sheet (domain.md §8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel import select

from models.class_report import ClassesBy, ClassFigures, ClassGroup, ClassReport
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from services import figuring_class_facts as facts
from services.fewness import Columns, Grouping, withhold_few
from services.figures import period
from services.figuring_class_facts import HELD, Facts, Place, span_of
from services.figuring_consultations import key_of_half, name_of_half, names_of_languages
from services.policies import Permission, may
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import say

By = ClassesBy
OF_SESSIONS: Final = (
    "class_sessions",
    "class_sessions_held",
    "class_sessions_cancelled",
    "tutors_present",
    "learners_per_tutor",
)
"""Figures that no language has."""
FIGURES: Final = tuple(name for name in ClassFigures.model_fields if name != "suppressed")
LEARNERS: Final = Columns(("learners",), ("attendances", "absences", "attendance_share", "learners_per_tutor"))
PARTS: Final = (Columns(("waiting_learners",)), Columns(("level_moves",)))
CONSULTATIONS: Final = ("consultations", "consultation_minutes")
"""Told to nobody but who may read consultations: they are a part of those of the report on consultations."""


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: ClassesBy


def report_classrooms(unit: Unit, asked: Asked) -> ClassReport:
    """Return the figures of the class sessions that begin in the period, by default in this fiscal year.

    Who is not of the staff sees no small numbers of persons, and who may not read consultations none of them. Raises `InvalidFields` as the report on dispatches does.
    """
    first, last = period(unit, asked.first, asked.last)
    facts_by, whole = _gather(unit, first, last, [asked.group_by] if unit.actor.is_staff else [*By])
    figures = {by: {key: _count(grouped[key]) for key in sorted(grouped)} for by, grouped in facts_by.items()}
    total = _count(whole)
    for row in figures.get(By.LANGUAGE, {}).values():
        row.update(dict.fromkeys(OF_SESSIONS))
    _withhold(unit, figures, total)
    shown = figures[asked.group_by]
    named = _named(unit, asked.group_by, facts_by[asked.group_by])
    return ClassReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=[ClassGroup(key=key, name=name, **shown[key]) for key, name in named],
        total=ClassFigures(**total),
    )


def _gather(unit: Unit, first: date, last: date, ways: Iterable[By]) -> tuple[dict[By, dict[str, Facts]], Facts]:
    """Return the facts of each group by each of some ways, and those of all together."""
    grouped: dict[By, dict[str, Facts]] = {by: defaultdict(Facts) for by in ways}
    whole = Facts()

    def into(place: Place) -> Iterable[Facts]:
        keys = ((groups, _key(place, by)) for by, groups in grouped.items())
        return (whole, *(groups[key] for groups, key in keys if key is not None))

    span = span_of(unit, first, last)
    sessions = facts.sessions_of(unit, span)
    _gather_sessions(sessions, into)
    learned = _gather_learners(unit, span, sessions, into)
    _gather_moves(unit, span, learned, into)
    for place, learner_id in facts.waiting(unit, span):
        for kept in into(place):
            kept.waiting.add(learner_id)
    consulted = facts.consultations_of(unit, sessions, span) if may(unit.actor, Permission.CONSULTATION_READ) else ()
    for place, minutes in consulted:
        for kept in into(place):
            kept.consultations.append(minutes)
    return grouped, whole


Into = Callable[[Place], Iterable[Facts]]


def _gather_sessions(sessions: Mapping[UUID, facts.Session], into: Into) -> None:
    for session in sessions.values():
        for kept in into(Place(session.half, session.classroom_id)):
            kept.sessions.append(session.status)
            kept.tutors += session.tutors if session.status in HELD else 0


def _gather_learners(
    unit: Unit, span: facts.Span, sessions: Mapping[UUID, facts.Session], into: Into
) -> dict[UUID, set[tuple[UUID, str | None]]]:
    """Count who learns and who came; return the classrooms of each learner with her language."""
    learned: dict[UUID, set[tuple[UUID, str | None]]] = defaultdict(set)
    for place, learner_id in facts.registered(unit, span):
        learned[learner_id].add((place.classroom_id, place.language))
        for kept in into(place):
            kept.learners.add(learner_id)
    for mark in facts.marks_of(unit, span, sessions):
        learned[mark.learner_id].add((mark.place.classroom_id, mark.place.language))
        for kept in into(mark.place):
            kept.learners.add(mark.learner_id)
            kept.attendances += facts.is_attended(mark)
            kept.absences += facts.is_missed(mark)
    return learned


def _gather_moves(
    unit: Unit, span: facts.Span, learned: Mapping[UUID, set[tuple[UUID, str | None]]], into: Into
) -> None:
    """Count each move of those who learned in every classroom of hers, and once in all."""
    for learner_id, move_id, half in facts.moves(unit, span):
        for classroom_id, language in learned.get(learner_id, ()):
            for kept in into(Place(half, classroom_id, language)):
                kept.moves.add(move_id)


def _key(place: Place, group_by: By) -> str | None:
    match group_by:
        case By.HALF_YEAR:
            return key_of_half(place.half)
        case By.CLASSROOM:
            return str(place.classroom_id)
        case _:
            return place.language


def _named(unit: Unit, group_by: By, groups: Mapping[str, Facts]) -> list[tuple[str, str]]:
    """Return keys and names of groups in their order: by time, by name, or the most learners first."""
    match group_by:
        case By.HALF_YEAR:
            return [(key, name_of_half(unit, key)) for key in sorted(groups)]
        case By.CLASSROOM:
            names = {str(key): name for key, name in unit.rows(select(Classroom.id, Classroom.name))}
            return sorted(((key, names[key]) for key in groups), key=lambda pair: pair[::-1])
        case _:
            known = names_of_languages(unit)
            order = sorted(groups, key=lambda key: (-len(groups[key].learners), key))
            return [(key, known.get(key, key)) for key in order]


def _count(kept: Facts) -> dict[str, Any]:
    """Return the figures of some facts; a share of nothing is null."""
    noted = kept.attendances + kept.absences
    return {
        "class_sessions": len(kept.sessions),
        "class_sessions_held": sum(status in HELD for status in kept.sessions),
        "class_sessions_cancelled": kept.sessions.count(ClassSessionStatus.CANCELLED),
        "tutors_present": kept.tutors,
        "learners": len(kept.learners),
        "attendances": kept.attendances,
        "absences": kept.absences,
        "attendance_share": round(kept.attendances / noted, 3) if noted else None,
        "learners_per_tutor": round(kept.attendances / kept.tutors, 2) if kept.tutors else None,
        "waiting_learners": len(kept.waiting),
        "level_moves": len(kept.moves),
        "consultations": len(kept.consultations),
        "consultation_minutes": sum(kept.consultations),
        "suppressed": [],
    }


def _withhold(unit: Unit, figures: Mapping[By, Mapping[str, dict[str, Any]]], total: dict[str, Any]) -> None:
    """Withhold what the caller may not know in every grouping that she may ask for, whichever it is this time."""
    if not unit.actor.is_staff:
        withhold_few({by: Grouping([*rows.values()]) for by, rows in figures.items()}, total, LEARNERS, PARTS)
    if not may(unit.actor, Permission.CONSULTATION_READ):
        for row in (*(row for rows in figures.values() for row in rows.values()), total):
            row.update(dict.fromkeys(CONSULTATIONS), suppressed=[*row["suppressed"], *CONSULTATIONS])


def sheet_of_classrooms(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_classrooms`."""
    return sheet_of(unit, report_classrooms(unit, asked), "classrooms", FIGURES, drawn="learners")
