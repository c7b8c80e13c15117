"""Mail goes through a server, and again later where that failed."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.db import Wiring
from models.record import NoticeStatus
from services.clock import SetClock
from tests.conftest import NOW
from tests.databases import with_settings
from tests.factories import Make
from tests.mail_server import free_port
from tests.outbox import invited, link_tokens, notices, read, states, told
from worker import deliver
from worker.deliver import deliver_due


class Postbox:
    """Keeps what a mail server is handed; refuses one address if told so."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refused = ""

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.letters.append(read(envelope.content))
        return "250 OK"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def by_server(wiring: Wiring, port: int) -> Wiring:
    return with_settings(wiring, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)


@pytest.fixture
def mail_server(postbox: Postbox, port: int) -> Iterator[Callable[[], None]]:
    controller: Any = Controller(postbox, hostname="127.0.0.1", port=port)
    yield controller.start
    if controller.server is not None:
        controller.stop()


def test_a_server_takes_what_is_due(
    make: Make, by_server: Wiring, mail_server: Callable[[], None], postbox: Postbox
) -> None:
    account = told(make)
    mail_server()

    assert deliver_due(by_server) == 1
    (mail,) = postbox.letters
    assert mail["To"] == account.email
    assert mail["Message-ID"] == f"<{notices(by_server)[0].id}@example.jp>"


def test_a_server_that_is_away_gets_everything_later(
    make: Make,
    by_server: Wiring,
    mail_server: Callable[[], None],
    postbox: Postbox,
    clock: SetClock,
) -> None:
    for _ in range(2):
        told(make)

    assert deliver_due(by_server) == 0
    assert [(row.attempts, row.due_at, row.status, row.leased_until) for row in notices(by_server)] == [
        (1, NOW + timedelta(minutes=1), NoticeStatus.PENDING, None)
    ] * 2
    mail_server()
    clock.forward(seconds=59)
    assert deliver_due(by_server) == 0
    clock.forward(seconds=1)
    assert deliver_due(by_server) == 2
    assert len(postbox.letters) == 2
    assert states(by_server) == [NoticeStatus.SENT] * 2


def test_a_server_that_is_away_is_asked_once_a_batch(
    make: Make, by_server: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(message: EmailMessage) -> None:
        asked.append(message["To"])
        raise TimeoutError

    monkeypatch.setattr(deliver, "sender", lambda *_: away)
    for _ in range(3):
        told(make)

    assert deliver_due(by_server) == 0
    assert len(asked) == 1


def test_twelve_tries_with_doubling_pauses_and_then_no_more(make: Make, by_server: Wiring, clock: SetClock) -> None:
    told(make)
    pauses = []
    for _ in range(12):
        assert deliver_due(by_server) == 0
        (notice,) = notices(by_server)
        pauses.append((notice.due_at - clock()) // timedelta(minutes=1))
        clock.now = notice.due_at

    assert pauses[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert (notice.status, notice.attempts) == (NoticeStatus.FAILED, 12)


def test_one_mailbox_that_refuses_keeps_no_other_waiting(
    make: Make, by_server: Wiring, mail_server: Callable[[], None], postbox: Postbox
) -> None:
    postbox.refused = told(make).email
    told(make)
    mail_server()

    assert deliver_due(by_server) == 1
    assert states(by_server) == [NoticeStatus.PENDING, NoticeStatus.SENT]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of the loopback that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "loopback.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_a_server_is_spoken_to_in_secret_and_by_name(
    make: Make, wiring: Wiring, postbox: Postbox, port: int, certificate: Path
) -> None:
    known: list[Any] = []

    def let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, presented: LoginPassword) -> AuthResult:
        known.append((presented.login, presented.password))
        return AuthResult(success=presented.password == b"secret", handled=False)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    controller: Any = Controller(
        postbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=let_in,
        auth_required=True,
    )
    controller.start()
    try:
        told(make)
        secret = with_settings(
            wiring,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_user="kakehashi",
            smtp_password="secret",  # noqa: S106
        )
        assert deliver_due(secret) == 1
        told(make)
        wrong = with_settings(secret, smtp_password="wrong")  # noqa: S106
        assert deliver_due(wrong) == 0
    finally:
        controller.stop()
    assert len(postbox.letters) == 1
    assert known[0] == (b"kakehashi", b"secret")
    assert states(wiring) == [NoticeStatus.SENT, NoticeStatus.PENDING]


def test_what_is_logged_of_a_failure_names_no_address_link_or_password(
    make: Make, by_server: Wiring, capsys: pytest.CaptureFixture[str]
) -> None:
    account = invited(make)

    deliver_due(with_settings(by_server, smtp_user="kakehashi", smtp_password="a password of the server"))  # noqa: S106
    said = "".join(capsys.readouterr())
    assert "mail_not_sent" in said
    assert "ConnectionRefusedError" in said
    for secret in (account.email, link_tokens(by_server, account.id)[0], "a password of the server"):
        assert secret not in said
