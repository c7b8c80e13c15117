"""Places as `scheduling` sees them."""

from uuid import UUID

from models.shift import Modality
from scheduling.place import Place


def place_of(
    facility_id: UUID | None, district: str | None, modality: Modality, latitude: float | None, longitude: float | None
) -> Place:
    """Return a place as `scheduling` sees it."""
    point = (latitude, longitude) if latitude is not None and longitude is not None else None
    return Place(str(facility_id) if facility_id else None, district, point, remote=modality is not Modality.ON_SITE)
