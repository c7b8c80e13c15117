"""The year's turn on the demo, day by day from 1 March to 1 May: who is reminded, renewed, released, expired, and told once."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, Role
from models.assignment import Assignment
from models.competence import InsuranceCoverage
from models.record import Notice
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from scheduling.problem import Problem
from scheduling.solve import solve
from services.clock import SetClock
from services.demo import loader
from services.roster import muster
from services.shift_values import problem_of, value_shifts
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import people as makers
from tests.makers.doors import claim, done, on_shift
from tests.makers.moments import morning
from tests.makers.plans import planned
from tests.makers.recruits import step
from tests.makers.work import Opened
from worker.registrations import anonymize_the_gone, expire_registrations, prompt_for_hours, remind_of_renewal
from worker.reminding import recheck, settle_conditions

Check = Callable[[], None]
ENDS, NEXT_END = date(2026, 3, 31), date(2027, 3, 31)
SWEEPS = (remind_of_renewal, settle_conditions, recheck, expire_registrations, prompt_for_hours, anonymize_the_gone)
TOLD = (
    "office_condition_due",
    "office_assignment_flagged",
    "availability_prompt",
    "renewal_reminder",
    "condition_due",
    "assignment_released",
    "registration_renewed",
    "registration_expired",
)


@pytest.fixture
def office(wiring: Wiring, as_: As) -> Client:
    """The coordinator of the demo, which is loaded as of November."""
    with wiring.unit() as unit:
        loader.load(unit)
        account = unit.session.exec(select(Account).where(Account.email == "coordinator@example.jp")).one()
    return as_(account)


def people(wiring: Wiring, *conditions: Any) -> list[Volunteer]:
    with wiring.unit(write=False) as unit:
        statement = select(Volunteer).where(*conditions).order_by(col(Volunteer.volunteer_no))
        return list(unit.session.exec(statement))


def ending(wiring: Wiring) -> list[Volunteer]:
    """Who is registered until this 31 March."""
    registered = col(Volunteer.status).in_([VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE])
    return people(wiring, registered, Volunteer.valid_until == ENDS)


def interpreters(wiring: Wiring) -> list[Volunteer]:
    kind = select(VolunteerActivity.volunteer_id).where(VolunteerActivity.kind == ActivityKind.INTERPRETATION)
    return people(wiring, Volunteer.status == VolunteerStatus.ACTIVE, col(Volunteer.id).in_(kind))


def insure(wiring: Wiring, *whom: Volunteer) -> None:
    """Cover for the fiscal year to come, as the office records it for many at once."""
    with wiring.unit() as unit:
        for one in whom:
            makers.insurance(unit, one, 2026)


def told(wiring: Wiring, since: datetime) -> dict[str, dict[str, list[UUID | None]]]:
    """Whom the volunteers' notices of each kind went to, by local day; of one day by id."""
    found: dict[str, dict[str, list[UUID | None]]] = {kind: defaultdict(list) for kind in TOLD}
    with wiring.unit(write=False) as unit:
        for notice in unit.session.exec(select(Notice).where(col(Notice.created_at) >= since).order_by(col(Notice.id))):
            if notice.kind in found:
                found[notice.kind][f"{unit.local_day(notice.created_at):%m-%d}"].append(notice.volunteer_id)
    return {kind: {day: sorted(whom, key=str) for day, whom in days.items()} for kind, days in found.items()}


def test_the_year_turns_day_by_day(
    office: Client, make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    clock.now = morning(date(2026, 3, 1))
    ends = ending(wiring)
    assert len(ends) > 50
    able = [one for one in interpreters(wiring) if one.valid_until == ENDS and _is_able(wiring, one)]
    renews, gap, silent = able[:3]
    stays = [one for n, one in enumerate(ends) if n % 2 and one.id not in {renews.id, gap.id, silent.id}]

    days_pass(wiring, clock, date(2026, 3, 1), date(2026, 3, 10))
    for one in (renews, gap, *stays):
        done(step(office, one, "declare", stays=True))
    shifts = {one.id: _held(make, as_, one) for one in (renews, gap, silent)}
    days_pass(wiring, clock, date(2026, 3, 11), date(2026, 3, 20))
    for one in (renews, *stays):
        make.pledge(one, signed_on=date(2026, 3, 20))
        assert done(step(office, one, "renew"))["valid_until"] == "2028-03-31"
    insure(wiring, renews, silent, *stays)
    days_pass(wiring, clock, date(2026, 3, 21), date(2026, 5, 1))

    notices, both = told(wiring, morning(date(2026, 3, 1))), sorted([gap.id, silent.id], key=str)
    assert {day: len(whom) for day, whom in notices["renewal_reminder"].items()} == {"03-01": len(ends)}
    assert {day: len(whom) for day, whom in notices["registration_renewed"].items()} == {"03-20": len(stays) + 1}
    assert notices["condition_due"] == {"04-07": both}  # 5 business days before 14 April
    assert notices["office_condition_due"] == {"04-07": [None, None]}  # the office, of each of the two
    assert notices["office_assignment_flagged"] == notices["availability_prompt"] == {}
    assert notices["assignment_released"] == {"04-11": both}  # the day after 2 business days before
    expired = {one.id for one in ends} - {renews.id} - {one.id for one in stays}
    assert notices["registration_expired"].keys() == {"05-01"}
    assert Counter(notices["registration_expired"]["05-01"]) == Counter(expired)
    assert [(status, holds) for _, status, holds in on_shift(wiring, shifts[renews.id])] == [("confirmed", True)]
    for one in (gap, silent):
        assert [(status, holds) for _, status, holds in on_shift(wiring, shifts[one.id])] == [("cancelled", False)]
    left = people(wiring, Volunteer.status == VolunteerStatus.EXPIRED, Volunteer.left_on == date(2026, 5, 1))
    assert {one.purge_on for one in left} == {date(2028, 4, 1)}
    check_data()


def days_pass(wiring: Wiring, clock: SetClock, first: date, last: date) -> None:
    """Let the sweeps come by twice a day: what they said in the morning they do not say again."""
    for n in range((last - first).days + 1):
        clock.now = morning(first + timedelta(days=n))
        for sweep in SWEEPS * 2:
            sweep(wiring)


def _is_able(wiring: Wiring, one: Volunteer) -> bool:
    """Who speaks English well enough and has every paper of this year."""
    with wiring.unit(write=False) as unit:
        person = muster(unit, [one.id], history=False).volunteers[one.id]
    certified = any(held.code == "checkup" and held.valid.covers(date(2026, 4, 14)) for held in person.certificates)
    pledged = any(pledge.version == wiring.rules.pledge_version for pledge in person.pledges)
    return bool(certified and pledged and person.insurance and person.best_pair(["en"]) and person.availability.rules)


def _held(make: Make, as_: As, one: Volunteer) -> Opened:
    """A shift of 14 April that she claims on 10 March, with the conditions it takes."""
    opened = make.shift_with_demand(starts_at=datetime.fromisoformat("2026-04-14T10:00:00+09:00"))
    consents = ("ASG_RADIUS", "ASG_CAP", "ASG_UNAVAILABLE", "ASG_TRAVEL")
    body = done(claim(as_(one), opened, *consents), 201)
    assert (body["status"], bool(body["conditions"])) == ("tentative", True)
    return opened


def test_on_10_march_april_can_be_planned_as_if_no_year_turned(
    office: Client, make: Make, wiring: Wiring, clock: SetClock
) -> None:
    clock.now = morning(date(2026, 3, 10))
    month = [
        make.shift_with_demand(
            starts_at=datetime.fromisoformat(f"2026-04-{day:02d}T{hour:02d}:00:00+09:00"),
            demand={"language": language},
        ).shift.id
        for day in range(6, 25)
        if date(2026, 4, day).isoweekday() < 6
        for hour, language in ((10, "en"), (10, "cmn"), (13, "en"), (13, "vi"))
    ]
    for one in ending(wiring):
        done(step(office, one, "declare", stays=True))

    turning = solve(_problem(wiring, month))
    with wiring.unit() as unit:
        for one in unit.session.exec(select(Volunteer).where(Volunteer.valid_until == ENDS)).all():
            one.valid_until, one.renewing = NEXT_END, False
    insured = people(wiring, col(Volunteer.id).in_(select(InsuranceCoverage.volunteer_id)))
    insure(wiring, *insured)
    settled = solve(_problem(wiring, month))

    assert turning.fill.value == settled.fill.value > 0
    assert len(turning.plan.proposals) == len(settled.plan.proposals) > len(month) // 2


def _problem(wiring: Wiring, shift_ids: list[UUID]) -> Problem:
    with wiring.unit(write=False) as unit:
        roster = muster(unit, [one.id for one in interpreters(wiring)])
        return problem_of(unit, roster, value_shifts(unit, shift_ids).values())


def test_an_offer_for_april_is_accepted_with_its_conditions(
    office: Client, make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    clock.now = morning(date(2026, 3, 10))
    one = next(ready for ready in interpreters(wiring) if ready.valid_until == ENDS and _is_able(wiring, ready))
    done(step(office, one, "declare", stays=True))
    opened = make.shift_with_demand(starts_at=datetime.fromisoformat("2026-04-14T10:00:00+09:00"))

    (offer,) = done(office.post(f"/v1/shifts/{opened.shift.id}/offers", json={"volunteer_ids": [str(one.id)]}), 201)[
        "items"
    ]
    body = done(
        as_(one).post(f"/v1/offers/{offer['id']}/accept", json={"consents": ["ASG_RADIUS", "ASG_CAP", "ASG_TRAVEL"]})
    )

    assert [condition["code"] for condition in body["assignment"]["conditions"]] == ["ASG_NO_INSURANCE"]
    with wiring.unit(write=False) as unit:
        held = unit.get(Assignment, UUID(body["assignment"]["id"]))
        assert held.conditions == [{"code": "ASG_NO_INSURANCE", "due_on": "2026-04-10"}]
    assert as_(Role.VIEWER).get(f"/v1/volunteers/{one.id}").status_code == 403


def test_a_plan_made_on_10_march_assigns_with_conditions_that_are_kept_or_released(
    office: Client, make: Make, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    clock.now = morning(date(2026, 3, 10))
    able = [one for one in interpreters(wiring) if one.valid_until == ENDS and _is_able(wiring, one)][:2]
    for one in able:
        done(step(office, one, "declare", stays=True))
    days = (14, 15)
    shifts = [make.shift_with_demand(starts_at=datetime.fromisoformat(f"2026-04-{day}T10:00:00+09:00")) for day in days]

    plan = planned(office, wiring, **{"from": "2026-04-01", "to": "2026-04-30"})
    assert plan["fill"] == {"open_places": 2, "filled": 2}
    done(office.post(f"/v1/plans/{plan['id']}/apply", json={"mode": "assign"}))

    (first,), (second,) = (on_shift(wiring, opened) for opened in shifts)
    assert (first[1], second[1]) == ("tentative", "tentative")
    with wiring.unit(write=False) as unit:
        held = unit.session.exec(
            select(Assignment).where(col(Assignment.shift_id).in_([one.shift.id for one in shifts]))
        )
        assert [[each["code"] for each in one.conditions] for one in held] == [["ASG_NO_INSURANCE"]] * 2
        insured = unit.get(Volunteer, first[0])
    insure(wiring, insured)
    days_pass(wiring, clock, date(2026, 3, 11), date(2026, 4, 14))

    ended = [on_shift(wiring, opened)[0][:2] for opened in shifts]
    assert ended == [(who, "confirmed" if who == insured.id else "cancelled") for who in (first[0], second[0])]
    check_data()
