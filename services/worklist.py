"""The worklist: one ordered list of what needs the office, or whoever runs a classroom, now (domain.md §0.1)."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from models.worklist import Because, WorkCode, WorkEntry
from services import (
    findings,
    review_reminding,
    worklist_advice,
    worklist_afterwards,
    worklist_calls,
    worklist_candidates,
    worklist_classes,
    worklist_consultations,
    worklist_hosting,
    worklist_lectures,
    worklist_places,
    worklist_plans,
    worklist_requests,
)
from services.actor import Actor
from services.entering import Entry
from services.paging import Ask, Page, page_of, scope_of
from services.policies import Permission, may
from services.unit import Unit
from services.wording import say

Source = Callable[[Unit], Iterable[Entry]]

SOURCES: tuple[Source, ...] = (
    worklist_requests.undecided,
    worklist_requests.outcomes_due,
    worklist_requests.answers_missing,
    worklist_places.late_yeses,
    worklist_places.tentative,
    worklist_places.flagged,
    worklist_places.standins,
    worklist_places.exhausted,
    worklist_places.at_risk,
    worklist_plans.waiting,
    worklist_lectures.waiting,
    worklist_hosting.unanswered,
    worklist_afterwards.reports_late,
    worklist_afterwards.expenses,
    worklist_afterwards.incidents,
    worklist_candidates.applications,
    worklist_classes.to_open,
    worklist_classes.rolls_missing,
    worklist_classes.guardians_to_reach,
    worklist_classes.schools_silent,
    worklist_classes.places_offered,
    worklist_calls.to_phone,
    worklist_calls.call_backs,
    worklist_calls.wrong_numbers,
    worklist_calls.unreachable,
    worklist_calls.missed_often,
    findings.on_worklist,
    worklist_advice.unmarked,
    review_reminding.actions_overdue,
)
"""Each reads its rows with a constant number of queries and names what needs the office; one that is added here needs a
code, its word and its text."""

OWN: tuple[Source, ...] = (findings.on_worklist, worklist_advice.unmarked)
"""What whoever is not of the office finds on hers: these name what is her own."""
OF_CLASSES: tuple[Source, ...] = (
    worklist_places.late_yeses,
    worklist_places.standins,
    worklist_places.exhausted,
    worklist_places.at_risk,
    worklist_classes.to_open,
    worklist_classes.rolls_missing,
    worklist_classes.guardians_to_reach,
    worklist_classes.schools_silent,
    worklist_classes.places_offered,
)
"""What whoever runs classrooms finds of them: no more than she may settle. Who waits for an approval, owes a paper or no
longer meets a rule is the office's alone."""
OF_CONSULTATIONS: tuple[Source, ...] = (
    worklist_consultations.untriaged,
    worklist_consultations.urgent,
    worklist_consultations.stale,
    worklist_consultations.outcomes_awaited,
)
"""What only those see who may read consultations."""


def list_work(unit: Unit, ask: Ask, kind: WorkCode | None, *, urgent: bool | None) -> Page[WorkEntry]:
    """Return what needs the office, or of a classroom manager her classes and herself: urgent first, then by deadline."""
    found = (
        entry
        for entry in _gathered(unit)
        if (kind is None or entry.code is kind) and (urgent is None or entry.urgent is urgent)
    )
    return page_of(unit, ask, found, lambda entry: entry.key, _show, scope_of("worklist, urgent first", kind, urgent))


def _gathered(unit: Unit) -> Iterator[Entry]:
    for source in _sources(unit.actor):
        yield from source(unit)


def _sources(actor: Actor) -> Iterator[Source]:
    yield from SOURCES if actor.is_staff else OWN
    if actor.runs_classes:
        yield from OF_CLASSES
    if may(actor, Permission.CONSULTATION_READ):
        yield from OF_CONSULTATIONS


def _show(unit: Unit, entries: Sequence[Entry]) -> list[WorkEntry]:
    return [
        WorkEntry(
            object=entry.object,
            because=Because(code=entry.code, detail=_detail(unit, entry)),
            deadline=entry.deadline,
            urgent=entry.urgent,
            verb=entry.verb,
        )
        for entry in entries
    ]


def _detail(unit: Unit, entry: Entry) -> str:
    facts = {**entry.facts, "no": entry.object.no, "deadline": entry.deadline}
    return say("worklist", entry.code, unit.language, facts, unit.zone)
