"""The rates that honoraria follow, as administrators set them; a rate is data, with the days it is in force."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from models.expense import HonorariumRate
from models.honorarium_rate import HonorariumRateCreate, HonorariumRatePatch, HonorariumRateView
from models.service_type import ServiceType
from services.errors import invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission, may
from services.unit import Unit


def list_rates(unit: Unit, ask: Ask) -> Page[HonorariumRateView]:
    """Return all rates by kind of service and first day."""
    order = Order((HonorariumRate.service_type, HonorariumRate.valid_from, HonorariumRate.id))
    return page(unit, ask, select(HonorariumRate), order, _show_all, scope_of("honorarium_rates"))


def read_rate(unit: Unit, rate_id: UUID) -> HonorariumRateView:
    """Return a rate. Raises `NotFound`."""
    return _show(unit, unit.get(HonorariumRate, rate_id))


def create(unit: Unit, draft: HonorariumRateCreate) -> HonorariumRateView:
    """Set a rate from a day on.

    Raises `InvalidFields` for a kind of service that there is not, for a second rate from the same day, and for days
    that end before they begin.
    """
    if unit.session.exec(select(ServiceType.id).where(col(ServiceType.code) == draft.service_type)).first() is None:
        raise invalid("/service_type")
    rate = HonorariumRate(**draft.model_dump(), **unit.stamp())
    _check_days(rate)
    unit.add(rate)
    unit.audit("honorarium_rate.create", rate)
    return _show(unit, rate)


def change(unit: Unit, rate_id: UUID, patch: HonorariumRatePatch) -> HonorariumRateView:
    """Correct a rate. Raises `NotFound`, `Stale`, `InvalidFields` for days that end before they begin."""
    rate = unit.lock(HonorariumRate, rate_id)
    unit.expect(rate)
    changes = patch.changes()
    for name, value in changes.items():
        setattr(rate, name, value)
    _check_days(rate)
    rate.touch(unit.now)
    unit.audit("honorarium_rate.change", rate, fields=list(changes))
    return _show(unit, rate)


def _check_days(rate: HonorariumRate) -> None:
    if rate.valid_to is not None and rate.valid_to < rate.valid_from:
        raise invalid("/valid_to", "FIELD_CONFLICT", other="valid_from")


def _show(unit: Unit, rate: HonorariumRate) -> HonorariumRateView:
    verbs = ["change"] if may(unit.actor, Permission.RULES_WRITE) else []
    return HonorariumRateView(**rate.model_dump(include=set(_COLUMNS)), actions=verbs)


_COLUMNS = HonorariumRateView.model_fields.keys() & HonorariumRate.model_fields.keys()


def _show_all(unit: Unit, rates: Sequence[HonorariumRate]) -> list[HonorariumRateView]:
    return [_show(unit, rate) for rate in rates]
