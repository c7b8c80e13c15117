"""A stay and what hangs on it: its household's time, what the household said, the guest's identity, who may see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.assignment import Booking, BookingSource
from models.host import Host
from models.host_stay import (
    OVER,
    TAKES_TIME,
    WITH_HOST,
    GuestDisclosure,
    GuestDraft,
    GuestIdentity,
    GuestView,
    HostAnswer,
    HostProposal,
    HostStay,
    StayStatus,
    StayView,
)
from models.volunteer import Volunteer
from services import host_states
from services.actor import Actor
from services.errors import NotFound, Refused, WrongState
from services.policies import permissions_of
from services.queries import ME, find
from services.states import Phase, phase_of
from services.unit import Unit

_HERS = select(Host.id).where(col(Host.volunteer_id) == ME)
_STAYS: Select[Any] = select(HostStay)
_MY_STAYS: Select[Any] = select(HostStay).where(col(HostStay.host_id).in_(_HERS))
_HIDDEN = frozenset({"district_code", "consented_on", "consent_revoked_on", "end_reason"})
"""What the office alone reads of a stay."""


def visible_stays(actor: Actor) -> Select[Any]:
    """Staff see all stays, the head of a household those it was asked for, until it declines or is released."""
    return _STAYS if actor.is_staff else _MY_STAYS


def take_stay(unit: Unit, stay_id: UUID) -> HostStay:
    """Return the addressed stay, locked behind the head of its household. Raises `NotFound`, `Stale`."""
    seen = find(unit, visible_stays(unit.actor), HostStay, stay_id)
    if seen.host_id is not None:
        unit.lock(Volunteer, unit.get(Host, seen.host_id).volunteer_id)
    stay = unit.lock(HostStay, stay_id)
    unit.expect(stay)
    return stay


def host_of(unit: Unit, stay: HostStay) -> Host:
    """Return the household of a stay that has one."""
    assert stay.host_id is not None  # noqa: S101 - the table holds it in the states in which this is asked
    return unit.get(Host, stay.host_id)


def phase(unit: Unit, stay: HostStay) -> Phase:
    """Return where the clock stands against a stay."""
    return phase_of(stay.starts_at, stay.ends_at, unit.now)


def move(unit: Unit, stay: HostStay, verb: str, *, answer: HostAnswer | None = None) -> None:
    """Move a locked stay by a verb; the head's time, the household's answer and the guest's identity follow.

    Raises `WrongState` in another state.
    """
    following = StayStatus(host_states.HOST_STAY.next(stay.status, verb))
    if answer is not None:
        _write_answer(unit, stay, answer)
    _hold_time(unit, stay, following)
    stay.status = following
    if following not in WITH_HOST | {StayStatus.HELD}:
        stay.host_id = None
    if following in OVER:
        _date_purge(unit, stay)
    stay.touch(unit.now)
    unit.session.flush()


def _write_answer(unit: Unit, stay: HostStay, answer: HostAnswer) -> None:
    asked = unit.session.exec(
        select(HostProposal)
        .where(HostProposal.stay_id == stay.id, HostProposal.host_id == stay.host_id)
        .order_by(col(HostProposal.id).desc())
    ).first()
    assert asked is not None  # noqa: S101 - a household is asked before it knows of a guest
    asked.answer, asked.answered_at = answer, unit.now


def _hold_time(unit: Unit, stay: HostStay, following: StayStatus) -> None:
    """Let the head's calendar hold the whole of the stay from her yes on (docs/decisions/0023)."""
    if (stay.status in TAKES_TIME) is (following in TAKES_TIME):
        return
    booking = unit.session.exec(
        select(Booking).where(Booking.source_type == BookingSource.HOST_STAY, Booking.source_id == stay.id)
    ).one_or_none()
    head, active = host_of(unit, stay).volunteer_id, following in TAKES_TIME
    if booking is None:
        booking = Booking(
            volunteer_id=head,
            source_type=BookingSource.HOST_STAY,
            source_id=stay.id,
            starts_at=stay.starts_at,
            ends_at=stay.ends_at,
        )
        unit.session.add(booking)
    booking.volunteer_id, booking.active = head, active
    booking.starts_at, booking.ends_at = stay.starts_at, stay.ends_at


def write_guest(unit: Unit, stay_id: UUID, draft: GuestDraft) -> None:
    """Write who the guest is, encrypted; it is never echoed.

    Raises `NotFound`, `Stale`, `WrongState` once it is over, `Refused` (`HST_CONSENT`) after the guest took the consent back.
    """
    stay = take_stay(unit, stay_id)
    if stay.status in OVER:
        raise WrongState(code="HST_STATE", state=stay.status, allowed=host_states.HOST_STAY.verbs(stay.status))
    if stay.consent_revoked_on is not None:  # what was erased with the consent does not come back without one
        raise Refused("HST_CONSENT")
    sealed, identity = unit.vault.seal(draft.model_dump()), identity_of(unit, stay)
    if identity is None:
        unit.add(GuestIdentity(stay_id=stay.id, sealed=sealed, written_at=unit.now))
    else:
        identity.sealed, identity.written_at = sealed, unit.now
    stay.touch(unit.now)
    unit.audit("guest_identity.write", stay, fields=sorted(draft.model_fields_set))


def disclose(unit: Unit, stay_id: UUID, draft: GuestDisclosure) -> GuestView:
    """Answer who the guest is and log who read it and why: staff, and the household from the confirmation to a day after.

    Raises `NotFound` for anybody else and where nothing is on file, `Refused` (`PRIV_PURPOSE`) without a purpose.
    """
    stay = find(unit, visible_stays(unit.actor), HostStay, stay_id)
    if not unit.actor.is_staff and (unit.actor.is_unregistered or unit.actor.is_stopped or not _receives(unit, stay)):
        raise NotFound
    if draft.purpose is None:
        raise Refused("PRIV_PURPOSE")
    identity = identity_of(unit, stay)
    if identity is None:
        raise NotFound
    subject = unit.actor.volunteer_id
    unit.audit("guest_identity.read", stay, fields=["name", "phone"], purpose=draft.purpose, subject=subject)
    return GuestView(**unit.vault.open(identity.sealed))


def _receives(unit: Unit, stay: HostStay) -> bool:
    last = stay.ends_at + timedelta(days=unit.rules.identity_days_after)
    agreed = stay.status in {StayStatus.CONFIRMED, StayStatus.HELD} and stay.may_be_told
    return agreed and unit.now <= last


def identity_of(unit: Unit, stay: HostStay) -> GuestIdentity | None:
    """Return what is on file of who the guest is."""
    return unit.session.exec(select(GuestIdentity).where(GuestIdentity.stay_id == stay.id)).one_or_none()


def forget(unit: Unit, stay: HostStay) -> None:
    """Delete who the guest is, where it is on file; the audit log keeps that it was done."""
    identity = identity_of(unit, stay)
    if identity is not None:
        unit.session.delete(identity)
        unit.audit("guest_identity.purge", stay)


def _date_purge(unit: Unit, stay: HostStay) -> None:
    identity = identity_of(unit, stay)
    if identity is not None:
        identity.purge_on = unit.today + timedelta(days=unit.rules.identity_purge_days)


def show_stay(unit: Unit, stay: HostStay) -> StayView:
    """Return one stay as the caller may see it."""
    return show_stays(unit, [stay])[0]


def show_stays(unit: Unit, stays: Sequence[HostStay]) -> list[StayView]:
    """Return stays as the caller may see them: a household reads what it needs to receive a guest."""
    may, hidden = permissions_of(unit.actor.roles), frozenset() if unit.actor.is_staff else _HIDDEN
    ids = [stay.id for stay in stays]
    on_file = set(unit.session.exec(select(GuestIdentity.stay_id).where(col(GuestIdentity.stay_id).in_(ids))))
    asked = asked_at(unit, stays)
    return [
        StayView(
            **stay.model_dump(exclude=set(hidden)),
            answer_by=answer_by(unit, stay, asked[stay.id]) if stay.id in asked else None,
            identity_on_file=stay.id in on_file if unit.actor.is_staff else None,
            actions=host_states.HOST_STAY.open_to(stay.status, may, phase(unit, stay)),
        )
        for stay in stays
    ]


def asked_at(unit: Unit, stays: Sequence[HostStay]) -> Mapping[UUID, datetime]:
    """Return when the households were asked that have not answered yet, by stay."""
    proposed = [stay.id for stay in stays if stay.status is StayStatus.PROPOSED]
    asked = select(HostProposal.stay_id, HostProposal.proposed_at).where(
        col(HostProposal.stay_id).in_(proposed), col(HostProposal.answer).is_(None)
    )
    return {stay_id: at for stay_id, at in unit.session.exec(asked)}  # noqa: C416 - rows are no pairs


def answer_by(unit: Unit, stay: HostStay, asked: datetime) -> datetime:
    """Return until when a household's answer is hoped for: some days, and of a stay that is near half of the time left."""
    days = timedelta(days=unit.rules.host_answer_days)
    return asked + min(days, (stay.starts_at - asked) / 2)


def open_stays_of(unit: Unit, host_ids: Sequence[UUID]) -> Sequence[HostStay]:
    """Return what households are asked for or have agreed to and is not over, in the order of ids."""
    return unit.session.exec(
        select(HostStay)
        .where(col(HostStay.host_id).in_(host_ids), col(HostStay.status).in_(sorted(WITH_HOST)))
        .order_by(col(HostStay.id))
    ).all()


def due_stays(unit: Unit) -> Any:
    """Select the stays that the clock has left behind: confirmed and over, or begun without a household."""
    waiting = sorted({StayStatus.REQUESTED, StayStatus.PROPOSED, StayStatus.ACCEPTED})
    over = sa.and_(HostStay.status == StayStatus.CONFIRMED, col(HostStay.ends_at) <= unit.now)  # type: ignore[arg-type]
    begun = sa.and_(col(HostStay.status).in_(waiting), col(HostStay.starts_at) <= unit.now)
    return select(HostStay.id).where(sa.or_(over, begun))
