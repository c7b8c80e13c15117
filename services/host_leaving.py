"""What becomes of a household, and of the guests it was to receive, when it stops, or its head is no longer registered."""

from uuid import UUID

from sqlmodel import col, select

from models.host import Host, HostStatus, HostVerb, HostView
from models.host_stay import HostStay
from models.volunteer import Volunteer
from services import host_states, hosts
from services.acting_for import arrival_of_volunteer
from services.guests import open_stays_of
from services.host_stays import release
from services.unit import Unit


def end(unit: Unit, host_id: UUID, draft: HostVerb) -> HostView:
    """Stop hosting; guests who were agreed on go to other households. Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`."""
    host = hosts.take(unit, host_id)
    arrival_of_volunteer(unit, host.volunteer_id, draft.on_behalf)
    host.status = HostStatus(host_states.HOST.next(host.status, "end"))
    _release_all(unit, host)
    return hosts.said(unit, host, "host.end", ["status"], draft.on_behalf)


def leave_hosting(unit: Unit, volunteer: Volunteer, *, gone: bool) -> None:
    """Take the households of a locked volunteer off the list: for good when she is `gone`, else until she is back."""
    verb = "end" if gone else "halt"
    for host in unit.session.exec(select(Host).where(Host.volunteer_id == volunteer.id).order_by(col(Host.id))).all():
        _release_all(unit, host)
        if host_states.HOST.leads(host.status, verb):
            host.status = HostStatus(host_states.HOST.next(host.status, verb))
            host.touch(unit.now)
            unit.audit(f"host.{verb}", host, subject=volunteer.id)


def _release_all(unit: Unit, host: Host) -> None:
    for stay in open_stays_of(unit, [host.id]):
        if stay.ends_at > unit.now:
            release(unit, unit.lock(HostStay, stay.id))
