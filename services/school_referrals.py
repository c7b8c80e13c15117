"""Referrals of learners from and to the public schools' classes of Japanese (domain.md §1 row 10)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.classroom import Classroom
from models.fields import Items
from models.learner import ConsentScope, GuardianConsent, Learner
from models.organization import Facility, FacilityKind
from models.school_referral import (
    SchoolReferral,
    SchoolReferralAnswer,
    SchoolReferralCreate,
    SchoolReferralView,
)
from services import advice_states
from services.acting_for import told_at
from services.erasing import put_off_erasing
from services.errors import NotFound, Refused, invalid
from services.learners import consents_on
from services.policies import permissions_of
from services.queries import find, find_learner, visible_learners
from services.unit import Unit


def list_referrals(unit: Unit, learner_id: UUID) -> Items[SchoolReferralView]:
    """Return a learner's referrals, latest first; that they were read is logged. Raises `NotFound`."""
    learner = find(unit, visible_learners(unit.actor), Learner, learner_id)
    rows = unit.session.exec(
        select(SchoolReferral)
        .where(SchoolReferral.learner_id == learner_id)
        .order_by(col(SchoolReferral.sent_at).desc(), col(SchoolReferral.id).desc())
    ).all()
    if rows:
        unit.audit("school_referral.read", learner)
    return Items(items=_show_all(unit, rows))


def refer(unit: Unit, learner_id: UUID, draft: SchoolReferralCreate) -> SchoolReferralView:
    """Send a learner from a school to a classroom or the other way, on the guardian's consent to share with the school.

    Raises `NotFound`, `Refused` (`PRIV_SCHOOL_CONSENT`) without the consent on that day, `InvalidFields` for what is no school
    or no classroom of the learner's institution, a time to come or long past, and while the same referral is open.
    """
    learner = find_learner(unit, learner_id)
    unit.expect(learner)
    _check(unit, learner, draft)
    sent_at = told_at(unit, draft.sent_at, "/sent_at") if draft.sent_at else unit.now
    referral = unit.add(
        SchoolReferral(
            learner_id=learner.id,
            **draft.model_dump(exclude={"sent_at"}),
            consent_id=_consent(unit, learner, sent_at).id,
            sent_at=sent_at,
            **unit.stamp(),
        )
    )
    learner.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("school_referral.send", referral, facts={"direction": draft.direction})
    return _show(unit, referral)


def _check(unit: Unit, learner: Learner, draft: SchoolReferralCreate) -> None:
    school = unit.session.get(Facility, draft.school_id)
    if school is None or school.kind is not FacilityKind.SCHOOL:
        raise invalid("/school_id")
    room = unit.session.get(Classroom, draft.classroom_id)
    if room is None or room.organization_id != learner.organization_id:
        raise invalid("/classroom_id")


def _consent(unit: Unit, learner: Learner, sent_at: datetime) -> GuardianConsent:
    """Return the consent that was in force then; one must be today as well: what is written now is shared now.

    They are two where a newer form has taken the place of the one that ran then.
    """
    given, day = consents_on(unit, [learner.id], unit.today)[learner.id], unit.local_day(sent_at)
    consent = unit.session.exec(
        select(GuardianConsent)
        .where(
            GuardianConsent.learner_id == learner.id,
            GuardianConsent.scope == ConsentScope.SHARE_WITH_SCHOOL,
            col(GuardianConsent.signed_on) <= day,
            sa.or_(col(GuardianConsent.revoked_on).is_(None), col(GuardianConsent.revoked_on) > day),
        )
        .order_by(col(GuardianConsent.signed_on).desc(), col(GuardianConsent.id).desc())
    ).first()
    if consent is None or ConsentScope.SHARE_WITH_SCHOOL not in given:
        raise Refused("PRIV_SCHOOL_CONSENT")
    return consent


def answer(unit: Unit, learner_id: UUID, referral_id: UUID, draft: SchoolReferralAnswer) -> SchoolReferralView:
    """Write down what came of a referral; hearing it shares nothing, so it wants no consent.

    Raises `NotFound`, `Stale`, `WrongState` (`SRF_STATE`), `InvalidFields` for a day before it was sent or to come.
    """
    learner = find_learner(unit, learner_id)
    referral = unit.lock(SchoolReferral, referral_id)
    if referral.learner_id != learner_id:
        raise NotFound
    unit.expect(referral)
    advice_states.SCHOOL_REFERRAL.next(referral.status, "answer")
    sent_on = unit.local_day(referral.sent_at)
    if not sent_on <= draft.outcome_on <= unit.today:
        raise invalid("/outcome_on", "FIELD_RANGE", min=sent_on, max=unit.today)
    referral.outcome, referral.outcome_on = draft.outcome, draft.outcome_on
    referral.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("school_referral.answer", referral, facts={"outcome": draft.outcome})
    return _show(unit, referral)


def _show(unit: Unit, referral: SchoolReferral) -> SchoolReferralView:
    return _show_all(unit, [referral])[0]


def _show_all(unit: Unit, referrals: Sequence[SchoolReferral]) -> list[SchoolReferralView]:
    schools = select(Facility.id, Facility.name).where(col(Facility.id).in_({one.school_id for one in referrals}))
    rooms = select(Classroom.id, Classroom.name).where(col(Classroom.id).in_({one.classroom_id for one in referrals}))
    names = dict(unit.session.exec(schools).all()) | dict(unit.session.exec(rooms).all())
    permissions = permissions_of(unit.actor.roles)
    return [
        SchoolReferralView(
            **one.model_dump(),
            status=one.status,
            school_name=names[one.school_id],
            classroom_name=names[one.classroom_id],
            actions=advice_states.SCHOOL_REFERRAL.open_to(one.status, permissions),
        )
        for one in referrals
    ]
