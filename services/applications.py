"""Applications: from the public page, on paper by staff, or graduates of a volunteer college, who become candidates.

The public is answered alike whether somebody is known or not (domain.md §0.1, "Said carefully").
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.competence import Direction, VolunteerLanguage
from models.organization import District
from models.person import Person
from models.recruitment import (
    Applicant,
    ApplicationDraft,
    ApplicationSource,
    ApplicationView,
    CandidateBatch,
    CandidateDraft,
    RecruitmentRound,
    VolunteerApplication,
)
from models.service_type import Language
from models.volunteer import Engagement, Volunteer, VolunteerActivity, VolunteerStatus, VolunteerView
from services.credentials import digest
from services.errors import NotFound, Refused, TooMany, invalid
from services.free_text import refuse_personal_details
from services.likeness import alike
from services.notifying import tell_office, tell_volunteer
from services.numbering import volunteer_no
from services.outcome import Outcome, Outcomes, attempt
from services.rounds import round_for
from services.unit import Unit
from services.volunteering import show_volunteer, take

AGAIN = timedelta(hours=24)
"""Within this time a second application from one mail address is the same one."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Submission:
    """What makes an application that is sent twice one: the client's key, and a digest of the body."""

    key: str | None
    body_digest: str


def apply_publicly(unit: Unit, draft: ApplicationDraft, submission: Submission) -> None:
    """Take an application; who applied, and whether she was known, is nothing that the answer tells.

    Raises `Refused` (`VOL_AGE_MIN`, `VOL_GUARDIAN_NEEDED`, `VOL_ROUND`, `IDEMPOTENCY_REUSE`), `InvalidFields`, and
    `TooMany` where more came within the hour than the office could read.
    """
    key = digest(submission.key) if submission.key else None
    if key is not None and _was_sent_before(unit, key, submission.body_digest):
        return
    _refuse_flood(unit)
    intake = round_for(unit, draft.round_id)
    _check(unit, draft, intake)
    if _applied_just_now(unit, draft.email):
        return
    sent: dict[str, Any] = {"submission_key": key, "body_digest": submission.body_digest if key else None}
    volunteer, application = _write(unit, draft, intake, ApplicationSource.PUBLIC, **sent)
    unit.audit("volunteer.apply", volunteer, subject=volunteer.id)
    tell_volunteer(unit, volunteer.id, "application_received", application, {})
    tell_office(unit, "office_application_received", application, {"no": volunteer.volunteer_no})


def _was_sent_before(unit: Unit, key: str, body_digest: str) -> bool:
    sent = select(VolunteerApplication).where(VolunteerApplication.submission_key == key)
    known = unit.session.exec(sent).first()
    if known is not None and known.body_digest != body_digest:
        raise Refused("IDEMPOTENCY_REUSE")
    return known is not None


def _refuse_flood(unit: Unit) -> None:
    limit = unit.rules.applications_per_hour
    received = select(sa.func.count(col(VolunteerApplication.id))).where(
        VolunteerApplication.source == ApplicationSource.PUBLIC, col(VolunteerApplication.received_at) > unit.now - HOUR
    )
    if unit.session.exec(received).one() >= limit:
        raise TooMany(retry_after_s=round(HOUR / timedelta(seconds=1)), limit=limit)


def _applied_just_now(unit: Unit, email: str | None) -> bool:
    recent = (
        select(VolunteerApplication.id)
        .join(Volunteer, col(Volunteer.id) == VolunteerApplication.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Person.email) == email, col(VolunteerApplication.received_at) > unit.now - AGAIN)
    )
    return email is not None and unit.session.exec(recent).first() is not None


def enter_candidate(unit: Unit, draft: CandidateDraft, *, force: bool = False) -> VolunteerView:
    """Enter a candidate for somebody who came by paper, telephone or from a college.

    Raises `Refused` (`VOL_DUPLICATE` unless forced, and as for a public application), `InvalidFields`.
    """
    volunteer = _enter(unit, draft, force=force)
    return show_volunteer(unit, volunteer, unit.get(Person, volunteer.person_id))


def enter_candidates(unit: Unit, batch: CandidateBatch) -> Outcomes:
    """Enter candidates one by one: a failing one undoes no other, one who is known already is told as a duplicate."""
    return Outcomes(
        [attempt(unit, {"index": n}, partial(_entered, unit, draft)) for n, draft in enumerate(batch.items)]
    )


def _entered(unit: Unit, draft: CandidateDraft) -> Outcome:
    volunteer = _enter(unit, draft, force=False)
    return Outcome({"id": volunteer.id, "volunteer_no": volunteer.volunteer_no}, created=True)


def _enter(unit: Unit, draft: CandidateDraft, *, force: bool) -> Volunteer:
    if draft.source is ApplicationSource.PUBLIC:
        raise invalid("/source", "FIELD_CONFLICT", other="on_behalf")
    intake = round_for(unit, draft.round_id)
    _check(unit, draft, intake)
    volunteer, _ = _write(unit, draft, intake, draft.source, college=draft.college)
    if not force:
        refuse_duplicate(unit, unit.get(Person, volunteer.person_id))
    unit.audit("volunteer.enter", volunteer, subject=volunteer.id)
    return volunteer


def refuse_duplicate(unit: Unit, person: Person) -> None:
    """Refuse who looks like somebody registered already. Raises `Refused` (`VOL_DUPLICATE`) naming the number."""
    others = alike(unit, person)
    if others:
        raise Refused("VOL_DUPLICATE", {"no": others[0][0].volunteer_no})


def _check(unit: Unit, draft: Applicant, intake: RecruitmentRound | None) -> None:
    """Judge what only the service can: names, ways to reach her, references, age."""
    if not (draft.family_name or draft.full_name):
        raise invalid("/family_name", "FIELD_MISSING")
    if not (draft.email or draft.phone):
        raise invalid("/email", "FIELD_MISSING")
    if draft.district is not None and unit.session.get(District, draft.district) is None:
        raise invalid("/district")
    for n, claim in enumerate(draft.languages):
        if unit.session.get(Language, claim.tag) is None:
            raise invalid(f"/languages/{n}/tag", "LANG_TAG")
    if len({claim.tag for claim in draft.languages}) < len(draft.languages):
        raise invalid("/languages", "FIELD_DUPLICATE")
    refuse_personal_details(draft.motivation, "/motivation")
    _check_age(unit, draft, unit.today if intake is None else intake.starts_on or unit.today)


def _check_age(unit: Unit, draft: Applicant, starts_on: date) -> None:
    """Refuse who is too young on the day she begins; under age some activities are open, with a guardian's consent."""
    rules = unit.rules
    age = relativedelta(starts_on, draft.birth_date).years
    if age >= rules.volunteer_min_age:
        return
    if age < rules.minor_min_age or not {str(kind) for kind in draft.activity_kinds} <= set(rules.minor_kinds):
        raise Refused("VOL_AGE_MIN", {"min": rules.volunteer_min_age})
    if draft.guardian is None:
        raise Refused("VOL_GUARDIAN_NEEDED")
    if draft.guardian.consent_on > unit.today:
        raise invalid("/guardian/consent_on", "FIELD_RANGE", max=unit.today)


def _write(
    unit: Unit, draft: Applicant, intake: RecruitmentRound | None, source: ApplicationSource, **columns: Any
) -> tuple[Volunteer, VolunteerApplication]:
    person = unit.add(_person(unit, draft))
    volunteer = unit.add(
        Volunteer(
            person_id=person.id,
            volunteer_no=volunteer_no(unit),
            status=VolunteerStatus.APPLIED,
            engagement=Engagement.VOLUNTEER,
            is_student=draft.is_student,
            occupation=draft.occupation,
            **unit.stamp(),
        )
    )
    unit.session.add_all(VolunteerActivity(volunteer_id=volunteer.id, kind=kind) for kind in _once(draft))
    unit.session.add_all(_languages(unit, draft, volunteer))
    return volunteer, unit.add(
        VolunteerApplication(
            volunteer_id=volunteer.id,
            round_id=intake.id if intake else None,
            source=source,
            motivation=draft.motivation,
            received_at=unit.now,
            **_guardian(draft),
            **columns,
            **unit.stamp(),
        )
    )


def _once(draft: Applicant) -> list[Any]:
    return sorted(set(draft.activity_kinds))


def _person(unit: Unit, draft: Applicant) -> Person:
    names = ("family_name", "given_name", "full_name", "family_kana", "given_kana", "birth_date", "email", "phone")
    return Person(
        **draft.model_dump(include={*names, "contact_channel", "contact_languages", "native_language"}),
        gender=int(draft.gender),
        district_code=draft.district,
        **unit.stamp(),
    )


def _languages(unit: Unit, draft: Applicant, volunteer: Volunteer) -> list[VolunteerLanguage]:
    """Return the languages as she judges herself: `verified_on` stays empty until staff have seen proof."""
    return [
        VolunteerLanguage(
            volunteer_id=volunteer.id,
            direction=Direction.BOTH,
            speaking=claim.level,
            listening=claim.level,
            **claim.model_dump(include={"tag", "evidence", "evidence_score"}),
            **unit.stamp(),
        )
        for claim in draft.languages
    ]


def _guardian(draft: Applicant) -> dict[str, Any]:
    return {} if draft.guardian is None else {f"guardian_{name}": value for name, value in draft.guardian}


def read_application(unit: Unit, volunteer_id: UUID) -> ApplicationView:
    """Return what a candidate told of herself. Raises `NotFound`, where nobody applied too."""
    application = application_of(unit, take(unit, volunteer_id))
    if application is None:
        raise NotFound
    return ApplicationView.model_validate(application.model_dump())


def application_of(unit: Unit, volunteer: Volunteer) -> VolunteerApplication | None:
    """Return the application behind a registration; those registered before there were any have none."""
    statement = select(VolunteerApplication).where(VolunteerApplication.volunteer_id == volunteer.id)
    return unit.session.exec(statement).one_or_none()
