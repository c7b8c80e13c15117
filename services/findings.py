"""What experts found in classrooms: owned by somebody, due on a day, reminded of, done or dropped (domain.md §1 row 8)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.account import Account, AccountStatus, Role
from models.advisory_visit import (
    AdvisoryFinding,
    AdvisoryVisit,
    FindingCreate,
    FindingDone,
    FindingDropped,
    FindingPatch,
    FindingStatus,
    FindingView,
)
from models.classroom import Classroom
from models.fields import Items
from models.worklist import Subject, WorkCode
from services import advice_states
from services.entering import Entry, post
from services.errors import Forbidden, NotFound, invalid
from services.free_text import mentions_health, refuse_personal_details
from services.notifying import tell_account, tell_whoever_runs
from services.office_days import at_local
from services.policies import Permission, may, permissions_of
from services.queries import find, visible_advisory_visits
from services.states import phase_of
from services.unit import Unit
from services.visiting import take_visit

_STAFF = {Role.ADMIN, Role.COORDINATOR}


def list_findings(unit: Unit, visit_id: UUID) -> Items[FindingView]:
    """Return what was found at a visit, by the day it is due. Raises `NotFound`."""
    find(unit, visible_advisory_visits(unit.actor), AdvisoryVisit, visit_id)
    rows = unit.session.exec(
        select(AdvisoryFinding)
        .where(AdvisoryFinding.visit_id == visit_id)
        .order_by(col(AdvisoryFinding.due_on), col(AdvisoryFinding.id))
    ).all()
    return Items(items=_show_all(unit, rows))


def add(unit: Unit, visit_id: UUID, draft: FindingCreate) -> FindingView:
    """Write down what was found at a visit that took place; its owner is told.

    Raises `NotFound`, `Stale`, `WrongState` (`ADV_STATE`), `InvalidFields` for an owner who has nothing to do with the
    classroom, a day that is over, and personal details in the text.
    """
    visit = take_visit(unit, visit_id)
    advice_states.VISIT.timely(visit.status, "findings", phase_of(visit.starts_at, visit.ends_at, unit.now))
    _check_text(unit, draft.text)
    owner = _owner(unit, visit, draft.owner_id)
    _check_day(unit, draft.due_on)
    finding = unit.add(
        AdvisoryFinding(visit_id=visit.id, **draft.model_dump(), status=FindingStatus.OPEN, **unit.stamp())
    )
    visit.touch(unit.now)
    unit.audit("advisory_finding.add", finding)
    _give(unit, finding, owner)
    return _show(unit, finding)


def _check_text(unit: Unit, text: str | None) -> None:
    refuse_personal_details(text, "/text")
    if text and mentions_health(text):
        unit.warn("REQ_FREE_TEXT_PII", found=["health"])


def _owner(unit: Unit, visit: AdvisoryVisit, account_id: UUID) -> Account:
    owner = unit.session.get(Account, account_id)
    if owner is None or not _can_see_to_it(owner, _institution(unit, visit)):
        raise invalid("/owner_id")
    return owner


def _institution(unit: Unit, visit: AdvisoryVisit) -> UUID:
    return unit.get(Classroom, visit.classroom_id).organization_id


def _can_see_to_it(account: Account, institution: UUID) -> bool:
    """Return whether an account is of the office, or runs the institution's classrooms: it may have been otherwise before."""
    runs_it = Role.CLASSROOM_MANAGER in account.roles and account.organization_id == institution
    return account.status is AccountStatus.ACTIVE and (runs_it or bool(_STAFF & {*account.roles}))


def _check_day(unit: Unit, due_on: date | None) -> None:
    if due_on is not None and due_on < unit.today:
        raise invalid("/due_on", "FIELD_RANGE", min=unit.today)


def _give(unit: Unit, finding: AdvisoryFinding, owner: Account) -> None:
    """Tell an owner what is hers until when, and set the next reminder: who hears of it today is not reminded today."""
    finding.remind_on = _next_reminder(unit, finding)
    tell_account(unit, owner, "finding_given", finding, _facts(unit, finding))


def _next_reminder(unit: Unit, finding: AdvisoryFinding) -> date | None:
    days = (finding.due_on - timedelta(days=before) for before in unit.rules.finding_reminder_days)
    return min((day for day in days if day > unit.today), default=None)


def _facts(unit: Unit, finding: AdvisoryFinding) -> dict[str, object]:
    visit = unit.get(AdvisoryVisit, finding.visit_id)
    return {
        "classroom": unit.get(Classroom, visit.classroom_id).name,
        "visited_on": unit.local_day(visit.starts_at),
        "due_on": finding.due_on,
        "link": f"{unit.rules.public_url}/v1/advisory-visits/{visit.id}/findings",
    }


def change(unit: Unit, visit_id: UUID, finding_id: UUID, patch: FindingPatch) -> FindingView:
    """Set another wording, owner or day of an open finding; whoever owns it then is told where owner or day changed.

    Raises as `add`.
    """
    visit, finding = _take(unit, visit_id, finding_id)
    advice_states.FINDING.next(finding.status, "change")
    _check_text(unit, patch.text)
    _check_day(unit, patch.due_on)
    changes = patch.changes()
    anew = any(changes.get(name, getattr(finding, name)) != getattr(finding, name) for name in ("owner_id", "due_on"))
    owner = _owner(unit, visit, changes.get("owner_id", finding.owner_id)) if anew else None
    finding.sqlmodel_update(changes)
    _touch(unit, visit, finding, "change", fields=sorted(changes))
    if owner is not None:
        _give(unit, finding, owner)
    return _show(unit, finding)


def settle(unit: Unit, visit_id: UUID, finding_id: UUID, draft: FindingDone) -> FindingView:
    """Note that a finding is seen to, by its owner or the office. Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`."""
    refuse_personal_details(draft.outcome, "/outcome")
    return _end(unit, visit_id, finding_id, "done", draft.outcome)


def drop(unit: Unit, visit_id: UUID, finding_id: UUID, draft: FindingDropped) -> FindingView:
    """Note that a finding is not followed, and why. Raises as `settle`."""
    refuse_personal_details(draft.reason, "/reason")
    return _end(unit, visit_id, finding_id, "drop", draft.reason)


def _end(unit: Unit, visit_id: UUID, finding_id: UUID, verb: str, outcome: str | None) -> FindingView:
    visit, finding = _take(unit, visit_id, finding_id)
    if not _may_settle(unit, unit.get(Account, finding.owner_id), _institution(unit, visit)):
        raise Forbidden
    finding.status = FindingStatus(advice_states.FINDING.next(finding.status, verb))
    finding.settled_at, finding.outcome, finding.remind_on = unit.now, outcome, None
    _touch(unit, visit, finding, verb)
    return _show(unit, finding)


def _may_settle(unit: Unit, owner: Account, institution: UUID) -> bool:
    """Return whether a finding whose visit the caller sees is hers to settle; one that nobody owns any more is."""
    return unit.actor.is_staff or owner.id == unit.actor.account_id or not _can_see_to_it(owner, institution)


def _take(unit: Unit, visit_id: UUID, finding_id: UUID) -> tuple[AdvisoryVisit, AdvisoryFinding]:
    find(unit, visible_advisory_visits(unit.actor), AdvisoryVisit, visit_id)
    visit = unit.lock(AdvisoryVisit, visit_id)
    finding = unit.lock(AdvisoryFinding, finding_id)
    if finding.visit_id != visit.id:
        raise NotFound
    unit.expect(finding)
    return visit, finding


def _touch(
    unit: Unit, visit: AdvisoryVisit, finding: AdvisoryFinding, verb: str, *, fields: Sequence[str] = ()
) -> None:
    for row in (visit, finding):
        row.touch(unit.now)
    unit.audit(f"advisory_finding.{verb}", finding, fields=[*fields])


def due_findings(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the open findings of which somebody is to be reminded today."""
    return select(AdvisoryFinding.id).where(
        AdvisoryFinding.status == FindingStatus.OPEN, col(AdvisoryFinding.remind_on) <= unit.today
    )


def remind(unit: Unit, finding: AdvisoryFinding) -> None:
    """Remind the owner of a locked finding, once before it is due and once on the day.

    Where she has left or runs the classroom no longer, whoever runs it is reminded, else the office. Where the sweep comes
    late, they hear of the latest day alone.
    """
    if finding.remind_on is None or finding.remind_on > unit.today:
        return
    finding.remind_on = _next_reminder(unit, finding)
    owner, facts = unit.get(Account, finding.owner_id), _facts(unit, finding)
    institution = _institution(unit, unit.get(AdvisoryVisit, finding.visit_id))
    if _can_see_to_it(owner, institution):
        tell_account(unit, owner, "finding_due", finding, facts)
    else:
        tell_whoever_runs(unit, institution, "finding_due", finding, facts)


def on_worklist(unit: Unit) -> Iterator[Entry]:
    """Open findings that are due soon or overdue: all for the office.

    Of those at her classrooms a manager finds her own, and those that nobody owns any more.
    """
    for finding, classroom, owner, institution in _due_soon(unit):
        if _may_settle(unit, owner, institution):
            yield Entry(
                WorkCode.FINDING_DUE,
                Subject(type="advisory_finding", id=finding.id, no=None),
                at_local(unit, finding.due_on + timedelta(days=1), time.min),
                post(f"/v1/advisory-visits/{finding.visit_id}/findings/{finding.id}/done"),
                urgent=finding.due_on < unit.today,
                facts={
                    "classroom": classroom,
                    "who": owner.display_name if _can_see_to_it(owner, institution) else None,
                    "due_on": finding.due_on,
                },
            )


def _due_soon(unit: Unit) -> Iterable[tuple[AdvisoryFinding, str, Account, UUID]]:
    """Return the open findings of the caller's scope that are due soon, with classroom, owner and institution."""
    statement = (
        select(AdvisoryFinding, Classroom.name, Account, Classroom.organization_id)
        .join(AdvisoryVisit, col(AdvisoryVisit.id) == AdvisoryFinding.visit_id)
        .join(Classroom, col(Classroom.id) == AdvisoryVisit.classroom_id)
        .join(Account, col(Account.id) == AdvisoryFinding.owner_id)
        .where(
            AdvisoryFinding.status == FindingStatus.OPEN,
            col(AdvisoryFinding.due_on) <= unit.today + timedelta(days=max(unit.rules.finding_reminder_days)),
        )
    )
    if not unit.actor.is_staff:
        ours = unit.actor.organization_id if may(unit.actor, Permission.ADVISORY_FOLLOW) else None
        statement = statement.where(col(Classroom.organization_id) == ours)
    return unit.session.exec(statement)


def _show(unit: Unit, finding: AdvisoryFinding) -> FindingView:
    return _show_all(unit, [finding])[0]


def _show_all(unit: Unit, findings: Sequence[AdvisoryFinding]) -> list[FindingView]:
    accounts = select(Account).where(col(Account.id).in_({one.owner_id for one in findings}))
    owners = {account.id: account for account in unit.session.exec(accounts)}
    visited = (
        select(AdvisoryVisit.id, Classroom.organization_id)
        .join(Classroom, col(Classroom.id) == AdvisoryVisit.classroom_id)
        .where(col(AdvisoryVisit.id).in_({one.visit_id for one in findings}))
    )
    institutions = dict(unit.session.exec(visited).all())
    return [
        FindingView(
            **one.model_dump(),
            owner_name=owners[one.owner_id].display_name,
            overdue=one.status is FindingStatus.OPEN and one.due_on < unit.today,
            actions=_actions(unit, one, owners[one.owner_id], institutions[one.visit_id]),
        )
        for one in findings
    ]


def _actions(unit: Unit, finding: AdvisoryFinding, owner: Account, institution: UUID) -> list[str]:
    verbs = advice_states.FINDING.open_to(finding.status, permissions_of(unit.actor.roles))
    return verbs if _may_settle(unit, owner, institution) else []
