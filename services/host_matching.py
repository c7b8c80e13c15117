"""Which households suit a guest: rows become the values that `scheduling.hosting` ranks, and its answer becomes words."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.fields import Items
from models.host import Host, HostStatus
from models.host_stay import TAKES_TIME, UNWILLING, HostCandidate, HostProposal, HostReason, HostStay
from scheduling import hosting
from scheduling.hosting import Household, Stay, Suited
from scheduling.interval import Interval
from scheduling.objective import Reason
from scheduling.problem import Rules
from services.key_persons import names_of
from services.matching import show_violation
from services.roster import muster
from services.shift_values import problem_of
from services.unit import Unit
from services.wording import say

REMEMBERED = timedelta(days=365)
"""How long a guest counts towards a household's load."""


def list_candidates(unit: Unit, stay_id: UUID, *, include_ineligible: bool) -> Items[HostCandidate]:
    """Rank the households for a guest, best first; who is barred follows with what bars her. Raises `NotFound`."""
    stay = unit.get(HostStay, stay_id)
    households, rules = _households(unit, stay, _registered(unit))
    found = hosting.match(households, value_of(stay), rules)
    heads = names_of(unit, [UUID(one.household.head.id) for one in found])
    kept = [one for one in found if one.eligible or include_ineligible]
    return Items(items=[_show(unit, one, heads[UUID(one.household.head.id)]) for one in kept])


def judge(unit: Unit, stay: HostStay, host: Host) -> Suited:
    """Judge one household for a guest, as things stand now."""
    households, rules = _households(unit, stay, [host])
    return hosting.suit(households[0], value_of(stay), rules)


def value_of(stay: HostStay) -> Stay:
    """Return a guest's wish as `scheduling` sees it."""
    return Stay(
        str(stay.id),
        str(stay.kind),
        Interval(stay.starts_at, stay.ends_at),
        stay.guests,
        minors=stay.minors,
        languages=tuple(stay.languages),
        avoids=frozenset(stay.avoids),
        district=stay.district_code,
    )


def _registered(unit: Unit) -> Sequence[Host]:
    return unit.session.exec(select(Host).where(Host.status != HostStatus.ENDED)).all()


def _district(host: Host) -> str:
    assert host.district_code is not None  # noqa: S101 - the table holds it until the household has ended
    return host.district_code


def _households(unit: Unit, stay: HostStay, hosts: Sequence[Host]) -> tuple[list[Household], Rules]:
    roster = muster(unit, [host.volunteer_id for host in hosts])
    problem = problem_of(unit, roster, [])
    loads, unwilling = _loads(unit, stay), _unwilling(unit, stay)
    return [
        Household(
            id=str(host.id),
            head=roster.volunteers[host.volunteer_id],
            calendar=roster.calendars[str(host.volunteer_id)],
            status=str(host.status),
            kinds=frozenset(host.kinds),
            languages=frozenset(host.languages),
            traits=frozenset(host.traits),
            capacity=host.capacity,
            district=_district(host),
            dates=tuple(host.offers()),
            stays=loads[host.id],
            unwilling=host.id in unwilling,
        )
        for host in hosts
    ], problem.rules


def _loads(unit: Unit, stay: HostStay) -> dict[UUID, int]:
    """Count the guests that households received or agreed to in the year before the stay, this one left out."""
    rows = unit.session.exec(
        select(HostStay.host_id, sa.func.count())
        .where(
            HostStay.id != stay.id,
            col(HostStay.status).in_(sorted(TAKES_TIME)),
            col(HostStay.starts_at) > stay.starts_at - REMEMBERED,
        )
        .group_by(col(HostStay.host_id))
    )
    found: dict[UUID, int] = defaultdict(int)
    found.update({host_id: count for host_id, count in rows if host_id})
    return found


def _unwilling(unit: Unit, stay: HostStay) -> set[UUID]:
    said_no = select(HostProposal.host_id).where(
        HostProposal.stay_id == stay.id, col(HostProposal.answer).in_(sorted(UNWILLING))
    )
    return set(unit.session.exec(said_no))


def _show(unit: Unit, one: Suited, display_name: str) -> HostCandidate:
    return HostCandidate(
        host_id=UUID(one.household.id),
        volunteer_id=UUID(one.household.head.id),
        display_name=display_name,
        eligible=one.eligible,
        score=one.score,
        reasons=[_reason(unit, reason) for reason in one.reasons],
        violations=[show_violation(unit, violation) for violation in one.violations],
        conditions=[show_violation(unit, condition) for condition in one.conditions],
    )


def _reason(unit: Unit, reason: Reason) -> HostReason:
    detail = say("hosting", reason.criterion, unit.language, reason.facts, unit.zone)
    return HostReason(criterion=reason.criterion, points=reason.points, detail=detail)
