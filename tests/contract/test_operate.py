"""docs/operate.md is true: installed from nothing, set up, backed up, restored, upgraded and taken back, as it says."""

import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.migrating import newest
from tests import apt
from tests.contract.test_ops import PROJECT, own_files
from tests.mail_server import free_port, mail_server
from tests.operating import ROOT, connected, cut_off, play, script

pytestmark = pytest.mark.xdist_group("operate")  # they share the wheels that were fetched

NEWER = "77.0.0"
MIGRATION = """import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{known}"


def upgrade():
    op.create_table("one_more", sa.Column("id", sa.Integer(), primary_key=True))
"""


@dataclass(frozen=True)
class Releases:
    """A repository that has this version, its newer one on a branch, and the archives of both."""

    repository: Path
    older: Path
    newer: Path

    @property
    def version(self) -> str:
        """This version."""
        version: str = PROJECT["project"]["version"]
        return version

    def git(self, *arguments: str) -> None:
        """Run git in the repository."""
        me = ["-c", "user.name=Operator", "-c", "user.email=operator@example.jp"]
        subprocess.run(["git", *me, *arguments], cwd=self.repository, check=True, capture_output=True)


def bundle(repository: Path, folder: Path) -> None:
    """`make bundle`, with this repository's environment and the wheels it has fetched before."""
    own = [f"VENV={ROOT / '.venv'}", f"DIST={folder}"]
    made = subprocess.run(
        ["make", "-s", "bundle", *own], cwd=repository, env=connected(), check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """This version as it lies here, and one after it with one migration more."""
    folder = tmp_path_factory.mktemp("releases")
    names = [folder / f"kakehashi-{version}-offline.tar.gz" for version in (PROJECT["project"]["version"], NEWER)]
    made = Releases(folder / "repository", *names)
    for path in own_files():
        copy = made.repository / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for step in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "This version"]):
        made.git(*step)
    bundle(made.repository, folder)
    _write_newer(made)
    bundle(made.repository, folder)
    made.git("checkout", "-q", "main")
    return made


def _write_newer(made: Releases) -> None:
    made.git("checkout", "-q", "-b", "newer")
    project = made.repository / "pyproject.toml"
    old, new = (f'version = "{version}"' for version in (made.version, NEWER))
    project.write_text(project.read_text("utf-8").replace(old, new, 1), "utf-8")
    later = made.repository / "migrations" / "versions" / "2099-01-01-9000_one_more.py"
    later.write_text(MIGRATION.format(known=newest()), "utf-8")
    made.git("add", "-A")
    made.git("commit", "-qm", "The next version")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty folder."""
    if not shutil.which("curl") and apt.can_install():
        apt.install("curl")
    assert shutil.which("curl"), "the page is played with curl: install it"
    return tmp_path


def own_values(releases: Releases, mail_port: int) -> dict[str, str]:
    port = free_port()
    return {
        "REPOSITORY": str(releases.repository),
        "BUNDLE": str(releases.older),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "MAIL_HOST": "127.0.0.1",
        "MAIL_PORT": str(mail_port),
        "MAIL_STARTTLS": "false",
        "MAIL_FROM": "kakehashi@example.jp",
        "ADMIN_EMAIL": "first@example.jp",
        "ADMIN_NAME": "最初の管理者",
    }


def test_the_page_is_true_without_internet(releases: Releases, empty: Path) -> None:
    with mail_server() as port:
        text = script("offline", [own_values(releases, port), {"BUNDLE": str(releases.newer)}])
        printed = play(text, empty, cut_off(empty))
    everything_was_done(releases, empty, printed)


def test_the_page_is_true_with_internet(
    releases: Releases, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pull = "git -C source pull -q"
    public = shutil.copytree(releases.repository, tmp_path_factory.mktemp("public") / "repository")
    publish = f"git -C {public} reset -q --hard newer"
    with mail_server() as port:
        text = script("online", [own_values(replace(releases, repository=public), port)])
        assert pull in text
        printed = play(text.replace(pull, f"{publish}\n{pull}"), empty, connected())
    everything_was_done(releases, empty, printed)


def everything_was_done(releases: Releases, folder: Path, printed: str) -> None:
    """Both versions were there, the newer one's migration too, and in the end all is as it was before."""
    steps = [
        f"The schema is at revision {newest()}.",
        f"Restored: revision {newest()}",
        "The schema is at revision 9000.",
        f"Restored: revision {newest()}",
    ]
    said = [line for line in printed.splitlines() if line.startswith(("The schema", "Restored"))]
    assert [line[: len(step)] for line, step in zip(said, steps, strict=True)] == steps
    assert printed.count("No fault in the data.") == 4
    app = folder / "app"
    assert {path.name for path in app.iterdir()} == {releases.version, NEWER, "current"}
    assert (app / "current").resolve().name == releases.version
    kept = [folder / "kakehashi.env", folder / "data" / "kakehashi.db", *(folder / "backups").iterdir()]
    assert {path.name: path.stat().st_mode & 0o077 for path in kept if path.stat().st_mode & 0o077} == {}
    assert len(kept) == 4


@pytest.fixture
def unpacked(releases: Releases, tmp_path: Path) -> Path:
    """The bundle, unpacked."""
    with tarfile.open(releases.older) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / releases.older.name.removesuffix(".tar.gz")


def install(unpacked: Path, to: Path, **over: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = cut_off(to.parent) | over
    command = [unpacked / "install.sh", to]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_a_bundle_names_every_file_it_has_and_no_address(unpacked: Path) -> None:
    listed = {line.split("  ./", 1)[1] for line in (unpacked / "SHA256SUMS").read_text("utf-8").splitlines()}
    there = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"}
    assert listed >= {"install.sh", "requirements.txt", "README.md", "docs/operate.md", "docs/settings.md"}
    assert "://" not in (unpacked / "requirements.txt").read_text("utf-8")


def test_the_same_content_is_the_same_bundle(releases: Releases, tmp_path: Path) -> None:
    bundle(releases.repository, tmp_path)
    assert (tmp_path / releases.older.name).read_bytes() == releases.older.read_bytes()


def test_a_damaged_bundle_installs_nothing(unpacked: Path, tmp_path: Path) -> None:
    wheel = next(unpacked.glob("wheels/kakehashi-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"more")
    outcome = install(unpacked, tmp_path / "app")
    assert outcome.returncode == 1
    assert "damaged" in outcome.stderr
    assert not (tmp_path / "app" / "current").exists()


def test_a_bundle_for_another_machine_is_refused(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "PLATFORM").write_text("cp39-plan9-mips\n")
    sums = unpacked / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(keepends=True) if "PLATFORM" not in line))
    outcome = install(unpacked, tmp_path / "app")
    assert outcome.returncode == 1
    assert "cp39-plan9-mips" in outcome.stderr


def test_the_version_in_use_is_not_installed_over(releases: Releases, unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "current").symlink_to(releases.version)
    outcome = install(unpacked, tmp_path / "app")
    assert outcome.returncode == 1
    assert "already" in outcome.stderr
