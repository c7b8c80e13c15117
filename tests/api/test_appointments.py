"""Envoys who went home: written to exactly as far as they agreed, whatever is left of their registration."""

from datetime import date
from typing import Any, Final

import httpx2
from sqlmodel import col, select

from api.db import Wiring
from models.appointment import AppointmentContact, AppointmentStatus
from models.key_person import ContactPurpose
from models.record import Notice
from models.volunteer import VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, problem
from worker.deliver import deliver_due
from worker.registrations import anonymize_the_gone

APPOINTMENTS: Final = "/v1/appointments"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
ANY: Final = {"If-Match": "*"}
NEWS: Final = {
    "audience": "envoys",
    "purpose": "exchange",
    "texts": {"vi": {"title": "Lễ hội", "text": "Mời bạn về dự."}, "en": {"title": "Festival", "text": "Come back."}},
}
EXCHANGE: Final = (ContactPurpose.EXCHANGE,)


def agree(caller: Client, row: Any, *scope: str, **over: Any) -> httpx2.Response:
    body = {"contact_scope": [*scope], "signed_on": "2025-11-10", **over}
    row_id = row["id"] if isinstance(row, dict) else row.id
    return caller.put(f"{APPOINTMENTS}/{row_id}/consent", json=body, headers=ANY)


def send(office: Client, **over: Any) -> httpx2.Response:
    message = done(office.post("/v1/broadcasts", json={**NEWS, **over}), 201)
    return office.post(f"/v1/broadcasts/{message['id']}/send")


def letters(wiring: Wiring) -> list[Notice]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(Notice).where(Notice.kind == "envoy_broadcast").order_by(col(Notice.id))))


def test_nobody_is_written_to_before_she_agreed_and_after_she_took_it_back(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    hoa = make.volunteer()
    she = as_(hoa)
    body = {
        "volunteer_id": str(hoa.id),
        "kind": "exchange_envoy",
        "term_from": "2025-10-01",
        "country": "VN",
        "languages": ["vi"],
    }
    row = done(office.post(APPOINTMENTS, json=body), 201)
    assert problem(send(office)) == (409, "BRC_NOBODY")
    assert faults(agree(she, row, "exchange")) == [("/name", "FIELD_MISSING")]
    assert faults(agree(she, row, "exchange", name="Hoa")) == [("/email", "FIELD_MISSING")]
    agreed = done(agree(she, row, "exchange", "events", name="Trần Thị Hoa", email="hoa@example.org"))
    assert (agreed["contact_scope"], agreed["display_name"]) == (["events", "exchange"], "Trần Thị Hoa")
    assert "hoa@" not in she.get(f"{APPOINTMENTS}/{row['id']}").text
    sent = done(send(office))
    assert [(one["language"], one["recipients"]) for one in sent["counts"]] == [("en", 0), ("vi", 1)]
    assert problem(send(office, purpose="disaster")) == (409, "BRC_NOBODY")
    taken = done(agree(she, row))
    assert (taken["contact_scope"], taken["consent_revoked_on"]) == ([], "2025-11-10")
    assert problem(send(office)) == (409, "BRC_NOBODY")
    assert deliver_due(wiring) == 0
    assert [(one.status, one.address, one.facts) for one in letters(wiring)] == [("failed", None, {})]
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(AppointmentContact)).all() == []
    actions = [one.action for one in audited(wiring, row["id"])]
    assert actions == ["appointment.create", "appointment.consent", "appointment.withdraw_consent"]


def test_an_envoy_is_reached_when_nothing_else_of_her_is_kept(make: Make, office: Client, wiring: Wiring) -> None:
    """Whoever agreed stays reachable when her registration is a number; with her consent goes the rest."""
    hoa, silent = (make.volunteer(status=VolunteerStatus.WITHDRAWN, purge_on=date(2025, 11, 10)) for _ in range(2))
    agreed, other = make.appointment(hoa, EXCHANGE), make.appointment(silent)
    assert anonymize_the_gone(wiring) == 2
    rows = {one["id"]: one for one in done(office.get(APPOINTMENTS))["items"]}
    kept, emptied = rows[str(agreed.id)], rows[str(other.id)]
    assert (kept["display_name"], kept["country"], kept["languages"]) == ("Trần Thị Hoa", "VN", ["vi"])
    assert (emptied["display_name"], emptied["country"], emptied["languages"]) == ("", None, [])
    message = done(send(office))
    delivered = done(office.get(f"/v1/broadcasts/{message['id']}/deliveries"))["items"]
    assert [(one["display_name"], one["volunteer_id"]) for one in delivered] == [("Trần Thị Hoa", str(hoa.id))]
    assert [(one.address, one.language) for one in letters(wiring)] == [("hoa@example.org", "en")]
    assert deliver_due(wiring) == 1
    erased = done(agree(office, agreed, on_behalf=by_phone(hoa)))
    assert (erased["display_name"], erased["country"], erased["languages"]) == ("", None, [])
    assert [one.address for one in letters(wiring)] == [None]
    assert problem(send(office)) == (409, "BRC_NOBODY")


def test_a_letter_on_its_way_outlives_the_registration(make: Make, office: Client, wiring: Wiring) -> None:
    hoa = make.volunteer(status=VolunteerStatus.WITHDRAWN, purge_on=date(2025, 11, 10))
    make.appointment(hoa, EXCHANGE)
    done(send(office))
    assert anonymize_the_gone(wiring) == 1
    assert [one.address for one in letters(wiring)] == ["hoa@example.org"]


def test_whoever_is_appointed_twice_has_one_letter(make: Make, office: Client) -> None:
    hoa = make.volunteer()
    make.appointment(hoa, EXCHANGE, status=AppointmentStatus.ENDED, languages=["vi"])
    make.appointment(hoa, EXCHANGE)
    make.appointment(make.volunteer(), EXCHANGE, languages=["ne"])
    sent = done(send(office))
    assert sum(one["recipients"] for one in sent["counts"]) == 1


def test_an_appointment_that_cannot_be_is_refused(make: Make, as_: As, office: Client) -> None:
    hoa = make.volunteer()
    body = {"volunteer_id": str(hoa.id), "kind": "exchange_supporter", "term_from": "2025-10-01", "languages": ["vi"]}
    for who in (NOBODY, str(make.volunteer(status=VolunteerStatus.ANONYMIZED).id)):
        assert faults(office.post(APPOINTMENTS, json={**body, "volunteer_id": who})) == [
            ("/volunteer_id", "FIELD_REFERENCE")
        ]
    early = office.post(APPOINTMENTS, json={**body, "term_to": "2025-09-30"})
    assert faults(early) == [("/term_to", "FIELD_CONFLICT")]
    row = done(office.post(APPOINTMENTS, json=body), 201)
    assert faults(office.post(APPOINTMENTS, json=body)) == [("/volunteer_id", "FIELD_DUPLICATE")]
    assert faults(agree(office, row, "events", name="x", email="x@example.org", signed_on="2025-11-11")) == [
        ("/signed_on", "FIELD_RANGE")
    ]
    assert problem(agree(as_(make.volunteer()), row, "events")) == (404, "NOT_FOUND")
    path = f"{APPOINTMENTS}/{row['id']}"
    assert done(office.patch(path, json={"country": "NP"}, headers=ANY))["country"] == "NP"
    assert done(office.post(f"{path}/end", json={"term_to": "2025-11-09"}))["actions"] == []
    assert problem(office.post(f"{path}/end", json={"term_to": "2025-11-09"})) == (409, "APT_STATE")
    local = office.post("/v1/broadcasts", json={**NEWS, "districts": ["east"]})
    assert faults(local) == [("/districts", "FIELD_CONFLICT")]


def test_the_scope_changes_without_saying_the_address_again(make: Make, office: Client, wiring: Wiring) -> None:
    row = make.appointment(make.volunteer(), EXCHANGE, languages=["vi", "ja"])
    done(agree(office, row, "events", email="new@example.org"))
    done(send(office, purpose="events"))
    assert [(one.address, one.language) for one in letters(wiring)] == [("new@example.org", "ja")]


def test_the_list_is_narrowed_with_a_constant_number_of_queries(
    make: Make, as_: As, office: Client, queries: Any
) -> None:
    hoa = make.volunteer()
    mine = make.appointment(hoa, EXCHANGE)
    other = make.appointment(make.volunteer(), country="NP", languages=["ne"])

    def ids(caller: Client, **asked: Any) -> list[str]:
        return [one["id"] for one in done(caller.get(APPOINTMENTS, params=asked))["items"]]

    assert ids(office) == [str(mine.id), str(other.id)]
    assert ids(as_(hoa)) == ids(office, purpose="exchange") == ids(office, language="vi") == [str(mine.id)]
    assert ids(office, country="NP") == [str(other.id)]
    with queries() as few:
        ids(office)
    for _ in range(15):
        make.appointment(make.volunteer())
    with queries() as many:
        assert len(ids(office)) == 17
    assert len(few) == len(many)
