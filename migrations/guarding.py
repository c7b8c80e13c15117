"""Guards (triggers, exclusion constraints) for Alembic: it compares and writes them as it does tables.

A guard that the metadata declares and the database lacks becomes a `KeepGuard` operation; rendered, it is plain SQL for
both databases, so that a migration holds the text of its day and never imports the models.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from models.guards import Guard
from models.tables import GUARDS

_STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT conname FROM pg_constraint WHERE contype = 'x' "
    "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


class KeepGuard(MigrateOperation):
    """Make what keeps a guard's promise."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    def reverse(self) -> MigrateOperation:
        """Return what undoes this."""
        return DropGuard(self.guard)

    def to_diff_tuple(self) -> tuple[str, str]:
        """Return what `alembic check` prints."""
        return ("add_guard", self.guard.name)


class DropGuard(MigrateOperation):
    """Take back what the table's own removal leaves behind."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard


def standing(connection: sa.Connection) -> set[str]:
    """Return the names of the triggers and exclusion constraints that the database has."""
    return {name for (name,) in connection.exec_driver_sql(_STANDING[connection.dialect.name])}


@comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
def _compare(autogen_context: AutogenContext, upgrade_ops: ops.UpgradeOps, _: object) -> PriorityDispatchResult:
    connection = autogen_context.connection
    assert connection is not None  # noqa: S101 - there is no comparing without a database
    names = standing(connection)
    for guard in GUARDS:
        if not any(name == guard.name or name.startswith(f"{guard.name}_") for name in names):
            upgrade_ops.ops.append(KeepGuard(guard))
    return PriorityDispatchResult.CONTINUE


@renderers.dispatch_for(KeepGuard)
def _render_keep(_: AutogenContext, operation: KeepGuard) -> list[str]:
    return _per_dialect({name: operation.guard.statements(name) for name in _STANDING})


@renderers.dispatch_for(DropGuard)
def _render_drop(_: AutogenContext, operation: DropGuard) -> list[str]:
    # Triggers and constraints leave with their table; a function does not.
    name = operation.guard.name
    makes_function = any(" FUNCTION " in text.split("(")[0] for text in operation.guard.postgresql[:1])
    return (
        _per_dialect({"postgresql": (f"DROP FUNCTION {name}() CASCADE",)})
        if makes_function
        else [f"# {name}: its table takes it along"]
    )


def _per_dialect(statements: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines of the migration; Alembic indents after a colon and goes back at an empty line."""
    lines = []
    for dialect, texts in statements.items():
        lines += [f'if op.get_context().dialect.name == "{dialect}":', *(f"op.execute({text!r})" for text in texts), ""]
    return lines
