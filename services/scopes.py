"""A scope: which rows of a table each capacity sees. Whoever has several sees what each of them does, put together."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import Select

from services.actor import Actor
from services.policies import ROLE_OF, Audience, Permission, capacities_of

_COMBINATIONS = [frozenset(some) for n in range(len(ROLE_OF) + 1) for some in combinations(ROLE_OF, n)]


class Scope:
    """What is seen of a table: all of it by staff, by everybody else the union of her capacities.

    Every union is built once, with the module: building a statement costs as much as running it.
    """

    def __init__(self, everything: Select[Any], seen_by: Mapping[Audience, Any]) -> None:
        """Take the rows for staff, and the condition of every other capacity that sees some."""
        self._of = {held: everything.where(_any_of(seen_by, held)) for held in _COMBINATIONS}
        self._of[frozenset({Audience.STAFF})] = everything

    def of(self, actor: Actor, needs: Permission | None = None) -> Select[Any]:
        """Return what the actor sees; with `needs` only by those of her roles that carry the permission."""
        return self._of[capacities_of(actor, needs)]


def _any_of(seen_by: Mapping[Audience, Any], held: frozenset[Audience]) -> Any:
    conditions = [condition for audience, condition in seen_by.items() if audience in held]
    return sa.or_(*conditions) if conditions else sa.false()
