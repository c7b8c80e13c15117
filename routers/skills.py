"""The code list of skills."""

from fastapi import APIRouter, Response

from api.deps import CanReadDirectory, PlainWorkDep
from api.problems import answers
from models.fields import Items
from models.service_type import SkillEntry
from services import directory

router = APIRouter(prefix="/v1/skills", tags=["directory"])


@router.get("", response_model=Items[SkillEntry], responses=answers(403))
def list_skills(caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """List the skills a volunteer may bring."""
    return work.read(caller, directory.list_skills)
