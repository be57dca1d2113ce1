"""What an operator may turn and type stands in docs/operating.md, in the words that the program uses itself."""

import re
from collections.abc import Iterator

import click
from flask import Flask
from flask.cli import ScriptInfo

from portal.cli import main
from portal.config import ROOT, SETTINGS

GUIDE = (ROOT / "docs" / "operating.md").read_text("utf-8")


def rows(heading: str) -> list[str]:
    """The lines of the table under `heading`, without its head."""
    section = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    (found,) = [part for part in section if part.startswith(f"{heading}\n")]
    return [line for line in found.splitlines() if line.startswith("|")][2:]


def commands(group: click.Group, context: click.Context, path: str = "portal") -> Iterator[tuple[str, click.Command]]:
    """(as it is typed, command) for every command of ours, those inside groups included."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, context, f"{path} {name}")
        elif command:
            yield f"{path} {name}", command


def default(value: object) -> str:
    """A default as the table shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "made on first start"
    return f"`{value}`" if value != "" else "–"


def test_every_setting_is_documented_with_its_default_and_its_sentence() -> None:
    shown = [f"| `PORTAL_{one.name}` | {default(one.default)} | {one.sentence} |" for one in SETTINGS]
    assert rows("Settings") == shown


def test_every_command_is_documented_in_the_words_of_its_help(the_app: Flask) -> None:
    with click.Context(main, obj=ScriptInfo(create_app=lambda: the_app)) as context:
        typed = [f"| `{name}` | {command.get_short_help_str(200)} |" for name, command in commands(main, context)]
    assert sorted(rows("Commands")) == sorted(typed)
