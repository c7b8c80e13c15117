"""How families were served: on site, by fallback, or not at all, on cases counted by hand."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from sqlmodel import select

from api.db import Wiring
from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import FallbackChannel, FallbackOutcome, FallbackStatus, Serving
from models.shift import Modality
from services.passing import LAPSED
from services.serving import serving, servings
from tests.factories import Make

R, O = RequestStatus, FallbackOutcome  # noqa: E741 - a table of cases is read by its short names
SEARCHED: Final = {"reopened": True, "channel": FallbackChannel.PHONE}
RECEIVED: Final = {"received_at": datetime(2025, 11, 1, tzinfo=UTC)}

CASES: Final[dict[str, tuple[dict[str, Any], list[dict[str, Any]], Serving | None]]] = {
    "interpreted": ({"status": R.COMPLETED}, [], Serving.ON_SITE),
    "interpreted and closed": ({"status": R.CLOSED}, [], Serving.ON_SITE),
    "interpreted, and a device in between": ({"status": R.COMPLETED}, [{"outcome": O.SERVED}], Serving.ON_SITE),
    "a call, as it was asked for": ({"status": R.COMPLETED, "modality": Modality.PHONE}, [], Serving.ON_SITE),
    "reopened as a call": ({"status": R.COMPLETED, "modality": Modality.PHONE}, [SEARCHED], Serving.FALLBACK),
    "reopened as a call, closed": ({"status": R.CLOSED, "modality": Modality.VIDEO}, [SEARCHED], Serving.FALLBACK),
    "reopened as a call, and yet on site": ({"status": R.COMPLETED}, [SEARCHED], Serving.ON_SITE),
    "a call arranged that nobody was sought for": (
        {"status": R.COMPLETED, "modality": Modality.PHONE},
        [{"channel": FallbackChannel.PHONE}],
        Serving.ON_SITE,
    ),
    "nobody": ({"status": R.UNFILLED}, [], Serving.NOT_AT_ALL),
    "nobody, sought by telephone too": (
        {"status": R.UNFILLED, "modality": Modality.PHONE},
        [SEARCHED],
        Serving.NOT_AT_ALL,
    ),
    "nobody, but a device": ({"status": R.UNFILLED}, [{"outcome": O.SERVED}], Serving.FALLBACK),
    "nobody, and the second way helped": (
        {"status": R.UNFILLED},
        [{"outcome": O.NOT_SERVED}, {"outcome": O.PARTLY}],
        Serving.FALLBACK,
    ),
    "nobody, and a way without a result yet": ({"status": R.UNFILLED}, [{}], Serving.NOT_AT_ALL),
    "nobody, and a way that was called off": (
        {"status": R.UNFILLED},
        [{"status": FallbackStatus.DROPPED}],
        Serving.NOT_AT_ALL,
    ),
    "nobody, and a way that failed": ({"status": R.UNFILLED}, [{"outcome": O.NOT_SERVED}], Serving.NOT_AT_ALL),
    "the interpreter did not come": ({"status": R.INTERPRETER_NO_SHOW}, [], Serving.NOT_AT_ALL),
    "the interpreter did not come, staff helped": (
        {"status": R.INTERPRETER_NO_SHOW},
        [{"outcome": O.SERVED, "channel": FallbackChannel.STAFF}],
        Serving.FALLBACK,
    ),
    "the family did not come": ({"status": R.CLIENT_NO_SHOW}, [], Serving.NOT_AT_ALL),
    "called off late": ({"status": R.CANCELLED, "late_cancel": True}, [], Serving.NOT_AT_ALL),
    "called off in time": ({"status": R.CANCELLED}, [], None),
    "handed in, and never answered": (
        {"status": R.CANCELLED, "status_reason": LAPSED, **RECEIVED},
        [],
        Serving.NOT_AT_ALL,
    ),
    "a draft that lapsed": ({"status": R.CANCELLED, "status_reason": LAPSED, "received_at": None}, [], None),
    "rejected": ({"status": R.REJECTED}, [], None),
    "still sought": ({"status": R.MATCHING}, [{"outcome": O.SERVED}], None),
    "running": ({"status": R.IN_PROGRESS}, [], None),
    "without its reports": ({"status": R.AWAITING_REPORT}, [], None),
}


@pytest.mark.parametrize("case", CASES)
def test_how_a_request_was_served(make: Make, wiring: Wiring, case: str) -> None:
    asked, fallbacks, served = CASES[case]
    request = make.request(**(RECEIVED | asked))
    for fallback in fallbacks:
        make.fallback(request, **fallback)
    make.fallback(make.request(status=R.UNFILLED), O.SERVED)  # another's is no help to this one

    with wiring.unit(write=False) as unit:
        assert servings(unit, [request.id]) == {request.id: served}
        kept = select(DispatchRequest.id).where(DispatchRequest.id == request.id, serving() == served)
        assert unit.session.exec(kept).all() == [request.id]


def test_many_are_told_at_once(make: Make, wiring: Wiring) -> None:
    requests = {status: make.request(status=status) for status in (R.COMPLETED, R.UNFILLED, R.DRAFT)}

    with wiring.unit(write=False) as unit:
        told = servings(unit, [request.id for request in requests.values()])

    assert told == {
        requests[R.COMPLETED].id: Serving.ON_SITE,
        requests[R.UNFILLED].id: Serving.NOT_AT_ALL,
        requests[R.DRAFT].id: None,
    }
