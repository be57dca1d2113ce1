"""The figures on paper: what stands on the sheet, and its check code.

    F-2026-10D        the number: a year, then the month (10), quarter (Q4), year (00) or days (X1015 and how many) with
                      what the rows are, and behind it each filter: department D, kind K, person N, imported ones Y

The number says what was asked and nothing of what was counted: whoever looks the code up sees the figures that they may
see, and whether these are what was printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.kernel import check_codes
from portal.kernel.check_codes import CheckCode
from portal.kernel.clock import exact, office_day
from portal.kernel.permissions import P
from portal.kernel.text import CATALOGUES, Said, in_language, language, say
from portal.lists import queries as lists
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.policies.queries import ruling_notes
from portal.tickets import figures, figures_table
from portal.tickets.figures import NOBODY, By, Period
from portal.tickets.figures_table import DAYS, NO_ONE, WITH, Asked

FORM = "1"
"""Which edition of the printed form this is."""
LANGUAGES = tuple(CATALOGUES)
"""Their order stands in check codes: a new language is added at the end."""
_BY = {By.DEPARTMENT: "D", By.PERSON: "P", By.KIND: "K", By.MONTH: "M"}
_NUMBER = re.compile(
    r"F-(?P<year>20\d\d)-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|(?P<whole>00)|X(?P<day>\d{4})(?P<days>\w\w))"
    r"(?P<by>[DPKM])(?:D(?P<department>\w{4}))?(?:K(?P<kind>\w{4}))?(?:N(?P<person>\w{6}))?(?P<imported>Y)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper; `context` is what its template draws."""

    asked: Asked
    context: Mapping[str, Any]

    @property
    def number(self) -> str:
        """What was asked, as it stands in the check code."""
        return number_of(self.asked)

    @property
    def href(self) -> str:
        """Where the same figures stand as a page."""
        return self.asked.address()

    @property
    def content(self) -> dict[str, Any]:
        """Exactly what is printed, for the hash in its check code: the table as it is read, and what was missed."""
        rows = [*self.context["rows"], self.context["total"]]
        return {
            "form": FORM, "chosen": self.context["chosen"], "head": self.context["head"],
            "rows": [[count for count, _href in one.n.values()] for one in rows],
            "words": [[value for name, value in one._asdict().items() if name not in ("href", "n")] for one in rows],
            "missed": [(one.what, str(one.because or ""), one.count) for one in self.context["missed"]],
        }  # fmt: skip

    def code(self, at: datetime) -> str:
        """The check code for this sheet, printed at the moment `at`."""
        return check_codes.issue(self.number, LANGUAGES.index(language()), self.content, at=at)


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper held against the portal: what it should say, and whether that is what was printed."""

    sheet: Sheet
    same: bool
    printed: str
    since: tuple[()] = ()
    body: str = "tickets/figures_sheet_body.html"

    @property
    def context(self) -> Mapping[str, Any]:
        """For the template of its body."""
        return self.sheet.context

    @property
    def moved_on(self) -> tuple[Said, Said]:
        """What is said where it is another now, and what stands below it."""
        return say("These are not the figures on the paper"), say(
            "The sheet was printed {moment}. Since then they have changed, or whoever printed it may see other tickets "
            "than you do. These are the figures that you may see now.", moment=self.printed,
        )  # fmt: skip


def of(reader: Staff, asked: Asked, at: datetime) -> Sheet:
    """The sheet of the figures that somebody asked for, as far as they may see them."""
    head = {"chosen": figures_table.chosen(asked), "rows_are": figures_table.rows_are(asked)}
    return Sheet(asked, head | reckoned(reader, asked, at))


def reckoned(reader: Staff, asked: Asked, at: datetime) -> dict[str, Any]:
    """What stands on the page and on its sheet alike."""
    found, day = figures.table(reader, asked.scope, asked.by, at), office_day(at)
    rows, total = figures_table.shown(found, asked, reader, day)
    clauses = {one.because for one in found.missed if one.because}
    return {
        "rows": rows,
        "total": total,
        "head": figures_table.row_head(asked),
        "charts": figures_table.drawn(found, rows, asked),
        "missed": figures_table.missed_lines(found, asked),
        "notes": ruling_notes(clauses) if clauses else {},
        "meanings": figures_table.meanings(found.total),
    }


def checked(reader: Staff, code: CheckCode, _at: datetime) -> Checked | None:
    """The paper that carries this code: its rows as of the day of printing, counted now. None where `reader` reads no
    figures."""
    if code.variant >= len(LANGUAGES) or not reader.may(P.TICKETS_READ):
        return None
    with in_language(LANGUAGES[code.variant]):
        asked = asked_by(code.number, reader, code.printed_at)
        if asked is None:
            return None
        sheet = of(reader, asked, code.printed_at)
        same = code.says(sheet.content)
    return Checked(sheet, same, exact(code.printed_at))


# ── The number ──


def number_of(asked: Asked) -> str:
    """What was asked, in few signs that people can read out."""
    scope = asked.scope
    made = f"F-{scope.period.first.year}-{_period(scope.period)}{_BY[asked.by]}"
    if scope.department is not None:
        made += "D" + check_codes.signs(scope.department, 4)
    if scope.kind is not None:
        made += "K" + _kind(scope.kind)
    if scope.person is not None:
        made += "N" + check_codes.signs(scope.person, 6)
    return made + "Y" * scope.imported


def _period(period: Period) -> str:
    if period.word == DAYS:
        return f"X{period.first:%m%d}{check_codes.signs((period.last - period.first).days, 2)}"
    _year, _dash, part = period.word.partition("-")
    return part.upper() or "00"


def _kind(code: str) -> str:
    """Four signs for a kind: its code is too long to be typed from a paper."""
    return check_codes.signs(int.from_bytes(sha256(code.encode()).digest()) % 32**4, 4)


def asked_by(number: str, reader: Staff, printed_at: datetime) -> Asked | None:
    """What a number asks; None for one that names nothing (any more)."""
    found, kinds = _NUMBER.fullmatch(number), lists.kind_names()
    if found is None:
        return None
    try:
        words = _words(found.groupdict(), kinds)
        return figures_table.read(MultiDict(words), kinds, reader, office_day(printed_at))
    except (ValueError, LookupError):
        return None


def _words(found: Mapping[str, str | None], kinds: Mapping[str, str]) -> dict[str, str]:
    """The words of the address that asks the same."""
    words = {"by": next(by.value for by, sign in _BY.items() if sign == found["by"])}
    if found["day"]:
        first = date.fromisoformat(f"{found['year']}{found['day']}")
        last = first + timedelta(days=check_codes.value_of(found["days"] or ""))
        words |= {"period": DAYS, "from": first.isoformat(), "to": last.isoformat()}
    else:
        part = found["month"] or (f"q{found['quarter']}" if found["quarter"] else "")
        words["period"] = "-".join(filter(None, (found["year"], part)))
    if found["department"]:
        words["department"] = organisation.departments()[check_codes.value_of(found["department"])].code
    if found["kind"]:
        words["kind"] = next((one for one in kinds if _kind(one) == found["kind"]), "-")
    if found["person"]:
        person = check_codes.value_of(found["person"])
        words["person"] = NO_ONE if person == NOBODY else str(person)
    return words | ({"imported": WITH} if found["imported"] else {})
