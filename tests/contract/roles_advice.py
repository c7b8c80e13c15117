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


_TARGET: Final = f"{_LEARNER}/targets/{{target_id}}"
_DEADLINE: Final = "/v1/school-deadlines/{deadline_id}"
_EXAM: Final = {"fiscal_year": 2029, "goal": "university_entrance", "code": "entrance_exam", "due_on": "2030-01-18"}

SCHOOL_DATES: Final = {
    f"DELETE {_DEADLINE}": Row(STAFF, 204),
    "GET /v1/school-deadlines": Row(RUNNING, query={"fiscal_year": "school_year"}),
    f"PATCH {_DEADLINE}": Row(STAFF, body=lambda things, _: {"due_on": things["deadline_day"]}),
    "POST /v1/school-deadlines": Row(STAFF, 201, _said(**_EXAM)),
}
"""The days of a year are nobody's: there is no other side of them."""

ADVICE: Final = {
    **SCHOOL_DATES,
    f"GET {_LEARNER}/school-stages": Row(RUNNING),
    f"GET {_LEARNER}/targets": Row(RUNNING),
    f"POST {_LEARNER}/school-stages": Row(RUNNING, 201, _said(stage="junior_high", since="2025-11-10")),
    f"POST {_LEARNER}/targets": Row(RUNNING, 201, _said(goal="university_entrance", fiscal_year=2029)),
    f"POST {_TARGET}/give-up": Row(RUNNING, things=_SHARED),
    f"POST {_TARGET}/meet": Row(RUNNING, things=_SHARED),
    f"PUT {_TARGET}/deadlines": Row(
        RUNNING, body=_said(items=[{"code": "entrance_exam", "due_on": "2026-01-24"}]), things=_SHARED
    ),
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
    f"POST {_VISIT}/hold": Row(RUNNING, things={"visit_id": "begun_visit"}),
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
        RUNNING,
        body=_said(outcome="taken_in", outcome_on="2025-11-10"),
        things={**_SHARED, "referral_id": "school_referral_id"},
    ),
}
