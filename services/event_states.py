"""The state machines of events and lectures as tables; see `services/states.py`."""

from models.event import EventStatus as V
from models.lecture import LectureStatus as L
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import AFTERWARDS, FROM_THE_START, UNTIL_THE_END, Machine, Move, every

EVENT = Machine(
    "event",
    "EVT_STATE",
    {
        (V.PLANNED, "open"): Move(V.OPEN, P.EVENT_WRITE),
        (V.PLANNED, "change"): Move(V.PLANNED, P.EVENT_WRITE),
        (V.OPEN, "change"): Move(V.OPEN, P.EVENT_WRITE),
        **every((V.PLANNED, V.OPEN), "cancel", V.CANCELLED, P.EVENT_WRITE),
        (V.OPEN, "attendance"): Move(V.OPEN, P.EVENT_WRITE),
        (V.HELD, "attendance"): Move(V.HELD, P.EVENT_WRITE),
        (V.HELD, "close"): Move(V.CLOSED, P.EVENT_WRITE),
        (V.OPEN, "hold"): Move(V.HELD),
        (V.PLANNED, "lapse"): Move(V.CANCELLED),
    },
    phases={"cancel": UNTIL_THE_END, "attendance": FROM_THE_START, "close": AFTERWARDS},
)

_AHEAD = (L.REQUESTED, L.OPEN, L.CONFIRMED)
LECTURE = Machine(
    "lecture_engagement",
    "LEC_STATE",
    {
        (L.REQUESTED, "accept"): Move(L.OPEN, P.LECTURE_DECIDE),
        (L.REQUESTED, "decline"): Move(L.DECLINED, P.LECTURE_DECIDE),
        (L.OPEN, "confirm"): Move(L.CONFIRMED, P.LECTURE_DECIDE),
        # A lecturer who drops out, or has to be asked again after a change, leaves it unconfirmed.
        (L.CONFIRMED, "drop"): Move(L.OPEN),
        **{(state, "change"): Move(state, P.LECTURE_WRITE) for state in _AHEAD},
        **every(_AHEAD, "cancel", L.CANCELLED, P.LECTURE_WRITE),
        **every((L.OPEN, L.CONFIRMED), "hold", L.HELD),
        # Confirmed too: a lecturer who does not come leaves nobody who could have given it.
        **every(_AHEAD, "lapse", L.CANCELLED),
        (L.HELD, "report"): Move(L.REPORTED, P.LECTURE_WRITE),
    },
    phases={"cancel": UNTIL_THE_END, "report": AFTERWARDS},
)
