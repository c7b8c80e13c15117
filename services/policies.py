"""Who may do what, and who sees which field when: the one home of permissions (domain.md §5, §0.1; design decision 16).

A permission opens an operation; the scope of objects is `services/queries.py`; what a role sees of an object at which
stage is `SHIFT_FIELDS` below. `docs/permissions.md` is printed from this module.
"""

from collections.abc import Mapping
from enum import StrEnum

from models.account import Role
from services.actor import Actor


class Permission(StrEnum):
    """`<resource>:<action>`, alphabetical."""

    ACCOUNT_MANAGE = "account:manage"
    ADVISORY_FOLLOW = "advisory:follow"
    ADVISORY_WRITE = "advisory:write"
    APPOINTMENT_CONSENT = "appointment:consent"
    APPOINTMENT_READ = "appointment:read"
    APPOINTMENT_WRITE = "appointment:write"
    ASSIGNMENT_ANSWER = "assignment:answer"
    ASSIGNMENT_DECIDE = "assignment:decide"
    ASSIGNMENT_KEEP = "assignment:keep"
    ASSIGNMENT_MESSAGE = "assignment:message"
    ASSIGNMENT_MISS = "assignment:miss"
    ASSIGNMENT_READ = "assignment:read"
    AUDIT_READ = "audit:read"
    AVAILABILITY_ANSWER = "availability:answer"
    AVAILABILITY_ASK = "availability:ask"
    BROADCAST_ANSWER = "broadcast:answer"
    BROADCAST_READ = "broadcast:read"
    BROADCAST_SEND = "broadcast:send"
    CERTIFICATION_GRANT = "certification:grant"
    CERTIFICATION_REVOKE = "certification:revoke"
    CHECKUP_WRITE = "checkup:write"
    CLASSROOM_CREATE = "classroom:create"
    CLASSROOM_RUN = "classroom:run"
    CLASS_READ = "class:read"
    CLIENT_DISCLOSE = "client:disclose"
    CLIENT_EXCLUDE = "client:exclude"
    CONSULTATION_COUNT = "consultation:count"
    CONSULTATION_HANDLE = "consultation:handle"
    CONSULTATION_READ = "consultation:read"
    CONSULTATION_RECEIVE = "consultation:receive"
    CONTACT_WRITE = "contact:write"
    DEVICE_LEND = "device:lend"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_WRITE = "directory:write"
    DOCUMENT_ISSUE = "document:issue"
    EVENT_WRITE = "event:write"
    EXAM_WRITE = "exam:write"
    EXPENSE_APPROVE = "expense:approve"
    EXPENSE_CLAIM = "expense:claim"
    EXPENSE_PROPOSE = "expense:propose"
    EXPENSE_READ = "expense:read"
    HOST_ANSWER = "host:answer"
    HOST_READ = "host:read"
    HOST_WRITE = "host:write"
    INCIDENT_HANDLE = "incident:handle"
    INCIDENT_REPORT = "incident:report"
    LEARNER_WRITE = "learner:write"
    LECTURE_DECIDE = "lecture:decide"
    LECTURE_WRITE = "lecture:write"
    INDICATOR_READ = "indicator:read"
    INDICATOR_WRITE = "indicator:write"
    KEY_PERSON_READ = "key_person:read"
    KEY_PERSON_WRITE = "key_person:write"
    MATCHING_READ = "matching:read"
    OFFER_ANSWER = "offer:answer"
    OFFER_READ = "offer:read"
    OFFER_SEND = "offer:send"
    PLAN_READ = "plan:read"
    PLAN_WRITE = "plan:write"
    PROFILE_OWN = "profile:own"
    PROFILE_WRITE = "profile:write"
    REPORT_READ = "report:read"
    REQUEST_DECIDE = "request:decide"
    REQUEST_READ = "request:read"
    REQUEST_WRITE = "request:write"
    RETENTION_MANAGE = "retention:manage"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    SCHOOL_DATES_WRITE = "school_dates:write"
    SHIFT_CLAIM = "shift:claim"
    SHIFT_READ = "shift:read"
    SHIFT_WRITE = "shift:write"
    TRAINING_ENROLL = "training:enroll"
    TRAINING_READ = "training:read"
    TRAINING_RECORD = "training:record"
    TRAINING_WRITE = "training:write"
    VOLUNTEER_BAR = "volunteer:bar"
    VOLUNTEER_ENROL = "volunteer:enrol"
    VOLUNTEER_LIST = "volunteer:list"
    VOLUNTEER_READ = "volunteer:read"
    VOLUNTEER_RECORD = "volunteer:record"
    WORKLIST_READ = "worklist:read"


_EVERYBODY = frozenset({Permission.DIRECTORY_READ, Permission.PROFILE_OWN})
_COORDINATOR = _EVERYBODY | {
    Permission.ADVISORY_FOLLOW,
    Permission.ADVISORY_WRITE,
    Permission.APPOINTMENT_CONSENT,
    Permission.APPOINTMENT_READ,
    Permission.APPOINTMENT_WRITE,
    Permission.ASSIGNMENT_ANSWER,
    Permission.ASSIGNMENT_DECIDE,
    Permission.ASSIGNMENT_KEEP,
    Permission.ASSIGNMENT_MESSAGE,
    Permission.ASSIGNMENT_MISS,
    Permission.ASSIGNMENT_READ,
    Permission.AVAILABILITY_ASK,
    Permission.BROADCAST_ANSWER,
    Permission.BROADCAST_READ,
    Permission.BROADCAST_SEND,
    Permission.CERTIFICATION_GRANT,
    Permission.CHECKUP_WRITE,
    Permission.CLASSROOM_CREATE,
    Permission.CLASSROOM_RUN,
    Permission.CLASS_READ,
    Permission.CLIENT_DISCLOSE,
    Permission.CLIENT_EXCLUDE,
    Permission.CONSULTATION_COUNT,
    Permission.CONSULTATION_RECEIVE,
    Permission.CONTACT_WRITE,
    Permission.DEVICE_LEND,
    Permission.DIRECTORY_WRITE,
    Permission.DOCUMENT_ISSUE,
    Permission.EVENT_WRITE,
    Permission.EXAM_WRITE,
    Permission.EXPENSE_CLAIM,
    Permission.EXPENSE_PROPOSE,
    Permission.EXPENSE_READ,
    Permission.HOST_ANSWER,
    Permission.HOST_READ,
    Permission.HOST_WRITE,
    Permission.INCIDENT_HANDLE,
    Permission.INCIDENT_REPORT,
    Permission.LEARNER_WRITE,
    Permission.LECTURE_DECIDE,
    Permission.LECTURE_WRITE,
    Permission.INDICATOR_READ,
    Permission.INDICATOR_WRITE,
    Permission.KEY_PERSON_READ,
    Permission.KEY_PERSON_WRITE,
    Permission.MATCHING_READ,
    Permission.OFFER_ANSWER,
    Permission.OFFER_READ,
    Permission.OFFER_SEND,
    Permission.PLAN_READ,
    Permission.PLAN_WRITE,
    Permission.PROFILE_WRITE,
    Permission.REPORT_READ,
    Permission.REQUEST_DECIDE,
    Permission.REQUEST_READ,
    Permission.REQUEST_WRITE,
    Permission.RULES_READ,
    Permission.SCHOOL_DATES_WRITE,
    Permission.SHIFT_READ,
    Permission.SHIFT_WRITE,
    Permission.TRAINING_ENROLL,
    Permission.TRAINING_READ,
    Permission.TRAINING_RECORD,
    Permission.TRAINING_WRITE,
    Permission.VOLUNTEER_ENROL,
    Permission.VOLUNTEER_LIST,
    Permission.VOLUNTEER_READ,
    Permission.VOLUNTEER_RECORD,
    Permission.WORKLIST_READ,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: _COORDINATOR
    | {
        Permission.ACCOUNT_MANAGE,
        Permission.AUDIT_READ,
        Permission.CERTIFICATION_REVOKE,
        Permission.CONSULTATION_HANDLE,
        Permission.CONSULTATION_READ,
        Permission.EXPENSE_APPROVE,
        Permission.RETENTION_MANAGE,
        Permission.RULES_WRITE,
        Permission.VOLUNTEER_BAR,
    },
    Role.COORDINATOR: _COORDINATOR,
    Role.REQUESTER: _EVERYBODY
    | {
        Permission.ASSIGNMENT_MESSAGE,
        Permission.ASSIGNMENT_MISS,
        Permission.ASSIGNMENT_READ,
        Permission.CHECKUP_WRITE,
        Permission.CLIENT_DISCLOSE,
        Permission.INCIDENT_REPORT,
        Permission.LECTURE_WRITE,
        Permission.REQUEST_READ,
        Permission.REQUEST_WRITE,
        Permission.SHIFT_READ,
    },
    Role.VOLUNTEER: _EVERYBODY
    | {
        Permission.APPOINTMENT_CONSENT,
        Permission.APPOINTMENT_READ,
        Permission.ASSIGNMENT_ANSWER,
        Permission.ASSIGNMENT_KEEP,
        Permission.ASSIGNMENT_MESSAGE,
        Permission.ASSIGNMENT_MISS,
        Permission.ASSIGNMENT_READ,
        Permission.AUDIT_READ,
        Permission.AVAILABILITY_ANSWER,
        Permission.CLASS_READ,
        Permission.BROADCAST_ANSWER,
        Permission.CLIENT_DISCLOSE,
        Permission.CONSULTATION_RECEIVE,
        Permission.DOCUMENT_ISSUE,
        Permission.EXPENSE_CLAIM,
        Permission.EXPENSE_READ,
        Permission.HOST_ANSWER,
        Permission.HOST_READ,
        Permission.INCIDENT_REPORT,
        Permission.OFFER_ANSWER,
        Permission.OFFER_READ,
        Permission.PROFILE_WRITE,
        Permission.SHIFT_CLAIM,
        Permission.SHIFT_READ,
        Permission.TRAINING_ENROLL,
        Permission.TRAINING_READ,
        Permission.VOLUNTEER_READ,
    },
    Role.CLASSROOM_MANAGER: _EVERYBODY
    | {
        Permission.ADVISORY_FOLLOW,
        Permission.ASSIGNMENT_KEEP,
        Permission.ASSIGNMENT_MESSAGE,
        Permission.ASSIGNMENT_MISS,
        Permission.ASSIGNMENT_READ,
        Permission.CLASSROOM_RUN,
        Permission.CLASS_READ,
        Permission.CONSULTATION_RECEIVE,
        Permission.INCIDENT_REPORT,
        Permission.LEARNER_WRITE,
        Permission.MATCHING_READ,
        Permission.OFFER_ANSWER,
        Permission.OFFER_READ,
        Permission.OFFER_SEND,
        Permission.SHIFT_READ,
        Permission.WORKLIST_READ,
    },
    Role.UNIVERSITY_LIAISON: _EVERYBODY | {Permission.EXAM_WRITE, Permission.VOLUNTEER_LIST, Permission.VOLUNTEER_READ},
    Role.TRAINER: _EVERYBODY | {Permission.TRAINING_READ, Permission.TRAINING_RECORD},
    Role.CONSULTATION_OFFICER: _EVERYBODY
    | {
        Permission.BROADCAST_READ,
        Permission.CONSULTATION_COUNT,
        Permission.CONSULTATION_HANDLE,
        Permission.CONSULTATION_READ,
        Permission.CONSULTATION_RECEIVE,
        Permission.KEY_PERSON_READ,
        Permission.WORKLIST_READ,
    },
    Role.VIEWER: _EVERYBODY | {Permission.CONSULTATION_COUNT, Permission.INDICATOR_READ, Permission.REPORT_READ},
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return what the roles may do together."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


OF_THE_REGISTERED = frozenset(
    {
        Permission.AVAILABILITY_ANSWER,
        Permission.CLIENT_DISCLOSE,
        Permission.CONSULTATION_RECEIVE,
        Permission.OFFER_ANSWER,
        Permission.SHIFT_CLAIM,
    }
)
"""What a volunteer may only while she is registered: a trainee's permissions grow with her activation (domain.md §0.1)."""


OF_WHO_SERVES = frozenset({Permission.CLASS_READ, Permission.CLIENT_DISCLOSE, Permission.CONSULTATION_RECEIVE})
"""What nobody may who is suspended or whose registration has ended; a claim of hers is answered by the rule it breaks."""


def permissions_held(actor: Actor) -> frozenset[Permission]:
    """Return what the actor's roles carry, as far as she is registered for it."""
    return frozenset().union(*(_held_as(actor, role) for role in actor.roles))


def _held_as(actor: Actor, role: Role) -> frozenset[Permission]:
    """Return what one role carries; a volunteer's as far as she is registered for it, and serves."""
    held = ROLE_PERMISSIONS[role]
    if role is not Role.VOLUNTEER:
        return held
    held = held - OF_THE_REGISTERED if actor.is_unregistered else held
    return held - OF_WHO_SERVES if actor.is_stopped else held


def may(actor: Actor, permission: Permission) -> bool:
    """Return whether the actor carries the permission."""
    return permission in permissions_held(actor)


class Stage(StrEnum):
    """How near somebody stands to a shift; `near` is from 3 days before to 1 day after."""

    OPEN = "open"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    NEAR = "near"
    AFTER = "after"


class Audience(StrEnum):
    """In what capacity somebody looks at a shift."""

    STAFF = "staff"
    MANAGER = "manager"
    REQUESTER = "requester"
    VOLUNTEER = "volunteer"


_ALWAYS = frozenset({"starts_at", "ends_at", "language", "modality", "district"})
_BRIEFED = _ALWAYS | {"service_type", "facility", "meeting_point", "note", "topics", "client_ages"}
_WHOLE = _BRIEFED | {
    "client_identity",
    "escort",
    "gender_requirement",
    "onsite_contact",
    "request_id",
    "volunteer_id",
}

SHIFT_FIELDS: Mapping[tuple[Audience, Stage], frozenset[str]] = (
    {(Audience.STAFF, stage): _WHOLE for stage in Stage}
    | {(Audience.MANAGER, stage): _BRIEFED | {"volunteer_id"} for stage in Stage}
    | {(Audience.REQUESTER, stage): _WHOLE - {"volunteer_id"} for stage in Stage}
    | {
        (Audience.VOLUNTEER, Stage.OPEN): _ALWAYS,
        (Audience.VOLUNTEER, Stage.OFFERED): _ALWAYS,
        (Audience.VOLUNTEER, Stage.ASSIGNED): _BRIEFED | {"request_id"},
        (Audience.VOLUNTEER, Stage.NEAR): _BRIEFED | {"request_id", "onsite_contact", "escort", "client_identity"},
        (Audience.VOLUNTEER, Stage.AFTER): _ALWAYS | {"service_type", "facility", "request_id"},
    }
)
"""What each audience sees of a shift at each stage. `service_type` before confirmation is shown unless the kind is
sensitive, `district` unless fewer than ten residents of the language live there (domain.md §0.1, "Said carefully")."""


REPORT_FIELDS = frozenset(
    {"actual_start", "actual_end", "minutes", "outcome", "difficulties", "follow_up_wanted", "coordinator_note"}
)
PRIVATE_OF_REPORT = frozenset({"difficulties", "follow_up_wanted", "coordinator_note"})
"""What a side tells the office alone: the other side reads when it took place and how it went, and nothing more."""


def hidden_of_report(*, to_its_side: bool) -> frozenset[str]:
    """Return the fields of a report that are not read by whoever is neither of the side that wrote it nor staff."""
    return frozenset() if to_its_side else PRIVATE_OF_REPORT


ROLE_OF: Mapping[Audience, Role] = {
    Audience.REQUESTER: Role.REQUESTER,
    Audience.MANAGER: Role.CLASSROOM_MANAGER,
    Audience.VOLUNTEER: Role.VOLUNTEER,
}
"""The role that makes each audience; staff are an audience of their own, whatever else they are."""


def capacities_of(actor: Actor, needs: Permission | None = None) -> frozenset[Audience]:
    """Return every capacity in which the actor looks at things; with `needs` only those whose role carries it.

    So a permission never reaches further than the role that it comes from: who runs classes and volunteers as well reads
    the identities that a volunteer reads, and no others.
    """
    if actor.is_staff:
        return frozenset({Audience.STAFF})
    return frozenset(
        audience
        for audience, role in ROLE_OF.items()
        if _looks_as(actor, role) and (needs is None or needs in _held_as(actor, role))
    )


def _looks_as(actor: Actor, role: Role) -> bool:
    return actor.volunteer_id is not None if role is Role.VOLUNTEER else role in actor.roles


def permissions_as(actor: Actor, audiences: frozenset[Audience]) -> frozenset[Permission]:
    """Return what the actor may do to something that she sees in these capacities."""
    return permissions_of(actor.roles if actor.is_staff else frozenset(ROLE_OF[one] for one in audiences))


def sees(audience: Audience, stage: Stage, field: str) -> bool:
    """Return whether the audience sees the field at the stage."""
    return field in SHIFT_FIELDS[audience, stage]
