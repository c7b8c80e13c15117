"""hosts and their guests."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
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
    _allow("booking", "booking_source", "source_type", "assignment", "enrollment", "host_stay")
    op.create_table(
        "host",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("household_size", sa.Integer(), nullable=False),
        sa.Column("has_children", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=40), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "registered",
                "active",
                "paused",
                "ended",
                name="host_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("home_seen_on", sa.Date(), nullable=True),
        sa.CheckConstraint("home_seen_on IS NOT NULL OR status <> 'active'", name=op.f("ck_host_seen")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 10", name=op.f("ck_host_capacity")),
        sa.CheckConstraint("household_size >= 1", name=op.f("ck_host_household_size")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_host_district_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_host_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host")),
    )
    with op.batch_alter_table("host", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_host_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_host_volunteer_id",
            ["volunteer_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        )

    op.create_table(
        "host_stay",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("home_visit", "homestay", name="host_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guests", sa.Integer(), nullable=False),
        sa.Column("minors", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("avoids", sa.JSON(), nullable=False),
        sa.Column("district_code", sa.String(length=40), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "proposed",
                "accepted",
                "confirmed",
                "held",
                "cancelled",
                "declined",
                name="stay_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column("consent_revoked_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(status IN ('accepted', 'confirmed', 'held', 'proposed') AND host_id IS NOT NULL) OR (status IN ('cancelled', 'declined', 'requested') AND host_id IS NULL)",
            name=op.f("ck_host_stay_host"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'confirmed', 'proposed') OR (consented_on IS NOT NULL AND consent_revoked_on IS NULL)",
            name=op.f("ck_host_stay_consent"),
        ),
        sa.CheckConstraint("guests BETWEEN 1 AND 10", name=op.f("ck_host_stay_guests")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_host_stay_order")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.code"], name=op.f("fk_host_stay_district_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"], name=op.f("fk_host_stay_host_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_stay")),
    )
    with op.batch_alter_table("host_stay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_host_stay_host_id"), ["host_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_host_stay_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_host_stay_status"), ["status"], unique=False)

    op.create_table(
        "guest_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stay_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purge_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stay_id"], ["host_stay.id"], name=op.f("fk_guest_identity_stay_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_identity")),
        sa.UniqueConstraint("stay_id", name=op.f("uq_guest_identity_stay_id")),
    )
    with op.batch_alter_table("guest_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guest_identity_purge_on"), ["purge_on"], unique=False)

    op.create_table(
        "host_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stay_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "accepted",
                "declined",
                "given_back",
                "released",
                name="host_answer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"], name=op.f("fk_host_proposal_host_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["stay_id"], ["host_stay.id"], name=op.f("fk_host_proposal_stay_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_proposal")),
    )
    with op.batch_alter_table("host_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_host_proposal_host_id"), ["host_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_host_proposal_stay_id"), ["stay_id"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("host_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_host_proposal_stay_id"))
        batch_op.drop_index(batch_op.f("ix_host_proposal_host_id"))

    op.drop_table("host_proposal")
    with op.batch_alter_table("guest_identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_identity_purge_on"))

    op.drop_table("guest_identity")
    with op.batch_alter_table("host_stay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_host_stay_status"))
        batch_op.drop_index(batch_op.f("ix_host_stay_starts_at"))
        batch_op.drop_index(batch_op.f("ix_host_stay_host_id"))

    op.drop_table("host_stay")
    with op.batch_alter_table("host", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_host_volunteer_id",
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        )
        batch_op.drop_index(batch_op.f("ix_host_status"))

    op.drop_table("host")
    op.execute("DELETE FROM booking WHERE source_type = 'host_stay'")
    _allow("booking", "booking_source", "source_type", "assignment", "enrollment")
