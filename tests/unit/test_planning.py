"""`kakehashi solve` and `kakehashi check`: files in, files out, and a sentence for whatever is wrong with them."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import planning
from api.cli import main
from scheduling.format import read_plan, write_plan, write_problem
from scheduling.problem import Problem
from scheduling.solution import Plan, Proposal
from scheduling.solve import solve
from scheduling.stopping import Progress
from tests.unit.scheduling.instances import problem, shift, span, volunteer
from tests.unit.scheduling.months import put

Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run a command in a folder of its own; return its exit code and what it said on both channels."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kakehashi", *words])
        code = 0
        try:
            main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def month(**over: Any) -> Problem:
    shifts = (shift(id="s1", interval=span(900, 1000)), shift(id="s2", interval=span(1200, 1300)))
    made = problem(volunteer(), shifts=shifts)
    return Problem(made.shifts, made.volunteers, made.calendars, made.rules, **over)


def given(name: str, content: Any) -> str:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return name


def written(name: str) -> Any:
    return json.loads(Path(name).read_text("utf-8"))


def test_a_plan_is_made_from_a_file_and_holds(shell: Shell) -> None:
    source = given("problem.json", write_problem(month()))

    code, out, err = shell("solve", source, "--out", "plan.json", "--time-limit", "60", "--gap", "0", "--seed", "1")

    assert (code, out.startswith("2 places filled; by priority 2 of at most 2 (optimal)")) == (0, True)
    assert [line.split()[2] for line in err.splitlines()][:3] == ["read", "pairs", "greedy"]
    assert read_plan(written("plan.json")).proposals == (put("v1", "s1"), put("v1", "s2"))
    assert written("plan.json")["result"]["fill"] == {"value": 2, "bound": 2, "status": "optimal"}
    assert shell("check", source, "plan.json")[:2] == (0, "The plan holds.\n")


def test_the_same_plan_comes_from_processes(shell: Shell) -> None:
    source = given("problem.json", write_problem(month()))

    shell("solve", source, "--out", "alone.json")
    shell("solve", source, "--out", "together.json", "--executor", "process")

    assert written("alone.json") == written("together.json")


def test_refused_pins_and_faulty_locks_are_told(shell: Shell) -> None:
    bound = month(pins=(put("v9", "s1"),), locked=(put("v9", "s2"),))

    code, out, _ = shell("solve", given("problem.json", write_problem(bound)), "--out", "plan.json")

    assert code == 0
    assert out.splitlines()[1:] == [
        "refused: v9 on s1: PLAN_UNKNOWN",
        "locked against a rule: v9 on s2: PLAN_UNKNOWN",
    ]


def test_a_plan_that_breaks_a_rule_fails_the_check(shell: Shell) -> None:
    source = given("problem.json", write_problem(month()))
    plan = given("plan.json", write_plan(Plan((put("v1", "s1"), put("v1", "s1")))))

    code, out, err = shell("check", source, plan)

    assert code == 1
    assert "v1 on s1: ASG_FULL (places 1, taken 0)" in out
    assert err == "kakehashi: The plan breaks 3 rules.\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.json", None, "missing.json: No such file"),
        ("text.json", "no json", "text.json: not JSON"),
        ("other.json", {"format": "other"}, "other.json: /format: 'kakehashi-problem' is wanted"),
    ],
)
def test_a_bad_problem_is_refused_in_a_sentence(shell: Shell, name: str, content: Any, told: str) -> None:
    if content is not None:
        given(name, content)

    code, _, err = shell("solve", name, "--out", "plan.json")

    assert (code, told in err) == (1, True)
    assert not Path("plan.json").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"format": "kakehashi-plan", "version": 1, "proposals": {}}, "/proposals: a list is wanted"),
        (write_plan(Plan((Proposal("v9", "s1", "n1"),))), "not in the problem: [('v9', 's1', 'n1')]"),
    ],
)
def test_a_bad_plan_is_refused_in_a_sentence(shell: Shell, content: Any, told: str) -> None:
    code, _, err = shell("check", given("problem.json", write_problem(month())), given("plan.json", content))

    assert (code, told in err) == (1, True)


@pytest.mark.parametrize(
    ("executor", "told"),
    [("threads", "threads is no executor"), ("dask://127.0.0.1:1", "No Dask scheduler answers at 127.0.0.1:1.")],
)
def test_an_executor_that_cannot_be_had_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, executor: str, told: str
) -> None:
    monkeypatch.setattr(planning, "ANSWER", 0.5)
    source = given("problem.json", write_problem(month()))

    code, _, err = shell("solve", source, "--out", "plan.json", "--executor", executor)

    assert (code, told in err) == (1, True)


def test_without_dask_the_extra_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    source = given("problem.json", write_problem(month()))

    assert "the extra `cluster`" in shell("solve", source, "--out", "plan.json", "--executor", "dask://a:1")[2]


def test_a_dask_cluster_is_used_with_all_its_threads(shell: Shell) -> None:
    from distributed import LocalCluster  # noqa: PLC0415 (slow to import)

    source = given("problem.json", write_problem(month()))
    make: Any = LocalCluster
    with make(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, protocol="tcp") as one:
        address = one.scheduler_address.replace("tcp://", "dask://")
        assert shell("solve", source, "--out", "plan.json", "--executor", address)[0] == 0

    assert read_plan(written("plan.json")) == solve(month()).plan


def test_an_interrupt_keeps_the_best_plan_so_far(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **given: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return solve(*args, **given)

    monkeypatch.setattr(planning, "solve", interrupted)
    before = signal.getsignal(signal.SIGINT)

    code, out, _ = shell("solve", given("problem.json", write_problem(month())), "--out", "plan.json")

    assert (code, "(cancelled)" in out) == (0, True)
    assert len(read_plan(written("plan.json")).proposals) == 2
    assert signal.getsignal(signal.SIGINT) is before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_progress_is_one_line_that_changes() -> None:
    terminal = Terminal()

    with planning._Teller(terminal) as teller:
        for done in range(3):
            teller.tell(Progress("parts", done, 3, 1, 2, 3, 4))

    assert terminal.getvalue().count("\r") == 1
    assert terminal.getvalue().endswith("parts   parts 0/3  fill 1 of 2  soft 3 of 4\r\n")


def test_what_needs_no_solver_does_not_wait_for_one() -> None:
    import subprocess  # noqa: PLC0415

    listed = subprocess.run(
        [sys.executable, "-c", "import sys, api.cli, api.main; print({'numpy', 'highspy'} & sys.modules.keys())"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == "set()\n"
