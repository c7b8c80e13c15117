"""Lectures that are changed or called off: the shift follows, and its lecturers by the rules of change (domain.md §0.1)."""

from collections.abc import Sequence
from uuid import UUID

from models.class_session import Calloff
from models.lecture import LectureChanges, LectureEngagement, LecturePatch
from models.shift import Shift, ShiftKind
from services.free_text import refuse_personal_details
from services.lectures import facts_of, move, take_lecture
from services.moving_shifts import NOT_OVER, Moved, call_off, changed_between, rehearsed, rewrite, show_moved, when_of
from services.notifying import tell_office, tell_requester
from services.showing_lectures import show_lecture
from services.staffing import check_time, moved_place
from services.unit import Unit


def cancel(unit: Unit, lecture_id: UUID, draft: Calloff, *, preview: bool = False) -> LectureChanges:
    """Call a lecture off; its lecturers are free again, and whoever did not call it off is told.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    lecture, shift = take_lecture(unit, lecture_id)
    return rehearsed(unit, lambda: _cancel(unit, lecture, shift, draft.reason), preview=preview)


def _cancel(unit: Unit, lecture: LectureEngagement, shift: Shift | None, reason: str) -> LectureChanges:
    move(unit, lecture, "cancel")
    lecture.status_reason = reason
    moved = [call_off(unit, shift)] if shift is not None and shift.status in NOT_OVER else []
    _tell_other_side(unit, lecture, "cancelled", reason=reason)
    return _shown(unit, lecture, moved)


def _tell_other_side(unit: Unit, lecture: LectureEngagement, what: str, **beside: str) -> None:
    facts = {**facts_of(unit, lecture), **beside}
    if unit.actor.is_staff:
        tell_requester(unit, lecture.organization_id, f"lecture_{what}", lecture, facts)
    else:
        tell_office(unit, f"office_lecture_{what}", lecture, facts)


def change(unit: Unit, lecture_id: UUID, patch: LecturePatch, *, preview: bool = False) -> LectureChanges:
    """Change a lecture before it begins; once it is taken on its shift follows.

    Raises `NotFound`, `Stale`, `WrongState`, and `InvalidFields` as a new one does.
    """
    refuse_personal_details(patch.theme, "/theme")
    refuse_personal_details(patch.note, "/note")
    lecture, shift = take_lecture(unit, lecture_id)
    return rehearsed(unit, lambda: _change(unit, lecture, shift, patch), preview=preview)


def _change(unit: Unit, lecture: LectureEngagement, shift: Shift | None, patch: LecturePatch) -> LectureChanges:
    move(unit, lecture, "change")
    before, columns = when_of(lecture), patch.changes()
    columns |= moved_place(unit, lecture, columns)
    for name, value in columns.items():
        setattr(lecture, name, value)
    after = when_of(lecture)
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        check_time(unit, lecture.starts_at, lecture.ends_at)
    changed = changed_between(unit, before, after)
    told = before.briefing != after.briefing
    where = {"facility_id": lecture.facility_id, "district_code": lecture.district_code}
    written = {"title": lecture.theme, "starts_at": lecture.starts_at, "ends_at": lecture.ends_at, **where}
    moved = [rewrite(unit, shift, written, changed, ShiftKind.LECTURE, told=told)] if shift is not None else []
    if changed:
        _tell_other_side(unit, lecture, "changed")
    return _shown(unit, lecture, moved)


def _shown(unit: Unit, lecture: LectureEngagement, moved: Sequence[Moved]) -> LectureChanges:
    unit.session.flush()
    shown = show_moved(unit, moved) if unit.actor.is_staff else []
    return LectureChanges(lecture=show_lecture(unit, lecture), shifts=shown)
