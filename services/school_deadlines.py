"""Days on the way to a school that count for a learner, the year's or her own, and what is told of them (domain.md Ⅱ 1-2).

Of each day 30 and 7 days ahead, and of one that was told and is not so any more at once (docs/decisions/0026).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import ConsentScope, GuardianConsent, Learner, SchoolStage
from models.record import Notice, NoticeChannel, NoticeStatus
from models.schooling import (
    DeadlineCode,
    DeadlineNotice,
    LearnerDeadline,
    LearnerTarget,
    SchoolDeadline,
    TargetStatus,
)
from services.notifying import managers_of, tell_account, tell_guardian, tell_office, unpack
from services.unit import Unit
from services.wording import Said

NEAR, MOVED, GONE = "deadline_near", "deadline_moved", "deadline_gone"
_KINDS: Final = frozenset({f"{kind}{whom}" for kind in (NEAR, MOVED, GONE) for whom in ("", "_manager")})


# What counts for a learner: her own days, and the year's where she has no own word on them.
_HAS_OWN_WORD = sa.exists().where(
    col(LearnerDeadline.target_id) == col(LearnerTarget.id), col(LearnerDeadline.code) == col(SchoolDeadline.code)
)
_COUNTING = sa.union_all(
    sa.select(
        col(LearnerTarget.id).label("target_id"),
        col(SchoolDeadline.code),
        col(SchoolDeadline.due_on),
        sa.false().label("own"),
    )
    .join(
        SchoolDeadline,
        sa.and_(
            col(SchoolDeadline.fiscal_year) == col(LearnerTarget.fiscal_year),
            col(SchoolDeadline.goal) == col(LearnerTarget.goal),
        ),
    )
    .where(~_HAS_OWN_WORD),
    sa.select(
        col(LearnerDeadline.target_id), col(LearnerDeadline.code), col(LearnerDeadline.due_on), sa.true().label("own")
    ).where(col(LearnerDeadline.due_on).is_not(None)),
).subquery("counting")
_DAYS = sa.select(
    _COUNTING.c.target_id,
    _COUNTING.c.code,
    _COUNTING.c.due_on,
    _COUNTING.c.own,
    col(DeadlineNotice.due_on).label("told_of"),
    col(DeadlineNotice.days_ahead),
    col(DeadlineNotice.told_on),
).join(
    DeadlineNotice,
    sa.and_(col(DeadlineNotice.target_id) == _COUNTING.c.target_id, col(DeadlineNotice.code) == _COUNTING.c.code),
    isouter=True,
)


class CountingDay(NamedTuple):
    """A day that counts for a target, and what was last told of it: of which day, how many days ahead, and when."""

    target_id: UUID
    code: DeadlineCode
    due_on: date
    own: bool
    told_of: date | None
    days_ahead: int | None
    told_on: date | None


def days_of(unit: Unit, target_ids: Collection[UUID]) -> list[CountingDay]:
    """Return the days that count for these targets, soonest first; one query for any number."""
    statement = _DAYS.where(_COUNTING.c.target_id.in_(target_ids)).order_by(_COUNTING.c.due_on, _COUNTING.c.code)
    return [CountingDay(*row) for row in unit.rows(statement)]


def due_targets(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the targets with a day of which the family has still to be told, or was told what is not so any more."""
    return (
        select(LearnerTarget.id)
        .join(Learner, col(Learner.id) == LearnerTarget.learner_id)
        .where(
            LearnerTarget.status == TargetStatus.AIMED_AT,
            sa.or_(*(col(LearnerTarget.id).in_(due(unit)) for due in (_near, _told_wrong, _told_over))),
            _is_with_us(unit),
        )
    )


def _near(unit: Unit) -> Any:
    """The targets with a day whose mark has come and was not told of."""
    told = col(DeadlineNotice.due_on) == _COUNTING.c.due_on
    untold = [
        sa.and_(
            _COUNTING.c.due_on <= unit.today + timedelta(days=ahead),
            sa.or_(col(DeadlineNotice.id).is_(None), ~told, col(DeadlineNotice.days_ahead) > ahead),
        )
        for ahead in unit.rules.deadline_notice_days
    ]
    return _DAYS.where(_COUNTING.c.due_on >= unit.today, sa.or_(*untold)).with_only_columns(_COUNTING.c.target_id)


def _told_wrong(unit: Unit) -> Any:
    """The targets with a day to come that was told and does not count: it moved, however far, or is gone."""
    still_so = sa.and_(
        _COUNTING.c.target_id == col(DeadlineNotice.target_id),
        _COUNTING.c.code == col(DeadlineNotice.code),
        _COUNTING.c.due_on == col(DeadlineNotice.due_on),
    )
    return (
        sa.select(col(DeadlineNotice.target_id))
        .join(_COUNTING, still_so, isouter=True)
        .where(col(DeadlineNotice.due_on) >= unit.today, _COUNTING.c.target_id.is_(None))
    )


def _told_over(unit: Unit) -> Any:
    """The targets with a day to come that was told as one that is over already: somebody mistyped it."""
    return _DAYS.where(
        _COUNTING.c.due_on >= unit.today,
        col(DeadlineNotice.due_on) < unit.today,
        col(DeadlineNotice.told_on) >= col(DeadlineNotice.due_on),
    ).with_only_columns(_COUNTING.c.target_id)


def _is_with_us(unit: Unit) -> Any:
    """The condition that a learner has not left, and if a child takes part with her guardian's consent."""
    learns = sa.exists().where(
        col(Enrollment.learner_id) == col(Learner.id),
        col(Enrollment.status).not_in([ClassEnrollmentStatus.COMPLETED, ClassEnrollmentStatus.LEFT]),
    )
    consented = sa.exists().where(
        col(GuardianConsent.learner_id) == col(Learner.id),
        col(GuardianConsent.scope) == ConsentScope.PARTICIPATION,
        col(GuardianConsent.signed_on) <= unit.today,
        sa.or_(col(GuardianConsent.revoked_on).is_(None), col(GuardianConsent.revoked_on) > unit.today),
    )
    return sa.and_(learns, sa.or_(col(Learner.school_stage) == SchoolStage.ADULT, consented))


class _News(NamedTuple):
    """What is to be told of a day: that it is near, that it moved from `was`, or that it is gone.

    `ahead` is the mark that has come, or how many days are left where a day moved beyond all marks.
    """

    kind: str
    code: DeadlineCode
    on: date
    ahead: int = 0
    was: date | None = None

    @property
    def facts(self) -> dict[str, Any]:
        moved = {"was": self.was} if self.was is not None else {}
        return {"deadline": self.code, "on": self.on, **moved}


def notify(unit: Unit, target: LearnerTarget) -> None:
    """Tell whom it concerns what there is to tell of the days of a locked target, once each.

    Once 30 days ahead and once 7 days ahead; where the sweep or the target comes late, what is nearest alone. A day that
    has moved or gone since it was told is told at once, whatever the distance, while the day that was told is to come; so
    is a day to come of which it was told that it is over.
    """
    if unit.session.exec(due_targets(unit).where(LearnerTarget.id == target.id)).first() is None:
        return
    learner = unit.get(Learner, target.learner_id)
    for news in _news(unit, target.id):
        _note(unit, target.id, news)
        _tell(unit, learner, target, news)


def _news(unit: Unit, target_id: UUID) -> Iterator[_News]:
    days = days_of(unit, [target_id])
    for day in days:
        news = _moved(unit, day) if _is_told_wrong(unit, day) else _come(unit, day)
        if news is not None:
            yield news
    gone = select(DeadlineNotice).where(
        DeadlineNotice.target_id == target_id,
        DeadlineNotice.due_on >= unit.today,
        col(DeadlineNotice.code).not_in([day.code for day in days]),
    )
    for told in unit.session.exec(gone.order_by(col(DeadlineNotice.due_on), col(DeadlineNotice.code))).all():
        yield _News(GONE, told.code, told.due_on)


def _is_told_wrong(unit: Unit, day: CountingDay) -> bool:
    """Return whether the family waits for another day, or was told that it is over while it is to come."""
    if day.told_of is None or day.told_on is None or day.told_of == day.due_on:
        return False
    return day.told_of >= unit.today or (day.told_on >= day.told_of and day.due_on >= unit.today)


def _moved(unit: Unit, day: CountingDay) -> _News:
    mark = _mark(unit, day.due_on, unit.today)
    left = (day.due_on - unit.today).days
    return _News(MOVED, day.code, day.due_on, left if mark is None else mark, day.told_of)


def _come(unit: Unit, day: CountingDay) -> _News | None:
    """Return that a day is near, once its mark has come and was not told of."""
    mark = _mark(unit, day.due_on, unit.today)
    told = day.told_of == day.due_on and day.days_ahead is not None and mark is not None and day.days_ahead <= mark
    return None if mark is None or told else _News(NEAR, day.code, day.due_on, mark)


def _mark(unit: Unit, due_on: date, on: date) -> int | None:
    """Return the nearest mark of a day that has come on another, if there is one."""
    left = (due_on - on).days
    return min((ahead for ahead in unit.rules.deadline_notice_days if 0 <= left <= ahead), default=None)


def _note(unit: Unit, target_id: UUID, news: _News) -> None:
    """Write down what the family believes from now on: a day, or none."""
    told = select(DeadlineNotice).where(DeadlineNotice.target_id == target_id, DeadlineNotice.code == news.code)
    row = unit.session.exec(told).one_or_none()
    facts: dict[str, Any] = {"due_on": news.on, "days_ahead": news.ahead, "told_on": unit.today}
    if row is None:
        unit.session.add(DeadlineNotice(target_id=target_id, code=news.code, **facts))
    elif news.kind == GONE:
        unit.session.delete(row)
    else:
        row.sqlmodel_update(facts)


def _tell(unit: Unit, learner: Learner, target: LearnerTarget, news: _News) -> None:
    """Tell the guardian of a child and the classroom's managers; the office where there is neither."""
    by_guardian = learner.guardian_name is not None and learner.school_stage is not SchoolStage.ADULT
    facts = {
        **news.facts,
        "goal": target.goal,
        "guardian": Said("parts", _tell_guardian(unit, learner, target, news) if by_guardian else "guardian_untold"),
        "link": f"{unit.rules.public_url}/v1/learners/{learner.id}",
    }
    managers = managers_of(unit, learner.organization_id)
    for account in managers:
        tell_account(unit, account, f"{news.kind}_manager", target, facts)
    if not managers and not by_guardian:
        tell_office(unit, f"{news.kind}_manager", target, facts)


def _tell_guardian(unit: Unit, learner: Learner, target: LearnerTarget, news: _News) -> str:
    """Tell the guardian, from what she believes, and return what others read of it: there may be nothing to tell her."""
    hers = [news] if news.kind == NEAR else _seen_from(unit, _take_back(unit, target, news.code), news)
    for one in hers:
        facts = {**one.facts, "goal": target.goal, "first_name": learner.first_name}  # which of her children
        tell_guardian(unit, learner, one.kind, target, facts)
    return "guardian_told" if hers else "guardian_not_now"


class _Heard(NamedTuple):
    """What a guardian has heard of a day, or may have: which it is (none once it is gone), since when, and whether for sure.

    What letters said is emptied in the end: that one reached her is known then, not what it said.
    """

    on: date | None
    since: date
    for_sure: bool
    emptied: bool = False


def _take_back(unit: Unit, target: LearnerTarget, code: DeadlineCode) -> list[_Heard]:
    """Take back what waits to be told to the guardian of this day, and return what she may believe of it.

    That is what reached her last, and later mails that were tried: one may have left although nobody noted that it did.
    """
    written = (
        select(Notice)
        .where(
            Notice.object_id == target.id,
            Notice.learner_id == target.learner_id,
            col(Notice.kind).in_([NEAR, MOVED, GONE]),
        )
        .order_by(col(Notice.id))
        .with_for_update(key_share=True)
    )
    heard: list[_Heard] = []
    for notice in unit.session.exec(written).all():
        facts = unpack(notice.facts)
        if facts.get("deadline", code) != code:
            continue
        if notice.status is NoticeStatus.SENT:
            heard = [_heard(unit, notice, facts)]
        elif facts and notice.channel is NoticeChannel.MAIL and notice.attempts > 0:
            heard.append(_heard(unit, notice, facts))
        if notice.status is NoticeStatus.PENDING:
            notice.status = NoticeStatus.FAILED
    return heard


def _heard(unit: Unit, notice: Notice, facts: Mapping[str, Any]) -> _Heard:
    on = None if notice.kind == GONE else facts.get("on")
    since = unit.local_day(notice.sent_at or notice.created_at)
    return _Heard(on, since, notice.status is NoticeStatus.SENT, emptied=not facts)


def _seen_from(unit: Unit, heard: Sequence[_Heard], news: _News) -> list[_News]:
    """Return what there is to say of a day that moved or is gone to somebody who heard this; of what is over nothing."""
    if heard and heard[0].emptied:
        return [news]
    believed = list(dict.fromkeys(one.on for one in heard if one.on is not None))
    if news.kind == GONE:
        return [news._replace(on=on) for on in believed if on >= unit.today]
    others = [on for on in believed if on != news.on]
    if others:
        return [news._replace(was=others[-1])] if max(others[-1], news.on) >= unit.today else []
    mark = _mark(unit, news.on, unit.today)
    known = [_mark(unit, news.on, one.since) for one in heard if one.for_sure and one.on is not None]
    reminded = any(one is not None and mark is not None and one <= mark for one in known)
    return [] if mark is None or reminded else [_News(NEAR, news.code, news.on, mark)]


def moot(unit: Unit, notices: Iterable[Notice]) -> set[UUID]:
    """Return the notices about days that need no telling any more: over, not so, given up, or the learner is gone."""
    about = [notice for notice in notices if notice.kind in _KINDS]
    if not about:
        return set()
    asked: Sequence[UUID] = [notice.object_id for notice in about]
    counting = {(day.target_id, day.code): day.due_on for day in days_of(unit, asked)}
    with_us = (
        select(LearnerTarget.id)
        .join(Learner, col(Learner.id) == LearnerTarget.learner_id)
        .where(LearnerTarget.status == TargetStatus.AIMED_AT, col(LearnerTarget.id).in_(asked), _is_with_us(unit))
    )
    alive = set(unit.session.exec(with_us))
    return {one.id for one in about if one.object_id not in alive or not _is_so(unit, one, counting)}


def _is_so(unit: Unit, notice: Notice, counting: Mapping[tuple[UUID, DeadlineCode], date]) -> bool:
    """Return whether what a notice says is true, and of a day to come; of a day that moved, either of the two."""
    facts = unpack(notice.facts)
    on: date = facts["on"]
    counts = counting.get((notice.object_id, DeadlineCode(facts["deadline"])))
    is_gone = notice.kind.startswith(GONE)
    return (counts != on if is_gone else counts == on) and max(on, facts.get("was", on)) >= unit.today
