"""Reports: figures over a period."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Concatenate, Literal, ParamSpec, TypeVar

from fastapi import APIRouter, Query, Response

from api.deps import CanCountConsultations, CanReadReports, PlainWorkDep
from api.problems import answers
from api.sheets import CSV, SVG, XLSX, sheet_answers
from models.broadcast import BroadcastAudience
from models.broadcast_report import BroadcastReport
from models.class_report import ClassesBy, ClassReport
from models.consultation_report import ConsultationReport, ConsultationsBy
from models.event_report import EventReport, EventTable
from models.fields import Day
from models.gap_report import GapBy, GapReport
from models.indicator import IndicatorReport
from models.registration_report import IntakeBy, RegistrationReport
from models.report_view import DispatchReport, GroupBy
from models.training_report import TrainingGroupBy, TrainingReport
from services import (
    figures,
    figuring_broadcasts,
    figuring_classrooms,
    figuring_consultations,
    figuring_events,
    figuring_people,
    figuring_trainings,
    indicators,
    language_gap,
)
from services.sheet import Sheet, SheetForm
from services.unit import Unit

router = APIRouter(prefix="/v1/reports", tags=["reports"])

First = Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")]
Last = Annotated[
    Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
]
Form = Annotated[Literal["json", "csv", "xlsx", "svg"], Query(alias="format")]
_ANSWERS = answers(403) | sheet_answers(CSV, XLSX, SVG)

R = TypeVar("R")
P = ParamSpec("P")


def _as(
    form: str, report: Callable[Concatenate[Unit, P], R], sheet: Callable[Concatenate[Unit, P], Sheet]
) -> Callable[Concatenate[Unit, P], R | Sheet]:
    """Return what answers a report in the form that is wanted."""
    if form == "json":
        return report

    def filed(unit: Unit, /, *asked: P.args, **named: P.kwargs) -> Sheet:
        return replace(sheet(unit, *asked, **named), form=SheetForm(form))

    return filed


@router.get("/broadcasts", response_model=BroadcastReport, responses=_ANSWERS)
def report_broadcasts(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    audience: Annotated[BroadcastAudience | None, Query()] = None,
    form: Form = "json",
) -> Response:
    """Count whom broadcasts reached by language; viewers read languages of few persons as one group, and no small numbers."""
    return work.read(
        caller,
        _as(form, figuring_broadcasts.report_broadcasts, figuring_broadcasts.sheet_of_broadcasts),
        figuring_broadcasts.Asked(first, last, audience),
    )


@router.get("/classrooms", response_model=ClassReport, responses=_ANSWERS)
def report_classrooms(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[ClassesBy, Query()] = ClassesBy.HALF_YEAR,
    form: Form = "json",
) -> Response:
    """Count class sessions, who learned there, and what was asked at their desks; viewers see no small numbers of persons."""
    return work.read(
        caller,
        _as(form, figuring_classrooms.report_classrooms, figuring_classrooms.sheet_of_classrooms),
        figuring_classrooms.Asked(first, last, group_by),
    )


@router.get("/consultations", response_model=ConsultationReport, responses=_ANSWERS)
def report_consultations(
    caller: CanCountConsultations,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[ConsultationsBy, Query()] = ConsultationsBy.MONTH,
    form: Form = "json",
) -> Response:
    """Count consultations by the day they were received; who may not read them sees no small numbers."""
    return work.read(
        caller,
        _as(form, figuring_consultations.report_consultations, figuring_consultations.sheet_of_consultations),
        figuring_consultations.Asked(first, last, group_by),
    )


@router.get("/dispatches", response_model=DispatchReport, responses=_ANSWERS)
def report_dispatches(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[GroupBy, Query()] = GroupBy.MONTH,
    form: Form = "json",
) -> Response:
    """Count dispatch requests by the day of the activity; viewers see no small numbers, and one whole fiscal year each time."""
    return work.read(
        caller, _as(form, figures.report_dispatches, figures.sheet_of_dispatches), figures.Asked(first, last, group_by)
    )


@router.get("/events", response_model=EventReport, responses=_ANSWERS)
def report_events(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    table: Annotated[
        EventTable, Query(description="Which of the three a file holds; JSON holds all")
    ] = EventTable.EVENTS,
    form: Form = "json",
) -> Response:
    """Count events and lectures by kind, and which member groups came to the meetings of the liaison council."""
    if form == "json":
        return work.read(caller, figuring_events.report_events, first, last)
    sheet = _as(form, figuring_events.sheet_of_events, figuring_events.sheet_of_events)
    return work.read(caller, sheet, first, last, table)


@router.get("/indicators", response_model=IndicatorReport, responses=answers(403) | sheet_answers(CSV, XLSX))
def report_indicators(
    caller: CanReadReports,
    work: PlainWorkDep,
    on: Annotated[Day | None, Query(alias="to", description="As of this day; by default today")] = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Report the plan's indicators with their histories, each point with its day, source and definition version."""
    return work.read(caller, _as(form, indicators.report_indicators, indicators.sheet_of_indicators), on)


@router.get("/language-gap", response_model=GapReport, responses=_ANSWERS)
def report_language_gap(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[GapBy, Query(description="`need` is all four together, for staff")] = GapBy.LANGUAGE,
    form: Form = "json",
) -> Response:
    """Hold unmet demand, and what plans leave open, against active volunteers: whom to recruit or to train first."""
    return work.read(
        caller,
        _as(form, language_gap.report_gaps, language_gap.sheet_of_gaps),
        language_gap.Asked(first, last, group_by),
    )


@router.get("/trainings", response_model=TrainingReport, responses=_ANSWERS)
def report_trainings(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[TrainingGroupBy, Query()] = TrainingGroupBy.COURSE,
    form: Form = "json",
) -> Response:
    """Count training sessions and who took part; viewers see no small numbers of persons."""
    return work.read(
        caller,
        _as(form, figuring_trainings.report_trainings, figuring_trainings.sheet_of_trainings),
        figuring_trainings.Asked(first, last, group_by),
    )


@router.get("/volunteers", response_model=RegistrationReport, responses=_ANSWERS)
def report_volunteers(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[IntakeBy, Query()] = IntakeBy.ROUND,
    form: Form = "json",
) -> Response:
    """Count who applied in the period and what became of them, and who is registered now; viewers see no small numbers."""
    return work.read(
        caller, _as(form, figuring_people.report_volunteers, figuring_people.sheet_of_volunteers), first, last, group_by
    )
