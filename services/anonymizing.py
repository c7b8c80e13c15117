"""Nothing of a person is kept beyond its time: who left becomes a number, and what she did stays countable (§9 rule 9)."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.account import Account, AccountStatus, LinkPurpose
from models.document import IssuedDocument
from models.growing import EarlierSteps
from models.person import ContactChannel, Gender, Person
from models.record import Notice
from models.recruitment import VolunteerApplication, VolunteerCheck
from models.volunteer import Volunteer
from services import states
from services.inviting import void_links
from services.registering import moved
from services.signing_in import revoke_all
from services.unit import Unit

_EMPTY: Final[dict[str, Any]] = {
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


def due(unit: Unit) -> SelectOfScalar[UUID]:
    """Return whose retention is over."""
    return select(Volunteer.id).where(col(Volunteer.purge_on) <= unit.today)


def anonymize(unit: Unit, volunteer: Volunteer) -> None:
    """Empty whatever tells who a locked volunteer was; the audit log keeps that it was done."""
    is_due = volunteer.purge_on is not None and volunteer.purge_on <= unit.today
    if not is_due or not states.VOLUNTEER.leads(volunteer.status, "anonymize"):
        return
    moved(unit, volunteer, "anonymize")
    volunteer.purge_on = volunteer.occupation = volunteer.left_reason = volunteer.affiliation_id = None
    volunteer.notes_staff = ""
    person = unit.lock(Person, volunteer.person_id)
    person.sqlmodel_update(_EMPTY)
    person.touch(unit.now)
    _close_account(unit, person)
    _empty_papers(unit, volunteer)


def _close_account(unit: Unit, person: Person) -> None:
    account = unit.session.exec(select(Account).where(Account.person_id == person.id)).one_or_none()
    if account is None:
        return
    revoke_all(unit, account)
    void_links(unit, account, *LinkPurpose)
    account.email, account.display_name = f"{account.id}@anonymized.invalid", str(account.id)
    account.status, account.password_hash = AccountStatus.DISABLED, None
    account.touch(unit.now)
    unit.audit("account.anonymize", account)


def _empty_papers(unit: Unit, volunteer: Volunteer) -> None:
    """Empty her own words, her guardian, remarks about her, the addresses she was written to, and her name on papers."""
    told = dict.fromkeys(("college", "guardian_name", "guardian_phone"))
    tables: tuple[tuple[Any, dict[str, Any]], ...] = (
        (VolunteerApplication, {**told, "motivation": ""}),
        (VolunteerCheck, {"note": ""}),
        (EarlierSteps, {"reason": ""}),
        (Notice, {"address": None, "facts": {}}),
        (IssuedDocument, {"holder": []}),
    )
    for table, empty in tables:
        unit.session.execute(sa.update(table).where(table.volunteer_id == volunteer.id).values(**empty))
