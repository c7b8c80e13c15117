"""pairs proposed by the engine."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    wanted = sa.Enum("female", "male", name="gender_wanted", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tutor_gender", wanted, nullable=True))

    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reasons", sa.JSON(), nullable=True))
    op.execute("UPDATE pairing SET reasons = '[]'")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.alter_column("reasons", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.drop_column("reasons")

    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_learner_gender_wanted"), type_="check")
        batch_op.drop_column("tutor_gender")
