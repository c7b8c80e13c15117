"""After a change she is asked whether she keeps the place: by when, with which consents, and what follows her answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus, Via
from models.organization import Organization
from models.shift import ClaimPolicy
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import broken
from tests.makers.changes import LATER, NEXT_DAY, after, at, change, look_first, rules_with, stands
from tests.makers.doors import audited, by_phone, claim, done, notices_of, problem, refused, settle, standing_of
from tests.makers.work import VISIT, Opened
from worker.reminding import settle_conditions

Check = Callable[[], None]


@pytest.fixture
def opened(make: Make, centre: Organization) -> Opened:
    return make.shift_with_demand(owner=centre, ages=(3,))


def conditions(by: Client, assignment: Any) -> list[tuple[str, str]]:
    body = done(by.get(f"/v1/assignments/{assignment.id}"))
    return [(one["code"], one["due_on"]) for one in body["conditions"]]


def test_she_keeps_it_and_the_requester_hears_who_comes(
    make: Make, as_: As, clerk: Client, opened: Opened, wiring: Wiring, check_data: Check
) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    done(change(clerk, opened, **LATER))

    assert standing_of(wiring, opened) == ("open", "matching", 1)
    asked = done(as_(mai).get(f"/v1/assignments/{her.id}"))
    assert (asked["status"], asked["confirmed_at"], asked["actions"]) == ("tentative", None, ["keep", "withdraw"])
    assert [set(one) for one in asked["conditions"]] == [{"code", "due_on", "detail"}]
    assert conditions(as_(mai), her) == [("ASG_RECONFIRM", "2025-11-18")]
    kept = done(settle(as_(mai), her, "keep"))

    assert (kept["status"], kept["conditions"]) == ("confirmed", [])
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert notices_of(wiring)[-2:] == [("assignment_confirmed", mai.id), ("request_filled", clerk.account.id)]
    assert problem(settle(as_(mai), her, "keep")) == (409, "ASG_STATE")
    check_data()


def test_the_office_enters_her_word_but_does_not_give_it(
    make: Make, clerk: Client, office: Client, opened: Opened, wiring: Wiring
) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    done(change(clerk, opened, **LATER))

    assert refused(settle(office, her, "approve")) == [("ASG_RECONFIRM", "never")]
    assert problem(settle(office, her, "keep")) == (403, "NOT_PERMITTED")
    assert done(settle(office, her, "keep", on_behalf=by_phone(mai)))["status"] == "confirmed"
    assert audited(wiring, her.id)[-1].on_behalf is not None


def test_nobody_keeps_a_place_that_nobody_asked_about(make: Make, as_: As, opened: Opened) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai, AssignmentStatus.TENTATIVE)

    said = settle(as_(mai), her, "keep")

    assert (problem(said), said.json()["allowed"]) == ((409, "ASG_STATE"), ["approve", "withdraw", "cancel"])


def test_who_would_have_to_consent_is_asked_although_the_rule_only_tells(
    make: Make, as_: As, clerk: Client, office: Client, opened: Opened, check_data: Check
) -> None:
    rules_with(as_(Role.ADMIN), time="notify")
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    make.away(mai, VISIT + timedelta(hours=2), VISIT + timedelta(hours=4))

    seen = look_first(office, opened, **LATER)
    done(change(clerk, opened, **LATER))

    assert [(one["effect"], one["because"]) for one in seen["people"]] == [("reconfirm", ["ASG_UNAVAILABLE"])]
    assert refused(settle(as_(mai), her, "keep")) == [("ASG_UNAVAILABLE", "with_consent")]
    assert done(settle(as_(mai), her, "keep", consents=["ASG_UNAVAILABLE"]))["status"] == "confirmed"
    check_data()


def test_what_she_has_consented_to_at_this_hour_asks_nothing(
    make: Make, as_: As, centre: Organization, clerk: Client, opened: Opened, wiring: Wiring
) -> None:
    rules_with(as_(Role.ADMIN), place="notify")
    mai = make.volunteer()
    her = make.assignment(opened, mai, consents=["ASG_UNAVAILABLE"])
    make.away(mai, VISIT, VISIT + timedelta(hours=4))

    done(change(clerk, opened, facility_id=str(make.facility(owner=centre).id)))

    assert stands(wiring, her) is AssignmentStatus.CONFIRMED


def test_her_word_covers_her_weekly_hours(make: Make, as_: As, clerk: Client, opened: Opened) -> None:
    mai = make.volunteer(rules=[(3, (VISIT - timedelta(hours=1)).time(), (VISIT + timedelta(hours=2)).time())])
    her = make.assignment(opened, mai)
    done(change(clerk, opened, **LATER))

    assert done(settle(as_(mai), her, "keep"))["status"] == "confirmed"


def test_travel_that_has_become_too_short_wants_her_consent_by_name(
    make: Make, as_: As, clerk: Client, opened: Opened, check_data: Check
) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(hours=3, minutes=5)), mai)

    done(change(clerk, opened, **LATER))

    assert refused(settle(as_(mai), her, "keep")) == [("ASG_TRAVEL", "with_consent")]
    assert done(settle(as_(mai), her, "keep", consents=["ASG_TRAVEL"]))["status"] == "confirmed"
    check_data()


def test_what_bars_her_by_then_bars_her_word(make: Make, as_: As, clerk: Client, opened: Opened) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    done(change(clerk, opened, **LATER))
    with make.wiring.unit() as unit:
        unit.get(type(mai), mai.id).status = type(mai.status).SUSPENDED

    assert refused(settle(as_(mai), her, "keep")) == [("ASG_STATUS", "never")]


def test_without_an_answer_she_is_released_when_her_day_is_over(
    make: Make, clerk: Client, opened: Opened, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)
    done(change(clerk, opened, **LATER))

    clock.now = VISIT - timedelta(days=2)
    settle_conditions(wiring)
    assert stands(wiring, her) is AssignmentStatus.TENTATIVE
    assert ("condition_due", mai.id) in notices_of(wiring)
    clock.forward(days=1)
    settle_conditions(wiring)

    assert stands(wiring, her) is AssignmentStatus.CANCELLED
    assert ("assignment_released", mai.id) in notices_of(wiring)
    assert standing_of(wiring, opened) == ("open", "matching", 0)
    check_data()


def test_on_short_notice_she_has_until_it_begins(
    make: Make, as_: As, centre: Organization, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand(owner=centre, ages=(3,))
    her = make.assignment(opened, make.volunteer())
    clock.now = VISIT - timedelta(days=1)

    done(change(as_(Role.ADMIN), opened, **LATER, overrides=[{"code": "REQ_LEAD", "reason": "医師の都合"}]))

    assert conditions(office, her) == [("ASG_RECONFIRM", "2025-11-20")]
    clock.now = VISIT
    settle_conditions(wiring)
    assert stands(wiring, her) is AssignmentStatus.TENTATIVE


def test_who_waited_for_the_office_still_does_when_she_has_answered(
    make: Make, as_: As, clerk: Client, office: Client, centre: Organization, wiring: Wiring
) -> None:
    opened = make.shift_with_demand(owner=centre, ages=(3,), claim_policy=ClaimPolicy.APPROVAL, places=2)
    make.service_type("infant_checkup", claim_policy=ClaimPolicy.APPROVAL)
    mai, rin = make.volunteer(), make.volunteer()
    waits, hers = done(claim(as_(mai), opened), 201)["id"], done(claim(as_(rin), opened), 201)["id"]
    done(settle(office, hers, "approve"))

    done(change(clerk, opened, **LATER))
    done(change(clerk, opened, **NEXT_DAY))  # asked twice, she answers once

    assert done(settle(as_(mai), waits, "keep"))["status"] == "tentative"
    assert done(settle(as_(rin), hers, "keep"))["status"] == "confirmed"
    assert done(settle(office, waits, "approve"))["status"] == "confirmed"
    assert standing_of(wiring, opened) == ("filled", "filled", 2)


def test_other_conditions_stay_open_beside_her_answer(make: Make, as_: As, clerk: Client, opened: Opened) -> None:
    mai = make.volunteer()
    open_one = {"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}
    her = make.assignment(opened, mai, AssignmentStatus.TENTATIVE, via=Via.CLAIM, conditions=[open_one])
    done(change(clerk, opened, **LATER))

    kept = done(settle(as_(mai), her, "keep"))

    assert (kept["status"], [one["code"] for one in kept["conditions"]]) == ("tentative", ["ASG_NO_PLEDGE"])


def test_what_would_want_an_override_is_the_offices_to_change(
    make: Make, clerk: Client, office: Client, opened: Opened, wiring: Wiring
) -> None:
    her = make.assignment(opened, make.volunteer())
    saturday = after(days=2)
    passes = [{"code": "REQ_CLOSED_DAY", "reason": "健診日の変更"}]

    assert broken(change(clerk, opened, **saturday)) == ["REQ_CLOSED_DAY"]
    assert problem(change(clerk, opened, **saturday, overrides=passes)) == (403, "NOT_PERMITTED")
    assert broken(change(office, opened, **saturday)) == ["REQ_CLOSED_DAY"]
    assert stands(wiring, her) is AssignmentStatus.CONFIRMED
    done(change(office, opened, **saturday, overrides=passes))
    assert audited(wiring, opened.request.id)[-1].facts == {"overrides": ["REQ_CLOSED_DAY"]}
    assert notices_of(wiring)[-1] == ("request_changed", clerk.account.id)
    assert broken(change(office, opened, **after(days=9))) == ["REQ_CLOSED_DAY"]  # another day, another reason
    done(change(office, opened, note="段差あり"))


def test_below_one_business_day_only_an_administrator_moves_it(as_: As, opened: Opened) -> None:
    soon = at(VISIT - timedelta(days=10))
    passes: dict[str, Any] = {"overrides": [{"code": "REQ_LEAD", "reason": "医師の都合"}]}

    assert problem(change(as_(Role.COORDINATOR), opened, **soon, **passes)) == (403, "NOT_PERMITTED")
    assert done(change(as_(Role.ADMIN), opened, **soon, **passes))["starts_at"] == soon["starts_at"]


def test_whoever_did_not_change_it_is_told(clerk: Client, office: Client, opened: Opened, wiring: Wiring) -> None:
    done(change(clerk, opened, **LATER))
    assert notices_of(wiring) == [("office_request_changed", office.account.id)]
    done(change(office, opened, **NEXT_DAY))
    assert notices_of(wiring)[1:] == [("request_changed", clerk.account.id)]


def test_what_is_not_accepted_yet_takes_no_overrides(make: Make, office: Client, centre: Organization) -> None:
    request = make.request(owner=centre, ages=(3,))
    body = {"overrides": [{"code": "REQ_LEAD", "reason": "急ぎ"}]}

    said = office.patch(f"/v1/dispatch-requests/{request.id}", json=body, headers={"If-Match": "*"})

    assert [(one["pointer"], one["code"]) for one in said.json()["errors"]] == [("/overrides", "FIELD_CONFLICT")]
