"""What a draft would have changed: asking for a replay, its progress, its figures and the cases behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel.clock import day_ending_at, exact, now, today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.policies import drafts, replays
from portal.policies.models import ManualDraft
from portal.policies.replay_forms import ReplayForm
from portal.policies.replay_models import DraftReplay
from portal.policies.replay_states import Effect, Progress
from portal.policies.rulebook import KEYS, Key
from portal.policies.views import bp
from portal.web.respond import done, download, page
from portal.web.signed_in import me


@bp.page("/<manual>/draft/replay", needs=P.MANUALS_READ)
def replay_page(manual: str, form: ReplayForm | None = None) -> Any:
    """How far it is, or what came of it; whoever may ask finds the question below."""
    draft = _draft(manual)
    found = draft.replay
    over = found is not None and found.state is Progress.DONE
    stale = found is not None and replays.is_stale(found, draft)
    works = found is not None and found.state.at_work
    kept = found if found is not None and (works or over) else None
    changes, bound = (kept.changes, kept.places) if kept else (replays.changes_of(draft), draft.places)
    asks = "replay" in drafts.open_to(me(), draft, today()) and not works
    return page(
        "policies/replay.html", blocks={"replay_panel"}, draft=draft, replay=found, stale=stale, asks=asks,
        figures=replays.figures(me(), found) if found and over else [], others=_others(found) if over else "",
        left=[] if works else replays.not_replayed(changes, bound), effects=list(Effect),
        notes=replays.notes(found) if found and over else [],
        form=form or (ReplayForm(formdata=None) if asks and replays.able(changes, bound) else None),
    )  # fmt: skip


@bp.act("/<manual>/draft/replay", needs=P.MANUALS_READ, form=lambda manual: ReplayForm(), again=replay_page)
def ask_replay(manual: str, form: ReplayForm) -> Any:
    replays.ask(me(), _draft(manual), form.months.data, at=now())
    return done(_("It is being replayed. You may leave this page and come back."), replay_page, manual=manual)


@bp.act("/<manual>/draft/replay/cancel", needs=P.MANUALS_READ)
def cancel_replay(manual: str) -> Any:
    replays.cancel(me(), _draft(manual), at=now())
    return done(_("Cancelled. Nothing of it is kept."), replay_page, manual=manual)


@bp.page("/<manual>/draft/replay/cases", needs=P.MANUALS_READ)
def replay_cases(manual: str) -> Any:
    """The cases behind a figure, as far as the reader sees them in their own lists."""
    draft, found, key, effect = _asked(manual)
    counts = next((one.effects for one in replays.figures(me(), found) if one.key is key), dict.fromkeys(Effect, 0))
    try:
        after = After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)
    return page(
        "policies/replay_cases.html", draft=draft, replay=found, key=key, effect=effect, whose=_whose(found, key),
        effects=[one for one in Effect if counts[one] or one is effect],
        slice=replays.cases(me(), found, key.name, effect, after=after), started=after is not None,
    )  # fmt: skip


@bp.page("/<manual>/draft/replay/cases.csv", needs=P.MANUALS_READ)
def replay_cases_csv(manual: str) -> Any:
    draft, found, key, effect = _asked(manual)
    head = [
        _("Number"),
        _("What"),
        _whose(found, key),
        _("Due then"),
        _("Would be due"),
        _("Late then"),
        _("Would be late"),
    ]
    return download(f"{draft.manual.code}-{draft.label}-{key.name}.csv", csv_file(head, _lines(found, key, effect)))


def _lines(found: DraftReplay, key: Key[Any], effect: Effect | None) -> Iterator[list[Any]]:
    for case, line in replays.every_case(me(), found, key.name, effect):
        yield [
            line.number, line.title, line.who, _limit(case.due_before), _limit(case.due_after),
            _("yes") if case.late_before else _("no"), _("yes") if case.late_after else _("no"),
        ]  # fmt: skip


def _limit(at: datetime | None) -> str:
    """A limit as a file says it: one at the end of a day is that day's 24:00, not the next one's beginning."""
    ended = day_ending_at(at) if at else None
    return f"{ended} 24:00" if ended else exact(at)


def _whose(found: DraftReplay, key: Key[Any]) -> str:
    """What the people of its cases are called, at the head of their column."""
    kind = replays.kind_of(found, key.name)
    return str(kind.whose) if kind else ""


def _draft(manual: str) -> ManualDraft:
    return drafts.draft_seen_by(me(), manual, today(), comments=False) or abort(404)


def _asked(manual: str) -> tuple[ManualDraft, DraftReplay, Key[Any], Effect | None]:
    """The draft, its finished replay, the rule and the effect that the address names; 400 for words that name none."""
    draft = _draft(manual)
    found = draft.replay
    if found is None or found.state is not Progress.DONE:
        abort(404)
    name, word = request.args.get("rule", ""), request.args.get("effect", "")
    if request.args.keys() - {"rule", "effect", "after"} or (word and word not in set(Effect)):
        abort(400)
    if name not in found.changes or name not in KEYS:
        abort(404)
    return draft, found, KEYS[name], Effect(word) if word else None


def _others(found: DraftReplay | None) -> str:
    """As people are told: a number, and no higher than 99+."""
    count = replays.others(me(), found) if found else 0
    return "" if not count else "99+" if count >= replays.MOST_COUNTED else str(count)
