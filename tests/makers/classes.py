"""Classrooms, who learns and teaches there, and what clients do with them."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

import httpx2
from sqlmodel import select
from starlette.testclient import TestClient

from api.db import Wiring
from models.class_session import ClassSession, ClassSessionStatus
from models.classroom import Classroom, ClassroomKind, Term
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import ConsentScope, GuardianConsent, Learner, PickupRule, SchoolStage
from models.level_assessment import Instrument, LevelAssessment
from models.organization import Facility, Organization
from models.pairing import Pairing, PairingStatus
from models.shift import Demand, Shift
from models.volunteer import ActivityKind, Volunteer
from services import terms
from services.unit import Unit
from tests.makers.doors import done
from tests.makers.people import facility, nth, organization, volunteer

SATURDAY = date(2025, 11, 15)
"""The Saturday after the clock of the tests."""


class Met(NamedTuple):
    """A session with its shift; `opened.shift`, `opened.demand` as with a dispatch."""

    session: ClassSession
    shift: Shift
    demand: Demand


def classroom(
    unit: Unit, /, *, owner: Organization | None = None, place: Facility | None = None, **over: Any
) -> Classroom:
    """A community class for children in a hall: twelve places, four tutors, at least two."""
    owner = owner or organization(unit)
    place = place or facility(unit, owner=owner)
    number = nth(unit)
    columns = {
        "code": f"class_{number}",
        "name": f"架空教室{number}",
        "kind": ClassroomKind.COMMUNITY_CLASS,
        "capacity": 12,
        "tutor_places": 4,
        "min_tutors": 2,
        "learner_ratio": 3,
        **over,
    }
    return unit.add(Classroom(organization_id=owner.id, facility_id=place.id, **columns, **unit.stamp()))


def class_session(
    unit: Unit,
    /,
    room: Classroom | None = None,
    *,
    on: date = SATURDAY,
    starts: time = time(10),
    ends: time = time(11, 30),
    status: ClassSessionStatus = ClassSessionStatus.PLANNED,
    **over: Any,
) -> Met:
    """One session of a term of its own, with its open shift."""
    room = room or classroom(unit)
    term = unit.add(
        Term(
            classroom_id=room.id,
            name="試し",
            rule="FREQ=WEEKLY;COUNT=1",
            starts_on=on,
            starts=starts,
            ends=ends,
            **unit.stamp(),
        )
    )
    times = (datetime.combine(on, starts, tzinfo=unit.zone), datetime.combine(on, ends, tzinfo=unit.zone))
    (session,) = terms.meet(unit, room, term, [(on, *times)], consult_desk=False)
    session.status = status
    for name, value in over.items():
        setattr(session, name, value)
    unit.session.flush()
    shift = unit.session.exec(select(Shift).where(Shift.source_id == session.id)).one()
    demand = unit.session.exec(select(Demand).where(Demand.shift_id == shift.id)).one()
    return Met(session, shift, demand)


def tutor(unit: Unit, /, **over: Any) -> Volunteer:
    """A tutor who may work with children and has no certificate to interpret."""
    columns = {"child_contact_ok": True, "cleared": True, "certs": (), "max_per_month": 31, **over}
    return volunteer(unit, activities=(ActivityKind.JAPANESE_TUTORING,), **columns)


def learner(
    unit: Unit,
    /,
    owner: Organization | None = None,
    *,
    stage: SchoolStage = SchoolStage.ELEMENTARY,
    consents: Iterable[ConsentScope] = (ConsentScope.PARTICIPATION,),
    **over: Any,
) -> Learner:
    """A child of an elementary school whose guardian speaks Vietnamese and consented to its taking part."""
    owner = owner or organization(unit)
    number = nth(unit)
    columns = {
        "first_name": f"リン{number:03d}",
        "native_language": "vi",
        "pickup_rule": PickupRule.GUARDIAN,
        "guardian_name": f"架空 保護者{number}",
        "guardian_phone": "076-000-0000",
        "guardian_language": "vi",
        **over,
    }
    row = unit.add(Learner(organization_id=owner.id, school_stage=stage, **columns, **unit.stamp()))
    for scope in consents:
        consent(unit, row, scope)
    return row


def consent(
    unit: Unit, /, learner: Learner, scope: ConsentScope = ConsentScope.PARTICIPATION, **over: Any
) -> GuardianConsent:
    """A guardian's consent, signed in October."""
    columns = {"signed_on": date(2025, 10, 1), "language": "vi", **over}
    return unit.add(GuardianConsent(learner_id=learner.id, scope=scope, **columns, **unit.stamp()))


def enrollment(
    unit: Unit,
    /,
    learner: Learner,
    room: Classroom,
    status: ClassEnrollmentStatus = ClassEnrollmentStatus.ENROLLED,
    **over: Any,
) -> Enrollment:
    """A learner in a classroom."""
    return unit.add(Enrollment(learner_id=learner.id, classroom_id=room.id, status=status, **over, **unit.stamp()))


def pairing(unit: Unit, /, learner: Learner, tutor: Volunteer, status: PairingStatus = PairingStatus.ACTIVE) -> Pairing:
    """A learner with her tutor, since today unless it is merely proposed."""
    began = None if status is PairingStatus.PROPOSED else unit.today
    return unit.add(
        Pairing(learner_id=learner.id, volunteer_id=tutor.id, status=status, started_on=began, **unit.stamp())
    )


def assessment(unit: Unit, /, learner: Learner, result: str = "A1", **over: Any) -> LevelAssessment:
    """A level found in October by talking."""
    columns = {"assessed_on": date(2025, 10, 1), "instrument": Instrument.INTERVIEW, **over}
    return unit.add(LevelAssessment(learner_id=learner.id, result=result, **columns, **unit.stamp()))


def weekly(**over: Any) -> dict[str, Any]:
    """A term of Saturday mornings from the next one on."""
    return {
        "name": "冬学期",
        "rule": "FREQ=WEEKLY;COUNT=3",
        "starts_on": SATURDAY.isoformat(),
        "starts": "10:00",
        "ends": "11:30",
        **over,
    }


def add_term(caller: TestClient, room: Classroom, **over: Any) -> httpx2.Response:
    return caller.post(f"/v1/classrooms/{room.id}/terms", json=weekly(**over))


def terms_of(caller: TestClient, room: Classroom) -> list[dict[str, Any]]:
    """The terms of a classroom with their sessions, soonest first."""
    found: list[dict[str, Any]] = done(caller.get(f"/v1/classrooms/{room.id}/terms"))["items"]
    return found


def change_term(caller: TestClient, term: dict[str, Any], query: str = "", **body: Any) -> httpx2.Response:
    path = f"/v1/classrooms/{term['classroom_id']}/terms/{term['id']}?{query}"
    return caller.patch(path, json=body, headers={"If-Match": "*"})


def change_rule(caller: TestClient, term: dict[str, Any], rule: str, query: str = "", **body: Any) -> httpx2.Response:
    path = f"/v1/classrooms/{term['classroom_id']}/terms/{term['id']}/rule?{query}"
    return caller.put(path, json={"rule": rule, "reason": "会場の都合", **body}, headers={"If-Match": "*"})


def verb(caller: TestClient, kind: str, row_id: object, name: str, /, **body: Any) -> httpx2.Response:
    return caller.post(f"/v1/{kind}/{row_id}/{name}", json=body)


def on_session(caller: TestClient, session: object, name: str, /, **body: Any) -> httpx2.Response:
    return verb(caller, "class-sessions", session, name, **body)


def roll(caller: TestClient, session_id: object, *entries: dict[str, Any]) -> httpx2.Response:
    path = f"/v1/class-sessions/{session_id}/attendance"
    return caller.put(path, json={"items": list(entries)}, headers={"If-Match": "*"})


def reasons_to_call(caller: TestClient, room: Classroom) -> dict[str, list[str]]:
    """Whose guardians the classroom is to call, by learner, and why."""
    found = done(caller.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    return {one["learner_id"]: one["because"] for one in found}


def noted(learner: Learner, status: str | None = "present", **over: Any) -> dict[str, Any]:
    return {"learner_id": str(learner.id), "status": status, **over}


def met_of(wiring: Wiring, session_id: str) -> Met:
    """The rows behind a session of an answer."""
    with wiring.unit(write=False) as unit:
        session = unit.get(ClassSession, UUID(session_id))
        shift = unit.session.exec(select(Shift).where(Shift.source_id == session.id)).one()
        return Met(session, shift, unit.session.exec(select(Demand).where(Demand.shift_id == shift.id)).one())
