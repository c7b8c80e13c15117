"""Papers that the foundation issues: certificates and attestations, and how anybody checks one (domain.md §4.2)."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.competence import Certification, CertificationStatus
from models.document import ActivityYear, DocumentCheck, DocumentCreate, DocumentKind, DocumentView, IssuedDocument
from models.person import Person
from models.training import TrainingCourse, TrainingEnrollment, TrainingSession
from models.volunteer import Volunteer, VolunteerStatus
from services.actor import Actor
from services.errors import NotFound, Refused, invalid
from services.hours import activity_of
from services.paging import Ask, Order, Page, page, scope_of
from services.paper import Named, Paper
from services.queries import find
from services.recording import status_of
from services.unit import Unit
from services.volunteering import take_near
from services.wording import say

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without those that are mistaken for others."""
LENGTH, GROUP = 16, 4
_READ_AS = str.maketrans("OIL", "011", "- ")
IN_FORCE = frozenset({CertificationStatus.VALID, CertificationStatus.EXPIRING})


def visible_documents(actor: Actor) -> Select[Any]:
    """Staff see all papers, everybody else those about herself."""
    documents: Select[Any] = select(IssuedDocument)
    return documents if actor.is_staff else documents.where(col(IssuedDocument.volunteer_id) == actor.volunteer_id)


def list_documents(unit: Unit, ask: Ask, volunteer_id: UUID | None) -> Page[DocumentView]:
    """Return papers of the caller's scope, newest first."""
    statement = visible_documents(unit.actor)
    if volunteer_id is not None:
        statement = statement.where(col(IssuedDocument.volunteer_id) == volunteer_id)
    order = Order((IssuedDocument.issued_at, IssuedDocument.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("documents", volunteer_id))


def read_document(unit: Unit, document_id: UUID) -> DocumentView:
    """Return a paper of the caller's scope. Raises `NotFound`."""
    return _show(unit, find(unit, visible_documents(unit.actor), IssuedDocument, document_id))


def issue(unit: Unit, draft: DocumentCreate) -> DocumentView:
    """Issue a paper to staff or to whom it is about.

    Raises `NotFound`, `InvalidFields` for what does not belong to its kind, `Refused` for a certificate that is not in
    force (`DOC_NOT_VALID`), or where nothing was done that could be attested (`DOC_NO_HOURS`).
    """
    if draft.kind is DocumentKind.CERTIFICATE:
        certificate = _certificate(unit, draft)
        volunteer, facts = take_near(unit, certificate.volunteer_id), _certified(unit, certificate)
    else:
        volunteer = _doer(unit, draft)
        facts = _attested(activity_of(unit, volunteer.id, draft.fiscal_year))
        if not facts["minutes"]:
            raise Refused("DOC_NO_HOURS")
    person = unit.get(Person, volunteer.person_id)
    document = unit.add(
        IssuedDocument(
            **unit.stamp(),
            kind=draft.kind,
            check_code="".join(secrets.choice(LETTERS) for _ in range(LENGTH)),
            volunteer_id=volunteer.id,
            certification_id=draft.certification_id,
            language=draft.language,
            holder=[{"text": one.text, "reading": one.reading} for one in _named(person)],
            facts=facts,
            issued_at=unit.now,
        )
    )
    unit.audit(f"document.{draft.kind}", document, subject=volunteer.id)
    return _show(unit, document)


def _certificate(unit: Unit, draft: DocumentCreate) -> Certification:
    if draft.volunteer_id is not None or draft.fiscal_year is not None:
        raise invalid("/kind", "FIELD_CONFLICT", other="volunteer_id")
    certificate = unit.session.get(Certification, draft.certification_id) if draft.certification_id else None
    if certificate is None or not _may_see(unit, certificate.volunteer_id):
        raise invalid("/certification_id")
    status = status_of(unit, certificate)
    if status not in IN_FORCE:
        raise Refused("DOC_NOT_VALID", {"state": status})
    return certificate


def _may_see(unit: Unit, volunteer_id: UUID) -> bool:
    return unit.actor.is_staff or unit.actor.volunteer_id == volunteer_id


def _doer(unit: Unit, draft: DocumentCreate) -> Volunteer:
    volunteer_id = draft.volunteer_id or unit.actor.volunteer_id
    if draft.certification_id is not None:
        raise invalid("/kind", "FIELD_CONFLICT", other="certification_id")
    if volunteer_id is None or not _may_see(unit, volunteer_id) or unit.session.get(Volunteer, volunteer_id) is None:
        raise invalid("/volunteer_id")
    return take_near(unit, volunteer_id)


def _certified(unit: Unit, certificate: Certification) -> dict[str, Any]:
    course = (
        select(TrainingCourse.title)
        .join(TrainingSession, col(TrainingSession.course_id) == TrainingCourse.id)
        .join(TrainingEnrollment, col(TrainingEnrollment.session_id) == TrainingSession.id)
        .where(TrainingEnrollment.id == certificate.enrollment_id)
    )
    return {
        "title": unit.session.exec(course).first(),
        "code": certificate.cert_code,
        "granted_on": certificate.granted_on.isoformat(),
        "expires_on": certificate.expires_on.isoformat() if certificate.expires_on else None,
    }


def _attested(years: Sequence[ActivityYear]) -> dict[str, Any]:
    return {"years": [one.model_dump() for one in years], "minutes": sum(one.minutes for one in years)}


def _named(person: Person) -> list[Named]:
    """Return the name with its reading above each part; a name that has one form alone stands without."""
    parts = [(person.family_name, person.family_kana), (person.given_name, person.given_kana)]
    return [Named(text, reading) for text, reading in parts if text] or [Named(person.display_name)]


def print_document(unit: Unit, document_id: UUID) -> Paper:
    """Return a paper to be printed, as it was issued. Raises `NotFound`."""
    document = find(unit, visible_documents(unit.actor), IssuedDocument, document_id)

    def said(code: str, **facts: object) -> str:
        return say("papers", f"{document.kind}_{code}", document.language, facts, unit.zone)

    body, table = _words(document, said)
    foot = {
        "issued_on": unit.local_day(document.issued_at),
        "foundation": unit.rules.foundation_name,
        "check_url": _url(unit, document),
        "check_code": spelled(document.check_code),
    }
    lines = [say("papers", code, document.language, foot, unit.zone) for code in ("issued", "signed", "check", "code")]
    return Paper(
        name=f"{document.kind}-{document.check_code}",
        language=document.language,
        heading=said("heading"),
        holder=[Named(part["text"], part["reading"]) for part in document.holder],
        body=body,
        table=table,
        foot=lines,
        issued_at=document.issued_at,
    )


def _words(document: IssuedDocument, said: Any) -> tuple[list[str], list[list[str]]]:
    facts = document.facts
    if document.kind is DocumentKind.CERTIFICATE:
        title = facts["title"] or facts["code"]
        lines = [said("body", title=title), said("granted", granted_on=_day(facts["granted_on"]))]
        until = _day(facts["expires_on"])
        return [*lines, said("expires", expires_on=until) if until else said("for_good")], []
    rows = [
        [
            said("year", fiscal_year=one["fiscal_year"]),
            said("kind", kind=one["kind"]),
            said("count", activities=one["activities"]),
            said("time", hours=one["minutes"] // 60, minutes=one["minutes"] % 60),
        ]
        for one in facts["years"]
    ]
    return [said("body"), said("total", hours=facts["minutes"] // 60, minutes=facts["minutes"] % 60)], rows


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def check(unit: Unit, code: str) -> DocumentCheck:
    """Return what a paper says and whether it holds, to anybody who has its code. Raises `NotFound`.

    Of somebody who has been anonymised nothing is known any more.
    """
    plain = code.upper().translate(_READ_AS)
    if not set(plain) <= set(LETTERS):
        raise NotFound
    document = unit.session.exec(select(IssuedDocument).where(IssuedDocument.check_code == plain)).one_or_none()
    if document is None or unit.get(Volunteer, document.volunteer_id).status is VolunteerStatus.ANONYMIZED:
        raise NotFound
    facts = document.facts
    certificate = unit.get(Certification, document.certification_id) if document.certification_id else None
    return DocumentCheck(
        kind=document.kind,
        status=status_of(unit, certificate) if certificate else CertificationStatus.VALID,
        foundation=unit.rules.foundation_name,
        holder=" ".join(part["text"] for part in document.holder),
        issued_on=unit.local_day(document.issued_at),
        title=(facts["title"] or facts["code"]) if certificate else None,
        granted_on=_day(facts.get("granted_on")),
        expires_on=_day(facts.get("expires_on")),
        years=[ActivityYear(**one) for one in facts["years"]] if certificate is None else None,
        minutes=facts.get("minutes"),
    )


def spelled(code: str) -> str:
    """Return a code in groups, as people read it out."""
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def _url(unit: Unit, document: IssuedDocument) -> str:
    return f"{unit.rules.public_url}/v1/certificate-checks/{document.check_code}"


def _show(unit: Unit, document: IssuedDocument) -> DocumentView:
    return _show_all(unit, [document])[0]


def _show_all(unit: Unit, documents: Sequence[IssuedDocument]) -> list[DocumentView]:
    return [
        DocumentView.model_validate(
            document.model_dump() | {"check_code": spelled(document.check_code), "check_url": _url(unit, document)}
        )
        for document in documents
    ]
