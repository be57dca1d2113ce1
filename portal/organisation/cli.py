"""`portal people …`: the first administrator and the first of HR, a link for who is locked out, a table of people."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask.cli import AppGroup

from portal.kernel.actions import PORTAL
from portal.kernel.clock import now, office_day
from portal.kernel.errors import Refused
from portal.organisation import accounts, founding, people_table, queries

group = AppGroup("people", help="People and departments.")


@group.command("first-admin")
@click.option("--name", required=True, help="The person's name.")
@click.option("--sign-in-name", required=True, help="The name to sign in with.")
@click.option("--staff-number", default="1", show_default=True, help="The person's staff number.")
@click.option("--mail", default="", help="The person's mail address.")
@click.option(
    "--departments", type=click.Choice(list(founding.SETS)), default=founding.USUAL, show_default=True,
    help="Departments to begin with: those of a company that puts service first, those of a network company, or none.",
)  # fmt: skip
def first_admin(name: str, sign_in_name: str, staff_number: str, mail: str, departments: str) -> None:
    """Begin: make the company and its first administrator, and print the link to their first password."""
    try:
        address = accounts.first_administrator(
            PORTAL, name, sign_in_name, staff_number=staff_number, mail_address=mail, departments=departments, at=now()
        )
    except Refused as no:
        raise click.ClickException(str(no)) from no
    _show(address)
    click.echo("Then name whoever writes down everybody else: portal people first-hr")


@group.command("first-hr")
@click.option("--name", required=True, help="The person's name.")
@click.option("--sign-in-name", required=True, help="The name to sign in with.")
@click.option("--staff-number", default="2", show_default=True, help="The person's staff number.")
@click.option("--mail", default="", help="The person's mail address.")
def first_hr(name: str, sign_in_name: str, staff_number: str, mail: str) -> None:
    """Begin: write down the first colleague of HR, who writes down all others, and print the link to their password."""
    try:
        address = accounts.first_of_hr(
            PORTAL, name, sign_in_name, staff_number=staff_number, mail_address=mail, at=now()
        )  # fmt: skip
    except Refused as no:
        raise click.ClickException(str(no)) from no
    _show(address)


@group.command()
@click.argument("sign_in_name")
def link(sign_in_name: str) -> None:
    """Print a one-time link to a new password, for somebody who cannot sign in; the journal keeps that it was made."""
    person = queries.person_called(sign_in_name)
    if person is None:
        raise click.ClickException(f"Nobody signs in as {sign_in_name}.")
    try:
        address = accounts.make_link(PORTAL, person, by_hand=True, at=now())
    except Refused as no:
        raise click.ClickException(str(no)) from no
    _show(address or "")


@group.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--as", "sign_in_name", required=True, help="Sign-in name of the colleague who imports it.")
@click.option("--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), help="Day from which changes hold; today.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken over; change nothing.")
def import_table(file: IO[bytes], sign_in_name: str, from_on: datetime | None, dry_run: bool) -> None:
    """Take over a table of people (CSV or XLSX): all of it, or nothing and every line that has to be put right."""
    at = now()
    person = queries.person_called(sign_in_name)
    if person is None or not queries.is_open(person, office_day(at)):
        raise click.ClickException(f"Nobody signs in as {sign_in_name}.")
    day = from_on.date() if from_on else office_day(at)
    actor = queries.staff(person, office_day(at))
    try:
        table = people_table.read(file.read())
        plan = people_table.plan(actor, table, office_day(at))
        for problem in plan.problems:
            click.echo(f"{problem.line}: {problem.sentence}", err=True)
        if plan.problems:
            raise click.ClickException("Nothing was taken over. Correct these lines and try again.")
        click.echo(f"{len(plan.added)} new, {len(plan.changed)} changed, {plan.same} as they are.")
        if not dry_run:
            people_table.import_people(actor, table, Path(file.name).name, from_on=day, at=at)
            click.echo("Taken over.")
    except Refused as no:
        raise click.ClickException(str(no)) from no


def _show(address: str) -> None:
    click.echo("Open this address in a browser and choose a password. It works once, and is not shown again:\n")
    click.echo(f"  {address}\n")
