"""Availability calls and fallbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "availability_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="call_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_availability_call_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_call")),
    )
    with op.batch_alter_table("availability_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_availability_call_last_on"), ["last_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_availability_call_remind_at"), ["remind_at"], unique=False)

    op.create_table(
        "availability_call_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("none_this_month", sa.Boolean(), nullable=False),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("days", sa.JSON(), nullable=True),
        sa.Column("on_behalf", sa.JSON(), nullable=True),
        sa.CheckConstraint("at_most >= 0", name=op.f("ck_availability_call_answer_at_most")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["availability_call.id"], name=op.f("fk_availability_call_answer_call_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_availability_call_answer_volunteer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_call_answer")),
        sa.UniqueConstraint("call_id", "volunteer_id", name=op.f("uq_availability_call_answer_call_id_volunteer_id")),
    )
    with op.batch_alter_table("availability_call_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_availability_call_answer_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "fallback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "video",
                "device",
                "staff",
                "key_person",
                "partner",
                "reschedule",
                name="fallback_channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("arranged_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "arranged",
                "done",
                "dropped",
                name="fallback_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "served",
                "partly",
                "not_served",
                name="fallback_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column(
            "problem_code",
            sa.Enum(
                "no_connection",
                "bad_sound",
                "device_failed",
                "not_understood",
                "helper_did_not_come",
                "family_did_not_come",
                "other",
                name="fallback_problem",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name=op.f("ck_fallback_outcome")),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_fallback_minutes")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_fallback_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["dispatch_request.id"], name=op.f("fk_fallback_request_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fallback")),
    )
    with op.batch_alter_table("fallback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fallback_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fallback_request_id"), ["request_id"], unique=False)

    op.add_column("shift", sa.Column("asks_from_wave", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("shift", "asks_from_wave")
    with op.batch_alter_table("fallback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fallback_request_id"))
        batch_op.drop_index(batch_op.f("ix_fallback_organization_id"))

    op.drop_table("fallback")

    with op.batch_alter_table("availability_call_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_call_answer_volunteer_id"))

    op.drop_table("availability_call_answer")
    with op.batch_alter_table("availability_call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_call_remind_at"))
        batch_op.drop_index(batch_op.f("ix_availability_call_last_on"))

    op.drop_table("availability_call")
