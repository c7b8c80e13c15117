"""Values as JSON and back, by their types: one description of a value serves its reader, its writer and its schema."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduling.people import Level

MOST: Final = 20
"""Faults after which a file is not read on."""
_TIME: Final = re.compile(r"\d{2}:\d{2}(:\d{2})?")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

Defaults = Mapping[type, Mapping[str, Any]]
"""What a file may leave out though the value does not."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in a file, as a JSON pointer, and what is wrong there."""

    path: str
    reason: str


class BadFile(ValueError):
    """A file is not what it should be; the faults say where, the first 20 of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.reason}" for fault in faults))
        self.faults = tuple(faults)


class _Enough(Exception):
    """No more faults are wanted."""


Found = list[Fault]
Reader = Callable[[Any, str, Found], Any]
_BAD: Final = object()
"""What a reader returns for a value that has faults."""


class Codec:
    """Reads values of any type made of dataclasses, and describes them as a JSON Schema."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults
        self._reader = cache(self._make)

    def read(self, kind: Any, value: Any) -> Any:
        """Return the value of a type from what JSON holds.

        Raises
        ------
        BadFile
            With every fault found.
        """
        found: Found = []
        try:
            read = self._reader(kind)(value, "", found)
        except _Enough:
            read = _BAD
        if found:
            raise BadFile(found)
        return read

    def schema(self, kind: type) -> dict[str, Any]:
        """Return the JSON Schema of a type, its parts under `$defs`."""
        definitions: dict[str, Any] = {}
        root = self._described(kind, definitions)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}

    def _make(self, kind: Any) -> Reader:
        origin, given = get_origin(kind), get_args(kind)
        if origin is UnionType:
            return _optional(self._reader(next(one for one in given if one is not NoneType)))
        if origin is tuple and given[-1] is not ...:
            return _exactly([self._reader(one) for one in given])
        if origin in {tuple, frozenset}:
            return _list(self._reader(given[0]), origin)
        if origin is Mapping:
            return _mapping(self._reader(given[1]))
        return self._dataclass(kind) if is_dataclass(kind) else _plain(kind)

    def _dataclass(self, kind: Any) -> Reader:
        parts = {name: self._reader(hint) for name, hint in _fields(kind).items()}
        needed = [name for name in parts if name not in self._optional_of(kind)]
        given = self._defaults.get(kind, {})

        def read(value: Any, path: str, found: Found) -> Any:
            if not isinstance(value, dict):
                return _fault(found, path, "an object is wanted")
            before = len(found)
            for name in value.keys() - parts.keys():
                _fault(found, f"{path}/{name}", "no such field")
            for name in needed:
                if name not in value:
                    _fault(found, path, f"{name!r} is missing")
            read = {name: parts[name](one, f"{path}/{name}", found) for name, one in value.items() if name in parts}
            if len(found) > before:
                return _BAD
            try:
                return kind(**{**given, **read})
            except ValueError as wrong:
                return _fault(found, path, str(wrong))

        return read

    def _optional_of(self, kind: type) -> set[str]:
        own = {one.name for one in fields(kind) if one.default is not MISSING or one.default_factory is not MISSING}
        return own | set(self._defaults.get(kind, {}))

    def _described(self, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
        origin, given = get_origin(kind), get_args(kind)
        if origin is UnionType:
            some = self._described(next(one for one in given if one is not NoneType), definitions)
            return {"anyOf": [some, {"type": "null"}]}
        if origin is tuple and given[-1] is not ...:
            items = [self._described(one, definitions) for one in given]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if origin in {tuple, frozenset}:
            unique = {"uniqueItems": True} if origin is frozenset else {}
            return {"type": "array", "items": self._described(given[0], definitions), **unique}
        if origin is Mapping:
            return {"type": "object", "additionalProperties": self._described(given[1], definitions)}
        return self._named(kind, definitions) if is_dataclass(kind) else dict(_plain_of(kind).schema)

    def _named(self, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            optional = self._optional_of(kind)
            parts = _fields(kind)
            definitions[kind.__name__] = {
                "description": " ".join((kind.__doc__ or "").split("\n\n")[0].split()),
                "type": "object",
                "properties": {name: self._described(hint, definitions) for name, hint in parts.items()},
                "required": [name for name in parts if name not in optional],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{kind.__name__}"}


def write(value: Any) -> Any:
    """Return a value as what JSON holds; fields at their default are left out, sets are sorted."""
    for kinds, written in _WRITERS:
        if isinstance(value, kinds):
            return written(value)
    if is_dataclass(value):
        return {one.name: write(getattr(value, one.name)) for one in fields(value) if _is_said(value, one)}
    return value


def _write_list(value: Any) -> list[Any]:
    return [write(one) for one in value]


_WRITERS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (Level, lambda level: level.code),
    (Enum, lambda one: one.value),
    (date | time, lambda one: one.isoformat()),
    (ZoneInfo, str),
    (Mapping, lambda one: {str(name): write(value) for name, value in one.items()}),
    (frozenset, lambda one: sorted(map(write, one))),
    (tuple | list, _write_list),
)


def _is_said(value: Any, one: Any) -> bool:
    if not one.init:
        return False
    default = one.default if one.default_factory is MISSING else one.default_factory()
    return bool(getattr(value, one.name) != default)


def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind) if one.init}


def _fault(found: Found, path: str, reason: str) -> Any:
    found.append(Fault(path, reason))
    if len(found) >= MOST:
        raise _Enough
    return _BAD


def _optional(reader: Reader) -> Reader:
    return lambda value, path, found: None if value is None else reader(value, path, found)


def _exactly(readers: list[Reader]) -> Reader:
    def read(value: Any, path: str, found: Found) -> Any:
        if not isinstance(value, list) or len(value) != len(readers):
            return _fault(found, path, f"a list of {len(readers)} is wanted")
        return tuple(
            reader(one, f"{path}/{at}", found) for at, (reader, one) in enumerate(zip(readers, value, strict=True))
        )

    return read


def _list(reader: Reader, kind: Callable[[list[Any]], Any]) -> Reader:
    def read(value: Any, path: str, found: Found) -> Any:
        if not isinstance(value, list):
            return _fault(found, path, "a list is wanted")
        return kind([reader(one, f"{path}/{at}", found) for at, one in enumerate(value)])

    return read


def _mapping(reader: Reader) -> Reader:
    def read(value: Any, path: str, found: Found) -> Any:
        if not isinstance(value, dict):
            return _fault(found, path, "an object is wanted")
        return {name: reader(one, f"{path}/{name}", found) for name, one in value.items()}

    return read


def _plain(kind: Any) -> Reader:
    plain = _plain_of(kind)

    def read(value: Any, path: str, found: Found) -> Any:
        try:
            return plain.convert(value)
        except (ValueError, TypeError, ZoneInfoNotFoundError):
            return _fault(found, path, f"{json.dumps(value)[:60]} is not {plain.wanted}")

    return read


@dataclass(frozen=True, slots=True)
class _Plain:
    """A type that JSON holds as one value: what is wanted in words, how it is read, and its schema."""

    wanted: str
    convert: Callable[[Any], Any]
    schema: Mapping[str, Any]


def _plain_of(kind: Any) -> _Plain:
    if kind in _PLAINS:
        return _PLAINS[kind]
    values = [one.value for one in kind]
    return _Plain(f"one of {', '.join(values)}", kind, {"enum": values})


def _exact(kind: type, *others: type) -> Callable[[Any], Any]:
    """Take a value of the type and of no other: true is no number."""

    def convert(value: Any) -> Any:
        if type(value) is kind or type(value) in others:
            return value
        raise TypeError

    return convert


def _shaped(pattern: re.Pattern[str], convert: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Take a text of the shape: what Python would read beyond it, no other program would write."""

    def shaped(value: Any) -> Any:
        if pattern.fullmatch(value) is None:
            raise ValueError
        return convert(value)

    return shaped


_PLAINS: Final[Mapping[Any, _Plain]] = {
    str: _Plain("a text", _exact(str), {"type": "string"}),
    int: _Plain("a whole number", _exact(int), {"type": "integer"}),
    float: _Plain("a number", _exact(float, int), {"type": "number"}),
    bool: _Plain("true or false", _exact(bool), {"type": "boolean"}),
    date: _Plain("a day like 2026-06-01", _shaped(_DAY, date.fromisoformat), {"type": "string", "format": "date"}),
    time: _Plain("a time like 09:30", _shaped(_TIME, time.fromisoformat), {"type": "string", "pattern": _TIME.pattern}),
    datetime: _Plain(
        "an instant with offset like 2026-06-01T09:30:00+09:00",
        _shaped(_INSTANT, datetime.fromisoformat),
        {"type": "string", "format": "date-time"},
    ),
    ZoneInfo: _Plain("a time zone like Asia/Tokyo", _shaped(re.compile(r"[\w/+-]+"), ZoneInfo), {"type": "string"}),
    Level: _Plain(
        f"one of {', '.join(level.code for level in Level)}", Level.parse, {"enum": [level.code for level in Level]}
    ),
}
