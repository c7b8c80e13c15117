"""Guests who would like to come: asked for, proposed to a household, accepted, confirmed; only with the guest's consent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col

from models.dispatch_request import Reason
from models.host import Host, HostKind, HostVerb
from models.host_stay import (
    WITH_HOST,
    GuestConsent,
    HostAnswer,
    HostProposal,
    HostStay,
    StayCreate,
    StayPatch,
    StayProposal,
    StayStatus,
    StayView,
)
from models.organization import District
from models.volunteer import Volunteer
from scheduling.problem import Violation
from services import guests, host_matching, host_states
from services.acting_for import hers_or_entered
from services.errors import Broken, Refused, WrongState, broken, invalid
from services.free_text import refuse_personal_details
from services.guests import move, show_stay, take_stay, visible_stays
from services.notifying import tell_office, tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find
from services.unit import Unit
from services.wording import Said

LONGEST = {HostKind.HOME_VISIT: timedelta(hours=12), HostKind.HOMESTAY: timedelta(days=14)}
"""How long a guest may be with a household in one go."""


@dataclass(frozen=True)
class StayFilters:
    """What the list of stays is narrowed to."""

    status: StayStatus | None = None
    kind: HostKind | None = None
    host_id: UUID | None = None


def list_stays(unit: Unit, ask: Ask, filters: StayFilters) -> Page[StayView]:
    """Return stays of the caller's scope, soonest first; who the guests are is told nowhere in it."""
    statement = visible_stays(unit.actor)
    for column, value in (
        (HostStay.status, filters.status),
        (HostStay.kind, filters.kind),
        (HostStay.host_id, filters.host_id),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((HostStay.starts_at, HostStay.id))
    return page(unit, ask, statement, order, guests.show_stays, scope_of("host stays", filters))


def read_stay(unit: Unit, stay_id: UUID) -> StayView:
    """Return a stay. Raises `NotFound`."""
    return show_stay(unit, find(unit, visible_stays(unit.actor), HostStay, stay_id))


def request(unit: Unit, draft: StayCreate) -> StayView:
    """Write down that a guest would like to come. Raises `InvalidFields`."""
    stay = HostStay(**draft.model_dump(), status=StayStatus.REQUESTED, **unit.stamp())
    _check(unit, stay)
    unit.add(stay)
    unit.audit("host_stay.request", stay)
    return show_stay(unit, stay)


def _check(unit: Unit, stay: HostStay) -> None:
    """Raise `InvalidFields` for a time that is over, turned round or too long, and for an unknown district."""
    if stay.starts_at <= unit.now:
        raise invalid("/starts_at", "FIELD_RANGE", min=unit.now)
    if stay.ends_at <= stay.starts_at:
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")
    longest = stay.starts_at + LONGEST[HostKind(stay.kind)]
    if stay.ends_at > longest:
        raise invalid("/ends_at", "FIELD_RANGE", max=longest)
    if stay.district_code is not None and unit.session.get(District, stay.district_code) is None:
        raise invalid("/district_code")


def change(unit: Unit, stay_id: UUID, patch: StayPatch) -> StayView:
    """Correct a wish before a household is asked. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    stay = take_stay(unit, stay_id)
    if stay.status is not StayStatus.REQUESTED:
        raise WrongState(code="HST_STATE", state=stay.status, allowed=host_states.HOST_STAY.verbs(stay.status))
    stay.sqlmodel_update(patch.changes())
    _check(unit, stay)
    return _said(unit, stay, "change", fields=list(patch.changes()))


def consent(unit: Unit, stay_id: UUID, draft: GuestConsent) -> StayView:
    """Write down that the guest agrees to be told to a household, or takes it back.

    Taken back, the household is released and who the guest is is erased, in this transaction.
    Raises `NotFound`, `Stale`, `InvalidFields` for a day to come.
    """
    stay = take_stay(unit, stay_id)
    if draft.signed_on is None:
        return _take_back(unit, stay)
    if draft.signed_on > unit.today:
        raise invalid("/signed_on", "FIELD_RANGE", max=unit.today)
    stay.consented_on, stay.consent_revoked_on = draft.signed_on, None
    return _said(unit, stay, "consent", fields=["consented_on"])


def _take_back(unit: Unit, stay: HostStay) -> StayView:
    if stay.status in WITH_HOST:
        release(unit, stay)
    stay.consent_revoked_on = unit.today
    guests.forget(unit, stay)
    return _said(unit, stay, "withdraw_consent", fields=["consent_revoked_on"])


def propose(unit: Unit, stay_id: UUID, draft: StayProposal) -> StayView:
    """Ask a household; from now on it knows when, how many and in which languages, so the guest's consent comes first.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`HST_CONSENT`), `RulesBroken` for what bars the household,
    `InvalidFields` for an unknown one.
    """
    host = unit.session.get(Host, draft.host_id)
    if host is None:
        raise invalid("/host_id")
    unit.lock(Volunteer, host.volunteer_id)
    host = unit.lock(Host, draft.host_id)  # as it is now: it may have ended while we waited
    stay = take_stay(unit, stay_id)
    _expect(unit, stay, "propose")
    if not stay.may_be_told:
        raise Refused("HST_CONSENT")
    _refuse(host_matching.judge(unit, stay, host).violations)
    stay.status, stay.host_id = StayStatus.PROPOSED, host.id
    unit.add(HostProposal(stay_id=stay.id, host_id=host.id, proposed_at=unit.now))
    _tell(unit, stay, "host_proposed")
    return _said(unit, stay, "propose")


def _refuse(violations: Iterable[Violation]) -> None:
    found = [Broken(one.code, one.rule_class, one.facts) for one in violations]
    if found:
        raise broken(found)


def accept(unit: Unit, stay_id: UUID, draft: HostVerb) -> StayView:
    """Say yes as a household: its head's time is taken, or it is refused where she has something else by now.

    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`, `RulesBroken`.
    """
    stay = _hers(unit, stay_id, draft)
    _expect(unit, stay, "accept")
    _refuse(host_matching.judge(unit, stay, guests.host_of(unit, stay)).violations)
    move(unit, stay, "accept", answer=HostAnswer.ACCEPTED)
    tell_office(unit, "host_accepted", stay, _facts(unit, stay))
    return _said(unit, stay, "accept", on_behalf=draft)


def decline(unit: Unit, stay_id: UUID, draft: HostVerb) -> StayView:
    """Say no as a household; it is not asked again for this guest. Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`."""
    return _return(unit, stay_id, "decline", HostAnswer.DECLINED, draft)


def give_back(unit: Unit, stay_id: UUID, draft: HostVerb) -> StayView:
    """Take a yes back; her time is free. Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`."""
    return _return(unit, stay_id, "give-back", HostAnswer.GIVEN_BACK, draft)


def _return(unit: Unit, stay_id: UUID, verb: str, answer: HostAnswer, draft: HostVerb) -> StayView:
    stay = _hers(unit, stay_id, draft)
    _expect(unit, stay, verb)
    head = guests.host_of(unit, stay).volunteer_id
    move(unit, stay, verb, answer=answer)
    tell_office(unit, "host_wanted", stay, _facts(unit, stay))
    return _said(unit, stay, verb, subject=head, on_behalf=draft)


def _hers(unit: Unit, stay_id: UUID, draft: HostVerb) -> HostStay:
    """Return the addressed stay for a word that is the household's own, or entered by staff for it."""
    stay = take_stay(unit, stay_id)
    if stay.host_id is not None:
        head = guests.host_of(unit, stay).volunteer_id
        hers_or_entered(unit, head, draft.on_behalf, since=stay.created_at)
    return stay


def _expect(unit: Unit, stay: HostStay, verb: str) -> None:
    host_states.HOST_STAY.timely(stay.status, verb, guests.phase(unit, stay))


def confirm(unit: Unit, stay_id: UUID) -> StayView:
    """Settle it, nothing being open any more: the household is told, and may read who the guest is.

    Raises `NotFound`, `Stale`, `WrongState`, `RulesBroken` for what bars the household or is still to be mended.
    """
    stay = take_stay(unit, stay_id)
    _expect(unit, stay, "confirm")
    suited = host_matching.judge(unit, stay, guests.host_of(unit, stay))
    _refuse([*suited.violations, *suited.conditions])
    move(unit, stay, "confirm")
    _tell(unit, stay, "host_confirmed")
    return _said(unit, stay, "confirm")


def cancel(unit: Unit, stay_id: UUID, draft: Reason) -> StayView:
    """Call a stay off; its household is told and its time is free. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    return _end(unit, stay_id, "cancel", draft)


def turn_down(unit: Unit, stay_id: UUID, draft: Reason) -> StayView:
    """Tell a guest that nobody can host. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    return _end(unit, stay_id, "turn-down", draft)


def _end(unit: Unit, stay_id: UUID, verb: str, draft: Reason) -> StayView:
    refuse_personal_details(draft.reason, "/reason")
    stay = take_stay(unit, stay_id)
    _expect(unit, stay, verb)
    _call_off(unit, stay, verb)
    stay.end_reason = draft.reason
    return _said(unit, stay, verb)


def _call_off(unit: Unit, stay: HostStay, verb: str) -> None:
    """End a locked stay that does not take place; a household that knows of it is told."""
    known = stay.status in WITH_HOST
    if known:
        _tell(unit, stay, "host_released")
    move(unit, stay, verb, answer=HostAnswer.RELEASED if known else None)


def release(unit: Unit, stay: HostStay) -> None:
    """Part a locked stay from its household; both it and the office are told, and another one can be asked."""
    _tell(unit, stay, "host_released")
    move(unit, stay, "release", answer=HostAnswer.RELEASED)
    tell_office(unit, "host_wanted", stay, _facts(unit, stay))
    unit.audit("host_stay.release", stay)


def catch_up(unit: Unit, stay: HostStay) -> None:
    """Move a locked stay to where the clock says it is: held, or lapsed because no household was found in time."""
    if stay.status is StayStatus.CONFIRMED and stay.ends_at <= unit.now:
        move(unit, stay, "hold")
        unit.audit("host_stay.hold", stay)
    elif host_states.HOST_STAY.leads(stay.status, "lapse") and stay.starts_at <= unit.now:
        _call_off(unit, stay, "lapse")
        unit.audit("host_stay.lapse", stay)


def _tell(unit: Unit, stay: HostStay, kind: str) -> None:
    tell_volunteer(unit, guests.host_of(unit, stay).volunteer_id, kind, stay, _facts(unit, stay))


def _facts(unit: Unit, stay: HostStay) -> dict[str, Any]:
    return {
        "kind": Said("hosting", f"kind_{stay.kind}"),
        "starts_at": stay.starts_at,
        "ends_at": stay.ends_at,
        "guests": stay.guests,
        "languages": [*stay.languages],
        "link": f"{unit.rules.public_url}/v1/host-stays/{stay.id}",
    }


def _said(
    unit: Unit,
    stay: HostStay,
    verb: str,
    *,
    fields: list[str] | None = None,
    subject: UUID | None = None,
    on_behalf: HostVerb | None = None,
) -> StayView:
    """Return a stay that was changed, with its new version and its audit row."""
    if subject is None and stay.host_id is not None:
        subject = guests.host_of(unit, stay).volunteer_id
    entered = on_behalf.on_behalf if on_behalf is not None else None
    stay.touch(unit.now)
    unit.audit(f"host_stay.{verb}", stay, fields=fields or ["status"], subject=subject, on_behalf=entered)
    return show_stay(unit, stay)
