"""Who plans events and opens shifts, and who asks for lectures (domain.md §5): rows for `roles.py`."""

from collections.abc import Mapping
from typing import Any, Final

from models.account import Role
from tests.contract.stage import Things
from tests.makers.gatherings import asked_for, festival, wanted

_STAFF: Final = frozenset({Role.ADMIN, Role.COORDINATOR})
_ASKING: Final = _STAFF | {Role.REQUESTER}
_EVENT: Final = "/v1/events/{event_id}"
_LECTURE: Final = "/v1/lecture-engagements/{lecture_id}"
_SHIFT: Final = "/v1/shifts/{shift_id}"
_WHY: Final = {"reason": "大雪のため"}


def _said(**fields: Any) -> dict[str, Any]:
    return {"body": lambda *_: fields}


def _of(placeholder: str, name: str) -> dict[str, Any]:
    return {"things": {placeholder: name}}


def _lecture(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    return asked_for(**({"organization_id": things["organization_id"]} if staff else {}))


_STALL: Final = {
    "title": "案内所",
    "starts_at": "2025-12-06T10:00:00+09:00",
    "ends_at": "2025-12-06T12:00:00+09:00",
    "demands": [wanted("guide", 1)],
}
_MEETING: Final = _of("event_id", "meeting_id")
GATHERINGS: Final[Mapping[str, dict[str, Any]]] = {
    "GET /v1/events": {"roles": _STAFF},
    f"GET {_EVENT}": {"roles": _STAFF},
    f"GET {_EVENT}/attendance": {"roles": _STAFF, **_MEETING},
    f"PATCH {_EVENT}": {"roles": _STAFF, **_said(title="新しい名前")},
    "POST /v1/events": {"roles": _STAFF, "own": 201, **_said(**festival())},
    f"POST {_EVENT}/cancel": {"roles": _STAFF, **_said(**_WHY)},
    f"POST {_EVENT}/close": {"roles": _STAFF, **_of("event_id", "held_event"), **_said(visitors=10)},
    f"POST {_EVENT}/open": {"roles": _STAFF},
    f"PUT {_EVENT}/attendance": {"roles": _STAFF, **_MEETING, **_said(items=[])},
    "GET /v1/lecture-engagements": {"roles": _ASKING},
    f"GET {_LECTURE}": {"roles": _ASKING},
    f"PATCH {_LECTURE}": {"roles": _ASKING, **_said(theme="新しいテーマ")},
    "POST /v1/lecture-engagements": {"roles": _ASKING, "own": 201, "body": _lecture},
    f"POST {_LECTURE}/accept": {"roles": _STAFF, **_said(honorarium_jpy=8000)},
    f"POST {_LECTURE}/cancel": {"roles": _ASKING, **_said(**_WHY)},
    f"POST {_LECTURE}/confirm": {"roles": _STAFF, **_of("lecture_id", "certain_lecture")},
    f"POST {_LECTURE}/decline": {"roles": _STAFF, **_said(**_WHY)},
    f"POST {_LECTURE}/report": {"roles": _ASKING, **_of("lecture_id", "held_lecture"), **_said(participants=30)},
    "GET /v1/reports/events": {"roles": _STAFF | {Role.VIEWER}},
    "POST /v1/shifts": {"roles": _STAFF, "own": 201, **_said(**_STALL)},
    f"POST {_SHIFT}/cancel": {"roles": _STAFF, **_of("shift_id", "posted_shift"), **_said(**_WHY)},
    f"POST {_SHIFT}/places": {
        "roles": _STAFF,
        **_of("shift_id", "posted_shift"),
        "body": lambda things, _: {"demand_id": things["posted_demand"], "places": 3},
    },
    f"POST {_SHIFT}/open": {"roles": _STAFF, **_of("shift_id", "posted_shift")},
}
