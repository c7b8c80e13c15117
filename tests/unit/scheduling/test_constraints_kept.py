"""Each hard rule by its edge, from the legal side: what only just keeps it (`test_constraints` has the other side)."""

from datetime import date

import pytest

from scheduling.interval import DateRange
from scheduling.problem import Availability, Certificate, Gender, History, Place, Pledge, Steps
from tests.unit.scheduling.instances import (
    DAY,
    ELSEWHERE,
    EVE,
    LONG_OVER,
    NEXT_DOOR,
    ON_THE_PHONE,
    PLEDGE,
    SINCE_APRIL,
    UNTIL_DAY,
    YEAR,
    Case,
    answered,
    four_held,
    held,
    holding,
    hours,
    need,
    of,
    span,
    speaks,
)

LEGAL: dict[str, Case] = {
    "all that can be asked for": Case(),
    "registration ends on the day": of(registered_until=DAY),
    "registration without end": of(registered_until=None),
    "registration over, declared to stay": of(registered_until=EVE, renewing=True),
    "one of two languages": Case(need={"languages": ("cmn", "vi")}),
    "no language asked, none spoken": Case(volunteer={"languages": {}}, need={"languages": (), "min_level": None}),
    "only Japanese asked": Case(volunteer={"languages": speaks(ja="B1")}, need={"languages": ("ja",)}),
    "just the level": of(languages=speaks(vi="B1", ja="B1")),
    "no level asked": Case(volunteer={"languages": speaks(vi="A1", ja="A1")}, need={"min_level": None}),
    "the better of two suffices": Case(
        volunteer={"languages": speaks(cmn="A1", yue="B1", ja="native")}, need={"languages": ("cmn", "yue")}
    ),
    "eighteen on the day": of(birth_date=date(2007, 11, 20)),
    "no age asked, none known": Case(volunteer={"birth_date": None}, need={"min_age": 0}),
    "certificate ends on the day": of(certificates=(Certificate("checkup", UNTIL_DAY),)),
    "certificate begins on the day": of(certificates=(Certificate("checkup", DateRange(DAY)),)),
    "an expired certificate beside a valid one": of(
        certificates=(Certificate("checkup", LONG_OVER), Certificate("checkup", YEAR))
    ),
    "more skills than asked": of(skills=frozenset({"first_aid", "jltct"})),
    "watched as often as asked": Case(
        volunteer={"steps": (Steps("infant_checkup", "vi", shadowed=2),)}, need={"shadowings": 2}
    ),
    "who interpreted need not have watched": Case(
        volunteer={"steps": (Steps("infant_checkup", "vi", paired=1, alone=1),)}, need={"shadowings": 2, "pairings": 2}
    ),
    "watched in one of two languages": Case(
        volunteer={"steps": (Steps("infant_checkup", "en", shadowed=1),)},
        need={"languages": ("vi", "en"), "shadowings": 1},
    ),
    "watched, no language asked": Case(
        volunteer={"steps": (Steps("infant_checkup", None, shadowed=1),)},
        need={"languages": (), "min_level": None, "shadowings": 1},
    ),
    "has only watched, beside another of two": Case(
        volunteer={"steps": (Steps("infant_checkup", "vi", shadowed=1),)},
        shift={"needs": (need(places=2),)},
        need={"shadowings": 1, "pairings": 1},
    ),
    "has only watched, beside another need of her language": Case(
        shift={"needs": (need(), need(id="n2", languages=("en", "vi")))}, need={"pairings": 1}
    ),
    "pledge signed on the day": of(pledges=(Pledge(PLEDGE, DAY),)),
    "current pledge beside an old one": of(pledges=(Pledge("2023", SINCE_APRIL), Pledge(PLEDGE, DAY))),
    "staff without pledge": of(engagement="staff", pledges=()),
    "insured until the day": of(insurance=(UNTIL_DAY,)),
    "insured from the day": of(insurance=(LONG_OVER, DateRange(DAY))),
    "staff without insurance": of(engagement="staff", insurance=()),
    "check ends on the day": of(child_safety=UNTIL_DAY),
    "no children there": Case(
        volunteer={"child_contact_ok": False, "child_safety": None}, need={"child_safety": False}
    ),
    "another is excluded": Case(shift={"excluded": frozenset({"v2"})}),
    "no gender asked": Case(volunteer={"gender": None}, need={"gender": None}),
    "the gender asked, a man": Case(volunteer={"gender": Gender.male}, need={"gender": Gender.male}),
    "another is acquainted": Case(shift={"acquainted": frozenset({"v2"})}),
    "just the hours with the early arrival": of(availability=Availability(hours(945, 1130))),
    "exceptions up to the early arrival and from the end": of(
        availability=Availability(hours(), (span(800, 945), span(1130, 1200)))
    ),
    "hours unknown": of(availability=Availability()),
    "no early arrival": Case(
        volunteer={"availability": Availability(hours(1000, 1130))}, rules={"arrive_early_minutes": 0}
    ),
    "a fourth in the month": holding(*four_held()[:3]),
    "four that do not count": holding(*four_held(counts=False)),
    "four in the month before": holding(*four_held(day=date(2025, 10, 3))),
    "a second of two on the day": holding(held(900, 930), volunteer={"max_per_day": 2}),
    "one on the day before, one on the day after": holding(
        held(900, 930, day=EVE), held(900, 930, day=date(2025, 11, 21)), volunteer={"max_per_day": 1}
    ),
    "a first in the week": holding(
        held(900, 930, day=date(2025, 11, 16)), held(900, 930, day=date(2025, 11, 24)), volunteer={"max_per_week": 1}
    ),
    "what does not count leaves the day free": holding(held(900, 930, counts=False), volunteer={"max_per_day": 1}),
    "more on days about which she was not asked": holding(
        held(900, 1000, day=date(2025, 11, 3)),
        volunteer={
            "availability": Availability(
                hours(), (), (answered(period=DateRange(DAY, date(2025, 12, 9)), hours=None, at_most=1),)
            )
        },
    ),
    "exactly as far as she goes": of(home=(36.65, 136.66), max_travel_km=10),
    "far, any way will do": of(home=(35.0, 135.0), max_travel_km=None),
    "home unknown": of(home=None),
    "place unknown": Case(volunteer={"home": (35.0, 135.0)}, shift={"place": Place("centre", "east")}),
    "far from a call": Case(volunteer={"home": (35.0, 135.0)}, shift={"place": ON_THE_PHONE}),
    "15 minutes at the same facility": holding(held(900, 945), held(1145, 1200)),
    "30 minutes in the same district": holding(held(900, 930, place=NEXT_DOOR), held(1200, 1300, place=NEXT_DOOR)),
    "45 minutes to another district": holding(held(900, 915, place=ELSEWHERE), held(1215, 1300, place=ELSEWHERE)),
    "by the table ways may be quick": holding(
        held(900, 959, place=ELSEWHERE), rules={"travel_minutes": {"hall": {"centre": 1}}}
    ),
    "by the table the way back may be long": holding(
        held(900, 959, place=ELSEWHERE), rules={"travel_minutes": {"hall": {"centre": 1}, "centre": {"hall": 120}}}
    ),
    "the table says nothing of the same facility": holding(
        held(900, 945), rules={"travel_minutes": {"centre": {"centre": 60}}}
    ),
    "15 minutes after a call": holding(held(900, 945, place=ON_THE_PHONE)),
    "buffers are the foundation's": holding(
        held(900, 959, place=ELSEWHERE), rules={"buffer_elsewhere": 1, "arrive_early_minutes": 0}
    ),
    "asked twice this week": of(history=History(asks_this_week=2, open_asks=2)),
    "limits on asks are the foundation's": Case(
        volunteer={"history": History(asks_this_week=3, open_asks=3)}, rules={"asks_per_week": 4, "open_asks": 4}
    ),
}


@pytest.mark.parametrize("case", LEGAL.values(), ids=LEGAL.keys())
def test_a_case_that_only_just_keeps_a_rule_breaks_none(case: Case) -> None:
    assert case.broken() == ()
