"""Schools in the demo: a term to be filled, pupils whose families know the next day, and advice that is followed."""

from collections import Counter

from sqlmodel import col, select

from models.advisory_visit import AdvisoryFinding, AdvisoryVisit
from models.dispatch_request import DispatchRequest
from models.school_referral import SchoolReferral
from models.schooling import DeadlineNotice, SchoolStageChange
from services.demo.schooling import MORNINGS, PUPILS
from services.unit import Unit


def test_a_term_of_mornings_is_accepted_and_open(seen: Unit) -> None:
    term = seen.session.exec(select(DispatchRequest).where(col(DispatchRequest.series_id).is_not(None))).all()
    assert [row.status for row in term] == ["matching"] * MORNINGS
    assert len({seen.local_day(row.starts_at).weekday() for row in term}) == 1


def test_families_were_told_of_the_day_that_is_near(seen: Unit) -> None:
    told = seen.session.exec(select(DeadlineNotice)).all()
    assert Counter(row.code for row in told) == {"documents_ready": PUPILS}
    assert len(seen.session.exec(select(SchoolStageChange)).all()) == 46


def test_advice_and_referrals_stand_in_their_states(seen: Unit) -> None:
    assert Counter(seen.session.exec(select(AdvisoryVisit.status))) == {"held": 1, "planned": 1}
    assert Counter(seen.session.exec(select(AdvisoryFinding.status))) == {"open": 1, "done": 1}
    assert {(row.direction, row.outcome) for row in seen.session.exec(select(SchoolReferral))} == {
        ("from_school", "taken_in"),
        ("to_school", None),
    }
