"""What experts found, from its owner's hands to done: who is reminded, and to whom it falls when the owner leaves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Final

import pytest

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.advisory_visit import AdvisoryFinding, AdvisoryVisit, VisitStatus
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from services.findings import remind
from services.wording import ABSENT
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.advice import NOBODY, VISITS, change_visit, note_finding, on_visit
from tests.makers.doors import done, faults, notices_of, problem
from tests.makers.listed import brief, codes, follow, listed, only
from tests.queries import Statements
from worker.following_up import remind_of_findings


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
        assert faults(note_finding(office, visit.id, stranger)) == [("/owner_id", "FIELD_REFERENCE")]
    assert faults(note_finding(office, visit.id, office.account, owner_id=NOBODY)) == [("/owner_id", "FIELD_REFERENCE")]
    assert faults(note_finding(office, visit.id, office.account, due_on="2025-11-09")) == [("/due_on", "FIELD_RANGE")]
    assert faults(note_finding(office, visit.id, office.account, text="電話 090-1234-5678")) == [
        ("/text", "REQ_FREE_TEXT_PII")
    ]
    warned = done(note_finding(office, visit.id, office.account, text="発達障害に配慮する"), 201)
    assert [warning["code"] for warning in warned["warnings"]] == ["REQ_FREE_TEXT_PII"]
    path = f"{visit.id}/findings/{warned['id']}"
    done(change_visit(office, path, text="絵で"))
    changed = done(change_visit(office, path, text="絵で示す", owner_id=str(manager.account.id), due_on="2025-12-01"))
    assert (changed["owner_name"], changed["due_on"]) == (manager.account.display_name, "2025-12-01")
    assert faults(on_visit(office, path, "drop", reason="a@example.jp")) == [("/reason", "REQ_FREE_TEXT_PII")]
    dropped = done(on_visit(office, path, "drop", reason="教材がすでにある"))
    assert (dropped["status"], dropped["outcome"], dropped["actions"]) == ("dropped", "教材がすでにある", [])
    assert problem(on_visit(office, path, "done")) == (409, "ADV_STATE")
    assert problem(change_visit(office, path, text="別の")) == (409, "ADV_STATE")


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


def test_its_owner_is_reminded_once_before_and_once_on_the_day(
    make: Make, office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    """Day by day, each sweep run twice as after a restart; a new day moves the reminders."""
    visit = make.visit(room)
    finding = done(note_finding(office, visit.id, manager.account), 201)
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
    done(change_visit(office, f"{visit.id}/findings/{finding['id']}", due_on="2025-12-02"))
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
    finding = done(note_finding(office, visit.id, manager.account, due_on="2025-11-24"), 201)
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
    assert faults(change_visit(office, path, owner_id=str(hers.id))) == [("/owner_id", "FIELD_REFERENCE")]
    done(change_visit(office, path, owner_id=str(office.account.id)))
    assert office.account.display_name in only(office)["because"]["detail"]


def test_a_sweep_that_comes_late_says_the_latest_alone(
    make: Make, office: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    visit = make.visit(room)
    done(note_finding(office, visit.id, office.account), 201)
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
