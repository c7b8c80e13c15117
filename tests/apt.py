"""Programs the suite runs beside Python, installed where that is possible without asking: as root on Debian or Ubuntu."""

import os
import shutil
import subprocess
import sys


def can_install() -> bool:
    """Return whether packages can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install Debian packages. Raises `CalledProcessError`."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-q", *command], check=True, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
        )
