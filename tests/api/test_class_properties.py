"""Edits of a term against a simple model: no duplicate, no orphan, no attendance or assignment lost in silence."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment
from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSession
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from models.shift import Shift
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import add_term, change_term, met_of, noted, roll
from tests.makers.doors import done

WEEKS = 5
BEGUN = 2
"""The week on whose roll somebody is noted as having come, as if the class had begun; on the others she is excused."""
FIRST = date(2025, 11, 15)
HOURS = ("09:00", "10:00", "10:30", "11:00")
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["one", "following", "all"]),
        st.integers(0, WEEKS - 1),
        st.sampled_from(["cancel", *HOURS]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(edits=EDITS)
def test_edits_do_to_sessions_what_a_simple_model_says(
    make: Make, as_: As, wiring: Wiring, check_data: Callable[[], None], edits: list[tuple[str, int, str, bool]]
) -> None:
    owner = make.organization()
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    room = make.classroom(owner=owner)
    term = done(add_term(manager, room, rule=f"FREQ=WEEKLY;COUNT={WEEKS}"), 201)
    stood = [make.assignment(met_of(wiring, one["id"]), make.tutor()).id for one in term["sessions"]]
    excused = _excuse(make, wiring, manager, room, term)
    model = [["10:00", "planned"] for _ in range(WEEKS)]
    for scope, week, what, preview in edits:
        said = _edit(manager, term, scope, week, what, preview=preview)
        aimed = _aimed(model, scope, week)
        going = aimed if what == "cancel" else [one for one in aimed if one is not model[BEGUN]]
        assert said.status_code == _status(scope, aimed, going), said.text
        assert preview or _apply(model, going, what)
    shown = done(manager.get(f"/v1/classrooms/{room.id}/terms/{term['id']}"))["sessions"]
    assert [[one["starts_at"][11:16], one["status"]] for one in shown] == model
    assert [one["id"] for one in shown] == [one["id"] for one in term["sessions"]]
    _nothing_is_lost(wiring, term, stood, excused, model)
    check_data()


def _excuse(make: Make, wiring: Wiring, manager: Client, room: Classroom, term: dict[str, Any]) -> Learner:
    """Somebody who is excused from each session, but came to one of them."""
    with wiring.unit(write=False) as unit:
        learner = make.learner(unit.get(Organization, room.organization_id))
    make.enrollment(learner, room)
    for one in term["sessions"]:
        done(roll(manager, one["id"], noted(learner, "absent_notified")))
    with wiring.unit() as unit:
        begun = Attendance.session_id == UUID(term["sessions"][BEGUN]["id"])
        unit.session.exec(select(Attendance).where(begun)).one().status = AttendanceStatus.PRESENT
    return learner


def _edit(manager: Client, term: dict[str, Any], scope: str, week: int, what: str, *, preview: bool) -> Any:
    aim = "" if scope == "all" else f"&from={FIRST + timedelta(days=7 * week)}"
    query = f"scope={scope}{aim}&preview={str(preview).lower()}"
    if what != "cancel":
        return change_term(manager, term, query, starts=what)
    return manager.post(
        f"/v1/classrooms/{term['classroom_id']}/terms/{term['id']}/cancel?{query}", json={"reason": "会場の都合"}
    )


def _status(scope: str, aimed: list[Any], going: list[Any]) -> int:
    if aimed and not going:
        return 409
    return 200 if aimed or scope == "all" else 422


def _aimed(model: list[list[str]], scope: str, week: int) -> list[list[str]]:
    if scope != "all" and model[week][1] != "planned":
        return []
    weeks = {"one": [week], "following": range(week, WEEKS), "all": range(WEEKS)}[scope]
    return [model[each] for each in weeks if model[each][1] == "planned"]


def _apply(model: list[list[str]], aimed: list[list[str]], what: str) -> bool:
    for session in aimed:
        session[1 if what == "cancel" else 0] = "cancelled" if what == "cancel" else what
    return bool(model)


def _nothing_is_lost(
    wiring: Wiring, term: dict[str, Any], stood: list[Any], excused: Learner, model: list[list[str]]
) -> None:
    with wiring.unit(write=False) as unit:
        sessions = [one for one in unit.session.exec(select(ClassSession)) if str(one.term_id) == term["id"]]
        shifts = {shift.source_id: shift for shift in unit.session.exec(select(Shift))}
        for session in sessions:
            shift = shifts[session.id]
            assert (shift.starts_at, shift.ends_at) == (session.starts_at, session.ends_at)
        marks = unit.session.exec(select(Attendance).where(Attendance.learner_id == excused.id)).all()
        assert {mark.session_id for mark in marks} == {session.id for session in sessions}
        for assignment_id, (_, status) in zip(stood, model, strict=True):
            assignment = unit.get(Assignment, assignment_id)
            assert (assignment.status == "cancelled") is (status == "cancelled")
