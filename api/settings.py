"""Settings of the operator: environment variables under `KAKEHASHI_`; an unknown one stops the start."""

import os
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.house_settings import HouseSettings
from services.credentials import Vault
from services.rules import HouseRules

PREFIX = "KAKEHASHI_"
_DEVELOPMENT_SECRET = "development-only-secret-that-production-refuses"  # noqa: S105 - refused in production below
_DEVELOPMENT_CLIENT_KEY = "ZGV2ZWxvcG1lbnQtb25seS1jbGllbnQta2V5LTAwMDA="
_OWN_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named in links; who listens on `::` hears no IPv4


class Environment(StrEnum):
    """Where the service runs."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class WorkerPlace(StrEnum):
    """Where the sweeps run."""

    THREAD = "thread"
    NONE = "none"


class Settings(HouseSettings, BaseSettings):
    """Everything an operator decides; docs/settings.md is printed from here."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    environment: Environment = Field(Environment.DEVELOPMENT, description="`development`, `test` or `production`")
    database_url: str = Field(
        "sqlite:///var/kakehashi.db", description="SQLAlchemy address: `sqlite:///file` or `postgresql+psycopg://…`"
    )
    secret_key: str = Field(
        _DEVELOPMENT_SECRET, min_length=32, description="Signs tokens; at least 32 characters; required in production"
    )
    client_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (_DEVELOPMENT_CLIENT_KEY,),
        description="Fernet keys for identities of clients and for incidents, newest first, separated by commas; required in production",
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Address people reach the service at; used in mails")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    var: Path = Field(Path("var"), description="Folder for data and, in development, for mails")
    threads: int | None = Field(
        None, ge=1, le=64, description="Threads that serve requests; 2 on SQLite and 4 on PostgreSQL when absent"
    )
    worker: WorkerPlace = Field(
        WorkerPlace.THREAD,
        description="`thread`: `serve` runs the sweeps too; `none`: `kakehashi worker` does, as a process of its own",
    )
    dask_scheduler: str | None = Field(
        None,
        description="`HOST:PORT` of a Dask scheduler that solves the parts of plans; else the worker's machine does",
    )
    kept_roll_from: int = Field(
        500,
        ge=1,
        description="People to choose from, from so many on kept in memory by each process, so that a ranking need not "
        "read them all",
    )
    sqlite_synchronous: str = Field(
        "FULL", pattern="^(FULL|NORMAL)$", description="`NORMAL` is faster and may lose the last commits at a power cut"
    )
    pg_bin: Path | None = Field(
        None, description="Folder of `pg_dump`, `pg_restore` and `psql`, for backups; else they are found on the path"
    )
    font_file: Path | None = Field(
        None, description="TrueType font with Japanese letters for PDFs; else one is found among the system's fonts"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins of browser apps, separated by commas"
    )
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="Largest request body, in bytes")
    access_token_minutes: int = Field(15, ge=1, le=60, description="Life of an access token, in minutes")
    refresh_token_days: int = Field(30, ge=1, le=365, description="Life of a refresh token family's link, in days")
    smtp_host: str | None = Field(None, description="Mail server; without one mails are kept under `var/mail`")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server")
    smtp_user: str | None = Field(None, description="User at the mail server")
    smtp_password: str | None = Field(None, description="Password at the mail server")
    smtp_starttls: bool = Field(default=True, description="Whether the connection is upgraded to TLS")
    mail_from: str = Field("kakehashi@example.jp", description="Sender of mails")
    foundation_name: str = Field("国際交流財団", description="Name that signs messages")
    time_zone: str = Field("Asia/Tokyo", description="The foundation's zone, for rules about days and hours")
    holiday_country: str = Field("JP", pattern="^[A-Z]{2}$", description="Country of the public holidays")
    office_opens: time = Field(time(9), description="Office hours and hours of interpreting: from, local time")
    office_closes: time = Field(time(17), description="Office hours and hours of interpreting: until, local time")
    pledge_version: str = Field("2025-04", description="Version of the confidentiality pledge in force")

    @field_validator("client_keys", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("client_keys")
    @classmethod
    def _are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if not keys:
            message = "at least one client key is needed"
            raise ValueError(message)
        for key in keys:
            Fernet(key)
        return keys

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @model_validator(mode="after")
    def _production_is_earnest(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            wanting = [*self.left_at_default(), *(["smtp_host"] if self.smtp_host is None else [])]
            if wanting:
                message = f"production needs its own {', '.join(PREFIX + name.upper() for name in wanting)}"
                raise ValueError(message)
        return self

    def left_at_default(self) -> list[str]:
        """Return the secrets that are those of development, known to everybody."""
        known = {"secret_key": _DEVELOPMENT_SECRET, "client_keys": (_DEVELOPMENT_CLIENT_KEY,)}
        return [name for name, default in known.items() if getattr(self, name) == default]

    def listening(self, host: str, port: int) -> Self:
        """Return the settings of a service at this address; links lead there too unless a setting says where people reach it."""
        here = self.model_copy(update={"host": host, "port": port})
        return here if "public_url" in self.model_fields_set else here.model_copy(update={"public_url": here.address})

    @property
    def address(self) -> str:
        """Where the service itself is reached; one that listens on every address, from its own machine."""
        host = _OWN_MACHINE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def threads_or_default(self) -> int:
        """Threads that serve requests (stack measurements in docs/performance.md)."""
        return self.threads or (2 if self.is_sqlite else 4)

    def vault(self) -> Vault:
        """Return what derives tokens and seals identities."""
        return Vault(self.secret_key.encode(), self.client_keys)

    def rules(self) -> HouseRules:
        """Return the house rules."""
        return HouseRules(
            zone=ZoneInfo(self.time_zone),
            holiday_country=self.holiday_country,
            office_opens=self.office_opens,
            office_closes=self.office_closes,
            pledge_version=self.pledge_version,
            public_url=self.public_url.rstrip("/"),
            foundation_name=self.foundation_name,
            **self.house_rules(),
        )


class UnknownSetting(Exception):
    """The environment holds a `KAKEHASHI_` variable that nothing reads: most likely a misspelt one."""


def read_settings() -> Settings:
    """Read the environment. Raises `UnknownSetting` and pydantic's `ValidationError`."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise UnknownSetting(", ".join(unknown))
    return Settings()
