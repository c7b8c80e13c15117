"""Whoever is suspended, or no longer registered, sees to nobody from that moment on and reads of nobody (docs/decisions/0019)."""

from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.class_session import ClassSessionStatus
from models.organization import Organization
from models.person import Person
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met
from tests.makers.doors import done, notices_of, settle, standing_of
from tests.makers.work import Opened

IDENTITY = {"name": "架空 花子", "phone": "076-000-0001", "address": "金沢市架空町"}
MINUTES = timedelta(minutes=10)


@pytest.fixture
def admin(as_: As) -> Client:
    """Who may suspend."""
    return as_(Role.ADMIN)


def stop(admin: Client, volunteer: Volunteer, verb: str) -> None:
    done(admin.post(f"/v1/volunteers/{volunteer.id}/{verb}", json={"reason": "確認中"}))


def roll_of(caller: Client, met: Met) -> int:
    return caller.get(f"/v1/class-sessions/{met.session.id}/attendance").status_code


def consulted(caller: Client, met: Met) -> int:
    body = {
        "channel": "class_session",
        "class_session_id": str(met.session.id),
        "language": "vi",
        "topics": ["work"],
    }
    return caller.post("/v1/consultations", json=body).status_code


def disclosed(caller: Client, opened: Opened) -> int:
    body = {"n": 1, "purpose": "prepare_visit"}
    return caller.post(f"/v1/dispatch-requests/{opened.request.id}/client-disclosures", json=body).status_code


@pytest.mark.parametrize("verb", ["suspend", "withdraw"])
@pytest.mark.parametrize("here", [AssignmentStatus.CONFIRMED, AssignmentStatus.CHECKED_IN])
def test_a_tutor_who_is_stopped_in_mid_class_is_out_of_it_and_managers_know_at_once(  # noqa: PLR0913, PLR0917 - who sees what
    verb: str,
    here: AssignmentStatus,
    make: Make,
    as_: As,
    admin: Client,
    office: Client,
    owner: Organization,
    manager: Client,
    wiring: Wiring,
    clock: SetClock,
) -> None:
    met, tutor = make.class_session(make.classroom(owner=owner), status=ClassSessionStatus.OPEN), make.tutor()
    held, other = make.assignment(met, tutor, here), make.assignment(met, make.tutor())
    hers = as_(tutor)
    clock.now = met.session.starts_at + MINUTES
    assert roll_of(hers, met) == 200
    stop(admin, tutor, verb)
    assert roll_of(hers, met) == 403
    assert consulted(hers, met) == 403
    shown = done(hers.get(f"/v1/assignments/{held.id}"))
    assert (shown["status"], shown["briefing"]) == ("withdrawn" if verb == "withdraw" else "cancelled", None)
    assert settle(hers, held, "check-in").status_code == 409
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}"))["tutors"] == 1
    assert ("activity_place_freed_urgent", manager.account.id) in notices_of(wiring)
    assert ("activity_place_freed_urgent", office.account.id) in notices_of(wiring)
    assert done(manager.get(f"/v1/assignments/{other.id}"))["status"] == "confirmed"


def test_an_interpreter_who_is_suspended_while_she_is_there_is_taken_off_and_the_institution_is_told(
    make: Make, as_: As, admin: Client, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(ages=(3,)), make.volunteer()
    held, hers = make.assignment(opened, mai, AssignmentStatus.CHECKED_IN), as_(mai)
    asked = as_(Role.REQUESTER, organization=make_owner(wiring, opened))
    path = f"/v1/dispatch-requests/{opened.request.id}/clients/1/identity"
    assert admin.put(path, json=IDENTITY, headers={"If-Match": "*"}).status_code == 204
    clock.now = opened.shift.starts_at + MINUTES
    assert disclosed(hers, opened) == 200
    stop(admin, mai, "suspend")
    assert disclosed(hers, opened) == 403
    assert done(hers.get(f"/v1/assignments/{held.id}"))["briefing"] is None
    assert standing_of(wiring, opened)[1:] == ("unfilled", 0)
    assert ("office_place_freed_urgent", office.account.id) in notices_of(wiring)
    assert ("request_unfilled", asked.account.id) in notices_of(wiring)


def make_owner(wiring: Wiring, opened: Opened) -> Organization:
    with wiring.unit(write=False) as unit:
        return unit.get(Organization, opened.request.organization_id)


@pytest.mark.parametrize("status", [VolunteerStatus.SUSPENDED, VolunteerStatus.EXPIRED, VolunteerStatus.WITHDRAWN])
def test_what_is_done_is_history_to_whoever_is_registered_no_more(
    status: VolunteerStatus, make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(ages=(3,), note="裏口から"), make.volunteer()
    met = make.class_session(make.classroom())
    held = make.assignment(opened, mai, AssignmentStatus.COMPLETED)
    make.assignment(met, mai, AssignmentStatus.COMPLETED)
    hers = as_(mai)
    clock.now = opened.shift.ends_at + MINUTES
    assert done(hers.get(f"/v1/assignments/{held.id}"))["briefing"] is not None
    with wiring.unit() as unit:
        unit.lock(Volunteer, mai.id).status = status
    shown = done(hers.get(f"/v1/assignments/{held.id}"))
    assert (shown["briefing"], shown["status"]) == (None, "completed")
    assert shown["shift"]["facility"] is not None
    assert disclosed(hers, opened) == 403
    clock.now = met.session.ends_at + MINUTES
    assert (roll_of(hers, met), consulted(hers, met)) == (403, 403)


def test_a_manager_whose_registration_as_a_tutor_is_suspended_runs_her_own_classes_and_reads_no_other_roll(
    make: Make, as_: As, admin: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    tutor = make.tutor()
    with wiring.unit(write=False) as unit:
        person = unit.get(Person, tutor.person_id)
    both = as_(make.account(Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=owner, person=person))
    ours = make.class_session(make.classroom(owner=owner), status=ClassSessionStatus.OPEN)
    other = make.class_session(make.classroom(), status=ClassSessionStatus.OPEN)
    make.assignment(other, tutor, AssignmentStatus.COMPLETED)
    clock.now = ours.session.starts_at + MINUTES
    assert [roll_of(both, one) for one in (ours, other)] == [200, 200]
    stop(admin, tutor, "suspend")
    assert [roll_of(both, one) for one in (ours, other)] == [200, 404]
    assert [consulted(both, one) for one in (ours, other)] == [201, 404]


def test_a_trainee_reads_on_and_who_was_not_confirmed_by_the_start_is_let_go_by_time(
    make: Make, as_: As, admin: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(ages=(3,), note="裏口から"), make.volunteer()
    held = make.assignment(opened, mai)
    waiting = make.assignment(
        make.shift_with_demand(places=2, starts_at=opened.shift.ends_at), mai, AssignmentStatus.TENTATIVE
    )
    with wiring.unit() as unit:
        unit.lock(Volunteer, mai.id).status = VolunteerStatus.IN_TRAINING
    assert done(as_(mai).get(f"/v1/assignments/{held.id}"))["briefing"] is not None
    with wiring.unit() as unit:
        unit.lock(Volunteer, mai.id).status = VolunteerStatus.ACTIVE
    clock.now = opened.shift.ends_at + MINUTES
    stop(admin, mai, "suspend")
    assert done(admin.get(f"/v1/assignments/{waiting.id}"))["end_reason"] == "not_confirmed"
