"""A plan as the office orders, follows, reads, stops and drops it."""

from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.offer import OfferStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import faults, problem
from tests.makers.plans import PLANS, Here, month, ordered, pairs, planned, proposals, read, verb
from tests.makers.work import VISIT
from worker.planning import solve_plans


def test_a_plan_fills_what_can_be_filled_and_says_why(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai, rin = month(make, 3), make.volunteer(max_per_month=2), make.volunteer(max_per_month=1)
    before = ordered(office)
    assert (before["status"], before["progress"]["percent"], before["actions"]) == ("queued", 0, ["cancel"])

    assert solve_plans(wiring, start=Here) == 1

    plan = read(office, before)
    assert (plan["status"], plan["ended_as"], plan["actions"]) == ("ready", "optimal", ["apply", "discard"])
    assert plan["fill"] == {"open_places": 3, "filled": 3}
    assert plan["objective"]["fill"] == plan["bound"]["fill"] == 3
    assert plan["gap"] == {"fill": 0.0, "soft": 0.0}
    assert plan["progress"]["percent"] == 100
    lines = proposals(office, plan)
    assert [line["change"] for line in lines] == ["gain"] * 3
    assert {line["shift_id"] for line in lines} == {str(one.shift.id) for one in opened}
    assert sum(line["score"] for line in lines) == plan["objective"]["soft"] == sum(plan["points"].values())
    assert all(reason["detail"] for line in lines for reason in line["reasons"])
    hours = {one["volunteer_id"]: one["minutes_after"] for one in plan["hours_per_head"]}
    assert hours == {str(mai.id): 240, str(rin.id): 120}
    assert plan["fairness"]["before"] == {"people": 2, "with_none": 2, "most": 0, "gini": 0.0}
    assert (plan["fairness"]["after"]["most"], plan["fairness"]["after"]["with_none"]) == (2, 0)


def test_the_same_input_makes_the_same_plan(make: Make, office: Client, wiring: Wiring) -> None:
    month(make, 4)
    for _ in range(3):
        make.volunteer()

    first, second, other = (
        planned(office, wiring),
        planned(office, wiring),
        planned(office, wiring, weights={"level": 0}),
    )

    assert pairs(proposals(office, first)) == pairs(proposals(office, second))
    assert first["fingerprint"] == second["fingerprint"] != other["fingerprint"]
    assert "level" not in other["points"]
    listed = office.get(PLANS, params={"status": "ready"}).json()["items"]
    assert [one["id"] for one in listed] == [one["id"] for one in (other, second, first)]
    assert office.get(PLANS, params={"status": "queued"}).json()["items"] == []
    assert office.get(PLANS).json()["items"] == listed


def test_what_stays_open_is_explained(make: Make, office: Client, wiring: Wiring) -> None:
    opened = month(make, 1)[0]
    uncertified = make.volunteer(certs=())
    other = make.shift_with_demand(starts_at=VISIT, demand={"language": "vi"}, languages=["vi"])

    plan = planned(office, wiring)

    assert plan["fill"] == {"open_places": 2, "filled": 0}
    open_places = {one["shift_id"]: one for one in read(office, plan, "/unfilled")["items"]}
    assert open_places[str(opened.shift.id)]["sole_blockers"][0]["code"] == "ASG_NO_CERT"
    assert open_places[str(opened.shift.id)]["sole_blockers"][0]["volunteer_nos"] == [uncertified.volunteer_no]
    assert open_places[str(other.shift.id)]["kind"] == "nobody_speaks"
    assert {(one["kind"], one["language"]) for one in plan["advice"]} == {("train", "en"), ("recruit", "vi")}


def test_a_place_that_others_take_has_its_price(make: Make, office: Client, wiring: Wiring) -> None:
    make.volunteer()
    one, other = (make.shift_with_demand() for _ in range(2))

    plan = planned(office, wiring)

    (line,), (left,) = proposals(office, plan), read(office, plan, "/unfilled")["items"]
    assert {line["shift_id"], left["shift_id"]} == {str(one.shift.id), str(other.shift.id)}
    assert left["price"]["displaced_shift_ids"] == [line["shift_id"]]
    assert left["taken_by"][0]["shift_id"] == line["shift_id"]


def test_an_empty_month_and_a_month_with_nobody_are_clear(make: Make, office: Client, wiring: Wiring) -> None:
    empty = planned(office, wiring)
    assert (empty["status"], empty["ended_as"], empty["fill"]) == ("ready", "optimal", {"open_places": 0, "filled": 0})
    assert proposals(office, empty) == []

    month(make, 2)
    nobody = planned(office, wiring, time_limit_s=0)

    assert (nobody["status"], nobody["fill"]) == ("ready", {"open_places": 2, "filled": 0})
    assert len(read(office, nobody, "/unfilled")["items"]) == 2


def test_a_pin_that_breaks_a_rule_is_reported_and_the_others_stand(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai, uncertified = month(make, 3), make.volunteer(), make.volunteer(certs=())
    late = make.shift_with_demand(starts_at=VISIT + timedelta(days=90))
    shifts = [str(one.shift.id) for one in (*opened, late)]

    plan = planned(
        office,
        wiring,
        pins=[
            {"volunteer_id": str(uncertified.id), "shift_id": shifts[0]},
            {"volunteer_id": str(mai.id), "shift_id": shifts[1], "demand_id": str(opened[1].demand.id)},
            {"volunteer_id": str(mai.id), "shift_id": shifts[3]},
            {"volunteer_id": str(mai.id), "shift_id": shifts[2]},
        ],
        exclusions=[{"volunteer_id": str(mai.id), "shift_id": one} for one in (shifts[0], shifts[2])],
    )

    refused = {(one["shift_id"], one["code"]) for one in plan["refused_pins"]}
    assert refused == {(shifts[0], "ASG_NO_CERT"), (shifts[3], "PLAN_UNKNOWN"), (shifts[2], "PLAN_RULED_OUT")}
    assert all(one["detail"] for one in plan["refused_pins"])
    assert pairs(proposals(office, plan)) == {(str(mai.id), shifts[1])}
    assert (len(plan["pins"]), len(plan["exclusions"])) == (4, 2)


def test_a_pin_with_her_consent_stands_against_her_own_hours(make: Make, office: Client, wiring: Wiring) -> None:
    opened, away = month(make, 1)[0], make.volunteer(max_per_month=0)
    make.volunteer()
    override = {"code": "ASG_CAP", "reason": "本人が承知", "consent_at": "2025-11-09T10:00:00+09:00"}
    pin = {"volunteer_id": str(away.id), "shift_id": str(opened.shift.id)}

    plan = planned(office, wiring, pins=[{**pin, "overrides": [override]}])

    assert (plan["refused_pins"], pairs(proposals(office, plan))) == ([], {(str(away.id), str(opened.shift.id))})


def test_who_stands_stays_and_who_said_no_is_not_proposed(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai, rin, ken = month(make, 3), make.volunteer(), make.volunteer(), make.volunteer(max_per_month=0)
    standing = make.assignment(opened[0], mai)
    make.offer(opened[1], mai, OfferStatus.DECLINED)
    make.assignment(opened[2], rin, AssignmentStatus.WITHDRAWN)
    make.assignment(opened[2], ken, AssignmentStatus.STANDIN_WANTED)

    plan = planned(office, wiring)

    lines = {(line["volunteer_id"], line["shift_id"]): line for line in proposals(office, plan)}
    assert lines[str(mai.id), str(opened[0].shift.id)]["change"] == "keep"
    assert lines[str(mai.id), str(opened[0].shift.id)]["assignment_id"] == str(standing.id)
    assert lines[str(rin.id), str(opened[1].shift.id)]["change"] == "gain"
    assert lines[str(mai.id), str(opened[2].shift.id)]["change"] == "gain"
    assert lines[str(ken.id), str(opened[2].shift.id)]["change"] == "replace"
    assert plan["fill"] == {"open_places": 2, "filled": 2}
    hers = next(one for one in plan["hours_per_head"] if one["volunteer_id"] == str(mai.id))
    assert (hers["minutes_before"], hers["minutes_after"]) == (120, 240)


def test_whose_hours_nobody_knows_is_proposed_to_be_asked(make: Make, office: Client, wiring: Wiring) -> None:
    opened, unknown = month(make, 1)[0], make.volunteer(rules=())

    (line,) = proposals(office, planned(office, wiring))

    assert (line["volunteer_id"], line["shift_id"], line["to_ask"]) == (str(unknown.id), str(opened.shift.id), True)


def test_a_series_is_better_done_by_one(make: Make, office: Client, wiring: Wiring) -> None:
    _, requests = make.series(count=2)
    for request in requests:
        make.shift_with_demand(request=request)
    for _ in range(2):
        make.volunteer()

    plan = planned(office, wiring, weights={"fairness": 0}, activities=["dispatch"])

    assert len({line["volunteer_id"] for line in proposals(office, plan)}) == 1
    assert plan["points"]["series"] > 0


@pytest.mark.parametrize(
    ("over", "wrong"),
    [
        ({"to": "2025-11-01"}, [("/to", "FIELD_RANGE")]),
        ({"from": "2025-10-01", "to": "2025-11-09T09:00:00+09:00"}, [("/to", "FIELD_RANGE")]),
        ({"to": "2026-11-01"}, [("/to", "FIELD_RANGE")]),
        ({"from": "2025-11-15T00:00:00"}, [("/from", "FIELD_NAIVE_TIME")]),
        ({"from": 20251115, "to": "soon"}, [("/from", "FIELD_FORMAT"), ("/to", "FIELD_FORMAT")]),
        ({"weights": {"beauty": 3}}, [("/weights/beauty", "FIELD_REFERENCE")]),
        ({"repairs": str(new_id())}, [("/repairs", "FIELD_REFERENCE")]),
        (
            {"exclusions": [{"volunteer_id": str(new_id()), "shift_id": str(new_id())}]},
            [("/exclusions/0/shift_id", "FIELD_REFERENCE"), ("/exclusions/0/volunteer_id", "FIELD_REFERENCE")],
        ),
    ],
    ids=[
        "ends before it begins",
        "is past",
        "is too long",
        "no offset",
        "no time at all",
        "unknown criterion",
        "mends nothing",
        "unknown references",
    ],
)
def test_what_cannot_be_planned_is_refused(office: Client, over: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    answer = office.post(PLANS, json={"from": "2025-11-15", "to": "2025-12-31", **over})

    assert faults(answer) == wrong


def test_a_pin_names_a_demand_that_there_is(make: Make, office: Client) -> None:
    opened, mai = month(make, 1)[0], make.volunteer()
    pin = {"volunteer_id": str(mai.id), "shift_id": str(opened.shift.id), "demand_id": str(new_id())}

    answer = office.post(PLANS, json={"from": "2025-11-15", "to": "2025-12-31", "pins": [pin]})

    assert faults(answer) == [("/pins/0/demand_id", "FIELD_REFERENCE")]


def test_a_plan_that_nobody_began_is_dropped_by_cancelling(office: Client, wiring: Wiring) -> None:
    plan = ordered(office)

    assert verb(office, plan, "cancel").json()["status"] == "discarded"

    assert solve_plans(wiring, start=Here) == 0
    assert problem(verb(office, plan, "discard")) == (409, "PLN_STATE")
    assert problem(office.post(f"{PLANS}/{plan['id']}/cancel", headers={"If-Match": '"stale"'})) == (412, "VERSION")


def test_a_ready_plan_is_dropped(office: Client, wiring: Wiring) -> None:
    plan = planned(office, wiring)

    (entry,) = office.get("/v1/worklist").json()["items"]
    assert (entry["because"]["code"], entry["object"]["id"], entry["verb"]["name"]) == (
        "plan_ready",
        plan["id"],
        "apply",
    )
    assert problem(verb(office, plan, "cancel")) == (409, "PLN_STATE")
    assert verb(office, plan, "discard").json()["status"] == "discarded"
    assert office.get("/v1/worklist").json()["items"] == []
    assert problem(office.get(f"{PLANS}/{new_id()}")) == (404, "NOT_FOUND")
    assert problem(office.get(f"{PLANS}/{new_id()}/proposals")) == (404, "NOT_FOUND")
    assert problem(office.get(f"{PLANS}/{new_id()}/unfilled")) == (404, "NOT_FOUND")


def test_only_the_office_plans(as_: As) -> None:
    body = {"from": "2025-11-15", "to": "2025-12-31"}
    for role in (Role.VOLUNTEER, Role.REQUESTER, Role.VIEWER):
        assert problem(as_(role).post(PLANS, json=body)) == (403, "NOT_PERMITTED")
        assert problem(as_(role).get(PLANS)) == (403, "NOT_PERMITTED")
    assert as_(Role.ADMIN).post(PLANS, json=body).status_code == 202


def test_two_plans_are_compared(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai = month(make, 2), make.volunteer()
    exclude = [{"volunteer_id": str(mai.id), "shift_id": str(opened[0].shift.id)}]
    whole, part = planned(office, wiring), planned(office, wiring, exclusions=exclude)

    compared = office.get(f"{PLANS}/{whole['id']}/comparison", params={"with": part["id"]}).json()

    assert [one["id"] for one in compared["plans"]] == [whole["id"], part["id"]]
    assert [one["fill"]["filled"] for one in compared["plans"]] == [2, 1]
    assert (compared["in_both"], compared["only_in_first"], compared["only_in_second"]) == (1, 1, 0)
    (difference,) = compared["differences"]
    assert (difference["shift_id"], difference["only_in"]) == (str(opened[0].shift.id), whole["id"])
    assert difference["badge_name"]
    absent = office.get(f"{PLANS}/{whole['id']}/comparison", params={"with": str(new_id())})
    assert faults(absent) == [("with", "FIELD_REFERENCE")]


def test_who_is_likely_to_say_yes_is_preferred_and_it_is_said_why(make: Make, office: Client, wiring: Wiring) -> None:
    make.shift_with_demand(demand={"places": 1})
    wavering, willing = make.volunteer(), make.volunteer()
    for days in range(4):
        earlier = make.shift_with_demand(starts_at=VISIT + timedelta(days=60 + days))
        make.offer(earlier, wavering, OfferStatus.DECLINED)
        make.offer(earlier, willing, OfferStatus.ACCEPTED_LATE)

    (line,) = proposals(office, planned(office, wiring))

    assert line["volunteer_id"] == str(willing.id)
    assert {(one["criterion"], one["points"]) for one in line["reasons"]} >= {("assent", 166)}
    assert "4" in next(one["detail"] for one in line["reasons"] if one["criterion"] == "assent")
    plain = planned(office, wiring, weights={"assent": 0})
    assert "assent" not in plain["points"]


@pytest.mark.parametrize("named", [True, False], ids=["with her demand", "without a demand"])
def test_a_pin_of_somebody_who_stands_there_is_met_already(
    make: Make, office: Client, wiring: Wiring, *, named: bool
) -> None:
    opened, mai = month(make, 2), make.volunteer()
    make.assignment(opened[0], mai)
    pin = {"volunteer_id": str(mai.id), "shift_id": str(opened[0].shift.id)}
    wish = {**pin, **({"demand_id": str(opened[0].demand.id)} if named else {})}

    plan = planned(office, wiring, pins=[wish])

    assert plan["refused_pins"] == []
    changes = {(line["shift_id"], line["change"]) for line in proposals(office, plan)}
    assert changes == {(str(opened[0].shift.id), "keep"), (str(opened[1].shift.id), "gain")}
