"""The `portal` command: run, serve, worker, check, demo, verify and what each feature adds."""

from __future__ import annotations

import socket
import sys
from datetime import date, datetime, time
from pathlib import Path
from time import monotonic
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import FlaskGroup, with_appcontext

from portal import create_app, schema, serving
from portal.config import SettingError
from portal.extensions import db
from portal.kernel import files, outbox, seals, search, signature
from portal.kernel.actions import PORTAL
from portal.kernel.clock import now, office_zone
from portal.policies import acknowledgements, quiz, withdrawals
from portal.policies.queries import versions_with_wrong_hash


def _create(**settings: Any) -> Flask:
    try:
        return create_app(**settings)
    except SettingError as error:
        raise click.ClickException(str(error)) from error


class Commands(FlaskGroup):
    """Our own commands; what libraries would add costs time at each start and says nothing to an operator."""

    def _load_plugin_commands(self) -> None:
        self._loaded_plugin_commands = True


main = Commands(
    name="portal",
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="The portal of a company that lives by written rules.",
)

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")


def _must_be_free(host: str, port: int) -> None:
    """End with a sentence where something else listens already: the server itself would try for a while first."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = error.strerror or error
        raise click.ClickException(f"Cannot listen on {host}:{port} ({reason}). Name another port: PORT=…") from error


@main.command()
@HOST
@PORT
@click.option("--workers", default=0, help="Processes; 0 means as many as there are cores.")
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Serve pages and do the periodic work, in one command."""
    _must_be_free(host, port)
    serving.serve(host, port, workers)


@main.command()
@with_appcontext
def worker() -> None:
    """Do the periodic work alone, beside web processes on other machines."""
    serving.work(current_app._get_current_object())  # type: ignore[attr-defined]


def _move_in(under_way: Path) -> None:
    """Migrate, and fill an empty database with the demo company.

    The file `under_way` stands while it is being filled. Found at a start it means that the last one was interrupted:
    nobody has worked with half a company, so that it is taken away and told again.
    """
    if under_way.exists():
        if current_app.config["DATABASE_URL"]:
            raise click.ClickException("The demo company did not finish moving in. Empty the database and start again.")
        for name in ("portal.db", "portal.db-wal", "portal.db-shm"):
            (under_way.parent / name).unlink(missing_ok=True)
    from portal.demo import story

    schema.upgrade()
    if story.is_empty():
        click.echo("The demo company moves in …")
        under_way.touch()
        story.tell(now())
    under_way.unlink(missing_ok=True)
    db.session.remove()


@main.command()
@HOST
@PORT
def run(host: str, port: int) -> None:
    """Try the portal: migrate, fill an empty database with the demo company, serve."""
    from portal.demo import cast

    _must_be_free(host, port)
    app = _create(DEMO=True, PLAIN_HTTP=True, BASE_URL=f"http://{host}:{port}")
    with app.app_context():
        _move_in(Path(app.config["DATA"]) / "moving-in")
        click.echo(f"\n  http://{host}:{port}\n")
        click.echo(f"  Sign in as one of: {', '.join(cast.sign_in_names())}")
        click.echo(f"  Password for all:  {cast.PASSWORD}\n")
        sys.stdout.flush()
        serving.serve(host, port)


@main.command()
@click.option("--day", default=None, metavar="YYYY-MM-DD", help="The day on which the story is told; today by default.")
@click.option("--scale", multiple=True, metavar="KIND=N", help="Add so much history for benchmarks: tickets=1000000.")
@with_appcontext
def demo(day: str | None, scale: tuple[str, ...]) -> None:
    """Fill an empty database with the demo company; with --scale, add years of history to it."""
    from portal.demo import scale as history
    from portal.demo import story

    try:
        at = datetime.combine(date.fromisoformat(day), time(10), office_zone()) if day else now()
        wanted = {kind: int(count) for kind, _is, count in (words.partition("=") for words in scale)}
    except ValueError as error:
        raise click.BadParameter("write --day 2026-10-12 and --scale tickets=1000") from error
    if unknown := set(wanted) - set(history.KINDS):
        raise click.BadParameter(f"nothing is known of {', '.join(unknown)}; there is {', '.join(history.KINDS)}")
    if story.is_empty():
        story.tell(at)
        click.echo("The demo company has moved in.")
    elif not wanted:
        raise click.ClickException("Somebody lives in this database already; the demo company needs an empty one.")
    for kind, count in wanted.items():
        started = monotonic()
        history.add(kind, count, at)
        click.echo(f"{count:,} {kind} added in {monotonic() - started:.0f} s.")


@main.command()
@with_appcontext
def check() -> None:
    """Say whether settings, database, locale, storage, clock and TLS are as they should be; exit 1 if not."""
    bad = 0
    for finding in serving.findings():
        click.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.subject}: {finding.sentence}")
        bad += not finding.good
    sys.exit(1 if bad else 0)


@main.command()
@click.option("--mark", default="", help="A seal that was printed or kept elsewhere and must still be there.")
@with_appcontext
def verify(mark: str) -> None:
    """Prove that no journal entry, manual, signature or file was changed or removed; name the first that was."""
    found = [
        *seals.verify(mark), *versions_with_wrong_hash(), *withdrawals.wrong_ones(), *acknowledgements.wrong_ones(),
        *quiz.wrong_ones(),
        *signature.verify(),
        *files.verify(),
    ]  # fmt: skip
    for finding in found[:20]:
        click.echo(str(finding.sentence))
    if len(found) > 20:
        click.echo(f"… and {len(found) - 20} more.")
    click.echo(f"{seals.unsealed()} entries are not sealed yet. Last seal: {seals.last_mark() or 'none'}")
    sys.exit(1 if found else 0)


@main.command()
@click.option("--again", is_flag=True, help="Try them anew: the mail server or the addresses were set right.")
@with_appcontext
def mail(again: bool) -> None:
    """List the mails that could not leave and wait for a person; with --again try them anew."""
    waiting = outbox.stuck()
    for one in waiting:
        click.echo(
            f"{one.queued_at.astimezone(office_zone()):%Y-%m-%d %H:%M}  {one.to}  {one.subject}  {one.last_error}"
        )
    count = outbox.try_again(PORTAL, at=now()) if again else 0
    click.echo(f"{count} are tried again." if again else f"{len(waiting)} wait.")


@main.command()
@with_appcontext
def seal() -> None:
    """Seal the journal now; the worker does it each minute."""
    count = 0
    while done := seals.seal(PORTAL, at=now()):
        count += done
    click.echo(f"{count} entries sealed.")


@main.command()
@click.argument("kinds", nargs=-1, metavar="[KIND]…")
@with_appcontext
def reindex(kinds: tuple[str, ...]) -> None:
    """Write the search index anew where it differs, for everything or for each KIND; people may go on working."""
    known = {one.name: one for one in search.kinds()}
    if unknown := set(kinds) - set(known):
        raise click.BadParameter(f"nothing is known of {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    for name in kinds or known:
        changed, seen, after = 0, 0, 0
        started = told = monotonic()
        while True:
            one = search.write_anew(PORTAL, known[name], after, at=now())
            changed, seen = changed + one.changed, seen + one.seen
            if one.upto is None:
                break
            after = one.upto
            if monotonic() - told > 2:
                told = monotonic()
                click.echo(f"{name}: {seen:,} looked at, {changed:,} rows written …")
        click.echo(f"{name}: {seen:,} looked at, {changed:,} rows written in {monotonic() - started:.0f} s.")


@main.group("db")
def database() -> None:
    """The database's schema."""


@database.command("upgrade")
@with_appcontext
def upgrade_schema() -> None:
    """Migrate the database to the schema of this version."""
    changed = schema.upgrade()
    click.echo(f"The database is at {schema.here()}{'' if changed else ', as it was'}.")


@database.command("downgrade")
@click.argument("revision")
@with_appcontext
def downgrade_schema(revision: str) -> None:
    """Migrate the database back to REVISION, for a version of the portal that needs it."""
    schema.downgrade(revision)
    click.echo(f"The database is at {schema.here() or 'nothing'}.")
