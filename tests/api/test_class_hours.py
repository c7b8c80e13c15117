"""The hours of a class are its own: what one edit left elsewhere, the next takes from there; and what was called off stays so."""

from typing import Any

import pytest

from models.classroom import Classroom
from tests.conftest import Client
from tests.makers.classes import add_term, change_rule, change_term, on_session, terms_of
from tests.makers.doors import done, faults

LATER = "scope=following&from=2025-11-29"
SATURDAYS = "FREQ=WEEKLY;BYDAY=SA;UNTIL=20251213"


@pytest.fixture
def term(manager: Client, room: Classroom) -> dict[str, Any]:
    """Five Saturdays from 15 November, from 10:00; those from 29 November on meet from 14:00 to 15:30."""
    made: dict[str, Any] = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=5"), 201)
    done(change_term(manager, made, LATER, starts="14:00", ends="15:30"))
    return made


def hours(changes: dict[str, Any]) -> list[str]:
    return [
        f"{one['starts_at'][5:16]}-{one['ends_at'][11:16]}" for one in changes["items"] if one["status"] == "planned"
    ]


def session_on(term: dict[str, Any], day: str) -> str:
    (found,) = (one["id"] for one in term["sessions"] if one["occurrence_on"] == day)
    return str(found)


def test_an_earlier_beginning_is_held_against_the_end_of_the_class(manager: Client, term: dict[str, Any]) -> None:
    assert hours(done(change_term(manager, term, f"{LATER}", starts="13:00"))) == [
        "11-29T13:00-15:30",
        "12-06T13:00-15:30",
        "12-13T13:00-15:30",
    ]
    assert faults(change_term(manager, term, f"{LATER}", starts="15:30")) == [("/ends", "FIELD_CONFLICT")]
    assert faults(change_term(manager, term, starts="11:30")) == [("/ends", "FIELD_CONFLICT")]  # of the term itself


def test_a_class_that_is_postponed_keeps_its_hours(manager: Client, term: dict[str, Any]) -> None:
    off = session_on(term, "2025-12-06")
    changes = done(on_session(manager, off, "postpone", held_on="2025-12-07", reason="会場の都合"))
    assert hours(changes) == ["12-07T14:00-15:30"]


def test_other_days_are_no_other_hours(manager: Client, room: Classroom, term: dict[str, Any]) -> None:
    sundays = SATURDAYS.replace("SA", "SU").replace("13", "21")
    assert hours(done(change_rule(manager, term, sundays, LATER))) == [
        "11-30T14:00-15:30",
        "12-07T14:00-15:30",
        "12-14T14:00-15:30",
        "12-21T14:00-15:30",
    ]
    assert [(one["starts_on"], one["starts"], one["ends"]) for one in terms_of(manager, room)] == [
        ("2025-11-15", "10:00", "11:30"),
        ("2025-11-24", "14:00", "15:30"),
    ]
    wrong = change_rule(manager, terms_of(manager, room)[1], SATURDAYS, starts="16:00")
    assert faults(wrong) == [("/ends", "FIELD_CONFLICT")]


def test_sessions_with_hours_of_their_own_keep_them_on_other_days(
    manager: Client, room: Classroom, term: dict[str, Any]
) -> None:
    """All of a term are moved to Sundays: the first two meet in the morning, the others in the afternoon as before."""
    sundays = SATURDAYS.replace("SA", "SU").replace("13", "14")
    assert [one[:11] for one in hours(done(change_rule(manager, term, sundays, skip_holidays=False)))] == [
        "11-16T10:00",
        "11-23T10:00",
        "11-30T14:00",
        "12-07T14:00",
        "12-14T14:00",
    ]
    assert len(terms_of(manager, room)) == 1


def test_what_was_called_off_stays_so_in_the_term_that_a_change_began(
    manager: Client, room: Classroom, term: dict[str, Any]
) -> None:
    off = session_on(term, "2025-12-06")
    done(on_session(manager, off, "cancel", reason="会場の都合"))
    done(change_rule(manager, term, SATURDAYS, LATER))
    earlier, later = terms_of(manager, room)
    assert [one["occurrence_on"] for one in earlier["sessions"]] == ["2025-11-15", "2025-11-22"]
    assert [(one["occurrence_on"], one["status"]) for one in later["sessions"]] == [
        ("2025-11-29", "planned"),
        ("2025-12-06", "cancelled"),
        ("2025-12-13", "planned"),
    ]

    again = done(change_rule(manager, later, SATURDAYS, starts="13:00", ends="14:30"))

    assert [one["occurrence_on"] for one in again["items"]] == ["2025-11-29", "2025-12-13"]
