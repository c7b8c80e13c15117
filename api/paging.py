"""The query parameters of every list."""

from typing import Annotated

from fastapi import Depends, Query

from services.paging import Ask


def _ask(
    limit: Annotated[int, Query(ge=1, le=200, description="At most this many items")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before, from this same list")
    ] = None,
) -> Ask:
    return Ask(limit=limit, cursor=cursor)


AskDep = Annotated[Ask, Depends(_ask)]
