"""What a change of somebody's hours does to what she holds already: told with the change, before it is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from models.availability import HoursPreview
from services.registration_ends import held_by
from services.rejudging import verdicts
from services.unit import Unit

P = ParamSpec("P")


@contextmanager
def noticing_clashes(unit: Unit, volunteer_id: UUID) -> Iterator[None]:
    """Warn of what she holds that her hours left free before the block, and leave free no more after it."""
    before = _clashes(unit, volunteer_id)
    yield
    unit.session.flush()
    after = _clashes(unit, volunteer_id)
    new = sorted(starts_at for one, starts_at in after.items() if one not in before)
    if new:
        unit.warn("VOL_TOUCHES", n=len(new), when=new)


def _clashes(unit: Unit, volunteer_id: UUID) -> dict[UUID, datetime]:
    held = held_by(unit, volunteer_id)
    judged = verdicts(unit, [assignment for assignment, _ in held]) if held else {}
    return {
        assignment.id: shift.starts_at
        for assignment, shift in held
        if any(violation.code == "ASG_UNAVAILABLE" for violation in judged[assignment.id].consent_needed)
    }


def preview(unit: Unit, change: Callable[Concatenate[Unit, P], Any], *args: P.args, **kwargs: P.kwargs) -> HoursPreview:
    """Return what a change would warn of. Raises what the change itself would."""
    change(unit, *args, **kwargs)
    return HoursPreview(warnings=unit.warnings)
