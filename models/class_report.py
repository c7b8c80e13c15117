"""Figures of classrooms over a period, each with its definition and the instant as of which it holds (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class ClassesBy(StrEnum):
    """What the sessions and learners of a report are grouped by."""

    HALF_YEAR = "half_year"
    CLASSROOM = "classroom"
    LANGUAGE = "language"


class ClassFigures(View):
    """What is counted of classrooms; of a language there are no sessions, and persons are null where few would be known."""

    class_sessions: int | None
    class_sessions_held: int | None
    class_sessions_cancelled: int | None
    tutors_present: int | None
    learners: int | None
    attendances: int | None
    absences: int | None
    attendance_share: float | None
    learners_per_tutor: float | None
    waiting_learners: int | None
    level_moves: int | None
    consultations: int | None
    consultation_minutes: int | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class ClassGroup(ClassFigures):
    """The figures of one group; `key` is a half-year such as `2025-1`, an id or a language tag."""

    key: str
    name: str


class ClassReport(View):
    """The class sessions that begin from `from` to `to`, both included, and who learned there."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: ClassesBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[ClassGroup]
    total: ClassFigures
