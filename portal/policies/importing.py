"""Files become the draft of a manual: they are read first, then all of them become clauses in one act, or nothing does.

    being read ──▶ read ──▶ a draft was made of it
        │            └────▶ dropped
        └────▶ cannot be read

Reading makes clauses that wait (`ImportClause`), rendered and sanitised, each slice in a short transaction of its own,
beside the page: nobody waits long, and whoever dies in the middle is followed by another worker who begins again. What
remains for the one act is to copy them.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any

from flask import current_app
from sqlalchemy import delete, exists, insert, literal, or_, select, update

from portal.extensions import db
from portal.kernel import files, once
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.claims import CLAIMED_FOR, MOST_TRIES, claimed, is_free
from portal.kernel.clock import now, office_day
from portal.kernel.encoding import decoded, encoded
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.files import Draft
from portal.kernel.permissions import P
from portal.kernel.text import Said, say
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.policies import bundle, drafts, handbook, import_head, places, queries
from portal.policies.bundle import LIMITS, Limits
from portal.policies.handbook import MARKDOWN, Handbook, Remark
from portal.policies.models import DraftClause, DraftRuling, ImportClause, Manual, ManualDraft, ManualImport
from portal.policies.pictures import laid_aside
from portal.policies.places import Named
from portal.policies.quiz_models import DraftQuestion
from portal.policies.rules import ClauseText
from portal.policies.states import GONE, Category, ImportState, ManualKind

ABOUT = "manual import"
SLICE = 100
FILES = 20
"""Pictures and files that are kept in one act: each has to be safe on the disk before it ends."""
PATIENCE = 300
"""Seconds after which nobody waits for the text of one import any longer: it is made to keep a machine busy."""
KEPT_FOR = timedelta(days=7)
"""How long files wait for somebody to go on with them; after that they are forgotten."""
MOST_SHOWN = 200
OVER = (ImportState.TAKEN, *GONE)
Tell = Callable[[ManualImport], None]


# ── The files ──


@dataclass(frozen=True, slots=True)
class Kept:
    """Files in the data folder, known by the hash of their bytes."""

    digest: str
    name: str


def folder() -> Path:
    """Where files wait to be read."""
    return Path(current_app.config["DATA"]) / "manuscripts"


def keep(sent: Sequence[tuple[str, IO[bytes]]]) -> Kept:
    """Put away what was chosen: a folder as ZIP, one Markdown file, or several (name, bytes).

    Raises Refused for what cannot be read, before anybody waits for it.
    """
    if not sent:
        raise Refused(say("Choose the file."))
    name = files.plain_name(sent[0][0])
    if len(sent) == 1:
        return _kept(sent[0][1], name)
    with TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for called, stream in sent:
                most = LIMITS.one if called.lower().endswith(MARKDOWN) else _limits().picture
                data = stream.read(most + 1)
                if len(data) > most:
                    raise Refused(
                        say("“{name}” is larger than {most} MB: divide it.", name=called, most=most // bundle.MB)
                    )
                archive.writestr(zipfile.ZipInfo(files.plain_name(called)), data)
        packed.seek(0)
        return _kept(packed, name)


def _kept(stream: IO[bytes], name: str) -> Kept:
    with files.written(stream, folder(), LIMITS.size) as draft:
        if draft.size == 0:
            raise Refused(say("“{name}” is empty.", name=name))
        if draft.size > LIMITS.size:
            raise Refused(say("“{name}” is larger than {most} MB.", name=name, most=LIMITS.size // bundle.MB))
        bundle.look(draft.path, name)
        draft.settle(folder() / draft.digest)
    return Kept(draft.digest, name)


# ── Questions ──


def imports_of(reader: Staff, most: int = 20) -> Sequence[ManualImport]:
    """What `reader` brought, the newest first; nobody else sees it before it is a draft."""
    query = select(ManualImport).where(ManualImport.by_id == reader.id).order_by(ManualImport.id.desc())
    return db.session.scalars(query.limit(most)).all()


def import_seen_by(reader: Staff, import_id: int) -> ManualImport | None:
    """One of them, or None: “not yours” and “not there” look the same."""
    query = select(ManualImport).where(ManualImport.id == import_id, ManualImport.by_id == reader.id)
    return db.session.scalar(query)


def shows_file(reader: Staff, import_id: int, _part: int | None) -> bool:
    """Whether what came with an import may be opened: by whoever brought it."""
    return import_seen_by(reader, import_id) is not None


def _limits() -> Limits:
    """What may be brought here: a picture is no larger than any file that people attach."""
    return replace(LIMITS, picture=current_app.config["UPLOAD_MB"] * bundle.MB)


def remarks_of(kept: Sequence[Any]) -> list[Remark]:
    """Remarks or problems of an import as they were said."""
    return [Remark(file, line, decoded(sentence)) for file, line, sentence in kept]


def contents(work: ManualImport, most: int) -> Sequence[Any]:
    """Number and heading of the first clauses."""
    query = select(ImportClause.number, ImportClause.heading).where(ImportClause.import_id == work.id)
    return db.session.execute(query.order_by(ImportClause.position).limit(most)).all()


def bound_by(work: ManualImport) -> list[Named]:
    """Whom the files bind, in words: those among the names in them who are here; none where they name nobody."""
    manual = _manual_called(work.code)
    found = import_head.bound_by(work.head, manual.department_id if manual else None, office_day(now()))
    return places.named(found) if found else []


def open_draft(reader: Staff, code: str) -> ManualDraft | None:
    """The draft whose text would be replaced, where the reader sees it."""
    found = drafts.draft_seen_by(reader, code, office_day(now())) if code else None
    return found if found and not found.ended_at else None


def open_to(reader: Staff) -> list[Manual]:
    """The manuals of which the reader may make a draft."""
    where = sorted(reader.where(P.MANUALS_DRAFT))
    top = drafts.home_of(None)
    scope = or_(Manual.department_id.in_(where), Manual.department_id.is_(None)) if top in where else (
        Manual.department_id.in_(where)
    )  # fmt: skip
    writes = exists().where(
        ManualDraft.manual_id == Manual.id, ManualDraft.ended_at.is_(None), drafts.written_by(reader.id)
    )
    seen = queries.seen_by(reader).with_only_columns(Manual.id)
    query = select(Manual).where(scope, or_(Manual.id.in_(seen), writes)).order_by(Manual.code)
    return list(db.session.scalars(query))


# ── What people do ──


@action
def begin(actor: Staff, kept: Kept, code: str = "", *, key: str = "", at: datetime) -> ManualImport:
    """Take files in for the manual with this code, "" for a new one or the one that they name; they are read beside
    the page. The same form makes one import."""
    if not actor.may(P.MANUALS_DRAFT):
        raise NotAllowed(say("Writing manuals of this department is not yours to do."))
    if code and code not in {one.code for one in open_to(actor)}:
        raise Refused(say("Choose a manual from the list."), field="code")
    work = ManualImport(
        state=ImportState.READING, code=code, file=kept.digest, file_name=kept.name, head={}, remarks=[], problems=[],
        questions=[], by_id=actor.id, by_name=actor.name, begun_at=at, touched_at=at,
    )  # fmt: skip
    db.session.add(work)
    db.session.flush()
    once.used(key, actor.id, str(work.id), at)
    return work


@action
def drop(_actor: Staff | Portal, work: ManualImport, *, at: datetime) -> None:
    """Give it up: the clauses that wait and the file go."""
    if work.state in OVER:
        raise OutOfDate
    _end(work, ImportState.DROPPED, at)


@action
def take_new(
    actor: Staff,
    work: ManualImport,
    code: str,
    titles: dict[str, str],
    *,
    kind: ManualKind,
    category: Category,
    department: Department | None,
    supervisor: Person,
    purpose: str,
    principles: str,
    review_on: date | None = None,
    at: datetime,
) -> ManualDraft:
    """A new manual whose first draft is what was read, all of it or nothing. Raises Refused for a department without
    everybody whom the files bind."""
    _hold(work)
    import_head.refuse_elsewhere(work.head, department, office_day(at))
    draft = drafts.begin_manual(
        actor, code, titles, kind=kind, category=category, department=department, supervisor=supervisor,
        purpose=purpose, principles=principles, review_on=review_on, at=at,
    )  # fmt: skip
    import_head.plan(draft, work.head, at)
    _fill(actor, work, draft, at)
    return draft


@action
def take_over(actor: Staff, work: ManualImport, *, seen: int = 0, at: datetime) -> ManualDraft:
    """What was read becomes the draft of the next version of its manual: a new one, or in the place of what stands in
    the one that is being written, as it was `seen`. Ids that the manual has stay what they are."""
    _hold(work)
    manual = next((one for one in open_to(actor) if one.code == work.code), None)
    if manual is None:
        raise NotAllowed(say("Writing manuals of this department is not yours to do."))
    draft = drafts.open_draft_of(manual)
    if draft is None:
        draft = drafts.begin_version(actor, manual, at=at)
        seen = draft.version
    said = say("{n} clauses brought from “{file}”", n=work.clauses, file=work.file_name)
    drafts.change(actor, draft, seen, said, at)
    import_head.describe(draft, work.head)
    import_head.plan(draft, work.head, at)
    _fill(actor, work, draft, at)
    return draft


def _hold(work: ManualImport) -> None:
    if work.state is not ImportState.READ:
        raise OutOfDate
    if work.wrong:
        raise Refused(
            say("Places with a problem: {n}. Nothing is taken over before all of them are right.", n=work.wrong)
        )


def _fill(actor: Staff, work: ManualImport, draft: ManualDraft, at: datetime) -> None:
    """The clauses that wait become those of the draft. Where the files name no values or no parts, those of the clauses
    with the same id stay; where they ask nothing, the questions of the draft do."""
    before = {one.stable: (one.part, one.chapter) for one in draft.clauses}
    ruled = [(one.stable, said.key, said.value) for one in draft.clauses for said in one.rulings]
    draft.clauses.clear()
    db.session.flush()
    columns = ("stable", "position", "number", "heading", "text", "html", "part", "chapter")
    waiting = select(literal(draft.id), *(getattr(ImportClause, one) for one in columns))
    db.session.execute(
        insert(DraftClause).from_select(
            ["draft_id", *columns], waiting.where(ImportClause.import_id == work.id).order_by(ImportClause.position)
        )
    )
    made = select(DraftClause.stable, DraftClause.id).where(DraftClause.draft_id == draft.id)
    ids = {stable: clause_id for stable, clause_id in db.session.execute(made)}  # noqa: C416 - rows are no pairs to mypy
    if work.rules:
        named = select(ImportClause.stable, ImportClause.rulings).where(ImportClause.import_id == work.id)
        ruled = [(stable, key, value) for stable, said in db.session.execute(named) for key, value in said.items()]
    rulings = [
        {"draft_id": draft.id, "clause_id": ids[stable], "key": key, "value": value}
        for stable, key, value in ruled
        if stable in ids
    ]
    if rulings:
        db.session.execute(insert(DraftRuling), rulings)
    places = [
        {"id": ids[stable], "part": part, "chapter": chapter}
        for stable, (part, chapter) in before.items()
        if stable in ids and not work.placed
    ]
    if places:
        db.session.execute(update(DraftClause), places)
    if work.questions:
        draft.questions = [
            DraftQuestion(position=place, words=words, kept=kept, stable=stable)
            for place, (words, kept, stable) in enumerate(work.questions, start=1)
        ]
    db.session.expire(draft, ["clauses"])
    files.share(ABOUT, work.id, "manual draft", draft.id, files.digests_of(ABOUT, work.id))
    work.code = draft.manual.code
    _end(work, ImportState.TAKEN, at)


def _end(work: ManualImport, state: ImportState, at: datetime) -> None:
    work.state, work.touched_at, work.claimed_until = state, at, None
    work.questions = []
    db.session.execute(delete(ImportClause).where(ImportClause.import_id == work.id))
    files.let_go(ABOUT, work.id)


# ── What the portal does for them ──


def go_on(import_id: int, tell: Tell = lambda _work: None) -> None:
    """Read files, unless another worker has them. Safe to run twice. What cannot be read is kept, with the reason."""
    if not claim(PORTAL, import_id, at=now()):
        return
    try:
        _read(import_id, tell)
    except OutOfDate:
        db.session.rollback()  # somebody dropped it, or another worker was faster
    except Refused as no:
        db.session.rollback()
        fail(PORTAL, import_id, no.sentence, at=now())


def waiting(at: datetime) -> Sequence[int]:
    """Files to be read, the oldest first, that are on this machine."""
    rows = db.session.execute(
        select(ManualImport.id, ManualImport.file)
        .where(ManualImport.state == ImportState.READING, is_free(ManualImport, at))
        .order_by(ManualImport.id)
    ).all()
    return [row.id for row in rows if (folder() / row.file).exists()]


@action
def claim(_actor: Portal, import_id: int, *, at: datetime) -> bool:
    """Take files in hand for a while; False where another worker has them or nothing is to be done.

    What was taken in hand too often without getting on is given up, and its row says so.
    """
    if not claimed(ManualImport, import_id, ManualImport.state == ImportState.READING, at=at):
        return False
    work = db.session.get_one(ManualImport, import_id, populate_existing=True)
    if work.tries > MOST_TRIES:
        work.reason = say("The portal did not get through these files. Tell the operator: the log says why.")
        _end(work, ImportState.FAILED, at)
        return False
    return True


@action
def fail(_actor: Portal, import_id: int, reason: Said, *, at: datetime) -> None:
    """Keep why it cannot be read."""
    work = db.session.get_one(ManualImport, import_id)
    if work.state is not ImportState.READING:
        raise OutOfDate
    work.reason = reason
    _end(work, ImportState.FAILED, at)


def _read(import_id: int, tell: Tell) -> None:
    work = db.session.get_one(ManualImport, import_id)
    path, name, code = folder() / work.file, work.file_name, work.code
    by_id = work.by_id
    db.session.rollback()
    limits = _limits()
    with laid_aside(limits.picture, limits.pictures) as aside:
        found, remarks = bundle.read(path, name, aside, limits)
        book = handbook.read(found, pictures=aside.there)
        code = code or _named_in(book.head, by_id)
        if known := _headings_of(code):
            book = handbook.read(found, known, aside.there)
        remarks += import_head.remarks(book, _manual_called(code), office_day(now()))
        tell(note(PORTAL, import_id, code, book, remarks, len(found), at=now()))
        brought = iter(aside.named(sorted(book.files)))
        while some := list(islice(brought, FILES)):
            keep_files(PORTAL, import_id, some, at=now())
    begun, position = monotonic(), 0
    clauses = iter(book.clauses)
    while part := list(islice(clauses, SLICE)):
        rows = [_row(import_id, position + at, one) for at, one in enumerate(part, start=1)]
        position += len(part)
        if monotonic() - begun > PATIENCE:
            raise Refused(say("These texts take too long to be read. Bring them in parts."))
        tell(keep_slice(PORTAL, import_id, rows, at=now()))
    tell(finish(PORTAL, import_id, at=now()))


@action
def note(
    _actor: Portal, import_id: int, code: str, book: Handbook, remarks: Sequence[Remark], count: int, *, at: datetime
) -> ManualImport:
    """Keep what was found before the clauses are rendered; an interrupted try begins again."""
    work = _being_read(import_id)
    every = [*remarks, *book.remarks]
    work.code, work.head, work.files, work.clauses, work.done = code, dict(book.head), count, len(book.clauses), 0
    work.remarks, work.remarked = _encoded(every), len(every)
    work.problems, work.wrong = _encoded(book.problems), len(book.problems)
    work.placed, work.rules, work.touched_at = book.placed, book.rules, at
    work.questions = [[one.words, [[choice.words, choice.right] for choice in one.choices], one.stable]
                      for one in book.questions]  # fmt: skip
    db.session.execute(delete(ImportClause).where(ImportClause.import_id == import_id))
    files.let_go(ABOUT, import_id)
    return work


@action
def keep_files(_actor: Portal, import_id: int, some: Sequence[tuple[Draft, str]], *, at: datetime) -> None:
    """Keep pictures and files that the clauses name, until the import is over."""
    work = _being_read(import_id)
    work.claimed_until = at + CLAIMED_FOR
    for draft, name in some:
        files.store(draft, name, ABOUT, import_id, by=(work.by_id or 0, work.by_name), at=at)


@action
def keep_slice(_actor: Portal, import_id: int, rows: list[dict[str, Any]], *, at: datetime) -> ManualImport:
    """Keep some clauses; whoever has the files has them for a while longer."""
    work = _being_read(import_id)
    db.session.execute(insert(ImportClause), rows)
    work.done, work.claimed_until, work.touched_at = work.done + len(rows), at + CLAIMED_FOR, at
    return work


@action
def finish(_actor: Portal, import_id: int, *, at: datetime) -> ManualImport:
    """Everything is read: now somebody decides."""
    work = _being_read(import_id)
    work.state, work.claimed_until, work.touched_at = ImportState.READ, None, at
    return work


def _being_read(import_id: int) -> ManualImport:
    work = db.session.get_one(ManualImport, import_id)
    if work.state is not ImportState.READING:
        raise OutOfDate
    return work


def _row(import_id: int, position: int, one: ClauseText) -> dict[str, Any]:
    return {
        "import_id": import_id, "position": position, "stable": one.stable, "number": one.number,
        "heading": one.heading, "text": one.text, "html": queries.shown(one.text), "part": one.part,
        "chapter": one.chapter, "rulings": dict(one.rulings),
    }  # fmt: skip


def _encoded(remarks: Iterable[Remark]) -> list[Any]:
    return [[one.file, one.line, encoded(one.sentence)] for one in islice(remarks, MOST_SHOWN)]


def _named_in(head: Mapping[str, str], by_id: int | None) -> str:
    """The code that the files name, where whoever brought them may write that manual."""
    reader = organisation.staff_with_id(by_id, now()) if by_id else None
    code = head.get("code", "")
    return code if reader and code in {one.code for one in open_to(reader)} else ""


def _headings_of(code: str) -> dict[str, str]:
    """Heading → id of the clauses of the manual's draft, or else of its newest version; doubled ones are left out."""
    manual = _manual_called(code)
    if manual is None:
        return {}
    draft, version = drafts.open_draft_of(manual), queries.last_version(manual)
    clauses: Sequence[Any] = draft.clauses if draft else version.clauses if version else ()
    times = Counter(one.heading for one in clauses)
    return {one.heading: one.stable for one in clauses if times[one.heading] == 1}


def _manual_called(code: str) -> Manual | None:
    return db.session.scalar(select(Manual).where(Manual.code == code)) if code else None


# ── Keeping house ──


def tidy(at: datetime) -> None:
    """Forget files that nobody went on with. Safe to run twice."""
    old = select(ManualImport.id).where(
        ManualImport.state.in_([ImportState.READING, ImportState.READ]), ManualImport.touched_at < at - KEPT_FOR
    )
    for import_id in db.session.scalars(old).all():
        with suppress(OutOfDate):
            drop(PORTAL, db.session.get_one(ManualImport, import_id), at=at)
    wanted = set(db.session.scalars(select(ManualImport.file).where(ManualImport.state.not_in(OVER))))
    db.session.rollback()
    for path in folder().glob("*"):
        with suppress(FileNotFoundError):  # a draft gets its name, or goes, at any moment
            if path.name not in wanted and path.stat().st_mtime < (at - timedelta(hours=1)).timestamp():
                path.unlink()
