"""`portal manuals import`: a folder of Markdown as a draft, from the operator's terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import NoReturn
from zipfile import ZIP_DEFLATED, ZipFile

import click
from flask.cli import AppGroup

from portal.extensions import db
from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.policies import import_head, importing
from portal.policies.handbook import MARKDOWN, File, named_in
from portal.policies.models import ManualImport
from portal.policies.states import Category, ImportState, ManualKind

group = AppGroup("manuals", help="Manuals.")
SECONDS_BETWEEN_WORDS = 1.0
KINDS, CATEGORIES = [one.value for one in ManualKind], [one.value for one in Category]


@group.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--as", "actor", required=True, help="Sign-in name of the colleague who becomes its author.")
@click.option("--code", default="", help="Number of the manual; without it the files say it.")
@click.option("--title", default="", help="Title of a new manual; without it the files say it.")
@click.option("--kind", type=click.Choice(KINDS), help="Of a new one; without it the files say it, or standard.")
@click.option("--category", type=click.Choice(CATEGORIES), help="Of a new one; without it the files say it, or other.")
@click.option("--department", default="", help="Code of the one that a new manual binds; without it the files say it.")
@click.option("--supervisor", default="", help="Sign-in name of whoever watches over a new manual.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it; write nothing.")
def import_manual(
    path: Path, actor: str, code: str, title: str, kind: str | None, category: str | None, department: str,
    supervisor: str, dry_run: bool,
) -> None:  # fmt: skip
    """Import PATH (a folder of Markdown, a ZIP of one, or a file) as a draft: all of it in one act, or nothing."""
    begun = monotonic()
    try:
        staff = _staff(actor)
        work = importing.begin(staff, _kept(path), code if _is_there(staff, code) else "", at=now())
        work = _go_on(work.id)
        _say(work)
        if work.state is not ImportState.READ or work.wrong or dry_run:
            good = work.state is ImportState.READ and not work.wrong
            if work.state is ImportState.READ:
                importing.drop(staff, work, at=now())
            raise SystemExit(0 if good else 1)
        if work.code:
            draft = importing.open_draft(staff, work.code)
            importing.take_over(staff, work, seen=draft.version if draft else 0, at=now())
        else:
            head, department = work.head, department or work.head.get("department", "")
            titles = {**import_head.titles_of(head), **({"zh-CN": title} if title else {})}
            importing.take_new(
                staff, work, code or head.get("code", ""), titles,
                kind=ManualKind(kind or _said(head, "kind", KINDS, ManualKind.STANDARD.value)),
                category=Category(category or _said(head, "category", CATEGORIES, Category.OTHER.value)),
                department=organisation.unit_coded(department) if department else None,
                supervisor=organisation.person_called(supervisor or actor) or _nobody(supervisor),
                purpose=head.get("purpose", ""), principles=head.get("principles", ""), at=now(),
            )  # fmt: skip
    except Refused as no:
        raise click.ClickException(str(no)) from no
    click.echo(f"A draft of {work.clauses:,} clauses of {work.files:,} files, in {monotonic() - begun:.1f} s.")


def _said(head: Mapping[str, str], name: str, among: Sequence[str], otherwise: str) -> str:
    """What the files say, where it is one of those that there are."""
    return head[name] if head.get(name) in among else otherwise


def _staff(name: str) -> Staff:
    person = organisation.person_called(name)
    found = organisation.staff_with_id(person.id, now()) if person else None
    return found or _nobody(name)


def _nobody(name: str) -> NoReturn:
    raise click.BadParameter(f"there is no colleague “{name}”")


def _is_there(staff: Staff, code: str) -> bool:
    return bool(code) and code in {one.code for one in importing.open_to(staff)}


def _kept(path: Path) -> importing.Kept:
    with ExitStack() as stack:
        if not path.is_dir():
            return importing.keep([(path.name, stack.enter_context(path.open("rb")))])
        packed = stack.enter_context(TemporaryFile())
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            there = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
            texts = [one for one in there if one.name.lower().endswith(MARKDOWN)]
            named = named_in(File(one.name, one.read_text(encoding="utf-8", errors="replace")) for one in texts)
            for one in there:
                if one.name.lower().endswith(MARKDOWN) or one.name in named:
                    archive.write(one, one.relative_to(path))
        packed.seek(0)
        return importing.keep([(f"{path.resolve().name}.zip", packed)])


def _go_on(import_id: int) -> ManualImport:
    """Let the work be done here, with a word now and then."""
    last = monotonic()

    def tell(work: ManualImport) -> None:
        nonlocal last
        if monotonic() - last > SECONDS_BETWEEN_WORDS:
            last = monotonic()
            click.echo(f"  {work.done:,} of {work.clauses:,} clauses …")

    importing.go_on(import_id, tell)
    return db.session.get_one(ManualImport, import_id)


def _say(work: ManualImport) -> None:
    if work.reason:
        click.echo(str(work.reason))
        return
    click.echo(f"{work.files:,} files, {work.clauses:,} clauses, {work.wrong:,} problems, {work.remarked:,} remarks.")
    for word, rows in (("Problem", work.problems), ("Remark", work.remarks)):
        for one in importing.remarks_of(rows):
            click.echo(f"{word}: {one.file}:{one.line}: {one.sentence}")
