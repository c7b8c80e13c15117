"""What happens on events, lectures, trainings and what the office opens itself: the office is told at once, as of dispatches."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.event import EventStatus
from models.shift import ClaimPolicy, Demand, Shift, ShiftRole, ShiftStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import gatherings
from tests.makers.doors import claim, done, faults, notices_of, problem, settle
from tests.makers.gatherings import SUNDAY, Helped
from tests.makers.moments import at
from tests.makers.waves import asked_in, kinds, sweep, texts
from worker.reminding import warn_of_risks

pytestmark = pytest.mark.usefixtures("sound")


class Setting(NamedTuple):
    """A shift that no request opened, who may come to it, and what it is called."""

    opened: Helped
    person: Volunteer
    called: str
    part: str


def shift_of(wiring: Wiring, source_id: Any) -> Helped:
    with wiring.unit(write=False) as unit:
        shift = unit.session.exec(select(Shift).where(Shift.source_id == source_id)).one()
        return Helped(shift, unit.session.exec(select(Demand).where(Demand.shift_id == shift.id)).one())


def festival(make: Make, _: Client) -> Setting:
    event = make.event(EventStatus.OPEN, helpers=1)
    return Setting(shift_of(make.wiring, event.id), make.helper(), "event “架空まつり”", "helper")


def table(make: Make, _: Client) -> Setting:
    event = make.event(EventStatus.OPEN, helpers=1)
    opened = shift_of(make.wiring, event.id)
    with make.wiring.unit() as unit:
        demand = unit.get(Demand, opened.demand.id)
        demand.role, demand.language = ShiftRole.INTERPRETER, "vi"
    return Setting(opened, make.helper(), "event “架空まつり”", "interpreter (")


def lecture(make: Make, _: Client) -> Setting:
    taken = make.taken_on()
    return Setting(shift_of(make.wiring, taken.id), make.lecturer(), "lecture “ベトナムのくらし”", "lecturer")


def stall(make: Make, _: Client) -> Setting:
    with make.wiring.unit() as unit:
        shift_id = gatherings.stall(unit, ShiftStatus.OPEN).id
    return Setting(shift_of(make.wiring, shift_id), make.helper(), "activity “案内所”", "guide")


def training(make: Make, office: Client) -> Setting:
    body = {
        "course_id": str(make.course().id),
        "starts_at": SUNDAY.isoformat(),
        "ends_at": (SUNDAY + timedelta(hours=2)).isoformat(),
        "online_url": "https://example.org/room",
        "capacity": 20,
        "lecturer": {"places": 1},
    }
    planned = done(office.post("/v1/training-sessions", json=body), 201)
    done(office.post(f"/v1/training-sessions/{planned['id']}/open"))
    opened = shift_of(make.wiring, UUID(planned["id"]))
    return Setting(opened, make.lecturer(), "lecturing at the training “架空研修”", "lecturer")


@pytest.fixture(params=[festival, table, lecture, stall, training])
def of(request: pytest.FixtureRequest, make: Make, office: Client) -> Setting:
    made: Setting = request.param(make, office)
    return made


def test_who_drops_out_is_told_to_the_office_alone(
    make: Make,
    as_: As,
    office: Client,
    wiring: Wiring,
    clock: SetClock,
    of: Setting,
) -> None:
    stands = make.assignment(of.opened, of.person)
    manager = as_(Role.CLASSROOM_MANAGER, organization=make.organization())
    done(settle(as_(of.person), stands, "want-standin"))
    done(settle(as_(of.person), stands, "keep"))
    clock.now = at("21T09:00")
    done(settle(as_(of.person), stands, "withdraw"))
    sweep(wiring, clock, "21T09:01")

    assert kinds(wiring, office) == ["activity_standin_wanted", "activity_place_freed_urgent"]
    assert kinds(wiring, manager) == []
    (said,) = texts(wiring, "activity_place_freed_urgent")
    assert f"Activity: {of.called}\n" in said
    assert f"Part: {of.part}" in said
    assert "Nobody is asked by itself" in said  # the office decides on waves
    assert asked_in(wiring, of.opened) == {}


def test_who_does_not_come_is_told_to_the_office(
    make: Make,
    office: Client,
    wiring: Wiring,
    clock: SetClock,
    of: Setting,
) -> None:
    stands = make.assignment(of.opened, of.person)
    clock.now = at("23T13:20")
    done(settle(office, stands, "no-show", party="volunteer"))
    done(settle(office, stands, "correct-no-show", party=None, reason="行き違い"))
    assert notices_of(wiring) == [
        ("no_show_volunteer", of.person.id),
        ("activity_no_show", office.account.id),
        ("no_show_corrected", of.person.id),
    ]


def test_a_message_reaches_the_office_and_its_answer_comes_back(
    make: Make,
    as_: As,
    office: Client,
    wiring: Wiring,
    clock: SetClock,
    of: Setting,
) -> None:
    stands, her = make.assignment(of.opened, of.person), as_(of.person)
    path = f"/v1/assignments/{stands.id}/messages"
    clock.now = at("23T12:40")
    assert done(her.post(path, json={"code": "late_20"}), 201)["receiver"] == "staff"
    clock.forward(minutes=1)
    done(office.post(path, json={"code": "other", "text": "裏口へどうぞ", "to": "volunteer"}), 201)

    assert notices_of(wiring) == [("activity_message", office.account.id), ("message_to_volunteer", of.person.id)]
    items = done(her.get(path))["items"]
    assert [(one["sender"], one["receiver"]) for one in items] == [("volunteer", "staff"), ("staff", "volunteer")]
    assert of.called in texts(wiring, "activity_message")[0]
    for caller, to in ((office, "requester"), (office, "staff"), (her, "requester")):
        assert faults(caller.post(path, json={"code": "lost", "to": to})) == [("/to", "FIELD_REFERENCE")]
    assert problem(as_(Role.REQUESTER).post(path, json={"code": "lost"})) == (404, "NOT_FOUND")


def test_a_gap_and_a_claim_to_be_approved_are_told_once(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    event = make.event(EventStatus.OPEN, claim_policy=ClaimPolicy.APPROVAL)
    opened, rin = shift_of(wiring, event.id), make.helper()
    done(claim(as_(rin), opened), 201)
    clock.now = at("20T09:00")
    for _ in range(2):
        warn_of_risks(wiring)
    assert kinds(wiring, office) == ["activity_approval_wanted", "activity_place_at_risk"]
    assert rin.id not in {whom for kind, whom in notices_of(wiring) if kind.startswith("activity")}


def test_everybody_who_is_expected_is_nothing_to_tell(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    of = festival(make, office)
    done(claim(as_(of.person), of.opened), 201)
    assert notices_of(wiring) == [("assignment_confirmed", of.person.id)]
    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, of.opened.shift.id).status is ShiftStatus.FILLED
