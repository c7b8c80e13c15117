"""Accounts: who may sign in, their refresh tokens and one-time links."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Draft, Email, Id, Instant, LanguageTag, Line, ObjectView, Password, Patch, Text, View

FormText = Annotated[str, StringConstraints(max_length=254), Text]


class Role(StrEnum):
    """What an account may be (domain.md §5 is the matrix of what each may do)."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    REQUESTER = "requester"
    VOLUNTEER = "volunteer"
    CLASSROOM_MANAGER = "classroom_manager"
    UNIVERSITY_LIAISON = "university_liaison"
    TRAINER = "trainer"
    CONSULTATION_OFFICER = "consultation_officer"
    VIEWER = "viewer"


class AccountStatus(StrEnum):
    """`invited` has no password yet; `disabled` cannot sign in and its tokens are dead."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Account(Aggregate, table=True):
    """Somebody who signs in. A centre's shared account has an organisation and no person."""

    email: str = Field(max_length=254, unique=True)
    display_name: str = Field(max_length=120)
    roles: list[str] = json_column()
    language: str = Field(max_length=35)
    status: AccountStatus = one_of(AccountStatus)
    person_id: UUID | None = reference("person.id", nullable=True, unique=True)
    organization_id: UUID | None = reference("organization.id", nullable=True)
    password_hash: str | None = Field(default=None, max_length=255)
    failed_sign_ins: int = Field(default=0)
    locked_until: datetime | None = instant(nullable=True)
    last_login_at: datetime | None = instant(nullable=True)
    is_demo: bool = Field(default=False)


class RefreshToken(Row, table=True):
    """One link of a rotating family. Only the digest is kept; the successor is derived, so it can be answered again."""

    __tablename__ = "refresh_token"

    account_id: UUID = reference("account.id")
    family_id: UUID = Field(index=True)
    digest: str = Field(max_length=64, unique=True)
    expires_at: datetime = instant()
    rotated_at: datetime | None = instant(nullable=True)
    revoked_at: datetime | None = instant(nullable=True)


class LinkPurpose(StrEnum):
    """What a one-time link lets its holder do."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password
    SETUP = "setup"


class OneTimeLink(Row, table=True):
    """A link that sets a password once. The token is derived from the id by the server's key and never stored."""

    __tablename__ = "one_time_link"

    account_id: UUID = reference("account.id")
    purpose: LinkPurpose = one_of(LinkPurpose)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(nullable=True)


class AccountCreate(Draft):
    """An invitation: the account exists at once, the password is set by the mailed link."""

    email: Email
    display_name: Line
    roles: list[Annotated[Role, LOOSE]] = Described(min_length=1, max_length=9)
    language: LanguageTag = "ja"
    person_id: Id | None = None
    organization_id: Id | None = None


class AccountPatch(Patch):
    """What an administrator may change."""

    clearable = frozenset({"person_id", "organization_id"})

    display_name: Line | None = None
    roles: list[Annotated[Role, LOOSE]] | None = Described(default=None, min_length=1, max_length=9)
    language: LanguageTag | None = None
    person_id: Id | None = None
    organization_id: Id | None = None


class AccountView(ObjectView):
    """An account as administrators see it."""

    email: str
    display_name: str
    roles: list[Role]
    language: str
    status: AccountStatus
    person_id: UUID | None
    organization_id: UUID | None
    last_login_at: Instant | None
    created_at: Instant


class OrganizationName(View):
    """An organisation by name."""

    id: UUID
    name: str


class MeView(ObjectView):
    """Who the caller is: roles, organisation, volunteer, and the permissions that follow."""

    email: str
    display_name: str
    roles: list[Role]
    language: str
    organization: OrganizationName | None
    volunteer_id: UUID | None
    permissions: list[str]


class MePatch(Patch):
    """What everybody may change of their own account."""

    display_name: Line | None = None
    language: LanguageTag | None = None


class SignInForm(Draft):
    """The password grant of OAuth 2 (RFC 6749 §4.3.2): the mail address is the user name."""

    grant_type: Literal["password"] = "password"
    username: FormText
    password: FormText
    otp: FormText | None = Described(default=None, description="Not used yet: no account has a second factor")
    scope: FormText = Described(default="", description="Not used: roles decide")
    client_id: FormText | None = Described(default=None, description="Not used: every app is a public client")
    client_secret: FormText | None = Described(default=None, description="Not used")


class RefreshForm(Draft):
    """A refresh token, to be exchanged for its successor or revoked."""

    grant_type: Literal["refresh_token"] = "refresh_token"
    refresh_token: FormText


class TokenAnswer(View):
    """An OAuth 2 token answer (RFC 6749 §5.1); `expires_in` in seconds."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int
    refresh_token: str


class PasswordSet(Draft):
    """The first or a new password: 10 to 200 characters."""

    password: Password


class PasswordResetRequest(Draft):
    """Whose password is to be reset. The answer is the same whether the address is known or not."""

    email: Email
