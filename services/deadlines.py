"""Until when an offer is to be answered (domain.md §0.1, "Waves")."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.rules import HouseRules

DAY = timedelta(hours=24)


def reply_by(now: datetime, starts_at: datetime, rules: HouseRules, *, urgent: bool) -> datetime:
    """Return the deadline: within 24 hours or a quarter of the time left, whichever is sooner; urgent ones 2 hours.

    The clock pauses from 21:00 to 8:00 local time unless less than 24 hours remain. Never after the start.
    """
    left = starts_at - now
    span = min(timedelta(hours=rules.reply_within_hours), left / 4)
    if urgent:
        span = min(span, timedelta(hours=rules.urgent_reply_hours))
    if left < DAY:
        return now + span
    return min(_awake(now, span, rules), starts_at)


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
