"""How the machines walk that try whatever comes one step after another: each time the same walks, however long they take."""

from typing import Final

from hypothesis import HealthCheck, settings

WALKS: Final = settings(
    deadline=None, derandomize=True, database=None, print_blob=False, suppress_health_check=list(HealthCheck)
)
"""A machine says of how many walks and steps: `settings(WALKS, max_examples=12, stateful_step_count=15)`."""
