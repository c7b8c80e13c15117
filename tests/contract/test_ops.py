"""The house keeps its own rules: lock, wheel, names, deployment, and nothing that belongs to one machine."""

import re
import subprocess
import tomllib
import zipfile
from collections import defaultdict
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: Final[list[str]] = PROJECT["tool"]["uv"]["build-backend"]["module-name"]
NOT_SHIPPED: Final = {"bench", "tests"}
LOCKS: Final = ("runtime", "postgres", "dev")
SECRETS: Final = {
    "POSTGRES_PASSWORD",
    "KAKEHASHI_SECRET_KEY",
    "KAKEHASHI_CLIENT_KEYS",
    "KAKEHASHI_PUBLIC_URL",
    "KAKEHASHI_SMTP_HOST",
    "KAKEHASHI_MAIL_FROM",
}
FOREIGN: Final = {
    "a package registry": r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|proxy\.golang\.org",
    "a package index": r"--(?:extra-)?index-url|--find-(?:links)",
    "a path of one machine": r"(?<![\w.:$}])/(?:work|home|root|Users)/|/opt/(?:pypi|wheels)",
}


def lock_entries(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return re.split(r"\n(?=\S)", text.strip())


def locked_versions(name: str) -> dict[str, set[Version]]:
    versions: defaultdict[str, set[Version]] = defaultdict(set)
    for entry in lock_entries(name):
        distribution, _, rest = entry.partition("==")
        versions[canonicalize_name(distribution)].add(Version(rest.split()[0]))
    return dict(versions)


def declared(name: str) -> list[Requirement]:
    project = PROJECT["project"]
    extra = {
        "runtime": [],
        "postgres": project["optional-dependencies"]["postgres"],
        "dev": [*project["optional-dependencies"]["postgres"], *PROJECT["dependency-groups"]["dev"]],
    }[name]
    return [Requirement(text) for text in [*project["dependencies"], *extra]]


def own_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in set(listed.stdout.split("\0")) - {""} if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_a_hash_for_every_entry_and_no_address(name: str) -> None:
    entries = lock_entries(name)
    assert len(entries) > len(declared(name))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert [entry for entry in entries if "://" in entry or not re.match(r"[a-z0-9.-]+==\d", entry)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_satisfies_the_ranges_of_pyproject(name: str) -> None:
    locked = locked_versions(name)
    out_of_step = [
        str(requirement)
        for requirement in declared(name)
        if not any(map(requirement.specifier.contains, locked.get(canonicalize_name(requirement.name), set())))
    ]
    assert out_of_step == []


@pytest.mark.parametrize(("smaller", "larger"), [("runtime", "postgres"), ("postgres", "dev")])
def test_lock_is_one_lock_in_growing_sets(smaller: str, larger: str) -> None:
    assert locked_versions(smaller).items() <= locked_versions(larger).items()


def test_wheel_is_built_by_the_uv_of_the_lock() -> None:
    [builder] = [Requirement(text) for text in PROJECT["build-system"]["requires"]]
    assert builder.name == "uv_build"
    assert [uv for uv in locked_versions("dev")["uv"] if not builder.specifier.contains(uv)] == []


def test_packages_are_our_top_level_folders() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(PACKAGES) == folders - NOT_SHIPPED


def test_wheel_holds_exactly_our_packages_with_their_catalogues(tmp_path: Path) -> None:
    subprocess.run(
        [ROOT / ".venv/bin/uv", "build", "--quiet", "--wheel", "--offline", "--out-dir", tmp_path, ROOT], check=True
    )
    [wheel] = tmp_path.glob("*.whl")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    ours = {str(path.relative_to(ROOT)) for path in own_files() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert {name for name in shipped if ".dist-info/" not in name} == ours


@pytest.mark.parametrize("name", [*PACKAGES, "tests"])
def test_top_level_name_is_ours_alone(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")
    # An editable install lists no owner at all.
    assert set(packages_distributions().get(name, [])) <= {"kakehashi"}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_names(what: str) -> None:
    files = own_files()
    assert ROOT / "pyproject.toml" in files
    pattern = re.compile(FOREIGN[what])
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in files
        for hit in pattern.finditer(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def test_compose_requires_each_secret_by_name() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?[^}]+\}", text)) == SECRETS
    optional = set(re.findall(r"\$\{?(\w+)", text)) - SECRETS
    assert optional == {"PORT"}


def test_compose_starts_the_service_after_the_migration_and_both_after_the_database() -> None:
    services = compose()["services"]
    assert set(services) == {"db", "migrate", "api", "worker"}
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert services["api"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["worker"]["depends_on"] == services["api"]["depends_on"]
    assert services["db"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_compose_runs_the_sweeps_in_one_place() -> None:
    services = compose()["services"]
    assert services["worker"]["command"] == ["kakehashi", "worker"]
    assert services["api"]["environment"]["KAKEHASHI_WORKER"] == "none"


@pytest.mark.parametrize("service", ["migrate", "api", "worker"])
def test_compose_runs_in_production(service: str) -> None:
    environment = compose()["services"][service]["environment"]
    assert environment["KAKEHASHI_ENVIRONMENT"] == "production"
    assert environment.keys() >= {name for name in SECRETS if name.startswith("KAKEHASHI_")}


def test_image_holds_what_the_wheel_holds() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE) == sorted(PACKAGES)
    admitted = re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert admitted == ["LICENSE", *sorted(PACKAGES)]
