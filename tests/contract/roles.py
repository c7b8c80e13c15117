"""Who may call which operation, and what she is told of objects of her own: domain.md §5 and §0.1, written out by hand.

An operation without a row fails `test_roles.py`. In `own`, a status differs from 2xx only where a role has the
permission and yet nothing of her own to use it on; the reason stands beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.account import Role
from tests.contract.roles_consultations import CONSULTATIONS
from tests.contract.roles_gatherings import GATHERINGS
from tests.contract.roles_hosting import HOSTING
from tests.contract.stage import Things
from tests.makers.asking import FAMILY, home_visit

A, C, R, V, U, T, M = (
    Role.ADMIN,
    Role.COORDINATOR,
    Role.REQUESTER,
    Role.VOLUNTEER,
    Role.UNIVERSITY_LIAISON,
    Role.TRAINER,
    Role.CLASSROOM_MANAGER,
)
EVERYBODY: Final = frozenset(Role)
STAFF: Final = frozenset({A, C})
ASKING: Final = STAFF | {R}
SERVING: Final = STAFF | {V}
CONCERNED: Final = STAFF | {R, V}
NEAR_HER: Final = STAFF | {V, U}
RUNNING: Final = STAFF | {M}
TEACHING: Final = STAFF | {M, V}
# A manager matches and answers for her classrooms alone: what a request opened does not exist for her.
_NOT_HERS: Final = {M: 404}

Body = Callable[[Things, bool], Any]
"""The body for one who acts on these things; true for staff, who act in somebody's name."""


@dataclass(frozen=True)
class Row:
    """An operation: who may call it, what it answers, with what body, on which of the objects."""

    roles: frozenset[Role] | None
    """None: everybody, signed in or not."""
    own: int = 200
    body: Body | None = None
    things: Mapping[str, str] = field(default_factory=dict)
    """The placeholder's object by its name on the stage, where it is not the placeholder's own."""
    beside: Mapping[Role, int] = field(default_factory=dict)
    form: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the query, each an object by its name on the stage."""


def _said(**fields: Any) -> Body:
    return lambda _things, _staff: fields


def _for_her(**fields: Any) -> Body:
    """A body that staff send in the volunteer's name."""
    return lambda things, staff: {**fields, **({"on_behalf": _by_phone(things)} if staff else {})}


def _by_phone(things: Things) -> dict[str, str]:
    return {"of": things["volunteer_id"], "channel": "phone", "at": "2025-11-10T09:00:00+09:00"}


def _visit(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    return home_visit(organization_id=things["organization_id"]) if staff else home_visit()


def _mornings(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    when = {"rule": "FREQ=DAILY;COUNT=2", "starts_on": "2025-12-02", "starts": "10:00", "ends": "11:30"}
    visit = _visit(things, staff)
    return {name: value for name, value in visit.items() if name not in {"starts_at", "ends_at"}} | when


def _message(_: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    return {"code": "arrived", **({"to": "volunteer"} if staff else {})}


_NOTHING: Final = _said()
ALL_KEPT: Final = [
    *({"field": field, "kind": None, "effect": "keep"} for field in ("date", "time", "language", "place")),
    {"field": "cancelled", "kind": None, "effect": "release"},
]
_WHY: Final = _said(reason="中止")
_WINDOW: Final = {"weekday": 1, "starts": "09:00", "ends": "12:00", "valid_from": "2025-11-10"}
_LEVELS: Final = {"speaking": "B1", "listening": "B1"}
_PASSWORD: Final = _said(password="a new password")  # noqa: S106 - nobody's
_FREE: Final = {"starts_at": "2026-01-05T09:00:00+09:00", "ends_at": "2026-01-06T09:00:00+09:00"}

_DIRECTORY: Final = {
    "GET /v1/districts": Row(EVERYBODY),
    "GET /v1/facilities": Row(EVERYBODY),
    "GET /v1/facilities/{facility_id}": Row(EVERYBODY),
    "GET /v1/holidays": Row(EVERYBODY),
    "GET /v1/languages": Row(EVERYBODY),
    "GET /v1/organizations": Row(EVERYBODY),
    "GET /v1/organizations/{organization_id}": Row(EVERYBODY),
    "GET /v1/service-types": Row(EVERYBODY),
    "GET /v1/service-types/{service_type_id}": Row(EVERYBODY),
    "GET /v1/skills": Row(EVERYBODY),
    "PATCH /v1/facilities/{facility_id}": Row(STAFF, body=_said(parking=True)),
    "PATCH /v1/service-types/{service_type_id}": Row(STAFF, body=_said(pairings=1)),
    "PATCH /v1/organizations/{organization_id}": Row(STAFF, body=_said(name="新しい名前")),
    "POST /v1/facilities": Row(
        STAFF,
        201,
        lambda things, _: {
            "organization_id": things["organization_id"],
            "name": "新しい所",
            "kind": "office",
            "district_code": "east",
        },
    ),
    "POST /v1/organizations": Row(STAFF, 201, _said(name="新しい会", kind="npo")),
}
_RATE: Final = {
    "service_type": "infant_checkup",
    "valid_from": "2026-04-01",
    "base_jpy": 2300,
    "included_minutes": 120,
}
_RULES: Final = {
    "GET /v1/change-rules": Row(STAFF),
    "GET /v1/honorarium-rates": Row(STAFF),
    "GET /v1/honorarium-rates/{rate_id}": Row(STAFF),
    "PATCH /v1/honorarium-rates/{rate_id}": Row(frozenset({A}), body=_said(base_jpy=2500)),
    "POST /v1/honorarium-rates": Row(frozenset({A}), 201, _said(**_RATE)),
    "GET /v1/milestones": Row(STAFF),
    "PUT /v1/milestones": Row(frozenset({A}), body=_said(hours=[10, 100])),
    "PUT /v1/change-rules": Row(frozenset({A}), body=_said(items=ALL_KEPT)),
}
_MEMBERSHIP: Final = "/v1/memberships/{membership_id}"
_AGREEMENT: Final = "/v1/partner-agreements/{agreement_id}"
_TIES: Final = {
    "GET /v1/memberships": Row(EVERYBODY),
    f"GET {_MEMBERSHIP}": Row(EVERYBODY),
    "GET /v1/partner-agreements": Row(STAFF),
    f"GET {_AGREEMENT}": Row(STAFF),
    f"PATCH {_MEMBERSHIP}": Row(STAFF, body=_said(joined_on="2019-04-01")),
    f"PATCH {_AGREEMENT}": Row(STAFF, body=_said(volunteers=8)),
    "POST /v1/memberships": Row(
        STAFF, 201, lambda things, _: {"organization_id": things["organization_id"], "joined_on": "2025-04-01"}
    ),
    f"POST {_MEMBERSHIP}/leave": Row(STAFF, body=_said(left_on="2025-10-01")),
    "POST /v1/partner-agreements": Row(
        STAFF,
        201,
        lambda things, _: {
            "organization_id": things["university_id"],
            "title": "学生講師の派遣",
            "starts_on": "2025-04-01",
        },
    ),
}
_OFFICE: Final = STAFF | {Role.CONSULTATION_OFFICER}
_LOAN: Final = "/v1/device-loans/{loan_id}"
_LOANS: Final = {
    "GET /v1/device-loans": Row(STAFF),
    f"GET {_LOAN}": Row(STAFF),
    "POST /v1/device-loans": Row(
        STAFF,
        201,
        lambda things, _: {
            "item": "翻訳機 2号",
            "volunteer_id": things["volunteer_id"],
            "lent_on": "2025-11-10",
            "due_on": "2025-11-17",
        },
    ),
    f"POST {_LOAN}/extend": Row(STAFF, body=_said(due_on="2025-12-01")),
    f"POST {_LOAN}/return": Row(STAFF, body=_said(returned_on="2025-11-10")),
}
_RETENTION: Final = {
    "GET /v1/retention/volunteers": Row(frozenset({A})),
    "GET /v1/volunteers/{volunteer_id}/legal-holds": Row(frozenset({A})),
    "GET /v1/retention/learners": Row(frozenset({A})),
    "GET /v1/retention/consultations": Row(frozenset({A})),
    "GET /v1/learners/{learner_id}/legal-holds": Row(frozenset({A})),
    "GET /v1/consultations/{consultation_id}/legal-holds": Row(
        frozenset({A}), things={"consultation_id": "received_consultation"}
    ),
    "POST /v1/learners/{learner_id}/legal-holds": Row(frozenset({A}), 201, _said(reason="保険会社の照会")),
    "POST /v1/consultations/{consultation_id}/legal-holds": Row(
        frozenset({A}), 201, _said(reason="保険会社の照会"), {"consultation_id": "received_consultation"}
    ),
    "POST /v1/legal-holds/{hold_id}/lift": Row(frozenset({A}), body=_said(reason="照会終了")),
    "POST /v1/volunteers/{volunteer_id}/legal-holds": Row(frozenset({A}), 201, _said(reason="保険会社の照会")),
}
_KEY_PERSON: Final = "/v1/key-persons/{key_person_id}"
_BROADCAST: Final = "/v1/broadcasts/{broadcast_id}"
_MESSAGE: Final = {"purpose": "disaster", "texts": {"vi": {"title": "Bão", "text": "Hãy ở trong nhà."}}}
_KEY_PERSONS: Final = {
    "GET /v1/broadcasts": Row(_OFFICE),
    f"GET {_BROADCAST}": Row(_OFFICE),
    f"GET {_BROADCAST}/deliveries": Row(STAFF),
    "GET /v1/key-persons": Row(_OFFICE),
    f"GET {_KEY_PERSON}": Row(_OFFICE),
    f"PATCH {_BROADCAST}": Row(STAFF, body=_said(districts=["east"])),
    f"PATCH {_KEY_PERSON}": Row(STAFF, body=_said(districts=["east"])),
    "POST /v1/broadcasts": Row(STAFF, 201, _said(**_MESSAGE)),
    f"POST {_BROADCAST}/send": Row(STAFF),
    "POST /v1/key-persons": Row(
        STAFF, 201, lambda things, _: {"volunteer_id": things["someone_free"], "languages": ["vi"]}
    ),
    f"PUT {_KEY_PERSON}/consent": Row(STAFF, body=_said(contact_scope=["events"], consented_on="2025-11-01")),
}
_READING: Final = STAFF | {Role.VIEWER}
_INDICATOR: Final = "/v1/indicators/{indicator_code}"
_INDICATORS: Final = {
    "GET /v1/indicators": Row(_READING),
    f"GET {_INDICATOR}": Row(_READING),
    f"GET {_INDICATOR}/measurements": Row(_READING),
    f"PATCH {_INDICATOR}": Row(frozenset({A}), body=_said(target=90.0)),
    f"POST {_INDICATOR}/measurements": Row(STAFF, 201, _said(as_of="2025-09-30", value=52.3, source="survey")),
}
_SESSION: Final = "/v1/training-sessions/{session_id}"
_OPEN_SESSION: Final = {"session_id": "training_session"}
_PAST_SESSION: Final = {"session_id": "past_session"}
_PLANNED_SESSION: Final = {"session_id": "planned_session"}
LEARNING: Final = STAFF | {V, T}
INSTRUCTING: Final = STAFF | {T}


def _apply(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    return {"volunteer_id": things["volunteer_id"], "on_behalf": _by_phone(things)} if staff else {}


_TRAININGS: Final = {
    "GET /v1/course-paths": Row(LEARNING),
    "GET /v1/trainings": Row(LEARNING),
    "PUT /v1/course-paths": Row(STAFF, body=_said(items=[])),
    "GET /v1/trainings/{course_id}": Row(LEARNING),
    "GET /v1/training-sessions": Row(LEARNING),
    f"GET {_SESSION}": Row(LEARNING, things=_OPEN_SESSION),
    f"GET {_SESSION}/enrollments": Row(LEARNING, things=_OPEN_SESSION),
    "PATCH /v1/trainings/{course_id}": Row(STAFF, body=_said(title="新しい題")),
    f"PATCH {_SESSION}": Row(STAFF, body=_said(capacity=30), things=_OPEN_SESSION),
    "POST /v1/trainings": Row(STAFF, 201, _said(code="refresher", title="更新研修", kind="basic", required_minutes=60)),
    "POST /v1/training-sessions": Row(
        STAFF,
        201,
        lambda things, _: {
            "course_id": things["course_id"],
            "starts_at": "2026-01-17T13:00:00+09:00",
            "ends_at": "2026-01-17T15:00:00+09:00",
            "online_url": "https://example.org/room",
            "capacity": 10,
        },
    ),
    f"POST {_SESSION}/cancel": Row(STAFF, body=_WHY, things=_OPEN_SESSION),
    f"POST {_SESSION}/enrollments": Row(SERVING, 201, _apply, things=_OPEN_SESSION),
    f"POST {_SESSION}/open": Row(STAFF, things=_PLANNED_SESSION),
    f"PUT {_SESSION}/attendance": Row(
        INSTRUCTING,
        body=lambda things, _: {"items": [{"enrollment_id": things["attended"], "minutes": 100}]},
        things=_PAST_SESSION,
    ),
}
_DOCUMENTS: Final = {
    "GET /v1/documents": Row(SERVING),
    "GET /v1/documents/{document_id}": Row(SERVING),
    "GET /v1/documents/{document_id}/pdf": Row(SERVING),
    "GET /v1/volunteers/{volunteer_id}/course-paths": Row(NEAR_HER, beside={U: 403}),
    "GET /v1/volunteers/{volunteer_id}/steps": Row(NEAR_HER, beside={U: 403}),
    "POST /v1/volunteers/{volunteer_id}/steps": Row(STAFF, 201, _said(kind="infant_checkup", reason="紙の記録")),
    "GET /v1/volunteers/{volunteer_id}/hours": Row(NEAR_HER, beside={U: 403}),
    "POST /v1/documents": Row(
        SERVING, 201, lambda things, _: {"kind": "attestation", "volunteer_id": things["volunteer_id"]}
    ),
}
_ENROLLMENT: Final = "/v1/training-enrollments/{enrollment_id}"
_SEAT_OFFERED: Final = {"enrollment_id": "seat_offered"}
_ATTENDED: Final = {"enrollment_id": "attended"}
_HER_SEAT: Final = {"enrollment_id": "seat_id"}
_ENROLLMENTS: Final = {
    "GET /v1/training-enrollments": Row(LEARNING),
    f"GET {_ENROLLMENT}": Row(LEARNING, things=_HER_SEAT),
    f"POST {_ENROLLMENT}/accept": Row(SERVING, body=_for_her(), things=_SEAT_OFFERED),
    f"POST {_ENROLLMENT}/complete": Row(INSTRUCTING, body=_NOTHING, things=_ATTENDED),
    f"POST {_ENROLLMENT}/decline": Row(SERVING, body=_for_her(), things=_SEAT_OFFERED),
    f"POST {_ENROLLMENT}/mark-incomplete": Row(INSTRUCTING, body=_NOTHING, things=_ATTENDED),
    f"POST {_ENROLLMENT}/withdraw": Row(SERVING, body=_for_her(), things=_HER_SEAT),
}
from tests.contract.roles_advice import ADVICE, SCHOOL_DATES  # noqa: E402 - made of the `Row` above

_CONSULTATIONS: Final = {operation: Row(**row) for operation, row in CONSULTATIONS.items()}
SHARED: Final = frozenset(
    _CONSULTATIONS
    | _DIRECTORY
    | _RULES
    | _TIES
    | _INDICATORS
    | _KEY_PERSONS
    | _TRAININGS
    | SCHOOL_DATES
    | {"GET /v1/recruitment-rounds/{round_id}": None}
)
"""Operations on what is nobody's: there is no other side of it."""

_OPEN: Final = {
    "GET /healthz": Row(None),
    "GET /problems": Row(None),
    "GET /problems/{code}": Row(None, things={"code": "code"}),
    "GET /readyz": Row(None),
    "GET /v1/certificate-checks/{code}": Row(None, 404, things={"code": "code"}),
    "POST /v1/auth/invitations/{token}": Row(None, 422, _PASSWORD),
    "POST /v1/auth/password-reset": Row(None, 202, _said(email="nobody@example.jp")),
    "POST /v1/auth/password-reset/{token}": Row(None, 422, _PASSWORD),
    "POST /v1/auth/refresh": Row(None, 401, _said(refresh_token="x" * 43), form=True),
    "POST /v1/auth/revoke": Row(None, 204, _said(refresh_token="x" * 43), form=True),
    "POST /v1/auth/token": Row(None, 401, _said(username="nobody@example.jp", password="x" * 10), form=True),
}

_ACCOUNTS: Final = {
    "GET /v1/accounts": Row(frozenset({A})),
    "GET /v1/accounts/{account_id}": Row(frozenset({A})),
    "GET /v1/audit-events": Row(frozenset({A, V})),
    "GET /v1/me": Row(EVERYBODY),
    "PATCH /v1/accounts/{account_id}": Row(frozenset({A}), body=_said(display_name="別名")),
    "PATCH /v1/me": Row(EVERYBODY, body=_said(display_name="別名")),
    "POST /v1/accounts": Row(frozenset({A}), 201, _said(email="new@example.jp", display_name="新人", roles=["viewer"])),
    "POST /v1/accounts/{account_id}/disable": Row(frozenset({A})),
    "POST /v1/accounts/{account_id}/enable": Row(frozenset({A}), things={"account_id": "disabled"}),
    "POST /v1/accounts/{account_id}/invite": Row(frozenset({A}), things={"account_id": "invited"}),
}

_VOLUNTEERS: Final = {
    "DELETE /v1/volunteers/{volunteer_id}/availability/exceptions/{exception_id}": Row(SERVING, 204),
    "DELETE /v1/volunteers/{volunteer_id}/availability/rules/{rule_id}": Row(SERVING, 204),
    "GET /v1/volunteers": Row(STAFF | {U}),
    "GET /v1/volunteers/{volunteer_id}": Row(NEAR_HER),
    # An institution reads the assignments of its shifts, never those of a person.
    "GET /v1/volunteers/{volunteer_id}/assignments": Row(CONCERNED | {M}, beside={R: 404, M: 404}),
    # A university sees its students' languages and certificates, not what concerns them alone.
    "GET /v1/volunteers/{volunteer_id}/availability": Row(NEAR_HER, beside={U: 403}),
    "GET /v1/volunteers/{volunteer_id}/certifications": Row(NEAR_HER),
    "GET /v1/volunteers/{volunteer_id}/insurance": Row(NEAR_HER, beside={U: 403}),
    "GET /v1/volunteers/{volunteer_id}/languages": Row(NEAR_HER),
    "GET /v1/volunteers/{volunteer_id}/pledges": Row(NEAR_HER, beside={U: 403}),
    "GET /v1/volunteers/{volunteer_id}/skills": Row(NEAR_HER),
    "GET /v1/volunteers/{volunteer_id}/work-permission": Row(NEAR_HER, beside={U: 403}),
    "PATCH /v1/volunteers/{volunteer_id}": Row(SERVING, body=_said(disaster_ready=True)),
    "POST /v1/volunteers/{volunteer_id}/availability/exceptions": Row(SERVING, 201, _for_her(**_FREE)),
    "POST /v1/volunteers/{volunteer_id}/availability/rules": Row(SERVING, 201, _for_her(**_WINDOW)),
    "POST /v1/volunteers/{volunteer_id}/certifications": Row(
        STAFF, 201, _said(cert_code="checkup", granted_on="2025-11-01")
    ),
    "POST /v1/volunteers/{volunteer_id}/certifications/{certification_id}/revoke": Row(
        frozenset({A}), body=_said(reason="誤り")
    ),
    "POST /v1/volunteers/{volunteer_id}/insurance": Row(STAFF, 201, _said(fiscal_year=2026, starts_on="2026-04-01")),
    "POST /v1/volunteers/{volunteer_id}/languages": Row(STAFF, 201, _said(tag="vi", **_LEVELS)),
    "POST /v1/volunteers/{volunteer_id}/pledges": Row(
        STAFF, 201, _said(version_code="2025-04", signed_on="2025-11-01")
    ),
    "POST /v1/volunteers/{volunteer_id}/skills": Row(STAFF, 201, _said(skill_code="maternal_child_health", level=2)),
    "POST /v1/volunteers/{volunteer_id}/work-permission": Row(
        STAFF, 201, _said(checked_on="2025-11-01", result="not_needed")
    ),
    "PUT /v1/volunteers/{volunteer_id}/availability/rules/{rule_id}": Row(SERVING, body=_said(**_WINDOW)),
    "PUT /v1/volunteers/{volunteer_id}/languages/{language_id}": Row(STAFF, body=_said(**_LEVELS)),
    "PUT /v1/volunteers/{volunteer_id}/skills/{skill_id}": Row(STAFF, body=_said(level=5)),
}

_CANDIDATE: Final = {
    "family_name": "架空",
    "family_kana": "カクウ",
    "birth_date": "1999-01-01",
    "email": "candidate@example.jp",
    "activity_kinds": ["event"],
}
_ROUND: Final = {"name": "秋の募集", "opens_on": "2025-11-01", "closes_on": "2025-11-30", "activity_kinds": ["event"]}
_ADMIN: Final = frozenset({A})
_VOLUNTEER: Final = "/v1/volunteers/{volunteer_id}"
_EXAMS: Final = "/v1/organizations/{organization_id}/exam-periods"
_CAMPUS: Final = {"organization_id": "university_id"}
_REGISTRATIONS: Final = {
    "GET /v1/recruitment-rounds": Row(EVERYBODY),
    "GET /v1/recruitment-rounds/{round_id}": Row(EVERYBODY),
    "PATCH /v1/recruitment-rounds/{round_id}": Row(STAFF, body=_said(places=10)),
    "POST /v1/recruitment-rounds": Row(STAFF, 201, _said(**_ROUND)),
    "POST /v1/volunteer-applications": Row(None, 202, _said(**_CANDIDATE)),
    "POST /v1/volunteers": Row(STAFF, 201, _said(**_CANDIDATE)),
    "POST /v1/volunteers/batch": Row(STAFF, 207, _said(items=[_CANDIDATE])),
    f"GET {_VOLUNTEER}/application": Row(STAFF, things={"volunteer_id": "applied"}),
    f"GET {_VOLUNTEER}/checklist": Row(STAFF, things={"volunteer_id": "applied"}),
    f"GET {_VOLUNTEER}/duplicates": Row(STAFF, things={"volunteer_id": "applied"}),
    f"PUT {_VOLUNTEER}/checklist": Row(
        STAFF, body=_said(item="photo", done_on="2025-11-07"), things={"volunteer_id": "applied"}
    ),
    f"POST {_VOLUNTEER}/screen": Row(STAFF, body=_said(force=True), things={"volunteer_id": "applied"}),
    f"POST {_VOLUNTEER}/start-training": Row(STAFF, things={"volunteer_id": "interviewed"}),
    f"POST {_VOLUNTEER}/activate": Row(STAFF, things={"volunteer_id": "trained"}),
    f"POST {_VOLUNTEER}/reject": Row(_ADMIN, body=_WHY, things={"volunteer_id": "interviewed"}),
    f"POST {_VOLUNTEER}/take-leave": Row(SERVING, body=_NOTHING),
    # A volunteer signs in for herself alone, and is not on leave.
    f"POST {_VOLUNTEER}/return": Row(SERVING, body=_NOTHING, things={"volunteer_id": "on_leave"}, beside={V: 404}),
    f"POST {_VOLUNTEER}/suspend": Row(_ADMIN, body=_WHY),
    f"POST {_VOLUNTEER}/reinstate": Row(_ADMIN, body=_WHY, things={"volunteer_id": "suspended"}),
    # Her registration ends next spring: it is too early to say whether she stays.
    f"POST {_VOLUNTEER}/declare": Row(SERVING, 409, _said(stays=True)),
    f"POST {_VOLUNTEER}/renew": Row(STAFF, 409, _NOTHING),
    f"POST {_VOLUNTEER}/withdraw": Row(SERVING, body=_NOTHING),
    "POST /v1/volunteers/{volunteer_id}/availability/months-off": Row(SERVING, 201, _for_her(month="2026-03")),
    f"GET {_EXAMS}": Row(STAFF | {U}, things=_CAMPUS),
    f"POST {_EXAMS}": Row(
        STAFF | {U}, 201, _said(name="期末試験", first_on="2026-02-02", last_on="2026-02-13"), things=_CAMPUS
    ),
    f"DELETE {_EXAMS}/{{period_id}}": Row(STAFF | {U}, 204, things=_CAMPUS),
    f"GET {_VOLUNTEER}/child-safety": Row(NEAR_HER, beside={U: 403}),
    f"POST {_VOLUNTEER}/child-safety": Row(STAFF, 201, _said(status="cleared", checked_on="2025-11-01")),
}

_WORKED: Final = {"actual_start": "2025-11-09T09:00:00+09:00", "actual_end": "2025-11-09T10:00:00+09:00"}
_PAST: Final = {"request_id": "past"}
_FINISHED: Final = {"request_id": "finished"}
_CALL: Final = "/v1/availability-calls/{call_id}"
_CALLS: Final = {
    "GET /v1/availability-calls": Row(STAFF),
    f"GET {_CALL}": Row(STAFF),
    f"GET {_CALL}/answers": Row(STAFF),
    f"GET {_CALL}/answers/{{volunteer_id}}": Row(STAFF),
    "GET /v1/me/availability-calls": Row(frozenset({V})),
    "GET /v1/me/availability-calls/{call_id}": Row(frozenset({V})),
    "POST /v1/availability-calls": Row(
        STAFF, 201, _said(**{"from": "2026-01-01", "to": "2026-01-31", "answer_by": "2025-12-20T17:00:00+09:00"})
    ),
    f"POST {_CALL}/close": Row(STAFF),
    f"PUT {_CALL}/answers/{{volunteer_id}}": Row(
        STAFF, body=lambda things, _: {"at_most": 2, "on_behalf": _by_phone(things)}
    ),
    "PUT /v1/me/availability-calls/{call_id}": Row(frozenset({V}), body=_said(none_this_month=True)),
}

_REQUEST: Final = "/v1/dispatch-requests/{request_id}"
_DRAFT: Final = {"request_id": "draft"}
_SUBMITTED: Final = {"request_id": "submitted"}
_UNFILLED: Final = {"request_id": "unfilled"}
_REQUESTS: Final = {
    "DELETE /v1/clients/{ref}/exclusions/{exclusion_id}": Row(STAFF, 204),
    f"DELETE {_REQUEST}/clients/{{n}}": Row(ASKING),
    "GET /v1/checkup-sessions": Row(ASKING),
    "GET /v1/checkup-sessions/{session_id}": Row(ASKING),
    "GET /v1/clients/{ref}/exclusions": Row(STAFF),
    "GET /v1/dispatch-requests": Row(ASKING),
    f"GET {_REQUEST}": Row(ASKING),
    f"GET {_REQUEST}/reports": Row(ASKING, things=_FINISHED),
    f"POST {_REQUEST}/close": Row(STAFF, body=_NOTHING, things=_FINISHED),
    f"POST {_REQUEST}/correct-report": Row(ASKING, body=_said(**_WORKED), things=_FINISHED),
    f"POST {_REQUEST}/report": Row(ASKING, body=_said(**_WORKED), things=_PAST),
    f"POST {_REQUEST}/waive-report": Row(STAFF, body=_said(party="requester", reason="電話で確認"), things=_PAST),
    f"GET {_REQUEST}/fallbacks": Row(ASKING, things=_UNFILLED),
    f"GET {_REQUEST}/fallbacks/{{fallback_id}}": Row(ASKING, things=_UNFILLED),
    f"PATCH {_REQUEST}": Row(ASKING, body=_said(note="二階"), things=_DRAFT),
    "POST /v1/checkup-sessions": Row(
        ASKING,
        201,
        lambda things, _: {
            "facility_id": things["facility_id"],
            "kind": "checkup_3m",
            "held_on": "2025-12-04",
            "reception_starts": "12:45",
            "reception_ends": "14:00",
        },
    ),
    "POST /v1/checkup-sessions/{session_id}/move": Row(ASKING, body=_said(held_on="2025-11-27", reason="会場の都合")),
    "POST /v1/checkup-sessions/{session_id}/cancel": Row(ASKING, body=_WHY),
    "POST /v1/clients/{ref}/exclusions": Row(STAFF, 201, lambda things, _: {"volunteer_id": things["volunteer_id"]}),
    "POST /v1/dispatch-requests": Row(ASKING, 201, _visit),
    "POST /v1/dispatch-requests/batch": Row(ASKING, 207, lambda things, staff: {"items": [_visit(things, staff)]}),
    f"POST {_REQUEST}/accept": Row(STAFF, body=_NOTHING, things=_SUBMITTED),
    f"POST {_REQUEST}/cancel": Row(ASKING, body=_WHY),
    f"POST {_REQUEST}/client-disclosures": Row(CONCERNED, body=_said(purpose="prepare_visit")),
    f"POST {_REQUEST}/clients": Row(ASKING, body=_said(**FAMILY)),
    f"POST {_REQUEST}/fallbacks": Row(STAFF, 201, _said(channel="phone"), things=_UNFILLED),
    f"POST {_REQUEST}/fallbacks/{{fallback_id}}/drop": Row(STAFF, things=_UNFILLED),
    f"POST {_REQUEST}/fallbacks/{{fallback_id}}/outcome": Row(STAFF, body=_said(outcome="served"), things=_UNFILLED),
    f"POST {_REQUEST}/mark-unfilled": Row(STAFF, body=_WHY, things={"request_id": "matching"}),
    f"POST {_REQUEST}/reject": Row(STAFF, body=_WHY, things=_SUBMITTED),
    f"POST {_REQUEST}/reopen": Row(STAFF, body=_NOTHING, things=_UNFILLED),
    f"POST {_REQUEST}/return": Row(STAFF, body=_WHY, things=_SUBMITTED),
    f"POST {_REQUEST}/submit": Row(ASKING, body=_NOTHING, things=_DRAFT),
    f"PUT {_REQUEST}/clients/{{n}}/identity": Row(ASKING, 204, _said(name="架空 次郎")),
}

_SERIES: Final = {
    "GET /v1/dispatch-series": Row(ASKING),
    "GET /v1/dispatch-series/{series_id}": Row(ASKING),
    "PATCH /v1/dispatch-series/{series_id}": Row(ASKING, 207, _said(note="二階")),
    "POST /v1/dispatch-series": Row(ASKING, 201, _mornings),
    "POST /v1/dispatch-series/{series_id}/accept": Row(STAFF, 207, _NOTHING),
    "POST /v1/dispatch-series/{series_id}/cancel": Row(ASKING, 207, _WHY),
    "POST /v1/dispatch-series/{series_id}/submit": Row(ASKING, 207, _NOTHING),
}

_TELEPHONE: Final = {
    "GET /v1/contact-attempts": Row(STAFF),
    "GET /v1/contact-attempts/{attempt_id}": Row(STAFF),
    "GET /v1/phone-list": Row(STAFF),
    "GET /v1/worklist": Row(_OFFICE | {M}),
    "POST /v1/contact-attempts": Row(
        STAFF, 201, lambda things, _: {"volunteer_id": things["volunteer_id"], "result": "no_answer"}
    ),
}

_RUNNING: Final = {"assignment_id": "running"}
_OVER: Final = {"assignment_id": "over"}
_LATE: Final = {"offer_id": "late"}
_MATCHING: Final = {
    "GET /v1/assignments": Row(CONCERNED | {M}),
    "GET /v1/assignments/{assignment_id}": Row(CONCERNED | {M}, beside=_NOT_HERS),
    "GET /v1/me/offers": Row(frozenset({V})),
    "GET /v1/me/schedule": Row(frozenset({V})),
    "GET /v1/offers": Row(SERVING | {M}),
    "GET /v1/offers/{offer_id}": Row(SERVING | {M}, beside=_NOT_HERS),
    "GET /v1/shifts": Row(CONCERNED | {M}),
    "GET /v1/shifts/{shift_id}": Row(CONCERNED | {M}, beside=_NOT_HERS),
    "GET /v1/shifts/{shift_id}/candidates": Row(STAFF | {M}, beside=_NOT_HERS),
    "GET /v1/shifts/{shift_id}/candidates/{volunteer_id}": Row(STAFF | {M}, beside=_NOT_HERS),
    "DELETE /v1/shifts/{shift_id}/cascade": Row(STAFF | {M}, 204, beside=_NOT_HERS),
    "POST /v1/assignments/{assignment_id}/approve": Row(STAFF, things={"assignment_id": "tentative"}),
    "POST /v1/assignments/{assignment_id}/cancel": Row(STAFF, body=_WHY),
    "POST /v1/assignments/{assignment_id}/correct-report": Row(
        SERVING, body=_for_her(**_WORKED), things={"assignment_id": "reported"}
    ),
    "GET /v1/assignments/{assignment_id}/report": Row(
        CONCERNED | {M}, things={"assignment_id": "reported"}, beside=_NOT_HERS
    ),
    "POST /v1/assignments/{assignment_id}/report": Row(SERVING, body=_for_her(**_WORKED), things=_OVER),
    "GET /v1/assignments/{assignment_id}/messages": Row(CONCERNED | {M}, things=_RUNNING, beside=_NOT_HERS),
    "POST /v1/assignments/{assignment_id}/check-in": Row(
        SERVING, body=_for_her(), things={"assignment_id": "arriving"}
    ),
    "POST /v1/assignments/{assignment_id}/complete": Row(SERVING, body=_for_her(), things=_OVER),
    "POST /v1/assignments/{assignment_id}/correct-no-show": Row(
        STAFF, body=_said(party=None, reason="来ていた"), things={"assignment_id": "missed"}
    ),
    "POST /v1/assignments/{assignment_id}/messages": Row(
        CONCERNED | {M}, 201, _message, things=_RUNNING, beside=_NOT_HERS
    ),
    "POST /v1/assignments/{assignment_id}/no-show": Row(
        CONCERNED | {M}, body=_said(party="client"), things=_RUNNING, beside=_NOT_HERS
    ),
    "POST /v1/assignments/{assignment_id}/keep": Row(
        SERVING | {M}, body=_for_her(), things={"assignment_id": "standin_wanted"}, beside=_NOT_HERS
    ),
    "POST /v1/assignments/{assignment_id}/want-standin": Row(SERVING, body=_for_her()),
    "POST /v1/assignments/{assignment_id}/withdraw": Row(SERVING | {M}, body=_for_her(), beside=_NOT_HERS),
    "POST /v1/me/offers/answers": Row(
        SERVING | {M}, 207, lambda things, _: [{"offer_id": things["offer_id"], "answer": "decline"}]
    ),
    "POST /v1/offers/batch": Row(
        STAFF | {M},
        207,
        lambda things, _: {"items": [{"shift_id": things["shift_id"], "volunteer_ids": [things["someone_free"]]}]},
    ),
    "POST /v1/offers/{offer_id}/accept": Row(SERVING | {M}, body=_for_her(), beside=_NOT_HERS),
    "POST /v1/offers/{offer_id}/approve": Row(STAFF | {M}, body=_NOTHING, things=_LATE, beside=_NOT_HERS),
    "POST /v1/offers/{offer_id}/decline": Row(SERVING | {M}, body=_for_her(reason="busy"), beside=_NOT_HERS),
    "POST /v1/offers/{offer_id}/take-back": Row(
        SERVING | {M}, body=_for_her(), things={"offer_id": "declined"}, beside=_NOT_HERS
    ),
    "POST /v1/offers/{offer_id}/withdraw": Row(STAFF | {M}, body=_NOTHING, beside=_NOT_HERS),
    "POST /v1/shifts/{shift_id}/assignments": Row(
        STAFF, 201, lambda things, _: {"volunteer_id": things["volunteer_id"]}
    ),
    "POST /v1/shifts/{shift_id}/trainee-places": Row(
        STAFF, body=lambda things, _: {"demand_id": things["demand_id"], "places": 1}
    ),
    "POST /v1/shifts/{shift_id}/claims": Row(frozenset({V}), 201, _NOTHING),
    "POST /v1/shifts/{shift_id}/offers": Row(
        STAFF | {M}, 201, lambda things, _: {"volunteer_ids": [things["someone_free"]]}, beside=_NOT_HERS
    ),
}

_BROADCASTS: Final = {
    "GET /v1/me/broadcasts": Row(SERVING),
    "POST /v1/broadcast-deliveries/{delivery_id}/acknowledge": Row(SERVING, body=_for_her()),
}
_REVIEW: Final = "/v1/review-cycles/{review_id}"
_REVIEWS: Final = {
    "GET /v1/review-cycles": Row(STAFF),
    f"GET {_REVIEW}": Row(STAFF),
    f"PATCH {_REVIEW}": Row(STAFF, body=_said(comment="順調")),
    "POST /v1/review-cycles": Row(STAFF, 201, _said(fiscal_year=2025, quarter=2)),
    f"POST {_REVIEW}/actions": Row(
        STAFF, body=lambda things, _: {"text": "募集を広げる", "owner_id": things["owner_id"], "due_on": "2025-12-26"}
    ),
    f"POST {_REVIEW}/actions/{{action_id}}/close": Row(STAFF, body=_said(outcome="広げた")),
    f"POST {_REVIEW}/close": Row(STAFF),
}
_READY: Final = {"plan_id": "ready_plan"}
_PLANS: Final = {
    "GET /v1/plans": Row(STAFF),
    "GET /v1/plans/{plan_id}": Row(STAFF),
    "GET /v1/plans/{plan_id}/comparison": Row(STAFF, things=_READY, query={"with": "plan_id"}),
    "GET /v1/plans/{plan_id}/events": Row(STAFF, things=_READY),
    "GET /v1/plans/{plan_id}/proposals": Row(STAFF),
    "GET /v1/plans/{plan_id}/unfilled": Row(STAFF),
    "POST /v1/plans": Row(STAFF, 202, _said(**{"from": "2025-12-01", "to": "2025-12-31"})),
    "POST /v1/plans/{plan_id}/apply": Row(STAFF, body=_said(mode="offer"), things=_READY),
    "POST /v1/plans/{plan_id}/cancel": Row(STAFF),
    "POST /v1/plans/{plan_id}/discard": Row(STAFF, things=_READY),
}

_REPORTS: Final = {
    "GET /v1/reports/language-gap": Row(STAFF | {Role.VIEWER}),
    "GET /v1/reports/indicators": Row(STAFF | {Role.VIEWER}),
    "GET /v1/reports/volunteers": Row(STAFF | {Role.VIEWER}),
    "GET /v1/reports/dispatches": Row(STAFF | {Role.VIEWER}),
    "GET /v1/reports/trainings": Row(STAFF | {Role.VIEWER}),
}

_CLAIM: Final = "/v1/expense-claims/{claim_id}"
_DRAFTED: Final = {"claim_id": "draft_claim"}
_PROPOSED: Final = {"claim_id": "proposed_claim"}
_INCIDENT: Final = "/v1/incidents/{incident_id}"
_AFTERWARDS: Final = {
    "GET /v1/expense-claims": Row(SERVING),
    f"GET {_CLAIM}": Row(SERVING, things=_DRAFTED),
    "GET /v1/incidents": Row(STAFF),
    f"GET {_INCIDENT}": Row(STAFF),
    f"PATCH {_CLAIM}": Row(SERVING, body=_for_her(transport_jpy=300), things=_DRAFTED),
    f"PATCH {_INCIDENT}": Row(STAFF, body=_said(severity=2)),
    "POST /v1/expense-claims": Row(
        SERVING, 201, lambda things, staff: {"assignment_id": things["done"], **_for_her()(things, staff)}
    ),
    f"POST {_CLAIM}/approve": Row(frozenset({A}), things=_PROPOSED),
    f"POST {_CLAIM}/pay": Row(frozenset({A}), things={"claim_id": "approved_claim"}),
    f"POST {_CLAIM}/propose": Row(STAFF, things={"claim_id": "submitted_claim"}),
    f"POST {_CLAIM}/reject": Row(frozenset({A}), body=_WHY, things=_PROPOSED),
    f"POST {_CLAIM}/submit": Row(SERVING, body=_for_her(), things=_DRAFTED),
    "POST /v1/incidents": Row(
        CONCERNED | {M},
        201,
        lambda things, _: {
            "about": {"type": "assignment", "id": things["running"]},
            "kind": "accident",
            "severity": 1,
            "text": "階段で転びました",
        },
        beside=_NOT_HERS,
    ),
    f"POST {_INCIDENT}/act": Row(STAFF, body=_said(text="電話で聞きました")),
    f"POST {_INCIDENT}/close": Row(STAFF, body=_WHY),
}

_ROOM: Final = "/v1/classrooms/{classroom_id}"
_TERM: Final = f"{_ROOM}/terms/{{term_id}}"
_MET: Final = "/v1/class-sessions/{class_session_id}"
_LEARNER: Final = "/v1/learners/{learner_id}"
_ENROLLED: Final = {"enrollment_id": "enrolled"}
_NEW_ROOM: Final = {"code": "new_class", "name": "新しい教室", "kind": "community_class"}
_NEW_TERM: Final = {
    "name": "春",
    "rule": "FREQ=WEEKLY;COUNT=2",
    "starts_on": "2026-03-07",
    "starts": "10:00",
    "ends": "11:30",
}


def _newcomer(things: Things, staff: bool) -> dict[str, Any]:  # noqa: FBT001 - a body is asked for so
    learner = {"first_name": "ミン", "school_stage": "adult", "native_language": "vi"}
    return {**learner, **({"organization_id": things["organization_id"]} if staff else {})}


_CLASSES: Final = {
    "GET /v1/class-sessions": Row(TEACHING),
    f"GET {_MET}": Row(TEACHING),
    f"GET {_MET}/attendance": Row(TEACHING),
    "GET /v1/classrooms": Row(RUNNING),
    f"GET {_ROOM}": Row(RUNNING),
    f"GET {_ROOM}/guardian-calls": Row(RUNNING),
    f"POST {_ROOM}/guardian-calls/{{learner_id}}": Row(RUNNING, body=_said(result="no_answer")),
    f"GET {_ROOM}/terms": Row(RUNNING),
    f"GET {_TERM}": Row(RUNNING),
    f"GET {_ROOM}/tutors": Row(RUNNING),
    f"GET {_ROOM}/tutor-contacts": Row(RUNNING),
    "GET /v1/enrollments": Row(RUNNING),
    "GET /v1/enrollments/{enrollment_id}": Row(RUNNING),
    "GET /v1/learners": Row(RUNNING),
    f"GET {_LEARNER}": Row(RUNNING),
    f"GET {_LEARNER}/consents": Row(RUNNING),
    f"PATCH {_ROOM}": Row(RUNNING, body=_said(name="新しい名前")),
    f"PATCH {_TERM}": Row(RUNNING, body=_said(starts="09:30")),
    f"PATCH {_LEARNER}": Row(RUNNING, body=_said(allergy=True)),
    f"POST {_MET}/cancel": Row(RUNNING, body=_WHY),
    f"POST {_MET}/close": Row(STAFF, things={"class_session_id": "recorded_class"}),
    f"POST {_MET}/open": Row(RUNNING, body=_said(mode="reduced", venue_adults=["館の職員"])),
    f"POST {_MET}/postpone": Row(RUNNING, body=_said(held_on="2025-12-25", reason="大雪")),
    f"POST {_MET}/record-late": Row(
        RUNNING,
        body=_said(mode="reduced", venue_adults=["館の職員"], reason="開講の記録を忘れた"),
        things={"class_session_id": "taught_class"},
    ),
    f"POST {_MET}/record": Row(RUNNING, things={"class_session_id": "held_class"}),
    "POST /v1/classrooms": Row(
        STAFF,
        201,
        lambda things, _: {
            **_NEW_ROOM,
            "organization_id": things["organization_id"],
            "facility_id": things["facility_id"],
        },
    ),
    f"POST {_ROOM}/pairing-proposals": Row(RUNNING),
    f"POST {_ROOM}/terms": Row(RUNNING, 201, _said(**_NEW_TERM)),
    f"POST {_TERM}/cancel": Row(RUNNING, body=_WHY),
    "POST /v1/enrollments": Row(
        RUNNING,
        201,
        lambda things, _: {"classroom_id": things["classroom_id"], "learner_id": things["newcomer"]},
    ),
    "POST /v1/enrollments/{enrollment_id}/complete": Row(RUNNING, things=_ENROLLED),
    "POST /v1/enrollments/{enrollment_id}/enroll": Row(RUNNING),
    "POST /v1/enrollments/{enrollment_id}/interview": Row(RUNNING, things={"enrollment_id": "inquiry"}),
    "POST /v1/enrollments/{enrollment_id}/leave": Row(RUNNING),
    "POST /v1/enrollments/{enrollment_id}/return": Row(RUNNING, things={"enrollment_id": "on_break"}),
    "POST /v1/enrollments/{enrollment_id}/take-break": Row(RUNNING, things=_ENROLLED),
    "POST /v1/enrollments/{enrollment_id}/waitlist": Row(RUNNING),
    "POST /v1/learners": Row(RUNNING, 201, _newcomer),
    f"POST {_LEARNER}/consents": Row(RUNNING, 201, _said(scopes=["photo"], signed_on="2025-11-10", language="vi")),
    f"POST {_LEARNER}/consents/{{consent_id}}/revoke": Row(RUNNING),
    "GET /v1/level-assessments": Row(RUNNING),
    "GET /v1/level-assessments/{assessment_id}": Row(RUNNING),
    "GET /v1/pairings": Row(RUNNING),
    "GET /v1/pairings/{pairing_id}": Row(RUNNING),
    "POST /v1/level-assessments": Row(
        RUNNING,
        201,
        lambda things, _: {
            "learner_id": things["learner_id"],
            "assessed_on": "2025-11-01",
            "instrument": "dla",
            "result": "3",
        },
    ),
    "POST /v1/pairings": Row(
        RUNNING,
        201,
        lambda things, _: {"learner_id": things["learner_id"], "volunteer_id": things["volunteer_id"]},
    ),
    "POST /v1/pairings/{pairing_id}/activate": Row(RUNNING),
    "POST /v1/pairings/{pairing_id}/end": Row(RUNNING, body=_said(reason="no_fit")),
    "POST /v1/pairings/{pairing_id}/pause": Row(RUNNING, things={"pairing_id": "active_pairing"}),
    "POST /v1/pairings/{pairing_id}/resume": Row(RUNNING, things={"pairing_id": "paused_pairing"}),
    f"PUT {_MET}/attendance": Row(
        RUNNING,
        body=lambda things, _: {"items": [{"learner_id": things["learner_id"], "status": "present"}]},
        things={"class_session_id": "running_class"},
    ),
    f"PUT {_TERM}/rule": Row(RUNNING, body=_said(rule="FREQ=WEEKLY;BYDAY=SU;COUNT=2", reason="会場の都合")),
    f"PUT {_ROOM}/tutors": Row(
        RUNNING, body=lambda things, _: {"items": [{"volunteer_id": things["volunteer_id"], "role": "reserve"}]}
    ),
}

_HOSTING: Final = {operation: Row(**row) for operation, row in HOSTING.items()}
_GATHERINGS: Final = {operation: Row(**row) for operation, row in GATHERINGS.items()}

ROWS: Final[Mapping[str, Row]] = (
    _DIRECTORY
    | _RULES
    | _TIES
    | _KEY_PERSONS
    | _LOANS
    | _RETENTION
    | _INDICATORS
    | _TRAININGS
    | _ENROLLMENTS
    | _DOCUMENTS
    | _OPEN
    | _ACCOUNTS
    | _VOLUNTEERS
    | _REGISTRATIONS
    | _CALLS
    | _REQUESTS
    | _SERIES
    | _TELEPHONE
    | _MATCHING
    | _BROADCASTS
    | _REVIEWS
    | _PLANS
    | _REPORTS
    | _AFTERWARDS
    | _CLASSES
    | ADVICE
    | _HOSTING
    | _CONSULTATIONS
    | _GATHERINGS
    | _CONSULTATIONS
)
