"""The states of what surrounds the dispatches: messages to communities, loans, members of the council, reviews."""

from models.broadcast import BroadcastStatus
from models.device_loan import LoanStatus
from models.membership import MembershipStatus
from models.review_cycle import ReviewStatus
from services.policies import Permission
from services.states import Machine, Move

BROADCAST = Machine(
    "broadcast", "BRC_STATE", {(BroadcastStatus.DRAFT, "send"): Move(BroadcastStatus.SENT, Permission.BROADCAST_SEND)}
)

LOAN = Machine(
    "device_loan",
    "LOAN_STATE",
    {
        (LoanStatus.LENT, "extend"): Move(LoanStatus.LENT, Permission.DEVICE_LEND),
        (LoanStatus.LENT, "return"): Move(LoanStatus.RETURNED, Permission.DEVICE_LEND),
    },
)

MEMBERSHIP = Machine(
    "membership",
    "MEM_STATE",
    {(MembershipStatus.MEMBER, "leave"): Move(MembershipStatus.LEFT, Permission.DIRECTORY_WRITE)},
)

REVIEW = Machine(
    "review_cycle",
    "REV_STATE",
    {
        (ReviewStatus.OPEN, "actions"): Move(ReviewStatus.OPEN, Permission.INDICATOR_WRITE),
        (ReviewStatus.OPEN, "close"): Move(ReviewStatus.CLOSED, Permission.INDICATOR_WRITE),
    },
)

REVIEW_ACTION = Machine(
    "review_action",
    "REV_STATE",
    {(ReviewStatus.OPEN, "close"): Move(ReviewStatus.CLOSED, Permission.INDICATOR_WRITE)},
)
