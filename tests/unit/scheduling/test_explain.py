from typing import Any

import pytest

from scheduling.constraints import broken_rules
from scheduling.explain import SoleBlocker, Unfilled, explain_unfilled
from scheduling.problem import Availability, Calendar, Door, Gender, Problem, Volunteer
from tests.unit.scheduling.instances import TODAY, demanding_need, held, need, problem, shift, span, speaks, volunteer

ENGLISH = {"languages": speaks(en="C1", ja="native")}
SUSPENDED = {"status": "suspended"}
AWAY = {"availability": Availability((), (span(1000, 1100),))}
UNCERTIFIED: dict[str, Any] = {"certificates": ()}


def people(*overs: dict[str, Any]) -> tuple[Volunteer, ...]:
    """Volunteers v1, v2, … numbered alike, each with what differs."""
    return tuple(volunteer(id=f"v{at}", number=f"V-{at}", **over) for at, over in enumerate(overs, start=1))


def explained(one: Problem) -> Unfilled:
    return explain_unfilled(one, shift(), demanding_need())


def test_nobody_speaks() -> None:
    assert explained(problem(*people(ENGLISH, ENGLISH | SUSPENDED))) == Unfilled(0, 0, (), (), None, "nobody_speaks")


def test_who_speaks_it_without_japanese_is_a_speaker_whom_that_bars() -> None:
    one = explained(problem(*people({"languages": speaks(vi="native")})))

    assert one == Unfilled(1, 0, (SoleBlocker("ASG_LANGUAGE", 1, ("V-1",)),), (), "ASG_LANGUAGE", "all_barred")


def test_sole_blockers_are_counted_most_first() -> None:
    barred = people(AWAY, UNCERTIFIED, ENGLISH, UNCERTIFIED, SUSPENDED | UNCERTIFIED)

    one = explained(problem(*barred[::-1]))

    assert one == Unfilled(
        speakers=4,
        eligible=0,
        sole_blockers=(SoleBlocker("ASG_NO_CERT", 2, ("V-2", "V-4")), SoleBlocker("ASG_UNAVAILABLE", 1, ("V-1",))),
        taken_by=(),
        relaxation="ASG_NO_CERT",
        kind="all_barred",
    )


def test_equal_counts_come_in_the_order_of_the_codes() -> None:
    one = explained(problem(*people(AWAY, UNCERTIFIED)))

    assert [blocker.code for blocker in one.sole_blockers] == ["ASG_NO_CERT", "ASG_UNAVAILABLE"]


def test_who_is_barred_twice_has_no_sole_blocker() -> None:
    one = explained(problem(*people(SUSPENDED | UNCERTIFIED)))

    assert one == Unfilled(1, 0, (), (), None, "all_barred")


def test_all_are_taken_by_these_assignments() -> None:
    taken, twice, both = people({}, {}, SUSPENDED)
    calendars = {
        "v1": [held(1030, 1100, shift_id="s7")],
        "v2": [held(1100, 1130), held(1000, 1030, shift_id="s8"), held(1300, 1400, shift_id="s9")],
        "v3": [held(1000, 1130, shift_id="s6")],
    }

    one = explained(problem(taken, twice, both, calendars=calendars))

    assert one == Unfilled(
        speakers=3,
        eligible=0,
        sole_blockers=(SoleBlocker("ASG_OVERLAP", 2, ("V-1", "V-2")),),
        taken_by=(("V-1", "s7"), ("V-2", "s8"), ("V-2", None)),
        relaxation="ASG_OVERLAP",
        kind="all_taken",
    )


def test_somebody_could_come() -> None:
    one = explained(problem(*people({}, {"registered_until": TODAY}, UNCERTIFIED), calendars={}))

    assert (one.speakers, one.eligible, one.kind) == (3, 2, "open")


def test_it_is_open_although_another_is_taken() -> None:
    one = explained(problem(*people({}, {}), calendars={"v1": [held(1000, 1130, shift_id="s7")]}))

    assert (one.eligible, one.taken_by, one.kind) == (1, (("V-1", "s7"),), "open")


def test_what_only_staff_may_know_is_counted_but_never_proposed() -> None:
    men = people({"gender": Gender.male}, {"gender": Gender.male}, AWAY)

    one = explained(problem(*men))

    assert [blocker.code for blocker in one.sole_blockers] == ["ASG_GENDER", "ASG_UNAVAILABLE"]
    assert one.relaxation == "ASG_UNAVAILABLE"
    assert explained(problem(*men[:2])).relaxation is None


def test_where_no_language_is_asked_everybody_counts() -> None:
    one = explain_unfilled(problem(*people(ENGLISH, SUSPENDED)), shift(), need(languages=(), min_level=None))

    assert (one.speakers, one.eligible) == (2, 1)


CROWD = people(
    {},
    SUSPENDED,
    AWAY,
    UNCERTIFIED,
    UNCERTIFIED | AWAY,
    {"max_per_month": 0},
    {"birth_date": None},
    {"languages": speaks(vi="A2", ja="native")},
    {"languages": speaks(vi="C1")},
    ENGLISH,
)


@pytest.mark.parametrize("size", range(len(CROWD) + 1))
def test_brute_force_over_every_relaxation_agrees(size: int) -> None:
    crowd = CROWD[1 : size + 1]
    one, here, what = problem(*crowd), shift(), demanding_need()
    speakers = [she for she in crowd if "vi" in she.languages]
    broken = {
        she.number: {v.code for v in broken_rules(she, here, what, Calendar(), one.rules, Door.offer)}
        for she in speakers
    }

    freed = {
        code: sorted(number for number, codes in broken.items() if codes and not codes - {code})
        for code in set().union(*broken.values())
    }

    explained_now = explain_unfilled(one, here, what)
    assert {b.code: list(b.numbers) for b in explained_now.sole_blockers} == {c: n for c, n in freed.items() if n}
    assert explained_now.eligible == sum(not codes for codes in broken.values())
    most = max((len(numbers) for numbers in freed.values()), default=0)
    assert (len(freed[explained_now.relaxation]) if explained_now.relaxation else 0) == most
