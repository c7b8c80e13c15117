"""Learners, their guardians and consents: written and read by those who run the classrooms (domain.md §9)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.fields import Items
from models.learner import (
    ConsentCreate,
    ConsentScope,
    ConsentView,
    GuardianConsent,
    GuardianView,
    Learner,
    LearnerCreate,
    LearnerGuardianDraft,
    LearnerGuardianPatch,
    LearnerPatch,
    LearnerView,
    SchoolStage,
)
from models.organization import Organization
from models.pairing import Pairing
from services.erasing import date_erasing, put_off_erasing
from services.errors import FieldFault, InvalidFields, NotFound, Refused, invalid
from services.notifying import tell_managers, tell_office
from services.noting_ahead import forget_excuses_of
from services.office_days import at_local
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find, find_learner, visible_learners
from services.readdressing import readdress
from services.resting_pairings import rest_pairings
from services.schooling import note_stage
from services.unit import Unit


def list_learners(unit: Unit, ask: Ask) -> Page[LearnerView]:
    """Return the learners of the caller's scope, newest first; whose guardian was read is written to the log."""
    order = Order((Learner.created_at, Learner.id), descending=True)
    return page(unit, ask, visible_learners(unit.actor), order, _show_read, scope_of("learners"))


def read_learner(unit: Unit, learner_id: UUID) -> LearnerView:
    """Return a learner of the caller's scope; that her guardian was read is written to the log. Raises `NotFound`."""
    return _show_read(unit, [find(unit, visible_learners(unit.actor), Learner, learner_id)])[0]


def _show_read(unit: Unit, learners: Sequence[Learner]) -> list[LearnerView]:
    for learner in learners:
        if learner.guardian_name is not None:
            unit.audit("learner.read", learner, fields=_CONTACTS)
    return show_learners(unit, learners)


_CONTACTS = ("guardian_name", "guardian_phone", "guardian_email")


def create(unit: Unit, draft: LearnerCreate) -> LearnerView:
    """Write a learner down. Raises `InvalidFields` for an institution that is not the caller's, or a child without guardian."""
    organization_id = _organization(unit, draft.organization_id)
    if draft.school_stage is not SchoolStage.ADULT:
        for name in ("guardian", "pickup_rule"):
            if getattr(draft, name) is None:
                raise invalid(f"/{name}", "FIELD_MISSING")
    columns = draft.model_dump(exclude={"organization_id", "guardian"})
    learner = unit.add(Learner(organization_id=organization_id, **columns, **_guardian(draft.guardian), **unit.stamp()))
    note_stage(unit, learner, unit.today)
    date_erasing(unit, learner)
    unit.audit("learner.create", learner)
    return _show(unit, learner)


def _organization(unit: Unit, asked: UUID | None) -> UUID:
    own = unit.actor.organization_id
    if unit.actor.is_staff:
        if asked is None:
            raise invalid("/organization_id", "FIELD_MISSING")
        if unit.session.get(Organization, asked) is None:
            raise invalid("/organization_id")
        return asked
    if own is None or asked not in {None, own}:
        raise invalid("/organization_id")
    return own


def _guardian(guardian: LearnerGuardianDraft | None) -> dict[str, Any]:
    if guardian is None:
        return {}
    return {f"guardian_{name}": value for name, value in guardian.model_dump().items()}


def change(unit: Unit, learner_id: UUID, patch: LearnerPatch) -> LearnerView:
    """Correct what is known of a learner; of her guardian what is not sent stays, and letters follow a new address.

    What a former guardian consented to stands until it is taken back or signed anew. Raises `NotFound`, `Stale`,
    `InvalidFields` for a new guardian without a name, number or language.
    """
    learner = _take(unit, learner_id)
    written_to = learner.guardian_email
    changes = patch.changes()
    if patch.guardian is not None:
        del changes["guardian"]
        changes |= _correction(learner, patch.guardian)
    for name, value in changes.items():
        setattr(learner, name, value)
    learner.touch(unit.now)
    if learner.guardian_email != written_to:
        readdress(unit, learner)
    put_off_erasing(unit, learner)
    unit.audit("learner.change", learner, fields=sorted(patch.model_fields_set))
    return _show(unit, learner)


def _correction(learner: Learner, patch: LearnerGuardianPatch) -> dict[str, Any]:
    changes = patch.changes()
    if learner.guardian_name is None:
        missing = [name for name in ("name", "phone", "language") if name not in changes]
        if missing:
            raise InvalidFields(faults=tuple(FieldFault(f"/guardian/{name}", "FIELD_MISSING", {}) for name in missing))
    return {f"guardian_{name}": value for name, value in changes.items()}


def _take(unit: Unit, learner_id: UUID) -> Learner:
    learner = find_learner(unit, learner_id)
    unit.expect(learner)
    return learner


def list_consents(unit: Unit, learner_id: UUID) -> Items[ConsentView]:
    """Return the consents of a learner's guardian, newest first, those taken back too. Raises `NotFound`."""
    find(unit, visible_learners(unit.actor), Learner, learner_id)
    rows = unit.session.exec(
        select(GuardianConsent).where(GuardianConsent.learner_id == learner_id).order_by(col(GuardianConsent.id).desc())
    )
    return Items(items=[_show_consent(unit, consent) for consent in rows])


def consent(unit: Unit, learner_id: UUID, draft: ConsentCreate) -> Items[ConsentView]:
    """Write down what a guardian signed; a newer form takes the place of the one that runs, scope by scope, from its day on.

    Raises `NotFound`, `Stale`, `InvalidFields` for what is consented to by a form that is not older, a day to come, and one
    before the same was taken back: the old form does not count again.
    """
    learner = _take(unit, learner_id)
    _check_day(unit, learner, draft)
    running = _running(unit, learner.id)
    for scope in dict.fromkeys(draft.scopes):
        if scope in running:
            _replace(unit, running[scope], draft)
        signed = draft.model_dump(include={"signed_on", "language"})
        row = unit.add(GuardianConsent(learner_id=learner.id, scope=scope, **signed, **unit.stamp()))
        unit.audit("guardian_consent.give", row, facts={"scope": scope})
    learner.touch(unit.now)
    put_off_erasing(unit, learner)
    return list_consents(unit, learner_id)


def _check_day(unit: Unit, learner: Learner, draft: ConsentCreate) -> None:
    if draft.signed_on > unit.today:
        raise invalid("/signed_on", "FIELD_RANGE", max=unit.today)
    taken_back = _taken_back_last(unit, learner.id, draft.scopes)
    if taken_back is not None and draft.signed_on < taken_back:
        raise invalid("/signed_on", "FIELD_RANGE", min=taken_back, max=unit.today)


def _running(unit: Unit, learner_id: UUID) -> Mapping[ConsentScope, GuardianConsent]:
    rows = select(GuardianConsent).where(
        GuardianConsent.learner_id == learner_id, col(GuardianConsent.revoked_on).is_(None)
    )
    return {row.scope: row for row in unit.session.exec(rows)}


def _replace(unit: Unit, older: GuardianConsent, newer: ConsentCreate) -> None:
    """End a consent with the signing of a newer form: nothing is taken back, so nobody is told, and no pairing rests."""
    if newer.signed_on <= older.signed_on:
        raise invalid("/scopes", "FIELD_DUPLICATE")
    older.revoked_on = newer.signed_on
    older.touch(unit.now)
    unit.audit("guardian_consent.replace", older, facts={"scope": older.scope})
    unit.session.flush()  # one form runs at a time


def _taken_back_last(unit: Unit, learner_id: UUID, scopes: Collection[ConsentScope]) -> date | None:
    last = select(sa.func.max(col(GuardianConsent.revoked_on))).where(
        GuardianConsent.learner_id == learner_id, col(GuardianConsent.scope).in_(scopes)
    )
    return unit.session.exec(last).one()


def revoke(unit: Unit, learner_id: UUID, consent_id: UUID) -> ConsentView:
    """Take a consent back from today on; those who run the classrooms and the office are told, without the child's name.

    A child that may not come any more does not meet its tutors either: what it has with them rests. Raises `NotFound`,
    `Stale`, `Refused` for one that was taken back before.
    """
    learner = find_learner(unit, learner_id)
    row = unit.lock(GuardianConsent, consent_id)
    if row.learner_id != learner.id:
        raise NotFound
    unit.expect(row)
    if row.revoked_on is not None:
        raise Refused("CNS_REVOKED")
    row.revoked_on = unit.today
    row.touch(unit.now)
    learner.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("guardian_consent.revoke", row, facts={"scope": row.scope})
    if row.scope is ConsentScope.PARTICIPATION and learner.school_stage is not SchoolStage.ADULT:
        forget_excuses_of(unit, learner.id, at_local(unit, unit.today + timedelta(days=1), time.min))
        rest_pairings(unit, Pairing.learner_id, learner.id)
    facts = {"scope": row.scope, "on": unit.today, "link": f"{unit.rules.public_url}/v1/learners/{learner.id}"}
    tell_managers(unit, learner.organization_id, "consent_revoked", learner, facts)
    tell_office(unit, "consent_revoked", learner, facts)
    return _show_consent(unit, row)


def consents_on(unit: Unit, learner_ids: Collection[UUID], day: date) -> dict[UUID, set[ConsentScope]]:
    """Return what is consented to on a day, by learner; a consent ends with the day on which it is taken back."""
    unit.session.flush()
    rows = unit.session.exec(
        select(GuardianConsent.learner_id, GuardianConsent.scope).where(
            col(GuardianConsent.learner_id).in_(learner_ids),
            col(GuardianConsent.signed_on) <= day,
            sa.or_(col(GuardianConsent.revoked_on).is_(None), col(GuardianConsent.revoked_on) > day),
        )
    )
    found: dict[UUID, set[ConsentScope]] = {learner_id: set() for learner_id in learner_ids}
    for learner_id, scope in rows:
        found[learner_id].add(ConsentScope(scope))
    return found


def _show(unit: Unit, learner: Learner) -> LearnerView:
    return show_learners(unit, [learner])[0]


def show_learners(unit: Unit, learners: Sequence[Learner]) -> list[LearnerView]:
    """Return learners with what is consented to today, with a constant number of queries."""
    given: Mapping[UUID, set[ConsentScope]] = consents_on(unit, [one.id for one in learners], unit.today)
    return [
        LearnerView(
            **learner.model_dump(include=_COLUMNS),
            guardian=_show_guardian(learner),
            consents_in_force=sorted(given[learner.id]),
            actions=["consents"],
        )
        for learner in learners
    ]


_COLUMNS = LearnerView.model_fields.keys() & Learner.model_fields.keys()


def _show_guardian(learner: Learner) -> GuardianView | None:
    if learner.guardian_name is None:
        return None
    return GuardianView.model_validate(
        {name: getattr(learner, f"guardian_{name}") for name in GuardianView.model_fields}
    )


def _show_consent(unit: Unit, row: GuardianConsent) -> ConsentView:
    in_force = row.signed_on <= unit.today and (row.revoked_on is None or row.revoked_on > unit.today)
    columns = row.model_dump(include={"id", "version", "scope", "signed_on", "language", "revoked_on"})
    return ConsentView(**columns, in_force=in_force, actions=[] if row.revoked_on else ["revoke"])
