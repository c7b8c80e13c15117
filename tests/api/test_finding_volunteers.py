"""Finding volunteers: filters, paging, and who could come at a time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from models.organization import OrganizationKind
from models.volunteer import ActivityKind, VolunteerStatus
from services import finding
from services.unit import Unit
from tests.conftest import Client
from tests.factories import Make
from tests.makers import people
from tests.makers.doors import faults
from tests.makers.register import ids, in_register
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
OpenUnit = Callable[..., AbstractContextManager[Unit]]

TEN, NOON = "2025-11-20T10:00:00+09:00", "2025-11-20T12:00:00+09:00"  # a Thursday


def test_staff_see_everybody_by_number_without_contact_data(make: Make, office: Client) -> None:
    first = make.volunteer(languages={"vi": "B2"}, certs=("checkup", "home_visit", "checkup"))
    second = make.volunteer(status=VolunteerStatus.WITHDRAWN)

    items = office.get("/v1/volunteers").json()["items"]

    assert [entry["id"] for entry in items] == [str(first.id), str(second.id)]
    assert items[0] | {"badge_name": "", "display_name": ""} == {
        "id": str(first.id),
        "version": 1,
        "volunteer_no": first.volunteer_no,
        "status": "active",
        "engagement": "volunteer",
        "display_name": "",
        "kana": "カクウ ハナコ",
        "badge_name": "",
        "district": "east",
        "activity_kinds": ["interpretation"],
        "languages": [{"tag": "ja", "level": "native"}, {"tag": "vi", "level": "B2"}],
        "certifications": ["checkup", "home_visit"],
        "valid_until": "2026-03-31",
    }


def test_the_list_is_narrowed_by_state_activity_skill_district_and_affiliation(make: Make, office: Client) -> None:
    university = make.organization(kind=OrganizationKind.UNIVERSITY)
    plain = make.volunteer()
    other = make.volunteer(
        status=VolunteerStatus.ON_LEAVE,
        activities=[ActivityKind.EVENT, ActivityKind.LECTURE],
        skills=["first_aid"],
        district="west",
        affiliation_id=university.id,
    )

    assert in_register(office) == ids(plain, other)
    for wanted in (
        {"status": "on_leave"},
        {"activity": "lecture"},
        {"skill": "first_aid"},
        {"district": "west"},
        {"organization_id": str(university.id)},
    ):
        assert in_register(office, **wanted) == ids(other), wanted


def test_a_level_is_that_of_the_pair_with_japanese(make: Make, office: Client) -> None:
    strong = make.volunteer(languages={"vi": "B2"})
    weak = make.volunteer(languages={"vi": "B1"})
    foreign = make.volunteer(languages={"vi": "native", "ja": "B1"})
    make.volunteer(languages={"en": "C2"})

    assert in_register(office, language="vi") == ids(strong, weak, foreign)
    assert in_register(office, language="vi", min_level="B2") == ids(strong)
    assert in_register(office, language="vi", min_level="B1") == ids(strong, weak, foreign)
    assert ids(foreign).isdisjoint(in_register(office, language="ja", min_level="B2"))
    assert faults(office.get("/v1/volunteers?min_level=B1")) == [("min_level", "FIELD_CONFLICT")]
    assert faults(office.get("/v1/volunteers?language=not_a_tag!"))[0][0] == "language"


def test_speaking_without_understanding_is_not_the_level(make: Make, office: Client) -> None:
    volunteer = make.volunteer(languages={})
    make.language(volunteer, "ko", "C1", listening="A2")

    assert in_register(office, language="ko", min_level="A2") == ids(volunteer)
    assert in_register(office, language="ko", min_level="B1") == set()
    answer = office.get(f"/v1/volunteers/{volunteer.id}").json()
    assert {"tag": "ko", "level": "A2"} in answer["languages"]


def test_a_certificate_counts_while_it_is_in_force(make: Make, office: Client) -> None:
    today = date(2025, 11, 10)
    day = timedelta(days=1)
    cases = {
        "in force": ({"granted_on": today, "expires_on": today}, True),
        "not yet": ({"granted_on": today + day}, False),
        "expired": ({"expires_on": today - day}, False),
        "revoked today": ({"revoked_on": today}, False),
    }
    holders = {}
    for name, (columns, _) in cases.items():
        holders[name] = make.volunteer(certs=())
        make.certification(holders[name], "advanced", **columns)

    found = in_register(office, certification="advanced")

    assert found == ids(*(holders[name] for name, (_, counts) in cases.items() if counts))
    shown = {entry["id"]: entry["certifications"] for entry in office.get("/v1/volunteers").json()["items"]}
    assert {one for one, codes in shown.items() if codes} == found


def test_words_find_names_readings_and_numbers(make: Make, office: Client) -> None:
    one = make.volunteer(
        person=make.person(family_name="森本", given_name="晴香", family_kana="モリモト", given_kana="ハルカ")
    )
    two = make.volunteer(
        person=make.person(
            family_name=None, given_name=None, family_kana=None, given_kana=None, full_name="Nguyen Thi_A"
        )
    )

    assert in_register(office, q="森本晴香") == ids(one)
    assert in_register(office, q="森本　晴香") == ids(one)
    assert in_register(office, q="もりもとはる") == ids(one)
    assert in_register(office, q="ﾓﾘﾓﾄ") == ids(one)
    assert in_register(office, q="森本 晴美") == set()
    assert in_register(office, q=one.volunteer_no.lower()) == ids(one)
    assert in_register(office, q="nguyen") == ids(two)
    assert in_register(office, q="i_A") == ids(two)
    assert in_register(office, q="h_A") == set()
    assert in_register(office, q="%") == set()
    assert faults(office.get("/v1/volunteers", params={"q": "a\x00"}))[0][0] == "q"


def test_who_could_come_is_free_or_has_not_said(make: Make, office: Client) -> None:
    free = make.volunteer(rules=[(3, time(9), time(12))])
    unknown = make.volunteer(rules=())
    make.volunteer(rules=[(3, time(9), time(11))])
    make.volunteer(rules=[(2, time(9), time(17))])
    away = make.volunteer()
    make.away(away, datetime.fromisoformat(NOON) - timedelta(minutes=1), datetime.fromisoformat(NOON))
    touching = make.volunteer()
    make.away(touching, datetime.fromisoformat(NOON), datetime.fromisoformat(NOON) + timedelta(hours=1))

    assert in_register(office, available_from=TEN, available_to=NOON) == ids(free, unknown, touching)
    day = TEN[:10]
    assert in_register(office, available_from=day, available_to=day) == ids(unknown)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"available_from": TEN}, "FIELD_CONFLICT"),
        ({"available_to": TEN}, "FIELD_CONFLICT"),
        ({"available_from": NOON, "available_to": TEN}, "FIELD_CONFLICT"),
        ({"available_from": TEN, "available_to": TEN}, "FIELD_CONFLICT"),
        ({"available_from": TEN, "available_to": "2025-12-21T10:00:00+09:00"}, "FIELD_RANGE"),
    ],
)
def test_a_time_has_two_ends_not_too_far_apart(office: Client, asked: dict[str, str], code: str) -> None:
    assert faults(office.get("/v1/volunteers", params=asked)) == [("available_to", code)]


def walk(caller: Client, **filters: Any) -> list[list[str]]:
    pages = [caller.get("/v1/volunteers", params=filters).json()]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(caller.get("/v1/volunteers", params=filters | {"cursor": cursor}).json())
    return [[entry["id"] for entry in page["items"]] for page in pages]


def test_the_list_is_paged(make: Make, office: Client) -> None:
    made = [str(make.volunteer().id) for _ in range(3)]

    assert walk(office, limit=2) == [made[:2], made[2:]]


def test_a_search_by_time_ends_each_page_with_the_last_examined(
    make: Make, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "EXAMINED", 2)
    made = [make.volunteer(rules=[(3, time(9), time(17 if can else 10))]) for can in (True, False, False, False, True)]
    first, last = str(made[0].id), str(made[-1].id)
    asked = {"available_from": TEN, "available_to": NOON}

    assert walk(office, **asked) == [[first], [], [last]]
    assert walk(office, limit=1, **asked) == [[first], [], [last]]


def test_a_search_by_time_fills_its_page_before_it_stops(make: Make, office: Client) -> None:
    made = [str(make.volunteer(rules=()).id) for _ in range(3)]

    assert walk(office, limit=2, available_from=TEN, available_to=NOON) == [made[:2], made[2:]]
    assert walk(office, limit=3, available_from=TEN, available_to=NOON) == [made]
    assert walk(office, status="applied", available_from=TEN, available_to=NOON) == [[]]


@pytest.mark.parametrize(("asked", "statements"), [({}, 5), ({"available_from": TEN, "available_to": NOON}, 12)])
@pytest.mark.parametrize("count", [1, 100])
def test_the_list_needs_as_many_queries_for_a_hundred_rows_as_for_one(
    office: Client, unit: OpenUnit, queries: Queries, count: int, asked: dict[str, str], statements: int
) -> None:
    with unit() as it:
        for _ in range(count):
            people.volunteer(it, skills=("first_aid",))

    with queries() as seen:
        assert len(in_register(office, limit=200, **asked)) == count

    assert len(seen) == statements
