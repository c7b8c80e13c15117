"""What must be true before the service answers anybody (design decisions 1 and 14)."""

from sqlmodel import select

from api.db import Wiring
from api.migrating import migrate, pending
from api.settings import Environment
from models.account import Account


class Unfit(Exception):
    """The service must not start like this; the message says why and what to do."""


def refuse_unfit(wiring: Wiring) -> None:
    """Migrate where that is safe, and raise `Unfit` where production would not be.

    Default secrets are refused earlier, by the settings themselves.
    """
    if wiring.settings.environment is not Environment.PRODUCTION:
        migrate(wiring)
        return
    if pending(wiring):
        raise Unfit("The database lacks migrations: run `kakehashi migrate`, then start again.")
    if has_demo_account(wiring):
        raise Unfit(
            "The database holds demo accounts, whose password is public: production needs a database of its own."
        )


def has_demo_account(wiring: Wiring) -> bool:
    """Return whether anybody of the demo could sign in."""
    with wiring.unit(write=False) as unit:
        return unit.session.exec(select(Account.id).where(Account.is_demo)).first() is not None
