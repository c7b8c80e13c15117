"""The life of a registration: leave and return, suspension, the year's renewal, leaving (domain.md §4.1, §0.1)."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select

from models.competence import ConfidentialityPledge, PledgeKind
from models.dispatch_request import Reason
from models.fields import OnBehalf
from models.pairing import Pairing
from models.person import Person
from models.recruitment import ApplicationEnd, CheckItem
from models.registration import Declaration, LeaveDraft, Leaving, RegistrationVerb, Renewal
from models.volunteer import Engagement, Volunteer, VolunteerStatus, VolunteerView
from services import states
from services.acting_for import arrival_of_volunteer
from services.applications import application_of
from services.errors import Refused, invalid
from services.fiscal_years import fiscal_year, last_day
from services.free_text import refuse_personal_details
from services.notifying import tell_volunteer
from services.registration_ends import LEFT, date_leaving, free_all, leave_teaching, purge_day, warn_of_held
from services.resting_pairings import rest_pairings, tell_of_waiting
from services.unit import Unit
from services.visiting import doubt_visits
from services.volunteering import show_volunteer, take_near


def take_registered(unit: Unit, volunteer_id: UUID) -> Volunteer:
    """Return the addressed volunteer, locked: herself or staff. Raises `NotFound`, `Forbidden`, `Stale`."""
    volunteer = take_near(unit, volunteer_id, lock=True)
    unit.expect(volunteer)
    return volunteer


def moved(unit: Unit, volunteer: Volunteer, verb: str, *, on_behalf: OnBehalf | None = None) -> None:
    """Move a locked volunteer by a verb, with its audit row. Raises `WrongState`."""
    volunteer.status = VolunteerStatus(states.VOLUNTEER.next(volunteer.status, verb))
    volunteer.touch(unit.now)
    unit.audit(f"volunteer.{verb}", volunteer, subject=volunteer.id, on_behalf=on_behalf)


def take_leave(unit: Unit, volunteer_id: UUID, draft: LeaveDraft) -> VolunteerView:
    """Pause. What she holds stays hers and travels as a warning; the office is told of it by and by. Her pairings rest.

    Raises `NotFound`, `Forbidden`, `Stale`, `WrongState`, `InvalidFields` for a pause that is over.
    """
    volunteer = take_registered(unit, volunteer_id)
    arrival_of_volunteer(unit, volunteer.id, draft.on_behalf)
    if draft.until is not None and draft.until < unit.today:
        raise invalid("/until", "FIELD_RANGE", min=unit.today)
    moved(unit, volunteer, "take-leave", on_behalf=draft.on_behalf)
    volunteer.leave_until = draft.until
    warn_of_held(unit, volunteer)
    rest_pairings(unit, Pairing.volunteer_id, volunteer.id)
    doubt_visits(unit, volunteer)
    return _shown(unit, volunteer)


def come_back(unit: Unit, volunteer_id: UUID, draft: RegistrationVerb) -> VolunteerView:
    """End a pause. Raises `NotFound`, `Forbidden`, `Stale`, `WrongState`."""
    volunteer = take_registered(unit, volunteer_id)
    arrival_of_volunteer(unit, volunteer.id, draft.on_behalf)
    moved(unit, volunteer, "return", on_behalf=draft.on_behalf)
    volunteer.leave_until = None
    tell_of_waiting(unit, volunteer.id)
    return _shown(unit, volunteer)


def suspend(unit: Unit, volunteer_id: UUID, draft: Reason) -> VolunteerView:
    """Suspend somebody: what she holds ends in this transaction and others are asked; the reason stays with staff.

    What she has with learners rests. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "suspend", on_behalf=draft.on_behalf)
    volunteer.left_reason = draft.reason
    free_all(unit, volunteer, "cancel", "suspended")
    rest_pairings(unit, Pairing.volunteer_id, volunteer.id)
    tell_volunteer(unit, volunteer.id, "registration_suspended", volunteer, {})
    return _shown(unit, volunteer)


def reinstate(unit: Unit, volunteer_id: UUID, draft: Reason) -> VolunteerView:
    """End a suspension; what was cancelled or rests stays so. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    refuse_personal_details(draft.reason, "/reason")
    volunteer = take_registered(unit, volunteer_id)
    moved(unit, volunteer, "reinstate", on_behalf=draft.on_behalf)
    volunteer.left_reason = None
    tell_volunteer(unit, volunteer.id, "registration_reinstated", volunteer, {})
    tell_of_waiting(unit, volunteer.id)
    return _shown(unit, volunteer)


def withdraw(unit: Unit, volunteer_id: UUID, draft: Leaving) -> VolunteerView:
    """Leave for good, from any state before: what she holds ends in this transaction and others are asked.

    Raises `NotFound`, `Forbidden`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    volunteer = take_registered(unit, volunteer_id)
    arrival_of_volunteer(unit, volunteer.id, draft.on_behalf)
    moved(unit, volunteer, "withdraw", on_behalf=draft.on_behalf)
    free_all(unit, volunteer, "withdraw", LEFT)
    date_leaving(unit, volunteer, draft.reason, purge_day(unit))
    leave_teaching(unit, volunteer)
    _end_application(unit, volunteer)
    tell_volunteer(unit, volunteer.id, "registration_ended", volunteer, {})
    return _shown(unit, volunteer)


def _end_application(unit: Unit, volunteer: Volunteer) -> None:
    """Note that a candidate dropped out, for the figures of the pipeline; whoever was registered did not."""
    application = application_of(unit, volunteer)
    if application is not None and application.activated_at is None:
        application.ended_at, application.ended_as = unit.now, ApplicationEnd.LEFT
        application.touch(unit.now)


def declare(unit: Unit, volunteer_id: UUID, draft: Declaration) -> VolunteerView:
    """Say whether she stays for the year to come: who does is eligible beyond it until the grace is over.

    It may be said anew. Raises `NotFound`, `Forbidden`, `Stale`, `WrongState`, `Refused` (`VOL_RENEWAL`) outside of
    the time of renewal.
    """
    volunteer = take_registered(unit, volunteer_id)
    said_at = arrival_of_volunteer(unit, volunteer.id, draft.on_behalf)
    moved(unit, volunteer, "declare", on_behalf=draft.on_behalf)
    _refuse_early(unit, volunteer)
    volunteer.renewing = draft.stays
    volunteer.renewal_answered_on = unit.local_day(said_at)
    if not draft.stays:
        warn_of_held(unit, volunteer)
    return _shown(unit, volunteer)


def renew(unit: Unit, volunteer_id: UUID, draft: Renewal) -> VolunteerView:
    """Prolong a registration, also one that has expired, once the pledge is signed anew (domain.md §9 rule 10).

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`VOL_RENEWAL` before its time, `VOL_CHECKLIST`).
    """
    volunteer = take_registered(unit, volunteer_id)
    comes_back = volunteer.status is VolunteerStatus.EXPIRED
    moved(unit, volunteer, "renew")
    ended = _refuse_early(unit, volunteer)
    if not _has_signed_anew(unit, volunteer, unit.rules.renewal_opens(ended)):
        raise Refused("VOL_CHECKLIST", {"items": [str(CheckItem.PLEDGE)]})
    first = max(ended.year, fiscal_year(unit.today))
    volunteer.valid_until = last_day(first + (draft.years or unit.rules.registration_years) - 1)
    volunteer.renewing, volunteer.renewal_answered_on = False, None
    volunteer.left_on = volunteer.left_reason = volunteer.purge_on = None
    tell_volunteer(unit, volunteer.id, "registration_renewed", volunteer, {"until_on": volunteer.valid_until})
    if comes_back:
        tell_of_waiting(unit, volunteer.id)
    return _shown(unit, volunteer)


def _refuse_early(unit: Unit, volunteer: Volunteer) -> date:
    """Return when a registration ends that may be renewed by now. Raises `Refused` (`VOL_RENEWAL`)."""
    ends_on = volunteer.valid_until
    opens_on = unit.rules.renewal_opens(ends_on) if ends_on else None
    if ends_on is None or opens_on is None or unit.today < opens_on:
        raise Refused("VOL_RENEWAL", {"opens_on": opens_on})
    return ends_on


def _has_signed_anew(unit: Unit, volunteer: Volunteer, since: date) -> bool:
    signed = select(ConfidentialityPledge.id).where(
        ConfidentialityPledge.volunteer_id == volunteer.id,
        ConfidentialityPledge.kind == PledgeKind.CONFIDENTIALITY,
        ConfidentialityPledge.version_code == unit.rules.pledge_version,
        col(ConfidentialityPledge.signed_on) >= since,
    )
    return volunteer.engagement is Engagement.STAFF or unit.session.exec(signed).first() is not None


def _shown(unit: Unit, volunteer: Volunteer) -> VolunteerView:
    return show_volunteer(unit, volunteer, unit.get(Person, volunteer.person_id))
