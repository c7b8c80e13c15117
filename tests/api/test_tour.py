"""docs/tour.md is true: it is played word for word against a running service with the demo data."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from services import demo
from services.unit import Unit
from tests.tour import play


@pytest.mark.fresh_database
def test_the_tour_is_true(
    unit: Callable[..., AbstractContextManager[Unit]], server: str, check_data: Callable[[], None]
) -> None:
    assert shutil.which("curl"), "the tour wants curl: install it, as .ci/run does"
    with unit() as it:
        demo.load(it)

    for printed, expected in play(server):
        if expected is not None:
            assert printed == expected
    check_data()
