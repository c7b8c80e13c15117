"""A Monday when nothing goes well, played through HTTP by those who are in it; the worker's sweeps run as they would."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.organization import Facility, Organization
from models.shift import ClaimPolicy, ShiftStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS, moved, path_of, submitted
from tests.makers.doors import by_phone, done, notices_of, on_shift, problem, settle, standing_of
from worker.loop import SWEEPS

Check = Callable[[], None]
MONDAY = "2025-11-10T{}:00+09:00"


@dataclass
class Day:
    """The people and the place of the story."""

    centre: Organization
    place: Facility
    clerk: Client
    office: Client
    admin: Client
    clock: SetClock
    wiring: Wiring

    def at(self, hour: str) -> None:
        """Let time go on to an hour of that Monday, and the sweeps do what is due."""
        self.clock.now = datetime.fromisoformat(MONDAY.format(hour))
        self.sweep()

    def sweep(self) -> None:
        for sweep in SWEEPS:
            sweep.run(self.wiring)

    def told(self, who: Client | Volunteer) -> list[str]:
        key = who.account.id if isinstance(who, Client) else who.id
        return [kind for kind, whom in notices_of(self.wiring) if whom == key]


@pytest.fixture
def day(make: Make, as_: As, clock: SetClock, wiring: Wiring) -> Day:
    centre = make.organization()
    return Day(
        centre,
        make.facility(owner=centre),
        as_(Role.REQUESTER, organization=centre),
        as_(Role.COORDINATOR),
        as_(Role.ADMIN),
        clock,
        wiring,
    )


def offers_of(caller: Client) -> list[dict[str, Any]]:
    return list(done(caller.get("/v1/me/offers?status=sent"))["items"])


def test_ill_in_the_morning_and_somebody_comes_at_one(
    day: Day, make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    ill, *others = (make.volunteer() for _ in range(6))
    day.clock.now = datetime.fromisoformat("2025-11-07T09:00:00+09:00")  # the Friday before
    start = datetime.fromisoformat(MONDAY.format("13:00"))
    opened = make.shift_with_demand(owner=day.centre, place=day.place, starts_at=start)
    stands = make.assignment(opened, ill)
    day.at("08:10")

    done(settle(day.office, stands, "withdraw", reason="illness", on_behalf=by_phone(ill, MONDAY.format("08:10"))))
    day.sweep()

    asked = [offer for other in others for offer in offers_of(as_(other))]
    assert len(asked) == len(others)  # one call of the office, and everybody eligible is asked
    assert "place_reopened" in day.told(day.clerk)
    day.at("08:40")
    done(as_(others[2]).post(f"/v1/offers/{asked[2]['id']}/accept", json={}))
    assert standing_of(wiring, opened)[0] is ShiftStatus.FILLED
    assert on_shift(wiring, opened)[-1][:2] == (others[2].id, "confirmed")
    assert day.told(day.clerk)[-1] == "request_filled"
    assert all(day.told(other)[-1] == "offer_filled" for other in others if other is not others[2])
    check_data()


def test_a_check_up_is_called_off_after_a_look_at_whom_that_touches(
    day: Day, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session = make.checkup_session(place=day.place)
    hours = {"starts_at": datetime.fromisoformat("2025-11-20T12:45:00+09:00"), "minutes": 75}
    requests: dict[str, Any] = {"owner": day.centre, "place": day.place, "checkup_session_id": session.id, **hours}
    english = make.shift_with_demand(ages=(3,), **requests)
    chinese = make.shift_with_demand(languages=["cmn"], demand={"language": "cmn"}, **requests)
    coming, asked = make.volunteer(), make.volunteer(languages={"cmn": "C1"})
    make.assignment(english, coming)
    make.offer(chinese, asked)
    path = f"/v1/checkup-sessions/{session.id}/cancel"
    body = {"reason": "インフルエンザの流行のため"}

    touched = done(day.office.post(f"{path}?preview=true", json=body))
    assert ([one["effect"] for one in touched["people"]], len(touched["offers"])) == (["release"], 1)
    assert (len(touched["families"]), len(touched["requests"])) == (1, 2)
    assert (day.told(coming), standing_of(wiring, english)[0]) == ([], ShiftStatus.FILLED)

    done(day.clerk.post(path, json=body))

    assert (day.told(coming), day.told(asked)) == (["assignment_cancelled"], ["offer_withdrawn"])
    assert {standing_of(wiring, one)[0] for one in (english, chinese)} == {ShiftStatus.CANCELLED}
    check_data()


def test_an_urgent_home_visit_by_telephone_and_the_fax_that_follows(
    day: Day, make: Make, as_: As, check_data: Check
) -> None:
    mai = make.volunteer(languages={"vi": "C1"}, certs=("checkup", "home_visit"), home_visit_ok=True)
    day.at("09:30")
    visit = {
        "service_type": "newborn_home_visit",
        "organization_id": str(day.centre.id),
        "home_district": "east",
        "starts_at": "2025-11-12T10:00:00+09:00",
        "ends_at": "2025-11-12T11:30:00+09:00",
        "languages": ["vi"],
        "clients": [{"age_months": 2, "consent_on": "2025-11-10"}],
        "escort": {"name": "担当助産師", "role": "midwife", "phone": "076-000-9001"},
    }
    called = {"of": str(day.centre.id), "channel": "phone", "at": MONDAY.format("09:25")}
    request = done(day.office.post(REQUESTS, json={**visit, "on_behalf": called}), 201)
    request = moved(day.office, request, "submit", on_behalf=called)
    assert (request["urgent"], request["needs_override"]) == (True, ["REQ_LEAD"])
    assert "office_request_urgent" in day.told(day.office)
    why = [{"code": "REQ_LEAD", "reason": "退院が早まったため"}]
    request = moved(day.office, request, "accept", overrides=why)

    faxed = {"of": str(day.centre.id), "channel": "fax", "at": MONDAY.format("09:40")}
    day.at("09:45")
    again = day.office.post(REQUESTS, json={**visit, "on_behalf": faxed})
    assert problem(again) == (409, "REQ_DUPLICATE")
    assert request["request_no"] in again.json()["detail"]

    done(day.office.post(f"/v1/shifts/{request['shift_id']}/offers", json={"top": 3, "cascade": {}}), 201)
    (offer,) = offers_of(as_(mai))
    done(as_(mai).post(f"/v1/offers/{offer['id']}/accept", json={}))
    assert done(day.clerk.get(path_of(request)))["status"] == "filled"
    check_data()


def test_nobody_for_vietnamese_becomes_a_call(day: Day, make: Make, as_: As, check_data: Check) -> None:
    far = make.volunteer(languages={"vi": "C1"}, certs=("home_visit",), max_travel_km=0)
    body = {
        "service_type": "newborn_home_visit",
        "home_district": "west",
        "starts_at": "2025-11-20T10:00:00+09:00",
        "ends_at": "2025-11-20T11:30:00+09:00",
        "languages": ["vi"],
        "clients": [{"age_months": 2, "consent_on": "2025-11-06"}],
        "escort": {"name": "担当助産師", "role": "midwife", "phone": "076-000-9001"},
    }
    request = moved(day.office, submitted(day.clerk, body), "accept")
    request = moved(day.office, request, "mark-unfilled", reason="通えるところにいる方がいないため")
    assert request["why_unfilled"]
    assert "request_unfilled" in day.told(day.clerk)

    by_call = {"channel": "phone", "reopen": True}
    done(day.office.post(f"{path_of(request)}/fallbacks", json=by_call), 201)
    shown = done(day.clerk.get(path_of(request)))
    assert (shown["status"], shown["modality"], shown["fallbacks"][0]["channel"]) == ("matching", "phone", "phone")
    done(day.office.post(f"/v1/shifts/{shown['shift_id']}/offers", json={"top": 1}), 201)
    (offer,) = offers_of(as_(far))
    done(as_(far).post(f"/v1/offers/{offer['id']}/accept", json={}))
    assert done(day.clerk.get(path_of(request)))["status"] == "filled"
    check_data()


def test_one_pledge_is_signed_in_time_and_another_is_not(
    day: Day, make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    signs, forgets = (make.volunteer(pledge=False) for _ in range(2))
    shifts = [
        make.shift_with_demand(owner=day.centre, place=day.place, claim_policy=ClaimPolicy.OPEN) for _ in range(2)
    ]
    for volunteer, opened in zip((signs, forgets), shifts, strict=True):
        make.pledge(volunteer, "2023-04")
        assert done(as_(volunteer).post(f"/v1/shifts/{opened.shift.id}/claims", json={}), 201)["status"] == "tentative"
    day.clock.now = datetime.fromisoformat("2025-11-13T09:00:00+09:00")
    day.sweep()
    assert all("condition_due" in day.told(volunteer) for volunteer in (signs, forgets))

    signed = {"version_code": "2025-04", "signed_on": "2025-11-13", "method": "paper"}
    done(day.office.post(f"/v1/volunteers/{signs.id}/pledges", json=signed), 201)
    day.sweep()
    assert [standing_of(wiring, opened)[0] for opened in shifts] == [ShiftStatus.FILLED, ShiftStatus.OPEN]
    day.clock.now = datetime.fromisoformat("2025-11-19T00:00:00+09:00")
    day.sweep()
    assert [on_shift(wiring, opened)[0][1] for opened in shifts] == ["confirmed", "cancelled"]
    assert "assignment_released" in day.told(forgets)
    check_data()
