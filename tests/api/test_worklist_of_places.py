"""Places on the worklist: who says yes late, what is still to be met, and for whom a stand-in is sought."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.account import Role
from models.assignment import AssignmentStatus
from models.cascade import Cascade, CascadeStatus
from models.offer import OfferStatus
from models.shift import ClaimPolicy
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, by_phone, claim, done
from tests.makers.listed import WORKLIST, brief, codes, follow, listed, only
from tests.makers.moments import at
from tests.makers.work import VISIT, Opened

Units = Callable[..., AbstractContextManager[Unit]]


def ask_and_take(office: Client, as_: As, make: Make, opened: Opened, candidates: Any) -> None:
    """Ask the best of the candidates, who takes the place."""
    best = candidates["items"][0]["volunteer_id"]
    offers = done(office.post(f"/v1/shifts/{opened.shift.id}/offers", json={"volunteer_ids": [best]}), 201)
    with make.wiring.unit(write=False) as it:
        volunteer = it.get(Volunteer, UUID(best))
    done(answer(as_(volunteer), offers["items"][0]["id"], "accept"))


def test_a_late_yes_waits_for_the_office(make: Make, office: Client) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    offer = make.offer(opened, mai, OfferStatus.ACCEPTED_LATE)

    entry = only(office)

    assert brief(entry) == ("late_yes", "2025-11-11T17:00", "POST", "approve", False)
    assert entry["object"] == {"type": "offer", "id": str(offer.id), "no": opened.request.request_no}
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


def test_a_claim_by_approval_waits_for_the_office(make: Make, as_: As, office: Client) -> None:
    done(claim(as_(make.volunteer()), make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)), 201)

    entry = only(office)

    assert brief(entry) == ("approval_wanted", "2025-11-11T17:00", "POST", "approve", False)
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


APRIL = datetime.fromisoformat("2026-04-09T10:00:00+09:00")


def test_a_condition_is_due_from_five_business_days_before(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    mai = make.volunteer(pledge=False, valid_until=date(2026, 3, 31))
    make.pledge(mai, "2023-04")
    done(claim(as_(mai), make.shift_with_demand(starts_at=APRIL)), 201)
    clock.now = APRIL - timedelta(days=8)
    assert listed(office) == []
    clock.now = APRIL - timedelta(days=7)

    entry = only(office)

    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "pledges", False)
    assert "守秘義務の誓約書" in entry["because"]["detail"]
    done(follow(office, entry["verb"], {"version_code": "2025-04", "signed_on": "2026-04-02"}), 201)
    entry = only(office)
    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "insurance", False)
    done(follow(office, entry["verb"], {"fiscal_year": 2026, "starts_on": "2026-04-01"}), 201)
    entry = only(office)  # no paper mends a registration that ran out
    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "cancel", False)
    done(follow(office, entry["verb"], {"reason": "更新なし"}))
    assert listed(office) == []


def test_conditions_that_are_met_wait_for_nobody(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    mai = make.volunteer(valid_until=date(2027, 3, 31))
    done(claim(as_(mai), make.shift_with_demand(starts_at=APRIL)), 201)
    make.insurance(mai, 2026)
    clock.now = APRIL - timedelta(days=7)

    assert listed(office) == []


def test_her_word_on_a_change_is_entered_for_her(make: Make, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    conditions = [{"code": "ASG_RECONFIRM", "due_on": "2025-11-18"}]
    make.assignment(make.shift_with_demand(), mai, AssignmentStatus.TENTATIVE, conditions=conditions)
    clock.now = at("13T09:00")

    entry = only(office)

    assert brief(entry) == ("condition_due", "2025-11-19T00:00", "POST", "keep", False)
    done(follow(office, entry["verb"], {"on_behalf": by_phone(mai, "2025-11-13T09:00:00+09:00")}))
    assert listed(office) == []


def test_a_stand_in_is_sought(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    held = make.assignment(opened, mai, AssignmentStatus.STANDIN_WANTED)
    make.volunteer()

    entry = only(office)

    assert brief(entry) == ("standin_sought", "2025-11-20T10:00", "GET", "candidates", False)
    assert entry["object"] == {"type": "assignment", "id": str(held.id), "no": opened.request.request_no}
    clock.now = at("18T09:00")
    assert only(office)["urgent"]
    ask_and_take(office, as_, make, opened, done(follow(office, entry["verb"])))
    assert listed(office) == []


def test_a_place_that_nobody_holds_shows_two_business_days_ahead(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    make.volunteer()
    clock.now = at("17T23:59")
    assert listed(office) == []
    clock.now = at("18T00:00")

    entry = only(office)

    assert brief(entry) == ("place_at_risk", "2025-11-20T10:00", "GET", "candidates", True)
    assert entry["object"] == {"type": "shift", "id": str(opened.shift.id), "no": opened.request.request_no}
    ask_and_take(office, as_, make, opened, done(follow(office, entry["verb"])))
    assert listed(office) == []


def test_a_place_at_risk_is_one_until_the_start(make: Make, office: Client, clock: SetClock) -> None:
    make.shift_with_demand()
    clock.now = VISIT - timedelta(minutes=1)
    assert codes(office) == ["place_at_risk"]
    clock.now = VISIT
    assert listed(office) == []


def test_a_place_for_which_everybody_was_asked(make: Make, office: Client, unit: Units) -> None:
    opened = make.shift_with_demand()
    with unit() as it:
        for status in (CascadeStatus.STOPPED, CascadeStatus.EXHAUSTED):
            it.add(Cascade(shift_id=opened.shift.id, demand_id=opened.demand.id, batch=3, status=status, **it.stamp()))

    entry = only(office)

    assert brief(entry) == ("waves_exhausted", "2025-11-19T00:00", "GET", "candidates", False)
    assert "items" in done(follow(office, entry["verb"]))
    assert office.delete(f"/v1/shifts/{opened.shift.id}/cascade").status_code in {200, 204}
    assert listed(office) == []


def test_who_no_longer_meets_a_rule_is_looked_at_in_time(make: Make, office: Client) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer(insured=False)
    held = make.assignment(opened, mai, flags=["ASG_NO_INSURANCE"])
    make.assignment(make.shift_with_demand(), make.volunteer(), flags=[])
    make.assignment(make.shift_with_demand(), make.volunteer())

    entry = only(office)

    assert brief(entry) == ("assignment_flagged", "2025-11-19T00:00", "POST", "insurance", False)
    assert entry["object"]["id"] == str(held.id)
    done(follow(office, entry["verb"], {"fiscal_year": 2025, "starts_on": "2025-04-01"}), 201)
    assert listed(office) == []  # before the sweep has taken the flag off


def test_where_no_paper_helps_the_place_is_freed(make: Make, office: Client) -> None:
    she = make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.assignment(make.shift_with_demand(), she, flags=["ASG_STATUS"])

    entry = only(office)

    assert brief(entry) == ("assignment_flagged", "2025-11-19T00:00", "POST", "cancel", False)
    done(follow(office, entry["verb"], {"reason": "休止中"}))
    assert listed(office) == []


def test_what_is_hidden_from_everybody_else_is_told_to_staff(make: Make, as_: As, office: Client) -> None:
    she = make.volunteer()
    opened = make.shift_with_demand(demand={"gender_requirement": "male"})
    make.assignment(opened, she, flags=["ASG_GENDER"])

    assert "性別" in only(office)["because"]["detail"]
    for other in (as_(she), as_(Role.REQUESTER)):
        assert other.get(WORKLIST).status_code == 403
