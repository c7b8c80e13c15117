"""The 20 on their way to a registration: which round they applied in, what they said, how far they have come."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from typing import Final

from models.base import Row
from models.recruitment import (
    ApplicationSource,
    HandItem,
    Intake,
    RecruitmentRound,
    VolunteerApplication,
    VolunteerCheck,
)
from models.volunteer import ActivityKind, VolunteerStatus
from services.demo.days import DemoDays
from services.demo.people import NEVER_REGISTERED, Registered
from services.unit import Unit

APPLIED_BEFORE: Final = {VolunteerStatus.APPLIED: 3, VolunteerStatus.SCREENING: 12, VolunteerStatus.IN_TRAINING: 30}
"""Business days since somebody in this state applied."""
SCREENED_AFTER, TRAINED_AFTER = timedelta(days=4), timedelta(days=14)
COLLEGE: Final = "ボランティア大学校（架空）"


def receive(unit: Unit, days: DemoDays, people: Sequence[Registered]) -> None:
    """Write the rounds, and the application of everybody who is not registered yet."""
    rounds = [_round(unit, days, "前回の募集", Intake.ROUND), _round(unit, days, "随時募集", Intake.ROLLING)]
    unit.session.add_all(rounds)
    unit.session.flush()  # applications point at these
    candidates = [one for one in people if one.volunteer.status in NEVER_REGISTERED]
    for n, one in enumerate(candidates):
        unit.session.add_all(_of(unit, days, one, rounds, n))


def _round(unit: Unit, days: DemoDays, name: str, intake: Intake) -> RecruitmentRound:
    closes = intake is Intake.ROUND
    return RecruitmentRound(
        **unit.stamp(),
        name=name,
        intake=intake,
        opens_on=days.day(-40),
        closes_on=days.day(-20) if closes else None,
        activity_kinds=[str(ActivityKind.INTERPRETATION)],
        places=20 if closes else None,
    )


def _of(unit: Unit, days: DemoDays, one: Registered, rounds: Sequence[RecruitmentRound], n: int) -> Iterator[Row]:
    status = one.volunteer.status
    in_round = status is VolunteerStatus.IN_TRAINING
    received_at = days.at(-APPLIED_BEFORE[status], time(10, n))
    yield VolunteerApplication(
        **unit.stamp(),
        volunteer_id=one.volunteer.id,
        round_id=rounds[not in_round].id,
        source=ApplicationSource.COLLEGE if in_round and n % 3 == 0 else ApplicationSource.PUBLIC,
        college=COLLEGE if in_round and n % 3 == 0 else None,
        motivation="子育て中の外国人家族の力になりたいです。",
        received_at=received_at,
        screened_at=None if status is VolunteerStatus.APPLIED else received_at + SCREENED_AFTER,
        training_at=received_at + TRAINED_AFTER if in_round else None,
    )
    if in_round:
        for item in (HandItem.CONDITIONS_EXPLAINED, HandItem.INTERVIEW):
            done_on = (received_at + TRAINED_AFTER).date()
            yield VolunteerCheck(**unit.stamp(), volunteer_id=one.volunteer.id, item=item, done_on=done_on)
