"""What FastAPI alone costs: the same routes, answering bytes that were made before."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from models.assignment import ClaimCreate


def routes(list_body: Path, claim_body: Path) -> APIRouter:
    """Return the two routes over what the product answered."""
    router = APIRouter()
    listed, claimed = list_body.read_bytes(), claim_body.read_bytes()

    @router.get("/v1/shifts")
    async def list_shifts(
        limit: Annotated[int, Query(ge=1, le=200)] = 50,  # noqa: ARG001 - parsed, as the product does
        cursor: Annotated[str | None, Query()] = None,  # noqa: ARG001
        claimable: Annotated[bool, Query()] = False,  # noqa: ARG001, FBT002
    ) -> Response:
        return Response(listed, media_type="application/json")

    @router.post("/v1/shifts/{shift_id}/claims", status_code=201)
    async def claim(shift_id: UUID, draft: ClaimCreate) -> Response:  # noqa: ARG001
        return Response(claimed, 201, media_type="application/json")

    return router
