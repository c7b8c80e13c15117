"""The state machines of households and their guests, and of envoys, as tables; see `services/states.py`."""

from models.appointment import AppointmentStatus as T
from models.host import HostStatus as H
from models.host_stay import StayStatus as Y
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names
from services.states import UNTIL_THE_END, Machine, Move, every

HOST = Machine(
    "host",
    "HST_STATE",
    {
        (H.REGISTERED, "activate"): Move(H.ACTIVE, P.HOST_WRITE),
        (H.ACTIVE, "pause"): Move(H.PAUSED, P.HOST_ANSWER),
        (H.PAUSED, "resume"): Move(H.ACTIVE, P.HOST_ANSWER),
        **every((H.REGISTERED, H.ACTIVE, H.PAUSED), "end", H.ENDED, P.HOST_ANSWER),
        # Its head is suspended, or her registration has expired.
        (H.ACTIVE, "halt"): Move(H.PAUSED),
    },
)

HOST_STAY = Machine(
    "host_stay",
    "HST_STATE",
    {
        (Y.REQUESTED, "propose"): Move(Y.PROPOSED, P.HOST_WRITE),
        (Y.REQUESTED, "turn-down"): Move(Y.DECLINED, P.HOST_WRITE),
        (Y.PROPOSED, "accept"): Move(Y.ACCEPTED, P.HOST_ANSWER),
        (Y.PROPOSED, "decline"): Move(Y.REQUESTED, P.HOST_ANSWER),
        (Y.ACCEPTED, "confirm"): Move(Y.CONFIRMED, P.HOST_WRITE),
        **every((Y.ACCEPTED, Y.CONFIRMED), "give-back", Y.REQUESTED, P.HOST_ANSWER),
        **every((Y.REQUESTED, Y.PROPOSED, Y.ACCEPTED, Y.CONFIRMED), "cancel", Y.CANCELLED, P.HOST_WRITE),
        # The head leaves, or the guest's consent is taken back.
        **every((Y.PROPOSED, Y.ACCEPTED, Y.CONFIRMED), "release", Y.REQUESTED),
        **every((Y.REQUESTED, Y.PROPOSED, Y.ACCEPTED), "lapse", Y.CANCELLED),
        (Y.CONFIRMED, "hold"): Move(Y.HELD),
    },
    phases=dict.fromkeys(("cancel", "give-back"), UNTIL_THE_END),
)

APPOINTMENT = Machine("appointment", "APT_STATE", {(T.APPOINTED, "end"): Move(T.ENDED, P.APPOINTMENT_WRITE)})
