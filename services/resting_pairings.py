"""Pairings that end or rest with what happens to the learner or the tutor, not by a verb of their own (domain.md §4.5).

Nobody who runs the classroom did it, so the managers of the learners' institution are told: how many, and where, with
nobody's name, since letters outlive what is kept of people. Whoever calls has locked the learner or the tutor, who come
before pairings in the order of locks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.classroom import Classroom, ClassroomTutor
from models.enrollment import WITH_PLACE, Enrollment
from models.learner import Learner, SchoolStage
from models.organization import Organization
from models.pairing import Pairing, PairingEnd, PairingStatus
from services import classroom_states
from services.notifying import tell_managers
from services.unit import Unit

_LIVING = frozenset(PairingStatus) - {PairingStatus.ENDED}
_SHOWN: Final[Mapping[str, PairingStatus]] = {
    "pairings_resting": PairingStatus.PAUSED,
    "pairings_waiting": PairingStatus.PAUSED,
    "pairings_ended": PairingStatus.ENDED,
}
"""Among which pairings whoever is told finds those that a notice is about."""


def end_pairings(unit: Unit, key: Any, row_id: UUID, reason: PairingEnd, *which: Any) -> None:
    """End whatever a locked learner or tutor, named by a column of pairings, has with others, or those `which` are meant.

    A learner who leaves leaves by a verb of the manager's, who need not be told.
    """
    ended = _take(unit, _LIVING, key == row_id, *which)
    for pairing in ended:
        pairing.ended_on, pairing.end_reason = unit.today, reason
        _move(unit, pairing, "end")
    unit.session.flush()
    if reason is not PairingEnd.LEARNER_LEFT:
        _tell(unit, "pairings_ended", ended)


def rest_pairings(unit: Unit, key: Any, row_id: UUID, *which: Any) -> None:
    """Pause what a locked learner or tutor has with others, or those `which` are meant, until the manager lets it go on."""
    resting = _take(unit, {PairingStatus.ACTIVE}, key == row_id, *which)
    for pairing in resting:
        _move(unit, pairing, "pause")
    unit.session.flush()
    _tell(unit, "pairings_resting", resting)


def tell_of_waiting(unit: Unit, volunteer_id: UUID) -> None:
    """Tell whoever runs the classrooms how much of a locked tutor who is back rests until they let it go on."""
    hers = select(Pairing).where(Pairing.volunteer_id == volunteer_id, Pairing.status == PairingStatus.PAUSED)
    _tell(unit, "pairings_waiting", unit.session.exec(hers.order_by(col(Pairing.id))).all())


def _tell(unit: Unit, kind: str, pairings: Sequence[Pairing]) -> None:
    """Tell the managers of each institution once what happened to all of its pairings."""
    for organization_id, own in _by_institution(unit, pairings).items():
        link = f"{unit.rules.public_url}/v1/pairings?status={_SHOWN[kind]}"
        facts = {"n": len(own), "where": _where(unit, organization_id, own), "link": link}
        tell_managers(unit, organization_id, kind, own[0], facts)


def _by_institution(unit: Unit, pairings: Sequence[Pairing]) -> Mapping[UUID, Sequence[Pairing]]:
    found: defaultdict[UUID, list[Pairing]] = defaultdict(list)
    if pairings:
        owners = select(Learner.id, Learner.organization_id).where(
            col(Learner.id).in_([one.learner_id for one in pairings])
        )
        owner = dict(unit.session.exec(owners).all())
        for pairing in pairings:
            found[owner[pairing.learner_id]].append(pairing)
    return found


def _where(unit: Unit, organization_id: UUID, pairings: Sequence[Pairing]) -> Sequence[str]:
    """Return the classrooms in which learners and tutors of pairings meet; where they meet in none, the institution."""
    met = (
        select(Classroom.name)
        .join(ClassroomTutor, col(ClassroomTutor.classroom_id) == Classroom.id)
        .join(Enrollment, col(Enrollment.classroom_id) == Classroom.id)
        .join(
            Pairing,
            (col(Pairing.learner_id) == Enrollment.learner_id)
            & (col(Pairing.volunteer_id) == ClassroomTutor.volunteer_id),
        )
        .where(
            col(Pairing.id).in_([one.id for one in pairings]),
            Classroom.organization_id == organization_id,
            col(Enrollment.status).in_(sorted(WITH_PLACE)),
        )
        .distinct()
    )
    return sorted(unit.session.exec(met)) or [unit.get(Organization, organization_id).name]


def rest_with_children(unit: Unit, volunteer_id: UUID) -> None:
    """Pause what a locked tutor has with children, for whom she has to be cleared; with adults she goes on."""
    children = select(Learner.id).where(Learner.school_stage != SchoolStage.ADULT)
    rest_pairings(unit, Pairing.volunteer_id, volunteer_id, col(Pairing.learner_id).in_(children))


def _take(unit: Unit, standing: Collection[PairingStatus], *which: Any) -> Sequence[Pairing]:
    concerned = select(Pairing).where(*which, col(Pairing.status).in_(sorted(standing))).order_by(col(Pairing.id))
    locked = concerned.with_for_update(key_share=True).execution_options(populate_existing=True)
    return unit.session.exec(locked).all()


def _move(unit: Unit, pairing: Pairing, verb: str) -> None:
    pairing.status = PairingStatus(classroom_states.PAIRING.next(pairing.status, verb))
    pairing.touch(unit.now)
    unit.audit(f"pairing.{verb}", pairing, subject=pairing.volunteer_id)
