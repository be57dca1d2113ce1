"""What is filled in about colleagues: each thing with the day from which it holds. Choices are handed in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError

from portal.kernel.errors import Refused
from portal.kernel.tables import Table
from portal.kernel.text import printable, say
from portal.organisation import people_table
from portal.organisation.people_table import MOST_BY_PAGE
from portal.web.forms import Form, a_day, chosen, no_longer_than, required

Choices = list[tuple[str, str]]
Groups = dict[str, Choices]
MOST_YUAN = 10_000_000
ONE_DAY = timedelta(days=1)


def from_day(label: Any = None, **more: Any) -> DateField:
    """The first day of something."""
    return DateField(label or _l("From which day?"), [chosen(_l("Choose the day.")), a_day], **more)


def last_day(label: Any = None, **more: Any) -> DateField:
    """The last day of something that may go on without end."""
    return DateField(label or _l("Until which day?"), [Optional(), a_day], **more)


def somebody(label: Any, sentence: Any) -> StringField:
    """A colleague, by what identifies them."""
    return StringField(
        label,
        [required(sentence), no_longer_than(80)],
        description=_l("Name, staff number or sign-in name."),
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )


def mail_address(_form: Any, field: Any) -> None:
    """Something before and after one @; whether anybody reads it shows when it is written to."""
    name, at, host = (field.data or "").strip().partition("@")
    if field.data and not (name and at and host and "@" not in host and not set(field.data.strip()) & set(' <>"')):
        raise ValidationError(_("A mail address looks like name@company.example."))


class DatedForm(Form):
    """Something that holds from a day on, until a last day that people name and that still belongs to it."""

    def begins(self) -> date:
        """The first day. Only after it was found valid."""
        day: date = self["from_on"].data
        return day

    def ends(self) -> date | None:
        """The day after the last one; None without end."""
        last: date | None = self["to_on"].data
        return last + ONE_DAY if last else None


class _Reach(Form):
    """How a colleague is reached."""

    telephone = StringField(_l("Telephone"), [Optional(), no_longer_than(40)], render_kw={"inputmode": "tel"})
    mail = StringField(_l("Mail"), [Optional(), no_longer_than(200), mail_address], render_kw={"type": "email"})


class NewPersonForm(Form):
    """A colleague who joins, with the first post."""

    name = StringField(
        _l("Name"), [required(_l("Write down the name.")), no_longer_than(80)], render_kw={"autocomplete": "off"}
    )
    staff_number = StringField(
        _l("Staff number"),
        [required(_l("Give a staff number.")), no_longer_than(30)],
        description=_l("Letters, digits, dots and hyphens. It stays for ever."),
        render_kw={"autocomplete": "off"},
    )
    sign_in_name = StringField(
        _l("Sign-in name"),
        [required(_l("Give a sign-in name.")), no_longer_than(60)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    joined_on = from_day(_l("Joins on"))
    post = SelectField(_l("Post"), [Optional()])
    city = StringField(_l("City of work"), [Optional(), no_longer_than(40)])
    telephone = StringField(_l("Telephone"), [Optional(), no_longer_than(40)], render_kw={"inputmode": "tel"})
    mail = StringField(
        _l("Mail"),
        [Optional(), no_longer_than(200), mail_address],
        description=_l("The invitation goes there."),
        render_kw={"type": "email", "autocomplete": "off"},
    )
    external = BooleanField(_l("From outside: not on our payroll"))

    def __init__(self, *args: Any, posts: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.post.choices = {"": [("", "–")], **posts}


class DetailsForm(_Reach):
    """What needs no days: how to reach somebody, and what HR keeps in mind."""

    external = BooleanField(_l("From outside: not on our payroll"))
    development_note = TextAreaField(
        _l("Note on development"),
        [Optional(), no_longer_than(2_000)],
        description=_l("Seen by HR alone: training, wishes, what was agreed."),
        render_kw={"rows": 3},
    )


class RenameForm(DatedForm):
    """Another name."""

    name = StringField(
        _l("New name"), [required(_l("Write down the name.")), no_longer_than(80)], render_kw={"autocomplete": "off"}
    )
    from_on = from_day(description=_l("Records of days before go on showing the name of then."))


class PlaceForm(DatedForm):
    """A post."""

    post = SelectField(_l("Post"), [chosen(_l("Choose the post."))])
    main = RadioField(_l("How?"), default="main")
    from_on = from_day()
    to_on = last_day()

    def __init__(self, *args: Any, posts: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.post.choices = {"": [("", "–")], **posts}
        self.main.choices = [
            ("main", _("as the main post: the one before ends with that day")),
            ("besides", _("besides the main post")),
        ]


class RoleForm(DatedForm):
    """A role, and where it counts."""

    role = SelectField(_l("Role"), [chosen(_l("Choose the role."))])
    department = SelectField(
        _l("Department"), [chosen(_l("Choose the department."))], description=_l("It counts there and below.")
    )
    from_on = from_day()
    to_on = last_day()

    def __init__(self, *args: Any, roles: Choices, departments: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [("", "–"), *roles]
        self.department.choices = [("", "–"), *departments]


class SuperiorForm(DatedForm):
    """To whom somebody answers, through which line."""

    superior = somebody(_l("Who is the superior?"), _l("Say who it is."))
    line = SelectField(
        _l("Through which line?"),
        [chosen(_l("Choose the line."))],
        description=_l("In a matrix unit there are two at once: the functional head and the project lead."),
    )
    project = StringField(_l("Project"), [Optional(), no_longer_than(80)], description=_l("Only for a project lead."))
    from_on = from_day()
    to_on = last_day()

    def __init__(self, *args: Any, lines: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line.choices = lines


class DeputyForm(DatedForm):
    """Who decides in somebody's place."""

    deputy = somebody(_l("Who stands in?"), _l("Say who stands in."))
    reason = StringField(_l("Why?"), [Optional(), no_longer_than(200)])
    from_on = from_day()
    to_on = last_day()


class AbsenceForm(DatedForm):
    """Days away."""

    reason = StringField(
        _l("Why?"),
        [required(_l("Say why, in a few words.")), no_longer_than(200)],
        description=_l("Seen by the person, HR and whoever decides for them. Everybody else sees the days alone."),
    )
    from_on = from_day(_l("First day away"))
    to_on = DateField(_l("Last day away"), [chosen(_l("Choose the day.")), a_day])


class CityForm(DatedForm):
    """Where somebody works."""

    city = StringField(
        _l("City of work"),
        [required(_l("Name the city.")), no_longer_than(40)],
        description=_l("The local minimum wage depends on it."),
    )
    from_on = from_day()


class PayForm(DatedForm):
    """Full monthly base pay."""

    amount = StringField(
        _l("Base pay a month, in yuan"),
        [required(_l("Enter the amount.")), no_longer_than(20)],
        description=_l("For example 4000 or 4,000.00. Seen by its owner and HR alone."),
        render_kw={"inputmode": "decimal", "autocomplete": "off", "class": "number"},
    )
    from_on = from_day()

    def validate_amount(self, field: Any) -> None:
        """An amount with at most two places."""
        try:
            amount = Decimal((field.data or "").replace(",", "").replace("，", "").replace(" ", ""))
            good = amount.is_finite() and 0 <= amount <= MOST_YUAN and amount * 100 == int(amount * 100)
        except (InvalidOperation, ValueError):
            good = False
        if not good:
            raise ValidationError(_("Enter an amount in yuan with at most two places, such as 4000.00."))

    def fen(self) -> int:
        """The amount in fen. Only after it was found valid."""
        return int(Decimal((self.amount.data or "").replace(",", "").replace("，", "").replace(" ", "")) * 100)


class LeaveForm(Form):
    """A colleague leaves."""

    left_on = from_day(
        _l("Last day with us"),
        description=_l("Posts, roles, lines and deputies end with it; nobody signs in after it."),
    )
    reason = StringField(
        _l("Why is it not handed on first?"),
        [Optional(), no_longer_than(300)],
        description=_l("Only where something still waits."),
    )

    def first_day_without(self) -> date:
        """The day after the last one. Only after it was found valid."""
        last: date = self.left_on.data
        return last + ONE_DAY


class EndForm(Form):
    """The end of something that holds."""

    to_on = from_day(_l("Last day"))

    def ends(self) -> date:
        """The day after the last one. Only after it was found valid."""
        last: date = self.to_on.data
        return last + ONE_DAY


class BackForm(Form):
    """Back earlier than noted."""

    to_on = from_day(
        _l("Back on which day?"), description=_l("The first day away means that they were not away at all.")
    )

    def ends(self) -> date:
        """The day itself: the first one back. Only after it was found valid."""
        back: date = self.to_on.data
        return back


class PeopleTableForm(Form):
    """A table of people: looked at first, then taken over as it was seen."""

    file = FileField(_l("File"), description=_l("CSV or XLSX, at most %(most)s people.", most=MOST_BY_PAGE))
    rows = HiddenField()
    source = HiddenField()
    from_on = DateField(
        _l("Changes hold from which day?"),
        [Optional(), a_day],
        description=_l("New posts, names and cities; whoever is new joins on the day that the table says."),
    )
    take = SubmitField()

    table: Table | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """A table that cannot be read is told at the file; what was in it is kept in the form from now on."""
        if not super().validate(extra_validators):
            return False
        try:
            table = self._read()
            self.rows.data = people_table.as_text(table)
        except Refused as no:
            self.file.errors = [str(no)]
            return False
        self.table = table
        return True

    def _read(self) -> Table:
        if self.file.data:
            self.source.data = printable(self.file.data.filename or "")[:100]
            return people_table.read(self.file.data.read(), MOST_BY_PAGE)
        if not self.rows.data:
            raise Refused(say("Choose a file first."))
        return people_table.read(self.rows.data.encode("utf-8", "replace"), MOST_BY_PAGE)
