"""Explaining an unfilled need: who speaks the language, what alone bars each, who is taken, what would help most."""

from dataclasses import dataclass
from typing import Literal

from scheduling.constraints import judge
from scheduling.problem import Door, Need, Problem, Shift, Violation, Volunteer

Kind = Literal["nobody_speaks", "all_barred", "all_taken", "open"]
Bars = dict[str, Violation]


@dataclass(frozen=True, slots=True)
class SoleBlocker:
    """A code that alone bars `count` people, with their numbers."""

    code: str
    count: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Why a need is open.

    `speakers` have an accepted language at all (everyone, where none is asked for); all else is counted among them.
    `eligible` could come as things stand: nothing bars them and no consent is wanting. `taken_by` pairs the number of
    each whom only other commitments keep away with the shifts of those (None for what is no shift). `relaxation` is
    the code that frees most people if set aside; what only staff may know is never proposed.
    """

    speakers: int
    eligible: int
    sole_blockers: tuple[SoleBlocker, ...]
    taken_by: tuple[tuple[str, str | None], ...]
    relaxation: str | None
    kind: Kind


def explain_unfilled(problem: Problem, shift: Shift, need: Need, door: Door = Door.offer) -> Unfilled:
    """Explain an unfilled need, as seen from offering it unless another door is named.

    A wanting consent counts as a bar here ("one is away"), unlike in `Verdict.eligible`; an open condition does not.
    """
    speakers = sorted((one for one in problem.volunteers if _speaks(one, need)), key=lambda one: (one.number, one.id))
    barred = [(volunteer, _bars(problem, volunteer, shift, need, door)) for volunteer in speakers]
    alone = [(volunteer, violation) for volunteer, bars in barred if len(bars) == 1 for violation in bars.values()]
    eligible = sum(not bars for _, bars in barred)
    sole_blockers = _sole_blockers(alone)
    taken_by = _taken_by(problem, shift, alone)
    return Unfilled(
        speakers=len(speakers),
        eligible=eligible,
        sole_blockers=sole_blockers,
        taken_by=taken_by,
        relaxation=_relaxation(sole_blockers, alone),
        kind=_kind(len(speakers), eligible, taken=bool(taken_by)),
    )


def _speaks(volunteer: Volunteer, need: Need) -> bool:
    return not need.languages or not volunteer.languages.keys().isdisjoint(need.languages)


def _bars(problem: Problem, volunteer: Volunteer, shift: Shift, need: Need, door: Door) -> Bars:
    verdict = judge(problem, volunteer, shift, need, door)
    return {violation.code: violation for violation in (*verdict.violations, *verdict.consent_needed)}


def _sole_blockers(alone: list[tuple[Volunteer, Violation]]) -> tuple[SoleBlocker, ...]:
    numbers: dict[str, list[str]] = {}
    for volunteer, violation in alone:
        numbers.setdefault(violation.code, []).append(volunteer.number)
    blockers = (SoleBlocker(code, len(of_code), tuple(of_code)) for code, of_code in numbers.items())
    return tuple(sorted(blockers, key=lambda blocker: (-blocker.count, blocker.code)))


def _taken_by(
    problem: Problem, shift: Shift, alone: list[tuple[Volunteer, Violation]]
) -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (volunteer.number, commitment.shift_id)
        for volunteer, violation in alone
        if violation.code in {"ASG_OVERLAP", "ASG_HELD"}
        for commitment in problem.calendar(volunteer.id).overlapping(shift.interval)
    )


def _relaxation(blockers: tuple[SoleBlocker, ...], alone: list[tuple[Volunteer, Violation]]) -> str | None:
    silent = {violation.code for _, violation in alone if violation.silent}
    return next((blocker.code for blocker in blockers if blocker.code not in silent), None)


def _kind(speakers: int, eligible: int, *, taken: bool) -> Kind:
    if speakers == 0:
        return "nobody_speaks"
    if eligible:
        return "open"
    return "all_taken" if taken else "all_barred"
