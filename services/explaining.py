"""Why a place is open: for staff by rule and number, for the requester in words that reveal nobody."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import col, select

from models.competence import VolunteerLanguage
from models.fields import View
from models.shift import Shift, ShiftRole
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from scheduling import problem as values
from scheduling.explain import Unfilled, explain_unfilled
from services.roster import READY, muster
from services.shift_values import problem_of, value_shifts
from services.unit import Unit
from services.wording import say

_GONE = (VolunteerStatus.REJECTED, VolunteerStatus.WITHDRAWN, VolunteerStatus.ANONYMIZED, VolunteerStatus.APPLIED)


_INTERPRETING = (ActivityKind.INTERPRETATION,)
_KINDS: Mapping[str, Collection[ActivityKind]] = {
    ShiftRole.TUTOR: (ActivityKind.JAPANESE_TUTORING, ActivityKind.STUDY_SUPPORT),
    ShiftRole.HELPER: (ActivityKind.EVENT,),
    ShiftRole.GUIDE: (ActivityKind.EVENT,),
    ShiftRole.LECTURER: (ActivityKind.LECTURE,),
    ShiftRole.READER: (ActivityKind.READING_ALOUD,),
}
"""What people offer to do who can serve in a role; in every other one they interpret."""


class SoleBlockerView(View):
    """People whom one rule alone keeps away."""

    code: str
    count: int
    volunteer_nos: list[str]
    detail: str


class WhyUnfilled(View):
    """Why a demand is open, with the rule whose relaxation would free most people."""

    demand_id: UUID
    kind: str = Described(description="nobody_speaks, all_barred, all_taken or open")
    detail: str
    speakers: int
    eligible: int
    sole_blockers: list[SoleBlockerView]
    taken_by: list[dict[str, str | None]] = Described(
        description="`volunteer_no` and the `shift_id` that takes her time"
    )
    relaxation: str | None


def people_for(unit: Unit, needs: Collection[values.Need]) -> Sequence[UUID]:
    """Return everybody who could be thought of: who speaks an accepted language, or does what is asked for at all."""
    languages = sorted({tag for need in needs for tag in need.languages})
    kinds = sorted({kind for need in needs for kind in _KINDS.get(need.role, _INTERPRETING)})
    speaks = select(VolunteerLanguage.volunteer_id).where(col(VolunteerLanguage.tag).in_(languages))
    does_it = select(VolunteerActivity.volunteer_id).where(col(VolunteerActivity.kind).in_(kinds))
    thought_of: sa.ColumnElement[bool] = col(Volunteer.id).in_(speaks.union(does_it))
    if any(READY in need.skills for need in needs):
        thought_of = sa.or_(thought_of, col(Volunteer.disaster_ready))
    statement = select(Volunteer.id).where(thought_of, col(Volunteer.status).not_in(_GONE))
    return unit.session.exec(statement).all()


def problem_for(
    unit: Unit, shift_id: UUID, need_id: UUID | None = None
) -> tuple[values.Problem, values.Shift, values.Need]:
    """Return one shift with everybody who could be thought of for one of its needs (the first open one by default)."""
    shift, need = question_of(unit, shift_id, need_id)
    return problem_with(unit, shift, need), shift, need


def question_of(unit: Unit, shift_id: UUID, need_id: UUID | None) -> tuple[values.Shift, values.Need]:
    """Return a shift and one of its needs, the first open one by default. Raises `KeyError` for another's."""
    shift = value_shifts(unit, [shift_id])[shift_id]
    return shift, need_of(shift, need_id)


def problem_with(unit: Unit, shift: values.Shift, need: values.Need, *, batch_id: UUID | None = None) -> values.Problem:
    """Return a shift with everybody who could be thought of for a need of it; `batch_id` as for `muster`."""
    ids = people_for(unit, [need])
    if unit.kept_roll is not None:
        unit.kept_roll.looked_at(len(ids))
    return problem_of(unit, muster(unit, ids, batch_id=batch_id), [shift])


def shortened(
    unit: Unit, shift: values.Shift, need: values.Need, best: int | None, *, batch_id: UUID | None = None
) -> values.Problem | None:
    """Return a shift with people among whom are the `best` for a need, all who can come where they are fewer.

    None where everybody has to be looked at: nobody is kept, or (`best` is None) everybody is wanted.
    """
    if unit.kept_roll is None or best is None:
        return None
    ids = unit.kept_roll.shortlist(unit, shift, need, best, batch_id)
    return None if ids is None else problem_of(unit, muster(unit, ids, batch_id=batch_id), [shift])


def need_of(shift: values.Shift, need_id: UUID | None) -> values.Need:
    """Return one of a shift's needs, the first open one by default. Raises `KeyError` for another's."""
    if need_id is not None:
        return shift.need(str(need_id))
    return next((need for need in shift.needs if need.open_places), shift.needs[0])


def unfilled_kind(unit: Unit, shift: Shift) -> str:
    """Return the kind of reason why the shift is open."""
    return explain_unfilled(*problem_for(unit, shift.id)).kind


def show_unfilled(unit: Unit, need: values.Need, unfilled: Unfilled) -> WhyUnfilled:
    """Return the explanation for staff, with names by number and the counts behind them."""
    return WhyUnfilled(
        demand_id=UUID(need.id), **explained(unit, need.languages[0] if need.languages else "", unfilled)
    )


def explained(unit: Unit, language: str, unfilled: Unfilled) -> dict[str, Any]:
    """Return the parts of an explanation in the caller's language."""
    return {
        "kind": unfilled.kind,
        "detail": say("unfilled", unfilled.kind, unit.language, _facts(language, unfilled)),
        "speakers": unfilled.speakers,
        "eligible": unfilled.eligible,
        "sole_blockers": [
            SoleBlockerView(
                code=blocker.code,
                count=blocker.count,
                volunteer_nos=list(blocker.numbers),
                detail=_said(unit, "sole_blocker", blocker.code, count=blocker.count, numbers=list(blocker.numbers)),
            )
            for blocker in unfilled.sole_blockers
        ],
        "taken_by": [{"volunteer_no": number, "shift_id": shift_id} for number, shift_id in unfilled.taken_by],
        "relaxation": unfilled.relaxation,
    }


def unfilled_facts(need: values.Need, unfilled: Unfilled) -> dict[str, Any]:
    """Return the facts behind the kind of an explanation."""
    return _facts(need.languages[0] if need.languages else "", unfilled)


def _facts(language: str, unfilled: Unfilled) -> dict[str, Any]:
    return {"language": language, "speakers": unfilled.speakers, "eligible": unfilled.eligible}


def worded(unit: Unit, criterion: str, facts: Mapping[str, Any]) -> str:
    """Return the fact behind the points of a criterion, in the words that fit it."""
    return say("criteria", _fitting(criterion, facts), unit.language, facts, unit.zone)


def _fitting(criterion: str, facts: Mapping[str, Any]) -> str:
    """Return the text's code: a way is told in km where no district decided, and who was never asked said nothing yet."""
    if criterion == "distance" and "km" in facts:
        return "distance_km"
    if criterion in {"response", "assent"} and not facts["asked"]:
        return f"{criterion}_unknown"
    return criterion


def _said(unit: Unit, text: str, code: str, **facts: Any) -> str:
    return say("unfilled", text, unit.language, {"code_text": code, **facts})
