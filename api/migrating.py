"""Migrations without a configuration file: found beside the package, run over the engine of the process.

Alembic is imported only to migrate: a process that serves needs its answer, not its weight.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

import migrations
from api.db import Wiring
from api.refusal import Refusal

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(migrations.__file__).parent
_REVISION = re.compile(r"-(\d{4})_")
_APPLIED = sa.text("SELECT version_num FROM alembic_version")


def configuration(engine: sa.Engine) -> "Config":
    """Return Alembic's configuration for a database; the scripts lie in the package, in a wheel too."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(rev)s_%%(slug)s")
    config.attributes["engine"] = engine
    return config


def migrate(wiring: Wiring) -> None:
    """Bring the schema to the newest revision; does nothing where it is there already.

    Raises `Refusal` where the database is ahead of the program.
    """
    if not pending(wiring):
        return
    if is_ahead(wiring):
        raise Refusal(
            f"The database is at revision {applied(wiring)} and this program knows {newest()}: "
            "install the version that was here last, or restore a backup from before."
        )
    from alembic import command  # noqa: PLC0415 - see above

    command.upgrade(configuration(wiring.database.writing), "head")


def reset(wiring: Wiring) -> None:
    """Take every table away, with all it holds, and make the schema anew."""
    from alembic import command  # noqa: PLC0415 - see above

    command.downgrade(configuration(wiring.database.writing), "base")
    migrate(wiring)


def draft(wiring: Wiring, message: str) -> Path:
    """Write a migration from what the models have and the (migrated) database lacks; a person reads it before use."""
    from alembic import command  # noqa: PLC0415 - see above

    known = newest()
    number = f"{int(known) + 1:04d}" if known else "0001"
    command.revision(configuration(wiring.database.writing), message, autogenerate=True, rev_id=number)
    newest.cache_clear()
    return next(SCRIPTS.glob(f"versions/*-{number}_*.py"))


@cache
def newest() -> str | None:
    """Return the newest revision this program knows: they are numbered in one line, and their files say so."""
    numbers = [found[1] for path in SCRIPTS.glob("versions/*.py") if (found := _REVISION.search(path.name))]
    return max(numbers, default=None)


def applied(wiring: Wiring) -> str | None:
    """Return the revision of the database, or nothing for one without tables of ours.

    Raises SQLAlchemy's errors where it does not answer.
    """
    with wiring.database.reading.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(_APPLIED)
        return revision


def pending(wiring: Wiring) -> bool:
    """Return whether the database is not at the newest revision. Raises as `applied`."""
    found = applied(wiring)
    return found is None or found != newest()


def is_ahead(wiring: Wiring) -> bool:
    """Return whether a newer program has been here. Raises as `applied`."""
    return (applied(wiring) or "") > (newest() or "")
