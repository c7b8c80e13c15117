"""Notices are rows, written in the transaction that causes them and sent later; texts come from the catalogue on sending."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account, AccountStatus, Role
from models.base import Row
from models.learner import Learner
from models.person import Person
from models.record import Notice, NoticeChannel, NoticeStatus
from models.volunteer import Volunteer
from services.unit import Unit
from services.wording import DEFAULT_LANGUAGE, Lines, Names, Said, spoken


def holds(role: Role) -> sa.ColumnElement[bool]:
    """Return the condition that an account has a role: both databases keep the short list of known words as text."""
    return sa.cast(col(Account.roles), sa.Text).contains(f'"{role}"', autoescape=True)


# Built once: building a statement costs as much as running it.
# Accounts of staff and institutions, shared ones first. Who volunteers as well is told what her office asks for.
_IN_OFFICE = (
    select(Account)
    .where(
        col(Account.status) == AccountStatus.ACTIVE,
        sa.or_(holds(Role.COORDINATOR), holds(Role.REQUESTER), holds(Role.CLASSROOM_MANAGER)),
    )
    .order_by(col(Account.person_id).is_not(None), col(Account.email))
)
INSTITUTIONS_WITH_MANAGERS = select(Account.organization_id).where(
    col(Account.status) == AccountStatus.ACTIVE,
    holds(Role.CLASSROOM_MANAGER),
    col(Account.organization_id).is_not(None),  # or none would be known not to be among them
)
"""The institutions for which `managers_of` finds somebody."""
_INSTITUTION = _IN_OFFICE.where(col(Account.organization_id) == sa.bindparam("organization_id"))
_PERSON = (
    select(Person, Account)
    .join(Volunteer, col(Volunteer.person_id) == Person.id)
    .join(Account, col(Account.person_id) == Person.id, isouter=True)
    .where(col(Volunteer.id) == sa.bindparam("volunteer_id"))
)
_PEOPLE = (
    sa.select(col(Volunteer.id), col(Account.id), col(Account.email), col(Account.language), col(Person.email))
    .join(Person, col(Person.id) == Volunteer.person_id)
    .join(Account, col(Account.person_id) == Person.id, isouter=True)
    .where(col(Volunteer.id).in_(sa.bindparam("ids", expanding=True)))
)


@dataclass(frozen=True)
class Told:
    """One of many notices of a kind: to whom, about which row, with which facts; what `once` names is said once."""

    volunteer_id: UUID
    about: Row
    facts: Mapping[str, Any]
    once: str | None = None


def tell_account(
    unit: Unit, account: Account, kind: str, about: Row, facts: Mapping[str, Any], *, once: str | None = None
) -> None:
    """Write a notice to whoever uses an account; what `once` names is said to each account once only."""
    _write(unit, kind, about, facts, account.language, account.email, account_id=account.id, once=once)


def tell_volunteer(
    unit: Unit, volunteer_id: UUID, kind: str, about: Row, facts: Mapping[str, Any], *, once: str | None = None
) -> None:
    """Write a notice to a volunteer: by mail, or for the telephone where there is no address; see `tell_account`."""
    person, account = _person_of(unit, volunteer_id)
    address = account.email if account is not None else person.email
    language = account.language if account is not None else DEFAULT_LANGUAGE
    _write(unit, kind, about, facts, language, address, volunteer_id=volunteer_id, once=once)


def tell_guardian(unit: Unit, learner: Learner, kind: str, about: Row, facts: Mapping[str, Any]) -> None:
    """Write a notice to a child's guardian: by mail, or for the telephone where there is no address.

    It is worded in her language, and where the catalogue does not speak it, in plain Japanese.
    """
    language = spoken(learner.guardian_language, "ja-simple")
    _write(unit, kind, about, facts, language, learner.guardian_email, learner_id=learner.id)


def tell_address(  # noqa: PLR0913 - one row has these columns
    unit: Unit,
    volunteer_id: UUID,
    kind: str,
    about: Row,
    facts: Mapping[str, Any],
    *,
    language: str,
    address: str,
) -> None:
    """Write a notice to an address that somebody left for this, whatever is registered of her (any more)."""
    _write(unit, kind, about, facts, language, address, volunteer_id=volunteer_id)


def tell_volunteers(unit: Unit, kind: str, told: Sequence[Told]) -> None:
    """Write notices of one kind to many volunteers, a constant number of queries for any number; see `tell_volunteer`."""
    reached = _reached(unit, {one.volunteer_id for one in told})
    keys = {told_as(one.once, one.volunteer_id) for one in told if one.once}
    before = already_told(unit, keys) if keys else set()
    rows = []
    for one in told:
        key = told_as(one.once, one.volunteer_id) if one.once else None
        if key is None or key not in before:
            whom: dict[str, Any] = {"volunteer_id": one.volunteer_id, "dedupe_key": key}
            rows.append(_columns(unit, kind, one.about, one.facts, *reached[one.volunteer_id], **whom))
    if rows:  # as columns: as entities each would cost ten times as much
        unit.session.execute(sa.insert(Notice), rows)


def put_on_phone_list(unit: Unit, volunteer_id: UUID, kind: str, about: Row, facts: Mapping[str, Any]) -> None:
    """Have somebody telephoned as well who has a telephone and is written to by mail; see `tell_volunteer`."""
    person, account = _person_of(unit, volunteer_id)
    if person.phone and (account or person).email:
        language = account.language if account is not None else DEFAULT_LANGUAGE
        _write(unit, kind, about, facts, language, None, volunteer_id=volunteer_id)


def tell_office(
    unit: Unit,
    kind: str,
    about: Row,
    facts: Mapping[str, Any],
    *,
    once: str | None = None,
    and_managers_of: UUID | None = None,
) -> None:
    """Write a notice to every coordinator, and to whoever runs an institution's classrooms as well; see `tell_account`."""
    concerned = [account for account in unit.session.exec(_IN_OFFICE) if _in_office(account, and_managers_of)]
    before = already_told(unit, [told_as(once, account.id) for account in concerned]) if once else set()
    for account in concerned:
        if once is None or told_as(once, account.id) not in before:
            tell_account(unit, account, kind, about, facts, once=once)


def _in_office(account: Account, and_managers_of: UUID | None) -> bool:
    runs_it = and_managers_of is not None and account.organization_id == and_managers_of
    return Role.COORDINATOR in account.roles or (runs_it and Role.CLASSROOM_MANAGER in account.roles)


def alarm(unit: Unit, kind: str, about: Row, facts: Mapping[str, Any], also: frozenset[Role] = frozenset()) -> None:
    """Write a notice to every administrator and coordinator, and who `also` is concerned, whoever else they are; see `tell_account`."""
    accounts = select(Account).where(col(Account.status) == AccountStatus.ACTIVE).order_by(col(Account.email))
    for account in unit.session.exec(accounts).all():
        if {Role.ADMIN, Role.COORDINATOR, *also} & {*account.roles}:
            tell_account(unit, account, kind, about, facts)


def tell_requester(
    unit: Unit, organization_id: UUID, kind: str, about: Row, facts: Mapping[str, Any], *, once: str | None = None
) -> None:
    """Write a notice to every account of the institution that asks; see `tell_account`."""
    for account in _accounts_of(unit, organization_id, Role.REQUESTER):
        tell_account(unit, account, kind, about, facts, once=once)


def tell_managers(unit: Unit, organization_id: UUID, kind: str, about: Row, facts: Mapping[str, Any]) -> None:
    """Write a notice to everybody who runs the institution's classrooms; see `tell_account`."""
    for account in managers_of(unit, organization_id):
        tell_account(unit, account, kind, about, facts)


def tell_whoever_runs(unit: Unit, organization_id: UUID, kind: str, about: Row, facts: Mapping[str, Any]) -> None:
    """Write a notice to everybody who runs the institution's classrooms, and where nobody does to the office."""
    if managers_of(unit, organization_id):
        tell_managers(unit, organization_id, kind, about, facts)
    else:
        tell_office(unit, kind, about, facts)


def managers_of(unit: Unit, organization_id: UUID) -> list[Account]:
    """Return the accounts of those who run an institution's classrooms."""
    return _accounts_of(unit, organization_id, Role.CLASSROOM_MANAGER)


def _accounts_of(unit: Unit, organization_id: UUID, role: Role) -> list[Account]:
    accounts = unit.session.exec(_INSTITUTION, params={"organization_id": organization_id}).all()
    return [account for account in accounts if role in account.roles]


def told_as(once: str, whom: UUID | None) -> str:
    """Return the key under which something is said once to somebody."""
    return f"{once}:{whom}"


def already_told(unit: Unit, keys: Collection[str]) -> set[str]:
    """Return those of the keys under which a notice was written before."""
    return {key for key in unit.session.exec(select(Notice.dedupe_key).where(col(Notice.dedupe_key).in_(keys))) if key}


def _reached(unit: Unit, ids: Collection[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """Return each one's language and address, as `tell_volunteer` finds them."""
    return {
        volunteer_id: (language, address) if account_id is not None else (DEFAULT_LANGUAGE, left)
        for volunteer_id, account_id, address, language, left in unit.rows(_PEOPLE, ids=sorted(ids))
    }


def _person_of(unit: Unit, volunteer_id: UUID) -> tuple[Person, Account | None]:
    person, account = unit.session.exec(_PERSON, params={"volunteer_id": volunteer_id}).one()
    return person, account


def _write(  # noqa: PLR0913 - one row has these columns
    unit: Unit,
    kind: str,
    about: Row,
    facts: Mapping[str, Any],
    language: str,
    address: str | None,
    *,
    account_id: UUID | None = None,
    volunteer_id: UUID | None = None,
    learner_id: UUID | None = None,
    once: str | None = None,
) -> None:
    key = told_as(once, volunteer_id or account_id) if once else None
    if key is not None and already_told(unit, [key]):
        return
    whom = {"account_id": account_id, "volunteer_id": volunteer_id, "learner_id": learner_id, "dedupe_key": key}
    unit.session.add(Notice(**_columns(unit, kind, about, facts, language, address, **whom)))


def _columns(
    unit: Unit, kind: str, about: Row, facts: Mapping[str, Any], language: str, address: str | None, **whom: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "language": language,
        "address": address,
        "channel": NoticeChannel.MAIL if address else NoticeChannel.TO_PHONE,
        "status": NoticeStatus.PENDING,
        "facts": pack(facts),
        "object_type": str(about.__tablename__),
        "object_id": about.id,
        "created_at": unit.now,
        "due_at": unit.now,
        **whom,
    }


def facts_of_the_house(unit: Unit) -> dict[str, Any]:
    """Return what every text may name: who writes, and where the service is.

    A notice's own facts come after them: its link leads to what it is about.
    """
    return {"foundation": unit.rules.foundation_name, "link": unit.rules.public_url}


def pack(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as JSON can hold them."""
    return {name: _packed(value) for name, value in facts.items()}


def unpack(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as the catalogue fills them in."""
    return {name: _unpacked(value) for name, value in facts.items()}


def _packed(value: Any) -> Any:
    if isinstance(value, Said):
        return {"said": [value.section, value.code, pack(value.facts)]}
    if isinstance(value, Lines):
        return {"lines": [_packed(line) for line in value.lines]}
    if isinstance(value, Names):
        return {"names": dict(value.names)}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return [_packed(entry) for entry in value] if isinstance(value, (list, tuple, set, frozenset)) else value


_UNPACK: Mapping[str, Callable[[Any], Any]] = {
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
    "said": lambda parts: Said(parts[0], parts[1], unpack(parts[2]) if parts[2:] else {}),
    "lines": lambda lines: Lines(tuple(_unpacked(line) for line in lines)),
    "names": Names,
}


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, content),) = value.items()
        return _UNPACK[kind](content)
    return [_unpacked(entry) for entry in value] if isinstance(value, list) else value
