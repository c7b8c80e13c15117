"""The demo's consultations (domain.md §6, set 9): 27 of the last four weeks, 14 of them anonymous, nine handed on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.class_session import ClassSession, ClassSessionStatus
from models.consultation import (
    ConsultationChannel,
    ConsultationCreate,
    ConsultationResolving,
    ConsultationTopic,
    ConsultationTriage,
    ConsultedPersonDraft,
    HeardFrom,
    Resolution,
    UrgentCode,
)
from models.referral import ReferralCreate, ReferralOutcome, ReferralOutcomeDraft, SharedItem
from services import consulting, referring
from services.demo.stage import Stage
from services.unit import Unit

Topic, Channel, Heard = ConsultationTopic, ConsultationChannel, HeardFrom
OLDEST: Final = 20
"""Business days over which the consultations are spread."""
_DESK, _PHONE, _CLASS, _LINE = Channel.DESK, Channel.PHONE, Channel.CLASS_SESSION, Channel.LINE


@dataclass(frozen=True)
class Brought:
    """What somebody brought; `ends` is how far it has come, `to` the institution it was handed on to."""

    topics: Sequence[ConsultationTopic]
    language: str
    channel: ConsultationChannel
    heard_from: HeardFrom
    minutes: int
    ends: str
    to: str | None = None
    outcome: ReferralOutcome | None = None
    urgent: tuple[UrgentCode, ...] = ()
    anonymous: bool = True


_HELPED = ReferralOutcome.HELPED
_NAMED: Final = partial(Brought, anonymous=False)
BROUGHT: Final = (
    _NAMED([Topic.CHILDCARE], "vi", _DESK, Heard.HEALTH_CENTER, 30, "closed", "izumino", _HELPED),
    _NAMED([Topic.EDUCATION, Topic.SCHOOL_ENROLMENT], "ne", _DESK, Heard.FRIEND, 45, "referred", "board"),
    Brought([Topic.RESIDENCE], "zh", _PHONE, Heard.WEBSITE, 15, "closed"),
    Brought([Topic.WORK], "vi", _DESK, Heard.WORKPLACE, 25, "closed"),
    _NAMED([Topic.CHILDCARE], "zh", _DESK, Heard.HEALTH_CENTER, 20, "closed", "motomachi", _HELPED),
    Brought([Topic.HOUSING], "en", _LINE, Heard.SOCIAL_MEDIA, 20, "closed"),
    _NAMED([Topic.EDUCATION, Topic.SCHOOL_ENROLMENT], "id", _DESK, Heard.KEY_PERSON, 50, "closed", "board",
            ReferralOutcome.ENTERED_SCHOOL),
    Brought([Topic.MEDICAL_ACCESS], "pt-BR", _PHONE, Heard.FRIEND, 10, "closed",
            urgent=(UrgentCode.MEDICAL_EMERGENCY,)),
    Brought([Topic.RESIDENCE, Topic.TAX], "en", _DESK, Heard.CITY_OFFICE, 35, "closed"),
    Brought([Topic.CHILDCARE], "id", _PHONE, Heard.FAMILY, 20, "closed"),
    _NAMED([Topic.EDUCATION], "vi", _DESK, Heard.SCHOOL, 40, "closed", "board", _HELPED),
    _NAMED([Topic.HOUSING, Topic.WORK], "ne", _DESK, Heard.FRIEND, 30, "settled", "city",
            ReferralOutcome.DECLINED),
    Brought([Topic.RESIDENCE], "vi", _PHONE, Heard.FRIEND, 15, "closed"),
    _NAMED([Topic.CHILDCARE], "en", _DESK, Heard.WEBSITE, 25, "referred", "ekinishi"),
    Brought([Topic.WORK], "id", _LINE, Heard.SOCIAL_MEDIA, 15, "settled"),
    _NAMED([Topic.EDUCATION], "zh", _DESK, Heard.LEAFLET, 30, "settled"),
    Brought([Topic.OTHER], "en", _PHONE, Heard.NOT_TOLD, 5, "closed"),
    _NAMED([Topic.RESIDENCE], "my", _DESK, Heard.FRIEND, 30, "referred", "city"),
    Brought([Topic.CHILDCARE], "vi", _CLASS, Heard.CLASSROOM, 15, "settled"),
    _NAMED([Topic.EDUCATION], "id", _CLASS, Heard.CLASSROOM, 20, "begun"),
    Brought([Topic.CHILDCARE], "zh", _CLASS, Heard.CLASSROOM, 10, "judged"),
    Brought([Topic.HOUSING], "vi", _DESK, Heard.KEY_PERSON, 20, "begun"),
    _NAMED([Topic.MEDICAL_ACCESS], "zh", _DESK, Heard.CITY_OFFICE, 25, "referred", "ekinishi"),
    Brought([Topic.WORK], "ne", _PHONE, Heard.FRIEND, 15, "begun"),
    _NAMED([Topic.RESIDENCE], "en", _DESK, Heard.WEBSITE, 20, "judged"),
    _NAMED([Topic.EDUCATION], "vi", _DESK, Heard.SCHOOL, 20, "new"),
    Brought([Topic.CHILDCARE], "ne", _LINE, Heard.SOCIAL_MEDIA, 10, "new"),
)  # fmt: skip

_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "new": (),
    "judged": ("triage",),
    "begun": ("triage", "start"),
    "referred": ("triage", "start", "refer"),
    "settled": ("triage", "start", "refer", "tell", "resolve"),
    "closed": ("triage", "start", "refer", "tell", "resolve", "close"),
}
"""What happens to a consultation that comes so far, half an hour after each other; handing on only where somebody is named."""
_PAUSE: Final = timedelta(minutes=30)


def receive(stage: Stage) -> None:
    """Play the consultations, earliest first but for those at the classes, each as far as it has come."""
    held = iter(_held(stage))
    for n, brought in enumerate(BROUGHT):
        session = next(held) if brought.channel is _CLASS else None
        at = session.ends_at if session else _desk_hour(stage, n)
        _play(stage, n, brought, at, session.id if session else None)


def _held(stage: Stage) -> Sequence[ClassSession]:
    recorded = select(ClassSession).where(ClassSession.status == ClassSessionStatus.RECORDED)
    return stage.unit.session.exec(recorded.order_by(col(ClassSession.starts_at), col(ClassSession.id))).all()


def _desk_hour(stage: Stage, n: int) -> datetime:
    """Return the business day and hour of the desk; within an hour every consultation has a minute of its own."""
    return stage.days.at(-OLDEST + n * OLDEST // len(BROUGHT), time(10, n))


def _play(stage: Stage, n: int, brought: Brought, at: datetime, session_id: UUID | None) -> None:
    receiver = stage.manager(at) if session_id else stage.officer(at)
    consultation_id = consulting.receive(receiver, _draft(n, brought, session_id)).id
    for later, (verb, step) in enumerate(_steps(stage, brought), start=1):
        if verb in _STEPS[brought.ends]:
            step(stage.officer(at + later * _PAUSE), consultation_id)


def _draft(n: int, brought: Brought, session_id: UUID | None) -> ConsultationCreate:
    person = ConsultedPersonDraft(name=f"相談者{n + 1}（架空）", phone=f"076-000-{3000 + n}")
    return ConsultationCreate(
        channel=brought.channel,
        class_session_id=session_id,
        language=brought.language,
        topics=list(brought.topics),
        urgent_codes=list(brought.urgent),
        anonymous=brought.anonymous,
        person=None if brought.anonymous else person,
        minutes=brought.minutes,
    )


Step = Callable[[Unit, UUID], object]


def _steps(stage: Stage, brought: Brought) -> Iterator[tuple[str, Step]]:
    """Return the verbs in their order, with what each says about this consultation."""
    yield "triage", lambda unit, one: consulting.triage(unit, one, ConsultationTriage(heard_from=brought.heard_from))
    yield "start", consulting.start
    resolution = Resolution.ANSWERED
    if brought.to is not None:
        resolution = Resolution.HANDED_ON
        to = stage.directory.organizations[brought.to]
        yield "refer", lambda unit, one: referring.refer(unit, one, _handing(unit, to))
    if brought.outcome is not None:
        outcome = ReferralOutcomeDraft(outcome=brought.outcome)
        yield "tell", lambda unit, one: _tell(unit, one, outcome)
    yield "resolve", lambda unit, one: consulting.resolve(unit, one, ConsultationResolving(resolution=resolution))
    yield "close", consulting.close


def _handing(unit: Unit, to: UUID) -> ReferralCreate:
    shared = [SharedItem.TOPICS, SharedItem.LANGUAGE, SharedItem.NAME]
    return ReferralCreate(organization_id=to, consented_on=unit.today, shared=shared, minutes=10)


def _tell(unit: Unit, consultation_id: UUID, outcome: ReferralOutcomeDraft) -> None:
    (referral,) = consulting.read_consultation(unit, consultation_id).referrals
    referring.tell_outcome(unit, consultation_id, referral.id, outcome)
