"""Looking first: a preview names everybody, every offer and every family that a change touches, and changes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.dispatch_request import RequestStatus
from models.offer import OfferStatus
from models.office import CheckupSession
from models.organization import Facility, Organization
from models.person import Person
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.changes import CHECKUPS, LATER, change, every_row, look_first, stands
from tests.makers.doors import done, faults, problem
from tests.makers.work import VISIT, Opened

Check = Callable[[], None]
REASON = {"reason": "会場の都合"}


class Scene(NamedTuple):
    """An accepted request of a check-up: one confirmed, one tentative, one asked; a draft and a rejected one beside it."""

    opened: Opened
    session: CheckupSession
    confirmed: Any
    tentative: Any
    offer: Any
    draft: Any


@pytest.fixture
def scene(make: Make, centre: Organization, place: Facility) -> Scene:
    session = make.checkup_session(place=place)
    shared: dict[str, Any] = {"owner": centre, "place": place, "checkup_session_id": session.id, "ages": (3,)}
    opened = make.shift_with_demand(places=3, **shared)
    return Scene(
        opened,
        session,
        make.assignment(opened, make.volunteer()),
        make.assignment(opened, make.volunteer(), AssignmentStatus.TENTATIVE),
        make.offer(opened, make.volunteer()),
        make.request(languages=["vi"], **shared),
    )


def calls(scene: Scene) -> dict[str, tuple[str, str, dict[str, Any]]]:
    request = f"/v1/dispatch-requests/{scene.opened.request.id}"
    return {
        "change": ("PATCH", request, LATER),
        "cancel": ("POST", f"{request}/cancel", REASON),
        "move": ("POST", f"{CHECKUPS}/{scene.session.id}/move", {"held_on": "2025-11-21", **REASON}),
        "call off": ("POST", f"{CHECKUPS}/{scene.session.id}/cancel", REASON),
    }


def send(by: Client, scene: Scene, name: str, *, preview: bool, key: str | None = None) -> httpx2.Response:
    method, path, body = calls(scene)[name]
    headers = {"If-Match": "*"} | ({"Idempotency-Key": key} if key else {})
    return by.request(method, path, json=body, params={"preview": True} if preview else {}, headers=headers)


FATES = {
    "release": {AssignmentStatus.CANCELLED},
    "reconfirm": {AssignmentStatus.TENTATIVE},
}


@pytest.mark.parametrize("name", ["change", "cancel", "move", "call off"])
def test_what_is_seen_first_is_what_then_happens_and_seeing_changes_nothing(
    office: Client, scene: Scene, wiring: Wiring, check_data: Check, name: str
) -> None:
    before = every_row(wiring)

    seen = done(send(office, scene, name, preview=True, key="once"))

    assert every_row(wiring) == before
    assert scene.opened.request.request_no in seen["requests"]
    people = {one["assignment_id"]: one for one in seen["people"]}
    assert people.keys() == {str(scene.confirmed.id), str(scene.tentative.id)}
    assert {one["volunteer_id"] for one in seen["people"]} == {
        str(one.volunteer_id) for one in (scene.confirmed, scene.tentative)
    }
    assert [one["offer_id"] for one in seen["offers"]] == [str(scene.offer.id)]
    sent = send(office, scene, name, preview=False, key="once" if name != "change" else None)
    assert (done(sent)["id"], "idempotent-replayed" in sent.headers) == (calls(scene)[name][1].split("/")[3], False)
    for row in (scene.confirmed, scene.tentative):
        assert stands(wiring, row) in FATES[people[str(row.id)]["effect"]]
    with wiring.unit(write=False) as unit:
        assert unit.get(type(scene.offer), scene.offer.id).status is OfferStatus.WITHDRAWN
        draft = unit.get(type(scene.draft), scene.draft.id)
        touched = (draft.starts_at != VISIT) or draft.status is RequestStatus.CANCELLED
    assert (draft.request_no in seen["requests"]) is touched
    families = {one["request_no"] for one in seen["families"]}
    assert families == set(seen["requests"])
    check_data()


@pytest.mark.parametrize("name", ["change", "cancel", "move", "call off"])
def test_an_institution_sees_whom_it_was_told_of_and_no_reasons(
    make: Make, clerk: Client, scene: Scene, wiring: Wiring, name: str
) -> None:
    seen = done(send(clerk, scene, name, preview=True))

    (person,) = seen["people"]
    assert (person["assignment_id"], person["volunteer_id"], person["because"]) == (str(scene.confirmed.id), None, [])
    with wiring.unit(write=False) as unit:
        volunteer = unit.get(type(make.volunteer()), scene.confirmed.volunteer_id)
        assert person["badge_name"] == unit.get(Person, volunteer.person_id).badge_name
    assert seen["offers"] == []
    assert {one["client_ref"] for one in seen["families"]}


def test_a_centre_is_shown_nothing_of_another_institutions_request(
    make: Make, clerk: Client, scene: Scene, place: Facility
) -> None:
    other = make.shift_with_demand(place=place, checkup_session_id=scene.session.id, ages=(3,))
    make.assignment(other, make.volunteer())

    seen = done(send(clerk, scene, "move", preview=True))

    assert other.request.request_no not in seen["requests"]
    assert [one["assignment_id"] for one in seen["people"]] == [str(scene.confirmed.id)]
    assert {one["request_no"] for one in seen["families"]} == set(seen["requests"])


def test_a_preview_refuses_what_the_change_itself_would(
    make: Make, as_: As, office: Client, scene: Scene, place: Facility, wiring: Wiring
) -> None:
    make.checkup_session(place=place, held_on=date(2025, 11, 21))
    before = every_row(wiring)
    path = f"/v1/dispatch-requests/{scene.opened.request.id}"

    assert faults(send(office, scene, "move", preview=True)) == [("/held_on", "FIELD_DUPLICATE")]
    assert problem(send(as_(Role.REQUESTER), scene, "change", preview=True)) == (404, "NOT_FOUND")
    assert problem(send(as_(Role.VIEWER), scene, "cancel", preview=True)) == (403, "NOT_PERMITTED")
    past = {"starts_at": "2025-11-07T10:00:00+09:00", "ends_at": "2025-11-07T12:00:00+09:00"}
    said = office.patch(path, json=past, params={"preview": True}, headers={"If-Match": "*"})
    assert said.status_code == 422
    stale = office.patch(path, json=LATER, params={"preview": True}, headers={"If-Match": '"old"'})
    assert problem(stale) == (412, "VERSION")
    assert problem(office.patch(path, json=LATER, params={"preview": True})) == (428, "PRECONDITION_REQUIRED")
    assert every_row(wiring)["notice"] == before["notice"]


def test_a_change_that_touches_nobody_says_so(make: Make, office: Client, scene: Scene) -> None:
    seen = look_first(office, scene.opened, topics=["feeding"])

    assert (seen["people"], seen["offers"], len(seen["families"])) == ([], [], 1)
    briefed = look_first(office, scene.opened, note="段差あり")["people"]
    assert {one["volunteer_id"] for one in briefed if one["effect"] == "notify"} == {str(scene.confirmed.volunteer_id)}
    request = make.request(starts_at=VISIT + timedelta(days=1), ages=(3,))
    said = office.patch(
        f"/v1/dispatch-requests/{request.id}", json={"places": 2}, params={"preview": True}, headers={"If-Match": "*"}
    )
    assert (done(said)["requests"], said.headers.get("etag")) == ([request.request_no], None)
    assert done(change(office, scene.opened, note="段差あり"))["note"] == "段差あり"


def test_a_preview_remarks_what_the_change_itself_would(clerk: Client, scene: Scene, clock: SetClock) -> None:
    assert done(send(clerk, scene, "cancel", preview=True))["warnings"] == []
    clock.now = VISIT - timedelta(hours=2)

    seen = done(send(clerk, scene, "cancel", preview=True))

    assert [one["code"] for one in seen["warnings"]] == ["REQ_CANCEL_LATE"]
    assert done(send(clerk, scene, "cancel", preview=False))["warnings"] == seen["warnings"]
