"""Holds on somebody's data, and the dry run of the sweep that erases: who would go on a day, and what of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account
from models.fields import Items
from models.person import Person
from models.retention import DueToGo, HoldDraft, HoldView, KeptBy, LegalHold
from models.volunteer import Volunteer
from services import retention_states
from services.anonymizing import EMPTIED, OF_THE_PERSON, OF_THE_VOLUNTEER, keeping
from services.free_text import refuse_personal_details
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit


def list_holds(unit: Unit, volunteer_id: UUID) -> Items[HoldView]:
    """Return the holds on somebody's data, those that were lifted too. Raises `NotFound`."""
    volunteer = unit.get(Volunteer, volunteer_id)
    unit.audit("legal_hold.read", volunteer, subject=volunteer.id)
    hers = select(LegalHold).where(LegalHold.volunteer_id == volunteer.id).order_by(col(LegalHold.id))
    return Items(items=[_show(unit, hold) for hold in unit.session.exec(hers).all()])


def place_hold(unit: Unit, volunteer_id: UUID, draft: HoldDraft) -> HoldView:
    """Keep somebody's data whatever their day, until the hold is lifted.

    Raises `NotFound`, `Stale`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    volunteer = unit.lock(Volunteer, volunteer_id)
    unit.expect(volunteer)
    hold = unit.add(LegalHold(volunteer_id=volunteer.id, reason=draft.reason, **unit.stamp()))
    unit.audit("legal_hold.place", hold, subject=volunteer.id)
    return _show(unit, hold)


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
    day = on or unit.today
    statement = select(Volunteer).where(col(Volunteer.purge_on) <= day)
    found = page(unit, ask, statement, Order((Volunteer.purge_on, Volunteer.id)), _show_due, scope_of("due", day))
    looker = unit.session.exec(select(Account).where(Account.id == unit.actor.account_id)).one()
    unit.audit("retention.preview", looker, facts={"on": day.isoformat(), "people": len(found.items)})
    return found


def _show_due(unit: Unit, volunteers: Sequence[Volunteer]) -> list[DueToGo]:
    ids = [one.id for one in volunteers]
    people = {row.id: row for row in unit.session.exec(select(Person).where(col(Person.id).in_(_persons(volunteers))))}
    accounts = set(unit.session.exec(select(Account.person_id).where(col(Account.person_id).in_(_persons(volunteers)))))
    kept, records = _kept(unit, ids), _records(unit, ids)
    return [
        DueToGo(
            **one.model_dump(include={"volunteer_no", "status", "purge_on"}),
            volunteer_id=one.id,
            kept_by=kept[one.id],
            fields=_filled(one, people[one.person_id]),
            account=one.person_id in accounts,
            records=records[one.id],
        )
        for one in volunteers
    ]


def _persons(volunteers: Sequence[Volunteer]) -> list[UUID]:
    return [one.person_id for one in volunteers]


def _filled(volunteer: Volunteer, person: Person) -> list[str]:
    """Name what is not yet as it would be left."""
    rows = ((volunteer, OF_THE_VOLUNTEER), (person, OF_THE_PERSON))
    return sorted(name for row, empty in rows for name, blank in empty.items() if getattr(row, name) != blank)


def _kept(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, list[KeptBy]]:
    kept: dict[UUID, list[KeptBy]] = defaultdict(list)
    for reason, condition in keeping().items():
        held = select(Volunteer.id).where(col(Volunteer.id).in_(ids), condition)
        for volunteer_id in unit.session.exec(held):
            kept[volunteer_id].append(reason)
    return kept


def _records(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    records: dict[UUID, dict[str, int]] = defaultdict(dict)
    for table, _, which in EMPTIED:
        counted = (
            sa.select(table.volunteer_id, sa.func.count())
            .where(table.volunteer_id.in_(ids), which)
            .group_by(table.volunteer_id)
        )
        for volunteer_id, count in unit.session.execute(counted):
            records[volunteer_id][table.__tablename__] = count
    return records
