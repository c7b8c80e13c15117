"""Who arranges guests and households, and who answers for hers (domain.md §5): rows for `roles.py`."""

from collections.abc import Mapping
from typing import Any, Final

from models.account import Role
from tests.contract.stage import Things

_STAFF: Final = frozenset({Role.ADMIN, Role.COORDINATOR})
_HOSTING: Final = _STAFF | {Role.VOLUNTEER}
_HOST: Final = "/v1/hosts/{host_id}"
_STAY: Final = "/v1/host-stays/{stay_id}"
_APPOINTED: Final = "/v1/appointments/{appointment_id}"
_WISH: Final = {
    "kind": "homestay",
    "starts_at": "2025-12-20T15:00:00+09:00",
    "ends_at": "2025-12-23T10:00:00+09:00",
    "guests": 1,
    "languages": ["vi"],
}
_HOME: Final = {
    "kinds": ["home_visit"],
    "household_size": 2,
    "has_children": False,
    "languages": ["ja"],
    "capacity": 1,
    "district_code": "east",
}


def _said(**fields: Any) -> dict[str, Any]:
    return {"body": lambda *_: fields}


def _hers(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    """Nothing more than the word of the household; staff say how it reached them."""
    called = {"of": things["volunteer_id"], "channel": "phone", "at": "2025-11-10T09:00:00+09:00"}
    return {"on_behalf": called} if staff else {}


def _of(name: str, placeholder: str = "stay_id") -> dict[str, Any]:
    return {"things": {placeholder: name}}


# She has one household alone, and it is active: one that waits or pauses is another's.
_ANOTHER_S: Final = {"beside": {Role.VOLUNTEER: 404}}
_ARRANGED: Final = {"roles": _STAFF}
_ANSWERED: Final = {"roles": _HOSTING, "body": _hers}

HOSTING: Final[Mapping[str, dict[str, Any]]] = {
    "GET /v1/hosts": {"roles": _HOSTING},
    f"GET {_HOST}": {"roles": _HOSTING},
    "POST /v1/hosts": {
        **_ARRANGED,
        "own": 201,
        "body": lambda things, _: {"volunteer_id": things["free_head"], **_HOME},
    },
    f"PATCH {_HOST}": {**_ARRANGED, **_said(capacity=3)},
    f"PUT {_HOST}/dates": {"roles": _HOSTING, **_said(items=[{"first_on": "2025-12-01", "last_on": "2025-12-07"}])},
    f"POST {_HOST}/activate": {**_ARRANGED, **_said(home_seen_on="2025-11-08"), **_of("new_host", "host_id")},
    f"POST {_HOST}/pause": {"roles": _HOSTING},
    f"POST {_HOST}/resume": {"roles": _HOSTING, **_of("paused_host", "host_id"), **_ANOTHER_S},
    f"POST {_HOST}/end": {"roles": _HOSTING},
    "GET /v1/host-stays": {"roles": _HOSTING},
    f"GET {_STAY}": {"roles": _HOSTING},
    f"GET {_STAY}/candidates": {**_ARRANGED, **_of("wish")},
    "POST /v1/host-stays": {**_ARRANGED, "own": 201, **_said(**_WISH)},
    f"PATCH {_STAY}": {**_ARRANGED, **_said(guests=2), **_of("wish")},
    f"PUT {_STAY}/consent": {**_ARRANGED, **_said(signed_on="2025-11-08")},
    f"PUT {_STAY}/guest": {**_ARRANGED, "own": 204, **_said(name="架空 太郎")},
    f"POST {_STAY}/client-disclosures": {
        "roles": _HOSTING,
        **_said(purpose="prepare_visit"),
        **_of("confirmed_stay"),
    },
    f"POST {_STAY}/propose": {
        **_ARRANGED,
        "body": lambda things, _: {"host_id": things["host_id"]},
        **_of("wish"),
    },
    f"POST {_STAY}/accept": _ANSWERED,
    f"POST {_STAY}/decline": _ANSWERED,
    f"POST {_STAY}/give-back": {**_ANSWERED, **_of("confirmed_stay")},
    f"POST {_STAY}/confirm": {**_ARRANGED, **_of("accepted_stay")},
    f"POST {_STAY}/cancel": {**_ARRANGED, **_said(reason="中止")},
    f"POST {_STAY}/turn-down": {**_ARRANGED, **_said(reason="家庭がない"), **_of("wish")},
    "GET /v1/reports/broadcasts": {"roles": _STAFF | {Role.VIEWER}},
    "GET /v1/appointments": {"roles": _HOSTING},
    f"GET {_APPOINTED}": {"roles": _HOSTING},
    "POST /v1/appointments": {
        **_ARRANGED,
        "own": 201,
        "body": lambda things, _: {
            "volunteer_id": things["volunteer_id"],
            "kind": "exchange_supporter",
            "term_from": "2025-10-01",
            "languages": ["vi"],
        },
    },
    f"PATCH {_APPOINTED}": {**_ARRANGED, **_said(country="NP")},
    f"PUT {_APPOINTED}/consent": {"roles": _HOSTING, **_said(contact_scope=[], signed_on="2025-11-10")},
    f"POST {_APPOINTED}/end": {**_ARRANGED, **_said(term_to="2025-11-10")},
}
