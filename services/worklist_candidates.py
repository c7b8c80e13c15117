"""Entries of the worklist about candidates: applications that nobody has taken up."""

from collections.abc import Iterator

from sqlmodel import col, select

from models.person import Person
from models.recruitment import VolunteerApplication
from models.volunteer import Volunteer, VolunteerStatus
from models.worklist import Subject, WorkCode
from services.entering import Entry, answer_due, post
from services.unit import Unit


def applications(unit: Unit) -> Iterator[Entry]:
    """Applications that wait to be taken up, each to be looked at by the close of the next business day."""
    statement = (
        select(VolunteerApplication, Volunteer, Person)
        .join(Volunteer, col(Volunteer.id) == VolunteerApplication.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(Volunteer.status == VolunteerStatus.APPLIED)
    )
    for application, volunteer, person in unit.session.exec(statement):
        yield Entry(
            WorkCode.APPLICATION_NEW,
            Subject(type="volunteer", id=volunteer.id, no=volunteer.volunteer_no),
            answer_due(unit, application.received_at),
            post(f"/v1/volunteers/{volunteer.id}/screen"),
            facts={"who": person.display_name, "at": application.received_at},
        )
