"""Handing consultations on, and who came: with consent or to protect life, sealed, read with a purpose, forgotten."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any, Final

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.consultation import Consultation, ConsultationIdentity
from models.contact_attempt import ContactResult
from models.organization import Organization, OrganizationKind
from models.record import IdempotentAnswer, Notice
from services import purging
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.consulting import ASKED, CONSULTATIONS, bring, go
from tests.makers.doors import audited, done, faults, problem
from worker.following_up import purge_identities

NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
NAME, PHONE, ADDRESS = "グエン・架空", "076-000-0009", "金沢市架空町"
HER: Final = {"name": NAME, "phone": PHONE, "address": ADDRESS}
Units = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def board(make: Make) -> Organization:
    return make.organization(kind=OrganizationKind.BOARD)


@pytest.fixture
def begun(make: Make) -> Consultation:
    """A child of school age without a school, talked about."""
    return make.consultation(status="in_progress", topics=["school_enrolment"])


def hand_on(caller: Client, one: Any, to: Organization | str, **over: Any) -> Any:
    return go(caller, one, "refer", organization_id=str(getattr(to, "id", to)), shared=["topics"], **over)


def test_a_child_without_a_school_is_referred_to_the_board_and_its_outcome_tracked(
    officer: Client, begun: Consultation, board: Organization, wiring: Wiring, clock: SetClock
) -> None:
    shown = done(hand_on(officer, begun, board, consented_on="2025-11-10", minutes=10))
    (referral,) = shown["referrals"]
    assert (shown["status"], shown["minutes"], referral["organization"]) == ("referred", 30, board.name)
    assert (referral["consented_on"], referral["shared"], referral["outcome"]) == ("2025-11-10", ["topics"], None)
    done(go(officer, begun, "close"))
    clock.forward(days=14)
    (entry,) = done(officer.get("/v1/worklist"))["items"]
    outcome = f"{CONSULTATIONS}/{begun.id}/referrals/{referral['id']}/outcome"
    assert (entry["because"]["code"], entry["verb"]["path"]) == ("referral_silent", outcome)
    told = done(officer.post(outcome, json={"outcome": "entered_school"}))
    assert (told["status"], told["referrals"][0]["outcome"]) == ("closed", "entered_school")
    assert done(officer.get("/v1/worklist"))["items"] == []
    assert [event.action for event in audited(wiring, referral["id"])] == ["referral.send", "referral.outcome"]


def test_nothing_is_handed_on_without_consent_but_to_protect_life(
    make: Make, officer: Client, begun: Consultation, board: Organization, wiring: Wiring
) -> None:
    danger = {"without_consent": "child_in_danger"}
    assert problem(hand_on(officer, begun, board)) == (422, "PRIV_CONSENT")
    assert problem(hand_on(officer, begun, board, **danger)) == (422, "PRIV_CONSENT")
    urgent = make.consultation(status="in_progress", urgency="urgent", urgent_codes=["child_at_risk"])
    assert problem(hand_on(officer, urgent, board)) == (422, "PRIV_CONSENT")
    both = hand_on(officer, urgent, board, consented_on="2025-11-10", **danger)
    assert faults(both) == [("/without_consent", "FIELD_CONFLICT")]
    (referral,) = done(hand_on(officer, urgent, board, **danger))["referrals"]
    assert (referral["consented_on"], referral["without_consent"]) == (None, "child_in_danger")
    (event,) = audited(wiring, referral["id"])
    assert (event.action, event.fields, event.facts) == ("referral.send", ["topics"], danger)


def test_a_referral_that_cannot_be_is_refused(
    make: Make, officer: Client, begun: Consultation, board: Organization
) -> None:
    consented = {"consented_on": "2025-11-10"}
    assert faults(hand_on(officer, begun, board, consented_on="2025-11-11")) == [("/consented_on", "FIELD_RANGE")]
    assert faults(hand_on(officer, begun, NOBODY, **consented)) == [("/organization_id", "FIELD_REFERENCE")]
    named = {"organization_id": str(board.id), "shared": ["name"], **consented}
    assert faults(go(officer, begun, "refer", **named)) == [("/shared", "FIELD_CONFLICT")]
    make.consulted_person(begun)
    done(go(officer, begun, "refer", **named))
    other = make.referral(make.consultation(status="referred"))
    told = officer.post(f"{CONSULTATIONS}/{begun.id}/referrals/{other.id}/outcome", json={"outcome": "helped"})
    assert problem(told) == (404, "NOT_FOUND")


def test_who_came_is_sealed_and_read_for_a_purpose_alone(officer: Client, as_: As, wiring: Wiring) -> None:
    receipt = done(bring(officer, anonymous=True), 201)
    path = f"{CONSULTATIONS}/{receipt['id']}"
    assert problem(go(officer, receipt["id"], "client-disclosures", purpose="refer")) == (404, "NOT_FOUND")
    for person in ({"name": "架空 太郎"}, HER):
        assert officer.put(f"{path}/identity", json=person, headers={"If-Match": "*"}).status_code == 204
    shown = done(officer.get(path))
    assert (shown["anonymous"], shown["identity_on_file"]) == (False, True)
    assert problem(go(officer, receipt["id"], "client-disclosures")) == (422, "PRIV_PURPOSE")
    told = done(go(officer, receipt["id"], "client-disclosures", purpose="refer"))
    assert told == {"no": receipt["no"], **HER}
    event = audited(wiring, receipt["id"])[-1]
    assert (event.action, event.purpose, event.fields) == (
        "consultation_identity.read", "refer", ["address", "name", "phone"],
    )  # fmt: skip
    assert problem(go(as_(Role.COORDINATOR), receipt["id"], "client-disclosures", purpose="refer"))[0] == 403


def test_who_came_is_taken_out_before_the_day_and_logged(officer: Client, as_: As, wiring: Wiring) -> None:
    """It stays a consultation by name, as those do whose day has come."""
    receipt = done(bring(officer, person=HER), 201)
    identity = f"{CONSULTATIONS}/{receipt['id']}/identity"
    assert problem(as_(Role.COORDINATOR).delete(identity)) == (403, "NOT_PERMITTED")
    assert problem(officer.delete(identity, headers={"If-Match": '"old"'})) == (412, "VERSION")
    assert officer.delete(identity).status_code == 204
    shown = done(officer.get(f"{CONSULTATIONS}/{receipt['id']}"))
    assert (shown["anonymous"], shown["identity_on_file"]) == (False, False)
    assert shown["version"] > receipt["version"]
    assert problem(go(officer, receipt["id"], "client-disclosures", purpose="refer")) == (404, "NOT_FOUND")
    assert problem(officer.delete(identity)) == (404, "NOT_FOUND")
    assert audited(wiring, receipt["id"])[1].action == "consultation_identity.remove"
    assert officer.put(identity, json=HER, headers={"If-Match": "*"}).status_code == 204
    done(go(officer, receipt["id"], "client-disclosures", purpose="refer"))


def test_who_came_is_not_taken_out_while_a_hold_keeps_it(officer: Client, as_: As) -> None:
    one = done(bring(officer, person=HER), 201)["id"]
    admin, reason = as_(Role.ADMIN), {"reason": "裁判所の照会"}
    hold = done(admin.post(f"{CONSULTATIONS}/{one}/legal-holds", json=reason), 201)["id"]
    assert problem(officer.delete(f"{CONSULTATIONS}/{one}/identity")) == (409, "PRIV_RETENTION")
    done(go(officer, one, "client-disclosures", purpose="refer"))
    done(admin.post(f"/v1/legal-holds/{hold}/lift", json=reason))
    assert officer.delete(f"{CONSULTATIONS}/{one}/identity").status_code == 204


def test_who_came_stands_in_no_answer_error_notice_or_log(
    make: Make, officer: Client, wiring: Wiring, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    make.account(Role.ADMIN)
    said = [
        officer.post(
            CONSULTATIONS, json={**ASKED, "urgent_codes": ["violence"], "person": HER}, headers={"Idempotency-Key": "k"}
        )
    ]
    one = done(said[0], 201)["id"]
    path = f"{CONSULTATIONS}/{one}"
    said += [bring(officer, person=HER, anonymous=True), bring(officer, person={**HER, "email": PHONE})]
    said += [bring(officer, person={**HER, "phone": f"{NAME} {PHONE}"})]
    said += [
        officer.put(f"{path}/identity", json=HER),
        officer.put(f"{path}/identity", json=[HER], headers={"If-Match": "*"}),
    ]
    said += [officer.get(path), officer.get(CONSULTATIONS), officer.get("/v1/worklist"), go(officer, one, "close")]
    with wiring.unit(write=False) as unit:
        rows = [*unit.session.exec(select(Notice)), *unit.session.exec(select(IdempotentAnswer))]
        rows += [*unit.session.exec(select(Consultation)), *unit.session.exec(select(ConsultationIdentity))]
        written = "".join(row.model_dump_json() for row in rows)
    written += "".join(event.model_dump_json() for event in audited(wiring, one))
    spoken = "".join(answer.text for answer in said) + written + caplog.text + "".join(capsys.readouterr())
    assert [word for word in (NAME, PHONE, ADDRESS) if word in spoken] == []
    assert {answer.status_code for answer in said} == {200, 201, 409, 422, 428}


def test_who_came_is_forgotten_30_days_after_it_is_settled_and_still_counted(
    officer: Client, wiring: Wiring, clock: SetClock, unit: Units
) -> None:
    one = done(bring(officer, person=HER, heard_from="friend"), 201)["id"]
    for verb, body in (("triage", {}), ("start", {}), ("resolve", {"resolution": "answered"})):
        done(go(officer, one, verb, **body))
    assert kept(wiring) == [date(2025, 12, 10)]
    done(go(officer, one, "reopen"))
    assert kept(wiring) == [None]
    with unit() as it:
        purging.forget(it, it.session.exec(select(ConsultationIdentity)).one())
    done(go(officer, one, "resolve", resolution="not_ours"))
    clock.forward(days=10)
    done(go(officer, one, "close"))
    assert officer.put(f"{CONSULTATIONS}/{one}/identity", json=HER, headers={"If-Match": "*"}).status_code == 204
    assert kept(wiring) == [date(2025, 12, 10)]
    clock.forward(days=19)
    assert purge_identities(wiring) == 0
    clock.now += timedelta(days=1)
    assert purge_identities(wiring) == 1
    shown = done(officer.get(f"{CONSULTATIONS}/{one}"))
    assert (shown["anonymous"], shown["identity_on_file"], kept(wiring)) == (False, False, [])
    assert audited(wiring, one)[-2].action == "consultation_identity.purge"


def kept(wiring: Wiring) -> list[date | None]:
    """Until when who came is kept."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(ConsultationIdentity).order_by(col(ConsultationIdentity.id)))
        return [identity.purge_on for identity in rows]


def test_officers_see_their_own_entries_of_the_worklist_and_coordinators_none_of_them(
    make: Make, officer: Client, as_: As, clock: SetClock
) -> None:
    make.contact_attempt(make.volunteer(), ContactResult.CALL_BACK, call_back_at=clock.now)
    make.consultation(received_at=clock.now - timedelta(days=1))
    for status in ("received", "triaged", "in_progress", "referred", "resolved"):
        one = make.consultation(status=status, urgency="urgent", urgent_codes=["self_harm"])
        if status == "referred":
            make.referral(one)
    entries = done(officer.get("/v1/worklist"))["items"]
    assert [(one["because"]["code"], one["verb"]["name"], one["urgent"]) for one in entries] == [
        ("consultation_new", "triage", True),
        ("consultation_urgent", "start", True),
        ("consultation_urgent", "resolve", True),
        ("consultation_new", "triage", False),
    ]
    office = {one["object"]["type"] for one in done(as_(Role.COORDINATOR).get("/v1/worklist"))["items"]}
    assert "consultation" not in office
    admin = {one["object"]["type"] for one in done(as_(Role.ADMIN).get("/v1/worklist"))["items"]}
    assert {"consultation", *office} == admin
