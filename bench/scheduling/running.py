"""One run: a competitor on a problem, in a process of its own, its plan judged by those who know no solver."""

import resource
import time
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from typing import Any

from bench.scheduling.competitors import COMPETITORS
from bench.scheduling.generate import SIZES, generate
from scheduling.problem import Problem
from scheduling.repair import repair
from scheduling.solution import Plan, check, score
from scheduling.stopping import TimeLimit


@dataclass
class Run:
    """What a competitor reached; `unfilled` is the weight of the places left open."""

    size: str
    tight: bool
    competitor: str
    seed: int
    seconds: float
    fill: int
    unfilled: int
    soft: int
    fill_bound: int | None
    soft_bound: int | None
    fill_status: str
    soft_status: str
    breaches: int
    megabytes: int
    trace: list[Any] = field(default_factory=list)

    @property
    def fill_gap(self) -> float | None:
        """The share of the fill by which it could still rise."""
        return None if self.fill_bound is None else (self.fill_bound - self.fill) / max(1, self.fill)

    @property
    def soft_gap(self) -> float | None:
        """The share of the soft points by which they could still rise."""
        return None if self.soft_bound is None else (self.soft_bound - self.soft) / max(1, self.soft)


def places(problem: Problem) -> int:
    """Return the weight of all open places."""
    return sum(shift.priority * need.open_places for shift in problem.shifts for need in shift.needs)


def alone(size: str, competitor: str, seconds: float, seed: int, *, tight: bool) -> Run:
    """Run in a fresh process, so that memory is the run's own."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(sender, size, competitor, seconds, seed, tight))
    child.start()
    sender.close()
    found = Run(**receiver.recv())
    child.join()
    return found


def _run(sender: Any, size: str, competitor: str, seconds: float, seed: int, tight: bool) -> None:  # noqa: FBT001
    problem = generate(SIZES[size], tight=tight)
    began = time.monotonic()
    outcome = COMPETITORS[competitor](problem, seconds, seed)
    took = time.monotonic() - began
    graded = score(problem, outcome.plan)
    run = Run(
        size=size,
        tight=tight,
        competitor=competitor,
        seed=seed,
        seconds=round(took, 2),
        fill=graded.weighted_fill,
        unfilled=places(problem) - graded.weighted_fill,
        soft=graded.soft,
        fill_bound=outcome.fill_bound,
        soft_bound=outcome.soft_bound,
        fill_status=outcome.fill_status,
        soft_status=outcome.soft_status,
        breaches=len(check(problem, outcome.plan)),
        megabytes=sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        // 1024,
        trace=outcome.trace[:: max(1, len(outcome.trace) // 500)],
    )
    sender.send(asdict(run))
    sender.close()


@dataclass
class DropOut:
    """What a drop-out moves: of `others` assignments, `moved` are of other people than the one who left."""

    size: str
    tight: bool
    others: int
    moved: int
    fill_before: int
    fill_after: int
    seconds: float


def drop_out(size: str, seconds: float, *, tight: bool) -> DropOut:
    """Take away the person with most assignments of a plan, and mend it."""
    problem = generate(SIZES[size], tight=tight)
    plan = COMPETITORS["engine"](problem, seconds, 1).plan
    counts: dict[str, int] = {}
    for proposal in plan.proposals:
        counts[proposal.volunteer_id] = counts.get(proposal.volunteer_id, 0) + 1
    gone = max(sorted(counts), key=counts.__getitem__)
    left = _without(problem, gone)
    began = time.monotonic()
    mended = repair(left, plan, stop=TimeLimit(seconds))
    others = [one for one in plan.proposals if one.volunteer_id != gone]
    kept = Plan(tuple(others))
    return DropOut(
        size,
        tight,
        others=len(others),
        moved=sum(one.volunteer_id != gone for one in mended.changes.removed),
        fill_before=score(left, kept).weighted_fill,
        fill_after=mended.result.fill.value,
        seconds=round(time.monotonic() - began, 2),
    )


def _without(problem: Problem, volunteer_id: str) -> Problem:
    fields = {name: getattr(problem, name) for name in ("shifts", "calendars", "rules", "pins", "ruled_out")}
    people = tuple(one for one in problem.volunteers if one.id != volunteer_id)
    calendars = {one: held for one, held in problem.calendars.items() if one != volunteer_id}
    return Problem(**{**fields, "volunteers": people, "calendars": calendars})
