"""Answers to offers that are not a plain yes in time: no, a no taken back, a late yes, several at once, by telephone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.client import ClientExclusion
from models.offer import OfferStatus
from models.shift import ClaimPolicy
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import CONSENT, NEVER, barred, exclude
from tests.makers.doors import (
    answer,
    audited,
    by_phone,
    claim,
    done,
    faults,
    hand,
    notices_of,
    on_shift,
    problem,
    refused,
    settle,
    standing_of,
)

Check = Callable[[], None]
NINE = datetime.fromisoformat("2025-11-10T09:00:00+09:00")


def test_a_no_with_its_reason_may_be_taken_back(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    offer = make.offer(opened, volunteer, respond_by=NINE + timedelta(hours=1))
    herself = as_(volunteer)

    no = done(answer(herself, offer, "decline", reason="busy"))
    assert (no["status"], no["decline_reason"], no["actions"]) == ("declined", "busy", ["take-back"])
    assert problem(answer(herself, offer, "decline")) == (409, "OFF_STATE")
    assert problem(answer(herself, offer, "accept")) == (409, "OFF_STATE")

    again = done(answer(herself, offer, "take-back"))
    assert (again["status"], again["decline_reason"]) == ("sent", None)
    assert again["respond_by"] == "2025-11-11T20:00:00+09:00"  # the old deadline would be over too soon
    done(answer(herself, offer, "accept"))
    assert on_shift(wiring, opened) == [(volunteer.id, "confirmed", True)]
    assert [event.action for event in audited(wiring, offer.id)] == [
        "offer.decline",
        "offer.take-back",
        "offer.accept",
    ]
    check_data()


def test_a_no_is_final_once_the_place_is_gone(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    offer = make.offer(opened, volunteer, OfferStatus.DECLINED)
    sent = make.offer(make.shift_with_demand(), volunteer)

    done(claim(as_(make.volunteer()), opened), 201)

    assert problem(answer(as_(volunteer), offer, "take-back")) == (409, "OFF_FILLED")
    assert problem(answer(as_(volunteer), sent, "take-back")) == (409, "OFF_STATE")
    clock.now = opened.shift.starts_at
    assert problem(answer(as_(volunteer), offer, "take-back")) == (409, "OFF_EXPIRED")


def test_a_no_for_an_acquaintance_makes_the_family_disappear(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    volunteer, owner = make.volunteer(), make.organization()
    opened = make.shift_with_demand(owner=owner, ages=(3,))
    offer = make.offer(opened, volunteer)
    herself, desk = as_(volunteer), as_(Role.REQUESTER, organization=owner)

    done(answer(herself, offer, "decline", reason="acquaintance"))

    assert problem(herself.get(f"/v1/offers/{offer.id}")) == (404, "NOT_FOUND")
    assert problem(answer(herself, offer, "take-back")) == (404, "NOT_FOUND")
    assert done(herself.get("/v1/me/offers"))["items"] == []
    assert refused(hand(office, opened, volunteer)) == [("ASG_ACQUAINTED", "never")]
    assert done(office.get(f"/v1/offers/{offer.id}"))["decline_reason"] == "acquaintance"
    for path in (f"/v1/shifts/{opened.shift.id}", f"/v1/dispatch-requests/{opened.request.id}", "/v1/assignments"):
        seen = desk.get(path)
        assert seen.status_code == 200
        assert "cquaint" not in seen.text
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(ClientExclusion)).one().kind == "acquainted"
    assert notices_of(wiring) == []


def test_a_family_that_knew_her_before_stays_closed_to_her(make: Make, as_: As, wiring: Wiring) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand(ages=(3,))
    exclude(make, opened, volunteer)
    with wiring.unit() as unit:
        unit.session.exec(select(ClientExclusion)).one().lifted_at = unit.now

    done(answer(as_(volunteer), make.offer(opened, volunteer), "decline", reason="acquaintance"))

    with wiring.unit(write=False) as unit:
        kept = unit.session.exec(select(ClientExclusion)).one()
    assert (kept.kind, kept.lifted_at) == ("acquainted", None)


@pytest.mark.parametrize("status", [OfferStatus.SENT, OfferStatus.EXPIRED])
def test_a_yes_after_the_deadline_is_kept_for_the_office(
    make: Make, as_: As, wiring: Wiring, check_data: Check, clock: SetClock, status: OfferStatus
) -> None:
    office = as_(Role.COORDINATOR)
    volunteer, opened = barred(make, CONSENT["too far"])
    offer = make.offer(opened, volunteer, status, respond_by=NINE, answered_at=None)
    clock.forward(seconds=1)

    late = done(answer(as_(volunteer), offer, "accept", consents=["ASG_RADIUS"]))

    assert (late["status"], late["assignment"], late["actions"]) == ("accepted_late", None, ["decline"])
    assert standing_of(wiring, opened) == ("open", "matching", 0)
    assert notices_of(wiring) == [("office_late_yes", office.account.id)]
    assert problem(answer(as_(volunteer), offer, "accept")) == (409, "OFF_STATE")
    assert problem(answer(as_(volunteer), offer, "approve")) == (403, "NOT_PERMITTED")

    approved = done(answer(office, offer, "approve"))
    assert (approved["status"], approved["assignment"]["status"]) == ("accepted", "confirmed")
    assert approved["assignment"]["via"] == "offer"
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert [event.action for event in audited(wiring, offer.id)] == ["offer.accept-late", "offer.approve"]
    check_data()


def test_the_deadline_itself_is_in_time(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    offer = make.offer(make.shift_with_demand(), volunteer, respond_by=NINE)

    assert done(answer(as_(volunteer), offer, "accept"))["status"] == "accepted"


def test_a_late_yes_to_a_place_that_is_held_finds_it_filled(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)
    offer = make.offer(opened, volunteer)
    done(claim(as_(make.volunteer()), opened), 201)

    assert problem(answer(as_(volunteer), offer, "accept")) == (409, "OFF_FILLED")
    clock.forward(days=2)
    assert problem(answer(as_(volunteer), offer, "accept")) == (409, "OFF_FILLED")
    clock.now = opened.shift.starts_at
    assert problem(answer(as_(volunteer), offer, "accept")) == (409, "OFF_EXPIRED")


def test_a_late_yes_is_judged_when_the_office_approves_it(make: Make, as_: As, office: Client) -> None:
    volunteer, opened = barred(make, NEVER["no insurance"])
    offer = make.offer(opened, volunteer, respond_by=NINE - timedelta(minutes=1))
    done(answer(as_(volunteer), offer, "accept"))

    assert refused(answer(office, offer, "approve")) == [("ASG_NO_INSURANCE", "never")]
    make.insurance(volunteer)
    exclude_from = make.shift_with_demand(ages=(3,))
    hidden = make.offer(exclude_from, volunteer, OfferStatus.ACCEPTED_LATE)
    exclude(make, exclude_from, volunteer)
    assert refused(answer(office, hidden, "approve")) == [("ASG_EXCLUDED", "never")]
    assert done(answer(office, offer, "approve"))["status"] == "accepted"


def test_a_late_yes_does_not_outlive_the_place(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    late, quick, declined = make.volunteer(), make.volunteer(), make.volunteer()
    opened = make.shift_with_demand()
    kept = make.offer(opened, late, OfferStatus.ACCEPTED_LATE)
    no = make.offer(opened, declined, OfferStatus.ACCEPTED_LATE)
    assert done(answer(as_(declined), no, "decline"))["status"] == "declined"

    done(claim(as_(quick), opened), 201)

    assert problem(answer(office, kept, "approve")) == (409, "OFF_STATE")
    assert ("offer_filled", late.id) in notices_of(wiring)
    assert ("offer_filled", declined.id) not in notices_of(wiring)


def test_a_late_yes_is_done_with_once_she_stands_there_by_hand(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    kept = make.offer(opened, volunteer, OfferStatus.ACCEPTED_LATE)

    held = done(hand(office, opened, volunteer), 201)["id"]

    seen = done(office.get(f"/v1/offers/{kept.id}"))
    assert (seen["status"], seen["assignment"]["id"]) == ("accepted", held)
    assert notices_of(wiring) == [("assignment_confirmed", volunteer.id)]
    assert [event.action for event in audited(wiring, kept.id)] == ["offer.approve"]
    check_data()


def test_the_office_answers_for_who_called(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    offer = make.offer(opened, volunteer, sent_at=NINE - timedelta(minutes=10, seconds=-30))
    called = by_phone(volunteer, "2025-11-10T08:50:00+09:00")

    assert problem(answer(office, offer, "accept")) == (403, "NOT_PERMITTED")
    assert problem(answer(as_(volunteer), offer, "accept", on_behalf=called)) == (403, "NOT_PERMITTED")
    assert problem(answer(as_(make.volunteer()), offer, "accept")) == (404, "NOT_FOUND")
    assert problem(answer(as_(Role.REQUESTER), offer, "accept")) == (403, "NOT_PERMITTED")
    for wrong in ("2025-11-11T08:50:00+09:00", "2025-11-10T08:49:59+09:00"):  # tomorrow, before she was asked
        said = answer(office, offer, "accept", on_behalf=by_phone(volunteer, wrong))
        assert faults(said) == [("/on_behalf/at", "FIELD_RANGE")]
    other = answer(office, offer, "accept", on_behalf=by_phone(make.volunteer(), called["at"]))
    assert faults(other) == [("/on_behalf/of", "FIELD_REFERENCE")]

    called |= {"of": str(make.account_of(volunteer).id)}  # she herself, or her account
    yes = done(answer(office, offer, "accept", on_behalf=called))
    assert (yes["status"], yes["answered_at"]) == ("accepted", called["at"])
    for object_id in (offer.id, yes["assignment"]["id"]):
        event = audited(wiring, object_id)[-1]
        assert (event.actor_id, event.on_behalf and event.on_behalf["channel"]) == (office.account.id, "phone")


def test_a_call_before_the_deadline_is_in_time_though_entered_after(
    make: Make, office: Client, clock: SetClock
) -> None:
    first, second = make.volunteer(), make.volunteer()
    opened = make.shift_with_demand(places=2)
    in_time, late = (make.offer(opened, one, respond_by=NINE) for one in (first, second))
    clock.forward(hours=1)

    punctual = answer(office, in_time, "accept", on_behalf=by_phone(first, "2025-11-10T09:00:00+09:00"))
    tardy = answer(office, late, "accept", on_behalf=by_phone(second, "2025-11-10T09:00:01+09:00"))

    assert [done(said)["status"] for said in (punctual, tardy)] == ["accepted", "accepted_late"]


def test_an_answer_entered_by_a_clock_that_is_ahead_arrived_now(make: Make, office: Client) -> None:
    """Ten seconds before the deadline, and the clock of whoever enters it 40 seconds fast."""
    mai, rin = make.volunteer(), make.volunteer()
    opened = make.shift_with_demand(places=2)
    yes, no = (make.offer(opened, one, respond_by=NINE + timedelta(seconds=10)) for one in (mai, rin))
    fast = "2025-11-10T09:00:40+09:00"

    said = [
        done(answer(office, yes, "accept", on_behalf=by_phone(mai, fast))),
        done(answer(office, no, "decline", on_behalf=by_phone(rin, fast))),
    ]

    assert [(one["status"], one["answered_at"]) for one in said] == [
        ("accepted", "2025-11-10T09:00:00+09:00"),
        ("declined", "2025-11-10T09:00:00+09:00"),
    ]


def test_several_answers_stand_or_fall_one_by_one(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    volunteer = make.volunteer(max_per_month=0)
    one, clash, later = (make.shift_with_demand() for _ in range(3))
    offers = [make.offer(opened, volunteer) for opened in (one, clash, later)]
    foreign = make.offer(one, make.volunteer())
    said = as_(volunteer).post(
        "/v1/me/offers/answers",
        json=[
            {"offer_id": str(offers[0].id), "answer": "accept", "consents": ["ASG_CAP"]},
            {"offer_id": str(offers[1].id), "answer": "accept", "consents": ["ASG_CAP"]},
            {"offer_id": str(offers[2].id), "answer": "decline"},
            {"offer_id": str(foreign.id), "answer": "accept"},
            {"offer_id": str(new_id()), "answer": "decline"},
        ],
    )

    items = done(said, 207)["items"]

    assert [(item["status"], item.get("code")) for item in items] == [
        (200, None),
        (409, "ASG_OVERLAP"),
        (200, None),
        (404, "NOT_FOUND"),
        (404, "NOT_FOUND"),
    ]
    assert [item["offer"]["status"] for item in (items[0], items[2])] == ["accepted", "declined"]
    assert [bar["code"] for bar in items[1]["violations"]] == ["ASG_OVERLAP"]
    assert on_shift(wiring, one) == [(volunteer.id, "confirmed", True)]
    assert on_shift(wiring, clash) == []
    assert audited(wiring, offers[1].id) == []
    check_data()


def test_answers_come_in_a_list_of_one_to_fifty(make: Make, as_: As) -> None:
    herself = as_(make.volunteer())

    assert faults(herself.post("/v1/me/offers/answers", json=[])) == [("", "FIELD_RANGE")]
    entry = {"offer_id": str(new_id()), "answer": "perhaps"}
    assert faults(herself.post("/v1/me/offers/answers", json=[entry])) == [("/0/answer", "FIELD_FORMAT")]
    fitting = entry | {"answer": "decline"}
    assert faults(herself.post("/v1/me/offers/answers", json=[fitting] * 51)) == [("", "FIELD_RANGE")]
    assert problem(as_(Role.REQUESTER).post("/v1/me/offers/answers", json=[fitting])) == (403, "NOT_PERMITTED")


def test_a_place_given_back_may_be_offered_anew(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    first, second = make.volunteer(), make.volunteer()
    opened = make.shift_with_demand()
    offer = make.offer(opened, first)
    declined = make.offer(opened, second, OfferStatus.DECLINED)
    held = done(answer(as_(first), offer, "accept"))["assignment"]["id"]

    done(settle(as_(first), held, "withdraw"))

    assert problem(answer(as_(first), offer, "accept")) == (409, "OFF_STATE")
    done(answer(as_(second), declined, "take-back"))
    done(answer(as_(second), declined, "accept"))
    assert on_shift(wiring, opened) == [(first.id, "withdrawn", False), (second.id, "confirmed", True)]
    check_data()
