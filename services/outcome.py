"""Parts of one request that succeed or fail one by one: what each came to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError

from models.base import Aggregate
from services.errors import DomainError
from services.unit import Unit


@dataclass(frozen=True)
class Outcome:
    """One part: members of its answer, whether it made something new, and the failure if it failed."""

    members: dict[str, Any] = field(default_factory=dict)
    created: bool = False
    failure: DomainError | IntegrityError | None = None


@dataclass(frozen=True)
class Outcomes:
    """All parts, in the order of the request; `of` is the object that they are parts of, where it is one."""

    parts: list[Outcome]
    of: Aggregate | None = None

    @property
    def failed(self) -> bool:
        """Whether any part failed."""
        return any(part.failure for part in self.parts)


def attempt(unit: Unit, names: dict[str, Any], do: Callable[[], Outcome]) -> Outcome:
    """Do one part in a savepoint: a failure undoes this part only and is answered beside its `names`."""
    warned = len(unit.warnings)
    try:
        with unit.session.begin_nested():
            done = do()
            unit.session.flush()  # a broken constraint belongs to this part, not to the commit of all
    except (DomainError, IntegrityError) as failure:
        del unit.warnings[warned:]
        return Outcome(names, failure=failure)
    warnings = unit.warnings[warned:]
    del unit.warnings[warned:]
    return Outcome({**names, **done.members, **({"warnings": warnings} if warnings else {})}, created=done.created)
