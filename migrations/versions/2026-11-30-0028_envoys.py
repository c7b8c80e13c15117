"""envoys."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def _allow_purposes(*values: str) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table("broadcast") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_broadcast_contact_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_broadcast_contact_purpose"), sa.text(f"purpose IN ({listed})"))


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "exchange_envoy",
                "exchange_supporter",
                name="appointment_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_to", sa.Date(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "appointed", "ended", name="appointment_status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("contact_scope", sa.JSON(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column("consent_revoked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("term_to IS NULL OR term_from <= term_to", name=op.f("ck_appointment_term")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_appointment_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_volunteer_id"), ["volunteer_id"], unique=False)
        batch_op.create_index(
            "uq_appointment_volunteer_id_kind",
            ["volunteer_id", "kind"],
            unique=True,
            sqlite_where=sa.text("status = 'appointed'"),
            postgresql_where=sa.text("status = 'appointed'"),
        )

    op.create_table(
        "appointment_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_contact_appointment_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_contact")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_appointment_contact_appointment_id")),
    )
    _allow_purposes("disaster", "daily_life", "events", "exchange")
    audience = sa.Enum(
        "key_persons", "envoys", name="broadcast_audience", native_enum=False, create_constraint=True, length=32
    )
    with op.batch_alter_table("broadcast") as batch_op:
        batch_op.add_column(sa.Column("audience", audience, nullable=False, server_default="key_persons"))
    with op.batch_alter_table("broadcast") as batch_op:
        batch_op.alter_column("audience", server_default=None)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("broadcast") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_broadcast_broadcast_audience"), type_="check")
        batch_op.drop_column("audience")
    op.execute("UPDATE broadcast SET purpose = 'events' WHERE purpose = 'exchange'")
    _allow_purposes("disaster", "daily_life", "events")

    op.drop_table("appointment_contact")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appointment_volunteer_id_kind",
            sqlite_where=sa.text("status = 'appointed'"),
            postgresql_where=sa.text("status = 'appointed'"),
        )
        batch_op.drop_index(batch_op.f("ix_appointment_volunteer_id"))

    op.drop_table("appointment")
