"""Moments as the tests write them, in Kanazawa."""

from datetime import date, datetime


def at(text: str) -> datetime:
    """A moment of November 2025: `10T09:00`."""
    return datetime.fromisoformat(f"2025-11-{text}:00+09:00")


def morning(day: date) -> datetime:
    """When the office opens on that day."""
    return datetime.fromisoformat(f"{day}T09:00:00+09:00")


def hours(day: str, starts: str = "10:00", ends: str = "11:00") -> dict[str, str]:
    """Start and end of something on that day, as a body says them."""
    return {"starts_at": f"{day}T{starts}:00+09:00", "ends_at": f"{day}T{ends}:00+09:00"}
