"""The plan's indicators: computed where the records reach back, frozen before, measured by hand, told with their terms."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Final

import httpx2
import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.indicator import Indicator
from models.organization import OrganizationKind
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.clock import SetClock
from services.figuring_indicators import MOST_QUARTERS
from services.wording import LANGUAGES
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, problem
from tests.queries import Statements

INDICATORS: Final = "/v1/indicators"
REPORT: Final = "/v1/reports/indicators"
WHOLE_SINCE: Final = "2024-04-01"


def indicator(caller: Client, code: str, **asked: str) -> dict[str, Any]:
    shown: dict[str, Any] = done(caller.get(f"{INDICATORS}/{code}", params=asked))
    return shown


def value(caller: Client, code: str, on: str) -> tuple[float, str, str]:
    """The value on a day: how much, from where, of which day."""
    figure = indicator(caller, code, on=on)["current"]
    return figure["value"], figure["source"], figure["as_of"]


def change(caller: Client, code: str, tag: str = "*", **over: Any) -> httpx2.Response:
    return caller.patch(f"{INDICATORS}/{code}", json=over, headers={"If-Match": tag})


def measure(caller: Client, code: str, as_of: str, value: float, source: str, **over: Any) -> httpx2.Response:
    body = {"as_of": as_of, "value": value, "source": source, **over}
    return caller.post(f"{INDICATORS}/{code}/measurements", json=body)


def history(caller: Client, code: str, **asked: Any) -> list[tuple[str, float, str]]:
    items = done(caller.get(f"{INDICATORS}/{code}/measurements", params=asked))["items"]
    return [(point["as_of"], point["value"], point["source"]) for point in items]


def become(wiring: Wiring, volunteer: Volunteer, status: VolunteerStatus) -> None:
    with wiring.unit() as unit:
        row = unit.lock(Volunteer, volunteer.id)
        row.status = status
        row.touch(unit.now)


def test_all_five_stand_in_the_plan_s_order_with_their_terms(office: Client, as_: As) -> None:
    items = done(office.get(INDICATORS))["items"]
    assert [(one["code"], one["baseline"], one["target"]) for one in items] == [
        ("exchange_with_japanese", 50.9, 60.0),
        ("wish_to_stay", 74.0, 80.0),
        ("member_groups", 77.0, 80.0),
        ("line_registrants", 360.0, 450.0),
        ("volunteers", 161.0, 200.0),
    ]
    for one in items:
        assert one["definition"]
        assert (one["current"]["definition_version"], one["current"]["as_of"] <= "2025-11-10") == (1, True)
    assert [one["actions"] for one in items] == [["measure"]] * 5
    assert [one["actions"] for one in done(as_(Role.VIEWER).get(INDICATORS))["items"]] == [[]] * 5


def test_volunteers_are_counted_where_the_records_reach_back_and_frozen_before(
    make: Make, office: Client, admin: Client, wiring: Wiring, clock: SetClock
) -> None:
    assert value(office, "volunteers", "2025-11-10") == (161, "frozen", "2022-12-31")
    done(change(admin, "volunteers", computed_from=WHOLE_SINCE))
    early = make.volunteer(registered_on=date(2024, 3, 1))
    make.volunteer(registered_on=date(2025, 6, 1), status=VolunteerStatus.ON_LEAVE)
    make.volunteer(registered_on=date(2025, 6, 1), engagement=Engagement.STAFF)
    make.volunteer(registered_on=date(2025, 6, 1), status=VolunteerStatus.SUSPENDED)
    frozen = [("2012-03-31", 53, "frozen"), ("2017-03-31", 134, "frozen"), ("2022-12-31", 161, "frozen")]

    assert value(office, "volunteers", "2012-04-01") == (53, "frozen", "2012-03-31")
    assert value(office, "volunteers", "2020-01-01") == (134, "frozen", "2017-03-31")
    assert value(office, "volunteers", "2024-03-31") == (161, "frozen", "2022-12-31")
    assert value(office, "volunteers", "2024-04-01") == (1, "computed", "2024-04-01")
    assert value(office, "volunteers", "2025-11-10") == (2, "computed", "2025-11-10")

    # History is told otherwise: one more was registered all along, and one leaves tomorrow.
    make.volunteer(registered_on=date(2024, 4, 1))
    clock.forward(days=1)
    become(wiring, early, VolunteerStatus.WITHDRAWN)

    assert value(office, "volunteers", "2024-04-01") == (2, "computed", "2024-04-01")
    assert value(office, "volunteers", "2025-11-10") == (3, "computed", "2025-11-10")
    assert value(office, "volunteers", "2025-11-11") == (2, "computed", "2025-11-11")
    assert history(office, "volunteers")[:3] == frozen
    assert history(office, "volunteers")[3:] == [
        ("2024-06-30", 2, "computed"),
        ("2024-09-30", 2, "computed"),
        ("2024-12-31", 2, "computed"),
        ("2025-03-31", 2, "computed"),
        ("2025-06-30", 3, "computed"),
        ("2025-09-30", 3, "computed"),
        ("2025-11-11", 2, "computed"),
    ]


def test_one_who_comes_back_counts_again_and_a_change_of_something_else_counts_for_nothing(
    make: Make, office: Client, admin: Client, wiring: Wiring, clock: SetClock
) -> None:
    done(change(admin, "volunteers", computed_from=WHOLE_SINCE))
    mai = make.volunteer()
    for days, status in ((1, VolunteerStatus.SUSPENDED), (2, VolunteerStatus.ACTIVE)):
        clock.forward(days=days)
        become(wiring, mai, status)
    with wiring.unit() as unit:
        unit.lock(Volunteer, mai.id).max_per_month = 2
    assert [value(office, "volunteers", f"2025-11-{day}")[0] for day in (10, 11, 12, 13)] == [1, 0, 0, 1]


def test_groups_are_counted_by_the_days_of_their_membership(make: Make, office: Client, admin: Client) -> None:
    done(change(admin, "member_groups", computed_from=WHOLE_SINCE))
    group = make.organization(kind=OrganizationKind.EXCHANGE_GROUP)
    make.membership(group, date(2020, 4, 1), date(2025, 4, 1))
    make.membership(make.organization(), date(2025, 3, 31))
    back = make.membership(group, date(2025, 10, 1))

    counted = [value(office, "member_groups", day) for day in ("2025-03-30", "2025-03-31", "2025-04-01", "2025-10-01")]
    assert [number for number, _, _ in counted] == [1, 2, 1, 2]
    assert value(office, "member_groups", "2024-03-31") == (77, "frozen", "2022-12-31")
    assert [point for point in history(office, "member_groups") if point[2] == "frozen"] == [
        ("2012-03-31", 85, "frozen"),
        ("2017-03-31", 84, "frozen"),
        ("2022-12-31", 77, "frozen"),
    ]
    body = {"joined_on": "2025-11-01"}
    done(office.patch(f"/v1/memberships/{back.id}", json=body, headers={"If-Match": "*"}))
    assert value(office, "member_groups", "2025-10-01")[0] == 1
    assert value(office, "member_groups", "2024-03-31") == (77, "frozen", "2022-12-31")


def test_a_history_of_many_years_shows_the_last_quarters(admin: Client) -> None:
    done(change(admin, "volunteers", computed_from="2010-01-01"))
    computed = [point for point in history(admin, "volunteers") if point[2] == "computed"]
    assert len(computed) == MOST_QUARTERS + 1
    assert (computed[0][0], computed[-1][0]) == ("2020-12-31", "2025-11-10")


@pytest.mark.parametrize(
    ("on", "line"),
    [("2022-09-29", None), ("2022-09-30", 50.9), ("2025-06-30", 55.4), ("2028-03-31", 60.0), ("2028-08-01", 60.0)],
)
def test_the_target_line_runs_straight_from_baseline_to_target(
    on: str, line: float | None, office: Client, clock: SetClock
) -> None:
    clock.forward(days=999)
    again = {"reason": "数え直し"} if line == 50.9 else {}
    done(measure(office, "exchange_with_japanese", on, 51.0, "survey", **again), 201)
    figure = indicator(office, "exchange_with_japanese", on=on)["current"]
    assert (figure["as_of"], figure["target_line"]) == (on, line)


def test_what_was_never_measured_has_no_value(office: Client) -> None:
    assert indicator(office, "line_registrants", on="2020-01-01")["current"] is None


def test_a_correction_is_a_new_version_and_the_old_one_stays(office: Client, wiring: Wiring) -> None:
    first = done(measure(office, "line_registrants", "2025-09-30", 395, "external"), 201)
    assert (first["revision"], first["definition_version"], first["target_line"]) == (1, 1, 407.1)
    assert problem(measure(office, "line_registrants", "2025-09-30", 402, "external")) == (409, "IND_MEASURED")
    again = done(measure(office, "line_registrants", "2025-09-30", 402, "external", reason="数え直し"), 201)
    assert (again["revision"], again["reason"]) == (2, "数え直し")

    assert value(office, "line_registrants", "2025-11-10") == (402, "external", "2025-09-30")
    assert history(office, "line_registrants") == [("2022-12-31", 360, "external"), ("2025-09-30", 402, "external")]
    assert [point[1] for point in history(office, "line_registrants", every_revision=True)] == [360, 395, 402]
    with wiring.unit(write=False) as unit:
        row = unit.session.exec(select(Indicator).where(col(Indicator.code) == "line_registrants")).one()
    assert [event.action for event in audited(wiring, row.id)] == ["indicator.measure", "indicator.correct"]


def test_a_frozen_value_may_be_corrected_and_stays_frozen(office: Client) -> None:
    done(measure(office, "volunteers", "2017-03-31", 135, "frozen", reason="台帳を確認"), 201)
    assert value(office, "volunteers", "2018-01-01") == (135, "frozen", "2017-03-31")


@pytest.mark.parametrize(
    ("code", "as_of", "much", "source", "fault"),
    [
        ("wish_to_stay", "2025-09-30", 100.1, "survey", ("/value", "FIELD_RANGE")),
        ("line_registrants", "2025-09-30", 10.5, "external", ("/value", "FIELD_FORMAT")),
        ("wish_to_stay", "2025-11-11", 75.0, "survey", ("/as_of", "FIELD_RANGE")),
        ("wish_to_stay", "2025-09-30", 75.0, "external", ("/source", "FIELD_CONFLICT")),
        ("volunteers", "2020-09-30", 75, "computed", ("/source", "FIELD_CONFLICT")),
        ("volunteers", "2025-11-10", 75, "frozen", ("/as_of", "FIELD_CONFLICT")),
        ("wish_to_stay", "2025-09-30", -1.0, "survey", ("/value", "FIELD_RANGE")),
    ],
)
def test_a_value_that_cannot_be_is_refused(  # noqa: PLR0913, PLR0917 - parameters
    code: str, as_of: str, much: float, source: str, fault: tuple[str, str], office: Client, admin: Client
) -> None:
    done(change(admin, "volunteers", computed_from="2025-11-10"))
    assert faults(measure(office, code, as_of, much, source)) == [fault]


def test_another_aim_gives_the_definition_a_new_version(admin: Client) -> None:
    before = indicator(admin, "volunteers")
    tag = f'"{before["id"]}.{before["version"]}"'
    after = done(change(admin, "volunteers", tag, target=220.0, target_on="2029-03-31", computed_from=WHOLE_SINCE))
    assert (after["target"], after["target_on"], after["definition_version"]) == (220.0, "2029-03-31", 2)
    assert after["current"]["definition_version"] == 2
    assert problem(change(admin, "volunteers", tag, target=230.0)) == (412, "VERSION")
    assert done(change(admin, "volunteers", target=230.0))["definition_version"] == 3
    # A value written down before keeps the version that it was measured under.
    assert indicator(admin, "volunteers", on="2023-01-01")["current"]["definition_version"] == 1


@pytest.mark.parametrize(
    ("code", "over", "fault"),
    [
        ("volunteers", {"target_on": "2022-12-31"}, ("/target_on", "FIELD_CONFLICT")),
        ("volunteers", {"target": 0.5}, ("/target", "FIELD_FORMAT")),
        ("wish_to_stay", {"target": 101.0}, ("/target", "FIELD_RANGE")),
        ("wish_to_stay", {"computed_from": "2025-01-01"}, ("/computed_from", "FIELD_CONFLICT")),
        ("volunteers", {"computed_from": "2025-11-11"}, ("/computed_from", "FIELD_RANGE")),
        ("volunteers", {"computed_from": None}, ("/computed_from", "FIELD_NULL")),
    ],
)
def test_an_impossible_definition_is_refused(
    code: str, over: dict[str, Any], fault: tuple[str, str], admin: Client
) -> None:
    assert faults(change(admin, code, **over)) == [fault]


def test_nothing_is_told_of_days_to_come(office: Client) -> None:
    for path in (INDICATORS, f"{INDICATORS}/volunteers"):
        assert faults(office.get(path, params={"on": "2025-11-11"})) == [("on", "FIELD_RANGE")]
    assert faults(office.get(REPORT, params={"to": "2025-11-11"})) == [("to", "FIELD_RANGE")]


def test_an_unknown_indicator_is_not_found(office: Client) -> None:
    assert problem(office.get(f"{INDICATORS}/happiness")) == (404, "NOT_FOUND")


def test_the_report_tells_every_history_with_its_terms(as_: As, make: Make, admin: Client) -> None:
    done(change(admin, "volunteers", computed_from=WHOLE_SINCE))
    make.volunteer(registered_on=date(2020, 1, 1))
    report = done(as_(Role.VIEWER).get(REPORT))
    assert (report["as_of"], report["on"]) == ("2025-11-10T09:00:00+09:00", "2025-11-10")
    points = [point for one in report["indicators"] for point in one["history"]]
    assert {point["source"] for point in points} == {"survey", "frozen", "external", "computed"}
    assert all({"as_of", "definition_version", "target_line", "measured_at"} <= point.keys() for point in points)
    assert report["indicators"][4]["current"]["value"] == 1
    early = done(as_(Role.VIEWER).get(REPORT, params={"to": "2018-01-01"}))
    assert [len(one["history"]) for one in early["indicators"]] == [0, 0, 2, 0, 2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_a_sheet_as_well(language: str, office: Client) -> None:
    said = office.get(REPORT, params={"format": "csv"}, headers={"Accept-Language": language})
    assert said.headers["content-disposition"] == 'attachment; filename="indicators_2025-11-10.csv"'
    rows = list(csv.reader(io.StringIO(said.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + sum(len(one["history"]) for one in done(office.get(REPORT))["indicators"])
    assert ["2012-03-31", "53.0"] in [row[2:4] for row in rows]
    assert len({len(row) for row in rows}) == 1


def test_more_records_take_no_more_queries(
    make: Make, office: Client, admin: Client, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def statements() -> int:
        with queries() as seen:
            done(office.get(REPORT))
        return len(seen)

    done(change(admin, "volunteers", computed_from="2010-01-01"))
    first = statements()
    for _ in range(5):
        make.volunteer(registered_on=date(2015, 1, 1))
        make.membership(make.organization())
        done(measure(office, "wish_to_stay", f"2025-0{_ + 1}-01", 75.0, "survey"), 201)
    assert statements() == first


def test_the_verbs_of_a_registration_move_the_figure(
    make: Make, office: Client, admin: Client, clock: SetClock
) -> None:
    done(change(admin, "volunteers", computed_from=WHOLE_SINCE))
    mai, rin = make.volunteer(), make.volunteer()
    clock.forward(days=1)
    done(admin.post(f"/v1/volunteers/{mai.id}/suspend", json={"reason": "確認中"}))
    done(office.post(f"/v1/volunteers/{rin.id}/take-leave", json={}))
    clock.forward(days=1)
    done(admin.post(f"/v1/volunteers/{mai.id}/reinstate", json={"reason": "確認済み"}))
    done(office.post(f"/v1/volunteers/{rin.id}/withdraw", json={}))
    assert [value(office, "volunteers", f"2025-11-{day}")[0] for day in (10, 11, 12)] == [2, 1, 1]
