"""What the tour and the explanations need: an offer, a claim, and who is barred by what, computed by hand."""

from typing import Any

from sqlmodel import col, select

from models.account import Account, Role
from models.assignment import Assignment, AssignmentStatus
from models.competence import VolunteerLanguage
from models.dispatch_request import DispatchRequest, RequestStatus
from models.expense import ExpenseClaim, ExpenseStatus
from models.fallback import Fallback, FallbackChannel
from models.offer import Offer, OfferStatus
from models.person import Person
from models.shift import GenderWanted, Shift, ShiftStatus
from models.volunteer import Volunteer
from services import matching, shifting
from services.actor import Actor
from services.paging import Ask
from services.unit import Unit


def test_requests_tell_their_stories(seen: Unit) -> None:
    one_by_one = select(DispatchRequest).where(col(DispatchRequest.series_id).is_(None))
    requests = seen.session.exec(one_by_one).all()
    shifts = {row.source_id: row for row in seen.session.exec(select(Shift))}
    assignments = seen.session.exec(select(Assignment).order_by(col(Assignment.id))).all()

    late = [row for row in requests if [entry["code"] for entry in row.overrides] == ["REQ_LEAD"]]
    paired = [row for row in requests if row.continuity_of]
    by_gender = [row for row in requests if row.gender_requirement is GenderWanted.FEMALE]
    assert (len(late), len(paired), len(by_gender)) == (1, 1, 1)
    (substituted,) = [row for row in assignments if row.status is AssignmentStatus.WITHDRAWN]
    assert [row.status for row in assignments if row.shift_id == substituted.shift_id] == ["withdrawn", "confirmed"]
    (no_show,) = [row for row in assignments if row.status is AssignmentStatus.NO_SHOW]
    assert no_show.end_reason == "client"
    ended = [shifts[row.id].status for row in requests if row.starts_at < seen.now]
    assert ended == [ShiftStatus.ENDED] * 7


def _actor_of(unit: Unit, email: str) -> Actor:
    account = unit.session.exec(select(Account).where(Account.email == email)).one()
    volunteer_id = unit.session.exec(select(Volunteer.id).where(Volunteer.person_id == account.person_id)).one()
    return Actor(account.id, frozenset({Role.VOLUNTEER}), None, volunteer_id, account.person_id)


def test_the_volunteer_has_an_offer_and_a_shift_to_claim(seen: Unit) -> None:
    seen.actor = _actor_of(seen, "volunteer@example.jp")
    offers = select(Offer).where(Offer.volunteer_id == seen.actor.volunteer_id, Offer.status == OfferStatus.SENT)

    claimable = shifting.list_shifts(seen, Ask(), shifting.ShiftFilters(claimable=True)).items

    assert [offer.respond_by > seen.now for offer in seen.session.exec(offers)] == [True]
    assert "infant_checkup" in {shift.service_type for shift in claimable}
    assert {"claim"} <= {action for shift in claimable for action in shift.actions}


def _why(unit: Unit, language: str, *statuses: RequestStatus) -> tuple[Any, dict[str, list[str]]]:
    """Return the explanation of the one request in a language, and what bars each of its speakers, by name."""
    unit.actor = Actor(None, frozenset({Role.COORDINATOR}))
    request = next(
        row
        for row in unit.session.exec(select(DispatchRequest).order_by(col(DispatchRequest.starts_at)))
        if row.languages == [language] and row.status in statuses
    )
    shift = unit.session.exec(select(Shift).where(Shift.source_id == request.id)).one()
    view = matching.candidates(unit, shift.id, demand_id=None, limit=200, include_ineligible=True)
    names = dict(unit.session.exec(select(Volunteer.id, Person.full_name).join(Person)).all())
    speakers = set(unit.session.exec(select(VolunteerLanguage.volunteer_id).where(VolunteerLanguage.tag == language)))
    assert len(view.items) == 52 + 4 + 9
    bars = {
        str(names[one.volunteer_id]): [*(bar.code for bar in one.violations), *one.consent_needed]
        for one in view.items
        if one.volunteer_id in speakers
    }
    return view.why_unfilled, bars


def test_nobody_speaks_bengali(seen: Unit) -> None:
    why, bars = _why(seen, "bn", RequestStatus.UNFILLED)

    assert bars == {}
    assert (why.kind, why.speakers, why.eligible, why.sole_blockers) == ("nobody_speaks", 0, 0, [])


def test_the_only_speaker_of_burmese_lacks_a_certificate(seen: Unit) -> None:
    why, bars = _why(seen, "my", RequestStatus.MATCHING)

    assert bars == {"Thida Win": ["ASG_NO_CERT"]}
    assert (why.kind, why.speakers, why.eligible, why.relaxation) == ("all_barred", 1, 0, "ASG_NO_CERT")
    assert [(blocker.code, blocker.count) for blocker in why.sole_blockers] == [("ASG_NO_CERT", 1)]


def test_one_of_four_speakers_of_vietnamese_can_come(seen: Unit) -> None:
    why, bars = _why(seen, "vi", RequestStatus.MATCHING)

    assert bars == {
        "Nguyen Thi Lan": [],
        "Tran Thi Hoa": ["ASG_NO_CERT"],
        "Le Thi Mai": ["ASG_OVERLAP"],
        "Pham Van Minh": ["ASG_NO_INSURANCE"],
    }
    assert why is None  # somebody can come, so nothing is to be explained


def test_both_speakers_of_nepali_lack_the_step(seen: Unit) -> None:
    why, bars = _why(seen, "ne", RequestStatus.UNFILLED)

    assert bars == {"Sita Gurung": ["ASG_NO_CERT"], "Anil Shrestha": ["ASG_NO_CERT"]}
    assert (why.kind, why.speakers, why.eligible) == ("all_barred", 2, 0)


def test_where_nobody_can_come_another_way_is_arranged(seen: Unit) -> None:
    rows = seen.session.exec(select(DispatchRequest, Fallback).join(Fallback)).all()

    assert {(request.languages[0], request.status, fallback.channel) for request, fallback in rows} == {
        ("bn", RequestStatus.UNFILLED, FallbackChannel.VIDEO),
        ("ne", RequestStatus.UNFILLED, FallbackChannel.PHONE),
    }


def test_one_expense_claim_is_paid_and_one_waits(seen: Unit) -> None:
    claims = seen.session.exec(select(ExpenseClaim).order_by(col(ExpenseClaim.transport_jpy))).all()
    assert [(one.status, one.transport_jpy, one.honorarium_jpy) for one in claims] == [
        (ExpenseStatus.SUBMITTED, 420, 2300),
        (ExpenseStatus.PAID, 640, 2300),
    ]
