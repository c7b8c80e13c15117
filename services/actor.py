"""Who is acting, as read from the database inside the transaction."""

from dataclasses import dataclass
from uuid import UUID

from models.account import Role


@dataclass(frozen=True)
class Actor:
    """An account that acts, with what scope and permissions need to know of it."""

    account_id: UUID | None
    roles: frozenset[Role]
    organization_id: UUID | None = None
    volunteer_id: UUID | None = None
    person_id: UUID | None = None
    is_unregistered: bool = False
    """Whether she is a volunteer to be, or one no more."""
    is_stopped: bool = False
    """Whether her registration is suspended or has ended: she sees to nobody, and reads of nobody."""

    @property
    def is_staff(self) -> bool:
        """Administrators may do whatever coordinators may (domain.md §0.1)."""
        return bool(self.roles & {Role.ADMIN, Role.COORDINATOR})

    @property
    def runs_classes(self) -> bool:
        """Whether this is a classroom manager, who sees and staffs the sessions of her institution's classrooms."""
        return Role.CLASSROOM_MANAGER in self.roles and not self.is_staff

    @property
    def is_admin(self) -> bool:
        """Whether this is an administrator."""
        return Role.ADMIN in self.roles


SYSTEM = Actor(account_id=None, roles=frozenset())
"""The product itself: sweeps, setup, demo."""
