import ast
import sys
from pathlib import Path

import scheduling

PACKAGE = Path(scheduling.__file__).parent
NUMERIC = {"columns.py", "pairs.py", "repair.py", "roll.py", "solve.py"}
"""Modules outside `solvers` that know of them, or count in columns."""


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_the_judges_import_the_standard_library_only() -> None:
    names = {path: imported(path) for path in PACKAGE.rglob("*.py")}
    judges = {path.name: found for path, found in names.items() if path.parent == PACKAGE and path.name not in NUMERIC}

    assert {"constraints.py", "ranking.py", "solution.py", "explain.py", "horizon.py"} <= judges.keys()
    assert "dataclasses" in judges["constraints.py"]
    for module, found in judges.items():
        assert found <= sys.stdlib_module_names | {"scheduling"}, module


def test_solvers_import_numpy_and_one_of_them_highs() -> None:
    for path in PACKAGE.rglob("*.py"):
        allowed = {"scheduling", "numpy"} | ({"highspy"} if path.name == "model.py" else set())
        assert imported(path) <= sys.stdlib_module_names | allowed, path.name


def test_no_judge_knows_a_solver() -> None:
    for path in PACKAGE.glob("*.py"):
        if path.name not in NUMERIC:
            assert "scheduling.solvers" not in path.read_text(encoding="utf-8"), path.name


def called(path: Path) -> set[str]:
    """The names of the methods that a module calls."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}


def test_scheduling_reads_no_environment_and_its_one_clock_measures_time_limits() -> None:
    clocks = {"now", "today", "utcnow", "monotonic", "perf_counter", "time"}
    for path in PACKAGE.rglob("*.py"):
        assert not imported(path) & {"os", "random", "secrets", "socket", "subprocess", "sys", "uuid"}, path.name
        assert not called(path) & clocks, path.name
        assert ("time" in imported(path)) == (path.name == "stopping.py"), path.name
