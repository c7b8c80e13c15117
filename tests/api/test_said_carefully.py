"""What a volunteer must not learn: that a family excluded her, knows her, or asked for the other gender."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from models.account import Role
from models.client import ClientExclusion, ExclusionKind
from models.person import Gender
from models.shift import ClaimPolicy, Demand, DemandLanguage, GenderWanted
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import exclude
from tests.makers.doors import answer, ask, by_phone, claim, done, notices_of, problem, refused, settle
from tests.makers.work import Opened
from tests.outbox import notices

GIVEN_AWAY = re.compile(
    r"ASG_GENDER|ASG_EXCLUDED|ASG_ACQUAINTED|gender|female|\bmale\b|性別|女性|男性|せいべつ"
    r"|exclu|除外|acquaint|知り合い|知人|親族",
    re.IGNORECASE,
)
CODES = {"gender": "ASG_GENDER", "excluded": "ASG_EXCLUDED", "acquainted": "ASG_ACQUAINTED"}


class Overheard:
    """A volunteer's client that keeps every answer, to be searched for what she must not learn."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.answers: list[httpx2.Response] = []

    def get(self, path: str, **params: Any) -> httpx2.Response:
        return self._heard(self._client.get(path, params=params))

    def post(self, path: str, key: str | None = None, **body: Any) -> httpx2.Response:
        return self._heard(self._client.post(path, json=body, headers={"Idempotency-Key": key} if key else {}))

    def _heard(self, said: httpx2.Response) -> httpx2.Response:
        self.answers.append(said)
        return said


@pytest.fixture(params=CODES)
def why(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def volunteer(make: Make) -> Volunteer:
    return make.volunteer(gender=Gender.MALE, watched=True)


@pytest.fixture
def hidden(make: Make, volunteer: Volunteer, why: str) -> Opened:
    return _hide(make, volunteer, why)


def _hide(make: Make, volunteer: Volunteer, why: str, **over: Any) -> Opened:
    wanted = {"gender_requirement": GenderWanted.FEMALE} if why == "gender" else {}
    opened = make.shift_with_demand(ages=(3,), demand=wanted, **over)
    if why != "gender":
        kind = ExclusionKind.ACQUAINTED if why == "acquainted" else ExclusionKind.FAMILY_WISH
        exclude(make, opened, volunteer, kind)
    return opened


@pytest.fixture
def himself(as_: As, volunteer: Volunteer) -> Iterator[Overheard]:
    """Whatever he is answered in a test is searched at its end."""
    listening = Overheard(as_(volunteer))
    yield listening
    assert listening.answers
    for said in listening.answers:
        assert not GIVEN_AWAY.search(said.text), said.text
        assert not GIVEN_AWAY.search(str(said.headers))


def absent(himself: Overheard, hidden: Opened) -> None:
    """The shift answers as one that was never made."""
    path = f"/v1/shifts/{hidden.shift.id}"
    nowhere = path.replace(str(hidden.shift.id), str(hidden.demand.id))
    for said, never_made in (
        (himself.get(path), himself.get(nowhere)),
        (himself.post(f"{path}/claims"), himself.post(f"{nowhere}/claims")),
        (himself.post(f"{path}/claims", key="one"), himself.post(f"{nowhere}/claims", key="one")),
        (himself.post(f"{path}/claims", consents=["ASG_GENDER"]), himself.post(f"{nowhere}/claims")),
    ):
        assert problem(said) == (404, "NOT_FOUND")
        assert said.json() | {"instance": ""} == never_made.json() | {"instance": ""}


@pytest.mark.parametrize("policy", list(ClaimPolicy))
def test_the_shift_is_not_there_for_him(
    make: Make, himself: Overheard, volunteer: Volunteer, why: str, policy: ClaimPolicy
) -> None:
    hidden = _hide(make, volunteer, why, claim_policy=policy)
    absent(himself, hidden)


def test_no_list_holds_it_or_a_gap_where_it_was(make: Make, himself: Overheard, hidden: Opened) -> None:
    shown = [make.shift_with_demand() for _ in range(2)]

    for filters in ({}, {"claimable": True}, {"open": True}, {"language": "en"}, {"district": "east"}):
        first = done(himself.get("/v1/shifts", limit=1, **filters))
        rest = done(himself.get("/v1/shifts", limit=1, cursor=first["next_cursor"], **filters))
        pages = [[one["id"] for one in page["items"]] for page in (first, rest)]
        assert sorted(pages) == sorted([str(one.shift.id)] for one in shown), hidden.shift.id
        assert rest["next_cursor"] is None


def test_a_full_or_finished_shift_is_not_there_either(make: Make, himself: Overheard, hidden: Opened) -> None:
    make.assignment(hidden, make.volunteer())

    absent(himself, hidden)


def test_an_offer_is_gone_once_it_must_not_be_known(
    make: Make, himself: Overheard, volunteer: Volunteer, hidden: Opened
) -> None:
    offer = make.offer(hidden, volunteer)

    assert done(himself.get("/v1/me/offers"))["items"] == []
    assert done(himself.get("/v1/offers", status="sent", shift_id=hidden.shift.id))["items"] == []
    assert problem(himself.get(f"/v1/offers/{offer.id}")) == (404, "NOT_FOUND")
    for verb in ("accept", "decline", "take-back"):
        assert problem(himself.post(f"/v1/offers/{offer.id}/{verb}")) == (404, "NOT_FOUND")
    several = himself._client.post("/v1/me/offers/answers", json=[{"offer_id": str(offer.id), "answer": "accept"}])
    assert [one["code"] for one in done(himself._heard(several), 207)["items"]] == ["NOT_FOUND"]


def test_staff_are_told_why(make: Make, as_: As, volunteer: Volunteer, hidden: Opened, why: str) -> None:
    office = as_(Role.COORDINATOR)
    path = f"/v1/shifts/{hidden.shift.id}/candidates"

    (one,) = done(office.get(path, params={"include_ineligible": True}))["items"]

    assert (one["volunteer_id"], [bar["code"] for bar in one["violations"]]) == (str(volunteer.id), [CODES[why]])
    assert [bar["code"] for bar in done(office.get(f"{path}/{volunteer.id}"))["violations"]] == [CODES[why]]
    assert refused(ask(office, hidden, volunteer)) == [(CODES[why], "never")]
    assert problem(ask(office, hidden, top=3)) == (409, "OFF_NOBODY")
    assert notices_of(make.wiring) == []


def test_who_stands_on_it_keeps_what_she_has(make: Make, himself: Overheard, volunteer: Volunteer, why: str) -> None:
    opened = make.shift_with_demand(ages=(3,), service="newborn_home_visit", demand={"certifications": []})
    offer = make.offer(opened, volunteer)
    held = done(himself.post(f"/v1/offers/{offer.id}/accept"))["assignment"]["id"]
    if why != "gender":
        exclude(make, opened, volunteer)

    view = done(himself.get(f"/v1/shifts/{opened.shift.id}"))
    assert {bar["code"] for bar in view["why_not"]} == {"ASG_HELD", "ASG_FULL"}
    assert done(himself.get(f"/v1/offers/{offer.id}"))["status"] == "accepted"
    assert len(done(himself.get("/v1/me/schedule"))["items"]) == 1
    done(himself.post(f"/v1/assignments/{held}/withdraw"))

    assert himself.get(f"/v1/shifts/{opened.shift.id}").status_code == (200 if why == "gender" else 404)


def _without(view: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in {"id", "version", "shift_id", *names}}


def _embedded(himself: Overheard, assignment_id: str, offer_id: Any) -> list[dict[str, Any]]:
    """The shift as it stands in what he still may read once he has left it."""
    kept = (himself.get(f"/v1/assignments/{assignment_id}"), himself.get(f"/v1/offers/{offer_id}"))
    return [done(said)["shift"] for said in kept]


@pytest.mark.parametrize("left", ["withdraw", "cancel"])
def test_who_left_cannot_tell_a_hidden_shift_from_one_that_is_gone(
    make: Make, as_: As, himself: Overheard, volunteer: Volunteer, why: str, left: str
) -> None:
    """Excluded after he left: one shift is open for others, the other is gone for everybody; he is told the same."""
    office = as_(Role.COORDINATOR)
    kept: list[list[dict[str, Any]]] = []
    for gone in (False, True):
        opened = make.shift_with_demand(ages=(3,))
        offer = make.offer(opened, volunteer)
        held = done(himself.post(f"/v1/offers/{offer.id}/accept"))["assignment"]["id"]
        done(settle(office, held, left, reason="other", **_entered(volunteer, left)))
        if gone:
            done(office.post(f"/v1/dispatch-requests/{opened.request.id}/cancel", json={"reason": "中止"}))
        elif why == "gender":
            with make.wiring.unit() as unit:
                unit.get(Demand, opened.demand.id).gender_requirement = GenderWanted.FEMALE
        else:
            exclude(make, opened, volunteer)
        absent(himself, opened)
        kept.append(_embedded(himself, held, offer.id))
        done(himself.get(f"/v1/volunteers/{volunteer.id}/assignments"))

    for hidden, gone_for_all in zip(*kept, strict=True):
        assert (hidden["actions"], hidden["why_not"], hidden["consent_needed"]) == ([], [], [])
        assert (hidden["version"], hidden["status"]) == (0, None)
        assert [demand["taken"] for demand in hidden["demands"]] == [None]
        assert _without(hidden, "demands") == _without(gone_for_all, "demands")


def _entered(volunteer: Volunteer, verb: str) -> dict[str, Any]:
    return {"on_behalf": by_phone(volunteer)} if verb == "withdraw" else {}


def test_what_has_ended_says_the_same_of_a_shift_that_he_may_take_again(
    make: Make, himself: Overheard, volunteer: Volunteer
) -> None:
    opened = make.shift_with_demand()
    offer = make.offer(opened, volunteer)
    held = done(himself.post(f"/v1/offers/{offer.id}/accept"))["assignment"]["id"]
    done(himself.post(f"/v1/assignments/{held}/withdraw"))

    assert done(himself.get(f"/v1/shifts/{opened.shift.id}"))["actions"] == ["claim"]
    for shift in _embedded(himself, held, offer.id):
        assert (shift["actions"], shift["status"], shift["version"]) == ([], None, 0)


def test_his_own_word_for_an_acquaintance_does_not_come_back(
    make: Make, as_: As, himself: Overheard, volunteer: Volunteer
) -> None:
    opened = make.shift_with_demand(ages=(3,))
    held = done(claim(as_(volunteer), opened), 201)["id"]
    done(settle(as_(volunteer), held, "withdraw", reason="acquaintance"))
    offered = make.offer(make.shift_with_demand(ages=(3,)), volunteer)
    done(answer(as_(volunteer), offered, "decline", reason="acquaintance"))

    absent(himself, opened)
    for path in ("/v1/shifts", "/v1/me/offers", "/v1/me/schedule"):
        assert done(himself.get(path))["items"] == []


def test_notices_say_nothing_of_it(make: Make, as_: As, volunteer: Volunteer, hidden: Opened) -> None:
    make.offer(hidden, volunteer)

    done(claim(as_(make.volunteer(gender=Gender.FEMALE)), hidden), 201)

    (told,) = [notice for notice in notices(make.wiring) if notice.volunteer_id == volunteer.id]
    assert (told.kind, list(told.facts)) == ("offer_filled", ["starts_at"])


def test_a_lifted_exclusion_lets_it_appear_again(make: Make, himself: Overheard, volunteer: Volunteer) -> None:
    opened = make.shift_with_demand(ages=(3,))
    exclude(make, opened, volunteer)
    absent(himself, opened)

    with make.wiring.unit() as unit:
        unit.session.exec(select(ClientExclusion)).one().lifted_at = unit.now

    assert done(himself.get(f"/v1/shifts/{opened.shift.id}"))["actions"] == ["claim"]


def test_a_demand_for_the_other_gender_hides_behind_the_one_beside_it(
    make: Make, himself: Overheard, volunteer: Volunteer
) -> None:
    opened = make.shift_with_demand(demand={"gender_requirement": GenderWanted.FEMALE})
    with make.wiring.unit() as unit:
        beside = unit.add(Demand(shift_id=opened.shift.id, role="interpreter", places=1, language="en", min_level="B1"))
        unit.session.add(DemandLanguage(demand_id=beside.id, tag="en"))
    path = f"/v1/shifts/{opened.shift.id}"

    assert done(himself.get(path))["actions"] == ["claim"]
    assert problem(himself.post(f"{path}/claims", demand_id=str(opened.demand.id))) == (404, "NOT_FOUND")
    taken = done(himself.post(f"{path}/claims"), 201)
    assert (taken["demand_id"], taken["volunteer_id"]) == (str(beside.id), str(volunteer.id))
