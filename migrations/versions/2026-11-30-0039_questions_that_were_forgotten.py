"""questions that were forgotten."""

import os
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_FIRST = datetime.now(UTC).date() + timedelta(days=30)
"""Nobody is erased before somebody can look at the dry run and set holds, however long ago she asked."""
_LEARNER = sa.table("learner", sa.column("id", sa.Uuid()), sa.column("purge_on", sa.Date()))


def upgrade() -> None:
    """Date who asked for a place that nobody has decided on, from when she, or what she asked for, was last touched."""
    living = (
        "SELECT 1 FROM enrollment WHERE learner_id = learner.id "
        "AND status NOT IN ('completed', 'left', 'inquiry', 'interview')"
    )
    asked = "SELECT max(updated_at) FROM enrollment WHERE learner_id = learner.id"
    found = sa.text(
        f"SELECT id, updated_at AS touched, ({asked}) AS asked FROM learner "  # noqa: S608 - nothing comes from outside
        f"WHERE purge_on IS NULL AND erased_on IS NULL AND ({asked}) IS NOT NULL AND NOT EXISTS ({living})"
    ).columns(id=sa.Uuid(), touched=sa.DateTime(timezone=True), asked=sa.DateTime(timezone=True))
    years = int(os.environ.get("KAKEHASHI_LEARNER_YEARS", "1"))
    connection = op.get_bind()
    for row_id, touched, at in connection.execute(found).all():
        since = max(touched, at)
        month = since.date().replace(day=1)  # which has an anniversary, as a leap day has not
        after = month.replace(year=month.year + years).toordinal() + since.day  # a day late: no zone is known here
        due = max(month.fromordinal(after), _FIRST)
        connection.execute(sa.update(_LEARNER).where(_LEARNER.c.id == row_id).values(purge_on=due))


def downgrade() -> None:
    """Go back to the revision before, where nobody is dated who asks for a place."""
    op.execute(
        "UPDATE learner SET purge_on = NULL WHERE purge_on IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM enrollment WHERE learner_id = learner.id AND status IN ('inquiry', 'interview'))"
    )
