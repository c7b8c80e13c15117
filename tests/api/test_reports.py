"""Two reports end a dispatch: each side's own, or done without; nothing waits for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.organization import Organization
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from services.report_reminding import remind_of_reports as remind
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, on_shift, problem, settle, standing_of
from tests.makers.work import VISIT, Opened
from worker.following_up import remind_of_reports
from worker.passing import move_shifts

Check = Callable[[], None]
END = VISIT + timedelta(hours=2)
TIMES = {"actual_start": "2025-11-20T10:05:00+09:00", "actual_end": "2025-11-20T11:50:00+09:00"}


@pytest.fixture
def opened(make: Make, centre: Organization) -> Opened:
    return make.shift_with_demand(owner=centre, ages=(3, 4))


@pytest.fixture
def stands(make: Make, opened: Opened, mai: Volunteer, clock: SetClock) -> Assignment:
    made = make.assignment(opened, mai)
    clock.now = END
    return made


def hers(caller: Client, stands: Assignment, **over: Any) -> httpx2.Response:
    return settle(caller, stands, "report", **{**TIMES, **over})


def theirs(caller: Client, opened: Opened, **over: Any) -> httpx2.Response:
    return caller.post(f"/v1/dispatch-requests/{opened.request.id}/report", json={**TIMES, **over})


def ask(caller: Client, opened: Opened, verb: str, **body: Any) -> httpx2.Response:
    return caller.post(f"/v1/dispatch-requests/{opened.request.id}/{verb}", json=body)


def actions(caller: Client, opened: Opened) -> list[str]:
    shown: list[str] = done(caller.get(f"/v1/dispatch-requests/{opened.request.id}"))["actions"]
    return shown


def test_both_reports_complete_it_and_the_office_puts_it_away(  # noqa: PLR0913, PLR0917 - fixtures
    as_: As,
    clerk: Client,
    office: Client,
    mai: Volunteer,
    opened: Opened,
    stands: Assignment,
    wiring: Wiring,
    check_data: Check,
) -> None:
    mine = done(hers(as_(mai), stands, outcome="shorter", difficulties=["pace"], coordinator_note="資料がほしい"))

    assert (mine["minutes"], mine["kind"], mine["difficulties"]) == (105, "volunteer", ["pace"])
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    assert on_shift(wiring, opened) == [(mai.id, "completed", True)]
    assert actions(clerk, opened) == ["report"]
    assert actions(office, opened) == ["report", "waive-report"]

    served = [{"n": 1, "served": "on_site"}, {"n": 2, "served": "not_at_all"}]
    done(theirs(clerk, opened, families=served))

    assert standing_of(wiring, opened)[1] is RequestStatus.COMPLETED
    shown = done(clerk.get(f"/v1/dispatch-requests/{opened.request.id}"))
    assert [family["served"] for family in shown["clients"]] == ["on_site", "not_at_all"]
    assert (actions(clerk, opened), actions(office, opened)) == (["correct-report"], ["correct-report", "close"])
    assert done(ask(office, opened, "close"))["status"] == "closed"
    assert problem(ask(office, opened, "close")) == (409, "REQ_STATE")
    check_data()


def test_the_institution_may_be_first(  # noqa: PLR0913, PLR0917 - fixtures
    as_: As, clerk: Client, mai: Volunteer, opened: Opened, stands: Assignment, wiring: Wiring, check_data: Check
) -> None:
    done(theirs(clerk, opened))
    assert actions(clerk, opened) == ["correct-report"]
    assert "report" in done(as_(mai).get(f"/v1/assignments/{stands.id}"))["actions"]
    done(hers(as_(mai), stands))
    assert "report" not in done(as_(mai).get(f"/v1/assignments/{stands.id}"))["actions"]
    assert standing_of(wiring, opened)[1] is RequestStatus.COMPLETED
    check_data()


def test_everybody_who_held_to_the_end_reports(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, as_: As, clerk: Client, office: Client, centre: Organization, wiring: Wiring, clock: SetClock
) -> None:
    opened, rin = make.shift_with_demand(owner=centre, places=2), make.volunteer()
    first, second = make.assignment(opened, make.volunteer()), make.assignment(opened, rin)
    clock.now = END
    done(theirs(clerk, opened))
    done(hers(as_(rin), second))
    assert standing_of(wiring, opened)[1] is RequestStatus.AWAITING_REPORT

    done(settle(office, first, "no-show", party="volunteer"))  # who did not come owes nothing

    assert standing_of(wiring, opened)[1] is RequestStatus.COMPLETED


def test_nobody_reports_before_the_end(  # noqa: PLR0913, PLR0917 - fixtures
    as_: As, clerk: Client, office: Client, opened: Opened, stands: Assignment, mai: Volunteer, clock: SetClock
) -> None:
    for moment in (VISIT - timedelta(days=1), END - timedelta(seconds=1)):
        clock.now = moment
        assert problem(hers(as_(mai), stands)) == (409, "REP_TOO_EARLY")
        assert problem(theirs(clerk, opened)) == (409, "REP_TOO_EARLY")
        waived = ask(office, opened, "waive-report", party="volunteer", reason="電話で確認")
        assert problem(waived) == (409, "REP_TOO_EARLY")
        assert "report" not in actions(clerk, opened)


@pytest.mark.parametrize(
    "times",
    [
        {"actual_end": "2025-11-20T10:05:00+09:00"},
        {"actual_end": "2025-11-20T09:00:00+09:00"},
        {"actual_start": "2025-11-20T03:49:00+09:00"},
        {"actual_end": "2025-11-20T12:01:00+09:00"},
        {"actual_start": "2025-11-19T22:00:00+09:00", "actual_end": "2025-11-20T00:30:00+09:00"},
    ],
    ids=["no time", "backwards", "over 8 hours", "still to come", "another day"],
)
def test_times_that_cannot_be(
    as_: As, clerk: Client, opened: Opened, stands: Assignment, mai: Volunteer, times: dict[str, str]
) -> None:
    assert problem(hers(as_(mai), stands, **times)) == (422, "REP_TIMES")
    assert problem(theirs(clerk, opened, **times)) == (422, "REP_TIMES")


def test_each_reports_once(as_: As, clerk: Client, opened: Opened, stands: Assignment, mai: Volunteer) -> None:
    done(hers(as_(mai), stands))
    assert problem(hers(as_(mai), stands)) == (409, "REP_EXISTS")
    done(theirs(clerk, opened))
    assert problem(theirs(clerk, opened)) == (409, "REQ_STATE")  # it is completed by now


@pytest.mark.usefixtures("stands")
def test_the_institution_reports_once_while_it_waits(clerk: Client, opened: Opened) -> None:
    done(theirs(clerk, opened))
    assert problem(theirs(clerk, opened)) == (409, "REP_EXISTS")


def test_notes_hold_nobody_s_details(
    as_: As, clerk: Client, opened: Opened, stands: Assignment, mai: Volunteer
) -> None:
    note = [("/coordinator_note", "REQ_FREE_TEXT_PII")]
    assert faults(hers(as_(mai), stands, coordinator_note="076-000-0000に電話を")) == note
    assert faults(theirs(clerk, opened, families=[{"n": 3, "served": "on_site"}])) == [
        ("/families/0/n", "FIELD_REFERENCE")
    ]
    warned = done(hers(as_(mai), stands, coordinator_note="薬の話が難しかった"))
    assert [warning["code"] for warning in warned["warnings"]] == ["REQ_FREE_TEXT_PII"]


def test_what_a_side_tells_the_office_stays_between_them(
    as_: As, clerk: Client, office: Client, opened: Opened, stands: Assignment, mai: Volunteer
) -> None:
    private = {"difficulties": ["strain"], "follow_up_wanted": True, "coordinator_note": "次は二人で"}
    done(hers(as_(mai), stands, **private))
    done(theirs(clerk, opened, **private))
    listed = {caller: done(caller.get(f"/v1/dispatch-requests/{opened.request.id}/reports"))["items"]
              for caller in (clerk, office)}  # fmt: skip

    def told(report: dict[str, Any]) -> bool:
        return all(report[name] == value for name, value in private.items())

    assert [(one["kind"], told(one)) for one in listed[office]] == [("volunteer", True), ("requester", True)]
    assert [(one["kind"], told(one)) for one in listed[clerk]] == [("volunteer", False), ("requester", True)]
    hidden = listed[clerk][0]
    assert {name: hidden[name] for name in private} == dict.fromkeys(private)
    assert (hidden["minutes"], hidden["outcome"]) == (105, "as_planned")
    path = f"/v1/assignments/{stands.id}/report"
    assert (told(done(as_(mai).get(path))), told(done(clerk.get(path)))) == (True, False)


def test_reports_of_others_do_not_exist(
    make: Make, as_: As, office: Client, opened: Opened, stands: Assignment
) -> None:
    rin, other = as_(make.volunteer()), as_(Role.REQUESTER)
    assert problem(hers(rin, stands)) == (404, "NOT_FOUND")
    assert problem(theirs(other, opened)) == (404, "NOT_FOUND")
    assert problem(other.get(f"/v1/dispatch-requests/{opened.request.id}/reports")) == (404, "NOT_FOUND")
    assert problem(theirs(rin, opened)) == (403, "NOT_PERMITTED")
    assert problem(office.get(f"/v1/assignments/{stands.id}/report")) == (404, "NOT_FOUND")  # there is none yet


def test_staff_write_down_what_came_by_telephone(
    office: Client, opened: Opened, stands: Assignment, mai: Volunteer, centre: Organization, wiring: Wiring
) -> None:
    assert problem(hers(office, stands)) == (403, "NOT_PERMITTED")
    heard = by_phone(mai, "2025-11-20T11:55:00+09:00")
    report = done(hers(office, stands, on_behalf=heard))
    done(theirs(office, opened, on_behalf={**heard, "of": str(centre.id)}))

    (event,) = audited(wiring, report["id"])
    assert (event.action, (event.on_behalf or {})["channel"]) == ("activity_report.volunteer", "phone")
    assert standing_of(wiring, opened)[1] is RequestStatus.COMPLETED


@pytest.mark.usefixtures("stands")
def test_a_report_that_never_comes_is_done_without(
    clerk: Client, office: Client, opened: Opened, mai: Volunteer, wiring: Wiring, check_data: Check
) -> None:
    done(theirs(clerk, opened))
    waiver = {"party": "volunteer", "reason": "長く連絡がつかないため"}
    assert problem(ask(clerk, opened, "waive-report", **waiver)) == (403, "NOT_PERMITTED")
    leaky = {**waiver, "reason": "090-0000-0000が不通"}
    assert faults(ask(office, opened, "waive-report", **leaky)) == [("/reason", "REQ_FREE_TEXT_PII")]
    other_side = ask(office, opened, "waive-report", party="requester", reason="不要")
    assert problem(other_side) == (409, "REP_EXISTS")

    after = done(ask(office, opened, "waive-report", **waiver))

    assert after["status"] == "completed"
    assert [(one["party"], one["reason"], one["by"]) for one in after["waived_reports"]] == [
        ("volunteer", "長く連絡がつかないため", str(office.account.id))
    ]
    assert on_shift(wiring, opened) == [(mai.id, "completed", True)]
    shown = done(clerk.get(f"/v1/dispatch-requests/{opened.request.id}"))
    assert shown["waived_reports"][0]["by"] is None
    assert problem(ask(office, opened, "waive-report", **waiver)) == (409, "REQ_STATE")
    check_data()


def test_both_may_be_done_without(as_: As, office: Client, opened: Opened, stands: Assignment, mai: Volunteer) -> None:
    first = done(ask(office, opened, "waive-report", party="requester", reason="口頭で確認"))
    assert (first["status"], first["actions"]) == ("awaiting_report", ["waive-report"])
    assert done(ask(office, opened, "waive-report", party="volunteer", reason="口頭で確認"))["status"] == "completed"
    assert done(hers(as_(mai), stands))["minutes"] == 105  # a late one is welcome all the same


@pytest.mark.parametrize("status", [RequestStatus.DRAFT, RequestStatus.CANCELLED, RequestStatus.UNFILLED])
def test_where_nothing_took_place_nothing_is_reported(
    make: Make, clerk: Client, office: Client, centre: Organization, status: RequestStatus, clock: SetClock
) -> None:
    request = make.request(status=status, owner=centre)
    clock.now = END
    path = f"/v1/dispatch-requests/{request.id}"
    assert problem(clerk.post(f"{path}/report", json=TIMES)) == (409, "REQ_STATE")
    waiver = {"party": "requester", "reason": "不要"}
    assert problem(office.post(f"{path}/waive-report", json=waiver)) == (409, "REQ_STATE")
    assert problem(office.post(f"{path}/close", json={})) == (409, "REQ_STATE")


@pytest.mark.parametrize("status", [AssignmentStatus.WITHDRAWN, AssignmentStatus.NO_SHOW])
def test_who_was_not_there_does_not_report(make: Make, as_: As, clock: SetClock, status: AssignmentStatus) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai, status, end_reason="client")
    clock.now = END
    assert problem(hers(as_(mai), stands)) == (409, "ASG_STATE")


def test_a_correction_can_be_all_that_was_missing(
    clerk: Client, office: Client, opened: Opened, stands: Assignment, wiring: Wiring
) -> None:
    done(ask(office, opened, "waive-report", party="volunteer", reason="口頭で確認"))
    done(settle(office, stands, "no-show", party="client"))
    assert problem(theirs(clerk, opened)) == (409, "REQ_STATE")
    done(settle(office, stands, "correct-no-show", party=None, reason="行き違い"))
    assert standing_of(wiring, opened)[1] is RequestStatus.AWAITING_REPORT
    done(theirs(clerk, opened))
    assert standing_of(wiring, opened)[1] is RequestStatus.COMPLETED


def test_a_shift_of_no_request_is_reported_too(as_: As, stands: Assignment, mai: Volunteer, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        unit.get(Shift, stands.shift_id).source_type = "event"
    report = done(hers(as_(mai), stands))
    assert (report["request_id"], report["assignment_id"]) == (None, str(stands.id))


def overdue(wiring: Wiring, clock: SetClock, days: int) -> list[tuple[str, Any]]:
    """Return what is told at this many days after the end."""
    before = len(notices_of(wiring))
    clock.now = END + timedelta(days=days)
    move_shifts(wiring)
    remind_of_reports(wiring)
    return notices_of(wiring)[before:]


def test_who_owes_a_report_is_reminded_and_then_the_office_is_told(  # noqa: PLR0913, PLR0917 - fixtures
    as_: As,
    clerk: Client,
    office: Client,
    stands: Assignment,
    mai: Volunteer,
    wiring: Wiring,
    clock: SetClock,
) -> None:
    both = [("report_overdue_volunteer", mai.id), ("report_overdue_requester", clerk.account.id)]

    assert overdue(wiring, clock, 2) == []
    assert overdue(wiring, clock, 3) == both
    assert overdue(wiring, clock, 4) == []
    done(hers(as_(mai), stands))
    assert overdue(wiring, clock, 7) == both[1:]
    assert overdue(wiring, clock, 14) == [("office_report_overdue", office.account.id)]
    assert overdue(wiring, clock, 30) == []


@pytest.mark.usefixtures("stands")
def test_after_a_pause_the_latest_reminder_is_enough(
    clerk: Client, opened: Opened, mai: Volunteer, wiring: Wiring, clock: SetClock
) -> None:
    done(theirs(clerk, opened))
    assert overdue(wiring, clock, 9) == [("report_overdue_volunteer", mai.id)]


@pytest.mark.usefixtures("stands")
def test_what_was_reported_meanwhile_is_left_alone(clerk: Client, opened: Opened, wiring: Wiring) -> None:

    with wiring.unit() as unit:
        remind(unit, unit.lock(DispatchRequest, opened.request.id))  # it has not even begun for the sweep
    done(theirs(clerk, opened))
    with wiring.unit() as unit:
        remind(unit, unit.lock(DispatchRequest, opened.request.id))  # nothing is overdue yet
    assert notices_of(wiring) == []


def test_each_side_corrects_its_report_until_the_request_is_put_away(  # noqa: PLR0913, PLR0917 - fixtures
    as_: As, make: Make, clerk: Client, office: Client, mai: Volunteer, opened: Opened, stands: Assignment,
    wiring: Wiring, check_data: Check,
) -> None:  # fmt: skip
    she = as_(mai)
    longer = {**TIMES, "actual_end": "2025-11-20T12:00:00+09:00"}
    assert problem(settle(she, stands, "correct-report", **TIMES)) == (409, "ASG_STATE")
    first = done(hers(she, stands))
    assert "correct-report" in done(she.get(f"/v1/assignments/{stands.id}"))["actions"]
    assert problem(ask(clerk, opened, "correct-report", **TIMES)) == (404, "NOT_FOUND")  # there is none yet
    assert actions(clerk, opened) == ["report"]

    mended = done(settle(she, stands, "correct-report", **longer))

    assert (mended["id"], mended["minutes"], first["minutes"]) == (first["id"], 115, 105)
    assert problem(settle(office, stands, "correct-report", **TIMES)) == (403, "NOT_PERMITTED")
    done(settle(office, stands, "correct-report", **longer, on_behalf=by_phone(mai, "2025-11-20T11:55:00+09:00")))
    assert problem(settle(she, stands, "correct-report", **{**TIMES, "actual_end": "2025-11-20T09:00:00+09:00"})) == (
        422,
        "REP_TIMES",
    )
    assert problem(settle(as_(make.volunteer()), stands, "correct-report", **TIMES)) == (404, "NOT_FOUND")
    done(theirs(clerk, opened, families=[{"n": 1, "served": "on_site"}]))
    done(ask(clerk, opened, "correct-report", **TIMES, families=[{"n": 1, "served": "fallback"}]))
    shown = done(clerk.get(f"/v1/dispatch-requests/{opened.request.id}"))
    assert [family["served"] for family in shown["clients"]] == ["fallback", None]
    done(ask(office, opened, "close"))
    assert problem(ask(clerk, opened, "correct-report", **TIMES)) == (409, "REQ_STATE")
    assert problem(settle(she, stands, "correct-report", **TIMES)) == (409, "REQ_STATE")
    assert "correct-report" not in done(she.get(f"/v1/assignments/{stands.id}"))["actions"]
    assert [event.fields for event in audited(wiring, first["id"])] == [[], ["actual_end", "minutes"], []]
    check_data()


@pytest.mark.usefixtures("stands")
def test_what_is_done_without_is_neither_reported_nor_corrected(clerk: Client, office: Client, opened: Opened) -> None:
    done(ask(office, opened, "waive-report", party="requester", reason="電話で確認"))

    assert actions(clerk, opened) == []
