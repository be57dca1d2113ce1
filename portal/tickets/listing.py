"""The queue as its address asks for it and as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from portal.kernel.clock import office_day, today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import Cell
from portal.kernel.text import Said, labels, say, text_of
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.tickets import queries, rules, story
from portal.tickets.models import NEVER
from portal.tickets.queries import KEYS, SORTS, Desk, Sort, Tab, Wanted
from portal.tickets.states import ENDED, OPEN, Channel, Priority, State

ADDRESS = "/tickets"
SELDOM = frozenset({"priority", "accountable", "channel", "number"})
"""Filters that stand behind “more” until they are set: the order, the rows and the search box say most of it."""
FILTERS = ("state", "kind", "priority", "department", "assignee", "accountable", "channel", "number")
WORDS = frozenset({"view", "sort", "after", *FILTERS})
"""Everything that may stand in the address of the queue; anything else is refused (attack 14)."""
NOBODY = "nobody"
LONGEST_NUMBER = 40


class Args(Protocol):
    """The words of an address: each may stand in it several times."""

    def keys(self) -> Iterable[str]: ...
    def getlist(self, key: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of the queue: `words` is the address again, without empty ones."""

    wanted: Wanted
    after: After | None
    words: Mapping[str, str]
    kinds: Mapping[str, str]

    def address(self, **changed: str | None) -> str:
        """The address of this list, from its top, with some words changed; None takes one away."""
        return self._at(ADDRESS, **changed)

    def table(self, ending: str) -> str:
        """The address of this list as a file, all its pages in one."""
        return self._at(f"{ADDRESS}/table.{ending}")

    def _at(self, path: str, **changed: str | None) -> str:
        words = {key: value for key, value in {**self.words, "after": None, **changed}.items() if value}
        return address_of(words, path)

    @property
    def kept(self) -> dict[str, str]:
        """What a saved view keeps of it: without what goes without saying."""
        usual = {"view": Tab.OPEN.value, "sort": SORTS[self.wanted.tab][0].value}
        return {key: value for key, value in self.words.items() if usual.get(key) != value}

    def query(self) -> str:
        """The words of the address as they stand in it."""
        return urlencode(self.kept)

    def to_keep(self) -> str:
        """Where this list gets a name; empty where nothing but a view that everybody has is asked."""
        return address_of(self.kept, f"{ADDRESS}/views/new") if self.kept.keys() - {"view"} else ""

    @property
    def people(self) -> set[int]:
        """Whom its filters name."""
        return {one for one in (self.wanted.assignee, self.wanted.accountable) if one}

    def cleared(self) -> str:
        """The address of this view in its order, without any filter."""
        return self.address(**dict.fromkeys(FILTERS))


def address_of(words: Mapping[str, str], path: str = ADDRESS) -> str:
    """The address with these words."""
    return f"{path}?{urlencode(words)}" if words else path


def read(args: Args, kinds: Mapping[str, str], year: int) -> Asked:
    """What an address asks. `kinds`: code → word; `year`: the office year, for numbers that are typed in short.

    Raises ValueError for a word that the queue does not know, that stands there twice, or whose value it cannot have.
    """
    words: dict[str, str] = {}
    for key in args.keys():  # noqa: SIM118 - a MultiDict
        values = args.getlist(key)
        if key not in WORDS or len(values) != 1:
            raise ValueError(f"the queue knows no {key!r}")
        if values[0]:
            words[key] = values[0]
    tab = Tab(words.get("view", Tab.OPEN))
    sort = Sort(words.get("sort", SORTS[tab][0]))
    if sort not in SORTS[tab]:
        raise ValueError(f"this view has no order {sort}")
    kind = words.get("kind")
    if kind is not None and kind not in kinds:
        raise ValueError(f"no kind {kind!r}")
    state = State(words["state"]) if "state" in words else None
    if state is not None and state not in states_of(tab):
        raise ValueError(f"this view has no state {state}")
    wanted = Wanted(
        tab=tab,
        sort=sort,
        state=state,
        kind=kind,
        department=_department(words.get("department")),
        assignee=0 if words.get("assignee") == NOBODY else _person(words.get("assignee")),
        accountable=_person(words.get("accountable")),
        priority=_priority(words.get("priority")),
        channel=Channel(words["channel"]) if "channel" in words else None,
        numbers=_numbers(words.get("number"), year),
    )
    return Asked(wanted, After.read(words.pop("after", None), *KEYS[sort]), words, kinds)


def states_of(tab: Tab) -> list[State]:
    """The states that a view can be narrowed to: voided tickets are in none."""
    return [one for one in State if one in OPEN or (tab is Tab.ALL and one in ENDED - {State.VOIDED})]


def _department(code: str | None) -> int | None:
    if code is None:
        return None
    for one in organisation.departments().values():
        if one.code == code:
            return one.id
    raise ValueError(f"no department {code!r}")


def _person(word: str | None) -> int | None:
    if word is None:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= 9) or int(word) == 0:
        raise ValueError(f"no person {word!r}")
    return int(word)


def _priority(code: str | None) -> Priority | None:
    if code is None:
        return None
    for one in Priority:
        if one.code == code:
            return one
    raise ValueError(f"no priority {code!r}")


def _numbers(typed: str | None, year: int) -> tuple[str, ...] | None:
    if typed is None:
        return None
    if len(typed) > LONGEST_NUMBER:
        raise ValueError("no number is so long")
    return rules.numbers_meant(typed, year)


class Line(NamedTuple):
    """One row of the list, in words."""

    number: str
    title: str
    kind: str
    who: str
    owner: str
    department: str
    offered: str
    state: str
    tone: str
    row: str
    clock: str
    share: int | None
    priority: str
    urgent: bool
    round: str
    pick: str


def lines(found: Iterable[Any], at: datetime, kinds: Mapping[str, str]) -> list[Line]:
    """Rows in words; what is said again and again is translated once."""
    states, priorities = labels(State), labels(Priority)
    departments = {one.id: text_of(one.names) for one in organisation.departments().values()}
    no_name, nobody = str(say("no name")), str(say("nobody yet"))
    span = Spans()
    shown = []
    # The columns of `queries.queue` in their order: asked by its name, each would be looked for fifty times.
    for (_id, number, title, kind, state, priority, _channel, due_at, received_at, ended_at, caller, _anonymous, where,
         assignee, _accountable, offered_at, offered, serious_at, round_, version) in found:  # fmt: skip
        clock, tone, share = "", "", None
        if ended_at is not None:
            tone = "over"
            clock = span.day(ended_at)
        elif due_at < NEVER:
            tone = story.standing(received_at, due_at, at)
            share = story.share(received_at, due_at, at)
            clock = span.over(at - due_at) if tone == "late" else span.left(due_at - at)
        shown.append(
            Line(
                number, title, kinds.get(kind, kind), caller or no_name, assignee or nobody, departments.get(where, ""),
                departments.get(offered, "") if offered_at else "", states[state], state.tone,
                "" if tone in ("", "open") else f"is-{tone}", clock, share, priorities[priority],
                priority == Priority.URGENT or serious_at is not None,
                str(say("round {n}", n=round_)) if round_ > 1 else "", f"{number}:{version}",
            )
        )  # fmt: skip
    return shown


def table(found: Iterable[Any], kinds: Mapping[str, str]) -> Iterator[tuple[Cell, ...]]:
    """Rows as the cells of a file: the words of the page, moments as moments."""
    states, priorities, channels = labels(State), labels(Priority), labels(Channel)
    departments = {one.id: text_of(one.names) for one in organisation.departments().values()}
    no_name = str(say("no name"))
    for row in found:
        yield (
            row.number, row.title, kinds.get(row.kind, row.kind), priorities[row.priority], states[row.state],
            row.round, row.caller_name or no_name, channels[row.channel], departments.get(row.department_id, ""),
            row.assignee_name, row.accountable_name, row.received_at,
            row.due_at if row.due_at < NEVER and row.ended_at is None else None, row.ended_at,
        )  # fmt: skip


class Spans:
    """Spans of time in words, with the words bound once: a list says fifty of them."""

    def __init__(self) -> None:
        words = {
            "over": say("{span} over", span="{span}"),
            "left": say("{span} left", span="{span}"),
            "days": say("{n} d", n="{n}"),
            "hours": say("{n} h", n="{n}"),
            "minutes": say("{n} min", n="{n}"),
        }
        self.words = {name: str(text) for name, text in words.items()}

    def over(self, span: timedelta) -> str:
        """So long behind a limit."""
        return self.words["over"].format(span=self.span(span))

    def left(self, span: timedelta) -> str:
        """So long before a limit."""
        return self.words["left"].format(span=self.span(span))

    def span(self, span: timedelta) -> str:
        """The two largest units that are not zero; a part of a minute counts as a whole one."""
        minutes = -(-int(span.total_seconds()) // 60)
        days, rest = divmod(minutes, 24 * 60)
        hours, minutes = divmod(rest, 60)
        words, parts = self.words, []
        if days:
            parts.append(words["days"].format(n=days))
        if hours:
            parts.append(words["hours"].format(n=hours))
        if minutes and not days:
            parts.append(words["minutes"].format(n=minutes))
        return " ".join(parts) or words["minutes"].format(n=0)

    def day(self, at: datetime) -> str:
        """The office day, in figures."""
        return office_day(at).isoformat()


@dataclass(frozen=True, slots=True)
class Past:
    """What the filters of an address name besides what is offered: its words by filter, and what there is to say."""

    words: Mapping[str, str]
    remarks: tuple[Said, ...]


def past(asked: Asked, desks: Sequence[Desk]) -> Past:
    """Who has left, which kind is out of use, which department has ended: a kept address may be older than they are."""
    words: dict[str, str] = {}
    remarks: list[Said] = []
    strangers, kind = asked.people, asked.wanted.kind
    if strangers:
        strangers -= {person_id for desk in desks for person_id, _name in desk.people}
    if strangers or kind:
        people, kind_is_over = queries.who_and_what(strangers, kind)
        for name, person_id in (("assignee", asked.wanted.assignee), ("accountable", asked.wanted.accountable)):
            if person_id in people:
                words[name], has_left = people[person_id]
                if has_left:
                    remarks.append(say("{name} has left; what is left in their name stands here.", name=words[name]))
            elif person_id in strangers:
                remarks.append(say("This filter names somebody whom nobody knows."))
        if kind_is_over:
            remarks.append(say("“{kind}” is out of use; earlier tickets stand here.", kind=asked.kinds[kind or ""]))
    if asked.wanted.department is not None:
        department = organisation.departments()[asked.wanted.department]
        words["department"] = text_of(department.names)
        if department.to_on is not None and department.to_on <= today():
            remarks.append(say("{department} ended on {day}.", department=words["department"], day=department.to_on))
    return Past(words, tuple(dict.fromkeys(remarks)))


Option = tuple[str, str]


def selects(reader: Staff, asked: Asked, desks: Sequence[Desk], past: Past) -> list[dict[str, Any]]:
    """The filters in one row. `desks`: who works on tickets where; empty for a reader who sees only their own."""
    wanted = asked.wanted
    everything = str(say("all"))
    where = reader.where(P.TICKETS_READ)
    people = sorted(
        {person for desk in desks if desk.department.id in where for person in desk.people}, key=lambda one: one[1]
    )
    departments = [(one.code, text_of(one.names)) for one in (desk.department for desk in desks)]
    persons = [(str(person_id), name) for person_id, name in people]
    rows: list[tuple[str, list[Option]]] = [
        ("state", [(one.value, labels(State)[one]) for one in states_of(wanted.tab)]),
        ("kind", list(asked.kinds.items())),
        ("priority", [(one.code, word) for one, word in labels(Priority).items()]),
        ("department", departments if where else []),
        ("assignee", [(NOBODY, str(say("nobody"))), *persons] if persons else []),
        ("accountable", persons),
        ("channel", [(one.value, word) for one, word in labels(Channel).items()]),
    ]
    shown: list[dict[str, Any]] = []
    for name, options in rows:
        value = asked.words.get(name, "")
        if value and value not in dict(options):
            options = [*options, (value, past.words.get(name, value))]
        if options:
            options = [("", everything), *options]
            shown.append({"name": name, "label": str(_LABELS[name]), "value": value, "options": options})
    shown.append({"name": "number", "label": str(_LABELS["number"]), "value": asked.words.get("number", "")})
    orders = SORTS[wanted.tab]
    if len(orders) > 1:
        usual, *others = orders
        options = [("", str(_SORTS[usual])), *((one.value, str(_SORTS[one])) for one in others)]
        chosen = "" if wanted.sort is usual else wanted.sort.value
        shown.append({"name": "sort", "label": str(_LABELS["sort"]), "value": chosen, "options": options})
    return [one | {"seldom": one["name"] in SELDOM} for one in shown]


def words_in(query: str) -> MultiDict[str, str]:
    """The words of an address that a form carries. Raises ValueError for more than a list has."""
    return MultiDict(parse_qsl(query, max_num_fields=len(WORDS)))


def unknown(words: Mapping[str, str], kinds: Mapping[str, str], year: int) -> list[str]:
    """The words of a kept address that the queue does not know any more."""
    view = {"view": words["view"]} if words.get("view") in set(Tab) else {}
    return [key for key, value in words.items() if not _known({**view, key: value}, kinds, year)]


def _known(words: Mapping[str, str], kinds: Mapping[str, str], year: int) -> bool:
    try:
        read(MultiDict(words), kinds, year)
    except ValueError:
        return False
    return True


def told(words: Mapping[str, str], kinds: Mapping[str, str], people: Mapping[int, tuple[str, bool]]) -> dict[str, str]:
    """What a kept address asks, filter by filter; what is not known any more as it stands in the address."""
    departments = {one.code: text_of(one.names) for one in organisation.departments().values()}
    choices: dict[str, dict[str, str]] = {
        "view": {one.value: str(text) for one, text in _TABS.items()},
        "state": {one.value: word for one, word in labels(State).items()},
        "kind": dict(kinds),
        "priority": {one.code: word for one, word in labels(Priority).items()},
        "department": departments,
        "assignee": {NOBODY: str(say("nobody")), **{str(one): name for one, (name, _gone) in people.items()}},
        "channel": {one.value: word for one, word in labels(Channel).items()},
        "sort": {one.value: str(text) for one, text in _SORTS.items()},
    }
    choices["accountable"] = choices["assignee"]
    asks = {"view": Tab.OPEN.value, **words}
    values = {key: choices.get(key, {}).get(asks[key], asks[key]) for key in ("view", *FILTERS, "sort") if key in asks}
    return {
        key: value if key == "view" else str(say("{label}: {value}", label=_LABELS[key], value=value))
        for key, value in values.items()
    }


COUNTED = (Tab.MINE, Tab.ACCEPT, Tab.FOLLOWING)


def tabs(
    reader: Staff, asked: Asked, counts: Mapping[Tab, int], *, other: bool = False
) -> list[tuple[str, str, bool, str | None]]:
    """The views that everybody has, as (label, address, current, count); a reader without a department's tickets has no
    such view, and letters and visits stand before those who hand out the work. `counts`: what is in those of `COUNTED`;
    `other`: the page shows a saved one."""
    needs = {Tab.DEPARTMENT: P.TICKETS_READ, Tab.LETTERS: P.TICKETS_ASSIGN}
    shown = [one for one in Tab if one not in needs or reader.where(needs[one])]
    return [
        (
            str(_TABS[one]),
            Asked(replace(asked.wanted, tab=one), None, {}, {}).address(view=one.value),
            one is asked.wanted.tab and not other,
            _counted(counts[one]) if one in counts else None,
        )
        for one in shown
    ]


def _counted(count: int) -> str | None:
    return "99+" if count > 99 else str(count) if count else None


_TABS = {
    Tab.MINE: say("Mine"),
    Tab.ACCEPT: say("To accept"),
    Tab.DEPARTMENT: say("My department"),
    Tab.LETTERS: say("Letters and visits"),
    Tab.FOLLOWING: say("Following"),
    Tab.OPEN: say("All open"),
    Tab.ALL: say("All"),
}
_LABELS = {
    "state": say("State"),
    "kind": say("Kind"),
    "priority": say("Priority"),
    "department": say("Department"),
    "assignee": say("Works on it"),
    "accountable": say("Accountable"),
    "channel": say("Channel"),
    "number": say("Number"),
    "sort": say("Order"),
}
_SORTS = {
    Sort.RANK: say("urgent first"),
    Sort.CLOCK: say("next due first"),
    Sort.NEWEST: say("newest first"),
}
