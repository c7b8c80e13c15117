"""trainings."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TRIGGERS = (
    "CREATE TRIGGER no_overlap_booking_insert AFTER INSERT ON booking WHEN NEW.active BEGIN SELECT RAISE(ABORT, 'no_overlap_booking') WHERE EXISTS (SELECT 1 FROM booking AS other WHERE other.volunteer_id = NEW.volunteer_id AND other.id <> NEW.id AND other.active AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at); END",
    "CREATE TRIGGER no_overlap_booking_update AFTER UPDATE OF volunteer_id, starts_at, ends_at, active ON booking WHEN NEW.active BEGIN SELECT RAISE(ABORT, 'no_overlap_booking') WHERE EXISTS (SELECT 1 FROM booking AS other WHERE other.volunteer_id = NEW.volunteer_id AND other.id <> NEW.id AND other.active AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at); END",
)


def _allow(table: str, name: str, column: str, *values: str) -> None:
    """Let an enumeration hold these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(batch_op.f(f"ck_{table}_{name}"), type_="check")
        batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{name}"), sa.text(f"{column} IN ({listed})"))
    if table == "booking" and op.get_context().dialect.name == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(trigger)


def upgrade() -> None:
    """Go to this revision."""
    _allow("booking", "booking_source", "source_type", "assignment", "enrollment")
    _allow("shift", "shift_kind", "kind", "dispatch", "training")
    op.create_table(
        "training_course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "basic",
                "maternal_child",
                "home_visit",
                "advanced",
                "medical_intro",
                "foreign_language",
                "jp_teaching",
                "child_safeguarding",
                "privacy",
                "plain_japanese",
                "first_aid",
                name="training_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("required_minutes", sa.Integer(), nullable=False),
        sa.Column("min_attendance_pct", sa.Integer(), nullable=False),
        sa.Column("pass_score", sa.Integer(), nullable=True),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.Column("renewal_days", sa.Integer(), nullable=False),
        sa.Column("prerequisites", sa.JSON(), nullable=False),
        sa.Column("grants", sa.String(length=40), nullable=True),
        sa.CheckConstraint("min_attendance_pct BETWEEN 1 AND 100", name=op.f("ck_training_course_min_attendance_pct")),
        sa.CheckConstraint("pass_score BETWEEN 0 AND 100", name=op.f("ck_training_course_pass_score")),
        sa.CheckConstraint("required_minutes > 0", name=op.f("ck_training_course_required_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_course")),
        sa.UniqueConstraint("code", name=op.f("uq_training_course_code")),
    )
    op.create_table(
        "training_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("online_url", sa.String(length=400), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("auto_accept", sa.Boolean(), nullable=False),
        sa.Column("answer_hours", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=True),
        sa.Column("lecturer", sa.JSON(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "open",
                "full",
                "held",
                "cancelled",
                name="training_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(length=120), nullable=True),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_training_session_capacity")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_training_session_order")),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_training_session_taken")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["training_course.id"], name=op.f("fk_training_session_course_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_training_session_facility_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["account.id"], name=op.f("fk_training_session_trainer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
    )
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_session_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_training_session_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_training_session_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index("ix_training_session_status_starts_at", ["status", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_training_session_trainer_id"), ["trainer_id"], unique=False)

    op.create_table(
        "training_enrollment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "waitlisted",
                "offered",
                "accepted",
                "attending",
                "completed",
                "incomplete",
                "declined",
                "withdrawn",
                name="enrollment_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_reason", sa.String(length=120), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'offered') = (respond_by IS NOT NULL)", name=op.f("ck_training_enrollment_respond_by")
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_training_enrollment_minutes")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_training_enrollment_score")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_training_enrollment_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_training_enrollment_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_enrollment")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_training_enrollment_session_id_number")),
    )
    with op.batch_alter_table("training_enrollment", schema=None) as batch_op:
        batch_op.create_index("ix_training_enrollment_session_status", ["session_id", "status"], unique=False)
        batch_op.create_index("ix_training_enrollment_status_respond_by", ["status", "respond_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_training_enrollment_volunteer_id"), ["volunteer_id"], unique=False)
        batch_op.create_index(
            "uq_training_enrollment_live",
            ["session_id", "volunteer_id"],
            unique=True,
            sqlite_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
            postgresql_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
        )

    op.create_table(
        "training_attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_training_attendance_minutes")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["training_enrollment.id"],
            name=op.f("fk_training_attendance_enrollment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_training_attendance_session_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attendance")),
        sa.UniqueConstraint(
            "enrollment_id", "session_id", name=op.f("uq_training_attendance_enrollment_id_session_id")
        ),
    )
    with op.batch_alter_table("training_attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_attendance_session_id"), ["session_id"], unique=False)

    with op.batch_alter_table("certification", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enrollment_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_certification_enrollment_id"), ["enrollment_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_certification_enrollment_id"),
            "training_enrollment",
            ["enrollment_id"],
            ["id"],
            ondelete="RESTRICT",
        )


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("certification", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_certification_enrollment_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_certification_enrollment_id"))
        batch_op.drop_column("enrollment_id")

    with op.batch_alter_table("training_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_attendance_session_id"))

    op.drop_table("training_attendance")
    with op.batch_alter_table("training_enrollment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_training_enrollment_live",
            sqlite_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
            postgresql_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
        )
        batch_op.drop_index(batch_op.f("ix_training_enrollment_volunteer_id"))
        batch_op.drop_index("ix_training_enrollment_status_respond_by")
        batch_op.drop_index("ix_training_enrollment_session_status")

    op.drop_table("training_enrollment")
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_session_trainer_id"))
        batch_op.drop_index("ix_training_session_status_starts_at")
        batch_op.drop_index(batch_op.f("ix_training_session_starts_at"))
        batch_op.drop_index(batch_op.f("ix_training_session_facility_id"))
        batch_op.drop_index(batch_op.f("ix_training_session_course_id"))

    op.drop_table("training_session")
    op.drop_table("training_course")
    _allow("shift", "shift_kind", "kind", "dispatch")
    _allow("booking", "booking_source", "source_type", "assignment")
