"""exam periods."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "exam_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_exam_period_order")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exam_period_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_period")),
        sa.UniqueConstraint(
            "organization_id", "first_on", "last_on", name=op.f("uq_exam_period_organization_id_first_on_last_on")
        ),
    )
    with op.batch_alter_table("exam_period", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_period_organization_id"), ["organization_id"], unique=False)
    with op.batch_alter_table("availability_exception", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exam_period_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_availability_exception_exam_period_id"),
            "exam_period",
            ["exam_period_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_index(batch_op.f("ix_availability_exception_exam_period_id"), ["exam_period_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("availability_exception", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_exception_exam_period_id"))
        batch_op.drop_constraint(batch_op.f("fk_availability_exception_exam_period_id"), type_="foreignkey")
        batch_op.drop_column("exam_period_id")
    op.drop_table("exam_period")
