"""`portal people …`: the first administrator, and a link for whoever is locked out."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.kernel.actions import PORTAL
from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.organisation import accounts, founding, queries

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


def _show(address: str) -> None:
    click.echo("Open this address in a browser and choose a password. It works once, and is not shown again:\n")
    click.echo(f"  {address}\n")
