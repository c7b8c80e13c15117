"""Asking people: a wave of the best ranked or of named people, its deadline, and the first yes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.db import Wiring
from models.base import new_id
from models.offer import Offer, OfferStatus
from models.shift import ClaimPolicy, ShiftStatus
from models.volunteer import VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import NEVER, ONE_STEP, SILENT, barred
from tests.makers.doors import (
    answer,
    ask,
    audited,
    by_phone,
    claim,
    done,
    faults,
    notices_of,
    on_shift,
    problem,
    reason,
    refused,
    standing_of,
)

Check = Callable[[], None]
TEN = datetime.fromisoformat("2025-11-20T10:00:00+09:00")


def asked(said: Any) -> list[str]:
    return [offer["volunteer_id"] for offer in done(said, 201)["items"]]


def stored(wiring: Wiring, offer_id: UUID | str) -> Offer:
    with wiring.unit(write=False) as unit:
        return unit.get(Offer, UUID(str(offer_id)))


def test_the_best_ranked_are_asked_and_told(make: Make, office: Client, wiring: Wiring) -> None:
    near, far = make.volunteer(), make.volunteer(district="port")
    make.volunteer(certs=())
    opened = make.shift_with_demand()

    said = ask(office, opened, top=2)

    first, second = done(said, 201)["items"]
    assert [first["volunteer_id"], second["volunteer_id"]] == [str(near.id), str(far.id)]
    assert (
        first.items()
        >= {
            "shift_id": str(opened.shift.id),
            "demand_id": str(opened.demand.id),
            "wave": 1,
            "rank": 1,
            "status": "sent",
            "sent_at": "2025-11-10T09:00:00+09:00",
            "respond_by": "2025-11-11T20:00:00+09:00",
            "answered_at": None,
            "actions": ["accept", "decline", "withdraw"],
        }.items()
    )
    kept = stored(wiring, first["id"])
    assert kept.score == sum(one["points"] for one in kept.reasons)
    assert {one["criterion"] for one in kept.reasons} == {"level", "fairness", "distance", "preference", "response"}
    assert notices_of(wiring) == [("offer_sent", near.id), ("offer_sent", far.id)]
    (event,) = audited(wiring, first["id"])
    assert (event.action, event.subject_volunteer_id, event.facts) == ("offer.send", near.id, {"overrides": []})


def test_the_next_wave_leaves_out_who_was_asked_or_said_no(
    make: Make, as_: As, office: Client, check_data: Check
) -> None:
    unanswered, refusing, standing, fresh = (make.volunteer() for _ in range(4))
    opened = make.shift_with_demand(places=2)
    make.offer(opened, unanswered)
    make.offer(opened, refusing, OfferStatus.DECLINED)
    make.offer(opened, make.volunteer(), OfferStatus.EXPIRED)
    make.offer(opened, make.volunteer(), OfferStatus.ACCEPTED_LATE)
    taken_back = make.offer(opened, make.volunteer(), OfferStatus.WITHDRAWN)
    done(claim(as_(standing), opened), 201)

    assert set(asked(ask(office, opened, top=9))) == {str(fresh.id), str(taken_back.volunteer_id)}
    said = ask(office, opened, top=9)
    assert problem(said) == (409, "OFF_NOBODY")
    check_data()


def test_who_said_no_is_asked_again_only_for_a_reason(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    refusing, fresh = make.volunteer(), make.volunteer()
    opened = make.shift_with_demand()
    done(answer(as_(refusing), make.offer(opened, refusing), "decline"))
    make.offer(make.shift_with_demand(), fresh, OfferStatus.DECLINED)  # to another shift

    said = ask(office, opened, fresh, refusing)
    assert refused(said) == [("OFF_DECLINED", "with_reason")]
    assert refusing.volunteer_no in said.json()["violations"][0]["detail"]
    assert notices_of(wiring) == []
    (sent,) = done(ask(office, opened, refusing, overrides=[reason("OFF_DECLINED")]), 201)["items"]

    assert [one["code"] for one in stored(wiring, sent["id"]).overrides] == ["OFF_DECLINED"]
    assert done(answer(as_(refusing), sent["id"], "accept"))["assignment"]["status"] == "confirmed"


def test_nobody_is_left_to_ask(make: Make, office: Client, wiring: Wiring) -> None:
    make.volunteer(status=VolunteerStatus.ON_LEAVE)

    assert problem(ask(office, make.shift_with_demand(), top=3)) == (409, "OFF_NOBODY")
    assert notices_of(wiring) == []


def test_named_people_are_asked_in_the_order_named_and_once(make: Make, office: Client) -> None:
    first, second = make.volunteer(district="port"), make.volunteer()
    opened = make.shift_with_demand()

    items = done(ask(office, opened, first, second, first), 201)["items"]

    assert [(one["volunteer_id"], one["rank"]) for one in items] == [(str(first.id), 1), (str(second.id), 2)]


@pytest.mark.parametrize("bar", [NEVER["no pledge"], NEVER["elsewhere"], *SILENT.values()])
def test_one_who_may_not_be_asked_stops_the_wave(make: Make, office: Client, wiring: Wiring, bar: Any) -> None:
    volunteer, opened = barred(make, bar)

    said = ask(office, opened, make.volunteer(), volunteer, overrides=[reason(bar.code)])

    assert refused(said) == [(bar.code, "never")]
    assert notices_of(wiring) == []


def test_who_needs_only_consent_may_be_asked(make: Make, office: Client) -> None:
    volunteer = make.volunteer(max_per_month=0)

    assert asked(ask(office, make.shift_with_demand(), volunteer)) == [str(volunteer.id)]


@pytest.mark.parametrize(("ago_days", "status"), [(1, OfferStatus.DECLINED), (8, OfferStatus.SENT)])
def test_nobody_is_asked_too_often_without_a_reason(
    make: Make, office: Client, clock: SetClock, ago_days: int, status: OfferStatus
) -> None:
    volunteer = make.volunteer()
    for _ in range(3):
        earlier = make.shift_with_demand(starts_at=TEN + timedelta(days=7))
        sent_at = clock() - timedelta(days=ago_days)
        make.offer(earlier, volunteer, status, sent_at=sent_at, respond_by=clock() + timedelta(days=1))
    opened = make.shift_with_demand()

    assert problem(ask(office, opened, top=1)) == (409, "OFF_NOBODY")
    assert refused(ask(office, opened, volunteer)) == [("ASG_ASKS", "with_reason")]
    items = done(ask(office, opened, volunteer, overrides=[reason("ASG_ASKS")]), 201)["items"]
    assert (
        stored(make.wiring, items[0]["id"]).overrides[0].items()
        >= {
            "code": "ASG_ASKS",
            "reason": "電話で確認",
            "by": str(office.account.id),
        }.items()
    )


def test_a_reason_given_when_asking_holds_when_she_says_yes(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    volunteer, opened = barred(make, ONE_STEP)

    assert refused(ask(office, opened, volunteer)) == [("ASG_LEVEL", "with_reason")]
    sent = done(ask(office, opened, volunteer, overrides=[reason("ASG_LEVEL")]), 201)["items"][0]["id"]
    yes = done(answer(as_(volunteer), sent, "accept"))

    assert yes["assignment"]["overrides"] is None
    held = done(office.get(f"/v1/assignments/{yes['assignment']['id']}"))
    assert [(one["code"], one["by"]) for one in held["overrides"]] == [("ASG_LEVEL", str(office.account.id))]
    assert audited(wiring, sent)[0].facts == {"overrides": ["ASG_LEVEL"]}


def test_what_cannot_be_sent(make: Make, office: Client, clock: SetClock) -> None:
    volunteer = make.volunteer()
    opened, other = make.shift_with_demand(), make.shift_with_demand()

    assert faults(ask(office, opened)) == [("/top", "FIELD_MISSING")]
    assert faults(ask(office, opened, volunteer, top=1)) == [("/top", "FIELD_CONFLICT")]
    assert faults(ask(office, opened, top=0)) == [("/top", "FIELD_RANGE")]
    assert faults(ask(office, opened, top=1, demand_id=str(other.demand.id))) == [("/demand_id", "FIELD_REFERENCE")]
    body = {"volunteer_ids": [str(volunteer.id), str(new_id())]}
    path = f"/v1/shifts/{opened.shift.id}/offers"
    assert faults(office.post(path, json=body)) == [("/volunteer_ids/1", "FIELD_REFERENCE")]
    assert problem(office.post(f"/v1/shifts/{new_id()}/offers", json=body)) == (404, "NOT_FOUND")
    for wrong in (clock(), opened.shift.starts_at + timedelta(minutes=1)):
        said = ask(office, opened, top=1, respond_by=wrong.isoformat())
        assert faults(said) == [("/respond_by", "FIELD_RANGE")]
        [fault] = said.json()["errors"]
        assert "2025年11月10日 09:00" in fault["detail"]
        assert fault["detail"] == said.json()["detail"]


def test_one_open_offer_for_a_person_and_a_place(make: Make, office: Client, check_data: Check) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    make.offer(opened, volunteer)

    assert faults(ask(office, opened, volunteer)) == [("/volunteer_ids", "FIELD_DUPLICATE")]
    check_data()


def test_nobody_is_asked_for_what_is_taken_planned_or_over(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    full = make.shift_with_demand()
    make.assignment(full, make.volunteer())
    held = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)
    done(claim(as_(make.volunteer()), held), 201)

    assert problem(ask(office, full, volunteer)) == (409, "SHF_STATE")
    assert problem(ask(office, make.shift_with_demand(status=ShiftStatus.PLANNED), volunteer)) == (409, "SHF_STATE")
    assert refused(ask(office, held, volunteer)) == [("ASG_FULL", "never")]
    clock.now = opened.shift.starts_at
    assert problem(ask(office, opened, volunteer)) == (409, "SHF_STATE")


@pytest.mark.parametrize(
    ("now", "respond_by"),
    [
        ("2025-11-10T09:00:00+09:00", "2025-11-11T20:00:00+09:00"),  # 24 waking hours
        ("2025-11-18T10:00:00+09:00", "2025-11-18T12:00:00+09:00"),  # below the lead time: urgent
        ("2025-11-19T20:00:00+09:00", "2025-11-19T22:00:00+09:00"),  # the last day does not pause
        ("2025-11-20T08:00:00+09:00", "2025-11-20T08:30:00+09:00"),  # a quarter of what is left
    ],
)
def test_the_deadline_follows_the_rule_of_waves(
    make: Make, office: Client, clock: SetClock, now: str, respond_by: str
) -> None:
    make.volunteer()
    clock.now = datetime.fromisoformat(now)
    opened = make.shift_with_demand()

    assert done(ask(office, opened, top=1), 201)["items"][0]["respond_by"] == respond_by


def test_a_deadline_that_the_office_sets(make: Make, office: Client) -> None:
    make.volunteer()
    opened = make.shift_with_demand()

    items = done(ask(office, opened, top=1, respond_by="2025-11-20T01:00:00Z"), 201)["items"]

    assert items[0]["respond_by"] == "2025-11-20T10:00:00+09:00"


def test_the_first_yes_wins_and_the_others_are_thanked(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    first, second = make.volunteer(), make.volunteer()
    opened = make.shift_with_demand()
    yes, other = (one["id"] for one in done(ask(office, opened, first, second), 201)["items"])
    before = len(notices_of(wiring))

    body = done(answer(as_(first), yes, "accept"))

    assert (body["status"], body["answered_at"]) == ("accepted", "2025-11-10T09:00:00+09:00")
    assert body["assignment"].items() >= {"status": "confirmed", "via": "offer", "volunteer_id": str(first.id)}.items()
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert notices_of(wiring)[before:] == [("assignment_confirmed", first.id), ("offer_filled", second.id)]
    assert [event.action for event in audited(wiring, yes)] == ["offer.send", "offer.accept"]
    assert problem(answer(as_(second), other, "accept")) == (409, "OFF_FILLED")
    assert problem(answer(as_(second), other, "decline")) == (409, "OFF_FILLED")
    again = answer(as_(first), yes, "accept")
    assert (problem(again), on_shift(wiring, opened)) == ((409, "OFF_STATE"), [(first.id, "confirmed", True)])
    check_data()


def test_an_offer_is_taken_back_by_the_office(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer()
    offer = make.offer(make.shift_with_demand(), volunteer)

    assert problem(answer(as_(volunteer), offer, "withdraw")) == (403, "NOT_PERMITTED")
    stale = office.post(f"/v1/offers/{offer.id}/withdraw", json={}, headers={"If-Match": '"x.1"'})
    assert problem(stale) == (412, "VERSION")
    elsewhere = answer(office, offer, "withdraw", on_behalf=by_phone(make.volunteer()))
    assert faults(elsewhere) == [("/on_behalf/of", "FIELD_REFERENCE")]
    body = done(answer(office, offer, "withdraw", on_behalf=by_phone(volunteer)))

    assert (body["status"], body["actions"]) == ("withdrawn", [])
    assert notices_of(wiring) == [("offer_withdrawn", volunteer.id)]
    assert [event.action for event in audited(wiring, offer.id)] == ["offer.withdraw"]
    assert audited(wiring, offer.id)[0].on_behalf is not None
    for verb in ("accept", "decline", "take-back"):
        assert problem(answer(as_(volunteer), offer, verb)) == (409, "OFF_STATE")
    assert problem(answer(office, offer, "withdraw")) == (409, "OFF_STATE")
