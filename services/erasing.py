"""What becomes of learners and consultations whose time is over: what figures count stays, and nobody behind it (§9 rule 9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.assignment import Assignment
from models.attendance import Attendance
from models.consultation import Consultation, ConsultationIdentity
from models.contact_attempt import ContactAttempt
from models.enrollment import ASKED, OVER, ClassEnrollmentStatus, Enrollment
from models.incident import Incident, IncidentStatus
from models.learner import Learner
from models.pairing import Pairing, PairingEnd
from models.record import Notice, NoticeStatus
from models.referral import Referral
from models.retention import KeptBy, LegalHold
from models.school_referral import SchoolReferral
from models.schooling import DeadlineNotice, LearnerDeadline, LearnerTarget, SchoolStageChange
from models.shift import Shift
from services.classroom_states import ENROLLMENT
from services.office_days import at_local
from services.resting_pairings import end_pairings
from services.unit import Unit

PROVISION_YEARS: Final = 3
"""For how long it is kept who was told of a learner, when and on what consent (domain.md §9 rule 6)."""


@dataclass(frozen=True)
class Erasure:
    """How one kind of record is erased: what of it is emptied, and of the rows that hang on it by `key`; None deletes them."""

    table: Any
    key: str
    blank: Mapping[str, Any]
    beside: Sequence[tuple[Any, Mapping[str, Any] | None]]
    keeping: Callable[[], Mapping[KeptBy, Any]]


def _learner_kept_by() -> Mapping[KeptBy, Any]:
    """An incident is about a learner who stands on the roll of the session that it is about, or on which it was reported."""
    hold = sa.exists().where(col(LegalHold.learner_id) == Learner.id, col(LegalHold.lifted_at).is_(None))
    reported = (
        select(Assignment.id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(col(Shift.source_id) == col(Attendance.session_id))
        .correlate(Attendance)
    )
    incident = sa.exists().where(
        col(Incident.status) == IncidentStatus.OPEN,
        sa.or_(col(Incident.about_id) == Attendance.session_id, col(Incident.about_id).in_(reported)),
        col(Attendance.learner_id) == Learner.id,
    )
    return {KeptBy.LEGAL_HOLD: hold, KeptBy.OPEN_INCIDENT: incident}


def consultation_kept_by() -> Mapping[KeptBy, Any]:
    """Return what keeps a consultation, and who came to it, whatever their day, as conditions on it."""
    hold = sa.exists().where(col(LegalHold.consultation_id) == Consultation.id, col(LegalHold.lifted_at).is_(None))
    return {KeptBy.LEGAL_HOLD: hold}


def is_kept(unit: Unit, consultation: Consultation) -> bool:
    """Return whether something keeps a consultation, and who came to it, whatever their day."""
    kept = select(Consultation.id).where(Consultation.id == consultation.id, sa.or_(*consultation_kept_by().values()))
    return unit.session.exec(kept).first() is not None


LEARNER: Final = Erasure(
    Learner,
    "learner_id",
    {
        **dict.fromkeys(("pickup_rule", "tutor_gender")),
        **dict.fromkeys(("guardian_name", "guardian_phone", "guardian_language", "guardian_email")),
        "first_name": "",
        "goals": [],
        "allergy": False,
    },
    (
        (Attendance, {"arrived_at": None, "left_at": None, "progress": []}),
        (Pairing, {"reasons": []}),
        (ContactAttempt, {"note_code": None, "notice_ids": []}),
        (Notice, {"address": None, "facts": {}}),
        (LearnerTarget, None),
        (SchoolStageChange, None),
    ),
    _learner_kept_by,
)
"""School stage and language, who came when and which levels were found stay: reports count them.

So do consents, by which it was right that she came, and referrals to and from schools for `PROVISION_YEARS`.
"""
CONSULTATION: Final = Erasure(
    Consultation,
    "consultation_id",
    {"urgent_codes": [], "officer_id": None, "resolution": None},
    ((Referral, {"shared": []}), (ConsultationIdentity, None)),
    consultation_kept_by,
)
"""Language, channel, the topic it is counted under, how urgent and how long it was stay, and how often it was handed on."""


def date_erasing(unit: Unit, learner: Learner) -> None:
    """Set the day on which a locked learner is erased, while she learns nowhere and waits for no place.

    Who asked for one that nobody has decided on is dated too: such a question may be forgotten, and her family with it.
    """
    unit.session.flush()
    learns = select(Enrollment.id).where(
        Enrollment.learner_id == learner.id, col(Enrollment.status).not_in(sorted(OVER | ASKED))
    )
    gone = unit.session.exec(learns).first() is None
    learner.purge_on = unit.today + relativedelta(years=unit.rules.learner_years) if gone else None


def put_off_erasing(unit: Unit, learner: Learner) -> None:
    """Begin the time of a locked learner anew who asks for a place, since somebody sees to her, whatever is written.

    Who has left is erased on the day that was set then, whatever is corrected of her since.
    """
    unit.session.flush()
    if learner.purge_on is not None and unit.session.exec(_questions(learner)).first() is not None:
        date_erasing(unit, learner)


def _questions(learner: Learner) -> SelectOfScalar[Enrollment]:
    """Return the enrollments of a learner that nobody has decided on."""
    return select(Enrollment).where(Enrollment.learner_id == learner.id, col(Enrollment.status).in_(sorted(ASKED)))


def due_learners(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the learners whose day has come and whom nothing keeps."""
    return _due(unit, LEARNER)


def due_consultations(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the consultations whose day has come and which nothing keeps."""
    return _due(unit, CONSULTATION)


def _due(unit: Unit, how: Erasure) -> SelectOfScalar[UUID]:
    statement: SelectOfScalar[UUID] = select(how.table.id)
    return statement.where(how.table.purge_on <= unit.today, ~sa.or_(*how.keeping().values()))


def erase_learner(unit: Unit, learner: Learner) -> None:
    """Empty what tells who a locked learner was whose day has come, her way to school and her guardian with her."""
    if not _is_due(unit, LEARNER, learner):
        return
    learner.erased_on = unit.today
    _drop_questions(unit, learner)
    end_pairings(unit, Pairing.learner_id, learner.id, PairingEnd.LEARNER_LEFT)
    _drop_letters(unit, learner)
    targets = select(LearnerTarget.id).where(LearnerTarget.learner_id == learner.id)
    for table in (LearnerDeadline, DeadlineNotice):
        unit.session.execute(sa.delete(table).where(col(table.target_id).in_(targets)))
    _erase(unit, LEARNER, learner)
    unit.audit("learner.erase", learner)


def erase_consultation(unit: Unit, consultation: Consultation) -> None:
    """Leave of a locked consultation whose day has come what is counted."""
    if not _is_due(unit, CONSULTATION, consultation):
        return
    consultation.topics = consultation.topics[:1]
    _erase(unit, CONSULTATION, consultation)
    unit.audit("consultation.erase", consultation)


def _is_due(unit: Unit, how: Erasure, row: Learner | Consultation) -> bool:
    return unit.session.exec(_due(unit, how).where(how.table.id == row.id)).first() is not None


def _erase(unit: Unit, how: Erasure, row: Learner | Consultation) -> None:
    row.sqlmodel_update({**how.blank, "purge_on": None})
    row.touch(unit.now)
    for table, blank in how.beside:
        hers = getattr(table, how.key) == row.id
        change = sa.delete(table) if blank is None else sa.update(table).values(**blank)
        unit.session.execute(change.where(hers))


def _drop_questions(unit: Unit, learner: Learner) -> None:
    """Let what a learner asked for end, whom nobody can ask any more."""
    locked = _questions(learner).order_by(col(Enrollment.id)).with_for_update(key_share=True)
    for enrollment in unit.session.exec(locked.execution_options(populate_existing=True)).all():
        enrollment.status = ClassEnrollmentStatus(ENROLLMENT.next(enrollment.status, "leave"))
        enrollment.touch(unit.now)
        unit.audit("enrollment.leave", enrollment)
    unit.session.flush()


def _drop_letters(unit: Unit, learner: Learner) -> None:
    unsent = sa.update(Notice).where(col(Notice.learner_id) == learner.id, col(Notice.status) == NoticeStatus.PENDING)
    unit.session.execute(unsent.values(status=NoticeStatus.FAILED))


def due_referrals(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the referrals to and from schools of erased learners that need not be shown to anybody any more."""
    day = unit.today - relativedelta(years=PROVISION_YEARS) + relativedelta(days=1)
    return (
        select(SchoolReferral.id)
        .join(Learner, col(Learner.id) == SchoolReferral.learner_id)
        .where(col(Learner.erased_on).is_not(None), col(SchoolReferral.sent_at) < at_local(unit, day, time.min))
    )


def erase_referral(unit: Unit, referral: SchoolReferral) -> None:
    """Delete a locked referral of an erased learner; the audit log keeps that it was there."""
    unit.audit("school_referral.purge", referral)
    unit.session.delete(referral)
