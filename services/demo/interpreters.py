"""The 52 interpreters of the demo: 62 languages, 38 check-up, 17 home-visit, 9 advanced certificates (domain.md §6, set 2).

Six hold `school` and all but the 14 without any certificate hold `basic` too (our choice). Everybody has a key,
`<first language>-<n>`, by which the requests of the demo name them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

HOME_VISIT_ENDS = 400
"""Days from the clock to the end of a home-visit certificate, where nothing else is said."""


class Hours(StrEnum):
    """What an interpreter has said of her week."""

    WEEKDAYS = "weekdays"
    MORNINGS = "mornings"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Profile:
    """One interpreter: languages, the step of the ladder she has reached, and what may bar her.

    `steps` is 0 (no certificate) to 3 (check-up, home visit, advanced); `home_visit_ends` in days from the clock;
    `native` tells whether she grew up with her first language; `away` means an absence of two weeks from the clock.
    """

    languages: tuple[str, ...]
    steps: int = 1
    native: bool = False
    woman: bool = True
    home_visit_ends: int = HOME_VISIT_ENDS
    school: bool = False
    insured: bool = True
    pledged: bool = True
    on_leave: bool = False
    away: bool = False
    hours: Hours = Hours.WEEKDAYS
    level: str = "C1"
    per_month: int = 8


def profiles() -> Iterator[tuple[str, Profile]]:
    """Return the interpreters with their keys."""
    seen: Counter[str] = Counter()
    for profile in _PROFILES:
        first = profile.languages[0]
        seen[first] += 1
        yield f"{first}-{seen[first]}", profile


_CHINESE = (
    Profile(("cmn", "en"), 3, native=True),  # volunteer@example.jp
    Profile(("cmn", "en"), 3),
    Profile(("cmn",), 3, native=True, woman=False, school=True),
    Profile(("cmn",), 2, native=True, home_visit_ends=20),
    Profile(("cmn",), 2, native=True, home_visit_ends=-40),
    Profile(("cmn", "en"), native=True),
    Profile(("cmn", "en"), native=True, woman=False),
    Profile(("cmn", "en"), insured=False),
    Profile(("cmn",), native=True, pledged=False),
    Profile(("cmn",), hours=Hours.MORNINGS),
    Profile(("cmn",), away=True),
    Profile(("cmn",), hours=Hours.UNKNOWN, level="B2"),
    Profile(("cmn",), 0, level="B2"),
    Profile(("cmn",), 0, level="B1", hours=Hours.UNKNOWN),
)
_ENGLISH = (
    Profile(("en",), 3),
    Profile(("en",), 3, woman=False, school=True),
    Profile(("en",), 3, per_month=1),
    Profile(("en",), 3, woman=False, school=True),
    Profile(("en",), 2, native=True, home_visit_ends=45),
    Profile(("en",), 2, home_visit_ends=-10),
    Profile(("en",), insured=False),
    Profile(("en",), pledged=False),
    Profile(("en",), 0, level="A2"),
    Profile(("en",), 0, level="B1", hours=Hours.UNKNOWN),
    Profile(("en",), 0, hours=Hours.UNKNOWN),
    Profile(("en",), 0, woman=False, hours=Hours.MORNINGS),
    Profile(("en",), 0, level="B2", away=True),
    Profile(("en",), 0, on_leave=True),
)
_OTHERS = (
    Profile(("vi",), 2, native=True, school=True),
    Profile(("vi",), 1, native=True),
    Profile(("vi",), 3, native=True),
    Profile(("vi",), 2, native=True, woman=False, insured=False),
    Profile(("ko",), 1, native=True),
    Profile(("ko",), 1, native=True, pledged=False),
    Profile(("ko",), 1, native=True, woman=False),
    Profile(("ko",), 0, level="B2"),
    Profile(("id",), 3, native=True, school=True),
    Profile(("id",), 1, native=True, woman=False),
    Profile(("id",), 0, native=True, hours=Hours.UNKNOWN),
    Profile(("ne",), 2, native=True, school=True),
    Profile(("ne",), 1, native=True, woman=False),
    Profile(("pt-BR",), 1, native=True),
    Profile(("pt-BR",), 0, native=True, woman=False),
    Profile(("ru",), 0, native=True),
    Profile(("ru",), 0, on_leave=True),
    Profile(("fr", "en"), insured=False),
    Profile(("fr",), 0, level="B2"),
    Profile(("fil", "en"), native=True),
    Profile(("fil", "en"), native=True, hours=Hours.UNKNOWN),
    Profile(("my",), 2, native=True, home_visit_ends=-10),
    Profile(("th", "en"), native=True, hours=Hours.MORNINGS),
    Profile(("es", "en"), native=True, away=True),
)
_PROFILES = (*_CHINESE, *_ENGLISH, *_OTHERS)
