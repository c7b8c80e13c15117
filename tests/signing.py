"""Signing in as an app does."""

from typing import Any

from starlette.testclient import TestClient

from services.credentials import hash_password

PASSWORD = "a password for tests"  # noqa: S105 - opens nothing outside a test
HASH = hash_password(PASSWORD)


def signing(client: TestClient, username: str, password: str = PASSWORD, **over: str) -> Any:
    return client.post("/v1/auth/token", data={"username": username, "password": password, **over})


def refreshing(client: TestClient, token: str) -> Any:
    return client.post("/v1/auth/refresh", data={"refresh_token": token})


def setting_password(client: TestClient, path: str, token: str, password: str = "another password") -> Any:  # noqa: S107
    return client.post(f"/v1/auth/{path}/{token}", json={"password": password})
