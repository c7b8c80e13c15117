"""Sweeps over trainings: what time ends, and certificates that are about to lapse."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.competence import Certification
from models.training import TrainingSession
from services import certifying, training_time
from services.unit import Unit
from worker.due import each_due


def move_trainings(wiring: Wiring) -> int:
    """Take back offered seats that nobody answered for, end applications at the start, note what was held."""
    return each_due(wiring, TrainingSession, _due_sessions, training_time.catch_up)


def _due_sessions(unit: Unit) -> SelectOfScalar[UUID]:
    return select(TrainingSession.id).where(training_time.due_sessions(unit))


def warn_of_certificates(wiring: Wiring) -> int:
    """Tell people of certificates that lapse within 60 days and that no other follows."""
    return each_due(wiring, Certification, certifying.due_warnings, certifying.warn)
