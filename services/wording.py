"""Every text a person reads comes from the catalogues, by code and language: `services/catalogue/*.toml`.

A text is a format string over named facts. `ja-simple` is plain Japanese (やさしい日本語).
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("ja", "en", "ja-simple")
DEFAULT_LANGUAGE = "ja"
_IN_KANA = ("ja-hira", "ja-hrkt")
"""How others ask for Japanese that is easy to read."""
ABSENT = "–"  # noqa: RUF001 - a dash for the reader


@dataclass(frozen=True)
class Said:
    """A fact that is itself a text of the catalogue, worded in the reader's language."""

    section: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lines:
    """A fact that is a list of texts, one on each line, in their order."""

    lines: tuple[Said, ...]


@dataclass(frozen=True)
class Names:
    """A fact that has a name in several languages, such as a district."""

    names: Mapping[str, str]


class UnknownText(KeyError):
    """A code without a text: a fault of the program, found by the tests."""


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the texts of one language by section and code."""
    text = resources.files("services").joinpath("catalogue", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def say(
    section: str, code: str, language: str, facts: Mapping[str, Any] | None = None, zone: tzinfo | None = None
) -> str:
    """Return the text of a code in a language, its facts filled in (instants in `zone`).

    Raises `UnknownText` when the catalogue lacks the code.
    """
    try:
        text = catalogue(language)[section][code]
    except KeyError:
        raise UnknownText(section, code, language) from None
    return text.format_map(_Facts(facts or {}, language, zone))


def verb_said(verb: str) -> str | Said:
    """Return a verb as a fact: one that is written like a state (`open`) has a word of its own beside the state's."""
    return Said("verbs", verb) if verb in catalogue(DEFAULT_LANGUAGE)["verbs"] else verb


class _Facts(dict[str, Any]):
    """Facts as text; one that is missing shows as a dash, since a message must never fail for want of a number."""

    def __init__(self, facts: Mapping[str, Any], language: str, zone: tzinfo | None) -> None:
        super().__init__({name: _as_text(value, language, zone) for name, value in facts.items()})

    def __missing__(self, key: str) -> str:
        return ABSENT


def _as_text(value: object, language: str, zone: tzinfo | None) -> str:
    match value:
        case None:
            text = ABSENT
        case Said(section=section, code=code, facts=facts):
            text = say(section, code, language, facts, zone)
        case Lines(lines=lines):
            text = "\n".join(_as_text(line, language, zone) for line in lines)
        case Names(names=names):
            text = name_in(names, language, "")
        case datetime() | date() | time():
            text = _when(value, language, zone)
        case list() | tuple() | set() | frozenset():
            text = _enumeration(value, language, zone)
        case str():
            # A code that people would not understand has a word in the catalogue; anything else stands as it is.
            text = catalogue(language)["words"].get(value, value)
        case _:
            text = _plainly(value)
    return text


def _plainly(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _enumeration(values: Collection[object], language: str, zone: tzinfo | None) -> str:
    joint = catalogue(language)["patterns"]["joint"]
    return joint.join(_as_text(entry, language, zone) for entry in sorted(values, key=str)) or ABSENT


def _when(value: date | time, language: str, zone: tzinfo | None) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime):
        local = value.astimezone(zone) if zone else value
        return _day_text(local.date(), language) + local.strftime(" %H:%M")
    return _day_text(value, language)


def _day_text(day: date, language: str) -> str:
    patterns = catalogue(language)["patterns"]
    month = patterns["months"].split()[day.month - 1]
    return patterns["day"].format(day=day.day, month=month, year=day.year)


def negotiate(header: str | None) -> str:
    """Choose the language of the answer from an `Accept-Language` header (RFC 9110 §12.5.4)."""
    if not header:
        return DEFAULT_LANGUAGE
    for tag in _by_weight(header[:200]):
        if tag == "*":
            return DEFAULT_LANGUAGE
        found = _match(tag)
        if found:
            return found
    return DEFAULT_LANGUAGE


def _by_weight(header: str) -> list[str]:
    weighted = []
    for position, part in enumerate(header.split(",")):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if tag.strip() and quality > 0:
            weighted.append((-quality, position, tag.strip().lower()))
    return [tag for _, _, tag in sorted(weighted)]


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _match(tag: str) -> str | None:
    if tag in LANGUAGES:
        return tag
    if tag.startswith(_IN_KANA):
        return "ja-simple"
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else None


def spoken(tag: str | None, otherwise: str) -> str:
    """Return the language of the catalogue that somebody of this language reads, or the other one."""
    return _match((tag or "").lower()) or otherwise


def name_in(names: Mapping[str, str], language: str, fallback: str) -> str:
    """Return a name from a mapping of languages: the caller's, else Japanese, else the code itself."""
    return names.get(language) or names.get("ja") or fallback
