"""Consultations, who came, and to whom they were handed on."""

from datetime import date
from typing import Any, Final

import httpx2
from starlette.testclient import TestClient

from models.consultation import (
    Consultation,
    ConsultationChannel,
    ConsultationIdentity,
    ConsultationStatus,
    ConsultationTopic,
    HeardFrom,
    Urgency,
)
from models.organization import Organization, OrganizationKind
from models.referral import Referral, SharedItem
from services.numbering import consultation_no
from services.unit import Unit
from tests.makers.people import organization

CONSULTATIONS: Final = "/v1/consultations"
ASKED: Final = {"channel": "desk", "language": "vi", "topics": ["housing"]}


def consultation(unit: Unit, /, status: str = ConsultationStatus.RECEIVED, **over: Any) -> Consultation:
    """Somebody asked at the desk in Vietnamese about a flat, and gave no name."""
    columns = {
        "received_at": unit.now,
        "channel": ConsultationChannel.DESK,
        "language": "vi",
        "topics": [ConsultationTopic.HOUSING],
        "urgency": Urgency.NORMAL,
        "heard_from": HeardFrom.FRIEND,
        "anonymous": True,
        "minutes": 20,
        "settled_at": unit.now if status in {ConsultationStatus.RESOLVED, ConsultationStatus.CLOSED} else None,
        **over,
    }
    return unit.add(
        Consultation(no=consultation_no(unit), status=ConsultationStatus(status), **columns, **unit.stamp())
    )


def consulted_person(unit: Unit, /, of: Consultation, name: str = "架空 花子") -> ConsultationIdentity:
    """Who came to a consultation."""
    sealed = unit.vault.seal({"name": name, "phone": "076-000-0001", "address": None})
    return unit.add(ConsultationIdentity(consultation_id=of.id, sealed=sealed, written_at=unit.now))


def referral(unit: Unit, /, of: Consultation, to: Organization | None = None, **over: Any) -> Referral:
    """A handing on to the board of education, with consent."""
    to = to or organization(unit, kind=OrganizationKind.BOARD)
    columns = {"sent_at": unit.now, "consented_on": date(2025, 11, 10), "shared": [SharedItem.TOPICS], **over}
    return unit.add(Referral(consultation_id=of.id, organization_id=to.id, **columns))


def bring(caller: TestClient, **over: Any) -> httpx2.Response:
    """Take a consultation down."""
    return caller.post(CONSULTATIONS, json={**ASKED, **over})


def go(caller: TestClient, one: Any, verb: str, **body: Any) -> httpx2.Response:
    """Move a consultation on by a verb; `one` is a row or its identifier."""
    return caller.post(f"{CONSULTATIONS}/{getattr(one, 'id', one)}/{verb}", json=body)
