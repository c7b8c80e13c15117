"""The soft rules of a whole plan: fairness over all that it gives a person, series, scarcity, the published plan.

They add to the points that each pair has by itself (`scheduling.objective`). All are integers, each with its fact, so
that the reasons of a plan add up to its soft score.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scheduling.objective import Reason, appraise, fair_points
from scheduling.people import ACTIVE, JAPANESE
from scheduling.problem import Need, Problem, Proposal, Rules, Shift, Volunteer

SCARCE: Final = 5
"""A language that more people than this interpret is not scarce."""
LOADED: Final = "fairness"
"""The criterion that a plan counts anew with each assignment it gives."""

Speakers = Mapping[str, int]


def interpreters(problem: Problem) -> Speakers:
    """Count for each language the active people of the problem who interpret it."""
    counts: Counter[str] = Counter()
    for volunteer in problem.volunteers:
        if volunteer.status == ACTIVE and JAPANESE in volunteer.languages:
            counts.update(tag for tag in volunteer.languages if tag != JAPANESE)
    return counts


def scarcity(volunteer: Volunteer, need: Need, speakers: Speakers, rules: Rules) -> Reason | None:
    """Points `-w x (6 - n) / 5` for whom a scarcer language, with `n <= 5` interpreters, makes precious elsewhere."""
    asked = min((speakers.get(tag, 0) for tag in need.languages if tag in volunteer.languages), default=SCARCE + 1)
    spare = [
        (speakers[tag], tag)
        for tag in sorted(volunteer.languages)
        if tag in speakers and tag not in need.languages and volunteer.best_pair((tag,)) is not None
    ]
    count, tag = min(spare, default=(SCARCE + 1, ""))
    if count > SCARCE or count >= asked:
        return None
    points = rules.plan_weights.get("scarcity", 0) * (SCARCE + 1 - count) // SCARCE
    return Reason("scarcity", -points, {"language": tag, "interpreters": count}) if points else None


def assent(volunteer: Volunteer, rules: Rules) -> Reason | None:
    """Points `w x (accepted + 1) / (asked + 2)`: how likely a yes is, smoothed, so that one answer proves little."""
    accepted, asked = volunteer.history.accepted, volunteer.history.asked
    points = rules.plan_weights.get("assent", 0) * (accepted + 1) // (asked + 2)
    return Reason("assent", points, {"accepted": accepted, "asked": asked}) if points else None


def stability(*, published: bool, rules: Rules) -> Reason | None:
    """Points `w` for a pair that the published plan has."""
    points = rules.plan_weights.get("stability", 0) if published else 0
    return Reason("stability", points) if points else None


def grounds(problem: Problem, proposals: Sequence[Proposal]) -> tuple[tuple[Reason, ...], ...]:
    """Return the reasons for each proposal of a plan, in their order; all together they are its soft score.

    Fairness counts the assignments of the plan one by one on top of the last 90 days, the earlier shift first. Of the
    shifts of one series that she takes, all but one get what continuity is worth: the one to which it would give most.
    """
    speakers, published = interpreters(problem), {proposal.pair for proposal in problem.published}
    loads, repeats = _loads(problem, proposals), _repeats(problem, proposals)
    return tuple(
        tuple(
            reason
            for reason in (
                *_own(problem, proposal),
                _fairness(loads[position], problem.rules),
                _series(problem, proposal) if position in repeats else None,
                scarcity(*_who_and_what(problem, proposal), speakers, problem.rules),
                assent(problem.volunteer(proposal.volunteer_id), problem.rules),
                stability(published=proposal.pair in published, rules=problem.rules),
            )
            if reason is not None
        )
        for position, proposal in enumerate(proposals)
    )


def top_up(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> int:
    """Return what continuity still has to give to a pair that is not the first of its series."""
    known = (reason for reason in appraise(volunteer, shift, need, rules) if reason.criterion == "continuity")
    return rules.weights.get("continuity", 0) - sum(reason.points for reason in known)


def _who_and_what(problem: Problem, proposal: Proposal) -> tuple[Volunteer, Need]:
    return problem.volunteer(proposal.volunteer_id), problem.shift(proposal.shift_id).need(proposal.need_id)


def _own(problem: Problem, proposal: Proposal) -> Iterator[Reason]:
    volunteer, need = _who_and_what(problem, proposal)
    reasons = appraise(volunteer, problem.shift(proposal.shift_id), need, problem.rules)
    return (reason for reason in reasons if reason.criterion != LOADED)


def _fairness(load: int, rules: Rules) -> Reason | None:
    points = fair_points(load, rules)
    return Reason(LOADED, points, {"assignments_90d": load}) if points else None


def _series(problem: Problem, proposal: Proposal) -> Reason | None:
    volunteer, need = _who_and_what(problem, proposal)
    shift = problem.shift(proposal.shift_id)
    points = top_up(volunteer, shift, need, problem.rules)
    return Reason("series", points, {"series": shift.series}) if points else None


def _in_time(problem: Problem, proposals: Sequence[Proposal]) -> list[int]:
    """Return the positions of the proposals by the start of their shifts."""

    def when(position: int) -> tuple[object, ...]:
        shift = problem.shift(proposals[position].shift_id)
        return shift.interval, shift.id, position

    return sorted(range(len(proposals)), key=when)


def _loads(problem: Problem, proposals: Sequence[Proposal]) -> dict[int, int]:
    """Give for each position how many assignments its person has before it."""
    count: Counter[str] = Counter()
    loads: dict[int, int] = {}
    for position in _in_time(problem, proposals):
        volunteer = problem.volunteer(proposals[position].volunteer_id)
        loads[position] = volunteer.history.assignments_90d + count[volunteer.id]
        count[volunteer.id] += 1
    return loads


def _repeats(problem: Problem, proposals: Sequence[Proposal]) -> set[int]:
    """Give the positions at which a person comes again in a series."""
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position in _in_time(problem, proposals):
        series = problem.shift(proposals[position].shift_id).series
        if series is not None:
            together[proposals[position].volunteer_id, series].append(position)

    def worth(position: int) -> int:
        volunteer, need = _who_and_what(problem, proposals[position])
        return top_up(volunteer, problem.shift(proposals[position].shift_id), need, problem.rules)

    firsts = {max(positions, key=worth) for positions in together.values()}
    return {position for positions in together.values() for position in positions} - firsts
