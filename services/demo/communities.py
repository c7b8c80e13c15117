"""Twelve key persons in eight language groups, and a message to them about a disaster drill, read by some."""

from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.broadcast import Acknowledgement, BroadcastCreate, BroadcastDelivery, BroadcastText
from models.key_person import ContactPurpose, KeyPerson
from models.person import Person
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity
from services import broadcasts
from services.demo.stage import Stage

INTERPRETERS: Final = ("vi-1", "id-1")
"""Two interpreters who are key persons of their communities as well."""
WITHOUT_CONSENT: Final = 11
"""The last but one of them agreed to nothing yet."""
READ_BY: Final = 6
_DRILL: Final = {
    "ja-simple": BroadcastText(
        title="ぼうさい くんれん", text="11月に ぼうさい くんれんが あります。いっしょに 来て ください。"
    ),
    "cmn": BroadcastText(title="防灾演练", text="11月举行防灾演练。欢迎参加。"),
    "vi": BroadcastText(
        title="Diễn tập phòng chống thiên tai", text="Có diễn tập vào tháng 11. Mời mọi người tham gia."
    ),
    "id": BroadcastText(title="Latihan bencana", text="Ada latihan bencana. Silakan ikut."),
    "ne": BroadcastText(title="विपद् अभ्यास", text="विपद् अभ्यास हुँदैछ। कृपया आउनुहोस्।"),
    "ko": BroadcastText(title="방재 훈련", text="방재 훈련이 있습니다. 함께해 주세요."),
    "pt-BR": BroadcastText(title="Treinamento de desastres", text="Haverá um treinamento. Participe."),
}


def gather(stage: Stage) -> None:
    """List the key persons, and tell those who agreed of the drill."""
    for n, (volunteer_id, language, district) in enumerate(_people(stage), start=1):
        scope: list[str] = [] if n == WITHOUT_CONSENT else [ContactPurpose.DAILY_LIFE, ContactPurpose.DISASTER]
        stage.unit.session.add(
            KeyPerson(
                **stage.unit.stamp(),
                volunteer_id=volunteer_id,
                languages=[language],
                districts=[district] if n % 3 == 0 else [],
                trained_on=date(2024, 6, 1),
                contact_scope=scope,
                consented_on=date(2024, 6, 1) if scope else None,
            )
        )
    stage.unit.session.flush()
    _tell(stage)


def _people(stage: Stage) -> Iterator[tuple[UUID, str, str]]:
    is_key_person = col(VolunteerActivity.kind) == ActivityKind.KEY_PERSON
    chosen = [stage.interpreters[key] for key in INTERPRETERS]
    rows = stage.unit.session.exec(
        select(Volunteer.id, Person.native_language, Person.district_code)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .join(VolunteerActivity, col(VolunteerActivity.volunteer_id) == Volunteer.id)
        .where(is_key_person | col(Volunteer.id).in_(chosen))
        .order_by(col(Volunteer.volunteer_no))
    )
    for volunteer_id, language, district in rows:
        yield volunteer_id, str(language), str(district)


def _tell(stage: Stage) -> None:
    office = stage.office(stage.unit.now)
    drill = BroadcastCreate(purpose=ContactPurpose.DISASTER, texts=_DRILL)
    sent = broadcasts.send(office, broadcasts.draft_broadcast(office, drill).id)
    found = select(BroadcastDelivery).where(BroadcastDelivery.broadcast_id == sent.id)
    deliveries = stage.unit.session.exec(found.order_by(col(BroadcastDelivery.id))).all()
    for delivery in deliveries[:READ_BY]:
        she = stage.acting(stage.cast.volunteers[delivery.volunteer_id], stage.unit.now)
        broadcasts.acknowledge(she, delivery.id, Acknowledgement())
