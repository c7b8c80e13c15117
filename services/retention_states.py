"""The states of a hold on somebody's data."""

from models.retention import HoldStatus
from services.policies import Permission
from services.states import Machine, Move

HOLD = Machine(
    "legal_hold", "HLD_STATE", {(HoldStatus.STANDING, "lift"): Move(HoldStatus.LIFTED, Permission.RETENTION_MANAGE)}
)
