"""A page for each error code: the `type` of a problem leads here."""

from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.problem_status import STATUS
from api.problems import language_of, open_answers
from models.fields import Items, View
from services.errors import NotFound
from services.wording import say

router = APIRouter(prefix="/problems", tags=["problems"])


class ProblemPage(View):
    """What a code means. In `detail`, a dash stands for what an actual problem fills in."""

    code: str
    status: int
    title: str
    detail: str


@router.get("")
async def list_problems(request: Request, response: Response) -> Items[ProblemPage]:
    """List every code that a problem may carry."""
    language = language_of(request)
    response.headers.update(_headers(language))
    return Items(items=[_page(code, language) for code in sorted(STATUS)])


@router.get("/{code}", response_model=ProblemPage, responses={200: {"content": {"text/html": {}}}, **open_answers(404)})
async def get_problem(code: str, request: Request, response: Response) -> ProblemPage | HTMLResponse:
    """Explain a code, as JSON or, to a browser, as HTML."""
    if code not in STATUS:
        raise NotFound
    language = language_of(request)
    page = _page(code, language)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_html(page, language), headers=_headers(language))
    response.headers.update(_headers(language))
    return page


def _page(code: str, language: str) -> ProblemPage:
    return ProblemPage(
        code=code, status=STATUS[code], title=say("titles", code, language), detail=say("problems", code, language)
    )


def _headers(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept, Accept-Language"}


def _html(page: ProblemPage, language: str) -> str:
    title, detail = escape(page.title), escape(page.detail)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{page.code}: {title}</title>'
        f"<h1>{title}</h1><p>{detail}</p><p><code>{page.code}</code>, HTTP {page.status}</p></html>"
    )
