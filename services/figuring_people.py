"""The report on volunteers: the pipeline of applications with its drop-outs, and who is registered now (domain.md §8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.competence import InsuranceCoverage
from models.recruitment import ApplicationEnd, RecruitmentRound, VolunteerApplication
from models.registration_report import IntakeBy, PipelineFigures, PipelineGroup, RegistrationFigures, RegistrationReport
from models.shift import Shift
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.fewness import FEW
from services.figures import period
from services.office_days import at_local
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import say

Application = VolunteerApplication
_MONTHS_OF_WORK = 12


def _left(*reached: str, without: str) -> Callable[[Application], bool]:
    """Return the condition of somebody who left by herself after these stages and before the next."""
    return lambda one: (
        one.ended_as is ApplicationEnd.LEFT
        and getattr(one, without) is None
        and all(getattr(one, stage) is not None for stage in reached)
    )


COUNTED: Final[Mapping[str, Callable[[Application], bool]]] = {
    "applicants": lambda _: True,
    "screened": lambda one: one.screened_at is not None,
    "trained": lambda one: one.training_at is not None,
    "registered": lambda one: one.activated_at is not None,
    "left_applied": _left(without="screened_at"),
    "left_screening": _left("screened_at", without="training_at"),
    "left_training": _left("training_at", without="activated_at"),
    "turned_down": lambda one: one.ended_as is ApplicationEnd.TURNED_DOWN,
    "underway": lambda one: one.activated_at is None and one.ended_at is None,
}
"""What each application adds to a figure of the pipeline."""

FIGURES: Final = tuple(PipelineFigures.model_fields)
NOW: Final = tuple(RegistrationFigures.model_fields)
_REGISTERED = (VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE)


def report_volunteers(unit: Unit, first: date | None, last: date | None, group_by: IntakeBy) -> RegistrationReport:
    """Return the pipeline of those who applied in the period, by default this fiscal year, and who is registered now.

    Who is not of the staff sees totals only, and none behind which few persons stand. Raises `InvalidFields` as the
    report on dispatches does.
    """
    first, last = period(unit, first, last)
    applications = _received(unit, first, last)
    total, now = _count(applications), _registrations(unit)
    withheld = [] if unit.actor.is_staff else [*_withhold(total, "applicants"), *_withhold(now, "registrations")]
    return RegistrationReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=group_by,
        definitions={name: say("definitions", name, unit.language) for name in (*FIGURES, *NOW)},
        groups=_groups(unit, applications, group_by) if unit.actor.is_staff else [],
        total=PipelineFigures(**total),
        now=RegistrationFigures(**now),
        suppressed=withheld,
    )


def _received(unit: Unit, first: date, last: date) -> Sequence[Application]:
    since, until = (at_local(unit, day, time.min) for day in (first, last + timedelta(days=1)))
    statement = select(VolunteerApplication).where(
        col(VolunteerApplication.received_at) >= since, col(VolunteerApplication.received_at) < until
    )
    return unit.session.exec(statement.order_by(col(VolunteerApplication.received_at))).all()


def _count(applications: Iterable[Application]) -> dict[str, int | None]:
    applications = list(applications)
    return {name: sum(map(counts, applications)) for name, counts in COUNTED.items()}


def _groups(unit: Unit, applications: Sequence[Application], group_by: IntakeBy) -> list[PipelineGroup]:
    grouped: dict[str, list[Application]] = defaultdict(list)
    for one in applications:
        grouped[_key(unit, one, group_by)].append(one)
    names = _names(unit, group_by)
    return [
        PipelineGroup(key=key, name=names.get(key, key), **_count(members)) for key, members in sorted(grouped.items())
    ]


def _key(unit: Unit, one: Application, group_by: IntakeBy) -> str:
    match group_by:
        case IntakeBy.ROUND:
            return str(one.round_id) if one.round_id else "none"
        case IntakeBy.MONTH:
            return f"{unit.local_day(one.received_at):%Y-%m}"
        case _:
            return str(one.source)


def _names(unit: Unit, group_by: IntakeBy) -> dict[str, str]:
    if group_by is IntakeBy.SOURCE:
        return {source: say("words", source, unit.language) for source in ("public", "office", "college")}
    rounds = unit.session.exec(select(RecruitmentRound)).all() if group_by is IntakeBy.ROUND else []
    return {"none": say("figures", "no_round", unit.language)} | {str(one.id): one.name for one in rounds}


def _registrations(unit: Unit) -> dict[str, int | None]:
    return dict(unit.session.execute(_statement(unit, unit.now)).mappings().one())


def _statement(unit: Unit, now: datetime) -> Any:
    """Count volunteers by what holds of them, in one statement."""
    registered = col(Volunteer.status).in_(_REGISTERED)
    worked = sa.exists().where(
        col(Assignment.volunteer_id) == Volunteer.id,
        col(Assignment.status).in_(sorted(HOLDING)),
        col(Shift.id) == Assignment.shift_id,
        col(Shift.starts_at) <= now,
        col(Shift.starts_at) > now - relativedelta(months=_MONTHS_OF_WORK),
    )
    insured = sa.exists().where(
        col(InsuranceCoverage.volunteer_id) == Volunteer.id,
        col(InsuranceCoverage.starts_on) <= unit.today,
        col(InsuranceCoverage.ends_on) >= unit.today,
    )
    counted: dict[str, Any] = {
        "registrations": registered,
        "active": Volunteer.status == VolunteerStatus.ACTIVE,
        "on_leave": Volunteer.status == VolunteerStatus.ON_LEAVE,
        "suspended": Volunteer.status == VolunteerStatus.SUSPENDED,
        "assigned": sa.and_(registered, worked),
        "staying": sa.and_(registered, col(Volunteer.renewing)),
        "uninsured": sa.and_(registered, ~insured),
    }
    columns = [sa.func.count(sa.case((condition, 1))).label(name) for name, condition in counted.items()]
    return sa.select(*columns).where(col(Volunteer.engagement) == Engagement.VOLUNTEER)


def _withhold(figures: dict[str, int | None], whole: str) -> list[str]:
    """Empty every figure but the whole where one of them is small: the others would give it away; and a small whole."""
    parts = [name for name in figures if name != whole]
    withheld = parts if any(0 < (figures[name] or 0) < FEW for name in parts) else []
    if 0 < (figures[whole] or 0) < FEW:
        withheld = [whole, *parts]
    figures.update(dict.fromkeys(withheld))
    return withheld


def sheet_of_volunteers(unit: Unit, first: date | None, last: date | None, group_by: IntakeBy) -> Sheet:
    """Return the pipeline as a sheet, a row per group and one for the total; see `report_volunteers`."""
    report = report_volunteers(unit, first, last, group_by)
    return sheet_of(unit, report, "volunteers", FIGURES, withheld=lambda _: report.suppressed)
