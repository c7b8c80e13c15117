"""Classrooms, who teaches there, and their terms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanCreateClassrooms,
    CanRunClassrooms,
    CanWriteLearners,
    GuardedWorkDep,
    PlainWorkDep,
    PreviewDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers
from models.attendance import GuardianCall, GuardianCallAnswer
from models.class_session import Calloff, SessionChanges, TermPatch, TermRulePut, TermView
from models.classroom import (
    ClassroomCreate,
    ClassroomPatch,
    ClassroomView,
    TermCreate,
    TutorContact,
    TutorList,
    TutorView,
)
from models.fields import Day, Items
from models.pairing import PairingProposalCreate, PairingProposals
from services import changing_rules, classrooms, guardian_calls, moving_classes, proposing_pairs, terms, tutor_contacts
from services.amending_series import Aim, Scope
from services.paging import Page

router = APIRouter(prefix="/v1/classrooms", tags=["classrooms"])
Meant = Annotated[Scope, Query(description="One session, one and all later ones, or all that are still to come")]
From = Annotated[
    Day | None, Query(alias="from", description="For `one` and `following`: the session, by its `occurrence_on`")
]


@router.get("", response_model=Page[ClassroomView], responses=answers(403))
def list_classrooms(caller: CanRunClassrooms, work: PlainWorkDep, ask: AskDep) -> Response:
    """List classrooms by code: all for staff, her institution's for a manager."""
    return work.read(caller, classrooms.list_classrooms, ask)


@router.post("", status_code=201, response_model=ClassroomView, responses=answers(403))
def create_classroom(draft: ClassroomCreate, caller: CanCreateClassrooms, work: WorkDep) -> Response:
    """Set a classroom up."""
    return work.create(caller, classrooms.create, draft)


@router.get("/{classroom_id}", response_model=ClassroomView, responses=answers(403, 404))
def read_classroom(classroom_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """Read a classroom."""
    return work.read(caller, classrooms.read_classroom, classroom_id)


@router.patch("/{classroom_id}", response_model=ClassroomView, responses=answers(403, 404, 409, 412, 428))
def change_classroom(
    classroom_id: UUID, patch: ClassroomPatch, caller: CanRunClassrooms, work: GuardedWorkDep
) -> Response:
    """Correct a classroom; terms that were made keep what they asked for, but for whether tutors are cleared for children."""
    return work.write(caller, classrooms.change, classroom_id, patch)


@router.get("/{classroom_id}/tutors", response_model=Items[TutorView], responses=answers(403, 404))
def list_tutors(classroom_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """List who teaches in a classroom: lead, regular and reserve."""
    return work.read(caller, classrooms.list_tutors, classroom_id)


@router.put("/{classroom_id}/tutors", response_model=Items[TutorView], responses=answers(403, 404, 412, 428))
def name_tutors(classroom_id: UUID, draft: TutorList, caller: CanRunClassrooms, work: GuardedWorkDep) -> Response:
    """Say anew who teaches in a classroom; reserves are called first when somebody is missing."""
    return work.write(caller, classrooms.name_tutors, classroom_id, draft)


@router.get("/{classroom_id}/tutor-contacts", response_model=Items[TutorContact], responses=answers(403, 404))
def list_tutor_contacts(classroom_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """List how the tutors of a classroom are reached and what they speak; whose number was read is written to the log."""
    return work.write(caller, tutor_contacts.tutor_contacts, classroom_id)


@router.get("/{classroom_id}/guardian-calls", response_model=Items[GuardianCall], responses=answers(403, 404))
def list_guardian_calls(classroom_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """List whose guardians are to be telephoned, in which language and why; whose number was read is written to the log."""
    return work.write(caller, guardian_calls.guardian_calls, classroom_id)


@router.post(
    "/{classroom_id}/guardian-calls/{learner_id}", response_model=Items[GuardianCall], responses=answers(403, 404)
)
def answer_guardian_call(
    classroom_id: UUID, learner_id: UUID, draft: GuardianCallAnswer, caller: CanRunClassrooms, work: WorkDep
) -> Response:
    """Note what came of a call to a guardian; who was reached leaves the list, which is answered as it is now."""
    return work.write_unkept(caller, guardian_calls.answer, guardian_calls.answered, classroom_id, learner_id, draft)


@router.post(
    "/{classroom_id}/pairing-proposals", response_model=PairingProposals, responses=answers(403, 404, 409, 412)
)
def propose_pairs(
    classroom_id: UUID,
    draft: Annotated[PairingProposalCreate, may_be_absent(PairingProposalCreate)],
    caller: CanWriteLearners,
    work: WorkDep,
) -> Response:
    """Propose a tutor for every learner who has none, with the reasons; each is accepted or dropped by itself."""
    return work.write(caller, proposing_pairs.propose_all, classroom_id, draft)


@router.get("/{classroom_id}/terms", response_model=Items[TermView], responses=answers(403, 404))
def list_terms(classroom_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """List the terms of a classroom with their sessions, soonest first."""
    return work.read(caller, terms.list_terms, classroom_id)


@router.post("/{classroom_id}/terms", status_code=201, response_model=TermView, responses=answers(403, 404, 409, 412))
def create_term(classroom_id: UUID, draft: TermCreate, caller: CanRunClassrooms, work: WorkDep) -> Response:
    """Make the sessions of a term from a rule, holidays left out; each opens a shift for its tutors."""
    return work.create(caller, terms.create, classroom_id, draft)


@router.get("/{classroom_id}/terms/{term_id}", response_model=TermView, responses=answers(403, 404))
def read_term(classroom_id: UUID, term_id: UUID, caller: CanRunClassrooms, work: PlainWorkDep) -> Response:
    """Read a term with its sessions, soonest first."""
    return work.read(caller, terms.read_term, classroom_id, term_id)


@router.patch(
    "/{classroom_id}/terms/{term_id}", response_model=SessionChanges, responses=answers(403, 404, 409, 412, 428)
)
def change_term(  # noqa: PLR0913 - each is a parameter of the operation
    classroom_id: UUID,
    term_id: UUID,
    patch: TermPatch,
    caller: CanRunClassrooms,
    work: GuardedWorkDep,
    *,
    scope: Meant = Scope.ALL,
    start: From = None,
    preview: PreviewDep = False,
) -> Response:
    """Change the hour of sessions or how many tutors they ask for; their tutors follow, or are asked again."""
    aim = Aim(scope, start)
    return work.write(caller, moving_classes.change_term, classroom_id, term_id, patch, aim, preview=preview)


@router.put(
    "/{classroom_id}/terms/{term_id}/rule", response_model=SessionChanges, responses=answers(403, 404, 409, 412, 428)
)
def change_rule(  # noqa: PLR0913 - each is a parameter of the operation
    classroom_id: UUID,
    term_id: UUID,
    draft: TermRulePut,
    caller: CanRunClassrooms,
    work: GuardedWorkDep,
    *,
    scope: Meant = Scope.ALL,
    start: From = None,
    preview: PreviewDep = False,
) -> Response:
    """Give what is still to come other days: sessions move within their week, their tutors follow or are asked again."""
    aim = Aim(scope, start)
    return work.write(caller, changing_rules.change_rule, classroom_id, term_id, draft, aim, preview=preview)


@router.post(
    "/{classroom_id}/terms/{term_id}/cancel", response_model=SessionChanges, responses=answers(403, 404, 409, 412)
)
def cancel_term(  # noqa: PLR0913 - each is a parameter of the operation
    classroom_id: UUID,
    term_id: UUID,
    draft: Calloff,
    caller: CanRunClassrooms,
    work: WorkDep,
    *,
    scope: Meant = Scope.ALL,
    start: From = None,
    preview: PreviewDep = False,
) -> Response:
    """Cancel one session, one and all later ones, or all still to come; tutors are told."""
    aim = Aim(scope, start)
    return work.write(caller, moving_classes.cancel_term, classroom_id, term_id, draft, aim, preview=preview)
