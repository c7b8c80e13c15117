"""Each hard rule by its edge: a case that breaks it and it alone, and one that only just keeps it."""

from datetime import date, timedelta

import pytest

from scheduling.constraints import DOORS, HARD_RULES
from scheduling.interval import DateRange
from scheduling.problem import (
    Availability,
    Certificate,
    Door,
    Gender,
    History,
    Level,
    Pledge,
    RuleClass,
    Steps,
    Violation,
)
from tests.unit.scheduling.instances import (
    DAY,
    ELSEWHERE,
    EVE,
    LONG_OVER,
    NEXT_DOOR,
    NOWHERE_KNOWN,
    ON_THE_PHONE,
    PLEDGE,
    SINCE_APRIL,
    TODAY,
    UNTIL_EVE,
    Case,
    answered,
    at,
    four_held,
    held,
    holding,
    hours,
    named,
    need,
    of,
    span,
    speaks,
    utc,
)

NEVER, CONSENT, REASON = RuleClass.never, RuleClass.with_consent, RuleClass.with_reason


def status(mendable: bool = False, **facts: object) -> Violation:  # noqa: FBT001, FBT002
    return Violation("ASG_STATUS", NEVER, facts, mendable)


def level(rule_class: RuleClass, language: str, has: str, minimum: str = "B1") -> Violation:
    return Violation("ASG_LEVEL", rule_class, {"language": language, "level": has, "min_level": minimum})


def unavailable(state: str = "away", *, exception: bool = False) -> Violation:
    return Violation("ASG_UNAVAILABLE", CONSENT, {"state": state, "exception": exception})


def overlapping(start: int, end: int) -> Violation:
    clash = span(start, end)
    return Violation("ASG_OVERLAP", NEVER, {"starts_at": clash.start, "ends_at": clash.end})


def hurried(gap: int, buffer: int, start: int, end: int) -> Violation:
    near = span(start, end)
    facts = {"gap_minutes": gap, "buffer_minutes": buffer, "starts_at": near.start, "ends_at": near.end}
    return Violation("ASG_TRAVEL", CONSENT, facts)


def uninsured(*, mendable: bool) -> Violation:
    return Violation("ASG_NO_INSURANCE", NEVER, {"on": DAY}, mendable)


def unpledged(*signed: str) -> Violation:
    return Violation("ASG_NO_PLEDGE", NEVER, {"version": PLEDGE, "signed": signed}, bool(signed))


def unsafe(*, agreed: bool, cleared: bool) -> Violation:
    return Violation("CLS_SAFETY", NEVER, {"on": DAY, "agreed": agreed, "cleared": cleared})


def green(step: str, count: int, wanted: int) -> Violation:
    facts = {"service": "infant_checkup", "step": step, "count": count, "wanted": wanted}
    return Violation("ASG_STEP", REASON, facts)


def asked(week: int, unanswered: int) -> Violation:
    return Violation("ASG_ASKS", REASON, {"asks_this_week": week, "open_asks": unanswered})


VIOLATING: dict[str, tuple[Case, Violation]] = {
    "on leave": (of(status="on_leave"), status(status="on_leave")),
    "suspended, whatever else holds": (of(status="suspended", renewing=True), status(status="suspended")),
    "registration ends the day before": (of(registered_until=EVE), status(mendable=True, registered_until=EVE)),
    "registration ends today": (of(registered_until=TODAY), status(mendable=True, registered_until=TODAY)),
    "registration ended yesterday": (
        of(registered_until=TODAY - timedelta(days=1)),
        status(registered_until=TODAY - timedelta(days=1)),
    ),
    "speaks another language": (
        of(languages=speaks(en="C1", ja="native")),
        Violation("ASG_LANGUAGE", NEVER, {"missing": ("vi",)}),
    ),
    "speaks no Japanese": (of(languages=speaks(vi="native")), Violation("ASG_LANGUAGE", NEVER, {"missing": ("ja",)})),
    "speaks none of two": (
        Case(need={"languages": ("cmn", "yue")}),
        Violation("ASG_LANGUAGE", NEVER, {"missing": ("cmn", "yue")}),
    ),
    "one step below": (of(languages=speaks(vi="A2", ja="native")), level(REASON, "vi", "A2")),
    "two steps below": (of(languages=speaks(vi="A1", ja="native")), level(NEVER, "vi", "A1")),
    "one step below in Japanese": (of(languages=speaks(vi="native", ja="A2")), level(REASON, "vi", "A2")),
    "one step below a native": (
        Case(volunteer={"languages": speaks(vi="C2", ja="native")}, need={"min_level": Level.NATIVE}),
        level(REASON, "vi", "C2", "native"),
    ),
    "the better of two is below": (
        Case(volunteer={"languages": speaks(cmn="A1", yue="A2", ja="native")}, need={"languages": ("cmn", "yue")}),
        level(REASON, "yue", "A2"),
    ),
    "eighteen the day after": (
        of(birth_date=date(2007, 11, 21)),
        Violation("ASG_AGE", NEVER, {"age": 17, "min_age": 18}),
    ),
    "age unknown": (of(birth_date=None), Violation("ASG_AGE", NEVER, {"age": None, "min_age": 18})),
    "certificate ends the day before": (
        of(certificates=(Certificate("checkup", UNTIL_EVE),)),
        Violation("ASG_NO_CERT", NEVER, {"missing": ("checkup",), "on": DAY}),
    ),
    "certificate begins the day after": (
        of(certificates=(Certificate("checkup", DateRange(DAY + timedelta(days=1))),)),
        Violation("ASG_NO_CERT", NEVER, {"missing": ("checkup",), "on": DAY}),
    ),
    "two of three certificates lack": (
        Case(need={"certifications": frozenset({"home_visit", "checkup", "advanced"})}),
        Violation("ASG_NO_CERT", NEVER, {"missing": ("advanced", "home_visit"), "on": DAY}),
    ),
    "skills lack": (
        Case(need={"skills": frozenset({"jltct", "first_aid", "early_childhood"})}),
        Violation("ASG_SKILL", NEVER, {"missing": ("early_childhood", "jltct")}),
    ),
    "never watched": (
        Case(need={"shadowings": 1}),
        green("shadow", 0, 1),
    ),
    "watched once of twice": (
        Case(volunteer={"steps": (Steps("infant_checkup", "vi", shadowed=1),)}, need={"shadowings": 2}),
        green("shadow", 1, 2),
    ),
    "watched in another language and another kind": (
        Case(
            volunteer={"steps": (Steps("infant_checkup", "en", 9, 9, 9), Steps("follow_up_exam", "vi", 9, 9, 9))},
            need={"shadowings": 1},
        ),
        green("shadow", 0, 1),
    ),
    "has only watched, and would be alone": (
        Case(volunteer={"steps": (Steps("infant_checkup", "vi", shadowed=9),)}, need={"shadowings": 1, "pairings": 1}),
        green("paired", 0, 1),
    ),
    "another place, but of another language": (
        Case(
            shift={"needs": (need(), need(id="n2", languages=("en",)))},
            need={"pairings": 2},
            volunteer={"steps": (Steps("infant_checkup", "vi", paired=1),)},
        ),
        green("paired", 1, 2),
    ),
    "no pledge": (of(pledges=()), unpledged()),
    "an old pledge": (of(pledges=(Pledge("2023", SINCE_APRIL),)), unpledged("2023")),
    "pledge signed the day after": (of(pledges=(Pledge(PLEDGE, DAY + timedelta(days=1)),)), unpledged()),
    "an old pledge, the current one the day after": (
        of(pledges=(Pledge("2023", DAY), Pledge(PLEDGE, DAY + timedelta(days=1)))),
        unpledged("2023"),
    ),
    "an old pledge, found after the day": (
        Case(volunteer={"pledges": (Pledge("2023", DAY),)}, rules={"today": DAY + timedelta(days=1)}),
        Violation("ASG_NO_PLEDGE", NEVER, {"version": PLEDGE, "signed": ("2023",)}),
    ),
    "an old pledge, to be signed anew today": (
        Case(volunteer={"pledges": (Pledge("2023", SINCE_APRIL),)}, rules={"today": DAY}),
        unpledged("2023"),
    ),
    "a partner without pledge": (of(engagement="partner", pledges=()), unpledged()),
    "never insured": (of(insurance=()), uninsured(mendable=False)),
    "insurance long over": (of(insurance=(LONG_OVER,)), uninsured(mendable=False)),
    "insured until the day before": (of(insurance=(UNTIL_EVE,)), uninsured(mendable=True)),
    "insured until today": (of(insurance=(DateRange(SINCE_APRIL, TODAY),)), uninsured(mendable=True)),
    "insured from the day after, recorded later": (
        Case(volunteer={"insurance": (DateRange(DAY + timedelta(days=1)),)}, rules={"today": DAY + timedelta(days=9)}),
        uninsured(mendable=False),
    ),
    "a partner without insurance": (of(engagement="partner", insurance=()), uninsured(mendable=False)),
    "no contact with children": (of(child_contact_ok=False), unsafe(agreed=False, cleared=True)),
    "never checked": (of(child_safety=None), unsafe(agreed=True, cleared=False)),
    "check ends the day before": (of(child_safety=UNTIL_EVE), unsafe(agreed=True, cleared=False)),
    "excluded": (Case(shift={"excluded": frozenset({"v1"})}), Violation("ASG_EXCLUDED", NEVER)),
    "another gender": (of(gender=Gender.male), Violation("ASG_GENDER", NEVER, {"required": "female"})),
    "gender unknown": (of(gender=None), Violation("ASG_GENDER", NEVER, {"required": "female"})),
    "acquainted": (Case(shift={"acquainted": frozenset({"v1"})}), Violation("ASG_ACQUAINTED", NEVER)),
    "overlaps the first minute": (holding(held(900, 1001)), overlapping(900, 1001)),
    "overlaps the last minute": (holding(held(1129, 1200)), overlapping(1129, 1200)),
    "within": (holding(held(1030, 1100)), overlapping(1030, 1100)),
    "the earliest of two is named": (holding(held(1100, 1130), held(1000, 1030)), overlapping(1000, 1030)),
    "stands on this very shift": (holding(held(1000, 1130, shift_id="s1")), Violation("ASG_HELD", NEVER)),
    "stands on it beside something else": (
        holding(held(900, 1001), held(1000, 1130, shift_id="s1")),
        Violation("ASG_HELD", NEVER),
    ),
    "hours begin a minute after the early arrival": (of(availability=Availability(hours(946, 1130))), unavailable()),
    "hours end a minute before the end": (of(availability=Availability(hours(945, 1129))), unavailable()),
    "an exception in the early arrival": (
        of(availability=Availability(hours(), (span(900, 946),))),
        unavailable(exception=True),
    ),
    "an exception without any hours": (
        of(availability=Availability((), (span(1129, 1200),))),
        unavailable(exception=True),
    ),
    "a day she did not name when she was asked": (
        of(availability=Availability(hours(), (), (answered(*named(EVE)),))),
        unavailable(),
    ),
    "hours she named begin a minute after the early arrival": (
        of(availability=Availability(hours(), (), (answered(*named(DAY, starts=946)),))),
        unavailable(),
    ),
    "an exception on a day she named": (
        of(availability=Availability((), (span(900, 946),), (answered(*named(DAY)),))),
        unavailable(exception=True),
    ),
    "hours unknown, in a plan": (
        Case(volunteer={"availability": Availability()}, door=Door.plan),
        unavailable("unknown"),
    ),
    "a fifth in the month": (
        holding(*four_held()),
        Violation("ASG_CAP", CONSENT, {"count": 5, "max_per_month": 4}),
    ),
    "a second where she answered with one": (
        holding(
            held(900, 1000, day=TODAY),
            volunteer={"availability": Availability(hours(), (), (answered(hours=None, at_most=1),))},
        ),
        Violation("ASG_CAP", CONSENT, {"count": 2, "max_per_month": 1}),
    ),
    "a first where none is wanted": (
        of(max_per_month=0),
        Violation("ASG_CAP", CONSENT, {"count": 1, "max_per_month": 0}),
    ),
    "a second of the day": (
        holding(held(900, 930), volunteer={"max_per_day": 1}),
        Violation("ASG_CAP_DAY", CONSENT, {"count": 2, "max_per_day": 1}),
    ),
    "none on any day": (
        of(max_per_day=0),
        Violation("ASG_CAP_DAY", CONSENT, {"count": 1, "max_per_day": 0}),
    ),
    "a third in the week": (
        holding(
            held(900, 930, day=date(2025, 11, 17)),
            held(900, 930, day=date(2025, 11, 23)),
            volunteer={"max_per_week": 2},
        ),
        Violation("ASG_CAP_WEEK", CONSENT, {"count": 3, "max_per_week": 2}),
    ),
    "too far": (
        of(home=(36.66, 136.66)),
        Violation("ASG_RADIUS", CONSENT, {"km": 11.1, "max_travel_km": 10}),
    ),
    "no way at all wanted": (
        of(home=(36.57, 136.66), max_travel_km=0),
        Violation("ASG_RADIUS", CONSENT, {"km": 1.1, "max_travel_km": 0}),
    ),
    "14 minutes at the same facility": (holding(held(900, 946)), hurried(14, 15, 900, 946)),
    "29 minutes in the same district": (holding(held(900, 931, place=NEXT_DOOR)), hurried(29, 30, 900, 931)),
    "44 minutes to another district": (holding(held(1214, 1300, place=ELSEWHERE)), hurried(44, 45, 1214, 1300)),
    "44 minutes to an unknown place": (holding(held(1214, 1300, place=NOWHERE_KNOWN)), hurried(44, 45, 1214, 1300)),
    "44 minutes between two unknown places": (
        holding(held(900, 916, place=NOWHERE_KNOWN), shift={"place": NOWHERE_KNOWN}),
        hurried(44, 45, 900, 916),
    ),
    "14 minutes after a call": (holding(held(900, 946, place=ON_THE_PHONE)), hurried(14, 15, 900, 946)),
    "14 minutes before a call": (
        holding(held(1144, 1200, place=ELSEWHERE), shift={"place": ON_THE_PHONE}),
        hurried(14, 15, 1144, 1200),
    ),
    "a call between two sites does not shorten the way": (
        holding(held(900, 920, place=ELSEWHERE), held(930, 940, place=ON_THE_PHONE)),
        hurried(40, 45, 900, 920),
    ),
    "an hour's way by the table, after": (
        holding(held(900, 910, place=ELSEWHERE), rules={"travel_minutes": {"hall": {"centre": 60}}}),
        hurried(50, 60, 900, 910),
    ),
    "an hour's way by the table, before": (
        holding(held(1220, 1300, place=ELSEWHERE), rules={"travel_minutes": {"centre": {"hall": 60}}}),
        hurried(50, 60, 1220, 1300),
    ),
    "a way told in the other direction only": (
        holding(held(900, 910, place=ELSEWHERE), rules={"travel_minutes": {"centre": {"hall": 60}}}),
        hurried(50, 60, 900, 910),
    ),
    "a stop on a quicker way does not shorten the slow one": (
        holding(
            held(900, 920, place=ELSEWHERE),
            held(930, 940, place=NEXT_DOOR),
            rules={"travel_minutes": {"hall": {"centre": 50, "school": 5}, "school": {"centre": 5}}},
        ),
        hurried(40, 50, 900, 920),
    ),
    "the most hurried of two is named": (
        holding(held(900, 950), held(1200, 1300, place=ELSEWHERE)),
        hurried(30, 45, 1200, 1300),
    ),
    "asked three times this week": (of(history=History(asks_this_week=3)), asked(3, 0)),
    "three asks unanswered": (of(history=History(open_asks=3)), asked(0, 3)),
}


@pytest.mark.parametrize(("case", "violation"), VIOLATING.values(), ids=VIOLATING.keys())
def test_a_case_breaks_its_rule_and_no_other(case: Case, violation: Violation) -> None:
    assert case.broken() == (violation,)


def test_every_hard_rule_has_a_case_that_breaks_it() -> None:
    cases = [case for case, _ in VIOLATING.values()]

    assert {rule for rule in HARD_RULES if any(case.breaks(rule) for case in cases)} == set(HARD_RULES)


def test_every_rule_that_holds_for_some_doors_is_a_hard_rule() -> None:
    assert DOORS.keys() <= set(HARD_RULES)


@pytest.mark.parametrize("door", [door for door in Door if door is not Door.offer])
def test_being_asked_too_often_bars_from_offers_only(door: Door) -> None:
    assert Case(volunteer={"history": History(asks_this_week=9, open_asks=9)}, door=door).broken() == ()


@pytest.mark.parametrize("door", [door for door in Door if door is not Door.plan])
def test_unknown_hours_bar_from_plans_only(door: Door) -> None:
    assert Case(volunteer={"availability": Availability()}, door=door).broken() == ()


def test_papers_are_judged_on_the_local_day() -> None:
    early = {"interval": span(100, 200, day=DAY)}

    assert utc(at(1)).date() == EVE
    assert Case(volunteer={"certificates": (Certificate("checkup", DateRange(DAY)),)}, shift=early).broken() == ()


def test_who_was_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    born = {"birth_date": date(2008, 2, 29)}
    days = (date(2026, 2, 28), date(2026, 3, 1))

    eve, day = (Case(volunteer=born, shift={"interval": span(1000, 1130, day=on)}).broken() for on in days)

    assert eve == (Violation("ASG_AGE", NEVER, {"age": 17, "min_age": 18}),)
    assert day == ()


def test_violations_come_in_the_order_of_the_rules() -> None:
    barred = of(history=History(open_asks=3), skills=frozenset(), status="on_leave", max_per_month=0)

    assert [violation.code for violation in barred.broken()] == ["ASG_STATUS", "ASG_SKILL", "ASG_CAP", "ASG_ASKS"]
