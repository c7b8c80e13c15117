"""Environments for processes that tests start."""

import os


def unmeasured() -> dict[str, str]:
    """Return the environment without what makes coverage follow into a child.

    For children with no line of ours to measure, or killed before they could write what they measured.
    """
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_PROCESS_")}
