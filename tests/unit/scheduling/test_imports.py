import ast
import sys
from pathlib import Path

import scheduling

PACKAGE = Path(scheduling.__file__).parent


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_scheduling_imports_the_standard_library_only() -> None:
    names = {path.name: imported(path) for path in PACKAGE.rglob("*.py")}

    assert {"constraints.py", "ranking.py"} <= names.keys()
    assert "dataclasses" in names["constraints.py"]
    for module, found in names.items():
        assert found <= sys.stdlib_module_names | {"scheduling"}, module


def called(path: Path) -> set[str]:
    """The names of the methods that a module calls."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}


def test_scheduling_reads_no_clock_and_no_environment() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert not imported(path) & {"os", "random", "secrets", "socket", "subprocess", "sys", "uuid"}, path.name
        assert not called(path) & {"now", "today", "utcnow", "monotonic", "perf_counter", "time"}, path.name
