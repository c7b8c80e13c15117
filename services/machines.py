"""Every state machine, in the order in which `docs/states.md` shows them."""

from services import classroom_states, consultation_states, council_states, states, training_states

MACHINES = (
    states.REQUEST,
    states.FALLBACK,
    states.SERIES,
    states.SHIFT,
    states.OFFER,
    states.CASCADE,
    states.PLAN,
    states.ASSIGNMENT,
    states.ACCOUNT,
    states.CHECKUP,
    states.CALL,
    states.CERTIFICATION,
    states.EXPENSE,
    states.INCIDENT,
    training_states.TRAINING,
    training_states.ENROLLMENT,
    states.VOLUNTEER,
    classroom_states.CLASS_SESSION,
    classroom_states.ENROLLMENT,
    classroom_states.PAIRING,
    consultation_states.CONSULTATION,
    council_states.BROADCAST,
    council_states.LOAN,
    council_states.MEMBERSHIP,
    council_states.REVIEW,
    council_states.REVIEW_ACTION,
)
