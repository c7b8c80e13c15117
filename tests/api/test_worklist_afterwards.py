"""The worklist about what is over: reports that do not come, expenses to settle, incidents to see to."""

from datetime import timedelta

from models.account import Role
from models.assignment import AssignmentStatus
from models.dispatch_request import RequestStatus
from models.expense import ExpenseStatus
from models.incident import IncidentStatus
from models.shift import ShiftStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done
from tests.makers.listed import brief, codes, follow, listed, only
from tests.makers.work import VISIT


def test_reports_that_do_not_come_are_the_office_s_after_two_weeks(make: Make, office: Client, clock: SetClock) -> None:
    request = make.request(status=RequestStatus.AWAITING_REPORT, places=2)
    opened = make.shift_with_demand(request=request, status=ShiftStatus.ENDED)
    make.assignment(opened, make.volunteer(), AssignmentStatus.COMPLETED)
    clock.now = opened.shift.ends_at + timedelta(days=14, seconds=-1)
    assert listed(office) == []
    clock.forward(seconds=1)

    entry = only(office)

    assert brief(entry) == ("report_late", "2025-12-05T17:00", "POST", "waive-report", False)
    assert entry["object"] == {"type": "dispatch_request", "id": str(request.id), "no": request.request_no}
    assert "依頼者、ボランティア" in entry["because"]["detail"]
    done(follow(office, entry["verb"], {"party": "volunteer", "reason": "病気のため"}))
    assert "ボランティア" not in only(office)["because"]["detail"]
    done(follow(office, entry["verb"], {"party": "requester", "reason": "電話で確認"}))
    assert listed(office) == []


def test_a_claim_goes_from_hand_to_hand(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    admin, opened = as_(Role.ADMIN), make.shift_with_demand()
    stood = make.assignment(opened, make.volunteer(), AssignmentStatus.COMPLETED)
    clock.now = VISIT + timedelta(days=1)
    claim = make.expense_claim(stood, ExpenseStatus.SUBMITTED)

    entry = only(office)

    assert brief(entry) == ("expense_to_propose", "2025-11-25T17:00", "POST", "propose", False)
    assert entry["object"] == {"type": "expense_claim", "id": str(claim.id), "no": opened.request.request_no}
    assert codes(admin) == ["expense_to_propose"]
    done(follow(office, entry["verb"]))
    assert listed(office) == []
    entry = only(admin)
    assert brief(entry) == ("expense_to_approve", "2025-11-25T17:00", "POST", "approve", False)
    done(follow(admin, entry["verb"]))
    assert listed(admin) == []


def test_nobody_settles_her_own_expenses(make: Make, as_: As) -> None:
    person = make.person()
    stood = make.assignment(make.shift_with_demand(), make.volunteer(person=person), AssignmentStatus.COMPLETED)
    make.expense_claim(stood, ExpenseStatus.SUBMITTED)

    assert listed(as_(make.account(Role.COORDINATOR, person=person))) == []


def test_a_serious_incident_is_seen_to_within_hours(make: Make, office: Client) -> None:
    serious = make.incident(severity=3)
    make.incident(severity=2)
    make.incident(severity=4, status=IncidentStatus.CLOSED)

    entry = only(office)

    assert brief(entry) == ("incident_open", "2025-11-10T11:00", "POST", "close", True)
    assert entry["object"] == {"type": "incident", "id": str(serious.id), "no": None}
    done(follow(office, entry["verb"], {"reason": "対応を終えました"}))
    assert listed(office) == []
