"""From an application to a registration: rounds, the public form, candidates, checklist, and those not taken."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.competence import VolunteerLanguage
from models.person import Gender, Person
from models.recruitment import ApplicationSource, Intake
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import audited, claim, done, faults, notices_of, problem
from tests.makers.recruits import APPLICATIONS, applicant, applied, apply, step
from tests.queries import Statements

ROUNDS = "/v1/recruitment-rounds"
AUTUMN = {"name": "秋の募集", "opens_on": "2025-11-01", "closes_on": "2025-11-30", "activity_kinds": ["event", "event"]}


def volunteer_of(wiring: Wiring, application: Any) -> tuple[Volunteer, Person]:
    with wiring.unit(write=False) as unit:
        volunteer = unit.get(Volunteer, application.volunteer_id)
        return volunteer, unit.get(Person, volunteer.person_id)


# rounds -------------------------------------------------------------------------------------------------------------


def test_a_round_is_planned_opens_and_closes(office: Client, clock: SetClock) -> None:
    made = done(office.post(ROUNDS, json={**AUTUMN, "starts_on": "2026-01-10"}), 201)
    assert (made["status"], made["activity_kinds"]) == ("open", ["event"])

    for moment, status in ((-20, "planned"), (0, "open"), (21, "closed")):
        clock.now = NOW + timedelta(days=moment)
        assert done(office.get(f"{ROUNDS}/{made['id']}"))["status"] == status
        listed = {
            name: len(done(office.get(ROUNDS, params={"status": name}))["items"])
            for name in ("planned", "open", "closed")
        }
        assert listed == {name: int(name == status) for name in listed}
    assert len(done(office.get(ROUNDS))["items"]) == 1


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"closes_on": None}, ("/closes_on", "FIELD_MISSING")),
        ({"closes_on": "2025-10-31"}, ("/closes_on", "FIELD_CONFLICT")),
        ({"starts_on": "2025-10-31"}, ("/starts_on", "FIELD_CONFLICT")),
        ({"activity_kinds": []}, ("/activity_kinds", "FIELD_RANGE")),
    ],
)
def test_days_of_a_round_are_in_order(office: Client, over: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(office.post(ROUNDS, json={**AUTUMN, **over})) == [expected]


def test_a_round_is_changed_by_who_saw_it(office: Client, make: Make) -> None:
    path = f"{ROUNDS}/{make.recruitment_round().id}"
    assert office.patch(path, json={"places": 5}).status_code == 428
    assert office.patch(path, json={"places": 5}, headers={"If-Match": '"old"'}).status_code == 412
    changed = done(office.patch(path, json={"places": 5, "activity_kinds": ["lecture"]}, headers={"If-Match": "*"}))
    assert (changed["places"], changed["activity_kinds"], changed["version"]) == (5, ["lecture"], 2)
    assert faults(office.patch(path, json={"closes_on": None}, headers={"If-Match": "*"})) == [
        ("/closes_on", "FIELD_MISSING")
    ]


@pytest.mark.parametrize("rows", [1, 100])
def test_lists_take_the_same_queries_whatever_their_length(
    office: Client, make: Make, queries: Callable[[], AbstractContextManager[Statements]], rows: int
) -> None:
    for _ in range(rows):
        make.recruitment_round()
    for _ in range(rows + 1):
        twin = make.candidate(person=make.person(email="mai@example.jp"))
    with queries() as seen:
        assert len(done(office.get(ROUNDS, params={"limit": 200}))["items"]) == rows
        assert len(done(office.get(f"/v1/volunteers/{twin.id}/duplicates"))["items"]) == rows
    assert len(seen) == 7


# the public form ----------------------------------------------------------------------------------------------------


def test_anybody_may_apply_and_is_told_by_mail(client: Client, office: Client, wiring: Wiring) -> None:
    answer = apply(client, gender=2, motivation="子育てを手伝いたいです。")

    assert (answer.status_code, answer.content) == (202, b"")
    (application,) = applied(wiring)
    volunteer, person = volunteer_of(wiring, application)
    assert (volunteer.status, volunteer.engagement) == (VolunteerStatus.APPLIED, Engagement.VOLUNTEER)
    assert (person.kana, person.birth_date, person.gender) == ("カクウ マイ", date(1990, 4, 2), Gender.FEMALE)
    assert (application.source, application.received_at, application.round_id) == (ApplicationSource.PUBLIC, NOW, None)
    assert notices_of(wiring) == [
        ("application_received", volunteer.id),
        ("office_application_received", office.account.id),
    ]
    assert [event.action for event in audited(wiring, volunteer.id)] == ["volunteer.apply"]
    shown = done(office.get(f"/v1/volunteers/{volunteer.id}"))
    assert (shown["status"], shown["actions"]) == ("applied", ["screen", "withdraw"])
    assert {entry["tag"] for entry in shown["languages"]} == {"vi", "ja"}
    with wiring.unit(write=False) as unit:
        assert {row.verified_on for row in unit.session.exec(select(VolunteerLanguage))} == {None}
    assert done(office.get(f"/v1/volunteers/{volunteer.id}/application"))["motivation"] == "子育てを手伝いたいです。"


def test_who_is_known_is_answered_alike(client: Client, make: Make, wiring: Wiring) -> None:
    make.volunteer(person=make.person(email="mai@example.jp"))

    known, unknown = apply(client), apply(client, email="other@example.jp")

    assert (known.status_code, known.content, known.headers.keys()) == (202, b"", unknown.headers.keys())
    assert len(applied(wiring)) == 2
    assert [kind for kind, _ in notices_of(wiring)] == ["application_received"] * 2


def test_an_application_sent_twice_is_one(client: Client, wiring: Wiring) -> None:
    assert [apply(client, "one").status_code for _ in range(2)] == [202, 202]
    assert apply(client, "two").status_code == 202  # the same address within a day
    assert len(applied(wiring)) == 1
    assert problem(apply(client, "one", given_name="次郎")) == (422, "IDEMPOTENCY_REUSE")
    assert apply(client, phone="076-000-0001", email=None, contact_channel="phone").status_code == 202
    assert len(applied(wiring)) == 2


def test_a_flood_is_held_back(client: Client, make: Make, wiring: Wiring, clock: SetClock) -> None:
    for _ in range(wiring.rules.applications_per_hour):
        make.candidate()

    held_back = apply(client)

    assert problem(held_back) == (429, "TOO_MANY")
    assert held_back.headers["Retry-After"] == "3600"
    clock.now = NOW + timedelta(hours=1)
    assert apply(client).status_code == 202


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"family_kana": "架空"}, ("/family_kana", "KANA_FORMAT")),
        ({"family_name": None}, ("/family_name", "FIELD_MISSING")),
        ({"email": None}, ("/email", "FIELD_MISSING")),
        ({"district": "nowhere"}, ("/district", "FIELD_REFERENCE")),
        ({"languages": [{"tag": "sw", "level": "B1"}]}, ("/languages/0/tag", "LANG_TAG")),
        ({"languages": [{"tag": "vi", "level": "B1"}] * 2}, ("/languages", "FIELD_DUPLICATE")),
        ({"motivation": "電話は 076-221-0000 です"}, ("/motivation", "REQ_FREE_TEXT_PII")),
        ({"birth_date": "1990-02-30"}, ("/birth_date", "DATE_UNREAL")),
        ({"round_id": "0193a000-0000-7000-8000-000000000000"}, ("/round_id", "FIELD_REFERENCE")),
        ({"status": "active"}, ("/status", "FIELD_UNKNOWN")),
    ],
)
def test_what_cannot_stand_is_told_where(
    client: Client, wiring: Wiring, over: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert faults(apply(client, **over)) == [expected]
    assert applied(wiring) == []


GUARDIAN = {"name": "架空 花子", "phone": "076-000-0002", "consent_on": "2025-11-01"}


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"birth_date": "2008-01-01"}, (422, "VOL_AGE_MIN")),  # 17: interpreting is for adults
        ({"birth_date": "2010-01-01", "activity_kinds": ["event"]}, (422, "VOL_AGE_MIN")),
        ({"birth_date": "2008-01-01", "activity_kinds": ["event"]}, (422, "VOL_GUARDIAN_NEEDED")),
    ],
)
def test_the_young_need_consent_or_patience(client: Client, over: dict[str, Any], expected: tuple[int, str]) -> None:
    assert problem(apply(client, **over)) == expected


def test_with_a_guardian_s_consent_events_are_open_from_sixteen(client: Client, wiring: Wiring, office: Client) -> None:
    young: dict[str, Any] = {"birth_date": "2009-01-01", "activity_kinds": ["event"]}
    future = {**GUARDIAN, "consent_on": "2025-11-11"}
    assert faults(apply(client, **young, guardian=future)) == [("/guardian/consent_on", "FIELD_RANGE")]

    assert apply(client, **young, guardian=GUARDIAN).status_code == 202

    (application,) = applied(wiring)
    shown = done(office.get(f"/v1/volunteers/{application.volunteer_id}/application"))
    assert (shown["guardian_name"], shown["guardian_consent_on"]) == ("架空 花子", "2025-11-01")
    checks = done(office.get(f"/v1/volunteers/{application.volunteer_id}/checklist"))["items"]
    assert {check["item"]: check["done"] for check in checks}["guardian_consent"] is True


def test_an_application_belongs_to_an_open_round(client: Client, make: Make, wiring: Wiring) -> None:
    spring = make.recruitment_round(opens_on=date(2026, 2, 1), closes_on=date(2026, 2, 28))
    opened = make.recruitment_round(starts_on=date(2026, 4, 1))

    assert problem(apply(client, round_id=str(spring.id))) == (422, "VOL_ROUND")
    # Of age on the day on which she begins.
    assert apply(client, round_id=str(opened.id), birth_date="2008-03-01").status_code == 202
    rolling = make.recruitment_round(intake=Intake.ROLLING, closes_on=None)
    assert apply(client, email="b@example.jp").status_code == 202

    assert [one.round_id for one in applied(wiring)] == [opened.id, rolling.id]


def test_rolling_intake_has_no_last_day(office: Client, clock: SetClock) -> None:
    rolling = {**AUTUMN, "intake": "rolling", "closes_on": None}
    made = done(office.post(ROUNDS, json=rolling), 201)
    clock.now = NOW + timedelta(days=900)
    renamed = done(office.patch(f"{ROUNDS}/{made['id']}", json={"name": "随時"}, headers={"If-Match": "*"}))
    assert (renamed["status"], renamed["name"], renamed["activity_kinds"]) == ("open", "随時", ["event"])


def test_the_worklist_names_who_waits_to_be_taken_up(client: Client, office: Client, wiring: Wiring) -> None:
    apply(client)
    (entry,) = done(office.get("/v1/worklist", params={"kind": "application_new"}))["items"]
    volunteer_id = applied(wiring)[0].volunteer_id
    assert (entry["object"]["type"], entry["object"]["id"]) == ("volunteer", str(volunteer_id))
    assert (entry["verb"]["path"], entry["deadline"]) == (
        f"/v1/volunteers/{volunteer_id}/screen",
        "2025-11-11T17:00:00+09:00",
    )
    assert "架空 麻衣" in entry["because"]["detail"]
    done(step(office, volunteer_id, "screen"))
    assert done(office.get("/v1/worklist", params={"kind": "application_new"}))["items"] == []


def test_who_was_entered_before_there_were_applications_moves_alike(admin: Client, make: Make) -> None:
    candidate = make.volunteer(status=VolunteerStatus.SCREENING)
    assert done(step(admin, candidate, "reject", reason="面談の結果"))["status"] == "rejected"
    assert done(step(admin, make.volunteer(status=VolunteerStatus.IN_TRAINING), "withdraw"))["status"] == "withdrawn"


# candidates entered by staff ----------------------------------------------------------------------------------------


def test_staff_enter_who_came_on_paper_and_are_told_of_duplicates(office: Client, make: Make) -> None:
    known = make.volunteer(
        person=make.person(family_kana="カクウマイ", given_kana=None, birth_date=date(1990, 4, 2), email=None)
    )
    paper = applicant(full_name="Kaku Mai", family_name=None, given_name=None)

    answer = office.post("/v1/volunteers", json=paper)
    assert problem(answer) == (409, "VOL_DUPLICATE")
    assert known.volunteer_no in answer.json()["detail"]
    made = office.post("/v1/volunteers", json=paper, params={"force": True})

    body = done(made, 201)
    assert made.headers["Location"] == f"/v1/volunteers/{body['id']}"
    assert (body["status"], body["display_name"]) == ("applied", "Kaku Mai")
    (twin,) = done(office.get(f"/v1/volunteers/{body['id']}/duplicates"))["items"]
    assert (twin["volunteer_no"], twin["because"]) == (known.volunteer_no, ["kana_and_birth"])
    assert faults(office.post("/v1/volunteers", json={**paper, "source": "public"})) == [("/source", "FIELD_CONFLICT")]


def test_a_mail_address_gives_a_duplicate_away_too(office: Client, make: Make) -> None:
    make.volunteer(person=make.person(email="mai@example.jp"))
    nobody = make.candidate(person=make.person(birth_date=None, email=None))

    assert problem(office.post("/v1/volunteers", json=applicant())) == (409, "VOL_DUPLICATE")
    assert done(office.get(f"/v1/volunteers/{nobody.id}/duplicates"))["items"] == []


def test_graduates_of_a_college_become_candidates_one_by_one(office: Client, wiring: Wiring) -> None:
    graduates = [
        applicant(source="college", college="金沢ボランティア大学校"),
        applicant(source="college", given_kana="ハナ", email="mai@example.jp"),
        applicant(source="college", given_kana="ハナ", email="hana@example.jp", birth_date="2015-01-01"),
        applicant(source="college", given_kana="リン", email="rin@example.jp"),
    ]
    items = done(office.post("/v1/volunteers/batch", json={"items": graduates}), 207)["items"]

    assert [(item["index"], item["status"], item.get("code")) for item in items] == [
        (0, 201, None),
        (1, 409, "VOL_DUPLICATE"),
        (2, 422, "VOL_AGE_MIN"),
        (3, 201, None),
    ]
    assert [(one.source, one.college) for one in applied(wiring)] == [
        (ApplicationSource.COLLEGE, "金沢ボランティア大学校"),
        (ApplicationSource.COLLEGE, None),
    ]
    assert [
        item["status"] for item in done(office.post("/v1/volunteers/batch", json={"items": graduates}), 207)["items"]
    ] == [
        409,
        409,
        422,
        409,
    ]


def test_who_never_applied_has_no_application(office: Client, make: Make) -> None:
    assert office.get(f"/v1/volunteers/{make.volunteer().id}/application").status_code == 404


# the way to a registration ------------------------------------------------------------------------------------------


def tick(office: Client, volunteer_id: str, item: str, done_on: str | None = "2025-11-07", **over: Any) -> Any:
    path = f"/v1/volunteers/{volunteer_id}/checklist"
    return office.put(path, json={"item": item, "done_on": done_on, **over}, headers={"If-Match": "*"})


def missing(answer: Any) -> list[str]:
    assert problem(answer) == (422, "VOL_CHECKLIST"), answer.text
    detail: str = answer.json()["detail"]
    return detail[detail.index("(") + 1 : -2].split(", ")


def test_a_candidate_is_screened_trained_and_registered(client: Client, office: Client, wiring: Wiring) -> None:
    apply(client)
    volunteer_id = str(applied(wiring)[0].volunteer_id)
    office.headers["Accept-Language"] = "en"

    assert done(step(office, volunteer_id, "screen"))["actions"] == ["start-training", "withdraw"]
    assert missing(step(office, volunteer_id, "start-training")) == ["conditions explained", "interview"]
    for item in ("conditions_explained", "interview"):
        done(tick(office, volunteer_id, item, note="面談済み"))
    trained = done(step(office, volunteer_id, "start-training"))

    assert trained["status"] == "in_training"
    with wiring.unit(write=False) as unit:
        account = unit.session.exec(select(Account).where(Account.email == "mai@example.jp")).one()
    assert (account.status, account.roles, account.language) == (AccountStatus.INVITED, ["volunteer"], "ja")
    assert [kind for kind, _ in notices_of(wiring)][2:] == ["training_started", "account_invitation"]
    assert missing(step(office, volunteer_id, "activate")) == [
        "contact tested", "required course", "identity seen", "insurance", "language evidence", "photo",
        "pledge",
    ]  # fmt: skip
    for item in ("contact_tested", "identity_seen", "photo"):
        done(tick(office, volunteer_id, item))
    path = f"/v1/volunteers/{volunteer_id}"
    done(office.post(f"{path}/insurance", json={"fiscal_year": 2025}), 201)
    done(office.post(f"{path}/pledges", json={"version_code": "2025-04", "signed_on": "2025-11-10"}), 201)
    done(office.post(f"{path}/certifications", json={"cert_code": "basic", "granted_on": "2025-11-09"}), 201)
    (vietnamese,) = (one for one in done(office.get(f"{path}/languages"))["items"] if one["tag"] == "vi")
    levels = {"speaking": "C1", "listening": "C1", "evidence": "interview", "verified_on": "2025-11-07"}
    done(office.put(f"{path}/languages/{vietnamese['id']}", json=levels, headers={"If-Match": "*"}))
    registered = done(step(office, volunteer_id, "activate"))

    assert (registered["status"], registered["registered_on"], registered["valid_until"]) == (
        "active",
        "2025-11-10",
        "2027-03-31",
    )
    assert notices_of(wiring)[-1] == ("registration_activated", UUID(volunteer_id))
    stages = done(office.get(f"{path}/application"))
    assert all(stages[stage] for stage in ("screened_at", "training_at", "activated_at"))
    assert stages["ended_at"] is None


def test_an_item_is_taken_back_and_never_of_tomorrow(office: Client, make: Make) -> None:
    candidate = make.candidate(VolunteerStatus.SCREENING, ticked=True)
    assert faults(tick(office, str(candidate.id), "photo", "2025-11-11")) == [("/done_on", "FIELD_RANGE")]
    path = f"/v1/volunteers/{candidate.id}/checklist"
    assert office.put(path, json={"item": "pledge", "done_on": None}, headers={"If-Match": "*"}).status_code == 422
    assert office.put(path, json={"item": "photo", "done_on": None}).status_code == 428

    items = done(tick(office, str(candidate.id), "interview", None))["items"]

    assert {check["item"]: check["done"] for check in items}["interview"] is False
    assert problem(step(office, candidate, "start-training")) == (422, "VOL_CHECKLIST")


def test_what_does_not_concern_somebody_is_not_wanted(office: Client, make: Make) -> None:
    helper = make.candidate(
        VolunteerStatus.IN_TRAINING, ticked=True, certs=(), activities=("event",), languages={"ja": "native"}
    )
    colleague = make.candidate(
        VolunteerStatus.IN_TRAINING, ticked=True, engagement=Engagement.STAFF, pledge=False, insured=False
    )
    assert [done(step(office, one, "activate"))["status"] for one in (helper, colleague)] == ["active"] * 2


def test_who_became_of_age_or_never_had_a_guardian(office: Client, make: Make) -> None:
    young = make.candidate(VolunteerStatus.IN_TRAINING, ticked=True, person=make.person(birth_date=date(2008, 1, 1)))
    unknown = make.volunteer(status=VolunteerStatus.IN_TRAINING, person=make.person(birth_date=None))
    for one in (young, unknown):
        items = done(office.get(f"/v1/volunteers/{one.id}/checklist"))["items"]
        assert {check["item"]: check["done"] for check in items}["guardian_consent"] is False


def test_who_has_an_account_becomes_a_volunteer_too(office: Client, make: Make, wiring: Wiring) -> None:
    candidate = make.candidate(VolunteerStatus.SCREENING, ticked=True)
    with wiring.unit(write=False) as unit:
        person = unit.get(Person, candidate.person_id)
    account = make.account(Role.TRAINER, person=person)
    mute = make.candidate(VolunteerStatus.SCREENING, ticked=True, person=make.person(email=None, phone="076-000-0009"))
    taken = make.candidate(VolunteerStatus.SCREENING, ticked=True, person=make.person(email=account.email))

    done(step(office, candidate, "start-training"))
    done(step(office, mute, "start-training"))

    with wiring.unit(write=False) as unit:
        assert unit.get(Account, account.id).roles == ["trainer", "volunteer"]
        assert unit.session.exec(select(Account).where(col(Account.person_id) == mute.person_id)).first() is None
    assert notices_of(wiring) == [("training_started", candidate.id), ("training_started", mute.id)]
    assert problem(step(office, taken, "start-training")) == (409, "ACC_EMAIL_TAKEN")


def test_an_application_that_looks_alike_is_screened_only_with_force(office: Client, make: Make) -> None:
    make.volunteer(person=make.person(email="mai@example.jp"))
    twin = make.candidate(person=make.person(email="mai@example.jp"))

    assert problem(step(office, twin, "screen")) == (409, "VOL_DUPLICATE")
    assert done(step(office, twin, "screen", force=True))["status"] == "screening"


def test_who_is_turned_down_is_told_and_kept_for_six_months(admin: Client, make: Make, wiring: Wiring) -> None:
    candidate = make.candidate(VolunteerStatus.SCREENING)
    assert faults(step(admin, candidate, "reject", reason="090-1234-5678 に電話")) == [("/reason", "REQ_FREE_TEXT_PII")]

    turned_down = done(step(admin, candidate, "reject", reason="日本語で面談できない"))

    assert (turned_down["status"], turned_down["actions"]) == ("rejected", [])
    with wiring.unit(write=False) as unit:
        row = unit.get(Volunteer, candidate.id)
        assert (row.left_on, row.purge_on) == (date(2025, 11, 10), date(2026, 5, 10))
    assert notices_of(wiring) == [("application_rejected", candidate.id)]
    answer = step(admin, candidate, "screen")
    assert problem(answer) == (409, "VOL_STATE")
    assert (answer.json()["state"], answer.json()["allowed"]) == ("rejected", [])


def test_only_administrators_turn_down(office: Client, make: Make, as_: As) -> None:
    candidate = make.candidate(VolunteerStatus.SCREENING)
    assert problem(step(office, candidate, "reject", reason="x")) == (403, "NOT_PERMITTED")
    assert as_(Role.VIEWER).post("/v1/volunteers", json=applicant()).status_code == 403
    assert office.post(APPLICATIONS, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_a_trainee_s_permissions_grow_with_the_registration(office: Client, make: Make, as_: As) -> None:
    trainee = make.candidate(VolunteerStatus.IN_TRAINING, ticked=True)
    herself, opened = as_(trainee), make.shift_with_demand()

    assert "shift:claim" not in done(herself.get("/v1/me"))["permissions"]
    assert problem(claim(herself, opened)) == (403, "NOT_PERMITTED")
    done(step(office, trainee, "activate"))
    assert "shift:claim" in done(herself.get("/v1/me"))["permissions"]
    both = make.account(Role.COORDINATOR, Role.TRAINER, person=make.person())
    assert "offer:answer" in done(as_(both).get("/v1/me"))["permissions"]


def test_a_trainee_who_is_on_the_staff_keeps_what_that_gives(make: Make, as_: As, wiring: Wiring) -> None:
    trainee = make.candidate(VolunteerStatus.IN_TRAINING)
    with wiring.unit(write=False) as unit:
        person = unit.get(Person, trainee.person_id)
    plain = as_(make.account(Role.COORDINATOR, person=person))
    assert {"offer:answer", "client:disclose"} <= set(done(plain.get("/v1/me"))["permissions"])
