"""The figures as their address asks for them, and as their page, their file and their lists show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from flask_babel import format_date

from portal.kernel import charts
from portal.kernel.charts import Chart, Series
from portal.kernel.errors import Clause, Refused
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import Cell
from portal.kernel.text import Said, day, language, on_paper, say, text_of
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.tickets import figures
from portal.tickets.figures import FEW, NOBODY, Behind, By, Figure, Line, Period, Scope, Table, Tally
from portal.tickets.listing import Args, Spans
from portal.tickets.states import BreachKind, State

ADDRESS = "/tickets/figures"
NARROWING = ("period", "from", "to", "department", "kind", "person", "imported")
WORDS = frozenset({"by", *NARROWING})
LIST_WORDS = frozenset({"figure", "what", "clause", "after", *NARROWING})
"""Everything that may stand in these addresses; anything else is refused (attack 14)."""
DAYS, NO_ONE, WITH = "days", "nobody", "with"
_Row = tuple[str, dict[str, str | None], By | None]
MOST_DRAWN = 12
"""Rows that a chart draws, the largest ones: of more, nobody sees a picture."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of the figures: `words` is the address again, without empty ones. `problem`: what is wrong
    with days that somebody typed; nothing is counted then."""

    scope: Scope
    by: By
    words: Mapping[str, str]
    kinds: Mapping[str, str]
    behind: Behind | None = None
    after: After | None = None
    problem: Said | None = None

    def address(self, **changed: str | None) -> str:
        """This table with some words changed; None takes one away."""
        return self._at(ADDRESS, {"by": self.words.get("by"), **changed})

    def list_address(self, figure: Figure, **changed: str | None) -> str:
        """The list behind one of its figures."""
        return self._at(f"{ADDRESS}/list", {"figure": figure.value, **changed})

    def this_list(self, ending: str = "") -> str:
        """This list from its top, as a page or as a file."""
        words = {name: self.words.get(name) for name in ("figure", "what", "clause")}
        return self._at(f"{ADDRESS}/list{ending}", words)

    def cleared(self) -> str:
        """These rows of this month, without any filter."""
        return self._at(ADDRESS, {"by": self.words.get("by"), **dict.fromkeys(NARROWING)})

    def file(self, ending: str) -> str:
        """This table as a file or a sheet."""
        return self._at(f"{ADDRESS}{ending}", {"by": self.words.get("by")})

    def _at(self, path: str, changed: Mapping[str, str | None]) -> str:
        kept = {name: self.words.get(name) for name in NARROWING}
        if kept["period"] != DAYS and changed.get("period") != DAYS:
            kept["from"] = kept["to"] = None
        words = {name: value for name, value in {**kept, **changed}.items() if value}
        return f"{path}?{urlencode(words)}" if words else path


def read(args: Args, kinds: Mapping[str, str], reader: Staff, today: date, known: frozenset[str] = WORDS) -> Asked:
    """What an address asks. Raises ValueError for a word that is not `known`, stands there twice, or says nothing."""
    words: dict[str, str] = {}
    for name in args.keys():  # noqa: SIM118 - a MultiDict
        values = args.getlist(name)
        if name not in known or len(values) != 1:
            raise ValueError(f"figures know no {name!r}")
        if values[0]:
            words[name] = values[0]
    if words.get("kind", next(iter(kinds), None)) not in kinds:
        raise ValueError(f"no kind {words['kind']!r}")
    if words.get("imported", WITH) != WITH:
        raise ValueError("imported tickets are left out, or counted with the others")
    period, problem = _period(words, today)
    scope = Scope(period, _department(words), words.get("kind"), _person(words), "imported" in words)
    usual = By.DEPARTMENT if figures.sees_people(reader) else By.KIND
    asked = Asked(scope, By(words.get("by", usual)), words, kinds, problem=problem)
    if known is not LIST_WORDS:
        return asked
    if problem is not None:
        raise ValueError("no list of such days")
    behind = _behind(words)
    return replace(asked, behind=behind, after=After.read(words.pop("after", None), *figures.KEY))


def _period(words: Mapping[str, str], today: date) -> tuple[Period, Said | None]:
    """The period, or this month and what is wrong with the days that were typed."""
    usual = Period.of_month(today)
    if words.get("period") != DAYS:
        return (Period.read(words["period"]) if "period" in words else usual), None
    try:
        first, last = (date.fromisoformat(words.get(name, usual_day.isoformat())) for name, usual_day in (
            ("from", usual.first), ("to", today)))  # fmt: skip
    except ValueError:
        return usual, say("Write each day as {example}.", example=today.isoformat())
    try:
        return Period.of_days(first, last), None
    except Refused as no:
        return usual, no.sentence


def _department(words: Mapping[str, str]) -> int | None:
    if "department" not in words:
        return None
    for one in organisation.departments().values():
        if one.code == words["department"]:
            return one.id
    raise ValueError(f"no department {words['department']!r}")


def _person(words: Mapping[str, str]) -> int | None:
    word = words.get("person")
    if word is None or word == NO_ONE:
        return None if word is None else NOBODY
    if not (word.isascii() and word.isdigit() and len(word) <= 9) or int(word) == 0:
        raise ValueError(f"no person {word!r}")
    return int(word)


def _behind(words: Mapping[str, str]) -> Behind:
    figure = Figure(words.get("figure", Figure.RECEIVED))
    if "what" not in words:
        return Behind(figure)
    parts = words["clause"].split("/") if "clause" in words else []
    if figure is not Figure.BREACHES or len(parts) not in (0, 3):
        raise ValueError("only what missed a limit has its clause")
    return Behind(figure, Clause(*parts) if parts else None, BreachKind(words["what"]))


# --- In words ---


class Shown(NamedTuple):
    """A row of the table in words. `n`: each figure with the address of its list; a share is empty where it would be
    one of fewer than five."""

    label: str
    href: str
    n: dict[str, tuple[int, str]]
    response: str
    response_most: str
    response_working: str
    response_share: str
    solution: str
    solution_most: str
    solution_working: str
    solution_share: str
    paused: str
    again_share: str
    rounds: str
    satisfied_share: str
    parts: str


def shown(found: Table, asked: Asked, reader: Staff, today: date) -> tuple[list[Shown], Shown]:
    """The rows in the order in which people look for them, and all of them together."""
    row = _Rows(asked, reader, today)
    return [row.of(one) for one in row.sorted(found.lines)], row.made(str(say("Together")), "", found.total, {})


class _Rows:
    """Rows in words, with what is the same for all of them looked up once."""

    def __init__(self, asked: Asked, reader: Staff, today: date) -> None:
        self.asked, self.spans = asked, Spans()
        self.sees_people = figures.sees_people(reader)
        self.months = asked.scope.period.months()
        departments = organisation.departments().values() if asked.by is By.DEPARTMENT else ()
        self.codes = {one.id: one.code for one in departments}
        self.units = figures.names_of_day(min(asked.scope.period.last, today)) if asked.by is By.DEPARTMENT else {}

    def sorted(self, lines: Iterable[Line]) -> list[Line]:
        places: dict[Any, int]
        match self.asked.by:
            case By.PERSON:
                return sorted(lines, key=lambda one: (one.key is None, -one.tally.received, one.name))
            case By.MONTH:
                return sorted(lines, key=lambda one: one.key)
            case By.KIND:
                places = {code: place for place, code in enumerate(self.asked.kinds)}
            case By.DEPARTMENT:
                places = {key: place for place, key in enumerate(self.units)}
        return sorted(lines, key=lambda one: places.get(one.key, len(places)))

    def of(self, line: Line) -> Shown:
        """One row, with the words of an address that narrow every list to it."""
        label, words, further = self._of[self.asked.by](self, line)
        return self.made(label, self.asked.address(**words, by=further), line.tally, words)

    def made(self, label: str, href: str, tally: Tally, words: dict[str, str | None]) -> Shown:
        n = {}
        for figure in Figure:
            count = tally.count(figure)
            n[figure.value] = (count, self.asked.list_address(figure, **words) if count else "")
        answered = tally.satisfied + tally.not_satisfied
        return Shown(
            label=label,
            href=href,
            n=n,
            response=self._span(figures.median(tally.responses)),
            response_most=self._span(figures.within(tally.responses, 90)),
            response_working=self._span(figures.median(tally.working_responses)),
            response_share=_cent(tally.response_due - tally.response_late, tally.response_due),
            solution=self._span(figures.median(tally.solutions)),
            solution_most=self._span(figures.within(tally.solutions, 90)),
            solution_working=self._span(figures.median(tally.working_solutions)),
            solution_share=_cent(tally.solution_due - tally.solution_late, tally.solution_due),
            paused=self._span(tally.paused_for) if tally.paused else "",
            again_share=_cent(tally.again, tally.received),
            rounds=str(_rounds(tally) or ""),
            satisfied_share=_cent(tally.satisfied, answered),
            parts=self._span(60 * tally.part_minutes),
        )

    def _span(self, seconds: int | None) -> str:
        return "" if seconds is None else self.spans.span(timedelta(seconds=seconds))

    def _department(self, line: Line) -> _Row:
        words: dict[str, str | None] = {"department": self.codes[line.key]}
        return text_of(self.units[line.key]), words, By.PERSON if self.sees_people else By.KIND

    def _person(self, line: Line) -> _Row:
        words: dict[str, str | None] = {"person": NO_ONE if line.key is None else str(line.key)}
        return line.name or str(say("nobody")), words, By.KIND

    def _kind(self, line: Line) -> _Row:
        return self.asked.kinds.get(line.key, line.key), {"kind": line.key}, By.PERSON if self.sees_people else By.KIND

    def _month(self, line: Line) -> _Row:
        return period_name(self.months[line.key]), words_of(self.months[line.key]), None

    _of: ClassVar[dict[By, Callable[[_Rows, Line], _Row]]] = {
        By.DEPARTMENT: _department, By.PERSON: _person, By.KIND: _kind, By.MONTH: _month
    }  # fmt: skip


def _cent(part: int, of: int) -> str:
    found = figures.share(part, of)
    return "" if found is None else f"{found} %"


def _rounds(tally: Tally) -> Decimal | None:
    return (Decimal(tally.rounds) / tally.received).quantize(Decimal("0.1")) if tally.received else None


def words_of(period: Period) -> dict[str, str | None]:
    """How a period stands in an address."""
    if period.word != DAYS:
        return {"period": period.word, "from": None, "to": None}
    return {"period": DAYS, "from": period.first.isoformat(), "to": period.last.isoformat()}


def period_name(period: Period) -> str:
    """A period as people say it: a month, a quarter, a year, or from which day to which."""
    if period.word == DAYS:
        with on_paper():
            return f"{day(period.first)} – {day(period.last)}"
    year, _dash, part = period.word.partition("-")
    if not part:
        return str(say("the year {year}", year=year))
    if part.startswith("q"):
        return str(say("{year}, quarter {number}", year=year, number=part[1]))
    return format_date(period.first, "y年M月" if language().startswith("zh") else "MMM y")


def tabs(asked: Asked, reader: Staff) -> list[tuple[str, str, bool, None]]:
    """What the rows can be. Months are those of a year, where the period is no longer than one."""
    shown = [one for one in By if figures.sees_people(reader) or one in (By.KIND, By.MONTH)]
    year = {"period": str(asked.scope.period.first.year)} if len(asked.scope.period.months()) == 1 else {}
    return [
        (str(_TABS[one]), asked.address(by=one.value, **(year if one is By.MONTH else {})), one is asked.by, None)
        for one in shown
    ]


def selects(asked: Asked, reader: Staff, today: date) -> list[dict[str, Any]]:
    """The filters in one row."""
    everything = str(say("all"))
    chosen = asked.words.get("period", "")
    periods = [Period.of_month(figures.months_on(today.replace(day=1), -back)) for back in range(12)]
    quarter = (today.month + 2) // 3
    periods += [
        Period.read(f"{today.year + (quarter - 1 - back) // 4}-q{(quarter - 1 - back) % 4 + 1}") for back in range(4)
    ]
    periods += [Period.read(str(today.year - back)) for back in range(3)]
    if asked.scope.period.word not in (DAYS, *(one.word for one in periods)):
        periods.append(asked.scope.period)
    options = [("", period_name(periods[0])), *((one.word, period_name(one)) for one in periods[1:])]
    options.append((DAYS, str(say("days of one’s own"))))
    shown: list[dict[str, Any]] = [
        {"name": "period", "label": str(say("Which days")), "options": options,
         "value": "" if chosen == periods[0].word else chosen}
    ]  # fmt: skip
    if chosen == DAYS:
        usual = {"from": asked.scope.period.first.isoformat(), "to": asked.scope.period.last.isoformat()}
        for name, label in (("from", say("First day")), ("to", say("Last day"))):
            typed = asked.words.get(name, usual[name])
            shown.append({"name": name, "label": str(label), "value": typed, "type": "date"})
    rows: list[tuple[str, Said, list[tuple[str, str]]]] = [
        ("department", say("Department"), _departments(reader)),
        ("kind", say("Kind"), list(asked.kinds.items())),
        ("person", say("Accountable"), _chosen_person(asked)),
        ("imported", say("Imported"), [(WITH, str(say("counted too")))]),
    ]
    for name, label, found in rows:
        value = asked.words.get(name, "")
        if value and value not in dict(found):
            found = [*found, (value, value)]
        if found:
            first = ("", str(say("left out")) if name == "imported" else everything)
            shown.append({"name": name, "label": str(label), "value": value, "options": [first, *found]})
    return [one | {"seldom": one["name"] == "imported"} for one in shown]


def _departments(reader: Staff) -> list[tuple[str, str]]:
    """Those whose figures the reader may see."""
    leads = reader.where(P.TICKETS_FIGURES)
    return [(one.code, text_of(one.names)) for one in organisation.departments().values() if one.id in leads]


def _chosen_person(asked: Asked) -> list[tuple[str, str]]:
    """People are chosen in the table: here stands the one who was, to be let go again."""
    word = asked.words.get("person")
    if word is None:
        return []
    name = str(say("nobody")) if word == NO_ONE else figures.name_of(int(word))
    return [(word, name or word)]


def drawn(found: Table, rows: Sequence[Shown], asked: Asked) -> dict[str, Chart]:
    """The charts of a table: how much came in and was closed; over several months the shares in time as well."""
    flows = ("received", "closed")
    names = {"received": str(say("Came in")), "closed": str(say("Closed"))}
    if asked.by is not By.MONTH:
        most = sorted(rows, key=lambda one: -one.n["received"][0])[:MOST_DRAWN]
        kept = [one for one in rows if one in most]
        series = [Series(names[name], [one.n[name][0] for one in kept]) for name in flows]
        return {"flow": charts.bars([one.label for one in kept], series)}
    labels = [_short(one) for one in asked.scope.period.months()][: len(rows)]
    made = {"flow": charts.columns(labels, [Series(names[name], [one.n[name][0] for one in rows]) for name in flows])}
    tallies = [one.tally for one in sorted(found.lines, key=lambda one: int(one.key))]
    shares = [
        Series(str(say("First response in time")),
               [figures.share(one.response_due - one.response_late, one.response_due) for one in tallies]),
        Series(str(say("Solution in time")),
               [figures.share(one.solution_due - one.solution_late, one.solution_due) for one in tallies]),
    ]  # fmt: skip
    if len(rows) > 1 and any(value is not None for one in shares for value in one.values):
        made["shares"] = charts.lines(labels, shares)
    return made


def _short(month: Period) -> str:
    """A month below a column; a January says its year."""
    if language().startswith("zh"):
        return format_date(month.first, "yy年" if month.first.month == 1 else "M月")
    return format_date(month.first, "y" if month.first.month == 1 else "MMM")


@dataclass(frozen=True, slots=True)
class MissedLine:
    """How often a limit was missed, in words, with the address of its list."""

    what: str
    because: Clause | None
    count: int
    href: str


def missed_lines(found: Table, asked: Asked) -> list[MissedLine]:
    """What was missed, by its clause, the most frequent first."""
    return [
        MissedLine(
            str(one.kind.label), one.because, one.count,
            asked.list_address(Figure.BREACHES, what=one.kind.value, clause=_clause(one.because)),
        )
        for one in found.missed
    ]  # fmt: skip


def _clause(because: Clause | None) -> str | None:
    return None if because is None else "/".join((because.manual, because.version, because.number))


def row_head(asked: Asked) -> str:
    """What the rows of the table are."""
    return str(_ROWS[asked.by])


def rows_are(asked: Asked) -> str:
    """By what the table is divided."""
    return str(_TABS[asked.by])


def chosen(asked: Asked) -> str:
    """The period and every filter in words."""
    scope = asked.scope
    parts = [period_name(scope.period)]
    if scope.department is not None:
        parts.append(text_of(organisation.departments()[scope.department].names))
    if scope.kind is not None:
        parts.append(asked.kinds[scope.kind])
    parts += [name for word, name in _chosen_person(asked)]
    if scope.imported:
        parts.append(str(say("imported tickets counted too")))
    return " · ".join(parts)


def meanings(total: Tally) -> list[tuple[str, str]]:
    """What each figure means, in one sentence; parts have a column only where some were done."""
    return [(str(term), str(sentence)) for term, sentence in _MEANINGS if total.parts or term is not _PARTS]


def heads(asked: Asked) -> tuple[str, ...]:
    """The first row of the file."""
    return (row_head(asked), *(str(one) for one in _HEADS))


def cells(label: str, tally: Tally) -> tuple[Cell, ...]:
    """A row of the file: counts, minutes and per cent as numbers; nothing where there is nothing to reckon."""
    return (
        label, tally.received, tally.imported, tally.closed, tally.open,
        *_times(tally.responses), *_times(tally.working_responses), tally.response_due, tally.response_late,
        figures.share(tally.response_due - tally.response_late, tally.response_due),
        *_times(tally.solutions), *_times(tally.working_solutions), tally.paused, _minutes(tally.paused_for),
        tally.solution_due, tally.solution_late,
        figures.share(tally.solution_due - tally.solution_late, tally.solution_due),
        tally.again, figures.share(tally.again, tally.received), tally.rounds,
        tally.asked, tally.satisfied, tally.not_satisfied, tally.count(Figure.SILENT),
        figures.share(tally.satisfied, tally.satisfied + tally.not_satisfied),
        tally.parts, tally.parts_late, tally.part_minutes, tally.breaches,
    )  # fmt: skip


def _times(times: Sequence[int]) -> tuple[Cell, ...]:
    return len(times), _minutes(figures.median(times)), _minutes(figures.within(times, 90))


def file_rows(found: Table, asked: Asked, reader: Staff, today: date) -> Iterator[tuple[Cell, ...]]:
    """The rows of the file, all together in the last one."""
    row = _Rows(asked, reader, today)
    for line in row.sorted(found.lines):
        yield cells(row.of(line).label, line.tally)
    yield cells(str(say("Together")), found.total)


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else -(-seconds // 60)


# --- The list behind a figure, in words ---


class Behold(NamedTuple):
    """A line of such a list."""

    number: str
    title: str
    kind: str
    whose: str
    received: datetime
    at: datetime
    state: str
    tone: str
    response: str
    response_working: str
    solution: str
    solution_working: str
    paused: str
    what: str
    because: Clause | None


def list_lines(found: Iterable[Any], kinds: Mapping[str, str]) -> Iterator[Behold]:
    """Rows in words; what is said again and again is translated once."""
    states = {one: str(one.label) for one in State}
    broken = {one: str(one.label) for one in BreachKind}
    spans = Spans()

    def span(seconds: int | None) -> str:
        return "" if seconds is None else spans.span(timedelta(seconds=max(seconds, 0)))

    for row in found:
        missed = hasattr(row, "what")
        yield Behold(
            number=row.number, title=row.title, kind=kinds.get(row.kind, row.kind), whose=row.whose or "",
            received=row.received_at, at=row.at, state=states[row.state],
            tone=row.state.tone, response=span(row.response), response_working=span(row.response_working),
            solution_working=span(row.solution_working),
            solution=span(None if row.solution is None else row.solution - row.paused),
            paused=span(row.paused) if row.paused else "", what=broken[row.what] if missed else "",
            because=row.because if missed else None,
        )  # fmt: skip


def list_cells(found: Iterable[Any], kinds: Mapping[str, str]) -> Iterator[tuple[Cell, ...]]:
    """Rows as the cells of a file."""
    states = {one: str(one.label) for one in State}
    units = {one.id: text_of(one.names) for one in organisation.departments().values()}
    for row in found:
        missed = hasattr(row, "what")
        yield (
            row.number, row.title, kinds.get(row.kind, row.kind), states[row.state], row.whose or "",
            units.get(row.department, ""), row.received_at,
            _minutes(row.response), _minutes(row.response_working),
            None if row.solution is None else _minutes(row.solution - row.paused), _minutes(row.solution_working),
            _minutes(row.paused),
            str(row.what.label) if missed else "", row.at if missed else None,
            _clause(row.because) if missed else "",
        )  # fmt: skip


def list_name(behind: Behind) -> str:
    """What a list shows, as its head says it."""
    return str(behind.kind.label if behind.kind is not None else _FIGURES[behind.figure])


_TABS = {
    By.DEPARTMENT: say("By department"),
    By.PERSON: say("By person"),
    By.KIND: say("By kind"),
    By.MONTH: say("By month"),
}
_ROWS = {
    By.DEPARTMENT: say("Department"),
    By.PERSON: say("Accountable"),
    By.KIND: say("Kind"),
    By.MONTH: say("Month"),
}
_FIGURES = {
    Figure.RECEIVED: say("Came in"),
    Figure.IMPORTED: say("Imported from another desk"),
    Figure.ANSWERED: say("With a first response"),
    Figure.RESPONSE_DUE: say("With a limit for the first response"),
    Figure.RESPONSE_LATE: say("First response late"),
    Figure.SOLVED: say("Solved"),
    Figure.PAUSED: say("Solved, and stood still meanwhile"),
    Figure.SOLUTION_DUE: say("With a limit for the solution"),
    Figure.SOLUTION_LATE: say("Solution late"),
    Figure.AGAIN: say("Came back"),
    Figure.ASKED: say("Told and asked"),
    Figure.SATISFIED: say("Customer satisfied"),
    Figure.NOT_SATISFIED: say("Customer not satisfied"),
    Figure.SILENT: say("Asked, without an answer"),
    Figure.CLOSED: say("Closed"),
    Figure.OPEN: say("Open at the end"),
    Figure.PARTS: say("Parts for other desks, done"),
    Figure.PARTS_LATE: say("Parts for other desks, late"),
    Figure.BREACHES: say("Limits missed, rules broken"),
}
_HEADS = (
    say("Came in"), say("of these imported"), say("Closed"), say("Open at the end"),
    say("First responses"), say("First response, median (min)"), say("First response, 90 % within (min)"),
    say("First responses in known working hours"), say("First response in working hours, median (min)"),
    say("First response in working hours, 90 % within (min)"),
    say("First responses with a limit"), say("of these late"), say("First response in time (%)"),
    say("Solved"), say("Solution, median (min)"), say("Solution, 90 % within (min)"),
    say("Solutions in known working hours"), say("Solution in working hours, median (min)"),
    say("Solution in working hours, 90 % within (min)"), say("Paused tickets"),
    say("Paused altogether (min)"), say("Solutions with a limit"), say("of these late"), say("Solution in time (%)"),
    say("Came back"), say("Came back (%)"), say("Rounds"), say("Told and asked"), say("Satisfied"),
    say("Not satisfied"), say("No answer"), say("Satisfied (%)"),
    say("Parts for other desks, done"), say("of these late"), say("Time for parts (min)"),
    say("Limits missed, rules broken"),
)  # fmt: skip
_PARTS = say("Parts done")
_MEANINGS = (
    (say("Whose it is"), say(
        "A ticket counts for the desk that heard of it first and for whoever is accountable, both of that day, whoever "
        "works on it. Voided ones count nowhere, merged ones in the ticket that they go on in.")),
    (say("Came in"), say("Received in the period: what follows is about these tickets, where it says nothing else.")),
    (say("Closed"), say("Closed in the period, whenever received, and not reopened since.")),
    (say("Open at the end"), say(
        "Received before the end of the period and not ended then; of a period that goes on, open now.")),
    (say("First response"), say(
        "From receipt to the first answer of a person, in clock time: nights and weekends count, nothing is paused.")),
    (say("Solution"), say(
        "From receipt to the solution that stands, in clock time without what was paused; what was paused stands "
        "beside it.")),
    (say("Working hours"), say(
        "The median of the same times in the working hours of the desk that heard of it first, by the calendar as it "
        "was then. Not reckoned where that desk has no hours, nor for what came from another desk.")),
    (say("Median, 90 %"), say("Half of them were quicker than the median; nine in ten came within the time below it.")),
    (say("In time"), say(
        "Of the limits that were met or have passed, those that did not pass: each by the clause that was in force, "
        "which may count working hours alone; a promised date is a limit of the solution.")),
    (say("Came back"), say(
        "Taken up again after a solution, counted once however often; a round is one solution, told and asked.")),
    (say("Satisfied"), say(
        "The last word of each customer who was told and asked: of those who said yes or no, so many said yes; closed "
        "as not satisfiable is a no.")),
    (_PARTS, say(
        "What was done in the period for tickets of other desks, with the time that was written down; late where the "
        "limit of the part had passed.")),
    (say("Limits missed"), say("What passed a limit or broke a rule in the period, whenever the ticket was received.")),
    (say("Per cent"), say("Of fewer than {n} no percentage is made: the numbers speak for themselves.", n=FEW)),
)  # fmt: skip
