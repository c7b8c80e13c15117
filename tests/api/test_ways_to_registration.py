"""From a candidate to a registration: checklist, training, account, and those not taken."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, AccountStatus, Role
from models.person import Person
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import claim, done, faults, notices_of, problem
from tests.makers.recruits import APPLICATIONS, applicant, applied, apply, step


def test_who_was_entered_before_there_were_applications_moves_alike(admin: Client, make: Make) -> None:
    candidate = make.volunteer(status=VolunteerStatus.SCREENING)
    assert done(step(admin, candidate, "reject", reason="面談の結果"))["status"] == "rejected"
    assert done(step(admin, make.volunteer(status=VolunteerStatus.IN_TRAINING), "withdraw"))["status"] == "withdrawn"


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
