"""Places of institutions in the directory."""

from typing import Any

from models.base import new_id
from models.organization import FacilityKind
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.register import names


def test_a_place_is_listed_read_and_corrected(make: Make, office: Client, viewer: Client) -> None:
    centre = make.organization()
    draft = {
        "organization_id": str(centre.id),
        "name": "架空会館",
        "kind": "community_hall",
        "district_code": "west",
        "latitude": 36.5,
        "longitude": 136.6,
        "accessibility": ["step_free"],
    }

    made = office.post("/v1/facilities", json=draft)

    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert viewer.get(where).json() == made.json()
    assert made.json()["district"] == "west"
    assert made.json()["accessibility"] == ["step_free"]
    patch = {"parking": True, "latitude": None, "longitude": None}
    changed = office.patch(where, json=patch, headers={"If-Match": made.headers["etag"]})
    assert changed.json()["parking"] is True
    assert changed.json()["latitude"] is None


def test_a_place_points_at_an_institution_a_district_and_a_whole_point(make: Make, office: Client) -> None:
    place = make.facility()
    draft = {
        "organization_id": str(place.organization_id),
        "name": "架空別館",
        "kind": "office",
        "district_code": "west",
    }

    def post(**over: Any) -> list[tuple[str, str]]:
        return faults(office.post("/v1/facilities", json={**draft, **over}))

    assert post(organization_id=str(new_id())) == [("/organization_id", "FIELD_REFERENCE")]
    assert post(district_code="nowhere") == [("/district_code", "FIELD_REFERENCE")]
    assert post(latitude=36.5) == [("/latitude", "FIELD_CONFLICT")]
    half = office.patch(f"/v1/facilities/{place.id}", json={"longitude": 136.6}, headers={"If-Match": place.etag})
    assert faults(half) == [("/latitude", "FIELD_CONFLICT")]


def test_places_are_found_by_institution_kind_district_and_words(make: Make, viewer: Client) -> None:
    centre = make.organization()
    make.facility(owner=centre, name="架空東館", kana="ヒガシカン", district="east")
    make.facility(owner=centre, name="架空西館", district="west", kind=FacilityKind.SCHOOL)
    make.facility(name="他所", district="west")

    assert names(viewer.get(f"/v1/facilities?organization_id={centre.id}")) == ["架空西館", "架空東館"]
    assert names(viewer.get("/v1/facilities?kind=school")) == ["架空西館"]
    assert names(viewer.get("/v1/facilities?district=east")) == ["架空東館"]
    assert names(viewer.get("/v1/facilities", params={"q": "ひがし"})) == ["架空東館"]
