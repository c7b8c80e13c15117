"""growing by steps."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "earlier_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("shadowed", sa.Integer(), nullable=False),
        sa.Column("paired", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.CheckConstraint("shadowed >= 0 AND paired >= 0 AND alone >= 0", name=op.f("ck_earlier_steps_counts")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_earlier_steps_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_steps")),
        sa.UniqueConstraint(
            "volunteer_id", "kind", "language", name=op.f("uq_earlier_steps_volunteer_id_kind_language")
        ),
    )
    op.create_index(op.f("ix_earlier_steps_volunteer_id"), "earlier_steps", ["volunteer_id"], unique=False)
    op.add_column("service_type", sa.Column("shadowings", sa.Integer(), server_default="0", nullable=False))
    op.add_column("service_type", sa.Column("pairings", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("service_type", "pairings")
    op.drop_column("service_type", "shadowings")
    op.drop_table("earlier_steps")
