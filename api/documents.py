"""The documents made from code: they cannot disagree with it, and `kakehashi docs --check` holds that they do not."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.deps import Permit
from api.house_settings import HouseSettings
from api.main import create_app
from api.problem_status import STATUS
from api.settings import PREFIX, Environment, Settings
from models.account import Role
from scheduling.format import Kind, schema
from services.machines import MACHINES
from services.policies import (
    PRIVATE_OF_REPORT,
    REPORT_FIELDS,
    ROLE_PERMISSIONS,
    SHIFT_FIELDS,
    Audience,
    Permission,
    Stage,
)
from services.states import Machine
from services.wording import LANGUAGES, catalogue

_Column = TypeVar("_Column", bound=StrEnum)

FOLDER = Path("docs")
_MADE = "<!-- Made from the code by `kakehashi docs`; do not edit. -->"


def out_of_step(folder: Path = FOLDER) -> list[str]:
    """Return the names of the documents that differ from the code, or are not there."""
    return [
        name
        for name, text in documents().items()
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != text
    ]


def write(folder: Path = FOLDER) -> None:
    """Write every document."""
    folder.mkdir(exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, "utf-8")


def documents() -> Mapping[str, str]:
    """Return the text of every document by its file name."""
    app = create_app(plain_settings(), with_worker=False)
    return {
        "problem.schema.json": _schema("problem"),
        "plan.schema.json": _schema("plan"),
        "openapi.json": json.dumps(app.openapi(), ensure_ascii=False, indent=1) + "\n",
        "states.md": _page("States", _states()),
        "permissions.md": _page("Permissions", _permissions(app)),
        "errors.md": _page("Errors", _errors()),
        "settings.md": _page("Settings", _settings()),
    }


def _schema(kind: Kind) -> str:
    return json.dumps(schema(kind), ensure_ascii=False, indent=1) + "\n"


def plain_settings() -> Settings:
    """Return settings that no environment can change: documents are the same wherever they are made."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings.model_validate({**defaults, "environment": Environment.TEST, "database_url": "sqlite://"})


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", _MADE, "", *lines]).rstrip() + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(head)
    yield _row(columns)
    yield _row("---" for _ in columns)
    for row in rows:
        yield _row(row)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _states() -> Iterator[str]:
    yield "A verb in parentheses is done by the product itself, as a consequence or when its time comes."
    yield ""
    for machine in MACHINES:
        yield f"## {machine.name}"
        yield ""
        yield f"A verb that does not fit the state answers `{machine.code}`."
        yield ""
        yield from _diagram(machine)
        yield from _table(
            ("state", "verb", "leads to", "wants"),
            (
                (f"`{state}`", f"`{verb}`", f"`{move.to}`", f"`{move.by}`" if move.by else "–")  # noqa: RUF001 - none
                for (state, verb), move in machine.moves.items()
            ),
        )


def _diagram(machine: Machine) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (state, verb), move in machine.moves.items():
        yield f"    {state} --> {move.to}: {verb if move.by else f'({verb})'}"
    yield "```"
    yield ""


def _permissions(app: FastAPI) -> Iterator[str]:
    yield "What an account may do follows from its roles together. Which objects it may do it to is a matter of scope:"
    yield "what lies outside answers 404."
    yield ""
    yield "## Roles"
    yield ""
    yield from _matrix("permission", Permission, Role, lambda permission, role: permission in ROLE_PERMISSIONS[role])
    yield "## Operations"
    yield ""
    yield from _table(("operation", "wants"), operation_permissions(app))
    yield "## Who sees what of a shift, when"
    yield ""
    yield "`near` is from 3 days before to 1 day after. Before confirmation, a sensitive kind of service shows as a"
    yield "consultation, and the district is withheld where fewer than ten residents speak the language."
    yield ""
    for audience in Audience:
        yield f"### {audience}"
        yield ""
        yield from _matrix("field", _fields(), Stage, partial(_shown, audience))
    yield from _reports()


def _reports() -> Iterator[str]:
    yield "## Who reads what of a report"
    yield ""
    yield "What a side tells the office alone is not read by the other side."
    yield ""
    yield from _table(
        ("field", "own side and staff", "other side"),
        ((f"`{field}`", "✓", "" if field in PRIVATE_OF_REPORT else "✓") for field in sorted(REPORT_FIELDS)),
    )


def _fields() -> list[str]:
    return sorted({field for fields in SHIFT_FIELDS.values() for field in fields})


def _shown(audience: Audience, field: str, stage: Stage) -> bool:
    return field in SHIFT_FIELDS[audience, stage]


def _matrix(
    name: str, rows: Iterable[str], columns: Iterable[_Column], holds: Callable[[Any, _Column], bool]
) -> Iterator[str]:
    heads = list(columns)
    return _table(
        (name, *heads),
        ((f"`{row}`", *("✓" if holds(row, column) else "" for column in heads)) for row in rows),
    )


def operation_permissions(app: FastAPI) -> list[tuple[str, str]]:
    """Return what each operation wants of its caller, read from the endpoints' own signatures."""
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            wants = _wanted(route.dependant)
            found += [(f"`{method} {context.path}`", wants) for method in sorted(route.methods or ())]
    return sorted(found)


def _wanted(dependant: Dependant) -> str:
    for permit in _permits(dependant):
        return f"`{permit.permission}`" if permit.permission else "signed in"
    return "nothing"


def _permits(dependant: Dependant) -> Iterator[Permit]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Permit):
            yield inner.call
        yield from _permits(inner)


def _errors() -> Iterator[str]:
    yield "`code` is stable. Each has a page at `/problems/{code}`. `{…}` is filled in from the case at hand."
    yield ""
    yield from _table(
        ("code", "status", *LANGUAGES),
        (
            (f"`{code}`", str(STATUS[code]), *(catalogue(language)["problems"][code] for language in LANGUAGES))
            for code in sorted(STATUS)
        ),
    )


def _settings() -> Iterator[str]:
    yield "Read from the environment. A `KAKEHASHI_` variable that is not in this list stops the start."
    yield ""
    yield from _table(
        ("variable", "default", "meaning"),
        (
            (f"`{PREFIX}{name.upper()}`", _default(name, field.default), field.description or "")
            for name, field in sorted(
                Settings.model_fields.items(), key=lambda one: one[0] in HouseSettings.model_fields
            )
        ),
    )


_DEVELOPMENT_ONLY = frozenset({"secret_key", "client_keys"})


def _default(name: str, value: object) -> str:
    if name in _DEVELOPMENT_ONLY:
        return "one for development, which production refuses"
    if value is None or value == ():
        return "none"
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"
