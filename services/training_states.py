"""The state machines of trainings as tables; see `services/states.py`."""

from models.training import EnrollmentStatus as X
from models.training import TrainingStatus as H
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import AFTERWARDS, FROM_THE_START, Machine, Move, every

TRAINING = Machine(
    "training_session",
    "CRS_STATE",
    {
        (H.PLANNED, "open"): Move(H.OPEN, P.TRAINING_WRITE),
        (H.OPEN, "enroll"): Move(H.OPEN, P.TRAINING_ENROLL),
        (H.FULL, "enroll"): Move(H.FULL, P.TRAINING_ENROLL),
        (H.OPEN, "fill"): Move(H.FULL),
        (H.FULL, "free"): Move(H.OPEN),
        **every((H.OPEN, H.FULL), "hold", H.HELD),
        (H.PLANNED, "lapse"): Move(H.CANCELLED),
        **every((H.PLANNED, H.OPEN, H.FULL), "cancel", H.CANCELLED, P.TRAINING_WRITE),
        (H.OPEN, "attendance"): Move(H.OPEN, P.TRAINING_RECORD),
        (H.FULL, "attendance"): Move(H.FULL, P.TRAINING_RECORD),
        (H.HELD, "attendance"): Move(H.HELD, P.TRAINING_RECORD),
    },
    phases={"attendance": FROM_THE_START},
)

ENROLLMENT = Machine(
    "training_enrollment",
    "CRS_STATE",
    {
        **every((X.APPLIED, X.WAITLISTED), "accept", X.ACCEPTED, P.TRAINING_WRITE),
        **every((X.APPLIED, X.WAITLISTED), "decline", X.DECLINED, P.TRAINING_WRITE),
        (X.WAITLISTED, "offer"): Move(X.OFFERED),
        (X.OFFERED, "accept"): Move(X.ACCEPTED, P.TRAINING_ENROLL),
        (X.OFFERED, "decline"): Move(X.DECLINED, P.TRAINING_ENROLL),
        (X.OFFERED, "expire"): Move(X.DECLINED),
        **every((X.APPLIED, X.WAITLISTED, X.OFFERED), "lapse", X.DECLINED),
        **every((X.APPLIED, X.WAITLISTED, X.OFFERED, X.ACCEPTED), "withdraw", X.WITHDRAWN, P.TRAINING_ENROLL),
        **every((X.APPLIED, X.WAITLISTED, X.OFFERED, X.ACCEPTED), "call-off", X.DECLINED),
        **every((X.ACCEPTED, X.ATTENDING), "attend", X.ATTENDING),
        (X.INCOMPLETE, "attend"): Move(X.INCOMPLETE),
        **every((X.ATTENDING, X.INCOMPLETE), "complete", X.COMPLETED, P.TRAINING_RECORD),
        **every((X.ACCEPTED, X.ATTENDING), "mark-incomplete", X.INCOMPLETE, P.TRAINING_RECORD),
        # A completion that was recorded in error takes its certificate with it.
        (X.COMPLETED, "mark-incomplete"): Move(X.INCOMPLETE, P.CERTIFICATION_REVOKE),
    },
    phases={"complete": AFTERWARDS, "mark-incomplete": AFTERWARDS},
)
