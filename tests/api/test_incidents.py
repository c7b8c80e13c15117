"""Incidents: told by those concerned, read by staff alone, and grave ones reach the office at once without their text."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import AccountStatus, Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.incident import Incident, IncidentAction, IncidentStatus
from models.organization import Organization
from models.person import Person
from models.record import Notice
from services.clock import SetClock
from services.notifying import unpack
from services.wording import LANGUAGES, say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, done, faults, notices_of, problem
from tests.makers.work import VISIT, Opened

INCIDENTS = "/v1/incidents"
TEXT = "玄関の階段で転びました。田中さん（090-0000-0000）が見ていました。"


def tell(caller: Client, about: tuple[str, object] | None, **over: Any) -> httpx2.Response:
    body: dict[str, Any] = {"kind": "accident", "severity": 2, "text": TEXT, **over}
    if about is not None:
        body["about"] = {"type": about[0], "id": str(about[1])}
    return caller.post(INCIDENTS, json=body)


def verb(caller: Client, incident: Incident, name: str, **body: Any) -> httpx2.Response:
    return caller.post(f"{INCIDENTS}/{incident.id}/{name}", json=body)


def judge(caller: Client, incident: Incident, match: str = "*", **body: Any) -> httpx2.Response:
    return caller.patch(f"{INCIDENTS}/{incident.id}", json=body, headers={"If-Match": match})


@pytest.fixture
def opened(make: Make) -> Opened:
    return make.shift_with_demand(owner=make.organization())


def test_who_tells_gets_back_that_it_was_received_and_staff_read_it(
    make: Make, as_: As, opened: Opened, office: Client, wiring: Wiring
) -> None:
    mai = make.volunteer()
    stands, she = make.assignment(opened, mai), as_(mai)

    told = done(tell(she, ("assignment", stands.id)), 201)

    assert told == {"id": told["id"], "kind": "accident", "severity": 2, "status": "open"}
    read = done(office.get(f"{INCIDENTS}/{told['id']}"))
    assert (read["text"], read["log"], read["actions"]) == (TEXT, [], ["act", "close"])
    assert (read["about_type"], read["about_id"]) == ("assignment", str(stands.id))
    assert read["created_by"] == str(she.account.id)
    events = [(event.action, event.actor_id, event.fields) for event in audited(wiring, told["id"])]
    assert events == [
        ("incident.report", she.account.id, []),
        ("incident.read", office.account.id, ["log", "text"]),
    ]
    assert notices_of(wiring) == []


def test_nothing_that_is_written_lies_open_in_the_database(office: Client, wiring: Wiring) -> None:
    told = done(tell(office, None), 201)
    done(office.post(f"{INCIDENTS}/{told['id']}/act", json={"text": "お詫びの電話をしました"}))
    done(office.post(f"{INCIDENTS}/{told['id']}/close", json={"reason": "手すりを付けました"}))

    with wiring.unit(write=False) as unit:
        rows = [
            *unit.session.exec(select(Incident)),
            *unit.session.exec(select(IncidentAction).order_by(col(IncidentAction.id))),
        ]
        assert [unit.vault.open(row.sealed)["text"] for row in rows] == [
            TEXT,
            "お詫びの電話をしました",
            "手すりを付けました",
        ]
        plain = str([row.model_dump() for row in rows]) + str(
            [event.model_dump() for event in audited(wiring, told["id"])]
        )
    assert not any(word in plain for word in ("階段", "電話", "手すり"))


def test_an_institution_tells_of_its_request_and_of_who_came(make: Make, as_: As, opened: Opened) -> None:
    stands = make.assignment(opened, make.volunteer())
    clerk = as_(Role.REQUESTER, organization=_owner(make, opened))

    for about in (("dispatch_request", opened.request.id), ("assignment", stands.id)):
        assert done(tell(clerk, about, kind="complaint"), 201)["kind"] == "complaint"


def _owner(make: Make, opened: Opened) -> Organization:
    with make.wiring.unit(write=False) as unit:
        return unit.get(Organization, opened.request.organization_id)


def test_what_is_not_hers_does_not_exist(make: Make, as_: As, opened: Opened, office: Client) -> None:
    mai = make.volunteer()
    hers, tentative = (
        make.assignment(opened, mai),
        make.assignment(
            make.shift_with_demand(owner=_owner(make, opened), starts_at=VISIT + timedelta(days=1)),
            mai,
            AssignmentStatus.TENTATIVE,
        ),
    )
    request, clerk = opened.request, as_(Role.REQUESTER, organization=_owner(make, opened))

    for caller, about in (
        (as_(make.volunteer()), ("assignment", hers.id)),
        (as_(mai), ("dispatch_request", request.id)),
        (as_(mai), ("assignment", request.id)),
        (as_(Role.REQUESTER), ("dispatch_request", request.id)),
        (as_(Role.REQUESTER), ("assignment", hers.id)),
        (clerk, ("assignment", tentative.id)),
        (office, ("assignment", new_id())),
        (office, ("dispatch_request", hers.id)),
    ):
        assert problem(tell(caller, about)) == (404, "NOT_FOUND")


def test_only_staff_may_leave_out_what_it_is_about(make: Make, as_: As, office: Client) -> None:
    for caller in (as_(make.volunteer()), as_(Role.REQUESTER)):
        assert faults(tell(caller, None)) == [("/about", "FIELD_MISSING")]
    told = done(tell(office, None, kind="privacy"), 201)
    read = done(office.get(f"{INCIDENTS}/{told['id']}"))
    assert (read["about_type"], read["about_id"]) == (None, None)


def test_staff_take_down_what_somebody_says_on_the_phone(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    mai = make.volunteer()
    told = done(tell(office, None, on_behalf=by_phone(mai)), 201)
    assert audited(wiring, told["id"])[0].on_behalf == {**by_phone(mai), "note_code": None}
    stands = make.assignment(make.shift_with_demand(), mai)
    assert problem(tell(as_(mai), ("assignment", stands.id), on_behalf=by_phone(mai))) == (403, "NOT_PERMITTED")


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "theft"), ("severity", 0), ("severity", 5), ("severity", "3"), ("text", ""), ("text", "x" * 4001)],
)
def test_an_incident_is_told_in_its_form(field: str, value: object, office: Client) -> None:
    assert faults(tell(office, None, **{field: value}))[0][0] == f"/{field}"
    assert tell(office, ("shift", new_id())).status_code == 422


def test_others_neither_read_nor_settle_it(make: Make, as_: As) -> None:
    incident = make.incident()
    for caller in (as_(make.volunteer()), as_(Role.REQUESTER), as_(Role.VIEWER)):
        assert caller.get(INCIDENTS).status_code == 403
        assert caller.get(f"{INCIDENTS}/{incident.id}").status_code == 403
        assert judge(caller, incident, severity=4).status_code == 403
        assert verb(caller, incident, "act", text="x").status_code == 403
        assert verb(caller, incident, "close", reason="x").status_code == 403
    assert tell(as_(Role.VIEWER), None).status_code == 403


def in_charge(make: Make, as_: As) -> set[Any]:
    """Two who are alarmed, one of whom interprets too; beside them some who are not."""
    mai = make.volunteer()
    with make.wiring.unit(write=False) as unit:
        person = unit.get(Person, mai.person_id)
    alarmed = {as_(Role.ADMIN).account.id, make.account(Role.COORDINATOR, Role.VOLUNTEER, person=person).id}
    make.account(Role.ADMIN, status=AccountStatus.DISABLED)
    for role in (Role.REQUESTER, Role.VIEWER, Role.TRAINER):
        make.account(role)
    return alarmed


@pytest.mark.parametrize(("severity", "alarms"), [(1, False), (2, False), (3, True), (4, True)])
def test_what_is_grave_reaches_those_in_charge_at_once(
    severity: int,
    alarms: bool,  # noqa: FBT001 - a parameter
    make: Make,
    as_: As,
    opened: Opened,
    wiring: Wiring,
) -> None:
    mai, alarmed = make.volunteer(), in_charge(make, as_)
    stands = make.assignment(opened, mai)

    done(tell(as_(mai), ("assignment", stands.id), severity=severity, kind="safeguarding"), 201)

    told = notices_of(wiring)
    assert {kind for kind, _ in told} == ({"incident_alarm"} if alarms else set())
    assert {whom for _, whom in told} == (alarmed if alarms else set())
    assert len(told) == (len(alarmed) if alarms else 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_alarm_says_nothing_of_what_happened(language: str, office: Client, wiring: Wiring) -> None:
    done(tell(office, None, severity=4), 201)
    with wiring.unit(write=False) as unit:
        (notice,) = unit.session.exec(select(Notice)).all()
        words = "".join(
            say("notices", f"{notice.kind}_{part}", language, unpack(notice.facts), unit.zone)
            for part in ("subject", "body")
        )
    assert "4" in words
    assert not any(said in words + str(notice.facts) for said in ("階段", "田中", "090"))


def test_an_incident_that_turns_out_grave_alarms_too(make: Make, office: Client, wiring: Wiring) -> None:
    incident = make.incident()

    def alarms(**judged: Any) -> int:
        before = len(notices_of(wiring))
        done(judge(office, incident, **judged))
        return len(notices_of(wiring)) - before

    assert [alarms(severity=at) for at in (2, 3, 3, 4, 3, 1)] == [0, 1, 0, 1, 0, 0]
    assert alarms(kind="complaint") == 0
    read = done(office.get(f"{INCIDENTS}/{incident.id}"))
    assert (read["kind"], read["severity"]) == ("complaint", 1)


def test_a_judgement_honours_the_version(make: Make, office: Client) -> None:
    incident = make.incident()
    said = office.patch(f"{INCIDENTS}/{incident.id}", json={"severity": 2})
    assert problem(said) == (428, "PRECONDITION_REQUIRED")
    assert problem(judge(office, incident, '"old"', severity=2)) == (412, "VERSION")
    assert faults(judge(office, incident, severity=5)) == [("/severity", "FIELD_RANGE")]
    assert faults(judge(office, incident, kind=None)) == [("/kind", "FIELD_NULL")]
    changed = judge(office, incident, incident.etag, severity=2)
    assert (done(changed)["version"], "text" in done(changed)) == (2, False)


def test_what_is_done_is_written_down_until_it_is_closed(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    incident = make.incident()
    acted = done(verb(office, incident, "act", text="ご家族に電話しました"))
    assert (acted["status"], acted["version"], "log" in acted) == ("open", 2, False)
    clock.forward(hours=1)
    closed = done(verb(office, incident, "close", reason="けがはありませんでした"))
    assert (closed["status"], closed["actions"]) == ("closed", [])
    assert closed["closed_at"] == "2025-11-10T10:00:00+09:00"

    log = done(office.get(f"{INCIDENTS}/{incident.id}"))["log"]
    assert [(step["verb"], step["text"]) for step in log] == [
        ("act", "ご家族に電話しました"),
        ("close", "けがはありませんでした"),
    ]
    assert {step["account_id"] for step in log} == {str(office.account.id)}
    assert [event.action for event in audited(wiring, incident.id)] == [
        "incident.act",
        "incident.close",
        "incident.read",
    ]


def test_a_closed_incident_stays_as_it_is(make: Make, office: Client) -> None:
    incident = make.incident(status=IncidentStatus.CLOSED)
    for said in (
        verb(office, incident, "act", text="あとから"),
        verb(office, incident, "close", reason="もう一度"),
        judge(office, incident, severity=4),
    ):
        assert problem(said) == (409, "INC_STATE")
        assert (said.json()["state"], said.json()["allowed"]) == ("closed", [])


def test_a_list_holds_no_text_and_is_narrowed_and_paged(make: Make, office: Client, wiring: Wiring) -> None:
    slight = make.incident()
    grave = make.incident(severity=4, kind="privacy")
    over = make.incident(severity=3, status=IncidentStatus.CLOSED)

    def ids(**asked: Any) -> list[str]:
        said = office.get(INCIDENTS, params=asked)
        assert "階段" not in said.text
        return [one["id"] for one in done(said)["items"]]

    assert ids() == [str(over.id), str(grave.id), str(slight.id)]
    assert ids(status="open") == [str(grave.id), str(slight.id)]
    assert ids(kind="privacy") == [str(grave.id)]
    assert ids(min_severity=3) == [str(over.id), str(grave.id)]
    cursor = done(office.get(INCIDENTS, params={"limit": 2}))["next_cursor"]
    assert ids(limit=2, cursor=cursor) == [str(slight.id)]
    assert audited(wiring, slight.id) == []
