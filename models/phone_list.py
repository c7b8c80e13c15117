"""The phone list: whom to call now, what to say, and how to enter what they answer."""

from uuid import UUID

from models.fields import Instant, View
from models.worklist import NextStep, Subject


class PhoneNumber(View):
    """A number and who answers it."""

    name: str
    phone: str


class ToSay(View):
    """Something to be told: a notice, or a matter that is settled on the telephone first."""

    notice_id: UUID | None
    kind: str
    about: Subject
    subject: str
    body: str
    say_by: Instant
    verbs: list[NextStep]


class Promise(View):
    """A call that was promised."""

    at: Instant
    note_code: str | None
    about: Subject | None


class CallEntry(View):
    """A person or an institution to call, what for, and until when."""

    party: Subject
    name: str
    kana: str
    numbers: list[PhoneNumber]
    number_wrong: bool
    language: str
    languages: list[str]
    call_by: Instant
    urgent: bool
    promised: Promise | None
    to_say: list[ToSay]
    verb: NextStep
