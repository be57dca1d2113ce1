"""Questions to the manuals: what holds on a day for a department, where a clause stands, what there is to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, case, exists, func, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.extensions import db
from portal.kernel import files, markup
from portal.kernel.clock import today
from portal.kernel.errors import Clause
from portal.kernel.journal import JournalEntry
from portal.kernel.seals import Finding
from portal.kernel.text import say, text_of
from portal.organisation.models import Department, Post
from portal.organisation.queries import top_department, up_from
from portal.organisation.staff import Staff
from portal.policies import leaves, places, quiz_rules, rules
from portal.policies.emergency_models import Emergency
from portal.policies.events import VersionPublished
from portal.policies.leaves import Leaf, Line, leaf_at
from portal.policies.models import ClauseRow, Manual, ManualVersion, RulingRow, VersionPlace
from portal.policies.places import Named, Scope
from portal.policies.repeal_models import Repeal
from portal.policies.rulebook import Explanation, Key, Rule, keys, told
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Standing, State

R = TypeVar("R")
T = TypeVar("T")
PICTURE = re.compile(r"/manuals/files/([0-9a-f]{64})")
"""Where a picture or a file of a clause is: the hash of its bytes, so that a version's hash is over them too."""
NOTE = 240
"""Characters of a clause that a note beside a consequence quotes; the rest is one click away."""


# --- What holds ---


def in_force(of: type[R], *, on: date, for_: Department | Post | int | None) -> R:
    """What the manuals decide on the day `on` for the department or the post `for_`: values with their clauses.

    `on` is the day of the fact, never today's for an older one. A ruling for the post decides, where one is asked for;
    then the nearest department up the tree that has one, then the company, then the declared default; None asks for
    the company. One statement for all rulings of a day, kept as long as the transaction that read it.
    """
    return _told(of, on, chain_of(for_))


def in_force_for(of: type[R], person_id: int, *, on: date, for_: Department | int | None) -> R:
    """The same for somebody: what is said to a post that they hold on that day decides before `for_`."""
    posts = posts_ruling(of, on)
    held = places.Holdings.of(posts, with_published=False).on(person_id, on) if posts else ()
    return in_force_holding(of, held, on=on, for_=for_)


def in_force_holding(of: type[R], held: Sequence[Scope], *, on: date, for_: Department | int | None) -> R:
    """The same for whoever holds these posts."""
    return _told(of, on, [*held, *chain_of(for_)])


def posts_ruling(of: type[Any], on: date) -> list[Scope]:
    """The posts for which some version rules on one of these rules on a day."""
    wanted = {key.name for key in keys(of)}
    return [scope for key, scope in book_of(on).rulings if key in wanted and places.is_post(scope)]


def _told(of: type[R], on: date, chain: Sequence[Scope]) -> R:
    book = book_of(on)
    return told(of, {key.name: rule for key in keys(of) if (rule := book.rule(key, chain))})


def rule_in_force(key: Key[T], *, on: date, for_: Department | Post | int | None) -> Rule[T]:
    """What holds for one key on a day: as `in_force`, or the declared default."""
    return book_of(on).rule(key, chain_of(for_)) or Rule(key, key.default)


@dataclass(frozen=True, slots=True)
class AsIf:
    """A version that is not published, as if it had been in force on every day in its manual's place.

    `scopes`: where it rules; `rulings`: the keys on which it says something else than the version before it, or says it
    elsewhere; None: it leaves that one open.
    """

    manual: str
    scopes: tuple[Scope, ...]
    rulings: Mapping[str, Rule[Any] | None]


def held_against(of: type[R], as_if: AsIf, *, on: date, chain: Sequence[Scope]) -> tuple[R, R]:
    """What the manuals decided on a day, and what they would have decided with that version. `chain`: the department,
    those above it and the company, from `chain_of`."""
    book = book_of(on)
    then = {key.name: rule for key in keys(of) if (rule := book.rule(key, chain))}
    supposed = {key.name: rule for key in keys(of) if (rule := book.rule(key, chain, as_if))}
    return told(of, then), told(of, supposed)


@dataclass(frozen=True, slots=True)
class Book:
    """The rulings in force on one day, by key and scope: a post, a department, or None for the company."""

    rulings: dict[tuple[str, Scope], Any]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> Book:
        """The book that rows of rulings make, each with a place of its version or with none."""
        return cls({(row.key, scope_of_row(row)): row for row in rows})

    def rule(self, key: Key[Any], chain: Sequence[Scope], as_if: AsIf | None = None) -> Rule[Any] | None:
        """What the first scope of `chain` that has a ruling says, or None where none has."""
        for scope in chain:
            row = self.rulings.get((key.name, scope))
            if as_if and key.name in as_if.rulings:
                if scope in as_if.scopes and (supposed := as_if.rulings[key.name]) is not None:
                    return supposed
                row = row if row and row.code != as_if.manual else None
            if row:
                clause = Clause(row.code, f"{row.major}.{row.minor}", row.number)
                return Rule(key, key.read(row.value), clause, row.effective_from, row.unapproved)
        return None


def book_of(on: date) -> Book:
    """What rules on a day, read once per transaction and day. A transaction sees what it began with, so nothing has to
    be taken back."""
    session = db.session()
    if not session.in_transaction():
        session.begin()
    transaction, books = session.info.get("books", (None, {}))
    if transaction is not session.get_transaction():
        transaction, books = session.get_transaction(), {}
        session.info["books"] = transaction, books
    if on not in books:
        books[on] = Book.of(session.execute(_rulings(on)))
    found: Book = books[on]
    return found


def forget_book() -> None:
    """What this transaction has read is no longer true: it has published a version."""
    db.session().info.pop("books", None)


def _rulings(on: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            RulingRow.key,
            RulingRow.value,
            ClauseRow.number,
            ManualVersion.major,
            ManualVersion.minor,
            ManualVersion.effective_from,
            Manual.code,
            *PLACE,
            unapproved(),
        )
        .join(ClauseRow, ClauseRow.id == RulingRow.clause_id)
        .join(ManualVersion, ManualVersion.id == RulingRow.version_id)
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .outerjoin(VersionPlace, VersionPlace.version_id == ManualVersion.id)
        .where(binds(on))
    )


PLACE = (
    Manual.department_id,
    VersionPlace.department_id.label("place_department_id"),
    VersionPlace.post_id.label("place_post_id"),
)
"""The columns of a ruling that say where it rules: a row for each place of its version."""


def scope_of_row(row: Any) -> Scope:
    """Where the ruling of such a row rules."""
    if row.place_post_id is not None:
        return places.post_scope(row.place_post_id)
    scope: int | None = row.place_department_id or row.department_id
    return scope


def unapproved() -> ColumnElement[bool]:
    """A column of rulings: that their `ManualVersion` was published in an emergency, and nobody has approved it yet."""
    return exists().where(Emergency.version_id == ManualVersion.id, Emergency.kept_at.is_(None)).label("unapproved")


def binds(on: date) -> ColumnElement[bool]:
    """That a `ManualVersion` is the one of its manual that is in force on `on`."""
    return (ManualVersion.effective_from <= on) & outlives(on)


def outlives(on: date) -> ColumnElement[bool]:
    """That a published `ManualVersion` is not superseded on `on`: in force then, or still to come."""
    later = aliased(ManualVersion)
    superseded = select(later.id).where(
        later.manual_id == ManualVersion.manual_id,
        later.state == State.PUBLISHED,
        later.effective_from <= on,
        later.effective_from > ManualVersion.effective_from,
        ~_lapsed(later.id, on),
    )
    return (
        (ManualVersion.state == State.PUBLISHED) & ~superseded.exists() & ~_lapsed(ManualVersion.id, on)
        & ~_repealed(on)
    )  # fmt: skip


def goes_on_after(on: date) -> ColumnElement[bool]:
    """That a published `ManualVersion` has begun by `on` and holds again should those after it lapse that nobody has
    approved yet."""
    later = aliased(ManualVersion)
    superseded = select(later.id).where(
        later.manual_id == ManualVersion.manual_id,
        later.state == State.PUBLISHED,
        later.effective_from <= on,
        later.effective_from > ManualVersion.effective_from,
        ~exists().where(Emergency.version_id == later.id, Emergency.kept_at.is_(None)),
    )
    return (
        (ManualVersion.state == State.PUBLISHED) & (ManualVersion.effective_from <= on) & ~superseded.exists()
        & ~_lapsed(ManualVersion.id, on) & ~_repealed(on)
    )  # fmt: skip


def _repealed(on: date) -> ColumnElement[bool]:
    """That the manual of a `ManualVersion` binds nobody on a day any more."""
    return exists().where(Repeal.manual_id == ManualVersion.manual_id, Repeal.from_on <= on)


def _lapsed(version_id: Any, on: date) -> ColumnElement[bool]:
    """That a version was published in an emergency, and binds no more on `on` because nobody approved it by then."""
    return exists().where(Emergency.version_id == version_id, Emergency.kept_at.is_(None), Emergency.lapses_on <= on)


def turning_days() -> list[date]:
    """The days from which on other versions bind than the day before, in their order: one comes into force or lapses,
    or a manual is repealed. Between two of them every day has the same book."""
    begins = select(ManualVersion.effective_from).where(ManualVersion.state == State.PUBLISHED)
    lapses = select(Emergency.lapses_on).where(Emergency.kept_at.is_(None))
    return sorted(db.session.scalars(begins.union(lapses, select(Repeal.from_on))))


def chain_of(for_: Department | Post | int | None) -> list[Scope]:
    """The scopes that decide for a department or a post, the nearest first, the company last."""
    if for_ is None:
        return [None]
    if isinstance(for_, Post):
        return [places.post_scope(for_.id), *chain_of(for_.department_id)]
    return [*(one.id for one in up_from(for_ if isinstance(for_, int) else for_.id)), None]


# --- Why: the clause behind a consequence ---


@dataclass(frozen=True, slots=True)
class Note:
    """What the `because` component shows: the clause's words, where they stand, since when, what was made of them."""

    clause: Clause
    sentence: str
    heading: str
    manual: str
    version: str
    since: date
    href: str
    values: tuple[tuple[Any, Any], ...] = ()
    steps: tuple[Any, ...] = ()
    evidence: tuple[tuple[Any, str], ...] = ()
    object: str | None = None

    def told(
        self,
        *explained: Explanation,
        steps: Iterable[Any] = (),
        evidence: Iterable[tuple[Any, str]] = (),
        object: str | None = None,
    ) -> Note:
        """The note with the values that were used, the sum line by line, the evidence as links, the way to object."""
        values = tuple((line.when or one.label, line.value) for one in explained for line in one.lines)
        return replace(self, values=values, steps=tuple(steps), evidence=tuple(evidence), object=object)


def address(clause: Clause) -> str:
    """Where a clause can be read in its version."""
    return f"/manuals/{clause.manual}/{clause.version}{leaves.address(clause.number)}"


def ruling_notes(clauses: Iterable[Clause]) -> dict[Clause, Note]:
    """The notes of these clauses, in the reader's language; one statement for a whole page.

    A clause that no table knows has no note: nothing is made up about it.
    """
    wanted = {one: _coordinates(one) for one in set(clauses)}
    if not wanted:
        return {}
    where = tuple_(Manual.code, ManualVersion.major, ManualVersion.minor, ClauseRow.number)
    found = db.session.execute(
        select(
            *(Manual.code, Manual.titles, ManualVersion.major, ManualVersion.minor, ManualVersion.effective_from),
            *(ClauseRow.number, ClauseRow.heading, ClauseRow.text),
        )
        .join(ManualVersion, ManualVersion.manual_id == Manual.id)
        .join(ClauseRow, ClauseRow.version_id == ManualVersion.id)
        .where(where.in_([one for one in wanted.values() if one]))
    )
    notes = [_note(row) for row in found]
    return {note.clause: note for note in notes}


def _note(row: Any) -> Note:
    clause = Clause(row.code, f"{row.major}.{row.minor}", row.number)
    return Note(
        clause,
        sentence=markup.plain(row.text, longest=NOTE) or row.heading,
        heading=row.heading,
        manual=text_of(row.titles),
        version=clause.version,
        since=row.effective_from,
        href=address(clause),
    )


def _coordinates(clause: Clause) -> tuple[str, int, int, str] | None:
    label = _label(clause.version)
    return (clause.manual, *label, clause.number) if label else None


def _label(text: str) -> tuple[int, int] | None:
    """2.1 as major and minor; None for what is no version."""
    found = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


# --- Reading ---


@dataclass(frozen=True, slots=True)
class Edition:
    """A published version among the others of its manual: from which day it holds and until which, if that is known; or
    one that was taken back.

    `places`: whom it binds, none for everybody in its manual's department; `lapses_on`: the day on which it ends unless
    somebody approves it by then.
    """

    id: int
    label: str
    summary: str
    since: date
    until: date | None
    standing: Standing
    places: tuple[Named, ...] = ()
    lapses_on: date | None = None

    @property
    def last_on(self) -> date | None:
        """The last day on which it binds, as people say it: “until 31 August”."""
        return self.until - timedelta(days=1) if self.until else None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A manual in the list: the edition that holds today, the one that comes next, and the last that was taken back."""

    manual: Manual
    now: Edition | None
    coming: Edition | None
    taken_back: Edition | None = None


def seen_by(_reader: Staff) -> Select[Manual]:
    """The manuals that a reader may see: whoever may read manuals sees each that was ever published, though what was
    published be taken back."""
    return select(Manual).where(select(ManualVersion.id).where(ManualVersion.manual_id == Manual.id).exists())


def shelves(reader: Staff) -> list[Shelf]:
    """Every manual that the reader may see, the company's first, then the departments' in the order of the tree."""
    manuals = db.session.scalars(
        seen_by(reader)
        .outerjoin(Department, Department.id == Manual.department_id)
        .options(joinedload(Manual.department), joinedload(Manual.supervisor))
        .order_by(Department.path.is_not(None), Department.path, Manual.code)
    ).all()
    by_manual = _editions([one.id for one in manuals])
    return [
        Shelf(
            one,
            next((edition for edition in by_manual[one.id] if edition.standing is Standing.IN_FORCE), None),
            next((edition for edition in by_manual[one.id] if edition.standing is Standing.COMING), None),
            next((edition for edition in by_manual[one.id][::-1] if edition.standing is Standing.WITHDRAWN), None),
        )
        for one in manuals
    ]


def days_of_change() -> list[date]:
    """The days on which a version came or comes into force, the latest first."""
    days = select(ManualVersion.effective_from).where(ManualVersion.state == State.PUBLISHED).distinct()
    return list(db.session.scalars(days.order_by(ManualVersion.effective_from.desc())))


def manual_seen_by(reader: Staff, code: str) -> Manual | None:
    """The manual with this code, or None where there is none for the reader."""
    return db.session.scalar(
        seen_by(reader).where(Manual.code == code).options(joinedload(Manual.department), joinedload(Manual.owner))
    )


def editions(manual: Manual) -> list[Edition]:
    """The versions of a manual, the newest first, those that were taken back among them."""
    return _editions([manual.id])[manual.id][::-1]


def counting(editions: Iterable[Edition]) -> list[Edition]:
    """Those among them that bind on some day: none that was taken back."""
    return [one for one in editions if one.standing is not Standing.WITHDRAWN]


def version_of(manual: Manual, label: str, *, clauses: bool = True) -> ManualVersion | None:
    """The version with this label that was published, or None; with its clauses unless nobody asks for them. One that
    was taken back still has its address."""
    found = _label(label)
    if not found:
        return None
    return (
        db.session.scalars(
            select(ManualVersion)
            .where(
                ManualVersion.manual_id == manual.id,
                ManualVersion.major == found[0],
                ManualVersion.minor == found[1],
            )
            .options(
                joinedload(ManualVersion.emergency),
                joinedload(ManualVersion.withdrawal),
                joinedload(ManualVersion.evidence),
                *([selectinload(ManualVersion.clauses).joinedload(ClauseRow.rulings)] if clauses else []),
            )
        )
        .unique()
        .one_or_none()
    )


class Ruled(NamedTuple):
    """That a clause rules on a key."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Read:
    """A clause as it is read on a page."""

    line: Line
    html: Markup
    rulings: Sequence[Ruled]


@dataclass(frozen=True, slots=True)
class Opened:
    """A version opened at one of its leaves, with the clauses that stand on it."""

    leaf: Leaf
    clauses: Sequence[Read]


_TO_CLAUSE = re.compile(r'href="#s-([a-z0-9-]{1,64})"')


def opened(version: ManualVersion, at: str = "") -> Opened:
    """The leaf of a version that has the clause `at`, see `leaves`: one statement, of a long version two.

    Links of the text to clauses on other leaves lead there.
    """
    mine = ClauseRow.version_id == version.id
    short = select(func.sum(func.length(ClauseRow.html))).where(mine).scalar_subquery() <= leaves.LONG
    rows = db.session.execute(
        select(
            *(ClauseRow.number, ClauseRow.stable, ClauseRow.heading, func.length(ClauseRow.html)),
            *(ClauseRow.id, case((short, ClauseRow.html)).label("html"), RulingRow.key, RulingRow.value),
        )
        .outerjoin(RulingRow, RulingRow.clause_id == ClauseRow.id)
        .where(mine)
        .order_by(ClauseRow.position, RulingRow.id)
    ).all()
    by_clause = {row.id: row for row in rows}
    rulings: dict[int, list[Ruled]] = {}
    for row in rows:
        if row.key is not None:
            rulings.setdefault(row.id, []).append(Ruled(row.key, row.value))
    lines = {clause_id: Line(*row[:4]) for clause_id, row in by_clause.items()}
    leaf = leaf_at([*lines.values()], at)
    here = [*lines][leaf.first : leaf.end]
    html = {one: by_clause[one].html for one in here}
    if None in html.values():
        texts = db.session.execute(select(ClauseRow.id, ClauseRow.html).where(ClauseRow.id.in_(here)))
        html = {row.id: row.html for row in texts}
    return Opened(leaf, [Read(lines[one], _led(html[one], leaf), rulings.get(one, ())) for one in here])


def _led(html: Markup, leaf: Leaf) -> Markup:
    return Markup(  # noqa: S704 - what was rendered, with addresses of clauses in the place of such
        _TO_CLAUSE.sub(lambda link: f'href="{leaf.href(link[1])}"', str(html))
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A version as it was written: purpose and principles, then its clauses in their order."""

    opening: tuple[str, str]
    clauses: list[ClauseText]


def written(version_ids: Collection[int]) -> dict[int, Written]:
    """These versions as they were written; one statement. What opens one is in the row of its first clause alone."""
    first = [case((ClauseRow.position == 1, words)) for words in (ManualVersion.purpose, ManualVersion.principles)]
    rows = db.session.execute(
        select(
            *(ClauseRow.version_id, ClauseRow.stable, ClauseRow.number, ClauseRow.heading, ClauseRow.text),
            *(RulingRow.key, RulingRow.value, first[0].label("purpose"), first[1].label("principles")),
        )
        .join(ManualVersion, ManualVersion.id == ClauseRow.version_id)
        .outerjoin(RulingRow, RulingRow.clause_id == ClauseRow.id)
        .where(ClauseRow.version_id.in_(version_ids))
        .order_by(ClauseRow.version_id, ClauseRow.position, RulingRow.id)
    )
    found: dict[int, Written] = {one: Written(("", ""), []) for one in version_ids}
    for version_id, stable, number, heading, text, key, value, purpose, principles in rows:
        if not found[version_id].clauses:
            found[version_id] = Written((purpose or "", principles or ""), [])
        clauses = found[version_id].clauses
        if not clauses or clauses[-1].stable != stable:
            clauses.append(ClauseText(stable, number, heading, text, {}))
        if key is not None:
            clauses[-1] = replace(clauses[-1], rulings={**clauses[-1].rulings, key: value})
    return found


def text_of_version(version: ManualVersion) -> tuple[ClauseText, ...]:
    """The clauses of a version as they were handed in."""
    return tuple(
        ClauseText(
            one.stable, one.number, one.heading, one.text, {said.key: said.value for said in one.rulings}, one.part,
            one.chapter,
        )
        for one in version.clauses
    )  # fmt: skip


def head_of(manual: Manual, version: ManualVersion) -> dict[str, str]:
    """What a version says of itself when it leaves the portal; what is not said is left out."""
    said = {
        "code": manual.code,
        "title": manual.titles.get("zh-CN", ""),
        "title-en": manual.titles.get("en", ""),
        "title-zh-TW": manual.titles.get("zh-TW", ""),
        "kind": manual.kind.value,
        "category": manual.category,
        "department": scope_of(manual),
        "only-for": places.spelled([places.written(one) for one in version.places]),
        "purpose": version.purpose,
        "principles": version.principles,
        "version": version.label,
        "effective": version.effective_from.isoformat(),
        "summary": version.summary,
        "hash": version.digest,
        "taken-back": version.withdrawal.at.isoformat(timespec="seconds") if version.withdrawal else "",
    }
    return {name: value for name, value in said.items() if value}


def files_of(version: ManualVersion) -> dict[str, files.Served]:
    """Pictures and files that the clauses of a version name, by their hash, as far as they are in the store."""
    shown = {digest for one in version.clauses for digest in PICTURE.findall(one.text)}
    return files.kept("manual", version.manual_id, shown) if shown else {}


def shows_file(reader: Staff, manual_id: int, _part: int | None) -> bool:
    """Whether a picture of a published version may be opened: by whoever may read the manual."""
    return db.session.scalar(seen_by(reader).where(Manual.id == manual_id)) is not None


def last_version(manual: Manual, *, but: ManualVersion | None = None) -> ManualVersion | None:
    """The newest published version, with its rulings; `but`: as if that one were not there."""
    others = ManualVersion.id != but.id if but else true()
    return db.session.scalar(
        select(ManualVersion)
        .where(ManualVersion.manual_id == manual.id, ManualVersion.state == State.PUBLISHED, others)
        .order_by(ManualVersion.seq.desc())
        .limit(1)
        .options(selectinload(ManualVersion.clauses).selectinload(ClauseRow.rulings))
    )


def highest_number(manual: Manual) -> tuple[int, int] | None:
    """The highest number that a version of a manual has, whether or not it was taken back; None before the first."""
    query = select(ManualVersion.major, ManualVersion.minor).where(ManualVersion.manual_id == manual.id)
    found = db.session.execute(query.order_by(ManualVersion.major.desc(), ManualVersion.minor.desc()).limit(1)).first()
    return (found.major, found.minor) if found else None


def last_seq(manual: Manual) -> int:
    """How many versions of a manual were published; 0 before the first."""
    return db.session.scalar(select(func.max(ManualVersion.seq)).where(ManualVersion.manual_id == manual.id)) or 0


def rival_rulings(
    manual: Manual, names: Iterable[str], scopes: Collection[Scope], *, from_on: date
) -> dict[str, Clause]:
    """Keys among `names` on which another manual rules in one of `scopes` on `from_on` or later, with its clause."""
    rows = db.session.execute(
        select(RulingRow.key, ClauseRow.number, ManualVersion.major, ManualVersion.minor, Manual.code, *PLACE)
        .join(ClauseRow, ClauseRow.id == RulingRow.clause_id)
        .join(ManualVersion, ManualVersion.id == RulingRow.version_id)
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .outerjoin(VersionPlace, VersionPlace.version_id == ManualVersion.id)
        .where(Manual.id != manual.id, RulingRow.key.in_(list(names)), outlives(from_on))
        .order_by(ManualVersion.effective_from.desc())
    )
    return {
        row.key: Clause(row.code, f"{row.major}.{row.minor}", row.number) for row in rows if scope_of_row(row) in scopes
    }


def _editions(manual_ids: list[int]) -> dict[int, list[Edition]]:
    """The versions of each manual in the order in which they come into force, those that were taken back by the day on
    which they would have; one statement."""
    rows = db.session.execute(
        places.with_places(
            select(
                *(ManualVersion.id, ManualVersion.manual_id, ManualVersion.major, ManualVersion.minor),
                *(ManualVersion.effective_from, ManualVersion.summary, ManualVersion.state, lapse_day(), repeal_day()),
            )
        )
        .where(ManualVersion.manual_id.in_(manual_ids))
        .order_by(ManualVersion.manual_id, ManualVersion.effective_from)
    )
    every = places.gathered(rows)
    bound = {row.id: named for row, named in every}
    found: dict[int, list[Edition]] = {one: [] for one in manual_ids}
    day = today()
    for manual_id, of_manual in groupby((row for row, _named in every), lambda row: row.manual_id):
        for row, until, standing in _with_taken_back(list(of_manual), day):
            lapses_on = row.lapses_on if standing in (Standing.IN_FORCE, Standing.COMING) else None
            found[manual_id].append(
                Edition(
                    row.id,
                    f"{row.major}.{row.minor}",
                    row.summary,
                    row.effective_from,
                    until,
                    standing,
                    bound[row.id],
                    lapses_on,
                )
            )
    return found


def _with_taken_back(versions: Sequence[Any], day: date) -> Iterator[tuple[Any, date | None, Standing]]:
    """As `standings`, with those in their place that were taken back and end nothing."""
    held = {one.id: (one, *rest) for one, *rest in standings([row for row in versions if _is_published(row)], day)}
    for one in versions:
        yield held.get(one.id, (one, None, Standing.WITHDRAWN))


def _is_published(row: Any) -> bool:
    return bool(row.state == State.PUBLISHED)


def lapse_day() -> Any:
    """A column of a `ManualVersion`: the day on which it ends while nobody has approved it, None for any other."""
    query = select(Emergency.lapses_on).where(Emergency.version_id == ManualVersion.id, Emergency.kept_at.is_(None))
    return query.scalar_subquery().label("lapses_on")


def repeal_day() -> Any:
    """A column of a `ManualVersion`: the day from which its manual binds nobody, None for one that goes on."""
    query = select(Repeal.from_on).where(Repeal.manual_id == ManualVersion.manual_id)
    return query.scalar_subquery().label("repealed_on")


def ends(version: Any) -> date | None:
    """The day on which such a row's version ends by itself: it lapses, or its manual is repealed."""
    return min(filter(None, (version.lapses_on, version.repealed_on)), default=None)


def standings(versions: Sequence[Any], day: date) -> Iterator[tuple[Any, date | None, Standing]]:
    """The versions of a manual in their order, each with the day until which it holds, if that is known, and what it is
    on `day`.

    A version that lapses ends on its day, and the one before it goes on from there whether or not that is published
    already: in force is the latest that has begun and has not lapsed; none once the manual is repealed.
    """
    begun = [one for one in versions if one.effective_from <= day and ((end := ends(one)) is None or end > day)]
    holds = begun[-1] if begun else None
    for at, one in enumerate(versions):
        following = versions[at + 1].effective_from if at + 1 < len(versions) else None
        until = min(filter(None, (following, ends(one))), default=None)
        if one is holds:
            yield one, None if until is not None and until <= day else until, Standing.IN_FORCE
        elif one.repealed_on is not None and one.repealed_on <= day and until == one.repealed_on:
            yield one, until, Standing.REPEALED
        else:
            yield one, until, Standing.COMING if one.effective_from > day else Standing.SUPERSEDED


# --- Proving ---


def versions_with_wrong_hash() -> Iterator[Finding]:
    """Every version that is not, word for word, what was published; each as a sentence that names it.

    Held against the hash in its row and against the one in the journal, whose seals are keyed: whoever changes both
    rows still breaks the journal. A version that the journal knows and the table does not is found as well.
    """
    recorded = {
        entry.facts["version_id"]: entry.facts
        for entry in db.session.scalars(select(JournalEntry).where(JournalEntry.name == VersionPublished.__name__))
    }
    versions = db.session.scalars(
        select(ManualVersion)
        .order_by(ManualVersion.id)
        .options(
            selectinload(ManualVersion.manual).selectinload(Manual.department),
            selectinload(ManualVersion.places),
            selectinload(ManualVersion.clauses).selectinload(ClauseRow.rulings),
        )
    ).all()
    for version in versions:
        name = {"manual": version.manual.code, "version": version.label}
        fact = recorded.pop(version.id, None)
        found = digest_of(version)
        if fact is None:
            yield Finding(say("Version {version} of {manual} was never published by anyone.", **name))
        elif found != version.digest or found != fact["digest"]:
            yield Finding(say("Version {version} of {manual} was changed after it was published.", **name))
        asked = quiz_rules.digest(one.text() for one in version.questions)
        if asked != version.quiz_digest or (fact is not None and asked != fact.get("quiz", "")):
            yield Finding(
                say("The quiz about version {version} of {manual} is not the one that was published.", **name)
            )
        for clause in version.clauses:
            if clause.html != shown(clause.text):
                yield Finding(
                    say(
                        "Clause {number} of {manual} {version} shows other words than its text.",
                        number=clause.number,
                        **name,
                    )
                )
    for fact in recorded.values():
        name = {"manual": fact["manual"], "version": fact["version"]}
        yield Finding(say("Version {version} of {manual} was published and is gone.", **name))


def digest_of(version: ManualVersion) -> str:
    """The hash of a version as it stands in the tables now."""
    clauses = tuple(
        ClauseText(one.stable, one.number, one.heading, one.text, {ruling.key: ruling.value for ruling in one.rulings})
        for one in version.clauses
    )
    bound = frozenset(map(places.written, version.places))
    kept = VersionText(
        version.major, version.minor, version.effective_from, clauses, places=bound, purpose=version.purpose,
        principles=version.principles,
    )  # fmt: skip
    return rules.digest(version.manual.code, scope_of(version.manual), kept, version.digest_form)


def home_of(department_id: int | None) -> int | None:
    """Where rights to a manual count: in its department, for the company's in the topmost one, once there is one."""
    top = top_department()
    return department_id or (top.id if top else None)


def scope_of(manual: Manual) -> str:
    """The code of the department that a manual binds, empty for the whole company."""
    return manual.department.code if manual.department else ""


def shown(text: str) -> Markup:
    """A clause's text as its page shows it: below the clause's own heading."""
    return markup.render(text, top_heading=4, pictures=PICTURE)
