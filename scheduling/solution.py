"""A plan as a value, and its judges: `check` and `score` know no solver, so a solver cannot grade itself."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduling.constraints import broken_rules, weigh
from scheduling.objective import appraise
from scheduling.problem import Calendar, Commitment, Door, Problem, RuleClass, Violation


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person for one need of one shift, with the codes she consented to and those a reason was given for."""

    volunteer_id: str
    shift_id: str
    need_id: str
    consents: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Proposals made together; each takes its person's time from the others."""

    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """A proposal with a rule that it breaks."""

    proposal: Proposal
    violation: Violation


@dataclass(frozen=True, slots=True)
class Score:
    """What a plan is worth: places filled, the same weighted by the shifts' priority, and the soft points."""

    filled: int
    weighted_fill: int
    soft: int


def check(problem: Problem, plan: Plan, door: Door = Door.plan) -> tuple[Breach, ...]:
    """Return every breach of a plan, in the order of its proposals; an empty answer means that it holds.

    Each proposal is judged against the person's calendar and the plan's other proposals for her, so a repeated one
    breaks ASG_OVERLAP. A consent that is wanting is a breach; a condition that can still be met is not. A proposal
    for which no place is left breaks ASG_FULL.

    Raises
    ------
    KeyError
        If a proposal names what is not in the problem.
    """
    held = _held(problem, plan)
    surplus = _surplus(problem, plan)
    breaches: list[Breach] = []
    for position, proposal in enumerate(plan.proposals):
        others = (commitment for at, commitment in held[proposal.volunteer_id] if at != position)
        calendar = Calendar((*problem.calendar(proposal.volunteer_id).commitments, *others))
        broken = (*_broken(problem, proposal, calendar, door), *surplus.get(position, ()))
        breaches.extend(Breach(proposal, violation) for violation in broken)
    return tuple(breaches)


def score(problem: Problem, plan: Plan) -> Score:
    """Grade a plan; a proposal beyond the places of its need earns nothing."""
    surplus = _surplus(problem, plan)
    filling = [proposal for position, proposal in enumerate(plan.proposals) if position not in surplus]
    return Score(
        filled=len(filling),
        weighted_fill=sum(problem.shift(proposal.shift_id).priority for proposal in filling),
        soft=sum(_soft(problem, proposal) for proposal in filling),
    )


def _soft(problem: Problem, proposal: Proposal) -> int:
    shift = problem.shift(proposal.shift_id)
    volunteer = problem.volunteer(proposal.volunteer_id)
    return sum(reason.points for reason in appraise(volunteer, shift, shift.need(proposal.need_id), problem.rules))


def _held(problem: Problem, plan: Plan) -> Mapping[str, list[tuple[int, Commitment]]]:
    """Give for each volunteer what the plan would take of her time, with the position of the proposal."""
    held: dict[str, list[tuple[int, Commitment]]] = defaultdict(list)
    for position, proposal in enumerate(plan.proposals):
        shift = problem.shift(proposal.shift_id)
        held[proposal.volunteer_id].append((position, Commitment(shift.interval, shift.place, shift.id)))
    return held


def _surplus(problem: Problem, plan: Plan) -> Mapping[int, tuple[Violation]]:
    """Give the positions of the proposals that find no place left, the earlier ones having taken them."""
    proposed: Counter[tuple[str, str]] = Counter()
    surplus: dict[int, tuple[Violation]] = {}
    for position, proposal in enumerate(plan.proposals):
        need = problem.shift(proposal.shift_id).need(proposal.need_id)
        proposed[proposal.shift_id, proposal.need_id] += 1
        if proposed[proposal.shift_id, proposal.need_id] > need.open_places:
            facts = {"places": need.places, "taken": need.taken}
            surplus[position] = (Violation("ASG_FULL", RuleClass.never, facts),)
    return surplus


def _broken(problem: Problem, proposal: Proposal, calendar: Calendar, door: Door) -> Iterator[Violation]:
    shift = problem.shift(proposal.shift_id)
    volunteer, need = problem.volunteer(proposal.volunteer_id), shift.need(proposal.need_id)
    broken = broken_rules(volunteer, shift, need, calendar, problem.rules, door)
    verdict = weigh(broken, proposal.consents, proposal.reasons)
    yield from verdict.violations
    yield from verdict.consent_needed
