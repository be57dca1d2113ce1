"""Telling, reading, choosing, and the letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, insert, literal, select, update

from portal.extensions import db
from portal.kernel import outbox
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.journal import JournalEntry
from portal.kernel.text import in_language
from portal.notifications import mail, queries
from portal.notifications.models import NewsChoice, Notice, ToldEntry
from portal.notifications.queries import BELL, LATE
from portal.notifications.routing import Happened, crowds, who_hears
from portal.notifications.states import News, Way
from portal.organisation import queries as people
from portal.organisation.staff import Staff


@action
def tell(_actor: Portal, *, at: datetime) -> int:
    """Tell one slice of the journal to those who are to hear of it; returns how many entries were read.

    Each is told once: the entries are marked first, so that of two workers the second gets OutOfDate. Nobody is told
    of their own act or of what they may not see at this moment, and of several facts of one act only the weightiest.
    """
    newest = queries.newest_entry()
    entries = queries.untold(at)
    if not entries:
        if newest > queries.newest_told():  # what is left is no news: the next round begins behind it
            db.session.execute(insert(ToldEntry), [{"entry_id": newest}])
        return 0
    db.session.execute(insert(ToldEntry), [{"entry_id": one.id} for one in entries])
    db.session.execute(delete(ToldEntry).where(ToldEntry.entry_id < entries[-1].id - 2 * LATE))
    facts = queries.happened(entries)
    by_person = _weightiest(facts)
    chosen = queries.chosen_by(by_person)
    known = {one.id: one for one in entries}
    rows = []
    for person_id, told in by_person.items():
        reader = _reader(person_id, at)
        if reader is None:
            continue
        seen, ways = queries.visible(reader, told), _ways(person_id, at)
        rows += [
            _notice(known[entry_id], person_id, told[entry_id], way, at)
            for entry_id in sorted(seen)
            for way in ways
            if queries.wants(chosen, person_id, told[entry_id], way)
        ]
    if rows:
        db.session.execute(insert(Notice), rows)
    for fact in facts:
        _tell_crowd(fact, at)
    return len(entries)


def _tell_crowd(fact: Happened, at: datetime) -> None:
    """Tell what everybody may read to as many as it concerns: one statement for each way, whatever their number."""
    ways = tuple(Way) if current_app.config["MAIL_URL"] else (Way.BELL,)
    columns = Notice.__table__.c
    for news, people_ids, way in [(*one, way) for one in crowds(fact) for way in ways]:
        told = queries.crowd(people_ids, fact.entry.actor_id, news, way, at).subquery()
        values = _notice(fact.entry, 0, news, way, at)
        values.pop("person_id")
        kept = [literal(value, columns[name].type) for name, value in values.items()]
        db.session.execute(
            insert(Notice).from_select([*values, "person_id"], select(*kept, told.c.id).order_by(told.c.id))
        )


def _weightiest(facts: Sequence[Happened]) -> dict[int, dict[int, News]]:
    """Person → entry → kind of news. What somebody did in one act is told as one piece of news."""
    best: dict[int, dict[tuple[object, ...], tuple[int, News]]] = {}
    for fact in facts:
        one = fact.entry
        act = (one.about, one.subject_id, one.actor_id, one.happened_at) if one.actor_id else (one.id,)
        for person_id, news in who_hears(fact).items():
            heard = best.setdefault(person_id, {})
            if act not in heard or news.weight <= heard[act][1].weight:
                heard[act] = (one.id, news)
    return {person_id: dict(heard.values()) for person_id, heard in best.items()}


def _reader(person_id: int, at: datetime) -> Staff | None:
    person = people.person_with_id(person_id)
    return people.staff(person, office_day(at)) if people.is_open(person, office_day(at)) else None


def _ways(person_id: int, at: datetime) -> tuple[Way, ...]:
    by_mail = current_app.config["MAIL_URL"] and queries.addressee(person_id, at)
    return tuple(Way) if by_mail else (Way.BELL,)


def _notice(entry: JournalEntry, person_id: int, news: News, way: Way, at: datetime) -> dict[str, object]:
    return {
        "entry_id": entry.id, "person_id": person_id, "way": way, "news": news, "about": entry.about,
        "subject_id": entry.subject_id, "inside": entry.name in queries.INSIDE, "happened_at": entry.happened_at,
        "told_at": at, "done_at": None,
    }  # fmt: skip


@action
def read(actor: Staff, notice: Notice, *, at: datetime) -> None:
    """Take note of one notice; read again, it stays as it was."""
    db.session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.person_id == actor.id, Notice.done_at.is_(None))
        .values(done_at=at)
    )


@action
def read_all(actor: Staff, up_to: int, *, at: datetime) -> None:
    """Take note of everything up to the notice `up_to`, the newest that was on the page: nothing that came since."""
    waiting = (Notice.person_id == actor.id, Notice.way == BELL, Notice.done_at.is_(None), Notice.id <= up_to)
    db.session.execute(update(Notice).where(*waiting).values(done_at=at))


@action
def choose(actor: Staff, wanted: Mapping[News, frozenset[Way]], *, at: datetime) -> None:
    """Keep on which ways each kind of news is to reach the actor."""
    db.session.execute(delete(NewsChoice).where(NewsChoice.person_id == actor.id))
    db.session.execute(
        insert(NewsChoice),
        [
            {"person_id": actor.id, "news": news, "way": way, "wanted": way in ways}
            for news, ways in wanted.items()
            for way in Way
        ],
    )


@action
def write_letter(_actor: Portal, person_id: int, way: Way, before: datetime, *, at: datetime) -> bool:
    """Put what was told to somebody on this way into one letter; False where nothing of it is theirs to read any more.

    The notices are marked first: whatever happens next, no worker writes of them twice.
    """
    marked = db.session.scalars(
        update(Notice)
        .where(*queries.unsent(way, before), Notice.person_id == person_id)
        .values(done_at=at)
        .returning(Notice.id)
    ).all()
    person = queries.addressee(person_id, at)
    if person is None or not marked:
        return False
    reader = people.staff(person, office_day(at))
    shown = queries.to_be_written(reader, marked, but_read=way is Way.DIGEST)
    if not shown:
        return False
    with in_language(person.locale):
        subject, body = mail.letter(person.name, shown, way)
    outbox.post(person.mail, subject, body, at)
    return True


@action
def forget(_actor: Portal, *, at: datetime) -> None:
    """Notices have an age (setting NOTICE_DAYS): the journal keeps what happened."""
    age = timedelta(days=current_app.config["NOTICE_DAYS"])
    db.session.execute(delete(Notice).where(Notice.told_at < at - age))
