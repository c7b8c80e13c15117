"""Reports: figures over a period."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import CanCountConsultations, CanReadReports, PlainWorkDep
from api.problems import answers
from api.sheets import CSV_ANSWER
from models.class_report import ClassesBy, ClassReport
from models.consultation_report import ConsultationReport, ConsultationsBy
from models.fields import Day
from models.indicator import IndicatorReport
from models.registration_report import IntakeBy, RegistrationReport
from models.report_view import DispatchReport, GroupBy
from models.training_report import TrainingGroupBy, TrainingReport
from services import (
    figures,
    figuring_classrooms,
    figuring_consultations,
    figuring_people,
    figuring_trainings,
    indicators,
)

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get("/classrooms", response_model=ClassReport, responses=answers(403) | CSV_ANSWER)
def report_classrooms(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    group_by: Annotated[ClassesBy, Query()] = ClassesBy.HALF_YEAR,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count class sessions, who learned there, and what was asked at their desks; viewers see no small numbers of persons."""
    report = figuring_classrooms.sheet_of_classrooms if form == "csv" else figuring_classrooms.report_classrooms
    return work.read(caller, report, figuring_classrooms.Asked(first, last, group_by))


@router.get("/consultations", response_model=ConsultationReport, responses=answers(403) | CSV_ANSWER)
def report_consultations(
    caller: CanCountConsultations,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    group_by: Annotated[ConsultationsBy, Query()] = ConsultationsBy.MONTH,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count consultations by the day they were received; who may not read them sees no small numbers."""
    sheet, report = figuring_consultations.sheet_of_consultations, figuring_consultations.report_consultations
    return work.read(caller, sheet if form == "csv" else report, figuring_consultations.Asked(first, last, group_by))


@router.get("/dispatches", response_model=DispatchReport, responses=answers(403) | CSV_ANSWER)
def report_dispatches(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    group_by: Annotated[GroupBy, Query()] = GroupBy.MONTH,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count dispatch requests by the day of the activity; viewers see no small numbers, and one whole fiscal year each time."""
    report = figures.sheet_of_dispatches if form == "csv" else figures.report_dispatches
    return work.read(caller, report, figures.Asked(first, last, group_by))


@router.get("/indicators", response_model=IndicatorReport, responses=answers(403) | CSV_ANSWER)
def report_indicators(
    caller: CanReadReports,
    work: PlainWorkDep,
    on: Annotated[Day | None, Query(alias="to", description="As of this day; by default today")] = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Report the plan's indicators with their histories, each point with its day, source and definition version."""
    report = indicators.sheet_of_indicators if form == "csv" else indicators.report_indicators
    return work.read(caller, report, on)


@router.get("/trainings", response_model=TrainingReport, responses=answers(403) | CSV_ANSWER)
def report_trainings(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    group_by: Annotated[TrainingGroupBy, Query()] = TrainingGroupBy.COURSE,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count training sessions and who took part; viewers see no small numbers of persons."""
    report = figuring_trainings.sheet_of_trainings if form == "csv" else figuring_trainings.report_trainings
    return work.read(caller, report, figuring_trainings.Asked(first, last, group_by))


@router.get("/volunteers", response_model=RegistrationReport, responses=answers(403) | CSV_ANSWER)
def report_volunteers(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    group_by: Annotated[IntakeBy, Query()] = IntakeBy.ROUND,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count who applied in the period and what became of them, and who is registered now; viewers see no small numbers."""
    report = figuring_people.sheet_of_volunteers if form == "csv" else figuring_people.report_volunteers
    return work.read(caller, report, first, last, group_by)
