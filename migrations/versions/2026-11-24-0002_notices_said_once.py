"""notices said once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dedupe_key", sa.String(length=200), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_notice_dedupe_key"), ["dedupe_key"])


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_notice_dedupe_key"), type_="unique")
        batch_op.drop_column("dedupe_key")
