"""Rounds of recruitment, and candidates whom staff enter."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.recruitment import ApplicationSource, Intake
from services.clock import SetClock
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from tests.makers.recruits import AUTUMN, ROUNDS, applicant, applied, apply
from tests.queries import Statements


# rounds -------------------------------------------------------------------------------------------------------------
def test_a_round_is_planned_opens_and_closes(office: Client, clock: SetClock) -> None:
    made = done(office.post(ROUNDS, json={**AUTUMN, "starts_on": "2026-01-10"}), 201)
    assert (made["status"], made["activity_kinds"]) == ("open", ["event"])

    for moment, status in ((-20, "planned"), (0, "open"), (21, "closed")):
        clock.now = NOW + timedelta(days=moment)
        assert done(office.get(f"{ROUNDS}/{made['id']}"))["status"] == status
        listed = {
            name: len(done(office.get(ROUNDS, params={"status": name}))["items"])
            for name in ("planned", "open", "closed")
        }
        assert listed == {name: int(name == status) for name in listed}
    assert len(done(office.get(ROUNDS))["items"]) == 1


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"closes_on": None}, ("/closes_on", "FIELD_MISSING")),
        ({"closes_on": "2025-10-31"}, ("/closes_on", "FIELD_CONFLICT")),
        ({"starts_on": "2025-10-31"}, ("/starts_on", "FIELD_CONFLICT")),
        ({"activity_kinds": []}, ("/activity_kinds", "FIELD_RANGE")),
    ],
)
def test_days_of_a_round_are_in_order(office: Client, over: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(office.post(ROUNDS, json={**AUTUMN, **over})) == [expected]


def test_a_round_is_changed_by_who_saw_it(office: Client, make: Make) -> None:
    path = f"{ROUNDS}/{make.recruitment_round().id}"
    assert office.patch(path, json={"places": 5}).status_code == 428
    assert office.patch(path, json={"places": 5}, headers={"If-Match": '"old"'}).status_code == 412
    changed = done(office.patch(path, json={"places": 5, "activity_kinds": ["lecture"]}, headers={"If-Match": "*"}))
    assert (changed["places"], changed["activity_kinds"], changed["version"]) == (5, ["lecture"], 2)
    assert faults(office.patch(path, json={"closes_on": None}, headers={"If-Match": "*"})) == [
        ("/closes_on", "FIELD_MISSING")
    ]


@pytest.mark.parametrize("rows", [1, 100])
def test_lists_take_the_same_queries_whatever_their_length(
    office: Client, make: Make, queries: Callable[[], AbstractContextManager[Statements]], rows: int
) -> None:
    for _ in range(rows):
        make.recruitment_round()
    for _ in range(rows + 1):
        twin = make.candidate(person=make.person(email="mai@example.jp"))
    with queries() as seen:
        assert len(done(office.get(ROUNDS, params={"limit": 200}))["items"]) == rows
        assert len(done(office.get(f"/v1/volunteers/{twin.id}/duplicates"))["items"]) == rows
    assert len(seen) == 7


def test_an_application_belongs_to_an_open_round(client: Client, make: Make, wiring: Wiring) -> None:
    spring = make.recruitment_round(opens_on=date(2026, 2, 1), closes_on=date(2026, 2, 28))
    opened = make.recruitment_round(starts_on=date(2026, 4, 1))

    assert problem(apply(client, round_id=str(spring.id))) == (422, "VOL_ROUND")
    # Of age on the day on which she begins.
    assert apply(client, round_id=str(opened.id), birth_date="2008-03-01").status_code == 202
    rolling = make.recruitment_round(intake=Intake.ROLLING, closes_on=None)
    assert apply(client, email="b@example.jp").status_code == 202

    assert [one.round_id for one in applied(wiring)] == [opened.id, rolling.id]


def test_rolling_intake_has_no_last_day(office: Client, clock: SetClock) -> None:
    rolling = {**AUTUMN, "intake": "rolling", "closes_on": None}
    made = done(office.post(ROUNDS, json=rolling), 201)
    clock.now = NOW + timedelta(days=900)
    renamed = done(office.patch(f"{ROUNDS}/{made['id']}", json={"name": "随時"}, headers={"If-Match": "*"}))
    assert (renamed["status"], renamed["name"], renamed["activity_kinds"]) == ("open", "随時", ["event"])


# candidates entered by staff ----------------------------------------------------------------------------------------
def test_staff_enter_who_came_on_paper_and_are_told_of_duplicates(office: Client, make: Make) -> None:
    known = make.volunteer(
        person=make.person(family_kana="カクウマイ", given_kana=None, birth_date=date(1990, 4, 2), email=None)
    )
    paper = applicant(full_name="Kaku Mai", family_name=None, given_name=None)

    answer = office.post("/v1/volunteers", json=paper)
    assert problem(answer) == (409, "VOL_DUPLICATE")
    assert known.volunteer_no in answer.json()["detail"]
    made = office.post("/v1/volunteers", json=paper, params={"force": True})

    body = done(made, 201)
    assert made.headers["Location"] == f"/v1/volunteers/{body['id']}"
    assert (body["status"], body["display_name"]) == ("applied", "Kaku Mai")
    (twin,) = done(office.get(f"/v1/volunteers/{body['id']}/duplicates"))["items"]
    assert (twin["volunteer_no"], twin["because"]) == (known.volunteer_no, ["kana_and_birth"])
    assert faults(office.post("/v1/volunteers", json={**paper, "source": "public"})) == [("/source", "FIELD_CONFLICT")]


def test_a_mail_address_gives_a_duplicate_away_too(office: Client, make: Make) -> None:
    make.volunteer(person=make.person(email="mai@example.jp"))
    nobody = make.candidate(person=make.person(birth_date=None, email=None))

    assert problem(office.post("/v1/volunteers", json=applicant())) == (409, "VOL_DUPLICATE")
    assert done(office.get(f"/v1/volunteers/{nobody.id}/duplicates"))["items"] == []


def test_graduates_of_a_college_become_candidates_one_by_one(office: Client, wiring: Wiring) -> None:
    graduates = [
        applicant(source="college", college="金沢ボランティア大学校"),
        applicant(source="college", given_kana="ハナ", email="mai@example.jp"),
        applicant(source="college", given_kana="ハナ", email="hana@example.jp", birth_date="2015-01-01"),
        applicant(source="college", given_kana="リン", email="rin@example.jp"),
    ]
    items = done(office.post("/v1/volunteers/batch", json={"items": graduates}), 207)["items"]

    assert [(item["index"], item["status"], item.get("code")) for item in items] == [
        (0, 201, None),
        (1, 409, "VOL_DUPLICATE"),
        (2, 422, "VOL_AGE_MIN"),
        (3, 201, None),
    ]
    assert [(one.source, one.college) for one in applied(wiring)] == [
        (ApplicationSource.COLLEGE, "金沢ボランティア大学校"),
        (ApplicationSource.COLLEGE, None),
    ]
    assert [
        item["status"] for item in done(office.post("/v1/volunteers/batch", json={"items": graduates}), 207)["items"]
    ] == [
        409,
        409,
        422,
        409,
    ]


def test_who_never_applied_has_no_application(office: Client, make: Make) -> None:
    assert office.get(f"/v1/volunteers/{make.volunteer().id}/application").status_code == 404
