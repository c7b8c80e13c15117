"""The state machines of expert advice and of learners' ways to school as tables; see `services/states.py`."""

from models.advisory_visit import FindingStatus as F
from models.advisory_visit import VisitStatus as V
from models.school_referral import SchoolReferralStatus as R
from models.schooling import TargetStatus as T
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import FROM_THE_START, Machine, Move, Phase

VISIT = Machine(
    "advisory_visit",
    "ADV_STATE",
    {
        (V.PLANNED, "move"): Move(V.PLANNED, P.ADVISORY_WRITE),
        (V.PLANNED, "hold"): Move(V.HELD, P.ADVISORY_FOLLOW),
        (V.PLANNED, "cancel"): Move(V.CANCELLED, P.ADVISORY_WRITE),
        (V.HELD, "findings"): Move(V.HELD, P.ADVISORY_WRITE),
        (V.HELD, "close"): Move(V.CLOSED, P.ADVISORY_WRITE),
    },
    # What did not take place may be called off afterwards as well, and a wrong time be mended.
    phases={
        "move": frozenset(Phase),
        "cancel": frozenset(Phase),
        "hold": FROM_THE_START,
        "findings": FROM_THE_START,
        "close": FROM_THE_START,
    },
)

FINDING = Machine(
    "advisory_finding",
    "ADV_STATE",
    {
        (F.OPEN, "change"): Move(F.OPEN, P.ADVISORY_WRITE),
        (F.OPEN, "done"): Move(F.DONE, P.ADVISORY_FOLLOW),
        (F.OPEN, "drop"): Move(F.DROPPED, P.ADVISORY_FOLLOW),
    },
)

SCHOOL_REFERRAL = Machine(
    "school_referral",
    "SRF_STATE",
    {(R.REFERRED, "answer"): Move(R.ANSWERED, P.LEARNER_WRITE)},
)

TARGET = Machine(
    "learner_target",
    "TGT_STATE",
    {
        (T.AIMED_AT, "deadlines"): Move(T.AIMED_AT, P.LEARNER_WRITE),
        (T.AIMED_AT, "meet"): Move(T.MET, P.LEARNER_WRITE),
        (T.AIMED_AT, "give-up"): Move(T.GIVEN_UP, P.LEARNER_WRITE),
    },
)
