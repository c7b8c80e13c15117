"""What they do: check-ups, requests, shifts, assignments, offers."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

from sqlmodel import col, select

from models.activity_report import ActivityReport, ReportKind, ReportOutcome
from models.assignment import HOLDING, Assignment, AssignmentStatus, Booking, BookingSource, Via
from models.cascade import LIVE, Cascade, CascadeStatus
from models.client import Client, RequestClient
from models.competence import (
    Level,
)
from models.dispatch_request import DispatchRequest, IntakeChannel, RequestStatus
from models.dispatch_series import DispatchSeries, SeriesStatus
from models.fallback import Fallback, FallbackChannel, FallbackOutcome, FallbackStatus
from models.offer import Offer, OfferStatus
from models.office import CheckupKind, CheckupSession, CheckupStatus
from models.organization import Facility, Organization
from models.plan import Plan, PlanStatus
from models.service_type import ServiceType
from models.shift import ClaimPolicy, Demand, DemandLanguage, Modality, Shift, ShiftKind, ShiftStatus
from models.volunteer import Volunteer
from services.numbering import request_no
from services.unit import Unit
from tests.makers.people import facility, nth, organization

VISIT = datetime.fromisoformat("2025-11-20T10:00:00+09:00")
"""A Thursday, eight business days after the clock of the tests."""


class Placed(Protocol):
    """Whatever people can stand on: a shift with its demand."""

    @property
    def shift(self) -> Shift: ...

    @property
    def demand(self) -> Demand: ...


class Opened(NamedTuple):
    """A shift with its one demand and the request behind it."""

    shift: Shift
    demand: Demand
    request: DispatchRequest


def service_type(unit: Unit, /, code: str = "infant_checkup", **over: Any) -> ServiceType:
    """The service type of the reference data, changed by `over`; an unknown code makes a plain one."""
    found = unit.session.exec(
        select(ServiceType).where(ServiceType.code == code).order_by(col(ServiceType.valid_from).desc())
    ).first()
    if found is None:
        return unit.add(ServiceType(code=code, **(_PLAIN | over), **unit.stamp()))
    for name, value in over.items():
        setattr(found, name, value)
    return unit.add(found)


_PLAIN: dict[str, Any] = {
    "valid_from": date(2023, 4, 1),
    "names": {"ja": "試し"},
    "default_minutes": 120,
    "max_minutes": 180,
    "hard_max_minutes": 240,
    "lead_business_days": 7,
    "min_level": Level.B1,
    "claim_policy": ClaimPolicy.OPEN,
}


def checkup_session(unit: Unit, /, *, place: Facility | None = None, **over: Any) -> CheckupSession:
    """A check-up at three months on the day of `VISIT`, reception from 12:45 to 14:00."""
    columns = {
        "kind": CheckupKind.CHECKUP_3M,
        "held_on": VISIT.date(),
        "reception_starts": time(12, 45),
        "reception_ends": time(14),
        "expected_families": 20,
        "status": CheckupStatus.PLANNED,
        **over,
    }
    place = place or facility(unit)
    return unit.add(CheckupSession(facility_id=place.id, **columns, **unit.stamp()))


def request(  # noqa: PLR0913 - each default that tests turn is a parameter
    unit: Unit,
    /,
    *,
    service: str = "infant_checkup",
    owner: Organization | None = None,
    place: Facility | None = None,
    starts_at: datetime = VISIT,
    minutes: int = 120,
    status: RequestStatus = RequestStatus.DRAFT,
    ages: Iterable[int] = (),
    **over: Any,
) -> DispatchRequest:
    """A request for an interpreter of English at a centre; `ages` adds a family per child, in months.

    Nothing that its state would entail is made beside it: `shift_with_demand` does that.
    """
    owner = owner or organization(unit)
    if place is None and "home_district" not in over:
        place = facility(unit, owner=owner)
    columns = {
        "languages": ["en"],
        "modality": Modality.ON_SITE,
        "channel": IntakeChannel.WEB,
        "received_at": None if status is RequestStatus.DRAFT else unit.now,
        **over,
    }
    row = unit.add(
        DispatchRequest(
            request_no=request_no(unit),
            service_type_id=service_type(unit, service).id,
            organization_id=owner.id,
            facility_id=place.id if place else None,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            status=status,
            **columns,
            **unit.stamp(),
        )
    )
    for months in ages:
        family(unit, row, months)
    return row


def series(
    unit: Unit,
    /,
    *,
    owner: Organization | None = None,
    starts_on: date = date(2025, 11, 20),
    count: int = 2,
    **over: Any,
) -> tuple[DispatchSeries, list[DispatchRequest]]:
    """A series of mornings, day after day, with its requests as drafts; `over` changes columns of the series."""
    owner = owner or organization(unit)
    columns = {
        "service_type": "infant_checkup",
        "status": SeriesStatus.ACTIVE,
        "rule": f"FREQ=DAILY;COUNT={count}",
        "starts": time(10),
        "ends": time(12),
        "template": {"languages": ["en"]},
        **over,
    }
    row = unit.add(DispatchSeries(organization_id=owner.id, starts_on=starts_on, **columns, **unit.stamp()))
    place = facility(unit, owner=owner)
    days = [starts_on + timedelta(days=n) for n in range(count)]
    return row, [
        request(
            unit,
            owner=owner,
            place=place,
            starts_at=datetime.combine(day, row.starts, tzinfo=unit.zone),
            ages=(3,),
            series_id=row.id,
            occurrence_on=day,
        )
        for day in days
    ]


def family(unit: Unit, /, request: DispatchRequest, age_months: int = 3, client: Client | None = None) -> RequestClient:
    """A family on a request, with consent; a new client of the institution unless one is given."""
    client = client or unit.add(Client(organization_id=request.organization_id, ref=f"C-{nth(unit):04d}"))
    known = unit.session.exec(select(RequestClient).where(RequestClient.request_id == request.id)).all()
    return unit.add(
        RequestClient(
            request_id=request.id,
            client_id=client.id,
            n=len(known) + 1,
            age_months=age_months,
            consent_on=date(2025, 11, 6),
        )
    )


def shift_with_demand(
    unit: Unit,
    /,
    *,
    request: DispatchRequest | None = None,
    status: ShiftStatus = ShiftStatus.OPEN,
    demand: Mapping[str, Any] | None = None,
    claim_policy: ClaimPolicy | None = None,
    **asked: Any,
) -> Opened:
    """An open shift as `accept` would leave it: from a request in matching, made with `asked` unless one is given.

    `demand` changes columns of the demand; its language is the request's first with its equivalents.
    """
    request = request or _request(unit, **{"status": RequestStatus.MATCHING, "matched_at": unit.now, **asked})
    service = unit.get(ServiceType, request.service_type_id)
    place = unit.get(Facility, request.facility_id) if request.facility_id else None
    shift = unit.add(
        Shift(
            kind=ShiftKind.DISPATCH,
            source_type="dispatch_request",
            source_id=request.id,
            service_type_id=service.id,
            starts_at=request.starts_at,
            ends_at=request.ends_at,
            facility_id=request.facility_id,
            district_code=place.district_code if place else request.home_district,
            modality=request.modality,
            claim_policy=claim_policy or service.claim_policy,
            status=status,
            **unit.stamp(),
        )
    )
    return Opened(shift, _demand(unit, shift, request, service, demand or {}), request)


_request = request


def _demand(
    unit: Unit, shift: Shift, request: DispatchRequest, service: ServiceType, over: Mapping[str, Any]
) -> Demand:
    columns = {
        "role": "interpreter",
        "places": request.places,
        "language": request.languages[0],
        "min_level": service.min_level,
        "certifications": service.required_certs,
        "skills": service.required_skills,
        "gender_requirement": request.gender_requirement,
        "min_age": service.min_age,
        "child_safety": service.child_safety_required,
        **over,
    }
    row = unit.add(Demand(shift_id=shift.id, **columns))
    for tag in [row.language, *service.equivalents.get(row.language or "", [])]:
        if tag:
            unit.session.add(DemandLanguage(demand_id=row.id, tag=tag))
    unit.session.flush()
    return row


def assignment(
    unit: Unit,
    /,
    opened: Placed,
    volunteer: Volunteer,
    status: AssignmentStatus = AssignmentStatus.CONFIRMED,
    **over: Any,
) -> Assignment:
    """A person on the shift, with her booking; where the state holds a place it is taken, and a full shift is filled."""
    columns = {
        "via": Via.HAND,
        "confirmed_at": unit.now if status is AssignmentStatus.CONFIRMED else None,
        "ended_at": None if status in HOLDING else unit.now,
        **over,
    }
    row = unit.add(
        Assignment(
            shift_id=opened.shift.id,
            demand_id=opened.demand.id,
            volunteer_id=volunteer.id,
            status=status,
            **columns,
            **unit.stamp(),
        )
    )
    unit.add(
        Booking(
            volunteer_id=volunteer.id,
            source_type=BookingSource.ASSIGNMENT,
            source_id=row.id,
            starts_at=opened.shift.starts_at,
            ends_at=opened.shift.ends_at,
            active=status in HOLDING,
        )
    )
    if status in HOLDING:
        _take(unit, opened, settled=status not in {AssignmentStatus.TENTATIVE, AssignmentStatus.STANDIN_WANTED})
    unit.audit("assignment.hand", row, subject=volunteer.id)
    return row


def _take(unit: Unit, opened: Placed, *, settled: bool) -> None:
    demand = unit.get(Demand, opened.demand.id)
    demand.taken += 1
    if settled and demand.taken == demand.places:
        unit.get(Shift, opened.shift.id).status = ShiftStatus.FILLED
        request = unit.session.get(DispatchRequest, opened.shift.source_id)
        if request is not None:
            request.status = RequestStatus.FILLED
    unit.session.flush()


def cascade(unit: Unit, /, opened: Opened, status: CascadeStatus = CascadeStatus.RUNNING, **over: Any) -> Cascade:
    """Waves of three for the shift, due at once where they go on by themselves; none was sent yet."""
    columns = {"batch": 3, "next_at": unit.now if status in LIVE else None, **over}
    return unit.add(
        Cascade(shift_id=opened.shift.id, demand_id=opened.demand.id, status=status, **columns, **unit.stamp())
    )


def plan(unit: Unit, /, status: PlanStatus = PlanStatus.QUEUED, **over: Any) -> Plan:
    """A plan for the weeks after the clock of the tests, with no lines."""
    columns = {
        "starts_from": unit.now,
        "starts_to": unit.now + timedelta(days=30),
        "time_limit_s": 20,
        "seed": 0,
        **over,
    }
    return unit.add(Plan(status=status, **columns, **unit.stamp()))


def report(
    unit: Unit, /, opened: Opened, stood: Assignment | None = None, minutes: int = 60, **over: Any
) -> ActivityReport:
    """A report of an activity that began on time: a volunteer's about her assignment, or else the institution's."""
    columns = {
        "actual_start": opened.shift.starts_at,
        "actual_end": opened.shift.starts_at + timedelta(minutes=minutes),
        "outcome": ReportOutcome.AS_PLANNED,
        **over,
    }
    return unit.add(
        ActivityReport(
            kind=ReportKind.VOLUNTEER if stood else ReportKind.REQUESTER,
            subject_id=(stood or opened.request).id,
            request_id=opened.request.id,
            assignment_id=stood.id if stood else None,
            minutes=minutes,
            **columns,
            **unit.stamp(),
        )
    )


def offer(
    unit: Unit, /, opened: Placed, volunteer: Volunteer, status: OfferStatus = OfferStatus.SENT, **over: Any
) -> Offer:
    """An offer of the first wave, to be answered within a day."""
    columns = {
        "wave": 1,
        "rank": 1,
        "sent_at": unit.now,
        "respond_by": unit.now + timedelta(hours=24),
        "answered_at": None if status is OfferStatus.SENT else unit.now,
        **over,
    }
    return unit.add(
        Offer(
            shift_id=opened.shift.id,
            demand_id=opened.demand.id,
            volunteer_id=volunteer.id,
            status=status,
            **columns,
            **unit.stamp(),
        )
    )


def fallback(unit: Unit, /, request: DispatchRequest, outcome: FallbackOutcome | None = None, **over: Any) -> Fallback:
    """A call with a device at hand, arranged for the start of the request; done where it has an outcome."""
    columns = {
        "channel": FallbackChannel.DEVICE,
        "arranged_for": request.starts_at,
        "status": FallbackStatus.DONE if outcome else FallbackStatus.ARRANGED,
        **over,
    }
    return unit.add(Fallback(request_id=request.id, outcome=outcome, **columns, **unit.stamp()))
