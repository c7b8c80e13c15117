"""What the volunteers of the demo bring: languages, certificates, pledges, insurance, hours (domain.md §6, set 2)."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from models.availability import (
    AvailabilityException,
    AvailabilityKind,
    AvailabilityRule,
    AwayReason,
)
from models.base import Row
from models.competence import (
    Certification,
    ChildSafetyCheck,
    ChildSafetyStatus,
    ConfidentialityPledge,
    Direction,
    Evidence,
    InsuranceCoverage,
    InsurancePlan,
    Level,
    PledgeKind,
    PledgeMethod,
    VolunteerLanguage,
    VolunteerSkill,
)
from models.growing import EarlierSteps
from models.volunteer import ActivityKind, VolunteerStatus
from services.demo.days import DemoDays
from services.demo.interpreters import HOME_VISIT_ENDS, Hours, Profile
from services.demo.people import Registered
from services.unit import Unit

OLD_PLEDGE = "2023-04"
LADDER = ("checkup", "home_visit", "advanced")
VALID_DAYS = 730
"""A certificate holds for 24 months (domain.md §4.2)."""
WEEKDAYS = range(5)
_LIVE = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE, VolunteerStatus.SUSPENDED})
_HOURS = {Hours.WEEKDAYS: (time(8, 30), time(17, 30)), Hours.MORNINGS: (time(8, 30), time(12, 0))}


def hand_in(unit: Unit, days: DemoDays, people: list[Registered], chance: Random) -> None:
    """Write everybody's papers and hours."""
    for one in people:
        if one.volunteer.status in _LIVE:
            unit.session.add_all(_of_everybody(unit, days, one))
        if one.sketch.profile is not None:
            unit.session.add_all(_of_interpreter(unit, days, one, one.sketch.profile, chance))


def _of_everybody(unit: Unit, days: DemoDays, one: Registered) -> Iterator[Row]:
    profile = one.sketch.profile
    if profile is None or profile.insured:
        yield from _insurance(unit, days, one)
    yield _pledge(unit, days, one, current=profile is None or profile.pledged)
    if one.volunteer.child_contact_ok:
        yield _child_safety(unit, days, one)
    if one.sketch.kind in {ActivityKind.JAPANESE_TUTORING, ActivityKind.STUDY_SUPPORT}:
        yield _skill(unit, one, "plain_japanese")


def _of_interpreter(unit: Unit, days: DemoDays, one: Registered, profile: Profile, chance: Random) -> Iterator[Row]:
    yield from _languages(unit, days, one, profile)
    yield from _certificates(unit, days, one, profile)
    if profile.steps:
        yield from _earlier_steps(unit, one, profile)
    if profile.steps > 1:
        yield _skill(unit, one, "maternal_child_health")
    yield from _hours(unit, days, one, profile, chance)
    if profile.away:
        yield _absence(unit, days, one)


def _languages(unit: Unit, days: DemoDays, one: Registered, profile: Profile) -> Iterator[VolunteerLanguage]:
    """The pair's level is the profile's: natives are limited by their Japanese, the others by the foreign language."""
    learnt = Level(profile.level)
    yield _language(unit, days, one, "ja", learnt if profile.native else Level.NATIVE)
    first, *others = profile.languages
    yield _language(unit, days, one, first, Level.NATIVE if profile.native else learnt)
    for tag in others:
        yield _language(unit, days, one, tag, Level.B2)


def _language(unit: Unit, days: DemoDays, one: Registered, tag: str, level: Level) -> VolunteerLanguage:
    native = level is Level.NATIVE
    return VolunteerLanguage(
        **unit.stamp(),
        volunteer_id=one.volunteer.id,
        tag=tag,
        direction=Direction.BOTH,
        speaking=level,
        listening=level,
        reading=level,
        evidence=Evidence.NONE if native else Evidence.INTERVIEW,
        verified_on=None if native else days.today - timedelta(days=300),
    )


def _earlier_steps(unit: Unit, one: Registered, profile: Profile) -> Iterator[EarlierSteps]:
    """Who has finished a course has watched a visit, in the years before the records begin."""
    for tag in profile.languages:
        yield EarlierSteps(
            **unit.stamp(),
            volunteer_id=one.volunteer.id,
            kind="newborn_home_visit",
            language=tag,
            shadowed=1,
            paired=0,
            alone=0,
            reason="以前の活動記録（紙）による",
        )


def _certificates(unit: Unit, days: DemoDays, one: Registered, profile: Profile) -> Iterator[Certification]:
    codes = [*LADDER[: profile.steps], *(["basic"] if profile.steps else []), *(["school"] if profile.school else [])]
    for code in codes:
        left = profile.home_visit_ends if code == "home_visit" else HOME_VISIT_ENDS
        expires_on = days.today + timedelta(days=left)
        yield Certification(
            **unit.stamp(),
            volunteer_id=one.volunteer.id,
            cert_code=code,
            granted_on=expires_on - timedelta(days=VALID_DAYS),
            expires_on=expires_on,
        )


def _insurance(unit: Unit, days: DemoDays, one: Registered) -> Iterator[InsuranceCoverage]:
    for year in days.fiscal_years():
        yield InsuranceCoverage(
            **unit.stamp(),
            volunteer_id=one.volunteer.id,
            fiscal_year=year,
            plan=InsurancePlan.BASIC,
            starts_on=date(year, 4, 1),
            ends_on=date(year + 1, 3, 31),
        )


def _pledge(unit: Unit, days: DemoDays, one: Registered, *, current: bool) -> ConfidentialityPledge:
    return ConfidentialityPledge(
        **unit.stamp(),
        volunteer_id=one.volunteer.id,
        kind=PledgeKind.CONFIDENTIALITY,
        version_code=unit.rules.pledge_version if current else OLD_PLEDGE,
        signed_on=days.today - timedelta(days=150 if current else 900),
        method=PledgeMethod.PAPER,
    )


def _child_safety(unit: Unit, days: DemoDays, one: Registered) -> ChildSafetyCheck:
    return ChildSafetyCheck(
        volunteer_id=one.volunteer.id,
        status=ChildSafetyStatus.CLEARED,
        checked_on=days.today - timedelta(days=150),
        valid_until=days.today + timedelta(days=580),
        **unit.stamp(),
    )


def _skill(unit: Unit, one: Registered, code: str) -> VolunteerSkill:
    return VolunteerSkill(**unit.stamp(), volunteer_id=one.volunteer.id, skill_code=code, level=3, verified=True)


def _hours(unit: Unit, days: DemoDays, one: Registered, profile: Profile, chance: Random) -> Iterator[AvailabilityRule]:
    window = _HOURS.get(profile.hours)
    if window is None:
        return
    for weekday in WEEKDAYS:
        yield AvailabilityRule(
            **unit.stamp(),
            volunteer_id=one.volunteer.id,
            weekday=weekday,
            starts=window[0],
            ends=window[1],
            valid_from=days.today - timedelta(days=180),
            kind=chance.choice((AvailabilityKind.AVAILABLE, AvailabilityKind.PREFERRED)),
        )


def _absence(unit: Unit, days: DemoDays, one: Registered) -> AvailabilityException:
    return AvailabilityException(
        **unit.stamp(),
        volunteer_id=one.volunteer.id,
        starts_at=days.at(1, time(0)),
        ends_at=days.at(14, time(0)),
        reason=AwayReason.VACATION,
    )
