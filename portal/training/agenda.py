"""What of training waits for a person: to be given, entered or attended; for who keeps training, standards in which
nobody was trained; for a head, own people whose knowledge of products is to be checked, and goals whose day comes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from portal.kernel.clock import office_day, start_of
from portal.kernel.permissions import P, Role
from portal.kernel.text import say, text_of
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import Rows, ToDo
from portal.training import goals, knowledge, launches, onboarding, queries


@waiting.register_rows
def sessions_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """Sessions to which the reader goes, which they give, and whose results they have still to enter."""
    return Rows(queries.to_do(reader, at, waiting.MOST), partial(_session, at))


def _session(at: datetime, row: Any) -> ToDo:
    here, gives = f"/training/sessions/{row.number}", row.kind == queries.GIVES
    over = gives and row.due_at <= at
    if over:
        verb, state, tone = say("Enter the results"), say("results missing"), "soon"
    elif gives:
        verb, state, tone = say("Prepare"), say("training that you give"), "open"
    else:
        verb, state, tone = say("Look at it"), say("training"), "open"
    return ToDo(
        number=row.number,
        title=row.title,
        href=f"{here}/results" if over else here,
        verb=verb,
        since=row.since,
        due_at=row.due_at if over else row.since,
        who="" if gives else row.who,
        state=state,
        tone=tone,
    )


@waiting.register_rows
def products_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """New products that an agent has to know before they go on sale (POL-039)."""
    if Role.AGENT not in reader.roles:
        return None
    return Rows(launches.to_do(reader, at, waiting.MOST), _product)


def _product(row: Any) -> ToDo:
    return ToDo(
        number="",
        title=say("New products: {title}", title=row.title),
        href=f"/training/products/{row.number}",
        verb=say("Get to know them"),
        since=row.since,
        who=row.who,
    )


@waiting.register_rows
def standards_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """Technical standards in which nobody was trained since they were published (POL-042)."""
    if not reader.may(P.TRAINING_KEEP):
        return None
    return Rows(queries.standards_without_training(reader, at, waiting.MOST), _standard)


def _standard(row: Any) -> ToDo:
    return ToDo(
        number=row.number,
        title=say("{manual} {version}: nobody was trained in it yet", manual=text_of(row.titles), version=row.kind),
        href="/training/courses",
        verb=say("Plan training"),
        since=row.since,
    )


@waiting.register_rows
def newcomers_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """Newcomers whom nobody coaches (POL-033)."""
    if not reader.may(P.TRAINING_KEEP):
        return None
    return Rows(onboarding.without_mentor(reader, office_day(at), waiting.MOST), _newcomer)


def _newcomer(row: Any) -> ToDo:
    return ToDo(
        number="",
        title=say("{name} is new and has no mentor", name=row.title),
        href=f"/training/newcomers/{row.number}?act=mentor#act",
        verb=say("Name a mentor"),
        since=row.since,
    )


@waiting.register_rows
def knowledge_that_waits(reader: Staff, at: datetime) -> Rows | None:
    """How many of a head's own people are due for a check of product knowledge (POL-047)."""
    statement = knowledge.to_do(reader, at)
    return Rows(statement, _knowledge) if statement is not None else None


def _knowledge(row: Any) -> ToDo:
    return ToDo(
        number="",
        title=say("Product knowledge to be checked: {count} colleagues", count=row.title),
        href="/training/knowledge",
        verb=say("See who"),
        since=row.since,
    )


@waiting.register_rows
def goals_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """Goals of training of which a head has to say what came of them (POL-038)."""
    if Role.HEAD not in reader.grants:
        return None
    return Rows(goals.to_do(reader, at, waiting.MOST), _goal)


def _goal(row: Any) -> ToDo:
    return ToDo(
        number="",
        title=say("Goal of training: {words}", words=row.title),
        href=f"/training/goals/{row.who}?year={row.kind[:4]}&goal={row.number}#end",
        verb=say("Say what came of it"),
        since=row.since,
        due_at=start_of(date.fromisoformat(row.kind) + timedelta(days=1)),
    )
