"""docs/tour.md is true: it is played word for word against a running service with the demo data."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from services import demo
from services.unit import Unit
from tests import apt
from tests.tour import play


@pytest.mark.fresh_database
def test_the_tour_is_true(
    unit: Callable[..., AbstractContextManager[Unit]], server: str, check_data: Callable[[], None]
) -> None:
    if not shutil.which("curl") and apt.can_install():
        apt.install("curl")
    assert shutil.which("curl"), "the tour is played with curl: install it"
    with unit() as it:
        demo.load(it)

    for printed, expected in play(server):
        if expected is not None:
            assert printed == expected
    check_data()
