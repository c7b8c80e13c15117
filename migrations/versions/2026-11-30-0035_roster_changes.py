"""roster changes."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_HERS = "SELECT {row}.volunteer_id"
_TELLERS = (
    (
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
        False,
    ),
    (
        "person",
        ("birth_date", "gender", "district_code"),
        "SELECT volunteer.id FROM volunteer WHERE volunteer.person_id = {row}.id",
        True,
    ),
    (
        "district",
        ("latitude", "longitude"),
        "SELECT volunteer.id FROM volunteer JOIN person ON person.id = volunteer.person_id WHERE person.district_code = {row}.code",
        True,
    ),
    ("volunteer_language", ("volunteer_id", "tag", "speaking", "listening"), _HERS, False),
    ("volunteer_activity", ("volunteer_id", "kind"), _HERS, False),
    ("volunteer_skill", ("volunteer_id", "skill_code"), _HERS, False),
    ("certification", ("volunteer_id", "cert_code", "granted_on", "expires_on", "revoked_on"), _HERS, False),
    ("confidentiality_pledge", ("volunteer_id", "version_code", "kind", "signed_on"), _HERS, False),
    ("insurance_coverage", ("volunteer_id", "starts_on", "ends_on"), _HERS, False),
    ("child_safety_check", ("volunteer_id", "status", "checked_on", "valid_until"), _HERS, False),
    (
        "availability_rule",
        ("volunteer_id", "weekday", "starts", "ends", "valid_from", "valid_to", "kind"),
        _HERS,
        False,
    ),
    ("availability_exception", ("volunteer_id", "starts_at", "ends_at"), _HERS, False),
    (
        "availability_call_answer",
        ("volunteer_id", "call_id", "answered_at", "none_this_month", "at_most", "days"),
        _HERS,
        False,
    ),
    (
        "availability_call",
        ("first_on", "last_on"),
        "SELECT volunteer_id FROM availability_call_answer WHERE call_id = {row}.id",
        True,
    ),
    ("booking", ("volunteer_id", "source_id", "starts_at", "ends_at", "active"), _HERS, False),
    ("training_enrollment", ("volunteer_id", "session_id"), _HERS, False),
    (
        "training_session",
        ("facility_id",),
        "SELECT volunteer_id FROM training_enrollment WHERE session_id = {row}.id",
        True,
    ),
    (
        "assignment",
        ("volunteer_id", "shift_id", "demand_id", "status"),
        "SELECT {row}.volunteer_id UNION SELECT volunteer_id FROM assignment WHERE shift_id = {row}.shift_id",
        False,
    ),
    (
        "demand",
        ("shift_id", "role", "language"),
        "SELECT volunteer_id FROM assignment WHERE shift_id = {row}.shift_id",
        True,
    ),
    ("earlier_steps", ("volunteer_id", "kind", "language", "shadowed", "paired", "alone"), _HERS, False),
    (
        "host_stay",
        ("host_id",),
        "SELECT volunteer_id FROM booking WHERE source_type = 'host_stay' AND source_id = {row}.id",
        True,
    ),
    (
        "host",
        ("district_code",),
        "SELECT booking.volunteer_id FROM booking JOIN host_stay ON host_stay.id = booking.source_id WHERE booking.source_type = 'host_stay' AND host_stay.host_id = {row}.id",
        True,
    ),
    (
        "advisory_visit",
        ("classroom_id",),
        "SELECT {row}.volunteer_id",
        True,
    ),
    (
        "classroom",
        ("facility_id",),
        "SELECT volunteer_id FROM advisory_visit WHERE volunteer_id IS NOT NULL AND classroom_id = {row}.id",
        True,
    ),
    (
        "shift",
        ("kind", "starts_at", "source_id", "service_type_id", "facility_id", "district_code", "modality"),
        "SELECT volunteer_id FROM assignment WHERE shift_id = {row}.id",
        True,
    ),
    (
        "request_client",
        ("request_id", "client_id"),
        "SELECT assignment.volunteer_id FROM assignment JOIN shift ON shift.id = assignment.shift_id WHERE shift.source_type = 'dispatch_request' AND shift.source_id = {row}.request_id",
        False,
    ),
    (
        "facility",
        ("latitude", "longitude", "district_code"),
        "SELECT assignment.volunteer_id FROM assignment JOIN shift ON shift.id = assignment.shift_id WHERE shift.facility_id = {row}.id UNION SELECT training_enrollment.volunteer_id FROM training_enrollment JOIN training_session ON training_session.id = training_enrollment.session_id WHERE training_session.facility_id = {row}.id UNION SELECT advisory_visit.volunteer_id FROM advisory_visit JOIN classroom ON classroom.id = advisory_visit.classroom_id WHERE advisory_visit.volunteer_id IS NOT NULL AND classroom.facility_id = {row}.id",
        True,
    ),
    (
        "service_type",
        ("code", "shadowings", "pairings"),
        "SELECT assignment.volunteer_id FROM assignment JOIN shift ON shift.id = assignment.shift_id WHERE shift.service_type_id = {row}.id UNION SELECT assignment.volunteer_id FROM assignment JOIN shift ON shift.id = assignment.shift_id WHERE shift.kind = {row}.code UNION SELECT volunteer_id FROM earlier_steps WHERE kind = {row}.code",
        True,
    ),
    ("offer", ("volunteer_id", "batch_id", "status", "sent_at", "respond_by", "answered_at"), _HERS, False),
)


_SQLITE = "NULL", "CAST(strftime('%s', 'now') AS INTEGER)"
_POSTGRESQL = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)", "CAST(extract(epoch FROM now()) AS bigint)"


def _note(whose: str, transaction: str, now: str, *rows: str) -> str:
    told = " UNION ".join(whose.format(row=row) for row in rows)
    return (
        "INSERT INTO roster_change (volunteer_id, transaction_id, noted_at) "  # noqa: S608 - our own names
        f"SELECT volunteer.id, {transaction}, {now} FROM volunteer WHERE volunteer.id IN ({told})"
    )


def _tell_on_sqlite(table: str, updated: str, whose: str, *, pointed_at: bool) -> None:
    events = {"update": (updated, "NEW", "OLD")}
    if not pointed_at:
        events |= {"insert": ("INSERT", "NEW"), "delete": ("DELETE", "OLD")}
    for verb, (event, *rows) in events.items():
        note = _note(whose, *_SQLITE, *rows)
        op.execute(f"CREATE TRIGGER {table}_tells_roster_{verb} AFTER {event} ON {table} BEGIN {note}; END")


def _tell_on_postgresql(table: str, updated: str, whose: str, *, pointed_at: bool) -> None:
    name, note = f"{table}_tells_roster", _note(whose, *_POSTGRESQL, "NEW", "OLD")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note}; RETURN NULL; END $$"
    )
    event = updated if pointed_at else f"INSERT OR DELETE OR {updated}"
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "roster_change",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_roster_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_roster_change_transaction_id", "roster_change", ["transaction_id"], unique=False)
    sqlite = op.get_context().dialect.name == "sqlite"
    tell = _tell_on_sqlite if sqlite else _tell_on_postgresql
    for table, columns, whose, pointed_at in _TELLERS:
        tell(table, f"UPDATE OF {', '.join(columns)}", whose, pointed_at=pointed_at)
    # Whoever kept people of another database under this address has to read all of them anew: on SQLite the numbers
    # begin where no count of changes has ever come.
    if sqlite:
        op.execute(
            "INSERT INTO roster_change (number, noted_at) SELECT now * 1000, now FROM (SELECT CAST(strftime('%s', 'now') AS INTEGER) AS now)"
        )
    else:
        op.execute(f"INSERT INTO roster_change (transaction_id, noted_at) SELECT {', '.join(_POSTGRESQL)}")


def downgrade() -> None:
    """Go back to the revision before."""
    sqlite = op.get_context().dialect.name == "sqlite"
    for table, _, _, pointed_at in _TELLERS:
        if not sqlite:
            op.execute(f"DROP FUNCTION {table}_tells_roster() CASCADE")
            continue
        for verb in ("update",) if pointed_at else ("update", "insert", "delete"):
            op.execute(f"DROP TRIGGER {table}_tells_roster_{verb}")
    op.drop_table("roster_change")
