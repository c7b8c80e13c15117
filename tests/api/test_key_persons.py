"""Who may be listed as a key person."""

import pytest

from models.account import Role
from models.volunteer import VolunteerStatus
from tests.conftest import As
from tests.factories import Make
from tests.makers.doors import faults


@pytest.mark.parametrize("status", ["withdrawn", "expired", "applied"])
def test_nobody_is_listed_who_is_not_registered(make: Make, as_: As, status: str) -> None:
    left = make.volunteer(status=VolunteerStatus(status))
    body = {"volunteer_id": str(left.id), "languages": ["vi"], "countries": ["VN"], "districts": []}
    assert faults(as_(Role.COORDINATOR).post("/v1/key-persons", json=body)) == [("/volunteer_id", "FIELD_REFERENCE")]
