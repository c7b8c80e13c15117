"""which hours families know."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _table(name: str, *instants: str) -> Any:
    return sa.table(name, sa.column("id", sa.Uuid()), *(sa.column(one, _INSTANT) for one in instants))


_SESSION = _table("class_session", "starts_at", "ends_at", "moved_from", "moved_at")
_FORMER = _table("former_hours", "starts_at", "ends_at", "until")
_FORMER.append_column(sa.column("session_id", sa.Uuid()))


def upgrade() -> None:
    """Keep every hour a session had. Of one that had moved it is known from which start alone: it lasted as long as now.

    So one that had merely ended at another hour counts as known.
    """
    op.create_table(
        "former_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_former_hours_order")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["class_session.id"],
            name=op.f("fk_former_hours_session_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_hours")),
    )
    op.create_index(op.f("ix_former_hours_session_id"), "former_hours", ["session_id"])
    connection = op.get_bind()
    moved = sa.select(_SESSION).where(_SESSION.c.moved_from.is_not(None))
    for one in connection.execute(moved).all():
        hours = {"starts_at": one.moved_from, "ends_at": one.moved_from + (one.ends_at - one.starts_at)}
        row = {"id": one.id, "session_id": one.id, "until": one.moved_at, **hours}
        connection.execute(sa.insert(_FORMER).values(row))
    with op.batch_alter_table("class_session", schema=None) as batch_op:
        batch_op.drop_column("moved_at")
        batch_op.drop_column("moved_from")


def downgrade() -> None:
    """Go back to the revision before, where a session knows the first of its hours."""
    with op.batch_alter_table("class_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("moved_from", _INSTANT, nullable=True))
        batch_op.add_column(sa.Column("moved_at", _INSTANT, nullable=True))
    of_it = "FROM former_hours WHERE session_id = class_session.id"
    op.execute(
        f"UPDATE class_session SET moved_at = (SELECT max(until) {of_it}), "  # noqa: S608 - nothing comes from outside
        f"moved_from = (SELECT starts_at {of_it} ORDER BY until, id LIMIT 1)"
    )
    op.drop_index(op.f("ix_former_hours_session_id"), table_name="former_hours")
    op.drop_table("former_hours")
