"""The worklist: what needs the office now, until when, and gone once the verb it names was used."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.cascade import Cascade, CascadeStatus
from models.contact_attempt import ContactResult
from models.dispatch_request import RequestStatus
from models.offer import OfferStatus
from models.organization import FacilityKind
from models.record import Notice, NoticeChannel, NoticeStatus
from models.shift import ClaimPolicy, ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from models.worklist import WorkCode
from services.clock import SetClock
from services.unit import Unit
from services.wording import LANGUAGES
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers import people, work
from tests.makers.doors import answer, ask, by_phone, claim, done, faults, reason
from tests.makers.listed import WORKLIST, brief, called, codes, follow, listed, only, without_mail
from tests.makers.moments import at
from tests.makers.terms import mornings
from tests.makers.terms import opened as opened_series
from tests.makers.work import VISIT, Opened
from tests.queries import Statements

Units = Callable[..., AbstractContextManager[Unit]]


def ask_and_take(office: Client, as_: As, make: Make, opened: Opened, candidates: Any) -> None:
    """Ask the best of the candidates, who takes the place."""
    best = candidates["items"][0]["volunteer_id"]
    offers = done(office.post(f"/v1/shifts/{opened.shift.id}/offers", json={"volunteer_ids": [best]}), 201)
    with make.wiring.unit(write=False) as it:
        volunteer = it.get(Volunteer, UUID(best))
    done(answer(as_(volunteer), offers["items"][0]["id"], "accept"))


# Requests.


def test_a_request_is_decided_by_the_close_of_the_next_business_day(make: Make, office: Client) -> None:
    request = make.request(status=RequestStatus.SUBMITTED, ages=(3,))
    make.request(ages=(3,))  # a draft is the institution's

    entry = only(office)

    assert brief(entry) == ("request_undecided", "2025-11-11T17:00", "POST", "accept", False)
    assert entry["object"] == {"type": "dispatch_request", "id": str(request.id), "no": request.request_no}
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


def test_a_weekend_counts_for_nobody_s_deadline(make: Make, office: Client, clock: SetClock) -> None:
    clock.now = at("14T18:30")  # a Friday evening
    make.request(status=RequestStatus.SUBMITTED, starts_at=VISIT + timedelta(days=30), ages=(3,))

    assert only(office)["deadline"] == "2025-11-17T17:00:00+09:00"


def test_a_late_request_wants_an_override_within_hours(make: Make, office: Client) -> None:
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), ages=(3,))

    entry = only(office)

    assert brief(entry) == ("override_wanted", "2025-11-10T11:00", "POST", "accept", True)
    assert entry["because"]["detail"].endswith("依頼の期限")
    done(follow(office, entry["verb"], {"overrides": [reason("REQ_LEAD")]}))
    assert listed(office) == []


def test_a_series_is_decided_in_one_call(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    series = opened_series(clerk, mornings(school, submit=True))

    entry = only(office)
    assert brief(entry) == ("series_undecided", "2025-11-11T17:00", "POST", "accept", False)
    assert entry["object"] == {"type": "dispatch_series", "id": series["id"], "no": None}
    assert f"{len(series['occurrences'])} 件" in entry["because"]["detail"]
    assert follow(office, entry["verb"], {}).status_code == 207
    assert codes(office, kind="series_undecided") == []


def test_a_series_that_breaks_a_rule_wants_its_reason_once(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    opened_series(clerk, mornings(school, submit=True, starts="08:00", ends="09:30"))

    entry = only(office)
    assert brief(entry)[0] == "series_override_wanted"
    follow(office, entry["verb"], {"overrides": [reason("REQ_HOURS")]})
    assert codes(office, kind="series_override_wanted") == []


def test_a_series_with_one_request_left_to_decide_shows_that_request(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    series = opened_series(clerk, mornings(school, submit=True))
    for one in series["occurrences"][1:]:
        done(office.post(f"/v1/dispatch-requests/{one['id']}/accept", json={}))

    assert [entry["object"]["id"] for entry in listed(office, kind="request_undecided")] == [
        series["occurrences"][0]["id"]
    ]


def test_no_deadline_lies_after_the_start_and_a_start_ends_it(make: Make, office: Client, clock: SetClock) -> None:
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("10T10:00"), ages=(3,))

    assert only(office)["deadline"] == "2025-11-10T10:00:00+09:00"
    clock.now = at("10T10:00")
    assert listed(office) == []


def test_another_way_whose_time_has_come_wants_its_outcome(make: Make, office: Client) -> None:
    unfilled = make.request(status=RequestStatus.UNFILLED)
    make.shift_with_demand(request=unfilled, status=ShiftStatus.PLANNED)
    done_today = make.fallback(unfilled, arranged_for=NOW)
    make.fallback(unfilled, arranged_for=NOW + timedelta(minutes=1))

    entry = only(office)

    assert brief(entry) == ("outcome_due", "2025-11-11T17:00", "POST", "outcome", False)
    assert entry["object"] == {"type": "fallback", "id": str(done_today.id), "no": unfilled.request_no}
    done(follow(office, entry["verb"], {"outcome": "served"}))
    assert listed(office) == []


def test_who_has_not_answered_a_call_is_asked_before_its_deadline(make: Make, office: Client, clock: SetClock) -> None:
    silent, away = make.volunteer(), make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.availability_call(silent, away)
    clock.now = at("17T09:00")
    assert listed(office) == []
    clock.now = at("18T09:00")

    entry = only(office)

    assert brief(entry) == ("answers_missing", "2025-11-20T09:00", "GET", "answers", False)
    assert "1人" in entry["because"]["detail"]
    asked = done(follow(office, entry["verb"]))["items"]
    assert {one["volunteer_id"] for one in asked} == {str(silent.id), str(away.id)}
    path = f"/v1/availability-calls/{entry['object']['id']}/answers/{silent.id}"
    told = {"none_this_month": True, "on_behalf": by_phone(silent, "2025-11-18T09:00:00+09:00")}
    done(office.put(path, json=told, headers={"If-Match": "*"}))
    assert listed(office) == []


# Places.


def test_a_late_yes_waits_for_the_office(make: Make, office: Client) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    offer = make.offer(opened, mai, OfferStatus.ACCEPTED_LATE)

    entry = only(office)

    assert brief(entry) == ("late_yes", "2025-11-11T17:00", "POST", "approve", False)
    assert entry["object"] == {"type": "offer", "id": str(offer.id), "no": opened.request.request_no}
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


def test_a_claim_by_approval_waits_for_the_office(make: Make, as_: As, office: Client) -> None:
    done(claim(as_(make.volunteer()), make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL)), 201)

    entry = only(office)

    assert brief(entry) == ("approval_wanted", "2025-11-11T17:00", "POST", "approve", False)
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


APRIL = datetime.fromisoformat("2026-04-09T10:00:00+09:00")


def test_a_condition_is_due_from_five_business_days_before(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    mai = make.volunteer(pledge=False, valid_until=date(2026, 3, 31))
    make.pledge(mai, "2023-04")
    done(claim(as_(mai), make.shift_with_demand(starts_at=APRIL)), 201)
    clock.now = APRIL - timedelta(days=8)
    assert listed(office) == []
    clock.now = APRIL - timedelta(days=7)

    entry = only(office)

    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "pledges", False)
    assert "守秘義務の誓約書" in entry["because"]["detail"]
    done(follow(office, entry["verb"], {"version_code": "2025-04", "signed_on": "2026-04-02"}), 201)
    entry = only(office)
    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "insurance", False)
    done(follow(office, entry["verb"], {"fiscal_year": 2026, "starts_on": "2026-04-01"}), 201)
    entry = only(office)  # no paper mends a registration that ran out
    assert brief(entry) == ("condition_due", "2026-04-08T00:00", "POST", "cancel", False)
    done(follow(office, entry["verb"], {"reason": "更新なし"}))
    assert listed(office) == []


def test_conditions_that_are_met_wait_for_nobody(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    mai = make.volunteer(valid_until=date(2027, 3, 31))
    done(claim(as_(mai), make.shift_with_demand(starts_at=APRIL)), 201)
    make.insurance(mai, 2026)
    clock.now = APRIL - timedelta(days=7)

    assert listed(office) == []


def test_her_word_on_a_change_is_entered_for_her(make: Make, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    conditions = [{"code": "ASG_RECONFIRM", "due_on": "2025-11-18"}]
    make.assignment(make.shift_with_demand(), mai, AssignmentStatus.TENTATIVE, conditions=conditions)
    clock.now = at("13T09:00")

    entry = only(office)

    assert brief(entry) == ("condition_due", "2025-11-19T00:00", "POST", "keep", False)
    done(follow(office, entry["verb"], {"on_behalf": by_phone(mai, "2025-11-13T09:00:00+09:00")}))
    assert listed(office) == []


def test_a_stand_in_is_sought(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    held = make.assignment(opened, mai, AssignmentStatus.STANDIN_WANTED)
    make.volunteer()

    entry = only(office)

    assert brief(entry) == ("standin_sought", "2025-11-20T10:00", "GET", "candidates", False)
    assert entry["object"] == {"type": "assignment", "id": str(held.id), "no": opened.request.request_no}
    clock.now = at("18T09:00")
    assert only(office)["urgent"]
    ask_and_take(office, as_, make, opened, done(follow(office, entry["verb"])))
    assert listed(office) == []


def test_a_place_that_nobody_holds_shows_two_business_days_ahead(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    make.volunteer()
    clock.now = at("17T23:59")
    assert listed(office) == []
    clock.now = at("18T00:00")

    entry = only(office)

    assert brief(entry) == ("place_at_risk", "2025-11-20T10:00", "GET", "candidates", True)
    assert entry["object"] == {"type": "shift", "id": str(opened.shift.id), "no": opened.request.request_no}
    ask_and_take(office, as_, make, opened, done(follow(office, entry["verb"])))
    assert listed(office) == []


def test_a_place_at_risk_is_one_until_the_start(make: Make, office: Client, clock: SetClock) -> None:
    make.shift_with_demand()
    clock.now = VISIT - timedelta(minutes=1)
    assert codes(office) == ["place_at_risk"]
    clock.now = VISIT
    assert listed(office) == []


def test_a_place_for_which_everybody_was_asked(make: Make, office: Client, unit: Units) -> None:
    opened = make.shift_with_demand()
    with unit() as it:
        for status in (CascadeStatus.STOPPED, CascadeStatus.EXHAUSTED):
            it.add(Cascade(shift_id=opened.shift.id, demand_id=opened.demand.id, batch=3, status=status, **it.stamp()))

    entry = only(office)

    assert brief(entry) == ("waves_exhausted", "2025-11-19T00:00", "GET", "candidates", False)
    assert "items" in done(follow(office, entry["verb"]))
    assert office.delete(f"/v1/shifts/{opened.shift.id}/cascade").status_code in {200, 204}
    assert listed(office) == []


def test_who_no_longer_meets_a_rule_is_looked_at_in_time(make: Make, office: Client) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer(insured=False)
    held = make.assignment(opened, mai, flags=["ASG_NO_INSURANCE"])
    make.assignment(make.shift_with_demand(), make.volunteer(), flags=[])
    make.assignment(make.shift_with_demand(), make.volunteer())

    entry = only(office)

    assert brief(entry) == ("assignment_flagged", "2025-11-19T00:00", "POST", "insurance", False)
    assert entry["object"]["id"] == str(held.id)
    done(follow(office, entry["verb"], {"fiscal_year": 2025, "starts_on": "2025-04-01"}), 201)
    assert listed(office) == []  # before the sweep has taken the flag off


def test_where_no_paper_helps_the_place_is_freed(make: Make, office: Client) -> None:
    she = make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.assignment(make.shift_with_demand(), she, flags=["ASG_STATUS"])

    entry = only(office)

    assert brief(entry) == ("assignment_flagged", "2025-11-19T00:00", "POST", "cancel", False)
    done(follow(office, entry["verb"], {"reason": "休止中"}))
    assert listed(office) == []


def test_what_is_hidden_from_everybody_else_is_told_to_staff(make: Make, as_: As, office: Client) -> None:
    she = make.volunteer()
    opened = make.shift_with_demand(demand={"gender_requirement": "male"})
    make.assignment(opened, she, flags=["ASG_GENDER"])

    assert "性別" in only(office)["because"]["detail"]
    for other in (as_(she), as_(Role.REQUESTER)):
        assert other.get(WORKLIST).status_code == 403


# The telephone.


def test_what_is_to_be_told_by_telephone_is_one_entry_for_each(make: Make, office: Client) -> None:
    mai = without_mail(make)
    for days in (0, 1):
        done(ask(office, make.shift_with_demand(starts_at=VISIT + timedelta(days=days)), mai), 201)

    entry = only(office)

    assert brief(entry) == ("to_phone", "2025-11-11T20:00", "POST", "record", False)
    assert entry["object"] == {"type": "volunteer", "id": str(mai.id), "no": mai.volunteer_no}
    (call,) = done(office.get("/v1/phone-list"))["items"]
    told = {"notice_ids": [one["notice_id"] for one in call["to_say"]], "volunteer_id": str(mai.id)}
    done(follow(office, entry["verb"], {**told, "result": "reached"}), 201)
    assert listed(office) == []


def test_a_promised_call_stands_until_it_was_made(make: Make, office: Client, clock: SetClock) -> None:
    mai, centre = make.volunteer(), make.organization(name="架空センター")
    done(called(office, mai, "call_back", call_back_at="2025-11-12T10:00:00+09:00"), 201)
    body = {"organization_id": str(centre.id), "result": "call_back", "call_back_at": "2025-11-11T10:00:00+09:00"}
    done(office.post("/v1/contact-attempts", json=body), 201)
    done(called(office, make.volunteer(), "reached"), 201)

    first, second = listed(office)

    assert brief(first) == ("call_back", "2025-11-11T10:00", "POST", "record", False)
    assert first["object"] == {"type": "organization", "id": str(centre.id), "no": None}
    assert "架空センター" in first["because"]["detail"]
    assert second["object"] == {"type": "volunteer", "id": str(mai.id), "no": mai.volunteer_no}
    clock.now = at("11T10:00")
    assert [entry["urgent"] for entry in listed(office)] == [True, False]
    done(follow(office, first["verb"], {"organization_id": str(centre.id), "result": "reached"}), 201)
    done(follow(office, second["verb"], {"volunteer_id": str(mai.id), "result": "no_answer"}), 201)
    assert listed(office) == []


def test_a_wrong_number_is_mended(make: Make, as_: As, office: Client) -> None:
    mai = without_mail(make)
    done(called(office, mai, "wrong_number"), 201)

    entry = only(office)

    assert brief(entry) == ("number_wrong", "2025-11-11T17:00", "PATCH", "change", False)
    done(office.patch(entry["verb"]["path"], json={"max_per_month": 2}, headers={"If-Match": "*"}))
    assert codes(office) == ["number_wrong"]
    done(as_(mai).patch(entry["verb"]["path"], json={"phone": "076-000-4321"}, headers={"If-Match": "*"}))
    assert listed(office) == []


def test_who_is_never_reached_is_looked_at_and_nothing_more(make: Make, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    long_ago = NOW - timedelta(days=90)
    for moment in (long_ago, NOW - timedelta(days=60), NOW - timedelta(days=30)):
        make.contact_attempt(mai, at=moment)
    make.contact_attempt(make.organization())
    assert listed(office) == []
    done(called(office, mai, "no_answer"), 201)

    entry = only(office)

    assert brief(entry) == ("unreachable", "2025-11-11T17:00", "POST", "record", False)
    assert done(office.get(f"/v1/volunteers/{mai.id}"))["status"] == "active"
    clock.forward(hours=1)
    done(follow(office, entry["verb"], {"volunteer_id": str(mai.id), "result": "reached"}), 201)
    assert listed(office) == []
    for _ in range(2):
        clock.forward(hours=1)
        done(called(office, mai, "no_answer"), 201)
    assert listed(office) == []  # counted since somebody last spoke to her


def test_who_has_left_is_looked_for_no_longer(make: Make, office: Client) -> None:
    gone = make.volunteer(status=VolunteerStatus.WITHDRAWN)
    for _ in range(3):
        make.contact_attempt(gone, ContactResult.NO_ANSWER)

    assert listed(office) == []


# The list.


def test_the_nearest_deadline_comes_first_and_filters_narrow(make: Make, office: Client) -> None:
    make.offer(make.shift_with_demand(), make.volunteer(), OfferStatus.ACCEPTED_LATE)
    make.assignment(make.shift_with_demand(), make.volunteer(), AssignmentStatus.STANDIN_WANTED)
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), ages=(3,))
    make.assignment(make.shift_with_demand(), make.volunteer(insured=False), flags=["ASG_NO_INSURANCE"])

    assert codes(office) == ["override_wanted", "late_yes", "assignment_flagged", "standin_sought"]
    assert codes(office, kind="late_yes") == ["late_yes"]
    assert codes(office, kind="to_phone") == []
    assert codes(office, urgent=True) == ["override_wanted"]
    assert codes(office, urgent=False) == ["late_yes", "assignment_flagged", "standin_sought"]
    assert faults(office.get(WORKLIST, params={"kind": "boredom"})) == [("kind", "FIELD_FORMAT")]


def test_pages_put_together_are_the_list(make: Make, office: Client) -> None:
    for _ in range(3):
        make.request(status=RequestStatus.SUBMITTED, ages=(3,))  # one deadline: the identifier decides
    whole = listed(office)
    first = office.get(WORKLIST, params={"limit": 2})
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), ages=(3,))

    assert first.headers["link"].endswith('rel="next"')
    rest = done(office.get(WORKLIST, params={"limit": 2, "cursor": first.json()["next_cursor"]}))

    assert [*first.json()["items"], *rest["items"]] == whole
    assert rest["next_cursor"] is None
    assert [entry["object"]["id"] for entry in whole] == sorted(entry["object"]["id"] for entry in whole)
    foreign = {"cursor": first.json()["next_cursor"], "urgent": True}
    assert faults(office.get(WORKLIST, params=foreign)) == [("cursor", "CURSOR")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_is_worded_for_the_reader(make: Make, office: Client, language: str) -> None:
    make.request(status=RequestStatus.SUBMITTED, ages=(3,))
    said = done(office.get(WORKLIST, headers={"Accept-Language": language}))["items"][0]["because"]["detail"]

    assert (
        said
        == {
            "ja": "2025年11月20日 10:00 の依頼（乳幼児健診、英語）を引き受けるかどうか決めてください。",
            "en": "Please decide on the request for 20 Nov 2025 10:00 (infant check-up, English).",
            "ja-simple": "2025年11月20日 10:00の依頼（赤ちゃんや子どもの健診、英語）があります。ひきうけるか、きめてください。",
        }[language]
    )


def test_who_was_missed_three_times_is_talked_with(make: Make, office: Client) -> None:
    mai, rin = make.volunteer(), make.volunteer()
    for months in (2, 4, 6):
        opened = make.shift_with_demand(starts_at=NOW - timedelta(days=30 * months), status=ShiftStatus.ENDED)
        missed = {"ended_at": NOW - timedelta(days=30 * months)}
        make.assignment(opened, mai, AssignmentStatus.NO_SHOW, end_reason="volunteer", **missed)
        client = "client" if months == 6 else "volunteer"
        make.assignment(opened, rin, AssignmentStatus.NO_SHOW, end_reason=client, **missed)
    make.contact_attempt(mai, ContactResult.REACHED, at=NOW - timedelta(days=61))

    entry = only_of(office, "no_show_review")

    assert brief(entry)[2:] == ("POST", "record", False)
    assert entry["object"] == {"type": "volunteer", "id": str(mai.id), "no": mai.volunteer_no}
    assert "3回" in entry["because"]["detail"]
    done(follow(office, entry["verb"], {"volunteer_id": str(mai.id), "result": "no_answer"}), 201)
    assert codes(office, kind="no_show_review") == ["no_show_review"]
    done(follow(office, entry["verb"], {"volunteer_id": str(mai.id), "result": "reached"}), 201)
    assert codes(office, kind="no_show_review") == []


def only_of(office: Client, kind: str) -> dict[str, Any]:
    (entry,) = listed(office, kind=kind)
    return entry


def _everything(it: Unit, n: int) -> Iterator[WorkCode]:
    """One of nearly each kind, on a day of its own."""
    start = VISIT + timedelta(days=n)
    owner = people.organization(it)
    place = people.facility(it, owner=owner)
    work.request(it, owner=owner, place=place, status=RequestStatus.SUBMITTED, ages=(3,))
    yield WorkCode.REQUEST_UNDECIDED
    work.fallback(it, work.request(it, owner=owner, place=place, status=RequestStatus.UNFILLED), arranged_for=it.now)
    yield WorkCode.OUTCOME_DUE
    mai = people.volunteer(it, person=people.person(it, email=None), rules=(), insured=False)
    opened = [work.shift_with_demand(it, owner=owner, place=place, starts_at=start) for _ in range(4)]
    work.offer(it, opened[0], mai, OfferStatus.ACCEPTED_LATE)
    yield WorkCode.LATE_YES
    it.add(
        Cascade(
            shift_id=opened[1].shift.id,
            demand_id=opened[1].demand.id,
            batch=3,
            status=CascadeStatus.EXHAUSTED,
            **it.stamp(),
        )
    )
    yield WorkCode.WAVES_EXHAUSTED
    work.assignment(it, opened[2], mai, flags=["ASG_NO_INSURANCE"])
    yield WorkCode.ASSIGNMENT_FLAGGED
    it.add(
        Notice(
            kind="assignment_cancelled",
            volunteer_id=mai.id,
            language="ja",
            channel=NoticeChannel.TO_PHONE,
            status=NoticeStatus.PENDING,
            object_type="volunteer",
            object_id=mai.id,
            created_at=it.now,
            due_at=it.now,
        )
    )
    yield WorkCode.TO_PHONE
    people.contact_attempt(it, mai, ContactResult.CALL_BACK, call_back_at=it.now + timedelta(days=1))
    yield WorkCode.CALL_BACK


@pytest.mark.parametrize("rows", [1, 25])
def test_a_hundred_entries_need_as_many_queries_as_one_of_each(
    rows: int, office: Client, unit: Units, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    with unit() as it:
        kinds = {code for n in range(rows) for code in _everything(it, n)}

    with queries() as seen:
        found = codes(office, limit=200)

    assert (len(found), set(found)) == (7 * rows, {str(code) for code in kinds})
    assert len(seen) == 60  # 8 of them about classes that nobody runs: to open, rolls, and guardians to be reached
