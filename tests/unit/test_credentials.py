"""What is secret is hashed, derived or sealed."""

from dataclasses import replace
from typing import Final

import pytest
from cryptography.fernet import Fernet

from models.base import new_id
from services.credentials import LostKey, Vault, hash_password, password_fits

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
VAULT: Final = Vault(b"a key of the server, for tests alone", (OLD,))
IDENTITY: Final = {"name": "架空 花子", "phone": "000"}


def test_passwords_are_hashed_as_argon2id() -> None:
    hashed = hash_password("a password for tests")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password_fits("a password for tests", hashed)
    assert not password_fits("another password", hashed)


@pytest.mark.parametrize("password", ["a password for tests", "nobody has this password"])
def test_nobodys_password_never_fits(password: str) -> None:
    assert not password_fits(password, None)


def test_identities_are_sealed_under_the_newest_key_and_opened_by_any() -> None:
    sealed = VAULT.seal(IDENTITY)
    turned = replace(VAULT, client_keys=(NEW, OLD))

    assert "花子" not in sealed
    assert turned.open(sealed) == IDENTITY
    assert replace(VAULT, client_keys=(NEW,)).open(turned.seal(IDENTITY)) == IDENTITY


def test_an_identity_whose_key_is_gone_says_so() -> None:
    with pytest.raises(LostKey):
        replace(VAULT, client_keys=(NEW,)).open(VAULT.seal(IDENTITY))


def test_a_link_is_read_by_the_server_that_made_it_alone() -> None:
    link_id = new_id()
    token = VAULT.link_token(link_id)

    assert VAULT.link_id(token) == link_id
    assert replace(VAULT, secret_key=b"the key of somebody else").link_id(token) is None


@pytest.mark.parametrize("token", ["", "A", "é", "AAAA", "A" * 64, "=" * 64])
def test_what_is_no_link_names_none(token: str) -> None:
    assert VAULT.link_id(token) is None


def test_a_successor_is_always_the_same_and_not_its_parent() -> None:
    assert VAULT.successor("one") == VAULT.successor("one")
    assert VAULT.successor("one") not in {"one", VAULT.successor("two")}
