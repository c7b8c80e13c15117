"""Events, lectures, and shifts that have a title and take turns."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _allow_kinds(*kinds: str) -> None:
    """Write the kinds of a shift anew; the table has no guards that a copy on SQLite would drop."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_shift_shift_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_shift_shift_kind"), sa.text(f"kind IN ({listed})"))


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "festival",
                "camp",
                "student_orientation",
                "trainee_orientation",
                "disaster_drill",
                "children_exchange",
                "liaison_meeting",
                "guidance_event",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("district_code", sa.String(length=None), nullable=True),
        sa.Column("meeting_point", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("for_children", sa.Boolean(), nullable=False),
        sa.Column(
            "claim_policy",
            sa.Enum(
                "open",
                "approval",
                "offer_only",
                name="claim_policy",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("required_certifications", sa.JSON(), nullable=False),
        sa.Column("required_courses", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "open",
                "held",
                "closed",
                "cancelled",
                name="event_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(length=120), nullable=True),
        sa.Column("visitors", sa.Integer(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_event_order")),
        sa.CheckConstraint("visitors >= 0", name=op.f("ck_event_visitors")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_event_district_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_event_facility_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index("ix_event_status_ends_at", ["status", "ends_at"], unique=False)

    op.create_table(
        "lecture_engagement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "international_understanding",
                "kids_seminar",
                "picture_books",
                "human_rights",
                "volunteer_college",
                name="lecture_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("theme", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("district_code", sa.String(length=None), nullable=True),
        sa.Column(
            "modality",
            sa.Enum("on_site", "phone", "video", name="modality", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("meeting_point", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("for_children", sa.Boolean(), nullable=False),
        sa.Column(
            "activity",
            sa.Enum(
                "lecture",
                "reading_aloud",
                name="lecturer_activity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("min_level", sa.String(length=8), nullable=True),
        sa.Column("lecturers", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=True),
        sa.Column("honorarium_jpy", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "open",
                "confirmed",
                "held",
                "reported",
                "declined",
                "cancelled",
                name="lecture_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(length=120), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("report_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("honorarium_jpy >= 0", name=op.f("ck_lecture_engagement_honorarium")),
        sa.CheckConstraint("lecturers >= 1", name=op.f("ck_lecture_engagement_lecturers")),
        sa.CheckConstraint("participants >= 0", name=op.f("ck_lecture_engagement_participants")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_lecture_engagement_order")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_lecture_engagement_district_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_lecture_engagement_facility_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_lecture_engagement_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lecture_engagement")),
    )
    with op.batch_alter_table("lecture_engagement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lecture_engagement_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_lecture_engagement_facility_id"), ["facility_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lecture_engagement_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lecture_engagement_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index("ix_lecture_engagement_status_ends_at", ["status", "ends_at"], unique=False)

    op.create_table(
        "meeting_attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.CheckConstraint("persons >= 1", name=op.f("ck_meeting_attendance_persons")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_meeting_attendance_event_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_meeting_attendance_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendance")),
        sa.UniqueConstraint("event_id", "organization_id", name=op.f("uq_meeting_attendance_event_id_organization_id")),
    )
    with op.batch_alter_table("meeting_attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_attendance_organization_id"), ["organization_id"], unique=False)

    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("title", sa.String(length=120), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_shift_source_type_source_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_shift_source_type_source_id_turn"), ["source_type", "source_id", "turn"]
        )
        batch_op.create_check_constraint(batch_op.f("ck_shift_turn"), sa.text("turn >= 1"))
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.alter_column("turn", server_default=None)
    _allow_kinds("activity", "class_session", "dispatch", "event", "lecture", "training")


def downgrade() -> None:
    """Go back to the revision before."""
    _allow_kinds("class_session", "dispatch", "training")
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_shift_turn"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_shift_source_type_source_id_turn"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_shift_source_type_source_id"), ["source_type", "source_id"])
        batch_op.drop_column("title")
        batch_op.drop_column("turn")

    with op.batch_alter_table("meeting_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_attendance_organization_id"))

    op.drop_table("meeting_attendance")
    with op.batch_alter_table("lecture_engagement", schema=None) as batch_op:
        batch_op.drop_index("ix_lecture_engagement_status_ends_at")
        batch_op.drop_index(batch_op.f("ix_lecture_engagement_starts_at"))
        batch_op.drop_index(batch_op.f("ix_lecture_engagement_organization_id"))
        batch_op.drop_index(batch_op.f("ix_lecture_engagement_facility_id"))
        batch_op.drop_index(batch_op.f("ix_lecture_engagement_district_code"))

    op.drop_table("lecture_engagement")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_status_ends_at")
        batch_op.drop_index(batch_op.f("ix_event_starts_at"))
        batch_op.drop_index(batch_op.f("ix_event_facility_id"))
        batch_op.drop_index(batch_op.f("ix_event_district_code"))

    op.drop_table("event")
