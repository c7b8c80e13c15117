"""A backup is one file: the whole content of the database, with its revision, its time and its checksum.

It is a ZIP of `manifest.json` and `content`, a SQLite file or PostgreSQL's custom format: whoever has lost this program
opens it without. Under its name it is whole or not there; what a killed run leaves lies in a hidden folder beside it.
"""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from shutil import copyfileobj
from typing import Final

import sqlalchemy as sa

from api import dumping
from api.db import Wiring
from api.migrating import applied, migrate, newest
from api.refusal import Refusal
from services import roster_changes

FORMAT: Final = "kakehashi-backup-1"
MANIFEST, CONTENT, WHOLE = "manifest.json", "content", "whole"


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself; `made_at` is in UTC."""

    format: str
    version: str
    database: str
    revision: str
    made_at: str
    sha256: str


def back_up(wiring: Wiring, path: Path, *, force: bool = False) -> Manifest:
    """Write a backup while the service runs. Raises `Refusal`, also where a file is there and `force` is not."""
    _refuse_to_overwrite(path, force=force)
    with _told(path), _folder_in(path.parent) as folder:
        revision = _revision(wiring)
        dumping.dump(wiring, folder / CONTENT)
        if _revision(wiring) != revision:
            raise Refusal("The database was migrated meanwhile: back up again.")
        manifest = _describe(wiring, revision, folder / CONTENT)
        _pack(folder, manifest)
        _refuse_to_overwrite(path, force=force)  # another run may have been quicker
        _publish(folder / WHOLE, path)
    return manifest


def restore(wiring: Wiring, path: Path, *, force: bool = False) -> Manifest:
    """Put a backup in the place of everything in the database, and migrate it. Raises `Refusal`."""
    var = wiring.settings.var
    var.mkdir(parents=True, exist_ok=True)
    with _told(path), zipfile.ZipFile(path) as archive, _folder_in(var) as folder:
        manifest = _manifest(archive)
        _refuse_unfit(wiring, manifest)
        _refuse_to_bury(wiring, force=force)
        _unpack(archive, manifest, folder / CONTENT)
        dumping.load(wiring, folder / CONTENT)
    migrate(wiring)
    with wiring.unit() as unit:  # processes that serve meanwhile may have people of the content before in memory
        roster_changes.tell_of_everybody(unit)
    return manifest


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell in a sentence what is wrong with a file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error) as error:
        raise Refusal(f"{path} is no backup of Kakehashi, or it is damaged.") from error
    except OSError as error:
        raise Refusal(f"{path}: {error}") from error


@contextmanager
def _folder_in(folder: Path) -> Iterator[Path]:
    """Give a folder that nobody else reads, on the disk where the file will be."""
    with tempfile.TemporaryDirectory(prefix=".kakehashi-", dir=folder) as made:
        yield Path(made)


def _refuse_to_overwrite(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise Refusal(f"{path} is a folder: give the name of a file.")
    if path.exists() and not force:
        raise Refusal(f"{path} is there already; with --force it is replaced.")


def _revision(wiring: Wiring) -> str:
    if (revision := applied(wiring)) is None:
        raise Refusal("There is nothing to back up: the database has no tables. `kakehashi migrate` makes them.")
    return revision


def _describe(wiring: Wiring, revision: str, content: Path) -> Manifest:
    made_at = wiring.clock().isoformat(timespec="seconds")
    return Manifest(FORMAT, version("kakehashi"), wiring.database.dialect, revision, made_at, _checksum(content))


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _pack(folder: Path, manifest: Manifest) -> None:
    (folder / WHOLE).touch(0o600, exist_ok=False)
    with (folder / WHOLE).open("w+b") as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
            archive.write(folder / CONTENT, CONTENT)
        whole.flush()
        os.fsync(whole.fileno())


def _publish(whole: Path, path: Path) -> None:
    whole.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (KeyError, TypeError, ValueError) as error:
        raise zipfile.BadZipFile(MANIFEST) from error
    if manifest.format != FORMAT:
        raise zipfile.BadZipFile(manifest.format)
    return manifest


def _refuse_unfit(wiring: Wiring, manifest: Manifest) -> None:
    if manifest.database != wiring.database.dialect:
        raise Refusal(
            f"The backup is of {manifest.database} and the database is {wiring.database.dialect}: "
            "it goes back into what it came from."
        )
    if manifest.revision > (newest() or ""):
        raise Refusal(
            f"The backup is at revision {manifest.revision} and this program knows {newest()}: "
            f"install version {manifest.version} or a newer one."
        )


def _refuse_to_bury(wiring: Wiring, *, force: bool) -> None:
    with wiring.database.reading.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
    if tables and not force:
        raise Refusal("The database is not empty; with --force everything in it is replaced, and is gone.")


def _unpack(archive: zipfile.ZipFile, manifest: Manifest, file: Path) -> None:
    file.touch(0o600, exist_ok=False)
    with archive.open(CONTENT) as packed, file.open("wb") as out:
        copyfileobj(packed, out)
    if _checksum(file) != manifest.sha256:
        raise zipfile.BadZipFile(manifest.sha256)
