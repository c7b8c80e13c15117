"""Experts at classrooms: a visit from its plan to its close, who may come, and who hears of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from api.db import Wiring
from models.account import Role
from models.advisory_visit import VisitStatus
from models.classroom import Classroom
from models.competence import ChildSafetyCheck, ChildSafetyStatus
from models.organization import Organization
from models.volunteer import Engagement, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.advice import NOBODY, PAST, SATURDAY, VISITS, change_visit, note_finding, on_visit, plan_visit
from tests.makers.doors import audited, claim, done, faults, notices_of, problem, refused
from tests.makers.listed import brief, follow, listed, only


def test_a_visit_goes_from_its_plan_to_its_close(
    office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    visit = done(plan_visit(office, room, expert_organization="架空大学"), 201)
    assert (visit["status"], visit["expert_name"], visit["expert_organization"]) == ("planned", "架空 教授", "架空大学")
    assert visit["actions"] == ["move", "cancel"]
    assert problem(on_visit(office, visit["id"], "hold")) == (409, "ADV_STATE")
    moved = done(change_visit(office, visit["id"], ends_at="2025-11-15T12:00:00+09:00", topics=["levels", "materials"]))
    assert moved["topics"] == ["levels", "materials"]
    clock.forward(days=5, hours=2)
    held = done(on_visit(office, visit["id"], "hold"))
    assert (held["status"], held["actions"]) == ("held", ["findings", "close"])
    finding = done(note_finding(office, visit["id"], manager.account), 201)
    assert problem(on_visit(office, visit["id"], "close")) == (409, "ADV_OPEN")
    done(on_visit(manager, f"{visit['id']}/findings/{finding['id']}", "done", outcome="絵カードを作りました"))
    closed = done(on_visit(office, visit["id"], "close"))
    assert (closed["status"], closed["findings"], closed["open_findings"], closed["actions"]) == ("closed", 1, 0, [])
    for verb, body in (("hold", {}), ("cancel", {"reason": "大雪"}), ("close", {})):
        assert problem(on_visit(office, visit["id"], verb, **body)) == (409, "ADV_STATE")
    assert problem(change_visit(office, visit["id"], topics=["levels"])) == (409, "ADV_STATE")
    assert [event.action.split(".")[1] for event in audited(wiring, visit["id"])] == ["plan", "change", "hold", "close"]
    assert [kind for kind, _ in notices_of(wiring)] == ["advisory_visit_planned"] * 2 + ["finding_given"]


def test_an_expert_of_the_register_is_at_one_place_at_a_time(
    make: Make, as_: As, office: Client, room: Classroom, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    """A visit takes her time as a dispatch does, through every door, until it is called off."""
    expert = make.expert(engagement=Engagement.PARTNER)
    visit = done(plan_visit(office, room, volunteer_id=str(expert.id)), 201)
    clash = make.shift_with_demand(starts_at=wiring.clock() + timedelta(days=5, hours=1, minutes=30))
    assert problem(claim(as_(expert), clash)) == (409, "ASG_OVERLAP")
    assert problem(plan_visit(office, make.classroom(), volunteer_id=str(expert.id))) == (409, "ASG_OVERLAP")
    check_data()
    change_visit(office, visit["id"], starts_at="2025-11-15T16:00:00+09:00", ends_at="2025-11-15T17:00:00+09:00")
    check_data()
    other = done(plan_visit(office, make.classroom(), volunteer_id=str(expert.id)), 201)
    assert problem(change_visit(office, other["id"], ends_at="2025-11-15T16:30:00+09:00")) == (409, "ASG_OVERLAP")
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
    visit = done(plan_visit(office, room, volunteer_id=str(expert.id)), 201)
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
    visit = done(plan_visit(office, room, volunteer_id=str(expert.id)), 201)
    clock.forward(days=7)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{expert.id}/suspend", json={"reason": "調査中"}))
    ahead = {"starts_at": "2025-11-22T10:00:00+09:00", "ends_at": "2025-11-22T12:00:00+09:00"}
    assert refused(change_visit(office, visit["id"], **ahead)) == [("ASG_STATUS", "never")]
    assert done(office.get(f"{VISITS}/{visit['id']}"))["starts_at"] == visit["starts_at"]
    done(change_visit(office, visit["id"], topics=["materials"]))
    mended = done(change_visit(office, visit["id"], ends_at="2025-11-15T13:00:00+09:00"))
    assert mended["ends_at"] == "2025-11-15T13:00:00+09:00"
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{expert.id}/reinstate", json={"reason": "調査が終わった"}))
    done(change_visit(office, visit["id"], **ahead))
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
    assert refused(plan_visit(office, room, volunteer_id=str(make.expert(**lacks).id))) == [(code, "never")]


def test_all_that_bars_an_expert_is_told_at_once(make: Make, office: Client, room: Classroom, wiring: Wiring) -> None:
    lacking = make.volunteer(pledge=False, insured=False, engagement=Engagement.PARTNER)
    bars = [(code, "never") for code in ("ASG_NO_PLEDGE", "ASG_NO_INSURANCE", "CLS_SAFETY")]
    assert refused(plan_visit(office, room, volunteer_id=str(lacking.id))) == bars
    assert refused(plan_visit(office, room, volunteer_id=str(lacking.id), **PAST)) == bars
    done(
        plan_visit(office, room, volunteer_id=str(make.expert(pledge=False, insured=False, engagement="staff").id)), 201
    )
    assert done(office.get(VISITS))["items"][0]["expert_name"]
    assert len(notices_of(wiring)) == 1


def test_where_adults_learn_nobody_asks_for_safety_with_children(make: Make, office: Client) -> None:
    adults, expert = make.classroom(for_children=False), make.volunteer(child_contact_ok=False)
    visit = done(plan_visit(office, adults, volunteer_id=str(expert.id)), 201)
    next_year = {"starts_at": "2026-04-11T10:00:00+09:00", "ends_at": "2026-04-11T11:00:00+09:00"}
    bars = [("ASG_STATUS", "never"), ("ASG_NO_INSURANCE", "never")]  # both lapse by then, and nothing stands on a hope
    assert refused(change_visit(office, visit["id"], **next_year)) == bars
    done(change_visit(office, visit["id"], starts_at="2026-03-14T10:00:00+09:00", ends_at="2026-03-14T11:00:00+09:00"))


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
    visit = done(plan_visit(office, room, volunteer_id=str(expert.id)), 201)
    later = {"starts_at": "2025-11-22T10:00:00+09:00", "ends_at": "2025-11-22T11:00:00+09:00"}
    assert refused(change_visit(office, visit["id"], **later)) == [("CLS_SAFETY", "never")]
    done(change_visit(office, visit["id"], topics=["levels"]))
    clock.now += timedelta(days=14)
    done(change_visit(office, visit["id"], ends_at="2025-11-15T11:00:00+09:00"))
    assert refused(change_visit(office, visit["id"], **later)) == [("CLS_SAFETY", "never")]


def test_only_what_is_to_come_is_told_and_only_anew_where_it_changes(
    make: Make, office: Client, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    expert = make.expert()
    late = done(plan_visit(office, room, volunteer_id=str(expert.id), **PAST), 201)
    done(change_visit(office, late["id"], ends_at="2025-11-08T12:00:00+09:00"))
    done(on_visit(office, late["id"], "cancel", reason="大雪のため"))
    assert notices_of(wiring) == []
    visit = done(plan_visit(office, room, volunteer_id=str(expert.id)), 201)
    both = [("advisory_visit_planned", manager.account.id), ("advisory_visit_planned", expert.id)]
    assert notices_of(wiring) == both
    done(change_visit(office, visit["id"], topics=["levels"]))
    done(change_visit(office, visit["id"], topics=["levels"], **SATURDAY))
    assert notices_of(wiring) == both
    done(change_visit(office, visit["id"], ends_at="2025-11-15T12:00:00+09:00"))
    assert notices_of(wiring) == both * 2


def test_an_expert_who_pauses_may_not_come_and_nobody_finds_out_on_the_day(
    make: Make, as_: As, office: Client, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    brief_pause, long_pause = make.expert(), make.expert()
    done(plan_visit(office, room, volunteer_id=str(brief_pause.id)), 201)
    hers = done(plan_visit(office, room, volunteer_id=str(long_pause.id)), 201)
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
    done(plan_visit(office, make.classroom(), volunteer_id=str(endless.id)), 201)
    done(as_(endless).post(f"/v1/volunteers/{endless.id}/take-leave", json={}))
    assert notices_of(wiring)[-1] == ("advisory_visit_unsure", office.account.id)


def test_a_visit_that_cannot_be_is_refused(make: Make, office: Client, room: Classroom) -> None:
    assert faults(plan_visit(office, room, classroom_id=NOBODY)) == [("/classroom_id", "FIELD_REFERENCE")]
    assert faults(plan_visit(office, room, volunteer_id=NOBODY)) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert faults(plan_visit(office, room, volunteer_id=None)) == [("/expert_name", "FIELD_CONFLICT")]
    assert faults(plan_visit(office, room, ends_at=SATURDAY["starts_at"])) == [("/ends_at", "FIELD_CONFLICT")]
    assert faults(plan_visit(office, room, expert_organization="090-1234-5678"))[0][1] == "REQ_FREE_TEXT_PII"
    visit = make.visit(room, VisitStatus.PLANNED)
    assert faults(change_visit(office, str(visit.id), starts_at="2026-01-01T10:00:00+09:00")) == [
        ("/ends_at", "FIELD_CONFLICT")
    ]
    assert problem(note_finding(office, visit.id, office.account)) == (409, "ADV_STATE")


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
    visit = done(plan_visit(office, room), 201)
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
    other = done(plan_visit(office, room, **PAST), 201)
    done(follow(office, only(office)["verb"]))
    assert done(office.get(f"{VISITS}/{other['id']}"))["status"] == "held"
    assert notices_of(wiring)[-1] == ("advisory_visit_held", office.account.id)
