"""People-facing numbers, with a Damm check digit (ISO 7064's cousin; `python-stdnum`), and family references."""

import secrets

import sqlalchemy as sa
from sqlmodel import select
from stdnum import damm

from models.client import Client
from models.record import Counter
from services.fiscal_years import fiscal_year
from services.unit import Unit

_COUNTERS: sa.Table = Counter.__table__  # type: ignore[attr-defined]
# Of the table, not of the class: the mapper would look through the session for counters to refresh, and none is kept.
_INCREMENT = (
    sa.update(_COUNTERS)
    .where(_COUNTERS.c.name == sa.bindparam("series"))
    .values(value=_COUNTERS.c.value + 1)
    .returning(_COUNTERS.c.value)
)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0/O, 1/I/L: read out over the telephone


def next_number(unit: Unit, name: str) -> int:
    """Return the next number of a series, starting at 1; no number is given out twice."""
    taken = _increment(unit, name)
    if taken is None:
        unit.session.add(Counter(name=name, value=0))
        unit.session.flush()  # two first users of a series meet at the primary key; the loser runs again
        taken = _increment(unit, name)
    assert taken is not None  # noqa: S101 - the row was just written in this transaction
    return taken


def _increment(unit: Unit, name: str) -> int | None:
    taken: int | None = unit.rows(_INCREMENT, series=name).scalar_one_or_none()
    return taken


def request_no(unit: Unit) -> str:
    """Return the next request number, such as `D-25-00417-3`: fiscal year, running number, check digit."""
    return _of_the_year(unit, "D", "request")


def consultation_no(unit: Unit) -> str:
    """Return the next number of a consultation, such as `S-25-00012-3`, made as a request's."""
    return _of_the_year(unit, "S", "consultation")


def _of_the_year(unit: Unit, letter: str, series: str) -> str:
    year = fiscal_year(unit.today)
    digits = f"{year % 100:02d}{next_number(unit, f'{series}-{year}'):05d}"
    return f"{letter}-{digits[:2]}-{digits[2:]}-{damm.calc_check_digit(digits)}"


def volunteer_no(unit: Unit) -> str:
    """Return the next volunteer number, such as `V-0042-5`."""
    digits = f"{next_number(unit, 'volunteer'):04d}"
    return f"V-{digits}-{damm.calc_check_digit(digits)}"


def client_ref(unit: Unit) -> str:
    """Return a reference that no family has yet, such as `C-7Q2M`; it says nothing about the family."""
    while True:
        ref = "C-" + "".join(secrets.choice(_ALPHABET) for _ in range(4))
        known = select(Client.id).where(Client.ref == ref)
        if unit.session.exec(known).first() is None:
            return ref
