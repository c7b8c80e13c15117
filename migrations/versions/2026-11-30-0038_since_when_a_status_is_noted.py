"""since when a status is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; of what was noted before, the last writing is the best that is known."""
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE attendance SET status_since = noted_at")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.alter_column("status_since", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_column("status_since")
