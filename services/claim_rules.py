"""Small rules that a claim and the list of claimable shifts share."""

from typing import Final
from uuid import UUID

from scheduling import problem as values
from scheduling.problem import Violation

WAIVABLE: Final = frozenset({"ASG_UNAVAILABLE", "ASG_CAP", "ASG_RADIUS", "ASG_TRAVEL"})
"""What a volunteer waives by coming."""


def choose_need(volunteer: values.Volunteer, shift: values.Shift, asked_for: UUID | None) -> values.Need:
    """Return the demand she would serve: the one she was asked for with a place left, else as if nobody had asked her.

    That is one in her language with a place left, else in her language, else the first. One that asks for the other
    gender is passed over: it must not be what answers her.
    """
    if asked_for is not None and (offered := shift.need(str(asked_for))).open_places:
        return offered
    asked_of_her = [need for need in shift.needs if need.gender in {None, volunteer.gender}] or list(shift.needs)
    hers = [need for need in asked_of_her if not need.languages or volunteer.best_pair(need.languages)]
    return next((need for need in hers if need.open_places), (hers or asked_of_her)[0])


def wants_consent(violation: Violation) -> bool:
    """Return whether her own yes does not already waive the rule (docs/decisions/0003).

    Her claim or acceptance overrides her weekly hours; an exception, a cap, the radius and travel she confirms by name.
    """
    return violation.code != "ASG_UNAVAILABLE" or bool(violation.facts.get("exception"))
