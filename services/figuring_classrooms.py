"""The report on classrooms: figures per half-year, classroom or language and in total, as an answer or a sheet (domain.md §8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel import select

from models.class_report import ClassesBy, ClassFigures, ClassGroup, ClassReport
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from services import figuring_class_facts as facts
from services.fewness import Columns, withhold_few
from services.figures import is_whole_year, period
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
CONSULTATIONS: Final = Columns(("consultations",), ("consultation_minutes",))
PARTS: Final = (Columns(("waiting_learners",)), Columns(("level_moves",)), CONSULTATIONS)


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: ClassesBy


def report_classrooms(unit: Unit, asked: Asked) -> ClassReport:
    """Return the figures of the class sessions that begin in the period, by default in this fiscal year.

    Who is not of the staff sees no small numbers of persons; of consultations they are shown to who may read these, and
    to others none at all but over whole fiscal years. Raises `InvalidFields` as the report on dispatches does.
    """
    first, last = period(unit, asked.first, asked.last)
    grouped, whole = _gather(unit, first, last, asked.group_by)
    rows = [{"key": key, "name": name, **_count(grouped[key])} for key, name in _named(unit, asked.group_by, grouped)]
    total = _count(whole)
    if asked.group_by is By.LANGUAGE:
        for row in rows:
            row.update(dict.fromkeys(OF_SESSIONS))
    _withhold(unit, rows, total, whole_year=is_whole_year(first, last))
    return ClassReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=[ClassGroup(**row) for row in rows],
        total=ClassFigures(**total),
    )


def _gather(unit: Unit, first: date, last: date, group_by: By) -> tuple[dict[str, Facts], Facts]:
    """Return the facts of each group, and those of all together."""
    grouped: dict[str, Facts] = defaultdict(Facts)
    whole = Facts()

    def into(place: Place) -> Iterable[Facts]:
        key = _key(place, group_by)
        return (whole,) if key is None else (whole, grouped[key])

    span = span_of(unit, first, last)
    sessions = facts.sessions_of(unit, span)
    _gather_sessions(sessions, into)
    learned = _gather_learners(unit, span, sessions, into)
    _gather_moves(unit, span, learned, into, whole)
    for place in facts.waiting(unit, span):
        for kept in into(place):
            kept.waiting += 1
    for place, minutes in facts.consultations_of(unit, sessions, span):
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
    unit: Unit,
    span: facts.Span,
    learned: Mapping[UUID, set[tuple[UUID, str | None]]],
    into: Into,
    whole: Facts,
) -> None:
    """Count each move in every classroom of the learner, and once in all."""
    for learner_id, move_id, half in facts.moves(unit, span):
        whole.moves.add(move_id)
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
        "waiting_learners": kept.waiting,
        "level_moves": len(kept.moves),
        "consultations": len(kept.consultations),
        "consultation_minutes": sum(kept.consultations),
        "suppressed": [],
    }


def _withhold(unit: Unit, groups: Sequence[dict[str, Any]], total: dict[str, Any], *, whole_year: bool) -> None:
    if not unit.actor.is_staff:
        withhold_few(groups, total, LEARNERS, PARTS)
    elif not may(unit.actor, Permission.CONSULTATION_READ):
        if whole_year:
            withhold_few(groups, total, CONSULTATIONS, ())
        else:
            hidden = [*CONSULTATIONS.counts, *CONSULTATIONS.beside]
            for row in (*groups, total):
                row.update(dict.fromkeys(hidden), suppressed=hidden)


def sheet_of_classrooms(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_classrooms`."""
    return sheet_of(unit, report_classrooms(unit, asked), "classrooms", FIGURES, drawn="learners")
