"""Who may sign in to the demo: one account per role, one per centre, one per active volunteer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from models.account import Account, AccountStatus, Role
from models.person import Person
from models.volunteer import Volunteer
from services.actor import Actor
from services.credentials import hash_password
from services.demo.directory import Directory
from services.unit import Unit

PASSWORD = "kakehashi-demo"  # noqa: S105 - printed by `serve`; production refuses demo accounts
VOLUNTEER = "volunteer@example.jp"

_STAFF: Mapping[str, tuple[Role, str, str]] = {
    "admin": (Role.ADMIN, "管理者（架空）", "foundation"),
    "coordinator": (Role.COORDINATOR, "コーディネーター（架空）", "foundation"),
    "izumino": (Role.REQUESTER, "泉野福祉健康センター", "izumino"),
    "motomachi": (Role.REQUESTER, "元町福祉健康センター", "motomachi"),
    "ekinishi": (Role.REQUESTER, "駅西福祉健康センター", "ekinishi"),
    "manager": (Role.CLASSROOM_MANAGER, "教室担当（架空）", "foundation"),
    "trainer": (Role.TRAINER, "研修講師（架空）", "foundation"),
    "officer": (Role.CONSULTATION_OFFICER, "生活相談員（架空）", "foundation"),
    "viewer": (Role.VIEWER, "市国際交流課（架空）", "city"),
    "liaison": (Role.UNIVERSITY_LIAISON, "大学連携担当（架空）", "hokuriku"),
}
"""Role, name, institution."""


@dataclass(frozen=True)
class Cast:
    """Who acts in the demo: staff and centres by the first part of their address, volunteers by their id."""

    staff: dict[str, Actor]
    volunteers: dict[UUID, Actor]


def invite(unit: Unit, directory: Directory, active: Iterable[tuple[Volunteer, Person]], hers: UUID) -> Cast:
    """Write the accounts; `active` in the order of `volunteer_no`, `hers` is who signs in as volunteer@."""
    password_hash = hash_password(PASSWORD)  # one salt for all: the password is public
    staff = {name: _staff(unit, name, password_hash, directory) for name in _STAFF}
    volunteers = {}
    numbers = count(1)
    for volunteer, person in active:
        email = VOLUNTEER if volunteer.id == hers else f"v{next(numbers):03d}@example.jp"
        person.email = email
        volunteers[volunteer.id] = _volunteer(unit, person, email, password_hash)
    unit.session.add_all([*staff.values(), *volunteers.values()])
    unit.session.flush()  # audit rows of what they do name them
    return Cast(
        {name: _actor(account) for name, account in staff.items()},
        {volunteer_id: _actor(account, volunteer_id) for volunteer_id, account in volunteers.items()},
    )


def _staff(unit: Unit, name: str, password_hash: str, directory: Directory) -> Account:
    role, display_name, organization = _STAFF[name]
    return Account(
        **unit.stamp(),
        email=f"{name}@example.jp",
        display_name=display_name,
        roles=[role],
        language="ja",
        status=AccountStatus.ACTIVE,
        organization_id=directory.organizations[organization],
        password_hash=password_hash,
        is_demo=True,
    )


def _volunteer(unit: Unit, person: Person, email: str, password_hash: str) -> Account:
    return Account(
        **unit.stamp(),
        email=email,
        display_name=person.display_name,
        roles=[Role.VOLUNTEER],
        language="ja",
        status=AccountStatus.ACTIVE,
        person_id=person.id,
        password_hash=password_hash,
        is_demo=True,
    )


def _actor(account: Account, volunteer_id: UUID | None = None) -> Actor:
    return Actor(
        account_id=account.id,
        roles=frozenset(Role(role) for role in account.roles),
        organization_id=account.organization_id,
        volunteer_id=volunteer_id,
        person_id=account.person_id,
    )


def addresses() -> list[tuple[str, str]]:
    """Return each address with what it is for, as `serve` prints them."""
    staff = [(f"{name}@example.jp", entry[1]) for name, entry in _STAFF.items()]
    return [*staff, (VOLUNTEER, "通訳ボランティア"), ("v001@example.jp …", "ほかの活動中のボランティア（登録番号順）")]
