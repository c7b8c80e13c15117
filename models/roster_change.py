"""Whose calendar, papers or history changed: noted by triggers on all that `services/roster_statements.py` reads.

A process that keeps people in memory asks for what was noted since it read them. Rows are only added, so nobody waits
for anybody. On PostgreSQL, where transactions end in another order than they begin, a row names its transaction, and a
reader asks for those that its snapshot did not show; on SQLite writers follow one another, and the number does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models import (  # noqa: F401 - importing a module registers the tables that tell
    advisory_visit,
    assignment,
    availability,
    availability_call,
    classroom,
    client,
    competence,
    growing,
    host,
    host_stay,
    offer,
    organization,
    person,
    service_type,
    shift,
    training,
    volunteer,
)
from models.guards import Guard


class RosterChange(SQLModel, table=True):
    """Something about a volunteer changed, about all of them where none is named.

    `noted_at` is in seconds since 1970 by the database's own clock; `transaction_id` is PostgreSQL's.
    """

    __tablename__ = "roster_change"
    __table_args__ = (sa.Index("ix_roster_change_transaction_id", "transaction_id"), {"sqlite_autoincrement": True})

    number: int | None = Field(
        default=None, sa_column=sa.Column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    )
    volunteer_id: UUID | None = Field(default=None, nullable=True)
    transaction_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    noted_at: int = Field(sa_type=sa.BigInteger, nullable=False)


@dataclass(frozen=True)
class Teller:
    """A table that tells of changes of `columns`: `whose` selects the volunteers of `{row}`.

    `pointed_at` is true of a table whose rows nobody's are before others point at them, so that only changes count.
    """

    table: str
    columns: tuple[str, ...]
    whose: str = "SELECT {row}.volunteer_id"
    pointed_at: bool = False

    @property
    def guard(self) -> Guard:
        """The triggers."""
        name = f"{self.table}_tells_roster"
        return Guard(name, self.table, tuple(self._sqlite(name)), tuple(self._postgresql(name)))

    def _sqlite(self, name: str) -> Iterator[str]:
        events = {"update": (self._updated, "NEW", "OLD")}
        if not self.pointed_at:
            events |= {"insert": ("INSERT", "NEW", "NEW"), "delete": ("DELETE", "OLD", "OLD")}
        for verb, (event, *rows) in events.items():
            note = self._note("NULL", _SQLITE_NOW, *dict.fromkeys(rows))
            yield f"CREATE TRIGGER {name}_{verb} AFTER {event} ON {self.table} BEGIN {note}; END"

    def _postgresql(self, name: str) -> Iterator[str]:
        note = self._note(_TRANSACTION, _POSTGRESQL_NOW, "NEW", "OLD")
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {note}; RETURN NULL; END $$"
        )
        event = self._updated if self.pointed_at else f"INSERT OR DELETE OR {self._updated}"
        yield f"CREATE TRIGGER {name} AFTER {event} ON {self.table} FOR EACH ROW EXECUTE FUNCTION {name}()"

    @property
    def _updated(self) -> str:
        return f"UPDATE OF {', '.join(self.columns)}"

    def _note(self, transaction: str, now: str, *rows: str) -> str:
        whose = " UNION ".join(self.whose.format(row=row) for row in rows)
        return (
            "INSERT INTO roster_change (volunteer_id, transaction_id, noted_at) "  # noqa: S608 - our own names
            f"SELECT volunteer.id, {transaction}, {now} FROM volunteer WHERE volunteer.id IN ({whose})"
        )


_SQLITE_NOW: Final = "CAST(strftime('%s', 'now') AS INTEGER)"
_POSTGRESQL_NOW: Final = "CAST(extract(epoch FROM now()) AS bigint)"
_TRANSACTION: Final = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
_AT_TRAINING = (
    "SELECT training_enrollment.volunteer_id FROM training_enrollment JOIN training_session "
    "ON training_session.id = training_enrollment.session_id WHERE training_session."
)
_ADVISING = (
    "SELECT advisory_visit.volunteer_id FROM advisory_visit JOIN classroom ON classroom.id = advisory_visit.classroom_id "
    "WHERE advisory_visit.volunteer_id IS NOT NULL AND classroom.facility_id = "
)
_GROWN = "SELECT volunteer_id FROM earlier_steps WHERE "
_ON_SHIFT = "SELECT assignment.volunteer_id FROM assignment JOIN shift ON shift.id = assignment.shift_id WHERE shift."

TELLERS: Final[tuple[Teller, ...]] = (
    Teller(
        "volunteer",
        (
            "person_id",
            "volunteer_no",
            "engagement",
            "status",
            "valid_until",
            "renewing",
            "child_contact_ok",
            "disaster_ready",
            "max_travel_km",
            "max_per_month",
        ),
        "SELECT {row}.id",
    ),
    Teller(
        "person",
        ("birth_date", "gender", "district_code"),
        "SELECT volunteer.id FROM volunteer WHERE volunteer.person_id = {row}.id",
        pointed_at=True,
    ),
    Teller(
        "district",
        ("latitude", "longitude"),
        "SELECT volunteer.id FROM volunteer JOIN person ON person.id = volunteer.person_id "
        "WHERE person.district_code = {row}.code",
        pointed_at=True,
    ),
    Teller("volunteer_language", ("volunteer_id", "tag", "speaking", "listening")),
    Teller("volunteer_activity", ("volunteer_id", "kind")),
    Teller("volunteer_skill", ("volunteer_id", "skill_code")),
    Teller("certification", ("volunteer_id", "cert_code", "granted_on", "expires_on", "revoked_on")),
    Teller("confidentiality_pledge", ("volunteer_id", "version_code", "kind", "signed_on")),
    Teller("insurance_coverage", ("volunteer_id", "starts_on", "ends_on")),
    Teller("child_safety_check", ("volunteer_id", "status", "checked_on", "valid_until")),
    Teller("availability_rule", ("volunteer_id", "weekday", "starts", "ends", "valid_from", "valid_to", "kind")),
    Teller("availability_exception", ("volunteer_id", "starts_at", "ends_at")),
    Teller(
        "availability_call_answer", ("volunteer_id", "call_id", "answered_at", "none_this_month", "at_most", "days")
    ),
    Teller(
        "availability_call",
        ("first_on", "last_on"),
        "SELECT volunteer_id FROM availability_call_answer WHERE call_id = {row}.id",
        pointed_at=True,
    ),
    Teller("booking", ("volunteer_id", "source_id", "starts_at", "ends_at", "active")),
    Teller("training_enrollment", ("volunteer_id", "session_id")),
    Teller(
        "training_session",
        ("facility_id",),
        "SELECT volunteer_id FROM training_enrollment WHERE session_id = {row}.id",
        pointed_at=True,
    ),
    # Who did something beside somebody grows by it, so the others on the shift change too.
    Teller(
        "assignment",
        ("volunteer_id", "shift_id", "demand_id", "status"),
        "SELECT {row}.volunteer_id UNION SELECT volunteer_id FROM assignment WHERE shift_id = {row}.shift_id",
    ),
    Teller(
        "demand",
        ("shift_id", "role", "language"),
        "SELECT volunteer_id FROM assignment WHERE shift_id = {row}.shift_id",
        pointed_at=True,
    ),
    Teller("earlier_steps", ("volunteer_id", "kind", "language", "shadowed", "paired", "alone")),
    Teller(
        "host_stay",
        ("host_id",),
        "SELECT volunteer_id FROM booking WHERE source_type = 'host_stay' AND source_id = {row}.id",
        pointed_at=True,
    ),
    Teller(
        "host",
        ("district_code",),
        "SELECT booking.volunteer_id FROM booking JOIN host_stay ON host_stay.id = booking.source_id "
        "WHERE booking.source_type = 'host_stay' AND host_stay.host_id = {row}.id",
        pointed_at=True,
    ),
    Teller(
        "advisory_visit",
        ("classroom_id",),
        "SELECT {row}.volunteer_id",
        pointed_at=True,
    ),
    Teller(
        "classroom",
        ("facility_id",),
        "SELECT volunteer_id FROM advisory_visit WHERE volunteer_id IS NOT NULL AND classroom_id = {row}.id",
        pointed_at=True,
    ),
    Teller(
        "shift",
        ("kind", "starts_at", "source_id", "service_type_id", "facility_id", "district_code", "modality"),
        "SELECT volunteer_id FROM assignment WHERE shift_id = {row}.id",
        pointed_at=True,
    ),
    Teller(
        "request_client",
        ("request_id", "client_id"),
        f"{_ON_SHIFT}source_type = 'dispatch_request' AND shift.source_id = {{row}}.request_id",
    ),
    Teller(
        "facility",
        ("latitude", "longitude", "district_code"),
        f"{_ON_SHIFT}facility_id = {{row}}.id UNION {_AT_TRAINING}facility_id = {{row}}.id UNION {_ADVISING}{{row}}.id",
        pointed_at=True,
    ),
    Teller(
        "service_type",
        ("code", "shadowings", "pairings"),
        f"{_ON_SHIFT}service_type_id = {{row}}.id UNION {_ON_SHIFT}kind = {{row}}.code UNION {_GROWN}kind = {{row}}.code",
        pointed_at=True,
    ),
    Teller("offer", ("volunteer_id", "batch_id", "status", "sent_at", "respond_by", "answered_at")),
)
"""Whatever the roster reads of people, the way from there to them included."""

GUARDS: Final[tuple[Guard, ...]] = tuple(teller.guard for teller in TELLERS)
for _guard in GUARDS:
    _guard.attach()
