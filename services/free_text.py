"""The screen for free text: no telephone numbers, mail addresses or long numbers; words about health only warn (§0.1)."""

import re
import unicodedata

from services.errors import invalid

_REFUSED = {
    "mail": re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"),
    "phone": re.compile(r"(?<!\d)(\+81|0)[-.\s()]?\d{1,4}[-.\s()]{0,2}\d{1,4}[-.\s()]{0,2}\d{3,4}(?!\d)"),
    "long_number": re.compile(r"\d(?:[-\s]?\d){7,}"),
}
_HEALTH = re.compile(
    r"診断|病名|障害|発達遅|てんかん|うつ|がん|HIV|感染症|アレルギー|薬|妊娠中毒|虐待"
    r"|\b(diagnos\w*|disabilit\w*|epilep\w*|depress\w*|cancer|hiv|allerg\w*|medication|abuse)\b",
    re.IGNORECASE,
)
_NOMINATION = re.compile(
    r"指名|さん(を|に|で|が)?(お願い|希望|指定)|前回と同じ(人|方|通訳)"
    r"|\b(the same interpreter|(mr|ms|mrs)\.? \w+ (please|again)|interpreter named)\b",
    re.IGNORECASE,
)
# 2025-11-20 and 10:00-11:30 are dates and times, which a note may well hold; 0761-22-1234 is neither.
_DATES = re.compile(
    r"(?<!\d)20\d{2}[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])(?!\d)|(?<!\d)([01]?\d|2[0-4]):[0-5]\d(?!\d)"
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc]")


def _plain(text: str) -> str:
    """Fold full-width digits and dashes into plain ones; take dates and times out."""
    return _DATES.sub(" ", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))


def personal_details(text: str) -> list[str]:
    """Return which kinds of personal detail a text holds: mail, phone, long_number."""
    plain = _plain(text)
    return [kind for kind, pattern in _REFUSED.items() if pattern.search(plain)]


def refuse_personal_details(text: str | None, pointer: str) -> None:
    """Raise `InvalidFields` (`REQ_FREE_TEXT_PII`) where a text holds personal details."""
    if text and (details := personal_details(text)):
        raise invalid(pointer, "REQ_FREE_TEXT_PII", found=details)


def mentions_health(text: str) -> bool:
    """Return whether a text has words about somebody's health."""
    return bool(_HEALTH.search(text))


def names_interpreter(text: str) -> bool:
    """Return whether a text asks for a certain person (domain.md §4.3: requesters cannot name an interpreter)."""
    return bool(_NOMINATION.search(text))
