"""The state machines of classrooms as tables; see `services/states.py`."""

from models.class_session import ClassSessionStatus as Y
from models.enrollment import ClassEnrollmentStatus as M
from models.pairing import PairingStatus as G
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import AFTERWARDS, UNTIL_THE_END, Machine, Move, every

CLASS_SESSION = Machine(
    "class_session",
    "CLS_STATE",
    {
        # Open already, it is opened otherwise: an adult has gone, or come.
        **every((Y.PLANNED, Y.OPEN), "open", Y.OPEN, P.CLASSROOM_RUN),
        **every((Y.PLANNED, Y.OPEN), "cancel", Y.CANCELLED, P.CLASSROOM_RUN),
        **every((Y.PLANNED, Y.OPEN), "postpone", Y.POSTPONED, P.CLASSROOM_RUN),
        (Y.OPEN, "plan-again"): Move(Y.PLANNED),
        **every((Y.PLANNED, Y.OPEN), "hold", Y.HELD),
        (Y.PLANNED, "lapse"): Move(Y.CANCELLED),
        # Only what has lapsed: see `services/late_classes.py`.
        (Y.CANCELLED, "record-late"): Move(Y.HELD, P.CLASSROOM_RUN),
        (Y.HELD, "record"): Move(Y.RECORDED, P.CLASSROOM_RUN),
        (Y.RECORDED, "close"): Move(Y.CLOSED, P.CLASSROOM_CREATE),
    },
    phases={
        "open": UNTIL_THE_END,
        "cancel": UNTIL_THE_END,
        "record-late": AFTERWARDS,
        "record": AFTERWARDS,
        "close": AFTERWARDS,
    },
)

_LEARNING = (M.INQUIRY, M.INTERVIEW, M.WAITLISTED, M.OFFERED, M.ENROLLED, M.ON_BREAK)
ENROLLMENT = Machine(
    "enrollment",
    "ENR_STATE",
    {
        (M.INQUIRY, "interview"): Move(M.INTERVIEW, P.LEARNER_WRITE),
        **every((M.INTERVIEW, M.OFFERED), "enroll", M.ENROLLED, P.LEARNER_WRITE),
        **every((M.INTERVIEW, M.OFFERED), "waitlist", M.WAITLISTED, P.LEARNER_WRITE),
        (M.WAITLISTED, "offer"): Move(M.OFFERED),
        (M.ENROLLED, "take-break"): Move(M.ON_BREAK, P.LEARNER_WRITE),
        (M.ON_BREAK, "return"): Move(M.ENROLLED, P.LEARNER_WRITE),
        **every((M.ENROLLED, M.ON_BREAK), "complete", M.COMPLETED, P.LEARNER_WRITE),
        **every(_LEARNING, "leave", M.LEFT, P.LEARNER_WRITE),
    },
)

PAIRING = Machine(
    "pairing",
    "PAIR_STATE",
    {
        (G.PROPOSED, "activate"): Move(G.ACTIVE, P.LEARNER_WRITE),
        (G.ACTIVE, "pause"): Move(G.PAUSED, P.LEARNER_WRITE),
        (G.PAUSED, "resume"): Move(G.ACTIVE, P.LEARNER_WRITE),
        **every((G.PROPOSED, G.ACTIVE, G.PAUSED), "end", G.ENDED, P.LEARNER_WRITE),
    },
)
