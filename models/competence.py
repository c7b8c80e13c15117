"""What a volunteer brings: languages, skills, certifications, pledges, insurance, child-safety status."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, one_of, reference
from models.fields import LOOSE, Code, Day, Draft, LanguageTag, Line, ObjectView


class Level(StrEnum):
    """CEFR (参照枠) levels, and `native`."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    NATIVE = "native"


class Direction(StrEnum):
    """Which way somebody interprets."""

    TO_JA = "to_ja"
    FROM_JA = "from_ja"
    BOTH = "both"


class Evidence(StrEnum):
    """On what a level rests."""

    TOEIC = "toeic"
    EIKEN = "eiken"
    HSK = "hsk"
    JLPT = "jlpt"
    INTERVIEW = "interview"
    NONE = "none"


class VolunteerLanguage(Aggregate, table=True):
    """A language with levels. Japanese is a row like any other, since a pair is judged in both (domain.md §0.1)."""

    __tablename__ = "volunteer_language"
    __table_args__ = (sa.UniqueConstraint("volunteer_id", "tag"),)

    volunteer_id: UUID = reference("volunteer.id")
    tag: str = Field(max_length=35, index=True)
    direction: Direction = one_of(Direction)
    speaking: Level = Field(
        sa_type=sa.Enum(
            Level,
            native_enum=False,
            create_constraint=True,
            length=8,
            name="speaking",
            values_callable=lambda m: [x.value for x in m],
        )
    )
    listening: Level = Field(
        sa_type=sa.Enum(
            Level,
            native_enum=False,
            create_constraint=True,
            length=8,
            name="listening",
            values_callable=lambda m: [x.value for x in m],
        )
    )
    reading: str | None = Field(default=None, max_length=8)
    writing: str | None = Field(default=None, max_length=8)
    evidence: Evidence = one_of(Evidence)
    evidence_score: str | None = Field(default=None, max_length=40)
    verified_on: date | None = Field(default=None)


class VolunteerSkill(Aggregate, table=True):
    """A skill of the code list, level 1 to 5."""

    __tablename__ = "volunteer_skill"
    __table_args__ = (sa.UniqueConstraint("volunteer_id", "skill_code"),)

    volunteer_id: UUID = reference("volunteer.id")
    skill_code: str = reference("skill.code")
    level: int = Field(default=1)
    verified: bool = Field(default=False)


class Certification(Aggregate, table=True):
    """A certificate of the foundation; a renewal is a new row, history is never edited. `enrollment_id` names the
    training that it was granted for, where there was one."""

    volunteer_id: UUID = reference("volunteer.id")
    cert_code: str = Field(max_length=40, index=True)
    granted_on: date
    expires_on: date | None = Field(default=None)
    revoked_on: date | None = Field(default=None)
    revoked_reason: str | None = Field(default=None, max_length=120)
    enrollment_id: UUID | None = reference("training_enrollment.id", nullable=True)


class PledgeKind(StrEnum):
    """What is pledged; only confidentiality decides who may be assigned."""

    CONFIDENTIALITY = "confidentiality"
    CONDUCT = "conduct"
    CHILD_PROTECTION = "child_protection"


class PledgeMethod(StrEnum):
    """How a pledge was signed."""

    PAPER = "paper"
    ELECTRONIC = "electronic"


class ConfidentialityPledge(Aggregate, table=True):
    """A signed pledge, of confidentiality or another kind. It survives leaving [F:YB]."""

    __tablename__ = "confidentiality_pledge"

    volunteer_id: UUID = reference("volunteer.id")
    kind: PledgeKind = one_of(PledgeKind)
    version_code: str = Field(max_length=40)
    signed_on: date
    method: PledgeMethod = one_of(PledgeMethod)


class InsurancePlan(StrEnum):
    """Plans of the volunteer activity insurance."""

    BASIC = "basic"
    NATURAL_DISASTER = "natural_disaster"
    INFECTIOUS_DISEASE = "infectious_disease"


class InsuranceCoverage(Aggregate, table=True):
    """Cover in one fiscal year, from `starts_on` to `ends_on` (31 March), both included."""

    __tablename__ = "insurance_coverage"
    __table_args__ = (sa.CheckConstraint("starts_on <= ends_on", name="order"),)

    volunteer_id: UUID = reference("volunteer.id")
    fiscal_year: int
    plan: InsurancePlan = one_of(InsurancePlan)
    starts_on: date
    ends_on: date


class ChildSafetyStatus(StrEnum):
    """Status of the check only, never its content (domain.md §9 rule 4)."""

    NOT_REQUIRED = "not_required"
    PENDING = "pending"
    CLEARED = "cleared"
    NOT_CLEARED = "not_cleared"


class ChildSafetyCheck(Aggregate, table=True):
    """Whether somebody may work with children, from when and until when."""

    __tablename__ = "child_safety_check"

    volunteer_id: UUID = reference("volunteer.id")
    status: ChildSafetyStatus = one_of(ChildSafetyStatus)
    checked_on: date
    valid_until: date | None = Field(default=None)


class LanguageLevels(Draft):
    """How well a volunteer knows a language, and on what that rests."""

    direction: Annotated[Direction, LOOSE] = Direction.BOTH
    speaking: Annotated[Level, LOOSE]
    listening: Annotated[Level, LOOSE]
    reading: Annotated[Level, LOOSE] | None = None
    writing: Annotated[Level, LOOSE] | None = None
    evidence: Annotated[Evidence, LOOSE] = Evidence.NONE
    evidence_score: Line | None = None
    verified_on: Day | None = None


class LanguageDraft(LanguageLevels):
    """A language of a volunteer with its levels."""

    tag: LanguageTag


class LanguageView(ObjectView):
    """A language of a volunteer."""

    tag: str
    direction: Direction
    speaking: Level
    listening: Level
    reading: Level | None
    writing: Level | None
    evidence: Evidence
    evidence_score: str | None
    verified_on: Day | None


class SkillLevel(Draft):
    """How well a volunteer masters a skill, 1 to 5, and whether staff have seen proof."""

    level: int = Described(ge=1, le=5)
    verified: bool = False


class SkillDraft(SkillLevel):
    """A skill of the code list (`GET /v1/skills`)."""

    skill_code: Code


class SkillView(ObjectView):
    """A skill of a volunteer."""

    skill_code: str
    level: int
    verified: bool


class CertificationDraft(Draft):
    """A certificate granted by staff; it holds from `granted_on` to `expires_on`, both included."""

    cert_code: Code
    granted_on: Day
    expires_on: Day | None = None


class CertificationStatus(StrEnum):
    """Follows from the dates: `expiring` within 60 days of the end (domain.md §4.2)."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"


class CertificationView(ObjectView):
    """A certificate with the status it has today."""

    cert_code: str
    granted_on: Day
    expires_on: Day | None
    revoked_on: Day | None
    status: CertificationStatus


class Revocation(Draft):
    """Why a certificate is revoked; staff only."""

    reason: Line


class PledgeDraft(Draft):
    """A signed pledge, recorded by staff."""

    kind: Annotated[PledgeKind, LOOSE] = PledgeKind.CONFIDENTIALITY
    version_code: Line
    signed_on: Day
    method: Annotated[PledgeMethod, LOOSE] = PledgeMethod.PAPER


class PledgeView(ObjectView):
    """A signed pledge; `current` says whether it is the version in force, of confidentiality that of the settings."""

    kind: PledgeKind
    version_code: str
    signed_on: Day
    method: PledgeMethod
    current: bool


class InsuranceDraft(Draft):
    """Cover for a fiscal year; joined mid-year it starts the day after the procedure (§7, insurance rule)."""

    fiscal_year: int = Described(ge=2000, le=2100)
    plan: Annotated[InsurancePlan, LOOSE] = InsurancePlan.BASIC
    procedure_on: Day | None = Described(default=None, description="When it was taken out; by default today")
    starts_on: Day | None = Described(
        default=None, description="By default 1 April, joined mid-year the day after the procedure; never earlier"
    )


class InsuranceView(ObjectView):
    """Cover for a fiscal year, both dates included."""

    fiscal_year: int
    plan: InsurancePlan
    starts_on: Day
    ends_on: Day


class ChildSafetyDraft(Draft):
    """The status of a check and how long it holds; never its content (domain.md §9 rule 4)."""

    status: Annotated[ChildSafetyStatus, LOOSE]
    checked_on: Day
    valid_until: Day | None = None


class ChildSafetyView(ObjectView):
    """The status of a check; the latest decides."""

    status: ChildSafetyStatus
    checked_on: Day
    valid_until: Day | None
