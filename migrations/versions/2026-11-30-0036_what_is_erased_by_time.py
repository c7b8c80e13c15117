"""what is erased by time."""

import os
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_HELD = ("volunteer_id", "learner_id", "consultation_id")
_ONE = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _HELD) + " = 1"
_KNOWN = "(guardian_name IS NOT NULL AND guardian_phone IS NOT NULL AND guardian_language IS NOT NULL)"
_TELLS_ROSTER = (
    "CREATE TRIGGER host_tells_roster_update AFTER UPDATE OF district_code ON host BEGIN "
    "INSERT INTO roster_change (volunteer_id, transaction_id, noted_at) "
    "SELECT volunteer.id, NULL, CAST(strftime('%s', 'now') AS INTEGER) FROM volunteer WHERE volunteer.id IN ("
    "SELECT booking.volunteer_id FROM booking JOIN host_stay ON host_stay.id = booking.source_id "
    "WHERE booking.source_type = 'host_stay' AND host_stay.host_id = NEW.id UNION "
    "SELECT booking.volunteer_id FROM booking JOIN host_stay ON host_stay.id = booking.source_id "
    "WHERE booking.source_type = 'host_stay' AND host_stay.host_id = OLD.id); END"
)
_FIRST = datetime.now(UTC).date() + timedelta(days=30)
"""Nobody is erased before somebody can look at the dry run and set holds, however long it is over."""
_LEARNER = sa.table("learner", sa.column("id", sa.Uuid()), sa.column("purge_on", sa.Date()))
_CONSULTATION = sa.table("consultation", sa.column("id", sa.Uuid()), sa.column("purge_on", sa.Date()))


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purge_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("erased_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_learner_purge_on"), ["purge_on"], unique=False)
    _check_guardian(f"school_stage = 'adult' OR erased_on IS NOT NULL OR {_KNOWN}")
    with op.batch_alter_table("consultation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purge_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_consultation_purge_on"), ["purge_on"], unique=False)
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.alter_column("volunteer_id", existing_type=sa.Uuid(), nullable=True)
        for name in ("learner", "consultation"):
            batch_op.add_column(sa.Column(f"{name}_id", sa.Uuid(), nullable=True))
            batch_op.create_index(batch_op.f(f"ix_legal_hold_{name}_id"), [f"{name}_id"], unique=False)
            batch_op.create_foreign_key(
                batch_op.f(f"fk_legal_hold_{name}_id"), name, [f"{name}_id"], ["id"], ondelete="RESTRICT"
            )
        batch_op.create_check_constraint(batch_op.f("ck_legal_hold_one"), sa.text(_ONE))
    with op.batch_alter_table("host", schema=None) as batch_op:
        batch_op.alter_column("district_code", existing_type=sa.String(length=40), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_host_district"), sa.text("district_code IS NOT NULL OR status = 'ended'")
        )
    _tell_roster()
    _keep_enrollments()
    _empty_hosts()
    _date_learners()
    _date_consultations()


def _keep_enrollments() -> None:
    """Begin the histories: who holds a place has held it since she asked for it, anything else stands since it was changed."""
    op.create_table(
        "enrollment_status_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "inquiry",
                "interview",
                "waitlisted",
                "offered",
                "enrolled",
                "on_break",
                "completed",
                "left",
                name="class_enrollment_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_status_change_enrollment_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_status_change")),
    )
    op.create_index(
        "ix_enrollment_status_change_enrollment_id_at",
        "enrollment_status_change",
        ["enrollment_id", "at"],
        unique=False,
    )
    op.execute(
        "INSERT INTO enrollment_status_change (id, enrollment_id, status, at) SELECT id, id, status, "
        "CASE WHEN status IN ('enrolled', 'on_break') THEN created_at ELSE updated_at END FROM enrollment"
    )


def _tell_roster() -> None:
    """Make the table's guard again: SQLite's copy has dropped it."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(_TELLS_ROSTER)


def _empty_hosts() -> None:
    """Empty what was left of the households of people who were anonymised before."""
    op.execute(
        "UPDATE host SET district_code = NULL WHERE status = 'ended' AND volunteer_id IN ("
        "SELECT id FROM volunteer WHERE status = 'anonymized')"
    )


def _date_learners() -> None:
    """Date who learns nowhere from when she left her last class, or was written down or corrected if she had none."""
    living = "SELECT 1 FROM enrollment WHERE learner_id = learner.id AND status NOT IN ('completed', 'left')"
    left = "SELECT max(updated_at) FROM enrollment WHERE learner_id = learner.id"
    _date(
        _LEARNER,
        f"SELECT id, coalesce(({left}), updated_at) AS since FROM learner WHERE NOT EXISTS ({living})",  # noqa: S608
        years=int(os.environ.get("KAKEHASHI_LEARNER_YEARS", "1")),
    )


def _date_consultations() -> None:
    _date(
        _CONSULTATION,
        "SELECT id, settled_at AS since FROM consultation WHERE settled_at IS NOT NULL",
        years=int(os.environ.get("KAKEHASHI_CONSULTATION_YEARS", "3")),
    )


def _date(table: sa.TableClause, since: str, years: int) -> None:
    found = sa.text(since).columns(id=sa.Uuid(), since=sa.DateTime(timezone=True))
    connection = op.get_bind()
    for row_id, instant in connection.execute(found).all():
        month = instant.date().replace(day=1)  # which has an anniversary, as a leap day has not
        after = month.replace(year=month.year + years).toordinal() + instant.day  # a day late: no zone is known here
        due = max(month.fromordinal(after), _FIRST)
        connection.execute(sa.update(table).where(table.c.id == row_id).values(purge_on=due))


def downgrade() -> None:
    """Go back to the revision before; holds on learners and consultations have no place there, erased guardians no name, empty households any district."""
    op.drop_table("enrollment_status_change")
    op.execute("DELETE FROM legal_hold WHERE volunteer_id IS NULL")
    op.execute(
        "UPDATE learner SET guardian_name = '', guardian_phone = '', guardian_language = '' WHERE erased_on IS NOT NULL"
    )
    op.execute("UPDATE host SET district_code = (SELECT min(code) FROM district) WHERE district_code IS NULL")
    with op.batch_alter_table("host", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_host_district"), type_="check")
        batch_op.alter_column("district_code", existing_type=sa.String(length=40), nullable=False)
    _tell_roster()
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_legal_hold_one"), type_="check")
        for name in ("learner", "consultation"):
            batch_op.drop_constraint(batch_op.f(f"fk_legal_hold_{name}_id"), type_="foreignkey")
            batch_op.drop_index(batch_op.f(f"ix_legal_hold_{name}_id"))
            batch_op.drop_column(f"{name}_id")
        batch_op.alter_column("volunteer_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("consultation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consultation_purge_on"))
        batch_op.drop_column("purge_on")
    _check_guardian(f"school_stage = 'adult' OR {_KNOWN}")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_learner_purge_on"))
        batch_op.drop_column("erased_on")
        batch_op.drop_column("purge_on")


def _check_guardian(rule: str) -> None:
    """Write the check anew; the table has no guards that a copy on SQLite would drop."""
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_learner_guardian"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_learner_guardian"), sa.text(rule))
