"""Households that invite guests: registered, seen, open to guests, and off the list with their head."""

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.host import HostStatus
from models.host_stay import HostStay, StayStatus
from models.volunteer import Volunteer, VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem
from tests.makers.hosting import VISIT

HOSTS: Final = "/v1/hosts"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"


def household(head: Volunteer | str, **over: Any) -> dict[str, Any]:
    return {
        "volunteer_id": str(head.id) if isinstance(head, Volunteer) else head,
        "kinds": ["home_visit"],
        "household_size": 4,
        "has_children": True,
        "languages": ["ja", "en"],
        "traits": ["cat"],
        "capacity": 2,
        "district_code": "east",
        **over,
    }


def test_no_guest_comes_before_the_home_was_seen(make: Make, office: Client, wiring: Wiring) -> None:
    head = make.head()
    host = done(office.post(HOSTS, json=household(head)), 201)
    assert (host["status"], host["actions"]) == ("registered", ["activate", "end"])
    path = f"{HOSTS}/{host['id']}"
    assert faults(office.post(f"{path}/activate", json={"home_seen_on": "2025-11-11"})) == [
        ("/home_seen_on", "FIELD_RANGE")
    ]
    assert done(office.get(HOSTS, params={"available": True}))["items"] == []
    seen = done(office.post(f"{path}/activate", json={"home_seen_on": "2025-11-08"}))
    assert (seen["status"], seen["actions"]) == ("active", ["pause", "end"])
    assert [one["id"] for one in done(office.get(HOSTS, params={"available": True}))["items"]] == [host["id"]]
    assert problem(office.post(f"{path}/activate", json={"home_seen_on": "2025-11-08"})) == (409, "HST_STATE")
    assert [one.action for one in audited(wiring, host["id"])] == ["host.register", "host.activate"]


def test_a_household_that_cannot_be_is_refused(make: Make, office: Client) -> None:
    head = make.head()
    for who in (make.volunteer(), NOBODY):
        assert faults(office.post(HOSTS, json=household(who))) == [("/volunteer_id", "FIELD_REFERENCE")]
    nowhere = household(head, district_code="atlantis")
    assert faults(office.post(HOSTS, json=nowhere)) == [("/district_code", "FIELD_REFERENCE")]
    host = done(office.post(HOSTS, json=household(head)), 201)
    assert faults(office.post(HOSTS, json=household(head))) == [("/volunteer_id", "FIELD_DUPLICATE")]
    done(office.post(f"{HOSTS}/{host['id']}/end"))
    done(office.post(HOSTS, json=household(head)), 201)
    late = office.patch(f"{HOSTS}/{host['id']}", json={"capacity": 1}, headers={"If-Match": "*"})
    assert problem(late) == (409, "HST_STATE")


def test_the_head_says_when_guests_may_come_and_pauses(make: Make, as_: As, office: Client) -> None:
    head = make.head()
    host = make.host(head)
    she, path = as_(head), f"{HOSTS}/{host.id}"
    dates = [{"first_on": "2025-12-01", "last_on": "2025-12-07"}, {"first_on": "2025-11-20", "last_on": "2025-11-23"}]
    told = done(she.put(f"{path}/dates", json={"items": dates}, headers={"If-Match": host.etag}))
    assert told["dates"] == dates[::-1]
    wrong = [{"first_on": "2025-12-02", "last_on": "2025-12-01"}]
    assert faults(she.put(f"{path}/dates", json={"items": wrong}, headers={"If-Match": "*"})) == [
        ("/items/0/last_on", "FIELD_CONFLICT")
    ]
    assert problem(she.put(f"{path}/dates", json={"items": []}, headers={"If-Match": host.etag})) == (412, "VERSION")
    assert done(she.post(f"{path}/pause"))["actions"] == ["resume", "end"]
    assert done(office.post(f"{path}/resume", json={"on_behalf": by_phone(head)}))["status"] == "active"
    assert done(office.patch(path, json={"capacity": 3}, headers={"If-Match": "*"}))["capacity"] == 3
    assert done(she.get(HOSTS))["items"][0]["id"] == str(host.id)
    assert problem(as_(make.head()).get(path)) == (404, "NOT_FOUND")


def test_the_list_is_narrowed_with_a_constant_number_of_queries(make: Make, office: Client, queries: Any) -> None:
    near, far = make.host(), make.host(district_code="west", kinds=["homestay"])
    resting = make.host(make.head(status=VolunteerStatus.ON_LEAVE))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in done(office.get(HOSTS, params=asked))["items"]]

    assert ids() == [str(near.id), str(far.id), str(resting.id)]
    assert ids(available=True) == [str(near.id), str(far.id)]
    assert ids(district="west") == ids(kind="homestay", district="west") == [str(far.id)]
    assert ids(status="paused") == []
    with queries() as few:
        ids()
    for _ in range(20):
        make.host()
    with queries() as many:
        assert len(ids()) == 23
    assert len(few) == len(many)


@pytest.mark.parametrize(
    ("verb", "left"),
    [("suspend", "paused"), ("withdraw", "ended")],
)
def test_whoever_is_no_longer_registered_hosts_nobody(
    make: Make, as_: As, office: Client, wiring: Wiring, verb: str, left: str
) -> None:
    head = make.head()
    make.host(head, status=HostStatus.ENDED)
    host = make.host(head)
    over = make.stay(host, StayStatus.CONFIRMED, starts_at=VISIT - timedelta(days=14))
    stay = make.stay(host, StayStatus.CONFIRMED)
    asked = make.stay(host, StayStatus.PROPOSED)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{head.id}/{verb}", json={"reason": "転居"}))
    assert done(office.get(f"{HOSTS}/{host.id}"))["status"] == left
    assert done(office.get(HOSTS, params={"available": True}))["items"] == []
    for row in (stay, asked):
        now = done(office.get(f"/v1/host-stays/{row.id}"))
        assert (now["status"], now["host_id"]) == ("requested", None)
    assert done(office.get(f"/v1/host-stays/{over.id}"))["status"] == "confirmed"
    told = [kind for kind, _ in notices_of(wiring)]
    assert (told.count("host_released"), told.count("host_wanted")) == (2, 2)


def test_a_household_that_stops_gives_its_guests_to_others(
    make: Make, as_: As, wiring: Wiring, check_data: Any
) -> None:
    head = make.head()
    host = make.host(head)
    make.stay(host, StayStatus.ACCEPTED)
    done(as_(head).post(f"{HOSTS}/{host.id}/end"))
    assert problem(as_(head).post(f"{HOSTS}/{host.id}/pause")) == (409, "HST_STATE")
    with wiring.unit(write=False) as unit:
        assert [stay.status for stay in unit.session.exec(select(HostStay))] == [StayStatus.REQUESTED]
    check_data()
