"""The liaison council's 77 groups, three agreements with universities, and how the plan stands against its indicators."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from models.device_loan import LoanCreate
from models.indicator import IndicatorPatch, MeasurementCreate, Source
from models.membership import OrganizationMembership, PartnerAgreement
from models.organization import Organization, OrganizationKind
from models.review_cycle import ActionCreate, ReviewCreate, ReviewPatch
from services import indicators, lending, reviewing
from services.demo.directory import KANAZAWA
from services.demo.people import STUDENTS
from services.demo.stage import Stage
from services.fiscal_years import first_day, fiscal_year

GROUPS: Final = 77
SUBJECTS: Final = ("国際交流", "日本語", "多文化", "料理", "音楽", "留学生", "子ども")
REGISTRANTS: Final = 402
DISTRICTS: Final[Mapping[str, str]] = {"hokuriku": "east", "kanazawa": "east", "seiryo": "north"}


def gather(stage: Stage) -> None:
    """Write groups and agreements, from when on the records are whole, what was counted since, and a first review."""
    _join(stage)
    _agree(stage)
    _count(stage)
    _review(stage)
    _lend(stage)


def _join(stage: Stage) -> None:
    """77 groups belong to the council since the plan's baseline; one left it long ago."""
    unit = stage.unit
    groups = [
        Organization(
            **unit.stamp(),
            name=f"{SUBJECTS[n % len(SUBJECTS)]}の会 第{n:02d}（架空）",
            kana=f"カクウノカイ {n:02d}",
            kind=OrganizationKind.EXCHANGE_GROUP,
            lg_code=KANAZAWA,
        )
        for n in range(1, GROUPS + 2)
    ]
    unit.session.add_all(groups)
    unit.session.flush()  # memberships point at groups
    for n, group in enumerate(groups):
        left_on = date(2017, 4, 1) if n == GROUPS else None
        joined_on = date(2010, 4, 1) if n == GROUPS else date(2018, 4, 1)
        unit.session.add(
            OrganizationMembership(**unit.stamp(), organization_id=group.id, joined_on=joined_on, left_on=left_on)
        )


def _agree(stage: Stage) -> None:
    starts_on = first_day(fiscal_year(stage.unit.today))
    for university, students in STUDENTS.items():
        stage.unit.session.add(
            PartnerAgreement(
                **stage.unit.stamp(),
                organization_id=stage.directory.organizations[university],
                title="地域の日本語・学習支援教室への学生講師の派遣",
                starts_on=starts_on,
                volunteers=students,
                districts=[DISTRICTS[university]],
                note="試験期間を除く",
            )
        )
    stage.unit.session.flush()


def _count(stage: Stage) -> None:
    """From today on groups and volunteers are counted from the records; the registrants are read from the LINE account."""
    admin = stage.acting(stage.cast.staff["admin"], stage.unit.now)
    for code in ("member_groups", "volunteers"):
        indicators.change_indicator(admin, code, IndicatorPatch(computed_from=stage.unit.today))
    counted = MeasurementCreate(as_of=stage.unit.today, value=REGISTRANTS, source=Source.EXTERNAL)
    indicators.measure(admin, "line_registrants", counted)


def _review(stage: Stage) -> None:
    """The last whole quarter is under review, with something left to do."""
    office = stage.acting(stage.cast.staff["coordinator"], stage.unit.now)
    before = (stage.unit.today.month - 1) // 3  # quarters of the calendar year that are over
    year, quarter = stage.unit.today.year - (before <= 1), (before - 2) % 4 + 1
    review = reviewing.begin(office, ReviewCreate(fiscal_year=year, quarter=quarter))
    said = ReviewPatch(comments={"volunteers": "秋の募集で大学にも声をかける"})
    reviewing.change(office, review.id, said)
    owner = stage.cast.staff["coordinator"].account_id
    assert owner is not None  # noqa: S101 - everybody of the cast signs in
    todo = ActionCreate(
        text="大学の説明会で募集する",
        owner_id=owner,
        due_on=stage.unit.today + timedelta(days=30),
        indicator="volunteers",
    )
    reviewing.decide(office, review.id, todo)


def _lend(stage: Stage) -> None:
    """A centre has one of the translation devices for a fortnight."""
    today = stage.unit.today
    centre = stage.directory.organizations["izumino"]
    loan = LoanCreate(
        item="翻訳機 1号（架空）",
        organization_id=centre,
        lent_on=today - timedelta(days=3),
        due_on=today + timedelta(days=11),
    )
    lending.lend(stage.office(stage.unit.now), loan)
