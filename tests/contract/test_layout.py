"""Files stay small, names say something, packages stay empty at their door."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "migrations", "models", "routers", "scheduling", "services", "worker")
LONGEST = 400
"""About 300 lines is the aim; a table of codes or permissions may be somewhat longer."""
EMPTY_WORDS = frozenset({"utils", "util", "common", "helpers", "helper", "manager", "base_service", "crud", "misc"})


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(found) > len(folders)
    return found


def written_by_hand(path: Path) -> bool:
    return path.parent != ROOT / "migrations" / "versions"


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in modules(*PACKAGES) if written_by_hand(path)}
    assert {str(path.relative_to(ROOT)): count for path, count in lengths.items() if count > LONGEST} == {}


def test_no_name_says_nothing() -> None:
    assert [str(path) for path in modules(*PACKAGES, "tests") if path.stem in EMPTY_WORDS] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_top_level_package_imports_nothing_by_itself(package: str) -> None:
    assert (ROOT / package / "__init__.py").read_text("utf-8").strip() == ""


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*PACKAGES)
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_routers_do_not_reach_past_the_services() -> None:
    forbidden = {"sqlalchemy", "sqlmodel"}
    reaching = {
        path.name: module
        for path in modules("routers")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (module := str(node.module).split(".")[0]) in forbidden
    }
    # Readiness asks whether the database answers at all.
    assert reaching.keys() <= {"health.py"}


JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
NOT_SAID_TO_PEOPLE = {
    "api/settings.py": "the name of the foundation until an operator sets it",
    "services/rules.py": "the same name, for rules that are made without settings",
    "models/fields.py": "the letters a reading in kana may have",
    "services/free_text.py": "what must not stand in free text",
}


def spoken(path: Path) -> list[int]:
    """Return the lines of a module on which Japanese text stands that is no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if JAPANESE.search(node.value) and id(node) not in docstrings
    ]


def test_what_is_said_to_people_stands_in_the_catalogues_alone() -> None:
    found = {str(path.relative_to(ROOT)): lines for path in modules(*PACKAGES) if (lines := spoken(path))}
    elsewhere = {path: lines for path, lines in found.items() if "services/demo/" not in path}
    assert elsewhere.keys() == NOT_SAID_TO_PEOPLE.keys(), elsewhere


@pytest.mark.xdist_group("together")
def test_a_group_of_tests_is_named_where_workers_look_for_it(request: pytest.FixtureRequest) -> None:
    """Without its name the tests of a group are scattered, and each worker makes anew what they were to share."""
    by_group = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@together") == by_group
