"""Every notice reads whole in every language."""

import re
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.wording import LANGUAGES, catalogue, say

INSTANT, DAY = datetime(2025, 11, 20, 1, tzinfo=UTC), date(2025, 11, 18)


def fact(name: str) -> Any:
    if name.endswith("_at") or name == "respond_by":
        return INSTANT
    return DAY if name.endswith("_on") else f"<{name}>"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_is_rendered_whole(language: str) -> None:
    texts = catalogue(language)["notices"]
    assert len(texts) > 100
    for code, text in texts.items():
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        said = say("notices", code, language, {name: fact(name) for name in names}, ZoneInfo("Asia/Tokyo"))
        assert not re.search(r"[{}]", said), code
        assert all(str(fact(name)) in said for name in names if isinstance(fact(name), str)), code
