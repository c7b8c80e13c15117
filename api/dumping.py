"""The whole content of a database into a file and back, as each database does it best, while the service runs.

SQLite copies its pages by the online backup API, in one transaction on either side. PostgreSQL's own programs write
and read its custom format; a load is one transaction, so that one that fails or is killed leaves what was there.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from api.db import Wiring
from api.refusal import Refusal
from api.settings import PREFIX

PROGRAMS: Final = ("pg_dump", "pg_restore", "psql")

# Tables and functions are all we have there. What belongs to an extension stays, and so does the schema itself, which
# belongs to somebody else on older servers.
_EMPTY: Final = """
DO $$ DECLARE thing text; BEGIN
    FOR thing IN SELECT format('TABLE %I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'
        UNION ALL SELECT format('FUNCTION %s', oid::regprocedure) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP EXECUTE 'DROP ' || thing || ' CASCADE'; END LOOP;
END $$
"""


def dump(wiring: Wiring, file: Path) -> None:
    """Write the content, as of one instant, to a new file that only its owner reads. Raises `Refusal`."""
    file.touch(0o600, exist_ok=False)
    _do(wiring, file, _dump_sqlite, _dump_postgresql)


def load(wiring: Wiring, file: Path) -> None:
    """Put the content of such a file in the place of everything in the database. Raises `Refusal`."""
    _do(wiring, file, _load_sqlite, _load_postgresql)


def program(wiring: Wiring, name: str) -> str:
    """Return where a program of PostgreSQL's client is. Raises `Refusal` where it is not."""
    folder = wiring.settings.pg_bin
    if found := shutil.which(name, path=str(folder) if folder else None):
        return found
    raise Refusal(
        f"`{name}` was not found {f'in {folder}' if folder else 'on the path'}: install PostgreSQL's client programs, "
        f"of the server's version or newer, or name their folder in {PREFIX}PG_BIN."
    )


def _do(wiring: Wiring, file: Path, *ways: Callable[[Wiring, Path], None]) -> None:
    way = dict(zip(("sqlite", "postgresql"), ways, strict=True))[wiring.database.dialect]
    try:
        way(wiring, file)
    except sqlite3.Error as error:
        raise Refusal(f"SQLite says: {error}") from error


def _dump_sqlite(wiring: Wiring, file: Path) -> None:
    with closing(wiring.database.reading.raw_connection()) as live, closing(sqlite3.connect(file)) as copy:
        _driver(live).backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        found = copy.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        raise Refusal(f"The database is damaged, and so would be its copy: {'; '.join(str(row[0]) for row in found)}")


def _load_sqlite(wiring: Wiring, file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy, closing(wiring.database.writing.raw_connection()) as live:
        copy.backup(_driver(live))


def _driver(connection: sa.PoolProxiedConnection) -> sqlite3.Connection:
    driver: Any = connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the dialect said so
    return driver


def _dump_postgresql(wiring: Wiring, file: Path) -> None:
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", f"--file={file}"]
    _run(wiring, "pg_dump", *options, *_target(wiring))
    _run(wiring, "pg_restore", "--list", str(file))


def _load_postgresql(wiring: Wiring, file: Path) -> None:
    # As a whole first: a file that breaks off in the middle must not be half a transaction.
    script = file.with_suffix(".sql")
    _run(wiring, "pg_restore", "--no-owner", "--no-privileges", "--no-comments", f"--file={script}", str(file))
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    _run(wiring, "psql", *options, *_target(wiring), f"--command={_EMPTY}", f"--file={script}")


def _target(wiring: Wiring) -> list[str]:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - not installed where SQLite is all there is

    # Without the password: what is on a command line, every user of the machine can read.
    return ["--no-password", "--dbname=" + make_conninfo(**{**_connection(wiring), "password": None})]


def _connection(wiring: Wiring) -> Mapping[str, Any]:
    database = wiring.database
    arguments = database.writing.dialect.create_connect_args(make_url(database.url))[1]
    return {name: value for name, value in arguments.items() if name != "context"}  # that one is for Python only


def _run(wiring: Wiring, name: str, *arguments: str) -> None:
    secret = _connection(wiring).get("password")
    environment = {**os.environ, "PGOPTIONS": "-c lock_timeout=10s"} | ({"PGPASSWORD": str(secret)} if secret else {})
    done = subprocess.run(  # noqa: S603 - our own words, and no shell
        [program(wiring, name), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"`{name}` failed: {done.stderr}")
