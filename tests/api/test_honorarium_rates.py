"""What kinds of service pay: set by administrators, followed by every claim that is not approved yet."""

from datetime import date, timedelta
from typing import Any

from models.account import Role
from models.assignment import AssignmentStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.makers.work import VISIT

RATES = "/v1/honorarium-rates"
RATE: dict[str, Any] = {
    "service_type": "infant_checkup",
    "valid_from": "2025-11-01",
    "base_jpy": 3000,
    "included_minutes": 120,
    "extra_jpy": 500,
    "per_minutes": 30,
}
FRESH = {"If-Match": "*"}


def test_a_rate_that_is_set_and_corrected_is_what_claims_are_worth(
    make: Make, as_: As, admin: Client, clock: SetClock
) -> None:
    make.honorarium_rate(valid_from=date(2025, 4, 1), base_jpy=1)
    mai = make.volunteer()
    stood = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.COMPLETED)
    clock.now = VISIT + timedelta(days=1)
    rate = done(admin.post(RATES, json=RATE), 201)
    claim = done(as_(mai).post("/v1/expense-claims", json={"assignment_id": str(stood.id)}), 201)
    assert claim["honorarium_jpy"] == 3000

    changed = done(admin.patch(f"{RATES}/{rate['id']}", json={"base_jpy": 3300, "valid_to": None}, headers=FRESH))

    assert (changed["base_jpy"], changed["valid_to"], changed["version"]) == (3300, None, 2)
    assert done(as_(mai).post(f"/v1/expense-claims/{claim['id']}/submit", json={}))["honorarium_jpy"] == 3300


def test_the_office_reads_them_and_administrators_set_them(make: Make, as_: As, admin: Client) -> None:
    office = as_(Role.COORDINATOR)
    known = make.honorarium_rate()
    rate = done(admin.post(RATES, json=RATE), 201)

    listed = [one["id"] for one in done(office.get(RATES))["items"] if one["service_type"] == "infant_checkup"]
    assert listed[-2:] == [str(known.id), rate["id"]]
    read = done(office.get(f"{RATES}/{rate['id']}"))
    assert ({name: read[name] for name in RATE}, read["actions"]) == (RATE, [])
    assert done(admin.get(f"{RATES}/{rate['id']}"))["actions"] == ["change"]
    assert problem(office.post(RATES, json=RATE)) == (403, "NOT_PERMITTED")
    assert problem(as_(make.volunteer()).get(RATES)) == (403, "NOT_PERMITTED")


def test_a_rate_that_cannot_be_is_refused(admin: Client) -> None:
    rate = done(admin.post(RATES, json=RATE), 201)
    path = f"{RATES}/{rate['id']}"

    assert faults(admin.post(RATES, json=RATE)) == [("/valid_from", "FIELD_DUPLICATE")]
    assert faults(admin.post(RATES, json={**RATE, "service_type": "gardening"})) == [
        ("/service_type", "FIELD_REFERENCE")
    ]
    ends_first = {"valid_to": "2025-10-31"}
    assert faults(admin.post(RATES, json={**RATE, **ends_first})) == [("/valid_to", "FIELD_CONFLICT")]
    assert faults(admin.patch(path, json=ends_first, headers=FRESH)) == [("/valid_to", "FIELD_CONFLICT")]
    assert faults(admin.patch(path, json={"per_minutes": 0}, headers=FRESH)) == [("/per_minutes", "FIELD_RANGE")]
    assert problem(admin.patch(path, json={"base_jpy": 1}, headers={"If-Match": '"old"'})) == (412, "VERSION")
    assert problem(admin.patch(f"{RATES}/{rate['id'][:-4]}0000", json={"base_jpy": 1}, headers=FRESH)) == (
        404,
        "NOT_FOUND",
    )
