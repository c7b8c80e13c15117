"""Registered people."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanListVolunteers, CanReadVolunteers, CanWriteProfiles, GuardedWorkDep, PlainWorkDep
from api.paging import AskDep, since_query, until_query
from api.problems import answers
from models.competence import Level
from models.fields import Code, Id, LanguageTag, Line
from models.volunteer import ActivityKind, VolunteerPatch, VolunteerStatus, VolunteerSummary, VolunteerView
from services import finding, volunteering
from services.finding import VolunteerFilters
from services.paging import Page

router = APIRouter(prefix="/v1/volunteers", tags=["volunteers"])
AvailableFrom = Annotated[
    datetime | None,
    since_query("available_from", "With `available_to`: free, or nothing known, for all of this time"),
]
AvailableTo = Annotated[datetime | None, until_query("available_to", "At most 31 days after `available_from`")]


@router.get("", response_model=Page[VolunteerSummary], responses=answers(403))
def list_volunteers(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    caller: CanListVolunteers,
    work: PlainWorkDep,
    ask: AskDep,
    available_from: AvailableFrom,
    available_to: AvailableTo,
    status: Annotated[VolunteerStatus | None, Query()] = None,
    activity: Annotated[ActivityKind | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query()] = None,
    min_level: Annotated[Level | None, Query(description="Of the pair of `language` with Japanese")] = None,
    skill: Annotated[Code | None, Query()] = None,
    certification: Annotated[Code | None, Query(description="In force today")] = None,
    district: Annotated[Code | None, Query()] = None,
    organization_id: Annotated[Id | None, Query(description="The university or other affiliation")] = None,
    disaster_ready: Annotated[bool | None, Query(description="Whether she is ready to help in a disaster")] = None,
    q: Annotated[Line | None, Query(description="Words of names, readings or the number")] = None,
) -> Response:
    """List volunteers by number: staff all, a university's liaison its students."""
    filters = VolunteerFilters(
        status=status,
        activity=activity,
        language=language,
        min_level=min_level,
        skill=skill,
        certification=certification,
        district=district,
        organization_id=organization_id,
        disaster_ready=disaster_ready,
        available_from=available_from,
        available_to=available_to,
        q=q,
    )
    return work.read(caller, finding.list_volunteers, ask, filters)


@router.get("/{volunteer_id}", response_model=VolunteerView, responses=answers(403, 404))
def read_volunteer(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Read a volunteer: staff, she herself, her university's liaison."""
    return work.read(caller, volunteering.read_volunteer, volunteer_id)


@router.patch("/{volunteer_id}", response_model=VolunteerView, responses=answers(403, 404, 412, 428))
def change_volunteer(
    volunteer_id: Id, patch: VolunteerPatch, caller: CanWriteProfiles, work: GuardedWorkDep
) -> Response:
    """Change a volunteer's entry: staff, and she herself all but the notes of staff."""
    return work.write(caller, volunteering.change_volunteer, volunteer_id, patch)
