"""Certificates that follow from trainings: granted, prolonged, revoked, and told of before they lapse (domain.md §4.2)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.competence import Certification
from models.record import Notice
from models.training import TrainingAttendance, TrainingCourse, TrainingEnrollment, TrainingSession
from models.volunteer import Volunteer, VolunteerStatus
from services.courses import in_force_on
from services.notifying import Told, tell_volunteer, tell_volunteers
from services.recording import last_warned
from services.unit import Unit

CORRECTED = "training_corrected"
"""Why a certificate is revoked whose training was not complete after all."""
REGISTERED = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE})


def grant_for(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, course: TrainingCourse) -> None:
    """Grant the certificate of a completed course from its last day on, and tell her."""
    volunteer = unit.get(Volunteer, enrollment.volunteer_id)
    expires_on = None
    if course.grants is not None:
        day = _last_day(unit, session, enrollment)
        expires_on = _expiry(unit, course, volunteer.id, day)
        certificate = unit.add(
            Certification(
                **unit.stamp(),
                volunteer_id=volunteer.id,
                cert_code=course.grants,
                granted_on=day,
                expires_on=expires_on,
                enrollment_id=enrollment.id,
            )
        )
        volunteer.touch(unit.now)
        unit.audit("certification.grant", certificate, subject=volunteer.id)
    facts = {"title": course.title, "expires_on": expires_on}
    tell_volunteer(unit, volunteer.id, "training_completed", enrollment, facts)


def _last_day(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment) -> date:
    """Return the day of the last session that counted, make-up sessions included."""
    attended: Any = (
        select(sa.func.max(TrainingSession.ends_at))
        .join(TrainingAttendance, col(TrainingAttendance.session_id) == TrainingSession.id)
        .where(TrainingAttendance.enrollment_id == enrollment.id, TrainingAttendance.minutes > 0)
    )
    return unit.local_day(unit.session.exec(attended).one() or session.ends_at)


def _expiry(unit: Unit, course: TrainingCourse, volunteer_id: UUID, day: date) -> date | None:
    """Return the last day of a new certificate; renewed within the window, it follows the old one's last day."""
    if course.valid_months is None:
        return None
    window_ends = day + timedelta(days=course.renewal_days)
    held = select(sa.func.max(Certification.expires_on)).where(
        Certification.volunteer_id == volunteer_id,
        Certification.cert_code == course.grants,
        in_force_on(day),
        col(Certification.expires_on) <= window_ends,
    )
    last: date | None = unit.session.exec(held).one()
    until: date = (last or day - timedelta(days=1)) + relativedelta(months=course.valid_months)
    return until


def take_back(unit: Unit, enrollment: TrainingEnrollment) -> None:
    """Revoke what a training granted that was not complete after all, as of today."""
    granted = select(Certification).where(
        Certification.enrollment_id == enrollment.id, col(Certification.revoked_on).is_(None)
    )
    for certificate in unit.session.exec(granted).all():
        certificate.revoked_on, certificate.revoked_reason = unit.today, CORRECTED
        certificate.touch(unit.now)
        unit.get(Volunteer, enrollment.volunteer_id).touch(unit.now)
        unit.audit(
            "certification.revoke",
            certificate,
            fields=["revoked_on", "revoked_reason"],
            subject=enrollment.volunteer_id,
        )


_NEWER = aliased(Certification)


def due_warnings(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the certificates that lapse before long, that no other follows, and of which nobody has been told."""
    followed = sa.exists().where(
        col(_NEWER.volunteer_id) == Certification.volunteer_id,
        col(_NEWER.cert_code) == Certification.cert_code,
        col(_NEWER.revoked_on).is_(None),
        sa.or_(col(_NEWER.expires_on).is_(None), col(_NEWER.expires_on) > Certification.expires_on),
    )
    told = sa.exists().where(
        col(Notice.volunteer_id) == Certification.volunteer_id,  # by which notices are found
        col(Notice.object_id) == Certification.id,
        col(Notice.kind) == "certificate_expiring",
    )
    return (
        select(Certification.id)
        .join(Volunteer, col(Volunteer.id) == Certification.volunteer_id)
        .where(
            col(Volunteer.status).in_(sorted(REGISTERED)),
            col(Certification.revoked_on).is_(None),
            col(Certification.expires_on) >= unit.today,
            col(Certification.expires_on) <= last_warned(unit),
            ~followed,
            ~told,
        )
    )


def warn(unit: Unit, certificates: Sequence[Certification]) -> None:
    """Tell people once that a certificate of theirs is about to lapse."""
    told = [
        Told(
            one.volunteer_id,
            one,
            {"certificate": one.cert_code, "expires_on": one.expires_on},
            once=f"certificate_expiring:{one.id}",
        )
        for one in certificates
        if one.revoked_on is None
    ]
    tell_volunteers(unit, "certificate_expiring", told)
