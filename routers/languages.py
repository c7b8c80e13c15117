"""Languages that can be asked for or offered."""

from fastapi import APIRouter, Response

from api.deps import CanReadDirectory, PlainWorkDep
from api.problems import answers
from models.fields import Items
from models.service_type import LanguageEntry
from services import directory

router = APIRouter(prefix="/v1/languages", tags=["directory"])


@router.get("", response_model=Items[LanguageEntry], responses=answers(403))
def list_languages(caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """List the languages with their tags (BCP 47)."""
    return work.read(caller, directory.list_languages)
