"""The command line. What a command needs is imported by that command: `kakehashi version` must not wait for a solver."""
# ruff: noqa: PLC0415, T201 (see above; a command line prints)

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.refusal import Refusal

if TYPE_CHECKING:
    from api.db import Wiring
    from api.settings import Settings

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


Force = Annotated[bool, typer.Option("--force", help="Replace what is there")]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else KAKEHASHI_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else KAKEHASHI_PORT")] = None,
) -> None:
    """Run the service; in development on an empty database, with the demo."""
    import uvicorn

    from api.main import create_app
    from api.settings import Environment
    from api.startup import refuse_unfit

    with _wired() as wiring:
        settings = wiring.settings.listening(host or wiring.settings.host, port or wiring.settings.port)
        refuse_unfit(wiring)
        if settings.environment is Environment.DEVELOPMENT:
            _load_demo_into_empty(wiring)
        _introduce(wiring, settings.address)
    # One process: it holds the worker too, and more of them add nothing on SQLite. A line per request would cost more
    # than the answer; a proxy logs better.
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        proxy_headers=True,
        server_header=False,
    )


@cli.command()
def worker() -> None:
    """Run the sweeps as a process of its own, beside any number of others, until it is told to stop."""
    from api import logs
    from api.startup import refuse_unfit
    from worker.loop import run_until_stopped

    logs.configure()
    with _wired() as wiring:
        refuse_unfit(wiring)
        run_until_stopped(wiring, lambda: print("Kakehashi's worker sweeps until it is stopped.", flush=True))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from api.migrating import migrate as run
    from api.migrating import newest

    with _wired() as wiring:
        run(wiring)
        _load_reference(wiring)
    print(f"The schema is at revision {newest()}.")


def _load_reference(wiring: "Wiring") -> None:
    """Add the lists and rules that a new version brings; who runs beside us may have been quicker."""
    from sqlalchemy.exc import IntegrityError

    from services import reference

    try:
        with wiring.unit() as unit:
            reference.load(unit)
    except IntegrityError:
        with wiring.unit() as unit:
            reference.load(unit)


@cli.command()
def setup(
    email: Annotated[str, typer.Option(help="Where the administrator gets mail")],
    name: Annotated[str, typer.Option(help="How the administrator is called")],
) -> None:
    """Load the reference data and make the first administrator; prints the link that sets the password, once."""
    from api.startup import refuse_unfit
    from services import inviting, reference

    with _wired() as wiring:
        refuse_unfit(wiring)
        with wiring.unit() as unit:
            reference.load(unit)
            token = inviting.make_first_administrator(unit, email, name)
    print("The first administrator is made. This call sets the password; it works once and is not shown again:")
    address = f"{wiring.rules.public_url}/v1/auth/invitations/{token}"
    print(f"  curl -X POST {address} -H 'Content-Type: application/json' -d '{{\"password\": \"…\"}}'")


@cli.command()
def demo(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Take everything in the database away first")] = False,
) -> None:
    """Load the demo of a fictional foundation into an empty database."""
    from api.migrating import migrate as run
    from api.migrating import reset as start_over
    from services import demo as demonstration

    with _wired() as wiring:
        _refuse_in_production(wiring.settings)
        (start_over if reset else run)(wiring)
        if not _load_demo_into_empty(wiring):
            raise Refusal(
                "The database holds data already: `kakehashi demo --reset` takes everything in it away first."
            )
    print("\n".join(demonstration.summary()))


@cli.command(name="check-data")
def check_data() -> None:
    """Hold the data against the invariants; list what is wrong and fail."""
    with _wired() as wiring:
        _report_data(wiring)


@cli.command()
def backup(path: Annotated[Path, typer.Argument(help="The file to write")], *, force: Force = False) -> None:
    """Write the whole database into one file, while the service runs."""
    from api.backup import back_up

    with _wired() as wiring:
        made = back_up(wiring, path, force=force)
    print(f"{path}: revision {made.revision}, {made.made_at}.")
    print(
        "It does not hold KAKEHASHI_CLIENT_KEYS: without them no family's identity and no incident can be read again."
    )


@cli.command()
def restore(path: Annotated[Path, typer.Argument(help="The file to read")], *, force: Force = False) -> None:
    """Put a backup in the place of everything in the database, migrate it, and check the data."""
    from api.backup import restore as put_back
    from api.migrating import newest

    with _wired() as wiring:
        made = put_back(wiring, path, force=force)
        print(f"Restored: revision {made.revision} of {made.made_at}, now at {newest()}.")
        _report_data(wiring)


@cli.command()
def doctor() -> None:
    """Tell what is wrong with this installation, and fail if anything is."""
    from api.doctor import examine

    count = 0
    with _wired() as wiring:
        for name, wrong in examine(wiring):
            print("\n".join(f"{name}: {sentence}" for sentence in wrong or ["ok"]), flush=True)
            count += len(wrong)
    if count:
        raise Refusal(f"Things that are wrong: {count}.")


@cli.command()
def solve(
    problem: Annotated[Path, typer.Argument(help="The problem's file, see docs/problem-format.md")],
    out: Annotated[Path, typer.Option(help="Where the plan goes")],
    *,
    time_limit: Annotated[float | None, typer.Option(help="Seconds, model building included; else to the end")] = None,
    gap: Annotated[float | None, typer.Option(help="Enough within this share of the soft bound: 0.01 for 1 %")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan")] = 0,
    executor: Annotated[str | None, typer.Option(help="process, or dask://HOST:PORT; else this process")] = None,
) -> None:
    """Make a plan for the problem of a file. Ctrl-C keeps the best so far."""
    from api import planning

    try:
        print(planning.make_plan(problem, out, planning.stops(time_limit, gap), seed, executor))
    except planning.BadInput as bad:
        raise Refusal(str(bad)) from bad


@cli.command()
def check(
    problem: Annotated[Path, typer.Argument(help="The problem's file")],
    plan: Annotated[Path, typer.Argument(help="The plan's file")],
) -> None:
    """Hold the plan of a file against every rule; list what it breaks and fail."""
    from api import planning

    try:
        broken = planning.judge_plan(problem, plan)
    except planning.BadInput as bad:
        raise Refusal(str(bad)) from bad
    if broken:
        print("\n".join(broken[: planning.TOLD]))
        raise Refusal(f"The plan breaks {len(broken)} rules.")
    print("The plan holds.")


@cli.command()
def docs(
    *, check: Annotated[bool, typer.Option("--check", help="Only tell whether they are in step with the code")] = False
) -> None:
    """Write the documents that are made from the code."""
    from api import documents

    if not check:
        documents.write()
    elif wanting := documents.out_of_step():
        raise Refusal(f"Out of step with the code: {', '.join(wanting)} (in docs/). `kakehashi docs` writes them.")


@cli.command(name="draft-migration")
def draft_migration(message: Annotated[str, typer.Argument(help="What changes, in two or three words")]) -> None:
    """For developers: write a migration from what the models have and the database lacks."""
    from api import migrating

    with _wired() as wiring:
        migrating.migrate(wiring)
        print(migrating.draft(wiring, message))


@cli.command()
def mail(
    *, retry: Annotated[bool, typer.Option("--retry", help="Try again to send what was given up")] = False
) -> None:
    """List the mails kept in the data folder, where no mail server is set."""
    from email import policy
    from email.parser import BytesParser

    if retry:
        _try_mail_again()
        return
    for path in sorted((_settings().var / "mail").glob("*.eml")):
        letter = BytesParser(policy=policy.default).parsebytes(path.read_bytes(), headersonly=True)
        print(f"{path}  {letter['to']}  {letter['subject']}")


@cli.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as of

    print(of("kakehashi"))


def _settings() -> "Settings":
    from api.settings import read_settings

    return read_settings()


@contextmanager
def _wired() -> Iterator["Wiring"]:
    from api.main import wire

    wiring = wire(_settings())
    try:
        yield wiring
    finally:
        wiring.database.close()


def _report_data(wiring: "Wiring") -> None:
    from services.checking import faults, lost_identities, lost_incidents

    with wiring.unit(write=False) as unit:
        found, lost, untold = faults(unit.session), lost_identities(unit), lost_incidents(unit)
    if lost:
        found.append(
            f"no key in KAKEHASHI_CLIENT_KEYS opens who it is: {lost} identities of families or of who came to a consultation"
        )
    if untold:
        found.append(f"no key in KAKEHASHI_CLIENT_KEYS opens what was written: {untold} texts of incidents")
    if found:
        print("\n".join(found))
        raise Refusal(f"{len(found)} faults in the data.")
    print("No fault in the data.")


def _try_mail_again() -> None:
    from worker.again import try_again

    with _wired() as wiring:
        print(f"{try_again(wiring)} mails are due again.")


def _refuse_in_production(settings: "Settings") -> None:
    from api.settings import Environment

    if settings.environment is Environment.PRODUCTION:
        raise Refusal("The demo is never loaded in production: its password is public.")


def _load_demo_into_empty(wiring: "Wiring") -> bool:
    from services import demo as demonstration

    with wiring.unit() as unit:
        empty = demonstration.is_empty(unit)
        if empty:
            demonstration.load(unit)
    return empty


def _introduce(wiring: "Wiring", address: str) -> None:
    from api.startup import has_demo_account
    from services import demo as demonstration

    print(f"Kakehashi at {address}, for programs {address}/docs", flush=True)
    if has_demo_account(wiring):
        print("\n".join(demonstration.summary()), flush=True)


def main() -> None:
    """Run the command line; what the operator can mend is told in a sentence, without a traceback."""
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError

    from api.settings import UnknownSetting
    from api.startup import Unfit
    from services.errors import DomainError
    from services.wording import say

    try:
        cli()
    except (Refusal, Unfit) as refusal:
        _fail(str(refusal))
    except UnknownSetting as unknown:
        _fail(f"Unknown setting: {unknown}. See docs/settings.md.")
    except ValidationError as invalid:
        _fail(
            "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in invalid.errors())
        )
    except OperationalError as trouble:
        _fail(f"The database does not answer: {trouble.orig}")
    except DomainError as refusal:
        _fail(say("problems", refusal.code, "en", refusal.facts))


def _fail(sentence: str) -> None:
    typer.echo(f"kakehashi: {' '.join(sentence.split())}", err=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
