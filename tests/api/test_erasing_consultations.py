"""Of a consultation stays three years after it was settled what is counted, and nothing else."""

from collections.abc import Callable
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.consultation import Consultation, ConsultationIdentity
from models.referral import Referral
from services import purging
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.consulting import go
from tests.makers.doors import audited, done
from tests.makers.erasing import REASON, due, figures, purge_day, settled_today
from worker.following_up import erase_what_is_over, purge_identities

Check = Callable[[], None]


@pytest.fixture
def settled(make: Make, officer: Client) -> Consultation:
    return settled_today(make, officer)


def test_of_a_consultation_stays_after_three_years_what_is_counted(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    clock.now += relativedelta(years=3, days=-1)
    admin = as_(Role.ADMIN)
    assert erase_what_is_over(wiring) == 0
    assert due(admin, "consultations", "2028-11-09") == []
    (entry,) = due(admin, "consultations", "2028-11-10")
    assert (entry["consultation_id"], entry["no"], entry["kept_by"]) == (str(settled.id), settled.no, [])
    assert entry["fields"] == ["officer_id", "resolution", "urgent_codes"]
    assert entry["records"] == {"referral": 1, "consultation_identity": 1}

    clock.forward(days=1)
    before = figures(admin)
    assert before[-1]["total"]["referrals_heard"] == 1
    assert [erase_what_is_over(wiring) for _ in range(2)] == [1, 0]
    assert figures(admin) == before
    with wiring.unit(write=False) as unit:
        kept = unit.get(Consultation, settled.id)
        assert (kept.topics, kept.urgent_codes, kept.officer_id, kept.resolution) == (["housing"], [], None, None)
        assert unit.session.exec(select(ConsultationIdentity)).all() == []
        assert unit.session.exec(select(Referral.shared)).all() == [[]]
    assert [event.action for event in audited(wiring, settled.id)][-1] == "consultation.erase"
    check_data()


def test_a_consultation_that_goes_on_is_not_dated_and_a_hold_keeps_a_settled_one(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    path = f"/v1/consultations/{settled.id}/legal-holds"
    hold = done(as_(Role.ADMIN).post(path, json=REASON), 201)
    clock.now += relativedelta(years=3)
    admin = as_(Role.ADMIN)
    assert due(admin, "consultations", "2028-11-10")[0]["kept_by"] == ["legal_hold"]
    assert (erase_what_is_over(wiring), purge_identities(wiring)) == (0, 0)
    disclosed = admin.post(f"/v1/consultations/{settled.id}/client-disclosures", json={"purpose": "subject_request"})
    assert done(disclosed)["no"] == settled.no
    assert [one["consultation_id"] for one in done(admin.get(path))["items"]] == [str(settled.id)]
    done(go(admin, settled, "reopen"))
    assert purge_day(wiring, Consultation, settled.id) is None
    done(admin.post(f"/v1/legal-holds/{hold['id']}/lift", json=REASON))
    assert erase_what_is_over(wiring) == 0
    done(go(admin, settled, "resolve", resolution="answered"))
    done(go(admin, settled, "close"))
    assert purge_day(wiring, Consultation, settled.id) == date(2031, 11, 10)


def test_who_came_is_kept_by_a_hold_and_goes_once_it_is_lifted(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    hold = done(as_(Role.ADMIN).post(f"/v1/consultations/{settled.id}/legal-holds", json=REASON), 201)
    clock.forward(days=31)
    assert purge_identities(wiring) == 0
    with wiring.unit() as unit:
        purging.forget(unit, unit.session.exec(select(ConsultationIdentity)).one())
    done(as_(Role.ADMIN).post(f"/v1/legal-holds/{hold['id']}/lift", json=REASON))
    assert [purge_identities(wiring) for _ in range(2)] == [1, 0]
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(ConsultationIdentity)).all() == []
