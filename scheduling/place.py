"""Where things happen, and how far it is from one point to another."""

from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0

Point = tuple[float, float]


def check_point(point: Point | None) -> None:
    """Raise ValueError unless the point is a latitude (-90 to 90) and longitude (-180 to 180), or not known."""
    if point is not None and not (abs(point[0]) <= 90 and abs(point[1]) <= 180):  # noqa: PLR2004 (degrees of a circle)
        raise ValueError(f"not a latitude and longitude: {point}")


@lru_cache(maxsize=2**16)  # asked for the radius and again for the distance
def km_between(one: Point, other: Point) -> float:
    """Return the great-circle distance in km by the haversine formula, to a tenth.

    Rounded so that the last bits of a machine's sine cannot turn a decision.
    """
    (lat, lon), (other_lat, other_lon) = (map(radians, point) for point in (one, other))
    chord = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin((other_lon - lon) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord))), 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happens; a remote place (telephone, video) costs no way. Unknown parts are None."""

    facility: str | None = None
    district: str | None = None
    point: Point | None = None
    remote: bool = False

    def __post_init__(self) -> None:
        check_point(self.point)

    def km_from(self, point: Point | None) -> float | None:
        """Return the km from `point` to here, 0 to a remote place; None when either end is unknown."""
        if self.remote:
            return 0.0
        if self.point is None or point is None:
            return None
        return km_between(self.point, point)
