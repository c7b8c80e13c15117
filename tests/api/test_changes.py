"""What is accepted changes: whoever is coming stays, is told, is asked or is released, as the rules of change say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.organization import Facility, Organization
from models.person import Gender
from models.record import Notice
from models.shift import Demand, Shift
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.changes import LATER, NEXT_DAY, after, booked, change, look_first, rules_with, stands
from tests.makers.doors import answer, ask, audited, done, faults, hand, notices_of, standing_of
from tests.makers.work import VISIT, Opened

Check = Callable[[], None]
Rules = Callable[..., None]
CONFIRMED, TENTATIVE = AssignmentStatus.CONFIRMED, AssignmentStatus.TENTATIVE
WANTS, CANCELLED = AssignmentStatus.STANDIN_WANTED, AssignmentStatus.CANCELLED
TOLD = {
    "keep": None,
    "notify": "assignment_changed",
    "reconfirm": "assignment_reconfirm",
    "release": "assignment_changed_released",
}


@pytest.fixture
def rules(as_: As) -> Callable[..., None]:
    administrator = as_(Role.ADMIN)
    return lambda *items, **effects: rules_with(administrator, *items, **effects)


@pytest.fixture
def opened(make: Make, centre: Organization, place: Facility) -> Opened:
    return make.shift_with_demand(owner=centre, place=place, ages=(3,))


def changes_of(make: Make, centre: Organization) -> dict[str, dict[str, Any]]:
    return {
        "date": NEXT_DAY,
        "time": LATER,
        "language": {"languages": ["vi"]},
        "place": {"facility_id": str(make.facility(owner=centre).id)},
    }


def follows(before: AssignmentStatus, effect: str) -> AssignmentStatus:
    """Where a rule leads who stands there."""
    if effect == "release":
        return CANCELLED
    return TENTATIVE if (before, effect) == (CONFIRMED, "reconfirm") else before


@pytest.mark.parametrize("before", [CONFIRMED, TENTATIVE, WANTS])
@pytest.mark.parametrize("effect", list(TOLD))
@pytest.mark.parametrize("field", ["date", "time", "language", "place"])
def test_each_change_does_what_its_rule_says(  # noqa: PLR0913, PLR0917 - each is a part of the question
    make: Make,
    clerk: Client,
    centre: Organization,
    opened: Opened,
    rules: Rules,
    wiring: Wiring,
    check_data: Check,
    field: str,
    effect: str,
    before: AssignmentStatus,
) -> None:
    mai = make.volunteer(languages={"en": "C1", "vi": "C1"})
    her = make.assignment(opened, mai, before)
    rules(**{field: effect})

    done(change(clerk, opened, **changes_of(make, centre)[field]))

    asked_nothing = before is WANTS and effect == "reconfirm"
    told = "assignment_changed" if asked_nothing else TOLD[effect]
    assert [kind for kind, whom in notices_of(wiring) if whom == mai.id] == ([told] if told else [])
    assert stands(wiring, her) is follows(before, effect)
    with wiring.unit(write=False) as unit:
        shift = unit.get(Shift, opened.shift.id)
    times = (opened.shift if effect == "release" else shift).starts_at
    assert booked(wiring, her)[0::2] == (times, effect != "release")
    check_data()


def test_the_rule_of_its_kind_goes_before_that_for_all(
    make: Make, rules: Rules, clerk: Client, opened: Opened, wiring: Wiring
) -> None:
    her = make.assignment(opened, make.volunteer())
    own = {"field": "time", "kind": "infant_checkup", "effect": "keep"}
    rules(own, {"field": "time", "kind": "school_support", "effect": "release"}, time="notify")

    done(change(clerk, opened, **LATER))

    assert stands(wiring, her) is CONFIRMED


def test_of_several_changes_the_strongest_rule_counts(
    make: Make, rules: Rules, clerk: Client, opened: Opened, wiring: Wiring
) -> None:
    her = make.assignment(opened, make.volunteer())
    rules(date="keep", time="reconfirm", language="notify")

    done(change(clerk, opened, **after(days=1, hours=1), languages=["en", "vi"]))

    assert stands(wiring, her) is TENTATIVE


@pytest.mark.parametrize("told", [{"note": "段差あり"}, {"meeting_point": "2階 会議室"}])
def test_who_was_briefed_is_told_of_another_meeting_point_or_note(
    make: Make, clerk: Client, centre: Organization, wiring: Wiring, told: dict[str, Any]
) -> None:
    opened = make.shift_with_demand(owner=centre, place=make.facility(owner=centre), places=3, ages=(3,))
    mai, rin, yuki = make.volunteer(), make.volunteer(), make.volunteer()
    for person, status in ((mai, CONFIRMED), (rin, WANTS), (yuki, TENTATIVE)):
        make.assignment(opened, person, status)

    done(change(clerk, opened, **told))

    assert sorted(notices_of(wiring)) == sorted([("assignment_changed", mai.id), ("assignment_changed", rin.id)])


def test_a_new_meeting_point_beside_a_new_hour_is_told_once(
    make: Make, clerk: Client, opened: Opened, wiring: Wiring
) -> None:
    mai = make.volunteer()
    make.assignment(opened, mai)

    done(change(clerk, opened, **LATER, meeting_point="2階 会議室"))

    assert notices_of(wiring) == [("assignment_reconfirm", mai.id)]


def test_one_more_language_takes_nobody_off(make: Make, clerk: Client, opened: Opened, wiring: Wiring) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai)

    done(change(clerk, opened, languages=["en", "vi"]))

    assert (stands(wiring, her), notices_of(wiring)) == (CONFIRMED, [])


@pytest.mark.parametrize("effect", ["keep", "notify"])
def test_who_is_away_at_the_new_hour_is_asked_whatever_the_rule(
    make: Make, clerk: Client, opened: Opened, rules: Rules, wiring: Wiring, effect: str
) -> None:
    mai = make.volunteer()
    her = make.assignment(opened, mai, consents=["ASG_UNAVAILABLE"])  # what she consented to was the old hour
    make.away(mai, opened.shift.ends_at, opened.shift.ends_at + timedelta(hours=3))
    rules(time=effect)

    done(change(clerk, opened, **LATER))

    assert stands(wiring, her) is TENTATIVE
    assert notices_of(wiring) == [("assignment_reconfirm", mai.id)]


def test_what_concerns_nobody_who_comes_changes_nothing_for_her(
    make: Make, clerk: Client, opened: Opened, office: Client, wiring: Wiring
) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    her = make.assignment(opened, mai, WANTS)
    offer = done(ask(office, opened, rin), 201)["items"][0]

    done(change(clerk, opened, topics=["feeding"]))

    assert stands(wiring, her) is WANTS
    assert [kind for kind, whom in notices_of(wiring) if whom in {mai.id, rin.id}] == ["offer_sent"]
    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "sent"


def test_who_is_elsewhere_at_the_new_time_is_released(
    make: Make, office: Client, clerk: Client, opened: Opened, wiring: Wiring, rules: Rules
) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    her = make.assignment(opened, mai)
    elsewhere = make.shift_with_demand(starts_at=VISIT + timedelta(hours=3))
    make.assignment(elsewhere, mai)
    rules(time="keep")

    seen = look_first(office, opened, **after(hours=2))
    done(change(clerk, opened, **after(hours=2)))

    assert [(one["effect"], one["because"]) for one in seen["people"]] == [("release", ["ASG_OVERLAP"])]
    assert stands(wiring, her) is CANCELLED
    assert standing_of(wiring, opened) == ("open", "matching", 0)
    done(hand(office, opened, rin), 201)


def test_who_leaves_makes_room_before_who_stays_is_moved(
    make: Make, rules: Rules, clerk: Client, centre: Organization, wiring: Wiring, check_data: Check
) -> None:
    opened = make.shift_with_demand(owner=centre, ages=(3,), places=2)
    mai, rin = make.volunteer(), make.volunteer()
    stays, leaves = make.assignment(opened, mai), make.assignment(opened, rin)
    make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(days=1)), rin)
    rules(date="notify")

    done(change(clerk, opened, **NEXT_DAY))

    assert (stands(wiring, stays), stands(wiring, leaves)) == (CONFIRMED, CANCELLED)
    assert standing_of(wiring, opened) == ("open", "matching", 1)
    check_data()


def test_open_offers_are_taken_back_and_a_no_may_be_asked_again(
    make: Make, as_: As, clerk: Client, opened: Opened, office: Client, wiring: Wiring
) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    first, second = done(ask(office, opened, mai, rin), 201)["items"]
    done(answer(as_(rin), second["id"], "decline"))

    done(change(clerk, opened, **LATER))

    assert done(office.get(f"/v1/offers/{first['id']}"))["status"] == "withdrawn"
    assert done(office.get(f"/v1/offers/{second['id']}"))["status"] == "declined"
    assert notices_of(wiring).count(("offer_withdrawn", mai.id)) == 1
    assert len(done(ask(office, opened, mai, rin), 201)["items"]) == 2


def test_more_places_open_the_shift_and_fewer_than_are_held_are_refused(
    make: Make, clerk: Client, opened: Opened, office: Client, wiring: Wiring, check_data: Check
) -> None:
    rin = make.volunteer()
    her = make.assignment(opened, make.volunteer())

    done(change(clerk, opened, places=2))
    assert standing_of(wiring, opened) == ("open", "matching", 1)
    asked = done(ask(office, opened, rin), 201)["items"][0]
    seen = look_first(office, opened, places=1)
    done(change(clerk, opened, places=1))

    assert ([one["offer_id"] for one in seen["offers"]], seen["people"]) == ([asked["id"]], [])
    assert standing_of(wiring, opened) == ("filled", "filled", 1)
    assert ("offer_filled", rin.id) in notices_of(wiring)
    done(change(clerk, opened, places=2))
    make.assignment(opened, rin)
    assert faults(change(clerk, opened, places=1)) == [("/places", "FIELD_RANGE")]
    assert stands(wiring, her) is CONFIRMED
    check_data()


def test_a_wish_for_a_woman_releases_who_is_none_and_tells_no_reason(
    make: Make, as_: As, clerk: Client, centre: Organization, office: Client, wiring: Wiring
) -> None:
    opened = make.shift_with_demand(owner=centre, ages=(3,), places=3)
    ken, mai, jun = make.volunteer(gender=Gender.MALE), make.volunteer(), make.volunteer(gender=Gender.MALE)
    his, hers = make.assignment(opened, ken), make.assignment(opened, mai)
    offer = done(ask(office, opened, jun), 201)["items"][0]
    wish: dict[str, Any] = {"gender_requirement": {"value": "female", "reason": "授乳の相談"}}

    assert "ASG_GENDER" not in str(look_first(clerk, opened, **wish))
    assert "ASG_GENDER" in str(look_first(office, opened, **wish))
    done(change(clerk, opened, **wish))

    assert (stands(wiring, his), stands(wiring, hers)) == (CANCELLED, CONFIRMED)
    mine = done(as_(ken).get(f"/v1/assignments/{his.id}"))
    assert (mine["end_reason"], mine["end_note"]) == ("changed", None)
    assert "ASG_GENDER" not in str(mine)
    assert [kind for kind, whom in notices_of(wiring) if whom == ken.id] == ["assignment_changed_released"]
    assert [event.facts for event in audited(wiring, his.id)][-1] == {"reason": "changed"}
    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "withdrawn"
    assert ("offer_withdrawn", jun.id) in notices_of(wiring)


def test_a_shift_follows_its_service_to_the_version_of_the_day(
    make: Make, as_: As, clerk: Client, opened: Opened, wiring: Wiring, rules: Rules
) -> None:
    her = make.assignment(opened, make.volunteer())
    old = make.service_type("infant_checkup", valid_to=(VISIT + timedelta(days=5)).date())
    with wiring.unit() as unit:
        columns = old.model_dump(exclude={"id", "version", "valid_from", "valid_to", "required_certs"})
        since = (VISIT + timedelta(days=6)).date()
        later = unit.add(type(old)(**columns, valid_from=since, required_certs=["medical"]))
    rules(date="notify")

    seen = look_first(as_(Role.COORDINATOR), opened, **after(days=7))
    done(change(clerk, opened, **after(days=7)))

    assert seen["people"][0]["because"] == ["ASG_NO_CERT"]
    assert stands(wiring, her) is CANCELLED
    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, opened.shift.id).service_type_id == later.id
        assert unit.get(Demand, opened.demand.id).certifications == ["medical"]


def test_an_unfilled_request_is_changed_and_then_looked_for_again(
    make: Make, clerk: Client, opened: Opened, office: Client, wiring: Wiring, check_data: Check
) -> None:
    path = f"/v1/dispatch-requests/{opened.request.id}"
    done(office.post(f"{path}/mark-unfilled", json={"reason": "見つからない"}))

    assert done(change(clerk, opened, **NEXT_DAY))["status"] == "unfilled"
    assert standing_of(wiring, opened) == ("planned", "unfilled", 0)
    check_data()
    done(office.post(f"{path}/reopen", json={}))
    done(hand(office, opened, make.volunteer()), 201)
    with wiring.unit(write=False) as unit:
        assert unit.get(Shift, opened.shift.id).starts_at == VISIT + timedelta(days=1)
    check_data()


def test_a_released_person_is_told_by_the_hour_she_knew(
    make: Make, rules: Rules, clerk: Client, opened: Opened, wiring: Wiring
) -> None:
    her = make.assignment(opened, make.volunteer())
    rules()

    done(change(clerk, opened, **NEXT_DAY))

    with wiring.unit(write=False) as unit:
        notice = unit.session.exec(select(Notice).where(Notice.object_id == her.id)).one()
        assert notice.facts["starts_at"]["instant"].startswith("2025-11-20T01:00:00")
        assert unit.get(Assignment, her.id).end_reason == "changed"
