"""The rules of change: what happens to those who are coming when something accepted changes."""

from fastapi import APIRouter, Response

from api.deps import CanReadRules, CanWriteRules, GuardedWorkDep, PlainWorkDep
from api.problems import answers
from models.change_rule import ChangeRulesDraft, ChangeRulesView
from services import change_rules

router = APIRouter(prefix="/v1/change-rules", tags=["change-rules"])


@router.get("", response_model=ChangeRulesView, responses=answers(403, 404))
def read_change_rules(caller: CanReadRules, work: PlainWorkDep) -> Response:
    """Read all rules, as one object."""
    return work.read(caller, change_rules.read)


@router.put("", response_model=ChangeRulesView, responses=answers(403, 404, 412, 428))
def replace_change_rules(draft: ChangeRulesDraft, caller: CanWriteRules, work: GuardedWorkDep) -> Response:
    """Set all rules anew."""
    return work.write(caller, change_rules.replace, draft)
