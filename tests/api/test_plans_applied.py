"""A plan carried out, by asking or by assigning: what has changed is named, everything else is done, nothing twice."""

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import select

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus, Via
from models.cascade import Cascade
from models.offer import OfferStatus
from models.plan import Plan, PlanApply, PlanMode
from models.volunteer import VolunteerStatus
from services import applying
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import faults, problem
from tests.makers.plans import (
    PLANS,
    applied,
    assignments_of,
    month,
    notices_to,
    offers_of,
    ordered,
    outcomes,
    planned,
    proposals,
    read,
    verb,
)
from worker.planning import finish_applying

Check = Callable[[], None]


def test_a_plan_is_applied_as_assignments(make: Make, office: Client, wiring: Wiring, check_data: Check) -> None:
    month(make, 3)
    mai = make.volunteer(max_per_month=31)
    plan = planned(office, wiring)

    done = applied(office, plan, "assign")

    assert (done["status"], done["mode"], done["counts"]) == ("applied", "assign", {"assigned": 3})
    held = assignments_of(wiring)
    assert {(one.via, one.volunteer_id) for one in held} == {(Via.PLAN, mai.id)}
    assert {item["assignment_id"] for item in done["items"]} == {str(one.id) for one in held}
    assert read(office, plan)["applied_at"] is not None
    again = applied(office, plan, "assign")
    assert again["items"] == done["items"]
    assert len(assignments_of(wiring)) == 3
    check_data()


def test_a_plan_is_applied_as_offers_with_one_message_each(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    month(make, 5)
    mai, rin = make.volunteer(max_per_month=4), make.volunteer(max_per_month=1)
    plan = planned(office, wiring)

    done = applied(office, plan, "offer")

    assert done["counts"] == {"offered": 5}
    assert notices_to(wiring, mai.id, "offers_sent_many") == 1
    assert notices_to(wiring, rin.id, "offer_sent") == 1
    sent = offers_of(wiring)
    assert len({one.batch_id for one in sent}) == 1
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(Cascade)).all()) == 5
    assert applied(office, plan, "offer")["items"] == done["items"]
    assert len(offers_of(wiring)) == 5
    check_data()


def test_several_places_are_asked_for_in_one_wave(make: Make, office: Client, wiring: Wiring) -> None:
    make.shift_with_demand(demand={"places": 3})
    for _ in range(3):
        make.volunteer()
    plan = planned(office, wiring)

    applied(office, plan, "offer", waves=False)

    assert {(one.wave, one.rank) for one in offers_of(wiring)} == {(1, 1), (1, 2), (1, 3)}
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(Cascade)).all() == []


def test_who_may_not_be_asked_does_not_keep_the_others_from_it(make: Make, office: Client, wiring: Wiring) -> None:
    opened = make.shift_with_demand(demand={"places": 2})
    mai, rin = make.volunteer(), make.volunteer()
    plan = planned(office, wiring)
    for days in range(3):
        make.offer(make.shift_with_demand(starts_at=opened.shift.starts_at + timedelta(days=60 + days)), mai)

    done = applied(office, plan, "offer")

    assert {item["volunteer_id"]: item["outcome"] for item in done["items"]} == {
        str(mai.id): "refused",
        str(rin.id): "offered",
    }
    assert sorted(outcomes(done), key=str) == [("offered", None), ("refused", "ASG_ASKS")]


def test_whose_hours_nobody_knows_is_asked_where_others_are_assigned(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    month(make, 2)
    unknown, mai = make.volunteer(rules=(), max_per_month=1), make.volunteer(max_per_month=1)
    plan = planned(office, wiring)

    done = applied(office, plan, "assign")

    assert {item["volunteer_id"]: item["outcome"] for item in done["items"]} == {
        str(unknown.id): "offered",
        str(mai.id): "assigned",
    }
    assert notices_to(wiring, unknown.id, "offer_sent") == 1
    check_data()


def test_what_changed_since_is_named_and_everything_else_is_done(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    opened, mai = month(make, 4), make.volunteer(max_per_month=31)
    rin = make.volunteer(languages={"vi": "C1"})
    other = make.shift_with_demand(demand={"language": "vi"}, languages=["vi"])
    plan = planned(office, wiring)
    taker = make.volunteer()
    assert as_(taker).post(f"/v1/shifts/{opened[0].shift.id}/claims", json={}).status_code == 201
    clash = make.shift_with_demand(starts_at=opened[1].shift.starts_at, demand={"language": "fr"})
    make.assignment(clash, mai)
    with wiring.unit() as unit:
        unit.lock(type(rin), rin.id).touch(unit.now)

    done = applied(office, plan, "assign")

    named = {item["shift_id"]: (item["outcome"], item["code"]) for item in done["items"]}
    assert named == {
        str(opened[0].shift.id): ("refused", "PLN_MOVED"),
        str(opened[1].shift.id): ("refused", "ASG_OVERLAP"),
        str(opened[2].shift.id): ("assigned", None),
        str(opened[3].shift.id): ("assigned", None),
        str(other.shift.id): ("refused", "PLN_MOVED"),
    }
    assert all(item["detail"] for item in done["items"] if item["code"])
    refused = proposals(office, plan, outcome="refused")
    assert len(refused) == 3
    check_data()


def test_who_was_asked_meanwhile_is_not_asked_twice(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai = month(make, 1)[0], make.volunteer()
    plan = planned(office, wiring)
    offer = make.offer(opened, mai)

    done = applied(office, plan, "offer")

    assert [(item["outcome"], item["offer_id"]) for item in done["items"]] == [("offered", str(offer.id))]
    assert len(offers_of(wiring)) == 1
    assert notices_to(wiring, mai.id, "offer_sent") == 0


def test_a_pin_with_consent_goes_through_either_door(make: Make, office: Client, wiring: Wiring) -> None:
    override = {"code": "ASG_CAP", "reason": "本人が承知", "consent_at": "2025-11-09T10:00:00+09:00"}
    for mode, outcome in (("assign", "assigned"), ("offer", "offered")):
        opened, away = month(make, 1)[0], make.volunteer(max_per_month=0)
        pin = {"volunteer_id": str(away.id), "shift_id": str(opened.shift.id), "overrides": [override]}
        plan = planned(office, wiring, pins=[pin])

        done = applied(office, plan, mode)

        assert [(one["volunteer_id"], one["outcome"]) for one in done["items"]] == [(str(away.id), outcome)]


def test_a_plan_is_carried_out_in_one_mode_and_only_when_it_is_ready(
    make: Make, office: Client, wiring: Wiring
) -> None:
    month(make, 1)
    make.volunteer()
    waiting = ordered(office)
    assert problem(verb(office, waiting, "apply", mode="offer")) == (409, "PLN_STATE")
    assert verb(office, waiting, "cancel").status_code == 200
    plan = planned(office, wiring)
    stale = office.post(f"{PLANS}/{plan['id']}/apply", json={"mode": "offer"}, headers={"If-Match": '"x"'})
    assert problem(stale) == (412, "VERSION")

    applied(office, plan, "offer")

    assert faults(verb(office, plan, "apply", mode="assign")) == [("/mode", "FIELD_CONFLICT")]
    assert problem(verb(office, plan, "discard")) == (409, "PLN_STATE")


def test_an_application_repeated_under_its_key_is_answered_as_before(
    make: Make, office: Client, wiring: Wiring
) -> None:
    month(make, 1)
    make.volunteer()
    plan = planned(office, wiring)
    headers = {"Idempotency-Key": "once", "If-Match": f'"{plan["id"]}.{plan["version"]}"'}

    first, again = (
        office.post(f"{PLANS}/{plan['id']}/apply", json={"mode": "assign"}, headers=headers) for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()


def test_an_interrupted_application_is_finished_by_the_worker(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    month(make, 3)
    mai = make.volunteer(max_per_month=31)
    plan = planned(office, wiring)
    with wiring.unit() as unit:
        row = unit.session.exec(select(Plan)).one()
        steps = applying.begin(unit, row.id, PlanApply(mode=PlanMode.OFFER))
    with wiring.unit() as unit:
        steps[0](unit)
    assert finish_applying(wiring) == 0

    clock.forward(minutes=11)
    assert finish_applying(wiring) == 1

    assert finish_applying(wiring) == 0
    assert [one.status for one in offers_of(wiring)] == [OfferStatus.SENT] * 3
    assert notices_to(wiring, mai.id, "offers_sent_many") == 1
    assert read(office, plan)["applied_at"] is not None
    check_data()


def test_what_can_no_longer_be_done_is_refused_with_its_state(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = month(make, 2), make.volunteer()
    first = planned(office, wiring)
    applied(office, first, "assign")
    with wiring.unit() as unit:
        unit.lock(type(mai), mai.id).status = VolunteerStatus.SUSPENDED
    mended = planned(office, wiring, repairs=first["id"])
    with wiring.unit() as unit:
        for one in unit.session.exec(select(Assignment)):
            one.status = AssignmentStatus.COMPLETED

    assert set(outcomes(applied(office, mended, "assign"))) == {("refused", "ASG_STATE")}

    make.volunteer()
    make.shift_with_demand()
    late = planned(office, wiring)
    clock.now = opened[-1].shift.starts_at + timedelta(days=30)
    done = applied(office, late, "assign")
    assert outcomes(done)[-1] == ("refused", "SHF_STATE")
    assert done["items"][-1]["detail"]
