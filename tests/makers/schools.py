"""A school of one classroom: who comes, learns and teaches there, and what whoever runs it does about it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import Learner
from models.organization import Organization
from models.record import Notice
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import done


@dataclass(frozen=True)
class School:
    """An institution with a classroom, and whoever runs it."""

    make: Make
    owner: Organization
    room: Classroom
    manager: Client

    def comes(self, status: ClassEnrollmentStatus, room: Classroom | None = None, **over: Any) -> Enrollment:
        """Somebody who stands at a classroom in some way; a child if nothing else is said."""
        waiting = {"waitlist_no": 1} if status is ClassEnrollmentStatus.WAITLISTED else {}
        return self.make.enrollment(self.make.learner(self.owner, **over), room or self.room, status, **waiting)

    def inquire(self, learner: Learner) -> Any:
        body = {"classroom_id": str(self.room.id), "learner_id": str(learner.id)}
        return self.manager.post("/v1/enrollments", json=body)

    def move(self, enrollment: Enrollment, name: str) -> Any:
        return verb(self.manager, "enrollments", enrollment.id, name)

    def for_children(self, room: Classroom, *, yes: bool) -> Any:
        path = f"/v1/classrooms/{room.id}"
        return self.manager.patch(path, json={"for_children": yes}, headers={"If-Match": "*"})

    def uncleared(self) -> Volunteer:
        return self.make.tutor(cleared=False, child_contact_ok=False)

    def teaches(self, room: Classroom | None = None, **over: Any) -> Volunteer:
        """A tutor of the classroom, or of another one."""
        tutor, taught = self.make.tutor(**over), room or self.room
        with self.make.wiring.unit() as unit:
            unit.add(ClassroomTutor(classroom_id=taught.id, volunteer_id=tutor.id, role=TutorRole.REGULAR))
        return tutor

    def learns(self, room: Classroom | None = None, **over: Any) -> Learner:
        """A child of the classroom, or somebody of another one."""
        learner = self.make.learner(self.owner, **over)
        self.make.enrollment(learner, room or self.room)
        return learner

    def propose(self, learner: Learner, tutor: Volunteer) -> Any:
        body = {"learner_id": str(learner.id), "volunteer_id": str(tutor.id)}
        return self.manager.post("/v1/pairings", json=body)

    def let(self, pairing: Any, name: str) -> Any:
        row_id = pairing["id"] if isinstance(pairing, dict) else pairing.id
        return verb(self.manager, "pairings", row_id, name)

    def shown(self, pairing: Any) -> Any:
        return done(self.manager.get(f"/v1/pairings/{pairing.id}"))

    def takes_back(self, learner: Learner, consent: Any) -> None:
        done(self.manager.post(f"/v1/learners/{learner.id}/consents/{consent.id}/revoke"))

    def names(self, tutor: Volunteer) -> Any:
        named = {"items": [{"volunteer_id": str(tutor.id)}]}
        return self.manager.put(f"/v1/classrooms/{self.room.id}/tutors", json=named, headers={"If-Match": "*"})

    def told(self, wiring: Wiring) -> list[tuple[str, int]]:
        """What whoever runs the classroom was told of its pairings, and of how many."""
        with wiring.unit(write=False) as unit:
            letters = unit.session.exec(select(Notice).order_by(col(Notice.id))).all()
        return [
            (one.kind, one.facts["n"])
            for one in letters
            if one.kind.startswith("pairings_")
            and (one.account_id, one.facts["where"]) == (self.manager.account.id, [self.room.name])
        ]

    def tutors(self) -> list[str]:
        return [one["volunteer_id"] for one in done(self.manager.get(f"/v1/classrooms/{self.room.id}/tutors"))["items"]]


def school_of(make: Make, as_: As, **room: Any) -> School:
    """Such a school, with a classroom for children unless said otherwise."""
    owner = make.organization()
    return School(make, owner, make.classroom(owner=owner, **room), as_(Role.CLASSROOM_MANAGER, organization=owner))
