"""The test house: a database per test on SQLite or PostgreSQL, one application per process, callers of every kind."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.authn import issue
from api.db import Wiring
from api.main import create_app
from api.settings import Settings
from models.account import Account, Role
from models.organization import Organization
from models.volunteer import Volunteer
from services.actor import SYSTEM, Actor
from services.clock import SetClock
from services.unit import Unit
from tests.databases import House, PostgresHouse, SqliteHouse, settings_for, wired
from tests.factories import Make
from tests.queries import Statements, counted

# A busy machine is no failure of the code; and what judges a change must judge it alike tomorrow.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
# Other examples each time: `pytest --hypothesis-profile=search …`, for whoever looks for what nobody thought of.
hypothesis.settings.register_profile("search", deadline=None, max_examples=500)
hypothesis.settings.load_profile("house")

NOW: Final = datetime(2025, 11, 10, tzinfo=UTC)
"""The clock of every test unless it moves it: Monday 2025-11-10, 09:00 in Kanazawa."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgresql"), default="sqlite", help="which database tests run on")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fresh_database: this test gets a database of its own (races, kills)")
    config.addinivalue_line(
        "markers", "long: begun before the others, or one worker would be at it when all else is done"
    )
    if config.getoption("--db") == "postgresql" and not hasattr(config, "workerinput"):
        from tests.postgres import cluster  # noqa: PLC0415 - psycopg is needed on PostgreSQL only

        cluster()  # started here, so that all workers share one


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, and keep the tests of a group on one worker.

    pytest-xdist 3.8 names the group where pytest 9.2 no longer looks.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        named: str | None = vars(item).get("_nodeid")
        if named:
            item._id = type(item._id).parse(named)


@pytest.fixture(scope="session")
def dialect(pytestconfig: pytest.Config) -> str:
    """`sqlite` or `postgresql`."""
    name: str = pytestconfig.getoption("--db")
    return name


@pytest.fixture(scope="session")
def house(dialect: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Where databases come from."""
    folder = tmp_path_factory.mktemp("house")
    made: House = PostgresHouse(worker_id) if dialect == "postgresql" else SqliteHouse(folder)
    yield made
    made.close()


@pytest.fixture
def clock() -> SetClock:
    """The clock that everything in this test reads; it stands still until moved."""
    return SetClock(NOW)


@pytest.fixture
def settings(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Settings:
    """Settings over a clean database."""
    marked = request.node.get_closest_marker("fresh_database")
    return settings_for((house.fresh if marked else house.lend)(tmp_path), var=tmp_path)


@pytest.fixture
def wiring(settings: Settings, clock: SetClock) -> Iterator[Wiring]:
    """What a process shares, over a clean database."""
    made = wired(settings, clock)
    yield made
    made.database.close()


@pytest.fixture
def unit(wiring: Wiring) -> Callable[..., AbstractContextManager[Unit]]:
    """Open a write unit, as the product itself or as `actor`: `with unit() as it: …`."""

    def opened(actor: Actor = SYSTEM, **over: Any) -> AbstractContextManager[Unit]:
        return wiring.unit(actor, **over)

    return opened


@pytest.fixture
def make(wiring: Wiring) -> Make:
    """Make rows: `make.volunteer(certs=("checkup",))`."""
    return Make(wiring)


@pytest.fixture
def queries(wiring: Wiring) -> Callable[[], AbstractContextManager[Statements]]:
    """Count statements: `with queries() as seen: …; assert len(seen) == 4`."""
    return lambda: counted(wiring.database)


@pytest.fixture
def check_data(wiring: Wiring) -> Callable[[], None]:
    """Assert that the invariants of the data hold; race and kill tests end with it."""
    from services.checking import faults  # noqa: PLC0415

    def check() -> None:
        with wiring.unit(write=False) as it:
            assert faults(it.session) == []

    return check


@pytest.fixture
def sound(check_data: Callable[[], None]) -> Iterator[None]:
    """The invariants hold when the test is over; for a whole file: `pytestmark = pytest.mark.usefixtures("sound")`."""
    yield
    check_data()


@pytest.fixture(scope="session")
def _running(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One application per process, started once: building it takes longer than most tests."""
    app = create_app(settings_for(house.fresh(tmp_path_factory.mktemp("app"))), clock=SetClock(NOW), with_worker=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def app(_running: TestClient, wiring: Wiring) -> FastAPI:
    """The application, over this test's database and clock."""
    running: Any = _running.app
    running.state.wiring = wiring
    assert isinstance(running, FastAPI)
    return running


class Client(TestClient):
    """A client of the application; `account` is who it signs in as, if anybody."""

    __test__ = False

    def __init__(self, app: FastAPI, running: TestClient, account: Account | None = None, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(app, raise_server_exceptions=False, headers=headers)
        self.portal = running.portal  # one event loop for all, so that threads may call at once
        self._account = account

    @property
    def account(self) -> Account:
        """Who is signed in."""
        assert self._account is not None
        return self._account


@pytest.fixture
def client(app: FastAPI, _running: TestClient) -> Client:
    """A client that has not signed in."""
    return Client(app, _running)


As = Callable[..., Client]


@pytest.fixture
def as_(app: FastAPI, _running: TestClient, wiring: Wiring, make: Make) -> As:
    """Sign in: `as_(account)`, `as_(volunteer)`, or a new account: `as_(Role.REQUESTER, organization=centre)`.

    The token outlives any move of the clock that a test makes.
    """

    def signed_in(*who: Role | Account | Volunteer, organization: Organization | None = None) -> Client:
        account = _account_of(make, who, organization)
        token = issue(account.id, wiring.vault.secret_key, wiring.clock(), timedelta(days=1000))
        return Client(app, _running, account, token)

    return signed_in


def _account_of(make: Make, who: tuple[Role | Account | Volunteer, ...], organization: Organization | None) -> Account:
    match who:
        case (Account() as account,):
            return account
        case (Volunteer() as volunteer,):
            return make.account_of(volunteer)
        case _:
            roles = [role for role in who if isinstance(role, Role)]
            return make.account(*roles, organization=organization)


@pytest.fixture
def server(settings: Settings, clock: SetClock) -> Iterator[str]:
    """A server on a free port of the loopback, over this test's database; its address."""
    app = create_app(settings, clock=clock, with_worker=False)
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)
    listening.close()
