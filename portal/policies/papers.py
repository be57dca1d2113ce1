"""The PDF of a version: asked for once by whoever may read it, made beside the page, kept, handed out byte for byte.

    waits for its turn ──▶ is being made ──▶ is there
            ▲                    └────▶ could not be made
            └──────────── asked for again ┘

It is printed by a process of its own, which holds nobody up. Whoever dies in the middle is followed by another worker.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread

import structlog
from flask import Flask, current_app
from sqlalchemy import func, select, update

from portal.config import ROOT
from portal.extensions import db
from portal.kernel import files, press
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.claims import CLAIMED_FOR, MOST_TRIES, claimed, is_free
from portal.kernel.clock import now
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.files import Draft
from portal.kernel.journal import record
from portal.kernel.press import Picture
from portal.kernel.text import Said, in_language, language, say
from portal.organisation.staff import Staff
from portal.policies import queries
from portal.policies.events import PaperMade
from portal.policies.models import ClauseRow, ManualVersion
from portal.policies.paper import Sheet, whole
from portal.policies.paper_models import ManualPaper
from portal.policies.paper_states import PaperState
from portal.policies.states import State
from portal.web.papers import foot

log = structlog.get_logger()
ABOUT = "manual paper"
STYLE = ROOT / "static" / "paper.css"
FOLDER = "paper-"
LONG = 300
"""Clauses from which on whoever asks is told beforehand that it takes a while: a thousand take a minute and a half of a
processor that nobody else wants, and 1.3 GB."""
LEFT = timedelta(seconds=2 * press.PATIENCE)
TAKEN_BACK = say(
    "This version was taken back before its day. Its PDF does not say so and is handed out no more; the sheet does."
)
_AT_WORK = [one for one in PaperState if one.at_work]


# ── Questions ──


def shows_file(reader: Staff, paper_id: int, _part: int | None) -> bool:
    """Whether a PDF may be opened: by whoever may read the manual."""
    query = (
        select(ManualVersion.manual_id)
        .join(ManualPaper, ManualPaper.version_id == ManualVersion.id)
        .where(ManualPaper.id == paper_id, ManualVersion.state == State.PUBLISHED)
    )
    manual_id = db.session.scalar(query)
    return manual_id is not None and queries.shows_file(reader, manual_id, None)


def paper_of(version: ManualVersion) -> ManualPaper | None:
    """The PDF of a version, however far it is."""
    return db.session.scalar(select(ManualPaper).where(ManualPaper.version_id == version.id))


def clauses_of(version: ManualVersion) -> int:
    """How many clauses a version has."""
    return db.session.scalar(select(func.count(ClauseRow.id)).where(ClauseRow.version_id == version.id)) or 0


def bytes_of(paper: ManualPaper) -> files.Served | None:
    """The PDF itself; None where it is not made or its bytes are gone."""
    return files.kept(ABOUT, paper.id, [paper.digest]).get(paper.digest) if paper.state is PaperState.MADE else None


# ── What people do ──


@action
def ask(actor: Staff, version: ManualVersion, *, at: datetime) -> ManualPaper:
    """Have the PDF of a version made; who comes second finds the first one's. What failed is tried again.

    Raises Refused where it is known that none can be made here.
    """
    if version.state is State.WITHDRAWN:
        raise Refused(TAKEN_BACK)
    found = paper_of(version)
    if found is not None and found.state is not PaperState.FAILED and (found.state.at_work or bytes_of(found)):
        return found
    if missing := press.why_not():
        raise Refused(missing)
    if found is None:
        found = ManualPaper(version_id=version.id)
        db.session.add(found)
    found.state, found.by_id, found.by_name, found.asked_at = PaperState.WAITING, actor.id, actor.name, at
    found.reason = found.claimed_until = None
    found.tries = 0
    db.session.flush()
    return found


# ── What the portal does for them ──


def waiting(at: datetime) -> Sequence[int]:
    """PDFs to be made, the oldest first."""
    query = select(ManualPaper.id).where(ManualPaper.state.in_(_AT_WORK), is_free(ManualPaper, at))
    found = db.session.scalars(query.order_by(ManualPaper.asked_at)).all()
    db.session.rollback()
    return found


def begin(at: datetime) -> int:
    """Have what is waiting made in a thread beside the other periodic work, one after the other; returns how many."""
    found = waiting(at)
    if found and _at_work.acquire(blocking=False):
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        Thread(target=_go_on_with, args=(app, found), daemon=True, name="versions as PDF").start()
        return len(found)
    return 0


_at_work = Lock()


def _go_on_with(app: Flask, found: Sequence[int]) -> None:
    try:
        for paper_id in found:
            with app.app_context():
                try:
                    go_on(paper_id)
                except Exception as error:  # the next slot tries again, and the operator sees it in the log
                    log.error("PDF", paper=paper_id, exc_info=error)
                finally:
                    db.session.remove()
    finally:
        _at_work.release()


def tidy(at: datetime) -> None:
    """Remove what a process that died left in the data folder. Safe to run twice."""
    for folder in Path(current_app.config["DATA"]).glob(f"{FOLDER}*"):
        if folder.stat().st_mtime < (at - LEFT).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def go_on(paper_id: int) -> None:
    """Make a PDF, unless another worker has it in hand. Safe to run twice. Why it cannot be made is kept with it."""
    turn = claim(PORTAL, paper_id, at=now())
    if turn is None:
        return
    try:
        _make(paper_id, turn)
    except OutOfDate:
        db.session.rollback()  # another worker was faster
    except Refused as no:
        db.session.rollback()
        fail(PORTAL, paper_id, turn, no.sentence, at=now())


@action
def claim(_actor: Portal, paper_id: int, *, at: datetime) -> int | None:
    """Take it in hand for a while; returns which turn this is, None where another worker has it.

    What was taken in hand too often without getting on is given up, and its row says so.
    """
    at_work = ManualPaper.state.in_(_AT_WORK)
    if not claimed(ManualPaper, paper_id, at_work, at=at, state=PaperState.MAKING):
        return None
    turn = db.session.scalars(select(ManualPaper.tries).where(ManualPaper.id == paper_id)).one()
    if turn > MOST_TRIES:
        _changed(paper_id, turn, state=PaperState.FAILED, reason=press.BROKEN, claimed_until=None)
        return None
    return turn


@action
def hold(_actor: Portal, paper_id: int, turn: int, *, at: datetime) -> None:
    """Whoever makes it has it for a while longer."""
    _changed(paper_id, turn, claimed_until=at + CLAIMED_FOR)


@action
def fail(_actor: Portal, paper_id: int, turn: int, reason: Said, *, at: datetime) -> None:
    """Keep why it could not be made."""
    _changed(paper_id, turn, state=PaperState.FAILED, reason=reason, claimed_until=None)


@action
def keep(_actor: Portal, paper_id: int, turn: int, code: str, draft: Draft, *, at: datetime) -> None:
    """Keep what was made: from now on it is handed out, and never made again."""
    values = {"code": code, "digest": draft.digest, "size": draft.size, "made_at": at}
    _changed(paper_id, turn, state=PaperState.MADE, claimed_until=None, **values)
    paper = db.session.get_one(ManualPaper, paper_id, populate_existing=True)
    version = db.session.get_one(ManualVersion, paper.version_id)
    name = f"{version.manual.code}-{version.label}.pdf"
    files.store(draft, name, ABOUT, paper.id, by=(paper.by_id, paper.by_name), at=at)
    record(PaperMade(version.manual_id, version.id, version.manual.code, version.label, draft.digest))


def _changed(paper_id: int, turn: int, **values: object) -> None:
    """Raises OutOfDate for whoever has not got it in hand any more."""
    mine = (ManualPaper.id == paper_id, ManualPaper.tries == turn, ManualPaper.state == PaperState.MAKING)
    done = db.session.execute(update(ManualPaper).where(*mine).values(values), {"synchronize_session": False})
    if not done.rowcount:  # type: ignore[attr-defined]
        raise OutOfDate


def _make(paper_id: int, turn: int) -> None:
    paper = db.session.get_one(ManualPaper, paper_id)
    version = whole(paper.version_id)
    if version is None:
        raise Refused(press.BROKEN)
    if version.state is State.WITHDRAWN:
        raise Refused(TAKEN_BACK)
    made = document(version, now())
    db.session.rollback()
    with TemporaryDirectory(dir=current_app.config["DATA"], prefix=FOLDER) as folder:
        to = Path(folder) / "paper.pdf"
        press.printed(
            made.page, STYLE.read_text(encoding="utf-8"), current_app.config["BASE_URL"].rstrip("/"), made.pictures, to,
            beat=lambda: hold(PORTAL, paper_id, turn, at=now()),
        )  # fmt: skip
        with to.open("rb") as stream, files.made(stream) as draft:
            keep(PORTAL, paper_id, turn, made.code, draft, at=now())


@dataclass(frozen=True, slots=True)
class Document:
    """A version as one page of HTML, with the pictures that it names (address → bytes) and its check code."""

    page: str
    pictures: dict[str, Picture]
    code: str


def document(version: ManualVersion, at: datetime) -> Document:
    """What is printed, in the language of the house."""
    sheet = Sheet(version)
    code = sheet.code(at)
    there = queries.files_of(version)
    with in_language(current_app.config["LOCALE"]):
        template = current_app.jinja_env.get_template("policies/paper.html")
        page = template.render(locale=language(), **foot(code, at), **sheet.context)
    pictures = {f"/manuals/files/{one.digest}": Picture(str(one.path), one.media_type)
                for one in there.values() if one.inline}  # fmt: skip
    return Document(page, pictures, code)
