"""The month's 18 check-ups of the three centres (domain.md §6, set 4), in business days from the clock."""

from collections.abc import Mapping
from datetime import time

from models.office import CheckupKind, CheckupSession, CheckupStatus
from services.demo.days import DemoDays
from services.demo.directory import Directory
from services.unit import Unit

FAMILIES = 24
RECEPTION = (time(13, 0), time(14, 0))
"""Three bands of 20 minutes; the pattern of a neighbouring city [F:TK], Kanazawa's own hours were not found."""

# Seen from 10 November 2025: -4 is the 4th, -1 the 7th, 1 the 11th, 6 the 18th, 9 the 21st, 10 the 25th, 12 the 27th.
CALENDAR: Mapping[tuple[str, CheckupKind], tuple[int, int]] = {
    ("izumino", CheckupKind.CHECKUP_3M): (-4, 6),
    ("izumino", CheckupKind.CHECKUP_18M): (-2, 8),
    ("izumino", CheckupKind.CHECKUP_3Y): (1, 10),
    ("motomachi", CheckupKind.CHECKUP_3M): (-3, 7),
    ("motomachi", CheckupKind.CHECKUP_18M): (-1, 9),
    ("motomachi", CheckupKind.CHECKUP_3Y): (2, 11),
    ("ekinishi", CheckupKind.CHECKUP_3M): (-2, 8),
    ("ekinishi", CheckupKind.CHECKUP_18M): (1, 10),
    ("ekinishi", CheckupKind.CHECKUP_3Y): (3, 12),
}

Sessions = dict[tuple[str, int], CheckupSession]


def plan(unit: Unit, days: DemoDays, directory: Directory) -> Sessions:
    """Write the calendar, every session still planned; each is named by its centre and business day."""
    sessions = {
        (centre, offset): CheckupSession(
            **unit.stamp(),
            facility_id=directory.facilities[centre],
            kind=kind,
            held_on=days.day(offset),
            reception_starts=RECEPTION[0],
            reception_ends=RECEPTION[1],
            expected_families=FAMILIES,
            status=CheckupStatus.PLANNED,
        )
        for (centre, kind), offsets in CALENDAR.items()
        for offset in offsets
    }
    unit.session.add_all(sessions.values())
    unit.session.flush()  # requests point at these
    return sessions


def close_past(unit: Unit, sessions: Sessions) -> None:
    """Mark the sessions before today as held."""
    for (_, offset), session in sessions.items():
        if offset < 0:
            session.status = CheckupStatus.HELD
            session.touch(unit.now)
