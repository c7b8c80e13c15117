"""What each audience sees of a shift at each stage is what `policies.SHIFT_FIELDS` says, on every path and in every text.

Each field holds a word that stands nowhere else; a field is seen when its word is in any answer the caller can get.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.client import ClientIdentity
from models.dispatch_request import Topic
from models.offer import DeclineReason, OfferStatus
from models.organization import Organization
from models.shift import GenderWanted
from models.volunteer import Volunteer
from services.clock import SetClock
from services.policies import SHIFT_FIELDS, Audience, Stage
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.work import Opened

Units = Callable[..., AbstractContextManager[Unit]]

ASKED: Final[Mapping[str, Any]] = {
    "service": "individual_consultation",
    "languages": ["en"],
    "meeting_point": "右手の通用口",
    "note": "二階の和室です",
    "topics": [Topic.MONEY],
    "onsite_contact": {"name": "受付係", "phone": "076-000-0001"},
    "escort": {"name": "付添人", "role": "midwife", "phone": "076-000-0002"},
    "gender_requirement": GenderWanted.FEMALE,
    "gender_reason": "ご本人の希望",
}
DAYS: Final = {Stage.OPEN: 0, Stage.OFFERED: 0, Stage.ASSIGNED: 0, Stage.NEAR: 8, Stage.AFTER: 12}
"""How far the clock is moved on; the shift is in ten days, for two hours."""


@dataclass(frozen=True)
class Scene:
    """A shift for two: a colleague stands on it already, and she comes nearer to it stage by stage."""

    opened: Opened
    colleague: Volunteer
    she: Volunteer

    @property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        """By what each field is recognised."""
        shift, request = self.opened.shift, self.opened.request
        return {
            "starts_at": ('"starts_at":"2025-11-20T10:00:00+09:00"',),
            "ends_at": ('"ends_at":"2025-11-20T12:00:00+09:00"',),
            "language": ('"language":"en"',),
            "modality": ('"modality":"on_site"',),
            "district": ('"district":"east"',),
            "service_type": ("individual_consultation",),
            "facility": (str(shift.facility_id), "架空施設"),
            "meeting_point": (ASKED["meeting_point"],),
            "note": (ASKED["note"],),
            "topics": ('"money"',),
            "client_ages": ('"age_months":3',),
            "client_identity": ("架空 太郎",),
            "escort": ("付添人", "076-000-0002"),
            "gender_requirement": ("ご本人の希望", '"female"'),
            "onsite_contact": ("受付係", "076-000-0001"),
            "request_id": (str(request.id),),
            "volunteer_id": (str(self.colleague.id),),
        }


@pytest.fixture
def scene(make: Make, unit: Units) -> Scene:
    place = make.facility()
    opened = make.shift_with_demand(
        place=place,
        owner=_owner(make, place.organization_id),
        ages=(3,),
        places=2,
        demand={"gender_requirement": GenderWanted.FEMALE},
        **ASKED,
    )
    colleague = make.volunteer(certs=("checkup", "home_visit"))
    make.assignment(opened, colleague)
    _identify(unit, make.family(opened.request, age_months=3).id)
    return Scene(opened, colleague, make.volunteer(certs=("checkup", "home_visit")))


def _owner(make: Make, organization_id: Any) -> Organization:
    with make.wiring.unit(write=False) as it:
        return it.get(Organization, organization_id)


def _identify(unit: Units, link_id: Any) -> None:
    with unit() as it:
        sealed = it.vault.seal({"name": "架空 太郎", "phone": None, "address": None})
        it.add(ClientIdentity(request_client_id=link_id, sealed=sealed, written_at=it.now))


def reach(scene: Scene, stage: Stage, make: Make, clock: SetClock) -> None:
    """Bring her to the stage."""
    if stage is Stage.OFFERED:
        make.offer(scene.opened, scene.she)
    elif stage is not Stage.OPEN:
        make.assignment(scene.opened, scene.she)
    clock.forward(days=DAYS[stage])


def everything(caller: Client, scene: Scene) -> str:
    """All that she can get about the shift, by every path that leads to it."""
    shift, request = scene.opened.shift, scene.opened.request
    paths = [f"/v1/shifts/{shift.id}", f"/v1/dispatch-requests/{request.id}", "/v1/dispatch-requests"]
    paths += ["/v1/shifts", "/v1/shifts?claimable=true", "/v1/offers", "/v1/me/offers", "/v1/assignments"]
    paths += ["/v1/me/schedule?from=2025-11-01T00:00:00%2B09:00"]
    answers = [caller.get(path) for path in paths]
    listed = [one for answer in answers if answer.is_success for one in answer.json().get("items", [])]
    answers += [caller.get(path) for path in _objects(listed)]
    disclosure = {"n": 2, "purpose": "prepare_visit"}
    answers.append(caller.post(f"/v1/dispatch-requests/{request.id}/client-disclosures", json=disclosure))
    assert {answer.status_code for answer in answers} <= {200, 403, 404}
    return "\n".join(answer.text for answer in answers if answer.status_code == 200)


def _objects(listed: list[dict[str, Any]]) -> Iterator[str]:
    for one in listed:
        if "assignment_id" in one or "via" in one:
            yield f"/v1/assignments/{one.get('assignment_id') or one['id']}"
        elif "respond_by" in one:
            yield f"/v1/offers/{one['id']}"


def seen(text: str, scene: Scene) -> set[str]:
    return {field for field, words in scene.words.items() if any(word in text for word in words)}


def test_every_field_of_the_table_is_looked_for(scene: Scene) -> None:
    assert set(scene.words) == set().union(*SHIFT_FIELDS.values())


@pytest.mark.parametrize("stage", Stage)
def test_a_manager_of_classrooms_sees_nothing_of_a_dispatch(
    stage: Stage, scene: Scene, make: Make, as_: As, clock: SetClock
) -> None:
    reach(scene, stage, make, clock)
    owner = _owner(make, scene.opened.request.organization_id)
    assert seen(everything(as_(Role.CLASSROOM_MANAGER, organization=owner), scene), scene) == set()


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("audience", [Audience.STAFF, Audience.REQUESTER, Audience.VOLUNTEER])
def test_each_audience_sees_its_fields_and_no_others(
    audience: Audience, stage: Stage, scene: Scene, make: Make, as_: As, clock: SetClock
) -> None:
    reach(scene, stage, make, clock)
    owner = _owner(make, scene.opened.request.organization_id)
    callers = {
        Audience.STAFF: lambda: as_(Role.COORDINATOR),
        Audience.REQUESTER: lambda: as_(Role.REQUESTER, organization=owner),
        Audience.VOLUNTEER: lambda: as_(scene.she),
    }
    assert seen(everything(callers[audience](), scene), scene) == SHIFT_FIELDS[audience, stage]


def test_before_confirmation_a_sensitive_kind_is_a_consultation(scene: Scene, as_: As) -> None:
    shown = as_(scene.she).get(f"/v1/shifts/{scene.opened.shift.id}").json()
    assert (shown["service_type"], shown["facility"], shown["request_id"]) == ("consultation", None, None)


def test_a_tentative_place_brings_no_briefing(scene: Scene, make: Make, as_: As) -> None:
    make.assignment(scene.opened, scene.she, AssignmentStatus.TENTATIVE)
    assert seen(everything(as_(scene.she), scene), scene) == SHIFT_FIELDS[Audience.VOLUNTEER, Stage.OPEN]


def test_strangers_see_nothing_of_it(scene: Scene, as_: As) -> None:
    for stranger in (as_(Role.REQUESTER), as_(Role.VIEWER), as_(Role.TRAINER), as_(Role.UNIVERSITY_LIAISON)):
        assert seen(everything(stranger, scene), scene) == set()


def ended(scene: Scene, make: Make) -> Assignment:
    """An assignment that she did not come to, made by hand with an override."""
    overrides = [{"code": "ASG_LEVEL", "reason": "経験がある", "consent_at": None}]
    conditions = [{"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}]
    more: dict[str, Any] = {"end_reason": "client", "overrides": overrides, "conditions": conditions}
    more["end_note"] = "電話で確認"
    return make.assignment(scene.opened, scene.she, AssignmentStatus.NO_SHOW, **more)


@pytest.mark.parametrize(
    ("audience", "shown"),
    [
        (Audience.STAFF, {"volunteer_id", "end_reason", "end_note", "overrides", "conditions"}),
        (Audience.VOLUNTEER, {"volunteer_id", "end_reason", "conditions"}),
        (Audience.REQUESTER, set()),
    ],
)
def test_how_an_assignment_came_about_and_ended(
    audience: Audience, shown: set[str], scene: Scene, make: Make, as_: As
) -> None:
    assignment = ended(scene, make)
    owner = _owner(make, scene.opened.request.organization_id)
    caller = {
        Audience.STAFF: as_(Role.COORDINATOR),
        Audience.VOLUNTEER: as_(scene.she),
        Audience.REQUESTER: as_(Role.REQUESTER, organization=owner),
    }[audience]
    single = caller.get(f"/v1/assignments/{assignment.id}").json()
    listed = caller.get("/v1/assignments").json()["items"]
    kept = ("volunteer_id", "end_reason", "end_note", "overrides", "conditions")
    for view in (single, *(one for one in listed if one["id"] == single["id"])):
        assert {field for field in kept if view[field]} == shown
        assert view["badge_name"]


def test_why_she_declined_and_how_she_ranked(scene: Scene, make: Make, as_: As) -> None:
    offer = make.offer(scene.opened, scene.she, OfferStatus.DECLINED, decline_reason=DeclineReason.ACQUAINTANCE, rank=2)
    told = {name: caller.get(f"/v1/offers/{offer.id}") for name, caller in _lookers(scene, make, as_).items()}
    assert {name: answer.status_code for name, answer in told.items()} == {
        "office": 200,
        "she": 200,
        "colleague": 404,
        "centre": 403,
    }
    assert (told["office"].json()["decline_reason"], told["office"].json()["rank"]) == ("acquaintance", 2)
    assert (told["she"].json()["decline_reason"], told["she"].json()["rank"]) == ("acquaintance", None)


def _lookers(scene: Scene, make: Make, as_: As) -> Mapping[str, Client]:
    owner = _owner(make, scene.opened.request.organization_id)
    return {
        "office": as_(Role.COORDINATOR),
        "she": as_(scene.she),
        "colleague": as_(scene.colleague),
        "centre": as_(Role.REQUESTER, organization=owner),
    }


def test_the_days_of_the_briefing_end_exactly(scene: Scene, make: Make, as_: As, clock: SetClock) -> None:
    """From 3 days before the start to 1 day after the end, to the second."""
    make.assignment(scene.opened, scene.she)
    she, shift = as_(scene.she), scene.opened.shift
    moments = {
        shift.starts_at - timedelta(days=3, seconds=1): Stage.ASSIGNED,
        shift.starts_at - timedelta(days=3): Stage.NEAR,
        shift.ends_at + timedelta(days=1): Stage.NEAR,
        shift.ends_at + timedelta(days=1, seconds=1): Stage.AFTER,
    }
    for now, stage in moments.items():
        clock.now = now
        assert seen(everything(she, scene), scene) == SHIFT_FIELDS[Audience.VOLUNTEER, stage], now
