"""Rules that nobody means well: refused precisely and at once, through HTTP. And nothing of a child leaves in a log or an error."""

from time import process_time
from typing import Any

import pytest

from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import add_term
from tests.makers.doors import done, faults

RULES = {
    "FREQ=SECONDLY": "SER_OFTEN",
    "FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=0;COUNT=5": "SER_OFTEN",
    "FREQ=DAILY;COUNT=1000000000": "SER_RULE",
    "FREQ=DAILY;COUNT=999": "SER_LONG",
    "FREQ=DAILY": "SER_ENDLESS",
    "FREQ=WEEKLY;UNTIL=99991231": "SER_LONG",
    "FREQ=WEEKLY;UNTIL=20240101": "SER_EMPTY",
    "FREQ=WEEKLY;COUNT=2;UNTIL=20260101": "SER_RULE",
    "FREQ=WEEKLY;UNTIL=00010101": "SER_EMPTY",
    "FREQ=MONTHLY;BYSETPOS=99;BYDAY=MO;COUNT=3": "SER_EMPTY",
    "FREQ=WEEKLY;BYSETPOS=99;BYDAY=MO;COUNT=3": "SER_EMPTY",
    "FREQ=DAILY;BYSETPOS=99,5;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=1": "SER_EMPTY",
    "FREQ=DAILY;INTERVAL=7;BYDAY=WE;COUNT=3": "SER_EMPTY",
    "FREQ=MONTHLY;BYSETPOS=-999;BYDAY=MO;COUNT=3": "SER_RULE",
    "FREQ=WEEKLY;BYSETPOS=0;BYDAY=MO;COUNT=3": "SER_RULE",
    "FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=99;UNTIL=20260101": "SER_EMPTY",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;COUNT=3": "SER_EMPTY",
    "FREQ=WEEKLY;INTERVAL=0;COUNT=3": "SER_RULE",
    "FREQ=WEEKLY;INTERVAL=-1;COUNT=3": "SER_RULE",
    "FREQ=YEARLY;BYEASTER=0;COUNT=3": "SER_RULE",
    "FREQ=WEEKLY;BYDAY=SA;BYDAY=SU;COUNT=3": "SER_RULE",
    "FREQ=WEEKLY;BYDAY=" + ",".join(["SA"] * 45): "SER_ENDLESS",
    "FREQ=WEEKLY;BYDAY=" + ",".join(["SA"] * 4000): "FIELD_RANGE",
    "DTSTART:19700101T000000Z;FREQ=DAILY;COUNT=3": "SER_RULE",
    "FREQ=WEEKLY;COUNT=3\nEXRULE:FREQ=DAILY": "FIELD_FORMAT",
    "FREQ=WEEKLY;COUNT=\uff13": "FIELD_FORMAT",
    "": "FIELD_RANGE",
}


def test_every_hostile_rule_is_refused_by_name_and_at_once(manager: Client, room: Classroom) -> None:
    began = process_time()
    said = {rule: faults(add_term(manager, room, rule=rule)) for rule in RULES}
    took = process_time() - began
    assert said == {rule: [("/rule", code)] for rule, code in RULES.items()}
    assert took < 0.25 * len(RULES)
    assert done(manager.get(f"/v1/classrooms/{room.id}/terms"))["items"] == []


CHILD = {
    "first_name": "秘密の名",
    "school_stage": "elementary",
    "native_language": "vi",
    "pickup_rule": "guardian",
    "guardian": {"name": "秘密の保護者", "phone": "076-999-1234", "language": "vi"},
}
SECRETS = ("秘密の名", "秘密の保護者", "076-999-1234")


def test_nothing_of_a_child_or_its_guardian_leaves_in_an_error_or_a_log(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client,
    room: Classroom,
    make: Make,
    clock: SetClock,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = done(manager.post("/v1/learners", json=CHILD), 201)
    path = f"/v1/learners/{child['id']}"
    place = {"classroom_id": str(room.id), "learner_id": child["id"]}
    enrolled = done(manager.post("/v1/enrollments", json=place), 201)
    for verb in ("interview", "enroll"):
        done(manager.post(f"/v1/enrollments/{enrolled['id']}/{verb}"))
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = met.session.starts_at
    entry = {"learner_id": child["id"], "status": "present"}
    consent = {"scopes": ["participation"], "signed_on": "2025-11-10", "language": "vi"}
    calls = f"/v1/classrooms/{room.id}/guardian-calls/{child['id']}"
    refused: list[Any] = [
        manager.post("/v1/enrollments", json=place),
        manager.post("/v1/learners", json={**CHILD, "guardian": {**CHILD["guardian"], "phone": "076-999-1234 x"}}),  # type: ignore[dict-item]
        manager.post("/v1/learners", json={**CHILD, "school_stage": "秘密の名"}),
        manager.post("/v1/learners", json={**CHILD, "guardian": "秘密の保護者"}),
        manager.patch(path, json={"first_name": "秘密の名" * 100}, headers={"If-Match": "*"}),
        manager.patch(path, json={"first_name": "秘密の名"}, headers={"If-Match": '"old.1"'}),
        manager.put(
            f"/v1/class-sessions/{met.session.id}/attendance", json={"items": [entry]}, headers={"If-Match": "*"}
        ),
        manager.post(f"{path}/consents", json={**consent, "signed_on": "2030-01-01"}),
        manager.post(f"{path}/consents", json={**consent, "scopes": ["秘密の名"]}),
        manager.post(calls, json={"result": "call_back"}),
        manager.post(calls, json={"result": "reached", "note_code": "秘密の名"}),
    ]
    assert all(400 <= one.status_code < 500 for one in refused), [one.status_code for one in refused]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("services.learners._guardian", broken)
    crash = manager.post("/v1/learners", json=CHILD)
    assert crash.status_code == 500
    said = "".join([*(one.text for one in (*refused, crash)), *capfd.readouterr(), caplog.text])
    assert "out of order" in said
    assert [secret for secret in SECRETS if secret in said] == []
