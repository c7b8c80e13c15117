"""A plan that mends another: who stands stays, who was asked is kept, and only what nobody may waive takes a place away."""

from collections.abc import Callable
from datetime import timedelta

from api.db import Wiring
from models.volunteer import VolunteerStatus
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import notices_of
from tests.makers.plans import (
    applied,
    assignments_of,
    month,
    notices_to,
    offers_of,
    outcomes,
    pairs,
    planned,
    proposals,
)

Check = Callable[[], None]


def test_a_plan_mends_another_with_the_smallest_change(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    opened, mai, rin = month(make, 4), make.volunteer(max_per_month=3), make.volunteer(max_per_month=3)
    first = planned(office, wiring)
    applied(office, first, "assign")
    ken = make.volunteer(max_per_month=31)
    late = make.shift_with_demand(starts_at=opened[-1].shift.starts_at + timedelta(days=1))
    with wiring.unit() as unit:
        unit.lock(type(mai), mai.id).status = VolunteerStatus.SUSPENDED

    mended = planned(office, wiring, repairs=first["id"])

    changes = {change: pairs(proposals(office, mended, change=change)) for change in ("keep", "lose", "gain")}
    hers = {one for one in pairs(proposals(office, first)) if one[0] == str(mai.id)}
    assert changes["lose"] == hers
    assert changes["keep"] == pairs(proposals(office, first)) - hers
    assert {shift for _, shift in changes["gain"]} == {*(shift for _, shift in hers), str(late.shift.id)}
    lost = proposals(office, mended, change="lose")
    assert {(line["code"], line["outcome"]) for line in lost} == {("ASG_STATUS", None)}
    assert mended["fill"] == {"open_places": 1 + len(hers), "filled": 1 + len(hers)}

    done = applied(office, mended, "assign")

    assert done["counts"] == {"assigned": 1 + len(hers), "released": len(hers)}
    assert notices_to(wiring, mai.id, "assignment_cancelled") == len(hers)
    assert {ken.id, rin.id} >= {one.volunteer_id for one in assignments_of(wiring) if one.ended_at is None}
    check_data()


def test_a_place_that_nobody_can_take_over_is_open_again(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    opened, mai = month(make, 1)[0], make.volunteer()
    first = planned(office, wiring)
    applied(office, first, "assign")
    with wiring.unit() as unit:
        unit.lock(type(mai), mai.id).status = VolunteerStatus.SUSPENDED
    mended = planned(office, wiring, repairs=first["id"])
    assert (
        office.post(f"/v1/assignments/{assignments_of(wiring)[0].id}/cancel", json={"reason": "x"}).status_code == 200
    )
    gone = applied(office, mended, "assign")
    assert outcomes(gone) == [("refused", "PLN_MOVED")]

    make.assignment(opened, mai)
    mended = planned(office, wiring, repairs=first["id"])
    done = applied(office, mended, "assign")

    assert outcomes(done) == [("released", "ASG_STATUS")]
    check_data()


def test_a_place_whose_successor_is_refused_is_open_again_and_told(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    kind = make.service_type("infant_checkup", pairings=1)
    opened, mai, rin = month(make, 1)[0], make.volunteer(), make.volunteer()
    make.earlier_steps(mai, "en", kind=kind.code, paired=1)
    first = planned(office, wiring)
    applied(office, first, "assign")
    make.earlier_steps(rin, "en", kind=kind.code, paired=1)
    with wiring.unit() as unit:
        unit.lock(type(mai), mai.id).status = VolunteerStatus.SUSPENDED
    mended = planned(office, wiring, repairs=first["id"])
    assert {line["change"] for line in proposals(office, mended)} == {"lose", "gain"}
    path = f"/v1/service-types/{kind.id}"
    assert office.patch(path, json={"pairings": 2}, headers={"If-Match": "*"}).status_code == 200

    done = applied(office, mended, "assign")

    assert sorted(outcomes(done)) == [("refused", "ASG_STEP"), ("released", "ASG_STATUS")]
    shift = office.get(f"/v1/shifts/{opened.shift.id}").json()
    assert (shift["status"], [one["status"] for one in shift["cascades"]]) == ("open", ["running"])
    assert [kind for kind, _ in notices_of(wiring)].count("office_place_freed") == 1
    check_data()


def test_who_was_asked_is_kept_when_a_plan_is_mended(make: Make, office: Client, wiring: Wiring) -> None:
    month(make, 2)
    for _ in range(4):
        make.volunteer()
    first = planned(office, wiring)
    applied(office, first, "offer")
    better = make.volunteer(languages={"en": "native"})

    mended = planned(office, wiring, repairs=first["id"])

    assert pairs(proposals(office, mended)) == pairs(proposals(office, first))
    assert str(better.id) not in {line["volunteer_id"] for line in proposals(office, mended)}
    done = applied(office, mended, "offer")
    assert {item["offer_id"] for item in done["items"]} == {str(one.id) for one in offers_of(wiring)}


def test_what_she_or_the_office_could_waive_takes_no_place_away(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai = month(make, 3), make.volunteer(max_per_month=3)
    first = planned(office, wiring)
    applied(office, first, "assign")
    with wiring.unit() as unit:
        unit.lock(type(mai), mai.id).max_per_month = 1
    make.volunteer()

    mended = planned(office, wiring, repairs=first["id"])

    lines = {(line["volunteer_id"], line["shift_id"], line["change"]) for line in proposals(office, mended)}
    assert lines == {(str(mai.id), str(one.shift.id), "keep") for one in opened}
