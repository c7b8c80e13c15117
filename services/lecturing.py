"""Who lectures at a training: places on a shift of its own, filled by the same doors as any other (domain.md §0)."""

from sqlmodel import select

from models.organization import Facility
from models.shift import ClaimPolicy, Demand, DemandLanguage, Modality, Shift, ShiftKind, ShiftStatus
from models.training import LecturerWanted, TrainingSession
from services import states
from services.releasing import clear_shift
from services.showing_trainings import SESSION_SOURCE
from services.unit import Unit


def open_lectures(unit: Unit, session: TrainingSession) -> None:
    """Open the shift of a session that wants lecturers; they are asked by the office, nobody claims it."""
    if session.lecturer is None:
        return
    wanted = LecturerWanted.model_validate(session.lecturer)
    shift = unit.add(
        Shift(
            **unit.stamp(),
            kind=ShiftKind.TRAINING,
            source_type=SESSION_SOURCE,
            source_id=session.id,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            facility_id=session.facility_id,
            district_code=unit.get(Facility, session.facility_id).district_code if session.facility_id else None,
            modality=Modality.ON_SITE if session.facility_id else Modality.VIDEO,
            claim_policy=ClaimPolicy.OFFER_ONLY,
            status=ShiftStatus.OPEN,
        )
    )
    demand = unit.add(Demand(shift_id=shift.id, role="lecturer", **wanted.model_dump()))
    if wanted.language is not None:
        unit.session.add(DemandLanguage(demand_id=demand.id, tag=wanted.language))
    unit.audit("shift.open", shift)


def shift_of(unit: Unit, session: TrainingSession) -> Shift | None:
    """Return the shift of a session's lecturers, where it has one."""
    statement = select(Shift).where(Shift.source_type == SESSION_SOURCE, Shift.source_id == session.id)
    return unit.session.exec(statement).one_or_none()


def end_lectures(unit: Unit, shift: Shift) -> None:
    """Cancel the locked shift of a session that is cancelled; whoever stands on it is told."""
    if not states.SHIFT.leads(shift.status, "cancel"):
        return
    clear_shift(unit, shift)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "cancel"))
    shift.touch(unit.now)
    unit.audit("shift.cancel", shift)
