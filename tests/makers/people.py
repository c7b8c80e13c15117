"""Who takes part: institutions, places, persons, accounts, volunteers and what they bring."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import select

from models.account import Account, AccountStatus, Role
from models.availability import AvailabilityException, AvailabilityKind, AvailabilityRule, AwayReason
from models.availability_call import AvailabilityCall, AvailabilityCallAnswer, CallStatus
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
from models.contact_attempt import ContactAttempt, ContactResult
from models.document import DocumentKind, IssuedDocument
from models.exam_period import ExamPeriod
from models.growing import EarlierSteps
from models.organization import Facility, FacilityKind, Organization, OrganizationKind
from models.person import ContactChannel, Gender, Person
from models.recruitment import (
    ApplicationSource,
    HandItem,
    Intake,
    RecruitmentRound,
    VolunteerApplication,
    VolunteerCheck,
)
from models.retention import LegalHold
from models.volunteer import ActivityKind, Engagement, Volunteer, VolunteerActivity, VolunteerStatus
from services.numbering import next_number, volunteer_no
from services.unit import Unit

DAILY = tuple((weekday, time(7), time(21)) for weekday in range(7))
"""Weekly windows of somebody who can nearly always come."""


def nth(unit: Unit) -> int:
    """Return a number that no row made here has in its name yet."""
    return next_number(unit, "factory")


def organization(
    unit: Unit, /, *, name: str | None = None, kind: OrganizationKind = OrganizationKind.HEALTH_CENTER, **over: Any
) -> Organization:
    """An institution."""
    return unit.add(Organization(name=name or f"架空センター{nth(unit)}", kind=kind, **over, **unit.stamp()))


def facility(
    unit: Unit, /, *, owner: Organization | None = None, name: str | None = None, district: str = "east", **over: Any
) -> Facility:
    """A place in a district; of a new organisation unless its owner is given."""
    owner = owner or organization(unit)
    columns = {"kind": FacilityKind.HEALTH_CENTER, **over}
    return unit.add(
        Facility(
            organization_id=owner.id,
            name=name or f"架空施設{nth(unit)}",
            district_code=district,
            **columns,
            **unit.stamp(),
        )
    )


def person(unit: Unit, /, *, gender: Gender = Gender.FEMALE, district: str | None = "east", **over: Any) -> Person:
    """An adult with a mail address."""
    number = nth(unit)
    columns = {
        "family_name": "架空",
        "given_name": f"花子{number}",
        "family_kana": "カクウ",
        "given_kana": "ハナコ",
        "preferred_name": f"ハナ{number}",
        "birth_date": date(1990, 4, 1),
        "email": f"person{number}@example.jp",
        "contact_channel": ContactChannel.EMAIL,
        **over,
    }
    return unit.add(Person(gender=gender, district_code=district, **columns, **unit.stamp()))


def account(
    unit: Unit,
    /,
    *roles: Role,
    organization: Organization | None = None,
    person: Person | None = None,
    status: AccountStatus = AccountStatus.ACTIVE,
    **over: Any,
) -> Account:
    """Somebody who may sign in (with a token: there is no password unless `password_hash` is given).

    A requester gets an organisation and a volunteer a registration where none is given.
    """
    if Role.REQUESTER in roles and organization is None:
        organization = _organization(unit)
    if Role.VOLUNTEER in roles and person is None:
        person = unit.get(Person, volunteer(unit).person_id)
    number = nth(unit)
    columns = {"email": f"account{number}@example.jp", "display_name": f"利用者{number}", "language": "ja", **over}
    return unit.add(
        Account(
            roles=[str(role) for role in roles],
            status=status,
            organization_id=organization.id if organization else None,
            person_id=person.id if person else None,
            **columns,
            **unit.stamp(),
        )
    )


_organization = organization  # the parameter of that name hides it above


def account_of(unit: Unit, /, volunteer: Volunteer) -> Account:
    """The account of a volunteer, made where there is none."""
    found = unit.session.exec(select(Account).where(Account.person_id == volunteer.person_id)).first()
    return found or account(unit, Role.VOLUNTEER, person=unit.get(Person, volunteer.person_id))


def volunteer(  # noqa: PLR0913 - each default that tests turn is a parameter
    unit: Unit,
    /,
    *,
    status: VolunteerStatus = VolunteerStatus.ACTIVE,
    languages: Mapping[str, str] | None = None,
    certs: Iterable[str] = ("checkup",),
    skills: Iterable[str] = (),
    pledge: bool = True,
    insured: bool = True,
    cleared: bool = False,
    watched: bool | None = None,
    gender: Gender = Gender.FEMALE,
    district: str | None = "east",
    rules: Iterable[tuple[int, time, time]] = DAILY,
    activities: Iterable[ActivityKind] = (ActivityKind.INTERPRETATION,),
    person: Person | None = None,
    **over: Any,
) -> Volunteer:
    """An active interpreter of English (C1) and Japanese, certified for check-ups, who can nearly always come.

    `languages` maps tags to levels; Japanese is native unless it is named. `rules` are weekly windows; without any
    her availability is unknown. `cleared` is her child-safety check. She has `watched` a newborn visit in each language,
    if nothing else is said, where she holds the certificate for them.
    """
    person = person or _person(unit, gender=gender, district=district)
    columns = {
        "engagement": Engagement.VOLUNTEER,
        "registered_on": date(2024, 4, 1),
        "valid_until": _fiscal_end(unit.today),
        **over,
    }
    row = unit.add(
        Volunteer(person_id=person.id, volunteer_no=volunteer_no(unit), status=status, **columns, **unit.stamp())
    )
    spoken, held = {"ja": "native", **(languages or {"en": "C1"})}, tuple(certs)
    _record(unit, row, language, spoken.items())
    _record(unit, row, certification, ((code,) for code in held))
    if "home_visit" in held if watched is None else watched:
        _record(unit, row, earlier_steps, ((tag,) for tag in spoken))
    _record(unit, row, skill, ((code,) for code in skills))
    _record(unit, row, rule, rules)
    _record(unit, row, _activity, ((kind,) for kind in activities))
    _record(unit, row, _pledge, [()] * pledge)
    _record(unit, row, insurance, [()] * insured)
    _record(unit, row, _cleared, [()] * cleared)
    return row


def _record(unit: Unit, row: Volunteer, factory: Callable[..., Row], entries: Iterable[tuple[Any, ...]]) -> None:
    for entry in entries:
        factory(unit, row, *entry)


def legal_hold(unit: Unit, /, volunteer: Volunteer | None = None, **over: Any) -> LegalHold:
    """A hold that stands."""
    columns = {"volunteer_id": volunteer.id if volunteer else None, "reason": "保険会社の照会", **over}
    return unit.add(LegalHold(**columns, **unit.stamp()))


def earlier_steps(unit: Unit, /, volunteer: Volunteer, language: str | None, **over: Any) -> EarlierSteps:
    """One newborn visit watched before the records begin."""
    columns = {"kind": "newborn_home_visit", "shadowed": 1, "paired": 0, "alone": 0, "reason": "以前の記録", **over}
    return unit.add(EarlierSteps(volunteer_id=volunteer.id, language=language or "", **columns, **unit.stamp()))


def _activity(unit: Unit, volunteer: Volunteer, kind: ActivityKind) -> VolunteerActivity:
    return unit.add(VolunteerActivity(volunteer_id=volunteer.id, kind=kind))


def _cleared(unit: Unit, volunteer: Volunteer) -> ChildSafetyCheck:
    return unit.add(
        ChildSafetyCheck(
            volunteer_id=volunteer.id,
            status=ChildSafetyStatus.CLEARED,
            checked_on=date(2025, 4, 1),
            **unit.stamp(),
        )
    )


_person = person


def _fiscal_end(day: date) -> date:
    return date(day.year + (day.month >= 4), 3, 31)


def language(unit: Unit, /, volunteer: Volunteer, tag: str, level: str = "C1", **over: Any) -> VolunteerLanguage:
    """A language at one level, spoken and heard."""
    columns = {
        "direction": Direction.BOTH,
        "speaking": Level(level),
        "listening": Level(level),
        "evidence": Evidence.INTERVIEW,
        **over,
    }
    return unit.add(VolunteerLanguage(volunteer_id=volunteer.id, tag=tag, **columns, **unit.stamp()))


def skill(unit: Unit, /, volunteer: Volunteer, code: str, level: int = 3) -> VolunteerSkill:
    """A skill of the code list, verified."""
    return unit.add(
        VolunteerSkill(volunteer_id=volunteer.id, skill_code=code, level=level, verified=True, **unit.stamp())
    )


def certification(unit: Unit, /, volunteer: Volunteer, code: str = "checkup", **over: Any) -> Certification:
    """A certificate in force without end."""
    columns = {"granted_on": date(2024, 6, 1), **over}
    return unit.add(Certification(volunteer_id=volunteer.id, cert_code=code, **columns, **unit.stamp()))


def document(unit: Unit, /, volunteer: Volunteer, **over: Any) -> IssuedDocument:
    """An attestation of one hour."""
    columns = {
        "kind": DocumentKind.ATTESTATION,
        "check_code": f"{nth(unit):016}",
        "language": "ja",
        "holder": [{"text": "架空", "reading": "カクウ"}],
        "facts": {
            "years": [{"fiscal_year": 2025, "kind": "infant_checkup", "activities": 1, "minutes": 60}],
            "minutes": 60,
        },
        **over,
    }
    return unit.add(IssuedDocument(volunteer_id=volunteer.id, issued_at=unit.now, **columns, **unit.stamp()))


def pledge(
    unit: Unit, /, volunteer: Volunteer, version: str | None = None, signed_on: date = date(2025, 4, 1)
) -> ConfidentialityPledge:
    return unit.add(
        ConfidentialityPledge(
            volunteer_id=volunteer.id,
            kind=PledgeKind.CONFIDENTIALITY,
            version_code=version or unit.rules.pledge_version,
            signed_on=signed_on,
            method=PledgeMethod.PAPER,
            **unit.stamp(),
        )
    )


_pledge = pledge  # the parameters of these names hide the functions above


def insurance(unit: Unit, /, volunteer: Volunteer, fiscal_year: int | None = None) -> InsuranceCoverage:
    """Cover for a whole fiscal year, this one unless said."""
    year = fiscal_year or _fiscal_end(unit.today).year - 1
    return unit.add(
        InsuranceCoverage(
            volunteer_id=volunteer.id,
            fiscal_year=year,
            plan=InsurancePlan.BASIC,
            starts_on=date(year, 4, 1),
            ends_on=date(year + 1, 3, 31),
            **unit.stamp(),
        )
    )


def rule(unit: Unit, /, volunteer: Volunteer, weekday: int, starts: time, ends: time, **over: Any) -> AvailabilityRule:
    """A weekly window, Monday being 0, valid from April 2025."""
    columns = {"valid_from": date(2025, 4, 1), "kind": AvailabilityKind.AVAILABLE, **over}
    return unit.add(
        AvailabilityRule(
            volunteer_id=volunteer.id, weekday=weekday, starts=starts, ends=ends, **columns, **unit.stamp()
        )
    )


def away(unit: Unit, /, volunteer: Volunteer, starts_at: datetime, ends_at: datetime) -> AvailabilityException:
    """A time away."""
    return unit.add(
        AvailabilityException(
            volunteer_id=volunteer.id,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=AwayReason.VACATION,
            **unit.stamp(),
        )
    )


def availability_call(
    unit: Unit,
    /,
    *asked: Volunteer,
    first_on: date = date(2025, 12, 1),
    last_on: date = date(2025, 12, 31),
    **over: Any,
) -> AvailabilityCall:
    """A call for December, to be answered within ten days; those asked have not answered."""
    answer_by = unit.now + timedelta(days=10)
    columns = {"answer_by": answer_by, "status": CallStatus.OPEN, "remind_at": answer_by - timedelta(days=2), **over}
    call = unit.add(AvailabilityCall(first_on=first_on, last_on=last_on, **columns, **unit.stamp()))
    for volunteer in asked:
        unit.add(AvailabilityCallAnswer(call_id=call.id, volunteer_id=volunteer.id, **unit.stamp()))
    return call


def recruitment_round(unit: Unit, /, **over: Any) -> RecruitmentRound:
    """A round for event hands that is open in November."""
    columns = {
        "name": f"募集{nth(unit)}",
        "intake": Intake.ROUND,
        "opens_on": date(2025, 11, 1),
        "closes_on": date(2025, 11, 30),
        "activity_kinds": ["event"],
        **over,
    }
    return unit.add(RecruitmentRound(**columns, **unit.stamp()))


def candidate(
    unit: Unit,
    /,
    status: VolunteerStatus = VolunteerStatus.APPLIED,
    *,
    ticked: bool = False,
    intake: RecruitmentRound | None = None,
    **over: Any,
) -> Volunteer:
    """Somebody on her way to a registration, with her application; `ticked`: whatever staff and papers give is there."""
    papers: dict[str, Any] = {"certs": ("basic",) if ticked else (), "pledge": ticked, "insured": ticked, "rules": ()}
    row = volunteer(unit, status=status, registered_on=None, valid_until=None, **(papers | over))
    unit.add(
        VolunteerApplication(
            volunteer_id=row.id,
            round_id=intake.id if intake else None,
            source=ApplicationSource.PUBLIC,
            received_at=unit.now,
            **unit.stamp(),
        )
    )
    if ticked:
        for item in HandItem:
            unit.add(VolunteerCheck(volunteer_id=row.id, item=item, done_on=unit.today, **unit.stamp()))
        for spoken in unit.session.exec(select(VolunteerLanguage).where(VolunteerLanguage.volunteer_id == row.id)):
            spoken.verified_on = unit.today
    return row


def exam_period(
    unit: Unit, /, university: Organization, first_on: date = date(2026, 1, 26), last_on: date = date(2026, 1, 30)
) -> ExamPeriod:
    """A week of exams in January that keeps nobody away yet."""
    return unit.add(
        ExamPeriod(organization_id=university.id, name="期末試験", first_on=first_on, last_on=last_on, **unit.stamp())
    )


def contact_attempt(
    unit: Unit,
    /,
    called: Volunteer | Organization,
    result: ContactResult = ContactResult.NO_ANSWER,
    at: datetime | None = None,
    **over: Any,
) -> ContactAttempt:
    """A call to somebody whom nobody reached."""
    party = "volunteer_id" if isinstance(called, Volunteer) else "organization_id"
    columns = {party: called.id, **over}
    return unit.add(ContactAttempt(result=result, at=at or unit.now, **columns, **unit.stamp()))
