"""Level assessments: how far a learner has come, one row each time, none is ever changed (domain.md §3)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, ObjectView


class Instrument(StrEnum):
    """By what a level is found: the reference frame's can-do, an interview, the JLPT, or the DLA for pupils."""

    CAN_DO = "can_do"
    INTERVIEW = "interview"
    JLPT = "jlpt"
    DLA = "dla"


_FRAME = frozenset({"A1", "A2", "B1", "B2", "C1", "C2"})
RESULTS: Mapping[Instrument, frozenset[str]] = {
    Instrument.CAN_DO: _FRAME,
    Instrument.INTERVIEW: _FRAME,
    Instrument.JLPT: frozenset({"N1", "N2", "N3", "N4", "N5"}),
    Instrument.DLA: frozenset({"1", "2", "3", "4", "5", "6"}),
}


class LevelAssessment(Aggregate, table=True):
    """What was found on a day."""

    __tablename__ = "level_assessment"
    __table_args__ = (sa.Index("ix_level_assessment_learner_assessed_on", "learner_id", "assessed_on"),)

    learner_id: UUID = reference("learner.id", index=False)
    assessed_on: date
    instrument: Instrument = one_of(Instrument)
    result: str = Field(max_length=8)


class LevelAssessmentCreate(Draft):
    """What was found: A1 to C2 by can-do or interview, N5 to N1 by the JLPT, a stage from 1 to 6 by the DLA."""

    learner_id: Id
    assessed_on: Day
    instrument: Annotated[Instrument, LOOSE]
    result: Annotated[str, StringConstraints(min_length=1, max_length=8)]


class LevelAssessmentView(ObjectView):
    """A level that was found on a day."""

    learner_id: UUID
    assessed_on: Day
    instrument: Instrument
    result: str
