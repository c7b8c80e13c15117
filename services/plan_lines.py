"""From what the solver made to what is written down: lines against today's assignments, open places, and figures.

Pure: it reads no row, so that nothing of it needs a transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from models.plan import PlanChange
from scheduling.explain import Unfilled
from scheduling.explain_plan import OpenPlace, PlanExplained
from scheduling.objective import Reason
from scheduling.people import ACTIVE, JAPANESE, AvailabilityState
from scheduling.problem import Problem, Proposal
from scheduling.solution import Breach
from services.framing import Frame, Standing
from services.notifying import pack
from services.solving import Ending

if TYPE_CHECKING:
    from scheduling.solve import Result

Pair = tuple[str, str, str]
"""Volunteer, shift, need."""


def ending_of(frame: Frame, result: "Result", explained: PlanExplained) -> Ending:
    """Return a plan as it is written down."""
    lines = list(_lines(frame, result, explained))
    gained = [line for line in lines if line["change"] is PlanChange.GAIN]
    lost = [line for line in lines if line["change"] is PlanChange.LOSE]
    left = [*lost, *(line for line in lines if line["change"] is PlanChange.REPLACE)]
    columns = {
        "fill": result.fill.value,
        "fill_bound": result.fill.bound,
        "soft": result.soft.value,
        "soft_bound": result.soft.bound,
        "ended_as": str(result.status),
        "fingerprint": frame.fingerprint(),
        "open_places": frame.open_places + len(lost),
        "filled": len(gained),
        "figures": {
            "points": dict(result.score.parts),
            "refused": [_refused(breach) for breach in _refused_wishes(frame, result)],
            "advice": [_advice(one) for one in explained.advice],
            "fairness": _fairness(frame.problem, gained, left),
        },
    }
    return Ending(columns, lines, [_open(frame.problem, frame, place) for place in explained.open])


def _lines(frame: Frame, result: "Result", explained: PlanExplained) -> Iterator[dict[str, Any]]:
    """Give who gains, who keeps, who loses a place, and whose is taken by a stand-in."""
    reasons = {one.proposal.pair: one.reasons for one in explained.assigned}
    standing = {one.proposal.pair: one for one in frame.standing}
    chosen = {proposal.pair for proposal in result.plan.proposals}
    moving = {proposal.pair for proposal in frame.problem.published}
    broken = {breach.proposal.pair: breach for breach in result.refused}
    taken = standins(frame, result.plan.proposals)
    for pair, one in standing.items():
        change = PlanChange.LOSE if pair in moving and pair not in chosen else PlanChange.KEEP
        change = PlanChange.REPLACE if pair in taken else change
        line = _line(frame, one.proposal, change, reasons.get(pair, ())) | _of_standing(one, broken.get(pair))
        yield line | {"counterpart_id": taken.get(pair)}
    replaced = {(holder[1], str(by)): UUID(holder[0]) for holder, by in taken.items()}
    for proposal in result.plan.proposals:
        if proposal.pair not in standing:
            line = _line(frame, proposal, PlanChange.GAIN, (_weight(frame, proposal), *reasons[proposal.pair]))
            yield line | {"counterpart_id": replaced.get((proposal.shift_id, proposal.volunteer_id))}


def standins(frame: Frame, chosen: Sequence[Proposal]) -> dict[Pair, UUID]:
    """Return who takes the place of each who waits for a stand-in: as at the door, free places go first, then the longest waiting."""
    known = {one.proposal.pair for one in frame.standing}
    waiting: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in sorted(frame.standing, key=lambda one: (one.since, one.assignment_id)):
        if one.waits:
            waiting[one.proposal.pair[1:]].append(one)
    taken: dict[Pair, UUID] = {}
    for (shift_id, need_id), holders in waiting.items():
        here = [proposal for proposal in chosen if proposal.pair[1:] == (shift_id, need_id)]
        kept = sum(proposal.pair in known for proposal in here)
        free = frame.problem.shift(shift_id).need(need_id).open_places - len(holders) - kept
        newcomers = [proposal for proposal in here if proposal.pair not in known]
        for holder, newcomer in zip(holders, newcomers[free:], strict=False):
            taken[holder.proposal.pair] = UUID(newcomer.volunteer_id)
    return taken


def _of_standing(one: Standing, breach: Breach | None) -> dict[str, Any]:
    """Say where she stands, and for one who cannot stay the rule that she breaks."""
    code, facts = (breach.violation.code, breach.violation.facts) if breach else (None, {})
    return {"assignment_id": one.assignment_id, "code": code, "facts": pack(facts)}


def _line(frame: Frame, proposal: Proposal, change: PlanChange, reasons: Sequence[Reason]) -> dict[str, Any]:
    starts_at, minutes = frame.times[proposal.shift_id]
    return {
        "shift_id": UUID(proposal.shift_id),
        "demand_id": UUID(proposal.need_id),
        "volunteer_id": UUID(proposal.volunteer_id),
        "starts_at": starts_at,
        "minutes": minutes,
        "change": change,
        "to_ask": change is PlanChange.GAIN and _is_unknown(frame.problem, proposal),
        "reasons": [{"criterion": one.criterion, "points": one.points, "facts": pack(one.facts)} for one in reasons],
        "overrides": frame.overrides.get((proposal.volunteer_id, proposal.shift_id), []),
        "shift_version": frame.shift_versions[proposal.shift_id],
        "volunteer_version": frame.volunteer_versions[proposal.volunteer_id],
        "assignment_id": None,
        "code": None,
        "facts": {},
    }


def _weight(frame: Frame, proposal: Proposal) -> Reason:
    """Return why the place is to be filled before others: no points, since it is not of who fills it."""
    return Reason("priority", 0, frame.priorities[proposal.shift_id].facts)


def _is_unknown(problem: Problem, proposal: Proposal) -> bool:
    """Tell whether nothing is known of her hours, and she did not consent by name either."""
    presence = problem.rules.presence(problem.shift(proposal.shift_id))
    state = problem.volunteer(proposal.volunteer_id).availability.state(presence, problem.rules.zone)
    return state is AvailabilityState.unknown and "ASG_UNAVAILABLE" not in proposal.consents


def _refused_wishes(frame: Frame, result: "Result") -> list[Breach]:
    """Return what was refused of the coordinator's own pins; who cannot stay where she stands is a line of the plan."""
    standing = {one.proposal.pair for one in frame.standing}
    return [breach for breach in result.refused if breach.proposal.pair not in standing]


def _refused(breach: Breach) -> dict[str, Any]:
    volunteer_id, shift_id, _ = breach.proposal.pair
    return {
        "volunteer_id": volunteer_id,
        "shift_id": shift_id,
        "code": breach.violation.code,
        "facts": pack(breach.violation.facts),
    }


def _advice(one: Any) -> dict[str, Any]:
    names = ("kind", "language", "certificate", "district", "weekday", "places", "people")
    return {name: getattr(one, name) for name in names}


def _open(problem: Problem, frame: Frame, place: OpenPlace) -> dict[str, Any]:
    languages = problem.shift(place.shift_id).need(place.need_id).languages
    price = place.price
    return {
        "shift_id": UUID(place.shift_id),
        "demand_id": UUID(place.need_id),
        "starts_at": frame.times[place.shift_id][0],
        "places": place.places,
        "why": {
            "language": languages[0] if languages else None,
            "priority": frame.priorities[place.shift_id].value,
            **_why(place.why),
        },
        "price": None
        if price is None
        else {
            "volunteer_id": price.volunteer_id,
            "displaced_shift_ids": [one.shift_id for one in price.displaced],
            "weight": price.weight,
        },
    }


def _why(why: Unfilled) -> dict[str, Any]:
    return {
        "kind": why.kind,
        "speakers": why.speakers,
        "eligible": why.eligible,
        "sole_blockers": [[one.code, one.count, list(one.numbers)] for one in why.sole_blockers],
        "taken_by": [list(pair) for pair in why.taken_by],
        "relaxation": why.relaxation,
    }


def _fairness(problem: Problem, gained: Sequence[Mapping[str, Any]], lost: Sequence[Mapping[str, Any]]) -> Any:
    """Compare how the work lies on the active interpreters, and on whoever else gains or loses, before and after."""
    moved = {str(line["volunteer_id"]) for line in (*gained, *lost)}
    able = [one for one in problem.volunteers if one.status == ACTIVE]
    people = [one for one in able if JAPANESE in one.languages or one.id in moved]
    moving = Counter(proposal.volunteer_id for proposal in problem.published)
    before = {one.id: one.history.assignments_90d + moving[one.id] for one in people}
    more, less = (Counter(str(line["volunteer_id"]) for line in lines) for lines in (gained, lost))
    after = {one: count + more[one] - less[one] for one, count in before.items()}
    return {"before": spread(sorted(before.values())), "after": spread(sorted(after.values()))}


def spread(loads: Sequence[int]) -> dict[str, Any]:
    """Return how evenly loads lie, given in ascending order."""
    total, count = sum(loads), len(loads)
    weighted = sum(position * load for position, load in enumerate(loads, start=1))
    gini = (2 * weighted / total - (count + 1)) / count if total else 0.0
    most = loads[-1] if loads else 0
    return {"people": count, "with_none": sum(load == 0 for load in loads), "most": most, "gini": round(gini, 4)}
