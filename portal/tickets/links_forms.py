"""What people fill in about tickets that belong together."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from portal.tickets.forms import ActForm, Choices, Groups, Ticks, of, reason, words
from portal.tickets.states import Impact, Tie, Urgency
from portal.web.forms import chosen, no_longer_than, required


class OtherForm(ActForm):
    """Which other ticket: its number as somebody types it, or one of those that were found."""

    other = StringField(
        _l("Number of the other ticket"), [Optional(), no_longer_than(40)],
        description=_l("As it is said on the telephone: 42, or T-2026-00042."), render_kw={"autocomplete": "off"},
    )  # fmt: skip
    found = RadioField(_l("Or one of these"), [Optional()], validate_choice=False)

    def __init__(self, *args: Any, found: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if found:
            self.found.choices = list(found)
        else:
            del self.found

    @property
    def meant(self) -> str:
        """The number that was typed, or else the one that was chosen."""
        return (self.other.data or "").strip() or (self.found.data if "found" in self else None) or ""


class LinkForm(OtherForm):
    """How this ticket belongs with another one, and why."""

    verb = "link"
    tie = SelectField(_l("This ticket"), [chosen(_l("Choose how they belong together."))])
    reason = reason(_l("Why?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tie.choices = of(one for one in Tie if one.by_hand)


class UnlinkForm(ActForm):
    """Why a link is taken off."""

    verb = "unlink"
    other = HiddenField()
    reason = reason(_l("Why do they not belong together?"))


class MergeForm(OtherForm):
    """Into which ticket."""

    verb = "merge"
    reason = StringField(
        _l("Why?"), [Optional(), no_longer_than(300)], description=_l("Only where another customer asks there.")
    )


class ApartForm(ActForm):
    """Why a merge is undone."""

    verb = "apart"
    reason = reason(_l("Why is it taken apart?"))


class SplitForm(ActForm):
    """The second matter, as a ticket of its own."""

    verb = "split"
    letters = Ticks(_l("Letters that speak of it"), [Optional()], description=_l("They stay where they are."))
    title = StringField(
        _l("What is it about, in one line?"), [required(_l("Say in one line what it is about.")), no_longer_than(120)]
    )
    kind = SelectField(_l("Kind"))
    routing = SelectField(_l("What is it about?"))
    body = words(_l("What do they need?"), _l("Write down what they need and what the problem is."))
    impact = SelectField(_l("Who is affected?"))
    urgency = SelectField(_l("How soon does it hurt?"))

    def __init__(
        self, *args: Any, kinds: Choices = (), types: Groups | None = None, letters: Choices = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices, self.routing.choices = list(kinds), {"": [("", "–")], **(types or {})}
        self.impact.choices, self.urgency.choices = of(Impact), of(Urgency)
        self.letters.choices = list(letters)
