"""Who acts in most tests, and what the tests of the command line share."""

from pathlib import Path

import pytest

from api.db import Wiring
from models.account import Role
from models.organization import Organization
from tests.conftest import As, Client
from tests.databases import House
from tests.factories import Make
from tests.shell import Shell


@pytest.fixture
def office(as_: As) -> Client:
    """A coordinator."""
    return as_(Role.COORDINATOR)


@pytest.fixture
def owner(make: Make) -> Organization:
    """The institution whose things the test is about."""
    return make.organization()


@pytest.fixture
def manager(as_: As, owner: Organization) -> Client:
    """Who runs the classrooms of that institution."""
    return as_(Role.CLASSROOM_MANAGER, organization=owner)


@pytest.fixture
def shell(wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line over this test's database."""
    return Shell(wiring.settings.database_url, tmp_path, monkeypatch, capsys)


@pytest.fixture
def bare_shell(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """The command line over a database without tables."""
    return Shell(house.empty(tmp_path), tmp_path, monkeypatch, capsys)
