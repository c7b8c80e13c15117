"""The worklist: one ordered list of what needs the office, or whoever runs a classroom, now, each entry with the verb that settles it."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field as Described

from models.fields import Instant, View


class WorkCode(StrEnum):
    """Why something needs the office, or whoever runs a classroom."""

    REQUEST_UNDECIDED = "request_undecided"
    OVERRIDE_WANTED = "override_wanted"
    SERIES_UNDECIDED = "series_undecided"
    SERIES_OVERRIDE_WANTED = "series_override_wanted"
    LATE_YES = "late_yes"
    APPROVAL_WANTED = "approval_wanted"
    CONDITION_DUE = "condition_due"
    STANDIN_SOUGHT = "standin_sought"
    WAVES_EXHAUSTED = "waves_exhausted"
    PLACE_AT_RISK = "place_at_risk"
    ASSIGNMENT_FLAGGED = "assignment_flagged"
    LECTURE_UNDECIDED = "lecture_undecided"
    LECTURE_TO_CONFIRM = "lecture_to_confirm"
    HOST_SILENT = "host_silent"
    PLAN_READY = "plan_ready"
    PLAN_FAILED = "plan_failed"
    OUTCOME_DUE = "outcome_due"
    REPORT_LATE = "report_late"
    EXPENSE_TO_PROPOSE = "expense_to_propose"
    EXPENSE_TO_APPROVE = "expense_to_approve"
    INCIDENT_OPEN = "incident_open"
    CONSULTATION_NEW = "consultation_new"
    CONSULTATION_URGENT = "consultation_urgent"
    CONSULTATION_STALE = "consultation_stale"
    REFERRAL_SILENT = "referral_silent"
    APPLICATION_NEW = "application_new"
    ANSWERS_MISSING = "answers_missing"
    TO_PHONE = "to_phone"
    CALL_BACK = "call_back"
    NUMBER_WRONG = "number_wrong"
    UNREACHABLE = "unreachable"
    NO_SHOW_REVIEW = "no_show_review"
    FINDING_DUE = "finding_due"
    VISIT_UNMARKED = "visit_unmarked"
    ACTION_OVERDUE = "action_overdue"
    SESSION_TO_OPEN = "session_to_open"
    ROLL_MISSING = "roll_missing"
    GUARDIAN_TO_REACH = "guardian_to_reach"
    SCHOOL_REFERRAL_SILENT = "school_referral_silent"
    PLACE_OFFERED = "place_offered"


class Subject(View):
    """An object by its kind, identifier and the number people know it by."""

    type: str
    id: UUID
    no: str | None


class Because(View):
    """Why it is on the list: a stable code, and its wording in the caller's language."""

    code: WorkCode
    detail: str


class NextStep(View):
    """A call that settles something, or leads to what does."""

    name: str
    method: str
    path: str


class WorkEntry(View):
    """What needs the caller, until when, and what to do about it."""

    object: Subject
    because: Because
    deadline: Instant = Described(description="May lie in the past: what is overdue stays on the list")
    urgent: bool = Described(
        description="A request below its lead time, an activity that is near, a call that is due, a finding or a roll that is overdue, "
        "a class to be opened, a child kept safe whose guardian does not know"
    )
    verb: NextStep
