"""The invariants of the tables, in SQL: `kakehashi check-data` runs them, and every race and kill test does."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlmodel import Session, select

from models.appointment import AppointmentContact
from models.assignment import HOLDING
from models.attendance import ATTENDING
from models.client import ClientIdentity
from models.consultation import ConsultationIdentity
from models.enrollment import WITH_PLACE
from models.host_stay import TAKES_TIME, GuestIdentity
from models.incident import Incident, IncidentAction
from models.training import BOOKED, SEATED
from services.checking_classes import CLASS_INVARIANTS
from services.credentials import LostKey
from services.purging import ENDED
from services.unit import Unit

INVARIANTS: Mapping[str, str] = {
    "taken equals the assignments that hold a place": """
        SELECT demand.id FROM demand WHERE demand.taken <> (
            SELECT count(*) FROM assignment
            WHERE assignment.demand_id = demand.id AND assignment.status IN :holding)""",
    "no place is taken beyond the places": "SELECT id FROM demand WHERE taken > places OR taken < 0",
    "no two active bookings of a person overlap": """
        SELECT one.id FROM booking AS one JOIN booking AS other
            ON one.volunteer_id = other.volunteer_id AND one.id <> other.id
            AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.active AND other.active""",
    "an assignment holds time exactly while it holds a place": """
        SELECT assignment.id FROM assignment
        LEFT JOIN booking ON booking.source_id = assignment.id AND booking.source_type = 'assignment'
        WHERE booking.id IS NULL OR booking.active <> (assignment.status IN :holding)""",
    "a booking lies where its shift lies": """
        SELECT booking.id FROM booking
        JOIN assignment ON assignment.id = booking.source_id JOIN shift ON shift.id = assignment.shift_id
        WHERE booking.active AND (booking.starts_at <> shift.starts_at OR booking.ends_at <> shift.ends_at
            OR booking.volunteer_id <> assignment.volunteer_id)""",
    "an assignment serves a demand of its own shift": """
        SELECT assignment.id FROM assignment JOIN demand ON demand.id = assignment.demand_id
        WHERE demand.shift_id <> assignment.shift_id""",
    "a filled shift has no open place, nobody tentative and nobody who waits for a stand-in": """
        SELECT shift.id FROM shift WHERE shift.status = 'filled' AND (
            EXISTS (SELECT 1 FROM demand WHERE demand.shift_id = shift.id AND demand.taken < demand.places
                AND demand.role <> 'trainee')
            OR EXISTS (SELECT 1 FROM assignment JOIN demand ON demand.id = assignment.demand_id
                WHERE assignment.shift_id = shift.id AND demand.role <> 'trainee'
                AND assignment.status IN ('tentative', 'standin_wanted')))""",
    "an open shift has an open place, somebody tentative or somebody who waits for a stand-in": """
        SELECT shift.id FROM shift WHERE shift.status = 'open'
            AND NOT EXISTS (SELECT 1 FROM demand WHERE demand.shift_id = shift.id AND demand.taken < demand.places
                AND demand.role <> 'trainee')
            AND NOT EXISTS (SELECT 1 FROM assignment JOIN demand ON demand.id = assignment.demand_id
                WHERE assignment.shift_id = shift.id AND demand.role <> 'trainee'
                AND assignment.status IN ('tentative', 'standin_wanted'))""",
    "a request stands as its shift stands": """
        SELECT dispatch_request.id FROM dispatch_request
        JOIN shift ON shift.source_id = dispatch_request.id AND shift.source_type = 'dispatch_request'
        WHERE (dispatch_request.status = 'matching') <> (shift.status = 'open')
            OR (dispatch_request.status = 'filled') <> (shift.status = 'filled')
            OR (dispatch_request.status = 'in_progress' AND shift.status <> 'in_progress')
            OR (dispatch_request.status = 'cancelled') <> (shift.status = 'cancelled')""",
    "a request in matching or filled has its shift": """
        SELECT dispatch_request.id FROM dispatch_request WHERE dispatch_request.status IN ('matching', 'filled')
            AND NOT EXISTS (SELECT 1 FROM shift WHERE shift.source_id = dispatch_request.id
                AND shift.source_type = 'dispatch_request')""",
    "an occurrence of a series has its day, and nothing else has one": """
        SELECT id FROM dispatch_request WHERE (series_id IS NULL) <> (occurrence_on IS NULL)""",
    "an occurrence belongs to the institution of its series": """
        SELECT dispatch_request.id FROM dispatch_request
        JOIN dispatch_series ON dispatch_series.id = dispatch_request.series_id
        WHERE dispatch_request.organization_id <> dispatch_series.organization_id""",
    "no series is without occurrences": """
        SELECT id FROM dispatch_series WHERE NOT EXISTS (
            SELECT 1 FROM dispatch_request WHERE dispatch_request.series_id = dispatch_series.id)""",
    "an accepted offer has its assignment": """
        SELECT id FROM offer WHERE status = 'accepted' AND assignment_id IS NULL""",
    "nobody is asked twice for one place at one time": """
        SELECT demand_id FROM offer WHERE status = 'sent' GROUP BY demand_id, volunteer_id HAVING count(*) > 1""",
    "waves go on for open shifts alone, and know when": """
        SELECT cascade.id FROM cascade JOIN shift ON shift.id = cascade.shift_id
        WHERE (cascade.status IN ('running', 'exhausted')) <> (cascade.next_at IS NOT NULL)
            OR (cascade.status IN ('running', 'exhausted') AND shift.status <> 'open')""",
    "waves go on only while a place can be taken": """
        SELECT cascade.id FROM cascade JOIN demand ON demand.id = cascade.demand_id
        WHERE cascade.status IN ('running', 'exhausted') AND demand.taken = demand.places
            AND NOT EXISTS (SELECT 1 FROM assignment WHERE assignment.demand_id = demand.id
                AND assignment.status = 'standin_wanted')""",
    "waves belong to a demand of their own shift": """
        SELECT cascade.id FROM cascade JOIN demand ON demand.id = cascade.demand_id
        WHERE demand.shift_id <> cascade.shift_id""",
    "a seat is held by whoever has one, and counted once": """
        SELECT training_session.id FROM training_session WHERE training_session.taken <> (
            SELECT count(*) FROM training_enrollment
            WHERE training_enrollment.session_id = training_session.id AND training_enrollment.status IN :seated)""",
    "a session is full exactly while no seat is left": """
        SELECT id FROM training_session
        WHERE status IN ('open', 'full') AND (status = 'full') <> (taken = capacity)""",
    "nobody has two parts in one session": """
        SELECT session_id FROM training_enrollment WHERE status NOT IN ('declined', 'withdrawn')
        GROUP BY session_id, volunteer_id HAVING count(*) > 1""",
    "a training takes time exactly of those who take part": """
        SELECT training_enrollment.id FROM training_enrollment
        LEFT JOIN booking ON booking.source_id = training_enrollment.id AND booking.source_type = 'enrollment'
            AND booking.active
        WHERE (booking.id IS NOT NULL) <> (training_enrollment.status IN :attending)""",
    "a calendar row of a training lies where the session lies": """
        SELECT booking.id FROM booking
        JOIN training_enrollment ON training_enrollment.id = booking.source_id
        JOIN training_session ON training_session.id = training_enrollment.session_id
        WHERE booking.active AND (booking.starts_at <> training_session.starts_at
            OR booking.ends_at <> training_session.ends_at
            OR booking.volunteer_id <> training_enrollment.volunteer_id)""",
    "a visit takes the time of its expert while it is not called off, and lies where it lies": """
        SELECT advisory_visit.id FROM advisory_visit
        LEFT JOIN booking ON booking.source_id = advisory_visit.id AND booking.source_type = 'advisory_visit'
            AND booking.active
        WHERE (advisory_visit.volunteer_id IS NOT NULL AND advisory_visit.status <> 'cancelled')
            <> (booking.id IS NOT NULL)
            OR booking.starts_at <> advisory_visit.starts_at OR booking.ends_at <> advisory_visit.ends_at
            OR booking.volunteer_id <> advisory_visit.volunteer_id""",
    "a household's head is taken from the yes of the household on": """
        SELECT host_stay.id FROM host_stay
        LEFT JOIN booking ON booking.source_id = host_stay.id AND booking.source_type = 'host_stay' AND booking.active
        WHERE (booking.id IS NOT NULL) <> (host_stay.status IN :hosted)""",
    "a calendar row of a stay lies where the stay lies": """
        SELECT booking.id FROM booking
        JOIN host_stay ON host_stay.id = booking.source_id LEFT JOIN host ON host.id = host_stay.host_id
        WHERE booking.active AND (booking.starts_at <> host_stay.starts_at OR booking.ends_at <> host_stay.ends_at
            OR host.id IS NULL OR booking.volunteer_id <> host.volunteer_id)""",
    "a certificate of a training that is not complete is revoked": """
        SELECT training_enrollment.id FROM training_enrollment
        JOIN training_session ON training_session.id = training_enrollment.session_id
        JOIN training_course ON training_course.id = training_session.course_id
        JOIN certification ON certification.enrollment_id = training_enrollment.id
            AND certification.revoked_reason IS NULL
        WHERE training_enrollment.status <> 'completed'""",
    "a plan is held exactly while it is solved": """
        SELECT id FROM plan WHERE (status = 'solving') <> (lease IS NOT NULL)
            OR (lease IS NULL) <> (leased_until IS NULL)""",
    "a line of a plan that was carried out names what came of it": """
        SELECT id FROM plan_proposal WHERE (outcome = 'assigned' AND assignment_id IS NULL)
            OR (outcome = 'offered' AND change <> 'replace' AND offer_id IS NULL) OR (outcome = 'refused' AND code IS NULL)""",
    "who a family is has its day to be purged exactly once its request has ended": """
        SELECT client_identity.id FROM client_identity
        JOIN request_client ON request_client.id = client_identity.request_client_id
        JOIN dispatch_request ON dispatch_request.id = request_client.request_id
        WHERE (client_identity.purge_on IS NOT NULL) <> (dispatch_request.status IN :ended)""",
    "who came to a consultation is to be forgotten exactly once it is settled": """
        SELECT consultation_identity.id FROM consultation_identity
        JOIN consultation ON consultation.id = consultation_identity.consultation_id
        WHERE (consultation_identity.purge_on IS NULL) <> (consultation.settled_at IS NULL)""",
    "a consultation that goes on is not dated to be erased": """
        SELECT id FROM consultation WHERE purge_on IS NOT NULL AND settled_at IS NULL""",
    "a consultation that was handed on has its referral": """
        SELECT id FROM consultation WHERE status = 'referred' AND NOT EXISTS (
            SELECT 1 FROM referral WHERE referral.consultation_id = consultation.id)""",
    "the shifts of an event stand as it stands": """
        SELECT event.id FROM event JOIN shift ON shift.source_id = event.id AND shift.source_type = 'event'
        WHERE (event.status IN ('planned', 'cancelled') AND shift.status IN ('open', 'filled'))
            OR (event.status = 'open' AND shift.status = 'planned')""",
    "a lecture that is taken on has its shift": """
        SELECT id FROM lecture_engagement WHERE status IN ('open', 'confirmed') AND NOT EXISTS (
            SELECT 1 FROM shift WHERE shift.source_id = lecture_engagement.id
                AND shift.source_type = 'lecture_engagement')""",
    "no shift looks for lecturers who are not wanted, or not certain": """
        SELECT lecture_engagement.id FROM lecture_engagement
        JOIN shift ON shift.source_id = lecture_engagement.id AND shift.source_type = 'lecture_engagement'
        WHERE shift.status IN ('open', 'filled') AND lecture_engagement.status = 'cancelled'
            OR shift.status = 'open' AND lecture_engagement.status = 'confirmed'""",
    "every assignment has its audit row": """
        SELECT assignment.id FROM assignment WHERE NOT EXISTS (
            SELECT 1 FROM audit_event WHERE audit_event.object_type = 'assignment'
                AND audit_event.object_id = assignment.id)""",
    **CLASS_INVARIANTS,
}


_STATES: Mapping[str, Collection[str]] = {
    "holding": HOLDING,
    "seated": SEATED,
    "attending": BOOKED,
    "hosted": TAKES_TIME,
    "placed": WITH_PLACE,
    "came": ATTENDING,
    "ended": ENDED,
}
"""Sets of states that invariants name."""


def faults(session: Session) -> list[str]:
    """Return one line per broken invariant, with how many rows break it; an empty list is a clean database."""
    found = []
    for name, statement in INVARIANTS.items():
        rows = session.execute(_bound(statement)).all()
        if rows:
            found.append(f"{name}: {len(rows)} rows, such as {rows[0][0]}")
    return found


Sealed = ClientIdentity | ConsultationIdentity | GuestIdentity | AppointmentContact | Incident | IncidentAction
_IDENTITIES = (ClientIdentity, ConsultationIdentity, GuestIdentity, AppointmentContact)


def lost_identities(unit: Unit) -> int:
    """Return how many identities no configured client key opens: families, guests, envoys, who came to a consultation."""
    return sum(_lost(unit, table) for table in _IDENTITIES)


def lost_incidents(unit: Unit) -> int:
    """Return how many reports of incidents, and steps taken about them, no configured client key opens."""
    return _lost(unit, Incident) + _lost(unit, IncidentAction)


def _lost(unit: Unit, table: type[Sealed]) -> int:
    return sum(not _opens(unit, sealed) for sealed in unit.session.exec(select(table.sealed)))


def _opens(unit: Unit, sealed: str) -> bool:
    try:
        unit.vault.open(sealed)
    except LostKey:
        return False
    return True


def _bound(statement: str) -> sa.TextClause:
    named = {name: states for name, states in _STATES.items() if f":{name}" in statement}
    return sa.text(statement).bindparams(
        *(sa.bindparam(name, sorted(states), expanding=True) for name, states in named.items())
    )
