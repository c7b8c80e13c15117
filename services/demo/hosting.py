"""Five households that invite guests, three guests on their way, and three envoys, one of whom agreed to nothing yet."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.appointment import AppointmentCreate, AppointmentKind, KeepInTouch
from models.host import HomeTrait, HostActivation, HostCreate, HostKind, HostVerb, OpenDates, OpenDatesList
from models.host_stay import GuestConsent, GuestDraft, StayCreate, StayProposal, StayView
from models.key_person import ContactPurpose
from models.person import Person
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from services import envoys, guests, host_matching, host_stays, hosts
from services.demo.stage import Stage
from services.unit import Unit

HOUSEHOLDS: Final[Sequence[dict[str, Any]]] = (
    {"kinds": [HostKind.HOME_VISIT, HostKind.HOMESTAY], "capacity": 2, "languages": ["ja", "en"], "traits": []},
    {"kinds": [HostKind.HOME_VISIT], "capacity": 4, "languages": ["ja", "cmn"], "traits": [HomeTrait.CAT]},
    {"kinds": [HostKind.HOME_VISIT, HostKind.HOMESTAY], "capacity": 1, "languages": ["ja"], "traits": []},
    {"kinds": [HostKind.HOMESTAY], "capacity": 2, "languages": ["ja", "en"], "traits": [HomeTrait.DOG]},
    {"kinds": [HostKind.HOME_VISIT], "capacity": 2, "languages": ["ja", "vi"], "traits": [HomeTrait.SMOKING]},
)
SEEN: Final = 4
"""Homes that the office has seen; the last one is registered only."""
ENVOYS: Final = (("VN", "vi"), ("ID", "id"), ("CN", "cmn"))


def receive(stage: Stage) -> None:
    """Write households, their guests and the envoys."""
    office = stage.office(stage.unit.now)
    for household, (head, district) in zip(HOUSEHOLDS, _heads(stage), strict=True):
        _register(stage, office, head, district, household)
    _invite(stage, office)
    _appoint(stage, office)


def _heads(stage: Stage) -> list[tuple[UUID, str]]:
    """Return tutors who are no students, and where they live."""
    rows = stage.unit.session.exec(
        select(Volunteer.id, Person.district_code)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .join(VolunteerActivity, col(VolunteerActivity.volunteer_id) == Volunteer.id)
        .where(
            VolunteerActivity.kind == ActivityKind.JAPANESE_TUTORING,
            Volunteer.status == VolunteerStatus.ACTIVE,
            col(Volunteer.is_student).is_(False),
        )
        .order_by(col(Volunteer.volunteer_no))
        .limit(len(HOUSEHOLDS))
    )
    return [(volunteer_id, str(district)) for volunteer_id, district in rows]


def _register(stage: Stage, office: Unit, head: UUID, district: str, household: dict[str, Any]) -> None:
    stage.unit.add(VolunteerActivity(volunteer_id=head, kind=ActivityKind.HOME_VISIT_HOST))
    home = HostCreate(volunteer_id=head, household_size=3, has_children=False, district_code=district, **household)
    host = hosts.register(office, home)
    if household is HOUSEHOLDS[SEEN]:
        return
    hosts.activate(office, host.id, HostActivation(home_seen_on=stage.unit.today - timedelta(days=30)))
    months = OpenDates(first_on=stage.unit.today, last_on=stage.unit.today + timedelta(days=60))
    if HostKind.HOMESTAY in household["kinds"]:
        hosts.tell_dates(office, host.id, OpenDatesList(items=[months]))


def _invite(stage: Stage, office: Unit) -> None:
    """A guest whom nobody was asked for yet, one whose household is asked, and one who comes."""
    _wish(stage, office, days=20, kind=HostKind.HOME_VISIT, languages=["id", "en"])
    asked = _wish(stage, office, days=27, kind=HostKind.HOMESTAY, languages=["en"])
    _propose(office, asked)
    coming = _wish(stage, office, days=13, kind=HostKind.HOME_VISIT, languages=["cmn", "ja"])
    head = _propose(office, coming)
    host_stays.accept(stage.acting(stage.cast.volunteers[head], stage.unit.now), coming.id, HostVerb())
    host_stays.confirm(office, coming.id)


def _wish(stage: Stage, office: Unit, *, days: int, kind: HostKind, languages: list[str]) -> StayView:
    starts_at = stage.unit.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    length = timedelta(hours=3) if kind is HostKind.HOME_VISIT else timedelta(days=2)
    wish = StayCreate(kind=kind, starts_at=starts_at, ends_at=starts_at + length, guests=1, languages=languages)
    stay = host_stays.request(office, wish)
    host_stays.consent(office, stay.id, GuestConsent(signed_on=stage.unit.today))
    guests.write_guest(office, stay.id, GuestDraft(name="留学生（架空）", phone="076-000-0099"))
    return stay


def _propose(office: Unit, stay: StayView) -> UUID:
    """Ask the household that suits best, and return its head."""
    best = host_matching.list_candidates(office, stay.id, include_ineligible=False).items[0]
    host_stays.propose(office, stay.id, StayProposal(host_id=best.host_id))
    return best.volunteer_id


def _appoint(stage: Stage, office: Unit) -> None:
    for n, (volunteer_id, (country, language)) in enumerate(zip(stage.students, ENVOYS, strict=False), start=1):
        draft = AppointmentCreate(
            volunteer_id=volunteer_id,
            kind=AppointmentKind.ENVOY,
            term_from=date(stage.unit.today.year - 1, 10, 1),
            country=country,
            languages=[language],
        )
        row = envoys.appoint(office, draft)
        if n < len(ENVOYS):
            agreed = KeepInTouch(
                contact_scope=[ContactPurpose.EXCHANGE, ContactPurpose.EVENTS],
                signed_on=stage.unit.today,
                name=f"特使{n}（架空）",
                email=f"envoy{n}@example.org",
            )
            envoys.consent(office, row.id, agreed)
