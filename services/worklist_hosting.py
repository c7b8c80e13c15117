"""Entries of the worklist about households that were asked for a guest and are silent."""

from collections.abc import Iterator

from sqlmodel import col, select

from models.host import Host
from models.host_stay import HostStay, StayStatus
from models.worklist import Subject, WorkCode
from services.entering import Entry, is_near, post
from services.guests import answer_by, asked_at
from services.key_persons import names_of
from services.unit import Unit


def unanswered(unit: Unit) -> Iterator[Entry]:
    """Guests whose household has not answered in time; the office asks on the telephone and enters what it says."""
    statement = (
        select(HostStay, Host.volunteer_id)
        .join(Host, col(Host.id) == HostStay.host_id)
        .where(HostStay.status == StayStatus.PROPOSED, col(HostStay.starts_at) > unit.now)
    )
    found = unit.session.exec(statement).all()
    if not found:
        return
    asked = asked_at(unit, [stay for stay, _ in found])
    names = names_of(unit, [volunteer_id for _, volunteer_id in found])
    for stay, volunteer_id in found:
        if stay.id not in asked:  # the household answered between the two readings
            continue
        due = answer_by(unit, stay, asked[stay.id])
        if due <= unit.now:
            yield Entry(
                WorkCode.HOST_SILENT,
                Subject(type="host_stay", id=stay.id, no=None),
                due,
                post(f"/v1/host-stays/{stay.id}/accept"),
                is_near(unit, stay.starts_at),
                {"who": names[volunteer_id], "at": asked[stay.id], "starts_at": stay.starts_at},
            )
