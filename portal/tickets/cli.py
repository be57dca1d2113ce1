"""`portal tickets import`: another desk's tickets, from the operator's terminal."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import click
from flask.cli import AppGroup

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.tickets import importing
from portal.tickets import other_desk as desk
from portal.tickets.models import TicketImport
from portal.tickets.other_desk import Field
from portal.tickets.states import Channel, ImportState, Kind

group = AppGroup("tickets", help="Tickets.")
SECONDS_BETWEEN_WORDS = 1.0


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="What the other desk is called; its numbers are known under that name.")
@click.option("--department", required=True, help="Code of the department for lines that name none.")
@click.option("--kind", default=Kind.CONSULTATION.value, show_default=True, help="Kind of lines that name none.")
@click.option("--channel", default=Channel.WEB.value, show_default=True, help="How lines that do not say came in.")
@click.option("--map", "columns", multiple=True, metavar="COLUMN=FIELD", help="What a column holds; =  for nothing.")
@click.option(
    "--mean", "meanings", multiple=True, metavar="FIELD:WORD=VALUE", help="What a word of the file means here."
)
@click.option("--dry-run", is_flag=True, help="Say what would be imported; write nothing.")
def import_tickets(
    file: Path, source: str, department: str, kind: str, channel: str, columns: tuple[str, ...],
    meanings: tuple[str, ...], dry_run: bool,
) -> None:  # fmt: skip
    """Import another desk's tickets from FILE (CSV or XLSX): all of them in one act, or none."""
    try:
        with file.open("rb") as stream:
            kept = importing.keep(stream, file.name)
        work = importing.begin(PORTAL, kept, source, at=now())
        fields = _columns(work, columns)
        for name, field in zip(work.head, fields, strict=True):
            click.echo(f"  {name:<24} {Field(field).value if field else '–'}")
        importing.choose(
            PORTAL, work, fields, department=department, kind=kind, channel=channel, meanings=_meanings(meanings),
            at=now(),
        )  # fmt: skip
        work = _go_on(work.id)
        _say(work)
        if work.state is not ImportState.CHECKED or work.problems or dry_run or not work.added:
            good = work.state is ImportState.CHECKED and not work.problems
            if work.state is ImportState.CHECKED:
                importing.drop(PORTAL, work, at=now())
            raise SystemExit(0 if good else 1)
        importing.start(PORTAL, work, at=now())
        begun = monotonic()
        work = _go_on(work.id)
    except Refused as no:
        raise click.ClickException(str(no)) from no
    if work.state is not ImportState.IMPORTED:
        raise click.ClickException(str(work.reason) if work.reason else "Nothing was imported.")
    click.echo(
        f"{work.added:,} tickets imported in one act, {work.customers:,} customers written down, and the words of all "
        f"of them put into the search: {monotonic() - begun:.1f} s."
    )


def _go_on(import_id: int) -> TicketImport:
    """Let the work be done here, with a word now and then."""
    last = monotonic()

    def tell(work: TicketImport) -> None:
        nonlocal last
        if monotonic() - last > SECONDS_BETWEEN_WORDS:
            last = monotonic()
            click.echo(f"  read as far as line {work.lines_read:,} …")

    importing.go_on(import_id, tell)
    return db.session.get_one(TicketImport, import_id)


def _say(work: TicketImport) -> None:
    if work.reason:
        click.echo(str(work.reason))
        return
    click.echo(
        f"{work.added:,} to be added, {work.known:,} are here already, {work.changed:,} are here and were changed "
        f"there since, {work.left_out:,} left out, {work.problems:,} with a problem; {work.customers:,} new customers."
    )
    for one in importing.problems(work):
        click.echo(f"Line {one.line}: {one.sentence}")
    if work.problems > importing.MOST_SHOWN:
        click.echo(f"… and {work.problems - importing.MOST_SHOWN:,} more.")
    for line, there, ours in importing.changed(work):
        click.echo(f"Line {line}: {there} has been changed since; {ours} stays as it is.")
    for words, count in work.remarks:
        click.echo(str(desk.remark(words, count)))
    for field, word, times, line, value in work.words:
        if not value:
            click.echo(f"Unknown: --mean '{field}:{word}=…' ({times:,} lines, the first is {line})")


def _columns(work: TicketImport, mapped: tuple[str, ...]) -> list[str]:
    """The guess, with what was said on the command line; a field that is given to a column leaves the guessed one."""
    fields = list(work.columns)
    for one in mapped:
        column, _is, field = one.rpartition("=")
        if column not in work.head:
            raise click.BadParameter(f"there is no column “{column}”; there are {', '.join(work.head)}")
        if field and field not in list(Field):
            raise click.BadParameter(f"there is no field “{field}”; there are {', '.join(Field)}")
        fields = ["" if field and known == field else known for known in fields]
        fields[work.head.index(column)] = field
    return fields


def _meanings(said: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in said:
        field, _colon, rest = one.partition(":")
        word, _is, value = rest.rpartition("=")
        if field not in desk.LISTED or not word:
            raise click.BadParameter(f"write --mean state:已挂起=open; fields are {', '.join(desk.LISTED)}")
        found.setdefault(field, {})[word] = value
    return found
