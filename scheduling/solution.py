"""A plan as a value, and its judges: `check` and `score` know no solver, so a solver cannot grade itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scheduling.constraints import broken_rules, weigh
from scheduling.horizon import grounds
from scheduling.problem import Calendar, Commitment, Door, Problem, Proposal, RuleClass, Violation

__all__ = ["Breach", "Plan", "Proposal", "Score", "Settled", "check", "score", "settle"]


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
    """What a plan is worth: places filled, the same weighted by the shifts' priority, and the soft points.

    `parts` splits the soft points by criterion.
    """

    filled: int
    weighted_fill: int
    soft: int
    parts: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Settled:
    """What stands before a plan is made: the proposals it must hold, the pins refused, and what is wrong with locks."""

    proposals: tuple[Proposal, ...] = ()
    refused: tuple[Breach, ...] = ()
    faults: tuple[Breach, ...] = ()


def check(problem: Problem, plan: Plan, door: Door = Door.plan) -> tuple[Breach, ...]:
    """Return every breach of a plan, in the order of its proposals; an empty answer means that it holds.

    Each proposal is judged against the person's calendar and the plan's other proposals for her, so a repeated one
    breaks ASG_HELD. A consent that is wanting is a breach; a condition that can still be met is not. A proposal
    for which no place is left breaks ASG_FULL. What is locked, and each pin that can be kept, must be in the plan.

    Raises
    ------
    KeyError
        If a proposal names what is not in the problem.
    """
    return (*_breaches(problem, plan.proposals, door), *_missing(problem, plan, door))


def score(problem: Problem, plan: Plan) -> Score:
    """Grade a plan; a proposal beyond the places of its need earns nothing."""
    surplus = _surplus(problem, plan.proposals)
    filling = [proposal for position, proposal in enumerate(plan.proposals) if position not in surplus]
    parts: Counter[str] = Counter()
    for reasons in grounds(problem, filling):
        for reason in reasons:
            parts[reason.criterion] += reason.points
    return Score(
        filled=len(filling),
        weighted_fill=sum(problem.shift(proposal.shift_id).priority for proposal in filling),
        soft=sum(parts.values()),
        parts=dict(sorted(parts.items())),
    )


def settle(problem: Problem, door: Door = Door.plan) -> Settled:
    """Judge what is locked and pinned, before any plan is made.

    What is locked stands, with its faults told. Pins are taken one by one in their order: one that breaks a rule by
    itself, or with what stands already, is refused with the rules it breaks, and the others stand.
    """
    standing, faults = _known(problem, problem.locked)
    faults += _breaches(problem, standing, door)
    pins, refused = _known(problem, problem.pins)
    for pin in pins:
        if any(pin.pair == proposal.pair for proposal in standing):
            continue
        broken = _broken_by(problem, standing, pin, door)
        refused += broken
        standing += [] if broken else [pin]
    return Settled(tuple(standing), tuple(refused), tuple(faults))


def _known(problem: Problem, proposals: Iterable[Proposal]) -> tuple[list[Proposal], list[Breach]]:
    """Sort proposals into those that name what is in the problem, each once, and breaches for the others."""
    once = {proposal.pair: proposal for proposal in proposals}
    known = [proposal for proposal in once.values() if problem.knows(proposal)]
    unknown = Violation("PLAN_UNKNOWN", RuleClass.never)
    return known, [Breach(proposal, unknown) for proposal in once.values() if not problem.knows(proposal)]


def _broken_by(problem: Problem, standing: Sequence[Proposal], pin: Proposal, door: Door) -> list[Breach]:
    """Return what a pin breaks for itself and for those beside whom it would stand, as breaches of the pin."""
    near = [one for one in standing if one.volunteer_id == pin.volunteer_id or one.pair[1:] == pin.pair[1:]]
    before = {(breach.proposal, breach.violation.code) for breach in _breaches(problem, near, door)}
    after = _breaches(problem, [*near, pin], door)
    return [Breach(pin, breach.violation) for breach in after if (breach.proposal, breach.violation.code) not in before]


def _missing(problem: Problem, plan: Plan, door: Door) -> Iterator[Breach]:
    """Give a breach for each proposal that a plan must hold and does not."""
    held = {proposal.pair for proposal in plan.proposals}
    locked = {proposal.pair for proposal in problem.locked}
    for proposal in settle(problem, door).proposals:
        if proposal.pair not in held:
            code = "PLAN_LOCKED" if proposal.pair in locked else "PLAN_PIN"
            yield Breach(proposal, Violation(code, RuleClass.never))


def _breaches(problem: Problem, proposals: Sequence[Proposal], door: Door) -> list[Breach]:
    held = _held(problem, proposals)
    surplus = _surplus(problem, proposals)
    breaches: list[Breach] = []
    for position, proposal in enumerate(proposals):
        others = (commitment for at, commitment in held[proposal.volunteer_id] if at != position)
        calendar = Calendar((*problem.calendar(proposal.volunteer_id).commitments, *others))
        broken = (*_broken(problem, proposal, calendar, door), *surplus.get(position, ()))
        breaches.extend(Breach(proposal, violation) for violation in broken)
    return breaches


def _held(problem: Problem, proposals: Sequence[Proposal]) -> Mapping[str, list[tuple[int, Commitment]]]:
    """Give for each volunteer what the plan would take of her time, with the position of the proposal."""
    held: dict[str, list[tuple[int, Commitment]]] = defaultdict(list)
    for position, proposal in enumerate(proposals):
        shift = problem.shift(proposal.shift_id)
        held[proposal.volunteer_id].append((position, Commitment(shift.interval, shift.place, shift.id)))
    return held


def _surplus(problem: Problem, proposals: Sequence[Proposal]) -> Mapping[int, tuple[Violation]]:
    """Give the positions of the proposals that find no place left, the earlier ones having taken them."""
    proposed: Counter[tuple[str, str]] = Counter()
    surplus: dict[int, tuple[Violation]] = {}
    for position, proposal in enumerate(proposals):
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
    if problem.rules_out(proposal.volunteer_id, proposal.shift_id):
        yield Violation("PLAN_RULED_OUT", RuleClass.never)
