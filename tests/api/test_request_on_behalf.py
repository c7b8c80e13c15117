"""What staff enter for an institution that called, wrote or came: it counts from when it arrived."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.organization import Organization
from models.record import AuditEvent
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS, accepted, home_visit, moved, path_of, submitted, written
from tests.makers.doors import faults, problem


def told(by: Organization, at: str = "2025-11-10T09:00:00+09:00", channel: str = "fax") -> dict[str, Any]:
    return {"of": str(by.id), "channel": channel, "at": at}


FUTURE = "2025-11-10T09:01:01+09:00"


def test_staff_name_the_centre_they_file_for(office: Client, centre: Organization) -> None:
    assert faults(office.post(REQUESTS, json=home_visit())) == [("/organization_id", "FIELD_MISSING")]
    assert faults(office.post(REQUESTS, json=home_visit(organization_id=str(new_id())))) == [
        ("/organization_id", "FIELD_REFERENCE")
    ]
    filed = written(office, home_visit(organization_id=str(centre.id), on_behalf=told(centre)))
    assert (filed["organization_id"], filed["channel"]) == (str(centre.id), "fax")


def test_only_staff_act_for_others_and_not_in_the_future(clerk: Client, office: Client, centre: Organization) -> None:
    body = home_visit(organization_id=str(centre.id))
    draft = path_of(written(clerk, home_visit(languages=["en"])))

    for path, entry in ((REQUESTS, body), (f"{draft}/submit", {}), (f"{draft}/cancel", {"reason": "中止"})):
        assert problem(clerk.post(path, json=entry | {"on_behalf": told(centre)})) == (403, "NOT_PERMITTED")
        assert faults(office.post(path, json=entry | {"on_behalf": told(centre, FUTURE)})) == [
            ("/on_behalf/at", "FIELD_RANGE")
        ]
    assert clerk.get(draft).json()["status"] == "draft"


def test_a_clock_ahead_by_up_to_a_minute_is_no_future(
    clerk: Client, office: Client, centre: Organization, clock: SetClock
) -> None:
    draft = path_of(written(clerk, home_visit(languages=["en"])))
    for seconds, status in ((61, 422), (60, 200)):
        at = (clock() + timedelta(seconds=seconds)).isoformat()
        assert office.post(f"{draft}/submit", json={"on_behalf": told(centre, at)}).status_code == status


@pytest.mark.parametrize("verb", ["return", "reject", "mark-unfilled", "reopen"])
def test_no_decision_comes_from_the_future(verb: str, clerk: Client, office: Client, centre: Organization) -> None:
    request = submitted(clerk, home_visit()) if verb in {"return", "reject"} else accepted(clerk, office, home_visit())
    if verb == "reopen":
        moved(office, request, "mark-unfilled", reason="該当者なし")
    reason = {} if verb == "reopen" else {"reason": "日程"}
    path = f"{path_of(request)}/{verb}"

    assert faults(office.post(path, json=reason | {"on_behalf": told(centre, FUTURE)})) == [
        ("/on_behalf/at", "FIELD_RANGE")
    ]
    assert office.post(path, json=reason | {"on_behalf": told(centre)}).status_code == 200


def test_the_lead_time_counts_from_when_the_fax_arrived(
    clerk: Client, office: Client, centre: Organization, clock: SetClock, wiring: Wiring
) -> None:
    request = written(clerk, home_visit())
    clock.forward(days=2)
    fax = told(centre, "2025-11-11T16:59:00+09:00")

    handed_in = moved(office, request, "submit", on_behalf=fax)

    assert handed_in["received_at"] == "2025-11-11T16:59:00+09:00"
    assert (handed_in["urgent"], handed_in["needs_override"]) == (False, [])
    with wiring.unit(write=False) as unit:
        (event,) = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "dispatch_request.submit"))
    assert event.actor_id == office.account.id
    assert event.on_behalf is not None
    assert (event.on_behalf["of"], event.on_behalf["channel"]) == (fax["of"], "fax")


def test_cancelling_by_telephone_counts_from_the_call(
    clerk: Client, office: Client, centre: Organization, clock: SetClock
) -> None:
    request = accepted(clerk, office, home_visit())
    clock.now = datetime.fromisoformat("2025-11-19T15:00:00+09:00")

    cancelled = moved(
        office, request, "cancel", reason="家庭の都合", on_behalf=told(centre, "2025-11-19T12:00:00+09:00", "phone")
    )

    assert (cancelled["status"], cancelled["late_cancel"], cancelled["warnings"]) == ("cancelled", False, [])


def test_each_act_for_others_is_in_the_log(clerk: Client, office: Client, centre: Organization, wiring: Wiring) -> None:
    request = accepted(clerk, office, home_visit())
    moved(office, request, "mark-unfilled", reason="該当者なし", on_behalf=told(centre))
    moved(office, request, "reopen", on_behalf=told(centre))
    moved(office, request, "cancel", reason="中止", on_behalf=told(centre))

    with wiring.unit(write=False) as unit:
        logged = unit.session.exec(
            select(AuditEvent.action)
            .where(col(AuditEvent.object_type) == "dispatch_request")
            .order_by(col(AuditEvent.id))
        ).all()
        spoken_for = [
            event.action
            for event in unit.session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
            if event.on_behalf
        ]
    assert [action.removeprefix("dispatch_request.") for action in logged] == [
        "create",
        "submit",
        "accept",
        "mark-unfilled",
        "reopen",
        "cancel",
    ]
    assert [action.removeprefix("dispatch_request.") for action in spoken_for] == ["mark-unfilled", "reopen", "cancel"]


def test_what_is_entered_names_the_institution_or_an_account_of_it(
    clerk: Client, office: Client, centre: Organization, make: Make, as_: As
) -> None:
    body = home_visit(organization_id=str(centre.id))
    other = make.organization()
    strangers = [new_id(), other.id, as_(Role.REQUESTER, organization=other).account.id, make.volunteer().id]

    for stranger in strangers:
        wrong = {"on_behalf": told(centre) | {"of": str(stranger)}}
        assert faults(office.post(REQUESTS, json=body | wrong)) == [("/on_behalf/of", "FIELD_REFERENCE")]
    by_her = told(centre) | {"of": str(clerk.account.id)}
    filed = written(office, body | {"on_behalf": by_her})
    for verb, entry in (("submit", {}), ("cancel", {"reason": "中止"})):
        wrong = {"on_behalf": told(other)}
        said = office.post(f"{path_of(filed)}/{verb}", json=entry | wrong)
        assert faults(said) == [("/on_behalf/of", "FIELD_REFERENCE")]
        moved(office, filed, verb, **entry, on_behalf=by_her)


def test_nothing_is_entered_that_is_long_past_or_older_than_its_request(
    office: Client, centre: Organization, clock: SetClock
) -> None:
    body = home_visit(organization_id=str(centre.id))
    for at, status in (("2025-10-11T08:59:59+09:00", 422), ("2025-10-11T09:00:00+09:00", 201)):
        assert office.post(REQUESTS, json=body | {"on_behalf": told(centre, at)}).status_code == status
    filed = written(office, home_visit(organization_id=str(centre.id), languages=["en"]))
    fax = told(centre, "2025-11-08T16:00:00+09:00")
    moved(office, filed, "submit", on_behalf=fax)  # it was there before it was written down

    clock.forward(hours=1)
    path = f"{path_of(filed)}/cancel"
    before = office.post(path, json={"reason": "中止", "on_behalf": told(centre, "2025-11-08T15:59:00+09:00")})
    assert faults(before) == [("/on_behalf/at", "FIELD_RANGE")]
    moved(office, filed, "cancel", reason="中止", on_behalf=fax)


def test_a_fax_that_follows_a_call_is_answered_with_the_other_number(office: Client, centre: Organization) -> None:
    body = home_visit(organization_id=str(centre.id))
    filed = written(office, body | {"on_behalf": told(centre, channel="phone")})
    fax = body | {"on_behalf": told(centre, channel="fax")}

    said = office.post(REQUESTS, json=fax)

    assert problem(said) == (409, "REQ_DUPLICATE")
    assert filed["request_no"] in said.json()["detail"]
    forced = written(office, fax, force=True)
    assert (filed["channel"], forced["channel"]) == ("phone", "fax")
    assert forced["request_no"] != filed["request_no"]
