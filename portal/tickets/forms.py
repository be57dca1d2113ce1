"""What people fill in about tickets. Choices that lists or people decide are handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, NumberRange, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.tickets.states import BreachKind, Channel, Ground, Impact, Kind, Satisfaction, Urgency
from portal.web.forms import AttachmentsField, Form, chosen, may_lack, no_longer_than, required

LONG = 20_000
"""Characters of a letter, a note, an answer."""
Choices = Sequence[tuple[Any, str]]
Groups = dict[str, Choices]


def of(words: Iterable[Any]) -> list[tuple[str, str]]:
    """Choices from an enumeration whose members have labels, in the reader's language."""
    return [(one.value if isinstance(one, Enum) else str(one), str(one.label)) for one in words]


def words(label: Any, sentence: Any, **more: Any) -> TextAreaField:
    """A text that must be written."""
    return TextAreaField(label, [required(sentence), no_longer_than(LONG)], **more)


def reason(label: Any, **more: Any) -> StringField:
    """A short reason that must be given."""
    return StringField(label, [required(_l("Say why, in a few words.")), no_longer_than(300)], **more)


class _EachHidden(HiddenInput):
    """One hidden field for each value; none for none."""

    def __call__(self, field: Any, **_more: Any) -> Markup:
        one = Markup('<input type="hidden" name="{}" value="{}">')
        return Markup("").join(one.format(field.name, value) for value in field.data or ())


class HiddenValues(SelectMultipleField):
    """Values that the page itself sends back, not the person."""

    widget = _EachHidden()
    validate_choice = False

    def pre_validate(self, form: Any) -> None:
        """Whatever comes back is only compared with what is found in the text."""


def _needed_in_a_complaint(sentence: Any) -> Any:
    """What a complaint must have (TKT-049); of every other kind it is not asked."""
    check = DataRequired(sentence)

    def needed(form: Any, field: Any) -> None:
        if form.kind.data == Kind.COMPLAINT:
            check(form, field)

    return needed


def _needed_from_a_new_caller(form: Any, field: Any) -> None:
    if form.who.data == "new" and not (field.data or "").strip():
        raise StopValidation(_("Write down the name, or say that they do not want to give it."))


class NewTicketForm(Form):
    """Everything that a call, a letter or a visit begins with, on one sheet."""

    channel = RadioField(_l("How did it reach us?"), [chosen(_l("Say how it reached us."))], default=Channel.TELEPHONE)
    who = RadioField(_l("Who is it?"), [chosen(_l("Say who it is."))], default="new")
    search = StringField(
        _l("Found again by telephone, name or mail"),
        [Optional(), no_longer_than(200)],
        render_kw={"autocomplete": "off"},
    )
    name = StringField(_l("Name"), [_needed_from_a_new_caller, no_longer_than(120)])
    telephone = StringField(_l("Telephone"), [Optional(), no_longer_than(40)], render_kw={"inputmode": "tel"})
    mail = StringField(_l("E-mail"), [Optional(), no_longer_than(200)], render_kw={"inputmode": "email"})
    company = StringField(_l("Company"), [Optional(), no_longer_than(120)])
    colleague = SelectField(_l("Which colleague?"), [Optional()], validate_choice=False)
    contact = StringField(_l("How can we answer, if at all?"), [Optional(), no_longer_than(200)])
    kind = SelectField(_l("What kind of matter is it?"), [chosen(_l("Choose what kind of matter it is."))])
    routing = SelectField(_l("What is it about, and who is in charge of it?"), [Optional()])
    title = StringField(
        _l("In one line"),
        [required(_l("Say in one line what it is about.")), no_longer_than(120)],
        description=_l("For example: router restarts every evening."),
    )
    body = words(_l("What do they need, and what is the problem?"), _l("Write down what they need and the problem."))
    cause = TextAreaField(
        _l("True cause"),
        [_needed_in_a_complaint(_l("Write down the true cause.")), no_longer_than(LONG)],
        render_kw={"rows": 2},
    )
    wanted = TextAreaField(
        _l("What does the customer want?"),
        [_needed_in_a_complaint(_l("Write down the result that the customer wants.")), no_longer_than(LONG)],
        render_kw={"rows": 2},
    )
    impact = SelectField(_l("Who is affected?"), default=Impact.ONE)
    urgency = SelectField(_l("How soon does it hurt?"), default=Urgency.TODAY)
    received_at = DateTimeLocalField(
        _l("Received"),
        [Optional()],
        description=_l("Only where it came before now: a letter, a call taken down later."),
    )
    about = SelectField(
        _l("Is it about a colleague?"),
        [Optional()],
        validate_choice=False,
        description=_l("That colleague will not see it."),
    )
    files = AttachmentsField(_l("Files"))
    visit = IntegerField(widget=HiddenInput(), validators=[Optional()])
    template = SelectField(_l("A common problem?"), [Optional()])
    filled_from = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def __init__(
        self, *args: Any, kinds: Choices, types: Groups, colleagues: Choices, found: Choices,
        templates: Choices = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.template.choices = [("", "–"), *templates]
        self.channel.choices = of(Channel)
        self.kind.choices = [("", "–"), *kinds]
        self.routing.choices = {"": [("", "–")], **types}
        self.impact.choices, self.urgency.choices = of(Impact), of(Urgency)
        self.colleague.choices = self.about.choices = [("", "–"), *colleagues]
        self.who.choices = [
            *found,
            ("new", _("somebody who is not on file yet")),
            ("colleague", _("a colleague")),
            ("anonymous", _("does not want to give a name")),
        ]


class ActForm(Form):
    """One act on a ticket. `verb` begins the ids of its fields: several forms stand on one page."""

    verb: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = field.label.field_id = f"{self.verb}-{field.short_name}"


class WriteForm(ActForm):
    """The reply box: a reply, a note for colleagues, or what the customer said since."""

    verb = "write"
    what = RadioField(_l("What is it?"), default="reply", validate_choice=False)
    words = words(_l("What do you write?"), _l("Write something first."))
    channel = SelectField(_l("How?"), choices=lambda: of(Channel), default=Channel.TELEPHONE)
    definite = BooleanField(_l("This is our definite answer to the complaint"))
    solved_by = DateField(_l("Solved by"), [Optional()], description=_l("A day that you name is a promise."))
    files = AttachmentsField(_l("Files"))
    although = HiddenValues()

    def __init__(self, *args: Any, ways: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = list(ways)
        self._sent_as = self.what.data if self.what.raw_data else None
        if ways and self.what.data not in dict(ways):
            self.what.data = ways[0][0]

    def validate_what(self, field: RadioField) -> None:
        """What somebody wrote for one reader is never kept as something for another: the ticket may have been closed
        or reopened while it was written."""
        if self._sent_as is not None and self._sent_as not in dict(field.choices):
            raise ValidationError(
                _("The ticket has moved on, and this cannot be written there as what it was. Look what it becomes now, "
                  "then press again.")
            )  # fmt: skip


class TriageForm(ActForm):
    """Kind, type and rank."""

    verb = "triage"
    kind = SelectField(_l("Kind"))
    routing = SelectField(_l("What is it about?"))
    impact = SelectField(_l("Who is affected?"))
    urgency = SelectField(_l("How soon does it hurt?"))

    def __init__(self, *args: Any, kinds: Choices, types: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices, self.routing.choices = list(kinds), {"": [("", "–")], **types}
        self.impact.choices, self.urgency.choices = of(Impact), of(Urgency)


class RankForm(ActForm):
    """How many are hit and how soon it hurts, anew."""

    verb = "rank"
    impact = SelectField(_l("Who is affected?"))
    urgency = SelectField(_l("How soon does it hurt?"))
    reason = StringField(
        _l("Why has it changed?"),
        [no_longer_than(300)],
        description=_l("Needed where it makes another priority."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.impact.choices, self.urgency.choices = of(Impact), of(Urgency)


class OfferForm(ActForm):
    """To a department, or to one person who works there: the value is `department` or `department:person`."""

    verb = "offer"
    to = SelectField(
        _l("To whom?"),
        [chosen(_l("Choose to whom."))],
        description=_l("It counts when it is accepted."),
        validate_choice=False,
    )
    note = StringField(_l("What should they know?"), [Optional(), no_longer_than(300)])

    def __init__(self, *args: Any, desks: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = desks


class StrikeForm(ActForm):
    """Why a step of the checklist is not needed here."""

    verb = "strike"
    reason = reason(_l("Why is it not needed here?"))


class StepsForm(ActForm):
    """What is to be done: the steps of a template, further ones line by line, or both."""

    verb = "steps"
    template = SelectField(_l("From a template"), [Optional()])
    words = TextAreaField(
        _l("Further steps"),
        [Optional(), no_longer_than(LONG)],
        description=_l("One line each."),
        render_kw={"rows": 4},
    )
    must = BooleanField(_l("Not solved before these are done"))

    def __init__(self, *args: Any, templates: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template.choices = [("", "–"), *templates]
        if not templates:
            del self.template


class RefuseForm(ActForm):
    """Why an offer is not accepted."""

    verb = "refuse"
    reason = reason(_l("Why not?"))


class AskForm(ActForm):
    """Who is asked inside, what, and what the customer was told meanwhile."""

    verb = "ask"
    person = SelectField(_l("Who knows?"), [chosen(_l("Choose whom to ask."))])
    question = words(_l("What do you want to know?"), _l("Write your question."), render_kw={"rows": 3})
    told = TextAreaField(
        _l("What did you tell the customer?"),
        [Optional(), no_longer_than(LONG)],
        description=_l("That you are finding out, and when you will be back."),
        render_kw={"rows": 2},
    )
    channel = SelectField(_l("How?"), choices=lambda: of(Channel), default=Channel.TELEPHONE)

    def __init__(self, *args: Any, colleagues: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = [("", "–"), *colleagues]


class AnswerForm(ActForm):
    """The answer of whoever was asked."""

    verb = "answer"
    answer = words(_l("Your answer"), _l("Write your answer."), render_kw={"rows": 3})


class WaitForm(ActForm):
    """What we wait for."""

    verb = "wait"
    reason = reason(_l("What do we wait for?"))


class PromiseForm(ActForm):
    """The day by which it will be solved, and how the customer is told."""

    verb = "promise"
    solved_by = DateField(_l("Solved by"), [required(_l("Say by which day."))])
    words = words(
        _l("What do you tell the customer?"),
        _l("Write down what you tell the customer."),
        description=_l("Why it takes longer, and the day. What is promised is kept or is a breach."),
        render_kw={"rows": 3},
    )
    channel = SelectField(_l("How?"), choices=lambda: of(Channel), default=Channel.TELEPHONE)
    although = HiddenValues()


class ResolveForm(ActForm):
    """What was done."""

    verb = "resolve"
    words = words(_l("What was done?"), _l("Write down what was done."), render_kw={"rows": 3})


class TellForm(ActForm):
    """What the customer is told, and how."""

    verb = "tell"
    words = words(
        _l("What do you tell the customer?"),
        _l("Write down what you tell the customer."),
        description=_l("The result, and the question whether they are satisfied."),
        render_kw={"rows": 3},
    )
    channel = SelectField(_l("How?"), choices=lambda: of(Channel), default=Channel.TELEPHONE)
    although = HiddenValues()


class CustomerAnswerForm(ActForm):
    """What the customer said when told and asked."""

    verb = "customer"
    answer = RadioField(_l("What does the customer say?"), [chosen(_l("Say what the customer answered."))])
    wishes = TextAreaField(
        _l("If not satisfied: what do they still want?"), [no_longer_than(LONG)], render_kw={"rows": 2}
    )
    opinion = TextAreaField(
        _l("Opinions and suggestions"),
        [Optional(), no_longer_than(LONG)],
        description=_l("You are accountable: asked now, this is your call back."),
        render_kw={"rows": 2},
    )

    def __init__(self, *args: Any, calls_back: bool = False, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answer.choices = of(Satisfaction)
        if own:  # whoever asked says it themselves
            self.answer.choices = of(one for one in Satisfaction if one is not Satisfaction.UNREACHABLE)
            self.answer.label.text, self.wishes.label.text = (
                _("Are you satisfied?"),
                _("If not: what do you still need?"),
            )
        if not calls_back:
            del self.opinion


class CallBackForm(ActForm):
    """Whether the customer was reached, and what they think."""

    verb = "callback"
    reached = RadioField(_l("Was the customer reached?"), [chosen(_l("Say whether the customer was reached."))])
    opinion = TextAreaField(_l("Opinions and suggestions"), [Optional(), no_longer_than(LONG)], render_kw={"rows": 2})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reached.choices = [("yes", _("yes")), ("no", _("no"))]


class Ticks(SelectMultipleField):
    """Several of a few words, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ComplaintForm(ActForm):
    """The customer complaint form: the true cause and the wished result must be there; the rest makes its size."""

    verb = "form"
    cause = words(_l("True cause"), _l("Write down the true cause."), render_kw={"rows": 3})
    wanted = words(_l("What does the customer want?"), _l("Write down the result that the customer wants."),
                   render_kw={"rows": 2})  # fmt: skip
    grounds = Ticks(_l("Does one of these hold?"), [Optional()])
    amount = DecimalField(_l("Amount in yuan"), [Optional(), NumberRange(0, 100_000_000)], places=2)
    product = StringField(_l("Product"), [Optional(), no_longer_than(60)])
    departments = SelectMultipleField(
        _l("Further departments that it concerns"), [may_lack], render_kw={"size": 6},
        description=_l("Each of them signs before it is closed."),
    )  # fmt: skip

    def __init__(self, *args: Any, units: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grounds.choices = of(one for one in Ground if not one.found)
        self.departments.choices = list(units)


class ConcludeForm(ActForm):
    """Whether the complaint holds, and on what evidence."""

    verb = "conclude"
    upheld = RadioField(_l("Does the complaint hold?"), [chosen(_l("Say whether it holds."))])
    evidence = words(
        _l("Evidence"),
        _l("Name the evidence."),
        description=_l("Records, letters, recordings: what was looked at."),
        render_kw={"rows": 2},
    )
    conclusion = words(_l("Conclusion"), _l("Write down the conclusion."), render_kw={"rows": 3})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upheld.choices = [("yes", _("upheld")), ("no", _("not upheld"))]


class SignForm(ActForm):
    """For which department somebody signs, and their secret."""

    verb = "sign"
    department = SelectField(_l("For"), [chosen(_l("Choose for which department you sign."))])
    secret = PasswordField(
        _l("Your PIN or password"), [required(_l("Enter your PIN or password."))],
        description=_l("I have read the complaint and its solution, and sign for the department."),
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip

    def __init__(self, *args: Any, units: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.department.choices = list(units)


class LearnForm(ActForm):
    """What caused it, and what is taken from it."""

    verb = "learn"
    cause = words(_l("What caused it?"), _l("Write down what caused it."), render_kw={"rows": 2})
    lesson = words(_l("What do we take from it, and who is told?"), _l("Write down what we take from it."),
                   render_kw={"rows": 2})  # fmt: skip


class EscalateForm(ActForm):
    """Why the next level has to decide."""

    verb = "escalate"
    reason = words(
        _l("What is unclear or special about it?"), _l("Write down what is unclear or special."),
        description=_l("It goes to the next level; none is skipped."), render_kw={"rows": 3},
    )  # fmt: skip


class DecideForm(ActForm):
    """What the level above decides."""

    verb = "above"
    decision = words(_l("Your decision"), _l("Write down your decision."), render_kw={"rows": 3})


class ReopenForm(ActForm):
    """Why it begins again."""

    verb = "reopen"
    reason = reason(_l("Why does it begin again?"))


class GiveUpForm(ActForm):
    """The director's reasons."""

    verb = "giveup"
    reasons = words(
        _l("Reasons"),
        _l("Give your reasons."),
        description=_l("It counts as dissatisfied."),
        render_kw={"rows": 3},
    )


class VoidForm(ActForm):
    """Why it should never have been a ticket."""

    verb = "void"
    reason = reason(_l("Why is it no ticket?"), description=_l("It leaves every list; the audit keeps it."))


class SeriousForm(ActForm):
    """What is serious about it."""

    verb = "serious"
    words = reason(_l("What is serious about it?"))


class DeputyForm(ActForm):
    """Who stands in for the accountable person, from when, and why."""

    verb = "deputy"
    person = SelectField(_l("Who stands in?"), [chosen(_l("Choose who stands in."))])
    from_on = DateField(_l("From which day?"), [required(_l("Say from which day."))])
    reason = reason(_l("Why?"))

    def __init__(self, *args: Any, colleagues: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = [("", "–"), *colleagues]


class ConductForm(ActForm):
    """What was seen of the first receiver's conduct."""

    verb = "conduct"
    kind = SelectField(_l("What happened?"))
    words = words(_l("What was seen?"), _l("Write down what was seen."), render_kw={"rows": 3})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = of(one for one in BreachKind if one.seen_by_people)


class ComplainForm(ActForm):
    """Who does not cooperate, and how."""

    verb = "complain"
    about = SelectField(_l("Who does not cooperate?"), [chosen(_l("Say whom it is about."))], validate_choice=False)
    words = words(
        _l("What happened?"),
        _l("Write down what happened."),
        description=_l("Only you and the manager in charge will see this."),
        render_kw={"rows": 3},
    )

    def __init__(self, *args: Any, desks: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about.choices = desks


class ComplaintAnswerForm(ActForm):
    """What follows from an internal complaint."""

    verb = "decide"
    words = words(_l("What follows from it?"), _l("Write down what follows from it."), render_kw={"rows": 4})
