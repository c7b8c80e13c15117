"""What is said about a registration: leave, renewal, leaving."""

from pydantic import Field as Described

from models.fields import Day, Draft, Line, OnBehalf


class Declaration(Draft):
    """Whether somebody stays for the year to come; said by herself, or entered by staff for her."""

    stays: bool
    on_behalf: OnBehalf | None = None


class LeaveDraft(Draft):
    """A pause, with or without a day on which it is expected to end."""

    until: Day | None = Described(default=None, description="Last day of the pause, as far as it is known")
    on_behalf: OnBehalf | None = None


class RegistrationVerb(Draft):
    """A verb that needs nothing but to be said, by herself or entered by staff for her."""

    on_behalf: OnBehalf | None = None


class Leaving(Draft):
    """Leaving for good. The reason is for staff: own wish, moved, unreachable, unfit."""

    reason: Line | None = None
    on_behalf: OnBehalf | None = None


class Renewal(Draft):
    """Prolong a registration by whole fiscal years, by default as long as the house does."""

    years: int | None = Described(default=None, ge=1, le=3)
