"""Who can come to a shift and why, who cannot and what bars them: ranking for staff."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import col, select

from models.classroom import TutorRole
from models.fields import View
from models.offer import Offer, OfferStatus
from models.person import Person
from models.shift import Shift, WhyNot
from models.volunteer import Volunteer
from scheduling import problem as values
from scheduling.constraints import Verdict
from scheduling.explain import explain_unfilled
from scheduling.objective import Reason
from scheduling.problem import Violation
from scheduling.ranking import Candidate, rank
from services.errors import NotFound, invalid
from services.explaining import WhyUnfilled, problem_with, question_of, shortened, show_unfilled, worded
from services.policies import Permission
from services.queries import must_see, visible_shifts
from services.reserves import parts_of, reserves_first, reserves_of
from services.unit import Unit
from services.wording import say


class ReasonView(View):
    """Points that one criterion gave, and the fact behind them."""

    criterion: str
    points: int
    detail: str


class CandidateView(View):
    """A person ranked for a place. `consent_needed` names rules she may waive herself."""

    volunteer_id: UUID
    volunteer_no: str
    badge_name: str
    eligible: bool
    score: int | None
    reasons: list[ReasonView]
    violations: list[WhyNot]
    consent_needed: list[str]
    conditions: list[WhyNot] = Described(description="What must be mended before the date")
    asked: OfferStatus | None = Described(description="How her latest offer for this shift stands; null: never asked")
    tutor_role: TutorRole | None = Described(
        description="Her part in the classroom, where the shift is a class session"
    )


class CandidatesView(View):
    """The ranking of one demand, and why it is open if nobody can come."""

    demand_id: UUID
    items: list[CandidateView]
    why_unfilled: WhyUnfilled | None
    next_cursor: None = None


def candidates(
    unit: Unit, shift_id: UUID, *, demand_id: UUID | None, limit: int, include_ineligible: bool
) -> CandidatesView:
    """Rank who can come to a shift, best first. Raises `NotFound`, `InvalidFields` for a demand of another shift."""
    must_see(unit, visible_shifts(unit.actor, Permission.MATCHING_READ), Shift, shift_id)
    shift, need = _question(unit, shift_id, demand_id)
    best = None if include_ineligible or unit.actor.runs_classes else limit
    short = shortened(unit, shift, need, best)
    problem = short or problem_with(unit, shift, need)
    ranked = rank(problem, shift, need, include_ineligible=include_ineligible)
    unfilled = None
    if need.open_places and not _somebody_comes(ranked):
        unfilled = explain_unfilled(problem_with(unit, shift, need) if short else problem, shift, need)
    return CandidatesView(
        demand_id=UUID(need.id),
        items=_show(unit, shift, _as_called(unit, shift, ranked)[:limit]),
        why_unfilled=None if unfilled is None else show_unfilled(unit, need, unfilled),
    )


def _somebody_comes(ranked: Sequence[Candidate]) -> bool:
    """Tell whether nothing keeps the place from being filled: who needs no consent stands first."""
    return any(one.verdict.eligible and not one.verdict.consent_needed for one in ranked[:1])


def _as_called(unit: Unit, shift: values.Shift, ranked: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the ranking, to a classroom manager in the order in which she calls people (domain.md §0.1)."""
    return reserves_first(reserves_of(unit, shift), ranked) if unit.actor.runs_classes else ranked


def candidate(unit: Unit, shift_id: UUID, volunteer_id: UUID, *, demand_id: UUID | None) -> CandidateView:
    """Judge one person for a shift: why, or why not. Raises `NotFound`."""
    must_see(unit, visible_shifts(unit.actor, Permission.MATCHING_READ), Shift, shift_id)
    shift, need = _question(unit, shift_id, demand_id)
    problem = problem_with(unit, shift, need)
    ranked = rank(problem, shift, need, include_ineligible=True)
    found = [one for one in ranked if one.volunteer_id == str(volunteer_id)]
    if not found:
        raise NotFound
    return _show(unit, shift, found)[0]


def _question(unit: Unit, shift_id: UUID, demand_id: UUID | None) -> tuple[values.Shift, values.Need]:
    try:
        return question_of(unit, shift_id, demand_id)
    except KeyError:
        raise invalid("demand_id") from None


def _show(unit: Unit, shift: values.Shift, ranked: Sequence[Candidate]) -> list[CandidateView]:
    ids = [UUID(one.volunteer_id) for one in ranked]
    names = {
        volunteer_id: person.badge_name
        for volunteer_id, person in unit.session.exec(
            select(Volunteer.id, Person)
            .join(Person, col(Person.id) == Volunteer.person_id)
            .where(col(Volunteer.id).in_(ids))
        )
    }
    asked, parts = _asked(unit, UUID(shift.id)), parts_of(unit, shift)
    return [
        _candidate(unit, one, names[volunteer_id], asked.get(volunteer_id), parts.get(volunteer_id))
        for volunteer_id, one in zip(ids, ranked, strict=True)
    ]


def _asked(unit: Unit, shift_id: UUID) -> dict[UUID, OfferStatus]:
    """Return how the latest offer of each person for this shift stands."""
    offers = select(Offer.volunteer_id, Offer.status).where(Offer.shift_id == shift_id).order_by(col(Offer.id))
    return {volunteer_id: OfferStatus(status) for volunteer_id, status in unit.session.exec(offers)}


def _candidate(
    unit: Unit, one: Candidate, badge_name: str, asked: OfferStatus | None, tutor_role: TutorRole | None
) -> CandidateView:
    scored = unit.actor.is_staff
    return CandidateView(
        volunteer_id=UUID(one.volunteer_id),
        volunteer_no=one.number,
        badge_name=badge_name,
        eligible=one.verdict.eligible,
        score=one.score if scored else None,
        reasons=[show_reason(unit, reason) for reason in one.reasons] if scored else [],
        violations=[show_violation(unit, violation) for violation in one.verdict.violations],
        consent_needed=consent_codes(one.verdict),
        conditions=[show_violation(unit, condition) for condition in one.verdict.conditions],
        asked=asked,
        tutor_role=tutor_role,
    )


def show_reason(unit: Unit, reason: Reason) -> ReasonView:
    """Return a reason in the caller's language."""
    detail = worded(unit, reason.criterion, reason.facts)
    return ReasonView(criterion=reason.criterion, points=reason.points, detail=detail)


def show_violation(unit: Unit, violation: Violation) -> WhyNot:
    """Return a violation in the caller's language."""
    detail = say("problems", violation.code, unit.language, violation.facts, unit.zone)
    return WhyNot(code=violation.code, rule_class=violation.rule_class, detail=detail)


def consent_codes(verdict: Verdict) -> list[str]:
    """Return the rules that want the volunteer's consent."""
    return [violation.code for violation in verdict.consent_needed]
