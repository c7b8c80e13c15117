"""Who takes part in a training: applying, seats, the waiting list that promotes with confirmation."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.person import Person
from models.training import EnrollmentStatus, TrainingEnrollment, TrainingSession
from models.volunteer import Engagement, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import by_phone, done, faults, notices_of, problem, refused
from worker.trainings import move_trainings

Check = Callable[[], None]
E = EnrollmentStatus


def apply(client: Client, session: TrainingSession, **body: Any) -> Any:
    return client.post(f"/v1/training-sessions/{session.id}/enrollments", json=body)


def verb(client: Client, enrollment: Any, name: str, **body: Any) -> Any:
    enrollment_id = enrollment["id"] if isinstance(enrollment, dict) else enrollment.id
    return client.post(f"/v1/training-enrollments/{enrollment_id}/{name}", json=body)


def states(wiring: Wiring, session: TrainingSession) -> list[EnrollmentStatus]:
    """In the order of applications."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(
            select(TrainingEnrollment)
            .where(TrainingEnrollment.session_id == session.id)
            .order_by(TrainingEnrollment.number)  # type: ignore[arg-type]
        )
        return [row.status for row in rows]


def test_she_applies_and_the_office_gives_her_a_seat(
    office: Client, as_: As, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session, she = make.training(), make.volunteer()
    applied = done(apply(as_(she), session), 201)
    assert (applied["status"], applied["number"], applied["actions"]) == ("applied", 1, ["withdraw"])
    assert verb(as_(she), applied, "accept").status_code == 403
    assert make.booked(she) == 0
    accepted = done(verb(office, applied, "accept"))
    assert (accepted["status"], accepted["actions"]) == ("accepted", ["withdraw"])
    assert make.booked(she) == 1
    assert done(office.get(f"/v1/training-sessions/{session.id}"))["taken"] == 1
    told = [kind for kind, _ in notices_of(wiring)]
    assert told == ["training_applied", "office_training_applied", "training_accepted"]
    check_data()


def test_an_address_on_the_net_is_told_with_the_seat(as_: As, make: Make) -> None:
    session = make.training(online_url="https://example.org/room", auto_accept=True, capacity=1)
    first, second = make.volunteer(), make.volunteer()
    assert done(apply(as_(first), session), 201)["status"] == "accepted"
    assert done(apply(as_(second), session), 201)["status"] == "waitlisted"
    urls = [done(as_(one).get(f"/v1/training-sessions/{session.id}"))["online_url"] for one in (first, second)]
    assert urls == ["https://example.org/room", None]


def test_staff_learn_as_well_and_enter_what_came_by_phone(
    office: Client, make: Make, as_: As, check_data: Check
) -> None:
    session, she = make.training(auto_accept=True), make.volunteer()
    colleague = make.volunteer(engagement=Engagement.STAFF, pledge=False, insured=False)
    with make.wiring.unit(write=False) as unit:
        person = unit.get(Person, colleague.person_id)
    desk = as_(make.account(Role.COORDINATOR, Role.VOLUNTEER, person=person))
    assert done(apply(desk, session), 201)["volunteer_id"] == str(colleague.id)
    assert apply(office, session, volunteer_id=str(she.id)).status_code == 403
    entered = apply(office, session, volunteer_id=str(she.id), on_behalf=by_phone(she))
    assert done(entered, 201)["status"] == "accepted"
    assert faults(apply(office, session)) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert faults(apply(office, session, volunteer_id=str(new_id()))) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert apply(as_(she), session, volunteer_id=str(colleague.id)).status_code == 403
    check_data()


def test_nobody_applies_twice_but_may_again_after_leaving(as_: As, make: Make, check_data: Check) -> None:
    session, she = make.training(auto_accept=True), make.volunteer()
    first = done(apply(as_(she), session), 201)
    assert faults(apply(as_(she), session)) == [("", "FIELD_DUPLICATE")]  # she named nobody
    assert faults(apply(as_(she), session, volunteer_id=str(she.id))) == [("/volunteer_id", "FIELD_DUPLICATE")]
    named = apply(as_(Role.COORDINATOR), session, volunteer_id=str(she.id), on_behalf=by_phone(she))
    assert faults(named) == [("/volunteer_id", "FIELD_DUPLICATE")]
    assert done(verb(as_(she), first, "withdraw"))["status"] == "withdrawn"
    assert make.booked(she) == 0
    assert done(apply(as_(she), session), 201)["number"] == 2
    check_data()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (VolunteerStatus.IN_TRAINING, 201),
        (VolunteerStatus.ON_LEAVE, 201),
        (VolunteerStatus.APPLIED, 409),
        (VolunteerStatus.SUSPENDED, 409),
        (VolunteerStatus.WITHDRAWN, 409),
    ],
)
def test_who_may_learn(status: VolunteerStatus, told: int, as_: As, make: Make) -> None:
    answer = apply(as_(make.volunteer(status=status)), make.training())
    assert answer.status_code == told
    if told == 409:
        assert refused(answer) == [("ASG_STATUS", "never")]


def test_a_session_that_is_not_open_takes_nobody(office: Client, as_: As, make: Make, clock: SetClock) -> None:
    she, session = make.volunteer(), make.training()
    gone, late = make.volunteer(), make.training()
    applied = done(apply(as_(gone), late), 201)
    done(office.post(f"/v1/training-sessions/{session.id}/cancel", json={"reason": "中止"}))
    assert apply(as_(she), session).status_code == 404
    entered = apply(office, session, volunteer_id=str(she.id), on_behalf=by_phone(she))
    assert problem(entered) == (409, "CRS_STATE")
    clock.forward(days=12, hours=4)
    assert problem(apply(as_(she), late)) == (409, "CRS_STATE")
    assert problem(verb(as_(gone), applied, "withdraw")) == (409, "CRS_STATE")
    assert problem(verb(office, applied, "accept")) == (409, "CRS_STATE")


def test_prerequisites_are_groups_of_which_one_is_met_whole(as_: As, make: Make) -> None:
    basic = make.course(code="basic", title="基礎", grants="basic")
    talk = make.course(code="talk", title="講話")
    make.course(code="school", title="学校", grants="school")
    wanted = make.course(code="next", prerequisites=[["basic", "talk"], ["school", "basic", "talk"]])
    session = make.training(of=wanted)
    she = make.volunteer(certs=())
    missing = apply(as_(she), session)
    assert problem(missing) == (422, "CRS_PREREQ")
    assert "基礎" in missing.json()["detail"]
    assert "講話" in missing.json()["detail"]
    make.certification(she, "basic", expires_on=date(2025, 11, 21))
    make.seat(make.training(of=talk, starts_at=datetime.fromisoformat("2025-10-04T10:00:00+09:00")), she, E.COMPLETED)
    assert problem(apply(as_(she), session)) == (422, "CRS_PREREQ")  # it lapses the day before
    make.certification(she, "basic", revoked_on=date(2025, 11, 1))
    assert problem(apply(as_(she), session)) == (422, "CRS_PREREQ")
    make.certification(she, "basic", expires_on=date(2025, 11, 22))
    assert done(apply(as_(she), session), 201)["status"] == "applied"
    assert basic.grants == "basic"


def test_a_full_session_lets_people_wait_and_is_not_overfilled(
    office: Client, as_: As, make: Make, check_data: Check
) -> None:
    session = make.training(capacity=1)
    early = [done(apply(as_(make.volunteer()), session), 201) for _ in range(2)]
    done(verb(office, early[0], "accept"))
    late = done(apply(as_(make.volunteer()), session), 201)
    assert (late["status"], late["number"]) == ("waitlisted", 3)
    for one in (early[1], late):
        assert problem(verb(office, one, "accept")) == (409, "CRS_CAPACITY")
    assert done(verb(office, late, "decline"))["status_reason"] == "office"
    check_data()


def test_a_freed_seat_is_offered_in_order_and_taken_with_a_yes(
    office: Client, as_: As, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session = make.training(capacity=1, answer_hours=24)
    people = [make.volunteer() for _ in range(3)]
    rows = [make.seat(session, people[0])]
    rows += [make.seat(session, one, E.WAITLISTED) for one in people[1:]]
    done(verb(as_(people[0]), rows[0], "withdraw"))
    assert states(wiring, session) == [E.WITHDRAWN, E.OFFERED, E.WAITLISTED]
    assert make.booked(people[1]) == 0
    offered = done(as_(people[1]).get(f"/v1/training-enrollments/{rows[1].id}"))
    assert (offered["respond_by"], offered["actions"]) == (
        "2025-11-11T09:00:00+09:00",
        ["accept", "decline", "withdraw"],
    )
    assert done(verb(as_(people[1]), rows[1], "accept"))["respond_by"] is None
    assert states(wiring, session) == [E.WITHDRAWN, E.ACCEPTED, E.WAITLISTED]
    assert make.booked(people[1]) == 1
    told = notices_of(wiring)
    assert set(told[:2]) == {
        ("training_seat_offered", people[1].id),
        ("office_training_withdrawn", office.account.id),
    }
    assert told[2:] == [("training_accepted", people[1].id)]
    check_data()


def test_a_seat_that_is_declined_goes_to_the_next(
    office: Client, as_: As, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session = make.training(capacity=1)
    first, second, third = (make.volunteer() for _ in range(3))
    offered = make.seat(session, first, E.OFFERED)
    waiting = make.seat(session, second, E.WAITLISTED)
    make.seat(session, third, E.WAITLISTED)
    assert verb(office, offered, "decline").status_code == 403
    assert done(verb(as_(first), offered, "decline"))["status_reason"] == "declined_offer"
    assert states(wiring, session) == [E.DECLINED, E.OFFERED, E.WAITLISTED]
    told = verb(office, waiting, "decline", on_behalf=by_phone(second))
    assert done(told)["status"] == "declined"
    assert states(wiring, session) == [E.DECLINED, E.DECLINED, E.OFFERED]
    check_data()


def test_a_seat_that_nobody_answers_for_goes_on(
    as_: As, make: Make, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    session = make.training(capacity=1)
    first, second = make.volunteer(), make.volunteer()
    offered = make.seat(session, first, E.OFFERED)
    make.seat(session, second, E.WAITLISTED)
    assert move_trainings(wiring) == 0
    clock.forward(hours=48)
    assert problem(verb(as_(first), offered, "accept")) == (409, "CRS_STATE")  # before any sweep came by
    assert done(as_(first).get(f"/v1/training-enrollments/{offered.id}"))["actions"] == []
    assert move_trainings(wiring) == 1
    assert states(wiring, session) == [E.DECLINED, E.OFFERED]
    assert set(notices_of(wiring)) == {("training_offer_expired", first.id), ("training_seat_offered", second.id)}
    assert move_trainings(wiring) == 0
    check_data()


def test_an_offered_seat_is_kept_no_longer_than_the_start(
    as_: As, make: Make, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    session = make.training(capacity=1)
    seated, waiting = make.volunteer(), make.volunteer()
    row = make.seat(session, seated)
    make.seat(session, waiting, E.WAITLISTED)
    clock.forward(days=12, hours=3)
    done(verb(as_(seated), row, "withdraw"))
    offered = done(as_(waiting).get("/v1/training-enrollments?status=offered"))["items"]
    assert [one["respond_by"] for one in offered] == ["2025-11-22T13:00:00+09:00"]
    clock.forward(hours=1)
    assert move_trainings(wiring) == 1
    assert states(wiring, session) == [E.WITHDRAWN, E.DECLINED]
    check_data()


def test_a_seat_and_a_shift_do_not_overlap(office: Client, as_: As, make: Make, check_data: Check) -> None:
    she, opened = make.volunteer(), make.shift_with_demand()
    make.assignment(opened, she)
    session = make.training(starts_at=opened.shift.starts_at, auto_accept=True)
    assert problem(apply(as_(she), session)) == (409, "ASG_OVERLAP")
    asked = make.training(starts_at=opened.shift.starts_at)
    applied = done(apply(as_(she), asked), 201)
    assert problem(verb(office, applied, "accept")) == (409, "ASG_OVERLAP")
    check_data()


def test_each_sees_her_own_and_staff_see_all(office: Client, as_: As, make: Make) -> None:
    trainer = make.account(Role.TRAINER)
    session, other = make.training(trainer_id=trainer.id), make.training()
    she = make.volunteer()
    mine, theirs = make.seat(session, she), make.seat(other, make.volunteer())

    def seen(client: Client, path: str = "/v1/training-enrollments") -> set[str]:
        return {one["id"] for one in done(client.get(path))["items"]}

    assert seen(as_(she)) == {str(mine.id)}
    assert seen(as_(trainer)) == {str(mine.id)}
    assert seen(office) == {str(mine.id), str(theirs.id)}
    assert seen(office, f"/v1/training-enrollments?volunteer_id={she.id}") == {str(mine.id)}
    assert seen(office, f"/v1/training-sessions/{other.id}/enrollments") == {str(theirs.id)}
    assert as_(she).get(f"/v1/training-enrollments/{theirs.id}").status_code == 404
    assert verb(as_(she), theirs, "withdraw").status_code == 404
    assert done(as_(trainer).get(f"/v1/training-enrollments/{mine.id}"))["status_reason"] is None


def test_a_stale_view_changes_nothing(as_: As, make: Make) -> None:
    she, session = make.volunteer(), make.training()
    row = make.seat(session, she)
    path = f"/v1/training-enrollments/{row.id}/withdraw"
    assert as_(she).post(path, json={}, headers={"If-Match": '"x.1"'}).status_code == 412
    current = as_(she).get(f"/v1/training-enrollments/{row.id}").headers["ETag"]
    assert done(as_(she).post(path, json={}, headers={"If-Match": current}))["status"] == "withdrawn"


def test_who_only_waits_leaves_without_a_word_to_the_office(
    office: Client, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session, she = make.training(capacity=1), make.volunteer()
    make.seat(session, make.volunteer())
    waiting = make.seat(session, she, E.WAITLISTED)
    told = done(verb(office, waiting, "withdraw", on_behalf=by_phone(she)))
    assert told["status"] == "withdrawn"
    assert notices_of(wiring) == []
    check_data()


def test_who_is_suspended_gives_up_her_seats_and_the_next_is_asked(
    as_: As, make: Make, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    she, waiting = make.volunteer(), make.volunteer()
    past = make.training(starts_at=clock.now - timedelta(days=3))
    session = make.training(capacity=1)
    make.seat(past, she, E.ATTENDING, minutes=60)
    make.seat(session, she)
    make.seat(session, waiting, E.WAITLISTED)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{she.id}/suspend", json={"reason": "確認中"}))
    assert states(wiring, past) == [E.ATTENDING]
    assert states(wiring, session) == [E.WITHDRAWN, E.OFFERED]
    assert ("training_seat_offered", waiting.id) in notices_of(wiring)
    check_data()
