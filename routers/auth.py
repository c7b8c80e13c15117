"""Signing in and out, and setting passwords by one-time links.

Hashing a password takes some 24 ms of CPU and 19 MiB. It happens outside any transaction and two at a time, on threads
of its own, so that a flood of sign-ins cannot starve the rest.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, ParamSpec, TypeVar
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Depends, Form, Path, Response
from fastapi.concurrency import run_in_threadpool

from api import authn
from api.db import Wiring
from api.deps import PlainWorkDep, wiring_of
from api.problems import answers
from api.work import ANYONE
from models.account import PasswordResetRequest, PasswordSet, RefreshForm, SignInForm, TokenAnswer
from services import inviting, signing_in
from services.credentials import hash_password, password_fits
from services.lockout import Strangers
from services.signing_in import Minting

P = ParamSpec("P")
R = TypeVar("R")

HASHED_AT_ONCE = 2
_LIMITER: RunVar[CapacityLimiter] = RunVar("hashing")
_STRANGERS = Strangers()

router = APIRouter(prefix="/v1/auth", tags=["auth"])

LinkToken = Annotated[str, Path(max_length=200, description="The last part of the mailed link")]


def _minting(wiring: Annotated[Wiring, Depends(wiring_of)]) -> Minting:
    settings = wiring.settings
    life = timedelta(minutes=settings.access_token_minutes)

    def access(account_id: UUID, now: datetime) -> str:
        return authn.issue(account_id, wiring.vault.secret_key, now, life)

    return Minting(access, life, timedelta(days=settings.refresh_token_days))


MintingDep = Annotated[Minting, Depends(_minting)]


async def _hashing(work: Callable[P, R], *args: P.args, **_: P.kwargs) -> R:
    """Run a hash on one of its own threads."""
    try:
        limiter = _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(HASHED_AT_ONCE)
        _LIMITER.set(limiter)
    return await to_thread.run_sync(work, *args, limiter=limiter)


@router.post("/token", response_model=TokenAnswer, responses=answers(401, 429))
async def sign_in(form: Annotated[SignInForm, Form()], work: PlainWorkDep, minting: MintingDep) -> Response:
    """Exchange a mail address and a password for tokens; after five wrong passwords one has to wait."""
    attempt = await run_in_threadpool(work.fetch, signing_in.begin, form.username, _STRANGERS)
    fits = await _hashing(password_fits, form.password, attempt.password_hash)
    return await run_in_threadpool(work.write, ANYONE, signing_in.sign_in, attempt, _STRANGERS, minting, fits=fits)


@router.post("/refresh", response_model=TokenAnswer, responses=answers(401))
def refresh(form: Annotated[RefreshForm, Form()], work: PlainWorkDep, minting: MintingDep) -> Response:
    """Exchange a refresh token for its successor and a new access token; for 60 s the same one is answered again."""
    return work.write(ANYONE, signing_in.refresh, form.refresh_token, minting)


@router.post("/revoke", status_code=204, response_class=Response, responses=answers())
def revoke(form: Annotated[RefreshForm, Form()], work: PlainWorkDep) -> Response:
    """Sign a device out; an unknown token is answered alike."""
    return work.write(ANYONE, signing_in.revoke, form.refresh_token)


@router.post("/invitations/{token}", status_code=204, response_class=Response, responses=answers())
async def accept_invitation(token: LinkToken, draft: PasswordSet, work: PlainWorkDep) -> Response:
    """Set the first password; the account can be used from now on."""
    await run_in_threadpool(work.fetch, inviting.check_link, token, inviting.STARTS)
    hashed = await _hashing(hash_password, draft.password)
    return await run_in_threadpool(work.write, ANYONE, inviting.start, token, hashed)


@router.post("/password-reset", status_code=202, response_class=Response, responses=answers())
def ask_password_reset(draft: PasswordResetRequest, work: PlainWorkDep) -> Response:
    """Ask for a link by mail that sets a new password; answered alike for every address."""
    work.write(ANYONE, inviting.ask_reset, draft.email)
    return Response(status_code=202)


@router.post("/password-reset/{token}", status_code=204, response_class=Response, responses=answers())
async def reset_password(token: LinkToken, draft: PasswordSet, work: PlainWorkDep) -> Response:
    """Set a new password; every device has to sign in anew."""
    await run_in_threadpool(work.fetch, inviting.check_link, token, inviting.RESETS)
    hashed = await _hashing(hash_password, draft.password)
    return await run_in_threadpool(work.write, ANYONE, inviting.reset_password, token, hashed)
