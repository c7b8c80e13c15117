"""Files say all that the engine knows, come back as they went, and tell precisely what is wrong with them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from bench.scheduling.generate import Size, generate
from scheduling.codec import BadFile
from scheduling.format import read_plan, read_problem, schema, write_plan, write_problem
from scheduling.problem import Problem, RuleClass, Violation
from scheduling.solution import Breach, Plan, check
from scheduling.solve import solve
from tests.unit.scheduling.instances import REPEATABLE, problem, shift, volunteer
from tests.unit.scheduling.months import months, put
from tests.unit.scheduling.test_properties import problems

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def through_json(content: Any) -> Any:
    return json.loads(json.dumps(content, ensure_ascii=False))


@REPEATABLE
@given(st.one_of(months(), problems()))
def test_a_problem_comes_back_as_it_went(month: Problem) -> None:
    written = through_json(write_problem(month))

    assert read_problem(written) == month
    assert validator_for(schema("problem")).is_valid(written)


def test_a_generated_month_comes_back_as_it_went() -> None:
    month = generate(Size("town", 40, 60))
    written = through_json(write_problem(month))

    assert read_problem(written) == month
    assert validator_for(schema("problem")).is_valid(written)


def test_a_plan_comes_back_with_its_consents_and_without_what_was_said_of_it() -> None:
    plan = Plan((put("v1", "s1", consents=frozenset({"ASG_CAP"}), reasons=frozenset({"ASG_LEVEL"})), put("v2", "s1")))
    refused = Breach(put("v3", "s1"), Violation("ASG_CAP", RuleClass.never))

    written = through_json(write_plan(plan, {"refused": [refused]}))

    assert read_plan(written) == plan
    assert written["result"]["refused"][0]["violation"] == {"code": "ASG_CAP", "rule_class": "never"}
    assert validator_for(schema("plan")).is_valid(written)
    assert "result" not in write_plan(plan)


@pytest.mark.parametrize("name", ["city", "series", "tight"])
def test_the_examples_are_valid_and_can_be_solved(name: str) -> None:
    content = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))

    assert validator_for(schema("problem")).is_valid(content)
    month = read_problem(content)
    assert check(month, solve(month).plan) == ()


def content() -> Any:
    return through_json(write_problem(problem(volunteer(), shifts=(shift(),))))


def faults(change: Any) -> list[tuple[str, str]]:
    bad = content()
    change(bad)
    with pytest.raises(BadFile) as caught:
        read_problem(bad)
    return [(fault.path, fault.reason) for fault in caught.value.faults]


def put_in(*path: Any, value: Any) -> Any:
    def change(bad: Any) -> None:
        for part in path[:-1]:
            bad = bad[part]
        bad[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("format",), "other", "'kakehashi-problem' is wanted"),
        (("version",), 2, "1 is wanted"),
        (("shifts",), {}, "a list is wanted"),
        (("shifts", 0), 3, "an object is wanted"),
        (("shifts", 0, "needs", 0, "min_level"), "B3", '"B3" is not one of A1, A2, B1, B2, C1, C2, native'),
        (("shifts", 0, "priority"), True, "true is not a whole number"),
        (("shifts", 0, "place", "remote"), 1, "1 is not true or false"),
        (("shifts", 0, "place", "point"), [36.5], "a list of 2 is wanted"),
        (("shifts", 0, "place", "point", 0), "36", '"36" is not a number'),
        (("shifts", 0, "id"), None, "null is not a text"),
        (("shifts", 0, "interval", "start"), "2025-11-20T10:00", None),
        (("shifts", 0, "colour"), "red", "no such field"),
        (("volunteers", 0, "birth_date"), "17.5.1990", '"17.5.1990" is not a day like 2026-06-01'),
        (("volunteers", 0, "gender"), "other", '"other" is not one of female, male'),
        (("volunteers", 0, "availability", "rules", 0, "starts"), "9 am", '"9 am" is not a time like 09:30'),
        (("volunteers", 0, "languages"), ["vi"], "an object is wanted"),
        (("rules", "zone"), "Mars/Olympus", '"Mars/Olympus" is not a time zone like Asia/Tokyo'),
        (("rules", "zone"), "../etc", '"../etc" is not a time zone like Asia/Tokyo'),
        (("calendars",), {"v9": {}}, "no volunteer has this id"),
    ],
)
def test_a_fault_is_told_with_its_place_and_reason(path: tuple[Any, ...], value: Any, reason: str | None) -> None:
    (where, told), *others = faults(put_in(*path, value=value))

    assert where.startswith("/" + "/".join(map(str, path)))
    assert reason in {told, None}
    assert others == []


def test_a_value_that_contradicts_itself_is_told_at_its_place() -> None:
    early = put_in("shifts", 0, "interval", "end", value="2025-11-20T01:00:00+09:00")

    assert faults(early) == [("/shifts/0/interval", "an interval must end after it starts")]


def test_two_of_one_id_are_told() -> None:
    assert faults(lambda bad: bad["shifts"].append(bad["shifts"][0])) == [("", "two of one id: s1")]


def test_a_missing_field_is_named() -> None:
    assert faults(lambda bad: bad["volunteers"][0].pop("max_per_month")) == [
        ("/volunteers/0", "'max_per_month' is missing")
    ]


def test_several_faults_are_told_together_up_to_twenty() -> None:
    def spoil(bad: Any) -> None:
        bad["shifts"] = [{**bad["shifts"][0], "id": f"s{n}", "priority": "high"} for n in range(50)]

    assert len(faults(spoil)) == 20


def test_what_is_no_object_is_no_problem() -> None:
    with pytest.raises(BadFile, match="/: an object is wanted"):
        read_problem([])


def test_a_file_may_leave_out_what_goes_without_saying() -> None:
    bare = content()
    bare["volunteers"] = [{"id": "v1", "number": "1", "languages": {}, "max_per_month": 3}]
    del bare["shifts"][0]["label"]

    month = read_problem(bare)

    assert (month.volunteers[0].status, month.volunteers[0].engagement) == ("active", "volunteer")
    assert month.shifts[0].label == ""
