"""What production refuses to start with, and what development does by itself."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError
from starlette.testclient import TestClient

from api.db import Wiring
from api.main import create_app
from api.migrating import migrate, pending
from api.settings import Settings, UnknownSetting, read_settings
from api.startup import Unfit, refuse_unfit
from models.account import Role
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import NOW
from tests.databases import House, settings_for, wired
from tests.factories import Make

pytestmark = pytest.mark.fresh_database  # what such a test does to a schema must meet no other


Units = Callable[..., AbstractContextManager[Unit]]
EARNEST = {
    "environment": "production",
    "secret_key": "a secret of this very installation, 32 letters and more",
    "client_keys": (Fernet.generate_key().decode(),),
    "smtp_host": "mail.example.jp",
}


def production(url: str) -> Wiring:
    return wired(settings_for(url, **EARNEST), SetClock(NOW))


def test_production_starts_on_a_database_that_is_ready(settings: Settings) -> None:
    made = production(settings.database_url)
    refuse_unfit(made)
    made.database.close()


def test_production_refuses_unapplied_migrations_and_leaves_them(house: House, tmp_path: Path) -> None:
    made = production(house.empty(tmp_path))
    with pytest.raises(Unfit, match="kakehashi migrate"):
        refuse_unfit(made)
    assert pending(made)
    made.database.close()


def test_production_refuses_a_demo_account(settings: Settings, make: Make) -> None:
    make.account(Role.ADMIN, is_demo=True)
    made = production(settings.database_url)
    with pytest.raises(Unfit, match="demo"):
        refuse_unfit(made)
    made.database.close()


def test_the_application_itself_does_not_start_unfit(house: House, tmp_path: Path) -> None:
    app = create_app(settings_for(house.empty(tmp_path), **EARNEST), with_worker=False)
    with pytest.raises(Unfit), TestClient(app):
        pytest.fail("it started")
    app.state.wiring.database.close()


def test_elsewhere_it_migrates_by_itself(house: House, tmp_path: Path) -> None:
    app = create_app(settings_for(house.empty(tmp_path)), with_worker=False)
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(("worker", "running"), [("thread", 1), ("none", 0)])
def test_the_sweeps_may_run_in_a_process_of_their_own(house: House, tmp_path: Path, worker: str, running: int) -> None:
    app = create_app(settings_for(house.empty(tmp_path), worker=worker))
    with TestClient(app):
        assert sum(thread.name == "worker" for thread in threading.enumerate()) == running
    assert "worker" not in {thread.name for thread in threading.enumerate()}


def test_migrating_twice_changes_nothing(wiring: Wiring) -> None:
    migrate(wiring)
    migrate(wiring)
    assert not pending(wiring)


@pytest.mark.parametrize("name", ["secret_key", "client_keys", "smtp_host"])
def test_production_refuses_a_default(name: str) -> None:
    with pytest.raises(ValidationError, match=f"KAKEHASHI_{name.upper()}"):
        settings_for("sqlite://", **{key: value for key, value in EARNEST.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_keys", ""),
        ("client_keys", "not-a-key"),
        ("secret_key", "short"),
        ("time_zone", "Asia/Atlantis"),
        ("environment", "staging"),
        ("port", "70000"),
        ("sqlite_synchronous", "OFF"),
    ],
)
def test_a_setting_that_cannot_stand(name: str, value: str) -> None:
    with pytest.raises((ValidationError, LookupError)):
        settings_for("sqlite://", **{name: value})


def test_an_unknown_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAKEHASHI_DATABSE_URL", "sqlite://")
    with pytest.raises(UnknownSetting, match="KAKEHASHI_DATABSE_URL"):
        read_settings()


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAKEHASHI_CORS_ORIGINS", "https://a.example.jp, https://b.example.jp")
    monkeypatch.setenv("KAKEHASHI_THREADS", "3")
    settings = read_settings()
    assert settings.cors_origins == ("https://a.example.jp", "https://b.example.jp")
    assert settings.threads_or_default == 3


def test_links_lead_where_the_service_listens_unless_it_is_said_where_people_reach_it() -> None:
    elsewhere = settings_for("sqlite://", public_url="https://kakehashi.example.jp/")

    assert settings_for("sqlite://").listening("127.0.0.1", 8111).rules().public_url == "http://127.0.0.1:8111"
    assert elsewhere.listening("127.0.0.1", 8111).rules().public_url == "https://kakehashi.example.jp"


def test_threads_follow_the_database() -> None:
    assert settings_for("sqlite://").threads_or_default == 2
    assert settings_for("postgresql+psycopg://h/d").threads_or_default == 4


def test_only_the_origins_that_are_set_may_call_from_a_browser(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": ("https://app.example.jp",)}), with_worker=False)
    with TestClient(app) as client:
        ours = client.get("/healthz", headers={"Origin": "https://app.example.jp"})
        theirs = client.get("/healthz", headers={"Origin": "https://evil.example"})
    assert ours.headers["access-control-allow-origin"] == "https://app.example.jp"
    assert "access-control-allow-origin" not in theirs.headers


def test_the_worker_runs_with_the_service_and_stops_with_it(settings: Settings) -> None:
    def working() -> bool:
        return "worker" in {thread.name for thread in threading.enumerate()}

    assert not working()
    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").status_code == 200
        assert working()
    assert not working()


def test_a_connection_still_in_use_is_closed_once_it_is_given_back(wiring: Wiring) -> None:
    late = wiring.database.reading.connect()
    held = late.connection.dbapi_connection
    assert held is not None
    wiring.database.close()
    late.close()
    with pytest.raises(wiring.database.reading.dialect.loaded_dbapi.Error, match=r"closed"):
        held.cursor().execute("SELECT 1")
