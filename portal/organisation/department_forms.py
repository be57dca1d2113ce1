"""What HR, administrators and heads fill in about units, posts and statements of duties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.organisation.models import Basis, Listed, Rank, Reporting, Structure, UnitKind
from portal.web.forms import Form, chosen, no_longer_than, required

MOST_PEOPLE = 1_000_000
Units = Sequence[tuple[int, str]]


def _choices(kind: type[Listed]) -> list[tuple[str, str]]:
    return [(one.value, str(one.label)) for one in kind]


def _headcount(description: Any = "") -> IntegerField:
    return IntegerField(
        _l("Headcount"),
        [Optional(), NumberRange(0, MOST_PEOPLE, _l("A headcount is a number from 0 to %(most)s.", most=MOST_PEOPLE))],
        description=description,
    )


class DayForm(Form):
    """From which day something is so."""

    from_on = DateField(_l("From"), [required(_l("Say from which day it counts."))])


class EndForm(Form):
    """From which day something is no longer so."""

    to_on = DateField(_l("From"), [required(_l("Say from which day it counts."))])


class _Named(DayForm):
    """A name per language, from a day on. `version`: which of its changes stood on the page."""

    chinese = StringField(_l("Name in Chinese"), [required(_l("Give it a Chinese name.")), no_longer_than(40)])
    english = StringField(_l("Name in English"), [Optional(), no_longer_than(60)])
    traditional = StringField(_l("Name in traditional Chinese"), [Optional(), no_longer_than(40)])
    version = IntegerField(widget=HiddenInput(), default=0)

    def names(self) -> dict[str, str]:
        """The name in each language in which it was given."""
        typed = {"zh-CN": self.chinese.data, "en": self.english.data, "zh-TW": self.traditional.data}
        return {language: words.strip() for language, words in typed.items() if words}


class UnitForm(_Named):
    """A unit as it is from a day on (ORG-001, ORG-003, ORG-004, ORG-006)."""

    kind = SelectField(_l("Kind"), coerce=UnitKind)
    parent = SelectField(_l("Stands below"), coerce=int)
    structure = RadioField(_l("Structure"), [chosen(_l("Say how it is organised."))], coerce=Structure)
    basis = RadioField(_l("Formed"), [chosen(_l("Say on what it was formed."))], coerce=Basis)
    reporting = RadioField(_l("People answer"), [chosen(_l("Say to whom its people answer."))], coerce=Reporting)
    goal = StringField(
        _l("Goal"), [Optional(), no_longer_than(120)], description=_l("Which goal of the company it serves.")
    )
    headcount = _headcount(_l("In it and below it. Empty: as many as its posts say."))
    business_field = StringField(_l("Business field"), [Optional(), no_longer_than(60)])
    profit_centre = StringField(
        _l("Profit centre"), [Optional(), no_longer_than(30)], description=_l("A division needs both.")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = _choices(UnitKind)
        self.structure.choices = _choices(Structure)
        self.basis.choices = _choices(Basis)
        self.reporting.choices = _choices(Reporting)

    def with_units(self, units: Units) -> UnitForm:
        """The form with the places where the unit may stand."""
        self.parent.choices = list(units)
        return self

    def parts(self) -> dict[str, Any]:
        """The values of the unit, for the verbs."""
        return {
            "names": self.names(), "kind": self.kind.data, "structure": self.structure.data, "basis": self.basis.data,
            "reporting": self.reporting.data, "goal": (self.goal.data or "").strip(),
            "business_field": (self.business_field.data or "").strip(),
            "profit_centre": (self.profit_centre.data or "").strip(), "headcount": self.headcount.data,
        }  # fmt: skip


class NewUnitForm(UnitForm):
    """A unit that is put into the tree."""

    code = StringField(
        _l("Code"),
        [required(_l("Give it a code.")), no_longer_than(20)],
        description=_l("Capital letters, digits and hyphens. It stands in addresses and exports and stays as it is."),
        render_kw={"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"},
    )


class PostForm(_Named):
    """A post as it is from a day on (ORG-010, ORG-013 … ORG-017, ORG-023)."""

    chinese = StringField(
        _l("Title in Chinese"), [required(_l("Give the post its title in Chinese.")), no_longer_than(40)]
    )
    english = StringField(_l("Title in English"), [Optional(), no_longer_than(60)])
    traditional = StringField(_l("Title in traditional Chinese"), [Optional(), no_longer_than(40)])
    rank = RadioField(_l("Rank"), [chosen(_l("Say which rank it has."))], coerce=Rank)
    leads = BooleanField(_l("It leads the unit"))
    headcount = _headcount(_l("How many there should be. Empty: nobody has said."))
    description = TextAreaField(
        _l("What it is there for"), [Optional(), no_longer_than(2000)], render_kw={"rows": 4}
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.rank.choices = _choices(Rank)

    def parts(self) -> dict[str, Any]:
        """The values of the post, for the verbs."""
        return {
            "titles": self.names(), "rank": self.rank.data, "leads": self.leads.data,
            "headcount": self.headcount.data, "description": (self.description.data or "").strip(),
        }  # fmt: skip


class DutyForm(DayForm):
    """A line of a statement of duties and powers (ORG-005)."""

    words = TextAreaField(
        _l("Words"), [required(_l("Write the duty down.")), no_longer_than(300)],
        description=_l("One duty or power in one sentence: each has exactly one owner."), render_kw={"rows": 2},
    )  # fmt: skip
    is_power = BooleanField(_l("It is a power, not a duty"))


class SettleForm(DayForm):
    """Which unit owns a duty from a day on."""

    department = SelectField(_l("Owner"), coerce=int)

    def with_units(self, units: Units) -> SettleForm:
        """The form with the units that may own it."""
        self.department.choices = [(0, _l("choose")), *units]
        return self


class AssessmentForm(DayForm):
    """Which unit outside assesses this one (ORG-022)."""

    by = SelectField(_l("Assessed by"), coerce=int)

    def with_units(self, units: Units) -> AssessmentForm:
        """The form with the units that stand outside."""
        self.by.choices = [(0, _l("choose")), *units]
        return self
