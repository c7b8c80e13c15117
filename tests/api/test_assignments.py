"""Standing on a shift: put there by hand, confirmed, listed, and giving the place back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.base import new_id
from models.client import ClientExclusion, ExclusionKind
from models.shift import ClaimPolicy
from models.volunteer import Engagement
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import CONSENT, HOURS, barred, busy, exclude
from tests.makers.doors import (
    ask,
    audited,
    by_phone,
    claim,
    done,
    faults,
    hand,
    notices_of,
    on_shift,
    problem,
    reason,
    refused,
    settle,
    standing_of,
)

Check = Callable[[], None]


def test_by_hand_with_consent_and_reasons_that_are_kept(
    make: Make, office: Client, wiring: Wiring, check_data: Check
) -> None:
    volunteer, opened = barred(make, CONSENT["too far"])
    consent = reason("ASG_RADIUS", "2025-11-10T08:30:00+09:00")

    assert refused(hand(office, opened, volunteer)) == [("ASG_RADIUS", "with_consent")]
    assert refused(hand(office, opened, volunteer, reason("ASG_RADIUS"))) == [("ASG_RADIUS", "with_consent")]
    body = done(hand(office, opened, volunteer, consent, on_behalf=by_phone(volunteer)), 201)

    assert (body["via"], body["status"], body["actions"]) == (
        "hand",
        "confirmed",
        ["want-standin", "withdraw", "cancel"],
    )
    assert body["overrides"] == [
        {
            "code": "ASG_RADIUS",
            "reason": "電話で確認",
            "consent_at": "2025-11-10T08:30:00+09:00",
            "by": str(office.account.id),
            "at": "2025-11-10T00:00:00+00:00",
        }
    ]
    (event,) = audited(wiring, body["id"])
    assert (event.action, event.facts) == ("assignment.hand", {"overrides": ["ASG_RADIUS"]})
    assert event.on_behalf is not None
    assert event.on_behalf["of"] == str(volunteer.id)
    check_data()


def test_whom_the_office_cannot_put_on_a_shift(make: Make, office: Client) -> None:
    volunteer = make.volunteer()
    opened, other = make.shift_with_demand(), make.shift_with_demand()
    path = f"/v1/shifts/{opened.shift.id}/assignments"

    assert faults(office.post(path, json={"volunteer_id": str(new_id())})) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert faults(hand(office, opened, volunteer, demand_id=str(other.demand.id))) == [
        ("/demand_id", "FIELD_REFERENCE")
    ]
    other_word = by_phone(make.volunteer())
    assert faults(hand(office, opened, volunteer, on_behalf=other_word)) == [("/on_behalf/of", "FIELD_REFERENCE")]
    assert faults(hand(office, opened, volunteer, {"code": "ASG_CAP"})) == [("/overrides/0/reason", "FIELD_MISSING")]
    absent = office.post(f"/v1/shifts/{new_id()}/assignments", json={"volunteer_id": str(volunteer.id)})
    assert problem(absent) == (404, "NOT_FOUND")


def test_only_the_office_assigns_confirms_and_cancels(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand(places=2)
    held = make.assignment(opened, volunteer)

    for caller in (as_(volunteer), as_(Role.REQUESTER), as_(Role.VIEWER)):
        assert problem(hand(caller, opened, volunteer)) == (403, "NOT_PERMITTED")
        assert problem(settle(caller, held, "approve")) == (403, "NOT_PERMITTED")
        assert problem(settle(caller, held, "cancel", reason="別の方")) == (403, "NOT_PERMITTED")


def test_a_coordinator_who_interprets_is_staff_and_a_volunteer_at_once(make: Make, as_: As) -> None:
    person = make.person()
    volunteer = make.volunteer(person=person, engagement=Engagement.STAFF, pledge=False, insured=False)
    herself = as_(make.account(Role.COORDINATOR, Role.VOLUNTEER, person=person))
    opened, hidden = make.shift_with_demand(), make.shift_with_demand(ages=(3,))
    exclude(make, hidden, volunteer)

    listed = done(herself.get("/v1/shifts", params={"claimable": True}))["items"]
    assert [(shift["id"], shift["actions"]) for shift in listed] == [
        (str(opened.shift.id), ["claim", "offers", "assignments", "trainee-places"])
    ]
    barring = done(herself.get(f"/v1/shifts/{hidden.shift.id}"))
    assert [bar["code"] for bar in barring["why_not"]] == ["ASG_EXCLUDED"]
    assert barring["actions"] == ["offers", "assignments", "trainee-places"]
    assert refused(claim(herself, hidden)) == [("ASG_EXCLUDED", "never")]
    assert done(claim(herself, opened), 201)["via"] == "claim"


def test_approval_confirms_fills_and_tells(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    volunteer, owner = make.volunteer(), make.organization()
    desk = make.account(Role.REQUESTER, organization=owner)
    opened = make.shift_with_demand(owner=owner, claim_policy=ClaimPolicy.APPROVAL)
    waiting = done(claim(as_(volunteer), opened), 201)["id"]
    before = len(notices_of(wiring))
    assert done(office.get(f"/v1/assignments/{waiting}"))["actions"] == ["approve", "withdraw", "cancel"]

    body = done(settle(office, waiting, "approve"))

    assert (body["status"], body["confirmed_at"]) == ("confirmed", "2025-11-10T09:00:00+09:00")
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert notices_of(wiring)[before:] == [("assignment_confirmed", volunteer.id), ("request_filled", desk.id)]
    assert [event.action for event in audited(wiring, waiting)] == ["assignment.claim", "assignment.approve"]
    assert problem(settle(office, waiting, "approve")) == (409, "ASG_STATE")
    check_data()


def test_approval_of_one_of_two_places_does_not_fill(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    opened = make.shift_with_demand(places=2, claim_policy=ClaimPolicy.APPROVAL)
    first, second = (done(claim(as_(make.volunteer()), opened), 201)["id"] for _ in range(2))

    done(settle(office, first, "approve"))
    assert standing_of(wiring, opened) == ("open", "matching", 2)
    done(settle(office, second, "approve"))
    assert standing_of(wiring, opened) == ("filled", "filled", 2)


def test_approval_judges_again_but_not_what_she_or_the_office_settled(make: Make, as_: As, office: Client) -> None:
    volunteer = make.volunteer(max_per_month=1)
    opened = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL, ages=(3,))
    busy(make, volunteer, opened.shift.starts_at - timedelta(days=1))
    waiting = done(claim(as_(volunteer), opened, "ASG_CAP"), 201)["id"]

    exclude(make, opened, volunteer)
    assert refused(settle(office, waiting, "approve")) == [("ASG_EXCLUDED", "never")]

    with make.wiring.unit() as unit:
        unit.session.exec(select(ClientExclusion)).one().lifted_at = unit.now
    assert done(settle(office, waiting, "approve"))["status"] == "confirmed"


@pytest.mark.parametrize("consents", [(), ("ASG_TRAVEL",)])
def test_approval_wants_the_consent_that_has_become_needed_since(
    make: Make, as_: As, office: Client, consents: tuple[str, ...]
) -> None:
    volunteer = make.volunteer(max_per_month=2)
    opened = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)
    waiting = done(claim(as_(volunteer), opened, *consents), 201)["id"]
    busy(make, volunteer, opened.shift.starts_at - timedelta(minutes=80), place=make.facility(district="west"))

    said = settle(office, waiting, "approve")

    if consents:
        assert done(said)["status"] == "confirmed"
    else:
        assert refused(said) == [("ASG_TRAVEL", "with_consent")]
        make.away(volunteer, opened.shift.starts_at, opened.shift.ends_at)
        busy(make, volunteer, opened.shift.starts_at - timedelta(days=1))
        now = refused(settle(office, waiting, "approve"))
        assert now == [(code, "with_consent") for code in ("ASG_UNAVAILABLE", "ASG_CAP", "ASG_TRAVEL")]


def test_approval_does_not_ask_for_weekly_hours_that_her_claim_overrode(make: Make, as_: As, office: Client) -> None:
    volunteer, opened = barred(make, HOURS, ClaimPolicy.APPROVAL)

    waiting = done(claim(as_(volunteer), opened), 201)["id"]

    assert done(settle(office, waiting, "approve"))["status"] == "confirmed"


def test_approval_of_who_was_put_there_by_hand_wants_the_word_that_was_entered(make: Make, office: Client) -> None:
    volunteer, opened = barred(make, HOURS)
    entered = {"code": "ASG_UNAVAILABLE", "reason": "電話で確認", "consent_at": None}
    held = make.assignment(opened, volunteer, AssignmentStatus.TENTATIVE, overrides=[entered])

    assert refused(settle(office, held, "approve")) == [("ASG_UNAVAILABLE", "with_consent")]
    with make.wiring.unit() as unit:
        row = unit.get(Assignment, held.id)
        row.overrides = [entered | {"consent_at": "2025-11-10T08:30:00+09:00"}]
    assert done(settle(office, held, "approve"))["status"] == "confirmed"


def test_giving_a_place_back_frees_it_and_tells_office_and_requester(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    volunteer, owner = make.volunteer(), make.organization()
    desk = as_(Role.REQUESTER, organization=owner)
    opened = make.shift_with_demand(owner=owner)
    held = done(claim(as_(volunteer), opened), 201)["id"]
    before = len(notices_of(wiring))

    body = done(settle(as_(volunteer), held, "withdraw", reason="illness"))

    assert (body["status"], body["end_reason"], body["actions"]) == ("withdrawn", "illness", [])
    assert body["ended_at"] == "2025-11-10T09:00:00+09:00"
    assert on_shift(wiring, opened) == [(volunteer.id, "withdrawn", False)]
    assert standing_of(wiring, opened) == ("open", "matching", 0)
    assert notices_of(wiring)[before:] == [
        ("office_place_freed", office.account.id),
        ("place_reopened", desk.account.id),
        ("assignment_withdrawn_thanks", volunteer.id),
    ]
    assert [event.action for event in audited(wiring, held)] == ["assignment.claim", "assignment.withdraw"]
    assert problem(settle(as_(volunteer), held, "withdraw")) == (409, "ASG_STATE")
    assert problem(desk.get(f"/v1/assignments/{held}")) == (404, "NOT_FOUND")
    assert problem(ask(office, opened, top=1)) == (409, "OFF_NOBODY")  # who left is not asked again by rank
    done(claim(as_(volunteer), opened), 201)
    check_data()


def test_who_gives_back_for_whom(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer, other = make.volunteer(), make.volunteer()
    held = make.assignment(make.shift_with_demand(), volunteer)
    called = by_phone(volunteer)

    assert problem(settle(as_(other), held, "withdraw")) == (404, "NOT_FOUND")
    assert problem(settle(as_(volunteer), held, "withdraw", on_behalf=called)) == (403, "NOT_PERMITTED")
    assert problem(settle(office, held, "withdraw")) == (403, "NOT_PERMITTED")
    assert problem(settle(as_(Role.REQUESTER), held, "withdraw")) == (403, "NOT_PERMITTED")
    stale = as_(volunteer).post(f"/v1/assignments/{held.id}/withdraw", json={}, headers={"If-Match": '"x.1"'})
    assert problem(stale) == (412, "VERSION")

    for verb in ("withdraw", "cancel"):
        somebody = {"on_behalf": by_phone(other), "reason": "other"}
        assert faults(settle(office, held, verb, **somebody)) == [("/on_behalf/of", "FIELD_REFERENCE")]
        early = {"on_behalf": by_phone(volunteer, "2025-11-10T08:59:59+09:00"), "reason": "other"}
        assert faults(settle(office, held, verb, **early)) == [("/on_behalf/at", "FIELD_RANGE")]
    done(settle(office, held, "withdraw", on_behalf=called))
    event = audited(wiring, held.id)[-1]
    assert (event.action, event.on_behalf and event.on_behalf["channel"]) == ("assignment.withdraw", "phone")


def test_nobody_is_confirmed_once_it_has_begun(make: Make, office: Client, clock: SetClock) -> None:
    opened = make.shift_with_demand(places=2)
    held = make.assignment(opened, make.volunteer())
    waiting = make.assignment(opened, make.volunteer(), AssignmentStatus.TENTATIVE)
    clock.now = opened.shift.starts_at

    assert problem(settle(office, waiting, "approve")) == (409, "ASG_STATE")
    assert done(office.get(f"/v1/assignments/{waiting.id}"))["actions"] == []
    assert done(office.get(f"/v1/assignments/{held.id}"))["actions"] == ["withdraw", "cancel", "check-in", "no-show"]


def test_the_office_takes_somebody_off(make: Make, office: Client, wiring: Wiring, check_data: Check) -> None:
    volunteer = make.volunteer()
    opened = make.shift_with_demand()
    held = make.assignment(opened, volunteer)

    body = done(settle(office, held, "cancel", reason="別の方にお願いする", on_behalf=by_phone(volunteer)))

    assert (body["status"], body["end_reason"], body["end_note"]) == ("cancelled", "office", "別の方にお願いする")
    assert standing_of(wiring, opened) == ("open", "matching", 0)
    assert notices_of(wiring) == [("office_place_freed", office.account.id), ("assignment_cancelled", volunteer.id)]
    assert problem(settle(office, held, "cancel", reason="もう一度")) == (409, "ASG_STATE")
    assert faults(settle(office, held, "cancel")) == [("/reason", "FIELD_MISSING")]
    check_data()


def test_why_the_office_took_somebody_off_is_kept_for_the_office(make: Make, as_: As, office: Client) -> None:
    volunteer = make.volunteer()
    held = make.assignment(make.shift_with_demand(), volunteer)

    named = settle(office, held, "cancel", reason="電話 076-000-1234")
    assert faults(named) == [("/reason", "REQ_FREE_TEXT_PII")]
    done(settle(office, held, "cancel", reason="別の方にお願いする"))

    path = f"/v1/assignments/{held.id}"
    assert done(office.get(path))["end_note"] == "別の方にお願いする"
    assert done(office.get("/v1/assignments"))["items"][0]["end_note"] == "別の方にお願いする"
    seen = done(as_(volunteer).get(path))
    assert (seen["end_reason"], seen["end_note"]) == ("office", None)


def test_leaving_for_an_acquaintance_keeps_her_away_without_a_trace(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    volunteer, owner = make.volunteer(), make.organization()
    desk = as_(Role.REQUESTER, organization=owner)
    opened = make.shift_with_demand(owner=owner, ages=(3, 5))
    exclude(make, opened, make.volunteer())
    held = done(claim(as_(volunteer), opened), 201)["id"]

    done(settle(as_(volunteer), held, "withdraw", reason="acquaintance"))

    with wiring.unit(write=False) as unit:
        kept = unit.session.exec(select(ClientExclusion).where(ClientExclusion.volunteer_id == volunteer.id)).all()
    assert [one.kind for one in kept] == [ExclusionKind.ACQUAINTED] * 2
    assert problem(claim(as_(volunteer), opened)) == (404, "NOT_FOUND")
    assert done(office.get(f"/v1/assignments/{held}"))["end_reason"] == "acquaintance"
    for path in (f"/v1/assignments/{held}", "/v1/assignments", f"/v1/shifts/{opened.shift.id}"):
        assert "cquaint" not in desk.get(path).text


def test_the_institution_learns_who_comes_when_it_is_certain(make: Make, as_: As, office: Client) -> None:
    owner = make.organization()
    opened = make.shift_with_demand(owner=owner, places=5)
    desk = as_(Role.REQUESTER, organization=owner)
    rows = {status: make.assignment(opened, make.volunteer(), status) for status in AssignmentStatus}
    unsaid = {AssignmentStatus.TENTATIVE, AssignmentStatus.WITHDRAWN, AssignmentStatus.CANCELLED}

    for status, row in rows.items():
        assert desk.get(f"/v1/assignments/{row.id}").status_code == (404 if status in unsaid else 200)
    listed = done(desk.get("/v1/assignments"))["items"]
    assert {one["status"] for one in listed} == set(AssignmentStatus) - unsaid
    assert len(done(office.get("/v1/assignments"))["items"]) == len(rows)
    for status in unsaid:
        assert done(desk.get("/v1/assignments", params={"status": status}))["items"] == []


def test_a_request_names_nobody_who_is_merely_tentative(make: Make, as_: As, office: Client) -> None:
    owner = make.organization()
    opened = make.shift_with_demand(owner=owner, places=2, claim_policy=ClaimPolicy.APPROVAL)
    waiting = done(claim(as_(make.volunteer()), opened), 201)
    desk, path = as_(Role.REQUESTER, organization=owner), f"/v1/dispatch-requests/{opened.request.id}"

    for caller in (desk, office):
        assert done(caller.get(path))["assigned"] == []
    assert "mark-unfilled" not in done(office.get(path))["actions"]
    done(settle(office, waiting["id"], "approve"))
    assert done(desk.get(path))["assigned"] == [waiting["badge_name"]]
