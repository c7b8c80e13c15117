"""`kakehashi` as an operator calls it, in this process: what it prints and how it ends."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.fernet import Fernet

from api.cli import main
from tests.databases import programs_for

PRODUCTION = {
    "KAKEHASHI_ENVIRONMENT": "production",
    "KAKEHASHI_SECRET_KEY": "a secret of this very installation, 32 letters and more",
    "KAKEHASHI_CLIENT_KEYS": Fernet.generate_key().decode(),
    "KAKEHASHI_SMTP_HOST": "mail.example.jp",
}


class Outcome(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """`kakehashi` over one database, in an empty folder."""

    def __init__(self, url: str, folder: Path, patch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.folder = folder
        self._patch = patch
        self._printed = printed

    def environment(self, **over: str) -> dict[str, str]:
        own = {"KAKEHASHI_DATABASE_URL": self.url, "KAKEHASHI_VAR": str(self.folder)}
        if programs := programs_for(self.url):
            own["KAKEHASHI_PG_BIN"] = str(programs)
        return own | over

    def __call__(self, *arguments: str, **environment: str) -> Outcome:
        self._printed.readouterr()
        with self._patch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["kakehashi", *arguments])
            for name, value in self.environment(**environment).items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, *self._printed.readouterr())


def refused(outcome: Outcome) -> str:
    """Assert that it failed with one sentence and no traceback; return the sentence."""
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    [sentence] = outcome.stderr.strip().splitlines()
    assert sentence.startswith("kakehashi: ")
    return sentence
