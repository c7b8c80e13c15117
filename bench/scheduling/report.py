"""What was found: tables, the targets, every sample as JSON, and incumbent and bound over time as a picture."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.scheduling.running import DropOut, Run

COLUMNS: Final = (
    "| size | month | competitor | unfilled (range) | fill gap % | soft | soft gap % | seconds | MB | breaches |"
)


def grouped(runs: Iterable[Run]) -> dict[tuple[str, bool, str], list[Run]]:
    """Put the rounds of one contest together."""
    groups: dict[tuple[str, bool, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.size, run.tight, run.competitor), []).append(run)
    return groups


def table(runs: Sequence[Run]) -> str:
    """Return medians, with the range of what counts most."""
    lines = [COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1)]
    for (size, tight, competitor), rounds in grouped(runs).items():
        unfilled = [run.unfilled for run in rounds]
        lines.append(
            f"| {size} | {_month(tight=tight)} | {competitor} | {_middle(unfilled):,.0f} ({min(unfilled):,}-{max(unfilled):,}) "
            f"| {_percent([run.fill_gap for run in rounds])} | {_middle([run.soft for run in rounds]):,.0f} "
            f"| {_percent([run.soft_gap for run in rounds])} | {_middle([run.seconds for run in rounds]):.1f} "
            f"| {_middle([run.megabytes for run in rounds]):.0f} | {sum(run.breaches for run in rounds)} |"
        )
    return "\n".join(lines)


def avoidable(runs: Sequence[Run]) -> str:
    """Return what the engine leaves open beyond its bound, against the best greedy order."""
    lines = ["| size | month | avoidable, best greedy | avoidable, engine | ratio |", "|---|---|---|---|---|"]
    groups = grouped(runs)
    for size, tight in dict.fromkeys((size, tight) for size, tight, _ in groups):
        ours = next(
            found for (s, t, who), found in groups.items() if (s, t) == (size, tight) and who.startswith("engine")
        )
        bound = min(run.fill_bound for run in ours if run.fill_bound is not None)
        greedy = [
            run.fill
            for (s, t, who), found in groups.items()
            if (s, t) == (size, tight) and "greedy" in who
            for run in found
        ]
        if greedy:
            best, mine = bound - max(greedy), bound - _middle([run.fill for run in ours])
            lines.append(f"| {size} | {_month(tight=tight)} | {best} | {mine:.0f} | {mine / max(1, best):.2f} |")
    return "\n".join(lines)


def drop_outs(found: Sequence[DropOut]) -> str:
    """Return what drop-outs move."""
    lines = [
        "| size | month | other assignments | moved | weight open before and filled after | seconds |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.size} | {_month(tight=one.tight)} | {one.others} | {one.moved} ({one.moved / max(1, one.others):.2%}) "
        f"| {one.fill_before} → {one.fill_after} | {one.seconds:.1f} |"
        for one in found
    ]
    return "\n".join(lines)


def keep(folder: Path, runs: Sequence[Run], found: Sequence[DropOut], about: dict[str, Any]) -> Path:
    """Write every sample."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"scheduling-{about['at'].replace(':', '')}.json"
    content = {**about, "runs": [asdict(run) for run in runs], "drop_outs": [asdict(one) for one in found]}
    path.write_text(json.dumps(content, indent=1), "utf-8")
    return path


def draw(folder: Path, runs: Sequence[Run]) -> list[Path]:
    """Draw incumbent and bound over time, one picture for each contest of the engine."""
    import matplotlib as mpl  # noqa: PLC0415 (in the bench's own group)

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    paths = []
    for (size, tight, who), rounds in grouped(runs).items():
        if not rounds[0].trace:
            continue
        figure, axes = plt.subplots(1, 2, figsize=(10, 4))
        for run in rounds:
            times, fills, fill_bounds, softs, soft_bounds = zip(*run.trace, strict=True)
            for axis, value, bound in ((axes[0], fills, fill_bounds), (axes[1], softs, soft_bounds)):
                axis.step(times, value, where="post", color="tab:blue", label="incumbent")
                axis.step(times, bound, where="post", color="tab:red", label="bound")
        for axis, level in zip(axes, ("weighted fill", "soft points"), strict=True):
            axis.set(title=f"{size}, {_month(tight=tight)}: {level}", xlabel="seconds")
        axes[0].legend(*(one[:2] for one in axes[0].get_legend_handles_labels()), loc="lower right")
        paths.append(folder / f"{size}-{_month(tight=tight)}-{who.replace(', ', '-').replace(' ', '-')}.png")
        figure.tight_layout()
        figure.savefig(paths[-1], dpi=100)
        plt.close(figure)
    return paths


def _month(*, tight: bool) -> str:
    return "tight" if tight else "normal"


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _percent(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * statistics.median(known):.2f}" if known else "-"
