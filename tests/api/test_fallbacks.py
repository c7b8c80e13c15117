"""When no interpreter comes: another way is arranged, told to the requester, and its outcome recorded."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import Fallback, FallbackChannel, FallbackOutcome, FallbackStatus
from models.offer import Offer, OfferStatus, OfferWithdrawal
from models.organization import Organization
from models.shift import Modality, Shift, ShiftStatus
from services.clock import SetClock
from services.wording import LANGUAGES, say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import ask, audited, claim, done, faults, notices_of, problem, refused, standing_of
from tests.makers.work import VISIT, Opened

REQUESTS = "/v1/dispatch-requests"


@pytest.fixture
def desk(as_: As, owner: Organization) -> Client:
    return as_(Role.REQUESTER, organization=owner)


def unfilled(make: Make, owner: Organization) -> Opened:
    hopeless = make.request(owner=owner, status=RequestStatus.UNFILLED)
    return make.shift_with_demand(request=hopeless, status=ShiftStatus.PLANNED)


def path_of(opened: Opened, fallback: Fallback | dict[str, Any] | None = None, verb: str = "") -> str:
    path = f"{REQUESTS}/{opened.request.id}/fallbacks"
    if fallback is None:
        return path
    fallback_id = fallback.id if isinstance(fallback, Fallback) else fallback["id"]
    return f"{path}/{fallback_id}{verb}"


def arrange(caller: Client, opened: Opened, channel: str = "device", **over: Any) -> Any:
    return caller.post(path_of(opened), json={"channel": channel, **over})


def row(wiring: Wiring, fallback: Fallback | dict[str, Any]) -> Fallback:
    fallback_id = fallback.id if isinstance(fallback, Fallback) else UUID(fallback["id"])
    with wiring.unit(write=False) as unit:
        return unit.get(Fallback, fallback_id)


def test_the_requester_is_told_at_once_and_sees_which_way(
    make: Make, office: Client, desk: Client, owner: Organization, wiring: Wiring
) -> None:
    opened, helper = unfilled(make, owner), make.organization()

    said = arrange(office, opened, "partner", organization_id=str(helper.id), note="窓口で待ち合わせ")

    made = done(said, 201)
    assert (
        made.items()
        >= {
            "channel": "partner",
            "organization_id": str(helper.id),
            "note": "窓口で待ち合わせ",
            "arranged_for": "2025-11-20T10:00:00+09:00",
            "arranged_by": str(office.account.id),
            "status": "arranged",
            "reopened": False,
            "actions": ["drop"],
        }.items()
    )
    assert said.headers["location"] == path_of(opened, made)
    assert notices_of(wiring) == [("fallback_arranged", desk.account.id)]
    (event,) = audited(wiring, made["id"])
    assert (event.action, event.facts) == ("fallback.arrange", {"channel": "partner", "reopen": False})
    seen = done(desk.get(f"{REQUESTS}/{opened.request.id}"))
    assert (seen["status"], seen["version"]) == ("unfilled", 2)
    assert seen["why_unfilled"]
    assert seen["fallbacks"] == [
        {
            "id": made["id"],
            "channel": "partner",
            "arranged_for": "2025-11-20T10:00:00+09:00",
            "reopened": False,
            "status": "arranged",
            "outcome": None,
        }
    ]
    told = done(desk.get(path_of(opened)))["items"]
    assert told == [done(desk.get(path_of(opened, made)))]
    hidden = {"organization_id", "note", "arranged_by", "minutes", "problem_code"}
    assert {name: told[0][name] for name in hidden} == dict.fromkeys(hidden)
    assert (told[0]["channel"], told[0]["actions"]) == ("partner", [])


@pytest.mark.parametrize(
    ("status", "shift", "allowed"),
    [
        (RequestStatus.MATCHING, ShiftStatus.OPEN, True),
        (RequestStatus.UNFILLED, ShiftStatus.PLANNED, True),
        (RequestStatus.IN_PROGRESS, ShiftStatus.IN_PROGRESS, True),
        (RequestStatus.AWAITING_REPORT, ShiftStatus.ENDED, True),
        (RequestStatus.INTERPRETER_NO_SHOW, ShiftStatus.ENDED, True),
        (RequestStatus.FILLED, ShiftStatus.FILLED, False),
        (RequestStatus.COMPLETED, ShiftStatus.ENDED, False),
        (RequestStatus.CLIENT_NO_SHOW, ShiftStatus.ENDED, False),
        (RequestStatus.CANCELLED, ShiftStatus.CANCELLED, False),
    ],
)
def test_when_another_way_may_be_arranged(
    make: Make, office: Client, status: RequestStatus, shift: ShiftStatus, *, allowed: bool
) -> None:
    opened = make.shift_with_demand(request=make.request(status=status), status=shift)

    said = arrange(office, opened)

    assert said.status_code == (201 if allowed else 409)
    if not allowed:
        assert problem(said) == (409, "REQ_STATE")
        assert said.json()["state"] == status


def test_what_was_never_accepted_needs_no_other_way(make: Make, office: Client) -> None:
    request = make.request(status=RequestStatus.SUBMITTED)

    said = office.post(f"{REQUESTS}/{request.id}/fallbacks", json={"channel": "device"})

    assert (problem(said), said.json()["state"]) == ((409, "REQ_STATE"), "submitted")


def test_the_clock_counts_before_the_sweep_has_come_by(
    make: Make, office: Client, clock: SetClock, wiring: Wiring
) -> None:
    held, lonely = make.shift_with_demand(), make.shift_with_demand()
    make.assignment(held, make.volunteer())
    assert problem(arrange(office, held)) == (409, "REQ_STATE")
    clock.now = VISIT

    done(arrange(office, held), 201)
    done(arrange(office, lonely), 201)

    assert standing_of(wiring, held)[:2] == (ShiftStatus.IN_PROGRESS, RequestStatus.IN_PROGRESS)
    assert standing_of(wiring, lonely)[:2] == (ShiftStatus.ENDED, RequestStatus.UNFILLED)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"channel": "pigeon"}, ("/channel", "FIELD_FORMAT")),
        ({"channel": "partner", "organization_id": str(new_id())}, ("/organization_id", "FIELD_REFERENCE")),
        ({"channel": "device", "note": "090-1234-5678 へ電話"}, ("/note", "REQ_FREE_TEXT_PII")),
        ({"channel": "device", "reopen": True}, ("/reopen", "FIELD_CONFLICT")),
        (
            {"channel": "phone", "reopen": True, "arranged_for": "2025-11-20T11:00:00+09:00"},
            ("/arranged_for", "FIELD_CONFLICT"),
        ),
    ],
)
def test_what_cannot_be_arranged(
    make: Make, office: Client, owner: Organization, wiring: Wiring, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    opened = unfilled(make, owner)

    assert faults(office.post(path_of(opened), json=body)) == [fault]
    assert notices_of(wiring) == []


def test_it_is_arranged_for_the_request_that_was_read(make: Make, office: Client, owner: Organization) -> None:
    opened = unfilled(make, owner)

    stale = office.post(path_of(opened), json={"channel": "device"}, headers={"If-Match": '"old"'})

    assert problem(stale) == (412, "VERSION")
    done(office.post(path_of(opened), json={"channel": "device"}, headers={"If-Match": opened.request.etag}), 201)


def test_others_have_no_part_in_it(make: Make, as_: As, office: Client, desk: Client, owner: Organization) -> None:
    opened, other = unfilled(make, owner), unfilled(make, make.organization())
    arranged = make.fallback(opened.request)

    assert arrange(desk, opened).status_code == 403
    assert desk.post(path_of(opened, arranged, "/outcome"), json={"outcome": "served"}).status_code == 403
    assert as_(make.volunteer()).get(path_of(opened)).status_code == 403
    assert problem(desk.get(path_of(other))) == (404, "NOT_FOUND")
    assert problem(office.get(path_of(other, arranged))) == (404, "NOT_FOUND")
    assert problem(office.post(path_of(other, arranged, "/drop"))) == (404, "NOT_FOUND")


def test_the_outcome_comes_after_its_time_and_may_be_corrected(
    make: Make, office: Client, desk: Client, owner: Organization, clock: SetClock, wiring: Wiring
) -> None:
    opened = unfilled(make, owner)
    arranged = make.fallback(opened.request)
    path = path_of(opened, arranged, "/outcome")
    early = office.post(path, json={"outcome": "served"})
    assert (problem(early), early.json()["allowed"]) == ((409, "FBK_STATE"), ["drop"])
    clock.now = VISIT
    assert problem(office.post(path, json={"outcome": "served"}, headers={"If-Match": '"old"'})) == (412, "VERSION")

    first = done(office.post(path, json={"outcome": "served", "minutes": 40}))
    second = done(office.post(path, json={"outcome": "partly", "minutes": 15, "problem_code": "bad_sound"}))

    assert (first["status"], first["outcome"], first["minutes"]) == ("done", "served", 40)
    assert (second["outcome"], second["minutes"], second["problem_code"]) == ("partly", 15, "bad_sound")
    assert (second["version"], second["actions"]) == (3, ["outcome"])
    assert [event.action for event in audited(wiring, arranged.id)] == ["fallback.outcome"] * 2
    (told,) = done(desk.get(f"{REQUESTS}/{opened.request.id}"))["fallbacks"]
    assert (told["status"], told["outcome"]) == ("done", "partly")
    assert problem(office.post(path_of(opened, arranged, "/drop"))) == (409, "FBK_STATE")
    for body, fault in (
        ({}, ("/outcome", "FIELD_MISSING")),
        ({"outcome": "served", "minutes": -1}, ("/minutes", "FIELD_RANGE")),
        ({"outcome": "served", "problem_code": "rain"}, ("/problem_code", "FIELD_FORMAT")),
    ):
        assert faults(office.post(path, json=body)) == [fault]


def test_what_is_called_off_is_told(
    make: Make, office: Client, desk: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    opened = unfilled(make, owner)
    arranged = make.fallback(opened.request)

    dropped = done(office.post(path_of(opened, arranged, "/drop")))

    assert (dropped["status"], dropped["actions"]) == ("dropped", [])
    assert notices_of(wiring) == [("fallback_dropped", desk.account.id)]
    assert [event.action for event in audited(wiring, arranged.id)] == ["fallback.drop"]
    clock.now = VISIT
    late = office.post(path_of(opened, arranged, "/outcome"), json={"outcome": "served"})
    assert problem(late) == (409, "FBK_STATE")


def test_with_the_request_all_that_was_arranged_is_called_off(
    make: Make, desk: Client, owner: Organization, wiring: Wiring
) -> None:
    opened = unfilled(make, owner)
    with wiring.unit() as unit:
        unit.get(DispatchRequest, opened.request.id).matched_at = unit.now
    arranged = make.fallback(opened.request)
    sought = make.fallback(opened.request, reopened=True, channel=FallbackChannel.PHONE)
    over = make.fallback(opened.request, FallbackOutcome.NOT_SERVED)

    done(desk.post(f"{REQUESTS}/{opened.request.id}/cancel", json={"reason": "中止"}))

    assert [row(wiring, one).status for one in (arranged, sought, over)] == [
        FallbackStatus.DROPPED,
        FallbackStatus.DROPPED,
        FallbackStatus.DONE,
    ]
    assert [kind for kind, _ in notices_of(wiring)] == ["request_cancelled"]


# By phone or video the request's own shift goes out anew.


def test_an_unfilled_request_is_served_by_telephone(
    make: Make, as_: As, desk: Client, owner: Organization, wiring: Wiring, check_data: Any
) -> None:
    office = as_(Role.COORDINATOR)
    far = make.volunteer(district="port", max_travel_km=0)
    opened = unfilled(make, owner)

    made = done(arrange(office, opened, "phone", reopen=True), 201)

    assert (made["reopened"], made["actions"]) == (True, [])
    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, RequestStatus.MATCHING, 0)
    with wiring.unit(write=False) as unit:
        shift, request = unit.get(Shift, opened.shift.id), unit.get(DispatchRequest, opened.request.id)
    assert (shift.modality, shift.facility_id, shift.district_code) == (Modality.PHONE, None, "east")
    assert (request.modality, request.facility_id) == (Modality.PHONE, opened.request.facility_id)
    assert notices_of(wiring) == [("fallback_sought", desk.account.id)]
    actions = [event.action for event in audited(wiring, opened.request.id)]
    assert actions == ["dispatch_request.reopen"]
    assert [event.action for event in audited(wiring, opened.shift.id)] == ["shift.go_remote"]
    (candidate,) = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates"))["items"]
    assert (candidate["volunteer_id"], candidate["consent_needed"]) == (str(far.id), [])
    assert done(claim(as_(far), opened), 201)["status"] == "confirmed"
    seen = done(desk.get(f"{REQUESTS}/{opened.request.id}"))
    assert (seen["status"], seen["modality"], seen["fallbacks"][0]["reopened"]) == ("filled", "phone", True)
    check_data()


def test_who_said_no_may_be_asked_again_and_who_was_asked_is_told(
    make: Make, office: Client, owner: Organization, wiring: Wiring, check_data: Any
) -> None:
    refusing, silent, expired = make.volunteer(), make.volunteer(), make.volunteer()
    opened = make.shift_with_demand(owner=owner)
    no = make.offer(opened, refusing, OfferStatus.DECLINED)
    open_one = make.offer(opened, silent)
    make.offer(opened, expired, OfferStatus.EXPIRED)
    assert problem(ask(office, opened, top=3)) == (409, "OFF_NOBODY")

    assert refused(ask(office, opened, refusing)) == [("OFF_DECLINED", "with_reason")]
    done(arrange(office, opened, "video", reopen=True), 201)

    with wiring.unit(write=False) as unit:
        withdrawn = unit.get(Offer, open_one.id)
        assert (withdrawn.status, withdrawn.withdrawn_reason) == (OfferStatus.WITHDRAWN, OfferWithdrawal.CHANGED)
        assert unit.get(Offer, no.id).status is OfferStatus.DECLINED
    assert [one for one in notices_of(wiring) if one[0] == "offer_withdrawn"] == [
        ("offer_withdrawn", silent.id),
        ("offer_withdrawn", expired.id),
    ]
    asked = done(ask(office, opened, top=3), 201)["items"]
    assert {one["volunteer_id"] for one in asked} == {str(one.id) for one in (refusing, silent, expired)}
    assert {(one["wave"], one["shift"]["modality"], one["shift"]["facility"]) for one in asked} == {(2, "video", None)}
    assert problem(ask(office, opened, top=3)) == (409, "OFF_NOBODY")
    check_data()


def test_a_no_taken_back_is_a_word_about_the_remote_shift(
    make: Make, as_: As, office: Client, owner: Organization
) -> None:
    refusing = make.volunteer()
    opened = make.shift_with_demand(owner=owner)
    no = make.offer(opened, refusing, OfferStatus.DECLINED)
    done(arrange(office, opened, "video", reopen=True), 201)

    done(as_(refusing).post(f"/v1/offers/{no.id}/take-back", json={}))

    assert problem(ask(office, opened, top=3)) == (409, "OFF_NOBODY")
    done(as_(refusing).post(f"/v1/offers/{no.id}/decline", json={}))
    assert problem(ask(office, opened, top=3)) == (409, "OFF_NOBODY")


def test_the_first_wave_may_be_a_remote_one(make: Make, office: Client, owner: Organization, wiring: Wiring) -> None:
    opened = unfilled(make, owner)
    make.volunteer()

    done(arrange(office, opened, "phone", reopen=True), 201)
    done(arrange(office, opened, "video", reopen=True), 201)

    assert [one["wave"] for one in done(ask(office, opened, top=1), 201)["items"]] == [1]
    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, opened.shift.id).modality is Modality.VIDEO


@pytest.mark.parametrize(
    "status", [AssignmentStatus.TENTATIVE, AssignmentStatus.STANDIN_WANTED, AssignmentStatus.CONFIRMED]
)
def test_nobody_s_place_is_made_a_remote_one(
    make: Make, office: Client, owner: Organization, wiring: Wiring, status: AssignmentStatus
) -> None:
    opened = make.shift_with_demand(owner=owner, places=2)
    make.assignment(opened, make.volunteer(), status)

    assert problem(arrange(office, opened, "phone", reopen=True)) == (409, "REQ_STATE")

    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, opened.shift.id).modality is Modality.ON_SITE
    done(arrange(office, opened, "phone"), 201)  # a call that staff make is no place on the shift


def test_nobody_is_sought_once_it_has_started(make: Make, office: Client, owner: Organization, clock: SetClock) -> None:
    opened = unfilled(make, owner)
    clock.now = VISIT

    assert problem(arrange(office, opened, "phone", reopen=True)) == (409, "REQ_STATE")
    done(arrange(office, opened, "phone"), 201)


def test_a_search_is_given_up_with_its_request_and_not_dropped(
    make: Make, office: Client, owner: Organization, clock: SetClock
) -> None:
    opened = unfilled(make, owner)
    made = done(arrange(office, opened, "phone", reopen=True), 201)

    said = office.post(path_of(opened, made, "/drop"))

    assert (problem(said), said.json()["allowed"]) == ((409, "FBK_STATE"), [])
    clock.now = VISIT + timedelta(hours=3)
    failed = done(office.post(path_of(opened, made, "/outcome"), json={"outcome": "not_served"}))
    assert failed["outcome"] == "not_served"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["fallback_arranged", "fallback_sought", "fallback_dropped"])
def test_the_requester_reads_which_request_which_way_and_when(kind: str, language: str) -> None:
    at = datetime.fromisoformat("2025-11-20T10:00:00+09:00")
    facts = {"no": "D-25-00417-3", "channel": "video", "arranged_for": at, "foundation": "国際交流財団"}

    subject, body = (say("notices", f"{kind}_{part}", language, facts) for part in ("subject", "body"))

    assert "D-25-00417-3" in subject
    when = "20 Nov 2025 10:00" if language == "en" else "2025年11月20日 10:00"
    for fact in ("D-25-00417-3", say("words", "video", language), when):
        assert fact in body
