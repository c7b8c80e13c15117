"""Whoever runs a classroom is told of an edit that moves its sessions: once for all of them, with the hours of the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.class_session import ClassSession, ClassSessionStatus, SessionChange
from models.classroom import Classroom
from services.notifying import tell_managers
from services.unit import Unit


@dataclass(frozen=True)
class Stood:
    """When a session was to take place before an edit, and whether it was open."""

    starts_at: datetime
    ends_at: datetime
    was_open: bool


def as_they_stand(sessions: Sequence[ClassSession]) -> Mapping[UUID, Stood]:
    """Return how sessions stand before an edit."""
    return {one.id: Stood(one.starts_at, one.ends_at, one.status is ClassSessionStatus.OPEN) for one in sessions}


def tell_moved(unit: Unit, classroom_id: UUID, before: Mapping[UUID, Stood], changes: Sequence[SessionChange]) -> None:
    """Tell the managers of a classroom which of its sessions moved, if any did: they tell the families."""
    moved = [
        (stood, one)
        for one in changes
        if (stood := before.get(one.session_id)) and (stood.starts_at, stood.ends_at) != (one.starts_at, one.ends_at)
    ]
    if not moved:
        return
    stood, first = min(moved, key=lambda pair: pair[0].starts_at)
    classroom = unit.get(Classroom, classroom_id)
    facts = {
        "classroom": classroom.name,
        "n": len(moved),
        "was_starts_at": stood.starts_at,
        "was_ends_at": stood.ends_at,
        "starts_at": first.starts_at,
        "ends_at": first.ends_at,
        "reopen": sum(one.was_open for one, _ in moved),
        "excuses": sum(one.excuses_dropped for _, one in moved),
    }
    about = unit.get(ClassSession, first.session_id)
    tell_managers(unit, classroom.organization_id, "class_sessions_moved", about, facts)
