"""The public form by which anybody applies: what it takes, what it refuses, and who hears of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.competence import VolunteerLanguage
from models.person import Gender, Person
from models.recruitment import ApplicationSource
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem
from tests.makers.recruits import applied, apply, step


def volunteer_of(wiring: Wiring, application: Any) -> tuple[Volunteer, Person]:
    with wiring.unit(write=False) as unit:
        volunteer = unit.get(Volunteer, application.volunteer_id)
        return volunteer, unit.get(Person, volunteer.person_id)


def test_anybody_may_apply_and_is_told_by_mail(client: Client, office: Client, wiring: Wiring) -> None:
    answer = apply(client, gender=2, motivation="子育てを手伝いたいです。")

    assert (answer.status_code, answer.content) == (202, b"")
    (application,) = applied(wiring)
    volunteer, person = volunteer_of(wiring, application)
    assert (volunteer.status, volunteer.engagement) == (VolunteerStatus.APPLIED, Engagement.VOLUNTEER)
    assert (person.kana, person.birth_date, person.gender) == ("カクウ マイ", date(1990, 4, 2), Gender.FEMALE)
    assert (application.source, application.received_at, application.round_id) == (ApplicationSource.PUBLIC, NOW, None)
    assert notices_of(wiring) == [
        ("application_received", volunteer.id),
        ("office_application_received", office.account.id),
    ]
    assert [event.action for event in audited(wiring, volunteer.id)] == ["volunteer.apply"]
    shown = done(office.get(f"/v1/volunteers/{volunteer.id}"))
    assert (shown["status"], shown["actions"]) == ("applied", ["screen", "withdraw"])
    assert {entry["tag"] for entry in shown["languages"]} == {"vi", "ja"}
    with wiring.unit(write=False) as unit:
        assert {row.verified_on for row in unit.session.exec(select(VolunteerLanguage))} == {None}
    assert done(office.get(f"/v1/volunteers/{volunteer.id}/application"))["motivation"] == "子育てを手伝いたいです。"


def test_who_is_known_is_answered_alike(client: Client, make: Make, wiring: Wiring) -> None:
    make.volunteer(person=make.person(email="mai@example.jp"))

    known, unknown = apply(client), apply(client, email="other@example.jp")

    assert (known.status_code, known.content, known.headers.keys()) == (202, b"", unknown.headers.keys())
    assert len(applied(wiring)) == 2
    assert [kind for kind, _ in notices_of(wiring)] == ["application_received"] * 2


def test_an_application_sent_twice_is_one(client: Client, wiring: Wiring) -> None:
    assert [apply(client, "one").status_code for _ in range(2)] == [202, 202]
    assert apply(client, "two").status_code == 202  # the same address within a day
    assert len(applied(wiring)) == 1
    assert problem(apply(client, "one", given_name="次郎")) == (422, "IDEMPOTENCY_REUSE")
    assert apply(client, phone="076-000-0001", email=None, contact_channel="phone").status_code == 202
    assert len(applied(wiring)) == 2


def test_a_flood_is_held_back(client: Client, make: Make, wiring: Wiring, clock: SetClock) -> None:
    for _ in range(wiring.rules.applications_per_hour):
        make.candidate()

    held_back = apply(client)

    assert problem(held_back) == (429, "TOO_MANY")
    assert held_back.headers["Retry-After"] == "3600"
    clock.now = NOW + timedelta(hours=1)
    assert apply(client).status_code == 202


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"family_kana": "架空"}, ("/family_kana", "KANA_FORMAT")),
        ({"family_name": None}, ("/family_name", "FIELD_MISSING")),
        ({"email": None}, ("/email", "FIELD_MISSING")),
        ({"district": "nowhere"}, ("/district", "FIELD_REFERENCE")),
        ({"languages": [{"tag": "sw", "level": "B1"}]}, ("/languages/0/tag", "LANG_TAG")),
        ({"languages": [{"tag": "vi", "level": "B1"}] * 2}, ("/languages", "FIELD_DUPLICATE")),
        ({"motivation": "電話は 076-221-0000 です"}, ("/motivation", "REQ_FREE_TEXT_PII")),
        ({"birth_date": "1990-02-30"}, ("/birth_date", "DATE_UNREAL")),
        ({"round_id": "0193a000-0000-7000-8000-000000000000"}, ("/round_id", "FIELD_REFERENCE")),
        ({"status": "active"}, ("/status", "FIELD_UNKNOWN")),
    ],
)
def test_what_cannot_stand_is_told_where(
    client: Client, wiring: Wiring, over: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert faults(apply(client, **over)) == [expected]
    assert applied(wiring) == []


GUARDIAN = {"name": "架空 花子", "phone": "076-000-0002", "consent_on": "2025-11-01"}


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"birth_date": "2008-01-01"}, (422, "VOL_AGE_MIN")),  # 17: interpreting is for adults
        ({"birth_date": "2010-01-01", "activity_kinds": ["event"]}, (422, "VOL_AGE_MIN")),
        ({"birth_date": "2008-01-01", "activity_kinds": ["event"]}, (422, "VOL_GUARDIAN_NEEDED")),
    ],
)
def test_the_young_need_consent_or_patience(client: Client, over: dict[str, Any], expected: tuple[int, str]) -> None:
    assert problem(apply(client, **over)) == expected


def test_with_a_guardian_s_consent_events_are_open_from_sixteen(client: Client, wiring: Wiring, office: Client) -> None:
    young: dict[str, Any] = {"birth_date": "2009-01-01", "activity_kinds": ["event"]}
    future = {**GUARDIAN, "consent_on": "2025-11-11"}
    assert faults(apply(client, **young, guardian=future)) == [("/guardian/consent_on", "FIELD_RANGE")]

    assert apply(client, **young, guardian=GUARDIAN).status_code == 202

    (application,) = applied(wiring)
    shown = done(office.get(f"/v1/volunteers/{application.volunteer_id}/application"))
    assert (shown["guardian_name"], shown["guardian_consent_on"]) == ("架空 花子", "2025-11-01")
    checks = done(office.get(f"/v1/volunteers/{application.volunteer_id}/checklist"))["items"]
    assert {check["item"]: check["done"] for check in checks}["guardian_consent"] is True


def test_the_worklist_names_who_waits_to_be_taken_up(client: Client, office: Client, wiring: Wiring) -> None:
    apply(client)
    (entry,) = done(office.get("/v1/worklist", params={"kind": "application_new"}))["items"]
    volunteer_id = applied(wiring)[0].volunteer_id
    assert (entry["object"]["type"], entry["object"]["id"]) == ("volunteer", str(volunteer_id))
    assert (entry["verb"]["path"], entry["deadline"]) == (
        f"/v1/volunteers/{volunteer_id}/screen",
        "2025-11-11T17:00:00+09:00",
    )
    assert "架空 麻衣" in entry["because"]["detail"]
    done(step(office, volunteer_id, "screen"))
    assert done(office.get("/v1/worklist", params={"kind": "application_new"}))["items"] == []
