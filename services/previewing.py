"""Whom a change would touch, shown before it is made: the change is done, told here, and undone by the unit of work."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select

from models.assignment import ANNOUNCED
from models.change_rule import ChangePreview, TouchedFamily, TouchedOffer, TouchedPerson
from models.client import Client, RequestClient
from models.dispatch_request import DispatchRequestPatch, Reason
from models.office import CheckupMove
from models.person import Person
from models.volunteer import Volunteer
from services import amending, deciding, moving_checkups
from services.changing import Change, TouchedHolder
from services.unit import Unit


def preview_change(unit: Unit, request_id: UUID, draft: DispatchRequestPatch, *, force: bool = False) -> ChangePreview:
    """Return whom a change of a request would touch. Raises what the change itself would."""
    return show_touched(unit, [amending.change(unit, request_id, draft, force=force)])


def preview_cancellation(unit: Unit, request_id: UUID, draft: Reason) -> ChangePreview:
    """Return whom cancelling a request would touch. Raises what cancelling would."""
    return show_touched(unit, [deciding.call_off(unit, request_id, draft)])


def preview_checkup_cancellation(unit: Unit, session_id: UUID, draft: Reason) -> ChangePreview:
    """Return whom cancelling a check-up would touch. Raises what cancelling would."""
    return show_touched(unit, moving_checkups.call_off(unit, session_id, draft)[1])


def preview_checkup_move(unit: Unit, session_id: UUID, draft: CheckupMove) -> ChangePreview:
    """Return whom moving a check-up would touch. Raises what moving would."""
    return show_touched(unit, moving_checkups.shift_session(unit, session_id, draft)[1])


def show_touched(unit: Unit, changes: Sequence[Change]) -> ChangePreview:
    """Return people, offers and families of the changes, as far as the caller may know of them, and what was remarked."""
    staff = unit.actor.is_staff
    changes = [one for one in changes if staff or one.request.organization_id == unit.actor.organization_id]
    holders = [(change, one) for change in changes for one in change.holders if staff or one.was in ANNOUNCED]
    offers = [offer for change in changes for offer in change.offers] if staff else []
    badges = _badges(unit, [one.assignment.volunteer_id for _, one in holders] + [one.volunteer_id for one in offers])
    return ChangePreview(
        requests=[change.request.request_no for change in changes],
        people=[_person(change, one, badges, staff=staff) for change, one in holders],
        offers=[
            TouchedOffer(offer_id=offer.id, volunteer_id=offer.volunteer_id, badge_name=badges[offer.volunteer_id])
            for offer in offers
        ],
        families=_families(unit, changes),
        warnings=list(unit.warnings),
    )


def _person(change: Change, one: TouchedHolder, badges: Mapping[UUID, str], *, staff: bool) -> TouchedPerson:
    return TouchedPerson(
        request_no=change.request.request_no,
        assignment_id=one.assignment.id,
        volunteer_id=one.assignment.volunteer_id if staff else None,
        badge_name=badges[one.assignment.volunteer_id],
        effect=one.effect,
        because=list(one.because) if staff else [],
    )


def _badges(unit: Unit, volunteer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    people = select(Volunteer.id, Person).join(Person, col(Person.id) == Volunteer.person_id)
    return {
        one: person.badge_name for one, person in unit.session.exec(people.where(col(Volunteer.id).in_(volunteer_ids)))
    }


def _families(unit: Unit, changes: Sequence[Change]) -> list[TouchedFamily]:
    numbers = {change.request.id: change.request.request_no for change in changes}
    rows = unit.session.exec(
        select(RequestClient.request_id, RequestClient.n, Client.ref)
        .join(Client, col(Client.id) == RequestClient.client_id)
        .where(col(RequestClient.request_id).in_(numbers))
        .order_by(col(RequestClient.request_id), col(RequestClient.n))
    )
    return [TouchedFamily(request_no=numbers[request_id], n=n, client_ref=ref) for request_id, n, ref in rows]
