"""Until when an offer is to be answered, and when the next wave goes out (domain.md §0.1, "Waves")."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.rules import HouseRules

DAY = timedelta(hours=24)
LESS = timedelta(seconds=1)
"""By how much "less than" an hour of the clock is less."""


def reply_by(
    now: datetime, starts_at: datetime, rules: HouseRules, *, urgent: bool, within: timedelta | None = None
) -> datetime:
    """Return the deadline: within 24 hours or a quarter of the time left, whichever is sooner; urgent ones 2 hours.

    `within` stands for the hours of the house. The clock pauses from 21:00 to 8:00 local time unless less than 24 hours
    remain. Never after the start.
    """
    left = starts_at - now
    house = rules.urgent_reply_hours if urgent else rules.reply_within_hours
    span = min(within or timedelta(hours=house), left / 4)
    if left < DAY:
        return now + span
    return min(_awake(now, span, rules), starts_at)


def sent_from(due: datetime, starts_at: datetime, rules: HouseRules) -> datetime:
    """Return when a wave that falls due goes out: at once, at night in the morning, unless less than 24 hours remain."""
    if starts_at - due < DAY:
        return due
    opens, _ = _waking_hours(due, rules)
    return min(max(due, opens), starts_at - DAY + LESS)


def is_last_call(now: datetime, starts_at: datetime, rules: HouseRules) -> bool:
    """Return whether so little time remains that everybody is asked at once."""
    return now >= last_call(starts_at, rules)


def last_call(starts_at: datetime, rules: HouseRules) -> datetime:
    """Return from when on less than 6 hours remain: what was sent before is waited for no longer."""
    return starts_at - timedelta(hours=rules.last_call_hours) + LESS


def _awake(now: datetime, span: timedelta, rules: HouseRules) -> datetime:
    """Let `span` pass, counting only the hours in which nobody sleeps."""
    at = now
    while True:
        opens, closes = _waking_hours(at, rules)
        at = max(at, opens)
        if at + span <= closes:
            return at + span
        span -= closes - at
        at = closes


def _waking_hours(at: datetime, rules: HouseRules) -> tuple[datetime, datetime]:
    """Return the waking hours that `at` lies in, or the next ones."""
    local = at.astimezone(rules.zone)
    opens, closes = (_at(local, hour, rules.zone) for hour in (rules.quiet_until, rules.quiet_from))
    if at < closes:
        return opens, closes
    tomorrow = local + timedelta(days=1)
    return _at(tomorrow, rules.quiet_until, rules.zone), _at(tomorrow, rules.quiet_from, rules.zone)


def _at(local: datetime, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(local.date(), hour, tzinfo=zone)
