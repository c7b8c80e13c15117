"""Where the demo's requests are played: who acts, at what time, on which rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.actor import Actor
from services.demo.accounts import Cast
from services.demo.checkups import Sessions
from services.demo.days import DemoDays
from services.demo.directory import Directory
from services.demo.requests import Asked
from services.unit import Unit


@dataclass(frozen=True)
class Stage:
    """All that a scene needs; `students` are tutors of partner universities; `requests` and `shifts` fill as the play goes on, by the names of the requests."""

    unit: Unit
    days: DemoDays
    directory: Directory
    cast: Cast
    sessions: Sessions
    interpreters: dict[str, UUID]
    students: Sequence[UUID] = ()
    requests: dict[str, UUID] = field(default_factory=dict)
    shifts: dict[str, UUID] = field(default_factory=dict)

    def acting(self, actor: Actor, at: datetime) -> Unit:
        """Return a unit of work of somebody at some time, in the one transaction of the whole demo."""
        unit = self.unit
        return Unit(unit.session, actor, at, unit.rules, unit.vault, unit.language)

    def clerk(self, asked: Asked, at: datetime) -> Unit:
        """Act as the centre that asks."""
        return self.acting(self.cast.staff[asked.centre], at)

    def office(self, at: datetime) -> Unit:
        """Act as the coordinator."""
        return self.acting(self.cast.staff["coordinator"], at)

    def manager(self, at: datetime) -> Unit:
        """Act as the classroom manager."""
        return self.acting(self.cast.staff["manager"], at)

    def officer(self, at: datetime) -> Unit:
        """Act as the consultation officer."""
        return self.acting(self.cast.staff["officer"], at)

    def tutor(self, volunteer_id: UUID, at: datetime) -> Unit:
        """Act as a tutor."""
        return self.acting(self.cast.volunteers[volunteer_id], at)

    def interpreter(self, key: str, at: datetime) -> Unit:
        """Act as an interpreter."""
        return self.acting(self.cast.volunteers[self.interpreters[key]], at)
