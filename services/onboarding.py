"""From an application to a registration: taken up, trained, registered, or not taken (domain.md §4.1)."""

from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlmodel import select

from models.account import Account, AccountCreate, LinkPurpose, Role
from models.dispatch_request import Reason
from models.person import Person
from models.recruitment import ApplicationEnd, Screening
from models.volunteer import Volunteer, VolunteerView
from services.applications import application_of, refuse_duplicate
from services.checklists import refuse_gaps
from services.fiscal_years import fiscal_year, last_day
from services.free_text import refuse_personal_details
from services.inviting import add_account, send_link
from services.notifying import tell_volunteer
from services.registering import moved, take_registered
from services.registration_ends import date_leaving, leave_teaching
from services.unit import Unit
from services.volunteering import show_volunteer
from services.wording import DEFAULT_LANGUAGE, LANGUAGES


def screen(unit: Unit, volunteer_id: UUID, draft: Screening) -> VolunteerView:
    """Take an application up.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`VOL_DUPLICATE`) where a registration looks alike, unless it
    is known to be somebody else's.
    """
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "screen")
    if not draft.force:
        refuse_duplicate(unit, unit.get(Person, volunteer.person_id))
    _reached(unit, volunteer, "screened_at")
    return _shown(unit, volunteer)


def start_training(unit: Unit, volunteer_id: UUID) -> VolunteerView:
    """Take a candidate on as a trainee; her invitation is mailed, so that she can enrol in courses.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`VOL_CHECKLIST`, or `ACC_EMAIL_TAKEN` for somebody else's
    address).
    """
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "start-training")
    refuse_gaps(unit, volunteer, "start-training")
    _reached(unit, volunteer, "training_at")
    tell_volunteer(unit, volunteer.id, "training_started", volunteer, {})
    _invite(unit, unit.get(Person, volunteer.person_id))
    return _shown(unit, volunteer)


def _invite(unit: Unit, person: Person) -> None:
    """Give her an account; who has one becomes a volunteer too, and who has no address waits for one."""
    account = unit.session.exec(select(Account).where(Account.person_id == person.id)).one_or_none()
    if account is not None:
        account.roles = sorted({*account.roles, str(Role.VOLUNTEER)})
        account.touch(unit.now)
        unit.audit("account.update", account, fields=["roles"])
    elif person.email is not None:
        account = add_account(unit, _draft(person, person.email))
        send_link(unit, account, LinkPurpose.INVITATION)
        unit.audit("account.invite", account)


def _draft(person: Person, email: str) -> AccountCreate:
    spoken = (language for language in person.contact_languages if language in LANGUAGES)
    return AccountCreate(
        email=email,
        display_name=person.display_name,
        roles=[Role.VOLUNTEER],
        language=next(spoken, DEFAULT_LANGUAGE),
        person_id=person.id,
    )


def activate(unit: Unit, volunteer_id: UUID) -> VolunteerView:
    """Register a trainee for the fiscal years the house registers for, once nothing of the checklist is missing.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`VOL_CHECKLIST`) naming every item that is missing.
    """
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "activate")
    refuse_gaps(unit, volunteer, "activate")
    volunteer.registered_on = unit.today
    volunteer.valid_until = last_day(fiscal_year(unit.today) + unit.rules.registration_years - 1)
    _reached(unit, volunteer, "activated_at")
    facts = {"no": volunteer.volunteer_no, "until_on": volunteer.valid_until}
    tell_volunteer(unit, volunteer.id, "registration_activated", volunteer, facts)
    return _shown(unit, volunteer)


def reject(unit: Unit, volunteer_id: UUID, draft: Reason) -> VolunteerView:
    """Turn a candidate down; she is told, without the reason, and what she wrote is kept for some months only.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "reject", on_behalf=draft.on_behalf)
    purge_on = unit.today + relativedelta(months=unit.rules.rejected_months)
    date_leaving(unit, volunteer, draft.reason, purge_on)
    leave_teaching(unit, volunteer)
    _reached(unit, volunteer, "ended_at", ended_as=ApplicationEnd.TURNED_DOWN)
    tell_volunteer(unit, volunteer.id, "application_rejected", volunteer, {})
    return _shown(unit, volunteer)


def _reached(unit: Unit, volunteer: Volunteer, stage: str, *, ended_as: ApplicationEnd | None = None) -> None:
    """Note when a candidate reached a stage, for the figures of the pipeline."""
    application = application_of(unit, volunteer)
    if application is not None:
        setattr(application, stage, unit.now)
        application.ended_as = ended_as
        application.touch(unit.now)


def _shown(unit: Unit, volunteer: Volunteer) -> VolunteerView:
    return show_volunteer(unit, volunteer, unit.get(Person, volunteer.person_id))
