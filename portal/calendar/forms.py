"""What HR fills in: one day, a table of a year, the working hours of a department."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField, SubmitField, TextAreaField
from wtforms.validators import Optional

from portal.calendar import rules
from portal.kernel.calendar import DayKind, Spans, WorkingHours, parse_spans
from portal.kernel.errors import Refused
from portal.kernel.tables import Limits, Row, read_table
from portal.kernel.text import printable, say
from portal.web.forms import Form, chosen, no_longer_than

KIND_LABELS = {
    DayKind.WORKING: _l("ordinary working day"),
    DayKind.REST: _l("day off"),
    DayKind.HOLIDAY: _l("public holiday"),
    DayKind.MAKE_UP: _l("make-up working day"),
}
MOST_ROWS = 366
LIMITS = Limits(size=1 << 20, unpacked=16 << 20, columns=20, cell=1_000)
"""A year has some thirty lines."""


class _SeenForm(Form):
    """It says which edition of the calendar the person had before their eyes."""

    edition = HiddenField()

    def seen(self) -> int:
        """The edition of the calendar that stood on the page; 0 for anything else."""
        typed = self.edition.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


class DayForm(_SeenForm):
    """What one day is; the choices are those that its weekday allows."""

    kind = RadioField(_l("This day is"), [chosen(_l("Choose what the day is."))])
    name = StringField(
        _l("Name of the day"),
        [Optional(), no_longer_than(rules.LONGEST_NAME)],
        description=_l("A public holiday needs one; otherwise say why the day differs."),
    )
    name_en = StringField(_l("Name in English"), [Optional(), no_longer_than(rules.LONGEST_NAME)])

    def for_day(self, on: date) -> DayForm:
        """The form with the choices of this day."""
        self.kind.choices = [(kind.value, KIND_LABELS[kind]) for kind in rules.kinds_for(on)]
        return self

    def names(self) -> dict[str, str]:
        """The name in each language in which it was given."""
        return {"zh-CN": self.name.data or "", "en": self.name_en.data or ""}


class TableForm(Form):
    """A year's days from a file or from the box; looked at before anything is taken over."""

    file = FileField(_l("File"), description=_l("CSV or XLSX with three columns: day, kind, name."))
    rows = TextAreaField(
        _l("Or the lines themselves"),
        description=_l("One day in a line, for example: 2027-10-01, 节假日, 国庆节. Kinds: 节假日, 休息, 上班."),
        render_kw={"rows": 12, "spellcheck": "false"},
    )
    source = HiddenField()
    take = SubmitField()

    table: list[Row]
    read: rules.YearRead | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Every line that cannot be used stands above the form; what was in the file stands in the box from now on."""
        if not super().validate(extra_validators):
            return False
        try:
            self.table = self._rows()
        except Refused as no:
            (self.file if self.file.data else self.rows).errors = [str(no)]
            return False
        self.rows.data = rules.rows_as_text(self.table)
        self.read = rules.read_year(self.table)
        self.form_errors = [str(problem) for problem in self.read.problems]
        return not self.form_errors

    def _rows(self) -> list[Row]:
        if self.file.data:
            self.source.data = printable(self.file.data.filename or "")[:100]
            data = self.file.data.read()
        else:
            data = (self.rows.data or "").encode("utf-8", "replace")
        rows = list(islice(read_table(data, LIMITS).all_rows(), MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            raise Refused(say("A year has no more than {most} days.", most=MOST_ROWS))
        return rows


class HoursForm(_SeenForm):
    """Working hours from a day on: those of the department above, or seven days of the week, make-up days, holidays."""

    from_on = DateField(_l("From day"), [chosen(_l("Choose the first day."))])
    follows = BooleanField(_l("As the department above, no hours of its own"))
    monday = StringField(_l("Monday"))
    tuesday = StringField(_l("Tuesday"))
    wednesday = StringField(_l("Wednesday"))
    thursday = StringField(_l("Thursday"))
    friday = StringField(_l("Friday"))
    saturday = StringField(_l("Saturday"))
    sunday = StringField(_l("Sunday"))
    make_up_as_weekday = BooleanField(_l("A make-up working day is like any other of its weekday"))
    make_up = StringField(_l("Make-up working day"))
    holiday_as_weekday = BooleanField(_l("A public holiday is like any other day of its weekday"))
    holiday = StringField(_l("Public holiday"))

    WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

    @classmethod
    def of(cls, hours: WorkingHours | None, from_on: date, *, edition: int) -> HoursForm:
        """A form filled with the hours that hold now, as `edition` of the calendar says them."""
        words = rules.hours_as_text(hours) if hours else {"week": [""] * 7, "make_up": "", "holiday": ""}
        return cls(
            formdata=None,
            from_on=from_on,
            edition=edition,
            make_up_as_weekday=words["make_up"] is None,
            make_up=words["make_up"] or "",
            holiday_as_weekday=words["holiday"] is None,
            holiday=words["holiday"] or "",
            **dict(zip(cls.WEEK, words["week"], strict=True)),
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Hours that cannot be read are told at their own day."""
        good: bool = super().validate(extra_validators)
        for name in () if self.follows.data else (*self.WEEK, "make_up", "holiday"):
            try:
                parse_spans(self[name].data or "")
            except Refused as no:
                self[name].errors = [str(no)]
                good = False
        return good

    def hours(self) -> WorkingHours:
        """What was filled in. Only after it was found valid."""
        return WorkingHours(
            self.from_on.data,
            week=tuple(self._spans(name) for name in self.WEEK),
            make_up=None if self.make_up_as_weekday.data else self._spans("make_up"),
            holiday=None if self.holiday_as_weekday.data else self._spans("holiday"),
        )

    def _spans(self, name: str) -> Spans:
        return parse_spans(self[name].data or "")
