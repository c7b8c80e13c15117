"""Experts at classrooms: a visit from its plan to its close, and what they found from its owner's hands to done."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.advisory_visit import AdvisoryFinding, AdvisoryVisit, VisitStatus
from models.classroom import Classroom
from models.competence import ChildSafetyCheck, ChildSafetyStatus
from models.organization import Organization
from models.volunteer import Engagement, VolunteerStatus
from services.clock import SetClock
from services.findings import remind
from services.wording import ABSENT
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, claim, done, faults, notices_of, problem, refused
from tests.makers.listed import brief, codes, follow, listed, only
from tests.queries import Statements
from worker.following_up import remind_of_findings

VISITS: Final = "/v1/advisory-visits"
NOBODY: Final = "01935b5c-7d00-7000-8000-000000000000"
SATURDAY: Final = {"starts_at": "2025-11-15T10:00:00+09:00", "ends_at": "2025-11-15T11:30:00+09:00"}

PAST: Final = {"starts_at": "2025-11-08T10:00:00+09:00", "ends_at": "2025-11-08T11:30:00+09:00"}


def plan(caller: Client, room: Classroom, **over: Any) -> httpx2.Response:
    body = {"classroom_id": str(room.id), "topics": ["teaching"], **SATURDAY, **over}
    return caller.post(VISITS, json=body if "volunteer_id" in over else {"expert_name": "架空 教授", **body})


def on_visit(caller: Client, visit: Any, verb: str, **body: Any) -> httpx2.Response:
    return caller.post(f"{VISITS}/{visit}/{verb}", json=body)


def change(caller: Client, path: str, **body: Any) -> httpx2.Response:
    return caller.patch(f"{VISITS}/{path}", json=body, headers={"If-Match": "*"})


def found(caller: Client, visit: Any, owner: Account, **over: Any) -> httpx2.Response:
    body = {"text": "教材を絵で示す", "owner_id": str(owner.id), "due_on": "2025-11-28", **over}
    return caller.post(f"{VISITS}/{visit}/findings", json=body)


def test_a_visit_goes_from_its_plan_to_its_close(
    office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    visit = done(plan(office, room, expert_organization="架空大学"), 201)
    assert (visit["status"], visit["expert_name"], visit["expert_organization"]) == ("planned", "架空 教授", "架空大学")
    assert visit["actions"] == ["move", "cancel"]
    assert problem(on_visit(office, visit["id"], "hold")) == (409, "ADV_STATE")
    moved = done(change(office, visit["id"], ends_at="2025-11-15T12:00:00+09:00", topics=["levels", "materials"]))
    assert moved["topics"] == ["levels", "materials"]
    clock.forward(days=5, hours=2)
    held = done(on_visit(office, visit["id"], "hold"))
    assert (held["status"], held["actions"]) == ("held", ["findings", "close"])
    finding = done(found(office, visit["id"], manager.account), 201)
    assert problem(on_visit(office, visit["id"], "close")) == (409, "ADV_OPEN")
    done(on_visit(manager, f"{visit['id']}/findings/{finding['id']}", "done", outcome="絵カードを作りました"))
    closed = done(on_visit(office, visit["id"], "close"))
    assert (closed["status"], closed["findings"], closed["open_findings"], closed["actions"]) == ("closed", 1, 0, [])
    for verb, body in (("hold", {}), ("cancel", {"reason": "大雪"}), ("close", {})):
        assert problem(on_visit(office, visit["id"], verb, **body)) == (409, "ADV_STATE")
    assert problem(change(office, visit["id"], topics=["levels"])) == (409, "ADV_STATE")
    assert [event.action.split(".")[1] for event in audited(wiring, visit["id"])] == ["plan", "change", "hold", "close"]
    assert [kind for kind, _ in notices_of(wiring)] == ["advisory_visit_planned"] * 2 + ["finding_given"]


def test_an_expert_of_the_register_is_at_one_place_at_a_time(
    make: Make, as_: As, office: Client, room: Classroom, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    """A visit takes her time as a dispatch does, through every door, until it is called off."""
    expert = make.expert(engagement=Engagement.PARTNER)
    visit = done(plan(office, room, volunteer_id=str(expert.id)), 201)
    clash = make.shift_with_demand(starts_at=wiring.clock() + timedelta(days=5, hours=1, minutes=30))
    assert problem(claim(as_(expert), clash)) == (409, "ASG_OVERLAP")
    assert problem(plan(office, make.classroom(), volunteer_id=str(expert.id))) == (409, "ASG_OVERLAP")
    check_data()
    change(office, visit["id"], starts_at="2025-11-15T16:00:00+09:00", ends_at="2025-11-15T17:00:00+09:00")
    check_data()
    other = done(plan(office, make.classroom(), volunteer_id=str(expert.id)), 201)
    assert problem(change(office, other["id"], ends_at="2025-11-15T16:30:00+09:00")) == (409, "ASG_OVERLAP")
    for one in (visit, other):
        assert done(on_visit(office, one["id"], "cancel", reason="大雪のため"))["cancel_reason"] == "大雪のため"
    check_data()
    done(claim(as_(expert), clash, "ASG_TRAVEL", "ASG_UNAVAILABLE"), 201)
    hers = [kind for kind, whom in notices_of(wiring) if whom == expert.id]
    assert hers.count("advisory_visit_cancelled") == 2


def test_who_leaves_the_register_gives_her_visits_up(
    make: Make, as_: As, office: Client, room: Classroom, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    expert = make.expert()
    visit = done(plan(office, room, volunteer_id=str(expert.id)), 201)
    past = make.visit(room, VisitStatus.PLANNED, volunteer_id=None)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{expert.id}/suspend", json={"reason": "調査中"}))
    assert done(office.get(f"{VISITS}/{visit['id']}"))["status"] == "cancelled"
    assert done(office.get(f"{VISITS}/{past.id}"))["status"] == "planned"
    assert ("advisory_visit_cancelled", office.account.id) in notices_of(wiring)
    check_data()


def test_a_visit_is_not_moved_ahead_to_an_expert_who_left(
    make: Make, as_: As, office: Client, room: Classroom, clock: SetClock, check_data: Callable[[], None]
) -> None:
    """What lies behind is not called off when she leaves: its time may be mended, but nobody comes to a time ahead."""
    expert = make.expert()
    visit = done(plan(office, room, volunteer_id=str(expert.id)), 201)
    clock.forward(days=7)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{expert.id}/suspend", json={"reason": "調査中"}))
    ahead = {"starts_at": "2025-11-22T10:00:00+09:00", "ends_at": "2025-11-22T12:00:00+09:00"}
    assert refused(change(office, visit["id"], **ahead)) == [("ASG_STATUS", "never")]
    assert done(office.get(f"{VISITS}/{visit['id']}"))["starts_at"] == visit["starts_at"]
    done(change(office, visit["id"], topics=["materials"]))
    mended = done(change(office, visit["id"], ends_at="2025-11-15T13:00:00+09:00"))
    assert mended["ends_at"] == "2025-11-15T13:00:00+09:00"
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{expert.id}/reinstate", json={"reason": "調査が終わった"}))
    done(change(office, visit["id"], **ahead))
    check_data()


PAPERS: Final[dict[str, dict[str, Any]]] = {
    "ASG_STATUS": {"status": VolunteerStatus.SUSPENDED},
    "ASG_NO_PLEDGE": {"pledge": False},
    "ASG_NO_INSURANCE": {"insured": False},
    "CLS_SAFETY": {"cleared": False},
}


@pytest.mark.parametrize(("code", "lacks"), PAPERS.items(), ids=PAPERS)
def test_an_expert_of_the_register_is_judged_as_for_anything_else(
    make: Make, office: Client, room: Classroom, code: str, lacks: dict[str, Any]
) -> None:
    assert refused(plan(office, room, volunteer_id=str(make.expert(**lacks).id))) == [(code, "never")]


def test_all_that_bars_an_expert_is_told_at_once(make: Make, office: Client, room: Classroom, wiring: Wiring) -> None:
    lacking = make.volunteer(pledge=False, insured=False, engagement=Engagement.PARTNER)
    bars = [(code, "never") for code in ("ASG_NO_PLEDGE", "ASG_NO_INSURANCE", "CLS_SAFETY")]
    assert refused(plan(office, room, volunteer_id=str(lacking.id))) == bars
    assert refused(plan(office, room, volunteer_id=str(lacking.id), **PAST)) == bars
    done(plan(office, room, volunteer_id=str(make.expert(pledge=False, insured=False, engagement="staff").id)), 201)
    assert done(office.get(VISITS))["items"][0]["expert_name"]
    assert len(notices_of(wiring)) == 1


def test_where_adults_learn_nobody_asks_for_safety_with_children(make: Make, office: Client) -> None:
    adults, expert = make.classroom(for_children=False), make.volunteer(child_contact_ok=False)
    visit = done(plan(office, adults, volunteer_id=str(expert.id)), 201)
    next_year = {"starts_at": "2026-04-11T10:00:00+09:00", "ends_at": "2026-04-11T11:00:00+09:00"}
    bars = [("ASG_STATUS", "never"), ("ASG_NO_INSURANCE", "never")]  # both lapse by then, and nothing stands on a hope
    assert refused(change(office, visit["id"], **next_year)) == bars
    done(change(office, visit["id"], starts_at="2026-03-14T10:00:00+09:00", ends_at="2026-03-14T11:00:00+09:00"))


def test_a_time_is_judged_where_it_moves_and_an_hour_of_the_past_is_mended(
    make: Make, office: Client, room: Classroom, clock: SetClock
) -> None:
    expert = make.expert(cleared=False)
    with make.wiring.unit() as unit:
        unit.add(
            ChildSafetyCheck(
                volunteer_id=expert.id,
                status=ChildSafetyStatus.CLEARED,
                checked_on=date(2025, 11, 1),
                valid_until=date(2025, 11, 20),
                **unit.stamp(),
            )
        )
    visit = done(plan(office, room, volunteer_id=str(expert.id)), 201)
    later = {"starts_at": "2025-11-22T10:00:00+09:00", "ends_at": "2025-11-22T11:00:00+09:00"}
    assert refused(change(office, visit["id"], **later)) == [("CLS_SAFETY", "never")]
    done(change(office, visit["id"], topics=["levels"]))
    clock.now += timedelta(days=14)
    done(change(office, visit["id"], ends_at="2025-11-15T11:00:00+09:00"))
    assert refused(change(office, visit["id"], **later)) == [("CLS_SAFETY", "never")]


def test_only_what_is_to_come_is_told_and_only_anew_where_it_changes(
    make: Make, office: Client, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    expert = make.expert()
    late = done(plan(office, room, volunteer_id=str(expert.id), **PAST), 201)
    done(change(office, late["id"], ends_at="2025-11-08T12:00:00+09:00"))
    done(on_visit(office, late["id"], "cancel", reason="大雪のため"))
    assert notices_of(wiring) == []
    visit = done(plan(office, room, volunteer_id=str(expert.id)), 201)
    both = [("advisory_visit_planned", manager.account.id), ("advisory_visit_planned", expert.id)]
    assert notices_of(wiring) == both
    done(change(office, visit["id"], topics=["levels"]))
    done(change(office, visit["id"], topics=["levels"], **SATURDAY))
    assert notices_of(wiring) == both
    done(change(office, visit["id"], ends_at="2025-11-15T12:00:00+09:00"))
    assert notices_of(wiring) == both * 2


def test_an_expert_who_pauses_may_not_come_and_nobody_finds_out_on_the_day(
    make: Make, as_: As, office: Client, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    brief_pause, long_pause = make.expert(), make.expert()
    done(plan(office, room, volunteer_id=str(brief_pause.id)), 201)
    hers = done(plan(office, room, volunteer_id=str(long_pause.id)), 201)
    make.visit(room, VisitStatus.PLANNED, volunteer_id=long_pause.id, expert_name=None)  # lies behind
    before = len(notices_of(wiring))
    done(as_(brief_pause).post(f"/v1/volunteers/{brief_pause.id}/take-leave", json={"until": "2025-11-14"}))
    assert len(notices_of(wiring)) == before
    done(as_(long_pause).post(f"/v1/volunteers/{long_pause.id}/take-leave", json={"until": "2025-11-15"}))
    told = notices_of(wiring)[before:]
    assert sorted(told, key=str) == sorted(
        [("advisory_visit_unsure", one.account.id) for one in (office, manager)], key=str
    )
    assert done(office.get(f"{VISITS}/{hers['id']}"))["status"] == "planned"
    endless = make.expert()
    done(plan(office, make.classroom(), volunteer_id=str(endless.id)), 201)
    done(as_(endless).post(f"/v1/volunteers/{endless.id}/take-leave", json={}))
    assert notices_of(wiring)[-1] == ("advisory_visit_unsure", office.account.id)


def test_a_visit_that_cannot_be_is_refused(make: Make, office: Client, room: Classroom) -> None:
    assert faults(plan(office, room, classroom_id=NOBODY)) == [("/classroom_id", "FIELD_REFERENCE")]
    assert faults(plan(office, room, volunteer_id=NOBODY)) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert faults(plan(office, room, volunteer_id=None)) == [("/expert_name", "FIELD_CONFLICT")]
    assert faults(plan(office, room, ends_at=SATURDAY["starts_at"])) == [("/ends_at", "FIELD_CONFLICT")]
    assert faults(plan(office, room, expert_organization="090-1234-5678"))[0][1] == "REQ_FREE_TEXT_PII"
    visit = make.visit(room, VisitStatus.PLANNED)
    assert faults(change(office, str(visit.id), starts_at="2026-01-01T10:00:00+09:00")) == [
        ("/ends_at", "FIELD_CONFLICT")
    ]
    assert problem(found(office, visit.id, office.account)) == (409, "ADV_STATE")


def test_a_manager_sees_the_visits_to_her_classrooms_alone(
    make: Make, office: Client, manager: Client, room: Classroom
) -> None:
    ours, theirs = make.visit(room), make.visit(make.classroom())
    hers = make.finding(ours, manager.account)
    other = make.finding(ours, office.account)
    assert done(manager.get(VISITS))["items"] == [done(manager.get(f"{VISITS}/{ours.id}"))]
    assert problem(manager.get(f"{VISITS}/{theirs.id}/findings")) == (404, "NOT_FOUND")
    shown = {one["id"]: one["actions"] for one in done(manager.get(f"{VISITS}/{ours.id}/findings"))["items"]}
    assert shown == {str(hers.id): ["done", "drop"], str(other.id): []}
    assert problem(on_visit(manager, f"{ours.id}/findings/{other.id}", "drop", reason="不要")) == (
        403,
        "NOT_PERMITTED",
    )
    assert problem(on_visit(office, f"{theirs.id}/findings/{hers.id}", "done")) == (404, "NOT_FOUND")
    filters = [{"classroom_id": str(room.id)}, {"status": "held", "classroom_id": str(room.id)}, {"status": "planned"}]
    assert [len(done(office.get(VISITS, params=one))["items"]) for one in filters] == [1, 1, 0]


def test_a_finding_belongs_to_somebody_who_can_see_to_it(
    make: Make, office: Client, manager: Client, room: Classroom
) -> None:
    visit = make.visit(room)
    strangers = [
        make.account(Role.CLASSROOM_MANAGER, organization=make.organization()),
        make.account(Role.VIEWER),
        make.account(Role.COORDINATOR, status=AccountStatus.DISABLED),
    ]
    for stranger in strangers:
        assert faults(found(office, visit.id, stranger)) == [("/owner_id", "FIELD_REFERENCE")]
    assert faults(found(office, visit.id, office.account, owner_id=NOBODY)) == [("/owner_id", "FIELD_REFERENCE")]
    assert faults(found(office, visit.id, office.account, due_on="2025-11-09")) == [("/due_on", "FIELD_RANGE")]
    assert faults(found(office, visit.id, office.account, text="電話 090-1234-5678")) == [
        ("/text", "REQ_FREE_TEXT_PII")
    ]
    warned = done(found(office, visit.id, office.account, text="発達障害に配慮する"), 201)
    assert [warning["code"] for warning in warned["warnings"]] == ["REQ_FREE_TEXT_PII"]
    path = f"{visit.id}/findings/{warned['id']}"
    done(change(office, path, text="絵で"))
    changed = done(change(office, path, text="絵で示す", owner_id=str(manager.account.id), due_on="2025-12-01"))
    assert (changed["owner_name"], changed["due_on"]) == (manager.account.display_name, "2025-12-01")
    assert faults(on_visit(office, path, "drop", reason="a@example.jp")) == [("/reason", "REQ_FREE_TEXT_PII")]
    dropped = done(on_visit(office, path, "drop", reason="教材がすでにある"))
    assert (dropped["status"], dropped["outcome"], dropped["actions"]) == ("dropped", "教材がすでにある", [])
    assert problem(on_visit(office, path, "done")) == (409, "ADV_STATE")
    assert problem(change(office, path, text="別の")) == (409, "ADV_STATE")


def test_what_is_due_stands_on_the_lists_of_its_owner_and_the_office(
    make: Make, as_: As, office: Client, manager: Client, room: Classroom, clock: SetClock
) -> None:
    with make.wiring.unit(write=False) as unit:
        colleague = as_(Role.CLASSROOM_MANAGER, organization=unit.get(Organization, room.organization_id))
    finding = make.finding(make.visit(room), manager.account)
    assert (listed(manager), listed(office)) == ([], [])
    clock.forward(days=11)  # a week before
    entry = only(manager)
    assert brief(entry) == ("finding_due", "2025-11-29T00:00", "POST", "done", False)
    assert room.name in entry["because"]["detail"]
    assert (codes(office), codes(colleague)) == (["finding_due"], [])
    clock.forward(days=8)
    assert only(manager)["urgent"] is True
    assert done(manager.get(f"{VISITS}/{finding.visit_id}/findings"))["items"][0]["overdue"] is True
    done(follow(manager, entry["verb"]))
    assert (listed(manager), listed(office)) == ([], [])


def test_a_visit_that_nobody_marked_stands_on_the_lists_of_office_and_classroom(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make,
    as_: As,
    office: Client,
    manager: Client,
    owner: Organization,
    room: Classroom,
    clock: SetClock,
    wiring: Wiring,
) -> None:
    visit = done(plan(office, room), 201)
    make.visit(room)
    make.visit(room, VisitStatus.CANCELLED)
    clock.now = datetime.fromisoformat("2025-11-15T11:29:59+09:00")
    assert (listed(manager), listed(office)) == ([], [])
    clock.forward(seconds=1)
    entry = only(manager)
    assert entry == only(office)
    assert brief(entry) == ("visit_unmarked", "2025-11-18T11:30", "POST", "hold", False)
    assert entry["object"] == {"type": "advisory_visit", "id": visit["id"], "no": None}
    assert room.name in entry["because"]["detail"]
    stranger = as_(Role.CLASSROOM_MANAGER, organization=make.organization())
    colleague = as_(Role.CONSULTATION_OFFICER, organization=owner)
    assert [listed(one) for one in (stranger, colleague)] == [[], []]
    assert problem(follow(stranger, entry["verb"])) == (404, "NOT_FOUND")
    assert done(follow(manager, entry["verb"]))["actions"] == []
    assert (listed(manager), listed(office)) == ([], [])
    assert notices_of(wiring)[-1] == ("advisory_visit_held", office.account.id)
    other = done(plan(office, room, **PAST), 201)
    done(follow(office, only(office)["verb"]))
    assert done(office.get(f"{VISITS}/{other['id']}"))["status"] == "held"
    assert notices_of(wiring)[-1] == ("advisory_visit_held", office.account.id)


def test_its_owner_is_reminded_once_before_and_once_on_the_day(
    make: Make, office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    """Day by day, each sweep run twice as after a restart; a new day moves the reminders."""
    visit = make.visit(room)
    finding = done(found(office, visit.id, manager.account), 201)
    told: list[date] = []

    def sweep_until(last: date) -> None:
        while (today := clock.now.date()) <= last:
            before = len(notices_of(wiring))
            remind_of_findings(wiring)
            remind_of_findings(wiring)
            told.extend([today] * (len(notices_of(wiring)) - before))
            clock.forward(days=1)

    sweep_until(date(2025, 11, 21))
    assert told == [date(2025, 11, 21)]
    done(change(office, f"{visit.id}/findings/{finding['id']}", due_on="2025-12-02"))
    sweep_until(date(2025, 12, 10))
    assert told == [date(2025, 11, 21), date(2025, 11, 25), date(2025, 12, 2)]
    assert {whom for kind, whom in notices_of(wiring) if kind == "finding_due"} == {manager.account.id}


def change_account(wiring: Wiring, account: Account, **over: Any) -> None:
    with wiring.unit() as unit:
        unit.get(Account, account.id).sqlmodel_update(over)


LEAVING: Final[dict[str, dict[str, Any]]] = {
    "account closed": {"status": AccountStatus.DISABLED},
    "another institution": {"organization_id": None},
    "another task": {"roles": [Role.CONSULTATION_OFFICER]},
}


@pytest.mark.parametrize("left", LEAVING.values(), ids=LEAVING)
def test_what_an_owner_leaves_behind_falls_to_who_runs_the_classroom(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make,
    as_: As,
    office: Client,
    manager: Client,
    room: Classroom,
    owner: Organization,
    clock: SetClock,
    wiring: Wiring,
    left: dict[str, Any],
) -> None:
    colleague = as_(Role.CLASSROOM_MANAGER, organization=owner)
    visit = make.visit(room)
    finding = done(found(office, visit.id, manager.account, due_on="2025-11-24"), 201)
    elsewhere = {"organization_id": make.organization().id} if "organization_id" in left else {}
    change_account(wiring, manager.account, **left | elsewhere)
    clock.forward(days=7)
    assert remind_of_findings(wiring) == 1
    assert notices_of(wiring)[1:] == [("finding_due", colleague.account.id)]
    assert [codes(one) for one in (colleague, office)] == [["finding_due"]] * 2
    assert f"担当：{ABSENT}" in only(colleague)["because"]["detail"]
    assert manager.get("/v1/worklist").status_code == 401 if "status" in left else listed(manager) == []
    (shown,) = done(colleague.get(f"{VISITS}/{visit.id}/findings"))["items"]
    assert (shown["id"], shown["actions"]) == (finding["id"], ["done", "drop"])
    done(follow(colleague, only(colleague)["verb"]))
    assert codes(office) == []


def test_what_nobody_at_the_classroom_can_see_to_falls_to_the_office(
    make: Make, office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    finding = make.finding(make.visit(room), manager.account, remind_on=date(2025, 11, 21))
    change_account(wiring, manager.account, organization_id=make.organization().id)
    clock.forward(days=11)
    remind_of_findings(wiring)
    assert notices_of(wiring) == [("finding_due", office.account.id)]
    assert only(office)["object"]["id"] == str(finding.id)
    hers = make.account(Role.CLASSROOM_MANAGER, organization=make.organization())
    path = f"{finding.visit_id}/findings/{finding.id}"
    assert faults(change(office, path, owner_id=str(hers.id))) == [("/owner_id", "FIELD_REFERENCE")]
    done(change(office, path, owner_id=str(office.account.id)))
    assert office.account.display_name in only(office)["because"]["detail"]


def test_a_sweep_that_comes_late_says_the_latest_alone(
    make: Make, office: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    visit = make.visit(room)
    done(found(office, visit.id, office.account), 201)
    clock.forward(days=30)
    assert remind_of_findings(wiring) == 1
    assert remind_of_findings(wiring) == 0
    assert [kind for kind, _ in notices_of(wiring)] == ["finding_given", "finding_due"]
    later = make.finding(visit, office.account, remind_on=date(2025, 12, 20))
    settled = make.finding(visit, office.account)
    with wiring.unit() as unit:
        for one in (later, settled):
            remind(unit, unit.get(AdvisoryFinding, one.id))
    assert len(notices_of(wiring)) == 2


def test_lists_need_as_many_queries_for_many_as_for_one(
    make: Make, office: Client, room: Classroom, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    """A hundred is one page; a dozen shows growth as well."""
    visit: AdvisoryVisit = make.visit(room)
    make.finding(visit, office.account, due_on=date(2025, 11, 12))
    make.visit(room, VisitStatus.PLANNED)
    paths = [VISITS, f"{VISITS}/{visit.id}/findings", "/v1/worklist"]
    seen: dict[str, list[int]] = {path: [] for path in paths}
    for _ in range(2):
        for path in paths:
            with queries() as listing:
                done(office.get(path))
            seen[path].append(len(listing))
        for _ in range(12):
            another = make.visit(make.classroom(), volunteer_id=make.volunteer().id, expert_name=None)
            make.finding(another, make.account(Role.COORDINATOR), due_on=date(2025, 11, 12))
            make.visit(make.classroom(), VisitStatus.PLANNED)
            make.finding(visit, make.account(Role.COORDINATOR), due_on=date(2025, 11, 12))
    assert {path: len(set(counts)) for path, counts in seen.items()} == dict.fromkeys(paths, 1)
