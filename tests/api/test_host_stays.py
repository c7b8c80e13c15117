"""Guests who come to a household: by the guest's consent, the household's yes and the office's word, and in nobody's way."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.host import HomeTrait, HostKind, HostStatus
from models.host_stay import GuestIdentity, HostStay, StayStatus
from services import guests, host_stays, purging, worklist_hosting
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, claim, done, faults, notices_of, problem, refused
from tests.makers.hosting import VISIT
from worker.following_up import move_stays, purge_identities

STAYS: Final = "/v1/host-stays"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
ANY: Final = {"If-Match": "*"}
WISH: Final = {
    "kind": "home_visit",
    "starts_at": "2025-11-22T13:00:00+09:00",
    "ends_at": "2025-11-22T16:00:00+09:00",
    "guests": 1,
    "languages": ["vi"],
}


def verb(caller: Client, stay: HostStay | dict[str, Any] | str, name: str, **body: Any) -> httpx2.Response:
    stay_id = stay if isinstance(stay, str) else stay["id"] if isinstance(stay, dict) else stay.id
    return caller.post(f"{STAYS}/{stay_id}/{name}", json=body)


def put(caller: Client, stay: HostStay | dict[str, Any], what: str, /, **body: Any) -> httpx2.Response:
    stay_id = stay["id"] if isinstance(stay, dict) else stay.id
    return caller.put(f"{STAYS}/{stay_id}/{what}", json=body, headers=ANY)


def test_a_household_that_is_silent_comes_on_the_worklist(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    head = make.head()
    stay = make.stay(make.host(head), StayStatus.PROPOSED)
    asked = clock.now
    assert done(as_(head).get(f"{STAYS}/{stay.id}"))["answer_by"] == "2025-11-15T09:00:00+09:00"
    assert work(office) == []
    clock.now = asked + timedelta(days=4, hours=23)
    assert work(office) == []

    clock.now = asked + timedelta(days=5)
    ((code, deadline, verb_of, urgent),) = work(office)
    assert (code, deadline, urgent) == ("host_silent", "2025-11-15T09:00:00+09:00", False)
    assert verb_of == f"{STAYS}/{stay.id}/accept"
    clock.now = VISIT - timedelta(days=1)
    assert [urgent for *_, urgent in work(office)] == [True]
    assert as_(Role.VIEWER).get("/v1/worklist").status_code == 403

    done(verb(office, stay, "accept", on_behalf=by_phone(head, "2025-11-21T09:00:00+09:00")))
    assert work(office) == []
    assert done(office.get(f"{STAYS}/{stay.id}"))["answer_by"] is None


def test_of_a_stay_that_is_near_half_of_the_time_is_waited(make: Make, office: Client, clock: SetClock) -> None:
    stay = make.stay(make.host(), StayStatus.PROPOSED, starts_at=clock.now + timedelta(days=2))
    clock.now += timedelta(hours=23)
    assert work(office) == []
    clock.now += timedelta(hours=1)
    assert [code for code, *_ in work(office)] == ["host_silent"]
    clock.now = stay.starts_at  # nobody can answer any more
    assert work(office) == []


def test_a_household_that_answers_while_the_worklist_is_read_is_silent_no_more(
    make: Make, office: Client, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, silent = (make.stay(make.host(make.head()), StayStatus.PROPOSED) for _ in range(2))
    clock.now += timedelta(days=5)

    def read_after_her_answer(unit: Unit, stays: Sequence[HostStay]) -> Mapping[UUID, datetime]:
        return {stay: at for stay, at in guests.asked_at(unit, stays).items() if stay != late.id}

    monkeypatch.setattr(worklist_hosting, "asked_at", read_after_her_answer)
    assert [path for _, _, path, _ in work(office)] == [f"{STAYS}/{silent.id}/accept"]


def work(office: Client) -> list[tuple[Any, ...]]:
    """What the worklist says of silent households."""
    items = done(office.get("/v1/worklist", params={"kind": "host_silent"}))["items"]
    return [(one["because"]["code"], one["deadline"], one["verb"]["path"], one["urgent"]) for one in items]


def test_a_guest_comes_by_three_words(make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock) -> None:
    """The guest's consent, the household's yes, the office's confirmation; each is told to whom it concerns."""
    head = make.head()
    host = make.host(head)
    she = as_(head)
    stay = done(office.post(STAYS, json=WISH), 201)
    assert (stay["status"], stay["actions"]) == ("requested", ["propose", "turn-down", "cancel"])
    assert put(office, stay, "guest", name="グエン・ティ・ラン", phone="076-000-7788").status_code == 204
    assert problem(verb(office, stay, "propose", host_id=str(host.id))) == (409, "HST_CONSENT")
    assert problem(she.get(f"{STAYS}/{stay['id']}")) == (404, "NOT_FOUND")
    done(put(office, stay, "consent", signed_on="2025-11-09"))
    done(verb(office, stay, "propose", host_id=str(host.id)))
    hers = done(she.get(f"{STAYS}/{stay['id']}"))
    assert hers["actions"] == ["accept", "decline"]
    assert problem(verb(she, stay, "client-disclosures", purpose="prepare_visit")) == (404, "NOT_FOUND")
    done(verb(she, stay, "accept"))
    done(verb(office, stay, "confirm"))
    assert done(verb(she, stay, "client-disclosures", purpose="prepare_visit")) == {
        "name": "グエン・ティ・ラン",
        "phone": "076-000-7788",
    }
    clock.now = datetime.fromisoformat("2025-11-22T16:00:00+09:00")
    assert move_stays(wiring) == 1
    assert done(office.get(f"{STAYS}/{stay['id']}"))["status"] == "held"
    clock.forward(days=2)
    assert problem(verb(she, stay, "client-disclosures", purpose="prepare_visit")) == (404, "NOT_FOUND")
    told = [kind for kind, _ in notices_of(wiring)]
    assert told == ["host_proposed", "host_accepted", "host_confirmed"]
    assert [one.action for one in audited(wiring, stay["id"])] == [
        "host_stay.request",
        "guest_identity.write",
        "host_stay.consent",
        "host_stay.propose",
        "host_stay.accept",
        "host_stay.confirm",
        "guest_identity.read",
        "host_stay.hold",
    ]


def test_no_list_and_no_notice_says_who_the_guest_is(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    head = make.head()
    stay = make.stay(make.host(head), StayStatus.CONFIRMED, named=True, district_code="west")
    for caller in (office, as_(head)):
        for path in (STAYS, f"{STAYS}/{stay.id}"):
            text = caller.get(path).text
            assert "ラン" not in text
            assert "7788" not in text
    hers = done(as_(head).get(f"{STAYS}/{stay.id}"))
    hidden = ("district_code", "consented_on", "consent_revoked_on", "identity_on_file", "end_reason")
    assert [hers[name] for name in hidden] == [None] * 5
    assert done(office.get(f"{STAYS}/{stay.id}"))["identity_on_file"] is True
    with wiring.unit(write=False) as unit:
        assert "ラン" not in unit.session.exec(select(GuestIdentity.sealed)).one()
    assert problem(verb(office, stay, "client-disclosures")) == (422, "PRIV_PURPOSE")
    nameless = make.stay()
    assert problem(verb(office, nameless, "client-disclosures", purpose="subject_request")) == (404, "NOT_FOUND")


def test_consent_that_is_taken_back_parts_guest_and_household_at_once(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Any
) -> None:
    head = make.head()
    stay = make.stay(make.host(head), StayStatus.CONFIRMED, named=True)
    now = done(put(office, stay, "consent", signed_on=None))
    assert (now["status"], now["host_id"], now["identity_on_file"]) == ("requested", None, False)
    assert problem(as_(head).get(f"{STAYS}/{stay.id}")) == (404, "NOT_FOUND")
    assert ("host_released", head.id) in notices_of(wiring)
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(GuestIdentity)).all() == []
    assert problem(verb(office, stay, "propose", host_id=str(make.host().id))) == (409, "HST_CONSENT")
    assert problem(put(office, stay, "guest", name="ラン")) == (409, "HST_CONSENT")
    assert done(office.get(f"{STAYS}/{stay.id}"))["identity_on_file"] is False
    check_data()
    done(put(office, stay, "consent", signed_on=None))
    assert faults(put(office, stay, "consent", signed_on="2025-11-11")) == [("/signed_on", "FIELD_RANGE")]
    done(put(office, stay, "consent", signed_on="2025-11-10"))
    assert put(office, stay, "guest", name="ラン").status_code == 204


def test_the_time_of_a_host_is_taken_by_one_thing_at_a_time(
    make: Make, as_: As, office: Client, check_data: Any
) -> None:
    """She interprets too: whichever comes first keeps the other away, through every door."""
    head = make.head()
    host = make.host(head)
    mine = make.stay(host, StayStatus.PROPOSED)
    other = make.stay(host, StayStatus.PROPOSED, starts_at=VISIT + timedelta(hours=2))
    visit = make.shift_with_demand(starts_at=VISIT + timedelta(hours=1))
    done(verb(as_(head), mine, "accept"))
    assert refused(verb(as_(head), other, "accept")) == [("ASG_OVERLAP", "never")]
    assert ("ASG_OVERLAP", "never") in refused(claim(as_(head), visit))
    ranked = done(
        office.get(f"/v1/shifts/{visit.shift.id}/candidates", params={"include_ineligible": True, "limit": 50})
    )
    hers = next(one for one in ranked["items"] if one["volunteer_id"] == str(head.id))
    assert "ASG_OVERLAP" in [bar["code"] for bar in hers["violations"]]
    done(verb(as_(head), mine, "give-back"))
    done(claim(as_(head), visit, "ASG_TRAVEL"), 201)
    assert refused(verb(as_(head), other, "accept")) == [("ASG_OVERLAP", "never")]
    check_data()


def test_a_homestay_takes_the_nights_and_the_days(make: Make, as_: As) -> None:
    """The whole of it: whoever receives a guest for nights is asked for nothing else until the guest has left."""
    head = make.head()
    host = make.host(head)
    night = make.stay(host, StayStatus.PROPOSED, kind=HostKind.HOMESTAY, ends_at=VISIT + timedelta(days=3))
    done(verb(as_(head), night, "accept"))
    for hours, status in ((30, 409), (75, 201)):
        visit = make.shift_with_demand(starts_at=VISIT + timedelta(hours=hours))
        assert claim(as_(head), visit, "ASG_TRAVEL", "ASG_UNAVAILABLE").status_code == status


def test_households_are_ranked_and_the_barred_say_why(make: Make, office: Client, queries: Any) -> None:
    best = make.host(dates=[["2025-11-20", "2025-11-22"]])
    second = make.host(languages=["ja"], capacity=3)
    make.stay(second, StayStatus.HELD, starts_at=VISIT - timedelta(days=60))
    bars = {
        make.host(status=HostStatus.PAUSED).id: "HST_PAUSED",
        make.host(kinds=["homestay"]).id: "HST_KIND",
        make.host(capacity=1).id: "HST_CAPACITY",
        make.host(dates=[["2025-11-23", "2025-11-30"]]).id: "HST_DATES",
        make.host(traits=[HomeTrait.SMOKING, HomeTrait.CAT]).id: "HST_AVOIDED",
        make.host(make.head(insured=False)).id: "ASG_NO_INSURANCE",
        make.host(make.head(pledge=False)).id: "ASG_NO_PLEDGE",
    }
    make.host(status=HostStatus.ENDED)
    stay = make.stay(guests=2, languages=["vi", "en"], avoids=[HomeTrait.SMOKING], district_code="east")
    path = f"{STAYS}/{stay.id}/candidates"
    with queries() as few:
        ranked = done(office.get(path))["items"]
    assert [one["host_id"] for one in ranked] == [str(best.id), str(second.id)]
    assert {reason["criterion"]: reason["points"] for reason in ranked[0]["reasons"]} == {
        "host_language": 300,
        "host_load": 250,
        "host_district": 150,
        "host_dates_known": 150,
        "host_capacity": 100,
    }
    assert all(reason["detail"] for reason in ranked[1]["reasons"])
    everybody = done(office.get(path, params={"include_ineligible": True}))["items"]
    barred = {one["host_id"]: one for one in everybody if not one["eligible"]}
    assert {host_id: one["violations"][0]["code"] for host_id, one in barred.items()} == {
        str(host_id): code for host_id, code in bars.items()
    }
    assert all(one["score"] is None and one["violations"][0]["detail"] for one in barred.values())
    for _ in range(10):
        make.host()
    with queries() as many:
        done(office.get(path))
    assert len(few) == len(many)


def test_whoever_said_no_is_not_asked_again(make: Make, office: Client, wiring: Wiring) -> None:
    head = make.head()
    host = make.host(head)
    stay = make.stay(host, StayStatus.PROPOSED)
    assert problem(verb(office, stay, "decline")) == (403, "NOT_PERMITTED")
    assert done(verb(office, stay, "decline", on_behalf=by_phone(head)))["status"] == "requested"
    assert refused(verb(office, stay, "propose", host_id=str(host.id))) == [("HST_DECLINED", "never")]
    assert faults(verb(office, stay, "propose", host_id=NOBODY)) == [("/host_id", "FIELD_REFERENCE")]
    assert [kind for kind, _ in notices_of(wiring)] == ["host_wanted"]


def test_what_is_to_be_mended_is_mended_before_the_confirmation(make: Make, as_: As, office: Client) -> None:
    """Insured until March: she may be asked for April, and it is settled once she is insured again."""
    head = make.head()
    spring = VISIT.replace(year=2026, month=4, day=11)
    with_renewal = make.stay(make.host(head), StayStatus.PROPOSED, starts_at=spring)
    done(verb(as_(head), with_renewal, "accept"))
    codes = [code for code, _ in refused(verb(office, with_renewal, "confirm"))]
    assert codes == ["ASG_STATUS", "ASG_NO_INSURANCE"]
    shown = done(office.get(f"{STAYS}/{with_renewal.id}/candidates"))["items"]
    assert {one["code"] for one in shown[0]["conditions"]} == {*codes}


def test_a_wish_is_corrected_until_a_household_is_asked(make: Make, office: Client) -> None:
    stay = make.stay()
    path = f"{STAYS}/{stay.id}"
    assert done(office.patch(path, json={"guests": 2}, headers=ANY))["guests"] == 2
    asked = make.stay(make.host(), StayStatus.PROPOSED)
    late = office.patch(f"{STAYS}/{asked.id}", json={"guests": 2}, headers=ANY)
    assert problem(late) == (409, "HST_STATE")
    for over, fault in (
        ({"starts_at": "2025-11-09T13:00:00+09:00"}, ("/starts_at", "FIELD_RANGE")),
        ({"ends_at": "2025-11-22T13:00:00+09:00"}, ("/ends_at", "FIELD_CONFLICT")),
        ({"ends_at": "2025-11-23T13:00:00+09:00"}, ("/ends_at", "FIELD_RANGE")),
        ({"district_code": "atlantis"}, ("/district_code", "FIELD_REFERENCE")),
    ):
        assert faults(office.post(STAYS, json=WISH | over)) == [fault]


@pytest.mark.parametrize("status", [StayStatus.REQUESTED, StayStatus.PROPOSED, StayStatus.ACCEPTED])
def test_what_nobody_settled_lapses_at_its_start(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, status: StayStatus
) -> None:
    stay = make.stay(make.host() if status is not StayStatus.REQUESTED else None, status)
    clock.now = VISIT
    for name, body in (("confirm", {}), ("propose", {"host_id": str(make.host().id)})):
        assert problem(verb(office, stay, name, **body)) == (409, "HST_STATE")
    assert move_stays(wiring) == 1
    assert done(office.get(f"{STAYS}/{stay.id}"))["status"] == "cancelled"
    assert [kind for kind, _ in notices_of(wiring)] == ["host_released"] * (status is not StayStatus.REQUESTED)


def test_a_guest_is_forgotten_thirty_days_after(make: Make, office: Client, wiring: Wiring, clock: SetClock) -> None:
    stay = make.stay(make.host(), StayStatus.CONFIRMED, named=True)
    waiting = make.stay(named=True)
    assert done(verb(office, stay, "cancel", reason="ゲストの都合"))["status"] == "cancelled"
    assert done(verb(office, waiting, "turn-down", reason="家庭が見つからない"))["end_reason"] == "家庭が見つからない"
    assert problem(put(office, stay, "guest", name="ほか")) == (409, "HST_STATE")
    clock.forward(days=29)
    assert purge_identities(wiring) == 0
    clock.forward(days=1)
    assert purge_identities(wiring) == 2
    assert [one.action for one in audited(wiring, stay.id)][-1] == "guest_identity.purge"


def test_a_sweep_that_comes_late_does_nothing(make: Make, wiring: Wiring) -> None:
    stay = make.stay(make.host(), StayStatus.CONFIRMED, named=True)
    with wiring.unit() as unit:
        host_stays.catch_up(unit, unit.lock(HostStay, stay.id))
        identity = guests.identity_of(unit, stay)
        assert identity is not None
        purging.purge_guest(unit, identity)
    with wiring.unit(write=False) as unit:
        assert unit.get(HostStay, stay.id).status is StayStatus.CONFIRMED
        assert len(unit.session.exec(select(GuestIdentity)).all()) == 1


def test_names_are_corrected_and_states_hold(make: Make, office: Client) -> None:
    stay = make.stay(named=True)
    assert put(office, stay, "guest", name="グエン").status_code == 204
    assert done(verb(office, stay, "client-disclosures", purpose="contact_on_day"))["name"] == "グエン"
    for name in ("accept", "decline", "give-back"):
        assert problem(verb(office, stay, name)) == (409, "HST_STATE")
    assert problem(verb(office, make.stay(make.host(), StayStatus.HELD), "cancel", reason="x")) == (409, "HST_STATE")


def test_the_list_is_narrowed_with_a_constant_number_of_queries(
    make: Make, as_: As, office: Client, queries: Any
) -> None:
    head = make.head()
    host = make.host(head)
    mine = make.stay(host, StayStatus.PROPOSED)
    long = make.stay(kind=HostKind.HOMESTAY, starts_at=VISIT - timedelta(days=1))

    def ids(caller: Client, **asked: Any) -> list[str]:
        return [one["id"] for one in done(caller.get(STAYS, params=asked))["items"]]

    assert ids(office) == [str(long.id), str(mine.id)]
    assert ids(as_(head)) == ids(office, host_id=str(host.id)) == ids(office, status="proposed") == [str(mine.id)]
    assert ids(office, kind="homestay") == [str(long.id)]
    with queries() as few:
        ids(office)
    for _ in range(20):
        make.stay()
    with queries() as many:
        assert len(ids(office)) == 22
    assert len(few) == len(many)
