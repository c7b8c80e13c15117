"""The demo's events and lectures."""

from sqlmodel import col, select

from models.account import Role
from models.event import Event, EventKind, MeetingAttendance
from models.lecture import LectureEngagement
from models.shift import Demand, Shift
from models.volunteer import Volunteer
from services import matching
from services.actor import Actor
from services.unit import Unit


def test_events_are_prepared_and_one_meeting_was_held(seen: Unit) -> None:
    found = {event.kind: event for event in seen.session.exec(select(Event))}
    assert {kind: str(event.status) for kind, event in found.items()} == {
        EventKind.FESTIVAL: "open",
        EventKind.DISASTER_DRILL: "open",
        EventKind.GUIDANCE_EVENT: "open",
        EventKind.LIAISON_MEETING: "held",
    }
    assert len(seen.session.exec(select(MeetingAttendance)).all()) == 52
    festival = select(Demand.taken).join(Shift).where(Shift.source_id == found[EventKind.FESTIVAL].id)
    assert seen.session.exec(festival).all() == [2, 2]


def test_six_tables_of_the_guidance_event_wait_for_a_plan(seen: Unit) -> None:
    rows = seen.session.exec(
        select(Demand).join(Shift).join(Event, col(Event.id) == Shift.source_id).where(Event.kind == "guidance_event")
    )
    assert sorted(str(demand.language) for demand in rows) == ["cmn", "en", "id", "ko", "pt-BR", "vi"]


def test_only_who_is_ready_could_come_to_the_drill(seen: Unit) -> None:
    shift = seen.session.exec(
        select(Shift).join(Event, col(Event.id) == Shift.source_id).where(Event.kind == "disaster_drill")
    ).one()
    seen.actor = Actor(None, frozenset({Role.COORDINATOR}))
    view = matching.candidates(seen, shift.id, demand_id=None, limit=500, include_ineligible=True)
    ready = set(seen.session.exec(select(Volunteer.id).where(Volunteer.disaster_ready)))
    able = {one.volunteer_id for one in view.items if one.eligible}
    assert able
    assert able <= ready


def test_one_lecture_was_given_and_a_reader_is_looked_for(seen: Unit) -> None:
    lectures = seen.session.exec(select(LectureEngagement).order_by(col(LectureEngagement.starts_at))).all()
    assert [(str(one.kind), str(one.status)) for one in lectures] == [
        ("international_understanding", "reported"),
        ("picture_books", "open"),
    ]
    assert lectures[0].participants == 31
