"""For whoever watches over the service: is the process alive, and can it work?"""

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError

from api.deps import wiring_of
from api.migrating import pending
from api.problems import open_answers
from models.fields import View
from services.errors import Unavailable

router = APIRouter(tags=["health"])


class Health(View):
    """All is well; anything else is a problem."""

    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process is alive; touches nothing."""
    return Health()


@router.get("/readyz", responses=open_answers(503))
def readyz(request: Request) -> Health:
    """Tell whether the database answers and has every migration."""
    try:
        wanting = pending(wiring_of(request))
    except SQLAlchemyError:
        raise Unavailable from None
    if wanting:
        raise Unavailable
    return Health()
