"""Another desk's tickets come in: a table is checked first, then all of it becomes tickets in one act, or nothing does.

    choosing columns ──▶ being checked ──▶ checked ──▶ being imported ──▶ imported
                              ▲               │ a word is given a meaning, a column another field
                              └───────────────┘

Checking reads the file in slices into rows that wait (`ImportRow`), each slice in a short transaction of its own:
nobody waits long, memory does not grow with the file, and whoever dies in the middle is followed by another worker who
goes on behind the last line that was kept. What remains for the one act is to number the rows and to copy them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from flask import current_app
from sqlalchemy import and_, delete, exists, func, insert, literal, select, text, update

from portal.customers import arrivals
from portal.customers.arrivals import Arrivals, Caller, Known
from portal.customers.models import Arrival, Customer
from portal.extensions import db, on_postgresql
from portal.kernel import files, markup, numbers, once, seals, search
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.claims import CLAIMED_FOR, MOST_TRIES, claimed, is_free
from portal.kernel.clock import now, office_day, office_zone
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record, record_each
from portal.kernel.permissions import P
from portal.kernel.tables import Limits, Problem, Row, Table, read_table
from portal.kernel.text import Said, printable, say, text_of
from portal.lists import queries as lists
from portal.organisation import queries as organisation
from portal.organisation.company import Roll
from portal.organisation.models import Department
from portal.organisation.staff import Staff
from portal.tickets import other_desk as desk
from portal.tickets import queries
from portal.tickets.events import TicketImported, TicketsImported
from portal.tickets.models import NEVER, ImportRow, Ticket, TicketEntry, TicketImport
from portal.tickets.other_desk import Field, Line, Terms, Unclear
from portal.tickets.states import Channel, EntryKind, ImportState, Outcome, Priority, State

Importer = Staff | Portal
LIMITS = Limits(size=512 << 20, unpacked=1 << 30)
SLICE = 1_000
KEPT_FOR = timedelta(days=7)
"""How long a table waits for somebody to go on with it; after that it and its file are forgotten."""
SAMPLED, SAMPLES, LONGEST_SAMPLE = 50, 3, 60
LONGEST_SOURCE = 40
OVER = (ImportState.IMPORTED, ImportState.FAILED, ImportState.DROPPED)
MOST_SHOWN = 50
Tell = Callable[[TicketImport], None]


# ── The file ──


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the data folder, known by the hash of its bytes, and what its columns look like."""

    digest: str
    name: str
    head: list[str]
    samples: list[list[str]]


def folder() -> Path:
    """Where files wait for their import."""
    return Path(current_app.config["DATA"]) / "imports"


def keep(stream: IO[bytes], name: str) -> Kept:
    """Put a file away and look at its columns. Raises Refused for one that is no table."""
    with files.written(stream, folder(), LIMITS.size) as draft:
        head, samples = look(read_table(draft.path, LIMITS))
        draft.settle(folder() / draft.digest)
    return Kept(draft.digest, printable(name)[:100], head, samples)


def look(table: Table) -> tuple[list[str], list[list[str]]]:
    """The head, and a few different values of each column."""
    samples: list[list[str]] = [[] for _column in table.head]
    for _line, cells in islice(table.rows, SAMPLED):
        for kept, cell in zip(samples, cells, strict=False):
            value = " ".join(cell.split())[:LONGEST_SAMPLE]
            if value and value not in kept and len(kept) < SAMPLES:
                kept.append(value)
    return table.head, samples


# ── Questions ──


def imports_of(reader: Staff, most: int = 20) -> Sequence[TicketImport]:
    """The tables that `reader` brought, the newest first. They hold what customers wrote: nobody else sees them."""
    query = select(TicketImport).where(TicketImport.by_id == reader.id).order_by(TicketImport.id.desc())
    return db.session.scalars(query.limit(most)).all()


def import_seen_by(reader: Staff, import_id: int) -> TicketImport | None:
    """One of them, or None: “not yours” and “not there” look the same."""
    query = select(TicketImport).where(TicketImport.id == import_id, TicketImport.by_id == reader.id)
    return db.session.scalar(query)


def problems(work: TicketImport, most: int = MOST_SHOWN) -> list[Problem]:
    """The first lines that cannot become tickets, each with what to do."""
    query = select(ImportRow.line, ImportRow.problem).where(
        ImportRow.import_id == work.id, ImportRow.outcome == Outcome.PROBLEM
    )
    rows = db.session.execute(query.order_by(ImportRow.line).limit(most))
    return [Problem(row.line, row.problem) for row in rows]


def changed(work: TicketImport, most: int = MOST_SHOWN) -> Sequence[Any]:
    """Lines that say something else than when they were imported: line, number there, number here."""
    query = select(ImportRow.line, ImportRow.origin_number, ImportRow.ours).where(
        ImportRow.import_id == work.id, ImportRow.outcome == Outcome.CHANGED
    )
    return db.session.execute(query.order_by(ImportRow.line).limit(most)).all()


def where(importer: Importer) -> dict[int, Department]:
    """The departments into which `importer` may bring tickets."""
    tree = organisation.departments()
    if isinstance(importer, Portal):
        return tree
    allowed = importer.where(P.TICKETS_IMPORT)
    return {one.id: one for one in tree.values() if one.id in allowed}


def choices(one: Field, importer: Importer) -> list[tuple[str, str]]:
    """Our values for a field of lists, each with its words."""
    match one:
        case Field.STATE:
            return [(value, str(words)) for value, words in desk.STATES.items()]
        case Field.KIND:
            return [(kind.code, text_of(kind.texts)) for kind in lists.kinds()]
        case Field.ROUTING:
            types = [(kind.code, text_of(kind.texts)) for kind in lists.routing_types()]
            return [*types, (desk.NOTHING, str(say("leave it empty")))]
        case Field.PRIORITY:
            return [(rank.code, str(rank.label)) for rank in Priority]
        case Field.CHANNEL:
            return [(way.value, str(way.label)) for way in Channel]
        case Field.DEPARTMENT:
            return [(unit.code, text_of(unit.names)) for unit in where(importer).values()]
    raise ValueError(f"{one} is no field of lists")


# ── What people do ──


@action
def begin(actor: Importer, file: Kept, source: str, *, key: str = "", at: datetime) -> TicketImport:
    """Take a table in, with a guess at its columns. Nothing of it is a ticket yet; the same form makes one import.

    `source`: what the other desk is called; its numbers are looked for under that name the next time.
    """
    if not actor.may(P.TICKETS_IMPORT):
        raise NotAllowed(say("Your roles do not let you import tickets."))
    source = " ".join(source.split())[:LONGEST_SOURCE]
    if not source:
        raise Refused(say("Say what the other desk is called."), field="source")
    work = TicketImport(
        state=ImportState.CHOOSING, source=source, file=file.digest, file_name=file.name, head=file.head,
        samples=file.samples, columns=desk.guess(file.head), otherwise={}, meanings={}, words=[], remarks=[],
        by_id=actor.id, by_name=actor.name, begun_at=at, touched_at=at,
    )  # fmt: skip
    db.session.add(work)
    db.session.flush()
    once.used(key, actor.id, str(work.id), at)
    return work


@action
def choose(
    actor: Importer,
    work: TicketImport,
    columns: Sequence[str],
    *,
    department: str,
    kind: str,
    channel: str,
    meanings: Mapping[str, Mapping[str, str]] | None = None,
    at: datetime,
) -> None:
    """Say what the columns hold, and what counts where they hold nothing; then the table is checked from its top.

    `meanings`: field → word of the file → our value; those that were given before stay.
    """
    _waits_for_a_person(work)
    try:
        fields = desk.chosen(columns)
    except ValueError as error:
        raise Refused(say("{field}: two columns hold it. Choose one.", field=Field(str(error)).label)) from error
    for one in desk.NEEDED:
        if one not in fields:
            raise Refused(say("{field}: no column holds it. Choose the one that does.", field=one.label))
    if Field.TITLE not in fields and Field.TEXT not in fields:
        raise Refused(say("Choose the column that says what it is about, or the one with what they need."))
    otherwise = {Field.DEPARTMENT: department, Field.KIND: kind, Field.CHANNEL: channel}
    for one, value in otherwise.items():
        if value not in dict(choices(one, actor)):
            raise Refused(say("{field}: choose one from the list.", field=one.label), field=one.value)
    work.columns = list(columns)
    work.otherwise = {**{one.value: value for one, value in otherwise.items()}, "priority": Priority.NORMAL.code}
    _mean(actor, work, meanings or {})
    _from_the_top(work, at)


@action
def mean(actor: Importer, work: TicketImport, meanings: Mapping[str, Mapping[str, str]], *, at: datetime) -> None:
    """Say what words of the file mean here; then the table is checked again."""
    _waits_for_a_person(work)
    if work.state is not ImportState.CHECKED:
        raise OutOfDate
    _mean(actor, work, meanings)
    _from_the_top(work, at)


@action
def start(_actor: Importer, work: TicketImport, *, at: datetime) -> None:
    """Let the checked table become tickets; the work is done beside the page. Exactly one press starts it."""
    _refuse_unready(work)
    work.state, work.touched_at, work.claimed_until, work.tries = ImportState.IMPORTING, at, None, 0


@action
def drop(_actor: Importer | Portal, work: TicketImport, *, at: datetime) -> None:
    """Give it up: the rows that wait and the file go; nothing of it was a ticket."""
    if work.state in OVER or work.state is ImportState.IMPORTING:
        raise OutOfDate
    work.state, work.touched_at = ImportState.DROPPED, at


@action
def take_in(actor: Importer, import_id: int, *, at: datetime) -> int:
    """Make every new row of a checked table a ticket, in one transaction; returns how many.

    Closed ones keep their days, open ones have no limit from the past. Numbers follow the year of receipt, callers who
    are new get their records, and each ticket has a fact that says where it came from. What was imported in the
    meantime is left out. Raises NotAllowed where the right is gone, OutOfDate where it is not to be imported any more.
    """
    work = db.session.get_one(TicketImport, import_id, with_for_update=True)
    if work.state is not ImportState.IMPORTING:
        _refuse_unready(work)
    if not actor.may(P.TICKETS_IMPORT):
        raise NotAllowed(say("Your roles do not let you import tickets."))
    if on_postgresql():
        db.session.execute(text("SET LOCAL statement_timeout = '10min'"))  # it is one statement, and no search
    seals.hold_back()
    mine = (ImportRow.import_id == work.id, ImportRow.outcome == Outcome.NEW)
    for year in sorted(db.session.scalars(select(ImportRow.year).where(*mine).distinct())):
        numbers.reserve("T", year, 0)  # whoever imports the same numbers at this moment waits here
    same = and_(_from(work.source), Ticket.origin_number == ImportRow.origin_number)
    here = exists().where(same)
    db.session.execute(update(ImportRow).where(*mine, here).values(outcome=Outcome.KNOWN), execution_options=_BLIND)
    counted = select(ImportRow.year, func.count()).where(*mine).group_by(ImportRow.year)
    counts: dict[int, int] = {year: count for year, count in db.session.execute(counted)}  # noqa: C416
    work.customers = _write_down(work, at)
    for year, count in sorted(counts.items()):
        _copy(work, year, numbers.reserve("T", year, count), at)
    came = and_(same, *mine)
    _copy_answers(work, came)
    record_each(
        TicketImported,
        "ticket_id",
        select(
            Ticket.id.label("ticket_id"), Ticket.origin.label("source"), Ticket.origin_number.label("number_there"),
            ImportRow.receiver, ImportRow.worker,
        ).join(ImportRow, came),
    )  # fmt: skip
    work.known, work.added = work.known + work.added - sum(counts.values()), sum(counts.values())
    work.state, work.touched_at, work.reason = ImportState.IMPORTED, at, None
    record(TicketsImported(work.id, work.source, work.file_name, work.file, work.added, work.customers))
    return work.added


# ── What the portal does for them ──


def go_on(import_id: int, tell: Tell = lambda _work: None) -> None:
    """Do what is to be done for a table, unless another worker has it: check it, or take it in. Safe to run twice.

    `tell` hears of each slice. What cannot be done is kept in the table's row, with the reason.
    """
    state = claim(PORTAL, import_id, at=now())
    try:
        if state is ImportState.CHECKING:
            _check(import_id, tell)
        elif state is ImportState.IMPORTING:
            take_in(_importer(import_id), import_id, at=now())
            search.write_missing(now())  # all of it was one act; its words follow at once, in slices of their own
            tell(db.session.get_one(TicketImport, import_id))
            _forget_all(import_id, every=False)
    except OutOfDate:
        db.session.rollback()  # somebody dropped it, or another worker was faster
    except Refused as no:
        fail(PORTAL, import_id, no.sentence, at=now())


def waiting(at: datetime) -> Sequence[int]:
    """Tables with work to be done, the oldest first, whose file is on this machine."""
    at_work = [one for one in ImportState if one.at_work]
    rows = db.session.execute(
        select(TicketImport.id, TicketImport.state, TicketImport.file)
        .where(TicketImport.state.in_(at_work), is_free(TicketImport, at))
        .order_by(TicketImport.id)
    ).all()
    return [row.id for row in rows if row.state is ImportState.IMPORTING or (folder() / row.file).exists()]


@action
def claim(_actor: Portal, import_id: int, *, at: datetime) -> ImportState | None:
    """Take a table in hand for a while; None where another worker has it or nothing is to be done.

    One that was taken in hand too often without getting on is given up, and its row says so.
    """
    at_work = TicketImport.state.in_([one for one in ImportState if one.at_work])
    if not claimed(TicketImport, import_id, at_work, at=at):
        return None
    work = db.session.get_one(TicketImport, import_id, populate_existing=True)
    if work.tries > MOST_TRIES:
        _failed(work, say("The portal did not get through this table. Tell the operator: the log says why."), at)
        return None
    return work.state


@action
def fail(_actor: Portal, import_id: int, reason: Said, *, at: datetime) -> None:
    """Keep why it did not go on. Nothing was written: a table that could be checked may be tried again."""
    _failed(db.session.get_one(TicketImport, import_id), reason, at)


def _failed(work: TicketImport, reason: Said, at: datetime) -> None:
    work.state = ImportState.CHECKED if work.state is ImportState.IMPORTING else ImportState.FAILED
    work.reason, work.touched_at, work.claimed_until = reason, at, None


def _check(import_id: int, tell: Tell) -> None:
    work, at = db.session.get_one(TicketImport, import_id), now()
    if work.lines_read == 0:
        _forget_all(import_id, every=True)
        work = db.session.get_one(TicketImport, import_id)
    reader = _Reader(work, _importer(import_id), at)
    began_behind, path = work.lines_read, folder() / work.file
    rows = (row for row in read_table(path, LIMITS).rows if row.line > began_behind)
    met = False
    while part := list(islice(rows, SLICE)):
        met = True
        tell(_keep_slice(PORTAL, import_id, reader, *reader.read(part), at=now()))
    if not met and began_behind == 0:
        raise Refused(say("There is nothing below the head of this table."))
    tell(_checked(PORTAL, import_id, at=now()))


class _Reader:
    """Turns lines into rows: everything that has to be known for it is read once."""

    def __init__(self, work: TicketImport, importer: Importer, at: datetime) -> None:
        self.id, self.source, self.width, self.at = work.id, work.source, len(work.head), at
        self.terms = Terms(
            desk.chosen(work.columns), dict(work.otherwise), work.meanings, _choices(importer), office_zone(), at,
            desk.words_of(work.words), dict(work.remarks),
        )  # fmt: skip
        self.departments = {one.code: one for one in where(importer).values()}
        self.types = {one.code: one.kind for one in lists.routing_types()}
        self.taking: dict[int, bool] = {}
        self.roll = Roll()
        self.customers_seen = work.customers_seen or arrivals.newest()
        self.arrivals = Arrivals(_batch(work.id))

    def read(self, part: Sequence[Row]) -> tuple[list[dict[str, Any]], int, list[Caller]]:
        """Rows to keep; the place of the first caller who is new, and those callers."""
        rows = [self._row(one) for one in part]
        wanted = [row["origin_number"] for row, _line in rows if row["origin_number"]]
        before = self._lines_of(wanted)
        here = self._tickets_of(wanted)
        new: list[tuple[dict[str, Any], Line]] = []
        for row, line in rows:
            number = row["origin_number"]
            if line is None:
                continue
            if number in before:
                self._refuse(row, say("Line {line} has the same number, {number}.", line=before[number], number=number))
                continue
            before[number] = row["line"]
            if line.state is None:
                row["outcome"] = Outcome.LEFT_OUT
            elif number in here:
                row["ours"], mark = here[number]
                row["outcome"] = Outcome.KNOWN if mark == line.mark else Outcome.CHANGED
            elif no := self._no_place(line):
                self._refuse(row, no)
            else:
                new.append((row, line))
        first = self.arrivals.count
        callers = [Caller(line.customer, line.telephones, line.mail, line.company) for _row, line in new]
        known, arriving = self.arrivals.recognise(callers)
        for (row, line), who in zip(new, known, strict=True):
            row.update(self._ticket(line, who))
        return [row for row, _line in rows], first, arriving

    def _row(self, one: Row) -> tuple[dict[str, Any], Line | None]:
        row = {**_EMPTY, "import_id": self.id, "line": one.line}
        try:
            if len(one.cells) > self.width:
                raise Unclear(say("There are more cells than the head has columns."))
            line = desk.read_line(one.line, one.cells, self.terms)
        except Unclear as no:
            self._refuse(row, no.sentence)
            return row, None
        return {**row, "origin_number": line.number, "origin_mark": line.mark}, line

    def _refuse(self, row: dict[str, Any], sentence: Said) -> None:
        row["outcome"], row["problem"] = Outcome.PROBLEM, sentence

    def _lines_of(self, wanted: Sequence[str]) -> dict[str, int]:
        mine = (ImportRow.import_id == self.id, ImportRow.origin_number.in_(wanted))
        query = select(ImportRow.origin_number, func.min(ImportRow.line)).where(*mine)
        rows = db.session.execute(query.group_by(ImportRow.origin_number))
        return {number: line for number, line in rows}  # noqa: C416 - rows are no pairs to the type checker

    def _tickets_of(self, wanted: Sequence[str]) -> dict[str, tuple[str, str]]:
        rows = db.session.execute(
            select(Ticket.origin_number, Ticket.number, Ticket.origin_mark).where(
                _from(self.source), Ticket.origin_number.in_(wanted)
            )
        )
        return {number: (ours, mark) for number, ours, mark in rows}

    def _no_place(self, line: Line) -> Said | None:
        """Why an open ticket cannot go to its department: nobody there would ever take it up."""
        department = self.departments[line.department]
        if line.state is State.CLOSED:
            return None
        if department.id not in self.taking:
            self.taking[department.id] = queries.takes_tickets(department.id, office_day(self.at))
        if self.taking[department.id]:
            return None
        return say("It is open, and {department} takes no tickets.", department=department.names["zh-CN"])

    def _ticket(self, line: Line, who: Known) -> dict[str, Any]:
        day = office_day(line.received_at)
        receiver = self.roll.who(line.receiver, day) if line.receiver else None
        worker = self.roll.who(line.worker, day) if line.worker else None
        closed = line.state is State.CLOSED
        fits = self.types.get(line.routing, "") in (None, line.kind)
        nobody = who.customer_id is None and who.place is None and not line.customer
        impact, urgency = desk.RANKS[line.priority]
        return {
            "outcome": Outcome.NEW,
            "year": day.year,
            "receiver": "" if receiver else line.receiver,
            "worker": "" if worker and closed else line.worker,
            "arrival": who.place,
            "answer": line.answer,
            "answer_html": markup.render(line.answer) if line.answer else None,
            "state": line.state if closed or fits else State.NEW,
            "kind": line.kind,
            "channel": line.channel,
            "routing": line.routing if fits else "",
            "title": line.title,
            "body": line.text,
            "html": markup.render(line.text),
            "impact": impact,
            "urgency": urgency,
            "priority": line.priority.value,
            "customer_id": who.customer_id,
            "caller_name": line.customer or who.name,
            "caller_contact": next(iter(line.telephones), line.mail or line.contact) if nobody else line.contact,
            "anonymous": nobody,
            "department_id": self.departments[line.department].id,
            "accountable_id": receiver.person_id if receiver else None,
            "accountable_name": receiver.name if receiver else "",
            "accountable_department": receiver.department if receiver else "",
            "assignee_id": worker.person_id if worker and closed else None,
            "assignee_name": worker.name if worker and closed else "",
            "received_at": line.received_at,
            "resolved_at": line.closed_at,
            "ended_at": line.closed_at,
        }


_EMPTY: dict[str, Any] = {
    "outcome": Outcome.PROBLEM, "problem": None, "origin_number": "", "origin_mark": "", "ours": "", "year": 0,
    "receiver": "", "worker": "", "arrival": None, "answer": "", "answer_html": None, "state": None, "kind": "",
    "channel": None, "routing": "", "title": "", "body": "", "html": None, "impact": None, "urgency": None,
    "priority": 0, "customer_id": None, "caller_name": "", "caller_contact": "", "anonymous": False,
    "department_id": None, "accountable_id": None, "accountable_name": "", "accountable_department": "",
    "assignee_id": None, "assignee_name": "", "received_at": None, "resolved_at": None, "ended_at": None,
}  # fmt: skip


def _choices(importer: Importer) -> dict[Field, dict[str, str]]:
    """What our own lists call things, in every language of theirs: folded word → value."""
    found: dict[Field, dict[str, str]] = {
        one: {desk.folded(word): value for value, words in choices(one, importer) for word in (value, words)}
        for one in (Field.STATE, Field.PRIORITY, Field.CHANNEL)
    }
    listed: dict[Field, Sequence[Any]] = {Field.KIND: lists.kinds(), Field.ROUTING: lists.routing_types()}
    for one, values in listed.items():
        found[one] = {desk.folded(word): kind.code for kind in values for word in (*kind.texts.values(), kind.code)}
    units = where(importer).values()
    found[Field.DEPARTMENT] = {
        desk.folded(word): unit.code for unit in units for word in (*unit.names.values(), unit.code)
    }
    return found


@action
def _keep_slice(
    _actor: Portal, import_id: int, reader: _Reader, rows: list[dict[str, Any]], first: int, callers: list[Caller], *,
    at: datetime,
) -> TicketImport:  # fmt: skip
    """Keep a slice and how far it goes. Raises OutOfDate where the table was dropped, or another worker has got on."""
    work = db.session.get_one(TicketImport, import_id)
    if work.state is not ImportState.CHECKING or work.lines_read >= rows[0]["line"]:
        raise OutOfDate
    db.session.connection().execute(insert(ImportRow.__table__), rows)  # type: ignore[arg-type]
    reader.arrivals.wait(first, callers)
    outcomes = [row["outcome"] for row in rows]
    work.added += outcomes.count(Outcome.NEW)
    work.known += outcomes.count(Outcome.KNOWN)
    work.changed += outcomes.count(Outcome.CHANGED)
    work.left_out += outcomes.count(Outcome.LEFT_OUT)
    work.problems += outcomes.count(Outcome.PROBLEM)
    work.customers, work.customers_seen = reader.arrivals.count, reader.customers_seen
    work.words, work.remarks = desk.told_words(reader.terms.used), [list(one) for one in reader.terms.remarks.items()]
    work.lines_read, work.claimed_until, work.touched_at, work.tries = rows[-1]["line"], at + CLAIMED_FOR, at, 0
    return work


@action
def _checked(_actor: Portal, import_id: int, *, at: datetime) -> TicketImport:
    work = db.session.get_one(TicketImport, import_id)
    if work.state is not ImportState.CHECKING:
        raise OutOfDate
    work.state, work.claimed_until, work.touched_at = ImportState.CHECKED, None, at
    return work


# ── Keeping house ──


def tidy(at: datetime) -> None:
    """Forget tables that nobody went on with, the rows of those that are over, and files that no table waits for.

    In slices, so that no writer waits long; safe to run twice.
    """
    old = select(TicketImport.id).where(
        TicketImport.state.in_([ImportState.CHOOSING, ImportState.CHECKED]), TicketImport.touched_at < at - KEPT_FOR
    )
    for import_id in db.session.scalars(old).all():
        with suppress(OutOfDate):
            drop(PORTAL, db.session.get_one(TicketImport, import_id), at=at)
    over = select(TicketImport.id, TicketImport.touched_at).where(
        TicketImport.state.in_(OVER), exists().where(ImportRow.import_id == TicketImport.id)
    )
    for import_id, touched_at in db.session.execute(over).all():
        _forget_all(import_id, every=touched_at < at - KEPT_FOR)
    _forget_files(at)


def _forget_all(import_id: int, *, every: bool) -> None:
    while forget_rows(PORTAL, import_id, every=every, at=now()):
        pass


@action
def forget_rows(_actor: Portal, import_id: int, *, every: bool, at: datetime) -> int:
    """Take away some rows that wait no longer, and the callers beside them; returns how many went.

    Without `every` those stay that the page still tells of: lines that are different now, and problems.
    """
    told = (Outcome.CHANGED, Outcome.PROBLEM)
    mine = [ImportRow.import_id == import_id]
    if not every:
        mine.append(ImportRow.outcome.not_in(told))
    if gone := arrivals.forget(_batch(import_id), SLICE):
        return gone
    lines = select(ImportRow.line).where(*mine).order_by(ImportRow.line).limit(SLICE)
    last = db.session.scalar(select(func.max(lines.subquery().c.line)))
    if last is None:
        return 0
    taken = db.session.execute(delete(ImportRow).where(*mine, ImportRow.line <= last), execution_options=_BLIND)
    return int(taken.rowcount)  # type: ignore[attr-defined]


def _forget_files(at: datetime) -> None:
    wanted = set(db.session.scalars(select(TicketImport.file).where(TicketImport.state.not_in(OVER))))
    db.session.rollback()
    for path in folder().glob("*"):
        with suppress(FileNotFoundError):  # a draft gets its name, or goes, at any moment
            if path.name not in wanted and path.stat().st_mtime < (at - timedelta(hours=1)).timestamp():
                path.unlink()


# ── Within ──


_BLIND = {"synchronize_session": False}


def _from(source: str) -> Any:
    """That a ticket came from that desk. Said twice: the index holds only those with an origin, and no database sees
    through a value that is handed in."""
    return and_(Ticket.origin == source, Ticket.origin != "")


def _batch(import_id: int) -> str:
    return f"ticket import {import_id}"


def _importer(import_id: int) -> Importer:
    """In whose name it happens: whoever brought the table, with the rights of now. Raises NotAllowed for a leaver."""
    work = db.session.get_one(TicketImport, import_id)
    if work.by_id is None:
        return PORTAL
    found = organisation.staff_with_id(work.by_id, now())
    if found is None:
        raise NotAllowed(say("The account of {name} is disabled.", name=work.by_name))
    return found


def _waits_for_a_person(work: TicketImport) -> None:
    if work.state not in (ImportState.CHOOSING, ImportState.CHECKED):
        raise OutOfDate


def _refuse_unready(work: TicketImport) -> None:
    if work.state is not ImportState.CHECKED:
        raise OutOfDate
    if work.problems:
        raise Refused(
            say("Lines with a problem: {n}. Nothing is imported before all of them are right.", n=work.problems)
        )
    if not work.added:
        raise Refused(say("Every line of this table is in the portal already: there is nothing to import."))


def _mean(actor: Importer, work: TicketImport, meanings: Mapping[str, Mapping[str, str]]) -> None:
    kept = {one: dict(words) for one, words in work.meanings.items()}
    for name, words in meanings.items():
        one = Field(name)
        allowed = dict(choices(one, actor))
        for word, value in words.items():
            if value not in allowed:
                raise Refused(
                    say("{field}: nobody here knows “{word}”. Say what it means, and check again.",
                        field=one.label, word=value)
                )  # fmt: skip
            kept.setdefault(name, {})[desk.folded(word)] = value
    work.meanings = kept


def _from_the_top(work: TicketImport, at: datetime) -> None:
    work.state, work.touched_at, work.claimed_until, work.tries, work.reason = ImportState.CHECKING, at, None, 0, None
    work.lines_read = work.added = work.known = work.changed = work.left_out = work.problems = 0
    work.customers = work.customers_seen = 0
    work.words, work.remarks = [], []


def _write_down(work: TicketImport, at: datetime) -> int:
    """Records for callers who are new; somebody written down since the check is found again, not doubled."""
    batch = _batch(work.id)
    met = arrivals.met_since(batch, work.customers_seen)
    for place, customer_id in met.items():
        theirs = (ImportRow.import_id == work.id, ImportRow.arrival == place)
        db.session.execute(
            update(ImportRow).where(*theirs).values(customer_id=customer_id), execution_options=_BLIND
        )  # fmt: skip
    return arrivals.write_down(batch, office_day(at).year, met)


def _copy(work: TicketImport, year: int, first: int, at: datetime) -> None:
    """The tickets of one year in the order in which they were received, numbered from `first` on."""
    place: Any = func.row_number().over(order_by=(ImportRow.received_at, ImportRow.line))
    never, now_here = literal(NEVER, Ticket.due_at.type), literal(at, Ticket.opened_at.type)
    values: dict[str, Any] = {
        "number": numbers.number_of_row("T", year, place + (first - 1)),
        "customer_id": func.coalesce(ImportRow.customer_id, Customer.id),
        "desk_id": ImportRow.department_id,
        "due_at": never,
        "opened_at": now_here,
        "round_began_at": now_here,
        "origin": literal(work.source),
        **{name: getattr(ImportRow, name) for name in _COPIED},
    }
    rows = (
        select(*values.values())
        .select_from(ImportRow)
        .outerjoin(Arrival, and_(Arrival.batch == _batch(work.id), Arrival.place == ImportRow.arrival))
        .outerjoin(Customer, Customer.number == Arrival.number)
        .where(ImportRow.import_id == work.id, ImportRow.outcome == Outcome.NEW, ImportRow.year == year)
        .order_by(ImportRow.received_at, ImportRow.line)
    )
    db.session.execute(insert(Ticket).from_select(list(values), rows))


_COPIED = (
    "state", "kind", "channel", "routing", "title", "body", "html", "impact", "urgency", "priority", "caller_name",
    "caller_contact", "anonymous", "department_id", "accountable_id", "accountable_name", "accountable_department",
    "assignee_id", "assignee_name", "received_at", "resolved_at", "ended_at", "origin_number", "origin_mark",
)  # fmt: skip


def _copy_answers(work: TicketImport, came: Any) -> None:
    """What was done there is the ticket's work record."""
    who = func.coalesce(func.nullif(ImportRow.assignee_name, ""), func.nullif(ImportRow.worker, ""), work.source)
    values: dict[str, Any] = {
        "ticket_id": Ticket.id,
        "kind": literal(EntryKind.RECORD, TicketEntry.kind.type),
        "author_id": ImportRow.assignee_id,
        "author_name": who,
        "at": func.coalesce(ImportRow.ended_at, ImportRow.received_at),
        "body": ImportRow.answer,
        "html": ImportRow.answer_html,
    }
    rows = select(*values.values()).select_from(ImportRow).join(Ticket, came).where(ImportRow.answer != "")
    db.session.execute(insert(TicketEntry).from_select(list(values), rows.order_by(Ticket.id)))
