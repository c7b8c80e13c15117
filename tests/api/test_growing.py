"""Growing by steps, held by the one eligibility: who has only watched takes no place alone where the service asks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.shift import ClaimPolicy, Demand, ShiftStatus
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import (
    answer,
    ask,
    audited,
    claim,
    done,
    faults,
    hand,
    on_shift,
    problem,
    reason,
    refused,
    settle,
)
from tests.makers.plans import applied, pairs, planned, proposals
from tests.makers.work import Opened
from worker.reminding import recheck

Check = Callable[[], None]
STEP = [("ASG_STEP", "with_reason")]
PAST = datetime.fromisoformat("2025-10-01T10:00:00+09:00")


@pytest.fixture(autouse=True)
def asking(make: Make) -> None:
    """Check-ups ask for one shadowing, and for one time beside another before somebody comes alone."""
    make.service_type("infant_checkup", shadowings=1, pairings=1)


def opened(make: Make, **over: Any) -> Opened:
    return make.shift_with_demand(**{"claim_policy": ClaimPolicy.OPEN, **over})


def watched(make: Make, she: Volunteer, days: int = 0) -> None:
    """A completed assignment on a place to learn."""
    past = make.shift_with_demand(
        starts_at=PAST + timedelta(days=days),
        status=ShiftStatus.ENDED,
        demand={"role": "trainee", "min_level": None, "certifications": []},
    )
    make.assignment(past, she, AssignmentStatus.COMPLETED)


def served(make: Make, *people: Volunteer, days: int = 7) -> None:
    past = make.shift_with_demand(starts_at=PAST + timedelta(days=days), places=2, status=ShiftStatus.ENDED)
    for one in people:
        make.assignment(past, one, AssignmentStatus.COMPLETED)


def barred(office: Client, shift: Opened, she: Volunteer) -> list[tuple[str, str]]:
    view = done(office.get(f"/v1/shifts/{shift.shift.id}/candidates/{she.id}"))
    return [(bar["code"], bar["class"]) for bar in view["violations"]]


def test_step_by_step_every_door_opens(make: Make, office: Client, as_: As, check_data: Check) -> None:
    she, senior = make.volunteer(), make.volunteer()
    alone, beside = opened(make), opened(make, places=2, starts_at=PAST + timedelta(days=55))
    herself = as_(she)
    assert barred(office, alone, she) == barred(office, beside, she) == STEP
    assert (
        refused(claim(herself, alone)) == refused(ask(office, alone, she)) == refused(hand(office, alone, she)) == STEP
    )
    assert problem(ask(office, alone, top=3)) == (409, "OFF_NOBODY")

    watched(make, she)
    assert barred(office, beside, she) == []
    assert barred(office, alone, she) == refused(claim(herself, alone)) == STEP
    done(claim(herself, beside), 201)

    served(make, she, senior)
    assert barred(office, alone, she) == []
    done(claim(herself, alone), 201)
    check_data()


def test_two_beginners_are_not_beside_each_other_at_any_door(
    make: Make, office: Client, as_: As, wiring: Wiring, check_data: Check
) -> None:
    first, second, third = (beginner(make) for _ in range(3))
    senior = grown(make)
    shift = opened(make, places=2)
    sent = [one["id"] for one in done(ask(office, shift, first, second), 201)["items"]]
    done(answer(as_(first), sent[0], "accept"))

    assert refused(answer(as_(second), sent[1], "accept")) == STEP
    assert barred(office, shift, third) == STEP
    assert (
        refused(claim(as_(third), shift)) == refused(ask(office, shift, third)) == refused(hand(office, shift, third))
    )
    assert barred(office, shift, senior) == []
    assert recheck(wiring) == 0  # who stands there waits for somebody grown, and is not flagged
    done(claim(as_(senior), shift), 201)
    check_data()


def test_beside_somebody_grown_or_by_a_reason_a_beginner_may_come(make: Make, office: Client, as_: As) -> None:
    beside, led = opened(make, places=2), opened(make, places=2, starts_at=PAST + timedelta(days=50))
    first, second = beginner(make), beginner(make)
    done(claim(as_(grown(make)), beside), 201)
    done(claim(as_(first), beside), 201)
    done(claim(as_(beginner(make)), led), 201)
    assert refused(hand(office, led, second)) == STEP
    done(hand(office, led, second, reason("ASG_STEP")), 201)


def test_a_reason_for_the_second_beginner_does_not_turn_against_the_first(
    make: Make, office: Client, as_: As, wiring: Wiring, check_data: Check
) -> None:
    stands, waits = opened(make, places=2, ages=(3,)), opened(make, places=2, claim_policy=ClaimPolicy.APPROVAL)
    first = beginner(make)
    done(claim(as_(first), stands), 201)
    done(hand(office, stands, beginner(make), reason("ASG_STEP")), 201)
    assert recheck(wiring) == 0
    later = {"starts_at": (stands.shift.starts_at + timedelta(minutes=15)).isoformat()}
    path = f"/v1/dispatch-requests/{stands.request.id}"
    done(office.patch(path, json=later, headers={"If-Match": "*"}))
    assert [state for _, state, _ in on_shift(wiring, stands)] == ["tentative", "tentative"]  # asked, not released

    waiting = done(claim(as_(beginner(make)), waits), 201)
    done(hand(office, waits, beginner(make), reason("ASG_STEP")), 201)
    assert done(settle(office, waiting["id"], "approve"))["status"] == "confirmed"
    check_data()


def test_who_gave_her_place_up_does_not_keep_it_beside_another_beginner(
    make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    shift, first, second = opened(make, places=2), beginner(make), beginner(make)
    hers = done(claim(as_(first), shift), 201)
    done(settle(as_(first), hers["id"], "want-standin"))
    done(settle(as_(first), hers["id"], "keep"))  # nobody came yet
    done(settle(as_(first), hers["id"], "want-standin"))
    done(claim(as_(second), shift), 201)

    said = as_(first).post(f"/v1/assignments/{hers['id']}/keep", json={}, headers={"Accept-Language": "en"})

    assert refused(said) == STEP
    assert said.json()["detail"] == "Steps come first for infant check-up: paired, 1 needed, 0 so far."
    assert on_shift(wiring, shift) == [(first.id, "standin_wanted", True), (second.id, "confirmed", True)]
    done(claim(as_(grown(make)), shift), 201)
    assert [state for _, state, _ in on_shift(wiring, shift)] == ["withdrawn", "confirmed", "confirmed"]
    check_data()


def test_who_was_led_to_her_place_keeps_it_by_the_same_reason(make: Make, office: Client, as_: As) -> None:
    shift, first = opened(make, places=2), beginner(make)
    done(claim(as_(beginner(make)), shift), 201)
    hers = done(hand(office, shift, first, reason("ASG_STEP")), 201)
    done(settle(as_(first), hers["id"], "want-standin"))
    assert done(settle(as_(first), hers["id"], "keep"))["status"] == "confirmed"


def test_who_wants_a_standin_is_nobody_to_rely_on(make: Make, as_: As) -> None:
    shift, senior = opened(make, places=2), as_(grown(make))
    hers = done(claim(senior, shift), 201)
    done(claim(as_(beginner(make)), shift), 201)
    done(settle(senior, hers["id"], "want-standin"))
    assert refused(claim(as_(beginner(make)), shift)) == STEP
    done(claim(as_(grown(make)), shift), 201)


def test_a_plan_of_two_beginners_is_carried_out_but_for_the_second(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    opened(make, places=2)
    for _ in range(2):
        beginner(make)
    plan = planned(office, wiring)
    assert len(proposals(office, plan)) == 2
    items = applied(office, plan, "assign")["items"]
    assert sorted((one["outcome"], one["code"]) for one in items) == [("assigned", None), ("refused", "ASG_STEP")]
    check_data()


def test_the_office_sets_the_steps_of_a_kind_of_service(
    make: Make, office: Client, as_: As, wiring: Wiring, check_data: Check
) -> None:
    home = make.service_type("infant_checkup")
    path = f"/v1/service-types/{home.id}"
    shift, she = opened(make), grown(make)
    assert barred(office, shift, she) == []
    done(claim(as_(she), shift), 201)

    seen = office.get(path)
    tag = {"If-Match": seen.headers["ETag"]}
    changed = done(office.patch(path, json={"pairings": 2}, headers=tag))

    assert (changed["shadowings"], changed["pairings"], changed["version"]) == (1, 2, seen.json()["version"] + 1)
    assert changed["actions"] == ["change"]
    assert [(one.action, one.fields) for one in audited(wiring, home.id)][1:] == [("service_type.change", ["pairings"])]
    other = opened(make, starts_at=PAST + timedelta(days=55))
    assert barred(office, other, grown(make)) == STEP
    assert recheck(wiring) == 1  # who stands there already is shown to the office, and stays
    assert problem(office.patch(path, json={"pairings": 0}, headers=tag)) == (412, "VERSION")
    assert problem(office.patch(path, json={"pairings": 0})) == (428, "PRECONDITION_REQUIRED")
    check_data()


def test_steps_are_numbers_and_the_offices_alone(make: Make, office: Client, as_: As) -> None:
    path, fresh = f"/v1/service-types/{make.service_type('infant_checkup').id}", {"If-Match": "*"}

    def said(body: dict[str, Any]) -> list[tuple[str, str]]:
        return faults(office.patch(path, json=body, headers=fresh))

    assert said({"shadowings": -1}) == [("/shadowings", "FIELD_RANGE")]
    assert said({"pairings": 100}) == [("/pairings", "FIELD_RANGE")]
    assert said({"pairings": None}) == [("/pairings", "FIELD_NULL")]
    assert said({"max_minutes": 90}) == [("/max_minutes", "FIELD_UNKNOWN")]
    for role in (Role.VIEWER, Role.VOLUNTEER, Role.CLASSROOM_MANAGER):
        assert problem(as_(role).patch(path, json={"pairings": 0}, headers=fresh)) == (403, "NOT_PERMITTED")
        assert done(as_(role).get(path))["actions"] == []
    assert office.patch(f"/v1/service-types/{new_id()}", json={}, headers=fresh).status_code == 404


def beginner(make: Make) -> Volunteer:
    """Who has watched, and never interpreted."""
    she = make.volunteer()
    make.earlier_steps(she, "en", kind="infant_checkup")
    return she


def grown(make: Make) -> Volunteer:
    """Who has interpreted beside somebody."""
    she = make.volunteer()
    make.earlier_steps(she, "en", kind="infant_checkup", paired=1)
    return she


def test_the_numbers_are_told_in_words(make: Make, as_: As) -> None:
    she = make.volunteer()
    said = (
        as_(she)
        .post(f"/v1/shifts/{opened(make).shift.id}/claims", json={"consents": []}, headers={"Accept-Language": "en"})
        .json()
    )
    assert said["detail"] == "Steps come first for infant check-up: shadow, 1 needed, 0 so far."


def test_a_reason_of_the_office_leads_past_it_and_stays(
    make: Make, office: Client, as_: As, wiring: Wiring, check_data: Check
) -> None:
    she, he = make.volunteer(), make.volunteer()
    offered, given = opened(make), opened(make, starts_at=PAST + timedelta(days=50))
    sent = done(ask(office, offered, she, overrides=[reason("ASG_STEP")]), 201)["items"][0]["id"]
    assert done(answer(as_(she), sent, "accept"))["assignment"]["status"] == "confirmed"
    done(hand(office, given, he, reason("ASG_STEP")), 201)
    assert recheck(wiring) == 0
    check_data()


def test_places_to_learn_ask_for_no_step(make: Make, office: Client) -> None:
    shift, she = opened(make), make.volunteer(certs=())
    body = {"demand_id": str(shift.demand.id), "places": 1}
    demands = done(office.post(f"/v1/shifts/{shift.shift.id}/trainee-places", json=body))["demands"]
    learning = next(one["id"] for one in demands if one["role"] == "trainee")
    assert done(hand(office, shift, she, demand_id=learning), 201)["status"] == "confirmed"


def test_beside_another_means_in_her_language(make: Make, office: Client, wiring: Wiring) -> None:
    she, he = make.volunteer(), make.volunteer(languages={"vi": "C1"})
    past = make.shift_with_demand(starts_at=PAST, status=ShiftStatus.ENDED)
    with wiring.unit() as unit:
        other = unit.add(Demand(**{**past.demand.model_dump(exclude={"id"}), "language": "vi"}))
    make.assignment(past, she, AssignmentStatus.COMPLETED)
    make.assignment(past._replace(demand=other), he, AssignmentStatus.COMPLETED)
    told = done(office.get(f"/v1/volunteers/{she.id}/steps"))["items"]
    assert [(one["language"], one["paired"], one["alone"]) for one in told] == [("en", 0, 1)]


def test_what_she_did_before_the_records_counts(make: Make, office: Client, as_: As) -> None:
    she = make.volunteer()
    path, shift = f"/v1/volunteers/{she.id}/steps", opened(make)
    said = {"kind": "infant_checkup", "language": "en", "shadowed": 3, "paired": 1, "reason": "紙の記録"}
    first = done(office.post(path, json=said), 201)
    assert (first["shadowed"], first["paired"], first["alone"], first["version"]) == (3, 1, 0, 1)
    assert barred(office, shift, she) == []

    wrong = done(office.post(path, json={**said, "paired": 0}), 201)
    assert (wrong["id"], wrong["paired"], wrong["version"]) == (first["id"], 0, 2)
    assert barred(office, shift, she) == STEP

    done(office.post(path, json={**said, "kind": "newborn_home_visit", "language": None}), 201)
    items = done(as_(she).get(path))["items"]
    assert [(one["language"], one["kind"], one["shadowed"], one["step"]) for one in items] == [
        (None, "newborn_home_visit", 3, "alone"),
        ("en", "infant_checkup", 3, "paired"),
    ]


def test_kinds_and_languages_are_those_of_the_lists(make: Make, office: Client, as_: As) -> None:
    she = make.volunteer()
    path, said = f"/v1/volunteers/{she.id}/steps", {"kind": "infant_checkup", "reason": "紙の記録"}
    assert faults(office.post(path, json={**said, "kind": "tea_ceremony"})) == [("/kind", "FIELD_REFERENCE")]
    assert faults(office.post(path, json={**said, "language": "tlh"})) == [("/language", "LANG_TAG")]
    assert faults(office.post(path, json={**said, "alone": -1})) == [("/alone", "FIELD_RANGE")]
    assert as_(she).post(path, json=said).status_code == 403
    stale = {"If-Match": f'"{she.id}.{she.version + 7}"'}
    assert problem(office.post(path, json=said, headers=stale)) == (412, "VERSION")


def test_a_plan_leaves_places_alone_to_those_who_have_grown(make: Make, office: Client, wiring: Wiring) -> None:
    grown = make.volunteer(watched=True)
    make.earlier_steps(grown, "en", kind="infant_checkup", paired=1)
    for _ in range(3):
        make.volunteer()
    shift = opened(make)
    made = planned(office, wiring)
    assert pairs(proposals(office, made)) == {(str(grown.id), str(shift.shift.id))}
