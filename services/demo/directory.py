"""The institutions and places of the demo: centres, schools and universities by the plan's names, the rest invented.

Addresses name a quarter and no number; telephone numbers are of a range that is not given out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models.organization import Facility, FacilityKind, Organization, OrganizationKind
from services.unit import Unit

KANAZAWA = "172014"
CENTRES = ("izumino", "motomachi", "ekinishi")
_ADDRESS = "金沢市{quarter}（デモのため番地なし）"

_ORGANIZATIONS: Mapping[str, tuple[str, str, OrganizationKind]] = {
    "izumino": ("泉野福祉健康センター", "イズミノフクシケンコウセンター", OrganizationKind.HEALTH_CENTER),
    "motomachi": ("元町福祉健康センター", "モトマチフクシケンコウセンター", OrganizationKind.HEALTH_CENTER),
    "ekinishi": ("駅西福祉健康センター", "エキニシフクシケンコウセンター", OrganizationKind.HEALTH_CENTER),
    "city": ("金沢市国際交流課", "カナザワシコクサイコウリュウカ", OrganizationKind.CITY_SECTION),
    "halls": ("市民施設課（架空）", "シミンシセツカ", OrganizationKind.CITY_SECTION),
    "board": ("金沢市教育委員会", "カナザワシキョウイクイインカイ", OrganizationKind.BOARD),
    "hokuriku": ("北陸大学", "ホクリクダイガク", OrganizationKind.UNIVERSITY),
    "kanazawa": ("金沢大学", "カナザワダイガク", OrganizationKind.UNIVERSITY),
    "seiryo": ("金沢星稜大学", "カナザワセイリョウダイガク", OrganizationKind.UNIVERSITY),
}
_OWNERS: Mapping[str, str] = {
    "office": "foundation",
    "school_izumi": "board",
    "school_morinosato": "board",
    "school_izumi_junior": "board",
}


@dataclass(frozen=True)
class _Site:
    """A place: its name and reading, kind, district, quarter, and a rough point (degrees)."""

    name: str
    kana: str
    kind: FacilityKind
    district: str
    quarter: str
    point: tuple[float, float]


_SITES: Mapping[str, _Site] = {
    "izumino": _Site(
        "泉野福祉健康センター", "イズミノフクシケンコウセンター", FacilityKind.HEALTH_CENTER,
        "south", "泉が丘", (36.545, 136.655),
    ),
    "motomachi": _Site(
        "元町福祉健康センター", "モトマチフクシケンコウセンター", FacilityKind.HEALTH_CENTER,
        "north", "元町", (36.584, 136.670),
    ),
    "ekinishi": _Site(
        "駅西福祉健康センター", "エキニシフクシケンコウセンター", FacilityKind.HEALTH_CENTER,
        "station_west", "西念", (36.588, 136.641),
    ),
    "office": _Site(
        "国際交流財団事務所", "コクサイコウリュウザイダンジムショ", FacilityKind.OFFICE,
        "central", "本町", (36.576, 136.652),
    ),
    "hall_east": _Site(
        "東部公民館（架空）", "トウブコウミンカン", FacilityKind.COMMUNITY_HALL,
        "east", "東部地区", (36.572, 136.690),
    ),
    "hall_south": _Site(
        "南部公民館（架空）", "ナンブコウミンカン", FacilityKind.COMMUNITY_HALL,
        "south", "南部地区", (36.536, 136.650),
    ),
    "hall_west": _Site(
        "西部公民館（架空）", "セイブコウミンカン", FacilityKind.COMMUNITY_HALL,
        "west", "西部地区", (36.559, 136.621),
    ),
    "children": _Site(
        "こども児童館（架空）", "コドモジドウカン", FacilityKind.CHILDRENS_HALL,
        "port", "港周辺地区", (36.605, 136.614),
    ),
    "assembly": _Site(
        "中央集会所（架空）", "チュウオウシュウカイジョ", FacilityKind.ASSEMBLY_HALL,
        "central", "中央地区", (36.561, 136.657),
    ),
    "school_izumi": _Site(
        "泉小学校", "イズミショウガッコウ", FacilityKind.SCHOOL, "south", "泉地区", (36.547, 136.648),
    ),
    "school_morinosato": _Site(
        "杜の里小学校", "モリノサトショウガッコウ", FacilityKind.SCHOOL, "east", "杜の里地区", (36.552, 136.694),
    ),
    "school_izumi_junior": _Site(
        "泉中学校", "イズミチュウガッコウ", FacilityKind.SCHOOL, "south", "泉地区", (36.546, 136.649),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Directory:
    """Institutions and places by their keys in this module."""

    organizations: Mapping[str, UUID]
    facilities: Mapping[str, UUID]


def build(unit: Unit) -> Directory:
    """Write institutions and places."""
    organizations = {key: _organization(unit, *entry) for key, entry in _ORGANIZATIONS.items()}
    organizations["foundation"] = _organization(unit, unit.rules.foundation_name, "", OrganizationKind.FOUNDATION)
    unit.session.add_all(organizations.values())
    unit.session.flush()  # places point at institutions
    ids = {key: row.id for key, row in organizations.items()}
    facilities = {key: _facility(unit, site, ids[_owner(key)]) for key, site in _SITES.items()}
    unit.session.add_all(facilities.values())
    return Directory(ids, {key: row.id for key, row in facilities.items()})


def _owner(site: str) -> str:
    return site if site in CENTRES else _OWNERS.get(site, "halls")


def _organization(unit: Unit, name: str, kana: str, kind: OrganizationKind) -> Organization:
    return Organization(**unit.stamp(), name=name, kana=kana, kind=kind, lg_code=KANAZAWA)


def _facility(unit: Unit, site: _Site, organization_id: UUID) -> Facility:
    return Facility(
        **unit.stamp(),
        organization_id=organization_id,
        name=site.name,
        kana=site.kana,
        kind=site.kind,
        district_code=site.district,
        address=_ADDRESS.format(quarter=site.quarter),
        latitude=site.point[0],
        longitude=site.point[1],
        parking=site.kind is FacilityKind.HEALTH_CENTER,
        meeting_point="1階受付前",
    )
