"""A plan as the office reads it: sentences in her language that name what they are about."""

import pytest

from api.db import Wiring
from services.wording import ABSENT, LANGUAGES
from tests.conftest import Client
from tests.factories import Make
from tests.makers.plans import PLANS, planned, proposals, read
from tests.makers.work import VISIT

MENTIONS = {
    "ja": ("ベトナム語", "健診", "東部", "木曜日"),
    "en": ("Vietnamese", "check-up", "Thursday"),
    "ja-simple": ("ベトナム語", "健診", "木曜日"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_names_whom_to_train_or_to_recruit_and_where(
    make: Make, office: Client, wiring: Wiring, language: str
) -> None:
    make.shift_with_demand(languages=["vi"])
    make.shift_with_demand(languages=["bn"])
    make.volunteer(languages={"vi": "C1"}, certs=())
    plan = planned(office, wiring)

    advice = office.get(f"{PLANS}/{plan['id']}", headers={"Accept-Language": language}).json()["advice"]

    told = {one["kind"]: one["detail"] for one in advice}
    assert told.keys() == {"train", "recruit"}
    assert all(word in told["train"] for word in MENTIONS[language])
    assert not any(ABSENT in detail or "_" in detail for detail in told.values())


def test_what_asks_for_nothing_in_particular_is_advised_on_in_words(make: Make, office: Client, wiring: Wiring) -> None:
    make.class_session()
    plan = planned(office, wiring)

    (one,) = plan["advice"]
    assert (one["kind"], one["language"], one["certificate"]) == ("recruit", None, None)
    assert one["detail"].startswith("言語を問わない活動")
    assert ABSENT not in one["detail"]
    (left,) = read(office, plan, "/unfilled")["items"]
    assert (left["request_no"], left["language"], left["places"]) == (None, None, 4)


def test_a_line_names_the_request_and_the_language(make: Make, office: Client, wiring: Wiring) -> None:
    opened = make.shift_with_demand(languages=["vi"])
    make.volunteer(languages={"vi": "C1"})

    (line,) = proposals(office, planned(office, wiring))

    assert (line["request_no"], line["language"]) == (opened.request.request_no, "vi")


def test_who_was_never_asked_is_not_said_to_have_answered_none(make: Make, office: Client, wiring: Wiring) -> None:
    make.shift_with_demand()
    asked, _ = make.volunteer(), make.volunteer()
    make.offer(make.shift_with_demand(starts_at=VISIT.replace(month=12), demand={"places": 2}), asked)
    plan = planned(office, wiring, to="2025-11-30")

    told = {one["criterion"]: one["detail"] for line in proposals(office, plan) for one in line["reasons"]}
    assert "まだ打診したことがありません" in told["response"]
    assert "まだ打診したことがありません" in told["assent"]


def test_a_pin_or_an_exclusion_told_twice_is_one(make: Make, office: Client, wiring: Wiring) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    pin, other = ({"volunteer_id": str(who.id), "shift_id": str(opened.shift.id)} for who in (mai, rin))

    plan = planned(office, wiring, pins=[pin, pin], exclusions=[other, other], time_limit_s=0)

    assert (plan["status"], plan["fill"]) == ("ready", {"open_places": 1, "filled": 1})
    assert [line["volunteer_id"] for line in proposals(office, plan)] == [str(mai.id)]
    assert plan["refused_pins"] == []
