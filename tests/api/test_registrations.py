"""The life of a registration: leave and return, suspension, renewal, leaving, and what becomes of places meanwhile."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, AccountStatus
from models.assignment import AssignmentStatus
from models.offer import Offer, OfferStatus
from models.person import Person
from models.record import AuditEvent, Notice
from models.recruitment import VolunteerApplication
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, on_shift, problem, standing_of
from tests.makers.moments import morning
from tests.makers.recruits import step
from tests.makers.work import VISIT
from worker.registrations import anonymize_the_gone, expire_registrations, prompt_for_hours, remind_of_renewal
from worker.reminding import recheck

Check = Callable[[], None]


def row(wiring: Wiring, volunteer: Volunteer) -> Volunteer:
    with wiring.unit(write=False) as unit:
        return unit.get(Volunteer, volunteer.id)


# leave --------------------------------------------------------------------------------------------------------------


def test_who_pauses_is_told_what_she_holds_and_the_office_learns_of_it(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    mai = make.volunteer()
    herself, opened = as_(mai), make.shift_with_demand()
    make.assignment(opened, mai)

    paused = done(step(herself, mai, "take-leave", until="2026-01-31"))

    assert (paused["status"], paused["leave_until"]) == ("on_leave", "2026-01-31")
    assert [warned["code"] for warned in paused["warnings"]] == ["VOL_HOLDS"]
    assert on_shift(wiring, opened) == [(mai.id, "confirmed", True)]
    assert recheck(wiring) == 1
    assert notices_of(wiring) == [("office_assignment_flagged", office.account.id)]
    back = done(step(herself, mai, "return"))
    assert (back["status"], back["leave_until"], back["warnings"]) == ("active", None, [])


def test_a_pause_may_be_entered_for_her_and_ends_later_than_today(make: Make, office: Client, wiring: Wiring) -> None:
    mai = make.volunteer()
    assert faults(step(office, mai, "take-leave", until="2025-11-09")) == [("/until", "FIELD_RANGE")]

    done(step(office, mai, "take-leave", on_behalf=by_phone(mai)))

    assert audited(wiring, mai.id)[-1].on_behalf is not None
    again = step(office, mai, "take-leave")
    assert problem(again) == (409, "VOL_STATE")
    assert again.json()["allowed"] == ["return", "declare", "renew", "withdraw"]


def test_nobody_moves_another_s_registration(make: Make, as_: As) -> None:
    mai, other = make.volunteer(), as_(make.volunteer())
    for verb in ("take-leave", "withdraw"):
        assert step(other, mai, verb).status_code == 404
    own = as_(mai)
    assert problem(step(own, mai, "suspend", reason="x")) == (403, "NOT_PERMITTED")
    assert problem(step(own, mai, "renew")) == (403, "NOT_PERMITTED")
    assert own.post(f"/v1/volunteers/{mai.id}/take-leave", json={}, headers={"If-Match": '"old"'}).status_code == 412


# suspension and leaving ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_a_suspension_frees_places_and_asks_others_in_one_transaction(
    make: Make, admin: Client, wiring: Wiring, check_data: Check
) -> None:
    mai = make.volunteer()
    held, tentative, asked, past = (make.shift_with_demand(starts_at=VISIT + timedelta(days=n)) for n in (0, 1, 2, -30))
    make.assignment(held, mai)
    make.assignment(tentative, mai, AssignmentStatus.TENTATIVE)
    make.assignment(past, mai, AssignmentStatus.COMPLETED)
    offer = make.offer(asked, mai)
    other = make.offer(held, make.volunteer(), OfferStatus.EXPIRED)

    suspended = done(step(admin, mai, "suspend", reason="確認のため"))

    assert (suspended["status"], suspended["actions"]) == ("suspended", ["reinstate", "withdraw"])
    assert on_shift(wiring, held) == [(mai.id, "cancelled", False)]
    assert on_shift(wiring, tentative) == [(mai.id, "cancelled", False)]
    assert on_shift(wiring, past) == [(mai.id, "completed", True)]
    assert standing_of(wiring, held)[0::2] == ("open", 0)
    with wiring.unit(write=False) as unit:
        assert unit.get(Offer, offer.id).status is OfferStatus.WITHDRAWN
        assert unit.get(Offer, other.id).status is OfferStatus.EXPIRED
    told = [kind for kind, _ in notices_of(wiring)]
    assert told.count("assignment_cancelled") == 2
    assert told.count("office_place_freed") == 2
    assert told.count("offer_withdrawn") == 1
    assert told[-1] == "registration_suspended"
    check_data()

    done(step(admin, mai, "reinstate", reason="確認済み"))
    assert on_shift(wiring, held) == [(mai.id, "cancelled", False)]
    assert notices_of(wiring)[-1] == ("registration_reinstated", mai.id)


@pytest.mark.parametrize(
    ("verb", "status"), [("suspend", "active"), ("reinstate", "suspended"), ("withdraw", "active")]
)
def test_a_reason_names_nobody(make: Make, admin: Client, verb: str, status: str) -> None:
    mai = make.volunteer(status=VolunteerStatus(status))
    assert faults(step(admin, mai, verb, reason="mai@example.jp に確認")) == [("/reason", "REQ_FREE_TEXT_PII")]


def test_who_leaves_gives_everything_back_and_is_forgotten_after_a_fiscal_year(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    mai = make.volunteer(notes_staff="要相談", occupation="会社員", person=make.person(phone="076-000-0003"))
    make.account_of(mai)
    opened = make.shift_with_demand()
    make.assignment(opened, mai)

    left = done(step(as_(mai), mai, "withdraw"))

    assert (left["status"], left["actions"]) == ("withdrawn", [])
    assert on_shift(wiring, opened) == [(mai.id, "withdrawn", False)]
    assert (row(wiring, mai).left_on, row(wiring, mai).purge_on) == (date(2025, 11, 10), date(2027, 4, 1))
    check_data()
    clock.now = morning(date(2027, 3, 31))
    assert anonymize_the_gone(wiring) == 0
    clock.now = morning(date(2027, 4, 1))
    assert [anonymize_the_gone(wiring) for _ in range(2)] == [1, 0]
    with wiring.unit(write=False) as unit:
        volunteer, person = unit.get(Volunteer, mai.id), unit.get(Person, mai.person_id)
        account = unit.session.exec(select(Account).where(Account.person_id == person.id)).one()
        told = unit.session.exec(select(Notice).where(Notice.volunteer_id == mai.id)).all()
    assert (volunteer.status, volunteer.notes_staff, volunteer.occupation) == (VolunteerStatus.ANONYMIZED, "", None)
    assert (person.display_name, person.kana, person.phone, person.email, person.birth_date) == (
        "",
        "",
        None,
        None,
        None,
    )
    assert (account.status, account.email) == (AccountStatus.DISABLED, f"{account.id}@anonymized.invalid")
    assert {(notice.address, str(notice.facts)) for notice in told} == {(None, "{}")}
    assert audited(wiring, mai.id)[-1].action == "volunteer.anonymize"


def test_a_candidate_who_drops_out_is_counted_and_her_words_are_erased(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    candidate = make.candidate(VolunteerStatus.IN_TRAINING, ticked=True)
    with wiring.unit() as unit:
        application = unit.session.exec(select(VolunteerApplication)).one()
        application.motivation, application.guardian_name = "手伝いたい", "架空 花子"

    done(step(office, candidate, "withdraw", reason="引っ越し"))

    assert done(office.get(f"/v1/volunteers/{candidate.id}/application"))["ended_as"] == "left"
    clock.now = morning(date(2027, 4, 1))
    assert anonymize_the_gone(wiring) == 1
    with wiring.unit(write=False) as unit:
        application = unit.session.exec(select(VolunteerApplication)).one()
        assert (application.motivation, application.guardian_name) == ("", None)


def test_who_was_registered_did_not_drop_out(make: Make, office: Client, wiring: Wiring) -> None:
    registered = make.candidate(VolunteerStatus.ACTIVE)
    with wiring.unit() as unit:
        unit.session.exec(select(VolunteerApplication)).one().activated_at = unit.now

    done(step(office, registered, "withdraw"))

    assert done(office.get(f"/v1/volunteers/{registered.id}/application"))["ended_at"] is None


# renewal ------------------------------------------------------------------------------------------------------------

WINTER = date(2026, 2, 10)


def test_who_declares_to_stay_does_so_in_the_time_of_renewal(
    make: Make, as_: As, office: Client, clock: SetClock
) -> None:
    mai = make.volunteer()
    early = step(as_(mai), mai, "declare", stays=True)
    assert problem(early) == (409, "VOL_RENEWAL")
    assert "2026年1月30日" in early.json()["detail"]
    clock.now = morning(WINTER)

    stays = done(step(as_(mai), mai, "declare", stays=True))
    assert (stays["renewing"], stays["renewal_answered_on"], stays["warnings"]) == (True, "2026-02-10", [])
    make.assignment(make.shift_with_demand(starts_at=morning(date(2026, 2, 20))), mai)
    phoned = by_phone(mai, "2026-02-09T10:00:00+09:00")
    leaves = done(step(office, mai, "declare", stays=False, on_behalf=phoned))

    assert (leaves["renewing"], leaves["renewal_answered_on"]) == (False, "2026-02-09")
    assert [warned["code"] for warned in leaves["warnings"]] == ["VOL_HOLDS"]


def test_a_registration_is_renewed_once_the_pledge_is_signed_anew(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    mai = make.volunteer(renewing=True)
    assert problem(step(office, mai, "renew")) == (409, "VOL_RENEWAL")
    clock.now = morning(WINTER)
    assert problem(step(office, mai, "renew")) == (422, "VOL_CHECKLIST")
    old = {"version_code": "2023-04", "signed_on": "2026-02-10"}
    done(office.post(f"/v1/volunteers/{mai.id}/pledges", json=old), 201)
    conduct = {"kind": "conduct", "version_code": "2025-04", "signed_on": "2026-02-10"}
    assert done(office.post(f"/v1/volunteers/{mai.id}/pledges", json=conduct), 201)["current"] is True
    assert problem(step(office, mai, "renew")) == (422, "VOL_CHECKLIST")
    make.pledge(mai, signed_on=WINTER)

    renewed = done(step(office, mai, "renew"))

    assert (renewed["valid_until"], renewed["renewing"], renewed["renewal_answered_on"]) == ("2028-03-31", False, None)
    assert notices_of(wiring) == [("registration_renewed", mai.id)]
    assert problem(step(office, mai, "renew")) == (409, "VOL_RENEWAL")


def test_a_colleague_signs_no_pledge_and_may_have_no_end(make: Make, office: Client, clock: SetClock) -> None:
    clock.now = morning(WINTER)
    colleague = make.volunteer(engagement=Engagement.STAFF, pledge=False)
    endless = make.volunteer(engagement=Engagement.STAFF, valid_until=None)
    assert done(step(office, colleague, "renew", years=1))["valid_until"] == "2027-03-31"
    assert problem(step(office, endless, "renew")) == (409, "VOL_RENEWAL")
    assert step(office, colleague, "renew", years=4).status_code == 422


def test_reminders_come_60_and_30_days_before_to_those_who_have_not_answered(
    make: Make, wiring: Wiring, clock: SetClock
) -> None:
    silent, paused = make.volunteer(), make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.volunteer(renewal_answered_on=date(2026, 1, 31))
    make.volunteer(valid_until=date(2027, 3, 31))
    make.volunteer(status=VolunteerStatus.SUSPENDED)
    answered_last_time = make.volunteer(renewal_answered_on=date(2024, 2, 1))
    told: dict[str, int] = {}
    for n in range(75):
        day = date(2026, 1, 25) + timedelta(days=n)
        clock.now = morning(day)
        told[day.isoformat()] = remind_of_renewal(wiring) + remind_of_renewal(wiring)

    assert {day: count for day, count in told.items() if count} == {"2026-01-30": 3, "2026-03-01": 3}
    assert notices_of(wiring) == [
        ("renewal_reminder", one.id) for _ in range(2) for one in (silent, paused, answered_last_time)
    ]


def test_registrations_expire_after_the_grace_and_may_be_renewed(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    mai, paused, colleague = (
        make.volunteer(renewing=True),
        make.volunteer(status=VolunteerStatus.ON_LEAVE),
        make.volunteer(engagement=Engagement.STAFF, valid_until=None),
    )
    opened = make.shift_with_demand(starts_at=morning(date(2026, 5, 12)))
    make.assignment(opened, mai)
    clock.now = morning(date(2026, 4, 30))
    assert expire_registrations(wiring) == 0
    clock.now = morning(date(2026, 5, 1))
    assert [expire_registrations(wiring) for _ in range(2)] == [2, 0]

    assert [row(wiring, one).status for one in (mai, paused, colleague)] == ["expired", "expired", "active"]
    assert on_shift(wiring, opened) == [(mai.id, "cancelled", False)]
    assert [kind for kind, _ in notices_of(wiring)].count("registration_expired") == 2
    check_data()
    make.pledge(mai, signed_on=date(2026, 5, 1))
    renewed = done(step(office, mai, "renew"))
    assert (renewed["status"], renewed["valid_until"]) == ("active", "2028-03-31")
    assert row(wiring, mai).purge_on is None
    assert problem(step(office, paused, "withdraw")) == (409, "VOL_STATE")


def test_who_comes_back_after_years_is_registered_from_that_year_on(
    make: Make, office: Client, clock: SetClock
) -> None:
    clock.now = morning(date(2026, 6, 1))
    gone = make.volunteer(status=VolunteerStatus.EXPIRED, valid_until=date(2024, 3, 31), purge_on=date(2027, 4, 1))
    make.pledge(gone, signed_on=date(2026, 6, 1))
    assert done(step(office, gone, "renew", years=1))["valid_until"] == "2027-03-31"


def test_hours_are_asked_about_once_a_year(make: Make, wiring: Wiring, clock: SetClock) -> None:
    active = make.volunteer()
    make.volunteer(status=VolunteerStatus.ON_LEAVE)
    told = {}
    for year in (2026, 2027):
        for day in (date(year, 9, 30), date(year, 10, 2), date(year, 10, 14), date(year, 10, 15)):
            clock.now = morning(day)
            told[day.isoformat()] = prompt_for_hours(wiring)
    assert {day: count for day, count in told.items() if count} == {"2026-10-02": 1, "2027-10-02": 1}
    assert notices_of(wiring) == [("availability_prompt", active.id)] * 2


def test_a_sweep_that_comes_too_late_does_nothing(make: Make, wiring: Wiring) -> None:
    """Between the reading and the lock anything may have happened."""
    from services import anonymizing, years_turn  # noqa: PLC0415 - called as the sweep would

    gone = make.volunteer(status=VolunteerStatus.WITHDRAWN, purge_on=date(2030, 4, 1))
    for verb in (years_turn.expire, anonymizing.anonymize):
        with wiring.unit() as unit:
            verb(unit, unit.lock(Volunteer, gone.id))
    for of_many in (years_turn.remind, years_turn.prompt):
        with wiring.unit() as unit:
            of_many(unit, unit.take_all(Volunteer, [gone.id]))
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(AuditEvent).where(col(AuditEvent.action).startswith("volunteer."))).all() == []
    assert notices_of(wiring) == []


# papers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "starts_on"),
    [
        ({"fiscal_year": 2025}, "2025-11-11"),  # mid-year: the day after the procedure
        ({"fiscal_year": 2025, "procedure_on": "2025-11-07"}, "2025-11-08"),
        ({"fiscal_year": 2026}, "2026-04-01"),
        ({"fiscal_year": 2025, "starts_on": "2025-04-01"}, "2025-04-01"),
        ({"fiscal_year": 2025, "procedure_on": "2025-11-07", "starts_on": "2025-12-01"}, "2025-12-01"),
    ],
)
def test_cover_begins_the_day_after_the_procedure(
    make: Make, office: Client, over: dict[str, Any], starts_on: str
) -> None:
    path = f"/v1/volunteers/{make.volunteer(insured=False).id}/insurance"
    cover = done(office.post(path, json=over), 201)
    assert (cover["starts_on"], cover["ends_on"]) == (starts_on, f"{over['fiscal_year'] + 1}-03-31")


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"fiscal_year": 2025, "procedure_on": "2025-11-11"}, ("/procedure_on", "FIELD_RANGE")),
        ({"fiscal_year": 2025, "procedure_on": "2025-11-07", "starts_on": "2025-11-07"}, ("/starts_on", "FIELD_RANGE")),
        ({"fiscal_year": 2024}, ("/starts_on", "FIELD_RANGE")),
    ],
)
def test_cover_never_begins_before_it_can(
    make: Make, office: Client, over: dict[str, Any], expected: tuple[str, str]
) -> None:
    path = f"/v1/volunteers/{make.volunteer().id}/insurance"
    assert faults(office.post(path, json=over)) == [expected]


def test_the_status_of_a_child_safety_check_is_kept_and_nothing_else(make: Make, office: Client, as_: As) -> None:
    mai = make.volunteer()
    path = f"/v1/volunteers/{mai.id}/child-safety"
    checked = {"status": "cleared", "checked_on": "2025-11-07"}
    assert faults(office.post(path, json={**checked, "checked_on": "2025-11-11"})) == [("/checked_on", "FIELD_RANGE")]
    assert faults(office.post(path, json={**checked, "valid_until": "2025-11-01"})) == [
        ("/valid_until", "FIELD_CONFLICT")
    ]

    done(office.post(path, json={**checked, "valid_until": "2027-11-07"}), 201)

    (shown,) = done(as_(mai).get(path))["items"]
    assert (shown["status"], shown["valid_until"]) == ("cleared", "2027-11-07")
    assert as_(mai).post(path, json=checked).status_code == 403
