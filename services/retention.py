"""Holds on somebody's data, and the dry run of the sweeps that erase: who would go on a day, and what of each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account
from models.base import Aggregate, Row
from models.consultation import Consultation
from models.fields import Items
from models.learner import Learner
from models.person import Person
from models.retention import ConsultationDueToGo, DueToGo, HoldDraft, HoldView, KeptBy, LearnerDueToGo, LegalHold
from models.volunteer import Volunteer
from services import retention_states
from services.anonymizing import EMPTIED, OF_THE_PERSON, OF_THE_VOLUNTEER, keeping
from services.erasing import CONSULTATION, LEARNER, Erasure
from services.free_text import refuse_personal_details
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit

HELD: Final[Mapping[type[Aggregate], str]] = {
    Volunteer: "volunteer_id",
    Learner: "learner_id",
    Consultation: "consultation_id",
}
"""Whose data a hold can keep, and in which column it names them."""


def list_holds(unit: Unit, table: type[Aggregate], row_id: UUID) -> Items[HoldView]:
    """Return the holds on somebody's data, those that were lifted too. Raises `NotFound`."""
    held = unit.get(table, row_id)
    unit.audit("legal_hold.read", held, subject=_volunteer(held))
    theirs = select(LegalHold).where(getattr(LegalHold, HELD[table]) == held.id).order_by(col(LegalHold.id))
    return Items(items=[_show(unit, hold) for hold in unit.session.exec(theirs).all()])


def place_hold(unit: Unit, table: type[Aggregate], row_id: UUID, draft: HoldDraft) -> HoldView:
    """Keep somebody's data whatever their day, until the hold is lifted.

    Raises `NotFound`, `Stale`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    held = unit.lock(table, row_id)
    unit.expect(held)
    named: dict[str, Any] = {HELD[table]: held.id}
    hold = unit.add(LegalHold(**named, reason=draft.reason, **unit.stamp()))
    unit.audit("legal_hold.place", hold, subject=_volunteer(held))
    return _show(unit, hold)


def _volunteer(held: Row) -> UUID | None:
    return held.id if isinstance(held, Volunteer) else None


def lift_hold(unit: Unit, hold_id: UUID, draft: HoldDraft) -> HoldView:
    """Let what a hold kept go when its day comes, or has come. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    refuse_personal_details(draft.reason, "/reason")
    hold = unit.lock(LegalHold, hold_id)
    unit.expect(hold)
    retention_states.HOLD.next(hold.status, "lift")
    hold.lifted_at, hold.lifted_reason = unit.now, draft.reason
    hold.touch(unit.now)
    unit.audit("legal_hold.lift", hold, subject=hold.volunteer_id)
    return _show(unit, hold)


def _show(unit: Unit, hold: LegalHold) -> HoldView:
    verbs = retention_states.HOLD.open_to(hold.status, permissions_of(unit.actor.roles))
    return HoldView.model_validate({**hold.model_dump(), "status": hold.status, "actions": verbs})


def list_due(unit: Unit, ask: Ask, on: date | None) -> Page[DueToGo]:
    """Return whose data would be erased by a day, today unless told otherwise, and what; nothing is. The look is logged."""
    return _foresee(unit, ask, on, Volunteer, _show_due)


def list_learners_due(unit: Unit, ask: Ask, on: date | None) -> Page[LearnerDueToGo]:
    """Return which learners would be erased by a day; see `list_due`."""
    return _foresee(unit, ask, on, Learner, _show_learners)


def list_consultations_due(unit: Unit, ask: Ask, on: date | None) -> Page[ConsultationDueToGo]:
    """Return of which consultations only what is counted would stay by a day; see `list_due`."""
    return _foresee(unit, ask, on, Consultation, _show_consultations)


def _foresee(unit: Unit, ask: Ask, on: date | None, table: Any, show: Any) -> Page[Any]:
    day = on or unit.today
    statement = select(table).where(table.purge_on <= day)
    scope = scope_of(f"due_{table.__tablename__}", day)
    found = page(unit, ask, statement, Order((table.purge_on, table.id)), show, scope)
    looker = unit.session.exec(select(Account).where(Account.id == unit.actor.account_id)).one()
    facts = {"on": day.isoformat(), "of": table.__tablename__, "found": len(found.items)}
    unit.audit("retention.preview", looker, facts=facts)
    return found


def _show_due(unit: Unit, volunteers: Sequence[Volunteer]) -> list[DueToGo]:
    ids = [one.id for one in volunteers]
    people = {row.id: row for row in unit.session.exec(select(Person).where(col(Person.id).in_(_persons(volunteers))))}
    accounts = set(unit.session.exec(select(Account.person_id).where(col(Account.person_id).in_(_persons(volunteers)))))
    kept, records = _kept(unit, Volunteer, ids, keeping()), _records(unit, "volunteer_id", ids, EMPTIED)
    return [
        DueToGo(
            **one.model_dump(include={"volunteer_no", "status", "purge_on"}),
            volunteer_id=one.id,
            kept_by=kept[one.id],
            fields=_filled((one, OF_THE_VOLUNTEER), (people[one.person_id], OF_THE_PERSON)),
            account=one.person_id in accounts,
            records=records[one.id],
        )
        for one in volunteers
    ]


def _persons(volunteers: Sequence[Volunteer]) -> list[UUID]:
    return [one.person_id for one in volunteers]


def _show_learners(unit: Unit, learners: Sequence[Learner]) -> list[LearnerDueToGo]:
    return [LearnerDueToGo(learner_id=one.id, **said) for one, said in _foreseen(unit, LEARNER, learners)]


def _show_consultations(unit: Unit, consultations: Sequence[Consultation]) -> list[ConsultationDueToGo]:
    foreseen = _foreseen(unit, CONSULTATION, consultations)
    return [ConsultationDueToGo(consultation_id=one.id, no=one.no, **said) for one, said in foreseen]


def _foreseen(unit: Unit, how: Erasure, rows: Sequence[Any]) -> list[tuple[Any, dict[str, Any]]]:
    ids = [one.id for one in rows]
    kept = _kept(unit, how.table, ids, how.keeping())
    records = _records(unit, how.key, ids, [(table, blank, sa.true()) for table, blank in how.beside])
    return [
        (
            one,
            {
                "purge_on": one.purge_on,
                "kept_by": kept[one.id],
                "fields": _filled((one, how.blank)),
                "records": records[one.id],
            },
        )
        for one in rows
    ]


def _filled(*rows: tuple[Row, Mapping[str, Any]]) -> list[str]:
    """Name what is not yet as it would be left."""
    return sorted(name for row, empty in rows for name, blank in empty.items() if getattr(row, name) != blank)


def _kept(
    unit: Unit, table: Any, ids: Collection[UUID], conditions: Mapping[KeptBy, Any]
) -> Mapping[UUID, list[KeptBy]]:
    kept: dict[UUID, list[KeptBy]] = defaultdict(list)
    for reason, condition in conditions.items():
        held = sa.select(table.id).where(table.id.in_(ids), condition)
        for row_id in unit.session.execute(held).scalars():
            kept[row_id].append(reason)
    return kept


def _records(
    unit: Unit, key: str, ids: Collection[UUID], tables: Sequence[tuple[Any, Any, Any]]
) -> Mapping[UUID, dict[str, int]]:
    records: dict[UUID, dict[str, int]] = defaultdict(dict)
    for table, _, which in tables:
        owner = getattr(table, key)
        counted = sa.select(owner, sa.func.count()).where(owner.in_(ids), which).group_by(owner)
        for row_id, count in unit.session.execute(counted):
            records[row_id][table.__tablename__] = count
    return records
