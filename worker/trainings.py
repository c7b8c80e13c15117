"""Sweeps over trainings and what follows: what time ends, certificates about to lapse, thanks for hours of activity."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.competence import Certification
from models.training import TrainingSession
from models.volunteer import Volunteer
from services import certifying, hours, training_time
from services.unit import Unit
from worker.due import each_due, in_chunks


def move_trainings(wiring: Wiring) -> int:
    """Take back offered seats that nobody answered for, end applications at the start, note what was held."""
    return each_due(wiring, TrainingSession, _due_sessions, training_time.catch_up)


def _due_sessions(unit: Unit) -> SelectOfScalar[UUID]:
    return select(TrainingSession.id).where(training_time.due_sessions(unit))


def thank(wiring: Wiring) -> int:
    """Thank those who have reached a milestone of hours."""
    return each_due(wiring, Volunteer, hours.due_thanks, hours.thank)


def warn_of_certificates(wiring: Wiring) -> int:
    """Tell people of certificates that lapse before long and that no other follows."""
    return in_chunks(wiring, Certification, certifying.due_warnings, certifying.warn)
