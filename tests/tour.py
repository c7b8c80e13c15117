"""Run docs/tour.md as a reader would: its shell blocks one after the other in one shell, its outputs compared."""

import os
import re
import subprocess
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "tour.md"
MARK = "--- end of block ---"


def blocks(text: str) -> list[tuple[str, str | None]]:
    """Return each bash block of the page with the output that the page says it ends with."""
    found: list[tuple[str, str | None]] = []
    for kind, content in re.findall(r"^```(bash|output)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if kind == "bash":
            found.append((content, None))
        else:
            found[-1] = (found[-1][0], content.strip())
    return found


def play(base: str) -> list[tuple[str, str | None]]:
    """Play the tour against a running service; return what each block printed and what the page says."""
    steps = blocks(PAGE.read_text("utf-8"))
    script = "set -euo pipefail\n" + "".join(f"{block}\necho '{MARK}'\n" for block, _ in steps)
    environment = {"BASE": base, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_PROXY": "*"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [part.strip() for part in done.stdout.split(MARK)]
    return [(printed[number], expected) for number, (_, expected) in enumerate(steps)]
