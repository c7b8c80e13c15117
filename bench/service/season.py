"""The rows of the stage: institutions, families, shifts, and the people who come to them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from models.account import Account, AccountStatus, Role
from models.assignment import Assignment, AssignmentStatus, Booking, BookingSource, Via
from models.availability import AvailabilityKind, AvailabilityRule
from models.client import Client, RequestClient
from models.competence import (
    Certification,
    ConfidentialityPledge,
    Direction,
    Evidence,
    InsuranceCoverage,
    InsurancePlan,
    Level,
    PledgeKind,
    PledgeMethod,
    VolunteerLanguage,
)
from models.dispatch_request import DispatchRequest, IntakeChannel, RequestStatus
from models.organization import District, Facility, FacilityKind, Organization, OrganizationKind
from models.person import ContactChannel, Gender, Person
from models.service_type import ServiceType
from models.shift import Demand, DemandLanguage, Modality, Shift, ShiftKind, ShiftStatus
from models.tables import METADATA
from models.volunteer import ActivityKind, Engagement, Volunteer, VolunteerActivity, VolunteerStatus
from services.unit import Unit

NOW: Final = datetime(2025, 11, 10, tzinfo=UTC)
"""The clock of every server here stands still, so that a run years from now finds the same shifts still to come."""
LANGUAGES: Final = ("en", "vi", "ne", "pt", "ko")
SERVICE: Final = "infant_checkup"
ORGANIZATIONS: Final = 20
SHIFTS_A_DAY: Final = 100


class Season:
    """Rows, gathered and written in one go; written past the services, as in the tests' factories."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows: list[Any] = []
        self._service = unit.session.exec(select(ServiceType).where(ServiceType.code == SERVICE)).one()
        self._districts = unit.session.exec(select(District.code).order_by(col(District.position))).all()
        self._owners = [self._organization(number) for number in range(ORGANIZATIONS)]
        self._places = [self._facility(number) for number in range(ORGANIZATIONS)]
        self._families = [self._family(number) for number in range(ORGANIZATIONS * 50)]
        self._office()
        self.write()

    def write(self) -> None:
        """Write what was gathered, what others point at first."""
        for _, rows in groupby(sorted(self._rows, key=_depth), key=_depth):
            self._unit.session.add_all(rows)
            self._unit.session.flush()
        self._rows = []

    def _keep(self, row: Any) -> Any:
        self._rows.append(row)
        return row

    def _organization(self, number: int) -> Organization:
        row = Organization(name=f"架空センター{number}", kind=OrganizationKind.HEALTH_CENTER, **self._unit.stamp())
        self._account(f"centre{number}@example.jp", Role.REQUESTER, organization_id=row.id)
        return self._keep(row)  # type: ignore[no-any-return]

    def _office(self) -> None:
        for number in range(5):
            self._account(f"coordinator{number}@example.jp", Role.COORDINATOR)

    def _account(self, email: str, role: Role, **over: Any) -> Account:
        columns = {"display_name": email, "language": "ja", "status": AccountStatus.ACTIVE, **over}
        return self._keep(Account(email=email, roles=[role.value], **columns, **self._unit.stamp()))  # type: ignore[no-any-return]

    def _facility(self, number: int) -> Facility:
        row = Facility(
            organization_id=self._owners[number].id,
            name=f"架空施設{number}",
            kind=FacilityKind.HEALTH_CENTER,
            district_code=self._districts[number % len(self._districts)],
            **self._unit.stamp(),
        )
        return self._keep(row)  # type: ignore[no-any-return]

    def _family(self, number: int) -> Client:
        owner = self._owners[number % ORGANIZATIONS]
        return self._keep(Client(organization_id=owner.id, ref=f"C-{number:05d}"))  # type: ignore[no-any-return]

    def opened(self, number: int) -> tuple[Shift, Demand]:
        """Gather an open shift with its demand, and the request of a family behind it."""
        request = self._request(number)
        shift = Shift(
            kind=ShiftKind.DISPATCH,
            source_type="dispatch_request",
            source_id=request.id,
            service_type_id=self._service.id,
            starts_at=request.starts_at,
            ends_at=request.ends_at,
            facility_id=request.facility_id,
            district_code=self._places[number % ORGANIZATIONS].district_code,
            modality=request.modality,
            claim_policy=self._service.claim_policy,
            status=ShiftStatus.OPEN,
            **self._unit.stamp(),
        )
        return self._keep(shift), self._demand(shift, request.languages[0])

    def _request(self, number: int) -> DispatchRequest:
        starts_at = _local(NOW.date() + timedelta(days=10 + number // SHIFTS_A_DAY), time(9 + number % 7))
        request = DispatchRequest(
            request_no=f"D-25-{number:07d}",
            service_type_id=self._service.id,
            organization_id=self._owners[number % ORGANIZATIONS].id,
            facility_id=self._places[number % ORGANIZATIONS].id,
            status=RequestStatus.MATCHING,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=90),
            modality=Modality.ON_SITE,
            languages=[LANGUAGES[number % len(LANGUAGES)]],
            channel=IntakeChannel.WEB,
            received_at=NOW,
            **self._unit.stamp(),
        )
        family = self._families[number % len(self._families)]
        self._keep(RequestClient(request_id=request.id, client_id=family.id, n=1, age_months=3, consent_on=NOW.date()))
        return self._keep(request)  # type: ignore[no-any-return]

    def _demand(self, shift: Shift, language: str) -> Demand:
        demand = Demand(
            shift_id=shift.id,
            role="interpreter",
            places=1,
            language=language,
            min_level=self._service.min_level,
            certifications=self._service.required_certs,
            skills=self._service.required_skills,
            min_age=self._service.min_age,
            child_safety=self._service.child_safety_required,
        )
        for tag in {language, *self._service.equivalents.get(language, [])}:
            self._keep(DemandLanguage(demand_id=demand.id, tag=tag))
        return self._keep(demand)  # type: ignore[no-any-return]

    def volunteer(self, number: int, tag: str) -> Account:
        """Gather an able volunteer with an account."""
        person = Person(
            family_name="架空",
            preferred_name=f"ハナ{number}",
            birth_date=date(1990, 4, 1),
            gender=Gender.FEMALE,
            email=f"person{number}@example.jp",
            contact_channel=ContactChannel.EMAIL,
            district_code="east",
            **self._unit.stamp(),
        )
        row = Volunteer(
            person_id=person.id,
            volunteer_no=f"V-{number:06d}",
            status=VolunteerStatus.ACTIVE,
            engagement=Engagement.VOLUNTEER,
            registered_on=date(2024, 4, 1),
            valid_until=date(2026, 3, 31),
            **self._unit.stamp(),
        )
        self._rows += [person, row, *self._papers(row), *self._hours(row), *self._tongues(row, tag)]
        return self._account(f"volunteer{number}@example.jp", Role.VOLUNTEER, person_id=person.id)

    def _papers(self, row: Volunteer) -> Iterator[Any]:
        whose = {"volunteer_id": row.id, **self._unit.stamp()}
        yield VolunteerActivity(volunteer_id=row.id, kind=ActivityKind.INTERPRETATION)
        for code in self._service.required_certs:
            yield Certification(cert_code=code, granted_on=date(2024, 6, 1), **whose)
        yield ConfidentialityPledge(
            kind=PledgeKind.CONFIDENTIALITY,
            version_code=self._unit.rules.pledge_version,
            signed_on=date(2025, 4, 1),
            method=PledgeMethod.PAPER,
            **whose,
        )
        yield InsuranceCoverage(
            fiscal_year=2025,
            plan=InsurancePlan.BASIC,
            starts_on=date(2025, 4, 1),
            ends_on=date(2026, 3, 31),
            **whose,
        )

    def _hours(self, row: Volunteer) -> Iterator[Any]:
        for weekday in range(7):
            yield AvailabilityRule(
                volunteer_id=row.id,
                weekday=weekday,
                starts=time(7),
                ends=time(21),
                valid_from=date(2025, 4, 1),
                kind=AvailabilityKind.AVAILABLE,
                **self._unit.stamp(),
            )

    def _tongues(self, row: Volunteer, tag: str) -> Iterator[Any]:
        for spoken, level in (("ja", Level.NATIVE), (tag, Level.C1)):
            yield VolunteerLanguage(
                volunteer_id=row.id,
                tag=spoken,
                direction=Direction.BOTH,
                speaking=level,
                listening=level,
                evidence=Evidence.INTERVIEW,
                **self._unit.stamp(),
            )

    def stand(self, account: Account, shift: Shift, demand: Demand) -> None:
        """Gather a confirmed assignment; the shift is full with it."""
        volunteer = next(row for row in self._rows if isinstance(row, Volunteer) and row.person_id == account.person_id)
        held = Assignment(
            shift_id=shift.id,
            demand_id=demand.id,
            volunteer_id=volunteer.id,
            via=Via.HAND,
            status=AssignmentStatus.CONFIRMED,
            confirmed_at=NOW,
            **self._unit.stamp(),
        )
        booking = Booking(
            volunteer_id=volunteer.id,
            source_type=BookingSource.ASSIGNMENT,
            source_id=held.id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
        self._rows += [held, booking]
        demand.taken = 1
        shift.status = ShiftStatus.FILLED
        self._unit.get(DispatchRequest, shift.source_id).status = RequestStatus.FILLED


_DEPTHS: Final = {table: depth for depth, table in enumerate(METADATA.sorted_tables)}


def _depth(row: Any) -> int:
    return _DEPTHS[row.__table__]


def _local(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZoneInfo("Asia/Tokyo"))
