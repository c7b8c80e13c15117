"""What follows for those who are coming when something accepted changes: rules kept as data (domain.md §0, §0.1)."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column
from models.fields import LOOSE, Code, Draft, ObjectView, View, Warned


class ChangedField(StrEnum):
    """What can change of something accepted; `cancelled` is its end."""

    DATE = "date"
    TIME = "time"
    LANGUAGE = "language"
    PLACE = "place"
    CANCELLED = "cancelled"


class Effect(StrEnum):
    """What a change does to somebody who is coming, the gentlest first.

    `keep`: nothing is said. `notify`: she stays and is told. `reconfirm`: she stays tentatively until she says that
    she keeps the place. `release`: her place is free, and she is told.
    """

    KEEP = "keep"
    NOTIFY = "notify"
    RECONFIRM = "reconfirm"
    RELEASE = "release"


GENTLEST_FIRST = tuple(Effect)


class ChangeRules(Aggregate, table=True):
    """All rules as one object, so that they change together. Each is `{field, kind, effect}`; `kind` is the code of a
    service type, or null for every one that has no rule of its own."""

    __tablename__ = "change_rules"

    name: str = Field(max_length=40, unique=True)
    rules: list[dict[str, Any]] = json_column()


class ChangeRule(Draft):
    """One rule."""

    field: Annotated[ChangedField, LOOSE]
    kind: Code | None = Described(
        default=None,
        description="Code of a service type, or kind of a shift that no request opened; null: every other one",
    )
    effect: Annotated[Effect, LOOSE]


class ChangeRulesDraft(Draft):
    """All rules anew; each field needs a rule for every kind (`kind` null)."""

    items: list[ChangeRule] = Described(max_length=200)


class ChangeRuleView(View):
    """One rule."""

    field: ChangedField
    kind: str | None
    effect: Effect


class ChangeRulesView(ObjectView):
    """All rules."""

    items: list[ChangeRuleView]


class TouchedPerson(View):
    """Somebody on a shift whom a change touches: what it does to her, and the rules behind it by code."""

    request_no: str | None
    assignment_id: UUID
    volunteer_id: UUID | None = Described(description="Null for a requester, who sees the badge name only")
    badge_name: str
    effect: Effect
    because: list[str] = Described(description="Staff only: rules that she would not meet")


class TouchedOffer(View):
    """Somebody who was asked and need not answer any more; staff only."""

    offer_id: UUID
    volunteer_id: UUID
    badge_name: str


class TouchedFamily(View):
    """A family on a request that changes."""

    request_no: str
    n: int
    client_ref: str


class ChangePreview(View):
    """Whom a change would touch. Nothing has been changed."""

    requests: list[str] = Described(description="Numbers of the requests that change")
    people: list[TouchedPerson]
    offers: list[TouchedOffer]
    families: list[TouchedFamily]
    warnings: list[Warned] = Described(default_factory=list, description="What the change itself would remark")
