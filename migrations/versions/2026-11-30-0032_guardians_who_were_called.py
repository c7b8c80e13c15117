"""guardians who were called."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TOPICS = ("assignment", "availability_call", "dispatch_request", "offer", "shift")
_TOPICS_AND_CLASSROOMS = ("assignment", "availability_call", "classroom", "dispatch_request", "offer", "shift")
_TWO = "(volunteer_id IS NULL) <> (organization_id IS NULL)"
_THREE = (
    "CASE WHEN volunteer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN learner_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("learner_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_contact_attempt_learner_id"), "learner", ["learner_id"], ["id"], ondelete="RESTRICT"
        )
        batch_op.create_index("ix_contact_attempt_learner_at", ["learner_id", "at"], unique=False)
    _check("one_party", _THREE)
    _check("contact_topic", _one_of(*_TOPICS_AND_CLASSROOMS))
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian_reached_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_attendance_reached"), "guardian_reached_at IS NULL OR status = 'kept_safe'"
        )


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attendance_reached"), type_="check")
        batch_op.drop_column("guardian_reached_at")
    _check("contact_topic", _one_of(*_TOPICS))
    _check("one_party", _TWO)
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_attempt_learner_at")
        batch_op.drop_constraint(batch_op.f("fk_contact_attempt_learner_id"), type_="foreignkey")
        batch_op.drop_column("learner_id")


def _one_of(*topics: str) -> str:
    return f"about_type IN ({', '.join(repr(topic) for topic in topics)})"


def _check(name: str, rule: str) -> None:
    """Write a check anew; the table has no guards that a copy on SQLite would drop."""
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(f"ck_contact_attempt_{name}"), type_="check")
        batch_op.create_check_constraint(batch_op.f(f"ck_contact_attempt_{name}"), sa.text(rule))
