"""The catalogues speak every language alike, know every code, and say nothing that must stay unsaid."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter
from typing import Final
from zoneinfo import ZoneInfo

import pytest

import models
from api.problem_status import STATUS
from models.competence import CertificationStatus
from models.worklist import WorkCode
from scheduling import problem as values
from scheduling.explain import SoleBlocker, Unfilled
from scheduling.people import AvailabilityState
from services.machines import MACHINES
from services.wording import DEFAULT_LANGUAGE, LANGUAGES, UnknownText, catalogue, name_in, negotiate, say, verb_said

ROOT: Final = Path(__file__).parents[2]
TOKYO: Final = ZoneInfo("Asia/Tokyo")
SECTIONS: Final = {
    "titles",
    "problems",
    "forms",
    "criteria",
    "hosting",
    "emergencies",
    "unfilled",
    "pairings",
    "notices",
    "papers",
    "parts",
    "worklist",
    "verbs",
    "words",
    "figures",
    "definitions",
    "indicators",
    "patterns",
}
CODE: Final = re.compile(r"(REQ|SHF|OFF|ASG|CAS|CLS|CHK|VOL|CERT|ACC|PRIV|FIELD|CRS|PLN|CON|EXP|REP|IMP)_[A-Z_]+[A-Z]")
ENGINE_CODE: Final = re.compile(r"(ASG|CLS|PLAN)_[A-Z_]+[A-Z]")
UNSAID: Final = re.compile(
    r"gender|sex\b|female|male\b|exclu|acquaint|relative|illness|\bill\b|sick"
    r"|性別|女性|男性|除外|外す|担当しない|知り合い|知っている人|親族|病気|体調",
    re.IGNORECASE,
)
LONGEST_PLAIN_SENTENCE: Final = 60
ASKED_FACTS: Final[Mapping[str, frozenset[str]]] = {
    "REQ_LEAD": frozenset({"n"}),
    "REQ_DURATION": frozenset({"max"}),
    "REQ_CLOSED_DAY": frozenset({"day"}),
    "REQ_HOURS": frozenset({"opens", "closes"}),
    "REQ_AGE_WINDOW": frozenset({"first", "last"}),
    "REQ_DUPLICATE": frozenset({"no"}),
    "REQ_FREE_TEXT_PII": frozenset({"found"}),
    "REQ_CANCEL_LATE": frozenset({"deadline"}),
    "TOO_MANY": frozenset({"seconds"}),
    "FIELD_RANGE": frozenset({"min", "max"}),
    "FIELD_CONFLICT": frozenset({"other"}),
}

every_language = pytest.mark.parametrize("language", LANGUAGES)
every_section = pytest.mark.parametrize("section", sorted(SECTIONS))


def placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def enumerations() -> Iterator[type[StrEnum]]:
    for module in iter_modules(models.__path__):
        for thing in vars(import_module(f"models.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, StrEnum) and thing is not StrEnum:
                yield thing


def literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def emitted_codes() -> set[str]:
    sources = [
        path for package in ("api", "models", "scheduling", "services") for path in (ROOT / package).glob("*.py")
    ]
    texts = {text for path in sources for text in literals(ast.parse(path.read_text("utf-8")))}
    return {text for text in texts if CODE.fullmatch(text)} | set(STATUS)


def functions(module: str) -> Iterator[ast.FunctionDef]:
    tree = ast.parse((ROOT / "scheduling" / f"{module}.py").read_text("utf-8"))
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def fact_names(function: ast.FunctionDef) -> set[str]:
    keys = (key for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys if key is not None)
    return {name for key in keys for name in literals(key)}


def facts_by_code() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for function in functions("constraints"):
        for code in filter(CODE.fullmatch, literals(function)):
            found.setdefault(code, set()).update(fact_names(function))
    return found


OF_PLANS = {
    "assent": {"accepted", "asked"},
    "priority": {"priority", "because"},
    "scarcity": {"language", "interpreters"},
    "series": {"series"},
    "stability": set[str](),
}
"""Criteria that only a whole plan knows (`scheduling.horizon`, `services.priorities`), with their facts."""
VARIANTS = {"distance_km": {"km"}, "response_unknown": set[str](), "assent_unknown": set[str]()}
"""Texts of criteria for facts of another shape (`services.explaining.worded`)."""


def facts_by_criterion() -> dict[str, set[str]]:
    return {function.name: fact_names(function) for function in functions("objective") if fact_names(function)}


@every_language
def test_catalogue_has_the_sections(language: str) -> None:
    assert set(catalogue(language)) == SECTIONS


@every_section
@every_language
def test_keys_are_the_same_in_every_language(section: str, language: str) -> None:
    assert list(catalogue(language)[section]) == list(catalogue(DEFAULT_LANGUAGE)[section])


@every_section
@every_language
def test_placeholders_are_the_same_in_every_language(section: str, language: str) -> None:
    named = {key: placeholders(text) for key, text in catalogue(language)[section].items()}
    assert named == {key: placeholders(text) for key, text in catalogue(DEFAULT_LANGUAGE)[section].items()}


@every_section
@every_language
def test_placeholders_are_plain_names(section: str, language: str) -> None:
    for key, text in catalogue(language)[section].items():
        for _, name, spec, conversion in Formatter().parse(text):
            assert name is None or (re.fullmatch(r"[a-z][a-z0-9_]*", name) and not spec and not conversion), key


@every_section
@every_language
def test_texts_are_written_out(section: str, language: str) -> None:
    for key, text in catalogue(language)[section].items():
        filled = say(section, key, language)
        assert filled.strip(), key
        assert not re.search(r"[{}]|TODO|  ", filled), key
        assert text == text.lstrip(), key


@every_language
def test_titles_are_constant_and_stand_beside_every_problem(language: str) -> None:
    titles = catalogue(language)["titles"]
    assert list(titles) == list(catalogue(language)["problems"])
    assert {code: placeholders(title) for code, title in titles.items() if placeholders(title)} == {}


@every_language
def test_every_code_the_program_can_emit_has_a_title_and_a_text(language: str) -> None:
    codes = emitted_codes()
    assert {"ASG_OVERLAP", "CLS_SAFETY", "NOT_FOUND", "REQ_STATE"} <= codes
    assert codes - catalogue(language)["titles"].keys() == set()


def codes_of_the_engine() -> set[str]:
    """Every code that a verdict or a judged plan can hold."""
    sources = (ROOT / "scheduling").rglob("*.py")
    texts = {text for path in sources for text in literals(ast.parse(path.read_text("utf-8")))}
    return {text for text in texts if ENGINE_CODE.fullmatch(text) and not hasattr(values, text)}


@every_language
def test_every_code_the_engine_can_emit_has_a_title_a_text_and_a_short_name(language: str) -> None:
    codes = codes_of_the_engine()
    assert {
        "ASG_FULL",
        "ASG_CAP_WEEK",
        "CLS_SAFETY",
        "PLAN_LOCKED",
        "PLAN_PIN",
        "PLAN_RULED_OUT",
        "PLAN_UNKNOWN",
    } <= codes
    for section in ("titles", "problems", "words"):
        assert codes - catalogue(language)[section].keys() == set()


@every_language
def test_every_hard_rule_has_a_title_a_text_and_a_short_name(language: str) -> None:
    rules = facts_by_code().keys()
    assert len(rules) > 15
    for section in ("titles", "problems", "words"):
        assert rules - catalogue(language)[section].keys() == set()


def test_texts_of_hard_rules_name_only_facts_the_rules_give() -> None:
    texts = catalogue(DEFAULT_LANGUAGE)["problems"]
    assert {code: placeholders(texts[code]) - facts for code, facts in facts_by_code().items()} == {
        code: set() for code in facts_by_code()
    }


@pytest.mark.parametrize(("code", "facts"), ASKED_FACTS.items())
def test_texts_of_problems_name_their_facts(code: str, facts: frozenset[str]) -> None:
    assert placeholders(catalogue(DEFAULT_LANGUAGE)["problems"][code]) == facts


def test_texts_of_wrong_states_name_the_state_and_the_way_out() -> None:
    states = {code: text for code, text in catalogue(DEFAULT_LANGUAGE)["problems"].items() if code.endswith("_STATE")}
    assert {machine.code for machine in MACHINES} <= states.keys()
    assert {placeholders(text) for text in states.values()} == {frozenset({"state", "allowed"})}


def test_criteria_are_those_of_rankings_and_plans_and_name_only_their_facts() -> None:
    texts, given = catalogue(DEFAULT_LANGUAGE)["criteria"], facts_by_criterion() | OF_PLANS | VARIANTS
    assert texts.keys() == given.keys()
    assert {name: placeholders(text) - given[name] for name, text in texts.items()} == {name: set() for name in texts}


def test_unfilled_texts_cover_every_kind_and_name_only_what_is_explained() -> None:
    texts = catalogue(DEFAULT_LANGUAGE)["unfilled"]
    kinds = {"nobody_speaks", "all_barred", "all_taken", "open"}
    assert texts.keys() == kinds | {f"requester_{kind}" for kind in kinds} | {"sole_blocker", "relaxation"}
    explained = {field.name for explanation in (Unfilled, SoleBlocker) for field in fields(explanation)}
    named = frozenset[str]().union(*map(placeholders, texts.values()))
    assert named - explained == {"language", "code_text"}


@every_language
def test_unfilled_texts_for_requesters_reveal_nobody(language: str) -> None:
    for key, text in catalogue(language)["unfilled"].items():
        if key.startswith("requester_"):
            assert not placeholders(text)
            assert not re.search(r"[0-9]", text)
            assert not UNSAID.search(text)


@every_language
def test_every_value_of_the_models_has_a_word(language: str) -> None:
    found = list(enumerations())
    assert CertificationStatus in found
    values = {value.value for kind in found for value in kind} | set(AvailabilityState)
    assert values - catalogue(language)["words"].keys() == set()


def test_the_worklist_words_every_code_and_nothing_else() -> None:
    assert catalogue(DEFAULT_LANGUAGE)["worklist"].keys() == set(WorkCode)


@every_language
def test_every_verb_that_somebody_may_use_has_a_word(language: str) -> None:
    verbs = {verb for machine in MACHINES for (_, verb), move in machine.moves.items() if move.by is not None}
    assert "take-back" in verbs
    assert verbs - catalogue(language)["words"].keys() - catalogue(language)["verbs"].keys() == set()


@every_language
def test_a_verb_written_like_a_state_is_said_as_a_verb(language: str) -> None:
    moves = {(state, verb): move for machine in MACHINES for (state, verb), move in machine.moves.items()}
    verbs = {verb for (_, verb), move in moves.items() if move.by is not None}
    states = {str(move.to) for move in moves.values()} | {str(state) for state, _ in moves}
    assert verbs & states == catalogue(language)["verbs"].keys()
    for verb in verbs & states:
        assert say("problems", "CLS_STATE", language, {"allowed": [verb_said(verb)]}).count(
            catalogue(language)["verbs"][verb]
        )


@every_language
def test_notices_come_in_pairs_and_are_signed(language: str) -> None:
    notices = catalogue(language)["notices"]
    kinds = {re.sub(r"_(subject|body)$", "", key) for key in notices}
    assert notices.keys() == {f"{kind}_{part}" for kind in kinds for part in ("subject", "body")}
    for kind in kinds:
        assert "\n" not in notices[f"{kind}_subject"]
        assert notices[f"{kind}_body"].endswith("\n{foundation}\n")
        assert placeholders(notices[f"{kind}_subject"]) <= placeholders(notices[f"{kind}_body"])


@every_language
def test_notices_keep_the_reasons_that_nobody_may_read(language: str) -> None:
    for key, text in catalogue(language)["notices"].items():
        assert not UNSAID.search(text), key


@every_language
def test_rules_for_staff_are_told_in_their_texts_only(language: str) -> None:
    for code in ("ASG_EXCLUDED", "ASG_GENDER", "ASG_ACQUAINTED"):
        assert UNSAID.search(catalogue(language)["problems"][code])
        assert not UNSAID.search(catalogue(language)["titles"][code])


def test_plain_japanese_speaks_in_short_sentences() -> None:
    sentences = (part for text in catalogue("ja-simple")["problems"].values() for part in text.split("。"))
    assert [sentence for sentence in sentences if len(sentence) > LONGEST_PLAIN_SENTENCE] == []


def test_say_puts_codes_into_words_and_joins_lists() -> None:
    facts = {"state": "matching", "allowed": ["cancel", "mark-unfilled"]}
    assert say("problems", "REQ_STATE", "en", facts) == (
        "Not allowed in the current state (looking for an interpreter). Allowed now: cancel, mark unfilled"
    )
    assert say("problems", "REQ_STATE", "ja", facts).endswith("今できる操作：取消し、担当者なしの記録")


def test_say_shows_instants_in_the_zone_and_days_as_they_are() -> None:
    at = datetime(2025, 11, 20, 1, 0, tzinfo=UTC)
    assert (
        say("notices", "offer_filled_subject", "en", {"starts_at": at}, TOKYO) == "Already filled (20 Nov 2025 10:00)"
    )
    assert "2025年11月20日 01:00" in say("notices", "offer_filled_body", "ja", {"starts_at": at})
    assert say("problems", "REQ_CLOSED_DAY", "ja", {"day": date(2025, 11, 24)}).startswith("2025年11月24日は")


def test_say_shows_whole_numbers_without_a_point() -> None:
    assert "Only 0 minutes" in say("problems", "ASG_TRAVEL", "en", {"gap_minutes": 0.0})
    assert "Only 7.5 minutes" in say("problems", "ASG_TRAVEL", "en", {"gap_minutes": 7.5})


def test_say_shows_numbers_and_a_dash_for_what_is_missing() -> None:
    assert say("problems", "FIELD_RANGE", "en", {"min": 1}) == (
        "The value or its length is out of range (least: 1, most: –)."  # noqa: RUF001
    )


@pytest.mark.parametrize(("section", "code", "language"), [("problems", "NO_SUCH", "ja"), ("poems", "REQ_PAST", "ja")])
def test_say_refuses_what_it_has_no_text_for(section: str, code: str, language: str) -> None:
    with pytest.raises(UnknownText):
        say(section, code, language)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ja"),
        ("", "ja"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("ja-Simple", "ja-simple"),
        ("ja-Hira", "ja-simple"),
        ("ja-Hira-JP, ja;q=0.8", "ja-simple"),
        ("ja-JP", "ja"),
        ("vi, en;q=0.5", "en"),
        ("ja;q=0.4, en;q=0.6", "en"),
        ("en;q=0, ja-simple;q=0.1", "ja-simple"),
        ("en;q=high, ja-simple;q=0.1", "ja-simple"),
        ("en;level=1, ja-simple;q=0.9", "en"),
        ("vi, *;q=0.1", "ja"),
        ("vi", "ja"),
        (",,", "ja"),
    ],
)
def test_language_is_negotiated(header: str | None, language: str) -> None:
    assert negotiate(header) == language


def test_name_in_falls_back_to_japanese_and_then_to_the_code() -> None:
    assert name_in({"ja": "東部", "en": "East"}, "en", "tobu") == "East"
    assert name_in({"ja": "東部", "en": "East"}, "ja-simple", "tobu") == "東部"
    assert name_in({}, "en", "tobu") == "tobu"
