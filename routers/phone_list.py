"""The phone list: whom to call now, and what to say."""

from fastapi import APIRouter, Response

from api.deps import CanWriteContacts, PlainWorkDep
from api.paging import AskDep
from api.problems import answers
from models.phone_list import CallEntry
from services import phoning
from services.paging import Page

router = APIRouter(prefix="/v1/phone-list", tags=["worklist"])


@router.get("", response_model=Page[CallEntry], responses=answers(403, 503))
def read_phone_list(caller: CanWriteContacts, work: PlainWorkDep, ask: AskDep) -> Response:
    """List whom to call now, the nearest deadline first; whose number was read is written to the log."""
    return work.write(caller, phoning.phone_list, ask)
