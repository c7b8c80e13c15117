"""cascades and batches of offers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LIVE = sa.text("status IN ('running', 'exhausted')")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "cascade",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("demand_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("respond_within_minutes", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "stopped",
                "filled",
                "exhausted",
                "over",
                name="cascade_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_cascade_demand_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_cascade_shift_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cascade")),
    )
    with op.batch_alter_table("cascade", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cascade_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cascade_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_cascade_shift_id"), ["shift_id"], unique=False)
        batch_op.create_index("uq_cascade_live", ["demand_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.add_column("offer", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.create_index("ix_offer_status_respond_by", "offer", ["status", "respond_by"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_offer_status_respond_by", "offer")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_column("batch_id")
    op.drop_table("cascade")
