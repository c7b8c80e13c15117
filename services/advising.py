"""What would help most for the places that a plan leaves open, in the reader's words: whom to train, or to recruit."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import select

from models.organization import District
from models.plan_view import AdviceView
from services.unit import Unit
from services.wording import Names, Said, say

_DISTRICTS = select(District.code, District.names)


def show_advice(unit: Unit, advice: Sequence[Mapping[str, Any]]) -> list[AdviceView]:
    """Return the advice of a plan, each with its sentence, what would fill most first."""
    districts = {code: Names(names) for code, names in unit.rows(_DISTRICTS)} if advice else {}
    return [AdviceView(**one, detail=_worded(unit, one, districts)) for one in advice]


def _worded(unit: Unit, one: Mapping[str, Any], districts: Mapping[str, Names]) -> str:
    facts = {
        "language": one["language"].split("/") if one["language"] else Said("words", "any_language"),
        "certificate": one["certificate"].split("+") if one["certificate"] else Said("words", "no_certificate"),
        "district": districts.get(one["district"], Said("words", "no_district")),
        "weekday": Said("words", f"weekday_{one['weekday']}"),
        "places": one["places"],
        "people": one["people"],
    }
    return say("parts", f"advice_{one['kind']}", unit.language, facts, unit.zone)
