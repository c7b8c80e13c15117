"""Ranking: the candidates of one need of one shift, best first, with the reasons for each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scheduling.constraints import Verdict, judge
from scheduling.objective import Reason, appraise
from scheduling.problem import Door, Need, Problem, Shift, Volunteer

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person as a candidate: her verdict and, if she is eligible, her score and its reasons."""

    volunteer_id: str
    number: str
    verdict: Verdict
    score: int | None
    reasons: tuple[Reason, ...]


def rank(
    problem: Problem,
    shift: Shift,
    need: Need,
    *,
    limit: int | None = None,
    include_ineligible: bool = False,
    door: Door = Door.offer,
) -> tuple[Candidate, ...]:
    """Return the candidates of a need, best first; the order does not depend on that of the volunteers.

    Who needs no consent comes before who does; then the higher score, fewer assignments in 90 days, who was asked and
    then assigned longest ago (never comes first), and the id. The ineligible follow: first those who have the
    language, since one of them might be made to fit, then by fewest violations and number.
    """
    assessed = [(volunteer, assess(problem, volunteer, shift, need, door)) for volunteer in problem.volunteers]
    ranked = sorted((pair for pair in assessed if pair[1].verdict.eligible or include_ineligible), key=order)
    return tuple(candidate for _, candidate in ranked[:limit])


def assess(problem: Problem, volunteer: Volunteer, shift: Shift, need: Need, door: Door = Door.offer) -> Candidate:
    """Judge one person, and if she is eligible, appraise her."""
    verdict = judge(problem, volunteer, shift, need, door)
    if not verdict.eligible:
        return Candidate(volunteer.id, volunteer.number, verdict, None, ())
    reasons = appraise(volunteer, shift, need, problem.rules)
    return Candidate(volunteer.id, volunteer.number, verdict, sum(reason.points for reason in reasons), reasons)


def order(pair: tuple[Volunteer, Candidate]) -> tuple[Any, ...]:
    """Return what candidates are ordered by, the best first."""
    volunteer, candidate = pair
    if candidate.score is None:
        codes = {violation.code for violation in candidate.verdict.violations}
        return True, "ASG_LANGUAGE" in codes, len(candidate.verdict.violations), volunteer.number, volunteer.id
    history = volunteer.history
    return (
        False,
        bool(candidate.verdict.consent_needed),
        -candidate.score,
        history.assignments_90d,
        history.last_asked_at or _NEVER,
        history.last_assigned_at or _NEVER,
        volunteer.id,
    )
