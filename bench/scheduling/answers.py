"""`python -m bench.scheduling.answers`: what it is worth to ask those who are likely to say yes.

Each person of a generated month has a chance of her own to say yes, which nobody knows; the engine sees how she answered
before. A month is planned with several weights of `assent`, everybody proposed is asked once, and the answers are drawn.
"""
# ruff: noqa: T201 (a command line prints)

import argparse
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import mean
from typing import Final

from bench.scheduling.generate import SIZES, generate
from scheduling.problem import Problem
from scheduling.solution import score
from scheduling.solve import solve
from scheduling.stopping import TimeLimit

WEIGHTS: Final = (0, 100, 200, 400, 800)
DRAWS: Final = 1000


@dataclass(frozen=True)
class Outcome:
    """A plan after the answers: places proposed, filled on average, and what it was worth without `assent`."""

    weight: int
    proposed: int
    filled: float
    soft: int


def main() -> None:
    """Plan the same months with each weight and say what was filled."""
    asked = _arguments()
    print(
        "| month | weight | proposed | filled after the answers | other soft points |",
        "|---|---|---|---|---|",
        sep="\n",
    )
    for tight in (False, True):
        found = [compare(asked.size, seed, asked.seconds, tight=tight) for seed in range(1, asked.rounds + 1)]
        for at, weight in enumerate(WEIGHTS):
            proposed, filled, soft = (
                mean(getattr(outcomes[at], name) for outcomes in found) for name in ("proposed", "filled", "soft")
            )
            print(f"| {'tight' if tight else 'normal'} | {weight} | {proposed:.0f} | {filled:.1f} | {soft:.0f} |")


def compare(size: str, seed: int, seconds: float, *, tight: bool) -> list[Outcome]:
    """Return what becomes of one month with each weight."""
    month, chances = _with_pasts(generate(SIZES[size], tight=tight, seed=seed), seed)
    return [_outcome(month, chances, weight, seconds, seed) for weight in WEIGHTS]


def _with_pasts(problem: Problem, seed: int) -> tuple[Problem, Mapping[str, float]]:
    """Give everybody a chance to say yes, most of them a good one, and a past that was drawn from it."""
    dice = random.Random(f"answers/{seed}")  # noqa: S311 (repeatable, not secret)
    chances = {one.id: dice.betavariate(3.0, 1.5) for one in problem.volunteers}
    people = []
    for one in problem.volunteers:
        asked = dice.randrange(0, 16)
        accepted = sum(dice.random() < chances[one.id] for _ in range(asked))
        answered = accepted + sum(dice.random() < 0.7 for _ in range(asked - accepted))  # noqa: PLR2004 (a share)
        past = replace(one.history, asked=asked, answered=answered, accepted=accepted)
        people.append(replace(one, history=past))
    return replace(problem, volunteers=tuple(people)), chances


def _outcome(month: Problem, chances: Mapping[str, float], weight: int, seconds: float, seed: int) -> Outcome:
    rules = replace(month.rules, plan_weights={**month.rules.plan_weights, "assent": weight})
    plan = solve(replace(month, rules=rules), stop=TimeLimit(seconds), seed=seed).plan
    dice = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    asked = [chances[proposal.volunteer_id] for proposal in plan.proposals]
    filled = mean(sum(dice.random() < chance for chance in asked) for _ in range(DRAWS))
    return Outcome(weight, len(plan.proposals), filled, score(month, plan).soft)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scheduling.answers", description=main.__doc__)
    parser.add_argument("--size", choices=SIZES, default="city")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
