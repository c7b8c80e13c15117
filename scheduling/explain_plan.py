"""Explaining a whole plan: why each person stands where she does, why a place is open, what would help most.

An open place has its price: what the cheapest person for it would have to give up.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scheduling.constraints import broken_rules, weigh
from scheduling.explain import Unfilled, explain_unfilled
from scheduling.horizon import grounds
from scheduling.objective import Reason
from scheduling.problem import Calendar, Commitment, Door, Need, Problem, Proposal, Shift, Violation, Volunteer
from scheduling.solution import Plan

GIVEN_TIME: Final = frozenset({"ASG_OVERLAP", "ASG_TRAVEL", "ASG_CAP", "ASG_CAP_DAY", "ASG_CAP_WEEK"})
"""What other assignments can bar her by: these end when one of those is given up."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A proposal with its reasons; those of all proposals add up to the soft score."""

    proposal: Proposal
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """The cheapest way to fill a place by taking somebody from elsewhere: what she would have to give up.

    `weight` is what that loses less what it fills, by priority; in a plan whose fill is optimal it is never negative.
    """

    volunteer_id: str
    displaced: tuple[Proposal, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """Places of a need that the plan leaves open, why, and the price of filling one.

    There is no price where no change of the plan could fill it.
    """

    shift_id: str
    need_id: str
    places: int
    why: Unfilled
    price: Price | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What would help most: to recruit or to train people of one kind, for the places that stay open.

    `train` means that speakers are there who lack nothing but the certificate; `recruit` means that nobody is.
    """

    kind: Literal["recruit", "train"]
    language: str | None
    certificate: str | None
    district: str | None
    weekday: int
    places: int
    weight: int
    people: int


@dataclass(frozen=True, slots=True)
class PlanExplained:
    """The reasons of a plan, its open places by weight, and advice by what it would gain."""

    assigned: tuple[Assigned, ...]
    open: tuple[OpenPlace, ...]
    advice: tuple[Advice, ...]


def explain_plan(problem: Problem, plan: Plan, *, limit: int | None = None) -> PlanExplained:
    """Explain a plan; with a `limit`, no more than so many open places, the weightiest ones."""
    taken = _Taken(problem, plan)
    reasons = grounds(problem, plan.proposals)
    wanting = sorted(taken.wanting(), key=lambda one: (-one[0].priority * one[2], one[0].id, one[1].id))
    places = tuple(taken.explained(*one) for one in wanting[:limit])
    return PlanExplained(
        assigned=tuple(Assigned(*pair) for pair in zip(plan.proposals, reasons, strict=True)),
        open=places,
        advice=_advice(problem, places),
    )


class _Taken:
    """A problem with a plan in its calendars and places, so that who is left can be asked."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem = problem
        self._filled = Counter(proposal.pair[1:] for proposal in plan.proposals)
        self._hers: dict[str, list[Proposal]] = defaultdict(list)
        for proposal in plan.proposals:
            self._hers[proposal.volunteer_id].append(proposal)
        self._calendars = self._full()
        self._speakers = _by_language(problem.volunteers)

    def wanting(self) -> Iterator[tuple[Shift, Need, int]]:
        """Give the needs with open places, and how many."""
        for shift in self._problem.shifts:
            for need in shift.needs:
                left = need.open_places - self._filled[shift.id, need.id]
                if left > 0:
                    yield shift, need, left

    def explained(self, shift: Shift, need: Need, left: int) -> OpenPlace:
        """Explain one need; only who speaks its language is asked."""
        speakers = tuple(self._speakers(need))
        why = explain_unfilled(
            Problem((shift,), speakers, self._calendars, self._problem.rules), shift, need, Door.plan
        )
        return OpenPlace(shift.id, need.id, left, why, self._price(speakers, shift, need))

    def _full(self) -> Mapping[str, Calendar]:
        held = {one: Calendar((*self._problem.calendar(one).commitments, *self._given(one))) for one in self._hers}
        return {**self._problem.calendars, **held}

    def _given(self, volunteer_id: str, *, but: Sequence[Proposal] = ()) -> list[Commitment]:
        shifts = [self._problem.shift(one.shift_id) for one in self._hers[volunteer_id] if one not in but]
        return [Commitment(shift.interval, shift.place, shift.id) for shift in shifts]

    def _price(self, speakers: Sequence[Volunteer], shift: Shift, need: Need) -> Price | None:
        """Return the least that must be given up, the fewest assignments among equals, then by id."""
        prices = [price for one in speakers if (price := self._price_of(one, shift, need)) is not None]
        return min(prices, key=lambda price: (price.weight, len(price.displaced), price.volunteer_id), default=None)

    def _price_of(self, volunteer: Volunteer, shift: Shift, need: Need) -> Price | None:
        bars = {broke.code for broke in self._barred(volunteer, shift, need, ())}
        if self._problem.rules_out(volunteer.id, shift.id) or not bars <= GIVEN_TIME:
            return None
        given: list[Proposal] = []
        hers = sorted(self._hers[volunteer.id], key=lambda one: (self._problem.shift(one.shift_id).priority, one.pair))
        while self._barred(volunteer, shift, need, given):
            more = self._next(volunteer, shift, need, given, hers)
            if more is None:
                return None
            given.append(more)
        lost = sum(self._problem.shift(one.shift_id).priority for one in given)
        return Price(volunteer.id, tuple(given), lost - shift.priority)

    def _next(
        self, volunteer: Volunteer, shift: Shift, need: Need, given: Sequence[Proposal], hers: Sequence[Proposal]
    ) -> Proposal | None:
        """Return what to give up next: what stands in the way by itself, else her least weighty assignment."""
        left = [one for one in hers if one not in given and not self._locked(one)]
        now = len(self._barred(volunteer, shift, need, given))
        useful = [one for one in left if len(self._barred(volunteer, shift, need, [*given, one])) < now]
        return next(iter(useful or left), None)

    def _locked(self, proposal: Proposal) -> bool:
        bound = (*self._problem.locked, *self._problem.pins)
        return any(proposal.pair == one.pair for one in bound)

    def _barred(
        self, volunteer: Volunteer, shift: Shift, need: Need, given: Sequence[Proposal]
    ) -> tuple[Violation, ...]:
        left = (*self._problem.calendar(volunteer.id).commitments, *self._given(volunteer.id, but=given))
        broken = broken_rules(volunteer, shift, need, Calendar(left), self._problem.rules, Door.plan)
        verdict = weigh(broken, frozenset(), frozenset())
        return (*verdict.violations, *verdict.consent_needed)


def _by_language(volunteers: Sequence[Volunteer]) -> Callable[[Need], list[Volunteer]]:
    speakers: dict[str, list[int]] = defaultdict(list)
    for position, volunteer in enumerate(volunteers):
        for tag in volunteer.languages:
            speakers[tag].append(position)

    def among(need: Need) -> list[Volunteer]:
        if not need.languages:
            return list(volunteers)
        return [volunteers[position] for position in sorted({one for tag in need.languages for one in speakers[tag]})]

    return among


def _advice(problem: Problem, places: Sequence[OpenPlace]) -> tuple[Advice, ...]:
    """Group what stays open by language, certificate, district and weekday, the weightiest group first."""
    groups: dict[tuple[str, str, str, int], list[OpenPlace]] = defaultdict(list)
    for place in places:
        groups[_kind(problem, place)].append(place)
    found = [_advised(problem, *key, group) for key, group in groups.items()]
    return tuple(
        sorted(
            found,
            key=lambda one: (-one.weight, one.language or "", one.certificate or "", one.district or "", one.weekday),
        )
    )


def _kind(problem: Problem, place: OpenPlace) -> tuple[str, str, str, int]:
    shift = problem.shift(place.shift_id)
    need = shift.need(place.need_id)
    weekday = problem.rules.day_of(shift).weekday()
    return "/".join(need.languages), "+".join(sorted(need.certifications)), shift.place.district or "", weekday


def _advised(
    problem: Problem, language: str, certificate: str, district: str, weekday: int, group: Sequence[OpenPlace]
) -> Advice:
    trainable = {
        number
        for place in group
        for blocker in place.why.sole_blockers
        if blocker.code == "ASG_NO_CERT"
        for number in blocker.numbers
    }
    return Advice(
        kind="train" if trainable else "recruit",
        language=language or None,
        certificate=certificate or None,
        district=district or None,
        weekday=weekday,
        places=sum(place.places for place in group),
        weight=sum(place.places * problem.shift(place.shift_id).priority for place in group),
        people=len(trainable),
    )
