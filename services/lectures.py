"""Lectures for institutions: asked for, taken on with a shift of their own, confirmed, held, reported (domain.md §1, rows 15 to 17)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.class_session import Calloff
from models.lecture import (
    LectureAcceptance,
    LectureCreate,
    LectureEngagement,
    LectureKind,
    LecturerActivity,
    LectureReport,
    LectureStatus,
    LectureView,
)
from models.organization import Organization
from models.shift import ClaimPolicy, DemandDraft, Shift, ShiftKind, ShiftRole, ShiftStatus
from services import event_states
from services.errors import Refused, invalid
from services.filling import holders_of
from services.free_text import refuse_personal_details
from services.moving_shifts import take_shifts
from services.notifying import tell_office, tell_requester
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import LECTURE_SOURCE, find, visible_lectures
from services.showing_lectures import show_lecture, show_lectures
from services.staffing import check_demands, check_time, open_places, place_columns
from services.states import phase_of
from services.unit import Unit
from services.work_permission import is_unclear

LAPSED = "lapsed"
ROLES = {LecturerActivity.LECTURE: ShiftRole.LECTURER, LecturerActivity.READING_ALOUD: ShiftRole.READER}
AHEAD = frozenset({LectureStatus.REQUESTED, LectureStatus.OPEN, LectureStatus.CONFIRMED})


@dataclass(frozen=True)
class LectureFilters:
    """What a list of lectures is narrowed to; `starts_from`, `starts_to` bound the start, half-open."""

    kind: LectureKind | None = None
    status: LectureStatus | None = None
    organization_id: UUID | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None


def list_lectures(unit: Unit, ask: Ask, filters: LectureFilters) -> Page[LectureView]:
    """Return lectures of the caller's scope, soonest first."""
    statement = visible_lectures(unit.actor).where(*_conditions(filters))
    order = Order((LectureEngagement.starts_at, LectureEngagement.id))
    return page(unit, ask, statement, order, show_lectures, scope_of("lectures", filters))


def _conditions(filters: LectureFilters) -> list[Any]:
    conditions: list[Any] = []
    for column, value in (
        (LectureEngagement.kind, filters.kind),
        (LectureEngagement.status, filters.status),
        (LectureEngagement.organization_id, filters.organization_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if filters.starts_from is not None:
        conditions.append(col(LectureEngagement.starts_at) >= filters.starts_from)
    if filters.starts_to is not None:
        conditions.append(col(LectureEngagement.starts_at) < filters.starts_to)
    return conditions


def read_lecture(unit: Unit, lecture_id: UUID) -> LectureView:
    """Return a lecture of the caller's scope. Raises `NotFound`."""
    return show_lecture(unit, find(unit, visible_lectures(unit.actor), LectureEngagement, lecture_id))


def ask_for(unit: Unit, draft: LectureCreate) -> LectureView:
    """Write down what an institution asks for, and tell the office.

    Raises `InvalidFields` for an institution there is not or that is not the caller's, a time that is past or ends
    before it begins, references that lead nowhere, and personal details in theme or note.
    """
    refuse_personal_details(draft.theme, "/theme")
    refuse_personal_details(draft.note, "/note")
    check_time(unit, draft.starts_at, draft.ends_at)
    columns = draft.model_dump(exclude={"organization_id", "facility_id", "district"})
    lecture = LectureEngagement(
        **unit.stamp(),
        **columns,
        **place_columns(unit, draft.facility_id, draft.district),
        organization_id=_asking(unit, draft),
        status=LectureStatus.REQUESTED,
    )
    check_demands(unit, [demand_of(lecture)], where="")
    unit.add(lecture)
    unit.audit("lecture_engagement.create", lecture)
    if not unit.actor.is_staff:
        tell_office(unit, "office_lecture_requested", lecture, facts_of(unit, lecture))
    return show_lecture(unit, lecture)


def _asking(unit: Unit, draft: LectureCreate) -> UUID:
    own = None if unit.actor.is_staff else unit.actor.organization_id
    named = draft.organization_id or own
    if named is None:
        raise invalid("/organization_id", "FIELD_MISSING")
    if (named != own and not unit.actor.is_staff) or unit.session.get(Organization, named) is None:
        raise invalid("/organization_id")
    return named


def demand_of(lecture: LectureEngagement) -> DemandDraft:
    """Return what a lecture asks of who gives it: that she offers to lecture, or to read aloud, and speaks its language."""
    return DemandDraft.model_validate(
        {
            "role": ROLES[lecture.activity],
            "places": lecture.lecturers,
            "language": lecture.language,
            "min_level": lecture.min_level,
            "skills": [str(lecture.activity)],
        }
    )


def facts_of(unit: Unit, lecture: LectureEngagement) -> dict[str, Any]:
    """Return what notices say of a lecture."""
    organization = unit.get(Organization, lecture.organization_id)
    return {
        "organization": organization.name,
        "theme": lecture.theme,
        "kind": str(lecture.kind),
        "starts_at": lecture.starts_at,
        "ends_at": lecture.ends_at,
        "link": f"{unit.rules.public_url}/v1/lecture-engagements/{lecture.id}",
    }


def take_lecture(unit: Unit, lecture_id: UUID) -> tuple[LectureEngagement, Shift | None]:
    """Return the addressed lecture and its shift, locked in the house's order.

    Raises `NotFound` outside the caller's scope, `Stale`.
    """
    find(unit, visible_lectures(unit.actor), LectureEngagement, lecture_id)
    take_shifts(unit, LECTURE_SOURCE, [lecture_id])
    lecture = unit.lock(LectureEngagement, lecture_id)
    unit.expect(lecture)
    shifts = take_shifts(unit, LECTURE_SOURCE, [lecture_id])  # it may have been taken on while we waited
    return lecture, shifts[0] if shifts else None


def move(unit: Unit, lecture: LectureEngagement, verb: str) -> None:
    """Move a locked lecture by a verb that somebody uses. Raises `WrongState` in another state, and at another time."""
    phase = phase_of(lecture.starts_at, lecture.ends_at, unit.now)
    lecture.status = LectureStatus(event_states.LECTURE.timely(lecture.status, verb, phase))
    lecture.touch(unit.now)
    unit.audit(f"lecture_engagement.{verb}", lecture)


def accept(unit: Unit, lecture_id: UUID, draft: LectureAcceptance) -> LectureView:
    """Take a lecture on: its shift opens to those who offer to lecture, and the office approves who comes forward.

    Raises `NotFound`, `Stale`, `WrongState`.
    """
    lecture, _ = take_lecture(unit, lecture_id)
    move(unit, lecture, "accept")
    lecture.honorarium_jpy = draft.honorarium_jpy
    open_places_of(unit, lecture)
    tell_requester(unit, lecture.organization_id, "lecture_accepted", lecture, facts_of(unit, lecture))
    return show_lecture(unit, lecture)


def open_places_of(unit: Unit, lecture: LectureEngagement) -> Shift:
    """Write the open shift of a lecture with its one demand."""
    shift = Shift(
        **unit.stamp(),
        kind=ShiftKind.LECTURE,
        source_type=LECTURE_SOURCE,
        source_id=lecture.id,
        title=lecture.theme,
        starts_at=lecture.starts_at,
        ends_at=lecture.ends_at,
        facility_id=lecture.facility_id,
        district_code=lecture.district_code,
        modality=lecture.modality,
        claim_policy=ClaimPolicy.APPROVAL,
        status=ShiftStatus.OPEN,
    )
    return open_places(unit, shift, [demand_of(lecture)], for_children=lecture.for_children)


def decline(unit: Unit, lecture_id: UUID, draft: Calloff) -> LectureView:
    """Say no to a lecture. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details."""
    refuse_personal_details(draft.reason, "/reason")
    lecture, _ = take_lecture(unit, lecture_id)
    move(unit, lecture, "decline")
    lecture.status_reason = draft.reason
    facts = {**facts_of(unit, lecture), "reason": draft.reason}
    tell_requester(unit, lecture.organization_id, "lecture_declined", lecture, facts)
    return show_lecture(unit, lecture)


def confirm(unit: Unit, lecture_id: UUID) -> LectureView:
    """Confirm a lecture to its institution, once every place is held and an honorarium may be paid.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`LEC_UNFILLED`; `EXP_PERMIT` where there is an honorarium and a
    lecturer's work permission is unclear on the day).
    """
    lecture, shift = take_lecture(unit, lecture_id)
    move(unit, lecture, "confirm")
    if shift is None or shift.status is not ShiftStatus.FILLED:
        raise Refused("LEC_UNFILLED")
    if any(permit_unclear(unit, lecture, one) for one in holders_of(unit, shift)):
        raise Refused("EXP_PERMIT")
    tell_requester(unit, lecture.organization_id, "lecture_confirmed", lecture, facts_of(unit, lecture))
    return show_lecture(unit, lecture)


def permit_unclear(unit: Unit, lecture: LectureEngagement, assignment: Assignment) -> bool:
    """Return whether a work permission must be looked at before the honorarium of a lecture goes to its lecturer."""
    day = unit.local_day(lecture.starts_at)
    return lecture.honorarium_jpy > 0 and is_unclear(unit, assignment.volunteer_id, day)


def report(unit: Unit, lecture_id: UUID, draft: LectureReport) -> LectureView:
    """Report how many came. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the note."""
    refuse_personal_details(draft.note, "/note")
    lecture, _ = take_lecture(unit, lecture_id)
    move(unit, lecture, "report")
    lecture.participants, lecture.report_note = draft.participants, draft.note
    return show_lecture(unit, lecture)


def follow_clock(unit: Unit, lecture: LectureEngagement) -> None:
    """Move a locked lecture to where the clock says that it is: held at its end if somebody gave it, else called off."""
    if lecture.status is LectureStatus.REQUESTED and lecture.starts_at <= unit.now:
        _lapse(unit, lecture)
    elif lecture.status in AHEAD and lecture.ends_at <= unit.now:
        (shift,) = unit.session.exec(
            select(Shift).where(Shift.source_type == LECTURE_SOURCE, Shift.source_id == lecture.id)
        )
        if holders_of(unit, shift):
            _move_by_time(unit, lecture, "hold")
        else:
            _lapse(unit, lecture)


def _lapse(unit: Unit, lecture: LectureEngagement) -> None:
    lecture.status_reason = LAPSED
    _move_by_time(unit, lecture, "lapse")
    tell_requester(unit, lecture.organization_id, "lecture_lapsed", lecture, facts_of(unit, lecture))
    tell_office(unit, "office_lecture_lapsed", lecture, facts_of(unit, lecture))


def _move_by_time(unit: Unit, lecture: LectureEngagement, verb: str) -> None:
    lecture.status = LectureStatus(event_states.LECTURE.next(lecture.status, verb))
    lecture.touch(unit.now)
    unit.audit(f"lecture_engagement.{verb}", lecture)
