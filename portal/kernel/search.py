"""One index for every kind of thing: what can be found, by whom, written in the moment it is saved.

A feature registers its kind; nobody calls anything when something changes: rows that carry words are watched, and what
changed is written into the index before the transaction that changed it is committed.

    register(Kind("customer", _l("Customers"), P.CUSTOMERS_READ, id=Customer.id, href="/customers/{}".format,
                  seen_by=…, texts=…, watched={Customer: ("id", {"name", "company", "note"})}))

Both databases keep the same tokens (`kernel.tokens`): SQLite in an FTS5 table without content, PostgreSQL in a
tsvector.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from markupsafe import Markup
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    column,
    delete,
    event,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, attributes, mapped_column
from sqlalchemy.orm.unitofwork import UOWTransaction

from portal.extensions import PATIENCE, Base, db, on_postgresql
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.columns import Instant
from portal.kernel.permissions import P
from portal.kernel.tokens import Asked, Phrase, folded, marked, snippet, tokens

MOST = 300
"""The newest hits of a kind that a reader may see: among these the best are shown first."""
FIRST, SCANNED = 10_000, 40_000
"""The newest hits that are looked at to find so many: at first, and for a reader who sees few of these."""
SELDOM, FEW = 20, 500
"""Where a reader sees so few of the first hits, more are looked at. Of whoever may see no more than FEW things at all,
these are held against the words."""
SECONDS = 2.0
"""What one question may take."""
PIECE, OVERLAP = 6_000, 200
"""Long texts are kept in pieces: PostgreSQL counts positions up to 16,383. What stands across a cut stands in both."""
SLICE = 200


class SearchText(Base):
    """What can be found of one thing: a piece of its words. `inside`: only by readers who see what is said inside.

    The newest rows have the highest ids: a row that changes is written anew.
    """

    __tablename__ = "search_text"
    __table_args__ = (UniqueConstraint("kind", "thing_id", "inside", "piece"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    thing_id: Mapped[int]
    inside: Mapped[bool]
    piece: Mapped[int]
    number: Mapped[str]
    title: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Words:
    """What can be read of a thing: its number and title, the words below them, and of when they are if that counts."""

    number: str
    title: str
    words: str
    at: datetime | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that can be found.

    `needs`: the right without which nobody sees any. `id`: the column of its ids. `seen_by(reader)`: that the reader
    may see what a row of `SearchText` says. `few(reader, most)`: ids of things that the reader may see, up to so many,
    where each reason to see one has an index. `texts(ids)`: what can be read of these things, never nothing of one that
    is there. `watched`: class → (attribute with the thing's id, attributes that carry words).
    """

    name: str
    label: Any
    needs: P
    id: Any
    href: Callable[[str], str]
    seen_by: Callable[[Any], ColumnElement[bool]]
    texts: Callable[[Collection[int]], Mapping[int, Sequence[Words]]]
    watched: Mapping[type[Any], tuple[str, Collection[str]]] = field(default_factory=dict)
    few: Callable[[Any, int], Any] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of thing findable."""
    _kinds[kind.name] = kind


def kinds() -> tuple[Kind, ...]:
    """Every kind that can be found, in the order in which the features registered them."""
    return tuple(_kinds.values())


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@event.listens_for(Session, "after_flush")
def _notice(session: Session, _context: UOWTransaction) -> None:
    changed: set[tuple[str, int]] = session.info.setdefault("changed words", set())
    for one in (*session.new, *session.deleted):
        changed.update(_found_by(one))
    for one in session.dirty:
        changed.update(_found_by(one, only_changed=True))


def _found_by(one: Any, *, only_changed: bool = False) -> Iterator[tuple[str, int]]:
    """The things whose words a row carries."""
    for kind in _kinds.values():
        if watched := kind.watched.get(type(one)):
            id_of, names = watched
            if not only_changed or any(attributes.get_history(one, name).has_changes() for name in names):
                yield kind.name, getattr(one, id_of)


@event.listens_for(Session, "before_commit")
def _write_what_changed(session: Session) -> None:
    session.flush()
    changed = session.info.pop("changed words", None)
    for name in sorted({name for name, _id in changed or ()}):
        ids = sorted(thing_id for kind, thing_id in changed if kind == name)
        for start in range(0, len(ids), SLICE):
            keep(_kinds[name], ids[start : start + SLICE])


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("changed words", None)


def keep(kind: Kind, ids: Collection[int]) -> int:
    """Bring what can be found of these things up to date, in the transaction under way; returns how many rows changed.

    Two who write about one thing at once take turns, so that neither leaves out what the other wrote.
    """
    ordered = sorted(ids)
    if on_postgresql():
        lock = select(func.pg_advisory_xact_lock(func.hashtext(kind.name), bindparam("thing")))
        for thing_id in ordered:
            db.session.execute(lock, {"thing": thing_id})
    wanted = {
        _key(row): row
        for thing_id, texts in kind.texts(ordered).items()
        for one in texts
        for row in _rows(kind, thing_id, one)
    }
    query = select(SearchText.__table__).where(SearchText.kind == kind.name, SearchText.thing_id.in_(ordered))
    there = {_key(row): row for row in db.session.execute(query).mappings()}
    gone = [row for key, row in there.items() if key not in wanted or _said(wanted[key]) != _said(row)]
    kept = there.keys() - map(_key, gone)
    new = [row for key, row in wanted.items() if key not in kept]
    _remove(gone)
    _add(new)
    return len(gone) + len(new)


def _key(row: Mapping[Any, Any]) -> tuple[int, bool, int]:
    return row["thing_id"], row["inside"], row["piece"]


def _said(row: Mapping[Any, Any]) -> tuple[str, str, str]:
    return row["number"], row["title"], row["words"]


def keep_all(kind: Kind, things: Iterable[tuple[int, Words]]) -> None:
    """Put things into the index of which it knows nothing yet: (id, its words), for bulk inserts."""
    _add([row for thing_id, one in things for row in _rows(kind, thing_id, one)])


@contextmanager
def in_bulk() -> Iterator[None]:
    """Build PostgreSQL's index once at the end instead of word by word."""
    if on_postgresql():
        db.session.execute(text("DROP INDEX ix_search_fts_tokens"))
    yield
    if on_postgresql():
        db.session.execute(text("CREATE INDEX ix_search_fts_tokens ON search_fts USING gin (tokens)"))


def _rows(kind: Kind, thing_id: int, one: Words) -> Iterator[dict[str, Any]]:
    """One for each piece of a text."""
    for place, words in enumerate(_pieces(one.words)):
        yield {
            "kind": kind.name, "thing_id": thing_id, "inside": one.inside, "piece": place, "number": one.number,
            "title": one.title, "words": words, "at": one.at,
        }  # fmt: skip


def _add(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    ids = db.session.scalars(insert(SearchText).returning(SearchText.id, sort_by_parameter_order=True), rows).all()
    value = "CAST(:tokens AS tsvector)" if on_postgresql() else ":tokens"
    name = "id" if on_postgresql() else "rowid"
    written = [
        {"id": row_id, "tokens": _indexed(row["kind"], row["title"], row["words"])}
        for row_id, row in zip(ids, rows, strict=True)
    ]
    db.session.execute(text(f"INSERT INTO search_fts ({name}, tokens) VALUES (:id, {value})"), written)  # noqa: S608


def _remove(rows: Sequence[Mapping[Any, Any]]) -> None:
    if not rows:
        return
    if not on_postgresql():  # an index without content has to be told what it forgets
        written = [{"id": row["id"], "tokens": _indexed(row["kind"], row["title"], row["words"])} for row in rows]
        db.session.execute(
            text("INSERT INTO search_fts (search_fts, rowid, tokens) VALUES ('delete', :id, :tokens)"), written
        )
    db.session.execute(delete(SearchText).where(SearchText.id.in_([row["id"] for row in rows])))


def _pieces(words: str) -> Iterator[str]:
    """At least one; each begins where the one before still goes on for a while."""
    start = 0
    while True:
        yield words[start : start + PIECE]
        if start + PIECE >= len(words):
            return
        start += PIECE - OVERLAP


_beforehand: ContextVar[Mapping[tuple[str, str, str], str]] = ContextVar("beforehand", default=MappingProxyType({}))


@contextmanager
def cut_beforehand(kind: str, texts: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Cut (title, words) that an act within is going to write before it begins: while it writes, everybody waits."""
    found = {(kind, title, piece): _indexed(kind, title, piece) for title, words in texts for piece in _pieces(words)}
    token = _beforehand.set(found)
    try:
        yield
    finally:
        _beforehand.reset(token)


def _kind_token(kind: str) -> str:
    """Nobody types this: § is no letter."""
    return f"§{kind}"


def _indexed(kind: str, title: str, words: str) -> str:
    if cut := _beforehand.get().get((kind, title, words)):
        return cut
    found = [_kind_token(kind), *tokens(title), *tokens(words)]
    if not on_postgresql():
        return " ".join(found)
    where: dict[str, list[str]] = {}
    for position, token in enumerate(found, start=1):
        where.setdefault(token, []).append(str(position))
    return " ".join(f"'{token}':{','.join(positions)}" for token, positions in where.items())


# ── Writing anew ─────────────────────────────────────────────────────────────────────────────────────────────────────


def behind(kind: Kind, most: int = 1_000) -> int:
    """How many things of a kind the index does not know, counted up to `most`."""
    missing = select(kind.id).where(~_known(kind)).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(missing)) or 0


def _known(kind: Kind) -> ColumnElement[bool]:
    return exists().where(SearchText.kind == kind.name, SearchText.thing_id == kind.id)


@action
def catch_up(_actor: Portal, kind: Kind, *, at: datetime) -> int:
    """Write the next slice of things that the index does not know: those that came in great numbers, past the session.
    Returns how many there were."""
    missing = select(kind.id).where(~_known(kind)).order_by(kind.id.desc()).limit(SLICE)
    ids = db.session.scalars(missing).all()
    return len(ids) if ids and keep(kind, ids) else 0


def write_missing(at: datetime) -> int:
    """Write whatever the index does not know, the newest first, slice by slice; returns how many things. Whoever works
    meanwhile waits for one slice at most. Safe to run twice."""
    count = 0
    for kind in kinds():
        while done := catch_up(PORTAL, kind, at=at):
            count += done
            if done < SLICE:
                break
    return count


@dataclass(frozen=True, slots=True)
class Progress:
    """What a slice of writing anew came to; `upto`: the id to go on behind, None at the end."""

    seen: int
    changed: int
    upto: int | None


@action
def write_anew(_actor: Portal, kind: Kind, after: int, *, at: datetime) -> Progress:
    """Hold the next slice of things of a kind behind the id `after` against the index, and put right what differs.

    One slice is one short transaction: whoever works meanwhile waits no longer than for anybody else.
    """
    ids = list(db.session.scalars(select(kind.id).where(kind.id > after).order_by(kind.id).limit(SLICE)))
    upto = ids[-1] if len(ids) == SLICE else None
    stray = select(SearchText.thing_id).where(SearchText.kind == kind.name, SearchText.thing_id > after)
    if upto is not None:
        stray = stray.where(SearchText.thing_id <= upto)
    return Progress(len(ids), keep(kind, {*ids, *db.session.scalars(stray.distinct())}), upto)


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class TooSlow(Exception):
    """The question was given up: its words are in too many texts that the reader may not see."""


@dataclass(frozen=True, slots=True)
class Met:
    """A thing that was met. `row_id`: the row that says it best."""

    kind: str
    thing_id: int
    row_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was met, as it is shown: `words` are the lines around what was met; they and `title` are marked."""

    kind: str
    number: str
    title: Markup
    href: str
    words: Markup
    at: datetime | None


def find(reader: Any, asked: Asked, *, only: Collection[str] = ()) -> list[Met]:
    """Things that say every word that was asked, best first among the newest `MOST` of each kind that `reader` may see.

    `only`: of these kinds. Raises TooSlow.
    """
    wanted = [one for one in kinds() if (not only or one.name in only) and reader.may(one.needs)]
    if not asked or not wanted:
        return []
    said = [_times(column, word) for column in (SearchText.words, SearchText.title) for word in asked.words]
    rows = _met(reader, wanted, asked.phrases, [SearchText.inside, func.length(SearchText.words), *said])
    return _best(Met(row[0], row[1], row[2], _score(row, len(asked.words))) for row in rows)


def alike(reader: Any, kind: Kind, asked: Asked, *, most: int = 5) -> list[Met]:
    """Things of a kind that share most with what was asked, however it is put, among the newest. Raises TooSlow."""
    pairs = asked.pairs[:MOST_PAIRS]
    if len(pairs) < 2:
        return []
    phrases, columns = [Phrase((one,)) for one in pairs], [SearchText.title, func.substr(SearchText.words, 1, 300)]
    found = []
    for _kind, thing_id, row_id, title, beginning in _met(
        reader, [kind], phrases, columns, any_of=True, most=MOST_ALIKE
    ):
        low = folded(f"{title}\n{beginning}")
        share = sum(one in low for one in pairs) / len(pairs)
        if share >= ALIKE:
            found.append(Met(kind.name, thing_id, row_id, share))
    return _best(found)[:most]


MOST_PAIRS, MOST_ALIKE, ALIKE = 24, 300, 0.4


def read(met: Sequence[Met], asked: Asked) -> list[Hit]:
    """What was met, in its order, as it is shown; one statement."""
    rows = {
        row.id: row
        for row in db.session.execute(
            select(SearchText.id, SearchText.number, SearchText.title, SearchText.words, SearchText.at)
            .where(SearchText.id.in_([one.row_id for one in met]))
        )
    }  # fmt: skip
    return [
        Hit(
            one.kind, row.number, marked(row.title, asked.words), _kinds[one.kind].href(row.number),
            snippet(row.words, asked.words), row.at,
        )
        for one in met if (row := rows.get(one.row_id))
    ]  # fmt: skip


def _best(met: Iterable[Met]) -> list[Met]:
    """Each thing once, by its best row; the best first, of equal ones the newest."""
    best: dict[tuple[str, int], Met] = {}
    for one in met:
        known = best.get((one.kind, one.thing_id))
        if known is None or (one.score, one.row_id) > (known.score, known.row_id):
            best[one.kind, one.thing_id] = one
    return sorted(best.values(), key=lambda one: (-one.score, -one.row_id))


def _met(
    reader: Any, wanted: Sequence[Kind], phrases: Sequence[Phrase], columns: Sequence[Any], *, any_of: bool = False,
    most: int = MOST,
) -> list[Any]:  # fmt: skip
    """Kind, thing, id and `columns` of the newest rows that say the phrases and that `reader` sees, `most` of a kind.

    Of a common word the newest hits are looked at first, and where the reader sees hardly any of them, more. Whoever
    may see but few things at all is asked for these: no hit of anybody else's is looked at.
    """
    with _in_time():
        asked = {kind.name: _matching(kind.name, phrases, any_of) for kind in wanted}
        said = _with_hits(asked)
        wanted = [kind for kind in wanted if kind.name in said]
        own = _own(reader, [kind for kind in wanted if kind.few], asked)
        first = {name: hits.limit(FIRST) for name, hits in asked.items()}
        first |= {name: hits for name, hits in own.items() if hits is not None}
        slices = [_seen(kind, reader, first[kind.name]) for kind in wanted]
        rows = _read(slices, columns, most)
        counts = Counter(row[0] for row in rows)
        for name, few in own.items():
            if few is None and counts[name] < SELDOM and _are_more(asked[name]):
                rows = [row for row in rows if row[0] != name]
                rows += _read([_seen(_kinds[name], reader, asked[name].limit(SCANNED))], columns, most)
    return rows


def _with_hits(asked: Mapping[str, Select[Any]]) -> set[str]:
    """The kinds that say it at all: what would have to be seen of the others is not even put together. PostgreSQL would
    look every word up twice for it."""
    if on_postgresql():
        return set(asked)
    said = [select(literal(name)).where(hits.order_by(None).limit(1).exists()) for name, hits in asked.items()]
    return set(db.session.scalars(union_all(*said) if len(said) > 1 else said[0]))


def _read(slices: Sequence[Select[int]], columns: Sequence[Any], most: int) -> list[Any]:
    """The first `most` rows of each slice."""
    if not slices:
        return []
    if on_postgresql():
        slices = [one.order_by(SearchText.id.desc()) for one in slices]
    parts = [select(one.limit(most).subquery()) for one in slices]
    ids = union_all(*parts) if len(parts) > 1 else parts[0]
    query = select(SearchText.kind, SearchText.thing_id, SearchText.id, *columns).where(SearchText.id.in_(ids))
    return list(db.session.execute(query))


def _seen(kind: Kind, reader: Any, hits: Select[Any]) -> Select[int]:
    newest = hits.subquery()
    return (
        select(SearchText.id)
        .select_from(newest)  # in front: SQLite then takes one hit after the other and stops where it has enough
        .join(SearchText, SearchText.id == newest.c.id)
        .where(kind.seen_by(reader))
    )


def _are_more(hits: Select[Any]) -> bool:
    """Whether there are more hits than are looked at first."""
    return db.session.scalar(hits.offset(FIRST).limit(1)) is not None


def _own(reader: Any, few: Sequence[Kind], asked: Mapping[str, Select[Any]]) -> dict[str, Select[Any] | None]:
    """Of each kind the hits among the things of a reader who may see but few; None for one who may see many. One
    statement for all of them."""
    parts = [select(literal(kind.name), *kind.few(reader, FEW + 1).subquery().c) for kind in few if kind.few]
    ids: dict[str, list[int]] = {kind.name: [] for kind in few}
    for name, thing_id in db.session.execute(union_all(*parts) if len(parts) > 1 else parts[0]) if parts else ():
        ids[name].append(thing_id)
    return {name: None if len(own) > FEW else _among(asked[name], name, own) for name, own in ids.items()}


def _among(hits: Select[Any], kind: str, ids: Collection[int]) -> Select[Any]:
    rows = select(SearchText.id).where(SearchText.kind == kind, SearchText.thing_id.in_(ids))
    return hits.where(hits.selected_columns.id.in_(rows))


def _times(said: Any, word: str) -> ColumnElement[int]:
    """How often a text says a word, as far as the database can tell without folding: for the order alone."""
    low = func.lower(said)
    return (func.length(low) - func.length(func.replace(low, literal(word), ""))) // len(word)


USUAL_LENGTH = 200


def _score(row: Any, count: int) -> float:
    """A title that says it comes first; then often in a short text. Rare words weigh no more: every one must occur."""
    inside, long = row[3:5]
    length = 1.2 * (0.25 + 0.75 * long / USUAL_LENGTH)
    score = -0.01 * inside  # what everybody may read is shown where both say it
    for often, entitled in zip(row[5 : 5 + count], row[5 + count :], strict=True):
        often = often or not entitled  # it is there, however it is written
        score += often * 2.2 / (often + length) + 3 * bool(entitled)
    return score


def _matching(kind: str, phrases: Sequence[Phrase], any_of: bool) -> Select[Any]:
    """Ids of the rows of a kind that say all (or any) of the phrases, the newest first."""
    if on_postgresql():
        fts = table("search_fts", column("id", Integer), column("tokens"))
        joined = (" | " if any_of else " & ").join(_tsquery(one) for one in phrases)
        query = cast(literal(f"'{_kind_token(kind)}' & ({joined})"), TSQUERY)
        return select(fts.c.id).where(fts.c.tokens.op("@@")(query)).order_by(fts.c.id.desc())
    fts = table("search_fts", column("rowid", BigInteger))
    joined = (" OR " if any_of else " AND ").join(_fts5(one) for one in phrases)
    asked = literal(f'"{_kind_token(kind)}" AND ({joined})')
    met = literal_column("search_fts").op("MATCH")(asked)
    return select(fts.c.rowid.label("id")).where(met).order_by(fts.c.rowid.desc())


def _fts5(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.tokens)}"{" *" if phrase.beginning else ""}'


def _tsquery(phrase: Phrase) -> str:
    return " <-> ".join(f"'{one}'" for one in phrase.tokens) + (":*" if phrase.beginning else "")


def _give(time_: str) -> None:
    db.session.execute(text(f"SET LOCAL statement_timeout = '{time_}'"))


@contextmanager
def _in_time() -> Iterator[None]:
    """Give up a question after `SECONDS`. Raises TooSlow: the transaction has ended then."""
    try:
        if on_postgresql():
            _give(f"{int(SECONDS * 1000)}ms")
            yield
            _give(PATIENCE)  # what else the page asks is no search
            return
        connection: Any = db.session.connection().connection.driver_connection
        until = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 0)
    except OperationalError as error:
        if "interrupted" not in str(error.orig) and getattr(error.orig, "sqlstate", "") != "57014":
            raise
        db.session.rollback()
        raise TooSlow from error
