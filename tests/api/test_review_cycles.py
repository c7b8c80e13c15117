"""Quarterly reviews: values frozen as of the quarter's last day, what is said of them, actions that carry over."""

from datetime import date
from typing import Any, Final

import httpx2
import pytest

from api.db import Wiring
from models.account import AccountStatus, Role
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem

REVIEWS: Final = "/v1/review-cycles"


def begin(caller: Client, fiscal_year: int, quarter: int) -> httpx2.Response:
    return caller.post(REVIEWS, json={"fiscal_year": fiscal_year, "quarter": quarter})


def ask(caller: Client, review: dict[str, Any], verb: str, **body: Any) -> httpx2.Response:
    return caller.post(f"{REVIEWS}/{review['id']}/{verb}", json=body)


def write(caller: Client, review: dict[str, Any], tag: str = "*", **over: Any) -> httpx2.Response:
    return caller.patch(f"{REVIEWS}/{review['id']}", json=over, headers={"If-Match": tag})


def read(caller: Client, review: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = done(caller.get(f"{REVIEWS}/{review['id']}"))
    return shown


def decide(caller: Client, review: dict[str, Any], owner: Client, **over: Any) -> httpx2.Response:
    body = {"text": "大学で募集する", "owner_id": str(owner.account.id), "due_on": "2025-12-26", **over}
    return ask(caller, review, "actions", **body)


def test_the_values_are_frozen_as_of_the_quarter_s_last_day(make: Make, office: Client, as_: As) -> None:
    head = as_(Role.ADMIN)
    done(head.patch("/v1/indicators/volunteers", json={"computed_from": "2024-04-01"}, headers={"If-Match": "*"}))
    make.volunteer(registered_on=date(2025, 9, 30))
    review = done(begin(office, 2025, 2), 201)
    assert (review["as_of"], review["status"], review["actions"]) == ("2025-09-30", "open", ["actions", "close"])
    figures = {one["code"]: one["figure"] for one in review["values"]}
    assert list(figures) == [
        "exchange_with_japanese",
        "wish_to_stay",
        "member_groups",
        "line_registrants",
        "volunteers",
    ]
    assert figures["volunteers"] == {
        "value": 1.0,
        "as_of": "2025-09-30",
        "source": "computed",
        "definition_version": 2,
        "target_line": 181.4,
        "revision": None,
    }
    assert figures["member_groups"]["source"] == "frozen"

    make.volunteer(registered_on=date(2025, 9, 1))
    correction = {"as_of": "2022-12-31", "value": 361.0, "source": "external", "reason": "数え直し"}
    done(office.post("/v1/indicators/line_registrants/measurements", json=correction), 201)
    assert {one["code"]: one["figure"] for one in read(office, review)["values"]} == figures


@pytest.mark.parametrize(
    ("quarter", "as_of"), [(1, "2024-06-30"), (2, "2024-09-30"), (3, "2024-12-31"), (4, "2025-03-31")]
)
def test_quarters_are_those_of_the_fiscal_year(quarter: int, as_of: str, office: Client) -> None:
    assert done(begin(office, 2024, quarter), 201)["as_of"] == as_of


def test_a_quarter_that_runs_or_has_its_review_is_refused(office: Client) -> None:
    assert faults(begin(office, 2025, 3)) == [("/quarter", "FIELD_RANGE")]
    done(begin(office, 2025, 2), 201)
    assert faults(begin(office, 2025, 2)) == [("/quarter", "FIELD_DUPLICATE")]
    assert faults(begin(office, 2025, 5)) == [("/quarter", "FIELD_RANGE")]


def test_before_anything_was_measured_there_is_nothing_to_freeze(office: Client) -> None:
    review = done(begin(office, 2005, 1), 201)
    assert [one["figure"] for one in review["values"]] == [None] * 5


def test_what_is_said_stays_with_the_review(office: Client) -> None:
    review = done(begin(office, 2025, 2), 201)
    said = done(write(office, review, comment="おおむね順調", comments={"volunteers": "秋の募集に期待"}))
    assert said["comment"] == "おおむね順調"
    assert {one["code"]: one["comment"] for one in said["values"]}["volunteers"] == "秋の募集に期待"
    assert faults(write(office, review, comments={"happiness": "?"})) == [("/comments/happiness", "FIELD_REFERENCE")]
    tag = f'"{review["id"]}.{review["version"]}"'
    assert problem(write(office, review, tag, comment="古い")) == (412, "VERSION")
    assert done(write(office, review, comments={"volunteers": "秋"}))["comment"] == "おおむね順調"


def test_actions_carry_over_until_they_are_closed(office: Client, as_: As, wiring: Wiring, clock: SetClock) -> None:
    owner = as_(Role.COORDINATOR)
    first = done(begin(office, 2025, 1), 201)
    (kept,) = done(decide(office, first, owner, indicator="volunteers"))["review_actions"]
    done(decide(office, first, owner, text="名簿を直す", due_on="2025-12-27"))
    assert (kept["status"], kept["carried"], kept["indicator"]) == ("open", False, "volunteers")
    assert notices_of(wiring) == [("review_action", owner.account.id)] * 2
    soon = read(office, first)["review_actions"][1]
    done(ask(office, first, f"actions/{soon['id']}/close", outcome="直した"))
    closed = done(ask(office, first, "close"))
    assert (closed["status"], closed["closed_at"], closed["actions"]) == ("closed", "2025-11-10T09:00:00+09:00", [])

    clock.forward(days=1)
    second = done(begin(office, 2025, 2), 201)
    assert [(one["text"], one["carried"]) for one in second["review_actions"]] == [("大学で募集する", True)]
    clock.forward(days=60)
    settled = done(ask(office, second, f"actions/{kept['id']}/close", outcome="12人が応募"))
    (shown,) = settled["review_actions"]
    assert (shown["status"], shown["outcome"]) == ("closed", "12人が応募")
    assert problem(ask(office, second, f"actions/{kept['id']}/close", outcome="もう一度")) == (409, "REV_STATE")
    clock.forward(days=1)
    third = done(begin(office, 2025, 3), 201)
    assert third["review_actions"] == []
    assert problem(ask(office, third, f"actions/{kept['id']}/close", outcome="よそ")) == (404, "NOT_FOUND")
    assert [event.action for event in audited(wiring, first["id"])] == [
        "review_cycle.begin",
        "review_cycle.decide",
        "review_cycle.decide",
        "review_cycle.close_action",
        "review_cycle.close",
    ]


def test_only_active_staff_are_asked_and_only_for_days_to_come(office: Client, as_: As, make: Make) -> None:
    review = done(begin(office, 2025, 2), 201)
    gone = as_(make.account(Role.ADMIN, status=AccountStatus.DISABLED))
    for nobody in (as_(Role.VIEWER), gone):
        assert faults(decide(office, review, nobody)) == [("/owner_id", "FIELD_REFERENCE")]
    unknown = {"owner_id": "01935b5c-7d00-7000-8000-000000000000"}
    assert faults(decide(office, review, office, **unknown)) == [("/owner_id", "FIELD_REFERENCE")]
    assert faults(decide(office, review, office, due_on="2025-11-09")) == [("/due_on", "FIELD_RANGE")]
    assert faults(decide(office, review, office, indicator="happiness")) == [("/indicator", "FIELD_REFERENCE")]


def test_a_closed_review_stays_as_it_is(office: Client) -> None:
    review = done(begin(office, 2025, 2), 201)
    done(ask(office, review, "close"))
    for said in (
        write(office, review, comment="あとから"),
        decide(office, review, office),
        ask(office, review, "close"),
    ):
        assert problem(said) == (409, "REV_STATE")
        assert (said.json()["state"], said.json()["allowed"]) == ("closed", [])


def test_the_list_begins_with_the_latest_quarter(office: Client) -> None:
    for year, quarter in ((2024, 4), (2025, 2), (2025, 1)):
        done(begin(office, year, quarter), 201)
    first = done(office.get(REVIEWS, params={"limit": 2}))
    then = done(office.get(REVIEWS, params={"limit": 2, "cursor": first["next_cursor"]}))
    listed = [(one["fiscal_year"], one["quarter"]) for one in first["items"] + then["items"]]
    assert listed == [(2025, 2), (2025, 1), (2024, 4)]
