"""The worklist: what needs the office, or whoever runs a classroom, now."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadWorklist, PlainWorkDep
from api.paging import AskDep
from api.problems import answers
from models.worklist import WorkCode, WorkEntry
from services import worklist
from services.paging import Page

router = APIRouter(prefix="/v1/worklist", tags=["worklist"])


@router.get("", response_model=Page[WorkEntry], responses=answers(403))
def list_work(
    caller: CanReadWorklist,
    work: PlainWorkDep,
    ask: AskDep,
    kind: Annotated[WorkCode | None, Query(description="Only what is on the list for this reason")] = None,
    *,
    urgent: Annotated[bool | None, Query(description="Only what is urgent, or what is not")] = None,
) -> Response:
    """List what needs the office now, what is urgent first, then the nearest deadline, each with the verb that settles it.

    A classroom manager finds what her classes need of her, and what is her own; the office finds the classes which nobody runs.
    """
    return work.read(caller, worklist.list_work, ask, kind, urgent=urgent)
