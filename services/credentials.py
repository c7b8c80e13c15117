"""Passwords, tokens and links: everything secret is hashed, derived or encrypted here and nowhere else."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from passlib.context import CryptContext

_PASSWORDS = CryptContext(
    schemes=["argon2"], argon2__type="ID", argon2__memory_cost=19 * 1024, argon2__time_cost=2, argon2__parallelism=1
)
_DUMMY = _PASSWORDS.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash (19 MiB, t=2). It takes some 24 ms of CPU: never while a transaction is open."""
    return _PASSWORDS.hash(password)


def password_fits(password: str, stored: str | None) -> bool:
    """Check a password; takes as long where there is nobody to check, so that timing tells nothing.

    As `hash_password`, never while a transaction is open.
    """
    return _PASSWORDS.verify(password, stored or _DUMMY) and stored is not None


def digest(token: str) -> str:
    """Return the SHA-256 of a random token, for storing."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Vault:
    """Derives tokens from the server's key and seals identities under the client keys."""

    secret_key: bytes
    client_keys: tuple[str, ...]

    def link_token(self, link_id: UUID) -> str:
        """Return the token of a one-time link: its id and a proof that this server made it. Never stored."""
        proof = hmac.digest(self.secret_key, b"link:" + link_id.bytes, "sha256")
        return _text(link_id.bytes + proof)

    def link_id(self, token: str) -> UUID | None:
        """Return the link a token names, or nothing for a forged or broken one."""
        raw = _bytes(token)
        if raw is None or len(raw) != 16 + 32:
            return None
        link_id = UUID(bytes=raw[:16])
        return link_id if hmac.compare_digest(self.link_token(link_id), token) else None

    def successor(self, refresh_token: str) -> str:
        """Return the refresh token that follows; derived, so that a lost answer can be given again."""
        return _text(hmac.digest(self.secret_key, b"refresh:" + refresh_token.encode(), "sha256"))

    def seal(self, identity: dict[str, Any]) -> str:
        """Encrypt an identity under the newest client key."""
        return self._fernet().encrypt(json.dumps(identity, ensure_ascii=False).encode()).decode()

    def open(self, sealed: str) -> dict[str, Any]:
        """Decrypt an identity. Raises `LostKey` when no configured key opens it."""
        try:
            opened: dict[str, Any] = json.loads(self._fernet().decrypt(sealed.encode()))
        except InvalidToken:
            raise LostKey from None
        return opened

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.client_keys])


class LostKey(Exception):
    """An identity was sealed under a key that is not configured any more: an operator's fault, not a caller's."""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
