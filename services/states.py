"""State machines as tables: (state, verb) → the next state and who moves it.

Routers' 409 texts, `actions[]`, `docs/states.md` and the property tests are derived from here. A verb whose `by` is
empty is moved by the product itself, as a consequence or in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from models.account import AccountStatus as C
from models.assignment import AssignmentStatus as A
from models.availability_call import CallStatus as L
from models.cascade import CascadeStatus as W
from models.competence import CertificationStatus as T
from models.dispatch_request import RequestStatus as R
from models.dispatch_series import SeriesStatus as Q
from models.expense import ExpenseStatus as E
from models.fallback import FallbackStatus as F
from models.incident import IncidentStatus as I
from models.offer import OfferStatus as O
from models.office import CheckupStatus as K
from models.plan import PlanStatus as N
from models.shift import ShiftStatus as S
from models.volunteer import VolunteerStatus as V
from services.errors import WrongState
from services.policies import Permission as P  # noqa: N817 - a table of states is read by its short names


@dataclass(frozen=True)
class Move:
    """Where a verb leads, and the permission it wants (None: the product itself)."""

    to: StrEnum
    by: P | None = None


class Phase(StrEnum):
    """Where the clock stands against a shift: a late sweep opens nothing, since verbs are bound to it as well."""

    BEFORE = "before"
    ARRIVING = "arriving"
    RUNNING = "running"
    OVER = "over"


CHECK_IN_OPENS = timedelta(minutes=60)
"""How long before the start people arrive: from then on somebody can be checked in."""


def phase_of(starts_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    """Return the phase at `now`; the interval is half-open."""
    if now < starts_at:
        return Phase.BEFORE if now < starts_at - CHECK_IN_OPENS else Phase.ARRIVING
    return Phase.RUNNING if now < ends_at else Phase.OVER


@dataclass(frozen=True)
class Machine:
    """The states of one aggregate and the verbs between them.

    `phases` names the verbs that somebody may use from the start on, with the phases in which they may be used; every
    other one belongs before it. Aggregates that no clock binds are asked without a phase.
    """

    name: str
    code: str
    moves: Mapping[tuple[StrEnum, str], Move]
    phases: Mapping[str, frozenset[Phase]] = field(default_factory=dict)

    def next(self, state: StrEnum, verb: str) -> StrEnum:
        """Return the state the verb leads to. Raises `WrongState` naming the state and the verbs allowed in it."""
        move = self.moves.get((state, verb))
        if move is None:
            raise WrongState(code=self.code, state=str(state), allowed=self.verbs(state))
        return move.to

    def permits(self, state: StrEnum, verb: str, permissions: frozenset[P]) -> bool:
        """Return whether the holder of these permissions may use a verb that leads somewhere from this state."""
        return self.moves[state, verb].by in permissions

    def leads(self, state: StrEnum, verb: str) -> bool:
        """Return whether the verb leads anywhere from this state."""
        return (state, verb) in self.moves

    def verbs(self, state: StrEnum) -> list[str]:
        """Return the verbs that somebody may use in this state."""
        return [verb for (at, verb), move in self.moves.items() if at == state and move.by is not None]

    def open_to(self, state: StrEnum, permissions: frozenset[P], phase: Phase | None = None) -> list[str]:
        """Return the verbs that the holder of these permissions may use in this state, and in this phase."""
        verbs = [verb for (at, verb), move in self.moves.items() if at == state and move.by in permissions]
        return verbs if phase is None else [verb for verb in verbs if self._fits(verb, phase)]

    def timely(self, state: StrEnum, verb: str, phase: Phase) -> StrEnum:
        """Return the state the verb leads to now. Raises `WrongState` as `next` does, and outside the verb's phases."""
        following = self.next(state, verb)
        if not self._fits(verb, phase):
            allowed = [other for other in self.verbs(state) if self._fits(other, phase)]
            raise WrongState(code=self.code, state=str(state), allowed=allowed)
        return following

    def _fits(self, verb: str, phase: Phase) -> bool:
        return phase in self.phases.get(verb, _BEFORE)


_BEFORE = frozenset({Phase.BEFORE, Phase.ARRIVING})
UNTIL_THE_END = _BEFORE | {Phase.RUNNING}
FROM_THE_START = frozenset({Phase.RUNNING, Phase.OVER})
AFTERWARDS = frozenset({Phase.OVER})


def every(states: tuple[StrEnum, ...], verb: str, to: StrEnum, by: P | None = None) -> dict[tuple[StrEnum, str], Move]:
    """Return the moves of a verb that leads to one state from each of these."""
    return {(state, verb): Move(to, by) for state in states}


REQUEST = Machine(
    "dispatch_request",
    "REQ_STATE",
    {
        (R.DRAFT, "submit"): Move(R.SUBMITTED, P.REQUEST_WRITE),
        (R.RETURNED, "submit"): Move(R.SUBMITTED, P.REQUEST_WRITE),
        (R.SUBMITTED, "accept"): Move(R.MATCHING, P.REQUEST_DECIDE),
        (R.SUBMITTED, "return"): Move(R.RETURNED, P.REQUEST_DECIDE),
        (R.SUBMITTED, "reject"): Move(R.REJECTED, P.REQUEST_DECIDE),
        (R.MATCHING, "mark-unfilled"): Move(R.UNFILLED, P.REQUEST_DECIDE),
        (R.UNFILLED, "reopen"): Move(R.MATCHING, P.REQUEST_DECIDE),
        **every(
            (R.DRAFT, R.SUBMITTED, R.RETURNED, R.MATCHING, R.FILLED, R.UNFILLED), "cancel", R.CANCELLED, P.REQUEST_WRITE
        ),
        (R.MATCHING, "fill"): Move(R.FILLED),
        (R.FILLED, "drop"): Move(R.MATCHING),
        **every((R.MATCHING, R.FILLED), "start", R.IN_PROGRESS),
        (R.MATCHING, "run-out"): Move(R.UNFILLED),
        **every((R.DRAFT, R.SUBMITTED, R.RETURNED), "lapse", R.CANCELLED),
        (R.IN_PROGRESS, "end"): Move(R.AWAITING_REPORT),
        (R.IN_PROGRESS, "lose"): Move(R.UNFILLED),
        (R.AWAITING_REPORT, "report"): Move(R.AWAITING_REPORT, P.REQUEST_WRITE),
        (R.AWAITING_REPORT, "waive-report"): Move(R.AWAITING_REPORT, P.REQUEST_DECIDE),
        (R.AWAITING_REPORT, "correct-report"): Move(R.AWAITING_REPORT, P.REQUEST_WRITE),
        (R.COMPLETED, "correct-report"): Move(R.COMPLETED, P.REQUEST_WRITE),
        (R.AWAITING_REPORT, "complete"): Move(R.COMPLETED),
        (R.COMPLETED, "close"): Move(R.CLOSED, P.REQUEST_DECIDE),
        **every((R.IN_PROGRESS, R.AWAITING_REPORT, R.INTERPRETER_NO_SHOW), "miss-client", R.CLIENT_NO_SHOW),
        **every((R.IN_PROGRESS, R.AWAITING_REPORT, R.CLIENT_NO_SHOW), "miss-interpreter", R.INTERPRETER_NO_SHOW),
        **every((R.CLIENT_NO_SHOW, R.INTERPRETER_NO_SHOW), "resume", R.IN_PROGRESS),
        **every((R.CLIENT_NO_SHOW, R.INTERPRETER_NO_SHOW, R.UNFILLED), "resume-ended", R.AWAITING_REPORT),
    },
    phases=dict.fromkeys(("report", "correct-report", "waive-report", "close"), AFTERWARDS),
)

FALLBACK_WHILE = frozenset({R.MATCHING, R.UNFILLED, R.IN_PROGRESS, R.AWAITING_REPORT, R.INTERPRETER_NO_SHOW})
"""States of a request in which another way may be arranged: somebody may not come, or did not."""

SERIES = Machine(
    "dispatch_series",
    "SER_STATE",
    {
        (Q.ACTIVE, "submit"): Move(Q.ACTIVE, P.REQUEST_WRITE),
        (Q.ACTIVE, "accept"): Move(Q.ACTIVE, P.REQUEST_DECIDE),
        (Q.ACTIVE, "cancel"): Move(Q.CANCELLED, P.REQUEST_WRITE),
    },
)

FALLBACK = Machine(
    "fallback",
    "FBK_STATE",
    {
        **every((F.ARRANGED, F.DONE), "outcome", F.DONE, P.REQUEST_DECIDE),
        (F.ARRANGED, "drop"): Move(F.DROPPED, P.REQUEST_DECIDE),
    },
)

SHIFT = Machine(
    "shift",
    "SHF_STATE",
    {
        (S.PLANNED, "open"): Move(S.OPEN),
        (S.OPEN, "plan"): Move(S.PLANNED),
        (S.OPEN, "fill"): Move(S.FILLED),
        (S.FILLED, "drop"): Move(S.OPEN),
        **every((S.OPEN, S.FILLED), "start", S.IN_PROGRESS),
        **every((S.PLANNED, S.OPEN, S.IN_PROGRESS), "end", S.ENDED),
        **every((S.PLANNED, S.OPEN, S.FILLED), "cancel", S.CANCELLED),
    },
)

OFFER = Machine(
    "offer",
    "OFF_STATE",
    {
        (O.SENT, "accept"): Move(O.ACCEPTED, P.OFFER_ANSWER),
        (O.SENT, "decline"): Move(O.DECLINED, P.OFFER_ANSWER),
        (O.SENT, "accept-late"): Move(O.ACCEPTED_LATE),
        **every((O.SENT, O.ACCEPTED_LATE), "expire", O.EXPIRED),
        (O.SENT, "withdraw"): Move(O.WITHDRAWN, P.OFFER_SEND),
        (O.EXPIRED, "accept"): Move(O.ACCEPTED_LATE, P.OFFER_ANSWER),
        (O.EXPIRED, "decline"): Move(O.DECLINED, P.OFFER_ANSWER),
        (O.DECLINED, "take-back"): Move(O.SENT, P.OFFER_ANSWER),
        (O.ACCEPTED_LATE, "approve"): Move(O.ACCEPTED, P.OFFER_SEND),
        (O.ACCEPTED_LATE, "decline"): Move(O.DECLINED, P.OFFER_ANSWER),
        (O.ACCEPTED_LATE, "withdraw"): Move(O.WITHDRAWN, P.OFFER_SEND),
    },
)

ASSIGNMENT = Machine(
    "assignment",
    "ASG_STATE",
    {
        (A.TENTATIVE, "approve"): Move(A.CONFIRMED, P.ASSIGNMENT_DECIDE),
        (A.CONFIRMED, "want-standin"): Move(A.STANDIN_WANTED, P.ASSIGNMENT_ANSWER),
        (A.CONFIRMED, "ask-again"): Move(A.TENTATIVE),
        **every((A.TENTATIVE, A.STANDIN_WANTED), "keep", A.CONFIRMED, P.ASSIGNMENT_KEEP),
        (A.STANDIN_WANTED, "replace"): Move(A.WITHDRAWN),
        (A.TENTATIVE, "release"): Move(A.CANCELLED),
        **every((A.TENTATIVE, A.CONFIRMED, A.STANDIN_WANTED, A.CHECKED_IN), "withdraw", A.WITHDRAWN, P.ASSIGNMENT_KEEP),
        **every((A.TENTATIVE, A.CONFIRMED, A.STANDIN_WANTED, A.CHECKED_IN), "cancel", A.CANCELLED, P.ASSIGNMENT_DECIDE),
        **every((A.CONFIRMED, A.STANDIN_WANTED), "check-in", A.CHECKED_IN, P.ASSIGNMENT_ANSWER),
        **every((A.CONFIRMED, A.STANDIN_WANTED, A.CHECKED_IN), "complete", A.COMPLETED, P.ASSIGNMENT_ANSWER),
        **every((A.CONFIRMED, A.STANDIN_WANTED, A.CHECKED_IN, A.COMPLETED), "report", A.COMPLETED, P.ASSIGNMENT_ANSWER),
        (A.COMPLETED, "correct-report"): Move(A.COMPLETED, P.ASSIGNMENT_ANSWER),
        **every((A.CONFIRMED, A.STANDIN_WANTED, A.CHECKED_IN, A.COMPLETED), "no-show", A.NO_SHOW, P.ASSIGNMENT_MISS),
        (A.NO_SHOW, "correct-no-show"): Move(A.NO_SHOW, P.ASSIGNMENT_DECIDE),
        (A.NO_SHOW, "stand-again"): Move(A.CONFIRMED),
        (A.NO_SHOW, "check-in-again"): Move(A.CHECKED_IN),
        (A.NO_SHOW, "complete-again"): Move(A.COMPLETED),
    },
    phases={
        "withdraw": UNTIL_THE_END,
        "cancel": UNTIL_THE_END,
        "check-in": frozenset({Phase.ARRIVING, Phase.RUNNING}),
        "complete": AFTERWARDS,
        "report": AFTERWARDS,
        "correct-report": AFTERWARDS,
        "no-show": FROM_THE_START,
        "correct-no-show": FROM_THE_START,
    },
)

ACCOUNT = Machine(
    "account",
    "ACC_STATE",
    {
        (C.INVITED, "invite"): Move(C.INVITED, P.ACCOUNT_MANAGE),
        (C.INVITED, "start"): Move(C.ACTIVE),
        **every((C.INVITED, C.ACTIVE), "disable", C.DISABLED, P.ACCOUNT_MANAGE),
        (C.DISABLED, "enable"): Move(C.ACTIVE, P.ACCOUNT_MANAGE),
        (C.DISABLED, "await-password"): Move(C.INVITED),
    },
)

CHECKUP = Machine(
    "checkup_session",
    "CHK_STATE",
    {
        (K.PLANNED, "move"): Move(K.PLANNED, P.CHECKUP_WRITE),
        (K.PLANNED, "cancel"): Move(K.CANCELLED, P.CHECKUP_WRITE),
        (K.PLANNED, "hold"): Move(K.HELD),
    },
)

CALL = Machine(
    "availability_call",
    "CALL_STATE",
    {
        (L.OPEN, "answer"): Move(L.OPEN, P.AVAILABILITY_ANSWER),
        (L.OPEN, "close"): Move(L.CLOSED, P.AVAILABILITY_ASK),
    },
)

CERTIFICATION = Machine(
    "certification",
    "CERT_STATE",
    every((T.VALID, T.EXPIRING, T.EXPIRED), "revoke", T.REVOKED, P.CERTIFICATION_REVOKE),
)

CASCADE = Machine(
    "cascade",
    "CAS_STATE",
    {
        **every((W.RUNNING, W.EXHAUSTED, W.FILLED, W.OVER), "stop", W.STOPPED, P.OFFER_SEND),
        **every((W.RUNNING, W.EXHAUSTED), "fill", W.FILLED),
        **every((W.RUNNING, W.EXHAUSTED), "end", W.OVER),
        (W.RUNNING, "exhaust"): Move(W.EXHAUSTED),
        **every((W.EXHAUSTED, W.FILLED, W.OVER), "resume", W.RUNNING),
    },
)

EXPENSE = Machine(
    "expense_claim",
    "EXP_STATE",
    {
        **every((E.DRAFT, E.REJECTED), "submit", E.SUBMITTED, P.EXPENSE_CLAIM),
        # Proposed anew, its amounts follow what it rests on now.
        **every((E.SUBMITTED, E.PROPOSED), "propose", E.PROPOSED, P.EXPENSE_PROPOSE),
        (E.PROPOSED, "approve"): Move(E.APPROVED, P.EXPENSE_APPROVE),
        **every((E.SUBMITTED, E.PROPOSED, E.APPROVED), "reject", E.REJECTED, P.EXPENSE_APPROVE),
        (E.APPROVED, "pay"): Move(E.PAID, P.EXPENSE_APPROVE),
    },
)

INCIDENT = Machine(
    "incident",
    "INC_STATE",
    {
        (I.OPEN, "act"): Move(I.OPEN, P.INCIDENT_HANDLE),
        (I.OPEN, "close"): Move(I.CLOSED, P.INCIDENT_HANDLE),
    },
)

LIVE = (V.APPLIED, V.SCREENING, V.IN_TRAINING, V.ACTIVE, V.ON_LEAVE, V.SUSPENDED)
"""States in which somebody is on the way to a registration or has one."""

VOLUNTEER = Machine(
    "volunteer",
    "VOL_STATE",
    {
        (V.APPLIED, "screen"): Move(V.SCREENING, P.VOLUNTEER_ENROL),
        (V.SCREENING, "start-training"): Move(V.IN_TRAINING, P.VOLUNTEER_ENROL),
        (V.SCREENING, "reject"): Move(V.REJECTED, P.VOLUNTEER_BAR),
        (V.IN_TRAINING, "activate"): Move(V.ACTIVE, P.VOLUNTEER_ENROL),
        (V.ACTIVE, "take-leave"): Move(V.ON_LEAVE, P.PROFILE_WRITE),
        (V.ON_LEAVE, "return"): Move(V.ACTIVE, P.PROFILE_WRITE),
        (V.ACTIVE, "suspend"): Move(V.SUSPENDED, P.VOLUNTEER_BAR),
        (V.SUSPENDED, "reinstate"): Move(V.ACTIVE, P.VOLUNTEER_BAR),
        (V.ACTIVE, "declare"): Move(V.ACTIVE, P.PROFILE_WRITE),
        (V.ON_LEAVE, "declare"): Move(V.ON_LEAVE, P.PROFILE_WRITE),
        (V.ACTIVE, "renew"): Move(V.ACTIVE, P.VOLUNTEER_ENROL),
        (V.ON_LEAVE, "renew"): Move(V.ON_LEAVE, P.VOLUNTEER_ENROL),
        (V.EXPIRED, "renew"): Move(V.ACTIVE, P.VOLUNTEER_ENROL),
        **every((V.ACTIVE, V.ON_LEAVE), "expire", V.EXPIRED),
        **every(LIVE, "withdraw", V.WITHDRAWN, P.PROFILE_WRITE),
        **every((V.WITHDRAWN, V.EXPIRED, V.REJECTED), "anonymize", V.ANONYMIZED),
    },
)

PLAN = Machine(
    "plan",
    "PLN_STATE",
    {
        **every((N.QUEUED, N.SOLVING), "solve", N.SOLVING),
        (N.QUEUED, "cancel"): Move(N.DISCARDED, P.PLAN_WRITE),
        # Whoever solves it is asked to stop, and finishes it with the best so far.
        (N.SOLVING, "cancel"): Move(N.SOLVING, P.PLAN_WRITE),
        (N.SOLVING, "release"): Move(N.QUEUED),
        (N.SOLVING, "finish"): Move(N.READY),
        (N.SOLVING, "fail"): Move(N.FAILED),
        # Again after an interruption: what was done is left alone.
        **every((N.READY, N.APPLIED), "apply", N.APPLIED, P.PLAN_WRITE),
        **every((N.READY, N.FAILED), "discard", N.DISCARDED, P.PLAN_WRITE),
    },
)
