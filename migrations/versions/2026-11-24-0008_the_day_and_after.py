"""the day and after."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "assignment_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "sender",
            sa.Enum(
                "volunteer", "requester", "staff", name="sender", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column(
            "receiver",
            sa.Enum(
                "volunteer",
                "requester",
                "staff",
                name="message_side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sender_account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "code",
            sa.Enum(
                "late_10",
                "late_20",
                "lost",
                "arrived",
                "finished_early",
                "other",
                name="message_code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=400), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sender <> receiver", name=op.f("ck_assignment_message_other_side")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_message_assignment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sender_account_id"],
            ["account.id"],
            name=op.f("fk_assignment_message_sender_account_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_message")),
    )
    with op.batch_alter_table("assignment_message", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_message_assignment_sent_at", ["assignment_id", "sent_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_message_sender_account_id"), ["sender_account_id"], unique=False
        )

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("before_no_show", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("before_no_show")
        batch_op.drop_column("completed_at")
        batch_op.drop_column("checked_in_at")

    with op.batch_alter_table("assignment_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_message_sender_account_id"))
        batch_op.drop_index("ix_assignment_message_assignment_sent_at")

    op.drop_table("assignment_message")
