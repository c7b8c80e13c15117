"""`python -m bench.scheduling`: the scheduler against its targets."""
# ruff: noqa: T201 (a command line prints)

import argparse
from pathlib import Path
from typing import Final

from bench.scheduling import report
from bench.scheduling.competitors import COMPETITORS
from bench.scheduling.generate import SIZES
from bench.scheduling.running import Run, alone, drop_out
from bench.service.report import machine

SECONDS: Final = {"city": 15.0, "prefecture": 60.0, "nation": 300.0}
FIELD: Final = {
    "city": ["engine", "greedy by priority", "greedy by scarcity", "greedy by time", "CP-SAT"],
    "prefecture": ["engine", "greedy by priority", "greedy by scarcity", "greedy by time", "CP-SAT"],
    "nation": ["engine, 2 processes", "greedy by priority", "greedy by scarcity", "greedy by time"],
}
FOLDER: Final = Path("var/bench")


def main() -> None:
    """Run the contests one by one and say what was found."""
    asked = _arguments()
    runs: list[Run] = []
    for size in asked.sizes:
        for tight in asked.months:
            for competitor in [one for one in FIELD[size] if one in asked.competitors]:
                rounds = asked.rounds if "greedy" not in competitor else 1
                for seed in range(1, rounds + 1):
                    runs.append(alone(size, competitor, asked.seconds or SECONDS[size], seed, tight=tight == "tight"))
                    print(report.table(runs[-1:]).splitlines()[-1], flush=True)
    repaired = [size for size in asked.sizes if size != "nation" and not asked.no_repair]
    found = [drop_out(size, SECONDS[size], tight=tight == "tight") for size in repaired for tight in asked.months]
    about = {**machine(), "command": vars(asked)}
    print("", report.table(runs), "", report.avoidable(runs), "", report.drop_outs(found), sep="\n")
    print("", report.keep(FOLDER, runs, found, about), *report.draw(FOLDER, runs), sep="\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scheduling", description=main.__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--months", nargs="+", choices=("normal", "tight"), default=["normal", "tight"])
    parser.add_argument("--competitors", nargs="+", choices=COMPETITORS, default=list(COMPETITORS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, help="for each run; 15, 60 and 300 by default")
    parser.add_argument("--no-repair", action="store_true", help="leave out the drop-outs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
