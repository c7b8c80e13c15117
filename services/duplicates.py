"""The same request again: a fax often follows a call (domain.md §0.1)."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.client import Client, RequestClient
from models.dispatch_request import DispatchRequest
from services.errors import Refused
from services.request_rules import LIVE
from services.unit import Unit


class Asked(NamedTuple):
    """A family that is asked for: its child's age in months, and its reference if it was known before."""

    age_months: int
    known_ref: str | None


def refuse_duplicate(unit: Unit, request: DispatchRequest, families: Collection[Asked]) -> None:
    """Refuse the same institution, time, check-up, language and family again. Raises `Refused` (`REQ_DUPLICATE`)."""
    same = unit.session.exec(
        select(DispatchRequest)
        .where(
            DispatchRequest.id != request.id,
            DispatchRequest.organization_id == request.organization_id,
            DispatchRequest.starts_at == request.starts_at,
            DispatchRequest.checkup_session_id == request.checkup_session_id,
            col(DispatchRequest.status).in_(sorted(LIVE)),
        )
        .order_by(DispatchRequest.id)  # type: ignore[arg-type]
    ).all()
    for other in same:
        if other.languages[0] == request.languages[0] and _same_families(unit, other, families):
            raise Refused("REQ_DUPLICATE", {"no": other.request_no})


def _same_families(unit: Unit, other: DispatchRequest, families: Collection[Asked]) -> bool:
    """Families are the same when a reference is shared or, where none was known yet, when the ages are alike."""
    rows = unit.session.exec(
        select(RequestClient.age_months, Client.ref)
        .join(Client, col(Client.id) == RequestClient.client_id)
        .where(RequestClient.request_id == other.id)
    ).all()
    refs = {family.known_ref for family in families} - {None}
    if refs:
        return not refs.isdisjoint(ref for _, ref in rows)
    return sorted(age for age, _ in rows) == sorted(family.age_months for family in families)


def families_of(unit: Unit, request: DispatchRequest) -> list[Asked]:
    """Return the families of a stored request; those that are on no other request were not known before."""
    elsewhere = aliased(RequestClient)
    known = sa.exists().where(
        col(elsewhere.client_id) == RequestClient.client_id, col(elsewhere.request_id) != RequestClient.request_id
    )
    rows = unit.session.exec(
        select(RequestClient.age_months, Client.ref, known)
        .join(Client, col(Client.id) == RequestClient.client_id)
        .where(RequestClient.request_id == request.id)
    )
    return [Asked(age, ref if is_known else None) for age, ref, is_known in rows]
