"""Reports: figures over a period."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import CanReadReports, PlainWorkDep
from api.problems import answers
from api.sheets import CSV_ANSWER
from models.fields import Day
from models.gap_report import GapBy, GapReport
from models.indicator import IndicatorReport
from models.registration_report import IntakeBy, RegistrationReport
from models.report_view import DispatchReport, GroupBy
from models.training_report import TrainingGroupBy, TrainingReport
from services import figures, figuring_people, figuring_trainings, indicators, language_gap

router = APIRouter(prefix="/v1/reports", tags=["reports"])

First = Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")]
Last = Annotated[
    Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
]
Form = Annotated[Literal["json", "csv"], Query(alias="format")]


@router.get("/dispatches", response_model=DispatchReport, responses=answers(403) | CSV_ANSWER)
def report_dispatches(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[GroupBy, Query()] = GroupBy.MONTH,
    form: Form = "json",
) -> Response:
    """Count dispatch requests by the day of the activity; viewers see no small numbers, and one whole fiscal year each time."""
    report = figures.sheet_of_dispatches if form == "csv" else figures.report_dispatches
    return work.read(caller, report, figures.Asked(first, last, group_by))


@router.get("/indicators", response_model=IndicatorReport, responses=answers(403) | CSV_ANSWER)
def report_indicators(
    caller: CanReadReports,
    work: PlainWorkDep,
    on: Annotated[Day | None, Query(alias="to", description="As of this day; by default today")] = None,
    form: Form = "json",
) -> Response:
    """Report the plan's indicators with their histories, each point with its day, source and definition version."""
    report = indicators.sheet_of_indicators if form == "csv" else indicators.report_indicators
    return work.read(caller, report, on)


@router.get("/language-gap", response_model=GapReport, responses=answers(403) | CSV_ANSWER)
def report_language_gap(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[GapBy, Query(description="`need` is all four together, for staff")] = GapBy.LANGUAGE,
    form: Form = "json",
) -> Response:
    """Hold unmet demand, and what plans leave open, against active volunteers: whom to recruit or to train first."""
    report = language_gap.sheet_of_gaps if form == "csv" else language_gap.report_gaps
    return work.read(caller, report, language_gap.Asked(first, last, group_by))


@router.get("/trainings", response_model=TrainingReport, responses=answers(403) | CSV_ANSWER)
def report_trainings(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[TrainingGroupBy, Query()] = TrainingGroupBy.COURSE,
    form: Form = "json",
) -> Response:
    """Count training sessions and who took part; viewers see no small numbers of persons."""
    report = figuring_trainings.sheet_of_trainings if form == "csv" else figuring_trainings.report_trainings
    return work.read(caller, report, figuring_trainings.Asked(first, last, group_by))


@router.get("/volunteers", response_model=RegistrationReport, responses=answers(403) | CSV_ANSWER)
def report_volunteers(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: First = None,
    last: Last = None,
    group_by: Annotated[IntakeBy, Query()] = IntakeBy.ROUND,
    form: Form = "json",
) -> Response:
    """Count who applied in the period and what became of them, and who is registered now; viewers see no small numbers."""
    report = figuring_people.sheet_of_volunteers if form == "csv" else figuring_people.report_volunteers
    return work.read(caller, report, first, last, group_by)
