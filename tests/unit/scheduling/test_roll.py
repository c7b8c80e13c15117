"""The roll answers as the ranking does, whoever it leaves unasked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import roll as rolling
from scheduling.people import Availability
from scheduling.problem import Door, Problem
from scheduling.ranking import rank
from scheduling.roll import Roll
from tests.unit.scheduling.instances import REPEATABLE, hours, need, problem, shift, speaks, volunteer
from tests.unit.scheduling.months import months
from tests.unit.scheduling.test_properties import problems


@REPEATABLE
@given(st.one_of(problems(), months()), st.integers(1, 3), st.sampled_from(Door))
def test_the_roll_ranks_as_the_ranking_does(month: Problem, limit: int, door: Door) -> None:
    roll = Roll(month)

    for where in month.shifts:
        for wanted in where.needs:
            assert roll.rank(where, wanted, limit, door) == rank(month, where, wanted, limit=limit, door=door)


def test_who_lives_too_far_away_or_is_never_there_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def noting(among: Problem, *args: Any, **given: Any) -> Any:
        asked.append([one.id for one in among.volunteers])
        return rank(among, *args, **given)

    monkeypatch.setattr(rolling, "rank", noting)
    people = (
        volunteer(id="v1"),
        volunteer(id="far", home=(43.0, 141.3)),
        volunteer(id="away", availability=Availability(hours(1800, 2000))),
        volunteer(id="unknown", availability=Availability()),
        volunteer(id="other", languages=speaks(en="C1", ja="native")),
    )

    found = Roll(problem(*people)).rank(shift(), need(), limit=2)

    assert asked == [["v1", "unknown"]]
    assert [one.volunteer_id for one in found] == ["v1", "unknown"]
