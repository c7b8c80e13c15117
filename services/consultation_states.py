"""The states of a consultation as a table (domain.md §4.6); see `services/states.py`."""

from models.consultation import ConsultationStatus as K
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import Machine, Move, every

CONSULTATION = Machine(
    "consultation",
    "CON_STATE",
    {
        (K.RECEIVED, "triage"): Move(K.TRIAGED, P.CONSULTATION_HANDLE),
        # Judged anew: an officer may learn of a danger while talking.
        (K.TRIAGED, "triage"): Move(K.TRIAGED, P.CONSULTATION_HANDLE),
        (K.IN_PROGRESS, "triage"): Move(K.IN_PROGRESS, P.CONSULTATION_HANDLE),
        (K.TRIAGED, "start"): Move(K.IN_PROGRESS, P.CONSULTATION_HANDLE),
        # Taken over: who began it may be away, or gone.
        (K.IN_PROGRESS, "start"): Move(K.IN_PROGRESS, P.CONSULTATION_HANDLE),
        (K.IN_PROGRESS, "refer"): Move(K.REFERRED, P.CONSULTATION_HANDLE),
        **every((K.IN_PROGRESS, K.REFERRED), "resolve", K.RESOLVED, P.CONSULTATION_HANDLE),
        **every((K.REFERRED, K.RESOLVED), "close", K.CLOSED, P.CONSULTATION_HANDLE),
        **every((K.REFERRED, K.RESOLVED, K.CLOSED), "reopen", K.IN_PROGRESS, P.CONSULTATION_HANDLE),
    },
)
