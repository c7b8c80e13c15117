"""The demo of the city's plan, in one transaction: nobody in it is real, and it looks alike on any day it is loaded.

People and papers come from a fixed seed; identifiers and references to families are random as everywhere.
"""

from random import Random

from sqlmodel import select

from models.account import Account
from models.organization import Organization
from models.person import Person
from models.volunteer import VolunteerStatus
from services import reference
from services.demo import (
    accounts,
    aftermath,
    candidates,
    checkups,
    classes,
    communities,
    companions,
    consultations,
    council,
    directory,
    gatherings,
    hosting,
    money,
    papers,
    people,
    play,
    schooling,
    trainings,
)
from services.demo.days import DemoDays
from services.demo.people import Registered
from services.demo.stage import Stage
from services.unit import Unit

SEED = 161
HERS = "cmn-1"
"""Who signs in as volunteer@example.jp: an interpreter of Chinese and English with every certificate."""


class NotEmptyError(Exception):
    """The database holds somebody's data already; the demo is loaded into an empty one only."""


def is_empty(unit: Unit) -> bool:
    """Return whether the database holds nothing but reference data."""
    return not any(unit.session.exec(select(table.id).limit(1)).first() for table in (Account, Organization, Person))


def load(unit: Unit) -> None:
    """Write the demo as seen from `unit.now`, reference data included. Raises `NotEmptyError`."""
    if not is_empty(unit):
        raise NotEmptyError
    reference.load(unit)
    stage = _set(unit, Random(SEED))  # noqa: S311 - chance for invented names, not for secrets
    play.play(stage)
    aftermath.conclude(stage)
    checkups.close_past(unit, stage.sessions)
    money.claim(stage)
    trainings.play(stage)
    classes.run(stage)
    consultations.receive(stage)
    council.gather(stage)
    communities.gather(stage)
    hosting.receive(stage)
    gatherings.gather(stage)
    schooling.run(stage)
    companions.run(stage)
    aftermath.send_nothing(unit)


def _set(unit: Unit, chance: Random) -> Stage:
    days = DemoDays(unit)
    places = directory.build(unit)
    everybody = people.register(unit, days, places, chance)
    papers.hand_in(unit, days, everybody, chance)
    candidates.receive(unit, days, everybody)
    interpreters = {one.sketch.key: one.volunteer.id for one in everybody if one.sketch.key}
    active = [(one.volunteer, one.person) for one in everybody if _is_active(one)]
    cast = accounts.invite(unit, places, active, interpreters[HERS])
    students = [one.volunteer.id for one in everybody if _is_active(one) and one.sketch.university]
    return Stage(unit, days, places, cast, checkups.plan(unit, days, places), interpreters, students)


def _is_active(one: Registered) -> bool:
    return one.volunteer.status is VolunteerStatus.ACTIVE


def summary() -> list[str]:
    """Return the lines that `serve` prints: who may sign in, and with which password."""
    width = max(len(address) for address, _ in accounts.addresses())
    lines = [f"{address:<{width}}  {name}" for address, name in accounts.addresses()]
    return [*lines, f"password: {accounts.PASSWORD}"]
