"""Problems and plans as files: JSON in which everything that the engine knows of can be said (docs/problem-format.md)."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from scheduling.codec import BadFile, Codec, Fault, write
from scheduling.people import Availability, History, Volunteer
from scheduling.problem import Problem, Shift
from scheduling.solution import Plan

VERSION: Final = 1
Kind = Literal["problem", "plan"]

_CODEC: Final = Codec(
    {
        Problem: {"calendars": {}},
        Shift: {"label": ""},
        Volunteer: {
            "engagement": "volunteer",
            "status": "active",
            "registered_until": None,
            "renewing": False,
            "birth_date": None,
            "gender": None,
            "skills": frozenset(),
            "certificates": (),
            "pledges": (),
            "insurance": (),
            "child_contact_ok": False,
            "child_safety": None,
            "home_district": None,
            "home": None,
            "max_travel_km": None,
            "availability": Availability(),
            "history": History(),
        },
    }
)
_TYPES: Final[Mapping[Kind, type]] = {"problem": Problem, "plan": Plan}
_BESIDE: Final = {"format", "version", "result"}
"""What a file holds beside its value: its kind and version, and in a plan what was said of it."""


def read_problem(content: Any) -> Problem:
    """Return the problem in a file's content; `BadFile` says where it is wrong."""
    problem: Problem = _read("problem", content)
    _refuse_strangers(problem)
    return problem


def read_plan(content: Any) -> Plan:
    """Return the plan in a file's content; `BadFile` says where it is wrong."""
    plan: Plan = _read("plan", content)
    return plan


def write_problem(problem: Problem) -> dict[str, Any]:
    """Return a problem as a file's content."""
    return {"format": _name("problem"), "version": VERSION, **write(problem)}


def write_plan(plan: Plan, result: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a plan as a file's content, with what is to be said of it."""
    said = {} if result is None else {"result": write(result)}
    return {"format": _name("plan"), "version": VERSION, "proposals": write(plan.proposals), **said}


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    described = _CODEC.schema(_TYPES[kind])
    root = described["$defs"].pop(_TYPES[kind].__name__)
    beside = {"format": {"const": _name(kind)}, "version": {"const": VERSION}}
    said = {"result": {"type": "object", "description": "What the solver said of the plan; not read."}}
    properties = {**beside, **root["properties"], **(said if kind == "plan" else {})}
    required = ["format", "version", *root["required"]]
    return {
        **{name: value for name, value in described.items() if name != "$ref"},
        **root,
        "properties": properties,
        "required": required,
    }


def _name(kind: Kind) -> str:
    return f"kakehashi-{kind}"


def _read(kind: Kind, content: Any) -> Any:
    if not isinstance(content, dict):
        raise BadFile([Fault("", "an object is wanted")])
    for name, value in (("format", _name(kind)), ("version", VERSION)):
        if content.get(name) != value:
            raise BadFile([Fault(f"/{name}", f"{value!r} is wanted")])
    beside = _BESIDE if kind == "plan" else _BESIDE - {"result"}
    return _CODEC.read(_TYPES[kind], {name: value for name, value in content.items() if name not in beside})


def _refuse_strangers(problem: Problem) -> None:
    """Refuse a calendar of nobody: a slip in an id would free somebody's time without a word."""
    strangers = sorted(problem.calendars.keys() - {volunteer.id for volunteer in problem.volunteers})
    if strangers:
        raise BadFile([Fault(f"/calendars/{one}", "no volunteer has this id") for one in strangers])
