"""Run docs/operate.md as an operator would, in an empty folder and one shell, with or without internet.

A block marked `online` or `offline` is for those alone; in one marked `yours` the reader puts values of her own, and so
does the test.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "operate.md"
WAYS: Final = frozenset({"online", "offline"})
PASSWORD: Final = "a password of the first administrator"  # noqa: S105 - of an installation that lives for a test
NOWHERE: Final = "http://127.0.0.1:9"


def blocks(way: str) -> Iterator[tuple[str, bool]]:
    """Give the shell blocks that are read by who goes this way, and whether each holds values of the reader's own."""
    page = PAGE.read_text("utf-8")
    for marks, block in re.findall(r"^```bash((?: \w+)*)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL):
        words = set(marks.split())
        if not words & WAYS or way in words:
            yield block, "yours" in words


def values(block: str) -> set[str]:
    """Return the names a block of the reader's own values sets."""
    return set(re.findall(r"(?:^|(?<=\s))([A-Z_]+)=", block, flags=re.MULTILINE))


def script(way: str, own: Sequence[Mapping[str, str]]) -> str:
    """Return the page as one script, our own values in the place of the reader's."""
    given = iter(own)
    parts = ["set -euo pipefail"]
    for block, is_own in blocks(way):
        if is_own:
            mine = next(given)
            assert set(mine) == values(block)
            parts += [f"{name}='{value}'" for name, value in mine.items()]
        else:
            parts.append(block)
    assert next(given, None) is None
    return "\n".join(parts)


def play(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a script in a folder and return what it printed; nothing that it started outlives it."""
    running = subprocess.Popen(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = running.communicate(PASSWORD + "\n", timeout=300)
    finally:
        _end(running.pid)
    log = folder / "service.log"
    assert running.returncode == 0, printed + (log.read_text("utf-8") if log.exists() else "")
    return printed


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def cut_off(home: Path) -> dict[str, str]:
    """Return the environment of a machine without internet: no index, and no way out."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": "/dev/null",
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
        "no_proxy": "127.0.0.1",
    }


def connected() -> dict[str, str]:
    """Return the environment of a machine that fetches packages as this one does; it keeps the wheels it has fetched."""
    ours = ("KAKEHASHI_", "MAKE", "MFLAGS", "COVERAGE", "PYTEST_", "PIP_NO_INDEX")
    theirs = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return theirs | {"no_proxy": "127.0.0.1", "WHEELS": str(ROOT / "var" / "wheels")}
