"""The kept roll: rankings among many people are those that reading everybody gives, whatever has changed meanwhile."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col, select

from api import db
from api.db import Wiring
from api.settings import Settings
from models.account import Role
from models.competence import Certification, Level, VolunteerLanguage
from models.offer import Offer, OfferStatus
from models.service_type import Weight
from models.volunteer import Volunteer, VolunteerStatus
from services import explaining, roster_changes
from services.clock import SetClock
from tests.conftest import As, Client
from tests.databases import wired
from tests.factories import Make
from tests.makers.bars import exclude
from tests.makers.doors import answer, ask, done, hand, problem
from tests.makers.work import VISIT, Opened
from worker.tidy import tidy
from worker.waves import send_waves

LIMIT: Final = 4


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done beside the requests is done at once, so that tests know when."""
    monkeypatch.setattr(db, "_beside", lambda run: run())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A process that keeps people as soon as a ranking had to look at two."""
    return settings.model_copy(update={"kept_roll_from": 2})


@pytest.fixture
def others(settings: Settings, clock: SetClock) -> Iterator[tuple[Wiring, Wiring]]:
    """Two more processes over the same database: one that keeps people as well, one that never does."""
    made = wired(settings, clock), wired(settings.model_copy(update={"kept_roll_from": 10**9}), clock)
    yield made
    for one in made:
        one.database.close()


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """At how many people each ranking looked that looked at everybody."""
    counts = []
    everybody = explaining.people_for

    def noting(*args: Any) -> Any:
        found = everybody(*args)
        counts.append(len(found))
        return found

    monkeypatch.setattr(explaining, "people_for", noting)
    return counts


def ranked(office: Client, opened: Opened, **wanted: Any) -> Any:
    return done(office.get(f"/v1/shifts/{opened.shift.id}/candidates", params={"limit": LIMIT, **wanted}))


def ids(found: Any) -> list[str]:
    return [one["volunteer_id"] for one in found["items"]]


Agree = Callable[[Opened], Any]


@pytest.fixture
def agree(app: FastAPI, wiring: Wiring, others: tuple[Wiring, Wiring], office: Client) -> Agree:
    """Ask every process for a ranking; they say the same."""

    def asked(opened: Opened) -> Any:
        said = []
        for process in (*others, wiring):
            app.state.wiring = process
            said.append(ranked(office, opened))
        assert said[0] == said[1] == said[2]
        return said[0]

    return asked


def crowd(make: Make) -> list[Volunteer]:
    """People of several languages, districts and levels."""
    draw = random.Random(7)  # noqa: S311 - repeatable, not secret
    return [
        make.volunteer(
            languages={draw.choice(["en", "en", "vi"]): draw.choice(["B1", "B2", "C1"])},
            district=draw.choice(["east", "west", "port"]),
            max_per_month=draw.choice([1, 4]),
        )
        for _ in range(24)
    ]


def test_a_ranking_reads_everybody_once_and_then_a_few(make: Make, office: Client, looked: list[int]) -> None:
    people = [make.volunteer() for _ in range(12)]
    opened = make.shift_with_demand()

    first = ranked(office, opened, limit=2)
    again = ranked(office, opened, limit=2)

    assert (looked, again) == ([12], first)
    assert set(ids(again)) <= {str(one.id) for one in people}
    assert len(ranked(office, opened, include_ineligible=True)["items"]) == LIMIT
    assert len(looked) == 2  # whoever cannot come is wanted too


@dataclass(frozen=True)
class Life:
    """What happens in a foundation, by those who may do it."""

    make: Make
    office: Client
    admin: Client
    clock: SetClock
    draw: random.Random

    def revoke(self, who: Volunteer, _: Opened) -> None:
        where = f"/v1/volunteers/{who.id}/certifications"
        held = done(self.office.get(where))["items"][0]
        if held["revoked_on"] is None:
            done(self.admin.post(f"{where}/{held['id']}/revoke", json={"reason": "架空"}))

    def be_away(self, who: Volunteer, where: Opened) -> None:
        day = {"starts_at": where.shift.starts_at.isoformat(), "ends_at": where.shift.ends_at.isoformat()}
        done(self.office.post(f"/v1/volunteers/{who.id}/availability/exceptions", json=day), 201)

    def stand(self, who: Volunteer, _: Opened) -> None:
        other = self.make.shift_with_demand(starts_at=_later(self.draw.randrange(4)))
        assert hand(self.office, other, who).status_code in {201, 409}

    def be_asked(self, _: Volunteer, where: Opened) -> None:
        assert ask(self.office, where, top=2).status_code in {201, 409}

    def leave(self, who: Volunteer, _: Opened) -> None:
        said = self.office.post(f"/v1/volunteers/{who.id}/take-leave", json={})
        assert said.status_code in {200, 409}

    def be_excluded(self, who: Volunteer, where: Opened) -> None:
        exclude(self.make, where, who)

    def go_on(self, _: Volunteer, __: Opened) -> None:
        self.clock.forward(days=self.draw.choice([0, 1, 4]), hours=1)

    def something(self, who: Volunteer, where: Opened) -> None:
        """One of these."""
        ways = (self.revoke, self.be_away, self.stand, self.be_asked, self.be_asked, self.leave, self.go_on)
        self.draw.choice((*ways, self.be_excluded))(who, where)


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_changes_is_ranked_as_she_is_now(  # noqa: PLR0913, PLR0917 - all the house takes part
    make: Make, office: Client, as_: As, clock: SetClock, agree: Agree, looked: list[int], seed: int
) -> None:
    people = crowd(make)
    shifts = [make.shift_with_demand(ages=(3,)), *(make.shift_with_demand(starts_at=_later(n)) for n in (9, 30))]
    life = Life(make, office, as_(Role.ADMIN), clock, random.Random(seed))  # noqa: S311 - repeatable, not secret

    for _ in range(12):
        life.something(life.draw.choice(people), life.draw.choice(shifts))
        agree(life.draw.choice(shifts))

    assert len(looked) < 12 * 3


def _later(days: int) -> Any:
    return VISIT + timedelta(days=days)


def _language(make: Make, who: Volunteer) -> None:
    with make.wiring.unit() as unit:
        row = unit.session.exec(
            select(VolunteerLanguage).where(VolunteerLanguage.volunteer_id == who.id, VolunteerLanguage.tag == "en")
        ).one()
        row.speaking = row.listening = Level.A1


def _certificate(make: Make, who: Volunteer) -> None:
    with make.wiring.unit() as unit:
        unit.session.delete(unit.session.exec(select(Certification).where(Certification.volunteer_id == who.id)).one())


def _status(make: Make, who: Volunteer) -> None:
    with make.wiring.unit() as unit:
        unit.get(Volunteer, who.id).status = VolunteerStatus.SUSPENDED


def _month(make: Make, who: Volunteer) -> None:
    make.away(who, VISIT - timedelta(days=1), VISIT + timedelta(days=1))


@pytest.mark.parametrize("change", [_language, _certificate, _status, _month])
def test_the_best_falls_back_at_once(
    make: Make, agree: Agree, change: Callable[[Make, Volunteer], None], looked: list[int]
) -> None:
    best = make.volunteer()
    for _ in range(LIMIT + 8):
        make.volunteer(languages={"en": "B2"})
    opened = make.shift_with_demand()
    assert ids(agree(opened))[0] == str(best.id)
    looked.clear()

    change(make, best)

    assert str(best.id) not in ids(agree(opened))
    assert len(looked) == 1  # that of the process which keeps nobody


def test_who_comes_anew_is_found_at_once(make: Make, agree: Agree) -> None:
    for _ in range(LIMIT + 8):
        make.volunteer(languages={"en": "B2"})
    resting = make.volunteer(status=VolunteerStatus.ON_LEAVE)
    opened = make.shift_with_demand()
    agree(opened)

    newcomer = make.volunteer()
    with make.wiring.unit() as unit:
        unit.get(Volunteer, resting.id).status = VolunteerStatus.ACTIVE

    assert set(ids(agree(opened))[:2]) == {str(newcomer.id), str(resting.id)}


def test_what_changes_by_the_clock_alone_is_seen(make: Make, agree: Agree, clock: SetClock) -> None:
    asked, worked, declared = make.volunteer(), make.volunteer(), make.volunteer(renewing=True, max_per_month=9)
    for _ in range(LIMIT + 8):
        make.volunteer(languages={"en": "B1"}, valid_until=date(2028, 3, 31))
    for n in range(3):
        other = make.shift_with_demand(starts_at=_later(100 + n))
        sent = clock.now - timedelta(hours=1)
        make.offer(other, asked, OfferStatus.SENT, sent_at=sent, respond_by=sent + timedelta(days=8))
    make.assignment(make.shift_with_demand(starts_at=clock.now + timedelta(days=1), ages=(3,)), worked)
    opened = make.shift_with_demand(starts_at=clock.now + timedelta(days=170))

    assert str(asked.id) not in ids(agree(opened))
    for _ in range(2):
        clock.forward(days=7)  # a week since she was asked, then beyond the time to answer
        agree(opened)
    assert str(asked.id) in ids(agree(opened))
    for days in (85, 50, 6, 1):
        clock.forward(days=days)
        agree(opened)
    assert str(declared.id) not in ids(agree(opened)) or clock.now < opened.shift.starts_at


def test_what_the_rules_weigh_is_read_with_each_ranking(make: Make, agree: Agree) -> None:
    crowd(make)
    opened = make.shift_with_demand()
    before = agree(opened)

    with make.wiring.unit() as unit:
        for weight in unit.session.exec(select(Weight)):
            weight.points = 900 if weight.criterion == "distance" else 0

    after = agree(opened)
    assert after != before
    assert agree(opened) == after


def test_a_clock_set_back_reads_everybody(make: Make, agree: Agree, clock: SetClock) -> None:
    crowd(make)
    opened = make.shift_with_demand()
    agree(opened)

    clock.forward(hours=-1)

    assert len(agree(opened)["items"]) == LIMIT


def test_many_changes_make_a_new_roll(make: Make, agree: Agree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kept_roll.MANY", 2)
    monkeypatch.setattr("services.kept_roll.AT_ONCE", 2)
    people = crowd(make)
    opened = make.shift_with_demand()
    agree(opened)

    for one in people[:5]:
        _status(make, one)

    agree(opened)
    agree(opened)
    with make.wiring.unit(write=False) as unit:
        known = make.wiring.kept_roll._known
        assert known is not None
        assert roster_changes.since(unit, known.mark) == frozenset()
        assert {one.id for one in people[:5]}.isdisjoint(known.people)


def test_one_roll_is_made_at_a_time(make: Make, office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people, opened = [make.volunteer(), make.volunteer()], make.shift_with_demand()
    begun: list[Callable[[], None]] = []
    monkeypatch.setattr(make.wiring.kept_roll, "_beside", begun.append)

    both = [ids(ranked(office, opened)) for _ in range(2)]

    assert len(begun) == 1
    begun[0]()
    assert [*both, ids(ranked(office, opened))] == [sorted(str(one.id) for one in people)] * 3


def test_a_place_that_nobody_can_take_is_explained_by_all(make: Make, agree: Agree, looked: list[int]) -> None:
    for _ in range(6):
        make.volunteer(max_travel_km=1, district="port")
    opened = make.shift_with_demand()
    agree(opened)
    looked.clear()

    found = agree(opened)

    assert found["why_unfilled"]["sole_blockers"][0]["count"] == 6
    assert len(looked) == 3


def test_any_language_is_asked_of_everybody(make: Make, agree: Agree, looked: list[int]) -> None:
    crowd(make)
    opened = make.shift_with_demand(languages=[""], demand={"language": None, "min_level": None})
    agree(opened)
    agree(opened)

    assert len(looked) == 6


def test_waves_ask_the_best_who_were_not_asked(
    make: Make, office: Client, as_: As, looked: list[int], wiring: Wiring, clock: SetClock
) -> None:
    people = [make.volunteer(max_per_month=9 - n % 2) for n in range(15)]
    opened = make.shift_with_demand()
    ranked(office, opened)
    looked.clear()
    order = ids(ranked(office, opened, limit=9))

    first = done(ask(office, opened, top=3, cascade={"batch": 2}), 201)["items"]
    for offer, who in zip(first, order, strict=False):
        assert offer["volunteer_id"] == who
        herself = next(one for one in people if str(one.id) == who)
        done(answer(as_(herself), offer["id"], "decline"))
    clock.forward(minutes=1)  # everybody has said no
    send_waves(wiring)

    with wiring.unit(write=False) as unit:
        second = unit.session.exec(select(Offer.volunteer_id).where(Offer.wave == 2).order_by(col(Offer.rank))).all()
    assert [str(one) for one in second] == order[3:5]
    assert looked == []


def test_what_is_sent_in_one_batch_counts_as_one_ask(make: Make, office: Client, looked: list[int]) -> None:
    her = make.volunteer(languages={"vi": "C1"}, max_per_month=20)
    weaker = [make.volunteer(languages={"vi": "B1"}) for _ in range(12)]
    shifts = [make.shift_with_demand(starts_at=_later(n), languages=["vi"]) for n in range(5)]
    ranked(office, shifts[0])
    looked.clear()

    waves = [{"shift_id": str(one.shift.id), "top": 1} for one in shifts]
    done(office.post("/v1/offers/batch", json={"items": waves}), 207)

    with make.wiring.unit(write=False) as unit:
        asked = unit.session.exec(select(Offer.volunteer_id)).all()
    assert asked == [her.id] * 5
    assert looked == []
    assert weaker


def test_a_wave_that_fails_has_changed_nobody(make: Make, office: Client) -> None:
    her = make.volunteer()
    opened = make.shift_with_demand()
    others = [make.volunteer(languages={"en": "B1"}) for _ in range(9)]
    ranked(office, opened)

    refused = ask(office, opened, her, top=2)

    assert problem(refused)[0] == 422
    assert ids(ranked(office, opened))[0] == str(her.id)
    assert others


def test_changes_that_every_reader_knows_are_thrown_away(make: Make, office: Client, wiring: Wiring) -> None:
    make.volunteer()
    opened = make.shift_with_demand()
    with wiring.unit() as unit:
        mark = roster_changes.mark(unit)
        unit.rows(sa.text("UPDATE roster_change SET noted_at = 0"))

    tidy(wiring)
    make.volunteer()

    with wiring.unit(write=False) as unit:
        found = roster_changes.since(unit, mark)
        assert found is not None
        assert len(found) == 1
        old = roster_changes.Mark(mark.seen, mark.at - 24 * 3600 - 1)
        assert roster_changes.since(unit, old) is None  # it may have missed some
    ranked(office, opened)
    known = wiring.kept_roll._known
    object.__setattr__(known, "mark", old)
    assert len(ranked(office, opened)["items"]) == 2
