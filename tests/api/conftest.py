"""What the tests of the command line share."""

from pathlib import Path

import pytest

from api.db import Wiring
from tests.databases import House
from tests.shell import Shell


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
