"""What people fill in about the parts of other departments."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.tickets.forms import ActForm, Choices, Groups, reason, words
from portal.tickets.rules import MOST_MINUTES
from portal.web.forms import chosen, required


class AskPartForm(ActForm):
    """Which department is asked, for what, and by when: the value is `department` or `department:person`."""

    verb = "askpart"
    to = SelectField(
        _l("Which department?"),
        [chosen(_l("Choose whom to ask."))],
        description=_l("The ticket stays yours; they do their part of it."),
        validate_choice=False,
    )
    wanted = words(_l("What is their part?"), _l("Write down what they are to do."), render_kw={"rows": 3})
    wish = DateTimeLocalField(
        _l("By when?"), [Optional()], description=_l("Left empty, the limit of their manual holds.")
    )

    def __init__(self, *args: Any, desks: Groups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = {"": [("", "–")], **desks}


class _OnePart(SelectField):
    """Which part it is about: nobody is asked where there is only one."""

    def _value(self) -> str:
        return str(self.data or "")


class PartForm(ActForm):
    """An act on one part of the ticket; `part_name` names it where there is only one."""

    part_name = ""
    part = _OnePart(_l("Which part?"), [chosen(_l("Choose the part."))], validate_choice=False)

    def offer(self, parts: Choices, asked: str | None) -> None:
        """The parts that it can be about; `asked`: the one that the address names."""
        self.part.choices = list(parts)
        known = [one for one, _words in parts]
        if self.part.data not in known:
            self.part.data = asked if asked in known else next(iter(known), None)
        if len(known) < 2:
            self.part.widget = HiddenInput()
            self.part_name = next((words for _one, words in parts), "")


class TakePartForm(PartForm):
    """Nothing but the part itself."""

    verb = "takepart"


class RefusePartForm(PartForm):
    """Why the department does not do it."""

    verb = "refusepart"
    reason = reason(_l("Why not?"))


class GiveBackPartForm(PartForm):
    """Why whoever has it gives it back."""

    verb = "givebackpart"
    reason = reason(_l("Why?"), description=_l("Your department looks for somebody else; the limit stays."))


class FinishPartForm(PartForm):
    """What came of it, and how long it took."""

    verb = "finishpart"
    reply = words(_l("What was done, and what came of it?"), _l("Write down what was done."), render_kw={"rows": 4})
    minutes = IntegerField(
        _l("Minutes that it took"),
        [
            required(_l("Say how many minutes it took.")),
            NumberRange(1, MOST_MINUTES, _l("Whole minutes, from 1 to %(most)s.", most=MOST_MINUTES)),
        ],
        render_kw={"inputmode": "numeric"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.minutes.process_errors:
            self.minutes.process_errors = [_("Whole minutes, from 1 to %(most)s.", most=MOST_MINUTES)]


class SendBackPartForm(PartForm):
    """What is missing in it."""

    verb = "sendbackpart"
    reason = words(
        _l("What is missing?"), _l("Write down what is missing."),
        description=_l("It is asked for again, in a new round."), render_kw={"rows": 3},
    )  # fmt: skip


class WithdrawPartForm(PartForm):
    """Why it is not needed any more."""

    verb = "withdrawpart"
    reason = reason(_l("Why is it not needed any more?"))
