"""Every code has its status and its texts in all languages; none is dead, and none is raised that is not listed."""

import re
import string
from pathlib import Path

import pytest

from api.problem_status import STATUS
from models.tables import METADATA
from services.wording import LANGUAGES, catalogue

ROOT = Path(__file__).parents[2]
FAMILIES = sorted({code.split("_")[0] for code in STATUS if "_" in code} - {"BAD", "NOT", "TOO", "DATE"})
CODE = re.compile(rf'"((?:{"|".join(FAMILIES)})_[A-Z_]+)"')
WARNINGS = frozenset(
    {
        "BRC_LEFT_OUT",
        "CLS_BARRED",
        "CLS_KEPT_SAFE",
        "CLS_RATIO",
        "REQ_CANCEL_LATE",
        "TGT_DAY_OVER",
        "VOL_HOLDS",
        "VOL_TOUCHES",
    }
)
"""Codes that travel with a success and never as a problem."""
NAMES = frozenset({"PLAN_WEIGHTS"})
"""What looks like a code and is a name of the program."""
TABLES_OF_CODES = {ROOT / "api" / "problems.py"}


def sources() -> list[Path]:
    folders = ("api", "models", "routers", "scheduling", "services", "worker")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def raised() -> set[str]:
    return {code for path in sources() for code in CODE.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["titles", "problems"])
def test_every_code_has_a_text(section: str, language: str) -> None:
    texts = catalogue(language)[section]
    assert sorted(STATUS.keys() - texts.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_name_the_same_facts_in_every_language(language: str) -> None:
    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    ours, japanese = catalogue(language)["problems"], catalogue("ja")["problems"]
    assert {code for code in STATUS if facts(ours[code]) != facts(japanese[code])} == set()


def test_every_code_in_the_source_is_listed() -> None:
    found = raised()
    assert len(found) > 50
    assert found - STATUS.keys() - WARNINGS - NAMES == set()


def test_every_listed_code_is_used() -> None:
    words = "\n".join(path.read_text("utf-8") for path in sources() if path not in TABLES_OF_CODES)
    table = (ROOT / "api" / "problems.py").read_text("utf-8").partition("\n}\n")[2]
    assert [code for code in STATUS if f'"{code}"' not in words + table] == []


def test_every_constraint_that_is_translated_exists() -> None:
    from api.constraints import _BY_CONSTRAINT  # noqa: PLC0415

    names = {str(constraint.name) for table in METADATA.tables.values() for constraint in table.constraints}
    names |= {str(index.name) for table in METADATA.tables.values() for index in table.indexes}
    assert _BY_CONSTRAINT.keys() - names == {"no_overlap_booking"}
