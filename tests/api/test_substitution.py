"""Who takes a place that somebody gave back stands in for her; an open offer is answered by coming another way."""

from collections.abc import Callable

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.offer import OfferStatus
from tests.conftest import As
from tests.factories import Make


def test_who_takes_a_place_that_was_given_back_stands_in_for_her(
    make: Make, as_: As, check_data: Callable[[], None]
) -> None:
    opened = make.shift_with_demand()
    left = make.assignment(opened, make.volunteer(), AssignmentStatus.WITHDRAWN)
    first, second = make.volunteer(), make.volunteer()

    taken = as_(first).post(f"/v1/shifts/{opened.shift.id}/claims", json={}).json()
    assert taken["substituted_for"] == str(left.id)

    as_(first).post(f"/v1/assignments/{taken['id']}/withdraw", json={"reason": "illness"})
    again = as_(second).post(f"/v1/shifts/{opened.shift.id}/claims", json={}).json()
    assert again["substituted_for"] == taken["id"]
    check_data()


def test_an_institution_is_not_told_who_left(make: Make, as_: As) -> None:
    centre = make.organization()
    opened = make.shift_with_demand(owner=centre)
    make.assignment(opened, make.volunteer(), AssignmentStatus.WITHDRAWN)
    as_(make.volunteer()).post(f"/v1/shifts/{opened.shift.id}/claims", json={})

    (shown,) = as_(Role.REQUESTER, organization=centre).get("/v1/assignments").json()["items"]

    assert (shown["status"], shown["substituted_for"]) == ("confirmed", None)
    (known, _) = as_(Role.COORDINATOR).get("/v1/assignments").json()["items"]
    assert known["substituted_for"]


def test_a_place_that_nobody_gave_back_has_no_predecessor(make: Make, as_: As) -> None:
    opened = make.shift_with_demand()

    taken = as_(make.volunteer()).post(f"/v1/shifts/{opened.shift.id}/claims", json={}).json()

    assert taken["substituted_for"] is None


@pytest.mark.parametrize("places", [1, 2])
def test_an_open_offer_is_answered_by_claiming_the_place(
    make: Make, as_: As, places: int, check_data: Callable[[], None]
) -> None:
    opened = make.shift_with_demand(places=places)
    mai = make.volunteer()
    asked = make.offer(opened, mai)
    her = as_(mai)

    taken = her.post(f"/v1/shifts/{opened.shift.id}/claims", json={}).json()

    offer = her.get(f"/v1/offers/{asked.id}").json()
    assert (offer["status"], offer["assignment"]["id"]) == (OfferStatus.ACCEPTED, taken["id"])
    check_data()


def test_an_account_that_is_no_volunteers_cannot_claim(make: Make, as_: As) -> None:
    opened = make.shift_with_demand()

    answer = as_(make.account(Role.VOLUNTEER, person=make.person())).post(
        f"/v1/shifts/{opened.shift.id}/claims", json={}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_PERMITTED")
