"""The migrated schema is the declared one, triggers and exclusion constraints included, on both databases."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from api.db import Wiring
from api.migrating import SCRIPTS, configuration, draft, migrate, newest, pending, reset
from models.organization import District
from models.tables import GUARDS, METADATA
from services import reference
from services.clock import SetClock
from tests.databases import House, settings_for, wired

ROOT = Path(__file__).parents[2]
POSTGRESQL_SHAPE = {
    "columns": "SELECT table_name || '.' || column_name, data_type, coalesce(character_maximum_length::text, ''), "
    "is_nullable, coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid), '', '', '' "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0",
    "indexes": "SELECT indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc, '', '', '' FROM pg_proc JOIN pg_language l ON l.oid = prolang "
    "WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql'",
}


@pytest.fixture
def bare(house: House, tmp_path: Path, clock: SetClock) -> Iterator[Wiring]:
    """A wiring over a database without tables."""
    made = wired(settings_for(house.empty(tmp_path)), clock)
    yield made
    made.database.close()


@pytest.fixture
def second(house: House, tmp_path: Path, clock: SetClock) -> Iterator[Wiring]:
    """Another one."""
    folder = tmp_path / "second"
    folder.mkdir()
    made = wired(settings_for(house.empty(folder)), clock)
    yield made
    made.database.close()


def shape(wiring: Wiring) -> set[tuple[str, ...]]:
    """Return everything the database knows about its schema, but Alembic's own table."""
    with wiring.database.writing.connect() as connection:
        if wiring.database.dialect == "sqlite":
            found = connection.exec_driver_sql(
                "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'"
            )
            rows: set[tuple[str, ...]] = {(kind, name, part) for kind, name, text in found for part in _parts(text)}
        else:
            rows = {
                (kind, *map(str, row))
                for kind, query in POSTGRESQL_SHAPE.items()
                for row in connection.exec_driver_sql(query)
            }
    return {row for row in rows if "alembic_version" not in str(row)}


def _parts(text: str) -> list[str]:
    """Return a definition apart: the columns of a table may stand in another order, a later one on the last line."""
    parts = re.split(r",(?![^()]*\))", text.replace('"', ""))
    return [" ".join(part.split()).rstrip(" )") for part in parts]


def test_migrated_schema_is_what_the_metadata_declare(bare: Wiring, second: Wiring) -> None:
    migrate(bare)
    METADATA.create_all(second.database.writing)
    migrated, declared = shape(bare), shape(second)
    assert len(declared) > 200
    assert sorted(migrated ^ declared) == []


def test_guards_stand_in_the_migrated_schema(bare: Wiring) -> None:
    migrate(bare)
    names = {row[1].rpartition(".")[2] for row in shape(bare)}
    assert len(GUARDS) > 1
    assert [guard.name for guard in GUARDS if not any(name.startswith(guard.name) for name in names)] == []


def test_alembic_finds_nothing_to_do(bare: Wiring) -> None:
    migrate(bare)
    command.check(configuration(bare.database.writing))


def test_alembic_misses_a_guard_that_is_gone(bare: Wiring) -> None:
    migrate(bare)
    lost = {
        "sqlite": ("DROP TRIGGER no_overlap_booking_insert", "DROP TRIGGER no_overlap_booking_update"),
        "postgresql": ("ALTER TABLE booking DROP CONSTRAINT no_overlap_booking",),
    }
    with bare.database.writing.begin() as connection:
        for statement in lost[bare.database.dialect]:
            connection.exec_driver_sql(statement)
    with pytest.raises(Exception, match="no_overlap_booking"):
        command.check(configuration(bare.database.writing))


def test_up_down_up(bare: Wiring) -> None:
    assert pending(bare)
    migrate(bare)
    whole = shape(bare)
    assert not pending(bare)
    command.downgrade(configuration(bare.database.writing), "base")
    assert shape(bare) == set()
    assert pending(bare)
    migrate(bare)
    assert shape(bare) == whole


def test_reset_takes_every_row_away(bare: Wiring) -> None:
    migrate(bare)
    with bare.unit() as unit:
        reference.load(unit)
    reset(bare)
    with bare.unit(write=False) as unit:
        assert unit.session.exec(sa.select(District)).first() is None  # type: ignore[call-overload]
    assert not pending(bare)


def test_two_migrators_at_once_do_the_work_once(bare: Wiring) -> None:
    environment = {**os.environ, "KAKEHASHI_DATABASE_URL": bare.settings.database_url}
    command_line = [sys.executable, "-m", "api.cli", "migrate"]
    both = [subprocess.Popen(command_line, env=environment, cwd=ROOT) for _ in range(2)]
    assert [process.wait(300) for process in both] == [0, 0]
    assert not pending(bare)


def test_foreign_keys_are_kept_after_migrating_on_the_same_connection(bare: Wiring) -> None:
    migrate(bare)
    with pytest.raises(sa.exc.IntegrityError), bare.unit() as unit:
        unit.session.connection().exec_driver_sql(
            "INSERT INTO population_statistic (id, language, district_code, as_of, count) "
            "VALUES ('00000000000000000000000000000001', 'en', 'nowhere', '2025-01-01', 1)"
        )


def test_revisions_are_numbered_in_one_line() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))
    numbers = [script.revision for script in scripts.walk_revisions()]
    assert scripts.get_heads() == [newest()]
    assert numbers == [f"{number:04d}" for number in range(len(numbers), 0, -1)]


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("versions/*.py")), ids=lambda path: path.stem)
def test_a_revision_imports_nothing_that_may_change(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported - sys.stdlib_module_names <= {"sqlalchemy", "alembic"}
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-\d{4}_[a-z_]+", path.stem)


def test_a_drafted_migration_takes_the_next_number(
    bare: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = Path(shutil.copytree(SCRIPTS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")))
    monkeypatch.setattr("api.migrating.SCRIPTS", scripts)
    newest.cache_clear()
    before = newest()
    assert before is not None
    migrate(bare)
    written = draft(bare, "Something else")
    assert written.name.endswith(f"-{int(before) + 1:04d}_something_else.py")
    assert pending(bare)
    migrate(bare)
    assert not pending(bare)
    monkeypatch.undo()
    newest.cache_clear()
