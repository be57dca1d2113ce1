"""What heads and HR write about people: proposals and the decision on them, objectives and how they were met."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import AnyOf, Regexp

from portal.organisation.models import ProposalKind
from portal.web.forms import Form, chosen, no_longer_than, required

LONGEST = 4000
PERIOD = r"\d{4}(-(Q[1-4]|H[12]|0[1-9]|1[0-2]))?\Z"


def _person() -> StringField:
    return StringField(
        _l("Colleague"),
        [required(_l("Say whom it is about.")), no_longer_than(100)],
        description=_l("Name or staff number; one of your own people."),
        render_kw={"list": "own-people", "autocomplete": "off"},
    )


def _words(label: Any, sentence: Any, description: Any = "") -> TextAreaField:
    return TextAreaField(
        label, [required(sentence), no_longer_than(LONGEST)], description=description, render_kw={"rows": 5}
    )


class ProposalForm(Form):
    """What a department proposes for one of its own people (ORG-025)."""

    person = _person()
    kind = RadioField(_l("What is proposed"), [chosen(_l("Say what is proposed."))], coerce=ProposalKind)
    words = _words(_l("Why, and what exactly"), _l("Say why."))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = [(one.value, str(one.label)) for one in ProposalKind]


class DecideForm(Form):
    """The decision on a proposal; `verdict` is the button that was pressed."""

    words = _words(_l("Reason"), _l("Say why."))
    verdict = StringField(validators=[AnyOf(("accept", "decline"), _l("Accept or decline."))])


class ObjectivesForm(Form):
    """What somebody is to reach in a period (ORG-026)."""

    person = _person()
    period = StringField(
        _l("Period"),
        [required(_l("Say for which period.")), Regexp(PERIOD, message=_l("Write 2026, 2026-H2, 2026-Q4 or 2026-10."))],
        description=_l("A year, half-year, quarter or month: 2026, 2026-H2, 2026-Q4, 2026-10."),
        render_kw={"autocomplete": "off"},
    )
    objectives = _words(_l("Objectives"), _l("Write the objectives down."))


class AppraiseForm(Form):
    """How the objectives were met, and how attendance was (ORG-026)."""

    result = _words(_l("How the objectives were met"), _l("Say how the objectives were met."))
    attendance = _words(_l("Attendance"), _l("Say how attendance was."))
