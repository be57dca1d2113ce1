"""What is filled in on the way of a draft: steps, opinions, comments and their answers. Choices are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.policies.life import LONGEST
from portal.policies.states import Check, ManualKind, Party
from portal.web.forms import Form, chosen, no_longer_than, required

Choices = Sequence[tuple[str, Any]]


class StepForm(Form):
    """A step forward, with a comment where there is something to say."""

    words = TextAreaField(_l("Comment"), [Optional(), no_longer_than(LONGEST)], render_kw={"rows": 3})


class DecideForm(StepForm):
    """A step of whoever decides on the words that the page showed."""

    seen = HiddenField()


class BackForm(Form):
    """A step back, or the end of a draft: why."""

    words = TextAreaField(_l("Why?"), [required(_l("Say why.")), no_longer_than(LONGEST)], render_kw={"rows": 3})


class SubmitForm(StepForm):
    """Who is to approve it."""

    approver = SelectField(_l("Who is to approve it?"), [chosen(_l("Choose who is to approve it."))])

    def offer(self, people: Choices) -> None:
        """Who may approve it; the only one is chosen already."""
        self.approver.choices = [*([("", "–")] if len(people) != 1 else []), *people]


class EmergencyForm(SubmitForm):
    """Why a draft cannot wait, and who is to approve it afterwards."""

    words = TextAreaField(
        _l("Why can it not wait?"), [required(_l("Say why.")), no_longer_than(LONGEST)],
        description=_l("Everybody whom the manual binds reads this beside it."), render_kw={"rows": 3},
    )  # fmt: skip
    approver = SelectField(_l("Who is to approve it afterwards?"), [chosen(_l("Choose who is to approve it."))])


class CommentForm(Form):
    """What somebody says about the draft."""

    clause = SelectField(_l("About"), validate_choice=False)
    words = TextAreaField(
        _l("What do you think?"), [required(_l("Write something first.")), no_longer_than(LONGEST)],
        render_kw={"rows": 4},
    )  # fmt: skip


class AnswerForm(Form):
    """What the authors answer."""

    words = TextAreaField(
        _l("Answer"), [required(_l("Write something first.")), no_longer_than(LONGEST)],
        description=_l("Say what you take up, or why not."), render_kw={"rows": 4},
    )  # fmt: skip


class FinishForm(Form):
    """The checklist of a reviewer."""

    seen = HiddenField()
    checks = SelectMultipleField(
        _l("In order"),
        description=_l("Tick what is in order. What is not, say in a comment first."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, kind: ManualKind) -> None:
        """The list for a kind of manual."""
        self.checks.choices = [(one.value, one.label) for one in Check.of(kind)]


class ReviewerForm(Form):
    """Whose opinion is asked."""

    person = SelectField(_l("Colleague"), validate_choice=False)
    name = StringField(
        _l("Or somebody from outside"), [Optional(), no_longer_than(80)],
        description=_l("You write down what they say."),
    )  # fmt: skip
    party = RadioField(_l("For whom do they speak?"), [chosen(_l("Choose for whom they speak."))])

    def offer(self, people: Choices) -> None:
        """Who can be asked."""
        self.person.choices = [("", "–"), *people]
        self.party.choices = [(one.value, one.label) for one in Party]


class OpinionForm(Form):
    """What somebody from outside said."""

    words = TextAreaField(
        _l("What did they say?"), [required(_l("Write something first.")), no_longer_than(LONGEST)],
        render_kw={"rows": 4},
    )  # fmt: skip
