"""Each list takes as many statements for a hundred rows as for the few of the stage.

The lists are those of the OpenAPI document; a row of each is copied. Copies share what they belong to, so that a list
which reads the parent of each row is found by its own test, with parents of its own, and not here. How many statements
there are is decided above the database: SQLite alone is asked.
"""

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.db import Wiring
from api.settings import Settings
from models.account import Role
from models.base import new_id
from models.tables import METADATA
from services.unit import Unit
from tests.conftest import As
from tests.contract.conftest import Stage, call
from tests.contract.roles import ROWS, STAFF
from tests.databases import settings_for
from tests.queries import Statements

COPIES: Final = 99
COPIED: Final = (
    "GET /v1/accounts",
    "GET /v1/advisory-visits",
    "GET /v1/advisory-visits/{visit_id}/findings",
    "GET /v1/appointments",
    "GET /v1/assignments",
    "GET /v1/audit-events",
    "GET /v1/availability-calls",
    "GET /v1/broadcasts",
    "GET /v1/checkup-sessions",
    "GET /v1/classrooms",
    "GET /v1/classrooms/{classroom_id}/terms",
    "GET /v1/consultations",
    "GET /v1/contact-attempts",
    "GET /v1/device-loans",
    "GET /v1/dispatch-requests",
    "GET /v1/dispatch-requests/{request_id}/fallbacks",
    "GET /v1/dispatch-requests/{request_id}/reports",
    "GET /v1/documents",
    "GET /v1/enrollments",
    "GET /v1/events",
    "GET /v1/expense-claims",
    "GET /v1/facilities",
    "GET /v1/honorarium-rates",
    "GET /v1/host-stays",
    "GET /v1/hosts",
    "GET /v1/incidents",
    "GET /v1/indicators",
    "GET /v1/indicators/{indicator_code}/measurements",
    "GET /v1/key-persons",
    "GET /v1/learners",
    "GET /v1/learners/{learner_id}/consents",
    "GET /v1/lecture-engagements",
    "GET /v1/level-assessments",
    "GET /v1/me/offers",
    "GET /v1/memberships",
    "GET /v1/offers",
    "GET /v1/organizations",
    "GET /v1/pairings",
    "GET /v1/partner-agreements",
    "GET /v1/plans",
    "GET /v1/recruitment-rounds",
    "GET /v1/review-cycles",
    "GET /v1/service-types",
    "GET /v1/shifts",
    "GET /v1/training-enrollments",
    "GET /v1/training-sessions",
    "GET /v1/trainings",
    "GET /v1/volunteers",
    "GET /v1/volunteers/{volunteer_id}/assignments",
    "GET /v1/volunteers/{volunteer_id}/certifications",
    "GET /v1/volunteers/{volunteer_id}/insurance",
    "GET /v1/volunteers/{volunteer_id}/languages",
    "GET /v1/volunteers/{volunteer_id}/legal-holds",
    "GET /v1/volunteers/{volunteer_id}/pledges",
)
"""Counted here."""
_CODES: Final = "what it lists is keyed by its code and comes with the product or from the administrator: a few dozen"
_DERIVED: Final = "what it lists is derived: no row stands for an item that could be copied"
_NONE: Final = "the stage has none of it, or an item without an id of its own"
_HOLDS: Final = "the list of a volunteer's holds, which is counted here, by another key"
ELSEWHERE: Final[Mapping[str, str]] = {
    "GET /problems": _CODES,
    "GET /v1/assignments/{assignment_id}/messages": _NONE,
    "GET /v1/availability-calls/{call_id}/answers": _NONE,
    "GET /v1/broadcasts/{broadcast_id}/deliveries": _NONE,
    "GET /v1/class-sessions": "a session has its shift, and the copy of a session none",
    "GET /v1/classrooms/{classroom_id}/guardian-calls": _DERIVED,
    "GET /v1/classrooms/{classroom_id}/tutor-contacts": _DERIVED,
    "GET /v1/classrooms/{classroom_id}/tutors": _NONE,
    "GET /v1/clients/{ref}/exclusions": _NONE,
    "GET /v1/consultations/{consultation_id}/legal-holds": _HOLDS,
    "GET /v1/dispatch-series": "counted in tests/api/test_dispatch_series.py",
    "GET /v1/districts": _CODES,
    "GET /v1/holidays": _CODES,
    "GET /v1/host-stays/{stay_id}/candidates": "counted in tests/api/test_host_stays.py",
    "GET /v1/languages": _CODES,
    "GET /v1/learners/{learner_id}/legal-holds": _HOLDS,
    "GET /v1/learners/{learner_id}/school-referrals": _NONE,
    "GET /v1/learners/{learner_id}/school-stages": _DERIVED,
    "GET /v1/learners/{learner_id}/targets": "counted in tests/api/school_days/test_ways_to_school.py",
    "GET /v1/me/availability-calls": _NONE,
    "GET /v1/me/broadcasts": _NONE,
    "GET /v1/me/schedule": "counted in tests/api/test_schedule.py",
    "GET /v1/organizations/{organization_id}/exam-periods": "counted in tests/api/test_keeping_up_hours.py",
    "GET /v1/phone-list": "counted in tests/api/test_phone_list.py",
    "GET /v1/plans/{plan_id}/proposals": _NONE,
    "GET /v1/plans/{plan_id}/unfilled": _NONE,
    "GET /v1/retention/consultations": "counted in tests/api/test_erasing.py",
    "GET /v1/retention/learners": "counted in tests/api/test_erasing.py",
    "GET /v1/retention/volunteers": "counted in tests/api/test_retention.py",
    "GET /v1/school-deadlines": _DERIVED,
    "GET /v1/shifts/{shift_id}/candidates": "counted in tests/api/test_candidates.py",
    "GET /v1/skills": _CODES,
    "GET /v1/training-sessions/{session_id}/enrollments": _NONE,
    "GET /v1/volunteers/{volunteer_id}/child-safety": _NONE,
    "GET /v1/volunteers/{volunteer_id}/duplicates": "counted in tests/api/test_recruitment.py",
    "GET /v1/volunteers/{volunteer_id}/skills": _NONE,
    "GET /v1/volunteers/{volunteer_id}/work-permission": _NONE,
    "GET /v1/worklist": "counted in tests/api/test_worklist.py",
}
"""Not counted here, and why."""


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> Settings:
    """Settings over a copy of the stage."""
    shutil.copyfile(stage.file, tmp_path / "played.db")
    return settings_for(f"sqlite:///{tmp_path / 'played.db'}", var=tmp_path)


def lists(app: FastAPI) -> set[str]:
    """The operations that answer with a page of items, by the document."""
    document = app.openapi()
    pages = {
        f"#/components/schemas/{name}"
        for name, schema in document["components"]["schemas"].items()
        if {"items", "next_cursor"} <= schema.get("properties", {}).keys()
    }
    return {
        f"GET {path}"
        for path, verbs in document["paths"].items()
        for answer in [verbs.get("get", {}).get("responses", {}).get("200", {})]
        if answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref") in pages
    }


class Copier:
    """Copies of rows that differ in what must be unique."""

    def __init__(self, unit: Unit) -> None:
        self._read = unit.session.connection().execute

    def copy(self, row_id: UUID, number: int) -> UUID:
        """Copy the row of an id, and above it whatever it must not share with its copy."""
        table, row = self._found(row_id)
        new = {**row, "id": new_id()}
        for name in map(_distinguishing, _keys(table)):
            if row[name] is None:
                continue  # what is unknown equals nothing
            column = table.c[name]
            new[name] = self.copy(row[name], number) if column.foreign_keys else _other(row[name], number)
        self._read(table.insert(), new)
        made: UUID = new["id"]
        return made

    def _found(self, row_id: UUID) -> tuple[sa.Table, dict[str, Any]]:
        for table in METADATA.sorted_tables:
            if "id" in table.c and isinstance(table.c.id.type, sa.Uuid):
                row = self._read(sa.select(table).where(table.c.id == row_id)).mappings().one_or_none()
                if row is not None:
                    return table, dict(row)
        raise LookupError(row_id)


def _keys(table: sa.Table) -> list[list[sa.Column[Any]]]:
    constraints = [list(each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    return constraints + [list(each.columns) for each in table.indexes if each.unique]


def _distinguishing(key: list[sa.Column[Any]]) -> str:
    plain = [column for column in key if not column.foreign_keys and not isinstance(column.type, sa.Enum | sa.Boolean)]
    return [*plain, *(column for column in key if column.foreign_keys)][0].name


def _other(value: Any, number: int) -> Any:
    match value:
        case UUID():
            return new_id()
        case str():
            return f"{value[:30]}-{number}"
        case date() | datetime():
            return value + timedelta(days=number)
        case int():
            return value + number
        case _:
            return value


def test_every_list_is_counted(app: FastAPI) -> None:
    assert lists(app) == set(COPIED) | set(ELSEWHERE)


@pytest.mark.parametrize("operation", COPIED)
def test_a_hundred_rows_take_as_many_statements_as_few(
    operation: str,
    stage: Stage,
    as_: As,
    wiring: Wiring,
    queries: Callable[[], AbstractContextManager[Statements]],
) -> None:
    role = next(role for role in (Role.COORDINATOR, Role.ADMIN, *Role) if role in (ROWS[operation].roles or ()))
    client = as_(stage.accounts[role])
    things = stage.ours.things

    def asked() -> tuple[list[Any], list[str]]:
        with queries() as seen:
            answer = call(client, operation, things, staff=role in STAFF, limit="200")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"], seen.texts

    asked()
    few, told = asked()
    assert few, "nothing on the stage"
    with wiring.unit() as unit:
        copier = Copier(unit)
        for number in range(1, COPIES + 1):
            copier.copy(UUID(few[0]["id"]), number)
    many, now = asked()
    assert len(many) == min(len(few) + COPIES, 200)
    assert len(now) == len(told), [text for text in now if now.count(text) > told.count(text)][:1]
