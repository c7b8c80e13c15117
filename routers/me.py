"""Who the caller is."""

from fastapi import APIRouter, Response

from api.deps import CanSeeSelf, GuardedWorkDep, PlainWorkDep
from api.problems import answers
from models.account import MePatch, MeView
from services import profiling

router = APIRouter(prefix="/v1/me", tags=["me"])


@router.get("", response_model=MeView, responses=answers(403))
def read_me(caller: CanSeeSelf, work: PlainWorkDep) -> Response:
    """Tell who one is: roles, organisation, volunteer, and the permissions that follow."""
    return work.read(caller, profiling.read_me)


@router.patch("", response_model=MeView, responses=answers(403, 412, 428))
def change_me(patch: MePatch, caller: CanSeeSelf, work: GuardedWorkDep) -> Response:
    """Change one's own name or language; messages come in that language where we have it."""
    return work.write(caller, profiling.change_me, patch)
