"""What is filled in on the way of a draft: steps, opinions, comments and their answers. Choices are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.policies.life import LONGEST
from portal.policies.states import Check, Evidence, ManualKind, Party
from portal.web.forms import AttachmentsField, Form, a_day, chosen, no_longer_than, required

Choices = Sequence[tuple[str, Any]]


class StepForm(Form):
    """A step forward, with a comment where there is something to say."""

    words = TextAreaField(_l("Comment"), [Optional(), no_longer_than(LONGEST)], render_kw={"rows": 3})


def accepting() -> BooleanField:
    """The box of whoever answers for what some lose."""
    lacks = _l("Look at who loses what, and confirm that you have seen it.")
    return BooleanField(_l("I have seen who loses what"), [InputRequired(lacks)])


class DecideForm(StepForm):
    """A step of whoever decides on the words that the page showed."""

    seen = HiddenField()
    accepts = accepting()


class BackForm(Form):
    """A step back, or the end of a draft: why."""

    words = TextAreaField(_l("Why?"), [required(_l("Say why.")), no_longer_than(LONGEST)], render_kw={"rows": 3})


class SubmitForm(StepForm):
    """Who is to approve it."""

    approvers = SelectMultipleField(
        _l("Who is to approve it?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def offer(self, people: Choices, needed: int) -> None:
        """Who may approve it, of whom so many have to."""
        self.approvers.choices = list(people)
        self.approvers.description = _("It needs %(count)s approvals.", count=needed) if needed > 1 else ""


class EmergencyForm(SubmitForm):
    """Why a draft cannot wait, and who is to approve it afterwards."""

    seen = HiddenField()
    accepts = accepting()
    words = TextAreaField(
        _l("Why can it not wait?"), [required(_l("Say why.")), no_longer_than(LONGEST)],
        description=_l("Everybody whom the manual binds reads this beside it."), render_kw={"rows": 3},
    )  # fmt: skip
    approvers = SelectMultipleField(
        _l("Who is to approve it afterwards?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


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

    def offer(self, kind: ManualKind, category: str) -> None:
        """The list for a kind of manual, and for what it is about."""
        self.checks.choices = [(one.value, one.label) for one in Check.of(kind, category)]


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


class EvidenceForm(Form):
    """Something that shows how the version came about."""

    kind = SelectField(_l("What it is"), [chosen(_l("Choose what it is."))])
    on = DateField(_l("Day"), [InputRequired(_l("Say on which day it was.")), a_day])
    words = TextAreaField(
        _l("What happened there"), [Optional(), no_longer_than(2000)], render_kw={"rows": 4},
        description=_l("Who was there, what was said and decided."),
    )  # fmt: skip
    files = AttachmentsField(_l("Files"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", "–"), *((one.value, one.label) for one in Evidence)]


class OpinionForm(Form):
    """What somebody from outside said."""

    words = TextAreaField(
        _l("What did they say?"), [required(_l("Write something first.")), no_longer_than(LONGEST)],
        render_kw={"rows": 4},
    )  # fmt: skip
