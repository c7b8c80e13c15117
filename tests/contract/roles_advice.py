"""Rows of `roles.py` about experts' advice, and about learners between schools and classrooms."""

from typing import Any, Final

from models.account import Role
from tests.contract.roles import Row
from tests.contract.stage import Things

STAFF: Final = frozenset({Role.ADMIN, Role.COORDINATOR})
RUNNING: Final = STAFF | {Role.CLASSROOM_MANAGER}
_VISIT: Final = "/v1/advisory-visits/{visit_id}"
_FINDING: Final = f"{_VISIT}/findings/{{finding_id}}"
_PLANNED: Final = {"visit_id": "planned_visit"}
_LEARNER: Final = "/v1/learners/{learner_id}"
_SHARED: Final = {"learner_id": "pupil_id"}
# What is to be done belongs to somebody: a manager settles her own (test_advisory_visits.py) and no other's.
_NOT_HERS: Final = {Role.CLASSROOM_MANAGER: 403}


def _said(**fields: Any) -> Any:
    return lambda _things, _staff: fields


def _planned(things: Things, _staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    when = {"starts_at": "2025-12-06T10:00:00+09:00", "ends_at": "2025-12-06T11:00:00+09:00"}
    return {"classroom_id": things["classroom_id"], "expert_name": "架空 教授", "topics": ["teaching"], **when}


ADVICE: Final = {
    "GET /v1/advisory-visits": Row(RUNNING),
    f"GET {_VISIT}": Row(RUNNING),
    f"GET {_VISIT}/findings": Row(RUNNING),
    f"PATCH {_VISIT}": Row(STAFF, body=_said(topics=["levels"]), things=_PLANNED),
    f"PATCH {_FINDING}": Row(STAFF, body=_said(text="別の言い方")),
    "POST /v1/advisory-visits": Row(STAFF, 201, _planned),
    f"POST {_VISIT}/cancel": Row(STAFF, body=_said(reason="大雪"), things=_PLANNED),
    f"POST {_VISIT}/close": Row(STAFF, things={"visit_id": "settled_visit"}),
    f"POST {_VISIT}/findings": Row(
        STAFF,
        201,
        lambda things, _: {"text": "絵で示す", "owner_id": things["owner_id"], "due_on": "2025-12-01"},
    ),
    f"POST {_VISIT}/hold": Row(STAFF, things={"visit_id": "begun_visit"}),
    f"POST {_FINDING}/done": Row(RUNNING, beside=_NOT_HERS),
    f"POST {_FINDING}/drop": Row(RUNNING, body=_said(reason="不要"), beside=_NOT_HERS),
    f"GET {_LEARNER}/school-referrals": Row(RUNNING),
    f"POST {_LEARNER}/school-referrals": Row(
        RUNNING,
        201,
        lambda things, _: {
            "direction": "to_school",
            "school_id": things["school_id"],
            "classroom_id": things["classroom_id"],
        },
        things=_SHARED,
    ),
    f"POST {_LEARNER}/school-referrals/{{referral_id}}/answer": Row(
        RUNNING, body=_said(outcome="taken_in", outcome_on="2025-11-10"), things=_SHARED
    ),
}
