"""Who acts in most tests, where classes meet, and what the tests of the command line share."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.db import Wiring
from models.account import Account, Role
from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Facility, FacilityKind, Organization, OrganizationKind
from models.volunteer import Volunteer
from services.clock import SetClock
from services.wording import LANGUAGES
from tests.conftest import As, Client
from tests.databases import House
from tests.factories import Make
from tests.makers.claims import AFTER
from tests.makers.class_days import HALF_PAST_NINE
from tests.makers.classes import Met
from tests.shell import Shell
from tests.signing import HASH


@pytest.fixture
def office(as_: As) -> Client:
    """A coordinator."""
    return as_(Role.COORDINATOR)


@pytest.fixture
def admin(as_: As) -> Client:
    """An administrator."""
    return as_(Role.ADMIN)


@pytest.fixture
def member(make: Make) -> Account:
    """A coordinator who signs in with a password."""
    return make.account(Role.COORDINATOR, password_hash=HASH)


@pytest.fixture
def viewer(as_: As) -> Client:
    """Who reads, and changes nothing."""
    return as_(Role.VIEWER)


@pytest.fixture
def officer(as_: As) -> Client:
    """Who advises at the consultation desk."""
    return as_(Role.CONSULTATION_OFFICER)


@pytest.fixture
def mai(make: Make) -> Volunteer:
    """An interpreter who meets every rule."""
    return make.volunteer()


@pytest.fixture
def finished(make: Make, mai: Volunteer, clock: SetClock) -> Assignment:
    """A check-up of two hours that she has done, yesterday."""
    stands = make.assignment(make.shift_with_demand(), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER
    return stands


@pytest.fixture
def centre(make: Make) -> Organization:
    """A health and welfare centre that asks for interpreters."""
    return make.organization(name="架空福祉健康センター")


@pytest.fixture
def clerk(as_: As, centre: Organization) -> Client:
    """Who writes the requests of that centre."""
    return as_(Role.REQUESTER, organization=centre)


@pytest.fixture
def place(make: Make, centre: Organization) -> Facility:
    """Where that centre examines children."""
    return make.facility(owner=centre)


@pytest.fixture
def board(make: Make) -> Organization:
    """Who answers for a school that asks for somebody to sit beside a child."""
    return make.organization(name="架空小学校")


@pytest.fixture
def secretary(as_: As, board: Organization) -> Client:
    """Who writes the requests of that school."""
    return as_(Role.REQUESTER, organization=board)


@pytest.fixture
def school(make: Make, board: Organization) -> Facility:
    """The school itself."""
    return make.facility(owner=board, kind=FacilityKind.SCHOOL)


@pytest.fixture
def university(make: Make) -> Organization:
    """Whose students take part."""
    return make.organization(name="架空大学", kind=OrganizationKind.UNIVERSITY)


@pytest.fixture
def liaison(as_: As, university: Organization) -> Client:
    """Who looks after them for the university."""
    return as_(Role.UNIVERSITY_LIAISON, organization=university)


@pytest.fixture
def owner(make: Make) -> Organization:
    """The institution whose things the test is about."""
    return make.organization()


@pytest.fixture
def manager(as_: As, owner: Organization) -> Client:
    """Who runs the classrooms of that institution."""
    return as_(Role.CLASSROOM_MANAGER, organization=owner)


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    """One of its classrooms."""
    return make.classroom(owner=owner)


@pytest.fixture
def enrol(make: Make, owner: Organization, room: Classroom) -> Callable[..., Learner]:
    """Enroll a child there, with consent unless said otherwise: `enrol(consents=())`."""

    def enrolled(**over: Any) -> Learner:
        child = make.learner(owner, **over)
        make.enrollment(child, room)
        return child

    return enrolled


@pytest.fixture
def met(make: Make, room: Classroom) -> Met:
    """Its session of Saturday, planned."""
    return make.class_session(room)


@pytest.fixture
def saturday(clock: SetClock) -> None:
    """It is half past nine of that day."""
    clock.now = HALF_PAST_NINE


@pytest.fixture
def running(make: Make, room: Classroom, clock: SetClock) -> Met:
    """Its session of Saturday, open and begun half an hour ago."""
    made = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = made.session.starts_at + timedelta(minutes=30)
    return made


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language of the service in turn."""
    name: str = request.param
    return name


@pytest.fixture
def shell(wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line over this test's database."""
    return Shell(wiring.settings.database_url, tmp_path, monkeypatch, capsys)


@pytest.fixture
def bare_shell(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """The command line over a database without tables."""
    return Shell(house.empty(tmp_path), tmp_path, monkeypatch, capsys)
