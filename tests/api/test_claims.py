"""Taking a place oneself, and what forbids it at every door."""

from collections.abc import Callable

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.shift import ClaimPolicy, ShiftStatus
from services.clock import SetClock
from tests.conftest import As
from tests.factories import Make
from tests.makers.bars import CONSENT, HOURS, NEVER, ONE_STEP, SILENT, Bar, Barred, barred, busy
from tests.makers.doors import (
    answer,
    audited,
    claim,
    done,
    faults,
    hand,
    notices_of,
    on_shift,
    problem,
    reason,
    refused,
    standing_of,
)

Check = Callable[[], None]
POLICY = ("ASG_POLICY", "never")
CONSENTED = "2025-11-10T08:30:00+09:00"


class Door:
    """One of the ways to a place: tried by whoever stands before it, with all the waivers that it knows."""

    def __init__(self, name: str, make: Make, as_: As) -> None:
        self.name, self._make, self._as = name, make, as_
        policies = {"claim": ClaimPolicy.OPEN, "approval": ClaimPolicy.APPROVAL}
        self.policy = policies.get(name, ClaimPolicy.OFFER_ONLY)

    @property
    def also(self) -> list[tuple[str, str]]:
        """What bars everybody at this door."""
        return [POLICY] if self.name == "offer_only" else []

    def knock(self, before: Barred, *waived: str) -> httpx2.Response:
        volunteer, opened = before
        if self.name == "hand":
            return hand(self._as(Role.COORDINATOR), opened, volunteer, *(reason(code, CONSENTED) for code in waived))
        if self.name == "accept":
            offer = self._make.offer(opened, volunteer)
            return answer(self._as(volunteer), offer, "accept", consents=list(waived))
        return claim(self._as(volunteer), opened, *waived)


@pytest.fixture(params=["claim", "approval", "offer_only", "accept", "hand"])
def door(request: pytest.FixtureRequest, make: Make, as_: As) -> Door:
    return Door(request.param, make, as_)


def of(bars: dict[str, Bar]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bar", bars.values(), ids=bars.keys())


@of({**NEVER})
def test_what_is_never_allowed_is_refused_at_every_door(
    door: Door, bar: Bar, make: Make, wiring: Wiring, check_data: Check
) -> None:
    before = barred(make, bar, door.policy)

    assert refused(door.knock(before, bar.code)) == [(bar.code, "never"), *door.also]

    assert on_shift(wiring, before.opened) == []
    assert notices_of(wiring) == []
    check_data()


@of({**SILENT})
def test_what_she_must_not_know_looks_like_absence_and_staff_are_told(
    door: Door, bar: Bar, make: Make, wiring: Wiring, check_data: Check
) -> None:
    before = barred(make, bar, door.policy)

    answered = door.knock(before, bar.code)

    if door.name == "hand":
        assert refused(answered) == [(bar.code, "never")]
    else:
        assert problem(answered) == (404, "NOT_FOUND")
    assert on_shift(wiring, before.opened) == []
    check_data()


@of({**CONSENT})
def test_what_protects_herself_is_refused_until_she_waives_it_by_name(
    door: Door, bar: Bar, make: Make, check_data: Check
) -> None:
    before = barred(make, bar, door.policy)
    status = {"offer_only": 409, "accept": 200}.get(door.name, 201)

    if door.name != "accept":  # the same offer is accepted below
        assert refused(door.knock(before, "ASG_OTHER")) == [(bar.code, "with_consent"), *door.also]

    assert door.knock(before, bar.code).status_code == status
    check_data()


@of({**CONSENT})
def test_an_offer_waits_for_a_yes_with_the_consents_that_it_wants(bar: Bar, make: Make, as_: As) -> None:
    volunteer, opened = barred(make, bar)
    offer = make.offer(opened, volunteer)

    assert refused(answer(as_(volunteer), offer, "accept")) == [(bar.code, "with_consent")]
    kept = done(answer(as_(volunteer), offer, "accept", consents=[bar.code]))["assignment"]

    assert kept["status"] == "confirmed"


def test_her_own_yes_stands_for_her_weekly_hours_and_a_coordinators_does_not(door: Door, make: Make) -> None:
    answered = door.knock(barred(make, HOURS, door.policy))

    if door.name == "hand":
        assert refused(answered) == [("ASG_UNAVAILABLE", "with_consent")]
    elif door.name == "offer_only":
        assert refused(answered) == [POLICY]
    else:
        assert answered.is_success


def test_one_step_below_the_level_is_for_a_coordinator_with_a_reason(door: Door, make: Make) -> None:
    before = barred(make, ONE_STEP, door.policy)

    answered = door.knock(before, "ASG_LEVEL")

    if door.name == "hand":
        assert done(answered, 201)["overrides"][0]["code"] == "ASG_LEVEL"
    else:
        assert refused(answered) == [("ASG_LEVEL", "with_reason"), *door.also]


def test_every_broken_rule_is_named_in_its_order_with_what_it_clashes_with(make: Make, as_: As) -> None:
    volunteer = make.volunteer(languages={"en": "A1"}, certs=(), max_per_month=0)
    opened = make.shift_with_demand()
    busy(make, volunteer, opened.shift.starts_at)

    answered = as_(volunteer).post(f"/v1/shifts/{opened.shift.id}/claims", json={}, headers={"Accept-Language": "en"})

    assert refused(answered) == [
        ("ASG_LEVEL", "never"),
        ("ASG_NO_CERT", "never"),
        ("ASG_OVERLAP", "never"),
        ("ASG_CAP", "with_consent"),
    ]
    assert answered.json()["violations"][2]["with"] == {
        "starts_at": "2025-11-20T10:00:00+09:00",
        "ends_at": "2025-11-20T11:00:00+09:00",
    }
    assert answered.json()["detail"] == "Language level is below the minimum (English: A1, needed: B1)."


def test_a_claim_confirms_her_fills_shift_and_request_and_tells_everybody(
    make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    volunteer, asked, owner = make.volunteer(), make.volunteer(), make.organization()
    opened = make.shift_with_demand(owner=owner)
    offer = make.offer(opened, asked)
    desk, elsewhere = make.account(Role.REQUESTER, organization=owner), as_(Role.REQUESTER)
    make.account(Role.UNIVERSITY_LIAISON, organization=owner)  # of the house, but asks for nobody

    answered = claim(as_(volunteer), opened)

    body = done(answered, 201)
    assert answered.headers["location"] == f"/v1/assignments/{body['id']}"
    assert (
        body.items()
        >= {
            "shift_id": str(opened.shift.id),
            "demand_id": str(opened.demand.id),
            "volunteer_id": str(volunteer.id),
            "status": "confirmed",
            "via": "claim",
            "conditions": [],
            "confirmed_at": "2025-11-10T09:00:00+09:00",
            "overrides": None,
            "actions": ["want-standin", "withdraw"],
        }.items()
    )
    assert on_shift(wiring, opened) == [(volunteer.id, "confirmed", True)]
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert notices_of(wiring) == [
        ("assignment_confirmed", volunteer.id),
        ("request_filled", desk.id),
        ("offer_filled", asked.id),
    ]
    (event,) = audited(wiring, body["id"])
    assert (event.action, event.subject_volunteer_id, event.facts) == (
        "assignment.claim",
        volunteer.id,
        {"overrides": []},
    )
    assert [event.action for event in audited(wiring, offer.id)] == ["offer.withdraw"]
    assert elsewhere.get(f"/v1/assignments/{body['id']}").status_code == 404
    check_data()


def test_a_claim_for_approval_holds_the_place_and_waits(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    first, second, owner = make.volunteer(), make.volunteer(), make.organization()
    office, _ = as_(Role.COORDINATOR), make.account(Role.REQUESTER, organization=owner)
    opened = make.shift_with_demand(owner=owner, claim_policy=ClaimPolicy.APPROVAL)

    body = done(claim(as_(first), opened), 201)

    assert (body["status"], body["confirmed_at"]) == ("tentative", None)
    assert standing_of(wiring, opened) == ("open", "matching", 1)
    assert refused(claim(as_(second), opened)) == [("ASG_FULL", "never")]
    assert refused(hand(office, opened, second)) == [("ASG_FULL", "never")]
    assert notices_of(wiring) == [
        ("assignment_tentative", first.id),
        ("office_approval_wanted", office.account.id),
    ]
    check_data()


def test_several_places_are_taken_one_by_one(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    first, second, third = (make.volunteer() for _ in range(3))
    opened = make.shift_with_demand(places=2)

    done(claim(as_(first), opened), 201)
    assert standing_of(wiring, opened) == ("open", "matching", 1)
    done(claim(as_(second), opened), 201)
    assert standing_of(wiring, opened) == ("filled", "filled", 2)
    assert refused(claim(as_(third), opened)) == [("ASG_FULL", "never")]
    check_data()


def test_nobody_claims_twice_or_in_the_name_of_others(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand(places=2)
    done(claim(as_(volunteer), opened, demand_id=str(opened.demand.id)), 201)

    assert refused(claim(as_(volunteer), opened)) == [("ASG_HELD", "never")]
    assert refused(hand(as_(Role.COORDINATOR), opened, volunteer)) == [("ASG_HELD", "never")]
    assert faults(claim(as_(volunteer), opened, volunteer_id=str(volunteer.id))) == [("/volunteer_id", "FIELD_UNKNOWN")]
    for role in (Role.COORDINATOR, Role.REQUESTER, Role.TRAINER):
        assert problem(claim(as_(role), opened)) == (403, "NOT_PERMITTED")


def test_who_filled_a_shift_is_told_that_she_holds_it_and_others_that_it_is_full(make: Make, as_: As) -> None:
    volunteer, opened = make.volunteer(), make.shift_with_demand()
    done(claim(as_(volunteer), opened), 201)

    again = as_(volunteer).post(f"/v1/shifts/{opened.shift.id}/claims", headers={"Accept-Language": "en"})

    assert refused(again) == [("ASG_HELD", "never")]
    assert again.json()["detail"] == "The volunteer already has a place in this activity."
    assert refused(claim(as_(make.volunteer()), opened)) == [("ASG_FULL", "never")]


def test_who_left_a_shift_holds_nothing_of_it(make: Make, as_: As) -> None:
    volunteer, opened = make.volunteer(), make.shift_with_demand()
    made = done(claim(as_(volunteer), opened), 201)
    done(as_(volunteer).post(f"/v1/assignments/{made['id']}/withdraw"))
    done(claim(as_(make.volunteer()), opened), 201)

    assert refused(claim(as_(volunteer), opened)) == [("ASG_FULL", "never")]


def test_a_demand_of_another_shift_and_a_shift_that_is_not_there(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    opened, other = make.shift_with_demand(), make.shift_with_demand()
    herself = as_(volunteer)

    assert faults(claim(herself, opened, demand_id=str(other.demand.id))) == [("/demand_id", "FIELD_REFERENCE")]
    assert problem(herself.post(f"/v1/shifts/{new_id()}/claims", json={})) == (404, "NOT_FOUND")


def test_what_has_begun_or_is_not_open_is_not_claimed(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    planned = make.shift_with_demand(status=ShiftStatus.PLANNED)
    gone = make.shift_with_demand(status=ShiftStatus.FILLED)
    herself, office = as_(volunteer), as_(Role.COORDINATOR)

    assert problem(claim(herself, planned)) == (404, "NOT_FOUND")
    assert problem(hand(office, planned, volunteer)) == (409, "SHF_STATE")

    clock.now = opened.shift.starts_at
    assert problem(claim(herself, opened)) == (409, "SHF_STATE")
    assert problem(claim(herself, gone)) == (409, "SHF_STATE")


def test_an_idempotency_key_repeats_the_success_and_not_the_refusal(make: Make, as_: As, wiring: Wiring) -> None:
    volunteer = make.volunteer(max_per_month=0)
    opened = make.shift_with_demand()
    herself, path, key = as_(volunteer), f"/v1/shifts/{opened.shift.id}/claims", {"Idempotency-Key": "tap"}

    assert herself.post(path, json={}, headers=key).status_code == 409
    first = herself.post(path, json={"consents": ["ASG_CAP"]}, headers=key)
    again = herself.post(path, json={"consents": ["ASG_CAP"]}, headers=key)

    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert on_shift(wiring, opened) == [(volunteer.id, "confirmed", True)]


def test_a_claim_without_a_body_is_a_claim(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    caller = as_(volunteer)

    made = done(caller.post(f"/v1/shifts/{opened.shift.id}/claims"), 201)
    again = done(caller.post(f"/v1/assignments/{made['id']}/withdraw"))

    assert (made["status"], again["status"]) == ("confirmed", "withdrawn")
