"""Reference data: complete, consistent, and loaded as often as one likes without undoing what coordinators changed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlmodel import SQLModel, col, func, select

from models.competence import Level
from models.expense import HonorariumRate
from models.fields import check_language_tag
from models.indicator import Indicator, Measurement
from models.office import ClosedDay
from models.organization import District, PopulationStatistic
from models.record import AuditEvent
from models.service_type import Language, ServiceType, Skill, Weight
from models.shift import ClaimPolicy
from services import reference
from services.unit import Unit

Units = Callable[..., AbstractContextManager[Unit]]
NUMBERS: dict[type[SQLModel], int] = {
    District: 10,
    PopulationStatistic: 190,
    Language: 22,
    Skill: 7,
    Weight: 7,
    ClosedDay: 6,
    ServiceType: 6,
    HonorariumRate: 4,
    Indicator: 5,
    Measurement: 9,
}


def _count(unit: Unit, table: type[SQLModel]) -> int:
    return unit.session.exec(select(func.count()).select_from(table)).one()


def test_load_again_adds_nothing_and_changes_nothing(unit: Units) -> None:
    with unit() as it:
        it.session.get_one(Weight, "level").points = 1
        reported = _count(it, AuditEvent)

        reference.load(it)

        assert {table: _count(it, table) for table in NUMBERS} == NUMBERS
        assert it.session.get_one(Weight, "level").points == 1
        assert _count(it, AuditEvent) == reported


def test_load_adds_what_is_missing(unit: Units) -> None:
    with unit() as it:
        it.session.delete(it.session.get_one(Weight, "level"))
        it.session.flush()

        reference.load(it)

        assert it.session.get_one(Weight, "level").points == 200


def test_load_reports_each_kind_of_service(unit: Units) -> None:
    with unit() as it:
        known = set(it.session.exec(select(ServiceType.id)))
        created = select(AuditEvent.object_id).where(AuditEvent.action == "service_type.create")

        assert set(it.session.exec(created)) == known


def test_districts_are_the_plans(unit: Units) -> None:
    with unit() as it:
        districts = it.session.exec(select(District).order_by(col(District.position))).all()

    assert [district.foreign_population for district in districts] == [
        1498, 1022, 838, 771, 627, 478, 366, 296, 286, 129,
    ]  # fmt: skip
    assert [district.code for district in districts][:4] == ["east", "west", "south_suburb", "south"]
    assert all({"ja", "en"} <= district.names.keys() for district in districts)


def test_neighbours_know_each_other(unit: Units) -> None:
    with unit() as it:
        neighbours = {row.code: set(row.neighbours) for row in it.session.exec(select(District))}

    assert all(neighbours.values())
    assert all(code not in others for code, others in neighbours.items())
    assert all(code in neighbours[other] for code, others in neighbours.items() for other in others)


def test_residents_add_up_to_the_plans_nationalities(unit: Units) -> None:
    with unit() as it:
        totals = dict(
            it.session.exec(
                select(PopulationStatistic.language, func.sum(PopulationStatistic.count)).group_by(
                    col(PopulationStatistic.language)
                )
            ).all()
        )
        languages = set(it.session.exec(select(Language.tag)))

    assert (totals["cmn"], totals["vi"], totals["ko"]) == (1891, 1208, 624)
    assert sum(totals.values()) <= 6311
    assert totals.keys() <= languages


def test_languages_are_spelt_as_requests_spell_them(unit: Units) -> None:
    with unit() as it:
        tags = it.session.exec(select(Language.tag)).all()

    assert [check_language_tag(tag) for tag in tags] == list(tags)


@pytest.mark.parametrize(
    ("code", "policy", "certs", "level"),
    [
        ("infant_checkup", ClaimPolicy.OPEN, ["checkup"], Level.B1),
        ("newborn_home_visit", ClaimPolicy.APPROVAL, ["home_visit"], Level.B1),
        ("follow_up_exam", ClaimPolicy.OFFER_ONLY, ["advanced"], Level.B2),
        ("individual_consultation", ClaimPolicy.OFFER_ONLY, ["advanced"], Level.B2),
        ("school_support", ClaimPolicy.APPROVAL, ["school"], Level.B1),
        ("hospital_accompaniment", ClaimPolicy.OFFER_ONLY, ["medical"], Level.C1),
    ],
)
def test_services_ask_for_their_step_of_the_ladder(
    unit: Units, code: str, policy: ClaimPolicy, certs: list[str], level: Level
) -> None:
    with unit() as it:
        service = it.session.exec(select(ServiceType).where(ServiceType.code == code)).one()

    assert (service.claim_policy, service.required_certs, service.min_level) == (policy, certs, level)
    assert service.enabled == (code != "hospital_accompaniment")
    assert (service.max_minutes, service.hard_max_minutes, service.lead_business_days) == (120, 180, 7)
    assert (service.valid_from, service.equivalents) == (date(2023, 4, 1), {"zh": ["cmn", "yue"]})
