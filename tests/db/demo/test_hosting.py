"""The demo's households, their guests and the envoys."""

from sqlmodel import col, select

from models.appointment import Appointment
from models.host import Host
from models.host_stay import HostStay
from services import guests
from services.demo.hosting import ENVOYS, HOUSEHOLDS, SEEN
from services.unit import Unit


def test_guests_are_asked_for_proposed_and_expected(seen: Unit) -> None:
    households = seen.session.exec(select(Host).order_by(col(Host.id)))
    assert [one.status for one in households] == ["active"] * SEEN + ["registered"] * (len(HOUSEHOLDS) - SEEN)
    stays = seen.session.exec(select(HostStay).order_by(col(HostStay.starts_at))).all()
    assert [stay.status for stay in stays] == ["confirmed", "requested", "proposed"]
    assert all(stay.may_be_told and guests.identity_of(seen, stay) for stay in stays)


def test_one_of_the_envoys_has_agreed_to_nothing_yet(seen: Unit) -> None:
    appointed = seen.session.exec(select(Appointment).order_by(col(Appointment.id)))
    assert [bool(one.contact_scope) for one in appointed] == [True] * (len(ENVOYS) - 1) + [False]
