"""The hard rules: who may come to a shift. This is their one home; every door and every plan is judged here.

Each rule answers with a violation or nothing; `HARD_RULES` lists them in the order in which violations are reported.
"""
# ruff: noqa: ARG001 (every rule has the one signature, whatever it reads)

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from scheduling.people import ACTIVE, JAPANESE, STAFF, AvailabilityState, Cap
from scheduling.place import Place
from scheduling.problem import Calendar, Door, Need, Problem, RuleClass, Rules, Shift, Violation, Volunteer

Rule = Callable[[Volunteer, Shift, Need, Calendar, Rules], Violation | None]


def status(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_STATUS: active, and registered on the day; who declared to stay is so provisionally."""
    if volunteer.status != ACTIVE:
        return Violation("ASG_STATUS", RuleClass.never, {"status": volunteer.status})
    until = volunteer.registered_until
    if until is None or until >= rules.day_of(shift) or volunteer.renewing:
        return None
    return Violation("ASG_STATUS", RuleClass.never, {"registered_until": until}, mendable=until >= rules.today)


def language(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_LANGUAGE: one of the accepted languages, and Japanese to interpret into."""
    if not need.languages or volunteer.best_pair(need.languages) is not None:
        return None
    lacks_foreign = volunteer.languages.keys().isdisjoint(need.languages)
    missing = need.languages if lacks_foreign else (JAPANESE,)
    return Violation("ASG_LANGUAGE", RuleClass.never, {"missing": missing})


def level(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_LEVEL: the level of her best pair; one step below the minimum needs a reason, more is refused."""
    best = volunteer.best_pair(need.languages)
    if need.min_level is None or best is None or best[1] >= need.min_level:
        return None
    rule_class = RuleClass.with_reason if need.min_level - best[1] == 1 else RuleClass.never
    facts = {"language": best[0], "level": best[1].code, "min_level": need.min_level.code}
    return Violation("ASG_LEVEL", rule_class, facts)


def age(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_AGE: of age on the day; an unknown date of birth does not show that."""
    if need.min_age == 0:
        return None
    born = volunteer.birth_date
    years = None if born is None else age_on(born, rules.day_of(shift))
    if years is not None and years >= need.min_age:
        return None
    return Violation("ASG_AGE", RuleClass.never, {"age": years, "min_age": need.min_age})


def age_on(born: date, day: date) -> int:
    """Return the age in full years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def certificates(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_NO_CERT: each certification that is asked for, valid on the day."""
    day = rules.day_of(shift)
    held = {certificate.code for certificate in volunteer.certificates if certificate.valid.covers(day)}
    if need.certifications <= held:
        return None
    return Violation("ASG_NO_CERT", RuleClass.never, {"missing": tuple(sorted(need.certifications - held)), "on": day})


def skills(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_SKILL: each skill that is asked for."""
    if need.skills <= volunteer.skills:
        return None
    return Violation("ASG_SKILL", RuleClass.never, {"missing": tuple(sorted(need.skills - volunteer.skills))})


def steps(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_STEP: she watched before she interprets, and interpreted beside somebody grown before she does without."""
    if not need.shadowings and not need.pairings:
        return None
    done = volunteer.steps_in(shift.service, need.languages)
    asked = [("shadow", done.shadowed + done.served, need.shadowings)]
    if shift.is_alone(need, volunteer.id):
        asked.append(("paired", done.served, need.pairings))
    for step, count, wanted in asked:
        if count < wanted:
            facts = {"service": shift.service, "step": step, "count": count, "wanted": wanted}
            return Violation("ASG_STEP", RuleClass.with_reason, facts)
    return None


def pledge(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_NO_PLEDGE: the current pledge signed by the day (staff pass); who signed an old version can sign anew."""
    day = rules.day_of(shift)
    signed = {pledge.version for pledge in volunteer.pledges if pledge.signed_on <= day}
    if volunteer.engagement == STAFF or rules.pledge_version in signed:
        return None
    facts = {"version": rules.pledge_version, "signed": tuple(sorted(signed))}
    return Violation("ASG_NO_PLEDGE", RuleClass.never, facts, mendable=bool(signed) and rules.today <= day)


def insurance(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_NO_INSURANCE: insured on the day (staff pass); who is insured today can prolong it for a later day."""
    day = rules.day_of(shift)
    if volunteer.engagement == STAFF or any(cover.covers(day) for cover in volunteer.insurance):
        return None
    insured_today = any(cover.covers(rules.today) for cover in volunteer.insurance)
    return Violation("ASG_NO_INSURANCE", RuleClass.never, {"on": day}, mendable=insured_today and rules.today < day)


def child_safety(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """CLS_SAFETY: where children are, she agreed to it and her check holds on the day."""
    day, check = rules.day_of(shift), volunteer.child_safety
    cleared = check is not None and check.covers(day)
    if not need.child_safety or (volunteer.child_contact_ok and cleared):
        return None
    return Violation(
        "CLS_SAFETY", RuleClass.never, {"on": day, "agreed": volunteer.child_contact_ok, "cleared": cleared}
    )


def exclusion(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_EXCLUDED: not excluded by a family. Staff only."""
    if volunteer.id not in shift.excluded:
        return None
    return Violation("ASG_EXCLUDED", RuleClass.never)


def gender(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_GENDER: the gender that is asked for with a reason. Staff only."""
    if need.gender is None or volunteer.gender == need.gender:
        return None
    return Violation("ASG_GENDER", RuleClass.never, {"required": need.gender.value})


def acquaintance(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_ACQUAINTED: no relative or acquaintance, as she declared herself. Staff only."""
    if volunteer.id not in shift.acquainted:
        return None
    return Violation("ASG_ACQUAINTED", RuleClass.never)


def overlap(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_OVERLAP: nothing else of hers shares time with the shift. ASG_HELD: nor does she stand on it already."""
    clashes = calendar.overlapping(shift.interval)
    if not clashes:
        return None
    if any(held.shift_id == shift.id for held in clashes):
        return Violation("ASG_HELD", RuleClass.never)
    taken = clashes[0].interval
    return Violation("ASG_OVERLAP", RuleClass.never, {"starts_at": taken.start, "ends_at": taken.end})


def availability(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_UNAVAILABLE: not away by her hours, weekly or answered, or an exception, from the early arrival to the end."""
    presence = rules.presence(shift)
    state = volunteer.availability.state(presence, rules.zone)
    if state is not AvailabilityState.away:
        return None
    facts = {"state": state.value, "exception": volunteer.availability.excepted(presence)}
    return Violation("ASG_UNAVAILABLE", RuleClass.with_consent, facts)


def known_hours(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_UNAVAILABLE: a plan assigns nobody of whose hours nothing is known, unless it may propose to ask her."""
    if rules.ask_unknown:
        return None
    state = volunteer.availability.state(rules.presence(shift), rules.zone)
    if state is not AvailabilityState.unknown:
        return None
    return Violation("ASG_UNAVAILABLE", RuleClass.with_consent, {"state": state.value, "exception": False})


def daily_cap(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_CAP_DAY: with this one, no more activities on the local day than she set herself."""
    over = _over(volunteer.caps_per_day, calendar, rules, rules.day_of(shift))
    if over is None:
        return None
    return Violation("ASG_CAP_DAY", RuleClass.with_consent, {"count": over[0], "max_per_day": over[1]})


def weekly_cap(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_CAP_WEEK: with this one, no more activities in the local week, from Monday, than she set herself."""
    over = _over(volunteer.caps_per_week, calendar, rules, rules.day_of(shift))
    if over is None:
        return None
    return Violation("ASG_CAP_WEEK", RuleClass.with_consent, {"count": over[0], "max_per_week": over[1]})


def monthly_cap(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_CAP: with this one, no more activities in the local month than she set herself, for all or when asked."""
    over = _over(volunteer.caps_per_month, calendar, rules, rules.day_of(shift))
    if over is None:
        return None
    return Violation("ASG_CAP", RuleClass.with_consent, {"count": over[0], "max_per_month": over[1]})


def _over(
    caps: Callable[[date], tuple[Cap, ...]], calendar: Calendar, rules: Rules, day: date
) -> tuple[int, int] | None:
    """Return of the first cap of a day that one more would exceed how many that makes, and how many she takes."""
    for cap in caps(day):
        count = calendar.count(lambda other: cap in caps(other), rules.zone) + 1  # noqa: B023 (called at once)
        if count > cap.limit:
            return count, cap.limit
    return None


def radius(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_RADIUS: no further from home than she set herself; a remote or unknown place passes."""
    km, limit = shift.place.km_from(volunteer.home), volunteer.max_travel_km
    if km is None or limit is None or km <= limit:
        return None
    return Violation("ASG_RADIUS", RuleClass.with_consent, {"km": km, "max_travel_km": limit})


def travel(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_TRAVEL: time to change over or travel between this and what she holds before and after.

    Every commitment is compared, not the nearest two only: a call between two sites does not shorten the way.
    """
    short = []
    for held in calendar.commitments:
        before = held.interval < shift.interval
        way = (held.place, shift.place) if before else (shift.place, held.place)
        gap, buffer = held.interval.gap_minutes(shift.interval), buffer_minutes(*way, rules)
        if gap is not None and gap < buffer:
            short.append((gap - buffer, held.interval, gap, buffer))
    if not short:
        return None
    _, taken, gap, buffer = min(short)
    facts = {"gap_minutes": gap, "buffer_minutes": buffer, "starts_at": taken.start, "ends_at": taken.end}
    return Violation("ASG_TRAVEL", RuleClass.with_consent, facts)


def buffer_minutes(one: Place, other: Place, rules: Rules) -> int:
    """Return the minutes that must lie between an activity at one place and a later one at the other."""
    same_facility = one.facility is not None and one.facility == other.facility
    if one.remote or other.remote or same_facility:
        return rules.buffer_same_facility
    told = rules.way(one.facility, other.facility)
    if told is not None:
        return told
    if one.district is not None and one.district == other.district:
        return rules.buffer_same_district
    return rules.buffer_elsewhere


def asks(volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules) -> Violation | None:
    """ASG_ASKS: not asked more often than is bearable, in the week and at one time."""
    history = volunteer.history
    if history.asks_this_week < rules.asks_per_week and history.open_asks < rules.open_asks:
        return None
    facts = {"asks_this_week": history.asks_this_week, "open_asks": history.open_asks}
    return Violation("ASG_ASKS", RuleClass.with_reason, facts)


HARD_RULES: Final[tuple[Rule, ...]] = (
    status,
    language,
    level,
    age,
    certificates,
    skills,
    steps,
    pledge,
    insurance,
    child_safety,
    exclusion,
    gender,
    acquaintance,
    overlap,
    availability,
    known_hours,
    daily_cap,
    weekly_cap,
    monthly_cap,
    radius,
    travel,
    asks,
)

OF_WHOEVER_COMES: Final[tuple[Rule, ...]] = (status, pledge, insurance, child_safety, overlap)
"""What bars from anything at all, a guest's stay or a visit to a classroom as a shift: nothing takes place uninsured."""

DOORS: Final[Mapping[Rule, frozenset[Door]]] = {
    asks: frozenset({Door.offer}),
    known_hours: frozenset({Door.plan}),
}
"""The doors a rule holds for, where that is not every one."""
_AT: Final[Mapping[Door, tuple[Rule, ...]]] = {
    door: tuple(rule for rule in HARD_RULES if door in DOORS.get(rule, frozenset(Door))) for door in Door
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What bars a person from a shift, what must be mended before the day, and what she must consent to."""

    violations: tuple[Violation, ...] = ()
    conditions: tuple[Violation, ...] = ()
    consent_needed: tuple[Violation, ...] = ()

    @property
    def eligible(self) -> bool:
        """Tell whether nothing bars her; conditions and consents may still be open."""
        return not self.violations


_CLEAR: Final = Verdict()


def broken_rules(
    volunteer: Volunteer, shift: Shift, need: Need, calendar: Calendar, rules: Rules, door: Door
) -> tuple[Violation, ...]:
    """Return all that is broken for one way in, in the order of `HARD_RULES`, with nothing set aside."""
    found = [rule(volunteer, shift, need, calendar, rules) for rule in _AT[door]]
    return tuple([violation for violation in found if violation is not None])


def weigh(broken: tuple[Violation, ...], consents: frozenset[str], reasons: frozenset[str]) -> Verdict:
    """Sort what is broken by what follows from it; consents and reasons set aside what their class allows."""
    if not broken:
        return _CLEAR
    waived = {RuleClass.never: frozenset[str](), RuleClass.with_consent: consents, RuleClass.with_reason: reasons}
    standing = [broke for broke in broken if broke.code not in waived[broke.rule_class]]
    bars = [broke for broke in standing if broke.rule_class is not RuleClass.with_consent and not broke.mendable]
    return Verdict(
        violations=tuple(bars),
        conditions=tuple(broke for broke in standing if broke.mendable),
        consent_needed=tuple(broke for broke in standing if broke.rule_class is RuleClass.with_consent),
    )


def judge(  # noqa: PLR0913 (the question has these parts; the last three are by name where they are given)
    problem: Problem,
    volunteer: Volunteer,
    shift: Shift,
    need: Need,
    door: Door = Door.offer,
    *,
    consents: frozenset[str] = frozenset(),
    reasons: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge whether a person may fill a need of a shift by a door.

    Codes in `consents` are what she consented to, codes in `reasons` what a coordinator gave a reason for. Each sets
    aside rules of its own class only; a rule of class `never` stands whatever is given.
    """
    broken = broken_rules(volunteer, shift, need, problem.calendar(volunteer.id), problem.rules, door)
    return weigh(broken, consents, reasons)
