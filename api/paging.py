"""The query parameters of every list."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request

from api.problems import zone_of
from models.fields import Moment
from scheduling.interval import since, until
from services.paging import Ask


def _ask(
    limit: Annotated[int, Query(ge=1, le=200, description="At most this many items")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before, from this same list")
    ] = None,
) -> Ask:
    return Ask(limit=limit, cursor=cursor)


AskDep = Annotated[Ask, Depends(_ask)]


def since_query(name: str, what: str) -> Any:
    """Return a parameter that bounds a time from below; a day stands for its first moment where the foundation is."""
    return _moment(name, f"{what}. A day counts from its start, in the foundation's zone", since)


def until_query(name: str, what: str) -> Any:
    """Return a parameter that bounds a time from above; a day stands for its end, so that it is included."""
    return _moment(name, f"{what}. A day counts to its end, in the foundation's zone", until)


def _moment(name: str, description: str, count: Callable[[datetime | date, ZoneInfo], datetime]) -> Any:
    async def read(
        request: Request, given: Annotated[Moment | None, Query(alias=name, description=description)] = None
    ) -> datetime | None:
        return None if given is None else count(given, zone_of(request))

    return Depends(read)


FromDep = Annotated[datetime | None, since_query("from", "From this instant on")]
ToDep = Annotated[datetime | None, until_query("to", "Before this instant")]
