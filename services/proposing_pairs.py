"""Pairs that the engine proposes for a classroom: rows become its values, its answer proposals and reasons (domain.md §4.5).

Existing pairings stay; a proposal begins only when whoever runs the classroom says yes to it, line by line.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.class_session import TO_COME, ClassSession
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.enrollment import WITH_PLACE, ClassEnrollmentStatus, Enrollment
from models.learner import Learner, SchoolStage
from models.level_assessment import Instrument, LevelAssessment
from models.pairing import (
    BrokenPairing,
    Pairing,
    PairingEnd,
    PairingProposalCreate,
    PairingProposals,
    PairingStatus,
    UnpairedLearner,
    WhyUnpaired,
)
from models.shift import Shift
from scheduling import pairing as values
from scheduling.people import Gender, Level
from services.errors import invalid
from services.moving_shifts import badges_of
from services.pair_rules import unconsented
from services.pairing import first_names_of, show_pairings
from services.queries import SESSION_SOURCE, find, visible_classrooms
from services.roster import muster
from services.shift_values import problem_of, value_shifts
from services.terms import find_term
from services.unit import Unit
from services.wording import say

if TYPE_CHECKING:
    from scheduling.pairs import Kept, Pair, Pairs

_ABOUT: Final[Mapping[SchoolStage, int]] = {
    SchoolStage.PRESCHOOL: 5,
    SchoolStage.ELEMENTARY: 9,
    SchoolStage.JUNIOR_HIGH: 14,
    SchoolStage.HIGH_SCHOOL_AGE: 17,
}
"""How old one is at a stage of school, about: birth dates of children are not kept."""
_JLPT: Final = {"N5": Level.A1, "N4": Level.A2, "N3": Level.B1, "N2": Level.B2, "N1": Level.C1}
_DLA: Final = {
    "1": Level.A1,
    "2": Level.A1,
    "3": Level.A2,
    "4": Level.B1,
    "5": Level.B2,
    "6": Level.B2,
}
_CONSENT: Final = "CLS_CONSENT"


@dataclass(frozen=True)
class _Past:
    """The pairings of a classroom's learners: those that live here, with whom it went well, and with whom it did not."""

    living: Mapping[tuple[UUID, UUID], Pairing]
    before: Mapping[UUID, frozenset[str]]
    excluded: Mapping[UUID, frozenset[str]]

    def present(self, learner_id: UUID) -> frozenset[str]:
        return frozenset(str(tutor_id) for one, tutor_id in self.living if one == learner_id)


def propose_all(unit: Unit, classroom_id: UUID, draft: PairingProposalCreate) -> PairingProposals:
    """Propose a tutor for every learner of a classroom who has none; nothing that exists is changed.

    A child without its guardian's consent is left out and named. Raises `NotFound`, `Stale`, `InvalidFields` where no
    session is to come by which tutors could be judged.
    """
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id, lock=True)
    unit.expect(classroom)
    sessions = _sessions(unit, classroom, draft.term_id)
    learners = _learners(unit, classroom)
    past = _past(unit, classroom, learners)
    barred = unconsented(unit, learners)
    pupils = _pupils(unit, [one for one in learners if one.id not in barred], past)
    chosen = _choose(unit, classroom, sessions, pupils)
    added = [_propose(unit, one) for one in chosen.proposed]
    unit.audit("classroom.propose-pairs", classroom, facts={"n": len(added)})
    return PairingProposals(
        items=show_pairings(unit, added),
        kept=sum(one.broken is None for one in chosen.kept),
        broken=_broken(unit, past, chosen.kept),
        without=_without(unit, learners, barred, chosen),
    )


def _sessions(unit: Unit, classroom: Classroom, term_id: UUID | None) -> Sequence[UUID]:
    """Return the shifts of the sessions to come, soonest first."""
    statement = (
        select(Shift.id)
        .join(ClassSession, sa.and_(col(Shift.source_type) == SESSION_SOURCE, col(Shift.source_id) == ClassSession.id))
        .where(
            ClassSession.classroom_id == classroom.id,
            col(ClassSession.status).in_(sorted(TO_COME)),
            col(ClassSession.starts_at) > unit.now,
        )
        .order_by(col(ClassSession.starts_at), col(ClassSession.id))
    )
    if term_id is not None:
        statement = statement.where(ClassSession.term_id == find_term(unit, classroom.id, term_id).id)
    found = unit.session.exec(statement).all()
    if not found:
        raise invalid("/term_id", "PAIR_NO_SESSION")
    return found


def _learners(unit: Unit, classroom: Classroom) -> Sequence[Learner]:
    return unit.session.exec(
        select(Learner)
        .join(Enrollment, col(Enrollment.learner_id) == Learner.id)
        .where(Enrollment.classroom_id == classroom.id, Enrollment.status == ClassEnrollmentStatus.ENROLLED)
        .order_by(col(Learner.id))
    ).all()


def _past(unit: Unit, classroom: Classroom, learners: Sequence[Learner]) -> _Past:
    elsewhere = _elsewhere(unit, classroom, learners)
    rows = unit.session.exec(select(Pairing).where(col(Pairing.learner_id).in_([one.id for one in learners]))).all()
    before: dict[UUID, set[str]] = defaultdict(set)
    excluded: dict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        if row.status is PairingStatus.ENDED:
            (excluded if row.end_reason is PairingEnd.NO_FIT else before)[row.learner_id].add(str(row.volunteer_id))
    return _Past(
        {
            (row.learner_id, row.volunteer_id): row
            for row in rows
            if row.status is not PairingStatus.ENDED and (row.learner_id, row.volunteer_id) not in elsewhere
        },
        {one: frozenset(tutors) for one, tutors in before.items()},
        {one: frozenset(tutors) for one, tutors in excluded.items()},
    )


def _elsewhere(unit: Unit, classroom: Classroom, learners: Sequence[Learner]) -> set[tuple[UUID, UUID]]:
    """Return the learners and tutors who meet in another classroom and not in this one: a pairing of theirs is not ours."""
    here = select(ClassroomTutor.volunteer_id).where(ClassroomTutor.classroom_id == classroom.id)
    met = (
        select(Enrollment.learner_id, ClassroomTutor.volunteer_id)
        .join(ClassroomTutor, col(ClassroomTutor.classroom_id) == Enrollment.classroom_id)
        .where(
            Enrollment.classroom_id != classroom.id,
            col(Enrollment.status).in_(sorted(WITH_PLACE)),
            col(Enrollment.learner_id).in_([one.id for one in learners]),
            col(ClassroomTutor.volunteer_id).not_in(here),
        )
    )
    return {(learner_id, volunteer_id) for learner_id, volunteer_id in unit.session.exec(met)}


def _pupils(unit: Unit, learners: Sequence[Learner], past: _Past) -> list[values.Pupil]:
    levels = _levels(unit, learners)
    return [
        values.Pupil(
            id=str(one.id),
            language=one.native_language,
            level=levels.get(one.id),
            age=_ABOUT.get(one.school_stage),
            wish=Gender(one.tutor_gender) if one.tutor_gender else None,
            present=past.present(one.id),
            before=past.before.get(one.id, frozenset()),
            excluded=past.excluded.get(one.id, frozenset()),
        )
        for one in learners
    ]


def _levels(unit: Unit, learners: Sequence[Learner]) -> dict[UUID, Level]:
    """Return what was found of each learner last, as a level of the reference frame."""
    rows = unit.session.exec(
        select(LevelAssessment)
        .where(col(LevelAssessment.learner_id).in_([one.id for one in learners]))
        .order_by(col(LevelAssessment.assessed_on), col(LevelAssessment.id))
    )
    return {row.learner_id: _frame(row) for row in rows}


def _frame(found: LevelAssessment) -> Level:
    tables = {Instrument.JLPT: _JLPT, Instrument.DLA: _DLA}
    table = tables.get(found.instrument)
    return Level.parse(found.result) if table is None else table[found.result]


def _choose(unit: Unit, classroom: Classroom, shift_ids: Sequence[UUID], pupils: Sequence[values.Pupil]) -> "Pairs":
    from scheduling.pairs import pair  # noqa: PLC0415 - brings numpy, which nothing else of a request needs

    named = select(ClassroomTutor.volunteer_id, ClassroomTutor.role).where(ClassroomTutor.classroom_id == classroom.id)
    roles = dict(unit.session.exec(named).all())
    roster = muster(unit, roles, history=False)
    shift = value_shifts(unit, shift_ids[:1])[shift_ids[0]]
    stands = _stands(unit, shift_ids)
    room = values.Room(
        shift, shift.needs[0], problem_of(unit, roster, [shift]).rules, classroom.learner_ratio, len(shift_ids)
    )
    teachers = [
        values.Teacher(one, stands[volunteer_id], reserve=roles[volunteer_id] is TutorRole.RESERVE)
        for volunteer_id, one in roster.volunteers.items()
    ]
    return pair(pupils, teachers, room)


def _stands(unit: Unit, shift_ids: Sequence[UUID]) -> Counter[UUID]:
    """Return on how many of the shifts each person stands."""
    rows = unit.session.exec(
        select(Assignment.volunteer_id, sa.func.count(col(Assignment.id)))
        .where(col(Assignment.shift_id).in_(shift_ids), col(Assignment.status).in_(sorted(HOLDING)))
        .group_by(col(Assignment.volunteer_id))
    )
    return Counter(dict(rows.all()))


def _propose(unit: Unit, one: "Pair") -> Pairing:
    pairing = unit.add(
        Pairing(
            **unit.stamp(),
            learner_id=UUID(one.pupil_id),
            volunteer_id=UUID(one.tutor_id),
            status=PairingStatus.PROPOSED,
            reasons=[
                {"criterion": reason.criterion, "points": reason.points, "facts": dict(reason.facts)}
                for reason in one.reasons
            ],
        )
    )
    unit.audit("pairing.propose", pairing, subject=pairing.volunteer_id)
    return pairing


def _broken(unit: Unit, past: _Past, kept: Sequence["Kept"]) -> list[BrokenPairing]:
    rows = [(past.living[UUID(one.pupil_id), UUID(one.tutor_id)], one.broken) for one in kept if one.broken]
    names = first_names_of(unit, [row.learner_id for row, _ in rows])
    badges = badges_of(unit, [row.volunteer_id for row, _ in rows])
    return [
        BrokenPairing(
            pairing_id=row.id,
            learner_id=row.learner_id,
            first_name=names[row.learner_id],
            volunteer_id=row.volunteer_id,
            badge_name=badges[row.volunteer_id],
            because=_why(unit, code, 1),
        )
        for row, code in rows
    ]


def _without(
    unit: Unit, learners: Sequence[Learner], barred: frozenset[UUID], chosen: "Pairs"
) -> list[UnpairedLearner]:
    reasons = {UUID(one.pupil_id): one.barred for one in chosen.without} | {one: {_CONSENT: 0} for one in barred}
    return [
        UnpairedLearner(
            learner_id=one.id,
            first_name=one.first_name,
            because=[_why(unit, code, count) for code, count in reasons[one.id].items()],
        )
        for one in learners
        if one.id in reasons
    ]


def _why(unit: Unit, code: str, tutors: int) -> WhyUnpaired:
    return WhyUnpaired(code=code, tutors=tutors, detail=say("pairings", code, unit.language, {"n": tutors}))
