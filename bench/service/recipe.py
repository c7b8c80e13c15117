"""The same two endpoints in the usual recipe: a session from a yield-dependency, entities through `response_model`.

What is checked and what is written is the product's: the same scopes, `scheduling.judge`, the same rows. Three things
it is spared, or it would stand still under load: it gets the product's engines with a pool for twice the clients; the
account is read in a session of its own, and nothing is read again after the commit. Else, on SQLite, a request holds
the lock for writing while it waits for a thread, and every thread waits for that lock.
"""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.security import OAuth2PasswordBearer
from pydantic import AliasPath, Field
from sqlmodel import Session, col, select

from api.authn import verify
from api.db import Wiring
from bench.service.recipe_claim import settle, write
from bench.service.recipe_tables import relate, whole_shift, whole_volunteer
from bench.service.recipe_values import problem_of, shift_value
from models.account import Account, AccountStatus, Role
from models.assignment import HOLDING, AssignmentStatus, AssignmentView, Booking, ClaimCreate
from models.competence import VolunteerLanguage
from models.offer import OfferStatus
from models.organization import PopulationStatistic
from models.shift import ClaimPolicy, Demand, DemandLanguage, Shift, ShiftStatus, ShiftView
from models.volunteer import Volunteer
from scheduling.constraints import judge
from scheduling.problem import Door
from services import states
from services.actor import Actor
from services.claim_rules import choose_need, wants_consent
from services.paging import Page
from services.policies import permissions_of
from services.queries import visible_shifts

router = APIRouter()
relate()
_bearer = OAuth2PasswordBearer(tokenUrl="token")


class ShiftRead(ShiftView):
    """A shift as a volunteer sees it before confirmation, read from the entity and its relationships."""

    service_type: str = Field(validation_alias=AliasPath("service_type", "code"))
    district: str | None = Field(validation_alias="district_code")
    facility: None = Field(default=None, validation_alias="withheld")


class AssignmentRead(AssignmentView):
    """An assignment, read from the entity and its relationships."""

    badge_name: str = Field(validation_alias=AliasPath("volunteer", "person", "badge_name"))
    overrides: None = Field(default=None, validation_alias="withheld")


def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


WiringDep = Annotated[Wiring, Depends(_wiring)]


def _session(wiring: WiringDep) -> Iterator[Session]:
    with Session(wiring.database.reading) as session:
        yield session


def _writing_session(wiring: WiringDep) -> Iterator[Session]:
    with Session(wiring.database.writing, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[Session, Depends(_session)]
WritingDep = Annotated[Session, Depends(_writing_session)]


def _current(wiring: WiringDep, session: SessionDep, token: Annotated[str, Depends(_bearer)]) -> Account:
    account = session.get(Account, verify(token, wiring.vault.secret_key, wiring.clock()))
    if account is None or account.status is not AccountStatus.ACTIVE:
        raise HTTPException(401)
    return account


AccountDep = Annotated[Account, Depends(_current)]


@router.get("/v1/shifts", response_model=Page[ShiftRead])
def list_shifts(
    wiring: WiringDep,
    session: SessionDep,
    account: AccountDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    claimable: Annotated[bool, Query()] = True,  # noqa: ARG001, FBT002 - the recipe knows this list only
) -> Any:
    volunteer = _volunteer(session, account)
    statement = (
        visible_shifts(_actor(account, volunteer))
        .where(*_claimable(volunteer.id, wiring.clock()))
        .options(*whole_shift())
        .order_by(col(Shift.starts_at), col(Shift.id))
        .limit(limit + 1)
    )
    found = session.execute(statement, {"me": volunteer.id}).scalars().unique().all()
    shown = _judged(wiring, session, volunteer, found[:limit])
    return Page(items=shown, next_cursor=str(found[limit - 1].id) if len(found) > limit else None)


def _volunteer(session: Session, account: Account) -> Volunteer:
    statement = select(Volunteer).where(Volunteer.person_id == account.person_id).options(*whole_volunteer())
    return session.exec(statement).unique().one()


def _actor(account: Account, volunteer: Volunteer) -> Actor:
    return Actor(account.id, frozenset(account.roles), None, volunteer.id, account.person_id)  # type: ignore[arg-type]


def _claimable(volunteer_id: UUID, now: Any) -> list[Any]:
    hers = select(VolunteerLanguage.tag).where(VolunteerLanguage.volunteer_id == volunteer_id)
    fitting = select(DemandLanguage.demand_id).where(col(DemandLanguage.tag).in_(hers))
    with_place = select(Demand.id).where(col(Demand.id).in_(fitting), col(Demand.taken) < col(Demand.places))
    busy = sa.exists().where(
        col(Booking.volunteer_id) == volunteer_id,
        col(Booking.active),
        col(Booking.starts_at) < col(Shift.ends_at),
        col(Shift.starts_at) < col(Booking.ends_at),
    )
    return [
        col(Shift.status) == ShiftStatus.OPEN,
        col(Shift.starts_at) > now,
        col(Shift.claim_policy) != ClaimPolicy.OFFER_ONLY,
        sa.exists().where(col(Demand.shift_id) == Shift.id, col(Demand.id).in_(with_place)),
        ~busy,
    ]


def _judged(wiring: Wiring, session: Session, volunteer: Any, shifts: Any) -> list[ShiftRead]:
    today = wiring.clock().astimezone(wiring.rules.zone).date()
    problem = problem_of(session, wiring.rules, today, volunteer, [shift_value(shift) for shift in shifts])
    counts = {(row.language, row.district_code): row.count for row in session.exec(_statistics())}
    shown = []
    for shift, value in zip(shifts, problem.shifts, strict=True):
        need = choose_need(problem.volunteers[0], value)
        verdict = judge(problem, problem.volunteers[0], value, need, Door.claim)
        if verdict.eligible and need.open_places:
            view = ShiftRead.model_validate(shift)
            view.actions = ["claim"]
            view.consent_needed = [broke.code for broke in verdict.consent_needed if wants_consent(broke)]
            _withhold(wiring, view, shift, volunteer, counts)
            shown.append(view)
    return shown


def _statistics() -> Any:
    return select(PopulationStatistic).order_by(col(PopulationStatistic.as_of))


def _withhold(wiring: Wiring, view: ShiftRead, shift: Any, volunteer: Any, counts: Any) -> None:
    """Take away what she may not know before confirmation; who stands on a shift sees it, whom none of these do."""
    zone = wiring.rules.zone
    view.starts_at, view.ends_at = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
    stands = any(one.volunteer_id == volunteer.id and one.status in HOLDING for one in shift.assignments)
    asked = any(one.volunteer_id == volunteer.id and one.status is OfferStatus.SENT for one in shift.offers)
    rare = wiring.rules.rare_language_residents
    if any(counts.get((demand.language, shift.district_code), 0) < rare for demand in shift.demands):
        view.district = None
    if shift.service_type.sensitive and not stands and not asked:
        view.service_type = "consultation"


@router.post("/v1/shifts/{shift_id}/claims", status_code=201, response_model=AssignmentRead)
def claim(shift_id: UUID, draft: ClaimCreate, wiring: WiringDep, session: WritingDep, account: AccountDep) -> Any:
    volunteer = session.exec(
        select(Volunteer)
        .where(Volunteer.person_id == account.person_id)
        .options(*whole_volunteer())
        .with_for_update(key_share=True, of=Volunteer)
    ).unique()
    person = volunteer.one()
    seen = visible_shifts(_actor(account, person)).where(col(Shift.id) == shift_id)
    locking = seen.with_for_update(key_share=True, of=Shift)
    shift: Any = session.execute(locking, {"me": person.id}).scalar_one_or_none()
    if shift is None:
        raise HTTPException(404)
    if shift.status is not ShiftStatus.OPEN or shift.starts_at <= wiring.clock():
        raise HTTPException(409)
    today = wiring.clock().astimezone(wiring.rules.zone).date()
    problem = problem_of(session, wiring.rules, today, person, [shift_value(shift)])
    need = choose_need(problem.volunteers[0], problem.shifts[0])
    verdict = judge(
        problem, problem.volunteers[0], problem.shifts[0], need, Door.claim, consents=frozenset(draft.consents)
    )
    asks = [broke for broke in verdict.consent_needed if wants_consent(broke)]
    if verdict.violations or asks or verdict.conditions or shift.claim_policy is ClaimPolicy.OFFER_ONLY:
        raise HTTPException(409)
    assignment = write(session, wiring, account, person, shift, UUID(need.id))
    settle(session, wiring, account, shift, assignment)
    session.commit()
    read = AssignmentRead.model_validate(assignment)
    roles = frozenset(Role(role) for role in account.roles)
    phase = states.phase_of(shift.starts_at, shift.ends_at, wiring.clock())
    read.actions = states.ASSIGNMENT.open_to(AssignmentStatus(assignment.status), permissions_of(roles), phase)
    return read
