"""Where a language is so rare in a district that the two together would point at a family (domain.md §0.1)."""

from collections.abc import Iterable, Mapping

from sqlmodel import col, select

from models.organization import PopulationStatistic
from models.shift import Demand
from services.unit import Unit

_FIGURES = select(PopulationStatistic.language, PopulationStatistic.district_code, PopulationStatistic.count).order_by(
    col(PopulationStatistic.as_of)
)


def is_withheld(unit: Unit, demands: Iterable[Demand], district: str | None) -> bool:
    """Return whether a shift's district is kept from volunteers before confirmation."""
    return district is not None and any(is_rare(unit, demand.language, district) for demand in demands)


def is_rare(unit: Unit, language: str | None, district: str) -> bool:
    """Return whether fewer than ten residents of the language live in the district by the latest figures.

    Where figures are kept at all, a pair without one counts as rare; without any figures nothing can be judged.
    """
    if language is None:
        return False
    counts = residents(unit)
    return bool(counts) and counts.get((language, district), 0) < unit.rules.rare_language_residents


def residents(unit: Unit) -> Mapping[tuple[str, str], int]:
    """Return how many residents of each language live in each district by the latest figures."""
    counts: Mapping[tuple[str, str], int] = unit.once("population", lambda: _latest(unit))
    return counts


def _latest(unit: Unit) -> dict[tuple[str, str], int]:
    return {(language, district): count for language, district, count in unit.rows(_FIGURES)}
