"""The worklist: what needs the office now, by deadline and in pages, and whom it is to call."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models.assignment import AssignmentStatus
from models.cascade import Cascade, CascadeStatus
from models.contact_attempt import ContactResult
from models.dispatch_request import RequestStatus
from models.offer import OfferStatus
from models.record import Notice, NoticeChannel, NoticeStatus
from models.shift import ShiftStatus
from models.volunteer import VolunteerStatus
from models.worklist import WorkCode
from services.clock import SetClock
from services.unit import Unit
from services.wording import LANGUAGES
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers import people, work
from tests.makers.doors import ask, done, faults
from tests.makers.listed import WORKLIST, brief, called, codes, follow, listed, only, without_mail
from tests.makers.moments import at
from tests.makers.work import VISIT
from tests.queries import Statements

Units = Callable[..., AbstractContextManager[Unit]]


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
    assert (
        len(seen) == 62
    )  # 10 of them about classes that nobody runs: to open, rolls, guardians, schools, offered places
