"""Print what wheels must fit: the Python, and the machine below it."""

import sys
import sysconfig

print(f"cp{sys.version_info.major}{sys.version_info.minor}-{sysconfig.get_platform()}")  # noqa: T201 - the answer
