"""What the office decides about a request, and what the end of one does to everybody on its shift."""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus, Booking
from models.dispatch_request import DispatchRequest
from models.offer import OfferStatus
from models.organization import Organization
from models.record import AuditEvent
from services.clock import SetClock
from services.wording import say
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.asking import accepted, broken, centre_visit, home_visit, moved, path_of, submitted, written
from tests.makers.doors import faults, problem
from tests.makers.moments import hours
from tests.makers.work import Opened
from tests.outbox import notices, sent_kinds


@pytest.fixture
def opened(make: Make, centre: Organization) -> Opened:
    """An accepted request with its shift."""
    return make.shift_with_demand(owner=centre, ages=(3,), matched_at=NOW)


def override(*codes: str) -> dict[str, Any]:
    return {"overrides": [{"code": code, "reason": "家庭の事情"} for code in codes]}


def test_accepting_opens_a_shift_with_the_places_asked_for(clerk: Client, office: Client, wiring: Wiring) -> None:
    request = submitted(clerk, home_visit(places=2, gender_requirement={"value": "female", "reason": "授乳の相談"}))

    after = moved(office, request, "accept")

    assert (after["status"], after["actions"]) == ("matching", ["mark-unfilled", "cancel"])
    shift = office.get(f"/v1/shifts/{after['shift_id']}").json()
    assert (shift["status"], shift["claim_policy"], shift["request_id"]) == ("open", "approval", request["id"])
    assert (shift["starts_at"], shift["ends_at"]) == (request["starts_at"], request["ends_at"])
    assert (shift["facility"], shift["district"], shift["modality"]) == (None, "east", "on_site")
    (demand,) = shift["demands"]
    assert (demand["role"], demand["language"], demand["min_level"], demand["places"], demand["taken"]) == (
        "interpreter",
        "vi",
        "B1",
        2,
        0,
    )
    assert sent_kinds(wiring) == ["office_request_submitted", "request_accepted"]
    with wiring.unit(write=False) as unit:
        actions = unit.session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))).all()
    assert actions[-2:] == ["dispatch_request.accept", "shift.open"]


def test_a_visit_to_a_centre_lies_in_its_district(
    clerk: Client, office: Client, make: Make, centre: Organization
) -> None:
    place = make.facility(owner=centre, district="port")

    request = accepted(clerk, office, centre_visit(place))

    shift = office.get(f"/v1/shifts/{request['shift_id']}").json()
    assert (shift["facility"]["id"], shift["district"], shift["claim_policy"]) == (str(place.id), "port", "open")


def test_any_chinese_is_met_by_mandarin_or_cantonese(clerk: Client, office: Client, make: Make) -> None:
    speakers = {tag: make.volunteer(languages={tag: "B2"}, certs=("home_visit",)) for tag in ("cmn", "yue", "zh", "en")}

    def candidates(*languages: str) -> set[str]:
        request = accepted(clerk, office, home_visit(languages=list(languages)))
        ranked = office.get(f"/v1/shifts/{request['shift_id']}/candidates").json()["items"]
        return {one["volunteer_id"] for one in ranked}

    assert candidates("zh") == {str(speakers[tag].id) for tag in ("cmn", "yue", "zh")}
    assert candidates("cmn") == {str(speakers["cmn"].id)}


def test_each_missing_override_is_named(clerk: Client, office: Client, wiring: Wiring) -> None:
    request = submitted(clerk, home_visit(**hours("2025-11-15", "08:00", "10:30")))
    accept = f"{path_of(request)}/accept"

    assert broken(office.post(accept, json={})) == ["REQ_LEAD", "REQ_CLOSED_DAY", "REQ_HOURS", "REQ_DURATION"]
    assert broken(office.post(accept, json=override("REQ_HOURS", "REQ_LEAD"))) == ["REQ_CLOSED_DAY", "REQ_DURATION"]
    assert office.get(path_of(request)).json()["status"] == "submitted"

    after = moved(
        office, request, "accept", **override("REQ_HOURS", "REQ_LEAD", "REQ_CLOSED_DAY", "REQ_DURATION", "REQ_PAST")
    )

    assert (after["status"], after["needs_override"]) == ("matching", [])
    with wiring.unit(write=False) as unit:
        (row,) = unit.session.exec(select(DispatchRequest))
    by_whom = {"reason": "家庭の事情", "by": str(office.account.id), "at": "2025-11-10T00:00:00+00:00"}
    assert row.overrides == [
        {"code": code, **by_whom} for code in ("REQ_LEAD", "REQ_CLOSED_DAY", "REQ_HOURS", "REQ_DURATION")
    ]


def test_a_newborns_age_wants_an_override(clerk: Client, office: Client) -> None:
    request = submitted(clerk, home_visit(clients=[{"age_months": 5, "consent_on": "2025-11-06"}]))

    assert broken(office.post(f"{path_of(request)}/accept", json={})) == ["REQ_AGE_WINDOW"]
    assert moved(office, request, "accept", **override("REQ_AGE_WINDOW"))["status"] == "matching"


def test_only_an_administrator_accepts_below_one_business_day(clerk: Client, office: Client, as_: As) -> None:
    today = submitted(clerk, home_visit(**hours("2025-11-10", "15:00", "16:00")))
    tomorrow = submitted(clerk, home_visit(**hours("2025-11-11", "15:00", "16:00")))
    by_hand = override("REQ_LEAD")

    assert problem(office.post(f"{path_of(today)}/accept", json=by_hand)) == (403, "NOT_PERMITTED")
    assert office.get(path_of(today)).json()["status"] == "submitted"
    assert moved(office, tomorrow, "accept", **by_hand)["status"] == "matching"
    assert moved(as_(Role.ADMIN), today, "accept", **by_hand)["status"] == "matching"


def test_a_reason_holds_no_personal_details(clerk: Client, office: Client) -> None:
    request = submitted(clerk, home_visit(**hours("2025-11-15")))
    path = path_of(request)
    overrides = {
        "overrides": [{"code": "REQ_LEAD", "reason": "急"}, {"code": "REQ_CLOSED_DAY", "reason": "076-220-0000"}]
    }

    assert faults(office.post(f"{path}/accept", json=overrides)) == [("/overrides/1/reason", "REQ_FREE_TEXT_PII")]
    for verb in ("return", "reject", "cancel"):
        answer = office.post(f"{path}/{verb}", json={"reason": "a@example.jp へ連絡"})
        assert faults(answer) == [("/reason", "REQ_FREE_TEXT_PII")]
    assert office.get(path).json()["version"] == request["version"]


def test_nothing_is_decided_from_the_start_on(clerk: Client, office: Client, opened: Opened, clock: SetClock) -> None:
    waiting = submitted(clerk, home_visit())
    clock.now = datetime.fromisoformat("2025-11-20T10:00:00+09:00")

    assert problem(office.post(f"{path_of(waiting)}/accept", json={})) == (422, "REQ_PAST")
    for verb, request_id in (
        ("return", waiting["id"]),
        ("reject", waiting["id"]),
        ("cancel", waiting["id"]),
        ("mark-unfilled", opened.request.id),
        ("cancel", opened.request.id),
    ):
        answer = office.post(f"/v1/dispatch-requests/{request_id}/{verb}", json={"reason": "遅い"})
        assert problem(answer) == (409, "REQ_STATE")
        assert answer.json()["allowed"] == []
    assert office.get(path_of(waiting)).json()["actions"] == []


@pytest.mark.parametrize(
    ("verb", "status", "kind"),
    [("return", "returned", "request_returned"), ("reject", "rejected", "request_rejected")],
)
def test_the_centre_learns_why(
    verb: str, status: str, kind: str, clerk: Client, office: Client, wiring: Wiring
) -> None:
    after = moved(office, submitted(clerk, home_visit()), verb, reason="場所が未定です")

    assert (after["status"], after["status_reason"], after["shift_id"]) == (status, "場所が未定です", None)
    notice = notices(wiring)[-1]
    assert (notice.kind, notice.account_id, notice.facts["reason"]) == (kind, clerk.account.id, "場所が未定です")


def test_nobody_found_and_looked_for_again(
    office: Client, opened: Opened, make: Make, wiring: Wiring, clerk: Client
) -> None:
    asked = make.offer(opened, make.volunteer())
    request = {"id": str(opened.request.id)}

    given_up = moved(office, request, "mark-unfilled", reason="該当者なし")

    assert (given_up["status"], given_up["actions"]) == ("unfilled", ["reopen", "cancel"])
    assert given_up["why_unfilled"] == "お引き受けいただける通訳者がまだ決まっていません。"
    assert office.get(f"/v1/shifts/{opened.shift.id}").json()["status"] == "planned"
    assert office.get(f"/v1/offers?shift_id={opened.shift.id}").json()["items"][0]["status"] == "withdrawn"
    by_kind = {notice.kind: notice for notice in notices(wiring)}
    assert set(by_kind) == {"offer_withdrawn", "request_unfilled"}
    assert by_kind["offer_withdrawn"].volunteer_id == asked.volunteer_id
    assert by_kind["request_unfilled"].account_id == clerk.account.id

    again = moved(office, request, "reopen")
    assert (again["status"], again["status_reason"]) == ("matching", None)
    assert office.get(f"/v1/shifts/{opened.shift.id}").json()["status"] == "open"


def test_nobody_gives_up_while_somebody_holds_a_place(office: Client, make: Make, centre: Organization) -> None:
    opened = make.shift_with_demand(owner=centre, places=2)
    make.assignment(opened, make.volunteer())
    path = f"/v1/dispatch-requests/{opened.request.id}"

    refused = office.post(f"{path}/mark-unfilled", json={"reason": "該当者なし"})

    assert problem(refused) == (409, "REQ_STATE")
    assert (refused.json()["state"], refused.json()["allowed"]) == ("matching", ["cancel"])
    assert office.get(path).json()["actions"] == ["cancel"]


def test_cancelling_frees_everybody(
    clerk: Client, office: Client, opened: Opened, make: Make, wiring: Wiring, check_data: Any
) -> None:
    coming, asked = make.volunteer(), make.volunteer()
    offer = make.offer(opened, asked)
    held = make.assignment(opened, coming)

    after = moved(clerk, {"id": str(opened.request.id)}, "cancel", reason="家庭の都合")

    assert (after["status"], after["late_cancel"], after["assigned"]) == ("cancelled", False, [])
    with wiring.unit(write=False) as unit:
        (booking,) = unit.session.exec(select(Booking))
        assert not booking.active
        assert unit.get(type(held), held.id).status is AssignmentStatus.CANCELLED
        assert unit.get(type(offer), offer.id).status is OfferStatus.WITHDRAWN
        assert unit.get(type(opened.demand), opened.demand.id).taken == 0
        assert unit.get(type(opened.shift), opened.shift.id).status == "cancelled"
    told = {notice.kind: notice.volunteer_id or notice.account_id for notice in notices(wiring)}
    assert told == {
        "assignment_cancelled": coming.id,
        "offer_withdrawn": asked.id,
        "office_request_cancelled": office.account.id,
        "request_cancelled": clerk.account.id,
    }
    check_data()


@pytest.mark.parametrize(("at", "warnings"), [("12:00:00", []), ("12:00:01", ["REQ_CANCEL_LATE"])])
def test_cancelling_is_free_until_noon_of_the_business_day_before(
    at: str, warnings: list[str], clerk: Client, opened: Opened, clock: SetClock
) -> None:
    clock.now = datetime.fromisoformat(f"2025-11-19T{at}+09:00")

    after = moved(clerk, {"id": str(opened.request.id)}, "cancel", reason="家庭の都合")

    assert (after["status"], after["late_cancel"]) == ("cancelled", bool(warnings))
    assert [warning["code"] for warning in after["warnings"]] == warnings


def test_a_draft_is_cancelled_without_a_word_to_the_office(
    clerk: Client, office: Client, clock: SetClock, wiring: Wiring
) -> None:
    request = written(clerk, home_visit())
    clock.now = datetime.fromisoformat("2025-11-20T09:59:59+09:00")

    assert moved(clerk, request, "cancel", reason="中止")["late_cancel"] is False
    assert sent_kinds(wiring) == ["request_cancelled"]
    assert office.get(path_of(request)).json()["actions"] == []


def test_an_unfilled_request_goes_on_telling_why(make: Make, as_: As) -> None:
    centre = make.organization()
    opened = make.shift_with_demand(owner=centre, languages=["bn"], matched_at=NOW)
    as_(Role.COORDINATOR).post(f"/v1/dispatch-requests/{opened.request.id}/mark-unfilled", json={"reason": "候補なし"})

    seen = as_(Role.REQUESTER, organization=centre).get(
        f"/v1/dispatch-requests/{opened.request.id}", headers={"Accept-Language": "en"}
    )

    assert seen.json()["why_unfilled"] == say("unfilled", "requester_nobody_speaks", "en")
