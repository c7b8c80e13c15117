"""Households and guests in the states that each verb wants, for `stage.py`."""

from datetime import date, datetime, timedelta
from typing import Final

from models.host import HostStatus
from models.host_stay import StayStatus
from models.key_person import ContactPurpose
from models.volunteer import Volunteer
from services.unit import Unit
from tests.makers import council, hosting

SOON: Final = datetime.fromisoformat("2026-01-17T13:00:00+09:00")
"""A Saturday on which nothing else of the stage lies."""


def hosted(unit: Unit, volunteer: Volunteer) -> dict[str, str]:
    """Her household with a guest at each stage; two more that wait and pause; a wish; who could host; an envoy."""
    host = hosting.host(unit, volunteer)
    stages = {
        "stay_id": StayStatus.PROPOSED,
        "accepted_stay": StayStatus.ACCEPTED,
        "confirmed_stay": StayStatus.CONFIRMED,
    }
    stays = {
        name: hosting.stay(unit, host, status, starts_at=SOON + timedelta(days=n), named=True)
        for n, (name, status) in enumerate(stages.items())
    }
    others = {
        "new_host": hosting.host(unit, status=HostStatus.REGISTERED, home_seen_on=None),
        "paused_host": hosting.host(unit, status=HostStatus.PAUSED),
    }
    wish = hosting.stay(unit, starts_at=SOON + timedelta(days=7), consented_on=date(2025, 11, 1))
    envoy = council.appointment(unit, volunteer, (ContactPurpose.EXCHANGE,))
    rows = {"appointment_id": envoy, "host_id": host, "wish": wish, "free_head": hosting.head(unit), **stays, **others}
    return {name: str(row.id) for name, row in rows.items()}
