"""What bars a person from a shift: one situation per rule, in which every other rule is silent.

The shift is an infant check-up on a Thursday, eight business days ahead; who comes is able but for the one thing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from sqlmodel import select

from models.client import ClientExclusion, ExclusionKind, RequestClient
from models.person import Gender
from models.shift import ClaimPolicy, GenderWanted
from models.volunteer import Volunteer, VolunteerStatus
from tests.factories import Make
from tests.makers.work import Opened


def _nothing(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    """The columns say it all."""


@dataclass(frozen=True)
class Bar:
    """A rule, its class, and what brings it about: columns of person, volunteer and demand, or something beside."""

    code: str
    rule_class: str
    volunteer: Mapping[str, Any] = field(default_factory=dict)
    demand: Mapping[str, Any] = field(default_factory=dict)
    beside: Callable[[Make, Volunteer, Opened], None] = _nothing
    person: Mapping[str, Any] = field(default_factory=dict)


class Barred(NamedTuple):
    """Somebody before a shift that she may not come to."""

    volunteer: Volunteer
    opened: Opened


def barred(make: Make, bar: Bar, policy: ClaimPolicy | None = None) -> Barred:
    """Bring a situation about."""
    person = make.person(**bar.person)
    volunteer = make.volunteer(person=person, **bar.volunteer)
    opened = make.shift_with_demand(claim_policy=policy, demand=bar.demand, ages=(3,))
    bar.beside(make, volunteer, opened)
    return Barred(volunteer, opened)


def busy(make: Make, volunteer: Volunteer, starts_at: datetime, minutes: int = 60, **asked: Any) -> Opened:
    """Somebody stands on another shift."""
    other = make.shift_with_demand(starts_at=starts_at, minutes=minutes, **asked)
    make.assignment(other, volunteer)
    return other


def exclude(make: Make, opened: Opened, volunteer: Volunteer, kind: ExclusionKind = ExclusionKind.FAMILY_WISH) -> None:
    """Every family on the request behind the shift has this person on its list."""
    with make.wiring.unit() as unit:
        clients = select(RequestClient.client_id).where(RequestClient.request_id == opened.request.id)
        for client_id in unit.session.exec(clients).all():
            unit.add(ClientExclusion(client_id=client_id, volunteer_id=volunteer.id, kind=kind, created_at=unit.now))


def _overlapping(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    busy(make, volunteer, opened.shift.ends_at - timedelta(minutes=1))


def _far_before(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    place = make.facility(district="west")
    busy(make, volunteer, opened.shift.starts_at - timedelta(minutes=60 + 44), place=place)


def _same_month(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    busy(make, volunteer, opened.shift.starts_at - timedelta(days=2))


def _acquainted(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    exclude(make, opened, volunteer, ExclusionKind.ACQUAINTED)


def _excluded(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    exclude(make, opened, volunteer)


def _away(make: Make, volunteer: Volunteer, opened: Opened) -> None:
    early = opened.shift.starts_at - timedelta(minutes=14)  # she would be there a minute before
    make.away(volunteer, early - timedelta(minutes=30), early)


NEVER: Final[Mapping[str, Bar]] = {
    "suspended": Bar("ASG_STATUS", "never", {"status": VolunteerStatus.SUSPENDED}),
    "registration over": Bar("ASG_STATUS", "never", {"valid_until": date(2025, 11, 9)}),
    "another language": Bar("ASG_LANGUAGE", "never", {"languages": {"vi": "C1"}}),
    "two steps below": Bar("ASG_LEVEL", "never", {"languages": {"en": "A1"}}),
    "two steps below in Japanese": Bar("ASG_LEVEL", "never", {"languages": {"en": "C1", "ja": "A1"}}),
    "seventeen": Bar("ASG_AGE", "never", person={"birth_date": date(2007, 11, 21)}),
    "age unknown": Bar("ASG_AGE", "never", person={"birth_date": None}),
    "no certificate": Bar("ASG_NO_CERT", "never", {"certs": ("school",)}),
    "no skill": Bar("ASG_SKILL", "never", demand={"skills": ["first_aid"]}),
    "no pledge": Bar("ASG_NO_PLEDGE", "never", {"pledge": False}),
    "no insurance": Bar("ASG_NO_INSURANCE", "never", {"insured": False}),
    "not cleared": Bar("CLS_SAFETY", "never", {"child_contact_ok": True}, {"child_safety": True}),
    "no contact with children": Bar("CLS_SAFETY", "never", {"cleared": True}, {"child_safety": True}),
    "elsewhere": Bar("ASG_OVERLAP", "never", beside=_overlapping),
}
"""Rules that nobody can waive."""

_WOMEN: Final = {"gender_requirement": GenderWanted.FEMALE}

SILENT: Final[Mapping[str, Bar]] = {
    "excluded": Bar("ASG_EXCLUDED", "never", beside=_excluded),
    "acquainted": Bar("ASG_ACQUAINTED", "never", beside=_acquainted),
    "a man": Bar("ASG_GENDER", "never", demand=_WOMEN, person={"gender": Gender.MALE}),
    "gender unknown": Bar("ASG_GENDER", "never", demand=_WOMEN, person={"gender": Gender.UNKNOWN}),
}
"""Rules of which a volunteer never hears."""

CONSENT: Final[Mapping[str, Bar]] = {
    "an exception": Bar("ASG_UNAVAILABLE", "with_consent", beside=_away),
    "month is full": Bar("ASG_CAP", "with_consent", {"max_per_month": 1}, beside=_same_month),
    "too far": Bar("ASG_RADIUS", "with_consent", {"max_travel_km": 1}, person={"district": "west"}),
    "no time to travel": Bar("ASG_TRAVEL", "with_consent", beside=_far_before),
}
"""Rules that she waives by naming them."""

HOURS: Final = Bar("ASG_UNAVAILABLE", "with_consent", {"rules": [(0, time(9), time(10))]})
"""Outside her weekly hours: her own yes waives it without a word."""

ONE_STEP: Final = Bar("ASG_LEVEL", "with_reason", {"languages": {"en": "A2"}})
"""One step below the minimum: passed by a coordinator with a reason."""
