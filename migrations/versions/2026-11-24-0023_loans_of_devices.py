"""loans of devices."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "device_loan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(organization_id IS NULL) <> (volunteer_id IS NULL)", name=op.f("ck_device_loan_borrower")),
        sa.CheckConstraint("lent_on <= due_on", name=op.f("ck_device_loan_due")),
        sa.CheckConstraint("returned_on IS NULL OR lent_on <= returned_on", name=op.f("ck_device_loan_returned")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_device_loan_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_device_loan_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_loan")),
    )
    op.create_index(op.f("ix_device_loan_due_on"), "device_loan", ["due_on"], unique=False)
    op.create_index(op.f("ix_device_loan_organization_id"), "device_loan", ["organization_id"], unique=False)
    op.create_index(op.f("ix_device_loan_volunteer_id"), "device_loan", ["volunteer_id"], unique=False)
    op.create_index(
        "uq_device_loan_item",
        "device_loan",
        ["item"],
        unique=True,
        sqlite_where=sa.text("returned_on IS NULL"),
        postgresql_where=sa.text("returned_on IS NULL"),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("device_loan")
