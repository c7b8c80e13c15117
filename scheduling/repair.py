"""After a disturbance: somebody drops out, a request comes in. The plan that people know is mended, not made anew."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from scheduling.problem import Problem, Proposal
from scheduling.solution import Plan
from scheduling.solve import Keep, Result, solve
from scheduling.stopping import Progress, Stop


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two plans: proposals kept, taken away and added."""

    kept: tuple[Proposal, ...]
    removed: tuple[Proposal, ...]
    added: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """The mended plan, and what it changes in the one before."""

    result: Result
    changes: Changes


def changes(before: Plan, after: Plan) -> Changes:
    """Compare two plans, whatever was consented to."""
    old, new = ({proposal.pair for proposal in plan.proposals} for plan in (before, after))
    return Changes(
        kept=tuple(proposal for proposal in after.proposals if proposal.pair in old),
        removed=tuple(proposal for proposal in before.proposals if proposal.pair not in new),
        added=tuple(proposal for proposal in after.proposals if proposal.pair not in old),
    )


def repair(  # noqa: PLR0913 (what bounds a solve, each by name)
    problem: Problem,
    published: Plan,
    *,
    stop: Stop | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    lanes: int = 1,
    progress: Callable[[Progress], None] | None = None,
    keep: Keep | None = None,
) -> Repair:
    """Return the plan for a problem as it is now that fills as much as can be with the fewest departures.

    A departure from the published plan costs more than whatever one assignment could gain, so that nobody is moved for
    the sake of points; somebody is moved where that fills a place. What the problem no longer knows is left out.
    """
    known = tuple(proposal for proposal in published.proposals if problem.knows(proposal))
    weights, whole = problem.rules.weights, problem.rules.plan_weights
    heaviest = 2 * (
        sum(weights.values()) + weights.get("continuity", 0) + whole.get("scarcity", 0) + whole.get("assent", 0)
    )
    stability = {"stability": max(heaviest, problem.rules.plan_weights.get("stability", 0))}
    rules = replace(problem.rules, plan_weights={**problem.rules.plan_weights, **stability})
    result = solve(
        replace(problem, rules=rules, published=known),
        stop=stop,
        seed=seed,
        initial=published,
        executor=executor,
        lanes=lanes,
        progress=progress,
        keep=keep,
    )
    return Repair(result, changes(published, result.plan))
