"""Facts of notices survive their way through the outbox, and each kind is worded for the reader."""

from datetime import UTC, date, datetime, time

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from models.base import UtcDateTime
from services.notifying import pack, unpack
from services.wording import ABSENT, Names, Said, say

FACTS = {
    "instant": datetime(2025, 11, 10, tzinfo=UTC),
    "day": date(2025, 11, 10),
    "said": Said("unfilled", "requester_open"),
    "names": Names({"ja": "東部", "en": "East"}),
    "codes": ["en", "vi"],
    "number": 3,
    "nothing": None,
}


def test_facts_come_back_as_they_were_packed() -> None:
    assert unpack(pack(FACTS)) == FACTS


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (Said("unfilled", "requester_open"), say("unfilled", "requester_open", "en")),
        (Names({"ja": "東部", "en": "East"}), "East"),
        (time(9), "09:00"),
        (None, ABSENT),
    ],
)
def test_a_fact_is_worded_for_the_reader(fact: object, text: str) -> None:
    assert text in say("notices", "request_unfilled_body", "en", {"why": fact})


def test_a_naive_time_never_reaches_the_database() -> None:
    bind = sa.literal(None, UtcDateTime()).type.bind_processor(sqlite.dialect())
    assert bind is not None
    with pytest.raises(ValueError, match="naive"):
        bind(datetime(2025, 11, 10))  # noqa: DTZ001 - the point of the test
