"""How much a place weighs in a plan: what the domain knows of whom it would hurt most to leave without anybody.

`STEPS` is the one place of these numbers. An activity weighs as much as the highest step it is on; little time left adds
to it. A plan may have steps of its own, by name, among its `weights`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.office_days import office_calendar
from services.unit import Unit

STEPS: Final[Mapping[str, int]] = {
    "priority_standby": 1,
    "priority_usual": 2,
    "priority_sensitive": 4,
    "priority_home_visit": 4,
    "priority_urgent": 2,
}
"""Points by step. `standby`: a check-up for which no family is linked yet. `sensitive`: consultations and examinations,
where nobody else can help. `home_visit`: at a family's home. `urgent` is added where less time is left than a drop-out is
left to the waves alone."""
MOST: Final = 100
"""The highest number a plan may give a step: beyond, single places would outweigh a month."""


@dataclass(frozen=True)
class Priority:
    """What a place of an activity weighs, and the steps behind it."""

    value: int
    because: tuple[str, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts behind the reason of a line."""
        return {"priority": self.value, "because": self.because}


@dataclass(frozen=True)
class Scale:
    """The steps as they hold for one plan; activities before the day `calm_from` are urgent."""

    steps: Mapping[str, int]
    calm_from: date

    def of(self, service: Any, day: date, *, families: int) -> Priority:
        """Return the priority of an activity on a day; `service` tells whether it is `standby`, `sensitive`, `at_home`."""
        step = max(_on(service, families), key=lambda name: self.steps[name])
        because = (step, "priority_urgent") if day < self.calm_from else (step,)
        return Priority(max(1, sum(self.steps[name] for name in because)), because)


def _on(service: Any, families: int) -> tuple[str, ...]:
    """Return the steps that an activity is on; what is of no service is usual, as is a check-up with a family."""
    if service.standby and not families:
        return ("priority_standby",)
    high = {"priority_home_visit": service.at_home, "priority_sensitive": service.sensitive}
    return tuple(name for name, on in high.items() if on) or ("priority_usual",)


def scale(unit: Unit, weights: Mapping[str, int]) -> Scale:
    """Return the scale of a plan with these weights of its own."""
    calm_from = office_calendar(unit).step(unit.today, unit.rules.calm_dropout_business_days)
    return Scale({name: weights.get(name, points) for name, points in STEPS.items()}, calm_from)
