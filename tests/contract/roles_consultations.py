"""Who may receive a consultation, and who may see and handle it (domain.md §5): rows for `roles.py`."""

from collections.abc import Mapping
from typing import Any, Final

from models.account import Role
from tests.contract.stage import Things

_OFFICERS: Final = frozenset({Role.ADMIN, Role.CONSULTATION_OFFICER})
_RECEIVING: Final = _OFFICERS | {Role.COORDINATOR, Role.VOLUNTEER, Role.CLASSROOM_MANAGER}
_COUNTING: Final = _OFFICERS | {Role.COORDINATOR, Role.VIEWER}
_ONE: Final = "/v1/consultations/{consultation_id}"
_TOPICS: Final = ["topics"]


def _brought(things: Things, _staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    place = {"channel": "class_session", "class_session_id": things["taught_class"]}
    return {**place, "language": "vi", "topics": ["housing"]}


def _handed_on(things: Things, _staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    return {"organization_id": things["board_id"], "consented_on": "2025-11-10", "shared": _TOPICS}


def _of(status: str) -> dict[str, Any]:
    """An operation of officers on a consultation in this state."""
    return {"roles": _OFFICERS, "things": {"consultation_id": f"{status}_consultation"}}


CONSULTATIONS: Final[Mapping[str, dict[str, Any]]] = {
    f"DELETE {_ONE}/identity": {**_of("received"), "own": 204},
    "GET /v1/consultations": {"roles": _OFFICERS},
    f"GET {_ONE}": _of("received"),
    "GET /v1/reports/classrooms": {"roles": _COUNTING - {Role.CONSULTATION_OFFICER}},
    "GET /v1/reports/consultations": {"roles": _COUNTING},
    "POST /v1/consultations": {"roles": _RECEIVING, "own": 201, "body": _brought},
    f"POST {_ONE}/client-disclosures": {**_of("received"), "body": lambda *_: {"purpose": "call_back"}},
    f"POST {_ONE}/close": _of("resolved"),
    f"POST {_ONE}/refer": {**_of("in_progress"), "body": _handed_on},
    f"POST {_ONE}/referrals/{{referral_id}}/outcome": {
        **_of("referred"),
        "body": lambda *_: {"outcome": "entered_school"},
    },
    f"POST {_ONE}/reopen": _of("closed"),
    f"POST {_ONE}/resolve": {**_of("referred"), "body": lambda *_: {"resolution": "handed_on"}},
    f"POST {_ONE}/start": _of("triaged"),
    f"POST {_ONE}/triage": {**_of("received"), "body": lambda *_: {"heard_from": "friend"}},
    f"PUT {_ONE}/identity": {**_of("received"), "own": 204, "body": lambda *_: {"name": "架空 太郎"}},
}
