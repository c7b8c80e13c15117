"""A link in a mail leads to what the mail is about, and whoever it was written to may follow it."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from api.db import Wiring
from models.account import Role
from models.advisory_visit import VisitStatus
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from services.wording import LANGUAGES, catalogue
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, done, settle
from tests.makers.gatherings import EVENTS, LECTURES, asked_for, verb, wanted
from tests.makers.recruits import step
from tests.makers.school_days import EXAM, aim, pupil
from tests.makers.work import VISIT
from tests.outbox import mails, notices, text_of
from worker.deliver import deliver_due
from worker.following_up import remind_of_findings, remind_of_reports, tell_of_deadlines
from worker.passing import move_shifts
from worker.registrations import prompt_for_hours
from worker.reminding import remind_silent

ONE_TIME: Final = frozenset({"account_invitation", "password_reset", "setup"})
"""Their links are made on sending: see test_mail."""
_SHIFT: Final = "/v1/shifts/ID"
LEADS: Final[Mapping[str, str]] = {
    "offer_sent": _SHIFT,
    "offers_sent_many": r"/v1/me/offers\?status=sent",
    "assignment_confirmed": _SHIFT,
    "assignment_tentative": _SHIFT,
    "assignment_changed": _SHIFT,
    "assignment_reconfirm": _SHIFT,
    "reminder_week": _SHIFT,
    "reminder_day": _SHIFT,
    "message_to_volunteer": "/v1/assignments/ID/messages",
    "message_to_requester": "/v1/assignments/ID/messages",
    "activity_message": "/v1/assignments/ID/messages",
    "report_overdue_volunteer": "/v1/assignments/ID",
    "report_overdue_requester": "/v1/dispatch-requests/ID",
    "availability_call": "/v1/me/availability-calls/ID",
    "availability_call_reminder": "/v1/me/availability-calls/ID",
    "availability_prompt": "/v1/volunteers/ID/availability",
    "training_applied": "/v1/training-enrollments/ID",
    "training_waitlisted": "/v1/training-enrollments/ID",
    "training_accepted": "/v1/training-enrollments/ID",
    "training_seat_offered": "/v1/training-enrollments/ID",
    "consent_revoked": "/v1/learners/ID",
    "pairings_resting": r"/v1/pairings\?status=paused",
    "pairings_waiting": r"/v1/pairings\?status=paused",
    "pairings_ended": r"/v1/pairings\?status=ended",
    "deadline_near_manager": "/v1/learners/ID",
    "deadline_moved_manager": "/v1/learners/ID",
    "deadline_gone_manager": "/v1/learners/ID",
    "advisory_visit_held": "/v1/advisory-visits/ID/findings",
    "finding_given": "/v1/advisory-visits/ID/findings",
    "finding_due": "/v1/advisory-visits/ID/findings",
    "host_proposed": "/v1/host-stays/ID",
    "host_accepted": "/v1/host-stays/ID",
    "host_confirmed": "/v1/host-stays/ID",
    "host_wanted": "/v1/host-stays/ID",
    "class_put_off": "/v1/shifts/ID",
    "class_put_off_asked": "/v1/shifts/ID",
    "drill_announced": r"/v1/shifts(/ID|\?activity=event&open=true)",
    "office_lecture_requested": "/v1/lecture-engagements/ID",
    "lecture_confirmed": "/v1/lecture-engagements/ID",
}
"""Where the link of each text leads."""
_LINK: Final = re.compile(r"http://127\.0\.0\.1:8000(\S*)")


def followed(wiring: Wiring, *readers: Client) -> set[str]:
    """Send what is due, and follow each link as whoever it went to; the kinds whose links were followed."""
    deliver_due(wiring)
    whose = {one.account.email: one for one in readers}
    kinds = {str(one.id): one.kind for one in notices(wiring)}
    linked = [(kinds[mail["Message-ID"].strip("<>").partition("@")[0]], mail) for mail in mails(wiring)]
    for kind, mail in linked:
        if kind in LEADS:
            (path,) = _LINK.findall(text_of(mail))
            assert re.fullmatch(LEADS[kind].replace("ID", "[0-9a-f-]{36}"), path), (kind, path)
            assert whose[mail["To"]].get(path).status_code == 200, (kind, path)
    return {kind for kind, _ in linked if kind in LEADS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_each_text_with_a_link_it_is_known_where_it_leads(language: str) -> None:
    """Whoever writes a new one puts the link into its facts, and it down here."""
    linked = {code for code, text in catalogue(language)["notices"].items() if "{link}" in text}
    assert linked == {f"{kind}_body" for kind in {*LEADS, *ONE_TIME}}


def test_links_of_a_dispatch_lead_to_its_shift_and_its_papers(
    make: Make, as_: As, office: Client, mai: Volunteer, wiring: Wiring, clock: SetClock
) -> None:
    centre = make.organization()
    clerk, she = as_(Role.REQUESTER, organization=centre), as_(mai)
    opened = make.shift_with_demand(owner=centre)
    offers = done(ask(office, opened, mai), 201)
    done(answer(she, offers["items"][0]["id"], "accept"))
    (held,) = done(she.get("/v1/assignments"))["items"]
    assert followed(wiring, she) == {"offer_sent", "assignment_confirmed"}
    clock.now = VISIT - timedelta(minutes=20)
    done(settle(she, held["id"], "messages", code="late_10"), 201)
    done(settle(office, held["id"], "messages", code="other", text="一階へどうぞ", to="volunteer"), 201)
    assert {"message_to_requester", "message_to_volunteer"} <= followed(wiring, clerk, she)
    clock.now = VISIT + timedelta(days=4)
    move_shifts(wiring)
    remind_of_reports(wiring)
    assert {"report_overdue_volunteer", "report_overdue_requester"} <= followed(wiring, clerk, she)


def test_a_month_of_offers_is_answered_where_its_one_link_leads(
    make: Make, as_: As, office: Client, mai: Volunteer, wiring: Wiring
) -> None:
    she = as_(mai)
    waves = [
        {"shift_id": str(one.shift.id), "volunteer_ids": [str(mai.id)]}
        for one in (make.shift_with_demand(starts_at=VISIT + timedelta(days=day)) for day in range(2))
    ]
    done(office.post("/v1/offers/batch", json={"items": waves}), 207)
    assert followed(wiring, she) == {"offers_sent_many"}


def test_links_to_managers_lead_to_the_finding_and_the_learner(
    make: Make, as_: As, office: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    visit, linh = make.visit(make.classroom(owner=owner)), pupil(make, owner, consents=())
    planned = make.visit(make.classroom(owner=owner), VisitStatus.PLANNED)
    done(manager.post(f"/v1/advisory-visits/{planned.id}/hold"))
    make.consent(linh)
    finding = {"text": "教材を絵で示す", "owner_id": str(manager.account.id), "due_on": "2025-11-17"}
    done(office.post(f"/v1/advisory-visits/{visit.id}/findings", json=finding), 201)
    done(office.post("/v1/school-deadlines", json={**EXAM, "due_on": "2025-11-20"}), 201)
    done(aim(manager, linh), 201)
    photo = make.consent(make.learner(owner, consents=()))
    done(manager.post(f"/v1/learners/{photo.learner_id}/consents/{photo.id}/revoke"))
    tell_of_deadlines(wiring)
    kinds = {"advisory_visit_held", "finding_given", "deadline_near_manager", "consent_revoked"}
    assert followed(wiring, manager, office) == kinds
    clock.forward(days=7)
    remind_of_findings(wiring)
    assert "finding_due" in followed(wiring, manager, office)


def test_links_about_pairings_that_rest_or_ended_lead_to_them(
    make: Make, as_: As, office: Client, owner: Organization, wiring: Wiring
) -> None:
    manager, tutor = as_(Role.CLASSROOM_MANAGER, organization=owner), make.tutor()
    make.pairing(make.learner(owner), tutor)
    for name in ("take-leave", "return", "withdraw"):
        done(step(office, tutor, name))
    kinds = {"pairings_resting", "pairings_waiting", "pairings_ended"}
    assert followed(wiring, manager) & kinds == kinds


def test_links_about_a_guest_lead_to_the_stay(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    head = make.head()
    she, stay = as_(head), make.stay()
    for caller, verb_of, body in (
        (office, "propose", {"host_id": str(make.host(head).id)}),
        (she, "accept", {}),
        (office, "confirm", {}),
        (she, "give-back", {}),
    ):
        done(caller.post(f"/v1/host-stays/{stay.id}/{verb_of}", json=body))
        if verb_of == "confirm":  # after she gave it back it is not hers to read
            assert followed(wiring, office, she) == {"host_proposed", "host_accepted", "host_confirmed"}
    deliver_due(wiring)
    (last,) = [one for one in notices(wiring) if one.kind == "host_wanted"]
    assert last.facts["link"].endswith(f"/v1/host-stays/{stay.id}")


def test_links_about_a_lecture_lead_to_it(
    make: Make, as_: As, office: Client, owner: Organization, wiring: Wiring
) -> None:
    desk, lecturer = as_(Role.REQUESTER, organization=owner), as_(make.lecturer())
    lecture = done(desk.post(LECTURES, json=asked_for()), 201)
    lecture = done(verb(office, LECTURES, lecture, "accept", honorarium_jpy=0))
    held = done(lecturer.post(f"/v1/shifts/{lecture['shift_id']}/claims", json={}), 201)
    done(settle(office, held["id"], "approve"))
    done(verb(office, LECTURES, lecture, "confirm"))
    assert {"office_lecture_requested", "lecture_confirmed"} <= followed(wiring, office, desk, lecturer)


@pytest.mark.parametrize("turns", [1, 2])
def test_the_link_of_a_drill_leads_to_where_one_takes_a_place(
    make: Make, as_: As, office: Client, wiring: Wiring, turns: int
) -> None:
    she = as_(make.helper(disaster_ready=True))
    drill = make.event(kind="disaster_drill", title="防災訓練")
    for _ in range(turns - 1):
        turn = {"event_id": str(drill.id), "demands": [wanted()]}
        done(office.post("/v1/shifts", json=turn), 201)
    done(office.post(f"{EVENTS}/{drill.id}/open"))
    assert followed(wiring, she) == {"drill_announced"}


def test_links_to_a_volunteer_lead_to_what_she_is_asked(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    she = as_(make.volunteer(valid_until=date(2027, 3, 31)))
    done(she.post(f"/v1/training-sessions/{make.training().id}/enrollments", json={}), 201)
    call: dict[str, Any] = {"from": "2025-12-01", "to": "2025-12-31", "answer_by": "2025-11-20T17:00:00+09:00"}
    done(office.post("/v1/availability-calls", json=call), 201)
    assert followed(wiring, she) == {"training_applied", "availability_call"}
    clock.forward(days=9)
    remind_silent(wiring)
    assert "availability_call_reminder" in followed(wiring, she)
    clock.now = datetime.fromisoformat("2026-10-01T09:00:00+09:00")
    prompt_for_hours(wiring)
    assert "availability_prompt" in followed(wiring, she)
