"""Nothing of a person is kept beyond its time: who left becomes a number, and what she did stays countable (§9 rule 9)."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.account import Account, AccountStatus, LinkPurpose
from models.assignment import Assignment
from models.device_loan import DeviceLoan
from models.document import IssuedDocument
from models.growing import EarlierSteps
from models.host import Host
from models.incident import Incident, IncidentStatus
from models.key_person import KeyPerson
from models.person import ContactChannel, Gender, Person
from models.record import Notice, NoticeStatus
from models.recruitment import VolunteerApplication, VolunteerCheck
from models.retention import KeptBy, LegalHold
from models.shift import Shift
from models.volunteer import Volunteer
from services import states
from services.envoys import ENVOY_LETTER, outlive
from services.host_leaving import leave_hosting
from services.inviting import void_links
from services.registering import moved
from services.registration_ends import leave_teaching
from services.signing_in import revoke_all
from services.unit import Unit

OF_THE_PERSON: Final[dict[str, Any]] = {
    **dict.fromkeys(
        (
            "family_name",
            "given_name",
            "family_kana",
            "given_kana",
            "full_name",
            "latin_name",
            "common_name",
            "preferred_name",
            "birth_date",
            "native_language",
            "phone",
            "phone_wrong_at",
            "email",
            "district_code",
            "nationality",
        )
    ),
    "contact_languages": [],
    "gender": int(Gender.UNKNOWN),
    "contact_channel": ContactChannel.POSTAL,
}


OF_THE_VOLUNTEER: Final[dict[str, Any]] = {
    **dict.fromkeys(("occupation", "left_reason", "affiliation_id")),
    "notes_staff": "",
}
EMPTIED: Final[tuple[tuple[Any, dict[str, Any], Any], ...]] = (
    (
        VolunteerApplication,
        {**dict.fromkeys(("college", "guardian_name", "guardian_phone")), "motivation": ""},
        sa.true(),
    ),
    (VolunteerCheck, {"note": ""}, sa.true()),
    (EarlierSteps, {"reason": ""}, sa.true()),
    (Notice, {"address": None, "facts": {}}, col(Notice.kind) != ENVOY_LETTER),
    (IssuedDocument, {"holder": []}, sa.true()),
    (KeyPerson, {"languages": [], "countries": [], "districts": [], "contact_scope": []}, sa.true()),
    (
        Host,
        {
            "languages": [],
            "traits": [],
            "dates": [],
            "household_size": 1,
            "has_children": False,
            "district_code": None,
        },
        sa.true(),
    ),
    (DeviceLoan, {"note": ""}, sa.true()),
)
"""Her own words, her guardian, remarks about her and her loans, the addresses she was written to, her name on papers,
her communities, her household.

Letters to an envoy go out under a consent of their own.
"""


def keeping() -> dict[KeptBy, Any]:
    """Return what keeps somebody's data beyond their day, each as a condition of her row.

    An incident is hers that is about an assignment of hers, or about the request or session that she stood on.
    """
    hold = sa.exists().where(col(LegalHold.volunteer_id) == Volunteer.id, col(LegalHold.lifted_at).is_(None))
    incident = (
        sa.select(1)
        .select_from(Incident)
        .join(Assignment, col(Assignment.volunteer_id) == Volunteer.id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(
            col(Incident.status) == IncidentStatus.OPEN, col(Incident.about_id).in_([Assignment.id, Shift.source_id])
        )
        .correlate(Volunteer)
        .exists()
    )
    return {KeptBy.LEGAL_HOLD: hold, KeptBy.OPEN_INCIDENT: incident}


def due(unit: Unit) -> SelectOfScalar[UUID]:
    """Return whose retention is over, and whose data nothing keeps."""
    return select(Volunteer.id).where(col(Volunteer.purge_on) <= unit.today, ~sa.or_(*keeping().values()))


def anonymize(unit: Unit, volunteer: Volunteer) -> None:
    """Empty whatever tells who a locked volunteer was; the audit log keeps that it was done."""
    is_due = volunteer.purge_on is not None and volunteer.purge_on <= unit.today
    if not is_due or not states.VOLUNTEER.leads(volunteer.status, "anonymize") or _is_kept(unit, volunteer):
        return
    moved(unit, volunteer, "anonymize")
    volunteer.sqlmodel_update({**OF_THE_VOLUNTEER, "purge_on": None})
    person = unit.lock(Person, volunteer.person_id)
    person.sqlmodel_update(OF_THE_PERSON)
    person.touch(unit.now)
    _close_account(unit, person)
    leave_hosting(unit, volunteer, gone=True)
    leave_teaching(unit, volunteer)  # of an expired one it rested until now
    outlive(unit, volunteer)
    _empty_papers(unit, volunteer)


def _is_kept(unit: Unit, volunteer: Volunteer) -> bool:
    kept = select(Volunteer.id).where(Volunteer.id == volunteer.id, sa.or_(*keeping().values()))
    return unit.session.exec(kept).first() is not None


def _close_account(unit: Unit, person: Person) -> None:
    account = unit.session.exec(select(Account).where(Account.person_id == person.id)).one_or_none()
    if account is None:
        return
    revoke_all(unit, account)
    void_links(unit, account, *LinkPurpose)
    account.email, account.display_name = f"{account.id}@anonymized.invalid", str(account.id)
    account.status, account.password_hash = AccountStatus.DISABLED, None
    letters = sa.update(Notice).where(col(Notice.account_id) == account.id)
    unsent = letters.where(col(Notice.status) == NoticeStatus.PENDING)
    unit.session.execute(unsent.values(status=NoticeStatus.FAILED))
    unit.session.execute(letters.values(address=None, facts={}))
    account.touch(unit.now)
    unit.audit("account.anonymize", account)


def _empty_papers(unit: Unit, volunteer: Volunteer) -> None:
    for table, empty, which in EMPTIED:
        unit.session.execute(sa.update(table).where(table.volunteer_id == volunteer.id, which).values(**empty))
