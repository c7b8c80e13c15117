"""The 32 requests of the demo (domain.md §6, set 5): what is asked, and how far each has come.

Seen from 2025-11-10, with the people of `services/demo/interpreters.py`; every interpreter named here is free on all
weekdays from 8:30 to 17:30, 20 km are the limit of each, and no limit below binds unless it is named.

`my`, a newborn visit in the east, +9 (21 November), 14:00-15:00, in `matching`. One speaker: `my-1` (Thida Win).
  Her home-visit certificate ended ten days ago, and nothing else bars her: `ASG_NO_CERT` alone. So `speakers` 1,
  `eligible` 0, kind `all_barred`, one sole blocker `ASG_NO_CERT` with count 1, which is also the relaxation.
`vi`, a newborn visit in the east, +8 (20 November), 10:00-11:30, in `matching`. Four speakers, one eligible:
  `vi-1` (Nguyen Thi Lan) eligible, nothing to consent to;
  `vi-2` (Tran Thi Hoa) has the check-up certificate only: `ASG_NO_CERT` alone;
  `vi-3` (Le Thi Mai) stands on an individual consultation at 元町, 10:30-11:30: `ASG_OVERLAP` alone, the clash that
  matching must avoid;
  `vi-4` (Pham Van Minh) has no insurance: `ASG_NO_INSURANCE` alone.
  So `speakers` 4, `eligible` 1, kind `open` (a list of candidates then explains nothing: `why_unfilled` is null),
  three sole blockers of count 1 each.
`bn`, a follow-up examination, +10 (25 November), 10:00-11:30, `unfilled`. Nobody speaks it: `speakers` 0, `eligible` 0,
  kind `nobody_speaks`; the office noted that it will be interpreted by video. (A key person's mother tongue is Bengali;
  she is no interpreter and has no language registered.)
`ne`, an individual consultation, +9, `unfilled` too: `ne-1` and `ne-2` lack the advanced certificate (`ASG_NO_CERT`
  alone, count 2), kind `all_barred`.
`continuity`: the second newborn visit of the family that `cmn-3` (Zhang Min) served on -3; she ranks with 250 points more.
`claimable`: a check-up in `cmn` at 元町, +9, without families yet, which volunteer@example.jp (`cmn-1`, Wang Li) may
  claim; `offered`: a check-up in `en` at 駅西, +8, for which she has an open offer, as `en-1` and `en-2` have.

People considered for a shift are the 52 interpreters and, as interpreters to be, 4 in screening and 9 in training.
"""

from dataclasses import dataclass, replace
from datetime import time

from models.dispatch_request import RequestStatus as R
from models.fallback import FallbackChannel
from models.shift import GenderWanted
from services.demo.checkups import CALENDAR

CHECKUP, NEWBORN = "infant_checkup", "newborn_home_visit"
FOLLOW_UP, CONSULTATION = "follow_up_exam", "individual_consultation"
LEAD_DAYS = 8
AGES = {NEWBORN: 2, FOLLOW_UP: 20, CONSULTATION: 9, "checkup_3m": 4, "checkup_18m": 19, "checkup_3y": 40}


@dataclass(frozen=True)
class Asked:
    """One request: by which centre, for which business day from the clock, and what became of it.

    `by` names the interpreter who stood on it in the end, `via` how she came to it; `left` one who gave it back before,
    `declined` one who said no, `instead` what was arranged when nobody could come. `filed` is the business day it was filed on, by default early enough for its lead time.
    """

    name: str
    service: str
    centre: str
    day: int
    language: str
    status: R
    starts: time = time(13, 0)
    minutes: int = 120
    home_district: str | None = None
    age_months: int | None = None
    by: str | None = None
    via: str = "claim"
    left: str | None = None
    declined: str | None = None
    offered: tuple[str, ...] = ()
    late: bool = False
    gender: GenderWanted | None = None
    continues: str | None = None
    reason: str = ""
    instead: FallbackChannel = FallbackChannel.PHONE

    @property
    def filed(self) -> int:
        """The business day on which it was filed: a day's margin over the lead time, never today."""
        before = self.day - LEAD_DAYS
        return -2 if self.late else min(before, -2) if self.day > 0 else before


def _checkup(centre: str, day: int, language: str, status: R, **more: object) -> Asked:
    kind = next(kind for (at, kind), offsets in CALENDAR.items() if at == centre and day in offsets)
    asked = Asked(f"{centre}{day:+}", CHECKUP, centre, day, language, status, age_months=AGES[kind])
    return replace(asked, **more)  # type: ignore[arg-type]


def _visit(name: str, centre: str, day: int, language: str, status: R, **more: object) -> Asked:
    asked = Asked(
        name,
        NEWBORN,
        centre,
        day,
        language,
        status,
        time(10, 0),
        60,
        home_district="east",
        age_months=AGES[NEWBORN],
        via="offer",
    )
    return replace(asked, **more)  # type: ignore[arg-type]


def _at_centre(name: str, service: str, centre: str, day: int, language: str, status: R, **more: object) -> Asked:
    asked = Asked(name, service, centre, day, language, status, time(10, 0), 60, age_months=AGES[service], via="offer")
    return replace(asked, **more)  # type: ignore[arg-type]


REQUESTS: tuple[Asked, ...] = (
    _checkup("izumino", -4, "cmn", R.COMPLETED, by="cmn-2"),
    _checkup("motomachi", -3, "en", R.COMPLETED, by="en-1"),
    _checkup("izumino", -2, "vi", R.COMPLETED, by="vi-1"),
    _checkup("ekinishi", -2, "cmn", R.COMPLETED, by="cmn-6"),
    _checkup("motomachi", -1, "ne", R.CLIENT_NO_SHOW, by="ne-1"),
    _checkup("izumino", 1, "en", R.FILLED, by="en-3"),
    _checkup("ekinishi", 1, "cmn", R.FILLED, by="cmn-1", via="offer", late=True),
    _checkup("motomachi", 2, "id", R.FILLED, by="id-1", via="offer", declined="id-2"),
    _checkup("ekinishi", 3, "en", R.FILLED, by="en-2"),
    _checkup("izumino", 6, "cmn", R.FILLED, by="cmn-7", via="offer", left="cmn-6"),
    _checkup("motomachi", 7, "ko", R.FILLED, by="ko-1", via="offer"),
    _checkup("izumino", 8, "vi", R.FILLED, by="vi-2", via="offer"),
    _checkup("ekinishi", 8, "en", R.MATCHING, name="offered", offered=("cmn-1", "en-1", "en-2")),
    _checkup("motomachi", 9, "cmn", R.MATCHING, name="claimable", age_months=None),
    _checkup("izumino", 10, "en", R.SUBMITTED),
    _checkup("ekinishi", 10, "pt-BR", R.FILLED, by="pt-BR-1", via="hand"),
    _checkup("motomachi", 11, "cmn", R.SUBMITTED, age_months=None),
    _checkup("ekinishi", 12, "id", R.DRAFT),
    _visit("first visit", "motomachi", -3, "cmn", R.COMPLETED, by="cmn-3"),
    _visit("en visit", "izumino", -1, "en", R.COMPLETED, home_district="south", by="en-4"),
    _visit("vi", "motomachi", 8, "vi", R.MATCHING, minutes=90),
    _visit("my", "motomachi", 9, "my", R.MATCHING, starts=time(14, 0)),
    _visit("continuity", "motomachi", 9, "cmn", R.MATCHING, continues="first visit"),
    _visit("women", "ekinishi", 7, "en", R.FILLED, home_district="west", by="en-1", gender=GenderWanted.FEMALE),
    _visit("ne visit", "izumino", 11, "ne", R.SUBMITTED, home_district="south_suburb"),
    _visit("cancelled visit", "ekinishi", 5, "cmn", R.CANCELLED, home_district="port", reason="ご家庭の都合により延期"),
    _at_centre("follow-up", FOLLOW_UP, "izumino", 5, "en", R.FILLED, minutes=90, by="en-4"),
    _at_centre("vi follow-up", FOLLOW_UP, "izumino", 12, "vi", R.DRAFT, minutes=90),
    _at_centre(
        "bn", FOLLOW_UP, "ekinishi", 10, "bn", R.UNFILLED, minutes=90,
        reason="対応できる通訳者がいないため、映像通訳で対応します", instead=FallbackChannel.VIDEO,
    ),
    _at_centre("clash", CONSULTATION, "motomachi", 8, "vi", R.FILLED, starts=time(10, 30), by="vi-3"),
    _at_centre("id talk", CONSULTATION, "izumino", 7, "id", R.CANCELLED, reason="相談日が変わりました"),
    _at_centre(
        "ne", CONSULTATION, "ekinishi", 9, "ne", R.UNFILLED, reason="修了者がいないため、電話通訳で対応します",
    ),
)  # fmt: skip
