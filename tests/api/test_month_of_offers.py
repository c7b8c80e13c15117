"""A month of offers at once: one message each, one ask, and at most two calls to answer it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.offer import Offer
from models.record import Notice
from models.volunteer import Volunteer
from services.asking import tell
from services.clock import SetClock
from services.notifying import unpack
from services.wording import say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import ask, done, faults, notices_of, on_shift, problem, refused
from tests.makers.plans import month
from tests.makers.work import VISIT, Opened
from worker.deliver import deliver_due

Check = Callable[[], None]


def wave(opened: Opened, *named: Volunteer, **over: Any) -> dict[str, Any]:
    people = {"volunteer_ids": [str(one.id) for one in named]} if named else {}
    return {"shift_id": str(opened.shift.id), **people, **over}


def send(office: Client, waves: Sequence[dict[str, Any]], **over: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(office.post("/v1/offers/batch", json={"items": waves, **over}), 207)["items"]
    return items


def said_to(wiring: Wiring, volunteer: Volunteer, language: str) -> list[str]:
    """The texts of all that she was sent, oldest first."""
    with wiring.unit(write=False) as unit:
        hers = select(Notice).where(Notice.volunteer_id == volunteer.id).order_by(col(Notice.id))
        rows = unit.session.exec(hers).all()
        return [say("notices", f"{row.kind}_body", language, unpack(row.facts), unit.zone) for row in rows]


def test_a_month_is_one_message_one_ask_and_one_call_to_answer(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened, mai, rin = month(make, 12), make.volunteer(max_per_month=31), make.volunteer()

    items = send(office, [wave(one, mai) for one in opened[::-1]] + [wave(opened[0], rin)])

    assert [item["status"] for item in items] == [201] * 13
    offers = [offer for item in items for offer in item["offers"] if offer["volunteer_id"] == str(mai.id)]
    assert len(offers) == 12
    assert notices_of(wiring) == [("offers_sent_many", mai.id), ("offer_sent", rin.id)]
    assert len(batches(wiring)) == 1
    # It counts as one ask of the three that she may get in a week.
    for _ in range(2):
        done(ask(office, make.shift_with_demand(starts_at=VISIT + timedelta(days=40)), mai), 201)
    late = make.shift_with_demand(starts_at=VISIT + timedelta(days=41))
    assert refused(ask(office, late, mai)) == [("ASG_ASKS", "with_reason")]

    clock.now = VISIT - timedelta(days=9)
    answers = [{"offer_id": one["id"], "answer": "accept" if n % 2 else "decline"} for n, one in enumerate(offers)]
    told = done(as_(mai).post("/v1/me/offers/answers", json=answers), 207)["items"]
    assert {one["status"] for one in told} == {200}
    assert sum(bool(on_shift(wiring, one)) for one in opened) == 6
    check_data()


def batches(wiring: Wiring) -> set[UUID | None]:
    with wiring.unit(write=False) as unit:
        return set(unit.session.exec(select(Offer.batch_id)))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "- 20 Nov 2025 10:00 to 20 Nov 2025 12:00 / "),
        ("ja", "・2025年11月20日 10:00 から 2025年11月20日 12:00 まで／"),  # noqa: RUF001
        ("ja-simple", "・2025年11月20日 10:00 から 2025年11月20日 12:00 まで／"),  # noqa: RUF001
    ],
)
def test_the_message_has_a_line_for_each_in_their_order(
    make: Make, office: Client, wiring: Wiring, language: str, line: str
) -> None:
    opened, mai = month(make, 3), make.volunteer()
    sensitive = make.shift_with_demand(service="individual_consultation", starts_at=VISIT + timedelta(days=3))
    skilled = make.volunteer(certs=("checkup", "advanced", "home_visit"))
    send(office, [wave(one, mai) for one in reversed(opened)])

    (text,) = said_to(wiring, mai, language)

    lines = [entry for entry in text.splitlines() if entry.startswith(("-", "・"))]
    assert len(lines) == 3
    assert lines[0].startswith(line)
    days = ["20", "21", "22"]
    assert [
        any(f" {day} Nov" in entry or f"11月{day}日" in entry for entry in lines[n : n + 1])
        for n, day in enumerate(days)
    ]
    send(office, [wave(sensitive, skilled), wave(opened[0], skilled)])
    masked = "consultation" if language == "en" else "相談"
    assert masked in said_to(wiring, skilled, language)[0]


def test_the_letter_is_written(make: Make, office: Client, wiring: Wiring) -> None:
    mai = make.volunteer()
    send(office, [wave(one, mai) for one in month(make, 2)])

    assert deliver_due(wiring) == 1


def test_waves_stand_or_fall_by_themselves(make: Make, office: Client, wiring: Wiring, check_data: Check) -> None:
    first, second, full = month(make, 3)
    mai, rin = make.volunteer(), make.volunteer(pledge=False)
    make.assignment(full, make.volunteer(languages={"fr": "C1"}))

    items = send(
        office,
        [
            wave(first, top=1),
            wave(second, mai, rin),
            {"shift_id": str(new_id()), "top": 1},
            wave(full, mai),
            wave(second, top=5, demand_id=str(first.demand.id)),
            wave(second),
            wave(first, mai),  # whom the first wave asked
            wave(second, top=5),
        ],
    )

    assert [(item["status"], item.get("code")) for item in items] == [
        (201, None),
        (409, "ASG_NO_PLEDGE"),
        (404, "NOT_FOUND"),
        (409, "SHF_STATE"),
        (422, "FIELD_REFERENCE"),
        (422, "FIELD_MISSING"),
        (422, "FIELD_DUPLICATE"),
        (201, None),
    ]
    assert [item["shift_id"] for item in items[3:5]] == [str(full.shift.id), str(second.shift.id)]
    with wiring.unit(write=False) as unit:
        asked = unit.session.exec(select(Offer.shift_id, Offer.volunteer_id).order_by(col(Offer.id))).all()
    assert asked == [(first.shift.id, mai.id), (second.shift.id, mai.id)]
    assert notices_of(wiring) == [("offers_sent_many", mai.id)]
    check_data()


def test_one_deadline_for_all_where_it_is_given(make: Make, office: Client) -> None:
    first, second = month(make, 2)
    mai = make.volunteer()

    items = send(office, [wave(first, mai), wave(second, mai)], respond_by="2025-11-20T12:00:00+09:00")

    assert [item["status"] for item in items] == [422, 201]  # the first has begun by then
    assert items[1]["offers"][0]["respond_by"] == "2025-11-20T12:00:00+09:00"


def test_what_is_no_batch(make: Make, as_: As, office: Client) -> None:
    (opened,) = month(make, 1)

    def said(items: list[Any]) -> Any:
        return office.post("/v1/offers/batch", json={"items": items})

    assert faults(said([])) == [("/items", "FIELD_RANGE")]
    assert faults(said([wave(opened, top=1)] * 101)) == [("/items", "FIELD_RANGE")]
    assert faults(said([wave(opened, top=1, cascade={})])) == [("/items/0/cascade", "FIELD_UNKNOWN")]
    body = {"items": [wave(opened, top=1)]}
    assert problem(as_(Role.REQUESTER).post("/v1/offers/batch", json=body)) == (403, "NOT_PERMITTED")


def test_who_has_had_her_asks_gets_no_batch(make: Make, office: Client, clock: SetClock) -> None:
    opened, mai = month(make, 2), make.volunteer()
    for day in range(3):
        make.offer(make.shift_with_demand(starts_at=VISIT + timedelta(days=50 + day)), mai, sent_at=clock())

    items = send(office, [wave(one, mai) for one in opened])

    assert [(item["status"], item["code"]) for item in items] == [(409, "ASG_ASKS")] * 2


def test_several_offers_to_one_person_in_one_transaction_are_one_message(make: Make, wiring: Wiring) -> None:
    first, second = month(make, 2)
    mai, rin = make.volunteer(), make.volunteer()
    sent = [make.offer(first, mai), make.offer(second, mai), make.offer(first, rin)]
    with wiring.unit() as unit:
        tell(unit, sent, by_phone_too=True)

    assert notices_of(wiring) == [("offers_sent_many", mai.id), ("offer_sent", rin.id)]


def test_a_batch_is_sent_once_under_one_key(make: Make, office: Client, wiring: Wiring) -> None:
    mai = make.volunteer()
    body = {"items": [wave(one, mai) for one in month(make, 2)]}
    first = office.post("/v1/offers/batch", json=body, headers={"Idempotency-Key": "month"})
    again = office.post("/v1/offers/batch", json=body, headers={"Idempotency-Key": "month"})

    assert again.content == first.content
    assert notices_of(wiring) == [("offers_sent_many", mai.id)]
