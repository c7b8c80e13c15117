"""Need to know: what a volunteer sees of a shift before, with, near and after her confirmation."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import delete, select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.offer import Offer
from models.organization import Facility, PopulationStatistic
from models.shift import ClaimPolicy, Demand, DemandLanguage, Modality
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import busy
from tests.makers.doors import answer, claim, done, faults, hand, problem, refused, settle
from tests.makers.work import VISIT, Opened
from tests.outbox import notices

CONTACT = {"name": "担当者", "phone": "076-000-0001"}
ESCORT = {"name": "保健師", "role": "public_health_nurse", "phone": "076-000-0002"}
STARTS, ENDS = VISIT, VISIT + timedelta(hours=2)


@pytest.fixture
def place(make: Make) -> Facility:
    return make.facility(name="東の保健センター")


@pytest.fixture
def opened(make: Make, place: Facility) -> Opened:
    """A follow-up examination, which is sensitive."""
    return make.shift_with_demand(
        service="follow_up_exam",
        place=place,
        ages=(3,),
        meeting_point="二階の窓口",
        note="靴を脱ぎます",
        topics=["growth"],
        onsite_contact=CONTACT,
        escort=ESCORT,
    )


@pytest.fixture
def volunteer(make: Make) -> Volunteer:
    return make.volunteer(certs=("advanced",))


def of_shift(view: Any) -> dict[str, Any]:
    return {name: view[name] for name in ("service_type", "district", "request_id")} | {
        "facility": view["facility"] and view["facility"]["name"]
    }


BEFORE = {"service_type": "consultation", "district": "east", "request_id": None, "facility": None}


def knows(caller: Client, opened: Opened) -> dict[str, Any]:
    return of_shift(done(caller.get(f"/v1/shifts/{opened.shift.id}")))


def test_before_confirmation_hour_district_and_language_only(
    make: Make, as_: As, opened: Opened, volunteer: Volunteer
) -> None:
    herself = as_(volunteer)
    assert knows(herself, opened) == BEFORE

    offer = make.offer(opened, volunteer)
    assert knows(herself, opened) == BEFORE
    assert of_shift(done(herself.get(f"/v1/offers/{offer.id}"))["shift"]) == BEFORE

    held = make.assignment(opened, volunteer, AssignmentStatus.TENTATIVE)
    detail = done(herself.get(f"/v1/assignments/{held.id}"))
    assert (of_shift(detail["shift"]), detail["briefing"]) == (BEFORE, None)
    (entry,) = done(herself.get("/v1/me/schedule"))["items"]
    assert (of_shift(entry["shift"]), entry["briefing"]) == (BEFORE, None)
    for path in ("/v1/shifts", "/v1/me/offers", "/v1/me/schedule", f"/v1/assignments/{held.id}"):
        text = herself.get(path).text
        for secret in ("保健センター", "窓口", "靴", "担当者", "follow_up_exam", str(opened.request.id)):
            assert secret not in text


def test_a_kind_that_is_not_sensitive_is_told(make: Make, as_: As) -> None:
    assert knows(as_(make.volunteer()), make.shift_with_demand())["service_type"] == "infant_checkup"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (STARTS - timedelta(days=3, seconds=1), {"onsite_contact": None, "escort": None}),
        (STARTS - timedelta(days=3), {"onsite_contact": CONTACT, "escort": ESCORT}),
        (ENDS + timedelta(days=1), {"onsite_contact": CONTACT, "escort": ESCORT}),
        (ENDS + timedelta(days=1, seconds=1), None),
    ],
)
def test_the_briefing_comes_with_the_confirmation_and_contacts_near_the_day(
    make: Make, as_: As, clock: SetClock, opened: Opened, now: datetime, told: dict[str, Any] | None
) -> None:
    volunteer = make.volunteer(certs=("advanced",))
    held = make.assignment(opened, volunteer)
    clock.now = now

    detail = done(as_(volunteer).get(f"/v1/assignments/{held.id}"))

    assert of_shift(detail["shift"]) == {
        "service_type": "follow_up_exam",
        "district": "east",
        "request_id": str(opened.request.id),
        "facility": "東の保健センター",
    }
    briefing = detail["briefing"]
    if briefing is not None:
        assert briefing["clients"][0].pop("client_ref").startswith("C-")
    assert briefing == (
        told
        and told
        | {
            "meeting_point": "二階の窓口",
            "note": "靴を脱ぎます",
            "topics": ["growth"],
            "clients": [{"age_months": 3, "time_band": None}],
            "request_id": str(opened.request.id),
        }
    )


def test_who_left_knows_no_more_than_before(make: Make, as_: As, opened: Opened, volunteer: Volunteer) -> None:
    held = make.assignment(opened, volunteer)

    detail = done(settle(as_(volunteer), held, "withdraw"))

    assert (of_shift(detail["shift"]), detail["briefing"]) == (BEFORE, None)


def test_staff_and_the_institution_see_all_of_it(make: Make, as_: As, place: Facility) -> None:
    owner = make.organization()
    opened = make.shift_with_demand(service="follow_up_exam", owner=owner, place=place, onsite_contact=CONTACT)
    held = make.assignment(opened, make.volunteer())

    for caller in (as_(Role.COORDINATOR), as_(Role.REQUESTER, organization=owner)):
        detail = done(caller.get(f"/v1/assignments/{held.id}"))
        assert of_shift(detail["shift"]) == {
            "service_type": "follow_up_exam",
            "district": "east",
            "request_id": str(opened.request.id),
            "facility": "東の保健センター",
        }
        assert (detail["briefing"]["onsite_contact"], detail["briefing"]["escort"]) == (CONTACT, None)


def residents(
    wiring: Wiring, count: int, as_of: date = date(2025, 1, 1), *, district: str = "east", language: str = "en"
) -> None:
    with wiring.unit() as unit:
        unit.add(PopulationStatistic(language=language, district_code=district, as_of=as_of, count=count))


@pytest.mark.parametrize(("count", "told"), [(9, None), (10, "east")])
def test_the_district_is_withheld_where_it_would_point_at_a_family(
    make: Make, as_: As, wiring: Wiring, count: int, told: str | None
) -> None:
    residents(wiring, count)
    residents(wiring, 19 - count, date(2024, 1, 1))  # the latest figure counts
    opened, volunteer = make.shift_with_demand(), make.volunteer()
    herself, office = as_(volunteer), as_(Role.COORDINATOR)

    assert knows(herself, opened)["district"] == told
    assert knows(office, opened)["district"] == "east"
    path = "/v1/shifts?district=east"
    assert len(done(herself.get(path))["items"]) == (told is not None)
    assert len(done(office.get(path))["items"]) == 1
    done(office.post(f"/v1/shifts/{opened.shift.id}/offers", json={"top": 1}), 201)
    assert (notices(wiring)[-1].facts["district"] is None) is (told is None)

    done(claim(herself, opened), 201)
    assert knows(herself, opened)["district"] == "east"


def test_one_rare_language_withholds_the_district_of_the_whole_shift(make: Make, as_: As, wiring: Wiring) -> None:
    opened = make.shift_with_demand()
    with wiring.unit() as unit:
        beside = unit.add(Demand(shift_id=opened.shift.id, role="interpreter", places=1, language="sw", min_level="B1"))
        unit.session.add(DemandLanguage(demand_id=beside.id, tag="sw"))
    herself = as_(make.volunteer())

    assert knows(herself, opened)["district"] is None
    assert done(herself.get("/v1/shifts?district=east"))["items"] == []


def test_without_any_figures_no_district_is_withheld(make: Make, as_: As, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        unit.session.exec(delete(PopulationStatistic))
    opened = make.shift_with_demand(languages=["sw"])

    assert knows(as_(make.volunteer(languages={"sw": "C1"})), opened)["district"] == "east"


def told_of(herself: Client, opened: Opened, offer: Offer | None = None) -> list[Any]:
    """All that she can learn of a shift by looking at it and trying its doors, but for its names and times."""
    view = done(herself.get(f"/v1/shifts/{opened.shift.id}"))
    said = answer(herself, offer, "accept") if offer else claim(herself, opened)
    bars = [{**bar, "detail": ""} if bar["code"] == "ASG_OVERLAP" else bar for bar in said.json().get("violations", [])]
    return [view["district"], view["consent_needed"], view["why_not"], view["actions"], said.status_code, bars]


@pytest.mark.parametrize("door", ["claim", "accept"])
def test_a_withheld_district_cannot_be_found_by_what_is_refused(make: Make, as_: As, wiring: Wiring, door: str) -> None:
    """She narrows her radius to nothing and holds work nearby: it is the same for a shift here and one far off."""
    residents(wiring, 3)
    residents(wiring, 3, district="port")
    volunteer = make.volunteer(district="port", max_travel_km=0)
    near, far = (make.shift_with_demand(place=make.facility(district=district)) for district in ("port", "east"))
    busy(make, volunteer, near.shift.starts_at - timedelta(minutes=100), place=make.facility(district="port"))
    herself = as_(volunteer)

    seen = [told_of(herself, one, make.offer(one, volunteer) if door == "accept" else None) for one in (near, far)]

    assert seen[0] == seen[1]
    district, consents, _, _, status, bars = seen[0]
    assert (district, consents, status) == (None, ["ASG_TRAVEL"], 409)
    assert [(bar["code"], bar["class"]) for bar in bars] == [("ASG_TRAVEL", "with_consent")]
    by_hand = refused(hand(as_(Role.COORDINATOR), far, volunteer))
    assert by_hand == [("ASG_RADIUS", "with_consent"), ("ASG_TRAVEL", "with_consent")]
    taken = claim(herself, far, "ASG_TRAVEL")
    assert taken.status_code == 201


def test_what_she_holds_but_was_not_told_the_place_of_tells_it_by_no_other_shift(
    make: Make, as_: As, wiring: Wiring
) -> None:
    residents(wiring, 3, district="port")
    residents(wiring, 300, district="port", language="vi")
    volunteer = make.volunteer()
    held = make.shift_with_demand(place=make.facility(district="port"))
    make.assignment(held, volunteer, AssignmentStatus.TENTATIVE)
    beside = make.shift_with_demand(
        starts_at=held.shift.ends_at + timedelta(minutes=40), languages=["vi"], place=make.facility(district="port")
    )
    make.language(volunteer, "vi")
    herself = as_(volunteer)

    view = done(herself.get(f"/v1/shifts/{beside.shift.id}"))
    assert (view["district"], view["consent_needed"]) == ("port", ["ASG_TRAVEL"])
    with wiring.unit() as unit:
        unit.get(Assignment, unit.session.exec(select(Assignment.id)).one()).status = AssignmentStatus.CONFIRMED
    assert done(herself.get(f"/v1/shifts/{beside.shift.id}"))["consent_needed"] == []


def test_an_approval_asks_for_no_consent_that_she_could_not_give(make: Make, as_: As, wiring: Wiring) -> None:
    residents(wiring, 3)
    opened = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)
    office = as_(Role.COORDINATOR)

    waiting = done(claim(as_(make.volunteer(district="west", max_travel_km=0)), opened), 201)["id"]

    assert done(settle(office, waiting, "approve"))["status"] == "confirmed"


def test_a_remote_shift_has_no_place(make: Make, as_: As, wiring: Wiring) -> None:
    opened = make.shift_with_demand(modality=Modality.VIDEO)
    with wiring.unit() as unit:
        shift = unit.lock(type(opened.shift), opened.shift.id)
        shift.facility_id = shift.district_code = None
    volunteer = make.volunteer(max_travel_km=0, district="port")
    herself = as_(volunteer)

    assert knows(herself, opened)["district"] is None
    held = done(claim(herself, opened), 201)["id"]
    assert notices(wiring)[0].facts["place"] is None
    assert done(herself.get(f"/v1/assignments/{held}"))["shift"]["facility"] is None
    assert problem(herself.get("/v1/shifts?from=today")) == (422, "FIELD_FORMAT")
    assert faults(herself.get("/v1/shifts?district=East")) == [("district", "FIELD_FORMAT")]


def test_a_home_is_named_by_its_district_even_in_the_confirmation(make: Make, as_: As, wiring: Wiring) -> None:
    opened = make.shift_with_demand(service="newborn_home_visit", home_district="east", demand={"certifications": []})
    volunteer = make.volunteer(watched=True)

    done(answer(as_(volunteer), make.offer(opened, volunteer), "accept"))

    (told,) = notices(wiring)
    assert (told.kind, told.facts["place"]) == ("assignment_confirmed", {"names": {"ja": "東部", "en": "East"}})
