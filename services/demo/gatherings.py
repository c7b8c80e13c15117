"""The demo's events and lectures: a festival that is prepared, a drill, a meeting that was held, a guidance event, two lectures."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.assignment import ClaimCreate
from models.event import Event, EventCreate, EventKind, GroupPresent, MeetingAttendancePut
from models.lecture import (
    LectureAcceptance,
    LectureCreate,
    LectureEngagement,
    LectureKind,
    LecturerActivity,
    LectureReport,
)
from models.membership import OrganizationMembership
from models.shift import ClaimPolicy, DemandDraft, Shift, ShiftCreate, ShiftRole
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from services import claiming, events, lectures, matching, meetings, passing, posting
from services.actor import SYSTEM
from services.demo.stage import Stage
from services.standing import approve

TABLES: Final = ("en", "cmn", "ko", "id", "pt-BR", "vi")
"""Languages of the guidance event, one table each."""
READY: Final = ("cmn-1", "en-1", "vi-1")
"""Interpreters who are ready for disasters."""


def gather(stage: Stage) -> None:
    """Play all of them, the office acting."""
    _let_some_lecture(stage)
    _festival(stage)
    _drill(stage)
    _meeting(stage)
    _guidance(stage)
    _lecture(stage)
    _readings(stage)


def _let_some_lecture(stage: Stage) -> None:
    """Let three who help at events offer more: two to lecture, one to read aloud."""
    statement = (
        select(Volunteer.id)
        .join(VolunteerActivity, col(VolunteerActivity.volunteer_id) == Volunteer.id)
        .where(VolunteerActivity.kind == ActivityKind.EVENT, Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Volunteer.volunteer_no)
    )
    offered = (ActivityKind.LECTURE, ActivityKind.LECTURE, ActivityKind.READING_ALOUD)
    for volunteer_id, kind in zip(stage.unit.session.exec(statement).all(), offered, strict=False):
        stage.unit.add(VolunteerActivity(volunteer_id=volunteer_id, kind=kind))


def _able(stage: Stage, at: datetime, shift_id: UUID) -> Sequence[UUID]:
    """Return who could come to a shift as things stand, the best first."""
    view = matching.candidates(stage.office(at), shift_id, demand_id=None, limit=20, include_ineligible=False)
    return [one.volunteer_id for one in view.items if not one.consent_needed and not one.conditions]


def _day(stage: Stage, business_days: int, hour: int, length_h: int = 3) -> tuple[datetime, datetime]:
    starts_at = stage.days.at(business_days, time(hour))
    return starts_at, starts_at + timedelta(hours=length_h)


def _open(stage: Stage, at: datetime, kind: EventKind, title: str, **given: object) -> UUID:
    office = stage.office(at)
    draft = EventCreate(kind=kind, title=title, **given)  # type: ignore[arg-type]
    event = events.create(office, draft)
    return events.open_event(office, event.id).id


def _festival(stage: Stage) -> None:
    """A festival in a month, its morning and its afternoon, with some who help already."""
    starts_at, ends_at = _day(stage, 20, 10, 6)
    event_id = _open(
        stage,
        stage.unit.now,
        EventKind.FESTIVAL,
        "国際交流まつり（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["assembly"],
        meeting_point="正面入口の受付",
        note="動きやすい服装でお越しください",
    )
    office = stage.office(stage.unit.now)
    for title, begins, ends, places in (("受付 午前", 0, 3, 6), ("受付 午後", 3, 6, 6)):
        turn = ShiftCreate(
            event_id=event_id,
            title=f"国際交流まつり（架空） {title}",
            starts_at=starts_at + timedelta(hours=begins),
            ends_at=starts_at + timedelta(hours=ends),
            demands=[DemandDraft(role=ShiftRole.HELPER, places=places, min_age=16)],
        )
        shift = posting.post(office, turn)
        for volunteer_id in _able(stage, stage.unit.now, shift.id)[:2]:
            claiming.claim(stage.tutor(volunteer_id, stage.unit.now), shift.id, ClaimCreate())


def _drill(stage: Stage) -> None:
    """A drill of which those hear who are ready for disasters: key persons, and some who interpret."""
    for key in READY:
        stage.unit.get(Volunteer, stage.interpreters[key]).disaster_ready = True
    starts_at, ends_at = _day(stage, 15, 9)
    _open(
        stage,
        stage.unit.now,
        EventKind.DISASTER_DRILL,
        "多言語防災訓練（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["school_izumi"],
        meeting_point="体育館の入口",
        demands=[
            DemandDraft(role=ShiftRole.INTERPRETER, places=1, language=tag, min_level=None)
            for tag in ("en", "cmn", "vi")
        ],
    )


def _meeting(stage: Stage) -> None:
    """A meeting of the liaison council last week, at which 52 of its groups were."""
    starts_at, ends_at = _day(stage, -5, 14, 2)
    event_id = _open(
        stage,
        stage.days.at(-10, time(10)),
        EventKind.LIAISON_MEETING,
        "国際交流関係団体連絡会（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["office"],
    )
    members = select(OrganizationMembership.organization_id).where(col(OrganizationMembership.left_on).is_(None))
    groups = stage.unit.session.exec(members.order_by(col(OrganizationMembership.id))).all()[:52]
    present = MeetingAttendancePut(items=[GroupPresent(organization_id=one) for one in groups])
    meetings.write_attendance(stage.office(ends_at), event_id, present)
    clock = stage.acting(SYSTEM, ends_at)
    events.follow_clock(clock, clock.lock(Event, event_id))


def _guidance(stage: Stage) -> None:
    """Six languages at one event, to be planned together."""
    starts_at, ends_at = _day(stage, 12, 13)
    _open(
        stage,
        stage.unit.now,
        EventKind.GUIDANCE_EVENT,
        "高校進学ガイダンス（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["school_izumi_junior"],
        claim_policy=ClaimPolicy.APPROVAL,
        meeting_point="昇降口",
        demands=[DemandDraft(role=ShiftRole.INTERPRETER, places=1, language=tag) for tag in TABLES],
    )


def _lecture(stage: Stage) -> None:
    """A lecture that was given last week."""
    starts_at, ends_at = _day(stage, -4, 10, 1)
    asked_at = stage.days.at(-12, time(10))
    office = stage.office(asked_at)
    draft = LectureCreate(
        organization_id=stage.directory.organizations["board"],
        kind=LectureKind.INTERNATIONAL_UNDERSTANDING,
        theme="世界の小学校（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["school_morinosato"],
        audience=32,
    )
    lecture_id = lectures.ask_for(office, draft).id
    shift_id = lectures.accept(office, lecture_id, LectureAcceptance()).shift_id
    assert shift_id is not None  # noqa: S101 - the office sees it
    lecturer = _able(stage, asked_at, shift_id)[0]
    stands = claiming.claim(stage.tutor(lecturer, asked_at), shift_id, ClaimCreate())
    approve(office, stands.id)
    lectures.confirm(office, lecture_id)
    for at in (starts_at, ends_at):
        clock = stage.acting(SYSTEM, at)
        passing.catch_up(clock, clock.lock(Shift, shift_id))
    lectures.follow_clock(clock, clock.lock(LectureEngagement, lecture_id))
    lectures.report(stage.office(ends_at), lecture_id, LectureReport(participants=31, note="質問が多く出た"))


def _readings(stage: Stage) -> None:
    """Picture books for a children's hall, for which a reader is still looked for."""
    starts_at, ends_at = _day(stage, 10, 15, 1)
    office = stage.office(stage.unit.now)
    draft = LectureCreate(
        organization_id=stage.directory.organizations["halls"],
        kind=LectureKind.PICTURE_BOOKS,
        theme="世界の絵本の読み聞かせ（架空）",
        starts_at=starts_at,
        ends_at=ends_at,
        facility_id=stage.directory.facilities["children"],
        activity=LecturerActivity.READING_ALOUD,
        for_children=True,
        audience=20,
    )
    lectures.accept(office, lectures.ask_for(office, draft).id, LectureAcceptance())
