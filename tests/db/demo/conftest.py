"""The demo, loaded once per clock: these tests only read."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from api.db import Wiring
from services import demo
from services.clock import SetClock
from services.unit import Unit
from tests.databases import House, settings_for, wired

CLOCKS = {
    "the reference clock": "2025-11-10T09:00+09:00",
    "a Sunday before New Year": "2026-12-06T13:00+09:00",
    "31 March": "2027-03-31T23:30+09:00",
    "2 January": "2026-01-02T00:30+09:00",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Look at the demo from every clock on SQLite, from the first on PostgreSQL: days are no matter of the database.

    The tests of one clock stay on one worker, which loads the demo once.
    """
    if "loaded" in metafunc.fixturenames:
        everywhere = metafunc.config.getoption("--db") == "sqlite"
        clocks = [*CLOCKS.items()] if everywhere else [*CLOCKS.items()][:1]
        looks = [pytest.param(at, id=name, marks=pytest.mark.xdist_group(name)) for name, at in clocks]
        metafunc.parametrize("loaded", looks, indirect=True, scope="session")


@pytest.fixture(scope="session")
def loaded(request: pytest.FixtureRequest, house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """A database with the demo, seen from one of the clocks; these tests only read."""
    folder = tmp_path_factory.mktemp("demo")
    wiring = wired(settings_for(house.fresh(folder), var=folder), SetClock(datetime.fromisoformat(request.param)))
    with wiring.unit() as unit:
        demo.load(unit)
    yield wiring
    wiring.database.close()


@pytest.fixture
def seen(loaded: Wiring) -> Iterator[Unit]:
    """A reading unit over the demo."""
    with loaded.unit(write=False) as unit:
        yield unit
