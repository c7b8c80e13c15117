"""The product's tables with relationships put on them, as the usual recipe has them; for the recipe's process only."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import foreign, joinedload, relationship, selectinload
from sqlmodel import SQLModel

from models.account import Account
from models.assignment import Assignment, Booking
from models.availability import AvailabilityException, AvailabilityRule
from models.client import ClientExclusion, RequestClient
from models.competence import (
    Certification,
    ChildSafetyCheck,
    ConfidentialityPledge,
    InsuranceCoverage,
    VolunteerLanguage,
    VolunteerSkill,
)
from models.dispatch_request import DispatchRequest
from models.offer import Offer
from models.organization import District, Facility
from models.person import Person
from models.service_type import ServiceType
from models.shift import Demand, DemandLanguage, Shift
from models.volunteer import Volunteer

_BELONGINGS: Final[dict[str, type[SQLModel]]] = {
    "languages": VolunteerLanguage,
    "skills": VolunteerSkill,
    "certifications": Certification,
    "pledges": ConfidentialityPledge,
    "insurance": InsuranceCoverage,
    "safety_checks": ChildSafetyCheck,
    "hours": AvailabilityRule,
    "absences": AvailabilityException,
    "bookings": Booking,
}


def _relate(owner: Any, name: str, target: Any, key: Any, remote: Any, **options: Any) -> None:
    joined = relationship(target, primaryjoin=foreign(key) == remote, viewonly=True, **options)
    sa.inspect(owner).add_property(name, joined)


def _many(owner: Any, name: str, target: Any, key: Any, own: Any) -> None:
    order = list(sa.inspect(target).primary_key)
    joined = relationship(target, primaryjoin=own == foreign(key), viewonly=True, uselist=True, order_by=order)
    sa.inspect(owner).add_property(name, joined)


def relate() -> None:
    """Put the relationships on the tables."""
    shift, request, family, volunteer, person = Shift, DispatchRequest, RequestClient, Volunteer, Person
    _many(shift, "demands", Demand, Demand.shift_id, shift.id)
    _many(shift, "assignments", Assignment, Assignment.shift_id, shift.id)
    _many(shift, "offers", Offer, Offer.shift_id, shift.id)
    _many(Demand, "tags", DemandLanguage, DemandLanguage.demand_id, Demand.id)
    _relate(shift, "facility", Facility, shift.facility_id, Facility.id)
    _relate(shift, "district", District, shift.district_code, District.code)
    _relate(shift, "service_type", ServiceType, shift.service_type_id, ServiceType.id)
    _relate(shift, "request", request, shift.source_id, request.id)
    _many(request, "families", family, family.request_id, request.id)
    _many(family, "exclusions", ClientExclusion, ClientExclusion.client_id, family.client_id)
    _relate(Assignment, "shift", shift, Assignment.shift_id, shift.id)
    _relate(Assignment, "volunteer", volunteer, Assignment.volunteer_id, volunteer.id)
    _relate(Booking, "assignment", Assignment, Booking.source_id, Assignment.id)
    _relate(volunteer, "person", person, volunteer.person_id, person.id)
    _relate(person, "district", District, person.district_code, District.code)
    _relate(Account, "volunteer", volunteer, Account.person_id, volunteer.person_id, uselist=False)
    for name, table in _BELONGINGS.items():
        _many(volunteer, name, table, table.volunteer_id, volunteer.id)  # type: ignore[attr-defined]


def whole_shift() -> list[Any]:
    """Return the loading options that bring a shift with all that is judged or shown of it."""
    shift: Any = Shift
    request: Any = DispatchRequest
    return [
        selectinload(shift.demands).selectinload(Demand.tags),  # type: ignore[attr-defined]
        selectinload(shift.assignments),
        selectinload(shift.offers),
        joinedload(shift.facility),
        joinedload(shift.district),
        joinedload(shift.service_type),
        joinedload(shift.request).selectinload(request.families).selectinload(RequestClient.exclusions),  # type: ignore[attr-defined]
    ]


def whole_volunteer() -> list[Any]:
    """Return the loading options that bring a volunteer with all that she is judged by."""
    volunteer: Any = Volunteer
    taken = selectinload(volunteer.bookings).joinedload(Booking.assignment).joinedload(Assignment.shift)  # type: ignore[attr-defined]
    return [
        joinedload(volunteer.person).joinedload(Person.district),  # type: ignore[attr-defined]
        *(selectinload(getattr(volunteer, name)) for name in _BELONGINGS if name != "bookings"),
        taken.joinedload(Shift.facility),  # type: ignore[attr-defined]
        taken.joinedload(Shift.district),  # type: ignore[attr-defined]
    ]
