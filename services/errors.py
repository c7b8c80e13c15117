"""What can go wrong in the domain, without a word about HTTP.

DomainError
├── NotFound            absent, or outside the caller's scope
├── Forbidden           visible, but not this caller's to change
├── Unauthenticated     no valid sign-in (any more)
├── Stale               the caller saw an older version
├── WrongState          the verb is not allowed in the object's state
├── Refused             one named rule says no
├── RulesBroken         several rules say no, listed in their order
├── InvalidFields       values of the input that only the service can judge
├── TooMany             a limit was reached; try again later
└── Unavailable         try again, nothing was done
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class DomainError(Exception):
    """Anything the domain refuses; `code` is stable and known to clients (domain.md §7)."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.code)


@dataclass
class NotFound(DomainError):
    """The object does not exist for this caller."""

    code: str = "NOT_FOUND"


@dataclass
class Forbidden(DomainError):
    """The caller sees the object but may not do this."""

    code: str = "NOT_PERMITTED"


@dataclass
class Unauthenticated(DomainError):
    """The caller is nobody we know, or nobody any more."""

    code: str = "UNAUTHENTICATED"


@dataclass
class Stale(DomainError):
    """The object changed since the caller read it."""

    code: str = "VERSION"


@dataclass
class WrongState(DomainError):
    """The verb does not fit the state; names the state and what would fit."""

    code: str = ""
    state: str = ""
    allowed: Sequence[str] = ()


@dataclass
class Refused(DomainError):
    """One rule says no."""

    code: str = ""


@dataclass(frozen=True)
class Broken:
    """One broken rule: its code, its class (never, with_consent, with_reason) and the facts that show it."""

    code: str
    rule_class: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class RulesBroken(DomainError):
    """Rules say no; `code` is the first in their order. `where` points at what in the body broke them, where that helps."""

    code: str = ""
    violations: Sequence[Broken] = ()
    where: Sequence[str] = ()


def broken(violations: Sequence[Broken], where: Sequence[str] = ()) -> RulesBroken:
    """Return the refusal that lists these violations."""
    first = violations[0]
    return RulesBroken(code=first.code, facts=first.facts, violations=tuple(violations), where=where)


@dataclass(frozen=True)
class FieldFault:
    """A value that cannot stand: where (JSON pointer), which code, and the facts behind it."""

    pointer: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class InvalidFields(DomainError):
    """Values of the input that only the service can judge, such as an unknown reference."""

    code: str = "FIELD_INVALID"
    faults: Sequence[FieldFault] = ()


def invalid(pointer: str, code: str = "FIELD_REFERENCE", **facts: object) -> InvalidFields:
    """Return the refusal of one field."""
    return InvalidFields(faults=(FieldFault(pointer, code, facts),))


@dataclass
class TooMany(DomainError):
    """A limit was reached; `retry_after_s` seconds remain, of `limit` tries."""

    code: str = "TOO_MANY"
    retry_after_s: int = 1
    limit: int = 1


@dataclass
class Unavailable(DomainError):
    """Nothing was done; the same request may be sent again in a moment."""

    code: str = "UNAVAILABLE"


@dataclass(frozen=True)
class Kept:
    """A refusal whose traces must stay, such as a counted failure to sign in: commit, then raise `error`."""

    error: DomainError
