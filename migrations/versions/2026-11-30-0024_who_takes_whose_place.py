"""who takes whose place by a plan."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_CHECK = "ck_plan_proposal_plan_change"


def _allow(*changes: str) -> None:
    listed = ", ".join(f"'{change}'" for change in changes)
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(_CHECK), type_="check")
        batch_op.create_check_constraint(batch_op.f(_CHECK), sa.text(f"change IN ({listed})"))


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counterpart_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_plan_proposal_counterpart_id"), "volunteer", ["counterpart_id"], ["id"], ondelete="RESTRICT"
        )
    _allow("gain", "keep", "lose", "replace")


def downgrade() -> None:
    """Go back to the revision before."""
    op.execute("UPDATE plan_proposal SET change = 'keep' WHERE change = 'replace'")
    _allow("gain", "keep", "lose")
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_plan_proposal_counterpart_id"), type_="foreignkey")
        batch_op.drop_column("counterpart_id")
