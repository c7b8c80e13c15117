"""reports and waivers."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "activity_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("volunteer", "requester", name="report_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("actual_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actual_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "as_planned",
                "shorter",
                "longer",
                "broken_off",
                "not_needed",
                name="report_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("difficulties", sa.JSON(), nullable=False),
        sa.Column("follow_up_wanted", sa.Boolean(), nullable=False),
        sa.Column("coordinator_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("actual_start < actual_end", name=op.f("ck_activity_report_order")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_activity_report_assignment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["dispatch_request.id"], name=op.f("fk_activity_report_request_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_report")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_activity_report_subject_id")),
    )
    with op.batch_alter_table("activity_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_report_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_report_request_id"), ["request_id"], unique=False)

    with op.batch_alter_table("dispatch_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waived_reports", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("reports_reminded", sa.Integer(), nullable=True))

    with op.batch_alter_table("request_client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("served", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("request_client", schema=None) as batch_op:
        batch_op.drop_column("served")

    with op.batch_alter_table("dispatch_request", schema=None) as batch_op:
        batch_op.drop_column("reports_reminded")
        batch_op.drop_column("waived_reports")

    with op.batch_alter_table("activity_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_report_request_id"))
        batch_op.drop_index(batch_op.f("ix_activity_report_assignment_id"))

    op.drop_table("activity_report")
