"""Loading the demo: into nothing else, alike every time, nobody real, the accounts of the contract."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account
from models.client import ClientIdentity
from models.organization import Organization, OrganizationKind
from models.person import Person
from models.record import Notice, NoticeStatus
from models.tables import METADATA
from models.volunteer import Volunteer
from services import demo
from services.checking import faults
from services.credentials import password_fits
from services.demo.days import DemoDays
from services.unit import Unit
from tests.databases import House, settings_for, wired

Units = Callable[..., AbstractContextManager[Unit]]


def test_data_keep_their_promises(seen: Unit) -> None:
    assert faults(seen.session) == []


def test_nothing_is_left_to_be_mailed(seen: Unit) -> None:
    statuses = set(seen.session.exec(select(Notice.status)))

    assert statuses == {NoticeStatus.SENT}


def test_accounts_are_those_of_the_contract(seen: Unit) -> None:
    accounts = {row.email: row for row in seen.session.exec(select(Account))}
    numbered = [f"v{n:03d}@example.jp" for n in range(1, 149)]
    by_number = seen.session.exec(
        select(Account.email)
        .join(Volunteer, col(Volunteer.person_id) == Account.person_id)
        .where(Account.email != "volunteer@example.jp")
        .order_by(Volunteer.volunteer_no)
    ).all()

    assert list(by_number) == numbered
    assert accounts.keys() - set(numbered) == {
        f"{name}@example.jp"
        for name in (
            "admin", "coordinator", "izumino", "motomachi", "ekinishi", "volunteer", "manager", "trainer", "officer",
            "viewer", "liaison",
        )
    }  # fmt: skip
    assert all(row.is_demo for row in accounts.values())
    assert password_fits("kakehashi-demo", accounts["v001@example.jp"].password_hash)
    centre = accounts["ekinishi@example.jp"].organization_id
    assert centre is not None
    assert seen.get(Organization, centre).name == "駅西福祉健康センター"


def test_nobody_and_nothing_is_real(seen: Unit) -> None:
    texts = [
        str(value)
        for table in METADATA.sorted_tables
        for row in seen.session.execute(table.select()).mappings()
        for name, value in row.items()
        if isinstance(value, (str, dict, list)) and not name.endswith(("hash", "sealed"))
    ]
    texts += [str(seen.vault.open(sealed)) for sealed in seen.session.exec(select(ClientIdentity.sealed))]
    whole = "\n".join(texts)

    mails, phones = re.findall(r"[\w.+-]+@([\w.-]+)", whole), re.findall(r"(?<![\w-])0\d{1,4}-\d{1,4}-\d{3,4}", whole)
    assert set(mails) == {"example.jp"}
    assert phones
    assert all(phone.startswith("076-000-") for phone in phones)
    assert not re.search(r"\d丁目|\d番地?\d", whole)
    marked = [row.notes_staff for row in seen.session.exec(select(Volunteer))]
    assert all("架空" in note for note in marked)


def test_days_are_business_days(seen: Unit) -> None:
    days = DemoDays(seen)
    offsets = [*range(-12, 0), *range(1, 14)]
    found = [days.day(offset) for offset in offsets]

    assert found == sorted(set(found))
    assert all(day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (12, 31)} for day in found)
    assert seen.today not in found


def test_days_are_those_of_the_plan_at_the_reference_clock(unit: Units) -> None:
    with unit() as it:
        days = DemoDays(it)

        assert [days.day(offset) for offset in (-4, -1, 1, 3, 6, 9, 10, 12)] == [
            date(2025, 11, day) for day in (4, 7, 11, 13, 18, 21, 25, 27)
        ]


def test_load_into_anything_is_refused(unit: Units) -> None:
    with unit() as it:
        assert demo.is_empty(it)
        it.add(Organization(**it.stamp(), name="団体", kind=OrganizationKind.NPO))
        assert not demo.is_empty(it)

        with pytest.raises(demo.NotEmptyError):
            demo.load(it)


def test_load_is_the_same_every_time(wiring: Wiring, house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("twin")
    twin = wired(settings_for(house.fresh(folder), var=folder), wiring.clock)

    def people(of: Wiring) -> list[tuple[str, date | None, str | None]]:
        with of.unit() as it:
            demo.load(it)
            statement = select(Volunteer.volunteer_no, Person).join(Person).order_by(Volunteer.volunteer_no)
            return [(number, row.birth_date, row.display_name) for number, row in it.session.exec(statement)]

    assert people(wiring) == people(twin)
    twin.database.close()


def test_summary_names_every_way_in() -> None:
    lines = demo.summary()

    assert any(line.startswith("coordinator@example.jp") for line in lines)
    assert any(line.startswith("volunteer@example.jp") for line in lines)
    assert lines[-1] == "password: kakehashi-demo"
