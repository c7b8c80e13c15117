"""What the plan is held against: reviews, members, partners, key persons and the messages to them."""

from datetime import date
from typing import Any

from models.account import Role
from models.appointment import Appointment, AppointmentContact, AppointmentKind, AppointmentStatus
from models.broadcast import Broadcast, BroadcastAudience, BroadcastDelivery, BroadcastStatus
from models.device_loan import DeviceLoan
from models.key_person import ContactPurpose, KeyPerson
from models.membership import OrganizationMembership, PartnerAgreement
from models.organization import Organization
from models.review_cycle import ReviewAction, ReviewCycle, ReviewStatus
from models.volunteer import Volunteer
from services.figuring_indicators import quarter_end
from services.unit import Unit
from tests.makers import people


def membership(
    unit: Unit, /, group: Organization, joined_on: date = date(2020, 4, 1), left_on: date | None = None
) -> OrganizationMembership:
    """A group in the liaison council."""
    days: dict[str, Any] = {"joined_on": joined_on, "left_on": left_on}
    return unit.add(OrganizationMembership(organization_id=group.id, **days, **unit.stamp()))


def agreement(unit: Unit, /, partner: Organization, **over: Any) -> PartnerAgreement:
    """An agreement that holds since April."""
    columns = {"title": "学生講師の派遣", "starts_on": date(2025, 4, 1), "volunteers": 4, **over}
    return unit.add(PartnerAgreement(organization_id=partner.id, **columns, **unit.stamp()))


def review(unit: Unit, /) -> tuple[ReviewCycle, ReviewAction]:
    """An open review of a quarter long past, another one each time, with something that somebody shall do."""
    year = 1990 + people.nth(unit)
    row = unit.add(
        ReviewCycle(fiscal_year=year, quarter=1, as_of=quarter_end(year, 1), status=ReviewStatus.OPEN, **unit.stamp())
    )
    owner = people.account(unit, Role.COORDINATOR)
    action = ReviewAction(
        review_cycle_id=row.id,
        text="募集を広げる",
        owner_id=owner.id,
        due_on=date(2025, 12, 26),
        status=ReviewStatus.OPEN,
        made_at=unit.now,
    )
    return row, unit.add(action)


def key_person(
    unit: Unit,
    /,
    volunteer: Volunteer,
    languages: tuple[str, ...] = ("vi",),
    scope: tuple[ContactPurpose, ...] = (ContactPurpose.DISASTER,),
    districts: tuple[str, ...] = (),
) -> KeyPerson:
    """A key person of the Vietnamese community who agreed to be warned of disasters."""
    return unit.add(
        KeyPerson(
            volunteer_id=volunteer.id,
            languages=[*languages],
            districts=[*districts],
            contact_scope=[*scope],
            consented_on=date(2025, 4, 1) if scope else None,
            **unit.stamp(),
        )
    )


def broadcast(unit: Unit, /, status: BroadcastStatus = BroadcastStatus.DRAFT) -> Broadcast:
    """A warning in Vietnamese."""
    return unit.add(
        Broadcast(
            audience=BroadcastAudience.KEY_PERSONS,
            purpose=ContactPurpose.DISASTER,
            texts={"vi": {"title": "Bão", "text": "Hãy ở trong nhà."}},
            status=status,
            sent_at=unit.now if status is BroadcastStatus.SENT else None,
            **unit.stamp(),
        )
    )


def delivery(unit: Unit, /, volunteer: Volunteer) -> tuple[Broadcast, BroadcastDelivery]:
    """A warning that was sent to her."""
    row = broadcast(unit, BroadcastStatus.SENT)
    return row, unit.add(BroadcastDelivery(broadcast_id=row.id, volunteer_id=volunteer.id, language="vi"))


def loan(unit: Unit, /, **over: Any) -> DeviceLoan:
    """A device lent for a week that ends with the day of the tests."""
    columns = {"lent_on": date(2025, 11, 3), "due_on": date(2025, 11, 10), **over}
    return unit.add(DeviceLoan(item=f"翻訳機 {people.nth(unit)}号", **columns, **unit.stamp()))


def appointment(
    unit: Unit, /, volunteer: Volunteer, scope: tuple[ContactPurpose, ...] = (), **over: Any
) -> Appointment:
    """An envoy to Vietnam since April; with a scope she left her address."""
    columns = {
        "kind": AppointmentKind.ENVOY,
        "status": AppointmentStatus.APPOINTED,
        "term_from": date(2025, 4, 1),
        "country": "VN",
        "languages": ["vi"],
        **over,
    }
    row = unit.add(
        Appointment(
            volunteer_id=volunteer.id,
            contact_scope=[*scope],
            consented_on=date(2025, 4, 1) if scope else None,
            **columns,
            **unit.stamp(),
        )
    )
    if scope:
        sealed = unit.vault.seal({"name": "Trần Thị Hoa", "email": "hoa@example.org"})
        unit.add(AppointmentContact(appointment_id=row.id, sealed=sealed, written_at=unit.now))
    return row
