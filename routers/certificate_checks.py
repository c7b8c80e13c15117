"""Whether a paper of the foundation holds: for anybody who has its code."""

from html import escape

from fastapi import APIRouter, Request, Response

from api.deps import PlainWorkDep
from api.problems import language_of, open_answers
from api.work import ANYONE
from models.document import DocumentCheck
from services import documents
from services.wording import say

router = APIRouter(prefix="/v1/certificate-checks", tags=["documents"])


@router.get(
    "/{code}", response_model=DocumentCheck, responses={200: {"content": {"text/html": {}}}, **open_answers(404)}
)
def check_document(code: str, request: Request, work: PlainWorkDep) -> Response:
    """Tell what a paper says and whether it holds, as JSON or, to a browser, as HTML; nothing that does not stand on it."""
    if "text/html" not in request.headers.get("accept", ""):
        return _private(work.read(ANYONE, documents.check, code))
    language = language_of(request)
    return _private(Response(_html(work.fetch(documents.check, code), language), media_type="text/html"))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer


def _html(found: DocumentCheck, language: str) -> str:
    def row(code: str, value: object) -> str:
        facts = {code: value}
        return f"<li>{escape(say('papers', f'check_{code}', language, facts))}</li>" if value is not None else ""

    title = escape(say("papers", "check_heading", language))
    hours = None if found.minutes is None else f"{found.minutes // 60}:{found.minutes % 60:02}"
    facts: dict[str, object] = {
        "status": found.status,
        "kind": found.kind,
        "holder": found.holder,
        "title": found.title,
        "granted_on": found.granted_on,
        "expires_on": found.expires_on,
        "time": hours,
        "issued_on": found.issued_on,
        "foundation": found.foundation,
    }
    rows = "".join(row(code, value) for code, value in facts.items())
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{title}</title><h1>{title}</h1><ul>{rows}</ul></html>"
    )
