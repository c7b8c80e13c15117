"""Access tokens: HS256, signed by the server's key, valid for minutes; who that is now is read from the database."""

from datetime import datetime, timedelta
from uuid import UUID

from jose import JWTError, jwt

from services.errors import Unauthenticated

AUDIENCE = "kakehashi"
ALGORITHM = "HS256"
# `exp` is judged below, by the one clock: jose would ask the system's, even where only its presence is required.
_OPTIONS = {"require_aud": True, "require_iat": True, "require_sub": True, "verify_exp": False}


def issue(account_id: UUID, secret: bytes, now: datetime, lifetime: timedelta) -> str:
    """Return an access token of an account, valid for `lifetime`."""
    claims = {
        "sub": str(account_id),
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def verify(token: str, secret: bytes, now: datetime) -> UUID:
    """Return the account a token names. Raises `Unauthenticated` for a forged, foreign or outlived one."""
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], audience=AUDIENCE, options=_OPTIONS)
        account_id, expires = UUID(claims["sub"]), float(claims["exp"])
    except (JWTError, KeyError, ValueError, TypeError):
        raise Unauthenticated from None
    if expires <= now.timestamp():
        raise Unauthenticated
    return account_id
